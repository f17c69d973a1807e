"""A registration in words, as a report quotes it."""

from typing import NamedTuple

from pmlib.core import Period
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.sources.registrations.registration import Measure, Registration, Role, spoken

HEADS: dict[Role, tuple[str, str]] = {
    "goal": ("Goal", "Goals"),
    "guardrail": ("Guardrail", "Guardrails"),
    "secondary": ("Also read", "Also read"),
}
SPENT = {"obrien-fleming": "O'Brien and Fleming", "kim-demets": "Kim and DeMets"}
FEW = 6
"""So many looks are written out one by one."""


class Line(NamedTuple):
    """A part of a plan and what it says; the team's words are text, never markup."""

    part: str
    text: str


def registered(plan: Registration) -> tuple[Line, ...]:
    """Write a plan out for a report: hypothesis, split, metrics, horizon, looks, error rates, digest."""
    lines = [Line("Hypothesis", f"\N{LEFT DOUBLE QUOTATION MARK}{plan.hypothesis}\N{RIGHT DOUBLE QUOTATION MARK}")]
    lines += [Line("Owner", plan.owner)] if plan.owner else []
    lines.append(Line("Arms", split(plan)))
    for role, (one, several) in HEADS.items():
        chosen = [measure for measure in plan.measures if measure.role == role]
        if chosen:
            lines.append(Line(one if len(chosen) == 1 else several, "; ".join(measured(each) for each in chosen)))
    lines += [Line("Horizon", horizon(plan)), Line("Read", reading(plan))]
    lines.append(Line("Error rates", f"false alarms {percent(plan.alpha)}, power {percent(plan.power)}"))
    if plan.segments:
        lines.append(Line("Segments", listed(plan.segments, 12)))
    if plan.digest:
        lines.append(Line("Registered as", f"{plan.short} ({plan.file})" if plan.file else plan.short))
    return tuple(lines)


def summary(plan: Registration) -> str:
    """Write a plan in a line, for the definition under a chart.

    Examples
    --------
    >>> summary(Registration("New paywall", "More pay.", "old", {"old": 1, "new": 1}, (Measure("paid"),)))
    'plan: paid; old 50% and new 50%; read once, no horizon planned'
    """
    goals = listed([one.label for one in plan.goals])
    head = f"plan {plan.short}" if plan.digest else "plan"
    ends = f"to {day_text(plan.horizon, year=True)}" if plan.horizon else "no horizon planned"
    how = {"once": "read once", "always-valid": "read at any time"}.get(plan.reading, many(len(plan.looks), "look"))
    return f"{head}: {goals}; {split(plan)}; {how}, {ends}"


def split(plan: Registration) -> str:
    """Write the planned shares: ``control 50% and treatment 50%``."""
    told = listed([f"{arm} {percent(share)}" for arm, share in plan.shares.items()], 20)
    units = "" if plan.unit == "user" else f" of each {plan.unit}"
    return f"{told}{units}{f', clustered by {plan.cluster}' if plan.cluster else ''}"


def measured(one: Measure) -> str:
    """Write a metric: what it is, when it counts, and what is asked of it.

    Examples
    --------
    >>> measured(Measure("paid", smallest=0.05, window=14))
    'paid (within 14 days of exposure; more is better; a lift of 5% matters)'
    >>> measured(Measure("refunds", "guardrail", better="down", margin=0.02, cap=0.99))
    'refunds (capped at the 99% quantile; less is better; may rise by less than 2%)'
    """
    parts = [kind(one)] if one.kind in ("ratio", "quantile") else []
    if one.window is not None or one.delay or one.since:
        anchor = f"the first '{one.since}'" if one.since else "exposure"
        first = f"from day {one.delay:g}" if one.delay else ""
        last = f"within {one.window:g} days of {anchor}" if one.window is not None else f"after {anchor}"
        parts.append(f"{first} {last}".strip())
    if one.cap is not None:
        parts.append(f"capped at the {percent(one.cap)} quantile")
    if one.before or one.lookback is not None:
        what = spoken(one.before) if one.before else f"the {one.lookback:g} days before exposure"
        parts.append(f"adjusted for {what}")
    parts.append("more is better" if one.better == "up" else "less is better")
    if one.smallest is not None:
        parts.append(f"a {'lift' if one.better == 'up' else 'fall'} of {percent(one.smallest)} matters")
    if one.margin is not None:
        parts.append(f"may {'lose' if one.better == 'up' else 'rise by'} less than {percent(one.margin)}")
    return f"{one.label} ({'; '.join(parts)})"


def kind(one: Measure) -> str:
    """Write what a ratio is divided by, or which quantile it is."""
    if one.kind == "quantile":
        return f"its {percent(one.quantile)} quantile"
    return f"divided by {spoken(one.over) if one.over else one.over_sql}" if one.over or one.over_sql else "a ratio"


def horizon(plan: Registration) -> str:
    """Write when it ends and with how many units."""
    units = f", {many(plan.units, 'unit')} in all" if plan.units else ""
    if plan.days is None:
        return f"none planned{units}"
    weeks, rest = divmod(plan.days, 7)
    long = many(plan.days, "day") if rest else many(weeks, "week")
    when = f", {Period(plan.start, plan.horizon)}" if plan.start and plan.horizon else ""
    return f"{long}{when}{units}"


def reading(plan: Registration) -> str:
    """Write when the result is read."""
    if plan.reading == "always-valid":
        return "at any time, with always-valid intervals"
    if plan.reading == "once":
        return "once, at the horizon"
    if len(plan.looks) > FEW:
        days = f"from {day_text(plan.looks[0], year=True)} to {day_text(plan.looks[-1], year=True)}"
    else:
        days = listed([day_text(day) for day in plan.looks], FEW)
    return f"at {many(len(plan.looks), 'look')} ({days}), alpha spent as by {SPENT[plan.spending]}"


def percent(share: float) -> str:
    """Write a share with no more digits than it needs.

    Examples
    --------
    >>> percent(0.5), percent(1 / 3), percent(0.999)
    ('50%', '33.3%', '99.9%')
    """
    return f"{100 * share:.4g}%" if share > 0.99 else f"{100 * share:.3g}%"

"""Why another product shows another number: the same data under its rules, one rule at a time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pmlib.core import Estimate, Finding, Grain, TooFewError, Unit, answering, made_id
from pmlib.core.words import listed
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Events
from pmlib.usage.funnels.steps import Span
from pmlib.usage.rules.variants import Case, Options
from pmlib.usage.rules.vendors import Metric, Name, Rule, rules, vendor

QUESTION = "Why does another product show another number?"
FEW = 50
MOST = 0.5
"""Part of the difference from which one rule makes most of it."""
SAME = 1e-12
"""Differences below this are those of the last digits."""
RULED = "the same data under another rule: no chance of sampling"


@answering("reconcile", QUESTION)
def reconcile(
    events: Events,
    metric: Metric = "retention",
    *,
    vendor: Name = "posthog",
    start: str = "",
    back: str = "",
    event: str = "",
    steps: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    every: Grain | None = None,
    age: int | None = None,
    window_days: Span | None = None,
    weeks: int | None = None,
) -> Finding:
    """Answer why a product shows another number than is found here, by counting as it does.

    The product's rules are taken over one at a time: each alone, and one after the other in the order of the table.
    What the rules make together beyond what each makes alone stands by itself, so that the differences add up.

    Parameters
    ----------
    metric
        ``"retention"`` at one age, ``"funnel"`` from the first step to the last, ``"active"`` people in the last
        complete period, the new of the ``"lifecycle"``, or ``"stickiness"``.
    vendor
        The product; what it does by default, not what one may set in it.
    start, back, age
        Of retention: the events that count as starting and coming back (``""`` is any), and the age (4).
    steps, exclude, window_days
        Of a funnel, as :func:`pmlib.usage.funnel` takes them (7 days).
    event
        Of the active, the lifecycle and stickiness: the event that makes a person active; ``""`` is any.
    every
        Whether periods are days, weeks (the default) or months; not of a funnel or stickiness.
    weeks
        Weeks of starts (26), of entries to a funnel (8).

    Raises
    ------
    SettingError
        If the product has no such metric, the metric does not take an option, or an event is unknown.
    TooFewError
        If there is too little data to count by one of the two sets of rules.
    """
    case = Case(events, metric, Options(start, back, event, steps, exclude, every, age, window_days, weeks))
    gap = compared(case, vendor)
    return Finding(
        id=made_id("reconcile", metric, vendor, *case.words, events.segment),
        question=QUESTION,
        headline=headline(gap),
        estimates=(gap.ours, replace(gap.theirs, label=f"{gap.ours.label}, {gap.name}'s rules"), *estimates(gap)),
        table=numbers(gap),
        figure=chart(gap),
        cautions=cautions(gap),
        definition=events.describe(
            f"{gap.ours.label}, counted here and as {gap.name} does by default",
            *case.said,
            *(f"{rule.title}: {gap.name} {gap.way(rule)}" for rule in gap.rules),
        ),
        query=f"{gap.sql[0]}\n\n-- As {gap.name} counts.\n{gap.sql[1]}",
    )


@dataclass(frozen=True, eq=False)
class Gap:
    """A number counted by our rules and by a product's.

    Parameters
    ----------
    rules
        Those that differ and can make a difference, in the order in which they are changed.
    ways
        The product's way of each.
    alone
        For each rule the number with only that one changed, ``None`` where there is too little data.
    after
        The value with this and all rules before it changed.
    """

    case: Case
    name: str
    rules: tuple[Rule, ...]
    ways: Mapping[str, str]
    doubts: tuple[str, ...]
    ours: Estimate
    theirs: Estimate
    alone: tuple[Estimate | None, ...]
    after: tuple[float | None, ...]
    sql: tuple[str, str]

    def way(self, rule: Rule, name: str = "") -> str:
        """Write a way of a rule for what is counted here, the product's where none is named."""
        who, words = self.case.events.who, rule.ways[name or self.ways[rule.name]]
        return re.sub(r"\bpeople\b", who.many, re.sub(r"\bperson\b", who.one, words))

    @property
    def unit(self) -> Unit:
        """The unit of differences."""
        return self.ours.unit.difference

    @property
    def base(self) -> float:
        """Our number."""
        return self.ours.value or 0.0

    @property
    def whole(self) -> float:
        """Their number less ours."""
        return settled((self.theirs.value or 0.0) - self.base)

    @cached_property
    def singly(self) -> list[float | None]:
        """What each rule makes alone."""
        return [None if one is None else settled((one.value or 0.0) - self.base) for one in self.alone]

    @cached_property
    def in_turn(self) -> list[float | None]:
        """What each rule makes where those before it are changed already."""
        before = [self.base, *self.after[:-1]]
        pairs = zip(before, self.after, strict=False)
        return [None if old is None or new is None else settled(new - old) for old, new in pairs]

    @property
    def together(self) -> float | None:
        """What the rules make together beyond what each makes alone."""
        known = [one for one in self.singly if one is not None]
        return settled(self.whole - sum(known)) if len(known) == len(self.singly) else None


def settled(difference: float) -> float:
    """Return a difference, one of the last digits as none."""
    return 0.0 if abs(difference) < SAME else difference


def compared(case: Case, name: str) -> Gap:
    """Count by our rules, by a product's, and by each step between them."""
    product = vendor(name, case.metric)
    theirs = product.rules[case.metric]
    changed = tuple(rule for rule in rules(case.metric) if rule.name in theirs and case.matters(rule.name))
    ours, text = case.under({})
    try:
        end, other = case.under(theirs)
    except TooFewError as error:
        raise TooFewError(f"Under {product.name}'s rules there is too little to count. {error}") from error
    names = [rule.name for rule in changed]
    return Gap(
        case,
        product.name,
        changed,
        theirs,
        product.doubts[case.metric],
        ours,
        end,
        tuple(case.alone({one: theirs[one]}) for one in names),
        tuple(
            one.value if (one := case.alone({name: theirs[name] for name in names[: place + 1]})) else None
            for place in range(len(names))
        ),
        (text, other),
    )


def headline(gap: Gap) -> str:
    """Say both numbers, and the rule that makes most of the difference."""
    unit = gap.ours.unit
    mine, other = unit.text(gap.ours.value), unit.text(gap.theirs.value)
    text = f"{gap.ours.label}{' is' if unit.is_fraction else ':'} {mine}{sure(gap, gap.ours)} here"
    if not gap.rules:
        return f"{text} and under {gap.name}'s rules, which are the same for it"
    made = [one for one in (*gap.singly, *gap.in_turn) if one]
    if not gap.whole and not made:
        return f"{text} and under {gap.name}'s rules: no rule makes a difference"
    if mine != other:
        return f"{text} and {other}{sure(gap, gap.theirs)} under {gap.name}'s rules; {reason(gap)}"
    # What rounds to nothing needs no reason.
    shown = any(gap.unit.text(abs(one)) != gap.unit.text(0.0) for one in made)
    return f"{text} and, rounded, under {gap.name}'s rules" + (f"; {reason(gap)}" if shown else "")


def sure(gap: Gap, one: Estimate) -> str:
    """Write in brackets how sure a share is; a full count needs nothing."""
    return f" ({one.range}, {gap.case.events.who.count(one.n)})" if one.unit.is_fraction else ""


def reason(gap: Gap) -> str:
    """Say which rule makes the difference, alone."""
    known = [(abs(one), -place) for place, one in enumerate(gap.singly) if one]
    if not known:
        return "no rule makes the difference alone, only together"
    place = -max(known)[1]
    alone, rule = gap.singly[place] or 0.0, gap.rules[place]
    does = f"is that {gap.name} {gap.way(rule)}"
    size, whole = bare(gap, abs(alone)), gap.unit.text(abs(gap.whole))
    if not gap.whole:
        return f"rules that pull both ways cancel out, the largest alone, {gap.unit.change(alone)}, {does}"
    if len(known) == 1 and alone == gap.whole:
        return f"all of it {does}"
    if alone * gap.whole < 0 or abs(alone) > abs(gap.whole) + SAME:
        return f"the largest rule alone, {gap.unit.change(alone)}, {does}; others pull the other way"
    if abs(alone) >= MOST * abs(gap.whole):
        return f"most of it ({size} of {whole}) {does}"
    return f"no one rule makes most of it, the largest ({size} of {whole}) {does}"


def bare(gap: Gap, size: float) -> str:
    """Write a difference without its unit."""
    return gap.unit.text(size).removesuffix(" points")


def estimates(gap: Gap) -> list[Estimate]:
    """The number with each rule changed alone, what each makes, and what all make together beyond it."""
    numbers = [
        replace(one, label=f"{gap.ours.label}, {rule.title.lower()} as {gap.name}")
        for rule, one in zip(gap.rules, gap.alone, strict=True)
        if one is not None
    ]
    rows = [(f"{rule.title}, alone", value) for rule, value in zip(gap.rules, gap.singly, strict=True)]
    rows += [("Together, beyond each alone", gap.together)] if gap.rules else []
    rows += [(f"{gap.name} less here", gap.whole)]
    method = "difference of the same data under two rules"
    return numbers + [
        Estimate(name, value, None, None, gap.unit, gap.ours.n, method, reason=RULED)
        for name, value in rows
        if value is not None
    ]


def numbers(gap: Gap) -> Table:
    """One row a rule: both ways in words, the number with only that rule changed, what it makes alone and in turn."""
    unit, change, people = gap.ours.unit, gap.unit, f"{gap.case.events.who.many.capitalize()} counted"
    columns = [
        Column("Rule"),
        Column("Here"),
        Column(gap.name),
        Column("Only this changed", unit),
        Column("Low", unit),
        Column("High", unit),
        Column(people, Unit.COUNT),
        Column("Alone", change),
        Column("In this order", change),
    ]
    rows: list[tuple[str | float | None, ...]] = [("None changed", "", "", *cells(gap.ours), None, None)]
    for place, rule in enumerate(gap.rules):
        said = (rule.title, gap.way(rule, rule.ours), gap.way(rule))
        rows.append((*said, *cells(gap.alone[place]), gap.singly[place], gap.in_turn[place]))
    if gap.rules:
        rows.append(("Together, beyond each alone", "", "", *cells(None), gap.together, None))
    rows.append(("All changed", "", "", *cells(gap.theirs), gap.whole, gap.whole))
    return table(columns, rows, size=people)


def cells(one: Estimate | None) -> tuple[float | None, ...]:
    """Return a number, its interval and how many it is of, as a table shows them."""
    return (one.value, one.low, one.high, one.n) if one else (None, None, None, None)


def chart(gap: Gap) -> Chart:
    """Our number, those with one rule changed, and theirs."""
    labels = ["Here", *(f"{rule.title} as {gap.name}" for rule in gap.rules), gap.name]
    found = [gap.ours, *gap.alone, gap.theirs]
    values, low, high = zip(*(cells(one)[:3] for one in found), strict=True)
    row = Series(gap.ours.label, tuple(labels), values, low, high)
    said = ", ".join(f"{label} {gap.ours.unit.text(value)}" for label, value in zip(labels, values, strict=True))
    words = f"{gap.ours.label} by our rules, with one of {gap.name}'s rules at a time, and by all of them: {said}."
    caption = "Whiskers are 95% intervals where a sample gives one." if gap.ours.low is not None else ""
    return intervals([row], unit=gap.ours.unit, description=words, caption=caption)


def cautions(gap: Gap) -> tuple[str, ...]:
    """What to doubt: what the product does that is not reproduced, few people, rules that cannot be tried alone."""
    found = [
        f"Time zone, week start and who is one {gap.case.events.who.one} are taken as here; {gap.name} has settings of "
        "its own for them.",
        *gap.doubts,
    ]
    if gap.ours.n < FEW:
        found.append(f"The number here rests on {gap.case.events.who.count(gap.ours.n)}.")
    dark = [rule.title for rule, value in zip(gap.rules, gap.alone, strict=True) if value is None]
    if dark:
        found.append(f"There is too little data to change {listed(dark)} alone.")
    return tuple(found)

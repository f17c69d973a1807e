"""The choices that another analyst could have made for the same metric, and what each would have found."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp

from pmlib.core import Period, TooFewError
from pmlib.core.words import many
from pmlib.experiments.effects.intakes import together
from pmlib.experiments.effects.readouts import Readout
from pmlib.experiments.effects.views import viewed
from pmlib.experiments.reading.columns import number
from pmlib.experiments.reading.columns import read as expression
from pmlib.experiments.reading.comparisons import Comparison, compared
from pmlib.experiments.reading.days import day_of
from pmlib.experiments.reading.methods import leans
from pmlib.experiments.reading.readings import Group, Reading, read
from pmlib.experiments.reading.standing import Standing
from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import Measure

CAPS = (None, 0.99, 0.999)
ALIKE = 10
"""With more heaviest units than this, all as heavy, none of them is one to leave out."""
WEEKS = 28
"""From so many days on a week is left out at either end, else a day."""
DAY, HEAVY = "pmlib_intake", "pmlib_heaviest"
INSIDE, FIRST, LAST = 0, 1, 2


def choices(trial: Trial, metric: str, arm: str) -> tuple[Readout, list[Readout], str]:
    """Judge one arm under each choice, all from one more pass.

    Returns
    -------
    Readout
        As it was registered.
    list of Readout
        Each other choice that these units allow.
    str
        The queries that ran.
    """
    registered = trial.readings[metric]
    if registered.kind == "quantile":
        raise TooFewError(f"'{metric}' is a quantile: it has no cap, covariate or heaviest unit that could be chosen.")
    variants = [*capped(trial, registered), *covariates(trial, registered, arm), *windows(trial, registered.measure)]
    marks = marked(trial, registered)
    units, text = viewed(trial.units, marks) if marks else (trial.units, "")
    whole, *others = read(
        units, [registered.measure, *(measure for _, _, measure in variants)], trial.arms, tuple(marks)
    )
    found = [(about, words, replace(one, parts={})) for (about, words, _), one in zip(variants, others, strict=True)]
    found += without(trial, whole)
    standing = trial.standing_of(metric)
    judged = [Readout.of(about, words, one) for about, words, reading in found for one in of(standing, reading, arm)]
    first = next(one for one in trial.comparisons[metric] if one.group.arm == arm)
    query = f"{text}\n\n{whole.query}" if text else whole.query
    return Readout.of("", "as registered" if trial.registered else "as it is read", first), judged, query


def of(standing: Standing, reading: Reading, arm: str) -> list[Comparison]:
    """Compare one arm with control; nothing where a choice leaves too few units."""
    try:
        made = compared(reading, standing, together=reading.measure.role != "guardrail")
    except TooFewError:
        return []
    return [one for one in made if one.group.arm == arm]


Variant = tuple[str, str, Measure]


def capped(trial: Trial, registered: Reading) -> list[Variant]:
    """Return other caps; a share has none, and what clusters add up to is cut off for each of their units, once."""
    measure = registered.measure
    if registered.kind == "share" or trial.registration.cluster:
        return []
    words = {None: "without a cap"} | {
        cap: f"with the largest values cut off at {cap:.1%}".replace(".0%", "%") for cap in CAPS if cap
    }
    return [("the cap", words[cap], replace(measure, cap=cap)) for cap in CAPS if cap != measure.cap]


def covariates(trial: Trial, registered: Reading, arm: str) -> list[Variant]:
    """Return the metric without the time before, or with it where the units have it; none where it is not used."""
    measure = registered.measure
    about, column = "the adjustment by the time before", f"{measure.name}__before"
    base, here = registered.groups[0], next(one for one in registered.groups if one.arm == arm)
    if leans(registered, here, base):
        return []
    if measure.before:
        return [(about, "not adjusted by the time before", replace(measure, before=""))]
    if column in trial.units.columns:
        return [(about, "adjusted by the time before", replace(measure, before=column))]
    return []


def windows(trial: Trial, measure: Measure) -> list[Variant]:
    """Return the same metric measured over other windows, as far as it was registered so."""
    if not (measure.event or measure.sql or measure.metric):
        return []

    def made(one: Measure) -> tuple[object, ...]:
        return one.event, one.count, one.sql, one.over_sql, one.metric, one.kind, one.since

    like = [one for one in trial.registration.measures if made(one) == made(measure) and one.name != measure.name]
    return [
        ("the window", f"counted as {one.label}", replace(one, role=measure.role, better=measure.better))
        for one in like
        if (one.window, one.delay) != (measure.window, measure.delay)
    ]


def marked(trial: Trial, registered: Reading) -> dict[str, exp.Expr]:
    """Return the columns that mark the units which a choice leaves out."""
    marks: dict[str, exp.Expr] = {}
    if trial.day is not None and trial.period is not None and trial.period.days > 2 * step(trial.period):
        marks[DAY] = ends_of(trial.day, trial.period)
    if registered.kind != "share" and registered.measure.cap is None:
        kinds: Mapping[str, str] = {row[0]: row[1] for row in trial.units.query("DESCRIBE units")}
        value = expression(registered.measure.name, kinds[registered.measure.name])
        most = max(max(abs(group.least), abs(group.most)) for group in registered.groups)
        # What is read back has been through a sum: its last digits may differ.
        heavy = exp.GTE(this=exp.func("abs", value), expression=number(most * (1 - 1e-12)))
        marks[HEAVY] = exp.func("coalesce", heavy, exp.false())
    return marks


def step(period: Period) -> int:
    """Return how many days are left out at either end."""
    return 7 if period.days >= WEEKS else 1


def ends_of(column: str, period: Period) -> exp.Expr:
    """Return the expression that tells the first days, the last and those between."""
    day, days = day_of(column), step(period)
    start, end = (exp.cast(exp.Literal.string(one.isoformat()), "DATE") for one in (period.start, period.end))
    early = exp.LT(this=exp.Sub(this=day, expression=start), expression=exp.Literal.number(days))
    late = exp.LT(this=exp.Sub(this=end, expression=day.copy()), expression=exp.Literal.number(days))
    cases = [exp.If(this=one, true=exp.Literal.number(code)) for one, code in ((early, FIRST), (late, LAST))]
    return exp.Case(ifs=cases, default=exp.Literal.number(INSIDE))


def without(trial: Trial, whole: Reading) -> list[tuple[str, str, Reading]]:
    """Return the metric without the first days, the last ones, and the heaviest units."""
    found: list[tuple[str, str, Reading]] = []
    if DAY in whole.parts and trial.period is not None:
        days = "week" if step(trial.period) > 1 else "day"
        for code, words in ((FIRST, f"without the first {days}"), (LAST, f"without the last {days}")):
            found.append(("the days taken in", words, kept(whole, DAY, lambda held, out=code: held != out)))
    heaviest = sum(group.n for group in whole.parts.get(HEAVY, {}).get(True, ()))
    if 0 < heaviest <= ALIKE:
        noun = "cluster" if trial.registration.cluster else "unit"
        words = f"without the heaviest {noun if heaviest == 1 else many(heaviest, noun)}"
        found.append((f"the heaviest {noun}", words, kept(whole, HEAVY, lambda held: not held)))
    return [(about, words, reading) for about, words, reading in found if len(reading.groups) == len(whole.groups)]


def kept(whole: Reading, column: str, held: Callable[[Any], bool]) -> Reading:
    """Return a metric of the units in some segments, put together; arms without any are missing."""
    groups: dict[str, Group] = {}
    for value, cells in whole.parts[column].items():
        for group in cells if held(value) else ():
            groups[group.arm] = together(groups[group.arm], group) if group.arm in groups else group
    return replace(whole, parts={}, groups=tuple(groups[one.arm] for one in whole.groups if one.arm in groups))

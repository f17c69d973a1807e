"""Where an experiment was not run, or read, as it was registered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.sources.registrations.registration import Measure, Registration, shown
from pmlib.sources.registrations.words import percent

LATER = "take it as a hint for another experiment"
SETTINGS: Mapping[str, str] = {
    "role": "role",
    "kind": "kind",
    "better": "good direction",
    "over": "denominator",
    "over_sql": "denominator",
    "quantile": "quantile",
    "cap": "cap",
    "before": "covariate",
    "lookback": "covariate's days",
    "margin": "margin",
    "smallest": "smallest lift that matters",
    "metric": "catalogue entry",
    "sql": "SQL",
    "event": "event",
    "count": "way of counting",
    "window": "window",
    "delay": "delay",
    "since": "starting event",
}
"""What a metric's settings are called."""


@dataclass(frozen=True)
class Conduct:
    """How an experiment was run and read.

    Parameters
    ----------
    arms
        The units seen in each arm.
    measures
        The metrics read, as they were read.
    read_on
        The last local day that was counted.
    first
        The first local day on which a unit was taken in.
    earlier
        The days at whose end the result had been read before.
    control, unit, cluster, alpha
        As they were used; ``None`` or ``""`` for as registered.
    segments
        What the result was split by.
    digest
        The digest an earlier report quoted, in whole or in part; ``""`` where there is none.
    """

    arms: Mapping[str, int]
    measures: Sequence[Measure]
    read_on: date | None = None
    first: date | None = None
    earlier: Sequence[date] = ()
    control: str = ""
    cluster: str | None = None
    alpha: float | None = None
    segments: Sequence[str] = field(default=())
    digest: str = ""


def deviations(plan: Registration, done: Conduct) -> tuple[str, ...]:
    """Return what differs from the plan, a sentence each; nothing where all is as registered."""
    return (*arms(plan, done), *measures(plan, done), *times(plan, done), *settings(plan, done))


def arms(plan: Registration, done: Conduct) -> Iterator[str]:
    """Compare the arms seen with those planned."""
    for arm, count in done.arms.items():
        if arm not in plan.arms:
            yield f"{arm} has {many(count, 'unit')} and is no arm of the plan, which has {listed([*plan.arms], 20)}."
        elif plan.arms[arm] == 0 and count:
            yield f"{arm} has {many(count, 'unit')}, where the plan takes nobody in."
    empty = [arm for arm, weight in plan.arms.items() if weight and not done.arms.get(arm)]
    if empty:
        names = listed(empty, 20)
        yield f"{names} {verb(empty, 'is', 'are')} planned and {verb(empty, 'has', 'have')} no units."
    if done.control and done.control != plan.control:
        yield f"The arms were compared with {done.control}; registered is {plan.control}."


def measures(plan: Registration, done: Conduct) -> Iterator[str]:
    """Compare the metrics read with those registered."""
    known = {one.name: one for one in plan.measures}
    read = {one.name: one for one in done.measures}
    new = [one.label for name, one in read.items() if name not in known]
    if new:
        yield f"{listed(new, 8)} {verb(new, 'was', 'were')} read and not registered: {LATER}."
    left = [one.label for name, one in known.items() if name not in read and one.role != "secondary"]
    if left:
        yield f"{listed(left, 8)} {verb(left, 'is', 'are')} registered and {verb(left, 'was', 'were')} not read."
    for name, one in read.items():
        if name in known:
            yield from changed(known[name], one)


def changed(planned: Measure, read: Measure) -> Iterator[str]:
    """Say which settings of a metric were changed."""
    for one in fields(Measure):
        before, after = getattr(planned, one.name), getattr(read, one.name)
        if one.name in SETTINGS and before != after:
            yield (
                f"The {SETTINGS[one.name]} of {planned.label} is {told(one.name, after)}; registered is "
                f"{told(one.name, before)}."
            )


def times(plan: Registration, done: Conduct) -> Iterator[str]:
    """Compare when the result was read with when it was to be."""
    if done.first and plan.start and done.first != plan.start:
        yield f"The first unit came on {said(done.first)}; registered is a start on {said(plan.start)}."
    if done.read_on is None:
        return
    days = sorted({*done.earlier, done.read_on})
    if plan.reading == "once":
        yield from once(plan, done.read_on, days)
    elif plan.reading == "group-sequential":
        extra = [day for day in days if day not in plan.looks and (not plan.horizon or day < plan.horizon)]
        if extra:
            yield (
                f"The result was read on {listed([said(day) for day in extra])}, which "
                f"{verb(extra, 'is no look', 'are no looks')} of the plan: the bounds hold for planned looks only."
            )
        missed = [day for day in plan.looks if day < done.read_on and day not in days]
        if missed:
            days_missed = listed([said(day) for day in missed])
            yield f"{days_missed} {verb(missed, 'was', 'were')} planned for a look and not read."
    if plan.horizon and done.read_on > plan.horizon and plan.reading != "once":
        yield f"The data reach to {said(done.read_on)}, past the planned end on {said(plan.horizon)}."


def once(plan: Registration, last: date, days: Sequence[date]) -> Iterator[str]:
    """Say that a result to be read once was read early, late or more often."""
    if plan.horizon and last < plan.horizon:
        yield (
            f"The result is read on {said(last)}, {many((plan.horizon - last).days, 'day')} before the planned end on "
            f"{said(plan.horizon)}: this is peeking, and the plan made no room for it."
        )
    elif plan.horizon and last > plan.horizon:
        yield f"The result is read on {said(last)}, after the planned end on {said(plan.horizon)}."
    if len(days) > 1:
        yield (
            f"The result was read {len(days)} times ({listed([said(day) for day in days], 8)}), where one reading was "
            "planned: false alarms are likelier than alpha says."
        )


def settings(plan: Registration, done: Conduct) -> Iterator[str]:
    """Compare what else was used."""
    if done.alpha is not None and done.alpha != plan.alpha:
        yield f"Alpha is {percent(done.alpha)}; registered is {percent(plan.alpha)}."
    if done.cluster is not None and done.cluster != plan.cluster:
        yield f"Units are clustered by {done.cluster or 'nothing'}; registered is {plan.cluster or 'nothing'}."
    new = [one for one in done.segments if one not in plan.segments]
    if new:
        yield f"The result was split by {listed(new, 8)}, which was not registered: {LATER}."
    if done.digest and not plan.digest.startswith(done.digest):
        yield (
            f"The plan was changed: an earlier report quoted {shown(done.digest)}, now it is "
            f"{plan.short or 'not sealed'}."
        )


def told(setting: str, value: object) -> str:
    """Write a metric's setting out."""
    if value is None or value == "":
        return "none"
    if setting in ("window", "delay", "lookback"):
        return f"{value:g} days"
    if isinstance(value, float):
        return percent(value)
    if isinstance(value, bool):
        return "how often" if value else "whether"
    return str(value)


def said(day: date) -> str:
    """Write a day with its year."""
    return day_text(day, year=True)


def verb(named: Sequence[object], one: str, several: str) -> str:
    """Return the verb that goes with as many as are named."""
    return one if len(named) == 1 else several

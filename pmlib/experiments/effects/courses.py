"""How the effect came about: the lift day by day, with the band that the plan allows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmlib.core import Estimate, Finding, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.core.words import capital, many, percent
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.intakes import Stand, intake
from pmlib.experiments.effects.lifts import faults
from pmlib.experiments.reading.comparisons import Comparison, best, compared, ends, signed
from pmlib.experiments.reading.days import wait
from pmlib.experiments.reading.readings import FEW
from pmlib.experiments.reading.standing import TUNED, Standing, standing, tuned
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Note, Series, Table, line, table

EARLY = 64
"""With less than this part of the units nothing is drawn."""
WIDE = 6
"""An interval so many times as wide as the last is not drawn; it would leave no room for the others."""
LONG = 92
"""From so many days on every seventh is drawn."""
DRAWN = 3
"""So many arms are drawn, those that gain most."""


@dataclass(frozen=True)
class Point:
    """Each arm against control at the end of a day; ``banded`` is whether its intervals hold over the whole course."""

    day: date
    units: int
    comparisons: list[Comparison]
    banded: bool
    note: str = ""


@fitting
@answering("experiment-course", "How did the effect come about?")
def course(trial: Trial, *, metric: str = "") -> Finding:
    """Tell how the effect came about, day by day.

    A group-sequential plan has its own repeated intervals, at its looks. Any other gets a band that holds on all days
    together (always valid): an interval made for one reading would leave out 0 on some day far too often.

    Parameters
    ----------
    metric
        One of the experiment's metrics; the first goal if not given.

    Returns
    -------
    Finding
        The lift of all units taken in by the end of each day, with the values they have now; at looks before the
        present one, of the units whose window was over by then.

    Raises
    ------
    SettingError
        If there is no such metric.
    """
    name = trial.named(metric)
    measure = trial.readings[name].measure
    stands, query = intake(trial, measure)
    looking = trial.registration.reading == "group-sequential"
    points = at_looks(trial, stands) if looking else always_on(trial, stands)
    if not any(point.banded for point in points):
        raise TooFewError(f"{capital(trial.counted)} are too few to draw a course of {measure.label}; let it run.")
    last = [point for point in points if point.banded][-1]
    headline = f"{sentence(trial, points)}."
    # The present one first: the number that this finding is about.
    told = [point for point in reversed(points) if point.banded] if looking else [last]
    return Finding(
        id=made_id("experiment-course", name),
        question=f"How did the effect on {measure.label} come about?",
        headline=headline,
        estimates=tuple(each for point in told for one in point.comparisons for each in (one.lift, one.difference)),
        table=rows(trial, points),
        figure=chart(trial, points, headline),
        cautions=(*faults(trial.split), *early(trial, stands, points), *trial.arms.cautions, *trial.standing.cautions),
        definition=defined(trial, name),
        query=query,
    )


def always_on(trial: Trial, stands: Sequence[Stand]) -> list[Point]:
    """Judge each day so that all days together hold, the planned units fixed."""
    plan = replace(trial.registration, reading="always-valid", looks=())
    points: list[Point] = []
    for stand in drawable(stands):
        # Of clusters it is their units that the plan counts.
        known = [] if plan.cluster else [stand.n]
        found = judged(stand, standing(plan, stand.units, stand.day, known=known))
        if found:
            points.append(Point(stand.day, stand.units, found, banded=True))
    return points


def at_looks(trial: Trial, stands: Sequence[Stand]) -> list[Point]:
    """Judge the looks of the plan by its own intervals; the days between have a lift and no interval."""
    plan = trial.registration
    points: dict[date, Point] = {}
    name = stands[0].reading.measure.name
    once = replace(plan, reading="once", looks=())
    for stand in drawable(stands):
        found = judged(stand, standing(once, stand.units, stand.day))
        if found:
            points[stand.day] = Point(stand.day, stand.units, found, banded=False)
    for number, (stand, here) in enumerate(looks_of(trial, name, stands), 1):
        found = judged(stand, here)
        if found and here.look is not None:
            note = f"look {number}: {many(stand.units, 'unit')}, {here.look.time:.0%} of the plan"
            points[stand.day] = Point(stand.day, stand.units, found, banded=True, note=note)
    return [points[day] for day in sorted(points)]


def looks_of(trial: Trial, metric: str, stands: Sequence[Stand]) -> list[tuple[Stand, Standing]]:
    """Return the looks taken so far, the present one last, and where each stood in the plan."""
    plan, now = trial.registration, trial.standing_of(metric)
    # Read long after the end, the last look still is of the end.
    end = [day for day in (now.on, plan.horizon) if day is not None]
    last = replace(stands[-1], day=max(min(end, default=stands[-1].day), stands[-1].day))
    # A look that had added next to nothing does not count as one.
    taken = [stand for day in now.days[:-1] if day is not None for stand in [at(stands, day)] if stand is not None]
    counts = [(stand.day, stand.units) for stand in taken]
    earlier = [
        (then, standing(plan, stand.units, stand.day, counts[:place], known=now.units[: place + 1]))
        for place, stand in enumerate(taken)
        if (then := ripe(trial, metric, stands, stand)) is not None
    ]
    return [*earlier, (last, now)]


def ripe(trial: Trial, metric: str, stands: Sequence[Stand], look: Stand) -> Stand | None:
    """Return a look with the units whose window was over by then, where that is known: its page read no others."""
    if trial.past is None or metric not in trial.past.known:
        return look
    then = at(stands, look.day - wait(look.reading.measure))
    return replace(look, least=then.least, reading=then.reading) if then else None


def at(stands: Sequence[Stand], day: date) -> Stand | None:
    """Return how the metric stood at the end of a day, also where nobody was taken in on it."""
    before = [stand for stand in stands if stand.day <= day]
    return replace(before[-1], day=day) if before else None


def drawable(stands: Sequence[Stand]) -> list[Stand]:
    """Return the days that are drawn: all or every seventh, from when there are units enough."""
    step = 7 if (stands[-1].day - stands[0].day).days >= LONG else 1
    spaced = [stand for stand in stands if (stands[-1].day - stand.day).days % step == 0]
    return [stand for stand in spaced if stand.least >= FEW and stand.units * EARLY >= stands[-1].units]


def judged(stand: Stand, where: Standing) -> list[Comparison]:
    """Compare the arms as of a day; none where there are too few units for an interval."""
    try:
        return compared(stand.reading, where, together=stand.reading.measure.role != "guardrail")
    except TooFewError:
        return []


def sentence(trial: Trial, points: Sequence[Point]) -> str:
    """Say where the effect stands, and since when it has been clear."""
    banded = [point for point in points if point.banded]
    now = best(banded[-1].comparisons)
    if trial.split.alarm:
        return f"The course of {now.metric.label} cannot be read: {trial.split.fault}"
    where = "" if trial.two else f" in {now.group.arm}"
    clear = [(point.day, arm_of(point, now.group.arm).clear) for point in banded]
    head = f"{capital(now.metric.label)}{where}: {signed(now.shown)} by {day_text(banded[-1].day, year=True)}"
    looking = trial.registration.reading == "group-sequential"
    what, when = ("its interval", "the look of ") if looking else ("the band", "")
    cleared = [day for day, told in clear if told]
    if not cleared:
        return f"{head}; {what} has held 0 {'at each look' if looking else 'all along'}"
    if not clear[-1][1]:
        return (
            f"{head}; {what} left out 0 {'at' if looking else 'on'} {when}{day_text(cleared[-1])}, but no longer does"
        )
    held = [place for place, (_, told) in enumerate(clear) if not told]
    since = clear[held[-1] + 1 if held else 0][0]
    return f"{head}; {what} has left out 0 since {when}{day_text(since)}"


def arm_of(point: Point, arm: str) -> Comparison:
    """Return the comparison of one arm."""
    return next(one for one in point.comparisons if one.group.arm == arm)


def shown(one: Comparison, *, lift: bool) -> Estimate:
    """Return what is drawn of a comparison."""
    return one.lift if lift else one.difference


def chart(trial: Trial, points: Sequence[Point], headline: str) -> Chart:
    """Draw the lift of each arm with its band, the looks as notes."""
    now = points[-1].comparisons
    arms = [one.group.arm for one in sorted(now, key=lambda one: -one.gain)[:DRAWN]]
    lift = all(one.lift.value is not None for one in now)
    looking = trial.registration.reading == "group-sequential"
    lines: list[Series] = []
    for arm in arms:
        every = [(point, shown(arm_of(point, arm), lift=lift)) for point in points]
        banded = [(point, one) for point, one in every if point.banded]
        lines.append(drawn(f"{arm}, at the looks" if looking else arm, banded))
        lines += [replace(drawn(f"{arm}, day by day", every), low=(), high=(), role="other")] if looking else []
    sure, what = f"{percent(1 - trial.registration.alpha)}", "Lift over" if lift else "Difference from"
    held = "interval at each look of the plan" if looking else "band, which holds on all days together"
    caption = (
        f"{what} {trial.control} of the units taken in by each day, with its {sure} {held}; not drawn where it is more "
        f"than {WIDE} times as wide as the last."
    )
    return line(
        lines,
        unit=shown(now[0], lift=lift).unit,
        description=f"{caption} {headline}",
        caption=caption,
        notes=[Note(point.day.isoformat(), point.note) for point in points if point.note],
    )


def drawn(name: str, points: Sequence[tuple[Point, Estimate]]) -> Series:
    """Make a line with its band."""
    days = tuple(point.day.isoformat() for point, _ in points)
    found = [one for _, one in points]
    most = WIDE * (width(found[-1]) or 0.0)
    narrow = [one if (width(one) or 0.0) <= most else None for one in found]
    low, high = tuple(one and one.low for one in narrow), tuple(one and one.high for one in narrow)
    return Series(name, days, tuple(one.value for one in found), low, high)


def width(one: Estimate) -> float | None:
    """Return how wide an interval is; ``None`` for an open one."""
    return None if one.low is None or one.high is None else one.high - one.low


def rows(trial: Trial, points: Sequence[Point]) -> Table:
    """List the days: units so far, lift, difference; the interval where one holds."""
    sure = f"its {percent(1 - trial.registration.alpha)} interval"
    heads = ["day", *([] if trial.two else ["arm"]), "lift", sure, "difference", sure]
    units = [sum(group.units for group in point.comparisons[0].metric.groups) for point in points]
    lines: list[list[str | int | date | None]] = []
    for point, count in zip(points, units, strict=True):
        for one in point.comparisons:
            found: list[str] = []
            for each in (one.lift, one.difference):
                found += [each.unit.change(each.value), ends(each) if point.banded else ""]
            lines.append([point.day, *([] if trial.two else [one.group.arm]), *found, count])
    return table([*heads, Column("units so far", Unit.COUNT)], lines, size="units so far")


def early(trial: Trial, stands: Sequence[Stand], points: Sequence[Point]) -> list[str]:
    """Say what is not drawn, and for how many units the band is made."""
    said: list[str] = []
    first = points[0].day
    if first > stands[0].day:
        said.append(f"Before {day_text(first, year=True)} there were too few units for a band, so nothing is drawn.")
    if trial.registration.reading != "group-sequential" and not trial.registration.units:
        said.append(f"Nobody planned a number of units; the band is made to be narrowest at {TUNED:,}.")
    if trial.registration.reading == "once":
        said.append(
            "The band is wider than the interval of a single reading at the end: it holds on all days together."
        )
    return said


def defined(trial: Trial, name: str) -> str:
    """Write the definition line."""
    plan = trial.registration
    how = trial.standing.words
    if plan.reading != "group-sequential":
        how = f"{percent(1 - plan.alpha)} intervals, always valid, narrowest at {many(tuned(plan), 'unit')}"
    return (
        f"{name}: units taken in by the end of each day ({trial.day}), with the values they have now, not those they "
        f"had then; lift over {trial.control}; {trial.counted} of {trial.units.origin.name}; {how}."
    )

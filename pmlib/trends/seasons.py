"""Which weekdays stand out, and whether the year has a pattern of its own."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pmlib.core import Estimate, Finding, Kpi, SettingError, Unit, made_id
from pmlib.core.words import listed, many
from pmlib.metrics import Points
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.stats import Moments, mean

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FEWEST = 8
"""Weeks needed before a weekday is compared with others."""
YEAR = 52
METHOD = "each day divided by the mean of the seven days around it; Student's t interval over weeks, all seven together"


def seasonality(points: Points) -> Finding:
    """Tell whether some weekdays stand out.

    Each day is divided by the mean of the seven days around it, which takes trend and yearly season out. A weekday's
    figure is the mean over weeks less 1. The intervals hold for all seven weekdays together (Bonferroni), and the
    headline names a highest and a lowest weekday only if theirs do not overlap. With two years of days the weeks of
    the last year are also laid beside those of the year before.

    Parameters
    ----------
    points
        A metric by day (:func:`pmlib.metrics.daily`).
    """
    if points.every != "day":
        raise SettingError(f"The points of '{points.name}' are by {points.every}. Use metrics.daily(…).")
    ratios = by_weekday(points)
    fewest = min(len(values) for values in ratios)
    question = f"{points.label}: does it follow the week?"
    name = made_id("seasonality", points.name)
    if fewest < FEWEST:
        reason = f"only {many(fewest, 'week')} could be compared, {FEWEST} are needed"
        return Finding(
            name, question, f"{points.label}: whether weekdays differ cannot be said, {reason}.", (), points.definition,
            cautions=(f"No weekday figures for {points.title}: {reason}.",), query=points.sql,
        )  # fmt: skip
    weekdays = tuple(weekday(day, values) for day, values in zip(DAYS, ratios, strict=True))
    year = year_pattern(points)
    first = ordered(weekdays)[0]
    return Finding(
        id=name,
        question=question,
        headline=f"{points.label}: {sentence(weekdays)}{year_words(year)}.",
        estimates=(*ordered(weekdays), *([year] if year else [])),
        table=numbers(weekdays),
        figure=chart(points, weekdays),
        cautions=cautions(points, year),
        definition=f"{points.definition} A weekday is compared with the mean of the seven days around it.",
        query=points.sql,
        kpi=Kpi(replace(first, label=f"{first.label} against the days around it"), better="")
        if first.excludes(0)
        else None,
    )


def by_weekday(points: Points) -> list[list[float]]:
    """Return each weekday's ratios to the mean of the seven days around it, Monday first."""
    values = np.array([np.nan if value is None else value for value in points.values], dtype=float)
    found: list[list[float]] = [[] for _ in DAYS]
    for place in range(3, len(values) - 3):
        around = values[place - 3 : place + 4]
        # A week with a silent or unknown day would make the six others look high.
        if np.isfinite(around).all() and (around > 0).all():
            found[points.dates[place].weekday()].append(float(values[place] / around.mean()))
    return found


def weekday(name: str, ratios: list[float]) -> Estimate:
    """Estimate how far a weekday lies from the days around it."""
    one = mean(Moments.of(ratios), unit=Unit.LIFT, level=1 - 0.05 / len(DAYS))
    low, high = (None if end is None else end - 1 for end in (one.low, one.high))
    return Estimate(name, (one.value or 0) - 1, low, high, Unit.LIFT, len(ratios), METHOD)


def ordered(weekdays: tuple[Estimate, ...]) -> list[Estimate]:
    """Weekdays from the highest to the lowest."""
    return sorted(weekdays, key=lambda one: -(one.value or 0))


def sentence(weekdays: tuple[Estimate, ...]) -> str:
    """Name the highest and the lowest weekday if they can be told apart."""
    highest, *_, lowest = ordered(weekdays)
    if (highest.low or 0) <= (lowest.high or 0):
        return "no weekday can be told from the others"
    top, bottom = (f"{one.label} ({one.unit.change(one.value)})" for one in (highest, lowest))
    return f"highest on {top}, lowest on {bottom}, against the days around them"


def year_pattern(points: Points) -> Estimate | None:
    """Compare the last 52 weeks with the 52 before, whether they rise and fall alike.

    Both years are taken as logs of the weeks' means less a straight line. The chance ``p`` is the share of the 52
    alignments of one year with the other that agree at least as well as the true one.
    """
    size = 7 * YEAR
    values = np.array([np.nan if value is None or value <= 0 else value for value in points.values], dtype=float)
    if values.size < 2 * size:
        return None
    with_gaps = values[-2 * size :].reshape(-1, 7)
    weeks = np.log(with_gaps.mean(axis=1))
    if not np.isfinite(weeks).all():
        return None
    one, two = straightened(weeks[:YEAR]), straightened(weeks[YEAR:])
    if not one.std() or not two.std():
        return None
    alike = np.array([np.corrcoef(one, np.roll(two, shift))[0, 1] for shift in range(YEAR)])
    p = float((alike >= alike[0] - 1e-12).mean())
    return Estimate(
        "Likeness of the last two years", float(alike[0]), None, None, Unit.RATIO, 2 * YEAR,
        "correlation of the weeks' departures from each year's straight line; p from all 52 alignments", p=p,
        reason="two years are too few for an interval",
    )  # fmt: skip


def straightened(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take a straight line out."""
    weeks = np.arange(logs.size)
    return logs - np.polyval(np.polyfit(weeks, logs, 1), weeks)


def clear(year: Estimate) -> bool:
    """Whether the two years are more alike than chance explains."""
    return year.p is not None and year.p <= 0.05 and (year.value or 0) > 0


def year_words(year: Estimate | None) -> str:
    """Say whether the year has a pattern, where two years are there."""
    if year is None:
        return ""
    if clear(year):
        return f"; the last two years rise and fall alike (correlation {year.unit.text(year.value)})"
    return "; a pattern of the year cannot be told from two years"


def cautions(points: Points, year: Estimate | None) -> tuple[str, ...]:
    """What to doubt of the weekdays and the year."""
    found = []
    silent = sum(1 for value in points.values if value is None or value <= 0)
    if silent:
        found.append(f"{points.label}: nothing on {silent} of {len(points):,} days; the days around them are left out.")
    if year is None:
        found.append("With less than two whole years of days a season looks like growth or decline.")
    elif clear(year):
        found.append("A pattern of the year seen in two years has been seen to repeat only once.")
    return tuple(found)


def numbers(weekdays: tuple[Estimate, ...]) -> Table:
    """The weekdays in their order."""
    lift, weeks = Column("Against the days around", Unit.LIFT), Column("Weeks", Unit.COUNT)
    columns = [Column("Weekday"), lift, Column("95% interval"), weeks]
    ends = [f"{one.unit.change(one.low)} to {one.unit.change(one.high)}" for one in weekdays]
    return table(columns, [(one.label, one.value, text, one.n) for one, text in zip(weekdays, ends, strict=True)])


def chart(points: Points, weekdays: tuple[Estimate, ...]) -> Chart:
    """The weekdays with their intervals."""
    drawn = Series(
        points.label,
        tuple(one.label for one in weekdays),
        tuple(one.value for one in weekdays),
        tuple(one.low for one in weekdays),
        tuple(one.high for one in weekdays),
    )
    words = [f"{one.label} {one.unit.change(one.value)}" for one in weekdays]
    return intervals(
        [drawn],
        unit=Unit.LIFT,
        description=f"{points.label} by weekday, against the seven days around: {listed(words, 7)}.",
        caption="Dots are means over weeks; whiskers are 95% intervals for all seven weekdays together.",
    )

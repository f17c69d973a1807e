"""Where a metric will be some weeks from now, as far as its own past can say."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from pmlib.core import Estimate, Finding, Kpi, SettingError, Unit, made_id
from pmlib.core.periods import day_text
from pmlib.core.words import many
from pmlib.metrics import Points
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.trends.backtest import LAST, YEAR, Backtest, backtest, needed
from pmlib.trends.changes import heard, silence, weekly

Floats = NDArray[np.float64]

FEWEST = 26
"""Weeks needed before anything is said of those to come."""
LOW_COVERAGE = 0.90
HIGH_COVERAGE, TESTED = 0.99, 100
"""Intervals that held this share of this many past values or more are wider than they need to be."""
STILL = 1e-9
"""Errors up to this size, on the scale they are taken on, are rounding."""
LEVEL = 0.95
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Scale:
    """The scale on which errors are alike: logs for amounts, log odds for shares, as it is where 0 occurs."""

    name: str
    floor: float | None

    @classmethod
    def of(cls, values: Floats, unit: Unit) -> "Scale":
        """Return the scale that fits the values."""
        if unit.kind == "share" and ((values > 0) & (values < 1)).all():
            return cls("odds", None)
        if unit.kind != "share" and (values > 0).all():
            return cls("log", None)
        return cls("plain", 0.0 if (values >= 0).all() else None)

    def there(self, values: Floats) -> Floats:
        """Bring values to the scale."""
        return np.log(values) if self.name == "log" else logit(values) if self.name == "odds" else values

    def back(self, values: Floats) -> Floats:
        """Bring values back to their unit."""
        plain = np.exp(values) if self.name == "log" else expit(values) if self.name == "odds" else values
        return plain if self.floor is None else np.maximum(plain, self.floor)


def outlook(points: Points, *, weeks: int = 8) -> Finding:
    """Say where the metric will be in some weeks if nothing new happens.

    Several simple ways to go on are tried from many starts in the series' own past, at the same distance ahead
    (:func:`pmlib.trends.backtest.backtest`). The last value is published unless another way did clearly better. The
    intervals come from the errors made in those trials, and the finding says how often they would have held.

    Parameters
    ----------
    points
        A metric by week. Weeks without any event are gaps, and only what follows the last gap is used.
    weeks
        Weeks ahead, from 1 to 26.
    """
    weekly(points)
    if not 1 <= weeks <= FEWEST:
        raise SettingError(f"weeks is {weeks}; look ahead by 1 to {FEWEST} weeks.")
    points = heard(points)
    known = unbroken(points)
    enough = max(FEWEST, needed(weeks))
    if known.size < enough:
        return too_short(points, known.size, enough, weeks)
    scale = Scale.of(known, points.unit)
    tried = backtest(scale.there(known), weeks, level=LEVEL)
    steps = [step(points, scale, tried, known, ahead) for ahead in range(weeks)]
    return Finding(
        id=made_id("outlook", points.name),
        question=asked(points, weeks),
        headline=headline(points, steps),
        estimates=tuple(steps),
        table=numbers(points, steps),
        figure=chart(points, steps),
        cautions=cautions(points, known.size, tried, steps[-1]),
        definition=f"{points.definition} {made(tried, steps[-1])}".strip(),
        query=points.sql,
        kpi=Kpi(steps[-1], better=points.better, history=points.values[-YEAR:]),
    )


def asked(points: Points, weeks: int) -> str:
    """Write the question."""
    return f"{points.label}: where will it be in {many(weeks, 'week')} if nothing new happens?"


def unbroken(points: Points) -> Floats:
    """Return the values after the last gap."""
    values = np.array([np.nan if value is None else value for value in points.values], dtype=float)
    gaps = np.flatnonzero(np.isnan(values))
    return values[gaps[-1] + 1 :] if gaps.size else values


def too_short(points: Points, known: int, enough: int, weeks: int) -> Finding:
    """Say that the history is too short, and give no number."""
    reason = f"it has {many(known, 'week')} without a gap, and {enough} are needed to look {many(weeks, 'week')} ahead"
    return Finding(
        made_id("outlook", points.name),
        asked(points, weeks),
        f"{points.label}: its history is too short to look ahead.",
        (),
        points.definition,
        cautions=(f"No outlook for {points.title}: {reason}.", *silence(points)),
        query=points.sql,
    )


def step(points: Points, scale: Scale, tried: Backtest, known: Floats, ahead: int) -> Estimate:
    """Return the outlook for one week to come."""
    middle, half = tried.ahead[ahead : ahead + 1], tried.half[ahead]
    low, value, high = (float(scale.back(middle + side * half)[0]) for side in (-1, 0, 1))
    day = points.dates[-1] + (ahead + 1) * WEEK
    found = Estimate(
        f"{points.label}, week of {day_text(day, year=True)}", value, low, high, points.unit, known.size,
        f"{tried.chosen}, with intervals from {tried.trials} trials on its own past", LEVEL,
        period=day_text(day, year=True),
    )  # fmt: skip
    if half > STILL * max(1.0, float(np.abs(middle[0]))):
        return found
    same = unmoved(known)
    # The last value itself: the way to its scale and back would leave a rounding error.
    value = float(known[-1]) if same > 1 and tried.chosen == LAST else value
    why = f"it never moved in the last {many(same, 'week')}" if same > 1 else "it always moved alike"
    return replace(found, value=value, low=None, high=None, reason=f"{why}, so its past gives no interval")


def unmoved(known: Floats) -> int:
    """Count the weeks at the end that have the same value."""
    other = np.flatnonzero(known != known[-1])
    return int(known.size - 1 - other[-1]) if other.size else int(known.size)


def headline(points: Points, steps: list[Estimate]) -> str:
    """Say where the metric is heading, and whether today's value is ruled out."""
    end, now, unit = steps[-1], points.values[-1], points.unit
    text = f"{points.label}: about {unit.text(end.value)} in the week of {end.period} if nothing new happens"
    if end.low is None or end.high is None:
        return f"{text}; {end.reason}."
    text += f", {unit.text(end.low)} to {unit.text(end.high)} in 95 of 100 such cases"
    if now is None:
        return f"{text}."
    # On the figures as they are written: no rise from 48 to "48 to 52".
    if end.low <= now <= end.high or unit.text(now) in (unit.text(end.low), unit.text(end.high)):
        return f"{text}; neither a rise nor a fall from {unit.text(now)} is certain."
    return f"{text}; a {'rise' if now < end.low else 'fall'} from {unit.text(now)}."


def made(tried: Backtest, end: Estimate) -> str:
    """Say which way was chosen and how it did."""
    ways = len(tried.misses)
    if tried.chosen == LAST:
        text = (
            f"Continues {LAST}: none of {ways - 1} other ways did clearly better in {tried.trials} trials on its past"
        )
    else:
        part = tried.misses[tried.chosen] / tried.misses[LAST]
        text = (
            f"Continues {tried.chosen}, the best of {ways} ways in {tried.trials} trials on its past: "
            f"its misses are {part:.0%} of those of {LAST}"
        )
    if tried.coverage is None or end.low is None:
        return f"{text}."
    return f"{text}. Intervals made this way held {held(tried.coverage, tried.tested)} ({LEVEL:.0%} meant)."


def held(coverage: float, tested: int) -> str:
    """Write how many past values were held; 100% only if all were."""
    digits = 1 if 0.99 < coverage < 1 else 0
    return f"{coverage:.{digits}%} of {many(tested, 'past value')}"


def cautions(points: Points, known: int, tried: Backtest, end: Estimate) -> tuple[str, ...]:
    """What to doubt: gaps, intervals that held too rarely, too often or were not checked, a season not seen."""
    found = silence(points)
    if end.low is None:
        found.append(f"No interval is given for {points.title}: {end.reason}.")
    elif tried.coverage is None:
        found.append("The history is too short to check how often intervals made this way would have held.")
    elif tried.coverage < LOW_COVERAGE:
        found.append(
            f"Intervals made this way held only {held(tried.coverage, tried.tested)} of {points.title}, "
            f"where {LEVEL:.0%} were meant: take them as too narrow."
        )
    elif tried.coverage >= HIGH_COVERAGE and tried.tested >= TESTED:
        found.append(
            f"Intervals made this way held {held(tried.coverage, tried.tested)} of {points.title}, "
            f"where {LEVEL:.0%} were meant: the range is wider than it needs to be."
        )
    if known < 2 * YEAR:
        found.append(f"With {known} weeks of history the outlook for {points.title} knows of no season of the year.")
    if tried.chosen == LAST:
        found.append(f"Nothing did clearly better than {LAST} of {points.title}: the outlook shows no direction.")
    return tuple(found)


def numbers(points: Points, steps: list[Estimate]) -> Table:
    """The weeks to come as a table."""
    unit = points.unit
    columns = [Column("Week"), Column("Outlook", unit), Column("Low", unit), Column("High", unit)]
    return table(columns, [(one.period, one.value, one.low, one.high) for one in steps])


def chart(points: Points, steps: list[Estimate]) -> Chart:
    """The last year as a line, the outlook with its band."""
    past = range(max(0, len(points) - YEAR), len(points))
    days = [points.dates[-1] + place * WEEK for place in range(len(steps) + 1)]
    now = points.values[-1]
    ahead = Series(
        "outlook",
        tuple(day.isoformat() for day in days),
        (now, *(one.value for one in steps)),
        (now, *(one.low for one in steps)),
        (now, *(one.high for one in steps)),
        "other",
    )
    before = Series(
        "so far",
        tuple(points.dates[place].isoformat() for place in past),
        tuple(points.values[place] for place in past),
    )
    words = f"{points.label} by week up to {day_text(points.dates[-1], year=True)}, and its outlook: {steps[-1]}."
    return line(
        [before, ahead],
        unit=points.unit,
        description=words,
        caption="The band is the 95% interval of each week to come.",
    )

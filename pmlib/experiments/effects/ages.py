"""What each unit did on each day after its exposure, for one metric."""

from dataclasses import replace
from typing import Literal

from pmlib.core import SettingError, TooFewError
from pmlib.experiments.arguments import fitting
from pmlib.experiments.exposure.exposed import exposed
from pmlib.experiments.exposure.library import Metrics
from pmlib.experiments.exposure.sightings import Exposures
from pmlib.experiments.exposure.spans import DAY
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Measure, Registration

Every = Literal["day", "week"]
STEPS: dict[Every, int] = {"day": 1, "week": 7}
MOST = 28
"""So many days, or weeks, can be told apart; each is a column."""


@fitting
def since(
    events: Events,
    registration: Registration,
    *,
    metric: str = "",
    days: int = 14,
    every: Every = "day",
    exposures: Exposures | None = None,
    metrics: Metrics = None,
    at: str = "",
    times: str = "",
) -> Units:
    """Make the units of an experiment with a metric by days since exposure, all from one scan of the events.

    Parameters
    ----------
    metric
        One of the registered metrics, made from events; the first goal if not given. Its own window and delay do not
        count here: each day, or week, after the exposure is a window of its own.
    days
        How far: 2 to 28 days, or with ``every="week"`` whole weeks, up to 28 of them.
    exposures, metrics, at, times
        As for :func:`pmlib.experiments.exposure.exposed`.

    Returns
    -------
    Units
        With the columns ``name__day_1``, ``name__day_2`` and so on (``name__week_1``; ``__over`` follows for what a
        ratio is divided by). A column is ``NULL`` for units not yet observed to its end. Ask
        :func:`pmlib.experiments.effects.novelty.novelty` of them.

    Raises
    ------
    SettingError
        If the metric is not made from events, or the days cannot be told apart.
    TooFewError
        If it is a quantile.
    """
    known = registration.measure(metric) if metric else registration.goals[0]
    if not (known.event or known.sql or known.metric):
        raise SettingError(
            f"'{known.name}' is a column, which does not tell when its units did what. Register how it is made from "
            'events, such as event = "booking_made".'
        )
    if known.kind == "quantile":
        raise TooFewError(f"'{known.name}' is a quantile, which days do not add up to. Choose a share, mean or ratio.")
    step = STEPS[every]
    if days % step or not 2 <= days // step <= MOST:
        raise SettingError(f"{days} days are not 2 to {MOST} whole {every}s; give such as days={14 * step}.")
    measures = tuple(aged(known, every, number) for number in range(1, days // step + 1))
    plan = replace(registration, measures=measures)
    return exposed(events, plan, exposures=exposures, metrics=metrics, at=at, times=times)


def aged(measure: Measure, every: Every, number: int) -> Measure:
    """Return a measure of one day, or week, after the exposure; what happens at its end is of the next."""
    end = number * STEPS[every] - 1 / DAY
    first = float((number - 1) * STEPS[every])
    return replace(measure, name=column_of(measure.name, every, number), delay=first, window=end, lookback=None)


def column_of(name: str, every: Every, number: int) -> str:
    """Return the column of a metric on one day, or in one week, after the exposure, counted from 1.

    Examples
    --------
    >>> column_of("bookings", "day", 3)
    'bookings__day_3'
    """
    return f"{name}__{every}_{number}"

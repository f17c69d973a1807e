"""The values of every unit, by arm: what is shuffled or drawn anew."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from pmlib.core import TooFewError
from pmlib.experiments.effects.strata import centre
from pmlib.experiments.reading.columns import columns, number, present
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.wishes import asked, wishes
from pmlib.experiments.trial import Trial
from pmlib.stats.inputs import Floats


@dataclass(frozen=True)
class Values:
    """A metric of each unit of an arm.

    Parameters
    ----------
    tops
        Its values, capped where the metric is.
    bottoms
        Of a ratio what each is divided by; ``None`` for other metrics.
    """

    tops: Floats
    bottoms: Floats | None = None


def values(trial: Trial, reading: Reading, *, adjusted: bool = False) -> tuple[Mapping[str, Values], str]:
    """Fetch a metric's values, in an order that does not hang on that of the rows.

    Parameters
    ----------
    adjusted
        Take off what the time before explains, with the weights that hold for all units together.

    Returns
    -------
    tuple
        The values by arm, and the query that ran.

    Raises
    ------
    TooFewError
        If there are no rows of units.
    """
    if not trial.source.has_rows:
        raise TooFewError(
            f"{trial.registration.name} comes as aggregates: counts and means tell nothing of one unit, so none can "
            "be shuffled or drawn anew. Load the table of units with load_units."
        )
    measure = reading.measure
    made = asked(measure, columns(trial.units, wishes(measure)))
    picks = [
        exp.func("coalesce", one.copy(), number(shift)) if at >= made.needed else one.copy()
        for at, (one, shift) in enumerate(zip(made.values, made.shifts, strict=True))
    ]
    names = [f"v{at}" for at in range(len(picks))]
    query = exp.select("arm", *(exp.alias_(one, to) for one, to in zip(picks, names, strict=True))).from_("units")
    there = exp.and_(present(exp.column("arm")), *(present(one) for one in made.values[: made.needed]))
    text = query.where(there).order_by("arm", *names).sql(dialect="duckdb", pretty=True)
    found, shown = trial.units.engine.query_arrays(text)
    tops = np.asarray(found["v0"], dtype=float)
    if adjusted and reading.cuped is not None:
        past = zip(reading.cuped.theta, names[1:], centre(reading.groups), strict=True)
        tops = tops - sum(worth * (np.asarray(found[name], dtype=float) - mean) for worth, name, mean in past)
    rows = {arm: np.asarray(found["arm"] == arm) for arm in trial.arms.names}
    if reading.kind != "ratio":
        return {arm: Values(tops[at]) for arm, at in rows.items()}, shown
    bottoms = np.asarray(found["v1"], dtype=float)
    return {arm: Values(tops[at], bottoms[at]) for arm, at in rows.items()}, shown

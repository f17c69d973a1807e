"""What is measured of each unit when a test is replayed: the measures of a plan as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import listed, many
from pmlib.experiments.design.columns import Made, named
from pmlib.experiments.exposure.amounts import whole
from pmlib.experiments.exposure.recipes import Recipe, hold_numbers, recipe, within
from pmlib.experiments.exposure.spans import of_days
from pmlib.metrics.entries import Metric
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Measure
from pmlib.stats.means import Moments
from pmlib.stats.trials.cuped import adjusted, adjusted_ratio
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.plans import Spread
from pmlib.stats.trials.ratios import linearised

AGE = "pmlib_age"
PASSED = "pmlib_passed"
"""Microseconds from the first moment of a unit to the end of the test."""
ACTIVATED = "pmlib_activated"


@dataclass(frozen=True)
class Quantity:
    """A measure and the columns made for it."""

    measure: Measure
    made: Made
    ratio: bool
    covariate: bool

    def moments(self, joint: Joint, *, before: bool) -> tuple[Moments, float]:
        """Return mean and variance of a unit, of a ratio by linearisation, and the part that a covariate leaves of it.

        Parameters
        ----------
        before
            Whether the covariate is to be used.

        Raises
        ------
        TooFewError
            If there are fewer than 2 units.
        """
        if joint.n < 2:
            raise TooFewError(f"{self.measure.label} has {many(joint.n, 'unit')}; its spread needs 2 or more.")
        plain = linearised(joint) if self.ratio else joint.moments()
        # Of units that nobody had seen before, nothing is known; a ratio then has nothing to be divided by.
        unseen = self.ratio and self.covariate and not joint.means[3]
        if unseen or not (before and self.covariate):
            return plain, 1.0
        made = adjusted_ratio([joint]) if self.ratio else adjusted([joint])
        return plain, made.kept

    def spread(self, moments: Moments) -> Spread:
        """Return how the spread follows the mean: that of 0 and 1 is given by it."""
        if self.ratio:
            return "scaled"
        if self.made.whether or self.measure.kind == "share":
            return "share"
        # All values 0 or 1 give exactly this variance, and hardly anything else does.
        of_share = moments.mean * (1 - moments.mean) * moments.n / max(moments.n - 1, 1)
        alike = 0 < moments.mean < 1 and abs(moments.variance - of_share) <= 1e-9 * of_share
        return "share" if alike and not self.measure.kind else "scaled"


def of_events(
    measures: Sequence[Measure], events: Events, metrics: Mapping[str, Metric], *, activated: bool
) -> tuple[list[Quantity], list[str]]:
    """Return what is made of a unit's events for each measure, and what is left out and why.

    Parameters
    ----------
    activated
        Whether only units count that did something after they were first seen.
    """
    found: list[Quantity] = []
    doubts: list[str] = []
    recipes: list[Recipe] = []
    names = frozenset(events.names())
    for one in measures:
        made = recipe(replace(one, since=""), events, metrics, names)
        if made is None:
            doubts.append(f"{one.label} is a column and not made from events, so history tells nothing of it.")
        elif one.kind == "quantile":
            doubts.append(f"{one.label} is a quantile; how long it takes to see is not told here.")
        else:
            if one.since:
                doubts.append(f"{one.label} is counted from first seen here, not from '{one.since}'.")
            recipes.append(made)
            found.append(of_recipe(len(found), made, activated=activated))
    hold_numbers(recipes, events.engine)
    refuse_none(found, measures, doubts)
    return found, doubts


def of_recipe(number: int, made: Recipe, *, activated: bool) -> Quantity:
    """Hold the aggregates of a measure to its days after first seen, and to those before."""
    one, age = made.measure, exp.column(AGE)
    since = whole(of_days(one.delay))
    if one.window is None:
        held: exp.Expr = exp.GTE(this=age.copy(), expression=since)
        over: exp.Expr = exp.GT(this=exp.column(PASSED), expression=since.copy())
    else:
        until = whole(of_days(one.window))
        held = age.copy().between(since, until)
        over = exp.GT(this=exp.column(PASSED), expression=until.copy())
    if activated:
        over = exp.and_(over, exp.column(ACTIVATED))
    parts = [*made.parts.values()]
    picks = [within(part, held) for part in parts]
    if one.lookback is not None:
        back = age.copy().between(whole(-of_days(one.lookback)), whole(-1))
        picks += [within(part, back) for part in parts]
    columns = Made(number, tuple(picks), over, one.cap, len(parts), made.sort == "share")
    return Quantity(one, columns, made.over is not None, one.lookback is not None)


def of_units(measures: Sequence[Measure], units: Units) -> tuple[list[Quantity], list[str]]:
    """Return the columns of a table for each measure, and what is left out and why."""
    found: list[Quantity] = []
    doubts: list[str] = []
    for one in measures:
        columns = [column for column in (one.name, one.over, one.before) if column]
        missing = [column for column in columns if column not in units.columns]
        if missing:
            close = nearest(missing[0], units.columns)
            doubts.append(f"{one.label} is left out: {units.origin.name} has no column {listed(missing)}.{close}")
        elif one.kind == "quantile":
            doubts.append(f"{one.label} is a quantile; how long it takes to see is not told here.")
        else:
            # What a ratio was before would be two columns, and a table names one.
            covariate = bool(one.before) and not one.over
            picks = [named(column) for column in (one.name, one.over, one.before if covariate else "") if column]
            made = Made(len(found), tuple(picks), exp.true(), one.cap, 2 if one.over else 1)
            found.append(Quantity(one, made, bool(one.over), covariate))
    refuse_none(found, measures, doubts)
    return found, doubts


def refuse_none(found: Sequence[Quantity], measures: Sequence[Measure], doubts: Sequence[str]) -> None:
    """Refuse a plan of which nothing can be replayed."""
    if not found:
        names = listed([one.label for one in measures]) or "nothing"
        raise SettingError(
            f"No metric can be planned for: {' '.join(doubts) or f'there is {names}.'} Give a goal made from events, "
            "such as goal='booking_made'."
        )

"""Other statistics: where the usual ones may not hold, and over the parts of the units that were registered."""

from pmlib.experiments.effects.doubts import MOST
from pmlib.experiments.effects.readouts import Readout, alone, otherwise
from pmlib.experiments.effects.strata import stratified
from pmlib.experiments.effects.values import values
from pmlib.experiments.reading.methods import Judged, leans
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.stats import mean_difference, mean_lift, share_difference, share_lift
from pmlib.stats.trials.rare import is_rare
from pmlib.stats.trials.resampling import LEAST_P, permutation

ABOUT = "the method"


def methods(trial: Trial, metric: str, arm: str) -> tuple[list[Readout], str]:
    """Judge one arm by the usual statistic where another one took over, skewed values also by permutation.

    Returns
    -------
    list of Readout
        Also the effect put together from the registered segments, where the usual statistic judges the metric.
    str
        The queries that ran, ``""`` for none.
    """
    reading = trial.readings[metric]
    base, *others = reading.groups
    here = next(one for one in others if one.arm == arm)
    if reading.kind == "share" and is_rare(here.ones, here.n, base.ones, base.n):
        return [otherwise(trial, reading, arm, ABOUT, "by the test made for more hits (score)", scored)], ""
    if leans(reading, here, base):
        return straight(trial, reading, arm)
    return stratified(trial, reading, arm)


def straight(trial: Trial, reading: Reading, arm: str) -> tuple[list[Readout], str]:
    """Judge by Welch's test what was straightened, and by shuffling the units where they are few."""

    def welch(group: Group, base: Group, level: float) -> Judged:
        return plain(reading, group, base, level)

    adjusted = "" if reading.cuped is None else ", adjusted by the time before"
    found = [otherwise(trial, reading, arm, ABOUT, f"by the test of even tails{adjusted}", welch)]
    # Shuffling that cannot tell so small a chance would seem to contradict what is clear.
    if sum(one.n for one in reading.groups) > MOST or 1 - alone(trial, reading) <= LEAST_P:
        return found, ""
    units, query = values(trial, reading)

    def shuffled(group: Group, base: Group, level: float) -> Judged:
        return Judged(
            *permutation(units[group.arm].tops, units[base.arm].tops, seed=trial.registration.seed, level=level)
        )

    return [*found, otherwise(trial, reading, arm, ABOUT, "by shuffling the units (permutation)", shuffled)], query


def plain(reading: Reading, group: Group, base: Group, level: float) -> Judged:
    """Judge by Welch's interval, adjusted by the time before where that was measured."""
    if reading.cuped is not None:
        at, of = reading.groups.index(group), reading.groups.index(base)
        return Judged(reading.cuped.difference(at, of, level=level), reading.cuped.lift(at, of, level=level))
    pair = group.moments, base.moments
    return Judged(mean_difference(*pair, level=level), mean_lift(*pair, level=level))


def scored(group: Group, base: Group, level: float) -> Judged:
    """Judge a share by the score test."""
    counts = group.ones, group.n, base.ones, base.n
    return Judged(share_difference(*counts, level=level), share_lift(*counts, level=level))

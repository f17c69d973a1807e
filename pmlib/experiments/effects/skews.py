"""Other statistics: where the usual ones may not hold, and over the parts of the units that were registered."""

from collections.abc import Mapping, Sequence

from numpy.typing import NDArray
from sqlglot import exp

from pmlib.core.words import capital, many
from pmlib.engine import place, sql
from pmlib.experiments.effects.choices import Choice, otherwise
from pmlib.experiments.effects.strata import stratified
from pmlib.experiments.reading.columns import number, read
from pmlib.experiments.reading.comparisons import Comparison
from pmlib.experiments.reading.methods import Judged, leans, skewed
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.stats import mean_difference, mean_lift, share_difference, share_lift
from pmlib.stats.trials.rare import is_rare
from pmlib.stats.trials.resampling import permutation
from pmlib.stats.trials.skewed import too_skewed

MOST = 10_000
"""With more units than this no values are fetched to be shuffled: so many make a mean normal."""
ABOUT = "the method"


def methods(trial: Trial, metric: str, arm: str) -> tuple[list[Choice], str]:
    """Judge one arm by the usual statistic where another one took over, skewed values also by permutation.

    Returns
    -------
    list of Choice
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


def straight(trial: Trial, reading: Reading, arm: str) -> tuple[list[Choice], str]:
    """Judge by Welch's test what was straightened, and by shuffling the units where they are few."""

    def welch(group: Group, base: Group, level: float) -> Judged:
        return plain(reading, group, base, level)

    adjusted = "" if reading.cuped is None else ", adjusted by the time before"
    found = [otherwise(trial, reading, arm, ABOUT, f"by the test of even tails{adjusted}", welch)]
    if sum(one.n for one in reading.groups) > MOST:
        return found, ""
    values, query = fetched(trial, reading)

    def shuffled(group: Group, base: Group, level: float) -> Judged:
        return Judged(*permutation(values[group.arm], values[base.arm], seed=trial.registration.seed, level=level))

    return [*found, otherwise(trial, reading, arm, ABOUT, "by shuffling the units (permutation)", shuffled)], query


def doubts(comparisons: Sequence[Comparison]) -> list[str]:
    """Say where unequal arms meet a skewed metric: what is done about it, and where that is not enough."""
    said: list[str] = []
    for one in comparisons:
        read, (base, here) = one.metric, (one.metric.groups[0], one.group)
        if not leans(read, here, base):
            continue
        few = min(here, base, key=lambda group: group.n)
        if too_skewed(here.moments, base.moments, skewed(read)):
            text = f"{many(few.n, 'unit')} in {few.arm} are too few for a metric as skewed as {read.label}"
            said.append(f"{text}, so it has no interval.{shuffling(read)}")
        else:
            text = (
                f"{capital(read.label)} is skewed and {few.arm} much the smaller arm: the interval is corrected for it"
            )
            used = " and the time before is left out" if read.measure.before else ""
            said.append(f"{text}{used}.")
    return said


def shuffling(reading: Reading) -> str:
    """Say where a better judgement stands, where the units are few enough for it."""
    if sum(one.n for one in reading.groups) > MOST:
        return " Wait for more units there."
    return " Shuffling the units holds: see what it hangs on."


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


def fetched(trial: Trial, reading: Reading) -> tuple[Mapping[str, NDArray], str]:
    """Fetch the values of each arm, the largest cut off where a cap was registered."""
    kinds = {row[0]: row[1] for row in trial.units.query("DESCRIBE units")}
    value = read(reading.measure.name, kinds[reading.measure.name])
    if reading.ceiling is not None:
        value = exp.Least(this=value, expressions=[number(reading.ceiling)])
    text = place(sql(__package__ or "", "skews.sql"), the_value=exp.paren(value))
    columns, query = trial.units.engine.query_arrays(text)
    return {arm: columns["value"][columns["arm"] == arm] for arm in trial.arms.names}, query

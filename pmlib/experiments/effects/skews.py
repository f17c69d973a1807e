"""Other statistics where the usual ones may not hold: skewed values in unequal arms, and shares of few hits."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from numpy.typing import NDArray
from sqlglot import exp

from pmlib.engine import place, sql
from pmlib.experiments.effects.choices import Choice
from pmlib.experiments.reading.columns import number, read
from pmlib.experiments.reading.methods import Judged, leans
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.stats import mean_difference, mean_lift, share_difference, share_lift
from pmlib.stats.trials.families import bonferroni_level
from pmlib.stats.trials.rare import is_rare
from pmlib.stats.trials.resampling import permutation

MOST = 10_000
"""With more units than this no values are fetched to be shuffled: so many make a mean normal."""
Judge = Callable[[Group, Group, float], Judged]
"""How an arm is judged against control, at a level."""


def methods(trial: Trial, metric: str, arm: str) -> tuple[list[Choice], str]:
    """Judge one arm by the usual statistic where another one took over, and skewed values also by permutation.

    Returns
    -------
    list of Choice
        None where the usual statistic judges it already.
    str
        The query that fetched the values, ``""`` for none.
    """
    reading = trial.readings[metric]
    base, *others = reading.groups
    here = next(one for one in others if one.arm == arm)
    if reading.kind == "share" and is_rare(here.ones, here.n, base.ones, base.n):
        return [choice(trial, reading, arm, "by the test made for more hits (score)", scored)], ""
    if not leans(reading, here, base):
        return [], ""

    def welch(group: Group, base: Group, level: float) -> Judged:
        return plain(reading, group, base, level)

    adjusted = "" if reading.cuped is None else ", adjusted by the time before"
    found = [choice(trial, reading, arm, f"by the test of even tails{adjusted}", welch)]
    if sum(one.n for one in reading.groups) > MOST:
        return found, ""
    values, query = fetched(trial, reading)

    def shuffled(group: Group, base: Group, level: float) -> Judged:
        return Judged(*permutation(values[group.arm], values[base.arm], seed=trial.registration.seed, level=level))

    return [*found, choice(trial, reading, arm, "by shuffling the units (permutation)", shuffled)], query


def choice(trial: Trial, reading: Reading, arm: str, words: str, judge: Judge) -> Choice:
    """Judge one arm by another statistic; so many arms are allowed for (Bonferroni)."""
    base, *others = reading.groups
    standing = trial.standing
    arms = 1 if reading.measure.role == "guardrail" else len(others)
    group = next(one for one in others if one.arm == arm)
    made = judge(group, base, bonferroni_level(standing.level, arms))
    p = None if made.difference.p is None else min(1.0, made.difference.p * arms)
    gap, lift = (standing.over_looks(replace(one, level=standing.level, p=p)) for one in (made.difference, made.lift))
    return Choice("the method", words, group.n + base.n, gap, lift, gap.p, reading.less, standing.alpha)


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

"""Whether a result holds without a formula: units shuffled between the arms, or drawn anew."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pmlib.core import Estimate, Finding, SettingError, TooFewError, answering, made_id
from pmlib.core.words import capital, listed
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.lifts import faults
from pmlib.experiments.effects.readouts import CALLED, Readout, alone, chart, otherwise, rows
from pmlib.experiments.effects.values import Values, values
from pmlib.experiments.reading.comparisons import best, signed
from pmlib.experiments.reading.methods import Judged, skewed
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.redraws import bootstrap_quantile
from pmlib.stats.trials.resampling import LEAST_P, RUNS, bootstrap, permutation

How = Literal["permutation", "bootstrap"]
MOST = 2_000_000
"""Of more units than this none are fetched: of so many formulas hold."""
LONG = 10_000
"""Of more units than this fewer runs are made, where they suffice."""
FEWER = 1_999
LEAN = 0.3
"""From this skewness over the root of the smaller arm's units on, drawing anew calls too often: about 10 times in 100
where few units pay (docs/calibration.md)."""
RUNS_OF = 20
"""An interval that leaves out a part of all runs takes so many runs of them."""
WORDS: Mapping[How, str] = {
    "permutation": "by shuffling the units (permutation)",
    "bootstrap": "by drawing units anew (bootstrap)",
}


@fitting
@answering("experiment-redrawn", "Does the result hold without a formula?")
def redrawn(trial: Trial, *, metric: str = "", how: How = "permutation") -> Finding:
    """Tell whether the result holds where no formula is trusted: by shuffling the units, or by drawing them anew.

    Parameters
    ----------
    metric
        One of the experiment's metrics; the first goal if not given.
    how
        ``"permutation"``: the units are given to the arms anew, many times, and the difference seen is set against
        those. ``"bootstrap"``: each arm's units are drawn anew with replacement; it judges quantiles too.

    Returns
    -------
    Finding
        Each arm against control as it is read, and so. The seed is the registration's, so it is the same each time.

    Raises
    ------
    SettingError
        If there is no such metric, or it cannot be judged so.
    """
    name = trial.named(metric)
    read = trial.readings[name]
    if read.kind == "quantile" and how == "permutation":
        raise SettingError(f"'{name}' is a quantile, and shuffling judges means. Give how=\"bootstrap\".")
    if read.kind == "quantile" and read.measure.over:
        raise TooFewError(f"'{name}' is a quantile over clusters, which cannot be drawn anew one by one.")
    units = sum(group.n for group in read.groups)
    if units > MOST:
        raise TooFewError(f"{units:,} units are more than the {MOST:,} that are drawn; so many leave a formula right.")
    runs = enough(units, 1 - alone(trial, read))
    fetched, query = values(trial, read, adjusted=read.kind != "ratio")
    pairs: list[tuple[Readout, Readout]] = []
    for one in trial.comparisons[name]:
        arm = one.group.arm

        def judge(group: Group, base: Group, level: float) -> Judged:
            return judged(read, fetched, group, base, how=how, runs=runs, seed=trial.registration.seed, level=level)

        at = "" if trial.two else f"{arm}, "
        usual = Readout.of("", f"{at}as registered" if trial.registered else f"{at}as it is read", one)
        pairs.append((usual, otherwise(trial, read, arm, "", f"{at}{WORDS[how]}", judge)))
    return found(trial, read, how, runs, pairs, query)


def enough(units: int, share: float) -> int:
    """Return the runs that tell what an interval leaves out, or refuse where it is less than one of all runs.

    Parameters
    ----------
    share
        The part of all runs that the interval leaves out.
    """
    if share <= LEAST_P:
        raise TooFewError(
            f"To be called here takes a smaller p than {RUNS:,} draws can tell, which is {LEAST_P:g}: they would not "
            "call anything. Go by the result as it is read."
        )
    return FEWER if units > LONG and FEWER * share >= RUNS_OF else RUNS


def judged(
    read: Reading,
    fetched: Mapping[str, Values],
    group: Group,
    base: Group,
    *,
    how: How,
    runs: int,
    seed: int,
    level: float,
) -> Judged:
    """Judge an arm against control."""
    here, there = fetched[group.arm], fetched[base.arm]
    label, up = f"{read.label}, {group.arm} less {base.arm}", f"lift of {read.label}, {group.arm} over {base.arm}"
    if read.kind == "quantile":
        quantile = read.measure.quantile
        made = bootstrap_quantile(
            here.tops, there.tops, quantile=quantile, runs=runs, seed=seed, unit=read.gap, level=level
        )
    else:
        over = None if here.bottoms is None or there.bottoms is None else (here.bottoms, there.bottoms)
        compare = permutation if how == "permutation" else bootstrap
        made = compare(here.tops, there.tops, over=over, runs=runs, seed=seed, unit=read.gap, level=level)
    return Judged(replace(made[0], label=label), replace(made[1], label=up))


def found(
    trial: Trial, read: Reading, how: How, runs: int, pairs: Sequence[tuple[Readout, Readout]], query: str
) -> Finding:
    """Put the answer together."""
    name, standing = read.measure.name, trial.standing_of(read.measure.name)
    every = [one for pair in pairs for one in pair]
    headline = f"{sentence(trial, read, how, pairs)}."
    estimates: list[Estimate] = [each for one in every for each in (one.lift, one.difference)]
    past = "" if read.cuped is None else ", adjusted by the time before as they are"
    if read.kind == "ratio" and read.cuped is not None:
        past = ", not adjusted by the time before"
    arms = "; so many arms are allowed for by Bonferroni" if len(pairs) > 1 and read.measure.role != "guardrail" else ""
    return Finding(
        id=made_id("experiment-redrawn", name, how),
        question=f"Does the result for {read.label} hold without a formula?",
        headline=headline,
        estimates=tuple(estimates),
        table=rows(every, head="read", sure=standing.sure),
        figure=chart(
            every,
            headline,
            lift=f"Lift over {trial.control} either way",
            difference=f"Difference from {trial.control} either way",
            sure=standing.sure,
        ),
        cautions=(*faults(trial.split), *doubts(trial, read, how, pairs), *trial.arms.cautions, *read.cautions),
        definition=f"{name}: {trial.counted} of {trial.units.origin.name}; units {what(how)} {runs:,} times{past} "
        f"(seed {trial.registration.seed}){arms}; {standing.words}.",
        query="\n\n".join(dict.fromkeys((read.query, query))),
    )


def what(how: How) -> str:
    """Say what is done with units."""
    return "shuffled between the arms" if how == "permutation" else "of each arm drawn anew"


def sentence(trial: Trial, read: Reading, how: How, pairs: Sequence[tuple[Readout, Readout]]) -> str:
    """Say whether the arm that gains most, or any other, reads otherwise so."""
    if trial.split.alarm:
        return f"{capital(read.label)} cannot be read: {trial.split.fault}"
    comparisons = trial.comparisons[read.measure.name]
    top = best(comparisons)
    usual, other = pairs[comparisons.index(top)]
    at = "" if trial.two else f" in {top.group.arm}"
    head = f"{capital(read.label)}{at}: {signed(other.shown)} {WORDS[how]}, {CALLED[other.called]}"
    if unlike((usual, other)):
        return f"{head}, but {CALLED[usual.called]} as read, {signed(usual.shown)}"
    differ = [one.group.arm for one, pair in zip(comparisons, pairs, strict=True) if unlike(pair)]
    return f"{head}; so it is as read, {signed(usual.shown)}{f', but not in {listed(differ)}' if differ else ''}"


def unlike(pair: tuple[Readout, Readout]) -> bool:
    """Whether both ways would be called otherwise."""
    return pair[0].called != pair[1].called


def doubts(trial: Trial, read: Reading, how: How, pairs: Sequence[tuple[Readout, Readout]]) -> list[str]:
    """Say how a way that differs is to be taken, and what could not be done."""
    said: list[str] = []
    if any(unlike(pair) for pair in pairs):
        decides = "What was registered" if trial.registered else "The result as it is read"
        said.append(f"{decides} decides; shuffling and drawing anew tell how far to trust it.")
    if how == "bootstrap" and lean(read) > LEAN:
        said.append(
            f"{capital(read.label)} is too skewed for so few units to be drawn anew: such intervals are too narrow and "
            "call up to 10 times in 100 where 5 are promised. Shuffling (permutation) keeps its promise."
        )
    if read.kind == "ratio" and read.cuped is not None:
        said.append(f"{capital(read.label)} is a ratio: so it is judged without the adjustment by the time before.")
    if trial.registration.cluster:
        said.append("Clusters are moved as a whole, with all their units.")
    return said


def lean(read: Reading) -> float:
    """Return how skewed a mean's units are for their number; 0 where that is not known."""
    least = min(group.n for group in read.groups)
    alike = all(group.variance == 0 for group in read.groups)
    if read.kind not in {"mean", "share"} or least < 2 or alike or not all(one.joint.thirds for one in read.groups):
        return 0.0
    return abs(skewed(read)) / least**0.5

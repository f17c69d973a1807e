"""What else moved: metrics that were written down to be looked at, not to decide."""

from collections.abc import Sequence
from dataclasses import replace

from pmlib.core import Estimate, Finding, TooFewError, answering
from pmlib.core.words import capital, listed, many, percent
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.doubts import doubts
from pmlib.experiments.effects.lifts import by_metric, faults, open_ends, row, rows_of_lifts
from pmlib.experiments.reading.comparisons import Comparison, signed
from pmlib.experiments.reading.methods import Judged, judged
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.reading.standing import Standing
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.always import taken, tuned, width
from pmlib.stats.trials.families import benjamini_hochberg, fcr_level
from pmlib.stats.trials.sequential import level_of, looks

MANY = 3
"""A headline names so many metrics at most."""


@fitting
@answering("experiment-secondary", "Did any other metric move?")
def secondary(trial: Trial) -> Finding:
    """Tell which of the metrics moved that were registered to be looked at.

    Returns
    -------
    Finding
        The lift of each secondary metric in each arm. All of them are one family: they are called so that few of the
        calls are false (Benjamini and Hochberg), and their intervals exclude 0 where they are called (FCR).
    """
    measures = trial.registration.secondary
    if not measures:
        raise TooFewError(
            'No secondary metric was registered. Give a metric the role "secondary" to see here whether it moved.'
        )
    readings = [trial.readings[one.name] for one in measures if one.name in trial.readings]
    if not readings:
        raise TooFewError(trial.untold[0])
    made = trial.split
    found = family([trial.standing_of(read.measure.name) for read in readings], readings)
    headline = f"What else moved cannot be read: {made.fault}" if made.alarm else sentence(trial, found)
    said = [*trial.untold, *(caution for read in readings for caution in read.cautions)]
    return Finding(
        id="experiment-secondary",
        question="Did any other metric move?",
        headline=f"{headline}.",
        estimates=tuple(each for one in found for each in (one.lift, one.difference)),
        table=by_metric(found),
        figure=rows_of_lifts(found, [row(one, trial.two) for one in found], headline),
        cautions=(*faults(made), *trial.arms.cautions, *said, *doubts(found), *open_ends(found), *lead(found)),
        definition=defined(trial, found),
        query="\n\n".join(dict.fromkeys(read.query for read in readings)),
    )


def family(standings: Sequence[Standing], readings: Sequence[Reading]) -> list[Comparison]:
    """Compare each arm with control in each metric, all of it together; what has no p-value counts for none.

    Parameters
    ----------
    standings
        Where the reading of each metric stands in the plan.
    """
    alpha = standings[0].alpha
    cells = [(on, read, group) for on, read in zip(standings, readings, strict=True) for group in read.groups[1:]]
    alone = [against(read, group, 1 - alpha) for _, read, group in cells]
    own = [on.over_looks(one.difference).p for (on, _, _), one in zip(cells, alone, strict=True)]
    known = [p for p in own if p is not None]
    adjusted = iter(benjamini_hochberg(known))
    together = [None if p is None else next(adjusted) for p in own]
    called = sum(p < alpha for p in together if p is not None)
    single = 1 - fcr_level(1 - alpha, max(called, 1), max(len(known), 1))
    found: list[Comparison] = []
    for (on, read, group), one, p in zip(cells, alone, together, strict=True):
        there = against(read, group, at_level(on, single))
        gap, lift = (among(on, each, p, len(known)) for each in (there.difference, there.lift))
        found.append(Comparison(read, group, gap, lift, p, one.lift, alpha, there.plain))
    return found


def against(read: Reading, group: Group, level: float) -> Judged:
    """Judge an arm against control."""
    return judged(read, group, read.groups[0], level=level)


def among(standing: Standing, found: Estimate, p: float | None, k: int) -> Estimate:
    """Restate an estimate as one of a family, over all looks of the plan."""
    one = replace(standing.over_looks(found), level=1 - standing.alpha, p=p)
    return one if k < 2 else replace(one, method=f"{one.method}, {k} comparisons read together (FCR)")


def at_level(standing: Standing, alpha: float) -> float:
    """Return the level of a single interval that errs with a chance of ``alpha`` over all looks of the plan."""
    plan = standing.plan
    if standing.look is not None:
        taken_looks = looks(
            standing.units,
            standing.planned,
            alpha=alpha,
            spending=plan.spending,
            final=standing.look.last,
            times=standing.times,
        )
        return taken_looks[-1].level
    if plan.reading == "always-valid":
        # The registered alpha tunes the interval, whatever level it is then made at: so it agrees with its p-value.
        scale = tuned(plan.alpha)
        return level_of(width(taken(standing.units[-1], standing.planned, scale, plan.alpha) * scale, alpha))
    return 1 - alpha


def sentence(trial: Trial, found: Sequence[Comparison]) -> str:
    """Say what moved, or that nothing did."""
    moved = sorted((one for one in found if one.clear), key=lambda one: one.p or 0.0)
    if len(found) == 1:
        (one,) = found
        way = "moved" if moved else "did not move by more than chance does"
        return f"{capital(one.metric.label)} {way}: {signed(one.shown)}"
    shown = moved or found
    parts = [f"{row(one, trial.two)} {signed(one.shown)}" for one in shown[:MANY]]
    rest = f"; and {len(shown) - MANY} more" if len(shown) > MANY else ""
    of = many(len(found), "other metric" if trial.two else "comparison")
    head = f"{len(moved)} of {of} moved" if moved else f"None of {of} moved by more than chance does"
    return f"{head}: {'; '.join(parts)}{rest}"


def lead(found: Sequence[Comparison]) -> list[str]:
    """Say what a metric that moved is good for."""
    names = listed(list(dict.fromkeys(one.metric.label for one in found if one.clear)))
    if not names:
        return []
    return [f"What happened to {names} was not to decide: it is a lead for the next experiment, no result of this one."]


def defined(trial: Trial, found: Sequence[Comparison]) -> str:
    """Write the definition line."""
    names = listed(list(dict.fromkeys(one.metric.measure.name for one in found)))
    line = f"{names}: {trial.counted} of {trial.units.origin.name}; lift over {trial.control}; {trial.standing.words}"
    if len(found) > 1:
        sure = f"{percent(trial.standing.alpha)}"
        line += (
            f"; {len(found)} comparisons, called so that at most {sure} of the calls are false on average "
            f"(Benjamini-Hochberg), with intervals of which at most {sure} of those called miss (FCR)"
        )
    return f"{line}."

"""Arms against each other, where an experiment has several beside control."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from pmlib.core import Estimate, Finding, SettingError, TooFewError, answering, made_id, nearest
from pmlib.core.words import capital, listed, many
from pmlib.experiments.arguments import Names, fitting, listing
from pmlib.experiments.effects.lifts import faults
from pmlib.experiments.effects.readouts import Readout, chart, rows
from pmlib.experiments.reading.comparisons import signed
from pmlib.experiments.reading.methods import Judged, judged
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.standing import Standing
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.contrasts import all_pairs, contrast, contrast_lift
from pmlib.stats.trials.dunnett import Together
from pmlib.stats.trials.families import bonferroni_level

AGAINST, WITH = " vs ", " + "
MANY = 3
"""A headline names so many pairs at most."""
Side = tuple[str, ...]
"""One arm, or several put together."""


@fitting
@answering("experiment-contrasts", "How do the arms differ from each other?")
def contrasts(trial: Trial, *, metric: str = "", pairs: Names = "") -> Finding:
    """Tell how the arms differ from each other, where there are several beside control.

    Parameters
    ----------
    metric
        One of the experiment's metrics; the first goal if not given.
    pairs
        Which arms to set against which, with commas: ``"a vs b, a + b vs control"``, where ``a + b`` is the mean of
        both. If not given, every arm beside control against every other; :func:`lift` sets them against control.

    Returns
    -------
    Finding
        The lift of the one over the other. P-values and intervals hold together for all pairs shown: by the largest
        distance of all (Tukey) for every pair, by Bonferroni for those named.

    Raises
    ------
    SettingError
        If there is no such metric or arm, or a pair names an arm twice.
    """
    name = trial.named(metric)
    read, known = trial.readings[name], trial.arms.names
    if trial.two:
        raise TooFewError("One arm is compared with control, so there is no other arm to set it against.")
    asked = [parsed(one, known) for one in listing(pairs)]
    if asked and read.kind == "quantile" and any(len(side) > 1 for pair in asked for side in pair):
        raise SettingError(f"'{name}' is a quantile; arms cannot be put together there. Name single arms.")
    standing = trial.standing_of(name)
    found = family(standing, read, asked)
    headline = f"The arms cannot be compared: {trial.split.fault}" if trial.split.alarm else sentence(read, found)
    how = "named pairs (Bonferroni)" if asked else "pairs of arms (Tukey)"
    together = f"; {len(found)} {how} judged together, their intervals too" if len(found) > 1 else ""
    return Finding(
        id=made_id("experiment-contrasts", name),
        question=f"How do the arms differ from each other in {read.label}?",
        headline=f"{headline}.",
        estimates=tuple(each for one in found for each in (one.lift, one.difference)),
        table=rows(found, head="pair", sure=standing.sure),
        figure=chart(
            found,
            headline,
            lift="Lift of the first over the second",
            difference="Difference of the first from the second",
            sure=standing.sure,
        ),
        cautions=(*faults(trial.split), *trial.arms.cautions, *read.cautions),
        definition=f"{name}: lift of the first over the second; {trial.counted} of {trial.units.origin.name}; "
        f"{standing.words}{together}.",
        query=read.query,
    )


def parsed(text: str, known: Sequence[str]) -> tuple[Side, Side]:
    """Read a pair as it is typed."""
    parts = text.split(AGAINST)
    if len(parts) != 2:
        raise SettingError(f"'{text}' is no pair of arms; write it as {known[1]}{AGAINST}{known[2]}.")
    first, second = (side(part.strip(), known) for part in parts)
    twice = [arm for at, arm in enumerate((*first, *second)) if arm in (*first, *second)[:at]]
    if twice:
        raise SettingError(f"'{text}' names {twice[0]} twice; an arm stands on one side of a pair.")
    return first, second


def side(text: str, known: Sequence[str]) -> Side:
    """Read one side of a pair: an arm, or several put together."""
    arms = (text,) if text in known else tuple(part.strip() for part in text.split(WITH))
    for arm in arms:
        if arm not in known:
            raise SettingError(f"There is no arm '{arm}'; there is {listed(known)}.{nearest(arm, known)}")
    return arms


def family(standing: Standing, read: Reading, asked: Sequence[tuple[Side, Side]]) -> list[Readout]:
    """Judge the pairs asked for together; if none is named, every two arms beside control, the better one first."""
    sides = list(asked)
    if not sides:
        ordered = sorted(read.groups[1:], key=lambda one: (read.typical(one) * (1 if read.less else -1), one.arm))
        sides = [((one.arm,), (other.arm,)) for one, other in combinations(ordered, 2)]
    alone = [against(read, *pair, level=1 - standing.alpha) for pair in sides]
    known = [one.difference.p for one in alone if one.difference.p is not None]
    if asked:
        k = len(sides)
        joint = iter([Together(min(1.0, p * k), bonferroni_level(standing.level, k)) for p in known])
    else:
        joint = iter(all_pairs(known, len(read.groups) - 1, level=standing.level))
    found: list[Readout] = []
    for pair, one in zip(sides, alone, strict=True):
        held = None if one.difference.p is None else next(joint)
        there = one if held is None else against(read, *pair, level=held.level)
        gap, lift = (restated(standing, each, held, len(sides)) for each in (there.difference, there.lift))
        units = sum(group.n for group in read.groups if group.arm in (*pair[0], *pair[1]))
        words = f"{listed(pair[0])} against {listed(pair[1])}"
        found.append(Readout(words, units, gap, lift, gap.p, read.less, standing.alpha))
    return found


def restated(standing: Standing, found: Estimate, held: Together | None, k: int) -> Estimate:
    """Restate an estimate as what it is over all looks, and among all pairs."""
    one = standing.over_looks(replace(found, level=standing.level, p=None if held is None else held.p))
    return one if k < 2 else replace(one, method=f"{one.method}, {k} pairs together")


def against(read: Reading, first: Side, second: Side, *, level: float) -> Judged:
    """Judge one side against the other: two arms by the statistic that fits, several by a contrast of their means."""
    label = f"{read.label}, {listed(first)} less {listed(second)}"
    up = f"lift of {read.label}, {listed(first)} over {listed(second)}"
    by = {group.arm: group for group in read.groups}
    if len(first) == len(second) == 1:
        made = judged(read, by[first[0]], by[second[0]], level=level)
        return Judged(replace(made.difference, label=label), replace(made.lift, label=up))
    weights = [1 / len(first) if arm in first else -1 / len(second) if arm in second else 0.0 for arm in by]
    arms = [read.moments(group) for group in read.groups] if read.cuped is None else read.cuped.arms
    return Judged(
        contrast(arms, weights, unit=read.gap, label=label, level=level),
        contrast_lift(arms, weights, label=up, level=level),
    )


def sentence(read: Reading, found: Sequence[Readout]) -> str:
    """Say which arms differ."""
    clear = sorted((one for one in found if one.clear), key=lambda one: one.p or 0.0)
    head = capital(read.label)
    if len(found) == 1:
        return f"{head}: {brief(found[0])}{'' if clear else ', which may be chance'}"
    shown = (clear or found)[:MANY]
    more = len(clear or found) - len(shown)
    parts = "; ".join(brief(one) for one in shown) + (f"; and {more} more" if more else "")
    if not clear:
        return f"{head}: none of {many(len(found), 'pair')} of arms differs clearly: {parts}"
    differ = "differs" if len(clear) == 1 else "differ"
    return f"{head}: {len(clear)} of {many(len(found), 'pair')} of arms {differ} clearly: {parts}"


def brief(one: Readout) -> str:
    """Name a pair with its lift, or its difference where there is no lift."""
    return f"{signed(one.shown)} in {one.words}"

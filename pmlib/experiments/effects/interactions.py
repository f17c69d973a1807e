"""Whether an arm's effect differs between segments: the test of all at once, then each against the rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, TooFewError, Unit
from pmlib.experiments.effects.crossings import Crossing, has_past, middles, others
from pmlib.experiments.effects.parts import Groups, Parts
from pmlib.experiments.reading.methods import Judged, judged
from pmlib.experiments.reading.readings import FEW, Group, Reading
from pmlib.experiments.reading.splits import ENOUGH
from pmlib.experiments.reading.standing import Standing
from pmlib.experiments.trial import Trial
from pmlib.stats import Moments, holm, mean_difference, mean_lift
from pmlib.stats.trials.contrasts import contrast
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.profiles import parallel
from pmlib.stats.trials.segments import STEADY, Effects, differences, interaction, ratios, shrunken
from pmlib.stats.trials.simpson import Simpson, simpson

HITS = 5
"""A share needs so many units that did it, and as many that did not, in each arm of a segment to be tested there."""
Pair = tuple[Moments, Moments]
"""An arm and control in one segment."""


@dataclass(frozen=True)
class Slice:
    """One arm against control in one segment.

    Parameters
    ----------
    units
        Units in both arms, with a value or without.
    effect
        The difference and the lift; ``None`` where an arm has fewer than two units.
    drawn
        The difference, drawn towards what all segments have in common; ``None`` where the segment is too small, or
        there are fewer than 4, which cannot tell how far to draw.
    beyond
        By how much the difference exceeds that of all other units, its ``p`` adjusted over the segments; ``None`` where
        the segment is too small.
    """

    label: str
    units: int
    effect: Judged | None
    drawn: Estimate | None = None
    beyond: Estimate | None = None


@dataclass(frozen=True)
class Branch:
    """One arm's effect by one column.

    Parameters
    ----------
    test
        The share of the scatter between segments that is more than chance, and the chance of so much if the effect
        were one; ``None`` where fewer than two segments could be tested. It is of differences.
    relative
        The same of lifts: one lift on unlike levels is several differences. ``None`` where a segment has no lift to
        tell, or clusters lie in several segments.
    mix
        Whether the arms hold different mixes of segments; ``None`` where fewer than two have units in both arms.
    """

    parts: Parts
    arm: str
    slices: tuple[Slice, ...]
    test: Estimate | None
    mix: Simpson | None
    alpha: float
    relative: Estimate | None = None

    @property
    def differs(self) -> bool:
        """Whether the effect differs between segments by more than chance does."""
        return self.test is not None and self.test.p is not None and self.test.p < self.alpha

    @property
    def lifts_differ(self) -> bool | None:
        """Whether the lifts differ by more than chance does; ``None`` where that cannot be told."""
        p = None if self.relative is None else self.relative.p
        return None if p is None else p < self.alpha

    @property
    def tested(self) -> list[Slice]:
        """The segments that were large enough to be tested."""
        return [one for one in self.slices if one.beyond is not None]

    @property
    def standing_out(self) -> list[Slice]:
        """The segments that differ clearly from all others, the surest first; none where the effect may be one."""
        sure = [one for one in self.tested if one.beyond and one.beyond.p is not None and one.beyond.p < self.alpha]
        return sorted(sure, key=lambda one: (one.beyond and one.beyond.p) or 0.0) if self.differs else []


def branches(trial: Trial, reading: Reading, parts: Parts) -> list[Branch]:
    """Judge each arm in the segments of one column; the p-values of all arms and segments are adjusted (Holm)."""
    made = [branch(trial, reading, parts, arm) for arm in trial.arms.names[1:]]
    tests = adjusted([one.test for one in made])
    lifts = adjusted([one.relative for one in made])
    made = [replace(one, test=test, relative=other) for one, test, other in zip(made, tests, lifts, strict=True)]
    if len(parts.segments) == 2:
        # Each is the rest of the other: that is one test and not two.
        sides = [adjusted([one.slices[side].beyond for one in made]) for side in (0, 1)]
        sure = [list(pair) for pair in zip(*sides, strict=True)]
    else:
        flat = iter(adjusted([part.beyond for one in made for part in one.slices]))
        sure = [[next(flat) for _ in one.slices] for one in made]
    return [
        replace(one, slices=tuple(replace(part, beyond=p) for part, p in zip(one.slices, some, strict=True)))
        for one, some in zip(made, sure, strict=True)
    ]


def adjusted(found: Sequence[Estimate | None]) -> list[Estimate | None]:
    """Adjust the p-values of estimates as one family."""
    steps = iter(holm([one.p for one in found if one is not None and one.p is not None]))
    return [one if one is None or one.p is None else replace(one, p=next(steps)) for one in found]


def branch(trial: Trial, reading: Reading, parts: Parts, arm: str) -> Branch:
    """Judge one arm in the segments of one column."""
    standing, control = trial.standing_of(reading.measure.name), trial.control
    both = {label: groups for label, groups in parts.segments.items() if arm in groups and control in groups}
    able = {
        label: pair(reading, groups[arm].joint, groups[control].joint)
        for label, groups in both.items()
        if comparable(reading, groups[arm]) and comparable(reading, groups[control])
    }
    found = differences([one for one, _ in able.values()], [one for _, one in able.values()])
    told = [label for label, known in zip(able, found.told.tolist(), strict=True) if known]
    if parts.crossing is not None:
        told = [label for label in told if label in parts.crossing.labels]
    drawn: dict[str, Estimate] = {}
    if len(told) >= STEADY and parts.crossing is None:
        drawn = shrunk(reading, parts, arm, told, found, standing.level, control)
    tested = told if len(told) > 1 else []
    slices: list[Slice] = []
    for label, groups in parts.segments.items():
        units = sum(groups[one].units for one in (arm, control) if one in groups)
        one = Slice(label, units, restated(standing, effect(reading, groups, arm, control, standing.level)))
        if label in tested:
            one = replace(one, beyond=standing.over_looks(beyond(reading, parts, arm, control, label, standing.level)))
        if label in drawn:
            one = replace(one, drawn=standing.over_looks(drawn[label]))
        slices.append(one)
    units = sum(one.units for one in slices)
    if parts.crossing is not None:
        units = sum(parts.crossing.inside[one].n for one in (arm, control))
    test = standing.over_looks(scatter(reading, parts, found, units, arm, control, tested)) if tested else None
    mix = mixed(reading, both, arm, control) if parts.crossing is None else None
    relative = None
    if tested and parts.crossing is None and (made := of_lifts(reading, parts, [able[one] for one in tested], units)):
        relative = standing.over_looks(made)
    return Branch(parts, arm, tuple(slices), test, mix, standing.alpha, relative)


def restated(standing: Standing, found: Judged | None) -> Judged | None:
    """Return an effect as it is over all looks of the plan."""
    over = standing.over_looks
    return None if found is None else replace(found, difference=over(found.difference), lift=over(found.lift))


def comparable(reading: Reading, group: Group) -> bool:
    """Whether there is enough of a segment in one arm for a normal error to hold."""
    if group.n < FEW or (reading.yes_or_no and min(group.ones, group.n - group.ones) < HITS):
        return False
    return reading.kind != "ratio" or not math.isclose(group.joint.means[1], 0.0, abs_tol=1e-12)


def pair(reading: Reading, here: Joint, there: Joint) -> Pair:
    """Return what the statistics of means take: ratios made linear, both adjusted by the time before, or neither."""
    first, second = moments(reading, [here, there])
    return first, second


def moments(reading: Reading, joints: Sequence[Joint]) -> list[Moments]:
    """Return the moments of any units' values, adjusted as those of all units are where each has a time before.

    They are adjusted to what was before among these units together: a segment's lift is a part of its own level.
    """
    if not has_past(reading, joints) or reading.cuped is None:
        return [reading.plain(joint) for joint in joints]
    theta = reading.cuped.theta
    lines = [reading.line(joint) for joint in joints]
    shift = math.fsum(weight * middle for weight, middle in zip(theta, middles(lines), strict=True))
    found = [line.linear([1.0, *(-weight for weight in theta)]) for line in lines]
    return [Moments(one.n, one.mean + shift, one.variance) for one in found]


def effect(reading: Reading, groups: Groups, arm: str, control: str, level: float) -> Judged | None:
    """Judge an arm in one segment by the statistic that judges it over all units."""
    if arm not in groups or control not in groups or min(groups[arm].n, groups[control].n) < 2:
        return None
    here, there = groups[arm], groups[control]
    try:
        if reading.cuped is None:
            return judged(reading, here, there, level=level)
        both = pair(reading, here.joint, there.joint)
    except TooFewError:
        return None
    label = f"{reading.label}, {arm} less {control}"
    return Judged(
        mean_difference(*both, unit=reading.gap, label=label, level=level),
        mean_lift(*both, label=f"lift of {reading.label}, {arm}", level=level),
    )


def shrunk(
    reading: Reading, parts: Parts, arm: str, told: Sequence[str], found: Effects, level: float, control: str
) -> dict[str, Estimate]:
    """Draw the effects of segments towards what they have in common."""
    sizes = [parts.segments[label][arm].n + parts.segments[label][control].n for label in told]
    made = shrunken(found.values, found.errors, labels=told, sizes=sizes, unit=reading.gap, level=level)
    return dict(zip(told, made, strict=True))


def beyond(reading: Reading, parts: Parts, arm: str, control: str, label: str, level: float) -> Estimate:
    """Estimate by how much the effect in one segment exceeds that of all other units."""
    words = f"{reading.label}, {arm} less {control}, in {label} beyond the rest"
    if parts.crossing is not None:
        at = parts.crossing.labels.index(label)
        both = [parts.crossing.beyond[one][at] for one in (arm, control)]
        return contrast(both, [1.0, -1.0], unit=reading.gap, label=words, level=level)
    joints = [
        side
        for one in (arm, control)
        for side in (parts.segments[label][one].joint, others(parts.segments, label, one))
    ]
    sides = moments(reading, joints)
    return contrast(sides, [1.0, -1.0, -1.0, 1.0], unit=reading.gap, label=words, level=level)


def scatter(
    reading: Reading, parts: Parts, found: Effects, units: int, arm: str, control: str, tested: Sequence[str]
) -> Estimate:
    """Test whether the effect is the same in all segments."""
    words = f"scatter of the effect on {reading.label} by {parts.label} beyond chance"
    reason = "whether it is more than 0 is said by the test"
    if parts.crossing is not None:
        test = parallel(*(joined(parts.crossing, one, tested) for one in (arm, control)))
        method = f"I squared; Hotelling's T squared over {len(tested)} segments that hang together by cluster"
    else:
        test = interaction(found.values, found.errors, dfs=found.dfs)
        method = f"I squared; Cochran's Q over {test.df + 1} segments, Welch's F"
    return Estimate(words, test.share, None, None, Unit.SHARE, units, method, p=test.p, reason=reason)


def of_lifts(reading: Reading, parts: Parts, pairs: Sequence[Pair], units: int) -> Estimate | None:
    """Test whether the lift is the same in all segments; ``None`` where one of them has none."""
    found = ratios([one for one, _ in pairs], [one for _, one in pairs])
    if not found.told.all():
        return None
    test = interaction(found.values, found.errors, dfs=found.dfs)
    words = f"scatter of the lift of {reading.label} by {parts.label} beyond chance"
    method = f"I squared of logarithms of ratios; Cochran's Q over {test.df + 1} segments, Welch's F"
    reason = "whether it is more than 0 is said by the test"
    return Estimate(words, test.share, None, None, Unit.SHARE, units, method, p=test.p, reason=reason)


def joined(crossing: Crossing, arm: str, labels: Sequence[str]) -> Joint:
    """Return a metric in some segments of an arm."""
    return crossing.inside[arm].at(*(crossing.labels.index(label) for label in labels))


def mixed(reading: Reading, both: dict[str, Groups], arm: str, control: str) -> Simpson | None:
    """Compare the arms' mixes of segments, and the effect with and without their difference."""
    sizes = {label: (groups[arm].n, groups[control].n) for label, groups in both.items()}
    least = min(map(sum, zip(*sizes.values(), strict=True)), default=0) / max(sum(map(sum, sizes.values())), 1)
    held = [label for label, pair in sizes.items() if min(pair) and sum(pair) * least >= ENOUGH]
    if len(held) < 2:
        return None
    pairs = [(both[label][arm].joint.moments(0), both[label][control].joint.moments(0)) for label in held]
    found = simpson([one for one, _ in pairs], [one for _, one in pairs])
    # Ratios of segments do not add up to the whole, so only their mixes are compared.
    return replace(found, crude=0.0) if reading.kind == "ratio" else found

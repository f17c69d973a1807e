"""What may be said against comparisons: skewed values in unequal arms, and what the time before did to them."""

from collections.abc import Sequence

from pmlib.core import Unit
from pmlib.core.words import capital, listed, many
from pmlib.experiments.reading.comparisons import Comparison
from pmlib.experiments.reading.methods import leans, skewed
from pmlib.experiments.reading.readings import Reading
from pmlib.stats.trials.skewed import too_skewed

MOST = 10_000
"""With more units than this skewed values are not shuffled unasked: so many make a mean normal."""


def doubts(comparisons: Sequence[Comparison]) -> list[str]:
    """Say where unequal arms meet a skewed metric, and where an adjustment moved an effect more than it should."""
    return [*leaning(comparisons), *moved(comparisons)]


def leaning(comparisons: Sequence[Comparison]) -> list[str]:
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


def moved(comparisons: Sequence[Comparison]) -> list[str]:
    """Say where the adjustment by the time before turned an effect, or moved it by more than two of its errors."""
    said: list[str] = []
    for one in comparisons:
        cuped, groups = one.metric.cuped, one.metric.groups
        # An effect that was judged otherwise was not adjusted.
        if cuped is None or one.plain is None:
            continue
        words = cuped.health(groups.index(one.group)).words
        if words:
            raw = one.plain.unit.change(one.plain.value)
            said.append(f"{capital(one.metric.label)} in {one.group.arm}: {words} Without it the difference is {raw}.")
    return said


def worth(comparisons: Sequence[Comparison]) -> str:
    """Say what the adjustment by the time before is worth, within a definition line; ``""`` where there is none."""
    read = {one.metric.label: one.metric.cuped for one in comparisons if one.plain is not None}
    found = [(name, cuped.gain) for name, cuped in read.items() if cuped is not None and cuped.gain is not None]
    parts = [f"{Unit.SHARE.text(gain)} more traffic{f' for {name}' if len(found) > 1 else ''}" for name, gain in found]
    return f"; adjusted by the time before (CUPED), equal to {listed(parts)}" if parts else ""

"""What a metric is made of: its values, what it is divided by, what was measured before."""

from collections.abc import Mapping

from sqlglot import exp

from pmlib.experiments.exposure.recipes import BEFORE
from pmlib.experiments.reading.columns import Column, Wanted, absent, below_past, number, present
from pmlib.experiments.reading.sums import Asked
from pmlib.sources.registrations import Measure


def wishes(measure: Measure) -> list[Wanted]:
    """Return the columns a metric is made of: its values, what it is divided by, what was measured before."""
    top: list[Wanted] = [(measure.name, measure.cap)]
    # Both sides of a ratio are cut off over the same units, so that neither moves its level alone.
    top += [(measure.over, measure.cap)] if measure.over else []
    return [*top, *([(measure.before, measure.cap)] if measure.before else [])]


def asked(measure: Measure, found: Mapping[Wanted, Column]) -> Asked:
    """Return what is summed of a metric; a covariate that some lack comes with a column that says who."""
    used = [found[one] for one in wishes(measure)]
    values, shifts = [one.value for one in used], [one.shift for one in used]
    needed = len(used) - bool(measure.before)
    below = lower_past(measure, found)
    if below is not None:
        used.append(below)
        values, shifts = [*values[:-1], *past(used[-2], below)], [*shifts, below.shift]
    elif measure.before and not used[-1].whole:
        values.append(exp.cast(absent(used[-1].read), "DOUBLE"))
        shifts.append(0.0)
    return Asked(tuple(values), tuple(shifts), needed, all(one.whole for one in used))


def lower_past(measure: Measure, found: Mapping[Wanted, Column]) -> Column | None:
    """Return what a ratio was divided by before, where it was measured so."""
    if not measure.over or measure.before != measure.name + BEFORE:
        return None
    return found.get((below_past(measure.before), measure.cap))


def past(top: Column, below: Column) -> list[exp.Expr]:
    """Return both sums of a ratio measured before: 0 for a unit that lacks either, which then tells nothing of it."""
    if top.whole and below.whole:
        return [top.value, below.value]
    both = exp.and_(present(top.read), present(below.read))
    return [exp.Case(ifs=[exp.If(this=both.copy(), true=one.value)], default=number(0)) for one in (top, below)]

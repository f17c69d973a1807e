"""Whether a part of the units is alike in each arm but for chance, in words."""

from collections.abc import Sequence
from typing import Any

from pmlib.core import TooFewError
from pmlib.core.words import listed
from pmlib.stats.trials.independence import independence

ALARM = 0.001
"""Below this p-value arms that should be alike are not."""


def even(table: Sequence[Sequence[int]]) -> tuple[bool, str]:
    """Tell whether the rows of a table, an arm each, are alike but for chance, and say so.

    Examples
    --------
    >>> even([(20, 980), (24, 976)])
    (True, 'the arms differ in it no more than chance does (p = 0.54)')
    """
    try:
        p = independence(table).p
    except TooFewError:
        return True, "there is nothing to compare in it"
    if p < ALARM:
        return False, "the arms differ in it by more than chance does (p below 0.001), so they are no longer alike"
    return True, f"the arms differ in it no more than chance does (p = {p:.2g})"


def by_arm(rows: Sequence[Any], field: str) -> tuple[str, bool, str]:
    """Write how many of the units of each arm, whether these parts are alike but for chance, and that in words."""
    found = [(row.arm, getattr(row, field), row.units) for row in rows]
    alike, said = even([(part, units - part) for _, part, units in found])
    return listed([f"{part:,} of {units:,} in {arm}" for arm, part, units in found], 20), alike, said

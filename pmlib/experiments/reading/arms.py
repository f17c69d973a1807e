"""The arms of an experiment: who is in them, and what was planned."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import listed
from pmlib.engine import Cells, sql
from pmlib.sources.contract import Units

Weights = Mapping[str, float] | str | None
"""The planned split: weights by arm, text such as ``1:1`` (control first, then by name), or ``None`` for equal arms."""

MOST_ARMS = 20


@dataclass(frozen=True)
class Arms:
    """Units by arm, control first, the others by name."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    unplaced: int
    query: str

    @property
    def control(self) -> str:
        """The arm the others are compared with."""
        return self.names[0]

    @property
    def total(self) -> int:
        """All units with an arm."""
        return sum(self.counts)

    def only(self, names: Collection[str]) -> "Arms":
        """Return some of the arms."""
        both = [(arm, count) for arm, count in zip(self.names, self.counts, strict=True) if arm in names]
        return replace(self, names=tuple(arm for arm, _ in both), counts=tuple(count for _, count in both))

    @property
    def cautions(self) -> list[str]:
        """Say how many units have no arm."""
        if not self.unplaced:
            return []
        have = "has no arm; it is" if self.unplaced == 1 else "have no arm; they are"
        return [f"{self.unplaced:,} of {self.total + self.unplaced:,} units {have} left out."]


def arms(units: Units, control: str) -> Arms:
    """Count the units of each arm.

    Raises
    ------
    SettingError
        If no arm is called ``control``, or the column does not name arms.
    TooFewError
        If there are not two arms.
    """
    return ordered(units.query(sql(__package__ or "", "arms.sql")), control)


def ordered(cells: Cells, control: str) -> Arms:
    """Put the units of each arm in order, from rows of ``arm`` and ``units``; refuse as :func:`arms` says."""
    counts = {row.arm: row.units for row in cells if row.arm is not None}
    if len(counts) > MOST_ARMS:
        raise SettingError(
            f"The units have {len(counts):,} different arms, such as {listed(list(counts)[:3])}. "
            "Choose the column that says which variant a unit got."
        )
    if control not in counts:
        raise SettingError(
            f"No arm is called '{control}'; the arms are {listed(list(counts)) or 'none'}.{nearest(control, counts)}"
        )
    if len(counts) < 2:
        every = "The only unit is" if counts[control] == 1 else f"All {counts[control]:,} units are"
        raise TooFewError(f"{every} in '{control}'; a comparison needs a second arm.")
    names = (control, *(arm for arm in counts if arm != control))
    unplaced = sum(row.units for row in cells if row.arm is None)
    return Arms(names, tuple(counts[arm] for arm in names), unplaced, cells.sql)


def planned(arms: Arms, weights: Weights) -> dict[str, float]:
    """Return the planned weight of each arm, control first; a planned arm without units is in it too.

    Raises
    ------
    SettingError
        If the plan does not name the arms there are, its weights are no numbers from 0 up, or control or all others
        are planned to have nobody.
    """
    if weights is None or weights == "":
        return dict.fromkeys(arms.names, 1.0)
    if isinstance(weights, str):
        parts = weights.split(":")
        if len(parts) != len(arms.names):
            raise SettingError(
                f"The plan '{weights}' has {len(parts)} weights; there are {len(arms.names)} arms: "
                f"{', '.join(arms.names)}. Give one weight an arm in this order, such as "
                f"{':'.join('1' for _ in arms.names)}."
            )
        plan = {arm: number(part, weights) for arm, part in zip(arms.names, parts, strict=True)}
    else:
        plan = {arm: number(weight, f"{arm}: {weight}") for arm, weight in weights.items()}
        for arm in arms.names:
            if arm not in plan:
                raise SettingError(
                    f"The plan gives no weight to '{arm}'; it names {', '.join(plan)}.{nearest(arm, plan)}"
                )
    if not plan[arms.control] or sum(weight > 0 for weight in plan.values()) < 2:
        said = ", ".join(f"{arm} {weight:g}" for arm, weight in plan.items())
        raise SettingError(f"The plan is {said}; '{arms.control}' and another arm need weights above 0.")
    return {arm: plan[arm] for arm in (*arms.names, *(arm for arm in plan if arm not in arms.names))}


def number(given: str | float, said: str) -> float:
    """Read a planned weight."""
    try:
        weight = float(given)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise SettingError(f"The plan '{said}' holds '{given}'; weights are numbers from 0 up, such as 1:1 or 2:1.")
    return weight

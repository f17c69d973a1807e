"""The arms of an experiment: who is in them, and what was planned."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import listed, many
from pmlib.engine import Cells, sql
from pmlib.sources.contract import Units

Weights = Mapping[str, float] | Sequence[float] | str | None
"""The planned split: weights by arm, text such as ``1:1`` (control first, then by name), or ``None`` for equal arms."""

MOST_ARMS = 20
MANY_CLUSTERS = 40
"""From so many clusters on errors robust to them hold as they say.

Angrist and Pischke (2009), Mostly Harmless Econometrics, section 8.2.3.
"""


@dataclass(frozen=True)
class Arms:
    """Units by arm, control first, the others by name.

    Parameters
    ----------
    counts
        What was put into each arm: units, or clusters.
    members
        The units behind clusters, by arm; () where units themselves were put into arms.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    unplaced: int
    query: str
    members: tuple[int, ...] = ()

    @property
    def control(self) -> str:
        """The arm the others are compared with."""
        return self.names[0]

    @property
    def total(self) -> int:
        """All units with an arm; of clusters those behind them, for a plan is made in units."""
        return sum(self.members or self.counts)

    def only(self, names: Collection[str]) -> "Arms":
        """Return some of the arms."""
        kept = [at for at, arm in enumerate(self.names) if arm in names]
        counts, members = (tuple(each[at] for at in kept if each) for each in (self.counts, self.members))
        return replace(self, names=tuple(self.names[at] for at in kept), counts=counts, members=members)

    @property
    def cautions(self) -> list[str]:
        """Say how many units have no arm, and that few clusters tell little, however many units are in them."""
        said: list[str] = []
        if self.unplaced:
            have = "has no arm; it is" if self.unplaced == 1 else "have no arm; they are"
            noun, total = ("clusters", sum(self.counts)) if self.members else ("units", self.total)
            said.append(f"{self.unplaced:,} of {total + self.unplaced:,} {noun} {have} left out.")
        if self.members and sum(self.counts) < MANY_CLUSTERS:
            said.append(
                f"{many(self.total, 'unit')} in {many(sum(self.counts), 'cluster')}: intervals are as wide as so few "
                f"clusters ask for (Student's t), yet below {MANY_CLUSTERS} they hold less surely."
            )
        return said


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
    if weights is None or (not isinstance(weights, Mapping) and len(weights) == 0):
        return dict.fromkeys(arms.names, 1.0)
    if not isinstance(weights, Mapping):
        parts = re.split("[:/]", weights) if isinstance(weights, str) else weights
        said = weights if isinstance(weights, str) else ":".join(str(part) for part in parts)
        if len(parts) != len(arms.names):
            raise SettingError(
                f"The plan '{said}' has {many(len(parts), 'weight')}; there are {len(arms.names)} arms: "
                f"{', '.join(arms.names)}. Give one weight an arm in this order, such as "
                f"{':'.join('1' for _ in arms.names)}."
            )
        plan = {arm: number(part, said) for arm, part in zip(arms.names, parts, strict=True)}
    else:
        plan = {str(arm): number(weight, f"{arm}: {weight}") for arm, weight in weights.items()}
        refuse_unplanned(arms, plan)
    if not plan[arms.control] or sum(weight > 0 for weight in plan.values()) < 2:
        said = ", ".join(f"{arm} {weight:g}" for arm, weight in plan.items())
        raise SettingError(f"The plan is {said}; '{arms.control}' and another arm need weights above 0.")
    return {arm: plan[arm] for arm in (*arms.names, *(arm for arm in plan if arm not in arms.names))}


def refuse_unplanned(arms: Arms, plan: Collection[str]) -> None:
    """Refuse arms that the plan does not name, with how many units are in them: one may be misspelt."""
    odd = {arm: count for arm, count in zip(arms.names, arms.counts, strict=True) if arm not in plan}
    if odd:
        first, named = next(iter(odd)), listed([f"'{arm}' ({count:,})" for arm, count in odd.items()])
        name = "names an arm that is" if sum(odd.values()) == 1 else "name an arm that is"
        raise SettingError(
            f"{many(sum(odd.values()), 'unit')} {name} not in the plan: {named}. The plan names "
            f"{listed(list(plan)) or 'none'}.{nearest(first, plan)} Mend the plan or the data; an arm that was to have "
            "nobody has the weight 0."
        )


def number(given: str | float, said: str) -> float:
    """Read a planned weight; a share may be written as a percentage."""
    try:
        weight = float(given.strip().removesuffix("%") if isinstance(given, str) else given)
    except (TypeError, ValueError):
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise SettingError(f"The plan '{said}' holds '{given}'; weights are numbers from 0 up, such as 1:1 or 2:1.")
    return weight

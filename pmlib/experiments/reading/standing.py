"""Where an experiment stands in its plan: which look this is, how sure a call has to be, and whether it is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmlib.core import Estimate, TooFewError
from pmlib.core.periods import day_text
from pmlib.core.words import many
from pmlib.sources.registrations import Registration
from pmlib.stats.trials.always import always, always_p
from pmlib.stats.trials.sequential import Look, level_of, looks, repeated, sequential_p


@dataclass(frozen=True)
class Standing:
    """Where a reading stands in its plan.

    Parameters
    ----------
    plan
        What was registered.
    on
        The day whose end is read; ``None`` where no day is known.
    units
        Units in all arms at each look taken, the present one last.
    planned
        Units planned at the horizon; the present ones where nobody said.
    over
        Whether the horizon is reached, in days or in units; also where none was named.
    look
        The present look of a group-sequential plan.
    """

    plan: Registration
    on: date | None
    units: tuple[int, ...]
    planned: int
    over: bool
    look: Look | None = None

    @property
    def alpha(self) -> float:
        """The chance of a false alarm that was planned for."""
        return self.plan.alpha

    @property
    def early(self) -> bool:
        """Whether it is read before its end although it is to be read once."""
        return self.plan.reading == "once" and not self.over

    @property
    def left(self) -> int | None:
        """Days until the horizon; ``None`` where no day is known, 0 where it is over."""
        end = self.plan.horizon
        return None if end is None or self.on is None else max((end - self.on).days, 0)

    @property
    def level(self) -> float:
        """The confidence level at which a single interval is to be made, for all looks together to hold."""
        if self.look is not None:
            return self.look.level
        if self.plan.reading == "always-valid":
            return level_of(always(self.units[-1], self.planned, alpha=self.alpha))
        return 1 - self.alpha

    def over_looks(self, found: Estimate) -> Estimate:
        """Restate an estimate made at :attr:`level` as what it is over all looks of the plan."""
        if self.plan.reading == "once":
            return found
        p = found.p
        if self.look is not None:
            if p is not None:
                before = [1.0] * (len(self.units) - 1)
                p = sequential_p(
                    [*before, p], self.units, self.planned, spending=self.plan.spending, final=self.look.last
                )
            return repeated(found, alpha=self.alpha, p=p)
        if p is not None:
            p = always_p(p, self.units[-1], self.planned, alpha=self.alpha)
        method = f"{found.method}, always valid"
        return replace(found, level=1 - self.alpha, p=p, method=method)

    @property
    def words(self) -> str:
        """How it is read, for the line under a chart."""
        sure = f"{1 - self.alpha:.0%} intervals"
        if self.plan.reading == "always-valid":
            return f"{sure}, valid whenever one looks (planned for {many(self.planned, 'unit')})"
        if self.look is None:
            return f"{sure}, read once"
        family = {"obrien-fleming": "O'Brien-Fleming", "kim-demets": "Kim-DeMets"}[self.plan.spending]
        at = f"look {len(self.units)} of {max(len(self.plan.looks), len(self.units))}"
        return f"{sure}, repeated over looks ({at} at {self.look.time:.0%} of the plan, {family} spending)"

    @property
    def cautions(self) -> list[str]:
        """What to doubt of a reading at this time."""
        said: list[str] = []
        end = self.plan.horizon
        if self.early:
            till = f" on {day_text(end, year=True)}" if end else f" at {many(self.planned, 'unit')}"
            said.append(
                f"This is read before its end{till}, though it was to be read once: a difference that looks clear now "
                "comes by chance far more often than the plan allows."
            )
        if self.look is not None and self.on is not None and self.plan.looks and self.on not in self.plan.looks:
            said.append(f"{day_text(self.on, year=True)} is no day on which a look was planned; it counts as one.")
        return said


def standing(plan: Registration, total: int, on: date | None, taken: Sequence[int] = ()) -> Standing:
    """Tell where a reading stands in its plan.

    Parameters
    ----------
    total
        Units in all arms now.
    on
        The day whose end is read.
    taken
        Units at each earlier look that was planned.

    Raises
    ------
    TooFewError
        If a sequential plan does not say for how many units it is, and nothing tells how far it has come.
    """
    end = plan.horizon
    by_day = end is not None and on is not None and on >= end
    named = end is not None and on is not None
    planned = plan.units or foreseen(plan, total, on)
    over = by_day or (plan.units is not None and total >= plan.units) or (not named and plan.units is None)
    if plan.reading != "group-sequential":
        return Standing(plan, on, (*taken, total), planned, over)
    units = (*(count for count in taken if 0 < count < total), total)
    found = looks(units, planned, alpha=plan.alpha, spending=plan.spending, final=over)
    return Standing(plan, on, units, planned, over, found[-1])


def foreseen(plan: Registration, total: int, on: date | None) -> int:
    """Return the units to be expected at the horizon if they come in as they did so far."""
    if plan.start is None or plan.days is None or on is None:
        if plan.reading == "once":
            return total
        raise TooFewError(
            "A plan with several looks needs to know how far it has come. Register 'units', or 'start' and 'days' with "
            "a column of days among the units."
        )
    gone = max((on - plan.start).days + 1, 1)
    return max(total, round(total * plan.days / gone))

"""Where an experiment stands in its plan: which look this is, how sure a call has to be, and whether it is over."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmlib.core import Estimate, SettingError
from pmlib.core.periods import day_text
from pmlib.core.words import many, percent
from pmlib.sources.registrations import Registration
from pmlib.stats.trials.always import always, always_p
from pmlib.stats.trials.sequential import Look, level_of, looks, repeated, sequential_p

EARLY = 0.001
"""Before the end of a test that is to be read once, a call has to be as sure as this, so that the end still holds.

Haybittle (1971), British Journal of Radiology 44:793-797; Peto and others (1976), British Journal of Cancer 34:585-612.
"""
LEAST = 0.01
"""A look that adds less than this part of the plan is none of its own."""


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
    times
        The part of the plan gone at each look, where days tell it and not units.
    told
        Whether ``on`` is the day of reading, and not only the last of intake.
    """

    plan: Registration
    on: date | None
    units: tuple[int, ...]
    planned: int
    over: bool
    look: Look | None = None
    times: tuple[float, ...] = ()
    told: bool = True

    @property
    def alpha(self) -> float:
        """The chance of a false alarm: that planned for, or before the end of what is to be read once a small one."""
        return min(EARLY, self.plan.alpha) if self.early else self.plan.alpha

    @property
    def sure(self) -> str:
        """How sure intervals are, in words: ``95%``."""
        return percent(1 - self.alpha)

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
                spending, final = self.plan.spending, self.look.last
                p = sequential_p(
                    [*before, p], self.units, self.planned, spending=spending, final=final, times=self.times
                )
            return repeated(found, alpha=self.alpha, p=p)
        if p is not None:
            p = always_p(p, self.units[-1], self.planned, alpha=self.alpha)
        method = f"{found.method}, always valid"
        return replace(found, level=1 - self.alpha, p=p, method=method)

    @property
    def words(self) -> str:
        """How it is read, for the line under a chart."""
        sure = f"{self.sure} intervals"
        if self.plan.reading == "always-valid":
            return f"{sure}, valid whenever one looks (planned for {many(self.planned, 'unit')})"
        if self.look is None:
            return f"{sure}, read before the end" if self.early else f"{sure}, read once"
        family = {"obrien-fleming": "O'Brien-Fleming", "kim-demets": "Kim-DeMets"}[self.plan.spending]
        at = f"look {len(self.units)} of {max(len(self.plan.looks), len(self.units))}"
        if self.look.last and len(self.units) < len(self.plan.looks):
            at = "the last look"
        return f"{sure}, repeated over looks ({at} at {self.look.time:.0%} of the plan, {family} spending)"

    @property
    def cautions(self) -> list[str]:
        """What to doubt of a reading at this time."""
        said: list[str] = []
        end = self.plan.horizon
        if self.early:
            till = f" on {day_text(end, year=True)}" if end else f" at {many(self.planned, 'unit')}"
            said.append(
                f"This is read before its end{till}, though it was to be read once: until then only what is as sure as "
                f"{self.sure} is called, and each look costs a little of what the end may tell."
            )
        early = self.on is not None and (end is None or self.on < end)
        if self.look is not None and self.on is not None and self.told and early and self.on not in self.plan.looks:
            said.append(f"{day_text(self.on, year=True)} is no day on which a look was planned; it counts as one.")
        return said


def standing(
    plan: Registration,
    total: int,
    on: date | None,
    taken: Sequence[tuple[date, int]] = (),
    *,
    told: bool = True,
) -> Standing:
    """Tell where a reading stands in its plan.

    Parameters
    ----------
    total
        Units in all arms now.
    on
        The day whose end is read.
    taken
        The earlier looks that were planned, with the units of then.
    told
        Whether ``on`` is the day of reading, and not only the last of intake.

    Raises
    ------
    SettingError
        If a sequential plan does not say for how many units or days it is.
    """
    over = ended(plan, total, on, told=told)
    if plan.reading == "once":
        return Standing(plan, on, (total,), plan.units or total, over, told=told)
    if plan.reading == "always-valid":
        # Planned from the running number the interval would hold at no look but one.
        if plan.units is None:
            raise SettingError("An always-valid reading is tuned to the planned units; register 'units'.")
        return Standing(plan, on, (total,), plan.units, over, told=told)
    if plan.units is None and (plan.start is None or plan.days is None or on is None):
        raise SettingError(
            "A plan with several looks needs to know how far it has come. Register 'units', or 'start' and 'days' with "
            "a column of days among the units."
        )
    return replace(looked(plan, total, on, taken, over), told=told)


def ended(plan: Registration, total: int, on: date | None, *, told: bool = True) -> bool:
    """Whether the horizon is reached, in days or in units; also where none was named."""
    end = plan.horizon
    by_day = end is not None and on is not None and on >= end
    nameless = plan.units is None and (end is None or on is None)
    # Where the day of reading is known the horizon decides: the last windows have to pass, however many units came.
    by_units = plan.units is not None and total >= plan.units and not (told and end is not None)
    return by_day or by_units or nameless


def looked(plan: Registration, total: int, on: date | None, taken: Sequence[tuple[date, int]], over: bool) -> Standing:
    """Tell which look of a group-sequential plan this is; looks that had added next to nothing are left out."""
    end, planned = plan.horizon, plan.units or total
    most = planned if end is None else math.inf
    days: list[date | None] = []
    units: list[int] = []
    for day, count in taken:
        last = units[-1] if units else 0
        enough = min(count - last, total - count) > LEAST * planned
        if enough and (not plan.units or count < most) and (end is None or day < end):
            days.append(day)
            units.append(count)
    days.append(on)
    units.append(total)
    times = spent(plan, days, units, over)
    found = looks(units, planned, alpha=plan.alpha, spending=plan.spending, final=over, times=times)
    return Standing(plan, on, tuple(units), planned, over, found[-1], times)


def spent(plan: Registration, days: Sequence[date | None], units: Sequence[int], over: bool) -> tuple[float, ...]:
    """Return the parts of the plan by which alpha is spent, one a look; nothing where the units' parts are these.

    Where more units came than planned before the end, the first look past the plan must not spend all that the later
    ones need: what is left is spread over the days that are.
    """
    if not plan.units:
        return tuple(gone(plan, day) for day in days)
    if all(count < plan.units for count in (units[:-1] if over else units)):
        return ()
    found: list[float] = []
    for day, count in zip(days, units, strict=True):
        before = found[-1] if found else 0.0
        since = gone(plan, days[len(found) - 1]) if found else 0.0
        left = (gone(plan, day) - since) / (1 - since) if since < 1 else 1.0
        part = count / plan.units
        found.append(part if part < 1 else before + (1 - before) * left)
    return (*found[:-1], 1.0) if over else tuple(found)


def gone(plan: Registration, day: date | None) -> float:
    """Return the part of the planned days that is gone at the end of a day."""
    if day is None or plan.start is None or plan.days is None:
        return 1.0
    return min(max((day - plan.start).days + 1, 1) / plan.days, 1.0)

"""Where an experiment stands in its plan: which look this is, how sure a call has to be, and whether it is over."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmlib.core import Estimate, SettingError
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many, percent
from pmlib.sources.registrations import Registration
from pmlib.stats.trials.always import always, always_p
from pmlib.stats.trials.sequential import Look, level_of, looks, repeated, sequential_p

EARLY = 0.001
"""Before the end of a test that is to be read once, a call has to be as sure as this, so that the end still holds.

Haybittle (1971), British Journal of Radiology 44:793-797; Peto and others (1976), British Journal of Cancer 34:585-612.
"""
LEAST = 0.01
"""A look that adds less than this part of its units is none of its own."""
TUNED = 5_000
"""Units at which always-valid intervals are narrowest where nobody planned any: fixed, for the running number would
void them."""


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
        Units in all arms that had a value at each look taken, the present one last; all that were taken in by then
        where a metric has no window.
    planned
        Units planned at the horizon; where nobody said the present ones, or those for which an always-valid reading is
        narrowest.
    over
        Whether the horizon is reached, in days or in units; also where none was named.
    look
        The present look of a group-sequential plan.
    times
        The part of the plan gone at each look of a group-sequential plan, by which alpha is spent.
    told
        Whether ``on`` is the day of reading, and not only the last of intake.
    days
        The day of each look taken.
    doubts
        What is not known of its looks.
    """

    plan: Registration
    on: date | None
    units: tuple[int, ...]
    planned: int
    over: bool
    look: Look | None = None
    times: tuple[float, ...] = ()
    told: bool = True
    days: tuple[date | None, ...] = ()
    doubts: tuple[str, ...] = ()

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
            of = "planned for" if self.plan.units else "no number of units was planned; narrowest at"
            return f"{sure}, valid whenever one looks ({of} {many(self.planned, 'unit')})"
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
        said = [*self.doubts]
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
    known: Sequence[int] = (),
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
        The earlier looks that were planned, with the units taken in by then.
    known
        Units that had a value by each of these looks and now, where those are fewer: a unit has none before its window
        is over. Looks correlate by these, and alpha is spent by days or by units taken in.
    told
        Whether ``on`` is the day of reading, and not only the last of intake.

    Raises
    ------
    SettingError
        If a group-sequential plan does not say for how many units or days it is.
    """
    over = ended(plan, total, on, told=told)
    now = known[-1] if known else total
    if plan.reading == "once":
        return Standing(plan, on, (now,), plan.units or total, over, told=told)
    if plan.reading == "always-valid":
        return Standing(plan, on, (now,), tuned(plan), over, told=told)
    if plan.units is None and (plan.start is None or plan.days is None or on is None):
        raise SettingError(
            "A plan with several looks needs to know how far it has come. Register 'units', or 'start' and 'days' with "
            "a column of days among the units."
        )
    return replace(looked(plan, total, on, taken, known or [*(count for _, count in taken), total], over), told=told)


def unclocked(metrics: Sequence[str]) -> tuple[str, ...]:
    """Say of which metrics nobody knows how many units had a value at the looks before."""
    if not metrics:
        return ()
    return (
        f"How many units had a value of {listed(metrics)} at earlier looks is not known, so these count all taken in "
        "by then: where windows are long, false alarms may be half as many again as planned.",
    )


def tuned(plan: Registration) -> int:
    """Return the units for which always-valid intervals are narrowest, never taken from how many there are by now."""
    return plan.units or TUNED


def ended(plan: Registration, total: int, on: date | None, *, told: bool = True) -> bool:
    """Whether the horizon is reached, in days or in units; also where none was named."""
    end = plan.horizon
    by_day = end is not None and on is not None and on >= end
    nameless = plan.units is None and (end is None or on is None)
    # Where the day of reading is known the horizon decides: the last windows have to pass, however many units came.
    by_units = plan.units is not None and total >= plan.units and not (told and end is not None)
    return by_day or by_units or nameless


def looked(
    plan: Registration,
    total: int,
    on: date | None,
    taken: Sequence[tuple[date, int]],
    known: Sequence[int],
    over: bool,
) -> Standing:
    """Tell which look of a group-sequential plan this is; looks that had added next to nothing are left out."""
    end, planned, now = plan.horizon, plan.units or total, max(known[-1], 1)
    most = planned if end is None else math.inf
    days: list[date | None] = []
    came, units = list[int](), list[int]()
    for (day, count), had in zip(taken, known[:-1], strict=True):
        # Its units are a part of those of later looks, or next to none: whoever looked then saw nothing else.
        enough = had - (units[-1] if units else 0) > LEAST * had and now - had > LEAST * now
        if enough and (not plan.units or count < most) and (end is None or day < end):
            days.append(day)
            came.append(count)
            units.append(had)
    days.append(on)
    times = spent(plan, days, [*came, total], over)
    units.append(now)
    found = looks(units, planned, alpha=plan.alpha, spending=plan.spending, final=over, times=times)
    return Standing(plan, on, tuple(units), planned, over, found[-1], times, days=tuple(days))


def spent(plan: Registration, days: Sequence[date | None], units: Sequence[int], over: bool) -> tuple[float, ...]:
    """Return the parts of the plan by which alpha is spent, one a look.

    Where more units came than planned before the end, the first look past the plan must not spend all that the later
    ones need: what is left is spread over the days that are.

    Parameters
    ----------
    units
        Taken in by each look, with a value or without.
    """
    if not plan.units:
        return tuple(gone(plan, day) for day in days)
    if all(count < plan.units for count in (units[:-1] if over else units)):
        return tuple(min(count / plan.units, 1.0) for count in units)
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

"""Units seen in each arm against the units planned."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pmlib.core import Estimate, Period
from pmlib.core.words import listed, many
from pmlib.experiments.reading.arms import Arms, Weights, planned
from pmlib.stats import srm

ALARM = 0.001
"""Below this p-value the arms are not as planned."""
ENOUGH = 5
"""The fewest units an arm must be planned to have for the test to hold."""
WEEK = 7
YEAR = 52
"""The week it is taken to be where nothing tells: nobody asks longer than a year."""


@dataclass(frozen=True)
class Split:
    """Units seen and units planned by arm, and whether they agree.

    Parameters
    ----------
    strays
        Units in arms that were planned to take in nobody; they are in no other count.
    members
        The units behind clusters, by arm, where clusters were put into arms and the counts are theirs; else ().
    bar
        The p-value below which the arms are not as planned: less than :data:`ALARM` while it is asked week by week.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    plan: tuple[float, ...]
    test: Estimate
    strays: Mapping[str, int] = field(default_factory=dict)
    bar: float = ALARM
    members: tuple[int, ...] = ()

    @property
    def noun(self) -> str:
        """What was put into arms."""
        return "cluster" if self.members else "unit"

    @property
    def seen(self) -> str:
        """What each arm has: ``30 in a and 30 in b``, or ``30 clusters (459 units) in a and 30 (520) in b``."""
        if not self.members:
            return listed([f"{count:,} in {arm}" for arm, count in zip(self.names, self.counts, strict=True)])
        rows = zip(self.names, self.counts, self.members, strict=True)
        parts = [f"{count:,} ({units:,}) in {arm}" for arm, count, units in rows]
        first = f"{many(self.counts[0], 'cluster')} ({many(self.members[0], 'unit')}) in {self.names[0]}"
        return listed([first, *parts[1:]])

    @property
    def expected(self) -> tuple[float, ...]:
        """How many units each arm would have if the plan had been met to the unit."""
        return tuple(weight / sum(self.plan) * sum(self.counts) for weight in self.plan)

    @property
    def checkable(self) -> bool:
        """Whether there are enough units to check the plan."""
        return min(self.expected) >= ENOUGH

    @property
    def alarm(self) -> bool:
        """Whether the arms differ from the plan by more than chance does."""
        unlike = self.checkable and self.test.p is not None and self.test.p < self.bar
        return unlike or bool(self.strays)

    @property
    def doubtful(self) -> bool:
        """Whether it would be an alarm if it were asked but once."""
        return not self.alarm and self.checkable and self.test.p is not None and self.test.p < ALARM

    @property
    def fault(self) -> str:
        """What is wrong, in words."""
        if self.strays:
            parts = [f"{many(count, self.noun)} in {arm}" for arm, count in self.strays.items()]
            return f"the arms are not as planned ({listed(parts)}, where none was planned)"
        seen = listed([f"{count:,}" for count in self.counts])
        plan = listed([f"{count:,.0f}" for count in self.expected])
        return f"the arms are not as planned ({seen} {self.noun}s in {listed(self.names)}, where {plan} were planned)"


def weekly(period: Period | None) -> float:
    """Return the p-value below which a split that is asked week by week raises an alarm now.

    Asked often, p below 0.001 comes by chance too often. It is an alarm in week ``w`` below 0.001 / (w (w + 1)), which
    sums to 0.001 over all weeks.

    Examples
    --------
    >>> from datetime import date
    >>> weekly(Period(date(2026, 6, 1), date(2026, 6, 1)))
    0.0005
    """
    week = math.ceil(period.days / WEEK) if period else YEAR
    return ALARM / (week * (week + 1))


def checked(seen: Arms, weights: Weights, *, bar: float = ALARM) -> Split:
    """Compare the units seen with the plan."""
    plan = planned(seen, weights)
    counts = dict(zip(seen.names, seen.counts, strict=True))
    strays = {arm: counts[arm] for arm, weight in plan.items() if not weight and counts.get(arm)}
    names = tuple(arm for arm, weight in plan.items() if weight)
    numbers, shares = tuple(counts.get(arm, 0) for arm in names), tuple(plan[arm] for arm in names)
    behind = dict(zip(seen.names, seen.members, strict=False))
    members = tuple(behind.get(arm, 0) for arm in names) if behind else ()
    return Split(names, numbers, shares, srm(numbers, shares, label="planned split"), strays, bar, members)

"""Early behaviours in two halves of the people: chosen on the one, judged on the other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pmlib.core import Estimate, Unit
from pmlib.engine import Cells
from pmlib.stats import share, share_difference, share_lift
from pmlib.stats.strata import Stratum, mantel_haenszel, stratified_difference
from pmlib.usage.people.comparisons import adjusted

TIMES = (1, 2, 3, 5)
"""How many times a behaviour may be asked for."""
LEAST = 20
"""People of the choosing half who must have done it, and who must not have."""
SURE = 0.05
Counts = Mapping[tuple[int, int], tuple[int, int]]
"""For a half and a number of early active days: people, and how many of them stayed."""


@dataclass(frozen=True)
class Behaviour:
    """Having done an event at least so many times in the early window."""

    event: str
    times: int
    counts: Counts

    def words(self, labels: Mapping[str, str]) -> str:
        """Write the behaviour: ``trip created, 2 times or more``."""
        return labels[self.event] + (f", {self.times} times or more" if self.times > 1 else "")


@dataclass(frozen=True)
class Halves:
    """Everybody, and every behaviour, by half and early active days."""

    everybody: Counts
    behaviours: tuple[Behaviour, ...]

    def all(self, half: int) -> tuple[int, int]:
        """Return the people of a half, and how many of them stayed."""
        return added(self.everybody, half)

    def strata(self, behaviour: Behaviour, half: int) -> list[Stratum]:
        """Return who did it and who did not, by early active days."""
        found: list[Stratum] = []
        for key, (people, stayed) in self.everybody.items():
            if key[0] == half:
                done, done_stayed = behaviour.counts.get(key, (0, 0))
                found.append((done_stayed, done, stayed - done_stayed, people - done))
        return found

    def chosen(self, half: int, top: int) -> list[Behaviour]:
        """Return each event at the number of times that goes with staying most in one half, the best first.

        What counts is the difference among people active on as many days, in standard errors.
        """
        best: dict[str, tuple[float, Behaviour]] = {}
        people, _ = self.all(half)
        for one in self.behaviours:
            done, _ = added(one.counts, half)
            if min(done, people - done) < LEAST:
                continue
            strength = sureness(self.strata(one, half))
            if one.event not in best or strength > best[one.event][0]:
                best[one.event] = (strength, one)
        ranked = sorted(best.values(), key=lambda pair: (-pair[0], pair[1].event))
        return [one for _, one in ranked[:top]]


@dataclass(frozen=True)
class Judged:
    """A behaviour chosen on one half, as it shows on the other.

    Parameters
    ----------
    rate, rest
        The share that stayed of those who did it, and of the others.
    gap, alike
        The difference of the two, and the difference among people active on as many days; ``p`` by Holm.
    lift
        How much more often, as a share of the others' rate.
    reach, part
        The share of all who did it, and the share of those who stayed who did it.
    """

    behaviour: Behaviour
    rate: Estimate
    rest: Estimate
    gap: Estimate
    alike: Estimate
    lift: Estimate
    reach: Estimate
    part: Estimate
    people: int = field(default=0)

    @property
    def parted(self) -> bool:
        """Whether those who did it stay more often."""
        return sure(self.gap)

    @property
    def holds(self) -> bool:
        """Whether they do so also among people active on as many days."""
        return self.parted and sure(self.alike)

    @property
    def verdict(self) -> str:
        """What can be said, in a few words."""
        if self.holds:
            return "goes with staying"
        if self.gap.value is not None and self.gap.value < 0 and told_apart(self.gap):
            return "stayed less often"
        return "not told apart from active days" if self.parted else "cannot tell"


def halves(cells: Cells) -> Halves:
    """Read the cells of the query."""
    found: dict[tuple[str, int], dict[tuple[int, int], tuple[int, int]]] = {}
    everybody: dict[tuple[int, int], tuple[int, int]] = {}
    for row in cells:
        counts = everybody if row.event is None else found.setdefault((row.event, row.times), {})
        counts[int(row.half), int(row.days)] = (int(row.people), int(row.stayed))
    return Halves(everybody, tuple(Behaviour(event, times, counts) for (event, times), counts in found.items()))


def judged(both: Halves, chosen: Sequence[Behaviour], half: int, labels: Mapping[str, str]) -> list[Judged]:
    """Judge behaviours on a half that did not choose them; what nobody, or everybody, does there is left out."""
    people, stayed = both.all(half)
    found: list[Judged] = []
    for one in chosen:
        done, done_stayed = added(one.counts, half)
        others, others_stayed = people - done, stayed - done_stayed
        if not done or not others or not stayed:
            continue
        words = one.words(labels)
        four = (done_stayed, done, others_stayed, others)
        alike = at_as_many_days(both.strata(one, half), f"{words}: difference at as many active days")
        found.append(
            Judged(
                one,
                share(done_stayed, done, label=f"{words}: stayed"),
                share(others_stayed, others, label=f"{words}: others stayed"),
                share_difference(*four, label=f"{words}: difference"),
                alike,
                share_lift(*four, label=f"{words}: lift"),
                share(done, people, label=f"{words}: did it"),
                share(done_stayed, stayed, label=f"{words}: did it, of those who stayed"),
                done,
            )
        )
    gaps, alikes = adjusted([one.gap for one in found]), adjusted([one.alike for one in found])
    return [replace(one, gap=gap, alike=alike) for one, gap, alike in zip(found, gaps, alikes, strict=True)]


def leader(found: Sequence[Judged]) -> Judged | None:
    """Return the first in the order of the choosing half that holds out in the other."""
    return next((one for one in found if one.holds), None)


def sure(gap: Estimate) -> bool:
    """Whether a difference is above 0 beyond chance."""
    return gap.value is not None and gap.value > 0 and told_apart(gap)


def told_apart(gap: Estimate) -> bool:
    """Whether a difference is beyond chance."""
    return gap.p is not None and gap.p < SURE


def sureness(strata: Sequence[Stratum]) -> float:
    """Return the difference over the strata in standard errors; 0 where it cannot be told."""
    if not compared(strata):
        return 0.0
    value, variance, _ = mantel_haenszel(strata)
    return value / math.sqrt(variance) if variance > 0 else 0.0


def at_as_many_days(strata: Sequence[Stratum], label: str) -> Estimate:
    """Return the difference over the strata; without a value where doing it and active days are the same."""
    if compared(strata):
        return stratified_difference(strata, label=label)
    n = sum(people + others for _, people, _, others in strata)
    reason = "nobody who did it was active on as many days as somebody who did not"
    return Estimate(label, None, None, None, Unit.POINTS, n, "Mantel-Haenszel difference over strata", reason=reason)


def compared(strata: Sequence[Stratum]) -> bool:
    """Whether a stratum has somebody on both sides."""
    return any(people and others for _, people, _, others in strata)


def added(counts: Counts, half: int) -> tuple[int, int]:
    """Return the people of a half, and how many of them stayed."""
    mine = [pair for key, pair in counts.items() if key[0] == half]
    return sum(people for people, _ in mine), sum(stayed for _, stayed in mine)

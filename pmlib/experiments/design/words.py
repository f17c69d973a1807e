"""What a plan says: its headline, what to do, what to doubt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.core.words import capital, listed, many
from pmlib.experiments.design.replay import WEEK, Replay
from pmlib.experiments.design.sizes import Size, Terms, needed
from pmlib.sources.registrations import Registration
from pmlib.sources.registrations.words import percent, split

WIDE = 1.25
"""From this ratio of the most to the fewest units on, stretches of history are told to differ."""


@dataclass(frozen=True)
class Planned:
    """A plan and what its replay showed.

    Parameters
    ----------
    weeks
        The shortest whole weeks in which all that is wanted is seen; ``None`` where that takes longer than replayed.
    """

    plan: Registration
    terms: Terms
    replay: Replay
    sizes: tuple[Size, ...]

    @property
    def weeks(self) -> int | None:
        """The shortest whole weeks that show all that is wanted."""
        return needed(self.sizes)

    @property
    def longest(self) -> int:
        """The longest test replayed on the last weeks."""
        return max(self.replay.lengths)

    def at(self, weeks: int, stretch: int = 0) -> list[Size]:
        """Return what a test of so many weeks shows."""
        return [one for one in self.sizes if (one.weeks, one.stretch) == (weeks, stretch)]

    def units(self, weeks: int, stretch: int = 0) -> int:
        """Return the units that a test of so many weeks takes in."""
        window = next(one for one in self.replay.of(weeks) if one.stretch == stretch)
        return round(window.units * self.terms.traffic)

    def took(self, weeks: int) -> list[int | None]:
        """Return the weeks that stretches of history would have taken which hold a test of so many, the last first."""
        return [needed(self.sizes, stretch) for stretch in sorted({one.stretch for one in self.replay.of(weeks)})]

    def over(self, size: Size) -> list[float]:
        """Return what tests of the same length showed of the same measure in all stretches."""
        like = (one for one in self.sizes if (one.weeks, one.measure.name) == (size.weeks, size.measure.name))
        return [one.seen for one in like if one.seen is not None]

    @property
    def registered_weeks(self) -> int | None:
        """The whole weeks of the plan's horizon."""
        return self.plan.days // WEEK if self.plan.days else None


def asked(one: Size, value: float | None) -> str:
    """Write a lift to be seen, or a loss to be ruled out."""
    size = "none" if value is None else percent(value)
    if one.measure.role == "guardrail":
        return f"a {'loss' if one.measure.better == 'up' else 'rise'} of {size} in {one.measure.label}"
    return f"a {'lift' if one.measure.better == 'up' else 'fall'} of {size} in {one.measure.label}"


def headline(made: Planned) -> str:
    """Say how many weeks show what matters, or that the weeks replayed do not."""
    weeks = made.weeks or made.longest
    here = [one for one in made.at(weeks) if one.wanted is not None]
    goals = [one for one in here if one.measure.role == "goal"]
    guards = [one for one in here if one.measure.role == "guardrail"]
    verb = "shows" if weeks == 1 else "show"
    if made.weeks is not None:
        said = listed([asked(one, one.wanted) for one in goals])
        safe = listed([asked(one, one.wanted) for one in guards])
        ruled = f", and {'rules' if weeks == 1 else 'rule'} out {safe}" if safe else ""
        units = f"about {made.units(weeks):,} units{against(made)}"
        return f"{many(weeks, 'week')}{span(made)} {verb} {said}{ruled}, with {units}"
    short = [one for one in here if not one.enough]
    missed = [one for one in short if one.measure.role == "goal"]
    not_shown = listed([asked(one, one.wanted) for one in missed])
    not_ruled = listed([asked(one, one.wanted) for one in short if one.measure.role == "guardrail"])
    does = "does" if weeks == 1 else "do"
    parts = [f"not show {not_shown}"] if missed else []
    parts += [f"not rule out {not_ruled}"] if not_ruled else []
    best = listed([f"{Unit.LIFT.text(one.seen)} of {one.measure.label}" for one in short if one.seen is not None])
    reach = f"; what they reach is {best}" if best else ""
    return f"{many(weeks, 'week')} {does} {' and '.join(parts)}{reach}"


def span(made: Planned) -> str:
    """Write the range of weeks over stretches of history, where they differ: `` (2 to 4 over history)``."""
    took = made.took(made.weeks) if made.weeks is not None else []
    enough = [one for one in took if one is not None]
    if len({*took}) < 2:
        return ""
    most = f"to {max(enough)}" if len(enough) == len(took) else "or more"
    return f" ({min(enough)} {most} over history)"


def against(made: Planned) -> str:
    """Hold what is needed against the weeks and units that the plan has."""
    there, planned = made.registered_weeks, made.plan.units
    said = []
    if made.weeks is not None and there is not None and there < made.weeks:
        said.append(f"{many(there, 'week')}: too short")
    if few := too_few(made):
        said.append(
            f"{planned:,}{' units' if said else ''}: too few for {listed([asked(one, one.wanted) for one in few])}"
        )
    return f"; the plan has {', and '.join(said)}" if said else ""


def too_few(made: Planned) -> list[Size]:
    """Return what the plan's own units do not show: the lift seen falls with the root of the units."""
    planned, weeks = made.plan.units, made.weeks
    if planned is None or weeks is None:
        return []
    there = planned / made.units(weeks)
    return [one for one in made.at(weeks) if one.wanted and one.seen and there < (one.seen / one.wanted) ** 2]


def action(made: Planned) -> str:
    """Say what to write into the plan, or that it holds."""
    weeks, there, units = made.weeks, made.registered_weeks, made.plan.units
    if weeks is None:
        return (
            "Test a bolder change, take in more units, or choose a goal that more units reach; else plan for a larger "
            "lift."
        )
    if there is not None and there < weeks:
        return f"Plan {many(weeks, 'week')} in the place of {there}, or a larger lift that matters."
    if too_few(made):
        return f"Plan {made.units(weeks):,} units in the place of {units:,}, or a larger lift that matters."
    if there is not None and units is not None:
        return f"Keep the plan: its {many(there, 'week')} and {units:,} units are enough."
    lacking = [*([] if there else [f"weeks = {weeks}"]), *([] if units else [f"units = {made.units(weeks)}"])]
    return f"Write {' and '.join(lacking)} into the registration before the start."


def cautions(made: Planned) -> Iterator[str]:
    """Say what to doubt of a plan made from history."""
    weeks = made.weeks or made.longest
    yield from spread(made, weeks)
    if made.longest < (made.registered_weeks or 0):
        yield f"History is shorter than the plan: the longest test replayed has {many(made.longest, 'week')}."
    unknown = [one for one in made.at(weeks) if one.seen is None and one.reason]
    for one in unknown:
        yield f"{capital(one.measure.label)} shows nothing in {many(weeks, 'week')}: {one.reason.rstrip('.')}."
    helped = [one for one in made.at(weeks) if one.kept < 0.99]
    for one in helped:
        gain = percent(1 / one.kept - 1) if one.kept > 0.01 else "a hundred times"
        yield f"What units did before makes {one.measure.label} sharper, as {gain} more units would."
    if made.plan.cluster:
        yield (
            f"Units belong together by {made.plan.cluster}; the plan counts them one by one and needs more, the more "
            "alike they are within."
        )
    if len(made.plan.goals) > 1:
        yield (
            f"Each of the {len(made.plan.goals)} goals is planned for by itself; all of them together are seen less "
            "often."
        )


def spread(made: Planned, weeks: int) -> Iterator[str]:
    """Say how much tests of the same length differ over history."""
    units = [round(one.units * made.terms.traffic) for one in made.replay.of(weeks)]
    if made.replay.last is None:
        return
    if len(units) < 2:
        yield (
            f"History holds {many(weeks, 'week')} only once, so nothing tells how much such a test varies; a season or "
            "a launch changes it."
        )
        return
    took = made.took(weeks)
    enough = [one for one in took if one is not None]
    if made.weeks is not None and len(enough) < len(took):
        yield (
            f"In {len(took) - len(enough)} of {len(took)} stretches of history it would have taken more than "
            f"{many(made.longest, 'week')}: plan for those."
        )
    elif made.weeks is not None and min(enough) < max(enough):
        yield (
            f"In {len(took)} stretches of history it would have taken {min(enough)} to {max(enough)} weeks: plan for "
            "the slow ones."
        )
    if max(units) > WIDE * min(units):
        yield (
            f"{many(weeks, 'week')} took in {min(units):,} to {max(units):,} units over {len(units)} stretches of "
            "history: season or growth moves the plan."
        )


def definition(made: Planned, start: str, source: str) -> str:
    """Write the line under the chart."""
    plan, terms, last = made.plan, made.terms, made.replay.last
    ended = f" up to {day_text(last, year=True)}, replayed" if last else ""
    parts = [
        f"{source}; tests of 1 to {made.longest} weeks{ended}",
        start,
        split(plan),
        "" if terms.traffic == 1 else f"{percent(terms.traffic)} of units taken in",
        f"false alarms {percent(plan.alpha)}, power {percent(plan.power)}",
        f"{terms.arms} arms judged together (Dunnett)" if terms.arms > 1 else "",
        f"chance of a miss shared with {many(terms.guardrails, 'guardrail')}" if terms.guardrails else "",
        f"{Unit.LIFT.text(terms.inflation - 1)} more units for {reading(plan)}" if terms.inflation > 1 else "",
    ]
    return f"{'; '.join(part for part in parts if part)}."


def reading(plan: Registration) -> str:
    """Name the way of reading that costs units."""
    return "reading at any time" if plan.reading == "always-valid" else many(len(plan.looks), "look")


def ranged(values: Sequence[float]) -> str:
    """Write the range of what several stretches showed.

    Examples
    --------
    >>> ranged([0.041, 0.06]), ranged([0.05])
    ('4.1% to 6.0%', '5.0%')
    """
    low, high = Unit.LIFT.text(min(values)), Unit.LIFT.text(max(values))
    return low if low == high else f"{low} to {high}"

"""A funnel by the values of a property: each person in the part of a value along the chain that counts."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlglot import exp

from pmlib.core import Estimate, SettingError, Unit, nearest
from pmlib.core.words import many
from pmlib.engine import place, sql
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.conditions import met
from pmlib.sources.contract import Events
from pmlib.stats import share, share_difference
from pmlib.usage.funnels.entrants import Counted
from pmlib.usage.funnels.moments import EPOCH
from pmlib.usage.funnels.steps import Rules
from pmlib.usage.people.comparisons import adjusted
from pmlib.usage.people.parts import UNKNOWN, conditions

TOP = 5
ALPHA = 0.05
FEW = 30


@dataclass(frozen=True)
class Split:
    """How far the people of each part got.

    Parameters
    ----------
    by
        The property, or ``"segment"``.
    segments
        The names of the conditions, where they have names.
    people
        For each part how many took each step.
    shares
        The share of each part that reached the end.
    differences
        That share less the share of all other people; ``p`` adjusted for as many comparisons.
    """

    by: str
    segments: tuple[str, ...]
    said: str
    people: dict[str, tuple[int, ...]]
    shares: dict[str, Estimate]
    differences: dict[str, Estimate]
    cautions: tuple[str, ...]
    query: str

    @property
    def clear(self) -> list[str]:
        """The parts that clearly differ from the others."""
        return [name for name, one in self.differences.items() if one.p is not None and one.p < ALPHA]

    def table(self, rules: Rules) -> Table:
        """The parts as a table: people at each step, the share that reached the end, and how it differs."""
        counts = [Column(label, Unit.COUNT) for label in rules.labels]
        last = [Column("Reached the end", Unit.SHARE), Column("Low", Unit.SHARE), Column("High", Unit.SHARE)]
        less = Column("Less the others", Unit.POINTS)
        chance = Column("p, adjusted", Unit("number", 3))
        rows = []
        for name, people in self.people.items():
            one, gap = self.shares.get(name), self.differences.get(name)
            ends = (one.value, one.low, one.high) if one else (None, None, None)
            rows.append((name, *people, *ends, gap.value if gap else None, gap.p if gap else None))
        title = Column("Segment" if self.segments else self.by)
        return table([title, *counts, *last, less, chance], rows, size=rules.labels[0])

    def chart(self, rules: Rules) -> Chart:
        """The share of each part that reached the end, with its interval."""
        names, ones = tuple(self.shares), tuple(self.shares.values())
        row = Series(
            f"reached {rules.labels[-1]}",
            names,
            tuple(one.value for one in ones),
            tuple(one.low for one in ones),
            tuple(one.high for one in ones),
        )
        said = ", ".join(f"{name} {one.unit.text(one.value)}" for name, one in self.shares.items())
        words = f"Share that reached {rules.labels[-1]} by {self.by}: {said}."
        return intervals([row], unit=Unit.SHARE, description=words, caption="Whiskers are 95% intervals.")


def split(events: Events, rules: Rules, found: Counted, by: str, attribution: str) -> Split:
    """Split the people of a funnel by the values of a property.

    Raises
    ------
    SettingError
        If there is no such property, or the attribution is none of ``"first"``, ``"last"`` and ``"step k"``.
    """
    step = attributed(attribution, len(rules.names))
    segments = segments_of(events, by)
    told = told_apart(segments) if segments else events.property(by)
    text = place(sql(__package__, "funnel_parts.sql"), breakdown=told)
    steps, spots = np.nonzero(found.times >= 0)
    moments = found.times[steps, spots]
    chain = pa.table(
        {
            "person": pa.array(found.person[spots], pa.int64()),
            "step": pa.array(steps + 1, pa.int64()),
            "moment": pa.array(moments, pa.int64()).cast(pa.timestamp("us")),
        }
    )
    events.engine.register("funnel_chain", chain)
    names = list(rules.names)
    since = EPOCH + timedelta(microseconds=int(moments.min()))
    until = EPOCH + timedelta(microseconds=int(moments.max()) + 1_000_000)
    cells = events.query(
        text,
        names=names,
        any=rules.order == "any",
        seconds=rules.stamps == "seconds",
        since=since,
        until=until,
        at=attribution if step == 0 else "step",
        step=step,
        top=TOP,
    )
    events.engine.connection.unregister("funnel_chain")
    people = {name: [0] * len(rules.names) for name in dict.fromkeys(named(row) for row in cells)}
    for row in cells:
        people[named(row)][row.step - 1] = row.people
    shares = {
        name: share(n[-1], n[0], label=f"Reached {rules.labels[-1]}, {name}") for name, n in people.items() if n[0]
    }
    where = f"the value at {rules.labels[step - 1]}, of who took it" if step else f"the {attribution} value on the way"
    said = f"segments (the first of {by} that an event meets)" if segments else f"by {by}"
    return Split(
        "segment" if segments else by,
        tuple(segments),
        f"{said}, {where}; each part against all others, p adjusted by Holm's rule",
        {name: tuple(counts) for name, counts in people.items()},
        shares,
        against_others(people, shares),
        (*doubts(people, by, segments), *overlapping(events, segments, names, since, until)),
        cells.sql,
    )


def attributed(attribution: str, steps: int) -> int:
    """Return the step whose event is read, 0 for the first or last value of the chain."""
    if attribution in ("first", "last"):
        return 0
    named_step = re.fullmatch(r"step (\d+)", attribution.strip())
    step = int(named_step[1]) if named_step else 0
    if not 1 <= step <= steps:
        raise SettingError(
            f"attribution is '{attribution}'; it is 'first', 'last' or 'step 1' to 'step {steps}'."
            f"{nearest(attribution, ['first', 'last', 'step 1'])}"
        )
    return step


def segments_of(events: Events, by: str) -> dict[str, exp.Expr]:
    """Return named conditions, none where people are split by a property."""
    if by in events.properties or ":" not in by:
        return {}
    return {name: met(events.engine, text, events.properties) for name, text in conditions(by).items()}


def told_apart(segments: Mapping[str, exp.Expr]) -> exp.Expr:
    """Return the name of the first condition that an event meets."""
    return exp.Case(ifs=[exp.If(this=one.copy(), true=exp.Literal.string(name)) for name, one in segments.items()])


def overlapping(
    events: Events, segments: Mapping[str, exp.Expr], names: list[str], since: datetime, until: datetime
) -> tuple[str, ...]:
    """Say that an event that meets several conditions counts for the first only."""
    if len(segments) < 2:
        return ()
    ones = [exp.cast(exp.func("coalesce", one.copy(), exp.false()), "INTEGER") for one in segments.values()]
    text = place(sql(__package__, "funnel_overlap.sql"), the_segments=exp.Array(expressions=ones))
    several = events.query(text, names=names, since=since, until=until).one().n
    if not several:
        return ()
    return (
        f"The segments overlap: {events.who.count(several)} did steps that meet several of them; each step counts for "
        "the first named only, and for the later ones its people are among the others.",
    )


def named(row) -> str:
    """Name a part; what is no value of the property's own stands in words."""
    if row.place == TOP + 2:
        return UNKNOWN[0]
    if row.place == TOP + 1:
        return f"{row.distinct_values:,} other value{'s' * (row.distinct_values > 1)}"
    # A value may be written as what has none is called.
    return f"'{row.part}'" if re.fullmatch(rf"{UNKNOWN[0]}|[\d,]+ other values?", row.part) else row.part


def against_others(people: dict[str, list[int]], shares: dict[str, Estimate]) -> dict[str, Estimate]:
    """Compare each part's share with that of all other people, the chances adjusted for all comparisons."""
    entered = sum(counts[0] for counts in people.values())
    ended = sum(counts[-1] for counts in people.values())
    found = {
        name: share_difference(
            people[name][-1], people[name][0], ended - people[name][-1], entered - people[name][0],
            label=f"{one.label} less all others",
        )
        for name, one in shares.items()
        if people[name][0] < entered
    }  # fmt: skip
    return dict(zip(found, adjusted(list(found.values())), strict=True))


def doubts(people: dict[str, list[int]], by: str, segments: Collection[str]) -> tuple[str, ...]:
    """What to doubt about the parts: small ones, and many people without a value."""
    said: list[str] = []
    title = "segment" if segments else by
    small = [name for name, counts in people.items() if counts[0] < FEW]
    if small:
        said.append(f"By {title}, {many(len(small), 'part')} of fewer than {FEW} entered: read with care.")
    entered = sum(counts[0] for counts in people.values())
    bare = people.get(UNKNOWN[0], [0])[0]
    if entered and bare > entered / 10:
        none = "are in none of the segments" if segments else f"have no value of {by}"
        said.append(f"{Unit.SHARE.text(bare / entered)} of those who entered {none}.")
    return tuple(said)

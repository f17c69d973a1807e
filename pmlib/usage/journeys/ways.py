"""Paths counted: the ways people take, step by step, and where these end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pmlib.core import Estimate, Period, TooFewError
from pmlib.engine import sql
from pmlib.sources.contract import Events
from pmlib.stats.clusters import clustered_share
from pmlib.usage.journeys.visits import Cut, visits

WAYS, ENDS = 20, 3
"""Ways counted one by one, and ends with an interval."""
BEYOND, OTHERS = -1, -2
"""Numbers that paths_links.sql gives to going on beyond the steps, and to the less frequent events."""
OTHER = "Other"


@dataclass(frozen=True)
class Asked:
    """What was asked: the event at the one end of all paths, if any, and the direction they are read in."""

    event: str
    called: str
    backwards: bool
    steps: int
    top: int
    collapse: bool
    period: Period

    @property
    def edge(self) -> str:
        """Where a path ends in the direction it is read."""
        return "start" if self.backwards else "end"

    @property
    def beyond(self) -> str:
        """What lies beyond the steps."""
        return "earlier" if self.backwards else "goes on"

    def between(self, step: int) -> str:
        """Say between which steps a link lies."""
        if self.backwards:
            return f"{step} before"
        return f"{step} to {step + 1}" if step else "to 1"


@dataclass(frozen=True)
class Counts:
    """What the engine counted.

    Parameters
    ----------
    ways, links, ends
        The most frequent ways, what goes from each step to the next, where most paths end.
    names
        What the events are called, by number.
    shares
        The share of all paths that take the most frequent way, then of those at each end.
    most
        The paths of the one person with the most.
    tied
        The share of events with the same time as the one before.
    """

    asked: Asked
    ways: Sequence[Any]
    links: Sequence[Any]
    ends: Sequence[Any]
    names: Mapping[int, str]
    shares: Sequence[Estimate]
    most: int
    tied: float
    query: str

    def written(self, way: Sequence[int]) -> str:
        """Write a way out in the order of time, with its end where that lies within the steps."""
        return written(self.asked, self.names, way)

    def ends_of(self, link: Any) -> tuple[str, str]:
        """Name what a link leaves and what it reaches, in the order of time."""
        special = {BEYOND: self.asked.beyond, OTHERS: OTHER}
        source = self.names.get(link.source) or self.free(special.get(link.source, "start"))
        target = self.names.get(link.target) or self.free(special.get(link.target, self.asked.edge))
        return (target, source) if self.asked.backwards else (source, target)

    def free(self, word: str) -> str:
        """Write a word that names no event so that it is none's name."""
        return free(word, self.names)


def counted(events: Events, cut: Cut, asked: Asked) -> Counts:
    """Let the engine lay out the paths and count them.

    Raises
    ------
    TooFewError
        If there is no path.
    """
    values = {"named": asked.event, "backwards": asked.backwards, "collapse": asked.collapse, "steps": asked.steps}
    with visits(events, cut, asked.period.start, doing=asked.event) as laid:
        text, days = sql(__package__, "paths.sql"), {"since": asked.period.start, "until": asked.period.end}
        made = events.query(text, **values, **days)
        ways = events.query(sql(__package__, "paths_most.sql"), most=WAYS)
        if not ways.rows:
            what = f"a session with '{asked.called}'" if asked.event else "a session"
            raise TooFewError(f"Nobody had {what} that began {asked.period}. Show more weeks, or choose another event.")
        # That all paths begin with the event asked for says nothing.
        links = events.query(sql(__package__, "paths_links.sql"), top=asked.top, least=1 if asked.event else 0)
        ends = events.query(sql(__package__, "paths_ends.sql"), most=ENDS)
        used = {name for row in ways for name in row.way} | {row.name for row in ends}
        used |= {name for row in links for name in (row.source, row.target)}
        rows = events.query("SELECT name, event FROM visit_names WHERE list_contains($used, name)", used=sorted(used))
        words = events.labels.all([row.event for row in rows])
        names = {row.name: words[row.event] for row in rows}
        first = ways.rows[0].way
        sums = [(f"Most frequent way: {written(asked, names, first)}", 0, list(first), 0)]
        sums += [(placed(asked, names[row.name], row.step), row.step, [], row.name) for row in ends]
        shares = [share_of(events, *one) for one in sums]
        most = events.query("SELECT max(n) AS n FROM (SELECT count(*) AS n FROM visit_ways GROUP BY person)").one().n
        tied = events.query("SELECT avg(tied::INTEGER) AS tied FROM visit_moments").one().tied
    query = "\n;\n".join((laid, made.sql, ways.sql, links.sql))
    return Counts(asked, ways.rows, links.rows, ends.rows, names, shares, most, tied, query)


def share_of(events: Events, label: str, step: int, way: list[int], name: int) -> Estimate:
    """The share of paths that take a way, or that end at a step after an event, people as clusters."""
    row = events.query(sql(__package__, "paths_sums.sql"), step=step, way=way, name=name).one()
    return clustered_share(row.people, row.hits, row.paths, row.hits2, row.hits_paths, row.paths2, label=label)


def placed(asked: Asked, name: str, step: int) -> str:
    """Say where paths end: ``ends after tour_seen (step 2)``."""
    if not asked.backwards:
        return f"Session ends after {name} (step {step})"
    before = step - 1
    return f"Session begins with {name}" + (f" ({before} step{'s' if before > 1 else ''} before)" if before else "")


def written(asked: Asked, names: Mapping[int, str], way: Sequence[int]) -> str:
    """Write a way out in the order of time, with its end where that lies within the steps."""
    words = [names[name] for name in way]
    if len(way) < asked.steps:
        words.append(free(asked.edge, names))
    return " → ".join(reversed(words) if asked.backwards else words)


def free(word: str, names: Mapping[int, str]) -> str:
    """Put a word that names no event in brackets until no event has that name.

    Examples
    --------
    >>> free("Other", {1: "Other", 2: "(Other)"})
    '((Other))'
    """
    while word in names.values():
        word = f"({word})"
    return word

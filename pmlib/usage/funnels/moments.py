"""The moments of a funnel's events, packed into sorted whole numbers, so many people at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pmlib.engine import sql
from pmlib.sources.contract import Events
from pmlib.usage.funnels.steps import SECOND, Rules

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST = 24_000_000
"""Events held in memory at a time where steps come in order; a sixth where each instant is looked at."""
PIECE = 400_000
"""Events looked at together: what is found of them on the way stays in a core's own memory."""
WIDE = 63
"""Bits of a code: the person in the high ones, the time in the low ones."""
RUN = 1_000
"""Codes in a sorted run from which on merging runs beats sorting anew."""
EPOCH = datetime(1970, 1, 1)
NONE: Ints = np.empty(0, dtype=np.int64)
NO: Flags = np.empty(0, dtype=np.bool_)


@dataclass(frozen=True)
class Moments:
    """The events of some people, for each name its sorted codes.

    A code is a person's number shifted by ``bits``, plus microseconds since ``base``: two codes of one person differ by
    the time between them.

    Parameters
    ----------
    steps
        For each of the steps' events, its codes.
    out
        The codes of the events that exclude.
    others
        The codes of all other events, where the rules ask for the whole stream.
    longest
        A time no two of the events are apart.
    first
        The number of the first of these people.
    """

    steps: tuple[Ints, ...]
    out: Ints
    others: Ints
    bits: int
    base: int
    longest: int
    first: int = 0

    @property
    def mask(self) -> int:
        """The bits of a code that hold the time."""
        return (1 << self.bits) - 1

    def person(self, codes: Ints) -> Ints:
        """Return whose codes these are."""
        return codes >> self.bits

    def time(self, codes: Ints) -> Ints:
        """Return the codes' times in microseconds since 1970, UTC."""
        return (codes & self.mask) + self.base


def midnight(day: date, zone: str) -> int:
    """Return when a local day begins, in microseconds since 1970, UTC."""
    moment = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return round(moment.timestamp()) * SECOND


def moments(events: Events, rules: Rules, since: int, until: int, ran: list[str]) -> Iterator[list[Moments]]:
    """Fetch the events from ``since`` to ``until`` (both included, microseconds) of all who may begin a chain.

    So many people at a time as memory holds, these in pieces of some people each that a core has at hand.

    Parameters
    ----------
    ran
        Takes up the queries that ran.
    """
    names = [*rules.distinct, *rules.exclude]
    openers = list(rules.distinct) if rules.order == "any" else [rules.names[0]]
    asked = {
        "names": names,
        "openers": openers,
        # A step may be stamped before the first one by as much as the ties allow.
        "since": EPOCH + timedelta(microseconds=since - (rules.ties or 0)),
        "until": EPOCH + timedelta(microseconds=until),
    }
    # Room below the first time for ties and above the last for the window, so that neither reaches another person.
    base = since - SECOND * (1 - (-(rules.ties or 0) // SECOND))
    longest = until - since + 1
    bits = (until - base + min(rules.window, longest) + SECOND).bit_length()
    ran.append(events.engine.query(sql(__package__, "funnel_users.sql"), **asked).sql)
    people = events.engine.query("SELECT count(*) AS people FROM funnel_users").one().people
    text = sql(__package__, "funnel_stream.sql" if rules.order == "strict" else "funnel.sql")
    rows = events.engine.query("SELECT count(*) AS rows FROM events").one().rows
    most = MOST if rules.plain else max(MOST // 6, 1)
    if rows > most and rules.order != "strict":
        rows = events.engine.query(sql(__package__, "funnel_rows.sql"), **asked).one().rows
    parts = max(-(-rows // most), -(-people >> (WIDE - bits)), 1)
    size = max(-(-people // parts), 1)
    for first in range(0, people, size):
        part = {"bits": bits, "base": base, "first": first, "size": size, "others": len(names)}
        arrays, query = events.engine.query_arrays(text, **asked, **part)
        if first == 0:
            ran.append(query)
        yield pieces(split(arrays, rules, Moments((), NONE, NONE, bits, base, longest, first)))


def split(arrays: dict[str, NDArray], rules: Rules, bare: Moments) -> Moments:
    """Sort the codes of each name."""
    code, name = np.asarray(arrays["code"], dtype=np.int64), np.asarray(arrays["name"])
    if rules.stamps == "seconds":
        code = code - (code & bare.mask) % SECOND
    here, after = len(rules.distinct), len(rules.distinct) + len(rules.exclude)
    picks = [name == place for place in range(here)]
    picks.append((name >= here) & (name < after) if rules.exclude else NO)
    picks.append(name >= here if rules.order == "strict" else NO)
    # Sorting leaves Python alone, so that each core can take a name.
    with ThreadPoolExecutor() as pool:
        *steps, out, others = pool.map(lambda pick: ordered(code[pick]) if pick.size else NONE, picks)
    if rules.stamps == "seconds":
        # Events of one name in one second are one event.
        steps = [np.unique(one) for one in steps]
    return replace(bare, steps=tuple(steps), out=out, others=others)


def ordered(codes: Ints) -> Ints:
    """Sort codes; those of a prepared file come as a few sorted runs, which are merged."""
    runs = np.count_nonzero(codes[1:] < codes[:-1])
    return np.sort(codes, kind="stable" if runs * RUN < codes.size else None)


def pieces(whole: Moments) -> list[Moments]:
    """Cut the events between people into pieces of about ``PIECE`` events."""
    each = (*whole.steps, whole.out, whole.others)
    count = max(1, sum(codes.size for codes in each) // PIECE)
    widest = max(each, key=len)
    # A cut lies where a person begins.
    cuts = np.unique(whole.person(widest[:: -(-widest.size // count)])[1:]) << whole.bits if widest.size else NONE
    parts = zip(*(np.split(codes, np.searchsorted(codes, cuts)) for codes in each), strict=True)
    return [replace(whole, steps=tuple(part[:-2]), out=part[-2], others=part[-1]) for part in parts]

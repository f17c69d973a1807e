"""The event log as a table, with the defects every real log has."""

import calendar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pmlib.sources.demo import clock
from pmlib.sources.demo.clock import DAY, SECOND, Ints
from pmlib.sources.demo.money import euros
from pmlib.sources.demo.people import COUNTRIES, PLATFORMS, Users
from pmlib.sources.demo.truth import FUTURE_YEAR, TRUTH, WEEKS, Truth
from pmlib.sources.demo.usage import EVENTS, FREE, SESSION, Log


def events(seed: int, users: Users, log: Log, truth: Truth = TRUTH) -> pa.Table:
    """Return ``events.parquet``, ordered by time: the log, and the planted defects.

    ``truth.duplicates`` rows stand twice, ``truth.without_user`` rows have no user and ``truth.in_future`` rows
    claim to be from 2031.
    """
    rng = np.random.default_rng([seed, 10])
    n = log.ts.size
    odd = rng.choice(n, truth.without_user + truth.in_future, replace=False)
    copies = rng.choice(n, truth.duplicates, replace=False)
    ahead = np.arange(odd.size) >= truth.without_user
    beside = np.minimum(log.ts[odd] + 7 * SECOND, clock.end() - SECOND)

    ts = np.concatenate([log.ts, np.where(ahead, _future(rng, odd.size), beside)])
    order = np.argsort(ts, kind="stable")
    row = np.concatenate([np.arange(n), odd])[order]
    added = order >= n
    ts = ts[order]
    sent = np.concatenate([log.ts, beside])[order]
    user = log.user[row]
    kind = np.where(added, SESSION, log.kind[row])
    cents = np.where(added, FREE, log.cents[row])
    nobody = np.concatenate([np.zeros(n, dtype=np.bool_), ~ahead])[order]
    period = clock.day_of(sent) // 28
    web = users.platform[user] == list(PLATFORMS).index("web")
    table = pa.table(
        {
            "event_id": pc.binary_join_element_wise("e", _digits(np.arange(ts.size)), ""),
            "user_id": _words(users.names(), user, nobody),
            "event": _words(EVENTS, kind),
            "ts": clock.as_moments(ts),
            "received_at": clock.as_moments(_arrival(rng, sent)),
            "platform": _words(list(PLATFORMS), users.platform[user]),
            "country": _words(list(COUNTRIES), users.country[user]),
            "channel": _words(list(truth.channels), users.channel[user]),
            "app_version": _words([f"3.{number}" for number in range(WEEKS // 4)], period, web),
            "amount_eur": euros(np.maximum(cents, 0), cents == FREE),
        }
    )
    # Only rows that are good otherwise stand twice: a row set aside for two reasons would count for one of them.
    twice = np.concatenate([np.arange(ts.size), np.flatnonzero(~added)[copies]])
    return table.take(pa.array(np.sort(twice)))


def _digits(numbers: Ints) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 7, "0")


def _words(
    words: NDArray[np.str_] | list[str] | tuple[str, ...],
    index: Ints,
    absent: NDArray[np.bool_] | None = None,
) -> pa.Array:
    positions = pa.array(index.astype(np.int32), mask=absent)
    return pa.DictionaryArray.from_arrays(positions, pa.array(words)).dictionary_decode()


def _arrival(rng: np.random.Generator, sent: Ints) -> Ints:
    """Most events arrive within seconds, one in a hundred when the phone is back online; none past the end."""
    seconds = rng.exponential(2.0, sent.size)
    late = rng.random(sent.size) < 0.01
    delay = np.where(late, rng.uniform(600, 2 * 86_400, sent.size), seconds)
    soon = sent + (seconds * SECOND).astype(np.int64)
    return np.maximum(np.minimum(sent + (delay * SECOND).astype(np.int64), clock.end() - SECOND), soon)


def _future(rng: np.random.Generator, n: int) -> Ints:
    start = calendar.timegm((FUTURE_YEAR, 1, 1, 0, 0, 0)) * SECOND
    return start + rng.integers(0, 300 * DAY, n)

"""Who pays by the month: the subscriptions and their events."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pmlib.sources.demo import clock
from pmlib.sources.demo.clock import DAY, SECOND, Ints
from pmlib.sources.demo.money import euros
from pmlib.sources.demo.people import Users
from pmlib.sources.demo.truth import FIRST_DAY, LAST_DAY
from pmlib.sources.demo.usage import CANCELLED, RENEWED, SESSION, STARTED, Log

PLANS = ("plus", "pro")
PRICES = np.array([499, 999])
"""A month's price in cents."""
CHURN = 0.07
"""The chance that a paid month is the last."""


@dataclass(frozen=True, eq=False)
class Subscriptions:
    """One entry a subscription; ``ended`` is a day past the data for one that still runs."""

    user: Ints
    plan: Ints
    ts: Ints
    started: Ints
    months: Ints
    ended: Ints

    @property
    def running(self) -> NDArray[np.bool_]:
        """Which still run on the last day."""
        return self.ended > (LAST_DAY - FIRST_DAY).days

    def plan_on(self, users: int, day: Ints) -> Ints:
        """Return each user's plan on a day: 0 free, 1 plus, 2 pro."""
        plan, start, end = (np.zeros(users, dtype=np.int64) for _ in range(3))
        plan[self.user], start[self.user], end[self.user] = self.plan + 1, self.started, self.ended
        return np.where((start <= day) & (day < end), plan, 0)

    def log(self, seed: int) -> Log:
        """Return the events: started, renewed every month, cancelled when the last paid month is over."""
        rng = np.random.default_rng([seed, 9])
        price = PRICES[self.plan]
        which = np.repeat(np.arange(self.user.size), self.months)
        month = np.arange(which.size) - np.repeat(np.cumsum(self.months) - self.months, self.months) + 1
        day = months_later(self.started[which], month)
        inside = day <= (LAST_DAY - FIRST_DAY).days
        which, month, day = which[inside], month[inside], day[inside]
        ts = clock.midnights()[day + 1] - DAY + rng.integers(7 * 3_600, 11 * 3_600, day.size) * SECOND
        last = month == self.months[which]
        return Log.joined(
            [
                Log.of(self.user, STARTED, self.ts, price),
                Log.of(self.user[which[~last]], RENEWED, ts[~last], price[which[~last]]),
                Log.of(self.user[which[last]], CANCELLED, ts[last]),
            ]
        )

    def table(self, users: Users) -> pa.Table:
        """Return ``subscriptions.csv``."""
        return pa.table(
            {
                "user_id": users.names()[self.user],
                "plan": np.array(PLANS)[self.plan],
                "price_eur": euros(PRICES[self.plan]),
                "started_on": clock.dates(self.started),
                "ended_on": pa.array(clock.dates(self.ended), mask=self.running),
            }
        )


def subscriptions(seed: int, users: Users, usage: Log) -> Subscriptions:
    """Draw who subscribes: at most once a user, in one of their sessions, more likely in the first two weeks."""
    rng = np.random.default_rng([seed, 8])
    sessions = usage.only(SESSION)
    early = sessions.ts < users.signed_up[sessions.user] + 14 * DAY
    # Who comes just before midnight does not subscribe: it would happen on a day, perhaps in a week, of no visit.
    same_day = clock.day_of(sessions.ts + 600 * SECOND) == clock.day_of(sessions.ts)
    hit = np.flatnonzero(same_day & (rng.random(early.size) < np.where(early, 0.015, 0.0025)))
    user, first = np.unique(sessions.user[hit], return_index=True)
    ts = sessions.ts[hit][first] + rng.integers(450, 560, user.size) * SECOND
    order = np.argsort(ts, kind="stable")
    user, ts = user[order], ts[order]
    started, months = clock.day_of(ts), rng.geometric(CHURN, user.size)
    plan = (rng.random(user.size) < 0.35).astype(np.int64)
    return Subscriptions(user, plan, ts, started, months, months_later(started, months))


def months_later(days: Ints, months: Ints) -> Ints:
    """Return the same day of a later month, or its last day where the month is shorter."""
    start = clock.dates(days)
    month = start.astype("datetime64[M]")
    within = (start - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    found = target.astype("datetime64[D]") + np.minimum(within, length - 1)
    return (found - np.datetime64(FIRST_DAY, "D")).astype(np.int64)

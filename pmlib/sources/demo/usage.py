"""What users do: come back, go through onboarding, plan, invite and book."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pmlib.sources.demo import clock
from pmlib.sources.demo.clock import DAY, SECOND, Ints
from pmlib.sources.demo.people import ONBOARDING, Users, pick
from pmlib.sources.demo.truth import FIRST_DAY, TRUTH, WEEKS, Truth

EVENTS = (
    "signed_up",
    "session_started",
    "trip_created",
    "friend_invited",
    "booking_made",
    "subscription_started",
    "subscription_renewed",
    "subscription_cancelled",
)
SIGNED_UP, SESSION, TRIP, INVITE, BOOKING, STARTED, RENEWED, CANCELLED = range(len(EVENTS))
FREE = -1
"""The amount of an event nobody pays for."""
WINDOW = 7 * DAY


@dataclass(frozen=True, eq=False)
class Log:
    """Events as columns: position of the user, of the event, its instant, its amount in cents."""

    user: Ints
    kind: NDArray[np.int8]
    ts: Ints
    cents: Ints

    @classmethod
    def of(cls, user: Ints, kind: int, ts: Ints, cents: Ints | None = None) -> "Log":
        """Return events of one kind."""
        free = np.full(user.size, FREE, dtype=np.int64)
        return cls(user, np.full(user.size, kind, dtype=np.int8), ts, free if cents is None else cents)

    @classmethod
    def joined(cls, parts: "list[Log]") -> "Log":
        """Put parts together, without what lies past the end of the data, ordered by time."""
        user, kind, ts, cents = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("user", "kind", "ts", "cents")
        )
        order = np.argsort(ts, kind="stable")
        order = order[: np.searchsorted(ts[order], clock.end())]
        return cls(user[order], kind[order], ts[order], cents[order])

    def only(self, kind: int) -> "Log":
        """Return the events of one kind."""
        keep = self.kind == kind
        return Log(self.user[keep], self.kind[keep], self.ts[keep], self.cents[keep])


def usage(seed: int, users: Users, truth: Truth = TRUTH) -> Log:
    """Draw all that users do but subscribe. The launch's extra bookings come last, from a stream of their own."""
    back = returning(seed, users, truth)
    first = onboarding(seed, users, back[:, 0], truth)
    sessions = Log.joined([*visits(seed, users, back), *openings(seed, users, first)])
    everything = [Log.of(np.arange(users.n), SIGNED_UP, users.signed_up), sessions, *first]
    everything += later(seed, users, sessions, first[0])
    bookings = [part for part in everything if part.kind.size and part.kind[0] == BOOKING]
    return Log.joined([*everything, *launched(seed, bookings, truth)])


def returning(seed: int, users: Users, truth: Truth = TRUTH) -> NDArray[np.bool_]:
    """Draw in which weeks after the sign-up week each user is active.

    A user's chance is the curve times the user's pull, whose mean is 1: users differ, the curve holds.

    Returns
    -------
    ndarray
        Users by age: column 0 is the first week after the sign-up week.
    """
    ages = np.arange(1, WEEKS)
    curve = np.array([truth.retention(int(age)) for age in ages])
    chance = np.random.default_rng([seed, 2]).random((users.n, ages.size))
    return (chance < users.pull[:, None] * curve) & (ages < WEEKS - users.week[:, None])


def visits(seed: int, users: Users, back: NDArray[np.bool_]) -> list[Log]:
    """Draw the sessions: one right after the sign-up, some later that week, one or more in every active week."""
    rng = np.random.default_rng([seed, 3])
    everyone = np.arange(users.n)
    at_once = users.signed_up + rng.integers(1, 20, users.n) * SECOND
    weekday = users.day % 7
    same_week = np.repeat(everyone, rng.poisson(0.9, users.n) * (weekday < 6))
    left = 6 - weekday[same_week]
    day = users.day[same_week] + 1 + (rng.random(same_week.size) * left).astype(np.int64)

    user, age = np.nonzero(back)
    count = 1 + rng.poisson(0.9 + 1.1 * users.pull[user])
    user, week = np.repeat(user, count), np.repeat(users.week[user] + 1 + age, count)
    days = 7 * week + pick(rng, clock.WEEKDAYS, user.size)
    return [
        Log.of(everyone, SESSION, at_once),
        Log.of(same_week, SESSION, clock.moments(rng, day)),
        Log.of(user, SESSION, clock.moments(rng, days)),
    ]


def onboarding(seed: int, users: Users, next_week: NDArray[np.bool_], truth: Truth = TRUTH) -> list[Log]:
    """Draw first trip, first invitation and first booking, in this order and inside seven days of the sign-up.

    Who is not active in the next calendar week goes as far as they go before it begins, so neither the funnel
    nor the retention curve bends the other.
    """
    rng = np.random.default_rng([seed, 4])
    treated = users.treated & (users.experiment == ONBOARDING)
    invited = np.array([truth.invited_by_channel[name] for name in truth.channels])[users.channel]
    invited = invited * np.where(treated, truth.invited_treated / truth.invited, 1.0)
    booked = np.where(treated, truth.booked_treated / truth.invited_treated, truth.booked / truth.invited)
    chances = (np.full(users.n, truth.trip), invited / truth.trip, booked)

    week_over = clock.midnights()[7 * (users.week + 1)]
    window_over = users.signed_up + WINDOW - 3_600 * SECOND
    latest = np.where(next_week, window_over, np.minimum(window_over, week_over)) - 60 * SECOND
    ts, going = users.signed_up + 30 * SECOND, np.ones(users.n, dtype=np.bool_)
    steps = []
    for kind, chance in zip((TRIP, INVITE, BOOKING), chances, strict=True):
        going = going & (rng.random(users.n) < chance)
        room = np.maximum(latest - ts - 30 * SECOND, 0)
        ts = ts + 5 * SECOND + (rng.random(users.n) ** 4 * room).astype(np.int64)
        user = np.flatnonzero(going)
        steps.append(Log.of(user, kind, ts[user], commission(rng, user.size) if kind == BOOKING else None))
    return steps


def openings(seed: int, users: Users, steps: list[Log]) -> list[Log]:
    """Open a session shortly before every onboarding step that is not part of the first visit."""
    rng = np.random.default_rng([seed, 5])
    found = []
    for step in steps:
        ts = step.ts - rng.integers(60, 300, step.ts.size) * SECOND
        apart = ts > users.signed_up[step.user] + 1_200 * SECOND
        found.append(Log.of(step.user[apart], SESSION, ts[apart]))
    return found


def later(seed: int, users: Users, sessions: Log, planned: Log) -> list[Log]:
    """Draw trips, invitations and bookings in sessions after the onboarding window.

    Only who planned a trip during onboarding invites and books later.
    """
    rng = np.random.default_rng([seed, 6])
    planner = np.isin(np.arange(users.n), planned.user)
    past = sessions.ts > users.signed_up[sessions.user] + WINDOW
    user, ts = sessions.user[past], sessions.ts[past]
    heat = clock.season(clock.day_of(ts), january=0.2, summer=0.5)
    found = []
    for kind, chance, begin in ((TRIP, 0.10, 30), (INVITE, 0.08, 170), (BOOKING, 0.045 * heat, 310)):
        hit = rng.random(user.size) < chance * (planner[user] | (kind == TRIP))
        at = ts[hit] + rng.integers(begin, begin + 130, int(hit.sum())) * SECOND
        found.append(Log.of(user[hit], kind, at, commission(rng, at.size) if kind == BOOKING else None))
    return found


def launched(seed: int, bookings: list[Log], truth: Truth = TRUTH) -> list[Log]:
    """Let each booking from the launch on be followed by a second one with the planted chance."""
    rng = np.random.default_rng([seed, 7])
    since = clock.midnights()[(truth.launch_day - FIRST_DAY).days]
    found = []
    for part in bookings:
        twice = (part.ts >= since) & (rng.random(part.ts.size) < truth.launch_effect)
        at = part.ts[twice] + rng.integers(5, 40, int(twice.sum())) * SECOND
        found.append(Log.of(part.user[twice], BOOKING, at, commission(rng, at.size)))
    return found


def commission(rng: np.random.Generator, n: int) -> Ints:
    """Draw what Fernweh earns by a booking, in cents."""
    return 100 + np.round(100 * rng.lognormal(2.0, 0.6, n)).astype(np.int64)

"""The planted truths come back: over twenty seeds, intervals hold them as often as they say."""

import math
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from pmlib.core import Estimate
from pmlib.sources.demo import TRUTH, World, world
from pmlib.sources.demo.clock import DAY, day_of, end
from pmlib.sources.demo.market import market
from pmlib.sources.demo.people import ONBOARDING, PAYWALL
from pmlib.sources.demo.survey import FEEL, RECOMMEND
from pmlib.sources.demo.truth import FIRST_DAY, LAST_DAY, WEEKS
from pmlib.sources.demo.usage import BOOKING, INVITE, SESSION, TRIP, WINDOW, Log
from pmlib.stats import nps, share, share_difference

SEEDS = range(1, 21)
USERS = 4_000
FEWEST, LOW, HIGH = 16, 0.90, 0.99
"""Of 20 intervals at 95%, fewer than 16 hold the truth once in 400 tries; chance alone stays in the pooled band."""

Interval = tuple[float, float]


def ends(estimate: Estimate) -> Interval:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def retained(made: World, age: int) -> Interval:
    sessions = made.log.only(SESSION)
    back = day_of(sessions.ts) // 7 - made.users.week[sessions.user] == age
    eligible = made.users.week + age < WEEKS
    return ends(share(np.unique(sessions.user[back]).size, int(eligible.sum())))


def first_after(log: Log, since: np.ndarray) -> np.ndarray:
    """Return when each user first did it after ``since``; never is the largest integer."""
    never = np.iinfo(np.int64).max
    found = np.full(since.size, never)
    past = log.ts > since[log.user]
    np.minimum.at(found, log.user[past], log.ts[past])
    return found


def funnel(made: World) -> list[Interval]:
    users = made.users
    eligible = (users.signed_up + WINDOW <= end()) & ~(users.treated & (users.experiment == ONBOARDING))
    at, found = users.signed_up, []
    for kind in (TRIP, INVITE, BOOKING):
        at = first_after(made.log.only(kind), at)
        found.append(ends(share(int((at - users.signed_up <= WINDOW)[eligible].sum()), int(eligible.sum()))))
    return found


def lift(made: World, number: int) -> Interval:
    table = made.experiment(number)
    arm, converted = table["arm"].to_numpy(), table["converted"].to_numpy()
    treated, control = converted[arm == "treatment"], converted[arm == "control"]
    return ends(share_difference(int(treated.sum()), treated.size, int(control.sum()), control.size))


def launch(made: World) -> Interval:
    """Bookings a session since the launch, over those of the same weeks a year earlier; users are clusters."""
    first = (TRUTH.launch_day - FIRST_DAY).days
    rates, influence = [], []
    for start in (first, first - 364):
        sums = []
        for kind in (BOOKING, SESSION):
            log = made.log.only(kind)
            day = day_of(log.ts)
            inside = (day >= start) & (day < start + 77) & (log.ts > made.users.signed_up[log.user] + WINDOW)
            sums.append(np.bincount(log.user[inside], minlength=made.users.n))
        bookings, sessions = sums
        rates.append(bookings.sum() / sessions.sum())
        influence.append(bookings / bookings.sum() - sessions / sessions.sum())
    error = math.sqrt(((influence[0] - influence[1]) ** 2).sum())
    ratio = math.log(rates[0] / rates[1])
    return math.exp(ratio - 1.96 * error) - 1, math.exp(ratio + 1.96 * error) - 1


def score(made: World, wave: str) -> Interval:
    table = made.survey()
    scores = table[RECOMMEND].to_numpy()[table["wave"].to_numpy() == wave]
    scores = scores[~np.isnan(scores)]
    low, high = ends(nps(int((scores >= 9).sum()), int(((scores >= 7) & (scores < 9)).sum()), int((scores < 7).sum())))
    return low / 100, high / 100


def disappointed(made: World) -> Interval:
    table = made.survey()
    feelings = table[FEEL].to_numpy()[table["plan"].to_numpy() == "free"]
    return ends(share(int((feelings == "Very disappointed").sum()), feelings.size))


def rise(made: World) -> Interval:
    visits = market(made.seed)["visits"].to_numpy().reshape(WEEKS, 4)
    part = visits[:, 0] / visits.sum(axis=1)
    path = np.linspace(-0.5, 0.5, WEEKS)
    slope = (path * part).sum() / (path**2).sum()
    left = part - part.mean() - slope * path
    error = math.sqrt((left**2).sum() / (WEEKS - 2) / (path**2).sum())
    half = float(student.ppf(0.975, WEEKS - 2)) * error
    return float(slope - half), float(slope + half)


def paid(made: World) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of subscriptions of each user whom no survey asked."""
    asked, found = set(made.survey()["user_id"].to_pylist()), defaultdict(list)
    for row in made.billed(made.survey()["user_id"]).table(made.users).to_pylist():
        if row["user_id"] not in asked:
            found[row["user_id"]].append(row)
    return found


def months_between(first: date, last: date) -> int:
    """Return how many whole months lie between two days; a month ends on its last day where it is too short."""
    months = (last.year - first.year) * 12 + last.month - first.month
    short = min(first.day, monthrange(last.year, last.month)[1]) > last.day
    return months - short


def changed(made: World, plan: str) -> Interval:
    """Months on the first plan that were followed by one on the other, of those followed by any."""
    hits = trials = 0
    for first, *later in paid(made).values():
        if first["plan"] == plan:
            hit = bool(later) and later[0]["started_on"] == first["ended_on"]
            over = first["ended_on"] is not None and not hit
            trials += months_between(first["started_on"], first["ended_on"] or LAST_DAY) - over
            hits += hit
    return ends(share(hits, trials))


def returned(made: World) -> Interval:
    """Those who came back, of those who had left at least half a year before the end."""
    hits = trials = 0
    for first, *later in paid(made).values():
        left = first["ended_on"]
        if later and later[0]["started_on"] == left:
            left = later.pop(0)["ended_on"]
        if left is not None and months_between(left, LAST_DAY) >= 6:
            hits, trials = hits + bool(later), trials + 1
    return ends(share(hits, trials))


TRUTHS: dict[str, tuple[Callable[[World], Interval], float, float]] = {
    "retention week 4": (lambda made: retained(made, 4), TRUTH.retention(4), 0.39),
    "retention week 12": (lambda made: retained(made, 12), TRUTH.retention(12), 0.27),
    "funnel trip": (lambda made: funnel(made)[0], TRUTH.trip, 0.73),
    "funnel invited": (lambda made: funnel(made)[1], TRUTH.invited, 0.31),
    "funnel booked": (lambda made: funnel(made)[2], TRUTH.booked, 0.14),
    "onboarding lift": (lambda made: lift(made, ONBOARDING), TRUTH.invited_treated - TRUTH.invited, 0.18),
    "paywall lift": (lambda made: lift(made, PAYWALL), TRUTH.paywall_lift, 0.05),
    "launch": (launch, TRUTH.launch_effect, 0.55),
    "NPS 2025-11": (lambda made: score(made, "2025-11"), TRUTH.nps["2025-11"].nps, 0.28),
    "NPS 2026-05": (lambda made: score(made, "2026-05"), TRUTH.nps["2026-05"].nps, 0.34),
    "NPS 2026-11": (lambda made: score(made, "2026-11"), TRUTH.nps["2026-11"].nps, 0.23),
    "very disappointed": (disappointed, TRUTH.very_disappointed["free"], 0.37),
    "plan up": (lambda made: changed(made, "plus"), TRUTH.plan_up, 0.035),
    "plan down": (lambda made: changed(made, "pro"), TRUTH.plan_down, 0.035),
    "came back": (returned, TRUTH.came_back, 0.25),
    "market share": (rise, TRUTH.market_end["Fernweh"] - TRUTH.market_start["Fernweh"], 0.083),
}
"""How each truth is estimated, its planted value, and a wrong one."""


@pytest.fixture(scope="module")
def intervals() -> dict[str, list[Interval]]:
    found: dict[str, list[Interval]] = {name: [] for name in TRUTHS}
    for seed in SEEDS:
        made = world(seed, USERS)
        for name, (estimate, _, _) in TRUTHS.items():
            found[name].append(estimate(made))
    return found


def held(found: list[Interval], value: float) -> int:
    return sum(low <= value <= high for low, high in found)


@pytest.mark.parametrize("name", TRUTHS)
def test_intervals_hold_the_truth(intervals: dict[str, list[Interval]], name: str) -> None:
    assert held(intervals[name], TRUTHS[name][1]) >= FEWEST


@pytest.mark.parametrize("name", TRUTHS)
def test_a_wrong_number_is_found_out(intervals: dict[str, list[Interval]], name: str) -> None:
    assert held(intervals[name], TRUTHS[name][2]) < FEWEST


def test_all_together_hold_as_often_as_they_say(intervals: dict[str, list[Interval]]) -> None:
    checks = len(TRUTHS) * len(SEEDS)
    assert checks >= 140
    assert LOW <= sum(held(found, TRUTHS[name][1]) for name, found in intervals.items()) / checks <= HIGH


def test_the_launch_alone_makes_the_difference() -> None:
    """Without the effect the same seed gives the same bookings less the added ones."""
    since = (TRUTH.launch_day - FIRST_DAY).days
    made, plain = (world(5, USERS, truth) for truth in (TRUTH, replace(TRUTH, launch_effect=0.0)))
    with_it, without = (day_of(each.log.only(BOOKING).ts) for each in (made, plain))
    assert (with_it < since).sum() == (without < since).sum()
    base = int((without >= since).sum())
    added = int((with_it >= since).sum()) - base
    assert not share(added, base).excludes(TRUTH.launch_effect)


def test_invitations_differ_by_channel() -> None:
    made = world(6, 12_000)
    users = made.users
    at = first_after(made.log.only(INVITE), users.signed_up)
    hit = at - users.signed_up <= WINDOW
    for number, (channel, chance) in enumerate(TRUTH.invited_by_channel.items()):
        among = (
            (users.channel == number)
            & (users.signed_up + 7 * DAY <= end())
            & ~(users.treated & (users.experiment == ONBOARDING))
        )
        found = share(int(hit[among].sum()), int(among.sum()), label=channel, level=0.999)
        assert not found.excludes(chance)


def test_sign_ups_grow_and_come_by_channel_as_planted() -> None:
    """Weeks 8 to 59 and the 52 after them share one season; counts are Poisson, so their ratio is binomial."""
    users = world(7, 12_000).users
    early, late = (int(((users.week >= start) & (users.week < start + 52)).sum()) for start in (8, 60))
    assert not share(late, early + late, level=0.999).excludes((1 + TRUTH.growth) / (2 + TRUTH.growth))
    for number, chance in enumerate(TRUTH.channels.values()):
        assert not share(int((users.channel == number).sum()), users.n, level=0.999).excludes(chance)

"""Who signs up, when, from where and into which experiment."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pmlib.sources.demo import clock
from pmlib.sources.demo.clock import Floats, Ints
from pmlib.sources.demo.truth import DAYS, TRUTH, Truth

PLATFORMS = {"web": 0.40, "ios": 0.33, "android": 0.27}
COUNTRIES = {"DE": 0.46, "FR": 0.12, "NL": 0.10, "AT": 0.09, "CH": 0.08, "ES": 0.08, "PL": 0.07}
NOWHERE, ONBOARDING, PAYWALL = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Users:
    """One entry a user, in the order of their sign-up.

    Parameters
    ----------
    signed_up, day
        The instant, and its local day counted from the first day of the data.
    channel, platform, country
        Positions in :attr:`Truth.channels`, ``PLATFORMS`` and ``COUNTRIES``.
    pull
        How strongly the user is drawn to the product; its mean over users is 1.
    experiment, treated
        Which experiment the user was a unit of, and whether in its treatment.
    """

    signed_up: Ints
    day: Ints
    channel: Ints
    platform: Ints
    country: Ints
    pull: Floats
    experiment: Ints
    treated: NDArray[np.bool_]

    @property
    def n(self) -> int:
        """How many there are."""
        return self.day.size

    @property
    def week(self) -> Ints:
        """The calendar week of the sign-up, counted from the first."""
        return self.day // 7

    def names(self) -> NDArray[np.str_]:
        """Return the ids: ``u000001`` and on."""
        return np.char.mod("u%06d", np.arange(1, self.n + 1))


def users(seed: int, n: int, truth: Truth = TRUTH) -> Users:
    """Draw ``n`` users: growing by the year, more at weekends, in summer and in January."""
    rng = np.random.default_rng([seed, 1])
    calendar = np.arange(DAYS)
    weight = (1 + truth.growth) ** (calendar / clock.CYCLE) * clock.WEEKDAYS[calendar % 7]
    weight *= clock.season(calendar, january=0.25, summer=0.40)
    signed_up = np.sort(clock.moments(rng, pick(rng, weight, n)))
    day = clock.day_of(signed_up)
    experiment = np.full(n, NOWHERE)
    for number, trial in ((ONBOARDING, truth.onboarding), (PAYWALL, truth.paywall)):
        first, last = trial.days
        experiment[(day >= first) & (day <= last)] = number
    return Users(
        signed_up=signed_up,
        day=day,
        channel=choose(rng, truth.channels, n),
        platform=choose(rng, PLATFORMS, n),
        country=choose(rng, COUNTRIES, n),
        pull=1.9 * rng.beta(1.0, 0.9, n),
        experiment=experiment,
        treated=(np.random.default_rng([seed, 19]).random(n) < 0.5) & (experiment != NOWHERE),
    )


def pick(rng: np.random.Generator, weight: Floats, n: int) -> Ints:
    """Draw ``n`` positions with the given weights."""
    edges = np.cumsum(weight) / np.sum(weight)
    edges[-1] = 1.0
    return np.searchsorted(edges, rng.random(n), side="right")


def choose(rng: np.random.Generator, shares: Mapping[str, float], n: int) -> Ints:
    """Draw ``n`` positions among named shares."""
    return pick(rng, np.array(list(shares.values())), n)

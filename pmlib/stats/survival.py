"""How long it takes until something ends, where not everyone was followed to the end."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import counts as whole
from pmlib.stats.inputs import elapsed, numbers
from pmlib.stats.pairs import quantile
from pmlib.stats.shares import critical

Floats = NDArray[np.float64]

HALF = 0.5
TOLERANCE = 1e-12
METHOD = "Kaplan-Meier"


@dataclass(frozen=True)
class Survival:
    """The share that has not ended, by time; what :func:`kaplan_meier` returns.

    Parameters
    ----------
    times
        The times at which somebody ended or was last seen, rising.
    survival
        The share that has not ended, just after each time.
    low, high
        Its log-log interval. ``low`` is ``None`` while nobody has ended, ``high`` once everybody has: no spread is seen
        there. What is left of the interval ends at 1 or at 0.
    at_risk
        How many were still followed just before each time; whoever was last seen at a time is among them.
    ended, censored
        How many ended, and how many were last seen, at each time.
    greenwood
        Greenwood's sum up to each time, the variance of ``log(survival)``; infinite once everybody has ended.
    n
        All who were followed.
    """

    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    ended: tuple[int, ...]
    censored: tuple[int, ...]
    greenwood: tuple[float, ...]
    n: int
    level: float = 0.95

    def at(self, time: float, unit: Unit = Unit.DAYS, *, label: str = "not ended") -> Estimate:
        """Estimate the share that has not ended by ``time``, what ended at ``time`` itself taken off.

        Returns
        -------
        Estimate
            Unit ``SHARE``; ``unit`` is that of the time, for the words. Without a value past the last time anybody was
            followed. ``n_eff`` is the number of people who, all followed to the end, would tell as much.

        Raises
        ------
        SettingError
            If ``time`` is negative or not finite.
        """
        time = elapsed(time)
        place = bisect_right(self.times, time) - 1
        method = f"{METHOD} estimate, log-log interval"
        if time > self.times[-1] and self.survival[-1] > 0:
            reason = f"nobody was followed for longer than {unit.text(self.times[-1])}"
            return Estimate(label, None, None, None, Unit.SHARE, self.n, method, self.level, reason=reason)
        value = self.survival[place] if place >= 0 else 1.0
        low, high = (self.low[place], self.high[place]) if place >= 0 else (None, 1.0)
        reason = ""
        if low is None:
            reason = f"nobody had ended by {unit.text(time)}, which shows no spread"
        elif high is None:
            reason = f"everybody still followed had ended by {unit.text(time)}, which shows no spread"
        n_eff = None if reason else (1 - value) / (value * self.greenwood[place])
        return Estimate(label, value, low, high, Unit.SHARE, self.n, method, self.level, n_eff=n_eff, reason=reason)

    def ended_by(self, time: float, unit: Unit = Unit.DAYS, *, label: str = "ended") -> Estimate:
        """Estimate the share that has ended by ``time``: 1 less :meth:`at`, the ends of its interval swapped."""
        left = self.at(time, unit, label=label)
        value, low, high = (None if end is None else 1 - end for end in (left.value, left.high, left.low))
        return Estimate(
            label, value, low, high, left.unit, left.n, left.method, left.level, n_eff=left.n_eff, reason=left.reason
        )

    def median(self, unit: Unit = Unit.DAYS, *, label: str = "half have ended after") -> Estimate:
        """Estimate the first time by which half have ended.

        The interval holds the times at which the log-log interval of the share holds one half; an end that following
        never reached is open.

        References
        ----------
        Brookmeyer and Crowley (1982), Biometrics 38:29-41.
        """
        value, low, high = (self.first_half(ends) for ends in (self.survival, self.low, self.high))
        longest, reason = unit.text(self.times[-1]), ""
        if value is None:
            reason = (
                f"not reached: {Unit.SHARE.text(self.survival[-1])} had not ended after {longest}, "
                "the longest anybody was followed"
            )
        elif low is None or high is None:
            reason = f"following up to {longest} leaves this end open"
        method = f"{METHOD} median, Brookmeyer-Crowley interval"
        return Estimate(label, value, low, high, unit, self.n, method, self.level, reason=reason)

    def first_half(self, shares: Sequence[float | None]) -> float | None:
        """Return the first time at which a share is one half or less; ``None`` if it never is."""
        pairs = zip(self.times, shares, strict=True)
        return next((time for time, one in pairs if one is not None and one <= HALF + TOLERANCE), None)

    def mean_until(self, time: float, unit: Unit = Unit.DAYS, *, label: str = "mean time") -> Estimate:
        """Estimate the mean time until the end, counting what lasts longer than ``time`` as ``time``.

        Returns
        -------
        Estimate
            The area under the curve up to ``time``, without a value past the last time anybody was followed. Its
            interval is held within 0 and ``time``: Greenwood's variance times ``m / (m - 1)`` for ``m`` ends, and
            Student's t, so that of durations all followed to the end it is the usual interval of a mean.

        Raises
        ------
        SettingError
            If ``time`` is negative or not finite.

        References
        ----------
        Kaplan and Meier (1958), JASA 53:457-481 (the correction). Klein and Moeschberger (2003), Survival Analysis,
        section 4.5.
        """
        time = elapsed(time)
        method = f"{METHOD} restricted mean, Student's t interval"
        if time > self.times[-1] and self.survival[-1] > 0:
            reason = f"nobody was followed for longer than {unit.text(self.times[-1])}"
            return Estimate(label, None, None, None, unit, self.n, method, self.level, reason=reason)
        kept = bisect_right(self.times, time)
        edges = np.array([0.0, *self.times[:kept], time])
        areas = np.diff(edges) * np.array([1.0, *self.survival[:kept]])
        after = np.cumsum(areas[::-1])[::-1][1:]
        left = np.array(self.at_risk[:kept], dtype=float)
        gone = np.array(self.ended[:kept], dtype=float)
        # Past the last end there is no area, so its endless variance adds nothing.
        spread = np.divide(gone, left * (left - gone), out=np.zeros(kept), where=left > gone)
        value, variance, ends = float(areas.sum()), float((after**2 * spread).sum()), float(gone.sum())
        if variance == 0 or ends == 1:
            reason = f"{'only one' if variance else 'nobody'} ended within {unit.text(time)} before others did"
            reason += ", which shows no spread"
            return Estimate(label, value, None, None, unit, self.n, method, self.level, reason=reason)
        half = quantile(self.level, self.n - 1) * math.sqrt(variance * ends / (ends - 1))
        low, high = max(value - half, 0.0), min(value + half, time)
        return Estimate(label, value, low, high, unit, self.n, method, self.level)


@dataclass(frozen=True)
class LogRank:
    """The log-rank test of groups: chi-square, degrees of freedom, p, and who ended of how many expected."""

    chi2: float
    df: int
    p: float
    observed: tuple[int, ...]
    expected: tuple[float, ...]


def kaplan_meier(
    durations: ArrayLike, ended: ArrayLike, *, counts: ArrayLike | None = None, level: float = 0.95
) -> Survival:
    """Estimate how many have not ended yet, by time, from single durations.

    Parameters
    ----------
    durations
        How long each was followed; finite and not negative, shape ``(n,)``.
    ended
        Whether it ended then; else it was last seen then and may end later.
    counts
        How many such there are, whole numbers; so an engine sends one row for each duration. 1 each if left out.

    Returns
    -------
    Survival
        Whoever was last seen at a time counts as followed when others end at that time.

    Raises
    ------
    TooFewError
        If there is nobody.

    References
    ----------
    Kaplan and Meier (1958), JASA 53:457-481. Kalbfleisch and Prentice (2002), section 1.4 (the log-log interval).

    Examples
    --------
    Of five, two end after 1 and 3 days; the others were last seen after 2, 4 and 4 days: 4/5, then 4/5 × 2/3.

    >>> curve = kaplan_meier([1, 2, 3, 4, 4], [True, False, True, False, False])
    >>> [round(share, 3) for share in curve.survival]
    [0.8, 0.8, 0.533, 0.533]
    """
    lasted = numbers(durations, "durations")
    over = numbers(ended, "ended")
    if not ((over == 0) | (over == 1)).all():
        raise SettingError("'ended' says of each duration whether it ended: True or False, and nothing else.")
    many = np.ones(lasted.shape, dtype=np.int64) if counts is None else whole(counts, "counts")
    if not lasted.shape == over.shape == many.shape:
        raise SettingError(f"{lasted.size} durations have {over.size} ends and {many.size} counts; give one each.")
    return kaplan_meier_counts(lasted, np.where(over == 1, many, 0), np.where(over == 1, 0, many), level=level)


def kaplan_meier_counts(times: ArrayLike, ended: ArrayLike, censored: ArrayLike, *, level: float = 0.95) -> Survival:
    """Estimate how many have not ended yet from counts by time; otherwise as :func:`kaplan_meier`.

    Parameters
    ----------
    times
        Finite and not negative, in any order; a time may stand there more than once.
    ended, censored
        How many ended, and how many were last seen, at each time; whole numbers.

    Examples
    --------
    >>> kaplan_meier_counts([1, 2, 3, 4], [1, 0, 1, 0], [0, 1, 0, 2]).at_risk
    (5, 4, 3, 2)
    """
    z = critical(level)
    stamps, gone, seen = numbers(times, "times"), whole(ended, "ended"), whole(censored, "censored")
    if not stamps.shape == gone.shape == seen.shape:
        raise SettingError(f"{stamps.size} times have {gone.size} and {seen.size} counts; give one each a time.")
    if (stamps < 0).any():
        raise SettingError("A duration is not below 0; leave out and count what ends before it begins.")
    there = (gone + seen) > 0
    at, places = np.unique(stamps[there], return_inverse=True)
    deaths, losses = np.zeros(at.size, dtype=np.int64), np.zeros(at.size, dtype=np.int64)
    np.add.at(deaths, places, gone[there])
    np.add.at(losses, places, seen[there])
    if at.size == 0:
        raise TooFewError("Nobody was followed, so nothing can be said of how long it takes; widen the period.")
    risk = np.cumsum((deaths + losses)[::-1])[::-1]
    left = risk.astype(float)
    survival = np.cumprod((risk - deaths) / left)
    terms = np.full(at.size, math.inf)
    np.divide(deaths, left * (left - deaths), out=terms, where=risk > deaths)
    greenwood = np.cumsum(terms)
    low, high = log_log(survival, greenwood, z)
    return Survival(
        times=tuple(at.tolist()),
        survival=tuple(survival.tolist()),
        low=low,
        high=high,
        at_risk=tuple(risk.tolist()),
        ended=tuple(deaths.tolist()),
        censored=tuple(losses.tolist()),
        greenwood=tuple(greenwood.tolist()),
        n=int(risk[0]),
        level=level,
    )


def log_rank(groups: Sequence[Survival]) -> LogRank:
    """Test whether groups end at the same pace.

    Parameters
    ----------
    groups
        One curve a group, of individuals or of counts.

    Raises
    ------
    SettingError
        If there are fewer than two groups.
    TooFewError
        If nobody ends while others go on, so that nothing can be compared.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50:163-170, with the hypergeometric variance.
    """
    if len(groups) < 2:
        raise SettingError(f"The log-rank test compares groups; there is {len(groups)}. Give two or more.")
    times = np.unique(np.concatenate([group.times for group in groups]))
    gone, left = np.zeros((len(groups), times.size)), np.zeros((len(groups), times.size))
    for row, group in enumerate(groups):
        own = np.array(group.times)
        gone[row, np.searchsorted(times, own)] = group.ended
        # At risk at a time is whoever was followed up to its own next time.
        following = np.searchsorted(own, times)
        left[row] = np.append(np.array(group.at_risk, dtype=float), 0.0)[following]
    deaths, risk = gone.sum(axis=0), left.sum(axis=0)
    parts = left / risk
    expected = (parts * deaths).sum(axis=1)
    spread = np.divide(deaths * (risk - deaths), risk - 1, out=np.zeros(times.size), where=risk > 1)
    variance = np.diag((parts * spread).sum(axis=1)) - (parts * spread) @ parts.T
    # A group nobody of which was followed when others ended says nothing; the last of the others follows from the rest.
    told = np.flatnonzero(np.diag(variance) > TOLERANCE)[:-1]
    if not told.size:
        raise TooFewError("Nobody ended while others went on, so the groups cannot be compared; widen the period.")
    gap = (gone.sum(axis=1) - expected)[told]
    chi2 = max(float(gap @ np.linalg.solve(variance[np.ix_(told, told)], gap)), 0.0)
    df = int(told.size)
    observed = tuple(int(count) for count in gone.sum(axis=1))
    return LogRank(chi2, df, float(chdtrc(df, chi2)), observed, tuple(expected.tolist()))


Ends = tuple[float | None, ...]


def log_log(shares: NDArray[np.floating], spreads: NDArray[np.floating], z: float) -> tuple[Ends, Ends]:
    """Return the ends of the log-log intervals of shares whose logs have the variances ``spreads``."""
    open_low, open_high = spreads == 0, ~np.isfinite(spreads)
    known = ~(open_low | open_high)
    half = np.zeros(shares.size)
    half[known] = z * np.sqrt(spreads[known]) / np.abs(np.log(shares[known]))
    low = np.where(open_high, 0.0, shares ** np.exp(half)).tolist()
    high = np.where(open_low, 1.0, shares ** np.exp(-half)).tolist()
    return (
        tuple(None if unknown else end for end, unknown in zip(low, open_low.tolist(), strict=True)),
        tuple(None if unknown else end for end, unknown in zip(high, open_high.tolist(), strict=True)),
    )

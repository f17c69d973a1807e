"""What customers without a contract will buy next: BG/NBD for how often, Gamma-Gamma for how much."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, digamma, expit, gammaln

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.fits import Floats, doubt, fitted
from pmlib.stats.inputs import SMALLEST, counts, elapsed, numbers
from pmlib.stats.shares import critical

LAST = 1e-13
"""A purchase less likely than this is the last one looked at."""
TAIL, MOST = 30, 30_000
"""Purchases fall below that within so many times their spread past the middle, and how many are looked at at most."""
FAR = 50.0
"""Logs of an upper end from which on it says nothing."""
REPEATERS = 10
"""Customers who bought again that are needed before a model is tried."""


@dataclass(frozen=True)
class BgNbd:
    """A fitted BG/NBD model: while a customer is alive they buy at random times; after each purchase they may leave.

    Purchase rates differ between customers as a gamma distribution with shape ``r`` and rate ``alpha`` (a time), the
    chance to leave after a purchase as a beta distribution with ``a`` and ``b``.

    Parameters
    ----------
    log_likelihood
        Of all customers, times in the unit that was given.
    n
        Customers.
    covariance
        Of the logs of the four parameters, shape ``(4, 4)``.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    n: int
    covariance: tuple[tuple[float, ...], ...]

    def at(self, parameters: Floats) -> "BgNbd":
        """Return the same model with other ``r``, ``alpha``, ``a`` and ``b``."""
        r, alpha, a, b = parameters.tolist()
        return replace(self, r=r, alpha=alpha, a=a, b=b)

    def parameters(self, *, level: float = 0.95) -> tuple[Estimate, ...]:
        """Return ``r``, ``alpha``, ``a`` and ``b`` with intervals that are symmetric on the log scale."""
        values = (self.r, self.alpha, self.a, self.b)
        return ranges(("r", "alpha", "a", "b"), values, self.covariance, self.n, "BG/NBD", level)

    def expected(self, time: float) -> float:
        """Return how many repeat purchases a new customer is expected to make within ``time`` of the first."""
        return float(self.purchases(time, 0.0, 0.0, 0.0))

    def alive(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """Return the chance that a customer has not left; 1 for who never bought again, who had no chance to leave."""
        x, last, until = history(frequency, recency, age)
        odds = (self.r + x) * (np.log(self.alpha + until) - np.log(self.alpha + last))
        odds = odds + math.log(self.a) - np.log(np.where(x > 0, self.b + x - 1, 1.0))
        return np.where(x > 0, expit(-odds), 1.0)

    def purchases(self, time: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """Return how many purchases a customer is expected to make in the next ``time``, given their history."""
        x, last, until = history(frequency, recency, age)
        return self.alive(x, last, until) * self.to_come(time, x, until)[0]

    def total(
        self,
        time: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        weights: ArrayLike | None = None,
        *,
        label: str = "purchases to come",
        level: float = 0.95,
    ) -> Estimate:
        """Estimate how many purchases these customers will make together in the next ``time``.

        The interval is one for the number itself: it holds the doubt about the parameters (delta method) and that
        customers buy at random.

        Returns
        -------
        Estimate
            Unit ``COUNT``; the ends are symmetric on the log scale.
        """
        (x, last, until), many = gathered(history(frequency, recency, age), weights)
        alive, (once, twice) = self.alive(x, last, until), self.to_come(time, x, until)
        value = float((many * alive * once).sum())
        chance = float((many * (alive * twice - (alive * once) ** 2)).sum())

        def expected(parameters: Floats) -> float:
            model = self.at(parameters)
            return float((many * model.purchases(time, x, last, until)).sum())

        variance = chance + doubt(expected, (self.r, self.alpha, self.a, self.b), self.covariance)
        method = "BG/NBD by maximum likelihood; delta method and the chance of single purchases"
        return spread(label, value, variance, Unit.COUNT, int(many.sum()), method, level)

    def to_come(self, time: float, x: Floats, age: Floats) -> tuple[Floats, Floats]:
        """Return the mean, and the mean square, of the purchases to come of a customer who is alive.

        Given a history and being alive, the purchase rate is gamma with ``r + x`` and ``alpha + age``, the chance to
        leave beta with ``a`` and ``b + x``, and they are independent. The k-th purchase is made if that many fall into
        the time and the customer did not leave after one of the k - 1 before; the sum over k needs no special functions
        that fail near ``a = 1``.
        """
        shape, left = np.broadcast_arrays(self.r + x, self.b + x)
        pace = elapsed(time) / (self.alpha + age)
        middle = shape * pace
        # How far the chances of many purchases reach: past the middle, each falls by its part 1 / (1 + pace).
        reach = float((middle + TAIL * (1 + pace + np.sqrt(middle * (1 + pace)))).max(initial=0.0))
        if reach > MOST:
            raise SettingError(
                f"{time:g} is too far ahead: a customer would make about {float(middle.max()):,.0f} purchases by then, "
                "or many more. Look ahead a shorter time."
            )
        away, log_chance = pace / (1 + pace), -shape * np.log1p(pace)
        chance, stays, k = np.exp(log_chance), np.ones(shape.shape), 1
        beyond = 1 - chance
        once, twice = np.zeros(shape.shape), np.zeros(shape.shape)
        # Logs, since thousands of purchases make the first chances 0; past the middle they fall, and rounding is left.
        while ((beyond > LAST) & ((k <= middle) | (chance > LAST))).any():
            part = np.maximum(beyond, 0.0) * stays
            once, twice = once + part, twice + (2 * k - 1) * part
            log_chance = log_chance + np.log(away * (shape + k - 1) / k)
            chance = np.exp(log_chance)
            beyond, stays, k = beyond - chance, stays * (left + k - 1) / (self.a + left + k - 1), k + 1
        return once, twice


@dataclass(frozen=True)
class GammaGamma:
    """A fitted Gamma-Gamma model of the value of a purchase, which does not depend on how often a customer buys.

    A customer's purchases are gamma with shape ``p``, their rates gamma with shape ``q`` and rate ``v`` (an amount).
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    n: int
    covariance: tuple[tuple[float, ...], ...]

    def parameters(self, *, level: float = 0.95) -> tuple[Estimate, ...]:
        """Return ``p``, ``q`` and ``v`` with intervals that are symmetric on the log scale."""
        return ranges(("p", "q", "v"), (self.p, self.q, self.v), self.covariance, self.n, "Gamma-Gamma", level)

    def mean(self, frequency: ArrayLike, value: ArrayLike) -> Floats:
        """Return the mean value of a customer's purchases, given ``frequency`` of them with mean ``value``.

        Few purchases lie near the mean of all customers, many near their own; 0 purchases give the mean of all.

        Raises
        ------
        TooFewError
            If ``q`` is 1 or less, so that the mean of all customers has no bounds.
        """
        if self.q <= 1:
            raise TooFewError(
                f"Values differ so much (q = {self.q:.2f}) that their mean has no bounds; use the median."
            )
        x, own = counts(frequency, "frequency").astype(float), numbers(value, "value")
        return self.p * (self.v + x * own) / (self.p * x + self.q - 1)


def bg_nbd(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, weights: ArrayLike | None = None) -> BgNbd:
    """Fit how often customers buy and when they leave, by maximum likelihood.

    Parameters
    ----------
    frequency
        Repeat purchases of each customer: periods with a purchase after the first one; 0 for who never came back.
    recency
        From the first purchase to the last, in any unit of time; 0 where ``frequency`` is 0.
    age
        From the first purchase to the end of the data, in the same unit.
    weights
        Customers with such a row, whole numbers; so an engine sends equal rows once. 1 each if left out.

    Raises
    ------
    SettingError
        If the rows are no histories: lengths that differ, a recency past the age.
    TooFewError
        If fewer than 10 customers bought again, or the likelihood has no clear maximum.

    References
    ----------
    Fader, Hardie and Lee (2005), Marketing Science 24:275-284.
    """
    (x, last, until), many = gathered(history(frequency, recency, age), weights)
    enough(float(many[x > 0].sum()))
    if not (until > 0).any():
        raise TooFewError("All customers bought first on the last day of the data; wait for more days.")
    # Times in units of their mean, so that a fit in days and one in weeks walk the same way.
    scale = float((many * until).sum() / many.sum())
    last, until = last / scale, until / scale

    def likelihood(logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(logs)
        again = x > 0
        stay = np.where(again, b + x - 1, 1.0)
        counts = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
        here = -(r + x) * np.log(alpha + until)
        gone = np.where(again, np.log(a) - np.log(stay) - (r + x) * np.log(alpha + last), -np.inf)
        either = np.logaddexp(here, gone)
        there, away = np.exp(here - either), np.exp(gone - either)
        slopes = (
            digamma(r + x) - digamma(r) + np.log(alpha) - there * np.log(alpha + until) - away * np.log(alpha + last),
            r / alpha - (r + x) * (there / (alpha + until) + away / (alpha + last)),
            digamma(a + b) - digamma(a + b + x) + away / a,
            digamma(a + b) + digamma(b + x) - digamma(b) - digamma(a + b + x) - away / stay,
        )
        by = np.array([(many * one).sum() for one in slopes]) * np.exp(logs)
        return float((many * (counts + either)).sum()), by

    starts = ((0.3, 0.3, 1.0, 2.0), (1.0, 1.0, 1.0, 1.0), (0.5, 0.5, 0.2, 2.0), (3.0, 1.0, 0.5, 5.0))
    found = fitted(likelihood, starts, "BG/NBD", ("r", "alpha", "a", "b"))
    r, alpha, a, b = found.values
    likely = found.log_likelihood - float((many * x).sum()) * math.log(scale)
    return BgNbd(r, alpha * scale, a, b, likely, int(many.sum()), found.covariance)


def gamma_gamma(frequency: ArrayLike, value: ArrayLike, weights: ArrayLike | None = None) -> GammaGamma:
    """Fit how much customers spend at a time, by maximum likelihood.

    Parameters
    ----------
    frequency
        Repeat purchases of each customer; who has none says nothing and is left out.
    value
        The mean value of the repeat purchases, the first one not among them; above 0.
    weights
        Customers with such a row, whole numbers. 1 each if left out.

    Raises
    ------
    SettingError
        If a repeat customer's mean value is not above 0.
    TooFewError
        If fewer than 10 customers bought again, or the likelihood has no clear maximum.

    References
    ----------
    Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value. Fader, Hardie and Lee (2005), Journal of Marketing
    Research 42:415-430.
    """
    bought = counts(frequency, "frequency").astype(float)
    (x, own), many = gathered((bought, numbers(value, "mean values", where=bought > 0)), weights)
    x, own, many = x[x > 0], own[x > 0], many[x > 0]
    if not (own >= SMALLEST).all():
        raise SettingError("A repeat customer's mean value is a number above 0; leave out and count purchases of 0.")
    enough(float(many.sum()))
    scale = float((many * own).sum() / many.sum())
    own = own / scale

    def likelihood(logs: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(logs)
        all_own = np.log(v + x * own)
        row = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v) + p * x * np.log(x * own)
        slopes = (
            x * (digamma(p * x + q) - digamma(p * x) + np.log(x * own) - all_own),
            digamma(p * x + q) - digamma(q) + np.log(v) - all_own,
            q / v - (p * x + q) / (v + x * own),
        )
        by = np.array([(many * one).sum() for one in slopes]) * np.exp(logs)
        return float((many * (row - np.log(own) - (p * x + q) * all_own)).sum()), by

    starts = ((5.0, 4.0, 0.6), (1.0, 2.0, 1.0), (10.0, 10.0, 1.0), (2.0, 1.2, 0.2))
    found = fitted(likelihood, starts, "Gamma-Gamma", ("p", "q", "v"))
    p, q, v = found.values
    likely = found.log_likelihood - float(many.sum()) * math.log(scale)
    return GammaGamma(p, q, v * scale, likely, int(many.sum()), found.covariance)


def history(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return histories as numbers of one shape, or refuse what no customer has."""
    shapes = {np.shape(one) for one in (frequency, recency, age)} - {()}
    if len(shapes) > 1:
        raise SettingError(
            f"Frequencies, recencies and ages have the shapes {sorted(shapes)}; give one each a customer."
        )
    named = ((frequency, "frequency"), (recency, "recency"), (age, "age"))
    x, last, until = np.broadcast_arrays(*(numbers(one, name) for one, name in named))
    good = (x >= 0) & (x == np.floor(x)) & (last >= 0) & (last <= until) & ((x > 0) == (last > 0))
    if not good.all():
        place = int(np.argmin(good))
        found = f"frequency {x.flat[place]:g}, recency {last.flat[place]:g}, age {until.flat[place]:g}"
        raise SettingError(
            f"No customer has {found}: a whole frequency, 0 <= recency <= age, a recency just where they bought again."
        )
    return x, last, until


def gathered(columns: tuple[Floats, ...], weights: ArrayLike | None) -> tuple[list[Floats], Floats]:
    """Return equal rows once, sorted, and the customers of each: what is summed does not hang on the order of rows."""
    size = columns[0].size
    many = np.ones(size) if weights is None else counts(weights, "weights").astype(float).ravel()
    if many.size != size:
        raise SettingError(f"{size} rows of customers have {many.size} weights; give one each.")
    rows = np.column_stack([column.ravel() for column in columns])[many > 0]
    once, places = np.unique(rows, axis=0, return_inverse=True)
    return list(once.T), np.bincount(places.ravel(), many[many > 0], minlength=len(once)).astype(float)


def enough(repeaters: float) -> None:
    """Refuse too few customers to learn from."""
    if repeaters < REPEATERS:
        raise TooFewError(f"{repeaters:g} customers bought again; a model of buying needs {REPEATERS} or more.")


def ranges(
    names: Sequence[str],
    values: Sequence[float],
    covariance: Sequence[Sequence[float]],
    n: int,
    model: str,
    level: float,
) -> tuple[Estimate, ...]:
    """Return parameters with their intervals."""
    method = f"{model} by maximum likelihood, normal interval on the log scale"
    each = zip(names, values, np.diag(np.array(covariance)).tolist(), strict=True)
    return tuple(spread(name, value, value * value * on, Unit.NUMBER, n, method, level) for name, value, on in each)


def spread(label: str, value: float, variance: float, unit: Unit, n: int, method: str, level: float) -> Estimate:
    """Return a positive number with an interval symmetric on the log scale."""
    if value == 0 or variance == 0:
        reason = "nothing is expected in no time"
        return Estimate(label, value, None, None, unit, n, method, level, reason=reason)
    logs = critical(level) * math.sqrt(variance) / value
    if logs > FAR:
        reason = "so little is expected that nothing can be said of the most"
        return Estimate(label, value, 0.0, None, unit, n, method, level, reason=reason)
    far = math.exp(logs)
    return Estimate(label, value, value / far, value * far, unit, n, method, level)

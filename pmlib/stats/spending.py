"""What customers without a contract will spend: how often they will buy, times how much."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from pmlib.core import Estimate, Unit
from pmlib.stats.fits import Floats, doubt
from pmlib.stats.inputs import numbers
from pmlib.stats.purchases import BgNbd, GammaGamma, gathered, history, spread


def spending(
    buying: BgNbd,
    values: GammaGamma,
    time: float,
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    value: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    unit: Unit = Unit.NUMBER,
    label: str = "spending to come",
    level: float = 0.95,
) -> Estimate:
    """Estimate what these customers will spend together in the next ``time``.

    The interval is one for the sum itself: it holds the doubt about both models' parameters (delta method) and that
    customers buy, and spend, at random. Both models take how much to be independent of how often.

    Parameters
    ----------
    buying, values
        What :func:`bg_nbd` and :func:`gamma_gamma` found.
    time
        How far to look ahead, in the unit of ``age``.
    frequency, recency, age, weights
        As for :func:`bg_nbd`.
    value
        The mean value of each one's repeat purchases; of no matter where ``frequency`` is 0.

    Returns
    -------
    Estimate
        In ``unit``, undiscounted. The ends are symmetric on the log scale; open where single values differ so much that
        their sum has no variance.

    Raises
    ------
    TooFewError
        If values differ so much that they have no mean.

    References
    ----------
    Fader, Hardie and Lee (2005), Journal of Marketing Research 42:415-430.
    """
    counts, last, until = history(frequency, recency, age)
    means = numbers(value, "mean values", where=counts > 0)
    (x, last, until, own), many = gathered((counts, last, until, means), weights)

    def each(model: BgNbd, amounts: GammaGamma) -> Floats:
        return model.purchases(time, x, last, until) * amounts.mean(x, own)

    def total(parameters: Floats) -> float:
        p, q, v = parameters[4:].tolist()
        return float((many * each(buying.at(parameters[:4]), replace(values, p=p, q=q, v=v))).sum())

    likely = each(buying, values)
    sum_of_all, n = float((many * likely).sum()), int(many.sum())
    method = "BG/NBD times Gamma-Gamma by maximum likelihood; delta method and the chance of single purchases"
    shape = values.q + values.p * x
    if (shape <= 2).any():
        reason = f"values differ so much (q = {values.q:.2f}) that their sum has no variance"
        return Estimate(label, sum_of_all, None, None, unit, n, method, level, reason=reason)
    # Of a customer's gamma rate: the mean of its inverse square. A sum of N values p / rate in the mean has the mean
    # square (N p + N² p²) / rate².
    square = (values.v + x * own) ** 2 / ((shape - 1) * (shape - 2))
    once, twice = buying.to_come(time, x, until)
    alive = buying.alive(x, last, until)
    chance = float((many * (alive * square * (once * values.p + twice * values.p**2) - likely**2)).sum())
    covariance = np.zeros((7, 7))
    covariance[:4, :4], covariance[4:, 4:] = buying.covariance, values.covariance
    parameters = (buying.r, buying.alpha, buying.a, buying.b, values.p, values.q, values.v)
    variance = chance + doubt(total, parameters, covariance.tolist())
    return spread(label, sum_of_all, variance, unit, n, method, level)

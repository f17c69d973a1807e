"""Models of buying: customers who differ in how easily they leave, or who are all alike in that."""

import numpy as np
from scipy.special import digamma, gammaln

from pmlib.core import TooFewError
from pmlib.stats.fits import Floats, fitted
from pmlib.stats.purchases import BgNbd, bg_nbd

ALIKE = 1e9
"""Parameter ``b`` of a beta distribution so narrow that all customers are alike."""


def buying(again: Floats, recency: Floats, age: Floats, customers: Floats) -> BgNbd:
    """Fit how often customers buy and when they leave.

    BG/NBD where it settles. Where it does not, since customers do not differ in how easily they leave, its limit: one
    chance to leave after each purchase for all of them.

    Parameters
    ----------
    again, recency, age, customers
        As :func:`pmlib.stats.bg_nbd` takes them.

    Raises
    ------
    TooFewError
        If too few bought again, or the data do not show that anybody leaves.
    """
    try:
        return bg_nbd(again, recency, age, customers)
    except TooFewError as error:
        # Where customers differ so much, or so few are there, that this fails too, the first reason is the one to read.
        try:
            return leaving_alike(again, recency, age, customers)
        except TooFewError:
            raise TooFewError(f"How customers buy cannot be told: {error}") from error


def alike(model: BgNbd) -> bool:
    """Whether a model takes all customers to leave as easily."""
    return model.b == ALIKE


def leaving_alike(again: Floats, recency: Floats, age: Floats, customers: Floats) -> BgNbd:
    """Fit BG/NBD at its limit of a single chance to leave: with ``a`` and ``b`` growing, ``a / b`` fixed."""
    scale = float((customers * age).sum() / customers.sum()) or 1.0
    last, until, back = recency / scale, age / scale, again > 0

    def likelihood(logs: Floats) -> tuple[float, Floats]:
        r, alpha, odds = np.exp(logs)
        counts = gammaln(r + again) - gammaln(r) + r * np.log(alpha) - again * np.log1p(odds)
        here = -(r + again) * np.log(alpha + until)
        gone = np.where(back, np.log(odds) - (r + again) * np.log(alpha + last), -np.inf)
        either = np.logaddexp(here, gone)
        there, away = np.exp(here - either), np.exp(gone - either)
        waited = there * np.log(alpha + until) + away * np.log(alpha + last)
        slopes = (
            digamma(r + again) - digamma(r) + np.log(alpha) - waited,
            r / alpha - (r + again) * (there / (alpha + until) + away / (alpha + last)),
            -again / (1 + odds) + away / odds,
        )
        by = np.array([(customers * one).sum() for one in slopes]) * np.exp(logs)
        return float((customers * (counts + either)).sum()), by

    starts = ((0.3, 0.3, 0.3), (1.0, 1.0, 0.1), (3.0, 1.0, 0.02))
    found = fitted(likelihood, starts, "the model of buying", ("r", "alpha", "the chance to leave"))
    r, alpha, odds = found.values
    # The odds are a / b, and b stands still.
    covariance = np.zeros((4, 4))
    covariance[:3, :3] = found.covariance
    likely = found.log_likelihood - float((customers * again).sum()) * float(np.log(scale))
    rows = tuple(tuple(row) for row in covariance.tolist())
    return BgNbd(r, alpha * scale, odds * ALIKE, ALIKE, likely, int(customers.sum()), rows)

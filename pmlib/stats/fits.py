"""Where a likelihood is highest, and how sharply it falls from there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pmlib.core import TooFewError

Floats = NDArray[np.float64]
Likelihood = Callable[[Floats], tuple[float, Floats]]
"""From the logs of the parameters to the log-likelihood and its slopes along them."""

WIDE = 12.0
"""Logs of parameters are looked for within this many of 0."""
STEP = 1e-5
"""Step of a numerical second derivative, on the log scale."""
NEWTON = 20
"""Steps to walk from near the top to the top."""
NEAR = 1e-9
"""Log-likelihood still to be gained at what counts as the top."""


@dataclass(frozen=True)
class Fit:
    """Parameters at the maximum, the log-likelihood there, and the covariance of the parameters' logs."""

    values: tuple[float, ...]
    log_likelihood: float
    covariance: tuple[tuple[float, ...], ...]


def fitted(likelihood: Likelihood, starts: Sequence[Sequence[float]], name: str, parameters: Sequence[str]) -> Fit:
    """Find the positive parameters of highest likelihood, from several starts.

    Parameters
    ----------
    likelihood
        The log-likelihood and its slopes, given the logs of the parameters.
    starts
        Parameters to begin at; the highest of the maxima found is kept.
    name, parameters
        The model's name and its parameters', for the words of an error.

    Raises
    ------
    TooFewError
        If a parameter runs off, or the likelihood does not fall to all sides of the best place found: the data do not
        tell the parameters apart.

    Examples
    --------
    Two events in 8 hours: the rate of the highest likelihood is 2 / 8, its log has the variance 1 / 2.

    >>> def poisson(logs):
    ...     return 2 * logs[0] - 8 * np.exp(logs[0]), 2 - 8 * np.exp(logs)
    >>> found = fitted(poisson, [[1.0]], "Poisson", ["rate"])
    >>> round(found.values[0], 9), round(found.covariance[0][0], 4)
    (0.25, 0.5)
    """
    # Loaded here, since it takes longer to load than most questions take, and most fit nothing.
    from scipy.optimize import minimize

    def depth(logs: Floats) -> tuple[float, Floats]:
        height, slopes = likelihood(logs)
        return -height, -slopes

    bounds = [(-WIDE, WIDE)] * len(parameters)
    walks = [minimize(depth, np.log(start), jac=True, method="SLSQP", bounds=bounds) for start in starts]
    places = [np.asarray(walk.x, dtype=float) for walk in walks]
    at = places[int(np.argmin([float(walk.fun) for walk in walks]))]
    for _ in range(NEWTON):
        off = [one for one, log in zip(parameters, at, strict=True) if abs(log) > WIDE - 0.5]
        if off:
            raise unsettled(name, f"{' and '.join(off)} {'run' if len(off) > 1 else 'runs'} off without end")
        slopes, bends = likelihood(at)[1], information(likelihood, at)
        if not (np.isfinite(bends).all() and float(np.linalg.eigvalsh(bends)[0]) > 0):
            raise unsettled(name, "its likelihood has no peak")
        covariance = np.linalg.inv(bends)
        step = covariance @ slopes
        at = at + step / max(1.0, float(np.abs(step).max()))
        if float(slopes @ step) / 2 < NEAR:
            values = tuple(float(value) for value in np.exp(at))
            return Fit(values, float(likelihood(at)[0]), tuple(tuple(row) for row in covariance.tolist()))
    raise unsettled(name, f"after {NEWTON} steps it is still climbing")


def information(likelihood: Likelihood, at: Floats) -> Floats:
    """Return how sharply the log-likelihood falls: its second derivatives, turned round."""
    size = at.size
    rows = [(likelihood(at - step)[1] - likelihood(at + step)[1]) / (2 * STEP) for step in STEP * np.eye(size)]
    bends = np.array(rows)
    return (bends + bends.T) / 2


def doubt(
    value: Callable[[Floats], float], parameters: Sequence[float], covariance: Sequence[Sequence[float]]
) -> float:
    """Return the variance that the doubt about fitted parameters gives a value made of them (delta method)."""
    logs = np.log(parameters)
    slopes = np.array(
        [(value(np.exp(logs + step)) - value(np.exp(logs - step))) / (2 * STEP) for step in STEP * np.eye(logs.size)]
    )
    return float(slopes @ np.array(covariance) @ slopes)


def unsettled(name: str, why: str) -> TooFewError:
    """Say that a model does not fit, and what to do."""
    return TooFewError(
        f"{name} does not settle on these customers: {why}. They do not show what it needs to tell; "
        "give it more customers or a longer time, or leave the model out."
    )

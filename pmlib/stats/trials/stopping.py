"""What group-sequential looks cost and gain, and the estimate once a test has stopped."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import ndtr, ndtri

from pmlib.core import Estimate, SettingError
from pmlib.stats.inputs import number
from pmlib.stats.shares import critical
from pmlib.stats.trials.crossing import exits
from pmlib.stats.trials.sequential import Look, p_value


@dataclass(frozen=True)
class Course:
    """How a test with looks goes under a true effect.

    Parameters
    ----------
    power
        Chance to call the effect, on its own side, at one of the looks.
    wrong
        Chance to call an effect on the other side.
    called
        Chance to call something at each look first, both sides together.
    units
        Units the test has on average when it stops, at a crossing or at its last look.
    """

    power: float
    wrong: float
    called: tuple[float, ...]
    units: float


def course(looks: Sequence[Look], drift: float) -> Course:
    """Tell how a test goes under an effect.

    Parameters
    ----------
    looks
        All looks of the plan, the last one last.
    drift
        The effect in standard errors of the last look: what Z is there on average. 2.80 gives a test read once a
        power of 80% at an alpha of 5%.

    Examples
    --------
    >>> from pmlib.stats.trials.sequential import looks
    >>> weekly = course(looks([1000, 2000, 3000, 4000], 4000), 2.8016)
    >>> f"{weekly.power:.3f} after {weekly.units:,.0f} units on average"
    '0.792 after 3,305 units on average'
    """
    planned(looks)
    drift = float(number(drift, "drift"))
    upper, lower = exits([look.units / looks[-1].units for look in looks], [look.bound for look in looks], drift)
    power, wrong = float(upper.sum()), float(lower.sum())
    if drift < 0:
        power, wrong = wrong, power
    called = [float(chance) for chance in upper + lower]
    saved = sum(chance * (looks[-1].units - look.units) for chance, look in zip(called, looks, strict=True))
    return Course(power, wrong, tuple(called), looks[-1].units - saved)


def drift_needed(looks: Sequence[Look], *, power: float = 0.8) -> float:
    """Return the effect, in standard errors of the last look, that the looks call with a power.

    Examples
    --------
    >>> from pmlib.stats.trials.sequential import looks
    >>> f"{drift_needed(looks([1], 1)):.4f} {drift_needed(looks([1, 2, 3], 3)):.4f}"
    '2.8016 2.8195'
    """
    planned(looks)
    least = course(looks, 0.0).power
    if not least < number(power, "power") < 1:
        raise SettingError(f"Power lies between {least:.3g} and 1 here, not at {power:g}. Use 0.8 for four in five.")
    return reached([look.units for look in looks], [look.bound for look in looks], float(power))


def inflation(looks: Sequence[Look], *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return how many times the units of a test read once the looks need for the same power; 1 for one look.

    Jennison and Turnbull (2000), Group Sequential Methods, chapter 2, tabulate it for bounds of other families.

    Examples
    --------
    >>> from pmlib.stats.trials.sequential import looks
    >>> f"{inflation(looks([1, 2, 3, 4, 5], 5)):.3f}"
    '1.025'
    """
    once = critical(1 - alpha) + float(ndtri(power))
    return (drift_needed(looks, power=power) / once) ** 2


@dataclass(frozen=True)
class Stagewise:
    """The end of a test in standard errors of its last look: value, interval, and two-sided p-value."""

    value: float
    low: float
    high: float
    p: float


def stagewise(looks: Sequence[Look], z: float, *, level: float = 0.95) -> Stagewise:
    """Estimate the drift of a test that has stopped at the last of ``looks`` with the statistic ``z``.

    An end is the more extreme the earlier it crossed, and at the same look the farther. The value is too high as
    often as too low, the interval covers as it says, and it excludes 0 exactly when a bound was crossed, where
    ``level`` is that of the test.

    Raises
    ------
    SettingError
        If the test has not stopped there.

    References
    ----------
    Tsiatis, Rosner and Mehta (1984), Biometrics 40:797-803.

    Examples
    --------
    >>> from pmlib.stats.trials.sequential import looks
    >>> end = stagewise(looks([1, 2], 3), 2.9)
    >>> f"{end.value:.2f} ({end.low:.2f} to {end.high:.2f}), p = {end.p:.4f}"
    '2.90 (0.93 to 4.86), p = 0.0038'
    """
    z, last = float(number(z, "z")), looks[-1]
    if not last.last and abs(z) <= last.bound:
        raise SettingError(
            f"The test runs on: Z is {z:.2f} at its last look, within ±{last.bound:.2f}. Show the repeated interval "
            "of that look, or make it the last with final=True."
        )
    half = float(ndtr(critical(level)))
    units, bounds = [look.units for look in looks], [*(look.bound for look in looks[:-1]), abs(z)]
    low, value, high = (reached(units, bounds, chance) for chance in (1 - half, 0.5, half))
    p = min(1.0, 2 * float(exits(units, bounds)[0].sum()))
    if z < 0:
        low, value, high = -high, -value, -low
    return Stagewise(value, low, high, max(p, sys.float_info.min))


def adjusted(found: Estimate, looks: Sequence[Look], *, level: float = 0.95) -> Estimate:
    """Correct the estimate of a test that has stopped for having been looked at.

    A test that stops where it crosses stops on its high days: its plain estimate is biased away from 0.

    Parameters
    ----------
    found
        A difference or lift at the look that stopped the test, with the p-value of its own test, at any level. Z
        and the standard error are taken from value and p, so that the result agrees with that test; of a lift it is
        an approximation.
    looks
        The looks taken, that one last.

    Returns
    -------
    Estimate
        The median-unbiased value, the interval and p-value of the stage-wise ordering.

    Raises
    ------
    SettingError
        If the test has not stopped, or the estimate has no value or p-value.
    """
    if found.value is None or found.p is None:
        raise SettingError(f"'{found.label}' has no value with a p-value to adjust; show it as it is.")
    z = math.copysign(-float(ndtri(p_value(found.p) / 2)), found.value)
    method = f"{found.method}; median-unbiased, interval by stage-wise ordering of the looks"
    if found.value == 0 or z == 0:
        if found.low is None or found.high is None:
            raise SettingError(
                f"'{found.label}' is 0 without an interval, so its error is not known; show it as it is."
            )
        z, error = 0.0, (found.high - found.low) / 2 / critical(found.level)
    else:
        error = found.value / z
    end = stagewise(looks, z, level=level)
    return replace(
        found,
        value=end.value * error,
        low=end.low * error,
        high=end.high * error,
        p=end.p,
        level=level,
        method=method,
        reason="",
    )


def reached(units: Sequence[float], bounds: Sequence[float], chance: float) -> float:
    """Find the drift, at the last look's units, that crosses the upper bounds with a chance."""
    clock, target = [one / units[-1] for one in units], float(ndtri(chance))

    def short(drift: float) -> float:
        """How far the chance at a drift lies below the one asked for, in standard deviations."""
        crossed = float(exits(clock, bounds, drift)[0].sum())
        if crossed < 0.5:
            return target - float(ndtri(max(crossed, sys.float_info.min)))
        return target + float(ndtri(max(1 - crossed, sys.float_info.epsilon)))

    from scipy.optimize import brentq

    start = bounds[-1] + target
    low, high = start - 1.0, start + 1.0
    while short(low) < 0:
        low -= 2.0
    while short(high) > 0:
        high += 2.0
    return float(brentq(short, low, high, xtol=1e-10))


def planned(looks: Sequence[Look]) -> None:
    """Refuse looks that do not go to the end of a plan."""
    if not looks or not looks[-1].last:
        raise SettingError("The looks do not reach the end of the plan; add the last one, with all planned units.")

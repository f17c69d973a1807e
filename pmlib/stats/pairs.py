"""Two estimates that may share a part of their uncertainty: their difference, and one over the other."""

import math
import sys
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.inputs import number

ALIKE = "no unit differs from another within its group"


def fieller(
    a: float, b: float, v11: float, v12: float, v22: float, q: float
) -> tuple[float | None, float | None, float]:
    """Return Fieller's interval of ``a / b``, and ``g``, the squared part of ``b`` that its uncertainty makes up.

    Parameters
    ----------
    a, b
        Estimates, jointly normal.
    v11, v12, v22
        Variance of ``a``, their covariance, variance of ``b``.
    q
        Two-sided quantile of Student's t or the normal distribution.

    Returns
    -------
    tuple
        ``low``, ``high``, ``g``. With ``g >= 1`` the denominator cannot be told from 0, and both ends are ``None``.

    References
    ----------
    Fieller (1954), JRSS B 16:175-185.

    Examples
    --------
    >>> low, high, g = fieller(14, 7, 1.5, 0, 4 / 6, 2.228139)
    >>> round(low, 2), round(high, 2)
    (1.46, 2.83)
    """
    g = q * q * v22 / (b * b) if b else math.inf
    if g >= 1:
        return None, None, g
    # The roots in r of (a - r b)² = q² (v11 - 2 r v12 + r² v22), divided by b².
    ratio, first, cross, second = a / b, v11 / b / b, v12 / b / b, v22 / b / b
    spread = first - 2 * ratio * cross + ratio * ratio * second - q * q * (first * second - cross * cross)
    half = q * math.sqrt(max(spread, 0.0))
    middle = ratio - q * q * cross
    return (middle - half) / (1 - g), (middle + half) / (1 - g), g


@dataclass(frozen=True)
class Pair:
    """Two estimates, of a group and of its base, that may share a part of their uncertainty.

    What adjusted means end in: the difference and the lift here always decide alike.

    Parameters
    ----------
    group, base
        The estimates.
    spread
        Variance of ``group - base``.
    error
        Variance of ``base``.
    cross
        Covariance of ``group - base`` with ``base``; ``-error`` where the two are independent.
    df
        Degrees of freedom of ``spread``.
    n
        Units in both.

    Examples
    --------
    >>> print(Pair(11.0, 10.0, spread=0.16, error=0.08, cross=-0.08, df=98, n=100).lift("Fieller's interval"))
    10.0% (95% interval 2.0% to 18.7%)
    """

    group: float
    base: float
    spread: float
    error: float
    cross: float
    df: float
    n: int

    def __post_init__(self) -> None:
        for name in ("group", "base", "spread", "error", "cross", "df"):
            if not math.isfinite(getattr(self, name)):
                raise SettingError(f"A pair of estimates has {getattr(self, name)} for '{name}'; all must be finite.")
        if self.spread < 0 or self.error < 0 or self.df <= 0:
            raise SettingError("A pair of estimates has a variance below 0 or no degrees of freedom.")

    def difference(
        self, method: str, *, unit: Unit = Unit.NUMBER, label: str = "difference", level: float = 0.95
    ) -> Estimate:
        """Estimate ``group - base`` with Student's t interval and test."""
        value = self.group - self.base
        if self.spread == 0:
            return Estimate(label, value, None, None, unit, self.n, method, level, reason=ALIKE)
        half = quantile(level, self.df) * math.sqrt(self.spread)
        return Estimate(label, value, value - half, value + half, unit, self.n, method, level, self.p)

    def lift(self, method: str, *, label: str = "lift", level: float = 0.95) -> Estimate:
        """Estimate ``(group - base) / |base|`` with Fieller's interval, which excludes 0 where the test rejects."""
        if self.base == 0 or self.spread == 0:
            reason = "the base is 0" if self.base == 0 else ALIKE
            return Estimate(label, None, None, None, Unit.LIFT, self.n, method, level, reason=reason)
        gap = self.group - self.base
        # Of the difference, not of the ratio less 1, which would lose the digits that the two means have in common.
        low, high, _ = fieller(gap, self.base, self.spread, self.cross, self.error, quantile(level, self.df))
        # Divide by |base|: with a negative base, from -10 to -15 is a fall of 50 %, not a rise.
        value, sign = gap / abs(self.base), math.copysign(1, self.base)
        if low is None or high is None:
            reason = "the base cannot be told from 0, so a ratio to it has no bounds"
            return Estimate(label, value, None, None, Unit.LIFT, self.n, method, level, self.p, reason=reason)
        if low == high:
            # All of the group are 0, so the ratio is 0 whatever the base is: that is no knowledge of it.
            reason = "no unit of the group differs from another"
            return Estimate(label, value, None, None, Unit.LIFT, self.n, method, level, self.p, reason=reason)
        ends = sorted((sign * low, sign * high))
        return Estimate(label, value, ends[0], ends[1], Unit.LIFT, self.n, method, level, self.p)

    @property
    def p(self) -> float | None:
        """Two-sided p of no difference; ``None`` where there is no spread."""
        if self.spread == 0:
            return None
        return student_p((self.group - self.base) / math.sqrt(self.spread), self.df)


def student_p(t: float, df: float) -> float:
    """Return Student's two-sided p; where it is smaller than any number, the smallest there is, never 0.

    Examples
    --------
    >>> student_p(60.0, 1e9) > 0
    True
    """
    return max(2 * float(stdtr(df, -abs(t))), sys.float_info.min)


def quantile(level: float, df: float) -> float:
    """Return the two-sided quantile of Student's t."""
    if not 0 < number(level, "level") < 1:
        raise SettingError(f"A confidence level lies between 0 and 1, not at {level}. Use 0.95 for 95%.")
    return float(stdtrit(df, (1 + level) / 2))

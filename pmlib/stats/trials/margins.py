"""Non-inferiority: whether what may be lost is less than the margin that was agreed on."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr, stdtr

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.inputs import number
from pmlib.stats.means import Moments, freedom, mean_lift
from pmlib.stats.shares import counted, ratio_score, share_lift

State = Literal["superior", "non-inferior", "inconclusive", "inferior"]
Better = Literal["up", "down"]

SMALLEST = math.ulp(0.0)
"""A chance below what floats can hold is printed as the smallest they hold, never as 0."""


@dataclass(frozen=True)
class Margin:
    """What may be said of a metric that must not lose more than a margin.

    Parameters
    ----------
    state
        ``"superior"``: clearly better. ``"non-inferior"``: a loss of the margin or more is ruled out.
        ``"inferior"``: the loss is clearly more than the margin. ``"inconclusive"``: neither is shown.
    worse
        Whether it is clearly worse than control; a metric may be non-inferior and worse.
    p
        One-sided p-value of the test that the loss is the margin or more; ``None`` where there is no test.
    margin
        The loss still accepted, relative: 0.02 is two per cent.
    better
        Whether more is better, ``"up"``, or less, ``"down"``.
    lift
        The relative lift with its two-sided interval, whose ends are compared with :attr:`bound`.
    """

    state: State
    worse: bool
    p: float | None
    margin: float
    better: Better
    lift: Estimate

    @property
    def bound(self) -> float:
        """The lift at which the loss is the margin: -0.02 where more is better, 0.02 where less is."""
        return -self.margin if self.better == "up" else self.margin

    @property
    def passed(self) -> bool:
        """Whether a loss of the margin or more is ruled out."""
        return self.state in {"superior", "non-inferior"}

    @property
    def words(self) -> str:
        """The state in a few words.

        Examples
        --------
        >>> mean_margin(Moments(5000, 9.8, 4.0), Moments(5000, 10.0, 4.0), 0.05).words
        'non-inferior, a loss of 5.0% or more is ruled out, yet clearly worse than control'
        """
        loss = f"a {'loss' if self.better == 'up' else 'rise'} of {Unit.LIFT.text(self.margin)}"
        reason = f" ({self.lift.reason})" if self.lift.reason else ""
        said = {
            "superior": "superior, clearly better than control",
            "non-inferior": f"non-inferior, {loss} or more is ruled out",
            "inconclusive": f"inconclusive, {loss} is neither ruled out nor shown{reason}",
            "inferior": f"inferior, clearly more than {loss}",
        }[self.state]
        return f"{said}, yet clearly worse than control" if self.worse and self.state != "inferior" else said


def mean_margin(
    group: Moments,
    base: Moments,
    margin: float,
    *,
    better: Better = "up",
    label: str = "lift",
    level: float = 0.95,
) -> Margin:
    """Test whether a mean loses less than a margin, relative to the base.

    Parameters
    ----------
    margin
        The loss still accepted, fixed beforehand and relative: 0.02 is two per cent of the base.
    level
        Of the two-sided interval; the test is one-sided at half of ``1 - level``.

    Returns
    -------
    Margin
        Non-inferior exactly when the end of the lift's Fieller interval that bounds the loss clears the margin. Where
        the base cannot be told from 0 and that interval is open, the test still may rule the loss out, and never
        shows it.

    Raises
    ------
    SettingError
        If the margin is no fraction above 0.
    TooFewError
        If a group has fewer than 2 units.

    References
    ----------
    The linear test ``m_T - (1 - margin) m_C``: Sasabuchi (1980), Biometrika 67:429-439, and Hauschke, Kieser and
    Hothorn (1999), Biometrical Journal 41:295-304; with the degrees of freedom of Welch's test, as Fieller's interval.

    Examples
    --------
    >>> found = mean_margin(Moments(5000, 9.9, 4.0), Moments(5000, 10.0, 4.0), 0.02)
    >>> found.state, found.worse, round(found.p, 4)
    ('non-inferior', True, 0.0058)
    """
    loss = accepted(margin, better)
    lift = mean_lift(group, base, label=label, level=level)
    # The loss is a part of |base|: with a negative base, (1 + margin) times it is the worst accepted.
    toward = math.copysign(1.0, base.mean) * (-loss if better == "up" else loss)
    spread = group.error + (1 + toward) ** 2 * base.error
    if group.error + base.error == 0 or spread == 0:
        return Margin("inconclusive", False, None, loss, better, lift)
    df = freedom(group, base)
    sign = 1 if better == "up" else -1
    p = float(stdtr(df, -sign * (group.mean - (1 + toward) * base.mean) / math.sqrt(spread)))
    both = float(stdtr(df, -sign * (group.mean - base.mean) / math.sqrt(group.error + base.error)))
    return judged(p, both, loss, better, lift)


def share_margin(
    hits: int,
    n: int,
    base_hits: int,
    base_n: int,
    margin: float,
    *,
    better: Better = "up",
    label: str = "lift",
    level: float = 0.95,
) -> Margin:
    """Test whether a share loses less than a margin, relative to the base.

    Returns
    -------
    Margin
        Non-inferior exactly when the end of :func:`pmlib.stats.shares.share_lift` that bounds the loss clears the
        margin; test and interval are the same score statistic.

    Raises
    ------
    SettingError
        If the margin is no fraction above 0, or the counts are none of a share.
    TooFewError
        If a group is empty.

    References
    ----------
    Farrington and Manning (1990), Statistics in Medicine 9:1447-1454, with the factor ``N / (N - 1)`` of Miettinen
    and Nurminen (1985), Statistics in Medicine 4:213-226.

    Examples
    --------
    >>> found = share_margin(4950, 50_000, 5000, 50_000, 0.05)
    >>> found.state, round(found.p, 4)
    ('non-inferior', 0.0151)
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, label), counted(base_hits, base_n, label)
    loss = accepted(margin, better)
    lift = share_lift(hits, n, base_hits, base_n, label=label, level=level)
    sign, ratio = (1, 1 - loss) if better == "up" else (-1, 1 + loss)
    p = float(ndtr(-sign * ratio_score(hits, n, base_hits, base_n, ratio)))
    both = float(ndtr(-sign * ratio_score(hits, n, base_hits, base_n, 1.0)))
    return judged(p, both, loss, better, lift)


def judged(p: float, both: float, loss: float, better: Better, lift: Estimate) -> Margin:
    """Name the state, from the p-values of a loss within the margin and of a gain."""
    alpha = (1 - lift.level) / 2
    state: State = "inconclusive"
    if both < alpha:
        state = "superior"
    elif p < alpha:
        state = "non-inferior"
    # Of which sign the base is must be known before a loss relative to it can be shown.
    elif 1 - p < alpha and (lift.low if better == "down" else lift.high) is not None:
        state = "inferior"
    return Margin(state, 1 - both < alpha, max(p, SMALLEST), loss, better, lift)


def interval_margin(lift: Estimate, margin: float, *, better: Better = "up") -> Margin:
    """Name the state of a lift that comes as an interval alone, such as a quantile's or one repeated over looks.

    Examples
    --------
    >>> interval_margin(Estimate("lift", -0.01, -0.018, -0.002, Unit.LIFT, 900, "Fieller"), 0.02).words
    'non-inferior, a loss of 2.0% or more is ruled out, yet clearly worse than control'
    """
    loss = accepted(margin, better)
    worst, best = (lift.low, lift.high) if better == "up" else (lift.high, lift.low)
    # Turned so that more is better; an open end bounds nothing.
    sign = 1 if better == "up" else -1
    least = -math.inf if worst is None else sign * worst
    most = math.inf if best is None else sign * best
    state: State = "inconclusive"
    if least > 0:
        state = "superior"
    elif least > -loss:
        state = "non-inferior"
    elif most < -loss:
        state = "inferior"
    return Margin(state, most < 0, None, loss, better, lift)


def accepted(margin: float, better: Better) -> float:
    """Return the margin, or refuse what is none."""
    loss = float(number(margin, "margin"))
    if better not in {"up", "down"}:
        raise SettingError(f"A metric is better 'up' or 'down', not {better!r}.")
    if loss <= 0 or (better == "up" and loss >= 1):
        raise SettingError(
            f"The margin is {margin}; give the relative loss still accepted as a fraction above 0"
            f"{' and below 1' if better == 'up' else ''}, such as 0.02 for 2%."
        )
    return loss

"""Non-inferiority: whether what may be lost is less than the margin that was agreed on."""

import math
from dataclasses import dataclass
from typing import Literal

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.inputs import number

State = Literal["superior", "non-inferior", "inconclusive", "inferior"]
Better = Literal["up", "down"]


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
    margin
        The loss still accepted, relative: 0.02 is two per cent.
    better
        Whether more is better, ``"up"``, or less, ``"down"``.
    lift
        The relative lift with its two-sided interval, whose ends are compared with :attr:`bound`.
    """

    state: State
    worse: bool
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
        >>> interval_margin(Estimate("lift", -0.02, -0.028, -0.012, Unit.LIFT, 900, "Fieller"), 0.05).words
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


def interval_margin(lift: Estimate, margin: float, *, better: Better = "up") -> Margin:
    """Tell whether a lift loses less than a margin, by the end of its interval that bounds the loss.

    Of Fieller's interval that end clears the margin exactly where the linear test ``m_T - (1 - margin) m_C`` rejects at
    half of ``1 - level``, and of Miettinen and Nurminen's where their score test does; an open end bounds nothing.

    Parameters
    ----------
    margin
        The loss still accepted, fixed beforehand and relative: 0.02 is two per cent of the base.

    Raises
    ------
    SettingError
        If the margin is no fraction above 0.

    References
    ----------
    Sasabuchi (1980), Biometrika 67:429-439, and Hauschke, Kieser and Hothorn (1999), Biometrical Journal 41:295-304;
    of shares: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454.

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
    return Margin(state, most < 0, loss, better, lift)


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

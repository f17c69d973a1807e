"""Simpson's paradox: arms whose segments weigh differently, and an overall effect none of them shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from pmlib.core import SettingError, TooFewError
from pmlib.stats.means import Moments
from pmlib.stats.trials.segments import SMALLEST, own

ALARM = 0.001
"""As for a split that is not as planned."""


@dataclass(frozen=True)
class Simpson:
    """Whether segments weigh differently in the arms, and what that does to the effect.

    Parameters
    ----------
    p
        Chance of so different a mix if the split were the same in all segments.
    crude
        Difference of the arms' means over all units.
    standardised
        The same with each segment weighed by its units in both arms together.
    against
        Segments whose own difference has the other sign than ``crude``.
    segments
        Segments with units in both arms.
    """

    p: float
    crude: float
    standardised: float
    against: int
    segments: int

    @property
    def alarm(self) -> bool:
        """Whether the arms' mixes differ by more than chance does."""
        return self.p < ALARM

    @property
    def reversed(self) -> bool:
        """Whether no segment shows the sign the whole does, or the whole loses its sign once mixes are made equal."""
        return self.crude != 0 and (self.against == self.segments or self.crude * self.standardised < 0)

    @property
    def words(self) -> str:
        """What to doubt, or ``""``."""
        if self.reversed:
            way = "higher" if self.crude > 0 else "lower"
            told = f"in {self.against} of {self.segments} segments it is not"
            return f"Over all units the arm is {way} than control, yet {told}: the arms hold different mixes."
        if self.alarm:
            return "The arms hold different mixes of segments, so part of the difference is one of mix."
        return ""


def simpson(groups: Sequence[Moments], bases: Sequence[Moments]) -> Simpson:
    """Compare the mixes of two arms, and the effect with and without their difference.

    Parameters
    ----------
    groups, bases
        Moments of the arm and of control, one pair a segment.

    Raises
    ------
    SettingError
        If there is not one pair a segment.
    TooFewError
        If fewer than 2 segments have units in both arms.

    References
    ----------
    Simpson (1951), JRSS B 13:238-241; the mixes are compared by Pearson's chi-square test of homogeneity.

    Examples
    --------
    >>> groups = [Moments(100, 0.90, 0.09), Moments(900, 0.50, 0.25)]
    >>> bases = [Moments(900, 0.85, 0.13), Moments(100, 0.40, 0.24)]
    >>> found = simpson(groups, bases)
    >>> found.alarm, found.reversed, round(found.crude, 3), round(found.standardised, 3)
    (True, True, -0.265, 0.075)
    """
    if len(groups) != len(bases):
        raise SettingError(f"{len(groups)} segments of the arm meet {len(bases)} of control; give one pair a segment.")
    (n, mean, _), (base_n, base_mean, _) = own(groups), own(bases)
    both = (n > 0) & (base_n > 0)
    if both.sum() < 2:
        raise TooFewError(f"Mixes are compared over two segments or more; {both.sum()} have units in both arms.")
    seen = n + base_n > 0
    table = np.array([n[seen], base_n[seen]])
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    p = float(chdtrc(int(seen.sum()) - 1, float(((table - expected) ** 2 / expected).sum())))
    gaps = (mean - base_mean)[both]
    shares = (n + base_n)[both]
    crude = float(n @ mean / n.sum() - base_n @ base_mean / base_n.sum())
    against = int((gaps * crude < 0).sum())
    return Simpson(max(p, SMALLEST), crude, float(shares @ gaps / shares.sum()), against, int(both.sum()))

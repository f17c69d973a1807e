"""Families of tests: what it costs to ask more than once, and when it costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pmlib.core import SettingError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import Floats, count, number, numbers

ALL_MUST_WIN = "All goals must win before it ships, so no correction is needed: each is tested at the full level."
"""An intersection-union test: Berger (1982), Technometrics 24:295-300."""
HARM = 0.025
"""Chance that one guardrail whose true effect is nil shows harm: one end of a 95% interval."""


@dataclass(frozen=True)
class FalseRollback:
    """Chance that a change which harms nothing is rolled back over its guardrails.

    Parameters
    ----------
    guardrails
        How many are watched.
    independent, most
        The chance if the guardrails move independently, and the most it can be however they hang together.

    Examples
    --------
    >>> print(false_rollback(8))
    With 8 guardrails the chance of a false roll-back is 18.3%, and at most 20.0%.
    """

    guardrails: int
    independent: float
    most: float

    def __str__(self) -> str:
        text, most = Unit.SHARE.text(self.independent), Unit.SHARE.text(self.most)
        head = f"With {many(self.guardrails, 'guardrail')} the chance of a false roll-back is"
        return f"{head} {text}." if text == most else f"{head} {text}, and at most {most}."


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for a family of tests, in their order (Holm 1979, Scand. J. Statist. 6:65-70).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    given = chances(p_values)
    order = np.argsort(given, kind="stable")
    steps = np.maximum.accumulate(given[order] * np.arange(given.size, 0, -1))
    return in_place(steps, order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that calling those below ``q`` lets no more than ``q`` of the calls be false on average.

    References
    ----------
    Benjamini and Hochberg (1995), JRSS B 57:289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    given = chances(p_values)
    order = np.argsort(given, kind="stable")[::-1]
    ranks = np.arange(given.size, 0, -1)
    steps = np.minimum.accumulate(given[order] * given.size / ranks)
    return in_place(steps, order)


def bonferroni_level(level: float, k: int) -> float:
    """Return the level of each of ``k`` intervals that together hold at ``level``.

    Examples
    --------
    >>> bonferroni_level(0.95, 4)
    0.9875
    """
    return fcr_level(level, 1, k)


def fcr_level(level: float, selected: int, k: int) -> float:
    """Return the level of the intervals of what was selected, so that few of those shown miss on average.

    Where ``selected`` of ``k`` were chosen by :func:`benjamini_hochberg` at ``1 - level``, an interval at this level
    excludes 0 exactly when its test was chosen. The share of shown intervals that miss is at most ``1 - level``.

    References
    ----------
    Benjamini and Yekutieli (2005), JASA 100:71-81: intervals at ``1 - R q / m``.

    Examples
    --------
    Four of fifteen were chosen at 5%.

    >>> round(fcr_level(0.95, 4, 15), 4)
    0.9867
    """
    if not 0 < number(level, "level") < 1:
        raise SettingError(f"A confidence level lies between 0 and 1, not at {level}. Use 0.95 for 95%.")
    if not 1 <= count(selected, "selected") <= count(k, "k"):
        raise SettingError(f"{selected} of {k} tests were selected; an interval needs at least 1 and at most all.")
    return 1 - (1 - level) * selected / k


def false_rollback(guardrails: int, *, alpha: float = HARM) -> FalseRollback:
    """Return the chance that a change which harms nothing seems to harm one of its guardrails.

    Parameters
    ----------
    guardrails
        How many are watched, each in each arm counted.
    alpha
        Chance that one of them shows harm by chance alone: half of ``1 - level`` of its two-sided interval.

    References
    ----------
    Independent: ``1 - (1 - alpha) ** g``; Bonferroni's inequality bounds any dependence by ``g * alpha``.
    """
    watched = count(guardrails, "guardrails")
    if not 0 < number(alpha, "alpha") < 1:
        raise SettingError(f"A chance of false harm lies between 0 and 1, not at {alpha}. Use 0.025 for 95% intervals.")
    return FalseRollback(watched, float(-np.expm1(watched * np.log1p(-alpha))), min(1.0, watched * alpha))


def chances(p_values: Sequence[float]) -> Floats:
    """Return p-values as an array, or refuse what is none."""
    given = numbers(p_values, "p-values")
    if not ((given >= 0) & (given <= 1)).all():
        raise SettingError("A p-value lies between 0 and 1; leave out a test that has none.")
    return given


def in_place(steps: Floats, order: np.ndarray) -> list[float]:
    """Put adjusted p-values back where the given ones stood."""
    adjusted = np.empty(steps.size)
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(value) for value in adjusted]

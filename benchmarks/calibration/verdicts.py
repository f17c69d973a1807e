"""What a method says of one experiment, and the method as the tables name it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.calibration.shapes import Pair
from pmlib.core import Estimate

Span = tuple[float | None, float | None]
"""An interval; an open end is ``None``."""
Kind = Literal["difference", "lift"]
Family = Literal["mean", "score", "rule", "exact", "quantile", "skewed", "permutation"]
"""What makes a method inexact with few units: where it is only published. Exact tests are held from above alone,
permutation without an effect alone."""

ALPHA = 0.05


@dataclass(frozen=True)
class Verdict:
    """A two-sided p and the intervals that come with it; ``ahead`` says which way the effect seems to go."""

    p: float | None
    ahead: bool
    spans: dict[Kind, Span] = field(default_factory=dict)

    @property
    def called(self) -> bool:
        """Whether an effect is called."""
        return self.p is not None and self.p < ALPHA

    @property
    def at_odds(self) -> bool:
        """Whether an interval says otherwise than the p-value; one without any end says nothing."""
        told = [span for span in self.spans.values() if span != (None, None)]
        return any((outside(span, 0.0) != 0) != self.called for span in told)


def outside(span: Span, value: float) -> int:
    """Return 1 if an interval lies wholly above a value, -1 if below, 0 if it holds it."""
    low, high = span
    if low is not None and low > value:
        return 1
    return -1 if high is not None and high < value else 0


@dataclass(frozen=True)
class Method:
    """A way to judge two arms: ours, or what a peer's published formula gives.

    Parameters
    ----------
    sees
        Names of the shapes it is made for.
    judge
        From the treated arm and the control.
    target
        Whether its intervals are about the shape's own difference and lift; those of capped means are not.
    sizes, most
        Where it is slow: the sizes it is measured at, ``()`` for all, and the most runs.
    """

    name: str
    title: str
    sees: tuple[str, ...]
    judge: Callable[[Pair], Verdict]
    family: Family = "mean"
    ours: bool = True
    target: bool = True
    sizes: tuple[int, ...] = ()
    most: int = 20_000


def both(difference: Estimate, lift: Estimate) -> Verdict:
    """Turn a difference and a lift that belong to one test into a verdict."""
    spans: dict[Kind, Span] = {"difference": (difference.low, difference.high), "lift": (lift.low, lift.high)}
    return Verdict(difference.p, (difference.value or 0.0) > 0, spans)

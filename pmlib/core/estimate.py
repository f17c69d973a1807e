"""A number with its uncertainty, and the number on a card."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from pmlib.core.errors import SettingError
from pmlib.core.units import Unit


@dataclass(frozen=True)
class Estimate:
    """A value, the interval it comes with and how it was found.

    ``value``, ``low`` and ``high`` may be ``None`` where the data give none; ``reason`` then says why.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    unit: Unit
    n: int
    method: str
    level: float = 0.95
    p: float | None = None
    n_eff: float | None = None
    period: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "p", "n_eff"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise SettingError(f"'{self.label}': {name} is {number}; leave it None and give the reason.")
        if None in (self.value, self.low, self.high) and not self.reason:
            raise SettingError(f"'{self.label}' has an open value or interval; say why in 'reason'.")

    def __str__(self) -> str:
        if self.value is None:
            return f"not known ({self.reason})"
        return f"{self.unit.text(self.value)} ({self.range})"

    @property
    def range(self) -> str:
        """The interval in words, such as ``95% interval 25.5% to 36.6%``."""
        return self.span(self.unit.text)

    @property
    def signed_range(self) -> str:
        """The interval of a difference or lift, such as ``95% interval +9.0% to +27.0%``."""
        return self.span(self.unit.change)

    def span(self, write: Callable[[float | None], str]) -> str:
        """Write the interval, its ends as ``write`` does; an open end in words."""
        head = f"{self.level:.0%} interval"
        if self.low is None and self.high is None:
            return f"no interval: {self.reason}"
        if self.high is None:
            return f"{head} from {write(self.low)} up"
        if self.low is None:
            return f"{head} up to {write(self.high)}"
        return f"{head} {write(self.low)} to {write(self.high)}"

    def excludes(self, value: float) -> bool:
        """Whether the interval lies wholly above or below ``value``."""
        above = self.low is not None and self.low > value
        below = self.high is not None and self.high < value
        return above or below

    def as_json(self) -> dict[str, object]:
        """Return the estimate as plain data, floats rounded to 12 significant digits."""
        return {
            "label": self.label,
            "value": digits(self.value),
            "low": digits(self.low),
            "high": digits(self.high),
            "unit": self.unit.as_json(),
            "n": self.n,
            "n_eff": digits(self.n_eff),
            "level": self.level,
            "p": digits(self.p),
            "method": self.method,
            "period": self.period,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Kpi:
    """An estimate on a card: what it was before, what it should be, how it went.

    Parameters
    ----------
    estimate
        The number of now. A full count carries the range its own history leads one to expect.
    change
        The difference to ``before`` with its interval, where there is one.
    before
        What ``change`` compares with, in words: ``"the week before"``.
    better
        ``"up"``, ``"down"`` or ``""`` where neither is good.
    expected
        Whether ``estimate.low`` and ``high`` are the range expected from history, not a sample's interval.
    history
        Earlier values, oldest first, the present one last; ``None`` for a gap.
    """

    estimate: Estimate
    change: Estimate | None = None
    before: str = ""
    target: float | None = None
    better: str = "up"
    expected: bool = False
    history: tuple[float | None, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """Return the card as plain data."""
        return {
            "estimate": self.estimate.as_json(),
            "change": self.change.as_json() if self.change else None,
            "before": self.before,
            "target": digits(self.target),
            "better": self.better,
            "expected": self.expected,
            "history": [digits(value) for value in self.history],
        }


def digits(value: float | None) -> float | None:
    """Round to 12 significant digits, so that parallel sums print the same bytes; not finite becomes ``None``."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.12g}")

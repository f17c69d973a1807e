"""A number with its uncertainty, and the number on a card."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from pmlib.core.errors import SettingError
from pmlib.core.periods import Grain
from pmlib.core.units import Unit
from pmlib.core.words import percent


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
        head = f"{percent(self.level)} interval"
        if self.low is None and self.high is None:
            return f"no interval: {self.reason}"
        if self.high is None:
            return f"{head} from {write(self.low)} up"
        if self.low is None:
            return f"{head} up to {write(self.high)}"
        return f"{head} {write(self.low)} to {write(self.high)}"

    def limited(self, least: float, most: float = math.inf) -> "Estimate":
        """Return the same with the ends of its interval among the values that are possible.

        Examples
        --------
        >>> paid = Estimate("a new person", 12.5, -17.1, 42.1, Unit.NUMBER, 8, "mean")
        >>> print(paid.limited(0))
        12.50 (95% interval 0.00 to 42.10)
        """
        low, high = (None if end is None else min(max(end, least), most) for end in (self.low, self.high))
        return replace(self, low=low, high=high)

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


State = Literal["above", "below", "none", "early", ""]
"""Beyond its limits, within them, too early to call, or not to be judged."""


@dataclass(frozen=True)
class Signal:
    """Whether a value is more than the usual up and down of its own history.

    Parameters
    ----------
    state
        ``"above"`` or ``"below"`` its limits, ``"none"`` within them, ``"early"`` where the history is too short, and
        ``""`` where nothing can be said; ``limits.reason`` then says why.
    limits
        The value expected and, as ``low`` and ``high``, its limits.
    seen, needed
        Earlier values there are, and those needed before anything is called.
    rate
        False signals to be expected a look: 0.01 is one in 100.
    """

    state: State
    limits: Estimate
    seen: int
    needed: int
    every: Grain
    rate: float

    @property
    def called(self) -> bool:
        """Whether it is a signal."""
        return self.state in {"above", "below"}

    @property
    def judged(self) -> bool:
        """Whether the value could be compared with limits at all."""
        return self.called or self.state == "none"

    @property
    def words(self) -> str:
        """The judgement in a few words."""
        if self.called:
            return f"{self.state} its range: a signal"
        if self.state == "early":
            return f"too early to call ({self.seen} of the {self.needed} earlier {self.every}s needed)"
        return "within its range" if self.state else ""

    def as_json(self) -> dict[str, object]:
        """Return the judgement as plain data."""
        return {
            "state": self.state,
            "low": digits(self.limits.low),
            "high": digits(self.limits.high),
            "seen": self.seen,
            "needed": self.needed,
            "every": self.every,
            "rate": digits(self.rate),
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
    of
        What ``change`` is a change of, where that is not the estimate itself: ``"the last 4 cohorts"``.
    better
        ``"up"``, ``"down"`` or ``""`` where neither is good.
    signal
        What the one rule for signals says of the value; ``estimate.low`` and ``high`` are then the range expected from
        history, not a sample's interval.
    routine
        Whether the card is looked at week by week without such a rule. An interval of its change then calls nothing:
        one in twenty quiet weeks would be called. Not so for what a design asks once, such as waves and arms.
    history
        Earlier values, oldest first, the present one last; ``None`` for a gap.
    """

    estimate: Estimate
    change: Estimate | None = None
    before: str = ""
    of: str = ""
    target: float | None = None
    better: str = "up"
    signal: Signal | None = None
    routine: bool = False
    history: tuple[float | None, ...] = field(default=())

    @property
    def expected(self) -> bool:
        """Whether the estimate's interval is the range expected from history."""
        return self.signal is not None

    def as_json(self) -> dict[str, object]:
        """Return the card as plain data."""
        return {
            "estimate": self.estimate.as_json(),
            "change": self.change.as_json() if self.change else None,
            "before": self.before,
            "of": self.of,
            "target": digits(self.target),
            "better": self.better,
            "expected": self.expected,
            "signal": self.signal.as_json() if self.signal else None,
            "history": [digits(value) for value in self.history],
        }


def digits(value: float | None) -> float | None:
    """Round to 12 significant digits, so that parallel sums print the same bytes; not finite becomes ``None``."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.12g}")

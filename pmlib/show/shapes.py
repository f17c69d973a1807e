"""Chart shapes: what is drawn, without how; frozen data with a description for who cannot see it."""

import math
from dataclasses import dataclass, field
from typing import Literal

from pmlib.core import SettingError, Unit
from pmlib.core.estimate import digits

Kind = Literal["line", "intervals", "grid", "funnel", "bars", "flow"]
NOTHING = "No values to draw"
"""What stands in the place of a chart without values, whatever draws it."""
Role = Literal["main", "before", "target", "other"]
Value = float | None


@dataclass(frozen=True)
class Series:
    """One line or row of marks: ``x`` labels or ISO dates, ``y`` values, the interval of each where there is one.

    In a flow it is what leaves a step: ``name`` the place, ``x`` where it goes, ``column`` the number of the step.
    In a grid a ``text`` marks a cell that is not certain.
    """

    name: str
    x: tuple[str, ...]
    y: tuple[Value, ...]
    low: tuple[Value, ...] = ()
    high: tuple[Value, ...] = ()
    role: Role = "main"
    text: tuple[str, ...] = ()
    column: int = 0

    def __post_init__(self) -> None:
        for name in ("x", "text"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("y", "low", "high"):
            # Sums made in parallel differ in their last digits from run to run; a page may not.
            values = (digits(value) if isinstance(value, float) else value for value in getattr(self, name))
            object.__setattr__(self, name, tuple(values))
        sizes = {len(self.x), len(self.y)} | {len(part) for part in (self.low, self.high, self.text) if part}
        if len(sizes) != 1:
            raise SettingError(f"Series '{self.name}' has parts of {sorted(sizes)} points; they must be equally long.")


@dataclass(frozen=True)
class Note:
    """A launch or incident: a numbered line at ``x``, its text listed below the chart."""

    x: str
    text: str


@dataclass(frozen=True)
class Link:
    """What goes from one place to another: ``column`` is the step of the source, from 0; the target is one further."""

    source: str
    target: str
    value: float
    column: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value >= 0):
            raise SettingError(f"The link '{self.source}' to '{self.target}' has {self.value}; it must be 0 or more.")
        if self.column < 0:
            raise SettingError(
                f"The link '{self.source}' to '{self.target}' starts at step {self.column}; the first is 0."
            )


@dataclass(frozen=True)
class Shape:
    """A chart as data: series, unit, words; how it looks is decided where it is drawn."""

    kind: Kind
    series: tuple[Series, ...]
    unit: Unit
    description: str
    caption: str = ""
    x_title: str = ""
    y_title: str = ""
    dates: bool = False
    from_zero: bool = True
    marked: str = ""
    notes: tuple[Note, ...] = field(default=())
    stacked: bool = False
    quiet: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "series", tuple(self.series))
        object.__setattr__(self, "notes", tuple(self.notes))
        object.__setattr__(self, "quiet", tuple(self.quiet))
        if not self.series or not self.description:
            raise SettingError("A chart needs a series and a description in words.")

"""Units decide wording, rounding and axis format; nothing guesses a format from a name or a size."""

import math
from dataclasses import dataclass
from typing import ClassVar

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Unit:
    """What a number counts or measures.

    Shares, points and lifts are fractions everywhere: 0.351 prints as ``35.1%``. ``QUOTE`` is what a person
    wrote or said, word for word; a page may be forbidden to show it.

    Examples
    --------
    >>> Unit.SHARE.text(0.351), Unit.COUNT.text(46300), Unit.currency("EUR").text(1.5)
    ('35.1%', '46,300', '1.50 EUR')
    >>> Unit.POINTS.change(-0.026), Unit.COUNT.change(120)
    ('−2.6 points', '+120')
    >>> Unit.COUNT.short(46300), Unit.COUNT.short(1_204_331)
    ('46.3k', '1.20M')
    >>> Unit("duration", 0, "days").text(1), Unit.DAYS.text(1)
    ('1 day', '1.0 days')
    """

    kind: str
    decimals: int = 0
    symbol: str = ""

    COUNT: ClassVar["Unit"]
    SHARE: ClassVar["Unit"]
    POINTS: ClassVar["Unit"]
    LIFT: ClassVar["Unit"]
    SCORE: ClassVar["Unit"]
    RATIO: ClassVar["Unit"]
    NUMBER: ClassVar["Unit"]
    DAYS: ClassVar["Unit"]
    TEXT: ClassVar["Unit"]
    DATE: ClassVar["Unit"]
    QUOTE: ClassVar["Unit"]

    @classmethod
    def currency(cls, code: str) -> "Unit":
        """Return the unit of an amount in the currency ``code``, such as ``"EUR"``."""
        return cls("currency", 2, code)

    @property
    def is_fraction(self) -> bool:
        """Whether values are fractions that print as per cent or points."""
        return self.kind in {"share", "points", "lift"}

    def text(self, value: float | None) -> str:
        """Write a value out; ``None`` and what is not finite print as an en dash."""
        if value is None or not math.isfinite(value):
            return "\N{EN DASH}"
        text = rounded(value * 100 if self.is_fraction else value, self.decimals)
        if self.kind == "points":
            return f"{text} points"
        # One day, but 1.0 days.
        one = self.kind == "duration" and text.lstrip(MINUS) == "1"
        return f"{text}%" if self.is_fraction else f"{text}{self.suffix.removesuffix('s') if one else self.suffix}"

    def change(self, value: float | None) -> str:
        """Write a difference out with its sign."""
        text = self.text(value)
        return text if text[0] in f"{MINUS}\N{EN DASH}" or not value else f"+{text}"

    def short(self, value: float | None) -> str:
        """Write a value out for a card or an axis: 46,300 as ``46.3k``."""
        if value is None or self.kind not in {"count", "number", "currency"} or abs(value) < 10_000:
            return self.text(value)
        scale, letter = (1e9, "B") if abs(value) >= 1e9 else (1e6, "M") if abs(value) >= 1e6 else (1e3, "k")
        digits = 2 if abs(value) / scale < 10 else 1
        return f"{rounded(value / scale, digits)}{letter}{self.suffix}"

    @property
    def suffix(self) -> str:
        """What follows the number, with its space."""
        return f" {self.symbol}" if self.symbol else ""

    @property
    def difference(self) -> "Unit":
        """The unit of a difference between two values of this unit."""
        return Unit.POINTS if self.kind == "share" else self

    def as_json(self) -> dict[str, object]:
        """Return the unit as plain data."""
        return {"kind": self.kind, "decimals": self.decimals, "symbol": self.symbol}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> "Unit":
        """Read what :meth:`as_json` wrote."""
        return cls(str(data["kind"]), int(str(data["decimals"])), str(data["symbol"]))


def rounded(value: float, decimals: int) -> str:
    """Write a number with thousands separators and a real minus; never ``-0``."""
    text = f"{value:,.{decimals}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


Unit.COUNT = Unit("count")
Unit.SHARE = Unit("share", 1)
Unit.POINTS = Unit("points", 1)
Unit.LIFT = Unit("lift", 1)
Unit.SCORE = Unit("score", 1)
Unit.RATIO = Unit("ratio", 2)
Unit.NUMBER = Unit("number", 2)
Unit.DAYS = Unit("duration", 1, "days")
Unit.TEXT = Unit("text")
Unit.DATE = Unit("date")
Unit.QUOTE = Unit("quote")

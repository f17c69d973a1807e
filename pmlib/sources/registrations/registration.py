"""What an experiment's team wrote down before it began: arms, metrics, horizon, looks, error rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pmlib.core import SettingError, nearest

Role = Literal["goal", "guardrail", "secondary"]
Form = Literal["", "mean", "share", "ratio", "quantile"]
Reading = Literal["once", "group-sequential", "always-valid"]
Spending = Literal["obrien-fleming", "kim-demets"]
SHOWN = 12
"""Hex digits of a digest that a report shows."""
MONEY = frozenset(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR JPY KRW MXN NOK NZD PLN SEK SGD USD ZAR".casefold().split()
)
"""Codes of currencies (ISO 4217) that are no words of names."""


@dataclass(frozen=True)
class Measure:
    """What is measured of each unit, and what it is for.

    Parameters
    ----------
    name
        The column of the units, or what the events are turned into.
    kind
        ``""`` is a share where all values are 0 or 1, else a mean.
    over
        A ratio's denominator: a column of the units.
    quantile
        Which one, for kind ``"quantile"``.
    cap
        The pooled quantile beyond which values are cut off, such as 0.99.
    before
        A column measured before exposure, the covariate; ``""`` for none.
    margin
        The relative loss a guardrail may still have: 0.02 is two per cent.
    smallest
        The smallest relative lift that matters.
    title
        Its words within a sentence; ``""`` is the name with spaces.
    metric
        Its name in the catalogue.
    sql, over_sql
        Or an aggregate over one unit's events, and for a ratio what it is divided by.
    event, count
        Or whether a unit did the event; with ``count``, how often.
    window
        Days after exposure that count; ``None`` to the end.
    delay
        Days after exposure before anything counts.
    lookback
        Days before exposure that the covariate counts; ``None`` for no covariate.
    since
        The event from whose first time after exposure delay and window run; only units that did it count. ``""`` for
        the exposure itself.
    """

    name: str
    role: Role = "goal"
    kind: Form = ""
    better: Literal["up", "down"] = "up"
    over: str = ""
    quantile: float = 0.5
    cap: float | None = None
    before: str = ""
    margin: float | None = None
    smallest: float | None = None
    title: str = ""
    metric: str = ""
    sql: str = ""
    over_sql: str = ""
    event: str = ""
    count: bool = False
    window: float | None = None
    delay: float = 0.0
    lookback: float | None = None
    since: str = ""

    @property
    def label(self) -> str:
        """Its words within a sentence."""
        return self.title or spoken(self.name)


@dataclass(frozen=True)
class Registration:
    """An experiment as it was planned.

    Parameters
    ----------
    arms
        The planned weight of each arm, control among them; 0 for an arm that takes in nobody.
    start
        The first local day on which units are taken in.
    days
        The horizon: days from the start, the first included.
    units
        The units planned in all arms together at the horizon.
    looks
        The days whose end the result is read at, oldest first, the last at the horizon; () where none are planned.
    cluster
        The property or column whose units belong together; ``""`` where each stands alone.
    segments
        Properties or columns by which the result is split.
    exposure, variant, activation
        The event that says a unit was exposed, the property that holds its arm, and the event after which it counts.
    digest
        SHA-256 of what was registered, in hex; ``""`` where no file was read.
    file
        The name of the file it was read from.
    agreed
        The digest, in whole or in part, that the file says it was registered under; ``""`` where it says none.
    """

    name: str
    hypothesis: str
    control: str
    arms: Mapping[str, float]
    measures: tuple[Measure, ...]
    unit: str = "user"
    owner: str = ""
    start: date | None = None
    days: int | None = None
    units: int | None = None
    reading: Reading = "once"
    looks: tuple[date, ...] = ()
    spending: Spending = "obrien-fleming"
    alpha: float = 0.05
    power: float = 0.8
    seed: int = 0
    cluster: str = ""
    segments: tuple[str, ...] = ()
    exposure: str = ""
    variant: str = ""
    activation: str = ""
    digest: str = ""
    file: str = ""
    agreed: str = ""

    @property
    def goals(self) -> tuple[Measure, ...]:
        """The metrics that decide."""
        return tuple(one for one in self.measures if one.role == "goal")

    @property
    def guardrails(self) -> tuple[Measure, ...]:
        """The metrics that must not suffer."""
        return tuple(one for one in self.measures if one.role == "guardrail")

    @property
    def secondary(self) -> tuple[Measure, ...]:
        """The metrics that explain."""
        return tuple(one for one in self.measures if one.role == "secondary")

    @property
    def treatments(self) -> tuple[str, ...]:
        """The arms beside control, in the order of the plan."""
        return tuple(arm for arm in self.arms if arm != self.control)

    @property
    def shares(self) -> dict[str, float]:
        """The planned share of each arm; they sum to 1."""
        total = sum(self.arms.values())
        return {arm: weight / total for arm, weight in self.arms.items()}

    @property
    def horizon(self) -> date | None:
        """The last local day planned, or ``None`` where the plan has no end."""
        if self.start is None or self.days is None:
            return None
        return self.start + timedelta(days=self.days - 1)

    @property
    def short(self) -> str:
        """The digest as a report shows it."""
        return shown(self.digest)

    def measure(self, name: str) -> Measure:
        """Return the metric of this name.

        Raises
        ------
        SettingError
            With the nearest name, if none is registered under it.
        """
        known = {one.name: one for one in self.measures}
        if name not in known:
            raise SettingError(f"No metric '{name}' is registered; there is {', '.join(known)}.{nearest(name, known)}")
        return known[name]


def shown(digest: str) -> str:
    """Cut a digest to what a report shows: to its first letter at least, for digits alone are masked as a number.

    Examples
    --------
    >>> shown("2ea3b35b7678" + 52 * "0"), shown("914146692931f" + 51 * "0")
    ('2ea3b35b7678', '914146692931f')
    """
    letter = next((place for place, sign in enumerate(digest) if sign.isalpha()), 0)
    return digest[: max(SHOWN, letter + 1)]


def spoken(name: str) -> str:
    """Write the name of a column within a sentence.

    Examples
    --------
    >>> spoken("friend_invited"), spoken("revenue_eur")
    ('friend invited', 'revenue (EUR)')
    """
    *words, last = name.split("_")
    return f"{' '.join(words)} ({last.upper()})" if any(words) and last in MONEY else " ".join([*words, last])

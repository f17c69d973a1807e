"""The arms of an experiment: who is in them, what was planned, how a metric reads in each."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from pmlib.core import Estimate, SettingError, TooFewError, Unit, nearest
from pmlib.core.words import capital, listed, many
from pmlib.engine import name, place, sql
from pmlib.sources.contract import Units
from pmlib.stats import Moments, mean, share

Weights = Mapping[str, float] | str | None
"""The planned split: weights by arm, text such as ``1:1`` (control first, then by name), or ``None`` for equal arms."""

MOST_ARMS = 20
NUMBERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DOUBLE|FLOAT|BOOLEAN|VARCHAR")

AMOUNTS = frozenset(
    (
        *("amount", "amounts", "revenue", "revenues", "turnover", "sales", "spend", "spent", "spending", "price"),
        *("prices", "cost", "costs", "income", "profit", "margin", "gmv", "arpu", "ltv", "mrr", "arr", "money"),
        *("value", "eur", "euro", "euros", "usd", "dollar", "dollars", "gbp", "chf", "jpy", "cents"),
    )
)
"""Words in a column's name that say it holds an amount."""


@dataclass(frozen=True)
class Arms:
    """Units by arm, control first, the others by name."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    unplaced: int
    query: str

    @property
    def control(self) -> str:
        """The arm the others are compared with."""
        return self.names[0]

    @property
    def total(self) -> int:
        """All units with an arm."""
        return sum(self.counts)

    @property
    def cautions(self) -> list[str]:
        """Say how many units have no arm."""
        if not self.unplaced:
            return []
        have = "has no arm; it is" if self.unplaced == 1 else "have no arm; they are"
        return [f"{self.unplaced:,} of {self.total + self.unplaced:,} units {have} left out."]


@dataclass(frozen=True)
class Group:
    """How a metric reads in one arm."""

    arm: str
    units: int
    n: int
    ones: int
    mean: float
    variance: float
    largest: float

    @property
    def moments(self) -> Moments:
        """What the statistics of means take."""
        return Moments(self.n, self.mean, self.variance)


@dataclass(frozen=True)
class Metric:
    """A metric by arm, control first."""

    column: str
    less: bool
    yes_or_no: bool
    groups: tuple[Group, ...]
    query: str
    amount: bool = False

    @property
    def label(self) -> str:
        """The metric's name as it is read."""
        return self.column.replace("_", " ")

    @property
    def better(self) -> str:
        """Which way is good."""
        return "down" if self.less else "up"

    @property
    def unit(self) -> Unit:
        """What its values are in."""
        return Unit.SHARE if self.yes_or_no else Unit.NUMBER

    def value(self, group: Group) -> Estimate:
        """Estimate the share or mean of one arm."""
        label = f"{self.label} in {group.arm}"
        if self.yes_or_no:
            return share(group.ones, group.n, label=label)
        return mean(group.moments, label=label)

    @property
    def cautions(self) -> list[str]:
        """Say what is missing, and what few units the numbers hang on."""
        said: list[str] = []
        if any(group.n < group.units for group in self.groups):
            parts = [
                f"{group.units - group.n:,} of {many(group.units, 'unit')} in {group.arm}" for group in self.groups
            ]
            said.append(
                f"{capital(self.label)} is missing for {listed(parts)}; they are left out. If missing means no, "
                "write 0 in the data."
            )
        for group in self.groups:
            if not self.yes_or_no and group.n >= 100 and group.largest >= 0.05:
                said.append(
                    f"One unit carries {Unit.SHARE.text(group.largest)} of all {self.label} in {group.arm}: "
                    "its mean hangs on that unit."
                )
            if group.n < 30:
                said.append(f"{capital(group.arm)} has {many(group.n, 'unit')} with {self.label}; that is very few.")
            elif self.yes_or_no and min(group.ones, group.n - group.ones) < 5:
                said.append(f"{capital(self.label)} is 1 for {group.ones:,} of {many(group.n, 'unit')} in {group.arm}.")
        return said


def arms(units: Units, control: str) -> Arms:
    """Count the units of each arm.

    Raises
    ------
    SettingError
        If no arm is called ``control``, or the column does not name arms.
    TooFewError
        If there are not two arms.
    """
    cells = units.query(sql(__package__ or "", "arms.sql"))
    counts = {row.arm: row.units for row in cells if row.arm is not None}
    if len(counts) > MOST_ARMS:
        raise SettingError(
            f"The units have {len(counts):,} different arms, such as {listed(list(counts)[:3])}. "
            "Choose the column that says which variant a unit got."
        )
    if control not in counts:
        raise SettingError(
            f"No arm is called '{control}'; the arms are {listed(list(counts)) or 'none'}.{nearest(control, counts)}"
        )
    if len(counts) < 2:
        every = f"All {counts[control]:,} units are" if counts[control] > 1 else "The only unit is"
        raise TooFewError(f"{every} in '{control}'; a comparison needs a second arm.")
    names = (control, *(arm for arm in counts if arm != control))
    unplaced = sum(row.units for row in cells if row.arm is None)
    return Arms(names, tuple(counts[arm] for arm in names), unplaced, cells.sql)


def planned(arms: Arms, weights: Weights) -> dict[str, float]:
    """Return the planned weight of each arm, control first; a planned arm without units is in it too.

    Raises
    ------
    SettingError
        If the plan does not name the arms there are, or its weights are no positive numbers.
    """
    if weights is None or weights == "":
        return dict.fromkeys(arms.names, 1.0)
    if isinstance(weights, str):
        parts = weights.split(":")
        if len(parts) != len(arms.names):
            raise SettingError(
                f"The plan '{weights}' has {len(parts)} weights; there are {len(arms.names)} arms: "
                f"{', '.join(arms.names)}. Give one weight an arm in this order, such as "
                f"{':'.join('1' for _ in arms.names)}."
            )
        plan = {arm: number(part, weights) for arm, part in zip(arms.names, parts, strict=True)}
    else:
        plan = {arm: number(weight, f"{arm}: {weight}") for arm, weight in weights.items()}
        for arm in arms.names:
            if arm not in plan:
                raise SettingError(
                    f"The plan gives no weight to '{arm}'; it names {', '.join(plan)}.{nearest(arm, plan)}"
                )
    return {arm: plan[arm] for arm in (*arms.names, *(arm for arm in plan if arm not in arms.names))}


def number(given: str | float, said: str) -> float:
    """Read a planned weight."""
    try:
        weight = float(given)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise SettingError(f"The plan '{said}' holds '{given}'; weights are numbers above 0, such as 1:1 or 2:1.")
    return weight


def measured(units: Units, metric: str, arms: Arms) -> Metric:
    """Read a metric in each arm; a leading minus (``-refunds``) says that less is better.

    Raises
    ------
    SettingError
        If there is no such column, or it holds something else than numbers.
    TooFewError
        If an arm has no value.
    """
    column, less = metric.strip(), False
    if column not in units.columns and column.startswith("-"):
        column, less = column[1:].strip(), True
    known = [other for other in units.columns if other not in ("unit", "arm")]
    if column not in known:
        raise SettingError(
            f"The units have no metric '{column}'; there is {', '.join(known) or 'no further column'}."
            f"{nearest(column, known)}"
        )
    piece = exp.column(name(column))
    kind = units.query(place(sql(__package__ or "", "metric_type.sql"), metric=piece)).one().type
    if not NUMBERS.fullmatch(kind):
        raise SettingError(f"'{column}' holds {kind.lower()}s; a metric needs numbers, or 0 and 1.")
    cells = units.query(place(sql(__package__ or "", "metric.sql"), metric=piece))
    wrong = sum(row.unreadable for row in cells)
    if wrong:
        raise SettingError(
            f"'{column}' holds {wrong:,} values that are no numbers; a metric needs numbers, or 0 and 1. "
            "Choose another column, or mend the file."
        )
    rows = {row.arm: row for row in cells}
    for row in cells:
        if row.n == 0:
            raise TooFewError(
                f"'{column}' has no value for any of the {row.units:,} units in {row.arm}; choose another metric."
            )
    groups = tuple(
        Group(arm, row.units, row.n, row.ones, row.mean, row.variance or 0.0, row.largest or 0.0)
        for arm, row in ((arm, rows[arm]) for arm in arms.names)
    )
    # Zeros alone do not tell a yes or no from an amount that nobody has: the name or the type does.
    amount = kind != "BOOLEAN" and is_amount(column, kind) and all(group.ones == 0 for group in groups)
    yes_or_no = all(row.yes_or_no for row in cells) and not amount
    return Metric(column, less, yes_or_no, groups, cells.sql, amount)


def is_amount(column: str, kind: str) -> bool:
    """Whether a column holds an amount of money, by its name or by a type with decimal places.

    Examples
    --------
    >>> is_amount("revenue_eur", "DOUBLE"), is_amount("fee", "DECIMAL(10,2)"), is_amount("converted", "DOUBLE")
    (True, True, False)
    """
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).casefold())
    return not AMOUNTS.isdisjoint(words) or re.fullmatch(r"DECIMAL\(\d+,\s*[1-9]\d*\)", kind) is not None

"""What customers without a contract bought, and the models of what they will."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from pmlib.core import Estimate, TooFewError, Unit
from pmlib.engine import place, sql
from pmlib.sources.contract import Events
from pmlib.stats import BgNbd, GammaGamma, gamma_gamma
from pmlib.stats.leaving import buying
from pmlib.stats.shares import critical

Floats = NDArray[np.float64]

WEEK = 7.0
STEP = 1e-4
"""Step of a numerical slope, on the log scale of a parameter."""
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Histories:
    """Customers grouped by what they bought up to a day; times in weeks.

    Parameters
    ----------
    again, recency, age
        Days with a purchase after the first, from the first to the last, from the first to ``until``.
    customers
        How many customers have such a history.
    value
        Mean value of a repeat purchase, of the customers of a group together; 0 where nobody bought again.
    later
        Days with a purchase after ``until``, all customers of a group together.
    """

    until: date
    again: Floats
    recency: Floats
    age: Floats
    customers: Floats
    value: Floats
    later: Floats
    sql: str

    @property
    def n(self) -> int:
        """All customers."""
        return int(self.customers.sum())

    @property
    def repeaters(self) -> int:
        """Customers who bought again."""
        return int(self.customers[self.again > 0].sum())

    def model(self) -> BgNbd:
        """Fit how often they buy and when they leave."""
        return buying(self.again, self.recency, self.age, self.customers)

    def total(self, model: BgNbd, weeks: float, *, label: str) -> Estimate:
        """Estimate how often they buy in the next weeks."""
        return model.total(weeks, self.again, self.recency, self.age, self.customers, label=label)

    def each(self, model: BgNbd, weeks: float) -> Floats:
        """Return how often the customers of each group are expected to buy together."""
        return self.customers * model.purchases(weeks, self.again, self.recency, self.age)

    def staying(self, model: BgNbd) -> Floats:
        """Return how many customers of each group are expected not to have left."""
        return self.customers * model.alive(self.again, self.recency, self.age)


def histories(events: Events, amount: exp.Expr, event: str, until: date) -> Histories:
    """Group customers by what they bought up to ``until``."""
    text = place(sql(__package__, "purchases.sql"), the_amount=amount)
    cells = events.query(text, event=event, until=until)
    columns = {name: np.array(cells.column(name), dtype=float) for name in cells.columns}
    bought = columns["customers"] * columns["again"]
    value = np.divide(columns["amount"], bought, out=np.zeros(bought.shape), where=bought > 0)
    return Histories(
        until,
        columns["again"],
        columns["recency"] / WEEK,
        columns["age"] / WEEK,
        columns["customers"],
        value,
        columns["later"],
        cells.sql,
    )


def values(events: Events, amount: exp.Expr, event: str) -> tuple[GammaGamma, float]:
    """Fit what a purchase is worth; and how much frequency and value go together, a correlation.

    Raises
    ------
    TooFewError
        If too few bought again, or their mean has no bounds.
    """
    cells = events.query(place(sql(__package__, "purchases_values.sql"), the_amount=amount), event=event)
    again, total, many = (np.array(cells.column(name), dtype=float) for name in ("again", "amount", "customers"))
    own = total / again if again.size else total
    model = gamma_gamma(again, own, many)
    # Raises where the mean of all customers has no bounds.
    model.mean(0.0, 0.0)
    return model, correlation(again, own, many)


def correlation(one: Floats, other: Floats, weights: Floats) -> float:
    """Return the correlation of two columns, 0 where one of them does not vary."""
    a, b = one - np.average(one, weights=weights), other - np.average(other, weights=weights)
    spread = float(np.sqrt((weights * a * a).sum() * (weights * b * b).sum()))
    return float((weights * a * b).sum()) / spread if spread else 0.0


def staying(known: Histories, model: BgNbd) -> Estimate:
    """Estimate the share of the customers who bought again that have not left.

    Its interval holds the doubt about the parameters and who of them has left by chance; it is symmetric in log odds.
    """
    label, method = "repeat customers still alive", "BG/NBD by maximum likelihood; delta method on the log odds"
    n, back = known.repeaters, known.again > 0

    def share(one: BgNbd) -> float:
        return float(known.staying(one)[back].sum()) / n

    value = share(model)
    chance = known.staying(model)[back] / known.customers[back]
    variance = float((known.customers[back] * chance * (1 - chance)).sum()) / n**2
    variance += doubt([(share, model)])
    if not 0 < value < 1 or variance == 0:
        reason = "the model has nobody, or everybody, leave"
        return Estimate(label, value, None, None, Unit.SHARE, n, method, LEVEL, reason=reason)
    far = critical(LEVEL) * variance**0.5 / (value * (1 - value))
    odds = np.log(value / (1 - value))
    low, high = (float(1 / (1 + np.exp(-(odds + side * far)))) for side in (-1, 1))
    return Estimate(label, value, low, high, Unit.SHARE, n, method, LEVEL)


def worth(known: Histories, model: BgNbd, spend: GammaGamma, weeks: float, unit: Unit, *, label: str) -> Estimate:
    """Estimate what a customer is expected to spend in the next weeks, on average over all.

    Its interval holds the doubt about the parameters of both models, not what a single customer does by chance.
    """
    method = "BG/NBD and Gamma-Gamma by maximum likelihood; delta method on the log scale, parameters' doubt only"

    def by_buying(one: BgNbd) -> float:
        return float((known.each(one, weeks) * spend.mean(known.again, known.value)).sum()) / known.n

    def by_spending(one: GammaGamma) -> float:
        return float((known.each(model, weeks) * one.mean(known.again, known.value)).sum()) / known.n

    value = by_buying(model)
    far = float(np.exp(critical(LEVEL) * doubt([(by_buying, model), (by_spending, spend)]) ** 0.5 / value))
    return Estimate(label, value, value / far, value * far, unit, known.n, method, LEVEL)


def doubt(parts: list[tuple[Callable, BgNbd | GammaGamma]]) -> float:
    """Return the variance that doubt about the parameters of independent models gives a number (delta method)."""
    total = 0.0
    for number, model in parts:
        names = ("r", "alpha", "a", "b") if isinstance(model, BgNbd) else ("p", "q", "v")
        slopes = []
        for name in names:
            ends = [
                number(replace(model, **{name: getattr(model, name) * float(np.exp(side))})) for side in (STEP, -STEP)
            ]
            slopes.append((ends[0] - ends[1]) / (2 * STEP))
        total += float(np.array(slopes) @ np.array(model.covariance) @ np.array(slopes))
    return max(total, 0.0)


def tried(fit: Callable[[], BgNbd]) -> BgNbd | None:
    """Fit, or nothing where the customers do not tell."""
    try:
        return fit()
    except TooFewError:
        return None

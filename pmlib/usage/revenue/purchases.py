"""What customers without a contract will buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import sqlglot
from sqlglot import exp

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.core.words import listed
from pmlib.engine import Cells, place, sql
from pmlib.show import Chart, Column, Series, Table, bars, table
from pmlib.sources.contract import Events
from pmlib.sources.subscriptions.places import code_of
from pmlib.stats import BgNbd, GammaGamma
from pmlib.stats.leaving import alike
from pmlib.stats.purchases import REPEATERS
from pmlib.usage.revenue.histories import Histories, histories, staying, tried, values, worth

QUESTION = "What will customers buy?"
OFF = 0.1
"""How far, as a share, what was predicted may lie from what happened before it is doubted."""
TOGETHER = 0.3
"""Correlation of frequency and value from which taking them for independent misleads."""
GROUPS = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 6), (7, 9), (10, None))
"""Repeat purchases of the rows of the table."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A model fitted to a first part of the data, and what it predicted of the rest."""

    known: Histories
    model: BgNbd
    weeks: float
    predicted: Estimate

    @property
    def actual(self) -> int:
        """Repeat purchases in the rest."""
        return int(self.known.later.sum())

    @property
    def off(self) -> float | None:
        """What was predicted too much, as a share of what happened; ``None`` where nothing did."""
        return (self.predicted.value or 0.0) / self.actual - 1 if self.actual else None


@answering("purchases", QUESTION)
def purchases(
    events: Events, *, amount: str = "amount_eur", event: str = "", horizon_weeks: int = 52, currency: str = ""
) -> Finding:
    """Answer what customers without a contract will buy.

    How often: a BG/NBD model, in which a customer buys at random times until they leave for good after a purchase. How
    much at a time: a Gamma-Gamma model. Purchases of one day are one; the first day makes the customer, no repeat.
    The model is tried on the data themselves: fitted to the first half, it predicts the second.

    Parameters
    ----------
    amount
        The property that holds the value of a purchase; events without one are no purchases, a value of 0 is one, and
        below 0 it is set aside.
    event
        The event that is a purchase; any with an amount by default. Renewals of subscriptions are none.
    horizon_weeks
        Weeks looked ahead.
    currency
        The currency of ``amount``; by default the one its name ends in.

    Raises
    ------
    SettingError
        If the property or event is unknown, or ``horizon_weeks`` is less than 1.
    TooFewError
        If too few bought again, or they do not show when customers leave.

    References
    ----------
    Fader, Hardie and Lee (2005), Marketing Science 24:275-284. Fader and Hardie (2013), The Gamma-Gamma Model of
    Monetary Value.
    """
    if horizon_weeks < 1:
        raise SettingError(f"horizon_weeks is {horizon_weeks}; it is a number of weeks, 1 or more.")
    if not amount:
        raise TooFewError("No amount is named. Give amount the property that holds what a purchase is worth.")
    value = number(events, amount)
    if event:
        events.known(event)
    seen = events.query(place(sql(__package__, "purchases_events.sql"), the_amount=value), event=event)
    first = min((row.first for row in seen if row.first), default=None)
    if first is None:
        raise TooFewError(
            f"No event{f' {event}' if event else ''} has a number of 0 or more in '{amount}'. Name another."
        )
    known = histories(events, value, event, events.as_of)
    if known.repeaters < REPEATERS:
        raise TooFewError(
            f"{events.who.count(known.repeaters)} bought again; a model of buying needs {REPEATERS} or more. Load a "
            "longer time, or name another event."
        )
    model = known.model()
    ahead = f"{horizon_weeks} weeks" if horizon_weeks > 1 else "week"
    total = known.total(model, horizon_weeks, label=f"repeat purchases in the next {ahead}")
    alive = staying(known, model)
    code = currency or code_of(amount)
    unit = Unit.currency(code) if code else Unit.NUMBER
    spend, why = spending(events, value, event)
    each = worth(known, model, spend[0], horizon_weeks, unit, label=f"value in the next {ahead}") if spend else None
    trial = held_out(events, value, event, first)
    return Finding(
        id=made_id("purchases", event, events.segment),
        question=QUESTION,
        headline=headline(events, known, total, each, ahead),
        estimates=(total, *([each] if each else []), alive, *checked(trial)),
        table=numbers(known, model, spend[0] if spend else None, horizon_weeks, trial, events.who.many, unit),
        figure=chart(known, model, horizon_weeks, trial, events.who.many),
        cautions=(
            *cautions(seen, event, amount, trial, first, known, horizon_weeks),
            *([why] if why else []),
            *related(spend),
        ),
        definition=events.describe(
            f"A purchase is a day with {event or 'any event'} that has {amount}, 0 or more; repeats are those after a "
            "customer's first day",
            "how often and until when by BG/NBD, how much by Gamma-Gamma: when and how much are taken to be "
            "independent, and rates not to change with the season",
            "who bought once counts in what is expected, not among those still alive: the model lets nobody leave "
            "before a repeat",
            "all are taken to leave as easily, for the data show no difference" if alike(model) else "",
            f"tried by a fit up to {day_text(trial.known.until, year=True)}" if trial else "",
        ),
        query=known.sql,
        kpi=Kpi(each or total, routine=True),
    )


def number(events: Events, amount: str) -> exp.Expr:
    """Return the expression that reads an amount as a number."""
    given = events.property(amount)
    return sqlglot.parse_one("TRY_CAST(given AS DOUBLE)", dialect="duckdb").transform(
        lambda node: given if node == exp.column("given") else node
    )


def spending(events: Events, value: exp.Expr, event: str) -> tuple[tuple[GammaGamma, float] | None, str]:
    """Fit what purchases are worth; where that cannot be told, say why."""
    try:
        return values(events, value, event), ""
    except TooFewError as error:
        return None, f"What a purchase is worth cannot be said: {error}"


def held_out(events: Events, value: exp.Expr, event: str, first: date) -> Trial | None:
    """Fit to the first half of the days, and predict the second; ``None`` where the half does not tell."""
    until = first + timedelta(days=(events.as_of - first).days // 2)
    known = histories(events, value, event, until)
    model = tried(known.model)
    if model is None:
        return None
    weeks = (events.as_of - until).days / 7
    label = f"repeat purchases after {day_text(until, year=True)}, predicted"
    return Trial(known, model, weeks, known.total(model, weeks, label=label))


def checked(trial: Trial | None) -> tuple[Estimate, ...]:
    """What was predicted of the second half, and what happened."""
    if trial is None:
        return ()
    label = f"repeat purchases after {day_text(trial.known.until, year=True)}, counted"
    reason = "a full count has no sampling interval"
    count = Estimate(
        label, float(trial.actual), None, None, Unit.COUNT, trial.known.n, "days with a purchase", reason=reason
    )
    off = trial.off
    if off is None:
        return trial.predicted, count
    gap = Estimate(
        "predicted less counted", off, None, None, Unit.LIFT, trial.known.n, "ratio to the count", reason=reason
    )
    return trial.predicted, count, gap


def headline(events: Events, known: Histories, total: Estimate, each: Estimate | None, ahead: str) -> str:
    """Say how often customers will buy, and for how much each."""
    text = (
        f"{events.who.count(known.n)} who bought are expected to buy {total.unit.text(total.value)} more times in the "
    )
    text += f"next {ahead} ({total.range})"
    if each is None:
        return text
    return f"{text}, worth {each.unit.text(each.value)} a {events.who.one} ({each.range})"


def cautions(
    seen: Cells, event: str, amount: str, trial: Trial | None, first: date, known: Histories, weeks: int
) -> list[str]:
    """What to doubt: the trial, what counts as a purchase, how far one looks."""
    found: list[str] = []
    if trial is None:
        found.append(
            "The model could not be tried: the first half of the data tells too little. Its numbers are untested."
        )
    else:
        found += trial_doubts(trial)
    names = [row.event for row in seen]
    if not event and len(names) > 1:
        found.append(
            f"{amount} stands on {listed(names)}: all count as purchases. Name one event where some are renewals of a "
            "contract."
        )
    refunds = sum(row.negative for row in seen)
    if refunds:
        found.append(f"Events set aside because {amount} is below 0, as for a refund: {refunds:,}.")
    span = (known.until - first).days / 7
    if weeks > span:
        found.append(
            f"The next {weeks} weeks are more than the {span:.0f} weeks of data: nobody has seen so long a time."
        )
    return found


def trial_doubts(trial: Trial) -> list[str]:
    """Doubt a model whose prediction of the second half was off."""
    low, high, off = trial.predicted.low, trial.predicted.high, trial.off
    inside = low is not None and high is not None and low <= trial.actual <= high
    if inside or (off is not None and abs(off) < OFF):
        return []
    way = "nothing was bought" if off is None else f"{Unit.LIFT.text(abs(off))} {'more' if off > 0 else 'less'}"
    text = f"Fitted to the data up to {day_text(trial.known.until, year=True)}, the model predicted "
    text += f"{Unit.COUNT.text(trial.predicted.value)} repeat purchases afterwards; {trial.actual:,} happened"
    text += f": {way}" if off is None else f", {way} than it should have"
    return [f"{text}. Take its numbers for a rough guide."]


def related(spend: tuple[GammaGamma, float] | None) -> list[str]:
    """Doubt the value where frequent customers spend more, or less, at a time."""
    if spend is None or abs(spend[1]) < TOGETHER:
        return []
    way = "more" if spend[1] > 0 else "less"
    return [f"Who buys more often spends {way} at a time (correlation {spend[1]:.2f}); the model knows no such tie."]


def grouped(again: np.ndarray, parts: np.ndarray) -> list[float]:
    """Add up by groups of repeat purchases."""
    return [
        float(parts[(again >= low) & (again <= (high if high is not None else np.inf))].sum()) for low, high in GROUPS
    ]


def labels() -> list[str]:
    """Name the groups of repeat purchases."""
    return [
        f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}" for low, high in GROUPS
    ]


def numbers(
    known: Histories, model: BgNbd, spend: GammaGamma | None, weeks: int, trial: Trial | None, many: str, unit: Unit
) -> Table:
    """What is expected by how often customers bought again, and how the trial went."""
    people = many.capitalize()
    each = known.each(model, weeks)
    value = each * spend.mean(known.again, known.value) if spend else np.zeros(each.shape)
    columns = [Column("Repeat purchases"), Column(people, Unit.COUNT), Column("Still alive", Unit.SHARE)]
    columns += [Column("Expected purchases", Unit.COUNT), Column("Expected value", unit)]
    parts: list[Sequence[float | None]] = [
        grouped(known.again, known.customers),
        grouped(known.again, known.staying(model)),
        grouped(known.again, each),
        grouped(known.again, value),
    ]
    rows = [
        [label, round(n), stay / n if n and place else None, times, total if spend else None]
        for place, (label, n, stay, times, total) in enumerate(zip(labels(), *parts, strict=True))
    ]
    if trial:
        day = day_text(trial.known.until, year=True)
        columns += [Column(f"{people} by {day}", Unit.COUNT), Column("Predicted after", Unit.COUNT)]
        columns.append(Column("Counted after", Unit.COUNT))
        old = trial.known
        tests = (old.customers, old.each(trial.model, trial.weeks), old.later)
        for row, n, guess, count in zip(rows, *(grouped(old.again, one) for one in tests), strict=True):
            row += [round(n), guess, round(count)]
    return table(columns, rows, size=people)


def chart(known: Histories, model: BgNbd, weeks: int, trial: Trial | None, many: str) -> Chart:
    """How the trial went, or what is expected where there was none."""
    names = tuple(labels())
    if trial is None:
        expected = grouped(known.again, known.each(model, weeks))
        words = f"Purchases expected in the next {weeks} weeks, by how often {many} bought again: "
        words += f"{sum(expected):,.0f} in all."
        drawn = [Series("expected", names, tuple(expected))]
        caption = f"Bars are purchases expected of {many} who have bought again so many times."
        title = "repeat purchases so far"
        return bars(
            drawn, unit=Unit.COUNT, description=words, caption=caption, dates=False, stacked=False, x_title=title
        )
    old, day = trial.known, day_text(trial.known.until, year=True)
    guesses, counts = grouped(old.again, old.each(trial.model, trial.weeks)), grouped(old.again, old.later)
    words = f"Repeat purchases after {day}, predicted from those before, by how often {many} had bought again: "
    words += f"{sum(guesses):,.0f} predicted, {sum(counts):,.0f} counted."
    drawn = [Series("predicted", names, tuple(guesses)), Series("counted", names, tuple(counts), role="other")]
    caption = f"Bars are purchases made after {day} by {many} who had bought again so many times up to then. "
    caption += "The model saw those up to then only."
    title = f"repeat purchases up to {day}"
    return bars(drawn, unit=Unit.COUNT, description=words, caption=caption, dates=False, stacked=False, x_title=title)

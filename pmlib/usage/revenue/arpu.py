"""What a paying customer pays a month."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, TooFewError, Unit, answering, made_id
from pmlib.engine import Cells
from pmlib.metrics.mrr import PARTS, Movements, Step, movements
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Subscriptions
from pmlib.stats import mean
from pmlib.usage.revenue.doubts import concentrated, ended, few, moments, unread

QUESTION = "What does a paying customer pay a month?"


@dataclass(frozen=True)
class Average:
    """Who pays at the end of a period: how many, the mean with its interval, and the share of who pays most."""

    number: int
    n: int
    mean: Estimate
    top: float


@answering("arpu", QUESTION)
def arpu(
    subscriptions: Subscriptions, *, months: int = 12, every: Grain = "month", cancelled: str = "", grace: int = 0
) -> Finding:
    """Answer what a paying customer pays a month.

    MRR divided by the customers who pay, at the end of each complete period; its interval takes the customers as a
    sample of those one might have.

    Parameters
    ----------
    months
        Months shown.
    every, cancelled, grace
        As in :func:`pmlib.usage.mrr`.

    Raises
    ------
    TooFewError
        If nobody pays at the end of the last complete period.
    """
    found = movements(subscriptions, every=every, cancelled=cancelled, grace=grace)
    shown, last = found.back(months), found.last
    if not last.paying:
        raise TooFewError(f"Nobody paid {ended(found.buckets, last.number)}. Show an earlier day by as_of.")
    cells = found.held([step.number for step in shown])
    averages = averaged(found, cells)
    now = averages[-1]
    top = next(int(row.most) for row in reversed(cells.rows))
    where = ended(found.buckets, last.number)
    return Finding(
        id=made_id("arpu", "" if every == "month" else every),
        question=QUESTION,
        headline=headline(found, now),
        estimates=(now.mean,),
        table=numbers(found, averages),
        figure=chart(found, averages, shown),
        cautions=(*few(found, now.n, where), *unread(found), *concentrated(found, top, last.closing, where)),
        definition=subscriptions.describe(
            "ARPU is MRR by the customers who pay, each counted once",
            *found.words,
            found.buckets.running(subscriptions.as_of),
        ),
        query=cells.sql,
        kpi=Kpi(now.mean, history=tuple(by_step(averages, shown)), routine=True),
    )


def averaged(found: Movements, cells: Cells) -> tuple[Average, ...]:
    """Lay out the periods at whose end anybody pays."""
    rows = ((int(row.point), int(row.customers), int(row.amount), int(row.squares), int(row.most)) for row in cells)
    return tuple(
        Average(number, n, average(found, n, amount, squares), most / amount)
        for number, n, amount, squares, most in rows
    )


def average(found: Movements, n: int, amount: int, squares: int) -> Estimate:
    """Estimate the mean of what ``n`` customers pay; open where no two of them differ."""
    alone = n == 1
    if alone or n * squares == amount * amount:
        reason = "one customer shows no spread" if alone else "all pay the same, which shows no spread"
        value = amount / n / PARTS
        return Estimate("ARPU", value, None, None, found.unit, n, "mean over customers", reason=reason)
    # Nobody who pays pays less than nothing.
    return mean(moments(n, amount, squares), unit=found.unit, label="ARPU").limited(0)


def by_step(averages: Sequence[Average], shown: Sequence[Step]) -> list[float | None]:
    """Return the mean of each period shown, ``None`` where nobody paid."""
    means = {one.number: one.mean.value for one in averages}
    return [means.get(step.number) for step in shown]


def headline(found: Movements, now: Average) -> str:
    """Say what a customer pays, and how sure where they are few."""
    buckets, n = found.buckets, found.subscriptions.who
    text = f"A paying {n.one} paid {now.mean.unit.text(now.mean.value)} a month on average"
    return f"{text} {ended(buckets, now.number)} ({now.mean.range}, {n.count(now.n)})"


def numbers(found: Movements, averages: Sequence[Average]) -> Table:
    """The means as a table."""
    unit = found.unit
    columns = [
        Column(found.buckets.every.capitalize(), Unit.DATE),
        Column("Customers", Unit.COUNT),
        Column("ARPU", unit),
        Column("Low", unit),
        Column("High", unit),
        Column("Top customer's share of MRR", Unit.SHARE),
    ]
    rows = [
        (found.buckets.start(one.number), one.n, one.mean.value, one.mean.low, one.mean.high, one.top)
        for one in averages
    ]
    return table(columns, rows, size="Customers")


def chart(found: Movements, averages: Sequence[Average], shown: Sequence[Step]) -> Chart:
    """The means as a line with its band."""
    buckets: Buckets = found.buckets
    known = {one.number: one.mean for one in averages}
    days = tuple(buckets.start(step.number).isoformat() for step in shown)
    means = [known.get(step.number) for step in shown]
    drawn = Series(
        "ARPU",
        days,
        tuple(one and one.value for one in means),
        tuple(one and one.low for one in means),
        tuple(one and one.high for one in means),
    )
    first, now = averages[0], averages[-1]
    words = f"What a paying customer pays a month, {buckets.period(shown[0].number, shown[-1].number)}: "
    words += f"{found.unit.text(first.mean.value)} at first, {now.mean} at last."
    return line([drawn], unit=found.unit, description=words, caption="The band is the 95% interval of the mean.")

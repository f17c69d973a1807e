"""MRR: what every customer pays a month, and how it moves from period to period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlglot
from sqlglot import exp

from pmlib.core import Buckets, Grain, SettingError, TooFewError, Unit
from pmlib.core.periods import day_text
from pmlib.engine import Cells, Engine, place, sql
from pmlib.sources.contract import Subscriptions
from pmlib.sources.subscriptions.doubts import TINY

PARTS = 1_000_000
"""Parts of a unit of currency in which MRR is summed, as whole numbers: sums close to the last digit."""
GAINS = ("new", "reactivation", "expansion")
LOSSES = ("contraction", "churn")
KINDS = (*GAINS, *LOSSES)
SHORTEST_MONTH = 28
ENDED = "CASE WHEN cancelled <= $as_of THEN least(coalesce(ended, cancelled), cancelled) ELSE ended END"


@dataclass(frozen=True)
class Step:
    """MRR of one period, in millionths of the currency.

    Parameters
    ----------
    number
        The period, as :class:`pmlib.core.Buckets` numbers it.
    opening
        MRR when it began.
    changes, customers
        By how much each of ``KINDS`` moved it, and how many customers did; losses are negative.
    paying
        Customers who pay at its end.

    Examples
    --------
    >>> Step(0, 100, (50, 0, 10, -5, -20), (1, 0, 1, 1, 1), 4).closing
    135
    """

    number: int
    opening: int
    changes: tuple[int, ...]
    customers: tuple[int, ...]
    paying: int

    @property
    def closing(self) -> int:
        """MRR at its end."""
        return self.opening + sum(self.changes)

    def change(self, *kinds: str) -> int:
        """Return by how much movements of these kinds changed MRR together."""
        return sum(self.changes[KINDS.index(kind)] for kind in kinds)

    def count(self, *kinds: str) -> int:
        """Return how many customers moved so."""
        return sum(self.customers[KINDS.index(kind)] for kind in kinds)

    def rate(self, *kinds: str) -> float | None:
        """Return what movements of these kinds took off the opening MRR, as a share; ``None`` where it was 0.

        Gross churn is the rate of ``LOSSES``, net churn takes ``"expansion"`` off it, and some vendors also
        ``"reactivation"``.
        """
        return -self.change(*kinds) / self.opening if self.opening else None


@dataclass(frozen=True, eq=False)
class Movements:
    """MRR by period and customer, ready to be asked; what :func:`movements` returns.

    Parameters
    ----------
    steps
        The whole periods, oldest first, without gaps.
    unseen
        Customers whose paid days lie between two ends of periods, so that no MRR shows them.
    words
        The choices made, for the line under a chart.
    unread
        Subscriptions whose day of cancelling cannot be read: they count until the paid time ends.
    """

    subscriptions: Subscriptions
    buckets: Buckets
    steps: tuple[Step, ...]
    unseen: int
    words: tuple[str, ...]
    engine: Engine
    made: tuple[str, ...]
    unread: int = 0

    @property
    def unit(self) -> Unit:
        """The unit of amounts."""
        return Unit.currency(self.subscriptions.currency) if self.subscriptions.currency else Unit.NUMBER

    @property
    def last(self) -> Step:
        """The last whole period."""
        return self.steps[-1]

    def back(self, months: int) -> tuple[Step, ...]:
        """Return the periods that begin in the last ``months`` months; fewer where there are fewer.

        Raises
        ------
        SettingError
            If ``months`` is less than 1.
        """
        if months < 1:
            raise SettingError(f"months is {months}; ask for 1 month or more.")
        end = self.buckets.end(self.last.number)
        month = end.year * 12 + end.month - 1 - months
        before = date(month // 12, month % 12 + 1, min(end.day, SHORTEST_MONTH))
        return tuple(step for step in self.steps if self.buckets.start(step.number) > before) or self.steps[-1:]

    def held(self, points: Sequence[int]) -> Cells:
        """Return for each period who pays at its end: customers, amount, squares, most."""
        return self.asked("mrr_held.sql", points=list(points))

    def kept(self, points: Sequence[int], span: int, *, returned: bool = False) -> Cells:
        """Return for each period what those pay at its end who paid ``span`` periods earlier."""
        return self.asked("mrr_kept.sql", points=list(points), span=span, returned=returned)

    def stretches(self) -> Cells:
        """Return how long customers' first stretches of paying last: months and days, how many ended, how many run."""
        return self.asked("mrr_stretches.sql", as_of=self.subscriptions.as_of)

    def asked(self, file: str, **values: object) -> Cells:
        """Run a query over ``mrr_changes`` and ``mrr_paid``; its SQL says how these were made."""
        cells = self.engine.query(sql(__package__, file), **values)
        return Cells(cells.columns, cells.rows, "\n\n".join([*self.made, cells.sql]))


def movements(
    subscriptions: Subscriptions, *, every: Grain = "month", cancelled: str = "", grace: int = 0
) -> Movements:
    """Lay out what every customer pays a month, by period.

    A customer's MRR is the sum of the subscriptions paid for at the end of the period's last day. Movements are net per
    customer and period: ``new`` who pays for the first time ever, ``reactivation`` who paid before and nothing when the
    period began, ``churn`` who pays nothing at its end, ``expansion`` and ``contraction`` who pays more or less; one of
    several subscriptions ended is contraction. They add up to the change of MRR exactly.

    Parameters
    ----------
    every, cancelled, grace
        The periods; the property with the day of cancelling, if MRR is lost then; the days of a gap that is no churn.

    Raises
    ------
    SettingError
        If no subscriptions are given, the property is unknown or holds no days, or ``grace`` is negative.
    TooFewError
        If no period is complete.
    """
    if not isinstance(subscriptions, Subscriptions):
        raise SettingError(
            f"Recurring revenue asks about subscriptions, and was given {type(subscriptions).__name__}: load them with "
            "pmlib.sources.load_subscriptions(…)."
        )
    if grace < 0:
        raise SettingError(f"grace is {grace}; it is a number of days, 0 or more.")
    buckets = Buckets(every, subscriptions.weeks)
    end, unread = end_of(subscriptions, cancelled)
    paid = place(sql(__package__, "mrr_paid.sql"), the_end=end)
    given: dict[str, object] = {"as_of": subscriptions.as_of, "grace": grace}
    engine = subscriptions.engine.keeping("mrr_paid", paid, **given)
    changes, kind = sql(__package__, "mrr.sql"), {"every": every, "week_start": subscriptions.weeks.number}
    asked = engine.keeping("mrr_changes", changes, **kind)
    last = buckets.last_complete(subscriptions.as_of)
    begin = engine.query("SELECT min(started) AS day FROM mrr_paid").one().day
    if begin is None:
        raise TooFewError(f"Nobody paid up to {day_text(subscriptions.as_of, year=True)}. Load paid subscriptions.")
    # The first period counts only if the data begin on its first day.
    first = buckets.number(begin) + (buckets.start(buckets.number(begin)) < begin)
    if first > last:
        raise TooFewError(
            f"No {every} is complete: the subscriptions run from {day_text(begin, year=True)} to "
            f"{day_text(subscriptions.as_of, year=True)}. Load at least one whole {every}."
        )
    cells = asked.query(sql(__package__, "mrr_totals.sql"), last=last)
    unseen = (
        asked.query("SELECT count(DISTINCT customer) AS n FROM mrr_paid ANTI JOIN mrr_changes USING (customer)").one().n
    )
    lines = ("-- $grace = " + repr(grace) + f"\n-- $as_of = {subscriptions.as_of!r}\n-- mrr_paid:\n{paid}",)
    made = (*lines, f"-- $every = {every!r}\n-- mrr_changes:\n{changes.strip()}")
    return Movements(
        subscriptions, buckets, stepped(cells, first, last), unseen, said(subscriptions, buckets, cancelled, grace),
        asked, made, unread,
    )  # fmt: skip


def end_of(subscriptions: Subscriptions, cancelled: str) -> tuple[exp.Expr, int]:
    """Return the expression of the first day without MRR, and for how many subscriptions it is not known."""
    if not cancelled:
        return exp.column("ended"), 0
    given, day = subscriptions.property(cancelled), subscriptions.days.get(cancelled)
    text = "SELECT count(the_property) AS filled, count(the_day) AS read FROM subscriptions"
    row = subscriptions.query(place(text, the_property=given, the_day=day or exp.null())).one()
    if day is None or 2 * row.read < row.filled or not row.read:
        raise SettingError(
            f"'{cancelled}' holds no day for {'more than half' if row.read else 'any'} of those that fill it. Name the "
            "property that holds the day of cancelling, such as 2026-11-22, or leave cancelled empty. Where its days "
            "are written as 03/11/2026, say times='day first' or times='month first' when loading."
        )
    ended = sqlglot.parse_one(ENDED, dialect="duckdb").transform(
        lambda node: day.copy() if node == exp.column("cancelled") else node
    )
    return ended, row.filled - row.read


def stepped(cells: Cells, first: int, last: int) -> tuple[Step, ...]:
    """Lay the movements out period by period, from the first whole one on."""
    moved = {(int(row.bucket), row.kind): (int(row.change), int(row.customers)) for row in cells}
    before = [key for key in moved if key[0] < first]
    opening = sum(moved[key][0] for key in before)
    came, went = ("new", "reactivation"), ("churn",)
    paying = sum(moved[key][1] * ((key[1] in came) - (key[1] in went)) for key in before)
    steps: list[Step] = []
    for number in range(first, last + 1):
        pairs = [moved.get((number, kind), (0, 0)) for kind in KINDS]
        step = Step(number, opening, tuple(change for change, _ in pairs), tuple(count for _, count in pairs), 0)
        paying += step.count(*came) - step.count(*went)
        steps.append(Step(number, opening, step.changes, step.customers, paying))
        opening = steps[-1].closing
    return tuple(steps)


def said(subscriptions: Subscriptions, buckets: Buckets, cancelled: str, grace: int) -> tuple[str, ...]:
    """Write the choices behind MRR."""
    dropped = subscriptions.origin.ledger.dropped
    free = dropped.get("free", 0) + dropped.get(TINY, 0)
    return (
        f"MRR is a month's worth of the subscriptions paid at the end of a period's last day, {buckets.named}",
        "a year's price counts by its twelfth",
        f"lost when it is cancelled ({cancelled})" if cancelled else "lost when the paid time ends",
        f"gaps of up to {grace} days are no churn" if grace else "a gap inside one period is no churn",
        f"{free:,} free subscriptions not counted" if free else "free subscriptions not counted",
    )

"""How much of the recurring revenue stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.metrics.mrr import LOSSES, Movements, movements
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Subscriptions
from pmlib.stats import share
from pmlib.stats.clusters import clustered_mean, clustered_share
from pmlib.usage.revenue.doubts import FULL_COUNT, concentrated, customers, ended, few, unread

QUESTION = "How much of the recurring revenue stays?"
WILSON = "Wilson score interval at the effective number of customers, all that one pays as a cluster"


@dataclass(frozen=True)
class Kept:
    """What those pay at the end of a month who paid ``span`` months earlier.

    Parameters
    ----------
    net, gross
        MRR kept with and without what they pay more.
    logos
        Share of the customers who left.
    returned, back
        Customers who left and came back, and the net share if they count.
    """

    number: int
    n: int
    net: Estimate
    gross: Estimate
    logos: Estimate
    returned: int
    back: float


@answering("revenue-retention", QUESTION)
def revenue_retention(
    subscriptions: Subscriptions,
    *,
    span: int = 12,
    months: int = 12,
    returned: bool = False,
    cancelled: str = "",
    grace: int = 0,
) -> Finding:
    """Answer how much of the recurring revenue stays.

    Net revenue retention (NRR) is what the customers who paid ``span`` months ago pay now, as a share of what they paid
    then; gross revenue retention (GRR) counts each with no more than then. New customers count in neither, and who left
    and came back has left. Intervals take customers as clusters, large ones with all they pay.

    Parameters
    ----------
    span
        Months between opening and closing; fewer where the data are shorter.
    months
        Months shown.
    returned
        Whether who left and came back counts with what they pay now.
    cancelled, grace
        As in :func:`pmlib.usage.mrr`.

    Raises
    ------
    SettingError
        If ``span`` is less than 1.
    TooFewError
        If fewer than two customers paid at the opening.
    """
    if span < 1:
        raise SettingError(f"span is {span}; it is a number of months, 1 or more.")
    found = movements(subscriptions, cancelled=cancelled, grace=grace)
    # The first month has an opening too, unless nobody paid when it began.
    reach = max(1, min(span, len(found.steps) - (not found.steps[0].opening)))
    shown = [step.number for step in found.back(months)]
    kept, sql = followed(
        found, [number for number in shown if number - reach >= found.steps[0].number - 1], reach, returned
    )
    monthly, _ = followed(found, shown, 1, returned)
    before = ended(found.buckets, found.last.number - reach)
    now = kept.get(found.last.number)
    if now is None:
        raise TooFewError(
            f"Fewer than 2 customers paid {before}, so what stays of it cannot be said. Choose a shorter span."
        )
    held = found.held([found.last.number - reach]).one()
    return Finding(
        id=made_id("revenue-retention"),
        question=QUESTION,
        headline=headline(found, now, reach),
        estimates=(now.net, now.gross, now.logos, *one_month(found, monthly.get(found.last.number))),
        table=numbers(found, shown, kept, monthly, reach),
        figure=chart(found, list(kept.values()), reach),
        cautions=(
            *([f"The data hold no {span} months; NRR and GRR stand over {reach}."] if reach < span else []),
            *few(found, now.n, before),
            *unread(found),
            *concentrated(found, int(held.most), int(held.amount), before),
            *came_back(found, now, returned=returned),
        ),
        definition=subscriptions.describe(
            f"NRR is what those who paid {reach} months earlier pay at a month's end, by what they paid then; GRR "
            "counts each with no more than then",
            "who left and came back counts with what they pay" if returned else "who left and came back has left",
            "gross churn is contraction and churn by the MRR before; net churn takes expansion off it, and as "
            "ChartMogul counts it also reactivation",
            *found.words,
            found.buckets.running(subscriptions.as_of),
        ),
        query=sql,
        kpi=Kpi(now.net, history=tuple(one.net.value for one in kept.values()), routine=True),
    )


def followed(found: Movements, numbers: Sequence[int], span: int, returned: bool) -> tuple[dict[int, Kept], str]:
    """Follow those who paid ``span`` months before each month, where they are two or more; and the SQL that ran."""
    cells = found.kept(numbers, span, returned=returned)
    rows = [dict(zip(cells.columns, map(int, row), strict=True)) for row in cells]
    return {row["point"]: read(row, span) for row in rows if row["customers"] > 1}, cells.sql


def read(row: Mapping[str, int], span: int) -> Kept:
    """Make the estimates of one month's sums."""
    n, opening, over = row["customers"], row["opening"], f"over {span} month{'s' if span > 1 else ''}"
    sums = (n, row["kept"], opening, row["kept2"], row["cross_kept"], row["opening2"])
    gross = replace(clustered_share(*sums, label=f"GRR {over}"), method=WILSON)
    if row["closing"] == row["kept"]:
        # Nobody pays more than before, so both are one share.
        net = replace(gross, label=f"NRR {over}")
    else:
        sums = (n, row["closing"], opening, row["closing2"], row["cross_closing"], row["opening2"])
        net = clustered_mean(*sums, unit=Unit.SHARE, label=f"NRR {over}").limited(0)
    logos = share(row["lost"], n, label=f"customers lost {over}")
    return Kept(row["point"], n, net, gross, logos, row["returned"], row["back"] / opening)


def one_month(found: Movements, kept: Kept | None) -> tuple[Estimate, ...]:
    """Return the churn of the last month: of customers, gross, net, and as a vendor counts it."""
    if kept is None:
        return ()
    gross, net = (
        lost(kept.gross, "gross MRR churn in the last month"),
        lost(kept.net, "net MRR churn in the last month"),
    )
    vendor = Estimate(
        "net MRR churn in the last month as ChartMogul counts",
        found.last.rate(*LOSSES, "expansion", "reactivation"),
        None,
        None,
        Unit.SHARE,
        kept.n,
        "contraction and churn less expansion and reactivation, by the MRR before",
        reason=FULL_COUNT,
    )
    return replace(kept.logos, label="customers lost in the last month"), gross, net, vendor


def lost(kept: Estimate, label: str) -> Estimate:
    """Turn a share kept into the share lost."""
    value, low, high = (None if end is None else 1 - end for end in (kept.value, kept.high, kept.low))
    return replace(kept, label=label, value=value, low=low, high=high)


def headline(found: Movements, now: Kept, span: int) -> str:
    """Say what share of the MRR stayed, and how sure."""
    then = f"{span} months" if span > 1 else "a month"
    text = (
        f"{now.net.unit.text(now.net.value)} of the MRR that {customers(found, now.n)} paid {then} earlier was still "
    )
    text += f"paid {ended(found.buckets, found.last.number)}"
    if now.net.value == now.gross.value:
        return f"{text} ({now.net.range}); nobody who stayed pays more"
    return f"{text}, increases counted ({now.net.range}); without increases {now.gross.unit.text(now.gross.value)}"


def came_back(found: Movements, now: Kept, *, returned: bool) -> list[str]:
    """Say what those who left and came back would change."""
    if not now.returned or returned:
        return []
    return [
        f"{customers(found, now.returned)} left and came back: with what they pay, NRR would be "
        f"{Unit.SHARE.text(now.back)}."
    ]


def numbers(
    found: Movements, shown: Sequence[int], kept: Mapping[int, Kept], monthly: Mapping[int, Kept], span: int
) -> Table:
    """The shares kept and lost, by month."""
    over = f"{span} months" if span > 1 else "1 month"
    titles = (f"NRR, {over}", "Low", "High", f"GRR, {over}", "GRR low", "GRR high", "Customers lost", "Gross churn")
    shares = [Column(title, Unit.SHARE) for title in (*titles, "Net churn", "Net churn as ChartMogul counts")]
    steps = {step.number: step for step in found.steps}
    rows = []
    for number in shown:
        over_span, month = kept.get(number), monthly.get(number)
        wide = (over_span.net, over_span.gross) if over_span else ()
        ends = [end for one in wide for end in (one.value, one.low, one.high)] or [None] * 6
        vendor = steps[number].rate(*LOSSES, "expansion", "reactivation")
        close = (month.logos.value, lost(month.gross, "").value, lost(month.net, "").value) if month else (None,) * 3
        rows.append(
            (
                found.buckets.start(number),
                over_span.n if over_span else None,
                *ends,
                month.n if month else None,
                *close,
                vendor,
            )
        )
    columns = [Column("Month", Unit.DATE), Column("Customers", Unit.COUNT), *shares[:6]]
    columns += [Column("Customers a month before", Unit.COUNT), *shares[6:]]
    return table(columns, rows, size="Customers a month before")


def chart(found: Movements, kept: Sequence[Kept], span: int) -> Chart:
    """The shares kept as lines with their bands."""
    days = tuple(found.buckets.start(one.number).isoformat() for one in kept)
    net, gross = drawn_of("NRR", days, [one.net for one in kept]), drawn_of("GRR", days, [one.gross for one in kept])
    same = all(one.net.value == one.gross.value for one in kept)
    words = f"Share of the MRR of {span} months earlier that is still paid, by month: NRR {kept[-1].net} at last, "
    words += f"GRR {kept[-1].gross}."
    caption = "NRR and GRR are one line: nobody pays more than before." if same else ""
    drawn = [net] if same else [net, replace(gross, role="other")]
    return line(drawn, unit=Unit.SHARE, description=words, caption=caption)


def drawn_of(name: str, days: Sequence[str], shares: Sequence[Estimate]) -> Series:
    """Make a line with its band."""
    return Series(
        name,
        tuple(days),
        tuple(one.value for one in shares),
        tuple(one.low for one in shares),
        tuple(one.high for one in shares),
    )

"""What a customer brings, from the first payment on."""

import math
from bisect import bisect_left

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.engine import Cells
from pmlib.metrics.mrr import Movements, movements
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Subscriptions
from pmlib.stats import share
from pmlib.stats.survival import Survival, kaplan_meier_counts
from pmlib.usage.revenue.arpu import average
from pmlib.usage.revenue.doubts import FEW, concentrated, customers, ended, few, unread

QUESTION = "What does a customer bring?"
RECENT = 3
"""Months whose churn the simple formula takes."""
SHORT = 1e-9
"""Months by which who still pays was followed less than to the day after the last one counted."""
METHOD = "ARPU x margin x the area under the Kaplan-Meier curve; delta method on the log scale"
MONTHS = Unit("duration", 1, "months")


@answering("lifetime-value", QUESTION)
def lifetime_value(
    subscriptions: Subscriptions, *, margin: float = 1.0, horizon: int = 24, cancelled: str = "", grace: int = 0
) -> Finding:
    """Answer what a customer brings within a horizon.

    What a paying customer pays a month now, times the margin, times the months a customer is expected to pay within the
    horizon: the area under the Kaplan-Meier curve of customers' first stretches of paying, in which those who still pay
    count for as long as they were followed. ARPU / churn, the simple formula, stands beside it; it takes for granted
    that churn is the same at every age and goes on for ever.

    Parameters
    ----------
    margin
        Share of the revenue that is left after the costs of serving it.
    horizon
        Months from the first payment; fewer where nobody was followed that long.
    cancelled, grace
        As in :func:`pmlib.usage.mrr`.

    Raises
    ------
    SettingError
        If ``margin`` lies outside ``(0, 1]`` or ``horizon`` is less than 1.
    TooFewError
        If nobody pays at the end of the last complete month, or nobody was followed for a month.
    """
    if not 0 < margin <= 1:
        raise SettingError(f"margin is {margin}; it is a share of revenue above 0, at most 1, such as 0.8.")
    if horizon < 1:
        raise SettingError(f"horizon is {horizon}; it is a number of months, 1 or more.")
    found = movements(subscriptions, cancelled=cancelled, grace=grace)
    where = ended(found.buckets, found.last.number)
    if not found.last.paying:
        raise TooFewError(f"Nobody paid {where}, so what a customer pays cannot be said. Show an earlier day by as_of.")
    held, cells = found.held([found.last.number]).one(), found.stretches()
    curve = staying(cells)
    reach = horizon if curve.survival[-1] == 0 else min(horizon, math.floor(curve.times[-1] + SHORT))
    if reach < 1:
        raise TooFewError(
            f"No customer was followed for a month; the longest for {curve.times[-1]:.1f} months. Load a longer time."
        )
    pays = average(found, int(held.customers), int(held.amount), int(held.squares))
    worth = value(found, pays, curve, margin, reach)
    half = curve.median(MONTHS, label="half have left after")
    simple = formula(found, pays, margin)
    left = followed(curve, reach)
    return Finding(
        id=made_id("lifetime-value"),
        question=QUESTION,
        headline=headline(found, worth, half, reach, margin),
        estimates=(worth, half, pays, simple),
        table=numbers(found, pays, curve, margin, reach),
        figure=chart(found, curve, reach),
        cautions=(
            *([f"Nobody was followed for {horizon} months; the value is that of {reach}."] if reach < horizon else []),
            *([f"Only {customers(found, left)} were followed for {reach} months: the end of the curve is unsure."]
              if left < FEW else []),
            *few(found, found.last.paying, where),
            *unread(found),
            *concentrated(found, int(held.most), int(held.amount), where),
            *apart(worth, simple, reach),
        ),
        definition=subscriptions.describe(
            f"Value within {reach} months of the first payment, not discounted: ARPU {where} at every age, "
            + ("revenue without costs" if margin == 1 else f"{Unit.SHARE.text(margin)} margin"),
            "a customer's time from the first paid day to the first day without; who still pays is followed on",
            "price and staying are taken to be independent: too much where those who pay more stay longer",
            f"beside it ARPU by the monthly churn of customers in the last {recent(found)} months",
            *found.words,
        ),
        query=cells.sql,
        kpi=Kpi(worth, routine=True),
    )  # fmt: skip


def staying(cells: Cells) -> Survival:
    """Return who still pays, by months; the days over a whole month are a part of the month they lie in.

    Who still pays was not followed to the end of the last day: an end on the day after it is not known yet.
    """
    lasted = [row.months + row.rest / row.days for row in cells]
    left, there = cells.column("ended"), cells.column("running")
    times = [*lasted, *(time - SHORT for time in lasted)]
    return kaplan_meier_counts(times, [*left, *(0 for _ in there)], [*(0 for _ in left), *there])


def followed(curve: Survival, months: float) -> int:
    """Return how many were followed for so many months."""
    place = bisect_left(curve.times, months - 2 * SHORT)
    return curve.at_risk[place] if place < len(curve.times) else 0


def value(found: Movements, pays: Estimate, curve: Survival, margin: float, months: float) -> Estimate:
    """Estimate what a customer brings within so many months."""
    label = f"value within {months:g} months"
    lasts = curve.mean_until(min(months, curve.times[-1]), MONTHS)
    middle = (pays.value or 0.0) * margin * (lasts.value or 0.0)
    if lasts.low is None or lasts.high is None:
        return Estimate(label, middle, None, None, found.unit, curve.n, METHOD, reason=lasts.reason)
    # An end that the horizon or 0 cuts off tells less than the other one.
    far = max(lasts.high - (lasts.value or 0.0), (lasts.value or 0.0) - lasts.low) / (lasts.value or 1.0)
    wide = 0.0 if pays.high is None else (pays.high - (pays.value or 0.0)) / (pays.value or 1.0)
    ratio = math.exp(math.hypot(far, wide))
    return Estimate(label, middle, middle / ratio, middle * ratio, found.unit, curve.n, METHOD)


def recent(found: Movements) -> int:
    """Return how many months' churn the simple formula takes."""
    return min(RECENT, len(found.steps))


def formula(found: Movements, pays: Estimate, margin: float) -> Estimate:
    """Divide ARPU by the monthly churn of customers; open where nobody left."""
    label, method = "ARPU by churn (simple formula)", "ARPU x margin / monthly churn, ends from churn's Wilson interval"
    steps = found.steps[-recent(found) :]
    lost = sum(step.count("churn") for step in steps)
    there = sum(step.paying - step.count("new", "reactivation") + step.count("churn") for step in steps)
    each = (pays.value or 0.0) * margin
    if not there:
        reason = "nobody paid before, so there is no churn"
        return Estimate(label, None, None, None, found.unit, 0, method, reason=reason)
    churn = share(lost, there)
    low = each / churn.high if churn.high else None
    if not lost:
        reason = f"nobody left in the last {len(steps)} months, and nothing can be divided by a churn of 0"
        return Estimate(label, None, low, None, found.unit, there, method, reason=reason)
    return Estimate(label, each * there / lost, low, each / (churn.low or 1.0), found.unit, there, method)


def headline(found: Movements, worth: Estimate, half: Estimate, months: int, margin: float) -> str:
    """Say the value, how sure it is, and how long half of the customers stay."""
    kind = "of revenue" if margin == 1 else "of margin"
    within = f"{months} months" if months > 1 else "a month"
    text = f"A {found.subscriptions.who.one} brings {worth.unit.text(worth.value)} {kind} within {within} of the first "
    text += f"payment ({worth.range})"
    if half.value is None:
        return f"{text}; half have not left as far as anyone was followed"
    return f"{text}; half have left after {half.unit.text(half.value)}"


def apart(worth: Estimate, simple: Estimate, months: int) -> list[str]:
    """Say why the simple formula gives another number."""
    if simple.value is None:
        return [f"The simple formula, ARPU by churn, gives no value: {simple.reason}."]
    return [
        f"The simple formula, ARPU by churn, gives {simple.unit.text(simple.value)}: it counts years nobody has seen, "
        f"at the churn of the last months, where the value above ends after {months} months."
    ]


def ages(months: int) -> list[int]:
    """Return the ages of a table."""
    return [age for age in (1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60) if age < months] + [months]


def numbers(found: Movements, pays: Estimate, curve: Survival, margin: float, months: int) -> Table:
    """Who still pays at an age, and what a customer has brought by then."""
    unit = found.unit
    columns = [
        Column("Months since the first payment", Unit.COUNT),
        Column("Followed that long", Unit.COUNT),
        *(Column(title, Unit.SHARE) for title in ("Still pay", "Low", "High")),
        *(Column(title, unit) for title in ("Value so far", "Value low", "Value high")),
    ]
    rows = []
    for age in ages(months):
        stays, worth, left = (
            curve.at(min(age, curve.times[-1]), MONTHS),
            value(found, pays, curve, margin, age),
            followed(curve, age),
        )
        rows.append((age, left, stays.value, stays.low, stays.high, worth.value, worth.low, worth.high))
    return table(columns, rows, size="Followed that long")


def chart(found: Movements, curve: Survival, months: int) -> Chart:
    """The share who still pay, by months since the first payment."""
    stays = [curve.at(min(age, curve.times[-1]), MONTHS) for age in range(1, months + 1)]
    drawn = Series(
        "still pay",
        tuple(str(age) for age in range(months + 1)),
        (1.0, *(one.value for one in stays)),
        (1.0, *(one.low for one in stays)),
        (1.0, *(one.high for one in stays)),
    )
    words = f"Share of {found.subscriptions.who.many} who still pay, by months since the first payment: "
    words += f"{stays[-1]} after {months}."
    caption = "Kaplan-Meier: who still pays counts for as long as they were followed. The band is the 95% interval."
    title = "months since the first payment"
    return line([drawn], unit=Unit.SHARE, description=words, caption=caption, x_title=title, dates=False)

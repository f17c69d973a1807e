"""A product's share of its market, and whether it grew with the market or within it."""

from collections.abc import Sequence
from datetime import date, timedelta

from pmlib.core import Estimate, Finding, InputError, Kpi, SettingError, TooFewError, Unit, made_id, nearest, unanswered
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.engine import sql
from pmlib.show import Chart, Column, Table, line, table
from pmlib.show import Series as Line
from pmlib.sources.contract import Series
from pmlib.sources.launches import Launch
from pmlib.trends.words import marks

STALE = 10
"""Days behind the last day counted from which the share is told with its date."""
RIVALS = 5
"""Other names drawn; all stand in the table."""
REASON = "all of the market listed is counted, not a sample of it"
Totals = dict[date, dict[str, float]]


def market(
    series: Series, *, own: str, weeks: int = 52, notes: Sequence[Launch] = (), as_of: date | None = None
) -> Finding:
    """Tell whether a product grew with its market or within it.

    The share is the product's part of the total of all names on a date. Its growth since ``weeks`` weeks before is
    split into what the market's growth brought and what a changed share brought, each taken at the mean of then and
    now, so that the two add up exactly (Kitagawa 1955).

    Parameters
    ----------
    series
        A series by date and name; the dates may be irregular.
    own
        The name of the product.
    weeks
        How far back the comparison lies; the nearest date is taken, up to a tenth of that away, and named.
    as_of
        The last day counted; what lies after it is ignored. All dates count without it.

    Raises
    ------
    SettingError
        If there is no such name.
    TooFewError
        If the product is the only name, or has no value up to ``as_of``.
    InputError
        If a value is negative.

    References
    ----------
    Kitagawa (1955), JASA 50:1168-1194.
    """
    if not own or not series.names:
        why = "No name of yours was given for the market series" if series.names else "No market series was given"
        return unanswered("market-share", "Do we grow with our market, or within it?", why)
    cells = series.query(sql(__package__, "markets.sql"), as_of=as_of)
    until = f" up to {day_text(as_of, year=True)}" if as_of else ""
    if own in series.names and all(row.name != own for row in cells.rows):
        raise TooFewError(
            f"'{own}' has no value in the market series{until}. Check the series and the last day counted."
        )
    totals = read(cells.rows, own)
    dates = [day for day, values in totals.items() if own in values and sum(values.values()) > 0]
    if not dates:
        raise TooFewError(f"'{own}' has no value on any date{until} with a market above 0. Check the series.")
    now, then = dates[-1], earlier(dates, weeks)
    old = as_of is not None and (as_of - now).days > STALE
    on = f" on {day_text(now, year=True)}" if old else ""
    share = Estimate(
        f"{own}'s share of the market{on}", part(totals[now], own), None, None, Unit.SHARE, len(totals[now]),
        "part of the total of all names", period=day_text(now, year=True), reason=REASON,
    )  # fmt: skip
    parts = split(totals, own, then, now)
    words = f"{many(weeks, 'week')} before"
    if parts and then:
        words = "a year before" if abs((now - then).days - 364) <= 7 else day_text(then, year=True)
    return Finding(
        id=made_id("market", own),
        question=f"Does {own} grow with its market, or within it?",
        headline=headline(own, share, parts, words, on),
        estimates=(share, *parts),
        table=numbers(totals, then, now),
        figure=chart(totals, own, now, notes),
        cautions=cautions(totals, own, then, now, weeks, as_of if old else None),
        definition=defined(totals, own, then, now),
        query=cells.sql,
        kpi=Kpi(
            share, parts[0] if parts else None, words, history=tuple(part(totals[day], own) for day in dates[-60:])
        ),
    )


def read(rows: Sequence, own: str) -> Totals:
    """Return the values by date and name."""
    totals: Totals = {}
    for row in rows:
        if row.value < 0:
            raise InputError(f"{row.name} is {row.value:g} on {row.date}; a share needs values of 0 or more.")
        totals.setdefault(row.date, {})[row.name] = row.value
    names = sorted({name for values in totals.values() for name in values})
    if own not in names:
        raise SettingError(f"The series has no '{own}'; it has {', '.join(names) or 'no name'}.{nearest(own, names)}")
    if len(names) < 2:
        raise TooFewError(f"The series holds only '{own}'. A share needs the other products of the market too.")
    return totals


def part(values: dict[str, float], own: str) -> float:
    """A name's share of the total."""
    return values[own] / sum(values.values())


def earlier(dates: list[date], weeks: int) -> date | None:
    """Return the date nearest to ``weeks`` weeks before the last, up to a tenth of that away."""
    aim = dates[-1] - timedelta(weeks=weeks)
    near = min(dates[:-1], key=lambda day: abs((day - aim).days), default=None)
    return near if near and abs((near - aim).days) <= 0.7 * weeks else None


def split(totals: Totals, own: str, then: date | None, now: date) -> tuple[Estimate, ...]:
    """Return the change of the share, the growth, and its two parts; nothing without an earlier date."""
    if then is None:
        return ()
    base, size = totals[then][own], totals[now][own]
    s0, s1 = part(totals[then], own), part(totals[now], own)
    m0, m1 = (sum(totals[day].values()) for day in (then, now))
    n, period = len(totals[now]), f"{day_text(then, year=True)} to {day_text(now, year=True)}"

    def one(label: str, value: float, unit: Unit, method: str) -> Estimate:
        return Estimate(label, value, None, None, unit, n, method, period=period, reason=REASON)

    share = one("change of the share", s1 - s0, Unit.POINTS, "difference of two full counts")
    if base <= 0:
        return (share,)
    both = "growth split at the mean of then and now (Kitagawa)"
    return (
        share,
        one(f"growth of {own}", size / base - 1, Unit.LIFT, "ratio of two full counts"),
        one("brought by the market", (s0 + s1) / 2 * (m1 - m0) / base, Unit.POINTS, both),
        one("brought by the share", (m0 + m1) / 2 * (s1 - s0) / base, Unit.POINTS, both),
    )


def headline(own: str, share: Estimate, parts: tuple[Estimate, ...], words: str, on: str) -> str:
    """Say the share, its change and where growth came from."""
    text = f"{own} {'had' if on else 'has'} {share.unit.text(share.value)} of the market{on}"
    if not parts:
        return f"{text}; there is no date {words} to compare it with."
    text += f", {parts[0].unit.change(parts[0].value)} on {words}"
    if len(parts) < 4:
        return f"{text}."
    grown, by_market, by_share = (one.value or 0 for one in parts[1:])
    word = "growth" if grown >= 0 else "fall"
    sides = f"{Unit.POINTS.change(by_market)} came with the market and {Unit.POINTS.change(by_share)} with the share"
    return f"{text}; of its {Unit.LIFT.text(abs(grown))} {word}, {sides}."


def defined(totals: Totals, own: str, then: date | None, now: date) -> str:
    """Write the definition line."""
    names = sorted(totals[now])
    text = f"Share of the total of {listed(names, 8)} on {day_text(now, year=True)}"
    return f"{text}, compared with {day_text(then, year=True)}." if then else f"{text}."


def cautions(totals: Totals, own: str, then: date | None, now: date, weeks: int, as_of: date | None) -> tuple[str, ...]:
    """What to doubt: a share older than ``as_of``, names that come and go, dates left out, no earlier date."""
    found = []
    if as_of:
        found.append(
            f"The share of {own} is that of {day_text(now, year=True)}, {many((as_of - now).days, 'day')} before "
            f"{day_text(as_of, year=True)}, the last day counted."
        )
    if then is None:
        found.append(
            f"No date lies {many(weeks, 'week')} before {day_text(now, year=True)}: no change of share is given."
        )
    else:
        new, gone = sorted(set(totals[now]) - set(totals[then])), sorted(set(totals[then]) - set(totals[now]))
        for names, words in ((new, "counted now but not then"), (gone, "counted then but not now")):
            if names:
                found.append(
                    f"{listed(names)} {'is' if len(names) == 1 else 'are'} {words}: part of the change is theirs."
                )
    between = {day for day in totals if then is None or then <= day <= now}
    usual = max((len(totals[day]) for day in between), default=0)
    short = [day for day in sorted(between) if len(totals[day]) < usual]
    if short and then and not {then, now} & set(short):
        found.append(
            f"On {many(len(short), 'date')} in between fewer than {usual} names are counted: shares look higher there."
        )
    later = [day for day in totals if day > now]
    if later:
        found.append(f"{own} has no value after {day_text(now, year=True)}, though others have.")
    return tuple(found)


def numbers(totals: Totals, then: date | None, now: date) -> Table:
    """Every name's share then and now, the largest first."""
    names = sorted({*totals[now], *(totals[then] if then else ())}, key=lambda name: (-totals[now].get(name, 0), name))
    rows = []
    for name in names:
        past = part(totals[then], name) if then and name in totals[then] else None
        share = part(totals[now], name) if name in totals[now] else None
        moved = share - past if share is not None and past is not None else None
        rows.append((name, past, share, moved))
    earlier_title = day_text(then, year=True) if then else "Earlier"
    columns = [
        Column("Name"),
        Column(earlier_title, Unit.SHARE),
        Column(day_text(now, year=True), Unit.SHARE),
        Column("Change", Unit.POINTS),
    ]
    return table(columns, rows)


def chart(totals: Totals, own: str, now: date, notes: Sequence[Launch]) -> Chart:
    """The shares as lines: the own one and its largest rivals."""
    rivals = sorted((name for name in totals[now] if name != own), key=lambda name: (-totals[now][name], name))[:RIVALS]
    days = [day for day, values in totals.items() if sum(values.values()) > 0]
    x = tuple(day.isoformat() for day in days)

    def drawn(name: str) -> Line:
        shares = tuple(part(totals[day], name) if name in totals[day] else None for day in days)
        return Line(name, x, shares, role="main" if name == own else "other")

    return line(
        [drawn(own), *(drawn(name) for name in rivals)],
        unit=Unit.SHARE,
        description=(
            f"Shares of the market from {day_text(days[0], year=True)} to {day_text(days[-1], year=True)}: {own} has "
            f"{Unit.SHARE.text(part(totals[now], own))} at last, beside {listed(rivals)}."
        ),
        caption="Parts of the total of all names on each date.",
        notes=marks(notes, days[0], days[-1]),
    )

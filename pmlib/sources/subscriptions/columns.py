"""Read the columns of a file of subscriptions: days, amounts, intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from pmlib.core import InputError
from pmlib.engine import Engine, name
from pmlib.sources.events.cells import moment, number, text
from pmlib.sources.events.fields import Field, literal, parsed
from pmlib.sources.events.forms import constant, plain
from pmlib.sources.events.times import Declared
from pmlib.sources.subscriptions.places import MINOR, MONTHLY, code_of

YEAR = 12.0
INTERVALS: Mapping[float, tuple[str, ...]] = {
    1.0: ("", "month", "months", "monthly", "1 month", "m", "mo"),
    YEAR: ("year", "years", "yearly", "annual", "annually", "1 year", "12 months", "y", "yr"),
    3.0: ("quarter", "quarterly", "3 months", "3 month", "q"),
    6.0: ("half-year", "half year", "semiannual", "semi-annual", "biannual", "6 months", "6 month"),
    7 * YEAR / 365: ("week", "weeks", "weekly", "1 week", "w"),
    YEAR / 365: ("day", "days", "daily", "1 day", "d"),
}
MONTHS: Mapping[str, float] = {word: months for months, words in INTERVALS.items() for word in words}
"""Months that an interval lasts."""
WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
"""Currencies without cents (ISO 4217)."""
CONTRACT = frozenset({"customer", "subscription", "plan", "amount", "started", "ended", "currency", "reason"})


@dataclass(frozen=True)
class Reading:
    """The view ``mapped``, and what a reader should know of it.

    Parameters
    ----------
    code
        The currency that the amount's column names; ``""`` where a column of its own does, or none.
    others
        The further columns.
    """

    query: exp.Select
    code: str
    others: tuple[str, ...]
    notes: tuple[str, ...]


def laid_out(
    engine: Engine,
    fields: Mapping[str, Field],
    taken: Mapping[str, str],
    shown: str,
    said: Declared,
    zone: str,
    cents: bool | None,
    decimal: str | None,
) -> Reading:
    """Write the query that puts every column in its place."""
    day = {
        role: moment(engine, fields, taken.get(role), shown, said, zone) for role in ("started", "ended", "trial_end")
    }
    amount = taken["amount"]
    monthly = bool(MONTHLY.search(plain(amount)))
    billing = exp.func("lower", text(fields, taken.get("interval"))) if "interval" in taken and not monthly else None
    if billing is not None:
        refuse_unknown(engine, billing, taken["interval"], shown)
    code = code_of(amount)
    currency = exp.func("upper", text(fields, taken.get("currency")))
    value = number(engine, fields, amount, decimal)
    minor = in_cents(engine, value, amount) if cents is None else cents
    if minor:
        value = parsed("value / CASE WHEN currency IN ('JPY') THEN 1 ELSE 100 END", value=value, currency=currency)
        for listed in value.find_all(exp.In):
            listed.set("expressions", [literal(one) for one in sorted(WHOLE)])
    counts = [
        number(engine, fields, taken[role], decimal) if role in taken and not monthly else exp.null()
        for role in ("interval_count", "quantity")
    ]
    cells = [exp.cast(field.read.copy(), "VARCHAR") for field in fields.values() if not field.key]
    picks: dict[str, exp.Expr] = {
        "customer": text(fields, taken["customer"]),
        "subscription": text(fields, taken.get("subscription")),
        "plan": text(fields, taken.get("plan")),
        "amount_given": value,
        "billing": literal("") if billing is None else billing,
        "every_given": exp.cast(counts[0], "DOUBLE"),
        "quantity_given": exp.cast(counts[1], "DOUBLE"),
        "currency": exp.func("coalesce", currency, literal(code)),
        "status": exp.func("lower", text(fields, taken.get("status"))),
        "started_at": day["started"],
        "ended_at": day["ended"],
        "trial_until": day["trial_end"],
        "blank": parsed("cells IS NULL", cells=exp.func("coalesce", *cells, exp.null())),
        "sameness": exp.func("hash", *(field.read.copy() for field in fields.values() if not field.key)),
    }
    used = {column.casefold() for column in taken.values()}
    hidden = {title.casefold() for title in picks} | CONTRACT | {"began", "trial", "lost", "months", "word"}
    others = []
    for field in fields.values():
        if not field.key and field.name.casefold() not in used:
            title = field.name
            while title.casefold() in hidden:
                title += "_"
            hidden.add(title.casefold())
            picks[title] = field.typed.copy()
            others.append(title)
    query = exp.select(*(exp.alias_(part, name(title)) for title, part in picks.items())).from_("source")
    return Reading(query, code, ("plan", *others), said_of(taken, minor, monthly, billing is not None))


def in_cents(engine: Engine, value: exp.Expr, column: str) -> bool:
    """Whether amounts are in cents: the column is called so and all are whole."""
    if not MINOR.search(plain(column)):
        return False
    whole = parsed("bool_and(value = round(value))", value=value)
    return bool(engine.query(exp.select(exp.alias_(whole, "whole")).from_("source").sql(dialect="duckdb")).one().whole)


def refuse_unknown(engine: Engine, billing: exp.Expr, column: str, shown: str) -> None:
    """Refuse intervals that are none."""
    query = exp.select(exp.alias_(billing, "word")).distinct().from_("source").order_by("word").limit(50)
    odd = [row.word for row in engine.query(query.sql(dialect="duckdb")) if row.word and row.word not in MONTHS]
    if odd:
        raise InputError(
            f"Column '{column}' of {shown} has the intervals {', '.join(repr(word) for word in odd[:5])}; known are "
            "day, week, month, quarter, half-year and year. Change them, or name another column as interval."
        )


def said_of(taken: Mapping[str, str], minor: bool, monthly: bool, billed: bool) -> tuple[str, ...]:
    """Write what a reader should know of the load."""
    parts = [f"{role} from {column}" for role, column in taken.items() if constant(column) is None]
    notes = [f"Read {', '.join(parts)}."]
    if minor:
        notes.append(f"Amounts in {taken['amount']} are in cents.")
    if monthly or not billed:
        notes.append(
            "Amounts are a month's."
            if monthly
            else "No column names the billing interval: amounts are taken as a month's."
        )
    else:
        notes.append("Amounts are a month's worth: a year has 12 months and 365 days.")
    return tuple(notes)

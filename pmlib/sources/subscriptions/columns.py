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
from pmlib.sources.subscriptions.currencies import parts_of, sign_of
from pmlib.sources.subscriptions.days import days_of, emptied
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
CONTRACT = frozenset({"customer", "subscription", "plan", "amount", "started", "ended", "currency", "reason"})
HIDDEN = frozenset({"began", "trial", "lost", "months", "word", "paid"})
DAYS = ("started", "ended", "trial_end")
NUMBERS = ("amount", "interval_count", "quantity")


@dataclass(frozen=True)
class Reading:
    """The view ``mapped``, and what a reader should know of it.

    Parameters
    ----------
    code
        The currency that the amount's column or its signs name; ``""`` where a column of its own does, or none.
    others
        The further columns.
    days
        Those of the further columns that hold days, with the column of their local day.
    """

    query: exp.Select
    code: str
    others: tuple[str, ...]
    days: Mapping[str, str]
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
    wanted: str = "",
) -> Reading:
    """Write the query that puts every column in its place.

    Parameters
    ----------
    wanted
        The currency asked for, which is that of amounts that name none.
    """
    given = [taken[role] for role in (*DAYS, *NUMBERS) if role in taken and constant(taken[role]) is None]
    fields = {**fields, **{column: emptied(fields[column]) for column in given}}
    amount = taken["amount"]
    monthly = bool(MONTHLY.search(plain(amount)))
    billing = exp.func("lower", text(fields, taken.get("interval"))) if "interval" in taken and not monthly else None
    if billing is not None:
        refuse_unknown(engine, billing, taken["interval"], shown)
    code = code_of(amount) if "currency" in taken else sign_of(engine, text(fields, amount), amount, shown)
    currency = exp.func("upper", text(fields, taken.get("currency")))
    used = {role: taken[role] for role in (*DAYS, *NUMBERS) if role in taken}
    used = {role: column for role, column in used.items() if not (monthly and role in NUMBERS[1:])}
    read = {role: moment(engine, fields, used.get(role), shown, said, zone) for role in DAYS}
    read |= {role: counted(engine, fields, used.get(role), decimal) for role in NUMBERS}
    parts = parts_of(exp.func("coalesce", currency.copy(), literal(code or wanted)))
    minor = in_cents(engine, read["amount"], amount) if cents is None else cents
    if minor:
        read["amount"] = parsed("value / parts", value=read["amount"], parts=parts)
    cells = [exp.cast(field.read.copy(), "VARCHAR") for field in fields.values() if not field.key]
    picks: dict[str, exp.Expr] = {
        "customer": text(fields, taken["customer"]),
        "subscription": text(fields, taken.get("subscription")),
        "plan": text(fields, taken.get("plan")),
        "billing": literal("") if billing is None else billing,
        "currency": exp.func("coalesce", currency, literal(code)),
        "minor_parts": parts,
        "status": exp.func("lower", text(fields, taken.get("status"))),
        "blank": parsed("cells IS NULL", cells=exp.func("coalesce", *cells, exp.null())),
        "sameness": exp.func("hash", *(field.read.copy() for field in fields.values() if not field.key)),
        **{f"{role}_given": value for role, value in read.items()},
        **{f"{role}_text": text(fields, used.get(role)) for role in read},
    }
    spare = spared(fields, taken, {*picks, *CONTRACT, *HIDDEN})
    picks |= {title: (field.read if field.stays else field.typed).copy() for title, field in spare.items()}
    days = {}
    for title, (written, day) in days_of(engine, fields, spare, shown, said, zone).items():
        days[title] = f"{title} (day)"
        picks |= {title: written, days[title]: day}
    query = exp.select(*(exp.alias_(part, name(title)) for title, part in picks.items())).from_("source")
    notes = said_of(taken, minor, monthly, billing is not None)
    return Reading(query, code, ("plan", *spare), days, notes)


def counted(engine: Engine, fields: Mapping[str, Field], column: str | None, decimal: str | None) -> exp.Expr:
    """Read a column as a number; null where there is none, or it is no number."""
    if column is None:
        return exp.cast(exp.null(), "DOUBLE")
    read = parsed("CAST(value AS DOUBLE)", value=number(engine, fields, column, decimal))
    return parsed("CASE WHEN isfinite(value) THEN value END", value=read)


def spared(fields: Mapping[str, Field], taken: Mapping[str, str], hidden: set[str]) -> dict[str, Field]:
    """Return the columns that the contract does not use, under names it does not use."""
    used, names = {column.casefold() for column in taken.values()}, {title.casefold() for title in hidden}
    others = {}
    for field in fields.values():
        if not field.key and field.name.casefold() not in used:
            title = field.name
            while title.casefold() in names:
                title += "_"
            names.add(title.casefold())
            others[title] = field
    return others


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

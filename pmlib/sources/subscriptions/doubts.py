"""What a reader of subscriptions should doubt: looked at with every load, shown also when all is well."""

from datetime import date

from pmlib.core import Check, Origin
from pmlib.core.periods import day_text
from pmlib.engine import Engine, sql

FEW = 0.01
QUIET = 31
ODD = ("unparseable", "no customer", "no start", "no interval", "no amount", "ended at no known date")


def checks(engine: Engine, origin: Origin, until: date) -> tuple[Check, ...]:
    """Look at the rows set aside, ends before starts, negative amounts, repeated ids and how fresh the data are."""
    ledger, dropped = origin.ledger, origin.ledger.dropped
    lost = sum(dropped[reason] for reason in ODD)
    why = ", ".join(f"{dropped[reason]:,} {reason}" for reason in ODD if dropped[reason])
    found = [
        Check(
            lost <= FEW * ledger.read,
            f"{lost:,} of {ledger.read:,} rows of {origin.name} could not be used: {why}."
            if lost
            else f"All {ledger.read:,} rows of {origin.name} could be read.",
        )
    ]
    back, negative, copies = (dropped[reason] for reason in ("ended before it started", "negative amount", "duplicate"))
    found.append(Check(not back, f"{back:,} subscriptions end before they start; they do not count."))
    found.append(Check(not negative, f"{negative:,} subscriptions have a negative amount; they do not count."))
    found.append(Check(copies <= FEW * ledger.read, f"{copies:,} rows are copies of others and do not count."))
    row = engine.query(sql(__package__, "subscriptions_doubts.sql"), until=until).one()
    if row.twice:
        found.append(
            Check(
                False,
                f"{row.twice:,} subscriptions come more than once with times that overlap: their amounts add up. Where "
                "a row is a correction of another, leave the other out.",
            )
        )
    if dropped["other currency"]:
        found.append(Check(True, f"{dropped['other currency']:,} rows in other currencies do not count."))
    if row.quiet > QUIET:
        found.append(
            Check(
                False,
                f"Nothing started or ended in the {row.quiet:,} days to {day_text(until, year=True)}: the list may be "
                "older than the day asked for.",
            )
        )
    return tuple(found)

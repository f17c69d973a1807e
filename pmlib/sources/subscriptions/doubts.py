"""What a reader of subscriptions should doubt: looked at with every load, shown also when all is well."""

from collections.abc import Mapping
from datetime import date

from pmlib.core import Check, Origin
from pmlib.core.periods import day_text
from pmlib.engine import Engine, sql

FEW = 0.01
QUIET = 31
ODD = (
    *("unparseable", "no customer", "unreadable start", "no start", "unreadable end", "unreadable trial end"),
    *("no interval", "unreadable interval count", "interval count of 0 or less"),
    *("unreadable quantity", "quantity of 0 or less", "unreadable amount", "no amount", "ended at no known date"),
)
TINY = "below the smallest unit"


def checks(engine: Engine, origin: Origin, until: date, examples: Mapping[str, str]) -> tuple[Check, ...]:
    """Look at the rows set aside, ends before starts, negative amounts, repeated ids and how fresh the data are.

    Parameters
    ----------
    examples
        What could not be read, by reason.
    """
    ledger, dropped = origin.ledger, origin.ledger.dropped
    lost = sum(dropped[reason] for reason in ODD)
    such = {reason: f" (such as '{example}')" for reason, example in examples.items() if example}
    why = ", ".join(f"{dropped[reason]:,} {reason}{such.get(reason, '')}" for reason in ODD if dropped[reason])
    found = [
        Check(
            lost <= FEW * ledger.read and not any(dropped[reason] for reason in examples),
            f"{lost:,} of {ledger.read:,} rows of {origin.name} could not be used: {why}."
            if lost
            else f"All {ledger.read:,} rows of {origin.name} could be read.",
        )
    ]
    back, negative, copies = (dropped[reason] for reason in ("ended before it started", "negative amount", "duplicate"))
    found.append(Check(not back, f"Set aside because they end before they start: {back:,}."))
    found.append(Check(not negative, f"Set aside because their amount is negative: {negative:,}."))
    found.append(Check(copies <= FEW * ledger.read, f"Set aside because they are copies of other rows: {copies:,}."))
    row = engine.query(sql(__package__, "subscriptions_doubts.sql"), until=until).one()
    if row.twice:
        found.append(
            Check(
                False,
                f"Ids of subscriptions that come more than once with times that overlap: {row.twice:,}. Their amounts "
                "add up; where a row is a correction of another, leave the other out.",
            )
        )
    if dropped[TINY]:
        text = "Counted as free because they cost less than the smallest unit of the currency, such as a cent"
        found.append(Check(True, f"{text}: {dropped[TINY]:,}."))
    if dropped["other currency"]:
        found.append(Check(True, f"Set aside because they are in other currencies: {dropped['other currency']:,}."))
    if row.quiet > QUIET:
        found.append(
            Check(
                False,
                f"Nothing started or ended in the {row.quiet:,} days to {day_text(until, year=True)}: the list may be "
                "older than the day asked for.",
            )
        )
    return tuple(found)

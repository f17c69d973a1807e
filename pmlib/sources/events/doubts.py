"""What a reader of usage events should doubt: looked at with every load, shown also when all is well."""

from datetime import date

from pmlib.core import Check, Origin
from pmlib.core.periods import day_text
from pmlib.engine import Engine, sql
from pmlib.sources.events.mapping import Counts

FEW = 0.01
ANONYMOUS = 0.05
UNREADABLE = ("no user", "no time", "unparseable", "no event", "future")


def checks(engine: Engine, origin: Origin, as_of: date, counts: Counts) -> tuple[Check, ...]:
    """Look at the rows set aside, gaps, duplicates, anonymous users, clocks and how fresh the data are."""
    end = min(as_of, origin.through or as_of)
    row = engine.query(sql(__package__, "events_doubts.sql"), as_of=end).one()
    found = [set_aside(origin), gaps(row.gaps or [], end), copies(origin)]
    if counts.anonymous:
        share = counts.anonymous / counts.rows
        found.append(
            Check(
                share <= ANONYMOUS,
                f"{percent(share)} of the rows name no user and count under an anonymous or device id: a person may "
                "count more than once.",
            )
        )
    # Most events of such a time are history, a few among later ones a clock that was not set.
    if 0 < row.early < origin.ledger.kept / 2:
        found.append(Check(False, f"{row.early:,} events are dated before 2000: their clocks were not set."))
    if row.alone:
        found.append(Check(False, "All events come from one user: shares of users say nothing here."))
    if origin.through and origin.through < as_of:
        found.append(
            Check(
                False,
                f"The data end on {day_text(origin.through, year=True)}, before the day asked for "
                f"({day_text(as_of, year=True)}): nothing after is shown.",
            )
        )
    return tuple(found)


def set_aside(origin: Origin) -> Check:
    """Tell the share of rows that could not be used."""
    ledger = origin.ledger
    lost = {reason: count for reason, count in ledger.dropped.items() if reason in UNREADABLE and count}
    if not lost:
        return Check(True, f"All {ledger.read:,} rows of {origin.name} could be read.")
    share = sum(lost.values()) / ledger.read
    why = ", ".join(f"{count:,} {reason}" for reason, count in lost.items())
    return Check(
        share <= FEW, f"{sum(lost.values()):,} of {ledger.read:,} rows ({percent(share)}) could not be used: {why}."
    )


def gaps(days: list[date], as_of: date) -> Check:
    """Tell the days without an event."""
    if not days:
        return Check(True, f"Every day of the last 8 weeks to {day_text(as_of, year=True)} has events.")
    shown = ", ".join(day_text(day, year=True) for day in days[:5])
    more = f" and {len(days) - 5} more" if len(days) > 5 else ""
    what = "day of the last 8 weeks has" if len(days) == 1 else "days of the last 8 weeks have"
    return Check(False, f"{len(days)} {what} no events: {shown}{more}. Either nothing happened or tracking was broken.")


def copies(origin: Origin) -> Check:
    """Tell the share of rows that came twice."""
    count = origin.ledger.dropped.get("duplicate", 0)
    if not count:
        return Check(True, "No event came twice.")
    share = count / origin.ledger.read
    return Check(share <= FEW, f"{count:,} rows ({percent(share)}) are copies of others and do not count.")


def percent(share: float) -> str:
    """Write a share, small ones not as zero."""
    return "less than 0.1%" if share < 0.001 else f"{share:.1%}"

"""What a reader of usage events should doubt: looked at with every load, shown also when all is well."""

from datetime import date

from pmlib.core import Check, Origin, Weeks
from pmlib.core.periods import day_text
from pmlib.engine import Engine, sql
from pmlib.sources.events import late, volumes
from pmlib.sources.events.mapping import Counts
from pmlib.sources.events.volumes import percent

FEW = 0.01
ANONYMOUS = 0.05
UNREADABLE = ("no user", "no time", "unparseable", "no event", "future")


def of_rows(origin: Origin, counts: Counts, anonymous: int, exclude: str = "") -> tuple[Check, ...]:
    """Look at what does not depend on the last day counted: rows set aside, duplicates, anonymous users.

    Parameters
    ----------
    anonymous
        Rows that name no user, nor lead to one.
    exclude
        The condition whose rows were left out.
    """
    found = [set_aside(origin), copies(origin)]
    if anonymous > 0:
        share = anonymous / counts.rows
        found.append(
            Check(
                share <= ANONYMOUS,
                f"{percent(share)} of the rows name no user and count under an anonymous or device id: a person may "
                "count more than once.",
            )
        )
    if counts.rounded:
        found.append(
            Check(
                False,
                f"{counts.rounded:,} rows name their user as a number such as 1.23E+05, whose digits a spreadsheet cut "
                "off: several people may count as one. Export the ids as text.",
            )
        )
    if exclude.strip() and not origin.ledger.dropped.get("excluded"):
        found.append(
            Check(
                False,
                f"No event meets the exclusion {exclude}: nothing was left out. Check how its values are written.",
            )
        )
    return tuple(found)


def of_days(engine: Engine, origin: Origin, as_of: date, weeks: Weeks) -> tuple[Check, ...]:
    """Look at gaps, clocks, improbable users, late events and how fresh the data are.

    Parameters
    ----------
    as_of
        The day asked for; the data may end before.
    """
    end = min(as_of, origin.through or as_of)
    row = engine.query(sql(__package__, "events_doubts.sql"), as_of=end).one()
    found = [gaps(row.gaps or [], end)]
    # Most events of such a time are history, a few among later ones a clock that was not set.
    if 0 < row.early < origin.ledger.kept / 2:
        found.append(Check(False, f"{row.early:,} events are dated before 2000: their clocks were not set."))
    found += far(engine)
    if row.alone:
        found.append(Check(False, "All events come from one user: shares of users say nothing here."))
    else:
        found += volumes.checks(engine)
    found += late.checks(engine, end, weeks)
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


def far(engine: Engine) -> list[Check]:
    """Tell of a few users' events long before all others: clocks that were set wrong."""
    row = engine.query(sql(__package__, "events_far.sql")).one()
    if not row.events:
        return []
    when = day_text(row.first, year=True)
    when += f" to {day_text(row.last, year=True)}" if row.last != row.first else ""
    return [
        Check(
            False,
            f"{row.events:,} events of {row.users:,} users are dated {when}, more than two years before nearly all "
            "others: probably clocks that were set wrong. They count: mend them at the source.",
        )
    ]

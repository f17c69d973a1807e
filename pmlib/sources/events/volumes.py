"""Users who do more than a person can: programs, tests, or one id that many share."""

from pmlib.core import Check
from pmlib.engine import Engine, sql

MANY = 1_000
TIMES = 100
HOURS = 24
DAYS = 7
SAMPLE = 10_000
SHOWN = 3


def checks(engine: Engine) -> list[Check]:
    """Name users with an improbable number of events a day, or events in every hour of several days."""
    row = engine.query(
        sql(__package__, "volumes.sql"), many=MANY, times=TIMES, hours=HOURS, days=DAYS, sample=SAMPLE
    ).one()
    if not row.users:
        return []
    names = ", ".join(str(user) for user in row.names[:SHOWN])
    more = f" and {row.users - SHOWN:,} more" if row.users > SHOWN else ""
    are = "user may be a bot" if row.users == 1 else "users may be bots"
    why = []
    if row.heavy:
        why.append(f"up to {row.most:,} events a day where the median is {row.median:,.0f}")
    if row.awake:
        why.append(f"events in all {HOURS} hours of a day, on {DAYS} days or more")
    return [
        Check(
            False,
            f"{row.users:,} {are} ({names}{more}): {' or '.join(why)}. They make {percent(row.share)} of the events "
            "and count; leave them out with exclude, by user_id or a property.",
        )
    ]


def percent(share: float) -> str:
    """Write a share, small ones not as zero."""
    return "less than 0.1%" if share < 0.001 else f"{share:.1%}"

"""Small tables to count by hand, as the loaders would hand them over."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp

from pmlib.core import Ledger, Origin, Weeks
from pmlib.engine import Engine
from pmlib.sources.contract import Events


def events_of(
    rows: list[tuple],
    *,
    as_of: date,
    timezone: str = "UTC",
    week_start: str = "monday",
    properties: tuple[str, ...] = (),
) -> Events:
    """Make events from (user, event, local time as ISO text, property…) rows."""
    zone = ZoneInfo(timezone)
    local = [datetime.fromisoformat(row[2]) for row in rows]
    columns = {
        "user_id": pa.array([row[0] for row in rows], pa.string()),
        "event": pa.array([row[1] for row in rows], pa.string()),
        "ts": pa.array(
            [time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None) for time in local], pa.timestamp("us")
        ),
        "day": pa.array([time.date() for time in local], pa.date32()),
    }
    for place, name in enumerate(properties):
        columns[name] = pa.array([row[3 + place] for row in rows])
    engine = Engine()
    engine.register("given", pa.table(columns))
    engine.run("CREATE TABLE events AS SELECT * FROM given WHERE day <= $as_of", as_of=as_of)
    origin = Origin("rows", "events", "rows of a test", Ledger(len(rows), len(rows)), timezone=timezone, through=as_of)
    known = {name: exp.column(name) for name in properties}
    return Events(engine, origin, timezone, as_of, weeks=Weeks(week_start), properties=known)

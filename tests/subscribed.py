"""Small tables of subscriptions to count by hand, as the loader would hand them over."""

from datetime import date

import pyarrow as pa
from sqlglot import exp

from pmlib.core import Ledger, Origin, Weeks
from pmlib.engine import Engine
from pmlib.sources.contract import Subscriptions


def subscriptions_of(
    rows: list[tuple],
    *,
    as_of: date,
    currency: str = "EUR",
    week_start: str = "monday",
    properties: tuple[str, ...] = (),
    free: int = 0,
) -> Subscriptions:
    """Make subscriptions from (customer, amount a month, started, ended or "", property…) rows of ISO days."""
    kept = [row for row in rows if row[2] <= str(as_of)]
    columns = {
        "customer": pa.array([row[0] for row in kept], pa.string()),
        "subscription": pa.array([f"s{place}" for place, _ in enumerate(kept)], pa.string()),
        "plan": pa.array([None] * len(kept), pa.string()),
        "amount": pa.array([float(row[1]) for row in kept], pa.float64()),
        "started": pa.array([date.fromisoformat(row[2]) for row in kept], pa.date32()),
        "ended": pa.array(
            [date.fromisoformat(row[3]) if row[3] and row[3] <= str(as_of) else None for row in kept], pa.date32()
        ),
    }
    for place, name in enumerate(properties):
        columns[name] = pa.array([row[4 + place] for row in kept])
    engine = Engine()
    engine.register("given", pa.table(columns))
    engine.run("CREATE TABLE subscriptions AS SELECT * FROM given")
    ledger = Ledger(len(rows) + free, len(kept), {"free": free, "started later": len(rows) - len(kept)})
    origin = Origin("rows", "subscriptions", "rows of a test", ledger, timezone="UTC", through=as_of)
    known = {name: exp.column(name) for name in properties}
    moment = exp.DataType.build("TIMESTAMP")
    days = {name: exp.cast(exp.TryCast(this=column, to=moment), "DATE") for name, column in known.items()}
    return Subscriptions(engine, origin, "UTC", as_of, currency, weeks=Weeks(week_start), properties=known, days=days)

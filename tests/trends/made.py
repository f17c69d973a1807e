"""Series made for the tests of this room."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa

from pmlib.core import Grain, Ledger, Origin, Unit
from pmlib.engine import Engine
from pmlib.metrics import Points
from pmlib.sources.contract import Series

LAST = date(2026, 11, 16)


def points_of(
    values: Sequence[float | None], *, every: Grain = "week", last: date = LAST, unit: Unit = Unit.COUNT, **more
) -> Points:
    step = timedelta(days=7 if every == "week" else 1)
    dates = tuple(last - step * place for place in reversed(range(len(values))))
    return Points("users", "active users", unit, dates, tuple(values), every, definition="Made for a test.", **more)


def market_of(rows: Sequence[tuple[str, str, float | None]]) -> Series:
    engine = Engine()
    columns = {
        "date": pa.array([date.fromisoformat(row[0]) for row in rows], pa.date32()),
        "name": pa.array([row[1] for row in rows], pa.string()),
        "value": pa.array([row[2] for row in rows], pa.float64()),
    }
    engine.register("given", pa.table(columns))
    engine.run("CREATE TABLE series AS SELECT * FROM given")
    origin = Origin("rows", "series", "rows of a test", Ledger(len(rows), len(rows)))
    return Series(engine, origin, names=tuple(dict.fromkeys(row[1] for row in rows)))

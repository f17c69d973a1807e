"""Tables small enough to count by hand, for the sources beside events."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
from sqlglot import exp

from pmlib.core import Ledger, Origin, Weeks
from pmlib.engine import Engine
from pmlib.sources.contract import Series, Subscriptions, Survey
from tests.research.made import survey_of

ANY = Ledger(0, 0)


def subscriptions_of(
    rows: list[tuple], *, as_of: date, currency: str = "EUR", week_start: str = "monday", more: tuple[str, ...] = ()
) -> Subscriptions:
    """Make subscriptions from (customer, amount, started, ended, property…) rows with ISO days."""
    day = [[None if row[at] is None else date.fromisoformat(row[at]) for row in rows] for at in (2, 3)]
    columns = {
        "customer": pa.array([row[0] for row in rows], pa.string()),
        "subscription": pa.array([f"s{place}" for place in range(len(rows))], pa.string()),
        "plan": pa.array([None] * len(rows), pa.string()),
        "amount": pa.array([row[1] for row in rows], pa.float64()),
        "started": pa.array(day[0], pa.date32()),
        "ended": pa.array(day[1], pa.date32()),
    }
    for place, name in enumerate(more):
        columns[name] = pa.array([row[4 + place] for row in rows])
    engine = Engine()
    engine.register("given", pa.table(columns))
    engine.run("CREATE TABLE subscriptions AS SELECT * FROM given")
    origin = Origin("rows", "subscriptions", "rows of a test", ANY)
    known = {name: exp.column(name) for name in more}
    return Subscriptions(engine, origin, "UTC", as_of, currency, weeks=Weeks(week_start), properties=known)


def series_of(rows: list[tuple[str, str, float | None]]) -> Series:
    """Make series from (ISO day, name, value) rows."""
    columns = {
        "date": pa.array([date.fromisoformat(row[0]) for row in rows], pa.date32()),
        "name": pa.array([row[1] for row in rows], pa.string()),
        "value": pa.array([row[2] for row in rows], pa.float64()),
    }
    engine = Engine()
    engine.register("given", pa.table(columns))
    engine.run("CREATE TABLE series AS SELECT * FROM given")
    return Series(engine, Origin("spend.csv", "series", "long", ANY), (), tuple(dict.fromkeys(row[1] for row in rows)))


def waves_of(
    scores: list[int | None], times: list[str], *, timezone: str = "UTC", first: str, last: str, **segments: list[str]
) -> Survey:
    """Make a survey with one score a respondent; ``times`` are UTC, ``first`` and ``last`` local days."""
    made = survey_of({"How likely?": scores}, days=times, segments=segments, kinds={"How likely?": "scale"})
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return replace(made, origin=replace(made.origin, first=days[0], through=days[1], timezone=timezone))

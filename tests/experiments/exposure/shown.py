"""Small experiments to count by hand: what people did in June 2026, and what was registered."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from pmlib.core import Ledger, Origin
from pmlib.engine import Engine
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Measure, Registration
from tests.rows import events_of

START = date(2026, 6, 1)


def log(text: str, *, last: int = 30, timezone: str = "UTC") -> Events:
    """Events from lines of who, what, day of June (below 1 in May), time, and arm, amount, platform, ``-`` for none."""
    rows = []
    for line in text.strip().splitlines():
        user, event, day, clock, *rest = line.split()
        arm, amount, platform = [None if one == "-" else one for one in (*rest, *["-"] * (3 - len(rest)))]
        month, number = (6, int(day)) if int(day) > 0 else (5, 31 + int(day))
        moment = f"2026-{month:02}-{number:02}T{clock}"
        rows.append((user, event, moment, arm, None if amount is None else float(amount), platform))
    properties = ("variant", "amount", "platform")
    return events_of(rows, as_of=date(2026, 6, last), timezone=timezone, properties=properties)


def plan(
    *measures: Measure,
    days: int | None = 28,
    start: date | None = START,
    arms: dict[str, float] | None = None,
    exposure: str = "shown",
    variant: str = "variant",
    activation: str = "",
    segments: tuple[str, ...] = (),
    cluster: str = "",
) -> Registration:
    """Register an experiment from 1 to 28 June."""
    return Registration(
        "menu",
        "A shorter menu sells more.",
        "control",
        arms or {"control": 1, "treatment": 1},
        measures,
        start=start,
        days=days,
        exposure=exposure,
        variant=variant,
        activation=activation,
        segments=segments,
        cluster=cluster,
    )


def table_of(**columns: list) -> Units:
    """A table of exposures, as the loader hands it over."""
    table = pa.table(columns)
    engine = Engine()
    engine.register("given", table)
    engine.run("CREATE TABLE units AS SELECT * FROM given")
    origin = Origin("exposures.csv", "units", "rows of a test", Ledger(table.num_rows, table.num_rows))
    return Units(engine, origin, (), tuple(name for name in table.column_names if name not in ("unit", "arm")))


def column(units: Units, name: str) -> dict[str, object]:
    """The values of a column by unit."""
    return dict(
        zip(units.query("SELECT unit FROM units ORDER BY unit").column("unit"), values(units, name), strict=True)
    )


def values(units: Units, name: str) -> Sequence[object]:
    """The values of a column, in the order of the units."""
    return units.query(f'SELECT "{name}" AS value FROM units ORDER BY unit').column("value")


def said(units: Units, start: str) -> tuple[bool, str]:
    """The only check that holds these words."""
    found = [check for check in units.checks if start in check.text]
    assert len(found) == 1, [check.text for check in units.checks]
    return found[0].ok, found[0].text

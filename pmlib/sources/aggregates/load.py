"""Load an experiment from aggregates: one row a metric and arm, or both arms beside each other."""

from collections.abc import Mapping, Sequence
from datetime import date

from pmlib.core import InputError, Ledger, Origin, SettingError, nearest
from pmlib.core.words import listed, many
from pmlib.engine import Engine, sql
from pmlib.sources.aggregates.faults import refuse_gaps, refuse_repeats, refuse_totals, refuse_wrong
from pmlib.sources.aggregates.given import gather
from pmlib.sources.aggregates.names import Layout, laid_out
from pmlib.sources.aggregates.table import Aggregates, checks, ledger_of
from pmlib.sources.files.relation import readable, rejected, released
from pmlib.sources.files.sheets import shown_as_source
from pmlib.sources.where import find


def load_aggregates(
    where: object,
    *,
    columns: Mapping[str, str] | None = None,
    segments: Sequence[str] = (),
    running: bool | None = None,
    start: date | None = None,
) -> Aggregates:
    """Load counts, means and variances that a warehouse or another tool made of an experiment.

    A row is a metric in an arm: how many units (``n``), ``mean`` and ``variance``, or ``sd``, or ``sum`` and
    ``sum_of_squares``, or ``hits`` where a unit does a thing or not. For a ratio the mean, variance and covariance of
    what it is divided by go along (``over_mean``, ``over_variance``, ``over_covariance``), for an adjustment by the
    time before those of the covariate (``before_mean``, ...). A row may hold both arms, ``mean_c`` and ``mean_t``.

    Parameters
    ----------
    where
        A CSV, Excel or Parquet file, a DuckDB file, a TOML file that describes one, or a frame.
    columns
        The file's column of each of these names, where it is not found by itself: ``{"n": "visitors"}``; of two arms
        beside each other ``{"mean_control": "m0", "mean_arm": "m1"}``.
    segments
        Columns that part the units, such as ``["platform"]``; all rows of a metric and arm make the whole.
    running
        Where there are several days: whether a row counts all units up to its day, or those of that day alone.
    start
        The first day, where the column of days counts them: 1 is the end of the first. A ``[source]`` may say this and
        the two above as well.

    Returns
    -------
    Aggregates
        Rows without metric, arm or count are set aside and counted; of running totals also those without a variance.

    Raises
    ------
    InputError
        If a column is not there, no units can have such numbers, a row is there twice, or a metric lacks an arm.
    SettingError
        If several days are not said to be running totals or not.
    """
    found = find(where, "aggregates")
    segments = segments or found.spec.segments
    running = found.spec.running if running is None else running
    engine = Engine()
    given = shown_as_source(engine, found)
    layout = laid_out(found.name, given.names, {**found.spec.columns, **(columns or {})})
    for column in segments:
        if column not in given.names or column in layout.used:
            raise InputError(
                f"{found.name} has no column '{column}' that could part its units; it has {', '.join(given.names)}."
                f"{nearest(column, given.names)}"
            )
    with readable(found.name):
        gather(engine, found, given.columns, layout, segments)
    unread = rejected(engine)
    released(engine)
    engine.run(sql(__package__, "moments.sql"), start=start or found.spec.start, timed="day" in layout.words)
    running = told(engine, found.name, running)
    refuse_wrong(engine, found.name, running=running)
    ledger = counts(engine, found.name, unread, running)
    engine.run(sql(__package__, "aggregates.sql"))
    engine.run("DROP TABLE moments")
    engine.run("DROP TABLE given")
    left = [column for column in given.names if column not in (*layout.used, *segments)]
    refuse_repeats(engine, found.name, left)
    refuse_totals(engine, found.name, segments)
    refuse_gaps(engine, found.name)
    names = engine.query("SELECT DISTINCT experiment FROM aggregates ORDER BY experiment").column("experiment")
    experiments = tuple(name for name in names if name is not None)
    form = f"aggregates, one row {'two arms' if layout.wide else 'an arm'}, {given.format}"
    origin = Origin(found.name, "aggregates", form, ledger, notes=notes(engine, layout, left, experiments))
    return Aggregates(engine, origin, checks(engine, ledger, running=running), tuple(segments), running, experiments)


def told(engine: Engine, source: str, running: bool | None) -> bool:
    """Return whether rows are running totals; of several days somebody has to say it."""
    if running is not None:
        return running
    most = engine.query(sql(__package__, "times.sql")).one().most or 0
    if most > 1:
        raise SettingError(
            f"{source} has rows of {most:,} days or times for an arm. Say running=True (running = true in a [source]) "
            "where each row counts all units up to its day, running=False where it counts those of that day alone: the "
            "two give very different results."
        )
    return False


def counts(engine: Engine, source: str, unread: int, running: bool) -> Ledger:
    """Count the rows of the source by why they are set aside, in the table ``taken``; those set aside go."""
    engine.run(sql(__package__, "taken.sql"), running=running)
    ledger = ledger_of(engine)
    if unread:
        ledger = Ledger(ledger.read + unread, ledger.kept, {**ledger.dropped, "unparseable": unread})
    if not ledger.kept:
        why = ", ".join(f"{count:,} {reason}" for reason, count in ledger.dropped.items()) or "it has no rows"
        raise InputError(
            f"No row of {source} is left to compare: {why}. Check which columns name metric, arm and count."
        )
    engine.run("DELETE FROM moments WHERE line IN (SELECT line FROM moments WHERE coalesce(bare, missing) IS NOT NULL)")
    return ledger


def notes(engine: Engine, layout: Layout, left: Sequence[str], experiments: Sequence[str]) -> tuple[str, ...]:
    """Say what was taken for what."""
    roles = ", ".join(f"{role} is '{column}'" for role, column in layout.words.items() if role != "kind")
    said = [f"Of its columns {roles}." if roles else "No column names a metric."]
    row = engine.query("SELECT count(DISTINCT metric) AS metrics, count(DISTINCT arm) AS arms FROM aggregates").one()
    of = f" in {many(len(experiments), 'experiment')}" if experiments else ""
    said.append(f"It holds {many(row.metrics, 'metric')} and {many(row.arms, 'arm')}{of}.")
    if left:
        said.append(f"Not read: {listed(list(left), most=12)}.")
    return tuple(said)

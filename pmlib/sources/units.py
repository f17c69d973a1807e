"""Load the units of an experiment: one row a person, account or store, with the arm it was in."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlglot import exp

from pmlib.core import Check, InputError, Ledger, Origin, SettingError, nearest
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.engine import Cells, Engine, name, place, sql
from pmlib.sources.contract import Units
from pmlib.sources.files.relation import readable, rejected, released
from pmlib.sources.files.sheets import shown_as_source
from pmlib.sources.files.tables import mapped
from pmlib.sources.files.text import decimal_comma, number
from pmlib.sources.repeats import unlike
from pmlib.sources.where import Found, find

UNIT_NAMES = (
    *("unit", "unit_id", "user_id", "userid", "customer_id", "account_id", "visitor_id", "device_id", "client_id"),
    *("respondent", "participant", "subject", "subject_id", "session_id", "store_id", "user", "customer", "id"),
)
ARM_NAMES = (
    *("arm", "variant", "variation", "variant_name", "group", "experiment_group", "test_group", "ab_group"),
    *("treatment", "condition", "bucket", "cell", "branch", "cohort", "segment"),
)
DAY_NAMES = (
    *("exposed_at", "exposure_at", "first_exposed_at", "first_exposure_at", "first_exposure", "exposure_time"),
    *("exposure_timestamp", "assigned_at", "assignment_time", "entered_at", "enrolled_at", "exposed_on", "assigned_on"),
    *("exposure_date", "assignment_date", "ts", "timestamp", "time", "date", "day"),
)
"""What a column is called that says when a unit came into the experiment."""
MOST_ARMS = 20
TRUTH = {"true", "false"}
MISSING = ("", "na", "n/a", "nan", "null", "none", "-")
PLAIN = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
CODED = r"[-+]?0\d+"
SAMPLE = 5_000


def load_units(where: object, *, unit: str | None = None, arm: str | None = None) -> Units:
    """Load an experiment's table.

    Parameters
    ----------
    where
        A CSV, Excel or Parquet file, a DuckDB file, a TOML file that describes one, or a frame; one row a unit.
    unit, arm
        The columns that name the unit and its arm; else they are found by their names. Without a unit column every row
        is a unit.

    Returns
    -------
    Units
        Rows without a unit or an arm, units in two arms and repeated units are set aside and counted. Text columns
        become numbers, or true and false, where every value is one.

    Raises
    ------
    InputError
        If no column tells the arm, a column named is not there, more than one unit in a hundred has rows with different
        values, or the file cannot be read.
    """
    found = find(where, "units")
    engine = Engine()
    given = shown_as_source(engine, found)
    names, form = given.names, given.format
    wish = mapped(found.spec.columns, ("unit", "arm"))
    arm_column = chosen(found.name, names, arm or wish.get("arm"), ARM_NAMES)
    unit_column = chosen(found.name, names, unit or wish.get("unit"), UNIT_NAMES)
    if arm_column is None:
        hint = "That is one column only: put the names of the columns into its first line."
        if len(names) > 1:
            hint = advice(engine, found.name, [one for one in names if one != unit_column])
        raise InputError(
            f"{found.name} has no column that tells the arm (expected one such as arm, variant or group); it has "
            f"{', '.join(names)}. {hint}"
        )
    if unit_column == arm_column:
        raise SettingError(f"'{arm_column}' cannot be both the unit and the arm. Name two columns.")
    others = [column for column in names if column not in (unit_column, arm_column)]
    query = place(
        sql(__package__, "units_sorted.sql"),
        unit_given=exp.column(name(unit_column) if unit_column else "pmlib_row"),
        arm_given=exp.column(name(arm_column)),
        row_given=exp.func("row", *(exp.column(name(one)) for one in others or [arm_column]), dialect="duckdb"),
    )
    with readable(found.name):
        engine.run(query)
    ledger = counts(engine, rejected(engine))
    clash = [column for column in others if column.casefold() in ("unit", "arm")]
    if clash:
        raise InputError(
            f"{found.name} has a column '{clash[0]}' that is not the one taken for it. Rename it, or name it as the "
            f"{clash[0].casefold()}."
        )
    twice = unlike(engine, found.name, others, ledger.kept)
    typed(engine, others, found)
    released(engine)
    engine.run("DROP TABLE sorted")
    arms = engine.query("SELECT arm, count(*) AS units FROM units GROUP BY arm ORDER BY arm")
    refuse_odd_arms(found.name, arm_column, arms, ledger)
    notes = [f"The arm is the column '{arm_column}': {', '.join(f'{row.arm} ({row.units:,})' for row in arms)}."]
    notes.append(
        f"The unit is the column '{unit_column}'." if unit_column else "No column names the unit, so every row is one."
    )
    origin = Origin(found.name, "units", f"one row a unit, {form}", ledger, notes=tuple(notes))
    looked = (*checks(ledger), twice, *late(engine, others, ledger.kept))
    return Units(engine, origin, looked, tuple(others))


def chosen(source: str, names: Sequence[str], wish: str | None, guesses: Iterable[str]) -> str | None:
    """Return the column wished for, else the first that is called as one expects."""
    if wish:
        if wish not in names:
            raise InputError(f"{source} has no column '{wish}'; it has {', '.join(names)}.{nearest(wish, names)}")
        return wish
    by_name = {column.strip().casefold().replace(" ", "_"): column for column in names}
    return next((by_name[guess] for guess in guesses if guess in by_name), None)


def advice(engine: Engine, source: str, columns: Sequence[str]) -> str:
    """Say which columns may be the arm: those of few values, words before numbers."""
    values: dict[str, list[str]] = {}
    with readable(source):
        kinds = [exp.Count(this=exp.Distinct(expressions=[exp.column(name(column))])) for column in columns]
        numbers = engine.query(exp.select(*kinds).from_("source").sql(dialect="duckdb")).one() if columns else ()
        for column, count in zip(columns, numbers, strict=True):
            if 2 <= count <= MOST_ARMS:
                text = exp.cast(exp.column(name(column)), "VARCHAR")
                ask = (
                    exp.select(exp.alias_(text, "value")).distinct().from_("source").where(text.is_(exp.null()).not_())
                )
                values[column] = engine.query(ask.order_by("value").sql(dialect="duckdb")).column("value")
    if not values:
        return f"None of them has 2 to {MOST_ARMS} different values, as arms have: add a column with each unit's arm."
    best = sorted(values, key=lambda column: (not wordy(values[column]), len(values[column])))
    shown = [f"'{column}' ({listed(values[column], most=4)})" for column in best[:3]]
    return f"It may be {', or '.join(shown)}. Name it: arm='{best[0]}'."


def wordy(values: Iterable[str]) -> bool:
    """Whether values are words: neither numbers or days nor only true and false."""
    return all(any(sign.isalpha() for sign in one) and one.strip().casefold() not in TRUTH for one in values)


def counts(engine: Engine, unread: int) -> Ledger:
    """Count the rows by why they are set aside."""
    rows = engine.query(
        "SELECT pmlib_aside, count(*) AS rows FROM sorted GROUP BY pmlib_aside ORDER BY pmlib_aside"
    ).rows
    dropped = {row.pmlib_aside: row.rows for row in rows if row.pmlib_aside} | (
        {"unparseable": unread} if unread else {}
    )
    kept = sum(row.rows for row in rows if not row.pmlib_aside)
    if not kept:
        why = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items()) or "it has no rows"
        raise InputError(f"No unit is left to compare: {why}. Check which columns name the unit and the arm.")
    return Ledger(kept + sum(dropped.values()), kept, dropped)


def refuse_odd_arms(source: str, column: str, arms: Cells, ledger: Ledger) -> None:
    """Refuse a column that cannot be the arm."""
    if len(arms) > MOST_ARMS:
        raise InputError(
            f"Column '{column}' of {source} has {len(arms):,} values, too many for arms (at most {MOST_ARMS}). "
            f"{ledger}. Name the right one, such as arm='variant'."
        )
    alike: dict[str, list[str]] = {}
    for row in arms:
        spelling = re.sub(r"[\s_]+", " ", row.arm.casefold())
        alike.setdefault(spelling, []).append(f"'{row.arm}' ({row.units:,})")
    for names in alike.values():
        if len(names) > 1:
            raise InputError(
                f"Column '{column}' of {source} writes an arm in several ways: {listed(names)}. Write it in one way, "
                "or give arms that differ names of their own."
            )


def typed(engine: Engine, columns: Sequence[str], found: Found) -> None:
    """Make the table ``units`` with numbers as numbers."""
    kinds = {row[0]: row[1] for row in engine.query("DESCRIBE sorted")}
    texts = [column for column in columns if kinds[column] == "VARCHAR"]
    kept = exp.select("*").from_("sorted").where("pmlib_aside IS NULL").subquery("kept")
    plain, marked = [], {}
    for column in texts:
        odd = unplain(engine, column)
        if odd is not None and not odd:
            plain.append(column)
        elif odd and all(number(value) is not None or number(value, comma=True) is not None for value in odd):
            marked[column] = odd
    comma = found.spec.decimal == ","
    if marked and found.spec.decimal is None:
        comma = decimal_comma([value for odd in marked.values() for value in odd] + pointed(engine, plain))
    reads = {column: cast(filled(column)) for column in plain}
    for column in marked:
        reads[column] = cast(unmarked(filled(column), comma))
        if lost(engine, column, reads[column]):
            del reads[column]
    for column in set(texts) - set(reads):
        if yes_or_no(engine, column):
            reads[column] = exp.cast(filled(column), "BOOLEAN")
    picks = [exp.alias_(reads.get(column, exp.column(name(column))), name(column)) for column in columns]
    both = [exp.alias_(exp.column("pmlib_unit"), "unit"), exp.alias_(exp.column("pmlib_arm"), "arm")]
    engine.run(f"CREATE TABLE units AS {exp.select(*both, *picks).from_(kept).sql(dialect='duckdb')}")


def filled(column: str) -> exp.Expr:
    """Return the value of a text column, null where it says that there is none."""
    value = exp.func("trim", exp.column(name(column)))
    missing = exp.func("lower", value).isin(*MISSING)
    return exp.Case().when(exp.not_(missing), value)


def cast(value: exp.Expr) -> exp.Expr:
    """Read text as a number, null where it is none."""
    return exp.TryCast(this=value, to=exp.DataType.build("DOUBLE"))


def unmarked(value: exp.Expr, comma: bool) -> exp.Expr:
    """Take the thousands marks out of a number's text and make its decimal mark a point."""
    marks = "[. \u00a0'’]" if comma else "[, \u00a0'’]"
    bare = exp.RegexpReplace(
        this=value,
        expression=exp.Literal.string(marks),
        replacement=exp.Literal.string(""),
        modifiers=exp.Literal.string("g"),
    )
    return exp.func("replace", bare, exp.Literal.string(","), exp.Literal.string(".")) if comma else bare


def unplain(engine: Engine, column: str) -> list[str] | None:
    """Return values that are no plain numbers; ``None`` for a column without values, or of codes such as 00123."""
    value = filled(column)
    matched = exp.func("regexp_full_match", value, exp.Literal.string(PLAIN), dialect="duckdb")
    coded = exp.func("regexp_full_match", value, exp.Literal.string(CODED), dialect="duckdb")
    ask = exp.select(
        exp.alias_(exp.func("count", value), "filled"), exp.alias_(exp.func("bool_or", coded), "coded")
    ).from_("sorted")
    seen = engine.query(ask.sql(dialect="duckdb")).one()
    if not seen.filled or seen.coded:
        return None
    odd = exp.select(exp.alias_(value, "value")).distinct().from_("sorted").where(exp.not_(matched)).limit(SAMPLE)
    return [row.value for row in engine.query(odd.sql(dialect="duckdb"))]


def pointed(engine: Engine, columns: Sequence[str]) -> list[str]:
    """Return some plain numbers with a decimal point: they tell how the file writes decimals."""
    values: list[str] = []
    for column in columns:
        some = exp.select(exp.alias_(filled(column), "value")).from_("sorted")
        some = some.where(exp.Like(this=exp.column(name(column)), expression=exp.Literal.string("%.%"))).limit(50)
        values += [row.value for row in engine.query(some.sql(dialect="duckdb")) if row.value]
    return values


def lost(engine: Engine, column: str, read: exp.Expr) -> int:
    """Count the values of a column that do not read as numbers."""
    both = exp.and_(filled(column).is_(exp.null()).not_(), read.is_(exp.null()))
    ask = exp.select(exp.alias_(exp.func("count_if", both), "lost")).from_("sorted")
    return engine.query(ask.sql(dialect="duckdb")).one().lost


def yes_or_no(engine: Engine, column: str) -> bool:
    """Whether a text column says only true and false."""
    values = exp.select(exp.alias_(exp.func("lower", filled(column)), "value")).distinct().from_("sorted").limit(4)
    seen = {row.value for row in engine.query(values.sql(dialect="duckdb"))} - {None}
    return bool(seen) and seen <= TRUTH


def checks(ledger: Ledger) -> tuple[Check, ...]:
    """Look at what a reader may doubt: units that were seen twice, or in two arms."""
    torn, twice = ledger.dropped.get("in two arms", 0), ledger.dropped.get("duplicate", 0)
    bare = ledger.dropped.get("no arm", 0) + ledger.dropped.get("no unit", 0)
    broken = ledger.dropped.get("unparseable", 0)
    have = "has not as many fields as there are columns" if broken == 1 else "have not as many fields as columns"
    said = f"{broken:,} of {ledger.read:,} rows {have}; a separator inside a value does this. Export the file again."
    return (
        *([Check(False, said)] if broken else []),
        Check(torn <= 0.001 * ledger.read, f"{torn:,} of {ledger.read:,} rows are of units that were in two arms."),
        Check(
            not twice, f"{twice:,} of {ledger.read:,} rows repeat a unit with the same values; one of each was kept."
        ),
        Check(bare <= 0.01 * ledger.read, f"{bare:,} of {ledger.read:,} rows name no unit or no arm."),
    )


def late(engine: Engine, columns: Sequence[str], units: int) -> list[Check]:
    """Look for units that came into the experiment after today, and for days that nobody can read."""
    column = chosen("", columns, None, DAY_NAMES)
    if column is None:
        return []
    # A local day may be one ahead of UTC.
    last = datetime.now(UTC).date() + timedelta(days=1)
    ask = place(sql(__package__, "units_late.sql"), moment=exp.column(name(column)))
    row = engine.query(ask, last=last).one()
    if row.text is not None and not row.read:
        said = f"No value in '{column}' is read as a day, such as '{row.text[:20]}'; write days as 2026-11-22."
        return [Check(False, f"{said} Until then nothing is told by day.")]
    latest = f", the latest on {day_text(row.latest, year=True)}" if row.latest else ""
    said = f"{row.units:,} of {many(units, 'unit')} have a day in '{column}' that is still to come{latest}."
    return [Check(not row.units, f"{said} Find out what wrote them, or leave them out." if row.units else said)]

"""Load which account each user belongs to: two columns, each user once."""

from collections.abc import Mapping

import duckdb

from pmlib.core import Check, InputError, Ledger, Origin
from pmlib.engine import Engine, place, sql
from pmlib.sources.contract import Accounts
from pmlib.sources.events.cells import moment, text
from pmlib.sources.events.fields import Field, fields_of
from pmlib.sources.events.forms import listed, plain
from pmlib.sources.events.times import Declared
from pmlib.sources.files.relation import first_line, rejected, released
from pmlib.sources.files.sheets import shown_as_source
from pmlib.sources.files.tables import mapped
from pmlib.sources.where import find

ROLES = ("user_id", "account_id", "since")
NAMES: Mapping[str, tuple[str, ...]] = {
    "user_id": ("user_id", "userid", "user", "person_id", "member_id", "distinct_id", "customer_id", "contact_id"),
    "account_id": (
        *(
            "account_id",
            "accountid",
            "account",
            "company_id",
            "company",
            "organization_id",
            "organisation_id",
            "org_id",
        ),
        *("workspace_id", "team_id", "tenant_id", "group_id", "group_key", "organization", "workspace", "team"),
    ),
    "since": ("since", "joined_at", "joined_on", "updated_at", "created_at", "valid_from", "assigned_at", "timestamp"),
}
MOST_SEVERAL = 0.05
REASONS = ("no user", "no account", "unparseable", "duplicate", "an earlier account", "in several accounts")


def load_accounts(where: object, *, columns: Mapping[str, str] | None = None) -> Accounts:
    """Load the accounts of users.

    Parameters
    ----------
    where
        A path or glob (CSV, workbook, JSON lines, Parquet, a DuckDB file), a TOML file, or a frame with a column for
        the user, one for the account and, if you like, one that says since when.
    columns
        Contract column (``user_id``, ``account_id``, ``since``) = the file's column.

    Returns
    -------
    Accounts
        The table ``accounts``, each user once. A user in several accounts belongs to the one joined last; where no
        column says since when, or two are of the same moment, the user is set aside and counted.

    Raises
    ------
    InputError
        If a column is missing, no row remains, or more than one user in twenty is in several accounts.
    """
    found = find(where, "accounts")
    engine = Engine()
    try:
        given = shown_as_source(engine, found)
        fields = fields_of(engine, given, decimal=found.spec.decimal)
        taken = placed(fields, mapped(found.spec.columns | dict(columns or {}), ROLES), found.name)
        since = moment(engine, fields, taken.get("since"), found.name, Declared("UTC", None), "UTC")
        engine.run(
            place(
                sql(__package__, "accounts_sorted.sql"),
                user_given=text(fields, taken["user_id"]),
                account_given=text(fields, taken["account_id"]),
                since_given=since,
            )
        )
        broken = rejected(engine) if given.format == "csv" else 0
    except duckdb.Error as error:
        raise InputError(
            f"{found.name} cannot be read: {first_line(error)} Check the file, or export it again."
        ) from error
    finally:
        released(engine)
    rows = engine.query(
        "SELECT reason, count(*) AS n, count(DISTINCT user_id) AS users FROM sorted GROUP BY reason"
    ).rows
    dropped = {row.reason: row.n for row in rows if row.reason}
    dropped["unparseable"] = broken
    kept = sum(row.n for row in rows if not row.reason)
    several = sum(row.users for row in rows if row.reason == "in several accounts")
    ledger = Ledger(kept + sum(dropped.values()), kept, {reason: dropped.get(reason, 0) for reason in REASONS})
    refuse_unclear(engine, found.name, ledger, several, taken)
    engine.run("CREATE TABLE accounts AS SELECT user_id, account_id FROM sorted WHERE reason IS NULL ORDER BY user_id")
    engine.run("DROP TABLE sorted")
    notes = tuple(f"The {role} is the column '{column}'." for role, column in taken.items())
    origin = Origin(found.name, "accounts", f"user and account, {given.format}", ledger, notes=notes)
    return Accounts(engine, origin, checks(ledger, several))


def placed(fields: Mapping[str, Field], given: Mapping[str, str], shown: str) -> dict[str, str]:
    """Tell the columns of user, account and time by their names."""
    names = [field.name for field in fields.values() if field.kind not in ("tree", "pairs")]
    exact, by_plain = {one.casefold(): one for one in names}, {plain(one): one for one in reversed(names)}
    found: dict[str, str] = {}
    for role, words in NAMES.items():
        wish = given.get(role)
        column = (
            exact.get(wish.casefold()) if wish else next((by_plain[word] for word in words if word in by_plain), None)
        )
        if column is None and (wish or role != "since"):
            wanted = f"'{wish}' (wanted as {role})" if wish else f"for {role}"
            raise InputError(
                f"{shown} has no column {wanted}; it has {listed(names)}. Say which columns to take: "
                "columns={'user_id': '…', 'account_id': '…'}."
            )
        if column is not None:
            found[role] = column
    return found


def refuse_unclear(engine: Engine, shown: str, ledger: Ledger, several: int, taken: Mapping[str, str]) -> None:
    """Refuse a table in which many users are in several accounts, or nobody in any."""
    users = engine.query("SELECT count(DISTINCT user_id) AS n FROM sorted").one().n
    if several > MOST_SEVERAL * users:
        row = engine.query(sql(__package__, "accounts_several.sql")).one()
        how = "of the same moment" if "since" in taken else "and no column says since when"
        raise InputError(
            f"{several:,} of {users:,} users of {shown} are in several accounts {how} (such as {row.user_id} in "
            f"{row.one} and {row.other}). An event can count for one only: keep one row a user, or add the "
            "column 'since'."
        )
    if not ledger.kept:
        raise InputError(f"No user of {shown} has an account: {ledger}. Check which columns are taken.")


def checks(ledger: Ledger, several: int) -> tuple[Check, ...]:
    """Look at what a reader may doubt: users in several accounts, rows that name nobody."""
    bare = ledger.dropped["no user"] + ledger.dropped["no account"] + ledger.dropped["unparseable"]
    earlier = ledger.dropped["an earlier account"]
    found = [Check(bare <= 0.01 * ledger.read, f"{bare:,} of {ledger.read:,} rows name no user or no account.")]
    if earlier:
        found.append(
            Check(True, f"{earlier:,} rows are of accounts that users left: each counts for the one joined last.")
        )
    if several:
        found.append(Check(False, f"{several:,} users are in several accounts at once; they do not count."))
    return tuple(found)

"""Put accounts in the place of users: whole teams are counted, not the people in them."""

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from pmlib.core import Check, SettingError
from pmlib.core.words import many as many_of
from pmlib.engine import Engine, name, place, sql

FEW = 0.01
MOST = 0.5
"""Part of the users or events without an account from which accounts cannot stand for them."""


def by_property(engine: Engine, account: exp.Expr, shown: str, many: str) -> tuple[Engine, tuple[Check, ...]]:
    """Group by a property that names the account.

    An event counts for the account it names; one that names none counts for the account its user named last. Events of
    users who never name one are left out.

    Parameters
    ----------
    account
        Reads the property from the table ``events``.
    shown
        The property's name.
    many
        What accounts are called, such as ``"accounts"``.

    Returns
    -------
    tuple
        An engine whose table ``events`` has the account as ``user_id``, and what a reader should know.

    Raises
    ------
    SettingError
        If no event names an account.
    """
    read = cleaned(account)
    known = engine.keeping("account_of", place(sql(__package__, "grouping_last.sql"), account_given=read))
    row = known.query(sql(__package__, "grouping_counts.sql")).one()
    if not row.named:
        raise SettingError(f"No event names an account: '{shown}' is empty in all {row.rows:,} events. Name another.")
    grouped = known.viewed("events", lambda base: view(engine, base, read, known if row.filled else None))
    checks = [
        Check(
            row.lost <= FEW * row.rows,
            f"{row.lost:,} of {row.rows:,} events are of {row.lost_users:,} users who never name one of the {many} "
            f"({shown}); they do not count.",
        )
        if row.lost
        else Check(True, f"Every user names one of the {many} ({shown})."),
    ]
    if row.filled:
        checks.append(
            Check(
                not row.unsure,
                f"{row.filled:,} events name no account and count for the one their user named last; "
                f"{row.unsure:,} of them are of users who named several.",
            )
        )
    if row.several:
        checks.append(
            Check(True, f"{row.several:,} users named several {many}: each event counts for the one that it names.")
        )
    return grouped, tuple(checks)


def by_map(engine: Engine, pairs: object, digest: str, shown: str, many: str) -> tuple[Engine, tuple[Check, ...]]:
    """Group by a table that says which account a user belongs to.

    Parameters
    ----------
    pairs
        An Arrow table with ``user_id`` and ``account``, each user once.
    digest
        Tells one table of pairs from another.
    shown
        The name of the pairs' source.

    Returns
    -------
    tuple
        An engine whose table ``events`` has the account as ``user_id``, and what a reader should know.

    Raises
    ------
    SettingError
        If most of the users or events are of none in the table.
    """
    engine.register("given_accounts", pairs)
    known = engine.keeping(
        "account_of", "SELECT user_id, account, $digest AS digest FROM given_accounts", digest=digest
    )
    engine.connection.unregister("given_accounts")
    row = known.query(sql(__package__, "grouping_missed.sql")).one()
    if mostly_lost(row):
        raise SettingError(
            f"{lost(row)} are in none of the {many} of {shown}; at least half of both must be. The events have users "
            f"such as '{row.user}', {shown} such as '{row.other}'. Load a table of all users, with the user ids that "
            "the events have."
        )
    grouped = known.viewed("events", lambda base: view(engine, base, exp.cast(exp.null(), "VARCHAR"), known))
    text = (
        f"{row.lost:,} of {row.rows:,} events are of {row.lost_users:,} users who are in none of the {many} of "
        f"{shown}; they do not count."
        if row.lost
        else f"Every user is in one of the {many} of {shown}."
    )
    return grouped, (Check(row.lost <= FEW * row.rows, text),)


def mostly_lost(row: Any) -> bool:
    """Whether most of the users or of the events have no account."""
    return row.lost_users > MOST * row.users or row.lost > MOST * row.rows


def lost(row: Any) -> str:
    """Write how many users and events have no account."""
    return f"{row.lost_users:,} of {many_of(row.users, 'user')} ({row.lost:,} of {many_of(row.rows, 'event')})"


def cleaned(account: exp.Expr) -> exp.Expr:
    """Read an account as text, null where it is empty."""
    text = exp.cast(account.copy(), "VARCHAR")
    return exp.func("nullif", exp.func("trim", text), exp.Literal.string(""))


def view(engine: Engine, base: exp.Table, account: exp.Expr, known: Engine | None) -> exp.Select:
    """Write the view of the events with the account as the user; the user stays as ``person_id``.

    Parameters
    ----------
    known
        Where the accounts of users are kept, for events that name none.
    """
    columns = [row[0] for row in engine.query("DESCRIBE events")]
    person = "person_id"
    while person in columns:
        person += "_"
    named = exp.select("*", exp.alias_(account.copy(), "pmlib_account")).from_(base).subquery("named")
    own = exp.column("pmlib_account", table="named")
    chosen = exp.func("coalesce", own, exp.column("account", table="known")) if known else own
    picks = {column: exp.column(name(column), table="named") for column in columns}
    renamed: Mapping[str, exp.Expr] = picks | {"user_id": chosen, person: exp.column("user_id", table="named")}
    query = exp.select(*(exp.alias_(part, name(title)) for title, part in renamed.items())).from_(named)
    if known:
        on = exp.EQ(this=exp.column("user_id", table="known"), expression=exp.column("user_id", table="named"))
        query = query.join(
            exp.table_("account_of", db=known.home("account_of"), alias="known"), on=on, join_type="left"
        )
    return query.where(exp.not_(chosen.copy().is_(exp.null())))

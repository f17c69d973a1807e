"""Whose events are those without a user: anonymous ids that a known user had, on the same row, become that user's."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from pmlib.core import Check, InputError
from pmlib.engine import Engine, place, sql
from pmlib.sources.events.cells import moment, text
from pmlib.sources.events.fields import fields_of
from pmlib.sources.events.forms import listed, plain
from pmlib.sources.events.times import Declared
from pmlib.sources.files.relation import first_line, released
from pmlib.sources.files.sheets import shown_as_source
from pmlib.sources.where import Found, find

FEW = 0.01
ROUNDS = 40
"""Each round doubles the length of a chain of ids that is followed."""
NAMES = {
    "anon_id": (
        "anon_id",
        "anonymous_id",
        "distinct_id",
        "device_id",
        "user_pseudo_id",
        "previous_id",
        "alias",
        "old_id",
    ),
    "user_id": ("user_id", "person_id", "resolved_distinct_id", "canonical_user_id", "new_id", "user"),
    "since": ("since", "updated_at", "created_at", "identified_at", "timestamp", "received_at"),
}
RULE = (
    "A row without a user is of the user last seen with its anonymous id. A shared device never merges two known users."
)


NO_USE = (
    "they change nothing. Check that both write ids alike (capitals, signs before them), and that the columns are the "
    "right way round."
)


@dataclass(frozen=True)
class Given:
    """How identities that were given meet the data.

    Parameters
    ----------
    columns
        The columns they were read from, in words.
    what, there, met
        The ids looked for, how many there are in the data, and how many of these are in the identities.
    """

    columns: str
    what: str
    there: int
    met: int

    @property
    def said(self) -> str:
        """Say how many ids are in them."""
        return f"{self.met:,} of {self.there:,} {self.what} are in the identities given ({self.columns})."


@dataclass(frozen=True)
class Resolved:
    """What became of anonymous rows.

    Parameters
    ----------
    rows, ids
        Rows that were given a user, and the anonymous ids they had.
    shared_ids, shared_rows
        Of these, the ids that several users had, and their rows.
    merged_ids, merged_rows
        Ids that the given identities turn into others, and the rows they were on.
    given
        Identities that were given.
    """

    rows: int = 0
    ids: int = 0
    shared_ids: int = 0
    shared_rows: int = 0
    merged_ids: int = 0
    merged_rows: int = 0
    given: "Given | None" = None

    def notes(self) -> tuple[str, ...]:
        """Say what was done."""
        said = []
        if self.rows:
            said.append(f"{self.rows:,} rows without a user are given one by {self.ids:,} anonymous ids. {RULE}")
        if self.merged_ids:
            said.append(f"The identities given turn {self.merged_ids:,} ids on {self.merged_rows:,} rows into others.")
        return tuple(said)

    def checks(self, kept: int) -> tuple[Check, ...]:
        """Tell of devices that several users share, and of identities; ``kept`` is how many rows count."""
        found = []
        if self.shared_ids:
            found.append(
                Check(
                    self.shared_rows <= FEW * kept,
                    f"{self.shared_ids:,} anonymous ids were used by several users, as on a shared device: their "
                    f"{self.shared_rows:,} rows without a user count for the user identified last.",
                )
            )
        if self.given:
            ok = self.given.met + self.merged_ids > 0
            found.append(Check(ok, self.given.said if ok else f"{self.given.said[:-1]}: {NO_USE}"))
        return tuple(found)


def resolved(engine: Engine, anonymous: Sequence[str], identities: object) -> Resolved:
    """Give the rows of ``events`` their users.

    Parameters
    ----------
    anonymous
        The columns of ``events`` that hold anonymous ids, the best first; with them goes ``known``, whether the row
        names a user.
    identities
        A file or frame of pairs of ids, or an empty text.

    Raises
    ------
    InputError
        If the identities cannot be read or go in a circle.
    """
    given = identities is not None and not (isinstance(identities, str) and not identities)
    met = load_pairs(engine, identities, anonymous) if given else None
    rows = ids = shared_ids = shared_rows = 0
    for column in anonymous:
        pieces = {"anon": exp.column(column)}
        engine.run(place(sql(__package__, "identity_seen.sql"), **pieces))
        if given:
            engine.run("DELETE FROM links WHERE anon_id IN (SELECT anon_id FROM given_ids)")
            engine.run(sql(__package__, "identity_given.sql"))
        row = engine.query(place(sql(__package__, "identity_counts.sql"), **pieces)).one()
        if row.rows:
            engine.run(place(sql(__package__, "identity_taken.sql"), **pieces))
        rows, ids = rows + row.rows, ids + row.ids
        shared_ids, shared_rows = shared_ids + row.shared_ids, shared_rows + row.shared_rows
        engine.run("DROP TABLE links")
    merged = engine.query(sql(__package__, "identity_merged.sql")).one() if given else None
    if merged and merged.rows:
        engine.run(
            "UPDATE events SET user_id = given_ids.user_id FROM given_ids WHERE events.user_id = given_ids.anon_id"
        )
    if given:
        engine.run("DROP TABLE given_ids")
    merges = (merged.ids, merged.rows) if merged else (0, 0)
    return Resolved(rows, ids, shared_ids, shared_rows, *merges, met)


def load_pairs(engine: Engine, identities: object, anonymous: Sequence[str]) -> Given:
    """Make the table ``given_ids``, each id with the one it ends in; say how many ids of ``events`` were given."""
    found = find(identities, "identities")
    other = Engine()
    try:
        pairs, columns = read(other, found)
    except duckdb.Error as error:
        raise InputError(f"{found.name} cannot be read: {first_line(error)} Export it again.") from error
    finally:
        released(other)
    engine.register("given_pairs", pairs)
    ids = exp.array(*(exp.column(column) for column in anonymous or ("user_id",)))
    counts = engine.query(place(sql(__package__, "identity_met.sql"), ids=ids)).one()
    engine.run("CREATE TABLE given_ids AS SELECT * FROM given_pairs WHERE anon_id <> user_id")
    engine.connection.unregister("given_pairs")
    for _ in range(ROUNDS):
        if not engine.query(sql(__package__, "identity_chained.sql")).one()[0]:
            break
    circle = engine.query(sql(__package__, "identity_circle.sql")).rows
    if circle:
        raise InputError(
            f"The identities of {found.name} go in a circle at '{circle[0].anon_id}': an id becomes another that "
            "becomes it again. Leave one of the two rows out."
        )
    return Given(columns, "anonymous ids" if anonymous else "ids of users", counts.there, counts.met)


def read(engine: Engine, found: Found) -> tuple[object, str]:
    """Return the pairs of a file or frame, each anonymous id once with the user given last, and name their columns."""
    given = shown_as_source(engine, found)
    fields = fields_of(engine, given)
    names = {
        plain(field.name): field.name for field in reversed(fields.values()) if field.kind not in ("tree", "pairs")
    }
    taken = {role: next((names[word] for word in words if word in names), None) for role, words in NAMES.items()}
    for role in ("anon_id", "user_id"):
        if taken[role] is None:
            raise InputError(
                f"{found.name} has no column for {role}; it has {listed(given.names)}. Identities are two columns: "
                "anon_id and user_id."
            )
    engine.run(
        place(
            "CREATE TABLE pairs AS SELECT anon AS anon_id, arg_max(known, (since, known)) AS user_id FROM "
            "(SELECT anon_given AS anon, user_given AS known, coalesce(since_given, TIMESTAMP '1970-01-01') AS since "
            "FROM source) AS given WHERE anon IS NOT NULL AND known IS NOT NULL GROUP BY anon",
            anon_given=text(fields, taken["anon_id"]),
            user_given=text(fields, taken["user_id"]),
            since_given=moment(engine, fields, taken["since"], found.name, Declared("UTC", None), "UTC"),
        )
    )
    words = f"anon_id from {taken['anon_id']}, user_id from {taken['user_id']}"
    return engine.arrow("SELECT * FROM pairs ORDER BY anon_id"), words

"""Who was shown what when: from exposure events in a log, or from a table of exposures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from pmlib.core import SettingError, nearest
from pmlib.core.words import listed
from pmlib.engine import Engine, name, sql
from pmlib.experiments.exposure.moments import dated, moment_of, time_column
from pmlib.experiments.exposure.spans import Span
from pmlib.sources.conditions import met
from pmlib.sources.contract import EVENT_COLUMNS, Events, Units
from pmlib.sources.registrations import Registration

Exposures = Units | Events


@dataclass(frozen=True)
class Sightings:
    """Exposures, a row a unit and arm, in the engine of the events.

    Parameters
    ----------
    engine
        Has the table ``sightings``; ``given_1`` and so on hold the values wanted at the first exposure.
    source
        The name of what the exposures come from.
    words
        How they were read, a sentence.
    given
        The columns and properties that the exposures have.
    days
        Whether only days are known, no times of day.
    """

    engine: Engine
    source: str
    words: str
    given: tuple[str, ...]
    days: bool = False


def sightings(
    events: Events,
    registration: Registration,
    exposures: Exposures | None,
    span: Span,
    *,
    wanted: Sequence[str],
    at: str,
    times: str,
) -> Sightings:
    """Read the exposures.

    Parameters
    ----------
    wanted
        Columns or properties to hold at the first exposure; those that the exposures lack are left out.

    Raises
    ------
    SettingError
        If nothing says who was exposed, or names an event or property that there is not.
    """
    if isinstance(exposures, Units):
        if not time_column(exposures, at) and (days := dated(exposures)):
            raise untimed(exposures, f"but {listed(days)} may be one")
        shown, words, days = of_table(exposures, span, at, times, events.timezone)
        known: Mapping[str, exp.Expr] = {one: exp.column(name(one)) for one in exposures.columns}
        table = "units"
    else:
        log = exposures or events
        shown, words, days = *of_log(log, registration, logged=exposures is not None), False
        known = {one: text_of(log.property(one)) for one in log.properties}
        table = "events"
    given = tuple(one for one in wanted if one in known)
    home = events if exposures is None else exposures
    picks = [exp.alias_(known[one].copy(), f"given_{place}") for place, one in enumerate(given)]
    held = shown.select(*picks).from_(table)
    engine = home.engine.keeping("sightings", counted(held, len(given)), opens=span.opens, closes=span.closes)
    if exposures is not None:
        engine = moved(engine, events.engine)
    return Sightings(engine, home.origin.name, words, given, days)


def of_log(log: Events, registration: Registration, *, logged: bool) -> tuple[exp.Select, str]:
    """Select the exposures of a log, and say how."""
    if not registration.variant or not (registration.exposure or logged):
        raise SettingError(
            f"Nothing says who was exposed: '{registration.name}' names no exposure and variant. Write there "
            'exposure = "experiment_viewed" and variant = "variant", or give a table of exposures.'
        )
    arm = text_of(log.property(registration.variant))
    shown = exp.select(
        exp.alias_(exp.column("user_id"), "unit"), exp.alias_(arm, "arm"), exp.alias_(exp.column("ts"), "moment")
    )
    said = f"event '{registration.exposure}'" if registration.exposure else f"row of {log.origin.name}"
    words = f"A unit is exposed by the {said}; the property '{registration.variant}' holds its arm."
    if not registration.exposure:
        return shown, words
    return shown.where(happening(log, registration.exposure, "exposure")), words


def of_table(units: Units, span: Span, at: str, times: str, zone: str) -> tuple[exp.Select, str, bool]:
    """Select the exposures of a table, and say how; without a time all were exposed at the start."""
    column = time_column(units, at)
    if column:
        moment, days = moment_of(units, column, times, zone)
        words = f"A unit is exposed when '{column}' of {units.origin.name} says."
        if days:
            words += " It holds days, so exposure is their midnight, and all that a unit did on that day counts."
    elif span.first is None:
        raise untimed(units, "and no start is registered")
    else:
        moment, days = exp.cast(exp.Literal.string(span.opens.isoformat(sep=" ")), "TIMESTAMP"), False
        words = f"{units.origin.name} tells no times, so all units count as exposed at the start."
    shown = exp.select(exp.column("unit"), exp.column("arm"), exp.alias_(moment, "moment"))
    return shown, words, days


def untimed(units: Units, why: str) -> SettingError:
    """Say that nothing tells when units were exposed."""
    return SettingError(
        f"{units.origin.name} has no column that says when a unit was exposed (expected one such as exposed_at), "
        f"{why}; it has {', '.join(units.columns) or 'no further column'}. Rename the column, or name it: at='…'."
    )


def counted(shown: exp.Select, given: int) -> str:
    """Write the query that sums exposures up by unit and arm."""
    query = sqlglot.parse_one(sql(__package__, "sightings.sql"), dialect="duckdb")
    inside = "moment >= $opens AND moment < $closes"
    firsts = [
        f"arg_min_null(given_{place}, (moment, given_{place} IS NULL, given_{place})) FILTER (WHERE {inside}) "
        f"AS given_{place}"
        for place in range(given)
    ]
    assert isinstance(query, exp.Select)
    return query.select(*firsts, dialect="duckdb").with_("shown", as_=shown).sql(dialect="duckdb", pretty=True)


def moved(source: Engine, target: Engine) -> Engine:
    """Return the target with the table ``sightings`` of another database."""
    digest = source.query(sql(__package__, "sightings_digest.sql")).one().digest
    target.register("given_sightings", source.arrow("SELECT * FROM sightings ORDER BY unit, arm"))
    engine = target.keeping("sightings", "SELECT *, $digest AS digest FROM given_sightings", digest=digest)
    target.connection.unregister("given_sightings")
    return engine


def happening(log: Events, text: str, what: str) -> exp.Expr:
    """Read an event, or an event with a condition such as ``viewed: experiment = 'menu'``.

    Raises
    ------
    SettingError
        If no event is called so, or the condition cannot be read.
    """
    event, colon, condition = (part.strip() for part in text.partition(":"))
    if not colon or text in log.names():
        event, condition = text, ""
    known = log.names()
    if event not in known:
        raise SettingError(
            f"No event is called '{event}', which is registered as the {what}; there is {', '.join(known[:12])}."
            f"{nearest(event, known)}"
        )
    is_it = exp.column("event").eq(exp.Literal.string(event))
    return exp.and_(is_it, exp.paren(met(log.engine, condition, log.properties, what=what))) if condition else is_it


def text_of(value: exp.Expr) -> exp.Expr:
    """Return a property as text; blanks are no value."""
    return exp.func("nullif", exp.func("trim", exp.cast(value, "VARCHAR")), exp.Literal.string(""))


def columns_of(events: Events) -> dict[str, exp.Expr]:
    """Return the expression that reads each column of the events that a metric may name."""
    own = {column: exp.column(name(column)) for column in EVENT_COLUMNS}
    return own | {key: part for key, part in events.properties.items() if key not in own}

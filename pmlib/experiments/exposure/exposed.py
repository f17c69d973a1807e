"""From events to one row a unit: first exposure, what each unit did afterwards, who does not count and why."""

import sqlglot
from sqlglot import exp

from pmlib.core import Origin
from pmlib.engine import sql
from pmlib.experiments.arguments import fitting
from pmlib.experiments.exposure.amounts import marked, pasts, summed
from pmlib.experiments.exposure.columns import rows, waiting
from pmlib.experiments.exposure.doubts import counted, looked
from pmlib.experiments.exposure.library import Metrics
from pmlib.experiments.exposure.orders import MADE, Order, ordered, refuse_missing
from pmlib.experiments.exposure.sightings import Exposures, Sightings, sightings, text_of
from pmlib.experiments.exposure.spans import Span, microseconds, span
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Registration


@fitting
def exposed(
    events: Events,
    registration: Registration,
    *,
    exposures: Exposures | None = None,
    metrics: Metrics = None,
    at: str = "",
    times: str = "",
) -> Units:
    """Make the units of an experiment from events: who was exposed when, and what each did afterwards.

    A unit counts from its first exposure between the registered start and horizon; one that was shown several arms then
    does not. An event counts for a measure from ``delay`` to ``window`` days after exposure, both ends included, a day
    being 24 hours; without a window to the end of the horizon. A unit counts for a measure once its window is over.

    Parameters
    ----------
    events
        What happened, up to the last complete day.
    registration
        The arms, the days, and how each measure is made: by an event, an aggregate, a metric of the catalogue. One that
        names none of these is a column of ``exposures``.
    exposures
        Who was exposed when: a table with a column such as ``exposed_at``, or a log of its own. By default the events
        ``registration.exposure``, whose property ``registration.variant`` holds the arm. Both it and the activation may
        have a condition: ``viewed: experiment = 'menu'``.
    metrics
        The catalogue or the path of a ``metrics.toml``; by default the metrics that come with the library.
    at
        The column of ``exposures`` that says when; by default it is found by its name. Without one all units are
        exposed at the registered start.
    times
        The zone of times in it that name none.

    Returns
    -------
    Units
        A row for each unit that counts: ``exposed_on`` (local day), ``exposed_at`` (UTC), ``activated`` where an
        activation is registered, a column a measure (0 for a unit that did nothing; ``__over`` and ``__before`` follow
        its name for what it is divided by and for the same before exposure), the segments at first exposure. A value is
        NULL where the window still runs or the unit was not activated; a covariate where the unit was first seen later.
        The engine also has the table ``waiting``: units by window and arm, and how many windows still run.

    Raises
    ------
    InputError
        If no unit counts, or no unit of ``exposures`` is in the events.
    SettingError
        If an event, property, metric or column is not known, or SQL is no aggregate that gives a number.
    TooFewError
        If the events end before the start.
    """
    days = span(events, registration)
    order, conditions = ordered(events, registration, metrics)
    wanted = tuple(dict.fromkeys((*order.columns, *order.parts)))
    seen = sightings(events, registration, exposures, days, wanted=wanted, at=at, times=times)
    refuse_missing(events, order, seen)
    entrants = seen.engine.keeping("entrants", with_given(sql(__package__, "entrants.sql"), seen, first=True))
    anchors = entrants.keeping(
        "anchors", with_given(sql(__package__, "anchors.sql"), seen, first=False), planned=sorted(registration.arms)
    )
    ledger = counted(anchors, registration, seen.source)
    closes = microseconds(days.closes)
    base = marked(anchors, conditions, closes)
    fallen = [one for one in order.parts if one in events.properties]
    if fallen or order.looks_back:
        base = pasts(base, [text_of(events.property(one)) for one in fallen])
    sums = summed(base, order.recipes, order.windows, closes)
    whole = sums.keeping("units", rows(events, order, seen, fallen, days))
    whole = whole.keeping("waiting", waiting(order, days))
    made = [*MADE[2:4], *(MADE[4:] if order.activation else ())]
    columns = [*made, *(one for recipe in order.recipes for one in recipe.names), *order.columns, *order.parts]
    doubted = () if exposures is None else tuple(check for check in exposures.checks if not check.ok)
    checks = (*doubted, *looked(whole, events, registration, order, seen, days))
    origin = Origin(
        seen.source,
        "units",
        f"one row a unit, made from {events.origin.name}",
        ledger,
        whole.query("SELECT min(exposed_on) AS day FROM units").one().day,
        events.as_of,
        events.timezone,
        notes(registration, order, seen, days),
    )
    return Units(whole, origin, checks, tuple(dict.fromkeys(columns)))


def with_given(text: str, seen: Sightings, *, first: bool) -> str:
    """Add the values held at the first exposure to a query."""
    query = sqlglot.parse_one(text, dialect="duckdb")
    assert isinstance(query, exp.Select)
    held = [f"given_{place}" for place in range(len(seen.given))]
    picks = [f"arg_min_null({one}, (first_at, arm)) AS {one}" for one in held] if first else held
    return query.select(*picks, dialect="duckdb").sql(dialect="duckdb", pretty=True)


def notes(registration: Registration, order: Order, seen: Sightings, days: Span) -> tuple[str, ...]:
    """Write what a reader should know of how the units were made."""
    lines = [seen.words, f"A unit counts from its first exposure within {days}."]
    if order.activation:
        lines.append(f"Only units that did '{registration.activation}' after their exposure have values.")
    if order.recipes:
        lines.append(
            "A day after exposure is 24 hours; what happens at the moment of exposure counts, and so does the end of a "
            "window."
        )
    return (*lines, *(one.words for one in order.recipes))

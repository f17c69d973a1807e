"""What a registration asks to be made of each unit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from pmlib.core import SettingError, nearest
from pmlib.experiments.exposure.amounts import Window
from pmlib.experiments.exposure.library import Metrics, catalogued
from pmlib.experiments.exposure.recipes import BEFORE, OVER, Recipe, hold_numbers, recipe
from pmlib.experiments.exposure.sightings import Sightings, happening
from pmlib.metrics.catalogue import chosen
from pmlib.metrics.entries import Metric
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Measure, Registration

MADE = ("unit", "arm", "exposed_on", "exposed_at", "activated")


@dataclass(frozen=True)
class Order:
    """What is to be made of each unit.

    Parameters
    ----------
    recipes
        The measures made from events.
    windows
        When each of them counts.
    columns
        Columns taken as they are from the exposures, for measures that are columns.
    parts
        Properties at the first exposure: segments and the cluster.
    marks
        The number of each event that is looked for after exposure; the activation is the first where there is one.
    """

    recipes: tuple[Recipe, ...]
    windows: tuple[Window, ...]
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    marks: Mapping[str, int]
    activation: bool

    @property
    def looks_back(self) -> bool:
        """Whether a measure is also counted before the exposure."""
        return any(one.measure.lookback is not None for one in self.recipes)


def ordered(events: Events, registration: Registration, metrics: Metrics) -> tuple[Order, list[exp.Expr]]:
    """Read the registration: what is made of each unit, and the conditions of the events looked for after exposure."""
    read = recipes_of(events, registration, metrics)
    recipes = tuple(one for one in read if one is not None)
    hold_numbers(recipes, events.engine)
    ready = [one for one, made in zip(registration.measures, read, strict=True) if made is None]
    wanted = [column for one in ready for column in (one.name, one.over)]
    wanted += [one.before for one in registration.measures if one.lookback is None]
    columns = tuple(dict.fromkeys(column for column in wanted if column))
    conditions = []
    if registration.activation:
        conditions.append(happening(events, registration.activation, "activation"))
    marks: dict[str, int] = {}
    for one in recipes:
        since = one.measure.since
        if since and since not in marks:
            conditions.append(happening(events, since, f"start of '{one.measure.name}'"))
            marks[since] = len(conditions)
    parts = tuple(dict.fromkeys(one for one in (*registration.segments, registration.cluster) if one))
    windows = tuple(Window.of(one, marks) for one in recipes)
    order = Order(recipes, windows, columns, parts, marks, bool(registration.activation))
    refuse_clashes(order)
    return order, conditions


def recipes_of(events: Events, registration: Registration, metrics: Metrics) -> list[Recipe | None]:
    """Return how each measure is made from events; ``None`` for those that are columns."""
    known = catalogued(metrics, [one.metric for one in registration.measures])
    names = frozenset(events.names())
    return [recipe(one, events, known, names) for one in registration.measures]


def refuse_clashes(order: Order) -> None:
    """Refuse names that two columns would have."""
    names = [*(MADE if order.activation else MADE[:-1]), *(one for recipe in order.recipes for one in recipe.names)]
    names += [*order.columns, *(one for one in order.parts if one not in order.columns)]
    folded = [one.casefold() for one in names]
    twice = sorted({one for one in folded if folded.count(one) > 1})
    if twice:
        raise SettingError(f"Two columns of the units would be called '{twice[0]}'. Rename the metric or the segment.")


def refuse_missing(events: Events, order: Order, seen: Sightings) -> None:
    """Refuse columns and segments that are nowhere."""
    for column in order.columns:
        if column not in seen.given:
            raise SettingError(
                f"'{column}' names no event, sql or metric to be made from, and {seen.source} has no such column. Say "
                'how it is made, such as event = "…".'
            )
    for part in order.parts:
        if part not in seen.given and part not in events.properties:
            known = ", ".join(events.properties) or "no property"
            raise SettingError(
                f"Neither {seen.source} nor the events have '{part}'; the events have {known}."
                f"{nearest(part, events.properties)}"
            )


def in_columns(registration: Registration, *, metrics: Metrics = None) -> Registration:
    """Return the same plan, its measures as the columns of the units that :func:`exposed` makes.

    Parameters
    ----------
    metrics
        The catalogue, as :func:`exposed` takes it.

    Returns
    -------
    Registration
        A ratio names the column it is divided by in ``over``, and what has a lookback its covariate in ``before``. The
        digest stays that of the plan as it was registered.
    """
    known = catalogued(metrics, [one.metric for one in registration.measures])
    return replace(registration, measures=tuple(in_column(one, known) for one in registration.measures))


def in_column(measure: Measure, metrics: Mapping[str, Metric]) -> Measure:
    """Return a measure as the columns it becomes."""
    if not (measure.event or measure.sql or measure.metric):
        return measure
    divided = bool(measure.over_sql) or (bool(measure.metric) and chosen(measure.metric, metrics).over is not None)
    kind = measure.kind
    if not kind:
        whether = measure.event and not measure.metric and not measure.count
        kind = "ratio" if divided else "share" if whether else "mean" if measure.count else ""
    return replace(
        measure,
        kind=kind,
        over=measure.name + OVER if divided else "",
        before=measure.name + BEFORE if measure.lookback is not None else measure.before,
    )

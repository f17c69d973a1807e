"""Metrics of the catalogue, made of single units: which can be, and why others cannot."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlglot import exp

from pmlib.core import SettingError
from pmlib.metrics.catalogue import chosen, read
from pmlib.metrics.entries import Metric
from pmlib.sources.registrations import Measure

Metrics = Mapping[str, Metric] | str | Path | None
"""A catalogue, or the path of a ``metrics.toml``; ``None`` for the metrics that come with the library."""

ADDED = (exp.Count, exp.Sum, exp.CountIf)
"""Aggregates that are 0 for a unit without events, and whose values add up over units."""
LINEAR = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Paren, exp.Neg, exp.Literal, exp.Coalesce, exp.Cast)


def catalogued(metrics: Metrics, asked: Iterable[str] = ()) -> Mapping[str, Metric]:
    """Return the metrics of a catalogue, read from its file where it is a path.

    Raises
    ------
    SettingError
        If one of those asked for is there but cannot be used: what is wrong with it.
    """
    if isinstance(metrics, Mapping):
        return metrics
    found = read(metrics)
    for name in asked:
        if name in found.faults:
            raise found.faults[name]
    return found.metrics


def of_catalogue(measure: Measure, metrics: Mapping[str, Metric]) -> tuple[exp.Expr, exp.Expr | None]:
    """Return the aggregates of a metric of the catalogue, its role filled by the measure's event."""
    metric = chosen(measure.metric, metrics)
    head = f"'{measure.name}' is the metric '{metric.name}', which"
    if metric.source != "events":
        raise SettingError(
            f"{head} is counted from {metric.source} and tells nothing of a unit's events. Choose a metric of events, "
            "or write sql."
        )
    if len(metric.roles) > 1 or (metric.roles and not measure.event):
        needs = " and ".join(f"${role}" for role in metric.roles)
        raise SettingError(f'{head} needs {needs}: give one event, such as event = "…", or write sql.')
    if measure.event and not metric.roles:
        raise SettingError(f"{head} asks for no event; leave event out.")
    reasons = [reason for part in metric.parts if (reason := unadded(part))]
    if reasons:
        raise SettingError(
            f"{head} {reasons[0]}, so its values a unit do not add up to it. Write a ratio with sql and over_sql."
        )
    event = exp.Literal.string(measure.event) if metric.roles else exp.null()

    def filled(node: exp.Expr) -> exp.Expr:
        return event.copy() if isinstance(node, exp.Parameter | exp.Placeholder) else node

    top, *over = (part.copy().transform(filled) for part in metric.parts)
    return top, over[0] if over else None


def unadded(part: exp.Expr) -> str:
    """Say why the values of single units do not add up to an aggregate, ``""`` where they do.

    Examples
    --------
    >>> from sqlglot import parse_one
    >>> unadded(parse_one("sum(amount) - count(*)")), unadded(parse_one("avg(amount)"))
    ('', 'takes avg of rows')
    """
    if isinstance(part, exp.Filter):
        return unadded(part.this)
    if isinstance(part, exp.AggFunc):
        return "" if isinstance(part, ADDED) else f"takes {part.sql_name().lower()} of rows"
    if not isinstance(part, LINEAR):
        return f"holds {part.sql(dialect='duckdb')}"
    summed = [side for side in part.iter_expressions() if side.find(exp.AggFunc)]
    if isinstance(part, exp.Mul) and len(summed) > 1:
        return "multiplies aggregates"
    if isinstance(part, exp.Div) and part.expression.find(exp.AggFunc):
        return "divides by an aggregate"
    return next((reason for side in summed if (reason := unadded(side))), "")

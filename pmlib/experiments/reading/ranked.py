"""Quantiles of a metric in each arm, with the two values around each that bound it."""

from collections.abc import Mapping

from sqlglot import exp

from pmlib.engine import Cells, name, place, sql
from pmlib.experiments.reading.columns import Column
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.quantiles import Ranked, ranks


def ranked(units: Units, column: Column, counts: Mapping[str, int], quantile: float) -> tuple[dict[str, Ranked], str]:
    """Fetch a quantile of each arm.

    Parameters
    ----------
    counts
        Units with a value, by arm.

    Raises
    ------
    TooFewError
        If an arm has too few values for an interval of the quantile.

    Returns
    -------
    dict
        By arm.
    str
        The queries that ran.
    """
    found: dict[str, Ranked] = {}
    texts: list[str] = []
    for arm, n in counts.items():
        cells = fetched(units, column, arm, n, quantile)
        row = cells.one()
        found[arm] = Ranked(n, quantile, row.value, row.low, row.high)
        texts.append(cells.sql)
    return found, "\n\n".join(texts)


def fetched(units: Units, column: Column, arm: str, n: int, quantile: float) -> Cells:
    """Ask for one arm's quantile and the values around it, counted from 1 in rising order."""
    low, high = ranks(n, quantile)
    text = place(sql(__package__ or "", "ranked.sql"), the_value=exp.paren(column.read.copy()))
    return units.query(text, arm=arm, quantile=quantile, low=low, high=high)


def ranked_members(units: Units, measure: Measure, counts: Mapping[str, int]) -> tuple[dict[str, Ranked], str]:
    """Fetch a quantile of the units of each arm that were put there in clusters, with what each cluster adds to it.

    Parameters
    ----------
    units
        What :func:`pmlib.experiments.reading.clusters.clustered` gives.
    counts
        Units with a value, by arm, whatever their clusters.

    Raises
    ------
    TooFewError
        If an arm has too few values for an interval of the quantile.
    """
    text = place(sql(__package__ or "", "ranked_members.sql"), the_value=exp.column(name(measure.name)))
    found: dict[str, Ranked] = {}
    texts: list[str] = []
    for arm, n in counts.items():
        low, high = ranks(n, measure.quantile)
        cells = units.query(text, arm=arm, quantile=measure.quantile, low=low, high=high)
        row = cells.one()
        products = [[row.below_below, row.below_size], [row.below_size, row.size_size]]
        clusters = Joint.of_sums(row.clusters, [row.below, row.size], products)
        found[arm] = Ranked(n, measure.quantile, row.value, row.low, row.high, clusters)
        texts.append(cells.sql)
    return found, "\n\n".join(texts)

"""Experiments made of counts, as the loader would hand them over."""

from collections.abc import Callable

import pyarrow as pa

from pmlib.core import Finding, Ledger, Origin
from pmlib.engine import Engine
from pmlib.experiments import Trial, trial
from pmlib.experiments.reading.arms import Weights
from pmlib.sources.contract import Units


def units_of(**columns: list) -> Units:
    """Make units from columns; ``unit`` is numbered where it is not given."""
    table = pa.table({"unit": [str(place) for place in range(len(columns["arm"]))]} | columns)
    engine = Engine()
    engine.register("given", table)
    engine.run("CREATE TABLE units AS SELECT * FROM given")
    origin = Origin("trial.csv", "units", "rows of a test", Ledger(table.num_rows, table.num_rows))
    return Units(engine, origin, (), tuple(table.column_names))


def converted(**arms: tuple[int, int]) -> Units:
    """Make units from (how many converted, of how many) by arm."""
    rows = [(arm, place < hits) for arm, (hits, n) in arms.items() for place in range(n)]
    return units_of(arm=[arm for arm, _ in rows], converted=[int(hit) for _, hit in rows])


def asked(
    question: Callable[[Trial], Finding],
    units: Units,
    *,
    control: str,
    metric: str = "",
    weights: Weights = None,
    guardrails: str = "",
    smallest: float = 0.05,
) -> Finding:
    """Ask one question of an experiment that nobody registered."""
    return question(
        trial(units, control=control, metric=metric, weights=weights, guardrails=guardrails, smallest=smallest)
    )

"""Whether units are in other experiments too, and whether that makes arms differ."""

from collections.abc import Mapping

from pmlib.core import Check, Unit
from pmlib.core.words import listed, many
from pmlib.engine import Engine, sql
from pmlib.experiments.arguments import fitting
from pmlib.experiments.exposure.evenness import even
from pmlib.sources.contract import Units


@fitting
def overlaps(units: Units, others: Mapping[str, Units]) -> tuple[Check, ...]:
    """Look which units are in other experiments too, whether as many of each arm, and in its arms alike.

    Parameters
    ----------
    others
        The units of other experiments, by their name.

    Returns
    -------
    tuple
        A check for each: wrong where an arm has more of the other's units than chance gives, or the other's arms fall
        into these arms unalike. Where both are as chance has them, the other experiment moves all arms the same.
    """
    return tuple(overlap(units, name, other) for name, other in others.items())


def overlap(units: Units, name: str, other: Units) -> Check:
    """Look at one other experiment."""
    engine = Engine()
    engine.register("these", units.engine.arrow("SELECT unit, arm FROM units WHERE arm IS NOT NULL"))
    engine.register("those", other.engine.arrow("SELECT unit, arm FROM units WHERE arm IS NOT NULL"))
    rows = engine.query(sql(__package__, "overlaps.sql")).rows
    totals: dict[str, int] = {}
    both: dict[str, dict[str, int]] = {}
    for row in rows:
        totals[row.arm] = totals.get(row.arm, 0) + row.units
        if row.other is not None:
            both.setdefault(row.arm, {})[row.other] = row.units
    shared = {arm: sum(both.get(arm, {}).values()) for arm in totals}
    total = sum(shared.values())
    if not total:
        return Check(True, f"No unit is in '{name}' too.")
    alike, said = even([(shared[arm], totals[arm] - shared[arm]) for arm in totals])
    arms = sorted({other for found in both.values() for other in found})
    crossed, crossing = even([[found.get(other, 0) for other in arms] for found in both.values()])
    every = sum(totals.values())
    parts = listed([f"{shared[arm]:,} of {totals[arm]:,} in {arm}" for arm in totals], 20)
    # Where all units are in both, only the other's arms can differ.
    first = f"; {said}" if total < every else ""
    return Check(
        alike and crossed,
        f"{total:,} of {many(every, 'unit')} ({Unit.SHARE.text(total / every)}) are in '{name}' too, {parts}{first}. "
        f"Of its arms {listed(arms, 20)}, {crossing}.",
    )

"""Whether each unit counts once and in one arm."""

from pmlib.core import Unit
from pmlib.core.words import capital, listed, many
from pmlib.engine import sql
from pmlib.experiments.checks.gate import Gate, by_chance, of_rows
from pmlib.experiments.checks.missing import has
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.portions import unlike_portions

NAME = "each unit in one arm"
ASIDE = (
    "in two arms",
    "in several arms",
    "duplicate",
    "same unit, other values",
    "no arm",
    "no unit",
    "arm not planned",
)
"""Why rows are set aside that say something of how units were put into arms."""
TORN = ASIDE[:2]
SOME, MANY = 0.001, 0.01
"""The parts of the units from which units in several arms are to be doubted, and are an alarm."""


@of_rows(NAME)
def duplicates(trial: Trial) -> Gate:
    """Check how many rows were set aside because a unit was in several arms, came twice or had no arm.

    Units that were in several arms do not count; where that is not as many of each arm, those left are not alike.
    """
    ledger = trial.units.origin.ledger
    dropped = {reason: ledger.dropped[reason] for reason in ASIDE if ledger.dropped.get(reason)}
    torn = sum(dropped.get(reason, 0) for reason in TORN)
    bare = trial.arms.unplaced
    said = [f"{count:,} {reason}" for reason, count in dropped.items()]
    said += [f"{bare:,} without an arm"] if bare else []
    if not said:
        return Gate(NAME, "passed", f"None of {many(ledger.read, 'row')} was set aside.")
    words = f"Of {many(ledger.read, 'row')} set aside: {listed(said, len(said))}."
    uneven, query, counts = by_arm(trial)
    # A table says how many rows such units have, two at the least; the others have one each.
    at_most = "" if counts else "at most "
    several, units = counts or (-(-torn // 2), ledger.kept + -(-torn // 2))
    share = several / units if units else 0.0
    if uneven or share >= MANY:
        of_units = f"{at_most}{several:,} of {many(units, 'unit')} ({Unit.SHARE.text(share)})"
        many_torn = f"{capital(of_units)} were in several arms. " if share >= MANY else ""
        action = "Find out why units are shown several arms (changing ids, shared devices) before reading."
        return Gate(NAME, "alarm", f"{many_torn}{words}{uneven}", action, query=query)
    state = "doubt" if share >= SOME or (sum(dropped.values()) + bare) >= MANY * max(ledger.read, 1) else "passed"
    return Gate(NAME, state, words, query=query)


def by_arm(trial: Trial) -> tuple[str, str, tuple[int, int] | None]:
    """Say whether units first seen in one arm were shown others too more often; ``""`` where not, or nothing tells.

    With the query, and how many units of how many were in several arms, ``None`` where nothing tells.
    """
    if not has(trial.units.engine, "entrants"):
        return "", "", None
    cells = trial.units.query(sql("pmlib.experiments.exposure", "entrants_arms.sql"))
    rows = [row for row in cells if row.arm in trial.split.names]
    counts = sum(row.several for row in rows), sum(row.units for row in rows)
    p = unlike_portions([row.several for row in rows], [row.units for row in rows])
    if p >= ALARM:
        return "", cells.sql, counts
    parts = listed([f"{row.several:,} of {row.units:,} first in {row.arm}" for row in rows], 20)
    return f" They are not as many of each arm: {parts} ({by_chance(p)}).", cells.sql, counts

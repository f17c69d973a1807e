"""Whether units have their values: which are not yet known, and whether one arm lacks more than another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.core.words import capital, listed, many
from pmlib.engine import Engine, sql
from pmlib.experiments.checks.gate import Gate, by_chance
from pmlib.experiments.checks.tallies import Tallies
from pmlib.experiments.reading.readings import ZERO
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.portions import unlike_portions

NAME = "values of all units"
MUCH = 0.01
"""The part of the units without a value from which on it is to be doubted, though the arms are alike in it."""
SHOWN = 3
"""So many metrics are named, the clearest first."""


@dataclass(frozen=True)
class Lack:
    """Units of each arm without a value of a column, and how likely that spread over the arms is by chance."""

    label: str
    gone: tuple[int, ...]
    whole: tuple[int, ...]
    p: float
    aside: bool = False
    """Whether only a secondary metric lacks it, on which no verdict rests."""

    @property
    def share(self) -> float:
        """The part of all units that lack it."""
        return sum(self.gone) / sum(self.whole) if sum(self.whole) else 0.0


def maturity(trial: Trial, found: Tallies) -> Gate:
    """Check that as many units of each arm have a value of each metric.

    Units whose window still runs, and all others without a value, are left out of a result: where one arm lacks more
    than another, those left are not alike. An alarm is a p-value below 0.001 divided by the number of metrics; in a
    secondary metric, on which no verdict rests, it is a doubt.
    """
    every = lacks(trial, found)
    tests = max(1, len(every))
    off = sorted((one for one in every if one.p < ALARM / tests), key=lambda one: (one.aside, one.p))
    waits = waiting(trial)
    if off:
        said = "; ".join(f"{one.label} {parts(one, found.arms)} ({by_chance(one.p)})" for one in off[:SHOWN])
        more = f"; and {len(off) - SHOWN:,} more" if len(off) > SHOWN else ""
        words = f"Missing in one arm more often than in another: {said}{more}. {waits}".strip()
        first = off[0]
        if first.aside:
            action = (
                f"If only some units can have {first.label}, such as those who bought, register it as a ratio (kind = "
                '"ratio", over = what is counted): then all units count in it.'
            )
            return Gate(NAME, "doubt", words, action, query=found.query)
        action = f"Find out why {first.label} is missing; {ZERO}."
        return Gate(NAME, "alarm", words, action, query=found.query)
    gone = [one for one in every if one.share >= MUCH]
    if waits or gone:
        much = ""
        if gone and not waits:
            said = "; ".join(f"{one.label} {parts(one, found.arms)}" for one in gone[:SHOWN])
            much = f" Missing, as often in each arm: {said}. {capital(ZERO)}."
        return Gate(NAME, "doubt", f"{waits}{much}".strip(), query=found.query)
    if every:
        most = max(every, key=lambda one: one.share)
        words = f"No arm lacks more values than another; {most.label} most, {parts(most, found.arms)}."
        return Gate(NAME, "passed", words, query=found.query)
    return Gate(NAME, "passed", "Each unit has a value of each metric, and no window still runs.", query=found.query)


def lacks(trial: Trial, found: Tallies) -> list[Lack]:
    """Return the columns of the metrics that some units lack, what was measured before left out."""
    if not found.held:
        return by_readings(trial)
    made: dict[str, Lack] = {}
    # What a goal or guardrail lacks too is no secondary metric's alone.
    for measure in sorted(trial.registration.measures, key=lambda one: one.role == "secondary"):
        for column in (measure.name, measure.over):
            if not column or column in made:
                continue
            held = found.held[column, measure.cap]
            gone = [int(count) for count in held.missing.sum(axis=0)]
            whole = [a + int(b) for a, b in zip(gone, held.filled.sum(axis=0), strict=True)]
            if sum(gone):
                label = measure.label if column == measure.name else f"what {measure.label} is divided by"
                p, aside = unlike_portions(gone, whole), measure.role == "secondary"
                made[column] = Lack(label, tuple(gone), tuple(whole), p, aside)
    return list(made.values())


def by_readings(trial: Trial) -> list[Lack]:
    """Return the metrics that some units lack, where only counts of units and of values tell."""
    made: list[Lack] = []
    for reading in trial.readings.values():
        gone, whole = [one.units - one.n for one in reading.groups], [one.units for one in reading.groups]
        if sum(gone):
            p, aside = unlike_portions(gone, whole), reading.measure.role == "secondary"
            made.append(Lack(reading.label, tuple(gone), tuple(whole), p, aside))
    return made


def parts(one: Lack, arms: Sequence[str]) -> str:
    """Write how many units of each arm lack a value."""
    rows = zip(arms, one.gone, one.whole, strict=True)
    return listed([f"{a:,} of {b:,} ({Unit.SHARE.text(a / b)}) in {arm}" for arm, a, b in rows if b], 20)


def waiting(trial: Trial) -> str:
    """Say for how many units a window still runs, and until when; ``""`` where none does or nothing tells."""
    if not trial.source.has_rows or not has(trial.units.engine, "waiting"):
        return ""
    row = trial.units.query(sql(__package__ or "", "missing_waiting.sql")).one()
    if not row.waiting:
        return ""
    zone = ZoneInfo(trial.units.origin.timezone or "UTC")
    last = row.ends_at.replace(tzinfo=UTC).astimezone(zone).date() + timedelta(days=1)
    return (
        f"The window of {listed(sorted(row.measures))} still runs for {row.waiting:,} of {many(row.units, 'unit')}, "
        f"which do not count in it yet; for all units every window is over on {day_text(last, year=True)}."
    )


def has(engine: Engine, table: str) -> bool:
    """Whether units came with a further table of how they were made."""
    return engine.query(sql(__package__ or "", "missing_tables.sql"), table=table).one().there

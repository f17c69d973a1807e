"""Whether units fell into the arms as planned in each registered segment, and which segment is off."""

from dataclasses import dataclass

import numpy as np

from pmlib.core import Unit
from pmlib.core.words import listed, many
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats import srm
from pmlib.stats.trials.portions import planned_portion

NAME = "the split in segments"
SHOWN = 3
"""So many segments that are off are named, the worst first."""


@dataclass(frozen=True)
class Part:
    """The units of one segment by arm, and how far they are from the plan.

    Parameters
    ----------
    p
        The chance of the arm that is furthest off, all segments and arms allowed for.
    arm
        The place of that arm.
    """

    label: str
    units: tuple[int, ...]
    p: float
    arm: int


def split_in_segments(trial: Trial) -> Gate:
    """Check the split in each segment by exact binomial chances; an alarm allows for how many segments there are."""
    wanted = trial.registration.segments
    known = [one for one in wanted if one in trial.units.columns]
    gone = [one for one in wanted if one not in known]
    if not known:
        why = f"{listed(gone)} is no column of the units." if gone else "No segment is registered."
        return Gate(NAME, "not checked", why)
    counts, query = counted(trial, known)
    parts = judged(counts, trial)
    off = [part for part in parts if part.p < ALARM]
    lost = f" {listed(gone)} is no column of the units." if gone else ""
    several = many(len(parts), "segment")
    if not off:
        state = "doubt" if gone else "passed"
        return Gate(NAME, state, f"As planned in each of {several} of {listed(known)}.{lost}", query=query)
    said = "; ".join(detail(part, trial) for part in off[:SHOWN])
    more = f"; and {len(off) - SHOWN:,} more" if len(off) > SHOWN else ""
    words = f"Not as planned in {len(off):,} of {several}: {said}{more}.{alone(off[0], trial)}{lost}"
    action = f"Find out why {off[0].label} falls into the arms unlike the plan before reading."
    return Gate(NAME, "alarm", words, action, query=query)


def counted(trial: Trial, segments: list[str]) -> tuple[dict[str, tuple[int, ...]], str]:
    """Count the units of each segment by arm, those of the plan alone."""
    arms = trial.split.names
    found: dict[str, list[int]] = {}
    texts: list[str] = []
    for column in segments:
        cells = trial.source.counted(column)
        texts.append(cells.sql)
        for part, arm, units in ((row[0], row.arm, row.units) for row in cells):
            if arm in arms:
                label = f"{column} {'unknown' if part is None else part}"
                found.setdefault(label, [0] * len(arms))[arms.index(arm)] += units
    return {label: tuple(units) for label, units in found.items()}, "\n\n".join(texts)


def judged(counts: dict[str, tuple[int, ...]], trial: Trial) -> list[Part]:
    """Hold each segment against the plan, the furthest off first."""
    made = trial.split
    seen = np.array(list(counts.values()), dtype=np.int64)
    shares = np.array(made.plan) / sum(made.plan)
    p = planned_portion(seen, seen.sum(axis=1, keepdims=True), shares[None, :])
    # Of two arms the one tells all of the other.
    arms = 1 if len(shares) == 2 else len(shares)
    tests = arms * len(counts)
    parts = [
        Part(label, units, min(1.0, float(row.min()) * tests), int(row.argmin()))
        for (label, units), row in zip(counts.items(), p, strict=True)
    ]
    return sorted(parts, key=lambda part: (part.p, part.label))


def detail(part: Part, trial: Trial) -> str:
    """Write what is off in a segment."""
    made, total = trial.split, sum(part.units)
    share, plan = part.units[part.arm] / total, made.plan[part.arm] / sum(made.plan)
    return (
        f"{part.label} has {part.units[part.arm]:,} of {many(total, 'unit')} in {made.names[part.arm]} "
        f"({Unit.SHARE.text(share)}, planned {Unit.SHARE.text(plan)})"
    )


def alone(part: Part, trial: Trial) -> str:
    """Say whether the worst segment alone is what makes the whole split wrong."""
    made = trial.split
    rest = [count - units for count, units in zip(made.counts, part.units, strict=True)]
    if not made.alarm or made.strays or not sum(rest):
        return ""
    p = srm(rest, made.plan).p
    return f" Without {part.label} the arms are as planned." if p is not None and p >= ALARM else ""

"""Whether the arms were alike before anybody was exposed."""

from dataclasses import dataclass

from pmlib.core import Estimate
from pmlib.core.words import capital, listed, many
from pmlib.experiments.checks.covariates import covariates
from pmlib.experiments.checks.gate import Gate, by_chance, of_rows
from pmlib.experiments.checks.tallies import Tallies
from pmlib.experiments.reading.comparisons import signed
from pmlib.experiments.reading.methods import judged
from pmlib.experiments.reading.readings import read
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import Measure
from pmlib.stats.trials.portions import unlike_portions

NAME = "the arms before the start"
SHOWN = 3
"""So many differences are named, the clearest first."""


@dataclass(frozen=True)
class Gap:
    """A difference there was before: how large, in words, and how likely by chance."""

    words: str
    p: float
    estimate: Estimate | None = None


@of_rows(NAME)
def bias(trial: Trial, found: Tallies) -> Gate:
    """Check whether goals and guardrails were alike in all arms before exposure.

    Each arm is compared with control in each covariate by the statistic its metric would get, and the units without a
    past are counted; an alarm is a p-value below 0.001 divided by the number of tests.
    """
    past = covariates(trial)
    if not past:
        return Gate(NAME, "not checked", "No goal or guardrail was measured before exposure.")
    least = {column: int(found.held[column, None].filled.sum(axis=0).min()) for column in past}
    full = {column: label for column, label in past.items() if least[column] >= 2}
    gaps, query = compared(trial, full) if full else ([], found.query)
    gaps += missing(found, past)
    bare = [label for column, label in past.items() if column not in full]
    lost = f" {capital(listed(bare))} {'is' if len(bare) == 1 else 'are'} not known in each arm." if bare else ""
    estimates = tuple(gap.estimate for gap in gaps if gap.estimate is not None)
    if not gaps:
        return Gate(NAME, "not checked", lost.strip() or "Nothing differed between units before.", query=query)
    tests = len(gaps)
    off = sorted((gap for gap in gaps if gap.p < ALARM / tests), key=lambda gap: gap.p)
    if not off:
        p = by_chance(min(gap.p for gap in gaps))
        smallest = f"smallest of {tests} p-values: {p}" if tests > 1 else p
        words = f"Alike in {listed(list(full.values()), 8)} ({smallest}).{lost}" if full else lost.strip()
        return Gate(NAME, "doubt" if bare else "passed", words, "", estimates, query)
    more = f"; and {len(off) - SHOWN:,} more" if len(off) > SHOWN else ""
    why = " It follows from the split: mend that first." if trial.split.alarm else ""
    words = f"Unlike before anybody was exposed ({many(tests, 'test')}): {'; '.join(gap.words for gap in off[:SHOWN])}"
    action = "Find out why the arms got unlike units (assignment after a choice, a filter, an earlier experiment)."
    return Gate(NAME, "alarm", f"{words}{more}.{why}{lost}", action, estimates, query)


def compared(trial: Trial, past: dict[str, str]) -> tuple[list[Gap], str]:
    """Compare each arm with control in each covariate."""
    readings = read(trial.units, [Measure(column, title=label) for column, label in past.items()], trial.arms)
    gaps: list[Gap] = []
    for reading in readings:
        base, *others = reading.groups
        for group in others:
            both = judged(reading, group, base)
            shown = both.difference if both.lift.value is None else both.lift
            p = both.difference.p
            if p is not None:
                words = f"{reading.label} {signed(shown)} in {group.arm} against {base.arm} ({by_chance(p)})"
                gaps.append(Gap(words, p, both.difference))
    return gaps, "\n\n".join(dict.fromkeys(reading.query for reading in readings))


def missing(found: Tallies, past: dict[str, str]) -> list[Gap]:
    """Compare how many units of each arm have no past."""
    gaps: list[Gap] = []
    for column, label in past.items():
        held = found.held[column, None]
        gone, whole = held.missing.sum(axis=0), held.missing.sum(axis=0) + held.filled.sum(axis=0)
        if not gone.sum():
            continue
        parts = [f"{a:,} of {b:,} in {arm}" for arm, a, b in zip(found.arms, gone, whole, strict=True)]
        p = unlike_portions(gone.tolist(), whole.tolist())
        gaps.append(Gap(f"{label} is not known for {listed(parts)} ({by_chance(p)})", p))
    return gaps

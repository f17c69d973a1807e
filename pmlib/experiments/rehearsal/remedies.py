"""What would mend a metric that few units carry: tried on the same draws, not guessed."""

from collections.abc import Iterator
from dataclasses import replace

from pmlib.core import Unit
from pmlib.experiments.rehearsal.counts import Rule, counted
from pmlib.experiments.rehearsal.trust import Trust, trust
from pmlib.experiments.rehearsal.urn import filled
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure

CAP = 0.99


def remedied(one: Trust, units: Units, rule: Rule, *, runs: int, seed: int, smallest: float) -> Trust:
    """Try what may mend a metric with a long tail, and say what does.

    Parameters
    ----------
    units
        What :func:`pmlib.experiments.rehearsal.urn.pooled` gives.
    """
    if not one.tailed:
        return one
    tried: list[str] = []
    for words, measure, other in ways(one.count.lot.pooled.measure, rule):
        urn = filled(units, [measure], seed=seed)
        found = trust(counted(urn, other, runs=runs, seed=seed, smallest=smallest)[0], other, "")
        if found.ok:
            rate = Unit.SHARE.text(found.count.rate.value)
            return replace(one, use=f"{words[:1].upper()}{words[1:]} it may be trusted ({rate}).")
        tried.append(words)
    why = f": {' and '.join(tried)} it may not be trusted either" if tried else ""
    return replace(one, use=f"Take in more units, or choose a goal that more of them reach{why}.")


def ways(measure: Measure, rule: Rule) -> Iterator[tuple[str, Measure, Rule]]:
    """Return what to try: the largest values cut off, then arms of equal size."""
    if measure.cap is None:
        yield f"cut off at its {CAP:.0%} quantile (cap = {CAP})", replace(measure, cap=CAP), rule
    if len({round(share, 9) for share in rule.shares}) > 1:
        plan = replace(rule.plan, arms=dict.fromkeys(rule.arms, 1.0))
        yield "in arms of equal size", measure, replace(rule, plan=plan)

"""Experiments: were units split as planned, what did the change do, and what to do with it."""

from pmlib.experiments.checks.checks import checks
from pmlib.experiments.checks.gates import gates
from pmlib.experiments.checks.splits import split
from pmlib.experiments.decision.impact import impact
from pmlib.experiments.decision.ledger import ledger
from pmlib.experiments.decision.portfolio import Portfolio, portfolio
from pmlib.experiments.decision.review import progress, review
from pmlib.experiments.decision.verdicts import verdict
from pmlib.experiments.design import plan, plan_from, plan_with
from pmlib.experiments.design.registered import registered
from pmlib.experiments.effects.ages import since
from pmlib.experiments.effects.contrasts import contrasts
from pmlib.experiments.effects.courses import course
from pmlib.experiments.effects.lifts import guardrails, lift
from pmlib.experiments.effects.novelty import novelty
from pmlib.experiments.effects.odds import odds
from pmlib.experiments.effects.redrawn import redrawn
from pmlib.experiments.effects.secondary import secondary
from pmlib.experiments.effects.segments import segments
from pmlib.experiments.effects.sensitivity import sensitivity
from pmlib.experiments.exposure import exposed, gaps, overlaps
from pmlib.experiments.rehearsal import aa
from pmlib.experiments.trial import Trial, trial

__all__ = [
    "Portfolio",
    "Trial",
    "aa",
    "checks",
    "contrasts",
    "course",
    "exposed",
    "gaps",
    "gates",
    "guardrails",
    "impact",
    "ledger",
    "lift",
    "novelty",
    "odds",
    "overlaps",
    "plan",
    "plan_from",
    "plan_with",
    "portfolio",
    "progress",
    "redrawn",
    "registered",
    "review",
    "secondary",
    "segments",
    "sensitivity",
    "since",
    "split",
    "trial",
    "verdict",
]

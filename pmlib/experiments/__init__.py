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
from pmlib.experiments.effects.lifts import guardrails, lift
from pmlib.experiments.trial import Trial, trial

__all__ = [
    "Portfolio",
    "Trial",
    "checks",
    "gates",
    "guardrails",
    "impact",
    "ledger",
    "lift",
    "plan",
    "plan_from",
    "plan_with",
    "portfolio",
    "progress",
    "review",
    "split",
    "trial",
    "verdict",
]

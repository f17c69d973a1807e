"""Experiments: were units split as planned, what did the change do, and what to do with it."""

from pmlib.experiments.lifts import guardrails, lift
from pmlib.experiments.splits import split
from pmlib.experiments.verdicts import verdict

__all__ = ["guardrails", "lift", "split", "verdict"]

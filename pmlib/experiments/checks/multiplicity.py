"""What it costs to ask many questions of one experiment."""

from pmlib.core.words import many
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.families import ALL_MUST_WIN, false_rollback

NAME = "many questions"
OFTEN = 0.1
"""A chance of a false roll-back from which on it is to be doubted."""


def multiplicity(trial: Trial) -> Gate:
    """Check how likely it is that a change which harms nothing is rolled back over one of its guardrails."""
    plan, others = trial.registration, len(trial.arms.names) - 1
    said: list[str] = []
    if len(plan.goals) > 1:
        said.append(ALL_MUST_WIN)
    if others > 1:
        said.append(f"The {others} arms of each goal are judged together.")
    if not said:
        said.append("One goal in one arm is one question.")
    if not plan.guardrails:
        return Gate(NAME, "passed", " ".join([*said, "No guardrail is watched, so none rolls back by chance."]))
    chance = false_rollback(len(plan.guardrails) * others, alpha=plan.alpha / 2)
    each = f" ({many(len(plan.guardrails), 'guardrail')} in {many(others, 'arm')})" if others > 1 else ""
    words = " ".join([*said, f"{str(chance).removesuffix('.')}{each}."])
    if chance.independent < OFTEN:
        return Gate(NAME, "passed", words)
    action = "Give guardrails margins, or watch fewer: a small harm that one of many shows may be chance."
    return Gate(NAME, "doubt", words, action)

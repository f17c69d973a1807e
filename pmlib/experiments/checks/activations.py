"""Whether the arms are still as planned among the units that were activated."""

from pmlib.core import Unit
from pmlib.core.words import capital, listed
from pmlib.experiments.checks.gate import Gate, by_chance, of_rows
from pmlib.experiments.checks.tallies import ACTIVATED, Tallies, activates
from pmlib.experiments.reading.splits import ALARM, ENOUGH
from pmlib.experiments.trial import Trial
from pmlib.stats import srm

NAME = "the split after activation"


@of_rows(NAME)
def activated_split(trial: Trial, found: Tallies) -> Gate:
    """Check the split once more among the units that were activated, where a column tells."""
    if not activates(trial):
        return Gate(NAME, "not checked", f"No column '{ACTIVATED}' tells which units were activated.")
    made, counts = trial.split, [int(count) for count in found.active.sum(axis=0)]
    total = sum(counts)
    parts = listed(
        [
            f"{active:,} of {units:,} in {arm}{f' ({Unit.SHARE.text(active / units)})' if units else ''}"
            for arm, active, units in zip(made.names, counts, made.counts, strict=True)
        ]
    )
    expected = [weight / sum(made.plan) * total for weight in made.plan]
    if min(expected) < ENOUGH:
        return Gate(NAME, "doubt", f"Too few units were activated to check it: {parts}.", query=found.query)
    test = srm(counts, made.plan, label="planned split after activation")
    p = test.p or 0.0
    if p >= ALARM:
        words = f"As planned: activated were {parts} ({by_chance(p)})."
        return Gate(NAME, "passed", words, "", (test,), found.query)
    first = "as before it" if made.alarm else "though they were before it"
    plan = listed([f"{count:,.0f}" for count in expected])
    words = f"Activated were {parts}, where {plan} were to be expected ({by_chance(p)}): the arms are not as planned"
    action = "Read all exposed units, or choose an activation that comes before anything differs between the arms."
    return Gate(NAME, "alarm", f"{capital(words)}, {first}.", action, (test,), found.query)

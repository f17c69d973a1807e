"""The checks that a verdict waits for."""

from pmlib.experiments.arguments import fitting
from pmlib.experiments.checks.activations import activated_split
from pmlib.experiments.checks.biases import bias
from pmlib.experiments.checks.conduct import elsewhere
from pmlib.experiments.checks.duplicates import duplicates
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.checks.missing import maturity
from pmlib.experiments.checks.recordings import recordings
from pmlib.experiments.checks.repeats import repeated_split
from pmlib.experiments.checks.segments import split_in_segments
from pmlib.experiments.checks.silences import silences
from pmlib.experiments.checks.splits import planned_split
from pmlib.experiments.checks.tallies import Tallies, tallies
from pmlib.experiments.trial import Trial


@fitting
def gates(trial: Trial) -> tuple[Gate, ...]:
    """Look at what has to hold before any verdict: the split, the time before, the values of all units.

    Returns
    -------
    tuple of Gate
        Those that could be looked at; with an alarm among them the answer is "Cannot tell".

    Raises
    ------
    SettingError
        If a metric is no column of the units, or holds something else than numbers.
    """
    return tuple(gate for gate in gating(trial, tallies(trial)) if gate.state != "not checked")


def gating(trial: Trial, found: Tallies) -> list[Gate]:
    """Return the checks that a verdict waits for, also those that could not be made."""
    return [
        *elsewhere(trial),
        planned_split(trial),
        repeated_split(trial, found),
        split_in_segments(trial),
        activated_split(trial, found),
        bias(trial, found),
        maturity(trial, found),
        duplicates(trial),
        silences(trial, found),
        recordings(trial, found),
    ]

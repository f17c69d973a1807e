"""What people decided on an experiment: it stands in the team's list, beside whatever the rule says."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pmlib.core.periods import day_text
from pmlib.core.words import capital
from pmlib.experiments.decision.reasons import Call
from pmlib.experiments.trial import Trial
from pmlib.sources.trials import Listing, load_trials


@dataclass(frozen=True)
class Decision:
    """A decision.

    Parameters
    ----------
    word
        ``"shipped"`` or ``"rolled back"``.
    on
        The day on which it was taken.
    arm
        The arm that was shipped, ``""`` where nobody says.
    """

    word: str
    on: date
    arm: str = ""

    def against(self, call: Call) -> bool:
        """Whether the rule says something else."""
        return (self.word == "shipped") != (call.word == "Ship")

    def said(self, call: Call) -> str:
        """Write what was decided, and whether the rule agrees, as a headline begins with it."""
        arm = f"{self.arm} " if self.arm else ""
        words = f"{arm}{self.word} on {day_text(self.on, year=True)}"
        return f"{capital(words)}, though the rule says {call.word.lower()}" if self.against(call) else capital(words)

    def action(self, call: Call) -> str:
        """Say what is left to do: nothing, or to write down why the rule was not followed."""
        if not self.against(call):
            return ""
        return f"Write down why this was {self.word} although the rule says: {call.word.lower()}."


def decision(trial: Trial, trials: Listing | str | Path) -> tuple[Decision | None, list[str]]:
    """Return what people had decided on an experiment by the day it is read, and what is odd of its entry.

    It is found by its plan; where no plan was registered, by the file of its units or aggregates.

    Parameters
    ----------
    trials
        The team's list, or its file; ``""`` for none.
    """
    if not isinstance(trials, Listing):
        if not str(trials):
            return None, []
        trials = load_trials(trials)
    one = trials.of(trial.registration.digest, trial.units.origin.name)
    if one is None:
        return None, [f"{trials.origin.name} does not list this experiment, so nobody knows what was decided."]
    sheet, on = one.settings, one.decided(trial.as_of or date.today() - timedelta(days=1))
    return (Decision(sheet.decision, on, sheet.chosen) if on and sheet.decision else None), []

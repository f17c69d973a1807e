"""Whether the result of an experiment can be trusted: all that is looked at before it is read."""

from collections.abc import Sequence

from pmlib.core import Check, Finding, Unit
from pmlib.core.words import capital, listed, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.checks.conduct import as_planned
from pmlib.experiments.checks.extremes import extremes
from pmlib.experiments.checks.gate import ORDER, Gate
from pmlib.experiments.checks.gates import gating
from pmlib.experiments.checks.multiplicity import multiplicity
from pmlib.experiments.checks.others import others_apart
from pmlib.experiments.checks.outages import outages
from pmlib.experiments.checks.tallies import Tallies, tallies
from pmlib.experiments.checks.weeks import weeks
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Series, line, table
from pmlib.sources.contract import Units


@fitting
def checks(trial: Trial, *, others: Sequence[Units] = ()) -> Finding:
    """Tell whether the result of an experiment can be trusted.

    Parameters
    ----------
    others
        Units of other experiments that ran at the same time.

    Returns
    -------
    Finding
        A row a check, alarms first: what was looked at and what was found. A check that could not be made is no check
        that passed; it stands at the end with the reason.

    Raises
    ------
    SettingError
        If a metric is no column of the units, or holds something else than numbers.
    """
    found = tallies(trial)
    made = [
        *gating(trial, found),
        *others_apart(trial, others),
        weeks(trial, found),
        extremes(trial, found),
        outages(trial, found),
        as_planned(trial),
        multiplicity(trial),
    ]
    made.sort(key=lambda gate: ORDER.index(gate.state))
    looked = [gate for gate in made if gate.state != "not checked"]
    headline = said(looked)
    return Finding(
        id="experiment-checks",
        question="Can the result be trusted?",
        headline=headline,
        estimates=tuple(one for gate in looked for one in gate.estimates),
        table=table(
            ["checked", "state", "what was found"], [[capital(gate.name), gate.state, gate.words] for gate in made]
        ),
        figure=intake(found, headline),
        cautions=(*trial.arms.cautions, *left_out(made)),
        definition=f"{trial.counted} of {trial.units.origin.name}; an alarm needs p below {ALARM}, all tests of a "
        "check together; a doubt is to be known and bars no reading.",
        query="\n\n".join(dict.fromkeys(gate.query for gate in made if gate.query)),
        action=next((gate.action for gate in made if gate.state == "alarm" and gate.action), ""),
        checks=tuple(Check(gate.state == "passed", f"{capital(gate.name)}: {gate.words}") for gate in looked),
    )


def said(looked: Sequence[Gate]) -> str:
    """Write the headline: how many checks raise an alarm, and which."""
    alarms = [gate.name for gate in looked if gate.state == "alarm"]
    doubts = [gate.name for gate in looked if gate.state == "doubt"]
    every = len(looked)
    if alarms:
        raise_ = "raises" if len(alarms) == 1 else "raise"
        return f"{len(alarms)} of {many(every, 'check')} {raise_} an alarm: {listed(alarms, every)}"
    if doubts:
        leave = "leaves" if len(doubts) == 1 else "leave"
        return f"No check raises an alarm; {len(doubts)} of {every} {leave} a doubt: {listed(doubts, every)}"
    return f"All {every} checks passed"


def left_out(made: Sequence[Gate]) -> list[str]:
    """Say which checks could not be made."""
    gone = [
        f"{gate.name} ({gate.words[:1].lower()}{gate.words[1:].rstrip('.')})"
        for gate in made
        if gate.state == "not checked"
    ]
    return [f"Not checked: {'; '.join(gone)}."] if gone else []


def intake(found: Tallies, headline: str) -> Chart | None:
    """Draw the units of each day by arm, where a column tells the day."""
    if len(found.days) < 2:
        return None
    days = tuple(day.isoformat() for day in found.days)
    caption = "Units taken in on each day, by arm."
    return line(
        [Series(arm, days, tuple(int(count) for count in found.units[:, at])) for at, arm in enumerate(found.arms)],
        unit=Unit.COUNT,
        description=f"{caption} {headline}.",
        caption=caption,
    )

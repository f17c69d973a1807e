"""Whether the result hangs on a choice that could have been made otherwise."""

from collections.abc import Sequence

from pmlib.core import Finding, SettingError, answering, made_id, nearest
from pmlib.core.words import capital, listed, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.choices import choices
from pmlib.experiments.effects.lifts import faults
from pmlib.experiments.effects.readouts import CALLED, Readout, chart, rows
from pmlib.experiments.effects.skews import methods
from pmlib.experiments.reading.comparisons import best, signed
from pmlib.experiments.trial import Trial


@fitting
@answering("experiment-sensitivity", "Does the effect hang on how it is read?")
def sensitivity(trial: Trial, *, metric: str = "", arm: str = "") -> Finding:
    """Tell whether the result hangs on a choice: the cap, the adjustment, the window, who is left out, the method.

    Parameters
    ----------
    metric
        One of the experiment's metrics; the first goal if not given, which decides the verdict.
    arm
        The arm to look at; the one that gains most if not given.

    Returns
    -------
    Finding
        The lift as registered and under each choice that the units allow, and whether it would be called.

    Raises
    ------
    SettingError
        If there is no such metric or arm.
    """
    name = trial.named(metric)
    known = trial.arms.names[1:]
    if arm and arm not in known:
        raise SettingError(f"No arm beside control is called '{arm}'; there is {listed(known)}.{nearest(arm, known)}")
    arm = arm or best(trial.comparisons[name]).group.arm
    first, others, query = choices(trial, name, arm)
    more, fetching = methods(trial, name, arm)
    others += more
    label = trial.readings[name].label
    headline = f"{sentence(trial, label, first, others)}."
    every, sure = [first, *others], trial.standing_of(name).sure
    there = f"{trial.control} under each choice"
    return Finding(
        id=made_id("experiment-sensitivity", name, *([arm] if not trial.two else [])),
        question=f"Does the effect on {label} hang on how it is read?",
        headline=headline,
        estimates=tuple(each for one in every for each in (one.lift, one.difference)),
        table=rows(every, head="choice", sure=sure),
        figure=chart(every, headline, lift=f"Lift over {there}", difference=f"Difference from {there}", sure=sure),
        cautions=(*faults(trial.split), *doubts(trial, first, others), *trial.arms.cautions),
        definition=defined(trial, name, arm, others),
        query="\n\n".join(text for text in (query, fetching) if text),
    )


def sentence(trial: Trial, label: str, first: Readout, others: Sequence[Readout]) -> str:
    """Say whether all choices agree with what was registered, or which do not."""
    if trial.split.alarm:
        return f"No choice makes {label} readable: {trial.split.fault}"
    head = f"{capital(label)}: {signed(first.shown)} {first.words}, {CALLED[first.called]}"
    unlike = [one for one in others if one.called != first.called]
    if not others:
        return f"{head}; these units allow no other choice"
    if not unlike:
        under = {1: "the one other choice", 2: "both other choices"}.get(
            len(others), f"all {len(others)} other choices"
        )
        return f"{head}; so it is under {under}"
    about = listed(list(dict.fromkeys(one.about for one in unlike)))
    one = unlike[0]
    more = f"; so it is under {len(unlike) - 1} more" if len(unlike) > 1 else ""
    return f"{head}; it hangs on {about}: {CALLED[one.called]} {one.words}, {signed(one.shown)}{more}"


def doubts(trial: Trial, first: Readout, others: Sequence[Readout]) -> list[str]:
    """Say how a choice that differs is to be taken."""
    unlike = [one for one in others if one.called != first.called]
    said: list[str] = []
    fewer = [one for one in unlike if one.called == "not clear" and one.units < first.units]
    if fewer:
        parts = listed([f"{one.words} ({many(first.units - one.units, 'unit')} fewer)" for one in fewer])
        said.append(f"Fewer units alone make an interval wider: {parts}.")
    if unlike:
        decides = "What was registered" if trial.registered else "The result as it is read"
        said.append(f"{decides} decides; the other choices tell how far to trust it.")
    return said


def defined(trial: Trial, name: str, arm: str, others: Sequence[Readout]) -> str:
    """Write the definition line."""
    caps = any(one.about == "the cap" for one in others)
    line = f"{name}: lift of {arm} over {trial.control} under each choice, {trial.counted} of {trial.units.origin.name}"
    capped = "; a cap is the quantile of all arms' values beyond which they are cut off" if caps else ""
    return f"{line}{capped}; {trial.standing_of(name).words}."

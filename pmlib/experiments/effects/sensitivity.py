"""Whether the result hangs on a choice that could have been made otherwise."""

from collections.abc import Sequence

from pmlib.core import Finding, SettingError, Unit, answering, made_id, nearest
from pmlib.core.words import capital, listed, many
from pmlib.experiments.effects.choices import Choice, choices
from pmlib.experiments.effects.lifts import faults, series
from pmlib.experiments.effects.skews import methods
from pmlib.experiments.reading.comparisons import best, chance, ends, signed
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Table, intervals, table

CALLED = {"better": "clearly better", "worse": "clearly worse", "not clear": "not clear"}


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
    every = [first, *others]
    return Finding(
        id=made_id("experiment-sensitivity", name, *([arm] if not trial.two else [])),
        question=f"Does the effect on {label} hang on how it is read?",
        headline=headline,
        estimates=tuple(each for one in every for each in (one.lift, one.difference)),
        table=rows(trial, every),
        figure=chart(trial, every, headline),
        cautions=(*faults(trial.split), *doubts(first, others), *trial.arms.cautions),
        definition=defined(trial, name, arm, others),
        query="\n\n".join(text for text in (query, fetching) if text),
    )


def sentence(trial: Trial, label: str, first: Choice, others: Sequence[Choice]) -> str:
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


def rows(trial: Trial, every: Sequence[Choice]) -> Table:
    """List the choices: units, lift, difference, what would be called."""
    sure = f"its {trial.standing.sure} interval"
    heads = ["choice", Column("units", Unit.COUNT), Column("lift", Unit.LIFT), sure]
    heads += [Column("difference", Unit.NUMBER), sure, Column("p", Unit.NUMBER), "reads as"]
    lines = [
        [
            one.words,
            one.units,
            *(text for each in (one.lift, one.difference) for text in (each.unit.change(each.value), ends(each))),
            chance(one.p),
            one.called,
        ]
        for one in every
    ]
    return table(heads, lines, size="units")


def chart(trial: Trial, every: Sequence[Choice], headline: str) -> Chart | None:
    """Draw the lift under each choice, or the differences where one has no lift."""
    lift = all(one.lift.value is not None for one in every)
    found = [(one.words, one.lift if lift else one.difference) for one in every]
    whole = [(words, one) for words, one in found if None not in (one.value, one.low, one.high)]
    if not whole:
        return None
    what = "Lift over" if lift else "Difference from"
    caption = f"{what} {trial.control} under each choice with its {trial.standing.sure} interval; 0 is no change."
    estimates = [one for _, one in whole]
    return intervals(
        [series(estimates, [words for words, _ in whole], [signed(one) for one in estimates])],
        unit=estimates[0].unit,
        description=f"{caption} {headline}",
        caption=caption,
        from_zero=True,
    )


def doubts(first: Choice, others: Sequence[Choice]) -> list[str]:
    """Say how a choice that differs is to be taken."""
    unlike = [one for one in others if one.called != first.called]
    said: list[str] = []
    fewer = [one for one in unlike if one.called == "not clear" and one.units < first.units]
    if fewer:
        parts = listed([f"{one.words} ({many(first.units - one.units, 'unit')} fewer)" for one in fewer])
        said.append(f"Fewer units alone make an interval wider: {parts}.")
    if unlike:
        said.append("What was registered decides; the other choices tell how far to trust it.")
    return said


def defined(trial: Trial, name: str, arm: str, others: Sequence[Choice]) -> str:
    """Write the definition line."""
    caps = any(one.about == "the cap" for one in others)
    line = f"{name}: lift of {arm} over {trial.control} under each choice, {trial.counted} of {trial.units.origin.name}"
    capped = "; a cap is the quantile of all arms' values beyond which they are cut off" if caps else ""
    return f"{line}{capped}; {trial.standing.words}."

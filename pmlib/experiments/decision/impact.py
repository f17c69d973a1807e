"""What shipping would bring a week, once it is known how small lifts are as a rule."""

from collections.abc import Sequence
from typing import Any, Literal

from pmlib.core import Estimate, Finding, SettingError, Unit
from pmlib.core.words import capital, many
from pmlib.experiments.reading.comparisons import Comparison, best, ends
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Series, intervals, table
from pmlib.stats.trials.beliefs import Belief
from pmlib.stats.trials.winners import ASOS, expected, weekly_impact

WEEK = 7
FEW = 10
"""Fewer than this a week are written with decimals."""
RARE = 4
"""A lift so many of the widest usual deviations away is hardly ever seen."""


def impact(trial: Trial, *, usual: float | None = None) -> Finding:
    """Tell what is left of the lifts once the winner's curse is allowed for, and what they bring a week.

    Parameters
    ----------
    usual
        How large the true lifts of this team's changes are as a rule, relative (a standard deviation): 0.05 is five
        per cent. If not given, those of 78 experiments of an online shop (ASOS).

    Returns
    -------
    Finding
        For each goal of the arm that gains most: the lift measured, the lift to expect, and its weekly impact.

    Raises
    ------
    SettingError
        If there is no goal, or ``usual`` is no lift.
    """
    if usual is not None and not 0 < usual <= 1:
        raise SettingError(f"Usual lifts are given as a fraction up to 1, such as 0.05 for 5%; not {usual}.")
    trial.named("")
    prior = ASOS if usual is None else Belief.normal(0, usual)
    arm = best(trial.comparisons[trial.registration.goals[0].name]).group.arm
    goals = [one for one in trial.of(trial.registration.goals) if one.group.arm == arm]
    left = [expected(one.alone, prior=prior) for one in goals]
    pace = weekly_units(trial)
    weekly = [week(one, lift, pace) for one, lift in zip(goals, left, strict=True)]
    headline = "The arms are not as planned, so nothing can be expected of them."
    if not trial.split.alarm:
        headline = f"{said(goals[0], left[0], usual)}{brought(goals[0], weekly[0])}."
    return Finding(
        id="experiment-impact",
        question="What would shipping bring?",
        headline=headline,
        estimates=tuple(one for one in (*left, *weekly) if one is not None),
        table=table(
            [
                "metric",
                Column("units", Unit.COUNT),
                Column("measured lift", Unit.LIFT),
                "95% interval",
                Column("lift to expect", Unit.LIFT),
                "95% interval",
                "a week",
                "95% interval",
            ],
            [cells(one, lift, some) for one, lift, some in zip(goals, left, weekly, strict=True)],
            size="units",
        ),
        figure=chart(goals, left, headline),
        cautions=(*surprises(goals, prior), *doubts(trial, usual, pace), *trial.standing.cautions),
        definition=f"{trial.counted}; {arm} against {trial.control}; {belief(usual)}; a week is one of the "
        "experiment's intake, all arms together, each unit counted over its own time in the experiment.",
        query="\n\n".join(dict.fromkeys(one.metric.query for one in goals)),
    )


def weekly_units(trial: Trial) -> float | None:
    """Return the units taken in a week; ``None`` where no day is known, or fewer than seven are."""
    if trial.period is None:
        return None
    days = (trial.period.end - trial.period.start).days + 1
    return trial.arms.total * WEEK / days if days >= WEEK else None


def week(one: Comparison, lift: Estimate, pace: float | None) -> Estimate | None:
    """Estimate what a metric that adds up gains a week."""
    if pace is None or one.metric.kind not in {"share", "mean"}:
        return None
    unit = Unit.COUNT if abs((lift.value or 0.0) * one.base * pace) >= FEW else Unit.NUMBER
    return weekly_impact(lift, baseline=one.base, units=pace, unit=unit, label=f"{one.metric.label} a week")


def said(one: Comparison, lift: Estimate, usual: float | None) -> str:
    """Say what is left of a lift."""
    measured = one.alone
    if lift.value is None or measured.value is None:
        return f"What {one.metric.label} would gain cannot be said: {lift.reason}"
    change = measured.unit.change
    head = f"{capital(one.metric.label)} moved by {change(measured.value)}"
    known = "" if usual is not None else " if this change is like those of an online shop"
    return f"{head}; {change(lift.value)} is to be expected of it{known} ({lift.signed_range})"


def brought(one: Comparison, weekly: Estimate | None) -> str:
    """Say what it brings a week."""
    if weekly is None or weekly.value is None:
        return ""
    what = f"units with {one.metric.label}" if one.metric.yes_or_no else one.metric.label
    return f": {weekly.unit.change(weekly.value)} {what} a week"


def cells(one: Comparison, lift: Estimate, weekly: Estimate | None) -> list[Any]:
    """List a goal: measured, to expect, a week."""
    change = one.alone.unit.change
    row: list[Any] = [one.metric.label, one.group.n, change(one.alone.value), ends(one.alone)]
    row += [change(lift.value), ends(lift)]
    return [*row, *(("", "") if weekly is None else (weekly.unit.change(weekly.value), ends(weekly)))]


def chart(goals: Sequence[Comparison], left: Sequence[Estimate], headline: str) -> Chart | None:
    """Draw the lifts measured beside those to expect; those without both ends are left out."""
    pairs = list(zip(goals, left, strict=True))
    rows = [(one, lift) for one, lift in pairs if None not in (one.alone.low, one.alone.high, lift.value)]
    if not rows:
        return None
    names = [one.metric.label for one, _ in rows]
    made = [series("measured", "before", names, [one.alone for one, _ in rows])]
    made.append(series("to expect", "main", names, [lift for _, lift in rows]))
    caption = "Lift over control as measured and as it is to be expected, each with its 95% interval; 0 is no change."
    return intervals(made, unit=Unit.LIFT, description=f"{caption} {headline}", caption=caption, from_zero=True)


def series(name: str, role: Literal["main", "before"], labels: Sequence[str], values: Sequence[Estimate]) -> Series:
    """Make the marks of estimates, a row each."""
    low, high = (tuple(getattr(one, end) for one in values) for end in ("low", "high"))
    return Series(name, tuple(labels), tuple(one.value for one in values), low, high, role=role)


def belief(usual: float | None) -> str:
    """Say what was taken for usual."""
    if usual is not None:
        return f"usual lifts: normal about 0 with a standard deviation of {Unit.LIFT.text(usual)}"
    parts = [
        f"{Unit.SHARE.text(weight)} with a standard deviation of {sd:.2%}"
        for weight, sd in zip(ASOS.weights, ASOS.sds, strict=True)
    ]
    return f"usual lifts: normal about 0, {' and '.join(parts)}, as in 78 experiments of an online shop (ASOS)"


def surprises(goals: Sequence[Comparison], prior: Belief) -> list[str]:
    """Say that a lift is far larger than usual: then the change, the luck or the data are unusual."""
    most = RARE * max(prior.sds)
    far = [one for one in goals if one.alone.value is not None and abs(one.alone.value) > most]
    return [
        f"{capital(one.metric.label)} moved by {Unit.LIFT.change(one.alone.value)}, and usual lifts hardly ever pass "
        f"{Unit.LIFT.text(most)}: either this change is bolder than those, or chance or a fault in the data helped."
        for one in far
    ]


def doubts(trial: Trial, usual: float | None, pace: float | None) -> list[str]:
    """Say on what the figures hang."""
    said: list[str] = []
    if usual is None:
        said.append(
            "Usual lifts are those of an online shop, where nearly all changes do next to nothing. For bolder changes "
            "give usual, such as 0.05, and more of the lift is left."
        )
    if pace is None:
        said.append("No column tells a week or more of days, so nothing is said of a week.")
    else:
        said.append(f"A week is taken to bring {many(round(pace), 'unit')}, as it did so far.")
    if trial.split.alarm:
        said.append(f"{capital(trial.split.fault)}.")
    return said

"""What shipping would bring a week, once it is known how small lifts are as a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pmlib.core import Estimate, Finding, SettingError, Unit
from pmlib.core.words import capital, many, percent
from pmlib.experiments.reading.comparisons import Comparison, best, ends, signed
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Series, intervals, table
from pmlib.stats.trials.beliefs import Belief
from pmlib.stats.trials.winners import ASOS, expected, weekly_impact

WEEK = 7
FEW = 10
"""Fewer than this a week are written with decimals."""
BOLD = 0.05
"""Usual lifts of a team that dares more than a shop, to say what would be left then."""
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
    read = [Gained(one, expected(one.alone, prior=prior), weekly_units(trial)) for one in goals]
    headline = "The arms are not as planned, so nothing can be expected of them."
    if not trial.split.alarm:
        headline = f"{said(read[0], usual)}."
    return Finding(
        id="experiment-impact",
        question="What would shipping bring?",
        headline=headline,
        estimates=tuple(one for gain in read for one in (gain.left, gain.weekly) if one is not None),
        table=table(
            ["metric", "read", Column("units", Unit.COUNT), Column("lift", Unit.LIFT), *sure(goals, "a week")],
            [line for gain in read for line in cells(gain)],
            size="units",
        ),
        figure=chart(read, headline),
        cautions=(*surprises(goals, prior), *doubts(trial, read, prior, usual), *trial.standing.cautions),
        definition=f"{trial.counted}; {arm} against {trial.control}; {belief(usual)}; a week is one of the "
        "experiment's intake, all arms together, each unit counted over its own time in the experiment.",
        query="\n\n".join(dict.fromkeys(one.metric.query for one in goals)),
    )


@dataclass(frozen=True)
class Gained:
    """A goal as it was measured, and what is left of its lift.

    Parameters
    ----------
    pace
        Units a week; ``None`` where nothing tells.
    """

    one: Comparison
    left: Estimate
    pace: float | None

    @property
    def weekly(self) -> Estimate | None:
        """What is left of it in a week."""
        return week(self.one, self.left, self.pace)

    @property
    def measured(self) -> Estimate | None:
        """What it would be a week if the lift were as it was measured."""
        return week(self.one, self.one.lift, self.pace)


def sure(goals: Sequence[Comparison], then: str) -> list[str]:
    """Head the columns of an interval, of what follows it, and of the interval of that."""
    head = f"its {percent(goals[0].lift.level)} interval"
    return [head, then, head]


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


def said(gain: Gained, usual: float | None) -> str:
    """Say what was measured and what is to be expected, each with its interval, and a week of both."""
    one, left = gain.one, gain.left
    if left.value is None or one.lift.value is None:
        return f"What {one.metric.label} would gain cannot be said: {left.reason}"
    known = "it is like an online shop's changes" if usual is None else f"lifts are as usual, {Unit.LIFT.text(usual)}"
    what = "units with it " if one.metric.yes_or_no else ""
    seen = f"{capital(one.metric.label)}: measured {signed(one.lift)}{brought(gain.measured, what)}"
    return f"{seen}; to expect {signed(left)}{brought(gain.weekly)}, if {known}"


def brought(weekly: Estimate | None, what: str = "") -> str:
    """Say what it brings a week."""
    return "" if weekly is None or weekly.value is None else f", {weekly.unit.change(weekly.value)} {what}a week"


def cells(gain: Gained) -> list[list[Any]]:
    """List a goal: as measured, and what is to be expected."""
    one, rows = gain.one, []
    for words, lift, weekly in (("as measured", one.lift, gain.measured), ("to expect", gain.left, gain.weekly)):
        row: list[Any] = [one.metric.label, words, one.group.n, lift.unit.change(lift.value), ends(lift)]
        rows.append([*row, *(("", "") if weekly is None else (weekly.unit.change(weekly.value), ends(weekly)))])
    return rows


def chart(read: Sequence[Gained], headline: str) -> Chart | None:
    """Draw the lifts measured beside those to expect; those without both ends are left out."""
    rows = [gain for gain in read if None not in (gain.one.lift.low, gain.one.lift.high, gain.left.value)]
    if not rows:
        return None
    names = [gain.one.metric.label for gain in rows]
    made = [series("measured", "before", names, [gain.one.lift for gain in rows])]
    made.append(series("to expect", "main", names, [gain.left for gain in rows]))
    level = rows[0].one.lift.level
    caption = (
        f"Lift over control as measured and as it is to be expected, each with its {percent(level)} interval; 0 is "
    )
    caption += "change."
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


def doubts(trial: Trial, read: Sequence[Gained], prior: Belief, usual: float | None) -> list[str]:
    """Say why so much less is to be expected than was measured, and on what the figures hang."""
    gain, pace = read[0], read[0].pace
    said: list[str] = []
    if gain.left.value is not None:
        most = Unit.LIFT.text(prior.quantile(0.975))
        whose = "19 in 20 of the shop's changes" if usual is None else "19 in 20 changes are taken to"
        said.append(
            f"Less is to be expected than was measured: {whose} move a number by less than {most}, so what lies beyond "
            "is mostly taken for luck."
        )
    if usual is None:
        bold = expected(gain.one.alone, prior=Belief.normal(0, BOLD))
        left = f", and {signed(bold)} of this lift is left" if bold.value is not None else ""
        said.append(f"For bolder changes give usual, such as {BOLD}{left}.")
    if pace is None:
        said.append("No column tells a week or more of days, so nothing is said of a week.")
    else:
        said.append(f"A week is taken to bring {many(round(pace), 'unit')}, as it did so far.")
    if trial.split.alarm:
        said.append(f"{capital(trial.split.fault)}.")
    return said

"""What shipping would bring a week, once it is known how small lifts are as a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pmlib.core import Estimate, Finding, SettingError, Unit, answering
from pmlib.core.words import capital, many, percent
from pmlib.experiments.arguments import fitting
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
ASK = "Give usual, how large the true lifts of your changes are as a rule, such as 0.05: then what is left is told."
"""What is asked for where the lifts of the shop tell nothing."""


@fitting
@answering("experiment-impact", "What would shipping bring?")
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
        For each goal of the arm that gains most: the lift measured, the lift to expect, and its weekly impact. Of a
        lift far beyond those of the shop nothing is expected; it stands as it was measured until ``usual`` is given.

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
    pace = weekly_units(trial)
    read = [Gained(one, None if beyond(one.alone, prior) else expected(one.alone, prior=prior), pace) for one in goals]
    headline = "The arms are not as planned, so nothing can be expected of them."
    if not trial.split.alarm:
        headline = f"{said(read[0], usual)}."
    return Finding(
        id="experiment-impact",
        question="What would shipping bring?",
        headline=headline,
        estimates=tuple(one for gain in read for one in gain.told if one is not None),
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
        action=ASK if any(gain.left is None for gain in read) and not trial.split.alarm else "",
    )


def beyond(lift: Estimate, prior: Belief) -> bool:
    """Whether a clear lift is so far beyond those of the shop that they tell nothing of it.

    To shrink it by them would leave next to nothing of whatever was measured. A prior that someone chose is used.

    Parameters
    ----------
    lift
        As one look gave it, with its interval.
    """
    return prior == ASOS and lift.excludes(0) and far(lift, prior)


def far(lift: Estimate, prior: Belief) -> bool:
    """Whether a lift is far larger than usual."""
    return lift.value is not None and abs(lift.value) > RARE * max(prior.sds)


@dataclass(frozen=True)
class Gained:
    """A goal as it was measured, and what is left of its lift.

    Parameters
    ----------
    left
        ``None`` where the usual lifts tell nothing of one this large.
    pace
        Units a week; ``None`` where nothing tells.
    """

    one: Comparison
    left: Estimate | None
    pace: float | None

    @property
    def told(self) -> tuple[Estimate | None, Estimate | None]:
        """The lift and its week that are to be reckoned with: what is left, else as measured."""
        return (self.one.lift, self.measured) if self.left is None else (self.left, self.weekly)

    @property
    def weekly(self) -> Estimate | None:
        """What is left of it in a week."""
        return None if self.left is None else week(self.one, self.left, self.pace)

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
    what = "units with it " if one.metric.yes_or_no else ""
    seen = f"{capital(one.metric.label)}: measured {signed(one.lift)}{brought(gain.measured, what)}"
    if left is None:
        than = "a winner overstates" if one.gain > 0 else "a clear result overstates"
        return f"{seen}, as measured; {than}, and lifts of an online shop tell nothing of one this large"
    if left.value is None or one.lift.value is None:
        return f"What {one.metric.label} would gain cannot be said: {left.reason}"
    known = "it is like an online shop's changes" if usual is None else f"lifts are as usual, {Unit.LIFT.text(usual)}"
    return f"{seen}; to expect {signed(left)}{brought(gain.weekly)}, if {known}"


def brought(weekly: Estimate | None, what: str = "") -> str:
    """Say what it brings a week."""
    return "" if weekly is None or weekly.value is None else f", {weekly.unit.change(weekly.value)} {what}a week"


def cells(gain: Gained) -> list[list[Any]]:
    """List a goal: as measured, and what is to be expected."""
    one, rows = gain.one, []
    for words, lift, weekly in (("as measured", one.lift, gain.measured), ("to expect", gain.left, gain.weekly)):
        if lift is None:
            continue
        row: list[Any] = [one.metric.label, words, one.group.n, lift.unit.change(lift.value), ends(lift)]
        rows.append([*row, *(("", "") if weekly is None else (weekly.unit.change(weekly.value), ends(weekly)))])
    return rows


def chart(read: Sequence[Gained], headline: str) -> Chart | None:
    """Draw the lifts measured beside those to expect; those without both ends are left out."""
    rows = [gain for gain in read if None not in (gain.one.lift.low, gain.one.lift.high)]
    pairs = [(gain, left) for gain in rows if (left := gain.left) is not None and left.value is not None]
    rows = [gain for gain in rows if gain.left is None or gain.left.value is not None]
    if not rows:
        return None
    made = [series("measured", "before", [gain.one.metric.label for gain in rows], [gain.one.lift for gain in rows])]
    if pairs:
        names = [gain.one.metric.label for gain, _ in pairs]
        made.append(series("to expect", "main", names, [left for _, left in pairs]))
    each = " and as it is to be expected, each" if pairs else ","
    caption = (
        f"Lift over control as measured{each} with its {percent(rows[0].one.lift.level)} interval; 0 is no change."
    )
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
    return [
        f"{capital(one.metric.label)} moved by {Unit.LIFT.change(one.alone.value)}, and usual lifts hardly ever pass "
        f"{Unit.LIFT.text(most)}: either this change is bolder than those, or chance or a fault in the data helped."
        for one in goals
        if far(one.alone, prior)
    ]


def doubts(trial: Trial, read: Sequence[Gained], prior: Belief, usual: float | None) -> list[str]:
    """Say why so much less is to be expected than was measured, and on what the figures hang."""
    gain, pace = read[0], read[0].pace
    said: list[str] = []
    if gain.left is not None and gain.left.value is not None:
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

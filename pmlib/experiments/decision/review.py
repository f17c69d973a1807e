"""All running experiments on one page: how far each is, which raise an alarm, which are to be read."""

from collections.abc import Sequence

from pmlib.core import Check, Estimate, Finding, Kpi, TooFewError, Unit, answering
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.decision.portfolio import Portfolio
from pmlib.experiments.decision.reasons import Call
from pmlib.experiments.decision.stands import WAITING, Stand, State
from pmlib.experiments.reading.comparisons import ends
from pmlib.show import Chart, Column, Series, intervals, table
from pmlib.show.shapes import Role
from pmlib.show.tables import Cell

FULL = "a full count has no sampling interval"
NONE = "\N{EN DASH}"
FEW = 0.8
"""With less than this part of the units that were to be there by now, an experiment falls short."""
ORDER: tuple[State, ...] = ("unread", "late", "due", "running", "planned")
"""What is to be done first, after those that raise an alarm."""


@fitting
def review(experiments: Portfolio) -> Finding:
    """Tell how the running experiments stand.

    Of the effect only what each plan allows is said: nothing before the end of one that is to be read once, and between
    the planned looks of one that is read at several.

    Returns
    -------
    Finding
        A row for each experiment that runs, is to be read, or cannot be read; those to be looked at first come first.
    """
    rows = sorted(experiments.open, key=urgency)
    told = [one.call.goal for one in rows if one.call is not None]
    columns = ["experiment", "call so far", "state", "alarms"]
    columns += [Column("days left", Unit.COUNT), Column("units", Unit.COUNT), Column("of plan", Unit.SHARE)]
    return Finding(
        id="experiments-review",
        question="How do the running experiments stand?",
        headline=said(experiments),
        estimates=(count(experiments), *(one.lift for one in told)),
        table=table(columns, [cells(one) for one in rows], size="units") if rows else None,
        cautions=tuple(f"{one.name}: {note}" for one in rows for note in one.notes),
        definition=definition(experiments),
        query="\n\n".join(dict.fromkeys(one.query for one in rows if one.query)),
        action=next((ask for one in rows if (ask := asked(one))), ""),
        kpi=Kpi(count(experiments), better=""),
        checks=tuple(check for one in rows for check in checks(one)),
    )


@fitting
@answering("experiments-progress", "How far are they?")
def progress(experiments: Portfolio) -> Finding:
    """Tell how far the experiments are that run or wait for somebody: days and units of those planned.

    Returns
    -------
    Finding
        A row for each experiment that has begun, the furthest first, and which of them will have too few units.
    """
    rows = [one for one in experiments.open if one.gone is not None or one.part is not None]
    if not rows:
        raise TooFewError("No experiment with a planned end or number of units has begun and is undecided.")
    rows.sort(key=lambda one: (-(one.gone or 0.0), one.name))
    short = [one for one in rows if falls_short(one)]
    headline = paced(rows, short)
    caption = "Part of the planned days that is gone, and part of the planned units that is there."
    return Finding(
        id="experiments-progress",
        question="How far are they?",
        headline=headline,
        estimates=(),
        table=table(
            [
                "experiment",
                Column("days gone", Unit.SHARE),
                Column("units there", Unit.SHARE),
                Column("units", Unit.COUNT),
                Column("planned", Unit.COUNT),
                "end",
            ],
            [
                [
                    one.listed.owned,
                    one.gone,
                    one.part,
                    one.total,
                    one.plan and one.plan.units,
                    one.plan and one.plan.horizon,
                ]
                for one in rows
            ],
            size="units",
        ),
        figure=course(rows, f"{caption} {headline}", caption),
        definition=f"{experiments.origin.name} on {day_text(experiments.as_of, year=True)}; fewer than planned is less "
        f"than {Unit.SHARE.text(FEW)} of the units that the days gone lead to expect, at an even pace.",
        action=f"Plan more time for {named(short)}, or a larger smallest lift." if short else "",
    )


def urgency(one: Stand) -> tuple[bool, int, int, str]:
    """Order experiments by what is to be done first: alarms, then by state, the longest past its end before others."""
    left = one.standing.left if one.standing else None
    return not one.alarms, ORDER.index(one.state), -(one.past or 0) or (left or 0), one.name


def count(experiments: Portfolio) -> Estimate:
    """Count the experiments that run."""
    running = sum(one.state == "running" for one in experiments.stands)
    every = len(experiments.stands)
    return Estimate("experiments running", running, None, None, Unit.COUNT, every, "a full count", reason=FULL)


def said(experiments: Portfolio) -> str:
    """Write the headline: how many run, which raise an alarm, which are to be read or wait for a decision."""
    stands, every = experiments.stands, len(experiments.stands)
    running = sum(one.state == "running" for one in stands)
    parts = [f"{running} of {many(every, 'experiment')} {'is' if running == 1 else 'are'} running"]
    alarmed = [one for one in experiments.open if one.alarms]
    if alarmed:
        names = listed([f"{one.name} ({listed([gate.name for gate in one.alarms])})" for one in alarmed])
        parts.append(f"{len(alarmed)} {verb(alarmed, 'has', 'have')} an alarm: {names}")
    reads = [one for one in stands if one.to_read]
    if reads:
        parts.append(f"{len(reads)} {verb(reads, 'is', 'are')} to be read now: {named(reads)}")
    late = [one for one in stands if one.state == "late"]
    if late:
        names = listed([f"{one.name} (over for {many(one.past or 0, 'day')})" for one in late])
        parts.append(f"{len(late)} {verb(late, 'waits', 'wait')} for a decision: {names}")
    unread = [one for one in stands if one.state == "unread"]
    if unread:
        parts.append(f"{len(unread)} cannot be read: {named(unread)}")
    return f"{'; '.join(parts)}."


def verb(counted: Sequence[object], one: str, several: str) -> str:
    """Return the verb that goes with as many as are counted."""
    return one if len(counted) == 1 else several


def named(stands: Sequence[Stand]) -> str:
    """Name experiments."""
    return listed([one.name for one in stands])


def cells(one: Stand) -> list[Cell]:
    """List an experiment."""
    left = one.standing.left if one.standing and one.state == "running" else None
    alarms = one.reason if one.state == "unread" else listed([gate.name for gate in one.alarms]) or NONE
    call = f"not before {when}" if (when := next_reading(one)) else NONE
    if one.call is not None:
        goal = one.call.goal
        call = f"{one.word}: {goal.metric.label} {goal.shown.unit.change(goal.shown.value)} ({ends(goal.shown)})"
        call += "" if one.call.barred or one.word != one.call.word else reason(one.call)
    return [one.listed.owned, call, stated(one), alarms, left, one.total or None, one.part]


def reason(call: Call) -> str:
    """Say what a call rests on that the goal's own sign does not show: a gain ruled out, or something else harmed."""
    if call.word != "Roll back" or call.goal.bad:
        return ""
    return f"; {call.why.split(': ')[0]}"


def stated(one: Stand) -> str:
    """Write an experiment's state and when its result is read: ``running, look 2 of 3 today``."""
    plan = one.plan
    if one.state == "late":
        return f"over for {many(one.past or 0, 'day')}, nothing decided"
    if one.state == "planned":
        start = plan.start if plan else one.listed.settings.start
        return f"starts on {day_text(start, year=True)}" if start else "not begun"
    if one.state != "running" or plan is None:
        return {"unread": "cannot be read", "due": "to be read now"}.get(one.state, one.decision)
    if plan.reading == "group-sequential":
        gone = sum(day <= one.as_of for day in plan.looks)
        look = f"look {gone} of {len(plan.looks)}{' today' if one.looking else ''}"
        return f"running, {look}" if gone else f"running, {many(len(plan.looks), 'look')} to come"
    return "running, read at any time" if plan.reading == "always-valid" else "running, read once"


def next_reading(one: Stand) -> str:
    """Return the day on which something may be said of the effect, ``""`` where none is known."""
    plan = one.plan
    if plan is None:
        return ""
    days = [day for day in (*plan.looks, plan.horizon) if day is not None and day > one.as_of]
    return day_text(min(days), year=True) if days else ""


def checks(one: Stand) -> list[Check]:
    """List what was looked at before anything is read: alarms one by one, the rest in a line."""
    made = [Check(False, f"{one.name}, {gate.name}: {gate.words}") for gate in one.gates if gate.state != "passed"]
    passed = [gate.name for gate in one.gates if gate.state == "passed"]
    return [*made, Check(True, f"{one.name}: all is well with {listed(passed, len(passed))}.")] if passed else made


def asked(one: Stand) -> str:
    """Say what is to be done about an experiment; ``""`` where it only has to go on."""
    who = one.listed.owned
    if one.alarms:
        action = next((gate.action for gate in one.alarms if gate.action), one.alarms[0].words)
        return f"{who}: {action}"
    if one.state == "unread":
        return f"{who}: {one.reason}"
    if one.state == "late":
        since = many(one.past or 0, "day")
        return f"{who}: decide, and write it into the list; it has been over for {since}. {ruled(one)}".rstrip()
    if one.to_read:
        return f"{who}: read its report now. {ruled(one)}".rstrip()
    return ""


def ruled(one: Stand) -> str:
    """Say what the rule says."""
    return f"The rule says: {one.word}. {one.call.action}" if one.call else ""


def paced(rows: Sequence[Stand], short: Sequence[Stand]) -> str:
    """Say how many of those that run fall short of units, or how those that wait for somebody ended."""
    running = [one for one in rows if one.state == "running"]
    if not running:
        ended = [f"{one.name} ended with {Unit.SHARE.text(one.part)} of its planned units" for one in rows if one.part]
        return f"No experiment is running{'; ' if ended else ''}{listed(ended)}."
    every = many(len(running), "running experiment")
    said = f"{len(short)} of {every} {verb(short, 'has', 'have')} fewer units than planned for the days gone"
    return f"{said}: {named(short)}." if short else f"{said}."


def falls_short(one: Stand) -> bool:
    """Whether an experiment that still runs has fewer units than its days lead to expect."""
    return one.state == "running" and one.gone is not None and one.part is not None and one.part < FEW * one.gone


def course(rows: Sequence[Stand], description: str, caption: str) -> Chart:
    """Draw how much of the planned days and units of each experiment is there."""
    days = [(one.name, one.gone) for one in rows if one.gone is not None]
    units = [(one.name, one.part) for one in rows if one.part is not None]
    pairs: list[tuple[str, Role, list[tuple[str, float]]]] = [("days", "before", days), ("units", "main", units)]
    made = [
        Series(name, tuple(label for label, _ in some), tuple(value for _, value in some), role=role)
        for name, role, some in pairs
        if some
    ]
    return intervals(made, unit=Unit.SHARE, description=description, caption=caption, from_zero=True)


def definition(experiments: Portfolio) -> str:
    """Write the line under the chart."""
    decided = len(experiments.stands) - len(experiments.open)
    parts = [f"{experiments.origin.name} on {day_text(experiments.as_of, year=True)}"]
    if decided:
        parts.append(
            f"{many(decided, 'experiment')} on which people decided {'is' if decided == 1 else 'are'} left out"
        )
    parts.append(
        "of the effect only what each plan allows is said: at the end, on the day of a planned look, or at any time; "
        "before that only harm with p below 0.001 is called"
    )
    parts.append(f"an experiment waits for a decision once its end is more than {WAITING} days past")
    return f"{'; '.join(parts)}."

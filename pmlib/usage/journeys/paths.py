"""Which ways people take through their sessions, and where these end."""

from pmlib.core import Finding, SettingError, Unit, answering, made_id
from pmlib.core.words import many
from pmlib.show import Chart, Column, Link, Table, flow, table
from pmlib.sources.contract import Events, Who
from pmlib.usage.journeys.visits import TIES, Cut
from pmlib.usage.journeys.ways import OTHER, Asked, Counts, counted

FEW = 50
RARE = 0.05
"""Share of paths below which the most frequent way says little."""
ONE_PERSON = 0.1
"""Part of all paths from which one person's are worth a question."""
TIED = 0.01
"""Part of all events from which equal times are worth a word."""
MOST_STEPS, MOST_TOP = 10, 15


@answering("paths", "Which ways do people take, and where do they leave?")
def paths(
    events: Events,
    *,
    start: str = "",
    end: str = "",
    steps: int = 5,
    top: int = 6,
    gap_minutes: int = 30,
    collapse: bool = True,
    weeks: int = 8,
) -> Finding:
    """Answer which ways people take through their sessions, and where they leave.

    A path is a session that began in the last ``weeks`` complete weeks, or its part from or to the first time an event
    happened in it. Its first ``steps`` steps are counted (to an event: its last, read backwards), and at each step what
    comes in goes on, or leaves.

    Parameters
    ----------
    start, end
        An event from which paths are followed, or one to which they lead; both ``""`` follows whole sessions.
    steps
        Steps followed, 2 to 10.
    top
        Events shown at each step, 1 to 15; the others stand together.
    gap_minutes
        Minutes without an event from which on the next event begins a new session.
    collapse
        Whether an event repeated in a row is one step.
    weeks
        Weeks in which the sessions began.

    Raises
    ------
    SettingError
        If an event is unknown or an option is out of its limits.
    TooFewError
        If no week is complete, or no session holds the event.
    """
    asked = checked(events, start, end, steps, top, weeks, collapse=collapse)
    cut = Cut(gap_minutes)
    found = counted(events, cut, asked)
    first = found.ways[0]
    return Finding(
        id=made_id("paths", "to" if end else "from" if start else "", asked.event, events.segment),
        question="Which ways do people take, and where do they leave?",
        headline=headline(events.who, asked, found),
        estimates=tuple(found.shares),
        table=numbers(events.who, found),
        figure=chart(asked, found),
        cautions=cautions(events.who, asked, found),
        definition=events.describe(
            *read(asked),
            cut.words,
            TIES,
            f"sessions that began {asked.period}, {many(first.all_paths, 'path')} of "
            f"{events.who.count(first.all_people)}",
        ),
        query=found.query,
    )


def checked(events: Events, start: str, end: str, steps: int, top: int, weeks: int, *, collapse: bool) -> Asked:
    """Refuse what cannot be asked."""
    if start and end:
        raise SettingError(
            f"start is '{start}' and end is '{end}'; ask for the ways from the one or to the other. How many get from "
            "one to the other says a funnel."
        )
    if not 2 <= steps <= MOST_STEPS or not 1 <= top <= MOST_TOP:
        raise SettingError(
            f"steps is {steps} and top is {top}; paths have 2 to {MOST_STEPS} steps, and each shows 1 to {MOST_TOP} "
            "events."
        )
    if weeks < 1:
        raise SettingError(f"weeks is {weeks}; ask for 1 week or more.")
    period = events.shown(weeks)
    event = start or end
    called = events.labels.of(event) if event else ""
    return Asked(events.known(event) if event else "", called, bool(end), steps, top, collapse, period)


def read(asked: Asked) -> tuple[str, ...]:
    """Say in words what a path is."""
    whole = f"paths are sessions, counted are their first {asked.steps} steps"
    if asked.event and asked.backwards:
        whole = f"paths lead to the first {asked.event} of a session, counted are their last {asked.steps} steps"
    elif asked.event:
        whole = f"paths begin with the first {asked.event} of a session, counted are {asked.steps} steps"
    shown = "event" if asked.top == 1 else f"{asked.top} events"
    return (
        f"{whole[0].upper()}{whole[1:]}",
        "an event repeated in a row is one step" if asked.collapse else "each event is a step",
        f"by name the most frequent {shown} of each step",
    )


def headline(who: Who, asked: Asked, found: Counts) -> str:
    """Say the most frequent way, how sure, in which weeks, and where most leave."""
    first, way = found.ways[0], found.shares[0]
    which = f" with '{asked.called}'" if asked.event else ""
    goes = "came by" if asked.backwards else "went"
    text = f"{way.unit.text(way.value)} of {many(first.all_paths, 'session')}{which} of {who.count(way.n)} {goes} "
    text += f"{found.written(first.way)} ({way.range}; {asked.period})"
    if not found.ends:
        return (
            f"{text}, the most frequent way; none {'begins' if asked.backwards else 'ends'} within {asked.steps} steps"
        )
    last, share = found.ends[0], found.shares[1]
    if (last.step, last.name, last.paths) == (len(first.way), first.way[-1], first.paths):
        # These are the same paths.
        return f"{text}, the most frequent way"
    label = share.label[0].lower() + share.label[1:]
    return f"{text}, the most frequent way; most often the {label}, {share.unit.text(share.value)}"


def cautions(who: Who, asked: Asked, found: Counts) -> tuple[str, ...]:
    """What to doubt: few people, one of them, many ways, ways as frequent, and an order nobody knows."""
    said: list[str] = []
    first, way = found.ways[0], found.shares[0]
    if first.all_people < FEW:
        said.append(f"The paths are those of {who.count(first.all_people)}: the intervals are wide.")
    elif found.most > ONE_PERSON * first.all_paths:
        said.append(
            f"One {who.one} alone has {found.most:,} of the {first.all_paths:,} paths: is that a script or a test?"
        )
    if (way.value or 0.0) < RARE:
        said.append(
            f"There are {first.ways:,} different ways in {first.all_paths:,} paths: the most frequent stands for few "
            "of them. Ask for fewer steps, or from an event."
        )
    if len(found.ways) > 1 and way.low is not None and found.ways[1].paths / first.all_paths >= way.low:
        said.append(
            f"{found.written(found.ways[1].way)} is about as frequent, "
            f"{Unit.SHARE.text(found.ways[1].paths / first.all_paths)}: which is the most frequent is not certain."
        )
    if found.tied > TIED:
        said.append(
            f"{Unit.SHARE.text(found.tied)} of the events have the same time as the one before them: their order is "
            "that of their names, not what was done."
        )
    return tuple(said)


def numbers(who: Who, found: Counts) -> Table:
    """The most frequent ways, then what goes from each step to the next."""
    size = who.many.capitalize()
    counts = [Column(size, Unit.COUNT), Column("Paths", Unit.COUNT), Column("Of all paths", Unit.SHARE)]
    named = [(found.written(row.way), "whole way", row) for row in found.ways]
    named += [(" → ".join(found.ends_of(row)), found.asked.between(row.step), row) for row in found.links]
    total = found.ways[0].all_paths
    rows = [(words, steps, row.people, row.paths, row.paths / total) for words, steps, row in named]
    return table([Column("Way"), Column("Steps"), *counts], rows, size=size)


def chart(asked: Asked, found: Counts) -> Chart:
    """The steps from left to right, in the order of time."""
    # Where sessions begin is no step of its own: it would only say how wide the first steps are.
    moves = [row for row in found.links if row.step]
    deepest = max(row.step for row in moves)
    links = [
        Link(*found.ends_of(row), float(row.paths), deepest - row.step if asked.backwards else row.step - 1)
        for row in moves
    ]
    words = f"{many(found.ways[0].all_paths, 'path')} step by step. Most frequent: "
    words += "; ".join(f"{found.written(row.way)} {row.paths:,}" for row in found.ways[:3]) + "."
    edge = f"at {found.free(asked.edge)} the session {'begins' if asked.backwards else 'ends'}"
    caption = f"The larger a band or bar, the more paths take it; {edge}."
    caption += f" All lead to {asked.called}, the last step." if asked.backwards else ""
    quiet = [found.free(word) for word in (OTHER, asked.edge, asked.beyond)]
    return flow(links, description=words, caption=caption, quiet=quiet)

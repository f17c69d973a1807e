"""Activation: which early behaviour goes with staying, chosen on one half of the people and judged on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.words import listed
from pmlib.engine import place, sql
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Events
from pmlib.stats import share
from pmlib.usage.cohorts.cohorts import Steps
from pmlib.usage.growth.activation_halves import LEAST, TIMES, Judged, halves, judged, leader
from pmlib.usage.growth.newcomers import matured, newcomers, unseen
from pmlib.usage.people.parts import happened

QUESTION = "Which early behaviour goes with staying?"
MOST = 100
"""Events looked at, those with the most people first."""
TOP = 30
LONGEST = 60
"""Days an early window may have."""
OWN = 0.5
"""Share of those who did a behaviour and stayed who came back with one event, from which that event is doubted."""
TELLING = 5.0
"""How many times as often as among the others it must be."""
PROOF = (
    "What goes with staying is not proven to cause it: who would have stayed anyway may do more from the first day. "
    "An experiment tells."
)


@dataclass(frozen=True)
class Windows:
    """The early days and those to stay for, counted in days of 24 hours from the first start."""

    within: int
    return_from: int
    return_days: int

    def __post_init__(self) -> None:
        if not 1 <= self.within <= LONGEST:
            raise SettingError(f"within_days is {self.within}; the early window has 1 to {LONGEST} days, 7 by default.")
        if self.return_days < 1 or self.return_from < self.within:
            raise SettingError(
                f"The window to return in has {self.return_days} days from day {self.return_from}, the early one "
                f"{self.within} days. It must have 1 day or more and begin when the early one is over: else doing and "
                "staying are the same days."
            )

    @property
    def through(self) -> int:
        """Days a person must have been followed for."""
        return self.return_from + self.return_days

    @property
    def early(self) -> str:
        """The early window in words."""
        return f"in the first {self.within} days" if self.within > 1 else "in the first 24 hours"

    @property
    def later(self) -> str:
        """The window to return in, in words; the day of the start is day 0."""
        last = self.through - 1
        return f"in days {self.return_from} to {last}" if last > self.return_from else f"on day {last}"


@answering("activation", QUESTION)
def activation(
    events: Events,
    *,
    start: str = "",
    back: str = "",
    within_days: int = 7,
    return_from: int = 28,
    return_days: int = 7,
    weeks: int = 52,
    top: int = 12,
    seed: int = 1,
) -> Finding:
    """Answer which early behaviour goes with staying.

    A behaviour is an event done at least 1, 2, 3 or 5 times in the first days; staying is being active in a later
    window. People are split in two halves by their id. On the first half each event gets its best number of times, and
    the ``top`` events are chosen; every number reported comes from the second half, which had no say. There behaviours
    are corrected for their number (Holm), and compared among people active on as many early days too (Mantel-Haenszel),
    for who comes on more days does more of everything.

    Parameters
    ----------
    start
        The event that makes a person new; ``""`` is the first of any kind.
    back
        The event that counts as staying; ``""`` is any.
    within_days
        Length of the early window, in days of 24 hours from the first start.
    return_from, return_days
        First day and length of the window to stay for; the day of the start is day 0.
    weeks
        Weeks of starts looked at, the last whose windows are over.
    top
        Behaviours that are judged.
    seed
        Which halves are drawn.

    Raises
    ------
    SettingError
        If an event is unknown, or the windows overlap.
    TooFewError
        If nobody's windows are over, or all or none stayed.
    """
    windows = Windows(within_days, return_from, return_days)
    if not 1 <= top <= TOP:
        raise SettingError(f"top is {top}; 1 to {TOP} behaviours can be judged together.")
    if back:
        events.known(back)
    steps = newcomers(events, start)
    period = matured(events, windows.through, weeks)
    values = {
        "since": period.start,
        "until": period.end,
        "through": windows.through,
        "within": windows.within,
        "return_from": windows.return_from,
        "seed": seed,
    }
    text = place(sql(__package__, "activation_early.sql"), the_back=happened(back))
    steps = steps.keep("early", text, values)
    cells = steps.query(sql(__package__, "activation_cells.sql"), times=list(TIMES), most=MOST)
    both = halves(cells)
    people, stayed = both.all(1)
    first, first_stayed = both.all(0)
    if not 0 < stayed < people or not 0 < first_stayed < first:
        raise TooFewError(
            f"Of {events.who.count(people + first)} whose windows are over {stayed + first_stayed:,} stayed: there "
            "must be some who stayed and some who did not in each half. Look at more weeks."
        )
    labels = events.labels.all(sorted({one.event for one in both.behaviours}))
    found = judged(both, both.chosen(0, top), 1, labels)
    best = leader(found)
    other = leader(judged(both, both.chosen(1, top), 0, labels))
    base = share(stayed, people, label=f"Stayed, active {windows.later}")
    many = steps.query("SELECT count(DISTINCT event) AS n FROM early WHERE n > 0").one().n
    return Finding(
        id=made_id("activation", start, back, events.segment),
        question=QUESTION,
        headline=headline(events, windows, found, best, labels),
        estimates=(base, *told(found, best)),
        table=numbers(found, labels),
        figure=chart(found, windows, labels) if found else None,
        cautions=(
            *cautions(events, found, best, other, labels, many),
            *(mechanical(events, steps, best, back) if best else ()),
            *([early] if (early := unseen(events, start, period)) else []),
        ),
        definition=events.describe(
            f"New is the first {start or 'event of any kind'}, {period}; early is {windows.early}, staying is "
            f"{back or 'any event'} {windows.later}, in days of 24 hours from it",
            f"only {events.who.many} whose windows are over",
            f"chosen on {first:,} {events.who.many}, judged on the other {people:,}, drawn by their ids (seed {seed})",
            f"an event counts from {LEAST} who did it and {LEAST} who did not",
        ),
        query=cells.sql,
        action=(
            f"Try in an experiment whether helping new {events.who.many} to "
            f"'{best.behaviour.words(labels)}' {windows.early} keeps more of them."
            if best
            else ""
        ),
        kpi=Kpi(best.reach, routine=True) if best else None,
    )


def told(found: Sequence[Judged], best: Judged | None) -> list[Estimate]:
    """Return all there is of the behaviour that leads, and the two differences of each."""
    led = [best.reach, best.rate, best.rest, best.lift, best.part] if best else []
    return [*led, *(estimate for one in found for estimate in (one.gap, one.alike))]


def headline(
    events: Events, windows: Windows, found: Sequence[Judged], best: Judged | None, labels: Mapping[str, str]
) -> str:
    """Say what goes with staying, how much, and that it is no proof; or that nothing can be told."""
    if best is None:
        if not found:
            return (
                f"No early behaviour of enough {events.who.many} could be judged: what goes with staying is not known"
            )
        why = (
            f"of the {len(found):,} judged none holds out"
            if len(found) > 1
            else "the only one judged does not hold out"
        )
        return f"It cannot be told which early behaviour goes with staying: {why}"
    words = best.behaviour.words(labels)
    return (
        f"{best.rate.unit.text(best.rate.value)} of {events.who.many} with '{words}' {windows.early} were active "
        f"{windows.later}, {best.rest.unit.text(best.rest.value)} of the others; among those active on as many early "
        f"days the difference is {best.alike.unit.change(best.alike.value)} ({best.alike.signed_range}): it goes with "
        "staying, which is no proof that it leads to it"
    )


def cautions(
    events: Events,
    found: Sequence[Judged],
    best: Judged | None,
    other: Judged | None,
    labels: Mapping[str, str],
    many: int,
) -> list[str]:
    """What to doubt: cause, active days, the draw of the halves, events left out."""
    said = [PROOF]
    explained = [one for one in found if one.parted and not one.holds]
    if explained:
        names = ", ".join(f"'{one.behaviour.words(labels)}'" for one in explained[:5])
        said.append(
            f"{names}: among {events.who.many} active on as many early days the difference is not beyond what chance "
            f"brings when {len(found)} are looked at; being there more often may be all it shows."
        )
    if best and other and other.behaviour.event != best.behaviour.event:
        said.append(
            f"With the two halves exchanged '{other.behaviour.words(labels)}' leads instead: which of the behaviours "
            "is first is not settled."
        )
    if best and other is None:
        said.append("With the two halves exchanged no behaviour holds out: the result leans on how they were drawn.")
    if many > MOST:
        said.append(f"There are {many:,} events; the {MOST} that most {events.who.many} did early are looked at.")
    return said


def mechanical(events: Events, steps: Steps, best: Judged, back: str) -> list[str]:
    """Say where those who did it come back by an event that only they have, such as the renewal of what they bought."""
    if back:
        return []
    behaviour = best.behaviour
    everybody, *rows = steps.query(
        sql(__package__, "activation_returns.sql"), event=behaviour.event, times=behaviour.times
    )
    own = [
        f"'{events.labels.of(row.event)}'"
        for row in rows
        if row.done >= OWN * everybody.done and row.done * everybody.others > TELLING * row.others * everybody.done
    ]
    if not own:
        return []
    return [
        f"Most who did it and stayed had {listed(own)} then, the others hardly: if that follows by itself, such as a "
        "renewal, it is no sign of use. Name the event that counts as staying (back)."
    ]


def numbers(found: Sequence[Judged], labels: Mapping[str, str]) -> Table:
    """The behaviours in the order of the first half, as they show on the second."""
    columns = [Column("Behaviour"), Column("Did it", Unit.COUNT), Column("Of all", Unit.SHARE)]
    columns += [Column("Stayed", Unit.SHARE), Column("Others stayed", Unit.SHARE)]
    columns += [Column("Difference", Unit.POINTS), Column("Low", Unit.POINTS), Column("High", Unit.POINTS)]
    columns += [Column("At as many active days", Unit.POINTS), Column("From", Unit.POINTS), Column("To", Unit.POINTS)]
    columns += [Column("Lift", Unit.LIFT), Column("Did it, of those who stayed", Unit.SHARE), Column("Verdict")]
    rows = [
        (
            one.behaviour.words(labels),
            one.people,
            one.reach.value,
            one.rate.value,
            one.rest.value,
            *(one.gap.value, one.gap.low, one.gap.high),
            *(one.alike.value, one.alike.low, one.alike.high),
            one.lift.value,
            one.part.value,
            one.verdict,
        )
        for one in found
    ]
    return table(columns, rows, size="Did it")


def chart(found: Sequence[Judged], windows: Windows, labels: Mapping[str, str]) -> Chart:
    """The two differences of each behaviour with their intervals."""
    names = tuple(one.behaviour.words(labels) for one in found)
    alike, gaps = [one.alike for one in found], [one.gap for one in found]
    series = [
        drawn("at as many active days", names, alike),
        replace(drawn("all", names, gaps), role="other"),
    ]
    said = "; ".join(
        f"{name} {one.gap.unit.change(one.gap.value)}, at as many active days {one.alike.unit.change(one.alike.value)}"
        for name, one in zip(names, found, strict=True)
    )
    return intervals(
        series,
        unit=Unit.POINTS,
        description=f"How much more often those who did it {windows.early} were active {windows.later}: {said}.",
        caption="Whiskers are 95% intervals, on the half that had no say in the choice. Not proven to cause.",
    )


def drawn(name: str, names: tuple[str, ...], of: Sequence[Estimate]) -> Series:
    """Return a row of marks with their intervals."""
    return Series(name, names, tuple(o.value for o in of), tuple(o.low for o in of), tuple(o.high for o in of))

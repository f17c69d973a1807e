"""How far a number depends on its definition: ours beside those in use."""

from collections.abc import Sequence
from dataclasses import replace

from pmlib.core import Estimate, Finding, Grain, TooFewError, Unit, answering, made_id
from pmlib.core.words import listed
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Events
from pmlib.usage.cohorts.asked import worded
from pmlib.usage.funnels.steps import Span
from pmlib.usage.rules.variants import Case, Options
from pmlib.usage.rules.vendors import Metric, in_use

QUESTION = "How far does the number depend on its definition?"
HERE = "As counted here"
FEW = 50


@answering("definitions", QUESTION)
def definitions(
    events: Events,
    metric: Metric = "retention",
    *,
    start: str = "",
    back: str = "",
    event: str = "",
    steps: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    every: Grain | None = None,
    age: int | None = None,
    window_days: Span | None = None,
    weeks: int | None = None,
) -> Finding:
    """Answer how far a number depends on its definition: the range over the definitions in use.

    Each definition differs from ours in a rule or two that products have (``vendors.toml``); one that changes nothing
    of what is asked, such as what excluded events do where none is named, is left out.

    Parameters
    ----------
    metric, start, back, event, steps, exclude, every, age, window_days, weeks
        As :func:`pmlib.usage.rules.reconcile` takes them.

    Raises
    ------
    SettingError
        If the metric does not take an option, or an event is unknown.
    TooFewError
        If there is too little data to count by our definition.
    """
    case = Case(events, metric, Options(start, back, event, steps, exclude, every, age, window_days, weeks))
    ours, text = case.under({})
    found, dark, ran = [(HERE, ours)], [], [text]
    for one in in_use(metric):
        if not all(case.matters(rule) for rule in one.rules):
            continue
        try:
            number, text = case.under(one.rules)
        except TooFewError:
            dark.append(one.title)
            continue
        found.append((one.title, number))
        ran.append(f"-- {one.title}.\n{text}")
    # What is equal keeps the order of the file, ours first.
    found.sort(key=lambda pair: round(pair[1].value or 0.0, 12))
    return Finding(
        id=made_id("definitions", metric, *case.words, events.segment),
        question=QUESTION,
        headline=headline(events, ours, found),
        estimates=(ours, *(named(title, one) for title, one in found if title != HERE)),
        table=numbers(events, found, ours.unit),
        figure=chart(ours, found),
        cautions=tuple(cautions(events, ours, dark)),
        definition=events.describe(
            f"{ours.label} as counted here, and by definitions in use that differ in a rule or two", *case.said
        ),
        query="\n\n".join(ran),
    )


def named(title: str, one: Estimate) -> Estimate:
    """Return an estimate by the name of its definition."""
    return replace(one, label=title)


def headline(events: Events, ours: Estimate, found: Sequence[tuple[str, Estimate]]) -> str:
    """Say our number, how sure where few, and the range."""
    sure = f" ({ours.range}, {events.who.count(ours.n)})" if ours.unit.is_fraction else ""
    low, high = (ours.unit.text(one.value) for one in (found[0][1], found[-1][1]))
    text = f"{ours.label}{' is' if ours.unit.is_fraction else ':'} {ours.unit.text(ours.value)}{sure} as counted here; "
    if len(found) == 1:
        return text + "no other definition in use could be counted"
    many = worded(len(found))
    return text + (f"the same under {many} definitions" if low == high else f"{low} to {high} under {many} definitions")


def numbers(events: Events, found: Sequence[tuple[str, Estimate]], unit: Unit) -> Table:
    """One row a definition, the lowest first."""
    people = events.who.many.capitalize()
    if not unit.is_fraction:
        return table(
            [Column("Definition"), Column(people, unit)], [(title, one.value) for title, one in found], size=people
        )
    columns = [Column("Definition"), Column("Share", unit), Column("Low", unit), Column("High", unit)]
    columns.append(Column(f"{people} counted", Unit.COUNT))
    rows = [(title, one.value, one.low, one.high, one.n) for title, one in found]
    return table(columns, rows, size=f"{people} counted")


def chart(ours: Estimate, found: Sequence[tuple[str, Estimate]]) -> Chart:
    """One row a definition with its interval, the lowest first."""
    row = Series(
        ours.label,
        tuple(title for title, _ in found),
        tuple(one.value for _, one in found),
        tuple(one.low for _, one in found),
        tuple(one.high for _, one in found),
    )
    said = ", ".join(f"{title} {one.unit.text(one.value)}" for title, one in found)
    caption = "Whiskers are 95% intervals where a sample gives one." if ours.low is not None else ""
    words = f"{ours.label} by definition, the lowest first: {said}."
    return intervals([row], unit=ours.unit, description=words, caption=caption)


def cautions(events: Events, ours: Estimate, dark: list[str]) -> list[str]:
    """What to doubt: few people, definitions that could not be counted."""
    found = ["The range is of definitions, not of chance: it does not say how sure the number is."]
    if ours.n < FEW:
        found.append(f"The number here rests on {events.who.count(ours.n)}.")
    if dark:
        found.append(f"There is too little data to count by: {listed(dark, most=12)}.")
    return found

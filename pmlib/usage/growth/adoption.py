"""Adoption: how many features people use, which they take up, how soon and how deeply."""

from collections.abc import Mapping, Sequence

from pmlib.core import Estimate, Finding, Kpi, Period, SettingError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import share
from pmlib.usage.growth.adoption_counts import MOST, NAMED, Counted, Feature, counted, width
from pmlib.usage.growth.newcomers import matured, unseen
from pmlib.usage.people.parts import parts
from pmlib.usage.people.words import fresh

QUESTION = "Which features do people take up?"
FEW = 50
LONGEST = 365


@answering("adoption", QUESTION)
def adoption(
    events: Events,
    *,
    features: str = "",
    start: str = "",
    weeks: int = 8,
    within_days: int = 28,
    by: str = "",
    top: int = 5,
) -> Finding:
    """Answer which features people take up.

    Of each feature: the share of new people who used it within ``within_days`` of their start (only those whose days
    are over), the share of active people who used it in the last ``weeks``, of these the share who did on two days or
    more (repeat use), its events a day on which its users were active at all (depth), and how long it took until half
    had used it (Kaplan-Meier from the first start, those who have not yet counted as long as they were followed).
    Breadth is how many of the features an active person used.

    Parameters
    ----------
    features
        Events with commas between; ``""`` are all but the one that starts and those that all new people have, which are
        no choice, up to 12 by people. Where no start is named, an event that most people begin with is no feature.
    start
        The event that makes a person new; ``""`` is the first of any kind.
    weeks
        Complete weeks in which use counts, and weeks of starts.
    within_days
        Days of 24 hours from the first start in which taking up counts.
    by, top
        How new people are split (:func:`pmlib.usage.parts.parts`), at their first start; each part is compared with all
        others together.

    Raises
    ------
    SettingError
        If an event or property is unknown, or there are too many features.
    TooFewError
        If nobody's days are over, or nobody was active.
    """
    if not 1 <= within_days <= LONGEST:
        raise SettingError(f"within_days is {within_days}; it is 1 to {LONGEST}, 28 by default.")
    named = chosen(events, features)
    period = matured(events, within_days, weeks)
    shown = events.shown(weeks)
    if start:
        events.known(start)
    split = parts(events, by, at="first", start=start, top=top) if by else None
    found = counted(events, named, start, within_days, shown, period, split)
    broad = width(found.breadth, len(found.features), f"Features used of {len(found.features)}")
    early = unseen(events, start, period)
    return Finding(
        id=made_id("adoption", start, features, by, events.segment),
        question=QUESTION,
        headline=headline(events, found, broad, within_days, weeks_of(shown)),
        estimates=(
            broad,
            *spread(found),
            *(estimate for one in found.features for estimate in told(one)),
            *(
                width(counts, len(found.features), f"Features used of {len(found.features)}, {name}")
                for name, counts in found.parted.items()
            ),
        ),
        table=numbers(events.who, found, within_days),
        figure=chart(events.who, found, within_days),
        cautions=(
            *cautions(events, found),
            *(split.cautions if split else ()),
            *([early] if early else []),
        ),
        definition=events.describe(
            f"Adopted is used within {many(within_days, 'day')} of 24 hours from the first "
            f"{start or 'event of any kind'}, of {events.who.count(found.new)} who started {period}, whose days are "
            "over",
            f"use, repeat use and depth of {events.who.count(found.active)} active in "
            f"{many(shown.days // 7, 'whole week')}, {shown}",
            "depth is events a day on which who used the feature was active at all",
            "time to adopt in whole days from the first start, the first of them 1, of all who started since "
            f"{day_text(period.start, year=True)}",
            split.words if split else "",
        ),
        query=found.sql,
        kpi=Kpi(broad, routine=True),
    )


def chosen(events: Events, features: str) -> list[str]:
    """Return the features named.

    Raises
    ------
    SettingError
        If one is unknown or there are too many.
    """
    names = list(dict.fromkeys(name for part in features.split(",") if (name := part.strip())))
    if len(names) > NAMED:
        raise SettingError(f"There are {len(names)} features; name {NAMED} at most.")
    return [events.known(name) for name in names]


def weeks_of(shown: Period) -> str:
    """Write the weeks looked at."""
    weeks = shown.days // 7
    return f"in the last {weeks} weeks" if weeks > 1 else "in the last week"


def spread(found: Counted) -> list[Estimate]:
    """Return the share of active people who used exactly so many of the features."""
    return [
        share(found.breadth.get(used, 0), found.active, label=f"Used {used} of {many(len(found.features), 'feature')}")
        for used in range(len(found.features) + 1)
    ]


def told(one: Feature) -> list[Estimate]:
    """Return the estimates of a feature."""
    several = [estimate for estimate in (one.again, one.depth) if estimate is not None]
    return [one.adopted, one.used, *several, one.wait, *one.parts.values(), *one.gaps]


def headline(events: Events, found: Counted, broad: Estimate, within: int, weeks: str) -> str:
    """Say how broadly people use the product, and which feature is taken up most and least."""
    order = ranked(found.features)
    widest, least = order[0], order[-1]
    taken = widest.adopted.unit.text(widest.adopted.value)
    new, days = fresh(events.who, found.new), many(within, "day")
    text = f"{taken} of {new} took up '{widest.words}' within {days} ({widest.adopted.range})"
    if len(order) == 1:
        used = widest.used.unit.text(widest.used.value)
        return f"{text}; {used} of active {events.who.many} used it {weeks}"
    if least.adopted.value != widest.adopted.value:
        last = listed([f"'{one.words}'" for one in order[1:] if one.adopted.value == least.adopted.value], most=3)
        text += f", the most, and {least.adopted.unit.text(least.adopted.value)} {last}, the least"
    elif len(order) > 1:
        each = listed([f"'{one.words}'" for one in order])
        text = f"{taken} of {new} took up each of {each} within {days} ({widest.adopted.range})"
    used = f"{broad.unit.text(broad.value)} of {len(order)} features"
    return f"{text}; active {events.who.many} used {used} on average {weeks}"


def ranked(features: Sequence[Feature]) -> list[Feature]:
    """Return the features, the most adopted first."""
    return sorted(features, key=lambda one: (-(one.adopted.value or 0.0), one.event))


def cautions(events: Events, found: Counted) -> list[str]:
    """What to doubt: few people, events left out, everybody's features, what parts show."""
    said = []
    if found.new < FEW:
        said.append(f"Adoption rests on {events.who.count(found.new)}: the intervals are wide.")
    if found.events > len(found.features):
        said.append(f"There are {found.events:,} such events; the {MOST} that most {events.who.many} used are shown.")
    if found.common is not None:
        left = listed([f"'{name}'" for name in found.common])
        left = f" and {left}, which all new {events.who.many} have" if left else ""
        said.append(
            f"Features are all events but the start{left}: what the product sends by itself is among them. Name those "
            "that matter."
        )
    common = [f"'{one.words}'" for one in found.features if one.adopted.value == 1]
    if common:
        said.append(f"All new {events.who.many} have {', '.join(common)}: that may be no choice of theirs.")
    never = [f"'{one.words}'" for one in found.features if not one.people]
    if never:
        said.append(f"Nobody active used {', '.join(never)} in these weeks: is it still there, and still sent?")
    return said


def numbers(who: Who, found: Counted, within: int) -> Table:
    """The features, the most adopted first."""
    people = who.many.capitalize()
    columns = [Column("Feature"), Column(f"Adopted in {many(within, 'day')}", Unit.SHARE)]
    columns += [Column("Low", Unit.SHARE), Column("High", Unit.SHARE), Column("Half have after", Unit.DAYS)]
    columns += [Column(people, Unit.COUNT), Column("Of active", Unit.SHARE), Column("On 2 days or more", Unit.SHARE)]
    columns += [Column("Events an active day", Unit.NUMBER)]
    names = list(found.features[0].parts)
    columns += [Column(f"Adopted, {name}", Unit.SHARE) for name in names]
    rows = []
    for one in ranked(found.features):
        rows.append(
            (
                one.words,
                *(one.adopted.value, one.adopted.low, one.adopted.high),
                one.wait.value,
                one.people,
                one.used.value,
                one.again.value if one.again else None,
                one.depth.value if one.depth else None,
                *(one.parts[name].value for name in names),
            )
        )
    return table(columns, rows, size=people)


def chart(who: Who, found: Counted, within: int) -> Chart:
    """The share of new people who took up each feature, with intervals; or of each part."""
    order = ranked(found.features)
    words = tuple(one.words for one in order)
    rows: Mapping[str, Sequence[Estimate]] = {"adopted": [one.adopted for one in order]}
    if order[0].parts:
        rows = {name: [one.parts[name] for one in order] for name in order[0].parts}
    series = [
        Series(name, words, tuple(o.value for o in of), tuple(o.low for o in of), tuple(o.high for o in of))
        for name, of in rows.items()
    ]
    said = ", ".join(f"{one.words} {one.adopted.unit.text(one.adopted.value)}" for one in order)
    split = f" By part: {', '.join(rows)}." if order[0].parts else ""
    return intervals(
        series,
        unit=Unit.SHARE,
        description=f"Share of new {who.many} who used each feature within {many(within, 'day')}: {said}.{split}",
        caption="Whiskers are 95% intervals.",
        from_zero=True,
    )

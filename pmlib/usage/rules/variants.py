"""A metric counted by a given way of each rule: the same data, asked as one product or another would."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from itertools import chain
from typing import get_args

import numpy as np

from pmlib.core import Buckets, Estimate, Grain, SettingError, TooFewError, Unit
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.sources.contract import Events
from pmlib.stats import share
from pmlib.usage.activity.lifecycle import flowing
from pmlib.usage.activity.stickiness import rate, summed
from pmlib.usage.cohorts.asked import LONGEST
from pmlib.usage.cohorts.words import refuse_single_day
from pmlib.usage.funnels.chains import beginnings, chosen, edges_of, first_of_each, search, worth_following
from pmlib.usage.funnels.entrants import entered
from pmlib.usage.funnels.moments import midnight, moments
from pmlib.usage.funnels.steps import Rules, Span, row_of, ruled, spoken
from pmlib.usage.people.activity import Activity, activity
from pmlib.usage.rules.variants_cohorts import retained
from pmlib.usage.rules.vendors import Metric, rules

Ways = Mapping[str, str]
WIDTH: dict[Grain, int] = {"day": 1, "week": 7, "month": 30}
FULL = "a full count has no sampling interval"


@dataclass(frozen=True)
class Options:
    """What may be asked of a metric; each takes its own."""

    start: str = ""
    back: str = ""
    event: str = ""
    steps: str | Sequence[str] = ()
    exclude: str | Sequence[str] = ()
    every: Grain | None = None
    age: int | None = None
    window_days: Span | None = None
    weeks: int | None = None


TAKES: dict[str, tuple[str, ...]] = {
    "retention": ("start", "back", "every", "age", "weeks"),
    "funnel": ("steps", "exclude", "window_days", "weeks"),
    "active": ("event", "every"),
    "lifecycle": ("event", "every"),
    "stickiness": ("event",),
}


@dataclass(frozen=True, eq=False)
class Case:
    """A metric of some events, to be counted in several ways; each way is counted once.

    Parameters
    ----------
    metric
        Which of ``vendors.toml``.
    options
        What is asked of it; an option the metric does not take is refused.
    """

    events: Events
    metric: Metric
    options: Options
    known: dict[tuple[str, ...], tuple[Estimate, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules(self.metric)
        takes = TAKES[self.metric]
        for one in fields(Options):
            if one.name not in takes and getattr(self.options, one.name) not in ("", (), None):
                owners = [metric for metric, names in TAKES.items() if one.name in names]
                raise SettingError(
                    f"{one.name} goes with {listed(owners)}, not with {self.metric}, which takes "
                    f"{listed(list(takes))}. Leave it out."
                )
        if self.every not in get_args(Grain):
            Buckets(self.every, self.events.weeks)
        if not 0 <= self.age <= LONGEST:
            raise SettingError(f"age is {self.age}; it lies between 0 and {LONGEST}.")
        if self.weeks < 1:
            raise SettingError(f"weeks is {self.weeks}; ask for 1 week or more.")
        if self.options.event:
            self.events.known(self.options.event)

    @property
    def every(self) -> Grain:
        """The length of a period."""
        return "week" if self.options.every is None else self.options.every

    @property
    def age(self) -> int:
        """The age at which people are back."""
        return 4 if self.options.age is None else self.options.age

    @property
    def weeks(self) -> int:
        """The weeks of starts."""
        usual = 8 if self.metric == "funnel" else 26
        return usual if self.options.weeks is None else self.options.weeks

    @property
    def ours(self) -> dict[str, str]:
        """Our way of each rule."""
        return {rule.name: rule.ours for rule in rules(self.metric)}

    @property
    def said(self) -> tuple[str, ...]:
        """What is asked of the metric, in words, for the definition line."""
        one, buckets = self.options, Buckets(self.every, self.events.weeks)
        active = f"active is {one.event or 'any event'}"
        if self.metric == "retention":
            first = f"start is {one.start or 'any event'}, back is {one.back or 'any event'}"
            return (first, buckets.named, f"starts of the last {many(self.weeks, 'week')}")
        if self.metric == "funnel":
            asked = funnel_rules(self, self.ours)
            out = f"{listed(list(asked.exclude))} in between excluded" if asked.exclude else ""
            return (
                f"steps {', '.join(asked.labels)} within {spoken(asked.window)}",
                out,
                f"{many(self.weeks, 'week')} of entry",
            )
        return (active,) if self.metric == "stickiness" else (active, buckets.named)

    @property
    def words(self) -> tuple[str, ...]:
        """What is asked of the metric, for the finding's id."""
        one = self.options
        events = (one.start, one.back, one.event, *row_of(one.steps), *(f"not {name}" for name in row_of(one.exclude)))
        every = "" if self.metric in ("funnel", "stickiness") else self.every
        return (*events, every, f"{self.age}" if self.metric == "retention" else "")

    def matters(self, rule: str) -> bool:
        """Whether a rule can make a difference to what is asked."""
        only = {"zero": self.age == 0, "exclusion": bool(self.options.exclude), "back": bool(self.options.back)}
        return only.get(rule, True)

    def under(self, ways: Ways) -> tuple[Estimate, str]:
        """Count by these ways, ours where none is given; return the number and the SQL that ran.

        Raises
        ------
        TooFewError
            If there is too little data to count so.
        """
        whole = self.ours | {name: way for name, way in ways.items() if self.matters(name)}
        key = tuple(whole.values())
        if key not in self.known:
            self.known[key] = COUNTED[self.metric](self, whole)
        return self.known[key]

    def alone(self, ways: Ways) -> Estimate | None:
        """Count by these ways; ``None`` where there is too little data."""
        try:
            return self.under(ways)[0]
        except TooFewError:
            return None


def cohorts(case: Case, ways: Ways) -> tuple[Estimate, str]:
    """Return the share back at an age."""
    asked = case.options
    refuse_single_day(case.events)
    return retained(
        case.events, start=asked.start, back=asked.back, every=case.every, age=case.age, weeks=case.weeks, rules=ways
    )


def funnel_rules(case: Case, ways: Ways) -> Rules:
    """Return how the funnel is counted."""
    return ruled(
        case.events,
        steps=case.options.steps,
        window=7 if case.options.window_days is None else case.options.window_days,
        exclude=case.options.exclude,
        exclusion="drop" if ways["exclusion"] == "drop" else "truncate",
        ties=2 if ways["ties"] == "seconds" else 0,
        reuse=ways["reuse"] == "several",
        stamps="seconds" if ways["stamps"] == "seconds" else "exact",
    )


def converted(case: Case, ways: Ways) -> tuple[Estimate, str]:
    """Return the share of those who entered that reached the last step."""
    events, asked = case.events, funnel_rules(case, ways)
    matured = ways["entrants"] == "matured"
    period = entered(events, asked, case.weeks, "matured" if matured else "all")
    day, zone = timedelta(days=1), events.timezone
    since, close, end = (midnight(one, zone) for one in (period.start, period.end + day, events.as_of + day))
    begun_by = (min(close, end - asked.window + 1) if matured else close) - 1
    until = (close if ways["entrants"] == "inside" else end) - 1
    people = np.zeros(len(asked.names), dtype=np.int64)
    ran: list[str] = []
    for found in chain.from_iterable(moments(events, asked, since, until, ran)):
        starts = beginnings(found, asked, since, begun_by)
        if ways["entry"] == "once":
            starts = first_of_each(starts, found)
        starts, _ = worth_following(starts, found.person(starts), found, asked)
        chains = search(found, asked, starts)
        best = chosen(chains, edges_of(found.person(chains.start)), drop=asked.exclusion == "drop")
        people += chains.of(best).reached.sum(axis=1)
    if not people[0]:
        raise TooFewError(
            f"Nobody who counts did {asked.names[0]} from {period}. Show more weeks, or choose another first step."
        )
    label = f"Conversion from {asked.labels[0]} to {asked.labels[-1]}"
    return share(int(people[-1]), int(people[0]), label=label), "\n\n".join(ran)


def days_of(case: Case) -> tuple[Activity, Buckets]:
    """Return who was active on which day, one scan for all ways, and how days are numbered."""
    events, days = case.events, Buckets("day", case.events.weeks)
    last, event = days.number(events.as_of), case.options.event
    # The first day of the last complete month lies up to 61 days back, its 30 days up to 90.
    since = max(days.number(events.first_day()), last - 92)
    return activity(events, every="day", since=since, until=last, start=event, back=event), days


def covered(case: Case, first: date, last: date) -> None:
    """Refuse a window that begins before the data do."""
    begin = case.events.first_day()
    if first < begin:
        raise TooFewError(
            f"The {(last - first).days + 1} days to {day_text(last, year=True)} begin before the data, which start on "
            f"{day_text(begin, year=True)}. Load more."
        )


def present(case: Case, ways: Ways) -> tuple[Estimate, str]:
    """Return how many people were active."""
    buckets = Buckets(case.every, case.events.weeks)
    number = buckets.last_complete(case.events.as_of)
    first, last = buckets.start(number), buckets.end(number)
    if ways["window"] != "calendar":
        last = first if ways["window"] == "label" else case.events.as_of
        first = last - timedelta(days=WIDTH[case.every] - 1)
    covered(case, first, last)
    scanned, days = days_of(case)
    rows, text = summed(scanned, days.number(last), (last - first).days + 1, settled=False, before=False)
    people = int(rows[0].n_now) if rows else 0
    label = f"Active {case.events.who.many}, {case.every} of {day_text(buckets.start(number))}"
    return Estimate(
        label, float(people), None, None, Unit.COUNT, people, f"distinct {case.events.who.many}", reason=FULL
    ), text


def begun(case: Case, ways: Ways) -> tuple[Estimate, str]:
    """Return how many of those active in the last complete period were new."""
    events, event = case.events, case.options.event
    buckets = Buckets(case.every, events.weeks)
    number = buckets.last_complete(events.as_of)
    # Who was active in a first period with none before it cannot be told apart.
    covered(case, buckets.start(number - 1), buckets.end(number))
    start = event if ways["birth"] == "active" else ""
    scanned = activity(events, every=case.every, since=number, until=number, start=start, back=event)
    flows, text = flowing(scanned, range(number, number + 1))
    new = next(iter(flows.values()))[number].new if flows else 0
    label = f"New {events.who.many}, {case.every} of {day_text(buckets.start(number))}"
    return Estimate(
        label, float(new), None, None, Unit.COUNT, new, f"distinct {case.events.who.many}", reason=FULL
    ), text


def often(case: Case, ways: Ways) -> tuple[Estimate, str]:
    """Return the mean day's share of those active in the window, or the last day's."""
    weeks = case.events.weeks
    last, length = case.events.as_of, {"28d": 28, "30d": 30, "week": 7}[ways["window"]]
    if ways["window"] == "week":
        last = weeks.last_complete(last).end
    covered(case, last - timedelta(days=length - 1), last)
    scanned, days = days_of(case)
    rows, text = summed(scanned, days.number(last), length, settled=False, before=False)
    if not rows or not rows[0].n_now:
        raise TooFewError(f"Nobody was active in the {length} days to {day_text(last, year=True)}.")
    if ways["ratio"] == "mean":
        period = f"{length} days to {day_text(last, year=True)}"
        return replace(rate(rows[0], "Stickiness", case.events, length), period=period), text
    (today, *_), more = summed(scanned, days.number(last), 1, settled=False, before=False)
    return share(int(today.n_now), int(rows[0].n_now), label="Stickiness"), f"{text}\n\n{more}"


COUNTED: dict[str, Callable[[Case, Ways], tuple[Estimate, str]]] = {
    "retention": cohorts,
    "funnel": converted,
    "active": present,
    "lifecycle": begun,
    "stickiness": often,
}

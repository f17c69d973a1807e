"""The tables metrics are counted from: what each is called, its columns, and the days it covers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import sqlglot
from sqlglot import exp

from pmlib.core import Buckets, Grain, SettingError, TooFewError, Weeks
from pmlib.core.periods import day_text
from pmlib.engine import name
from pmlib.metrics.entries import Metric
from pmlib.metrics.settings import Source
from pmlib.sources.contract import EVENT_COLUMNS, Events, Series, Subscriptions, Survey, Who

Given = Events | Survey | Series | Subscriptions
SOURCES: dict[type, Source] = {Events: "events", Survey: "survey", Series: "spend", Subscriptions: "revenue"}
NAMED: dict[Source, str] = {
    "events": "events",
    "survey": "answers of a survey",
    "spend": "series of spending",
    "revenue": "subscriptions",
}
LOADERS: dict[Source, str] = {
    "events": "load_events",
    "survey": "load_survey",
    "spend": "load_series",
    "revenue": "load_subscriptions",
}
FILES: dict[Source, str] = {"events": "series.sql", "survey": "series_survey.sql", "spend": "series_spend.sql"}
FIXED: dict[Source, tuple[str, ...]] = {
    "events": EVENT_COLUMNS,
    "survey": ("respondent", "question", "option", "value", "number", "asked", "answered_at"),
    "spend": ("date", "name", "value"),
    "revenue": ("customer", "subscription", "plan", "amount", "started", "ended"),
}
BASES: dict[Source, str] = {
    "events": "count(DISTINCT user_id)",
    "survey": "count(DISTINCT respondent)",
    "spend": "count(value)",
    "revenue": "count(DISTINCT customer)",
}
"""What is counted beside a metric that is not divided by anything."""
WEEK, MONTH = 7, 28
"""The least days between dates that stand for weeks, and for months."""


@dataclass(frozen=True)
class Reading:
    """A table as metrics read it.

    Parameters
    ----------
    columns
        The expression that reads each column a metric may name.
    first, last
        The days the table covers.
    finest
        The shortest period it can tell.
    """

    source: Source
    given: Given
    columns: Mapping[str, exp.Expr]
    weeks: Weeks
    first: date
    last: date
    timezone: str = "UTC"
    finest: Grain = "day"

    @property
    def base(self) -> exp.Expr:
        """What is counted beside a metric that is not divided by anything."""
        return sqlglot.parse_one(BASES[self.source], dialect="duckdb")

    def describe(self, *words: str) -> str:
        """Write the definition line."""
        if isinstance(self.given, Events | Subscriptions):
            who = self.given.who
            stands = isinstance(self.given, Events) and who != Who()
            return self.given.describe(*words, *([f"{who.many} counted in place of people"] if stands else []))
        zone = self.timezone if self.source == "survey" else ""
        end = f"{self.given.origin.name} to {day_text(self.last, year=True)}"
        return "; ".join(part for part in (*words, zone, end) if part) + "."


def source_of(given: object) -> Source:
    """Return the source of a table's metrics.

    Raises
    ------
    SettingError
        If no metric is counted from such a table.
    """
    for kind, source in SOURCES.items():
        if isinstance(given, kind):
            return source
    raise SettingError(
        f"A metric is counted from {', '.join(NAMED.values())}; this is {type(given).__name__}. Load one of these."
    )


def reading(given: Given, metric: Metric, like: Events | None = None) -> Reading:
    """Return a table as a metric reads it.

    Raises
    ------
    SettingError
        If the metric is counted from another table.
    TooFewError
        If the table is empty.
    """
    source = source_of(given)
    if source != metric.source:
        raise SettingError(
            f"The metric '{metric.name}' is counted from {NAMED[metric.source]}, and {NAMED[source]} were given. Give "
            f"what sources.{LOADERS[metric.source]}(…) returns, or choose a metric of {NAMED[source]}."
        )
    if isinstance(given, Events):
        return of_events(given)
    if isinstance(given, Subscriptions):
        return of_subscriptions(given, metric)
    weeks = like.weeks if like else Weeks()
    return of_survey(given, weeks) if isinstance(given, Survey) else of_series(given, weeks)


def of_events(events: Events) -> Reading:
    """Read events."""
    columns = own("events") | {key: part for key, part in events.properties.items() if key not in EVENT_COLUMNS}
    return Reading("events", events, columns, events.weeks, events.first_day(), events.as_of, events.timezone)


def of_subscriptions(given: Subscriptions, metric: Metric) -> Reading:
    """Read subscriptions, in the currency they are in."""
    unit = metric.unit
    if unit.kind == "currency" and given.currency and unit.symbol != given.currency:
        raise SettingError(
            f"The metric '{metric.name}' is in {unit.symbol}; the subscriptions are in {given.currency}. Put "
            f'unit = "currency {given.currency}" below [{metric.name}] of a metrics.toml.'
        )
    first = given.query("SELECT min(started) AS day FROM subscriptions").one().day
    if first is None:
        raise TooFewError("There is no subscription. Load some.")
    columns = own("revenue") | {key: part for key, part in given.properties.items() if key not in FIXED["revenue"]}
    return Reading("revenue", given, columns, given.weeks, first, given.as_of, given.timezone)


def of_survey(survey: Survey, weeks: Weeks) -> Reading:
    """Read the answers of a survey with their respondents."""
    first, last = survey.origin.first, survey.origin.through
    if first is None or last is None:
        raise TooFewError(
            f"{survey.origin.name} has no times of its answers, so nothing can be counted by week. Name their column "
            "as answered_at."
        )
    segments = {one: exp.column(name(one)) for one in survey.segments if one not in FIXED["survey"]}
    return Reading("survey", survey, own("survey") | segments, weeks, first, last, survey.origin.timezone or "UTC")


def of_series(series: Series, weeks: Weeks) -> Reading:
    """Read series of spending; dates a week or month apart stand for whole weeks and months."""
    days = series.query("SELECT DISTINCT date FROM series ORDER BY date").column("date")
    if not days:
        raise TooFewError(f"{series.origin.name} holds no dates. Load a series of spending.")
    step = min(((after - before).days for before, after in pairwise(days)), default=1)
    finest: Grain = "month" if step >= MONTH else "week" if step >= WEEK else "day"
    last = days[-1]
    if finest == "week":
        last += timedelta(days=WEEK - 1)
    elif finest == "month":
        months = Buckets("month", weeks)
        last = months.end(months.number(last))
    return Reading("spend", series, own("spend"), weeks, days[0], last, finest=finest)


def own(source: Source) -> dict[str, exp.Expr]:
    """Return the columns that every table of a source has."""
    return {column: exp.column(name(column)) for column in FIXED[source]}

"""Retention under other rules than ours: from the lines of our own cohorts, or from a window for each start."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import sqlglot
from sqlglot import exp

from pmlib.core import Buckets, Estimate, Grain, TooFewError, Unit
from pmlib.engine import place, sql
from pmlib.sources.contract import Events
from pmlib.stats import Sums
from pmlib.stats.clusters import wilson
from pmlib.stats.shares import critical
from pmlib.usage.cohorts.asked import HOURS, Ages, Asked, asked
from pmlib.usage.cohorts.cohorts import HOUR, Cohort, Curve, Steps, counted, ended
from pmlib.usage.cohorts.rates import rates, simple
from pmlib.usage.cohorts.retention import followed
from pmlib.usage.funnels.moments import midnight
from pmlib.usage.people.parts import happened

UNFINISHED = "who cannot be back yet counts as not back, so the interval is of chance alone"
ALIKE = "one and the same may be in several cohorts, so cohorts do not vary by themselves"
ALL = "by this rule everybody is back in the period of the start"


def retained(
    events: Events, *, start: str, back: str, every: Grain, age: int, weeks: int, rules: Mapping[str, str]
) -> tuple[Estimate, str]:
    """Return the retention at one age under some rules, and the SQL that ran.

    Parameters
    ----------
    rules
        For each rule of ``vendors.toml`` the way it goes.

    Raises
    ------
    TooFewError
        If nobody can be followed so long.
    """
    rolling = rules["windows"] == "24h"
    seen = cut(events, every) if rolling and rules["stamps"] == "cut" else events
    wanted = asked(
        seen, start=start, back="" if rules["back"] == "any" else back, every=every, periods=max(age, 1),
        kind="first" if rules["starts"] == "first" else "recurring", start_where="",
        windows="24h" if rolling else "calendar", unbounded=False, brackets="", least=1, zero=age == 0,
    )  # fmt: skip
    wanted = wanted.only(Ages(age, age, later=rules["later"] == "later"))
    buckets = Buckets(every, seen.weeks)
    oldest, newest = followed(seen, wanted, buckets, weeks)
    everyone = rules["cells"] == "all"
    last = buckets.number(seen.as_of) if everyone else newest
    met = windows(seen, wanted, oldest, last) if rolling and rules["starts"] == "each" else None
    met = met or lines(seen, wanted, oldest, last)
    cells = met.query(sql(__package__, "variants_cells.sql"), all=everyone)
    cohorts = [
        Cohort(row.cohort, row.size, ((row.back, row.size),))
        for row in cells
        if rules["cells"] != "whole" or whole(seen, wanted, buckets, row.cohort)
    ]
    label = wanted.ages[0].label(every)
    if not cohorts:
        raise TooFewError(
            f"Nobody who started in the {every}s from {buckets.period(oldest, max(oldest, newest))} can be followed "
            f"to {every} {age}. Ask for a lower age, choose another start event, or show more weeks."
        )
    sums = clusters(met, cohorts, everyone=everyone) if wanted.recurring else None
    if age == 0 and rules["zero"] == "all":
        people = sums.n if sums else sum(cohort.size for cohort in cohorts)
        return Estimate(label, 1.0, None, None, Unit.SHARE, people, "all who started", reason=ALL), cells.sql
    found = averaged(wanted, cohorts, rules["average"], label, sums)
    return (replace(found, method=f"{found.method}; {UNFINISHED}") if everyone else found), cells.sql


def clusters(met: Steps, cohorts: Sequence[Cohort], *, everyone: bool) -> Sums:
    """Return the sums over people, each of whom may be in several cohorts."""
    numbers = [cohort.number for cohort in cohorts]
    return Sums(*met.query(sql(__package__, "variants_sums.sql"), all=everyone, cohorts=numbers).one())


def averaged(wanted: Asked, cohorts: Sequence[Cohort], average: str, label: str, sums: Sums | None) -> Estimate:
    """Return the rate of all cohorts together."""
    if average == "weighted":
        return weighted(cohorts, label, sums)
    if average == "simple":
        return simple(cohorts, 0, label, sums)
    return rates(Curve("", tuple(cohorts), (sums,)), wanted, "pooled")[0]


def weighted(cohorts: Sequence[Cohort], label: str, sums: Sums | None) -> Estimate:
    """Return the rate in which each person counts with the size of the cohort, so that large cohorts count twice.

    Parameters
    ----------
    sums
        Sums over people where one may be in several cohorts.
    """
    sizes = [cohort.size for cohort in cohorts]
    backs = [cell[0] for cohort in cohorts if (cell := cohort.cells[0])]
    squares = sum(size * size for size in sizes)
    value = sum(size * back for size, back in zip(sizes, backs, strict=True)) / squares
    method = "sum of size times back over sum of size squared"
    if sums:
        return Estimate(label, value, None, None, Unit.SHARE, sums.n, method, reason=ALIKE)
    # People of one rate, each weighted by the cohort's size, are worth so many of equal weight (Kish 1965).
    n_eff = squares * squares / sum(size**3 for size in sizes)
    low, high = wilson(value, critical(0.95) ** 2 / n_eff)
    method += "; Wilson score interval at the effective number of starters"
    return Estimate(label, value, low, high, Unit.SHARE, sum(sizes), method, n_eff=n_eff)


def lines(events: Events, wanted: Asked, oldest: int, newest: int) -> Steps:
    """Return the table ``met`` from the lines of our own cohorts."""
    counts = counted(events, wanted, oldest, newest)
    ages = wanted.ages[0]
    text = sql(__package__, "variants_met.sql")
    return counts.steps.keep("met", text, {"high": ages.high, "mask": ages.mask(counts.width)})


def windows(events: Events, wanted: Asked, oldest: int, newest: int) -> Steps:
    """Return the table ``met`` where each start opens a window of its own."""
    text = place(
        sql(__package__, "variants_each.sql"), the_start=wanted.starts(events), the_return=happened(wanted.back)
    )
    ages = wanted.ages[0]
    return Steps(events.engine).keep(
        "met",
        text,
        ended(events)
        | {
            "every": wanted.every,
            "week_start": events.weeks.number,
            "oldest": oldest,
            "newest": newest,
            "micros": HOURS[wanted.every] * HOUR,
            "age": ages.high,
            "later": ages.later,
        },
    )


def whole(events: Events, wanted: Asked, buckets: Buckets, cohort: int) -> bool:
    """Whether whoever started at the very end of a period has had the whole age."""
    if not wanted.rolling:
        return True
    day = timedelta(days=1)
    begun = midnight(buckets.end(cohort) + day, events.timezone)
    over = begun + (wanted.longest + 1) * HOURS[wanted.every] * HOUR
    return over <= midnight(events.as_of + day, events.timezone)


def cut(events: Events, every: Grain) -> Events:
    """Return the events with their times cut to the whole hour, for weeks and months to the whole day."""
    file = "variants_hours.sql" if every == "day" else "variants_days.sql"
    text = place(sql(__package__, file), the_zone=exp.Literal.string(events.timezone))

    def view(base: exp.Table) -> exp.Query:
        parsed = sqlglot.parse_one(text, into=exp.Select, dialect="duckdb")
        return parsed.from_(base)

    engine = events.engine.viewed("events", view)
    return replace(events, engine=engine, timezone=events.timezone if every == "day" else "UTC")

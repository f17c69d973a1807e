"""Days on which logging may have failed: no exposures, or no events of a metric, in an arm or at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from pmlib.core import Check, SettingError
from pmlib.core.periods import day_text
from pmlib.core.words import listed
from pmlib.engine import sql
from pmlib.experiments.arguments import fitting
from pmlib.experiments.exposure.evenness import ALARM
from pmlib.experiments.exposure.library import Metrics
from pmlib.experiments.exposure.orders import recipes_of
from pmlib.experiments.exposure.recipes import Recipe, rows_of
from pmlib.experiments.exposure.spans import microseconds, span
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Registration

LEAST = 20
"""So many units on the days before and after make a day without any a gap; e^-20 is no chance."""
WEEK = timedelta(days=7)
Counts = Mapping[tuple[date, str], int]


@dataclass(frozen=True)
class Course:
    """How many units did something, by day and arm.

    Parameters
    ----------
    shares
        For each day the part of the units that each arm had by then.
    """

    days: tuple[date, ...]
    counts: Counts
    shares: Mapping[tuple[date, str], float]
    arms: tuple[str, ...]

    def total(self, day: date) -> int:
        """Return the units of a day, of all arms."""
        return sum(self.counts.get((day, arm), 0) for arm in self.arms)

    def empty(self) -> list[date]:
        """Return the days without any unit, between days with many, whose weekday is not always empty."""
        filled = [day for day in self.days if self.total(day)]
        found = []
        for day in self.days:
            if self.total(day) or not filled or not filled[0] < day < filled[-1]:
                continue
            before = max(one for one in filled if one < day)
            after = min(one for one in filled if one > day)
            alike = [one for one in self.days if (one - day).days % WEEK.days == 0 and one != day]
            rest = bool(alike) and not any(self.total(one) for one in alike)
            if min(self.total(before), self.total(after)) >= LEAST and not rest:
                found.append(day)
        return found

    def lacking(self, arm: str) -> list[date]:
        """Return the days on which one arm has no unit and the others more than chance leaves it out of."""
        tests = len(self.days) * len(self.arms)
        found = []
        for day in self.days:
            others, part = self.total(day), self.shares.get((day, arm), 0.0)
            if self.counts.get((day, arm), 0) == 0 and part > 0 and (1 - part) ** others * tests < ALARM:
                found.append(day)
        return found


@fitting
def gaps(units: Units, events: Events, registration: Registration, *, metrics: Metrics = None) -> tuple[Check, ...]:
    """Look for days of the experiment without exposures, or without events of a metric, in an arm or in all.

    Parameters
    ----------
    units
        As :func:`exposed` made them from the same events and registration.

    Returns
    -------
    tuple
        An arm lacks a day where the units of the other arms are so many that chance would leave it out less than once
        in a thousand experiments; all lack it where the days before and after have 20 units or more each. A weekday
        that is always empty is no gap.

    Raises
    ------
    SettingError
        If the units were not made by :func:`exposed`.
    """
    days = span(events, registration)
    recipes = [one for one in recipes_of(events, registration, metrics) if one is not None]
    rows = asked(units, sql(__package__, "gaps_days.sql"))
    arms = tuple(sorted({row.arm for row in rows}))
    first = rows[0].day
    calendar = tuple(first + timedelta(days=place) for place in range((days.last - first).days + 1))
    taken = {(row.day, row.arm): row.units for row in rows}
    planned = registration.shares
    plan = {(day, arm): planned.get(arm, 0.0) for day in calendar for arm in arms}
    checks = said("exposure", Course(calendar, taken, plan, arms))
    held = exposed_by(calendar, taken, arms)
    for one, counts in zip(recipes, did(units, recipes, microseconds(days.closes)), strict=True):
        checks += said(f"'{one.measure.name}'", Course(calendar, counts, held, arms))
    return tuple(checks) or (Check(True, "No day stands out by having no exposures or no events of a metric."),)


def did(units: Units, recipes: list[Recipe], closes: int) -> list[Counts]:
    """Count for each measure the units of each arm that did on each day what it counts."""
    if not recipes:
        return []
    rows = asked(units, doing(sql(__package__, "gaps.sql"), recipes), closes=closes)
    return [{(row.day, row.arm): row[2 + place] for row in rows} for place in range(len(recipes))]


def doing(text: str, recipes: list[Recipe]) -> str:
    """Add to a query, which first groups what units did, how many did what each measure counts (``units_0``, …)."""
    query = sqlglot.parse_one(text, dialect="duckdb")
    assert isinstance(query, exp.Select)
    found = [rows_of(one) for one in recipes]
    inner = query.ctes[0].this
    for place, one in enumerate(found):
        inner.select(exp.alias_(exp.func("bool_or", one.copy(), dialect="duckdb"), f"did_{place}"), copy=False)
        query.select(exp.alias_(exp.func("count_if", exp.column(f"did_{place}")), f"units_{place}"), copy=False)
    every = exp.paren(exp.or_(*(one.copy() for one in found)))
    return query.transform(lambda node: every.copy() if is_piece(node) else node).sql(dialect="duckdb", pretty=True)


def asked(units: Units, text: str, **values: object) -> tuple[Any, ...]:
    """Run a query over units made from events.

    Raises
    ------
    SettingError
        If they were not.
    """
    try:
        return units.query(text, **values).rows
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise SettingError(
            f"{units.origin.name} was not made from events. Make the units by exposed(events, registration) first."
        ) from error


def is_piece(node: exp.Expr) -> bool:
    """Whether a node stands for the rows that count."""
    return isinstance(node, exp.Column) and node.name == "the_rows"


def exposed_by(
    calendar: tuple[date, ...], taken: Mapping[tuple[date, str], int], arms: tuple[str, ...]
) -> dict[tuple[date, str], float]:
    """Return the part that each arm has of the units exposed by the end of each day."""
    sums, shares = dict.fromkeys(arms, 0), {}
    for day in calendar:
        for arm in arms:
            sums[arm] += taken.get((day, arm), 0)
        total = sum(sums.values())
        shares |= {(day, arm): sums[arm] / total for arm in arms}
    return shares


def said(what: str, course: Course) -> list[Check]:
    """Write the gaps of one course."""
    checks = []
    empty = course.empty()
    if empty:
        checks.append(
            Check(False, f"No {what} at all on {dates(empty)}, between days with many: logging may have failed.")
        )
    for arm in course.arms:
        lacking = course.lacking(arm)
        if len(lacking) == len([day for day in course.days if course.total(day)]) > 1:
            checks.append(Check(False, f"No {what} in {arm} on any day, while the other arms have many."))
        elif lacking:
            checks.append(
                Check(
                    False,
                    f"No {what} in {arm} on {dates(lacking)}, while the other arms have many: logging may have "
                    "failed there.",
                )
            )
    return checks


def dates(days: list[date]) -> str:
    """Write some days."""
    return listed([day_text(day, year=True) for day in days])

"""Retention, the lifecycle and stickiness against plain counts over random logs, zones and week starts."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pmlib.core.periods import WEEKDAYS
from pmlib.usage import lifecycle, retention, stickiness
from tests.rows import events_of

PLACES = [
    ("UTC", date(2025, 3, 1)),
    ("Africa/Cairo", date(2025, 4, 10)),
    ("Australia/Lord_Howe", date(2025, 3, 20)),
    ("America/New_York", date(2025, 2, 20)),
]
LENGTH = {"day": 14, "week": 45, "month": 150}
HOURS = {"day": 24, "week": 168, "month": 720}


def begin(day, every, first):
    """The first day of the period that holds a day."""
    if every == "month":
        return day.replace(day=1)
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(first)) % 7) if every == "week" else day


def later(start, count, every):
    """The first day of the period so many after one that begins on a day."""
    if every == "month":
        number = start.year * 12 + start.month - 1 + count
        return date(number // 12, number % 12 + 1, 1)
    return start + timedelta(days=count * (7 if every == "week" else 1))


def log(rng, every, zone, start):
    """Events of ten people by local time, many near midnight, and some a whole number of days after another."""
    rows = set()
    for user in range(10):
        for _ in range(rng.choice([1, 2, 5, 9])):
            at = datetime.combine(start, datetime.min.time()) + timedelta(days=rng.randrange(LENGTH[every]))
            at += timedelta(seconds=rng.choice([0, 1, 86_399, 7_200, rng.randrange(86_400)]))
            at += timedelta(hours=24 * rng.choice([0, 0, 1, 7, 30]))
            # A time that the clock skips is no local time.
            known = at.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
            rows.add((f"u{user}", rng.choice("aab"), known.isoformat()))
    return [*sorted(rows), ("u0", "a", f"{start}T12:00"), ("u1", "b", f"{start}T12:00")]


def cells(rows, case, zone, as_of):
    """For each cohort its size, and for each cohort and age who was back and who could have been."""
    every, first = case["every"], case["first"]
    events = {}
    for user, name, text in rows:
        at = datetime.fromisoformat(text)
        if at.date() <= as_of:
            moment = at.replace(tzinfo=zone).astimezone(UTC)
            events.setdefault(user, []).append((moment, name, begin(at.date(), every, first)))
    end = datetime.combine(as_of + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    sizes, found = {}, {}
    for mine in events.values():
        starts = {}
        for moment, name, period in sorted(mine):
            if name == "a" and (case["kind"] == "recurring" or not starts):
                starts.setdefault(period, moment)
        for cohort, start in starts.items():
            sizes[cohort] = sizes.get(cohort, 0) + 1
            for age in range(1, 5):
                low, high = (start + (age + more) * timedelta(hours=HOURS[every]) for more in (0, 1))
                if case["windows"] == "calendar":
                    over = later(cohort, age + 1, every) <= as_of + timedelta(days=1)
                    back = [one for one in mine if one[2] == later(cohort, age, every)]
                    back += [one for one in mine if case["unbounded"] and one[2] > later(cohort, age, every)]
                else:
                    last = end if case["unbounded"] else high
                    over, back = high <= end, [one for one in mine if low <= one[0] < last]
                if over:
                    cell = found.setdefault((cohort, age), [0, 0])
                    cell[0] += sum(name == case["back"] for _, name, _ in back) >= case["least"]
                    cell[1] += 1
    return sizes, found


@pytest.mark.parametrize("seed", range(20))
def test_retention_of_every_cell(seed):
    rng = random.Random(seed)
    name, start = rng.choice(PLACES)
    case = {
        "every": rng.choice(["day", "week", "month"]),
        "first": rng.choice(["monday", "saturday", "sunday"]),
        "kind": rng.choice(["first", "recurring"]),
        "windows": rng.choice(["calendar", "24h"]),
        "back": rng.choice("ab"),
        "least": rng.choice([1, 1, 2]),
    }
    case["unbounded"] = case["least"] == 1 and rng.random() < 0.4
    zone = ZoneInfo(name)
    rows = log(rng, case["every"], zone, start)
    as_of = start + timedelta(days=LENGTH[case["every"]] - rng.randrange(5))
    sizes, found = cells(rows, case, zone, as_of)
    asked = {key: case[key] for key in ("every", "kind", "windows", "back", "least", "unbounded")}
    events = events_of(rows, as_of=as_of, timezone=name, week_start=case["first"])
    answer = retention(events, start="a", periods=4, age=1, weeks=30, **asked)
    assert answer.table is not None, answer.headline
    for cohort, size, *rates in answer.table.rows[:-1]:
        assert size == sizes.get(cohort, 0)
        known = [found.get((cohort, age)) for age in range(1, 5)]
        # Ages that nobody has reached have no column.
        assert [*rates, *[None] * (4 - len(rates))] == [cell and pytest.approx(cell[0] / cell[1]) for cell in known]


def active_by(rows, unit):
    """Who was active in which period."""
    found = {}
    for user, _, text in rows:
        found.setdefault(unit(date.fromisoformat(text[:10])), set()).add(user)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_lifecycle_of_every_period(seed):
    rng = random.Random(seed)
    name, start = rng.choice(PLACES)
    every, first = rng.choice(["day", "week", "month"]), rng.choice(["monday", "saturday", "sunday"])
    rows = log(rng, every, ZoneInfo(name), start)
    as_of = start + timedelta(days=LENGTH[every] + 3)
    rows = [row for row in rows if row[2][:10] <= str(as_of)]
    active = active_by(rows, lambda day: begin(day, every, first))
    answer = lifecycle(events_of(rows, as_of=as_of, timezone=name, week_start=first), every=every, weeks=30)
    assert answer.table.rows
    for period, *counts in (row[:6] for row in answer.table.rows):
        now, then = active.get(period, set()), active.get(later(period, -1, every), set())
        before = set().union(*(who for other, who in active.items() if other < period))
        told = (len(now), len(now - before), len(now & then), len((now & before) - then), len(then - now))
        assert tuple(map(abs, counts)) == told


@pytest.mark.parametrize("seed", range(6))
def test_stickiness_of_every_window(seed):
    rng = random.Random(seed)
    name, start = rng.choice(PLACES)
    rows = log(rng, "week", ZoneInfo(name), start)
    as_of, length = start + timedelta(days=44), rng.choice([7, 10, 28])
    settled = rng.random() < 0.5
    active = active_by(rows, lambda day: day)
    answer = stickiness(events_of(rows, as_of=as_of, timezone=name), days=length, weeks=3, settled=settled)
    assert answer.table.rows
    for last, share in answer.table.rows:
        days = [active.get(last - timedelta(days=back), set()) for back in range(length)]
        known = set().union(*(who for day, who in active.items() if day <= last - timedelta(days=length)))
        days = [who & known for who in days] if settled else days
        people = set().union(*days)
        assert share == (pytest.approx(sum(map(len, days)) / length / len(people)) if people else None)

"""Logs of June 2026 to count by hand, and the numbers that products find in them."""

from datetime import date, timedelta

from pmlib.usage.rules.variants import Case, Options
from tests.rows import events_of

# Monday 1 June 2026.
DAY = date(2026, 6, 1)


def log(text, as_of, **options):
    """Events from lines of who, what, day of June and time."""
    rows = []
    for line in text.strip().splitlines():
        user, event, day, *clock = line.split()
        moment = DAY + timedelta(days=int(day) - 1)
        rows.append((user, event, f"{moment}T{clock[0] if clock else '12:00'}"))
    return events_of(rows, as_of=DAY + timedelta(days=as_of - 1), **options)


def share(events, metric, options, **ways):
    """The number by our rules but for some."""
    found = Case(events, metric, Options(**options)).under(ways)[0]
    return found.value, found.n


def row(finding, title):
    """The row of a rule: the number with only it changed, alone and in turn."""
    return next((one[3], *one[7:]) for one in finding.table.rows if one[0] == title)


DAILY = {"start": "joined", "back": "used", "every": "day", "age": 1, "weeks": 1}

# Day 1: a, b join, a is back on day 2. Day 2: c, d join, c is back on day 3. Day 3, the last one: e joins.
TAIL = """
a joined 1
b joined 1
a used 2
c joined 2
d joined 2
c used 3
e joined 3
"""

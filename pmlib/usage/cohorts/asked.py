"""What a question about cohorts asks: who starts, what counts as coming back, in which ages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sqlglot import exp

from pmlib.core import Buckets, Grain, SettingError, nearest
from pmlib.sources.conditions import met
from pmlib.sources.contract import Events
from pmlib.usage.people.parts import happened

Kind = Literal["first", "first-ever", "recurring"]
Windows = Literal["calendar", "24h"]

LONGEST = 366
"""Highest age that is followed, in periods."""
MANY = 40
"""Brackets that a table can still show."""
MOST = 1000
"""Return events that a period may be asked to have."""
COHORTS = 800
"""Cohorts that a table can still show: two years of days."""
HOURS: dict[Grain, int] = {"day": 24, "week": 7 * 24, "month": 30 * 24}
"""How long an age is where it is counted from each person's own start."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Ages:
    """One age, or several taken together: whoever is back in any of them counts once.

    Examples
    --------
    >>> Ages(4, 4).named("week"), Ages(1, 3).named("week"), Ages(4, 4, later=True).named("week")
    ('Week 4', 'Weeks 1 to 3', 'Week 4 or later')
    """

    low: int
    high: int
    later: bool = False

    def named(self, every: Grain) -> str:
        """Write the ages as the title of a column."""
        word = every.capitalize()
        ages = f"{word} {self.low}" if self.low == self.high else f"{word}s {self.low} to {self.high}"
        return f"{ages} or later" if self.later else ages

    def label(self, every: Grain) -> str:
        """Write the ages as the label of a rate."""
        return f"{self.named(every).replace(' ', '-')} retention"

    def said(self, every: Grain) -> str:
        """Write the ages as words after "come back"."""
        if self.high == 0:
            text = f"later in the same {every}"
            return f"{text} or after it" if self.later else text
        several = "s" if self.high > 1 else ""
        ages = worded(self.low) if self.low == self.high else f"{worded(self.low)} to {worded(self.high)}"
        return f"{ages} {every}{several} later" + (" or after that" if self.later else "")

    def mask(self, width: int) -> str:
        """Return one bit an age, set for those that count."""
        end = width if self.later else max(0, min(self.high + 1, width))
        start = min(self.low, end)
        return "0" * start + "1" * (end - start) + "0" * (width - end)


@dataclass(frozen=True)
class Asked:
    """Which people form cohorts and what counts as coming back.

    Parameters
    ----------
    kind
        ``"first"``: by the first start that meets ``start_where``; ``"first-ever"``: by the first start of all, of
        those where it meets ``start_where``; ``"recurring"``: in every period with a start.
    windows
        ``"calendar"``: ages are calendar periods; ``"24h"``: they are counted in whole days of 24 hours from each
        person's own start, a week as 7 of them and a month as 30.
    least
        How many return events a period needs.
    ages
        The ages shown, rising; the age 0 is the period of the start, strictly after it.
    brackets
        The ages as they were asked for, where some are taken together.
    also
        What a start must meet besides.
    """

    start: str
    back: str
    every: Grain
    kind: Kind
    start_where: str
    windows: Windows
    least: int
    ages: tuple[Ages, ...]
    brackets: str = ""
    also: exp.Expr | None = None

    @property
    def recurring(self) -> bool:
        """Whether one person may be in several cohorts."""
        return self.kind == "recurring"

    @property
    def rolling(self) -> bool:
        """Whether ages are counted from each person's own start."""
        return self.windows == "24h"

    @property
    def later(self) -> bool:
        """Whether a return at a later age counts too."""
        return self.ages[-1].later

    @property
    def longest(self) -> int:
        """The highest age."""
        return self.ages[-1].high

    @property
    def zero(self) -> bool:
        """Whether the period of the start itself is asked for."""
        return self.ages[0].low == 0

    def only(self, ages: Ages) -> "Asked":
        """Return the question for these ages alone."""
        return replace(self, ages=(ages,))

    def starts(self, events: Events) -> exp.Expr:
        """Return the condition that an event is a start."""
        found = [happened(self.start)]
        if self.start_where.strip():
            found.append(met(events.engine, self.start_where, events.properties, what="condition of the start"))
        if self.also:
            found.append(self.also)
        # What is not known to be so is not so; a condition that is null would spoil an aggregate.
        return found[0] if len(found) == 1 else exp.func("coalesce", exp.and_(*found), exp.false())

    def words(self) -> str:
        """Name what is unlike the usual question, for the finding's id."""
        parts = [
            "" if self.kind == "first" else self.kind,
            f"where {self.start_where}" if self.start_where.strip() else "",
            "" if self.windows == "calendar" else self.windows,
            "or later" if self.later else "",
            f"ages {self.brackets}" if self.brackets else "",
            "" if self.least == 1 else f"least {self.least}",
        ]
        return " ".join(part for part in parts if part)

    def cohorts(self, buckets: Buckets) -> str:
        """Say in words how cohorts are formed."""
        event = f"{self.start or 'event'}{f' where {self.start_where}' if self.start_where.strip() else ''}"
        if self.recurring:
            return f"Cohorts of all with {event} in a period, {buckets.named}; one may be in several cohorts"
        if self.kind == "first-ever" and self.start_where.strip():
            first = f"the first {self.start or 'event'} in all history, only where it is {self.start_where}"
            return f"Cohorts by {first}, {buckets.named}"
        return f"Cohorts by the first {event} in all history, {buckets.named}"

    def returns(self) -> str:
        """Say in words what counts as coming back."""
        text = f"back is {self.back or 'any event'}"
        if self.least > 1:
            text += f", {self.least} times or more in a period"
        if self.zero:
            text += f", at {self.every} 0 strictly after the start"
        if self.brackets:
            text += f", in any {self.every} of {self.brackets}"
        return text + (", at that age or later" if self.later else "")

    def observed(self) -> str:
        """Say in words which cells a rate holds."""
        if not self.rolling:
            return f"rates pool the cohorts whose {self.every} of that age is over"
        size = {"day": "a day is 24 hours", "week": "a week is 7 days of 24 hours", "month": "a month is 30 such days"}
        return (
            f"ages from each one's own start, {size[self.every]}, exactly so much later counts as the next age; "
            "a rate holds those whose time of that age is over"
        )


def asked(
    events: Events,
    *,
    start: str,
    back: str,
    every: Grain,
    periods: int,
    kind: Kind,
    start_where: str,
    windows: Windows,
    unbounded: bool,
    brackets: str,
    least: int,
    zero: bool,
) -> Asked:
    """Check what is asked of cohorts.

    Raises
    ------
    SettingError
        If an event is unknown, or a setting is none that there is.
    """
    one_of("kind", kind, get_args(Kind))
    one_of("windows", windows, get_args(Windows))
    if every not in HOURS:
        Buckets(every, events.weeks)
    if not 1 <= periods <= LONGEST:
        raise SettingError(f"periods is {periods}; between 1 and {LONGEST} can be followed.")
    if not 1 <= least <= MOST:
        raise SettingError(f"least is {least}; between 1 and {MOST:,} return events can be asked for.")
    for event in (start, back):
        if event:
            events.known(event)
    ages = bracketed(brackets) if brackets.strip() else [Ages(age, age) for age in range(1, periods + 1)]
    ages = [replace(one, later=unbounded) for one in ([Ages(0, 0), *ages] if zero else ages)]
    return Asked(
        start,
        back,
        every,
        kind,
        start_where,
        windows,
        least,
        tuple(ages),
        worded_ages(ages) if brackets.strip() else "",
    )


def bracketed(text: str) -> list[Ages]:
    """Read ages taken together.

    Examples
    --------
    >>> [(one.low, one.high) for one in bracketed("1, 2-4, 7")]
    [(1, 1), (2, 4), (7, 7)]
    """
    found: list[Ages] = []
    for part in (one.strip() for one in text.split(",")):
        if not part:
            continue
        match = re.fullmatch(r"(\d{1,4})(?:\s*(?:-|\N{EN DASH}|to)\s*(\d{1,4}))?", part)
        if not match:
            raise SettingError(f"The bracket '{part}' cannot be read. Write ages and ranges of them: 1-3, 4-7, 14.")
        low = int(match[1])
        high = int(match[2] or match[1])
        if not 1 <= low <= high <= LONGEST:
            raise SettingError(f"The bracket '{part}' must rise and lie between 1 and {LONGEST}.")
        if found and low <= found[-1].high:
            raise SettingError(
                f"The bracket '{part}' does not lie after the one before it, {found[-1].low}-{found[-1].high}. "
                "Let brackets rise without overlap."
            )
        found.append(Ages(low, high))
    if not 1 <= len(found) <= MANY:
        raise SettingError(f"There are {len(found)} brackets; 1 to {MANY} can be shown.")
    return found


def worded_ages(ages: Iterable[Ages]) -> str:
    """Write ages taken together as they are asked for."""
    return ", ".join(f"{one.low}" if one.low == one.high else f"{one.low}-{one.high}" for one in ages if one.high)


def one_of(name: str, value: str, known: Iterable[str]) -> None:
    """Refuse a setting that is none that there is."""
    names = list(known)
    if value not in names:
        raise SettingError(f"{name} is '{value}'; it is one of {', '.join(names)}.{nearest(value, names)}")


def worded(number: int) -> str:
    """Write a small number as a word."""
    return NUMBERS[number] if number < len(NUMBERS) else f"{number}"

"""Read dates as files write them; a column is read in one way or refused."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pmlib.core import InputError, SettingError

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CLOCK = r"(?:[T ,]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
DAY_FORMS = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
    r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})",
    r"(?P<d>\d{1,2})[ .-]+(?P<word>[a-z]{3,9})\.?[ ,.-]+(?P<y>\d{4})",
    r"(?P<word>[a-z]{3,9})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})",
)
DAYS = tuple(re.compile(WEEKDAY + form + CLOCK + ZONE, re.IGNORECASE) for form in DAY_FORMS)
SLASHED = re.compile(r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d{2})" + CLOCK + ZONE, re.IGNORECASE)
MONTH = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})|(?P<word>[a-z]{3,9})\.?[ -](?P<y2>\d{4})", re.IGNORECASE)
WEEK = re.compile(r"(?P<y>\d{4})[- ]?(?:W|KW|CW) ?(?P<w>\d{1,2})(?:-(?P<d>[1-7]))?", re.IGNORECASE)
QUARTER = re.compile(r"(?P<y>\d{4})[- ]?Q(?P<q>[1-4])|Q(?P<q2>[1-4])[- /]?(?P<y2>\d{4})", re.IGNORECASE)
BARE = re.compile(r"(?P<y>(?:18|19|20|21)\d{2})(?P<m>\d{2})?(?P<d>\d{2})?(?:\.0)?")


def moments(values: Sequence[str], *, column: str, us: bool = False) -> list[datetime | None]:
    """Read a column of dates or times.

    Parameters
    ----------
    values
        Cells as text; a week stands for its Monday, a month, quarter or year for its first day.
    column
        Named in the message.
    us
        Whether 1/2/2026 is known to be 2 January; else the column itself must tell, by a day past the 12th.

    Returns
    -------
    list
        A time per cell, with its offset where the cell names one; ``None`` where the cell is empty or no date.

    Raises
    ------
    InputError
        If day and month could be either way round.

    Examples
    --------
    >>> [str(m.date()) for m in moments(["31.01.2026", "2026-W05", "202602", "Q2 2026"], column="when") if m]
    ['2026-01-31', '2026-01-26', '2026-02-01', '2026-04-01']
    """
    month_first = us_order(values, column, us)
    return [moment(value.strip(), month_first) for value in values]


def dated(values: Sequence[str]) -> bool:
    """Whether a column looks like dates: nine in ten cells are, and not as bare numbers such as 2024."""
    filled = [value.strip() for value in values if value.strip()]
    hits = sum(not BARE.fullmatch(value) and moment(value, True) is not None for value in filled)
    hits = max(hits, sum(not BARE.fullmatch(value) and moment(value, False) is not None for value in filled))
    return bool(filled) and hits >= 0.9 * len(filled)


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises
    ------
    SettingError
        If there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SettingError(
            f"There is no time zone '{name}'. Write it as Region/City, such as Europe/Berlin."
        ) from error


def utc(when: datetime | None, local: ZoneInfo) -> datetime | None:
    """Return a time in UTC without its offset; one that names no offset is local."""
    if when is None:
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=local)
    return aware.astimezone(UTC).replace(tzinfo=None)


def us_order(values: Sequence[str], column: str, us: bool) -> bool:
    """Whether the month comes first in dates such as 1/2/2026."""
    pairs = [(int(hit["a"]), int(hit["b"])) for value in values if (hit := SLASHED.fullmatch(value.strip()))]
    day_first = any(a > 12 for a, _ in pairs)
    month_first = any(b > 12 for _, b in pairs)
    if day_first and month_first:
        raise InputError(
            f"Column '{column}' mixes day/month and month/day dates. Write all as year-month-day, such as 2026-01-31."
        )
    if pairs and not day_first and not month_first and not us and any(a != b for a, b in pairs):
        sample = next(value.strip() for value in values if SLASHED.fullmatch(value.strip()))
        raise InputError(
            f"Column '{column}' has dates such as '{sample}' that could be day/month or month/day, and none that "
            "tells. Write them as year-month-day, such as 2026-01-31."
        )
    return month_first or not day_first


def moment(value: str, month_first: bool) -> datetime | None:
    """Read one cell."""
    for form in DAYS:
        if hit := form.fullmatch(value):
            parts = hit.groupdict()
            month = month_number(parts["word"]) if parts.get("word") else int(parts["m"])
            return timed(hit, lambda m=month, p=parts: date(year(p["y"]), m, int(p["d"])))
    if hit := SLASHED.fullmatch(value):
        first, second = int(hit["a"]), int(hit["b"])
        month, day = (first, second) if month_first else (second, first)
        return timed(hit, lambda: date(year(hit["y"]), month, day))
    if hit := WEEK.fullmatch(value):
        return made(lambda: date.fromisocalendar(int(hit["y"]), int(hit["w"]), int(hit["d"] or 1)))
    if hit := QUARTER.fullmatch(value):
        return made(lambda: date(int(hit["y"] or hit["y2"]), 3 * int(hit["q"] or hit["q2"]) - 2, 1))
    if hit := MONTH.fullmatch(value):
        return made(
            lambda: date(int(hit["y"] or hit["y2"]), month_number(hit["word"]) if hit["word"] else int(hit["m"]), 1)
        )
    if hit := BARE.fullmatch(value):
        return made(lambda: date(int(hit["y"]), int(hit["m"] or 1), int(hit["d"] or 1)))
    return None


def made(build: Callable[[], date]) -> datetime | None:
    """Return midnight of a date, or ``None`` where the calendar has no such day."""
    try:
        day = build()
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day)


def timed(hit: re.Match[str], build: Callable[[], date]) -> datetime | None:
    """Add the time of day and the offset that a cell names."""
    when = made(build)
    if when is None or not hit["clock"]:
        return when
    hour, minute, *second = hit["clock"].replace(",", ".").split(":")
    hours = int(hour)
    if hit["half"]:
        hours = hours % 12 + (12 if hit["half"][0] in "Pp" else 0)
    if hours > 23 or int(minute) > 59 or float(second[0] if second else 0) >= 60:
        return None
    when += timedelta(hours=hours, minutes=int(minute), seconds=float(second[0]) if second else 0)
    if not hit["zone"]:
        return when
    if hit["zone"].upper() in {"Z", "UTC", "GMT"}:
        return when.replace(tzinfo=UTC)
    digits = hit["zone"][1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return (when + offset if hit["zone"][0] == "-" else when - offset).replace(tzinfo=UTC)


def month_number(word: str) -> int:
    """Return a month by its English name; 0, which no calendar has, for another word."""
    start = word[:3].lower()
    return MONTHS.index(start) + 1 if start in MONTHS else 0


def year(text: str) -> int:
    """Return a year; two digits lie between 1970 and 2069."""
    number = int(text)
    return number if len(text) == 4 else number + (2000 if number < 70 else 1900)

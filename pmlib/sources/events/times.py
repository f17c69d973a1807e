"""How times are written, and how each way is read: always to UTC, never by guessing a zone."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import available_timezones

from sqlglot import exp

from pmlib.core import InputError, SettingError, nearest
from pmlib.sources.events.fields import literal, parsed, utc_of

Sort = Literal["zoned", "naive", "date", "epoch"]

ISO = r"\d{4}-\d{1,2}-\d{1,2}"
CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"
DOTTED = r"\d{1,2}\.\d{1,2}\.(\d{4}|\d{2})"
SLASHED = r"\d{1,2}[/-]\d{1,2}[/-]\d{4}"
DAY_FIRST, MONTH_FIRST = "day first", "month first"


@dataclass(frozen=True)
class Way:
    """One way to write a time.

    Parameters
    ----------
    pattern
        What the whole text looks like.
    read
        SQL that reads the text ``written``: TIMESTAMPTZ if zoned, TIMESTAMP (UTC) if epoch, else local TIMESTAMP.
    """

    name: str
    sort: Sort
    pattern: str
    read: str


def clocks(day: str, *clock: str) -> str:
    """List the formats of a day with each clock, for ``try_strptime``."""
    return ", ".join(f"'{day} {one}'" for one in clock)


DAY_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%g", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p")
PLAIN = "regexp_replace(replace(replace(written, '-', '/'), ',', ''), '\\s+', ' ', 'g')"

WAYS = (
    Way("ISO with zone", "zoned", f"{ISO}[T ]{CLOCK}{OFFSET}", "TRY_CAST(replace(written, ',', '.') AS TIMESTAMPTZ)"),
    Way(
        "ISO with zone set apart",
        "zoned",
        rf"{ISO}[T ]{CLOCK}\s*({OFFSET}|UTC|GMT)",
        r"TRY_CAST(regexp_replace(replace(replace(replace(written, ',', '.'), 'UTC', 'Z'), 'GMT', 'Z'), "
        r"'\s+([^\s]+)$', '\1') AS TIMESTAMPTZ)",
    ),
    Way("ISO without zone", "naive", f"{ISO}[T ]{CLOCK}", "TRY_CAST(replace(written, ',', '.') AS TIMESTAMP)"),
    Way("ISO date", "date", ISO, "TRY_CAST(TRY_CAST(written AS DATE) AS TIMESTAMP)"),
    Way("compact with zone", "zoned", r"\d{8}T\d{6}Z", "try_strptime(written, '%Y%m%dT%H%M%SZ') AT TIME ZONE 'UTC'"),
    Way("compact", "naive", r"\d{8}T\d{6}", "try_strptime(written, '%Y%m%dT%H%M%S')"),
    Way("yyyymmdd", "date", r"\d{8}", "try_strptime(written, '%Y%m%d')"),
    Way(
        "yyyy/mm/dd with clock",
        "naive",
        rf"\d{{4}}/\d{{1,2}}/\d{{1,2}} {CLOCK}",
        "TRY_CAST(replace(replace(written, '/', '-'), ',', '.') AS TIMESTAMP)",
    ),
    Way("yyyy/mm/dd", "date", r"\d{4}/\d{1,2}/\d{1,2}", "try_strptime(written, '%Y/%m/%d')"),
    Way(
        "dd.mm.yyyy with clock",
        "naive",
        rf"{DOTTED},? {CLOCK}",
        f"try_strptime(replace(written, ',', ''), [{clocks('%d.%m.%y', *DAY_CLOCKS[:4])}, "
        f"{clocks('%d.%m.%Y', *DAY_CLOCKS[:4])}])",
    ),
    Way("dd.mm.yyyy", "date", DOTTED, "try_strptime(written, ['%d.%m.%y', '%d.%m.%Y'])"),
    Way(
        "mm/dd/yyyy with clock",
        "naive",
        rf"{SLASHED},? {CLOCK}(\s?[AaPp][Mm])?",
        f"try_strptime({PLAIN}, [{clocks('%m/%d/%Y', *DAY_CLOCKS)}])",
    ),
    Way("mm/dd/yyyy", "date", SLASHED, f"try_strptime({PLAIN}, '%m/%d/%Y')"),
    Way(
        "seconds since 1970",
        "epoch",
        r"-?\d{9,10}(\.\d+)?",
        "make_timestamp(CAST(round(TRY_CAST(written AS DECIMAL(28, 9)) * 1000000) AS BIGINT))",
    ),
    Way(
        "milliseconds since 1970",
        "epoch",
        r"-?\d{11,13}(\.\d+)?",
        "make_timestamp(CAST(round(TRY_CAST(written AS DECIMAL(28, 9)) * 1000) AS BIGINT))",
    ),
    Way("microseconds since 1970", "epoch", r"-?\d{14,16}", "make_timestamp(TRY_CAST(written AS BIGINT))"),
    Way("nanoseconds since 1970", "epoch", r"-?\d{17,19}", "make_timestamp(TRY_CAST(written AS BIGINT) // 1000)"),
)


@dataclass(frozen=True)
class Declared:
    """What was said about times that do not say it themselves: their zone, and whether the day or month is first."""

    zone: str | None = None
    order: str | None = None


def declared(times: str | None) -> Declared:
    """Read ``times``: a time zone, ``day first`` or ``month first``, or both with a comma between.

    Examples
    --------
    >>> declared("day first, Europe/Berlin")
    Declared(zone='Europe/Berlin', order='day first')
    """
    zone = order = None
    for word in (part.strip() for part in (times or "").split(",") if part.strip()):
        if word.casefold() in (DAY_FIRST, MONTH_FIRST):
            order = word.casefold()
        else:
            zone = known_zone(word, "times")
    return Declared(zone, order)


def known_zone(zone: str, setting: str = "timezone") -> str:
    """Return the time zone if there is one of this name.

    Raises
    ------
    SettingError
        With the nearest name.

    Examples
    --------
    >>> known_zone("Europe/Berlin")
    'Europe/Berlin'
    """
    zones = available_timezones()
    if zone not in zones:
        city = zone.replace(" ", "_").casefold()
        full = [one for one in sorted(zones) if one.casefold().rpartition("/")[2] == city]
        near = f" Did you mean '{full[0]}'?" if full else nearest(zone, zones)
        raise SettingError(
            f"{setting} = '{zone}' is no time zone. Use a name such as Europe/Berlin, America/New_York or UTC.{near}"
        )
    return zone


def way_of(shape: str) -> Way | None:
    """Return the way a text is written; digits may stand for any digits.

    Examples
    --------
    >>> way_of("2026-11-22T10:00:00Z").name
    'ISO with zone'
    >>> way_of("1764000000000").name
    'milliseconds since 1970'
    >>> way_of("soon") is None
    True
    """
    return next((way for way in WAYS if re.fullmatch(way.pattern, shape)), None)


@dataclass(frozen=True)
class Reading:
    """How a column of times is read.

    Parameters
    ----------
    utc
        Reads the column as TIMESTAMP in UTC; null where it cannot be read.
    dates
        Whether there are only dates, no times of day.
    words
        How the times were written.
    ways
        How many rows are written in each way; ``""`` for those in no known way.
    """

    utc: exp.Expr
    dates: bool
    words: str
    ways: Mapping[str, int]


def counted(shapes: Mapping[str, int]) -> Counter[str]:
    """Count the rows by way from the shapes of their texts (all digits 9); ``""`` is no known way."""
    ways: Counter[str] = Counter()
    for shape, count in shapes.items():
        way = way_of(shape)
        ways[way.name if way else ""] += count
    return ways


def sorts(ways: Mapping[str, int]) -> Counter[Sort]:
    """Count the rows by sort: with a zone, without, dates, numbers."""
    found: Counter[Sort] = Counter()
    for way in WAYS:
        if ways.get(way.name):
            found[way.sort] += ways[way.name]
    return found


def in_zone(local: exp.Expr, zone: str) -> exp.Expr:
    """Turn local times into UTC."""
    return utc_of(parsed("local AT TIME ZONE zone", local=local, zone=literal(zone)))


def of_type(field: exp.Expr, kind: str, said: Declared, timezone: str, *, midnights: bool = False) -> Reading | None:
    """Read a column that holds times or dates already, or return None if it needs a zone.

    Parameters
    ----------
    kind
        ``"zoned"``, ``"naive"`` or ``"date"``.
    midnights
        Whether all times without a zone are midnight, so that they are dates.
    """
    if kind == "zoned":
        return Reading(utc_of(field), False, "moments with a zone", {})
    local = parsed("CAST(field AS TIMESTAMP)", field=field)
    if kind == "date" or midnights:
        return Reading(in_zone(local, timezone), True, "dates", {})
    if said.zone:
        return Reading(in_zone(local, said.zone), False, f"times read as {said.zone}", {})
    return None


def of_text(
    written: exp.Expr, ways: Mapping[str, int], said: Declared, timezone: str, *, local_epoch: bool = False
) -> Reading:
    """Read a column of texts by the ways they are written in.

    Parameters
    ----------
    ways
        The rows by way, from :func:`counted`; none may need a zone that was not said.
    local_epoch
        Whether numbers count from 1970 in the declared zone instead of UTC, as old Mixpanel projects write them.
    """
    used = [way for way in WAYS if ways.get(way.name)]
    # A date among times without a zone is that zone's midnight; dates alone are days where the report is read.
    alone = all(way.sort == "date" for way in used)
    zone = timezone if alone else said.zone or timezone
    branches = []
    for way in used:
        read = way.read
        if said.order == DAY_FIRST:
            read = read.replace("%m/%d/", "%d/%m/")
        value = parsed(read, written=written)
        if way.sort == "zoned":
            value = utc_of(value)
        elif way.sort != "epoch" or (local_epoch and said.zone):
            value = in_zone(value, zone)
        branches.append((way, value))
    if len(branches) == 1 and not ways.get(""):
        utc = branches[0][1]
    else:
        case = exp.Case()
        for way, value in branches:
            fits = parsed("regexp_full_match(written, pattern)", written=written, pattern=literal(way.pattern))
            case = case.when(fits, value)
        utc = exp.paren(case)
    names = ", ".join(way.name for way in used)
    if said.order == DAY_FIRST:
        names = names.replace("mm/dd/", "dd/mm/")
    return Reading(utc, alone and bool(used), names, dict(ways))


def refuse_mixed(column: str, shown: str, ways: Mapping[str, int], said: Declared) -> None:
    """Refuse times with and without a zone in one column, unless a zone was said.

    Raises
    ------
    InputError
        With the counts.
    """
    kinds = sorts(ways)
    fixed = kinds["zoned"] + kinds["epoch"]
    loose = kinds["naive"] + kinds["date"]
    if fixed and loose and not said.zone:
        raise InputError(
            f"'{column}' of {shown} mixes {fixed:,} times with a zone and {loose:,} without one. Say which zone the "
            'others are in: times="Europe/Berlin" or times="UTC" (in TOML: times = "UTC"), or export them alike.'
        )


def needs_zone(column: str, shown: str, example: str, timezone: str) -> InputError:
    """Say that times need a zone."""
    zone = timezone if timezone != "UTC" else "Europe/Berlin"
    return InputError(
        f"The times in '{column}' of {shown} name no time zone (found {example}; expected 2026-11-22T10:00:00Z). "
        f'Say which zone they are in: times="{zone}" or times="UTC" (in TOML: times = "{zone}").'
    )


def order_of(column: str, shown: str, first: int, second: int, said: Declared) -> Declared:
    """Tell from the greatest first and second numbers whether dates such as 03/11/2026 begin with day or month.

    Raises
    ------
    InputError
        If both orders occur, neither number passes 12 and nothing was said, or what was said cannot be.
    """
    if said.order:
        months, days = (second, first) if said.order == DAY_FIRST else (first, second)
        if months > 12 >= days:
            other = MONTH_FIRST if said.order == DAY_FIRST else DAY_FIRST
            raise InputError(
                f"'{column}' of {shown} cannot be {said.order}: its months would go up to {months}. "
                f'Say times="{other}", or leave it out.'
            )
        return said
    if first > 12 and second > 12:
        raise InputError(
            f"'{column}' of {shown} has dates with the day first (up to {first}/..) and with the month first "
            f"(up to ../{second}). Export it with dates such as 2026-11-22."
        )
    if first <= 12 and second <= 12:
        raise InputError(
            f"'{column}' of {shown} does not show whether 03/11/2026 is 3 November or 11 March: no day is past the "
            f'12th. Say times="day first" or times="month first" (with a zone: times="day first, Europe/Berlin").'
        )
    return Declared(said.zone, DAY_FIRST if first > 12 else MONTH_FIRST)

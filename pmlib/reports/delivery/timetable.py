"""The schedule of a pack, written for what starts it: cron, systemd or GitHub's workflows."""

import json
import re
import shlex
import sys
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from pmlib.core import SettingError
from pmlib.core.periods import WEEKDAYS
from pmlib.reports.delivery.overdue import Watched, watched
from pmlib.reports.delivery.wording import line
from pmlib.reports.packs.pack import Pack, slug
from pmlib.reports.packs.settings import Schedule
from pmlib.reports.runs.records import home

CHECK = 17
"""The minute of the hour at which it is asked whether a run did not come."""
QUARTERS = (0, 15, 30, 45)
DAYS = 800
"""Days over which a time zone's offsets are collected."""
UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|\$\{\{")


def timetable(path: Path, emit: str, now: datetime) -> str:
    """Return the definition that makes a pack run at the slots of its ``[schedule]``.

    Parameters
    ----------
    emit
        ``"cron"``, ``"systemd"`` or ``"github"``.
    now
        From when on a time zone's offsets count.

    Raises
    ------
    PmlibError
        If the pack cannot be read, has no schedule, or a path cannot be written there.
    """
    found = watched(path)
    kinds = {"cron": cron, "systemd": systemd, "github": github}
    schedule = found.schedule
    day = "each day" if schedule.day == "daily" else f"each {schedule.day.title()}"
    values = {
        "title": line(found.pack.title, 80),
        "when": f"{day} at {schedule.time} ({schedule.timezone})",
        "name": f"pmlib-{slug(path.stem) or 'pack'}",
        "check": str(CHECK),
        "zone": schedule.timezone,
    }
    written = kinds[emit](path.resolve(), found, now)
    template = resources.files("pmlib.reports.delivery").joinpath("templates", f"{emit}.txt").read_text("utf-8")
    return filled(template, values | written)


def filled(template: str, values: dict[str, str]) -> str:
    """Put values into a template, in one pass: what stands in a value is never taken for a name.

    Examples
    --------
    >>> filled("@a@ b@v4", {"a": "@b@", "b": "x"})
    '@b@ b@v4'
    """
    return re.sub(r"@([a-z_]+)@", lambda found: values.get(found[1], found[0]), template)


def cron(path: Path, found: Watched, now: datetime) -> dict[str, str]:
    """Write the values of a table of cron; a per cent sign would end a command there."""

    def word(place: Path | str) -> str:
        return shlex.quote(safe(str(place))).replace("%", "\\%")

    minute = int(found.schedule.time[3:]) % 15
    names = ", ".join(variables(found.pack))
    needed = f"Set these above the lines, as NAME=value: {names}." if names else "This pack needs none."
    return {
        "minutes": ",".join(str(minute + quarter) for quarter in QUARTERS),
        "home": word(home(found.out)),
        "python": word(sys.executable),
        "pack": word(path),
        "needed": needed,
    }


def systemd(path: Path, found: Watched, now: datetime) -> dict[str, str]:
    """Write the values of systemd's files."""
    names = ", ".join(variables(found.pack))
    needed = f"The service needs these variables: {names}." if names else "The service needs no variables of its own."
    return {
        "described": line(found.pack.title, 80).replace("%", "%%").replace("\\", "/"),
        "python": in_unit(sys.executable),
        "pack": in_unit(str(path)).replace("$", "$$"),
        "slot": on_calendar(found.schedule),
        "again": on_calendar(found.schedule, hours=1),
        "needed": needed,
    }


def github(path: Path, found: Watched, now: datetime) -> dict[str, str]:
    """Write the values of a workflow; its folders are named from the top of the repository."""
    top = next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)
    places = {"pack": path, "home": home(found.out), "out": found.out}
    for place in places.values():
        if not place.is_relative_to(top):
            raise SettingError(f"{place} lies outside the repository {top}, where no workflow can keep it. Move it in.")
    inside = {name: safe(place.relative_to(top).as_posix()) for name, place in places.items()}
    if any(re.search(r"[*?\[\]!#~]|^\s|\s$", inside[name]) for name in ("home", "out")):
        raise SettingError(f"The folder {inside['out']} has signs that a workflow reads as a pattern. Rename it.")
    crons = [f"    - cron: {json.dumps(words)}" for words in utc_crons(found.schedule, now)]
    secrets = [f"      {name}: ${{{{ secrets.{name} }}}}" for name in variables(found.pack)]
    return {
        "title": line(found.pack.title, 80),
        "yaml_title": json.dumps(safe(line(found.pack.title, 80).replace("\\", "/"))),
        "yaml_pack": json.dumps(inside["pack"]),
        "home": inside["home"],
        "out": inside["out"],
        "yaml_out": json.dumps(inside["out"]),
        "crons": "\n".join(crons),
        "secrets": "\n".join(secrets) or "      # no secrets",
    }


def utc_crons(schedule: Schedule, now: datetime) -> list[str]:
    """Return the slot as cron lines in UTC, one an offset of its zone, and a daily line after the grace.

    Examples
    --------
    >>> utc_crons(Schedule(day="monday", time="06:00", timezone="Europe/Berlin"), datetime(2026, 11, 23, tzinfo=UTC))
    ['0 4 * * 1', '0 5 * * 1', '0 7 * * *']
    >>> utc_crons(Schedule(day="monday", time="06:00", timezone="Asia/Kathmandu"), datetime(2026, 11, 23, tzinfo=UTC))
    ['15 0 * * 1', '15 2 * * *']
    >>> utc_crons(Schedule(day="monday", time="06:00", timezone="Pacific/Apia"), datetime(2026, 11, 23, tzinfo=UTC))
    ['0 17 * * 0', '0 19 * * *']
    """
    zone = ZoneInfo(schedule.timezone)
    offsets = {(now + timedelta(days=day)).astimezone(zone).utcoffset() or timedelta() for day in range(DAYS)}
    hour, minute = int(schedule.time[:2]), int(schedule.time[3:])
    # A Monday in a week of its own, for only weekday and clock count.
    weekday = 0 if schedule.day == "daily" else WEEKDAYS.index(schedule.day)
    moments = [datetime(2024, 1, 8 + weekday, hour, minute, tzinfo=UTC) - offset for offset in sorted(offsets)]
    days = ["*" if schedule.day == "daily" else str(one.isoweekday() % 7) for one in moments]
    lines = [f"{one.minute} {one.hour} * * {day}" for one, day in zip(moments, days, strict=True)]
    check = max(moments) + timedelta(minutes=schedule.grace_minutes)
    return [*reversed(lines), f"{check.minute} {check.hour} * * *"]


def on_calendar(schedule: Schedule, *, hours: int = 0) -> str:
    """Return the slot, or a time some hours after it, as systemd writes it.

    Examples
    --------
    >>> on_calendar(Schedule(day="sunday", time="23:30", timezone="Africa/Cairo"), hours=1)
    'Mon *-*-* 00:30:00 Africa/Cairo'
    """
    hour = int(schedule.time[:2]) + hours
    day = ""
    if schedule.day != "daily":
        day = f"{WEEKDAYS[(WEEKDAYS.index(schedule.day) + hour // 24) % 7][:3].title()} "
    return f"{day}*-*-* {hour % 24:02}:{schedule.time[3:]}:00 {schedule.timezone}"


def in_unit(path: str) -> str:
    """Quote a path for a command of systemd, which reads per cent signs and quotes."""
    return '"' + safe(path).replace('"', '\\"').replace("%", "%%") + '"'


def safe(path: str) -> str:
    """Return a text that can stand in a definition.

    Raises
    ------
    SettingError
        If it has signs that no quoting keeps.
    """
    if UNSAFE.search(path):
        raise SettingError(f"{line(path)} has line breaks, backslashes or '${{{{' in its name. Rename it first.")
    return path


def variables(pack: Pack) -> list[str]:
    """Return the variables a pack refers to, in order."""
    return sorted(set(re.findall(r'(?<=")env:([A-Za-z_]\w*)(?=")', pack.model_dump_json())))

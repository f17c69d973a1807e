"""Whether a run is due, and whether one should have come and did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pmlib.core import SettingError
from pmlib.core.periods import day_text
from pmlib.reports.delivery.news import Item, Json, News, missing, page_of
from pmlib.reports.delivery.slots import last_slot, next_slot, slot_text
from pmlib.reports.delivery.wording import line
from pmlib.reports.packs.pack import Pack, ReportSpec, load_pack
from pmlib.reports.packs.parameters import notebook_at, title_of
from pmlib.reports.packs.settings import Schedule
from pmlib.reports.runs import records


@dataclass(frozen=True)
class Watched:
    """A pack with its schedule and the runs into its folder."""

    pack: Pack
    schedule: Schedule
    out: Path
    runs: Sequence[Json]


def watched(path: Path, out: Path | None = None) -> Watched:
    """Read a pack that has a schedule, and the records of its runs; no source is looked at.

    Raises
    ------
    PmlibError
        If the pack cannot be read or has no schedule.
    """
    pack, base = load_pack(path)
    if pack.schedule is None:
        raise SettingError(f"{path.name} has no schedule. Add [schedule] with day, time and timezone.")
    folder = (out or base / pack.out).resolve()
    return Watched(pack, pack.schedule, folder, records.runs(folder))


def counts(record: Json) -> bool:
    """Whether a run stands for the pack's slot: all of it, as it is written, and not broken off.

    A backfill, a run for another day, of some reports or with other parameters stands for none.
    """
    if record.get("asked") or record["state"] in {"cancelled", "killed"}:
        return False
    return record["state"] != "running" or records.alive(record)


def due(runs: Sequence[Json], schedule: Schedule, now: datetime) -> bool:
    """Whether a slot has come since the last run began.

    Parameters
    ----------
    runs
        The records of all runs into the folder, also of those that go on.
    """
    slot = last_slot(schedule, now)
    return not any(counts(one) and datetime.fromisoformat(one["began"]) >= slot for one in runs)


def awaited(path: Path, out: Path | None, now: datetime) -> str:
    """Return ``""`` where a run of a pack is due, else when the next will be.

    Raises
    ------
    PmlibError
        If the pack cannot be read or has no schedule.
    """
    found = watched(path, out)
    if due(found.runs, found.schedule, now):
        return ""
    return f"Nothing is due; the next run is due on {slot_text(found.schedule, next_slot(found.schedule, now))}."


def came_late(schedule: Schedule, began: datetime, earlier: Sequence[Json]) -> str:
    """Say that a run came when it had been given up; ``""`` for one that came in time or was not the first."""
    slot = last_slot(schedule, began)
    late = began - slot > timedelta(minutes=schedule.grace_minutes)
    first = not any(counts(one) and datetime.fromisoformat(one["began"]) >= slot for one in earlier)
    return f"The run of {slot_text(schedule, slot)} came late." if late and first and earlier else ""


def overdue(found: Watched, now: datetime) -> News | None:
    """Return what should have come and did not; ``None`` where all is there.

    A run is missing when its grace is over and none that stands for the slot has ended; a report is old when its last
    good page was older at the slot than ``max_age_days`` allows.
    """
    slot = last_slot(found.schedule, now - timedelta(minutes=found.schedule.grace_minutes))
    ended = [one for one in found.runs if one["ended"]]
    there = any(counts(one) and datetime.fromisoformat(one["began"]) >= slot for one in ended)
    day = slot.astimezone(ZoneInfo(found.schedule.timezone)).date()
    old = [item for one in found.pack.report if (item := aged(one, found.pack, ended, day))]
    absent = ""
    if not there:
        goes = any(one["state"] == "running" and counts(one) for one in found.runs)
        how = "has not ended yet" if goes else "has not come"
        absent = f"The run of {slot_text(found.schedule, slot)} {how}."
    return missing(found.pack.title, slot.isoformat(), absent, old) if absent or old else None


def aged(report: ReportSpec, pack: Pack, ended: Sequence[Json], day: date) -> Item | None:
    """Say of a report that its last good page is older than allowed on a day."""
    most = pack.max_age_days if report.max_age_days is None else report.max_age_days
    if most is None:
        return None
    good = [
        (run, entry)
        for run in sorted(ended, key=lambda one: (one["as_of"], one["ended"]))
        for entry in run["reports"]
        if entry["id"] == report.id and records.published(run, entry)
    ]
    if not good:
        file = Path(report.notebook)
        title = line(report.title or title_of(notebook_at(file), file), 120)
        return Item(report.id, title, "missing", "There is no good page of it yet.")
    run, entry = good[-1]
    through = date.fromisoformat(entry["through"] or run["as_of"])
    age = (day - through).days
    if age <= most:
        return None
    why = f"Its data end on {day_text(through, year=True)}, {age} days before the run; the pack allows {most}."
    return Item(report.id, line(entry["title"], 120), "missing", "", why, page=page_of(run, report.id))

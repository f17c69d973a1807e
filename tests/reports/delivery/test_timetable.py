"""What is printed for cron, systemd and GitHub starts each slot once, and nothing else."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from pmlib.cli.sending import schedule as command
from pmlib.reports.delivery.overdue import due
from pmlib.reports.delivery.slots import slots
from pmlib.reports.delivery.timetable import timetable
from pmlib.reports.packs.settings import Schedule
from tests.conftest import absent
from tests.reports.delivery.posts import entry, record
from tests.reports.toys import write

NOW = datetime(2026, 11, 23, tzinfo=UTC)
START, END = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 12, 15, tzinfo=UTC)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia"]


def pack(folder: Path, day: str = "monday", time: str = "06:00", zone: str = "Europe/Berlin", name: str = "weekly"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(
        f'title = "Weekly\\nreview 100% $HOME"\nout = "pages"\n[schedule]\nday = "{day}"\ntime = "{time}"\n'
        f'timezone = "{zone}"\n[webhook]\nurl = "env:HOOK"\n[[report]]\nnotebook = "good.ipynb"\n',
        encoding="utf-8",
    )
    write(folder, "good")
    return path


def fires(line: str, zone: str) -> list[datetime]:
    """When a line of cron fires on a machine of a zone: minute, hour and weekday of its clock, each minute once."""
    minutes, hours, _, _, weekdays = line.split()[:5]
    local, found = ZoneInfo(zone), []
    now = START
    while now < END:
        clock = now.astimezone(local)
        fits = [(minutes, clock.minute), (hours, clock.hour), (weekdays, clock.isoweekday() % 7)]
        if all(words == "*" or str(value) in words.split(",") for words, value in fits):
            found.append(now)
        now += timedelta(minutes=15)
    return found


def held(moments: list[datetime], schedule: Schedule, within: timedelta) -> None:
    """Walk through the moments with --due: each slot is started once, soon after it has come."""
    runs, began = [], []
    for now in sorted({one for one in moments if one < END}):
        if due(runs, schedule, now):
            runs = [record(entry("a"), began=now.isoformat())]
            began.append(now)
    expected = [slot for slot in slots(schedule, START, END) if slot <= max(moments)]
    # The first moment of all makes up for the slot before it.
    made = [one for one in began if one >= expected[0]]
    assert len(made) == len(expected) > 50
    assert all(timedelta(0) <= one - slot < within for one, slot in zip(made, expected, strict=True))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("day", "time"), [("monday", "06:00"), ("sunday", "02:15"), ("friday", "00:00")])
def test_the_lines_for_github_start_each_slot_once_within_an_hour(tmp_path, zone, day, time):
    path = pack(tmp_path, day, time, zone)
    lines = re.findall(r'- cron: "(.+)"', timetable(path, "github", NOW))
    assert len(lines) in {2, 3}
    held(
        [moment for line in lines for moment in fires(line, "UTC")],
        Schedule(day=day, time=time, timezone=zone),
        timedelta(minutes=61),
    )


@pytest.mark.parametrize("machine", ["UTC", "Australia/Adelaide", "America/New_York"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Africa/Cairo"])
def test_the_lines_for_cron_start_each_slot_once_whatever_the_machines_clock(tmp_path, zone, machine):
    path = pack(tmp_path, "friday", "00:00", zone)
    line = next(one for one in timetable(path, "cron", NOW).splitlines() if "--due" in one and one[0] != "#")
    held(fires(line, machine), Schedule(day="friday", time="00:00", timezone=zone), timedelta(minutes=15))


@pytest.mark.parametrize("name", ["weekly", "50% 'off' $(touch x) \"q\" & ünï", "-rf"])
def test_paths_are_quoted_for_the_shell_and_for_cron(tmp_path, name):
    path = pack(tmp_path / name, name=name)
    lines = [one for one in timetable(path, "cron", NOW).splitlines() if one and one[0] != "#"]
    assert len(lines) == 2
    for line in lines:
        words = line.split(maxsplit=5)[5]
        assert not re.search(r"(?<!\\)%", words)
        words = words.replace("\\%", "%")  # as cron hands it on
        subprocess.run(["sh", "-n", "-c", words], check=True)
        read = shlex.split(words)
        assert sys.executable in read
        assert str(path.resolve()) in read
    assert str(path.parent.resolve() / ".pmlib") == shlex.split(lines[0].split(maxsplit=5)[5].replace("\\%", "%"))[2]


@pytest.mark.parametrize("emit", ["cron", "systemd", "github"])
def test_a_name_no_quoting_keeps_is_refused(tmp_path, emit):
    for name in ("a\nb", "a\\b", "a${{ secrets.X }}"):
        path = pack(tmp_path, name=name)
        result = CliRunner().invoke(command, [str(path), "--emit", emit])
        assert result.exit_code == 2, name
        assert "Rename it first." in result.output


def units(text: str) -> dict[str, str]:
    """Cut what is printed for systemd into its files."""
    parts = re.split(r"^# ==> (\S+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def analyze(*words: str, zone: str = "UTC") -> str:
    if not shutil.which("systemd-analyze"):
        absent("no systemd-analyze is installed")
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, env=os.environ | {"TZ": zone, "LC_ALL": "C"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("zone", "day", "time"),
    [("Europe/Berlin", "sunday", "02:30"), ("Africa/Cairo", "friday", "00:00"), ("Asia/Kathmandu", "daily", "23:45")],
)
def test_systemd_itself_starts_each_slot_once(tmp_path, zone, day, time):
    timer = units(timetable(pack(tmp_path, day, time, zone), "systemd", NOW))["pmlib-weekly.timer"]
    moments = []
    for words in re.findall(r"^OnCalendar=(.+)$", timer, re.MULTILINE):
        count = "400" if day == "daily" else "57"
        told = analyze("calendar", f"--iterations={count}", "--base-time=2026-12-01", words)
        stamps = re.findall(r"(?:Next elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC", told)
        moments += [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in stamps]
    assert len(moments) > 100
    held(moments, Schedule(day=day, time=time, timezone=zone), timedelta(minutes=61))


def test_systemd_takes_the_files_as_they_are_printed(tmp_path):
    path = pack(tmp_path / '50% o\'f $HOME "q"', name="weekly")
    written = units(timetable(path, "systemd", NOW))
    assert sorted(written) == [
        "pmlib-weekly-overdue.service",
        "pmlib-weekly-overdue.timer",
        "pmlib-weekly.service",
        "pmlib-weekly.timer",
    ]
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    told = analyze("verify", "--man=no", *(str(tmp_path / name) for name in sorted(written)))
    assert "pmlib-weekly" not in told
    assert "Persistent=true" in written["pmlib-weekly.timer"]
    assert "OnCalendar=Mon *-*-* 06:00:00 Europe/Berlin" in written["pmlib-weekly.timer"]
    assert "50%% o'f $$HOME" in written["pmlib-weekly.service"]


def test_the_workflow_is_yaml_with_memory_and_the_check(tmp_path):
    (tmp_path / ".git").mkdir()
    path = pack(tmp_path / "team: #1", name="weekly")
    # The folder's sharp sign would begin a comment where it is not quoted.
    result = CliRunner().invoke(command, [str(path), "--emit", "github"])
    assert result.exit_code == 2
    assert "reads as a pattern" in result.output
    path = pack(tmp_path / 'team "a": b', name="weekly")
    text = timetable(path, "github", NOW)
    try:
        import yaml
    except ImportError:
        absent("PyYAML is not installed")
    read = yaml.safe_load(text)
    # YAML 1.1 reads the word "on" as true.
    assert [one["cron"] for one in read[True]["schedule"]] == ["0 4 * * 1", "0 5 * * 1", "0 7 * * *"]
    job = read["jobs"]["reports"]
    assert job["env"] == {"PACK": 'team "a": b/weekly.toml', "HOOK": "${{ secrets.HOOK }}"}
    steps = job["steps"]
    assert steps[3]["with"]["path"].split("\n")[:2] == ['team "a": b/.pmlib', 'team "a": b/pages']
    assert [step["run"] for step in steps if "run" in step][1:] == [
        'python -m pmlib run "$PACK" --due',
        'python -m pmlib overdue "$PACK"',
    ]
    assert read["name"] == "Weekly review 100% $HOME"
    assert read["permissions"] == {"contents": "read"}


def test_a_pack_without_a_schedule_is_refused(tmp_path):
    path = pack(tmp_path)
    path.write_text('[[report]]\nnotebook = "good.ipynb"')
    result = CliRunner().invoke(command, [str(path), "--emit", "cron"])
    assert result.exit_code == 2
    assert "Add [schedule]" in result.output

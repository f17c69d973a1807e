"""From a pack to jobs: sources looked at once, and why a report cannot be run."""

import json
import re
import shutil
from datetime import date

import nbformat
import pytest

from pmlib import sources
from pmlib.core import SettingError
from pmlib.reports.packs.plan import Looks, Wishes, plan
from tests.reports.runs.weeks import weekly, weekly_pack
from tests.reports.toys import pack as toys

TODAY = date(2026, 11, 25)


def over(folder, kind: str, content: bytes | None, name: str):
    """Plan a report over one source of a kind."""
    cell = nbformat.v4.new_code_cell(f"source: str = ''  # the source [{kind}]")
    cell.metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "one.ipynb")
    if content is not None:
        (folder / name).write_bytes(content)
    (folder / "pack.toml").write_text(f'[[report]]\nnotebook = "one.ipynb"\n[report.parameters]\nsource = "{name}"')
    return plan(folder / "pack.toml", Wishes(), TODAY).jobs[0]


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("events", "e.csv", b""),
        ("events", "e.csv", b"user_id,event,ts\n"),
        ("events", "e.csv", b"user_id,event,ts\nu1,opened,2999-11-01T10:00:00Z\nu2,opened,2999-11-01T10:00:00Z\n"),
        ("survey", "s.csv", b"respondent,How likely?\n"),
        ("interviews", "i.vtt", b"WEBVTT\n\n"),
        ("series", "m.csv", b"date,value\n"),
        ("units", "u.csv", b"user_id,arm\n"),
        ("units", "u.csv", b"user_id,arm\n,\n,\n"),
        ("file", "f.csv", b""),
    ],
)
def test_a_source_without_rows_is_said_to_hold_none(tmp_path, kind, name, content):
    refused = over(tmp_path, kind, content, name).refused
    assert refused.startswith("one: 'source' holds no rows: ")
    assert "cannot be read" not in refused


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("events", "gone.csv", None),
        ("events", "e.csv", b"a,b\n1,2\n3,4\n"),
        ("events", "e.csv", b"user_id,event,ts\n,opened,2026-11-01\n,opened,2026-11-02\n"),
        ("events", "e.parquet", b"PAR1 not really"),
        ("survey", "s.xlsx", b"no workbook"),
        ("series", "m.csv", b"when,what\nx,y\nx,z\n"),
        ("units", "u.csv", b"user_id,what\nu1,2\n"),
        ("events", "pack.toml#nothing", None),
    ],
)
def test_a_source_that_cannot_be_read_is_said_so(tmp_path, kind, name, content):
    refused = over(tmp_path, kind, content, name).refused
    assert refused.startswith("one: 'source' cannot be read: ")


def test_reports_share_the_look_at_a_source_and_so_do_plans(tmp_path, monkeypatch):
    for name in ("counts", "again", "whole"):
        weekly(tmp_path, name, as_of=name != "whole")
    path = weekly_pack(tmp_path, "counts", "again", "whole")
    real, asked = sources.look, []
    monkeypatch.setattr(sources, "look", lambda *words: asked.append(words) or real(*words))
    looks: Looks = {}
    first = plan(path, Wishes(), TODAY, looks)
    assert len(asked) == 1
    past = plan(path, Wishes(as_of="2026-11-15"), TODAY, looks)
    assert len(asked) == 1
    assert {job.first for job in first.jobs} == {date(2026, 10, 28)}
    assert [job.through for job in first.jobs] == [date(2026, 11, 23)] * 3
    # What counts up to a day reaches no further; what knows no day reaches as far as its source.
    assert [job.through for job in past.jobs] == [date(2026, 11, 15), date(2026, 11, 15), date(2026, 11, 23)]


PASSWORDS = [
    "postgresql://ada:hunter2@db.example.org/x",
    "postgres://:hunter2@db/x",
    "snowflake://ada:hunter2%40%2F@account/db",
    "https://ada:hunter2@example.org/export.csv",
    "see HTTPS://ada:hunter2@example.org",
    "postgresql://ada:hun/ter#2?@db/x",
]


@pytest.mark.parametrize("address", PASSWORDS)
@pytest.mark.parametrize("place", ["given", "pack", "report", "name", "source"])
def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path, address, place):
    weekly(tmp_path, "counts")
    path = weekly_pack(tmp_path, "counts")
    given = {"given": {"events": address}, "name": {address: "1"}}.get(place, {})
    lines = {
        "pack": path.read_text().replace('"e.csv"', f'"{address}"'),
        "report": f'{path.read_text()}[report.parameters]\nevents = "{address}"',
        "source": f'{path.read_text()}[source.events]\npath = "{address}"',
    }
    path.write_text(lines.get(place, path.read_text()))
    with pytest.raises(SettingError, match=r"holds an address with a password.*env:WAREHOUSE_URL") as error:
        plan(path, Wishes(parameters=given), TODAY)
    assert "ter2" not in str(error.value)
    assert "ada" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["https://example.org:8080/a@b", "https://example.org:8080", "ada@example.org", "a: b://c @ d", "16:00 @ x"]
)
def test_what_holds_no_password_is_taken(tmp_path, text):
    weekly(tmp_path, "counts")
    path = weekly_pack(tmp_path, "counts", more=f'notes = "{text}"')
    assert plan(path, Wishes(), TODAY).jobs[0].refused == ""
    shutil.copy(path, tmp_path / "other.toml")
    assert plan(tmp_path / "other.toml", Wishes(), TODAY).title == "Toys"


def with_segments(folder, segment: str = "", by: str = "") -> dict:
    """Plan a notebook that takes a segment and parts, with two segments in the pack, and return its parameters."""
    make = nbformat.v4
    cell = make.new_code_cell("segment: str = ''  # only these [segment]\nby: str = ''  # parts to compare [parts]")
    cell.metadata["tags"] = ["parameters"]
    nbformat.write(make.new_notebook(cells=[make.new_markdown_cell("# One"), cell]), folder / "one.ipynb")
    path = folder / "pack.toml"
    path.write_text(
        "[segments]\nphones = \"platform IN ('ios', 'android')\"\nweb = \"platform = 'web'\"\n"
        f'[[report]]\nnotebook = "one.ipynb"\nparameters = {{segment = "{segment}", by = "{by}"}}\n'
    )
    return plan(path, Wishes(), TODAY).jobs[0].parameters


def test_a_segment_is_named_once_in_the_pack(tmp_path):
    named = with_segments(tmp_path, "phones", "phones, web")
    assert named["segment"] == "platform IN ('ios', 'android')"
    assert named["by"] == "phones: platform IN ('ios', 'android'); web: platform = 'web'"
    # A condition and a property are taken as they are.
    plain = with_segments(tmp_path, "country = 'DE'", "channel")
    assert (plain["segment"], plain["by"]) == ("country = 'DE'", "channel")
    with pytest.raises(SettingError, match=r"no segment 'phone'; there is phones, web\. Did you mean 'phones'"):
        with_segments(tmp_path, "phone")


LOG = """user_id,event,ts,platform
u1,signed_up,2026-11-02T10:00:00Z,ios
u1,"paid, in full",2026-11-03T10:00:00Z,ios
u2,signed_up,2026-11-04T10:00:00Z,web
u2,opened,2026-11-20T10:00:00Z,web
"""
NAMING = """events: str = ''  # usage events [events]
start: str = ''  # [event]
steps: str = ''  # [event list]
account: str = ''  # [property]
segment: str = ''  # [segment]
by: str = ''  # [parts]
metric: str = ''  # [metric]
weeks: int = 8  # [4..104]"""


def naming(folder, *, settings: str = "", given: dict[str, str] | None = None):
    """Plan a report whose parameters name things, and one that names nothing."""
    cell = nbformat.v4.new_code_cell(NAMING)
    cell.metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "names.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=[]), folder / "other.ipynb")
    (folder / "log.csv").write_text(LOG)
    (folder / "pack.toml").write_text(
        "[segments]\nphones = \"platform = 'ios'\"\nweb = \"platform = 'web'\"\n"
        f"[[report]]\nnotebook = 'names.ipynb'\n[report.parameters]\nevents = 'log.csv'\n{settings}\n"
        "[[report]]\nnotebook = 'other.ipynb'\n"
    )
    return plan(folder / "pack.toml", Wishes(parameters=given), TODAY)


WRONG = [
    ("start", "signd_up", r"'start' is 'signd_up'. No event is called 'signd_up'; there is .*Did you mean 'signed_up'"),
    ("steps", "signed_up, opend", r"No event is called 'opend'; .*Did you mean 'opened'"),
    ("steps", 'signed_up, "paid, in ful"', r"No event is called 'paid, in ful'; .*Did you mean 'paid, in full'"),
    ("account", "platfrom", r"have no property 'platfrom'; there is platform\. Did you mean 'platform'"),
    ("segment", "platfrom = 'ios'", r"'segment' is .*'platfrom'.*Did you mean 'platform'"),
    ("by", "plattform", r"a property: platform; a segment: phones, web\. Did you mean 'platform'"),
    ("by", "phone", r"Did you mean 'phones'"),
    ("metric", "active_user", r"There is no metric 'active_user'; .*Did you mean 'active_users'"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_name_that_is_not_there_is_told_before_anything_runs(tmp_path, name, value, words):
    # Tried on the command line it is an error; in the pack its report alone cannot be made.
    with pytest.raises(SettingError, match=words):
        naming(tmp_path, given={name: value})
    planned = naming(tmp_path, settings=f"{name} = {json.dumps(value)}")
    assert re.search(words, planned.jobs[0].refused)
    assert planned.jobs[0].refused.startswith("names: ")
    assert planned.jobs[1].refused == ""


@pytest.mark.parametrize("asked", [{"given": {"by": "phones, wb"}}, {"settings": "by = 'phones, wb'"}])
def test_a_segment_misspelt_in_a_list_is_named_with_the_nearest(tmp_path, asked):
    words = "There is no segment 'wb'; there is phones, web. Did you mean 'web'?"
    with pytest.raises(SettingError, match=re.escape(words)):
        naming(tmp_path, **asked)


def test_names_that_are_there_pass(tmp_path):
    settings = """start = "signed_up"
steps = 'signed_up, "paid, in full", opened'
account = "platform"
segment = "phones"
by = "phones, web"
metric = "active_users"
"""
    planned = naming(tmp_path, settings=settings)
    assert [job.refused for job in planned.jobs] == ["", ""]
    assert planned.jobs[0].parameters["segment"] == "platform = 'ios'"
    for by in ("platform", "a: platform = 'ios'; b: platform = 'web'", ""):
        assert naming(tmp_path, given={"by": by}).jobs[0].refused == ""


OWN = """[trips]
title = "trips"
kind = "flow"
unit = "count"
sql = "{sql}"
"""
NEVER = "count(*) FILTER (event = 'opend')"


def test_a_metric_whose_event_never_occurs_is_told_before_anything_runs(tmp_path):
    (tmp_path / "metrics.toml").write_text(OWN.format(sql=NEVER))
    words = r"'metric' is 'trips'\. trips names the event 'opend', which never occurs\. Did you mean 'opened'\?"
    with pytest.raises(SettingError, match=words):
        naming(tmp_path, given={"metric": "trips"})
    planned = naming(tmp_path, settings="metric = 'trips'")
    assert re.search(words, planned.jobs[0].refused)
    assert planned.jobs[1].refused == ""
    # What it counts is no matter to a report that shows another.
    assert naming(tmp_path, settings="metric = 'active_users'").jobs[0].refused == ""


def test_a_broken_metric_refuses_only_the_reports_that_use_it(tmp_path):
    (tmp_path / "metrics.toml").write_text(OWN.format(sql="count(*) FROM"))
    planned = naming(tmp_path, settings="metric = 'active_users'")
    assert [job.refused for job in planned.jobs] == ["", ""]
    (remark,) = planned.remarks
    assert "trips" in remark
    planned = naming(tmp_path, settings="metric = 'trips'")
    assert planned.jobs[0].refused == f"names: 'metric' is 'trips'. {remark}"
    assert planned.remarks == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = [", r"^names: metrics\.toml is not readable TOML"),
        ("[labels]\nopened = 5", r"^names: \[labels\] of metrics"),
    ],
)
def test_a_file_of_metrics_that_cannot_be_read_is_told_before_anything_runs(tmp_path, text, words):
    # The report shows no metric, yet its notebook takes the words for events from that file.
    (tmp_path / "metrics.toml").write_text(text)
    planned = naming(tmp_path)
    assert re.search(words, planned.jobs[0].refused)
    assert planned.jobs[1].refused == ""
    assert planned.remarks == []


def test_names_are_not_asked_of_data_that_are_missing(tmp_path):
    settings = "start = 'signd_up'"
    naming(tmp_path)
    (tmp_path / "log.csv").unlink()
    planned = plan(tmp_path / "pack.toml", Wishes(parameters={"start": "signd_up"}), TODAY)
    assert settings not in planned.jobs[0].refused
    assert "'events' cannot be read: There is no file" in planned.jobs[0].refused


def test_other_values_are_tried_apart_from_the_pack(tmp_path):
    path = toys(tmp_path, "good")
    tried = plan(path, Wishes(parameters={"weeks": "9"}), TODAY)
    assert tried.out == (tmp_path / "tries").resolve()
    assert tried.untouched == (tmp_path / "reports").resolve()
    assert tried.title == "Trying Toys"
    for wishes in (Wishes(), Wishes(only=("good",)), Wishes(as_of="2026-11-22"), Wishes(out=tmp_path / "x")):
        assert plan(path, wishes, TODAY).untouched is None
    assert plan(path, Wishes(out=tmp_path / "x", parameters={"weeks": "9"}), TODAY).out == (tmp_path / "x").resolve()

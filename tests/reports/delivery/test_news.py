"""What is said of a run, from its record and those before it."""

import time
from datetime import date
from pathlib import Path

import pytest

from pmlib.core import Unit, unanswered
from pmlib.reports.delivery.mail import message
from pmlib.reports.delivery.news import missing, news
from pmlib.reports.delivery.pictures import PNG, picture, pictures
from pmlib.reports.delivery.telling import drawn
from pmlib.reports.delivery.wording import JOINER, inert, line, reason
from pmlib.reports.packs.settings import Mail
from pmlib.show import Series
from pmlib.show import line as chart
from tests.conftest import absent
from tests.reports.delivery.posts import entry, record

WEEK = "2026-11-15"


@pytest.mark.parametrize(
    ("now", "before", "events", "words"),
    [
        (["success"], [], ("success",), "the report arrived"),
        (["success", "success"], [], ("success",), "all 2 reports arrived"),
        (["success", "success"], ["success", "success"], ("success",), "all 2 reports arrived"),
        (["success", "success"], ["success", "failed"], ("success", "recovery"), "all 2 reports arrived, R1 is back"),
        (["success", "success"], ["killed", "skipped"], ("success", "recovery"), "all 2 reports arrived, 2 are back"),
        (["success", "failed"], ["success", "success"], ("failure",), "2 reports, 1 failed"),
        (["success", "timeout"], ["failed", "failed"], ("failure", "recovery"), "2 reports, 1 failed, R0 is back"),
        (["success", "stale"], ["success", "success"], ("success", "failure"), "2 reports, 1 with old data"),
        (["success", "too little data"], [], ("success", "failure"), "2 reports, 1 with too little data"),
        (["failed", "too little data"], [], ("failure",), "2 reports, 1 failed, 1 with too little data"),
        (["success"], ["too little data"], ("success", "recovery"), "the report arrived, R0 is back"),
        (["success"], ["stale"], ("success", "recovery"), "the report arrived, R0 is back"),
        (["success"], ["cancelled"], ("success",), "the report arrived"),
        (["cancelled", "cancelled"], [], (), "0 reports"),
    ],
)
def test_the_state_of_each_report_decides_what_is_said(now, before, events, words):
    def reports(states):
        return [entry(f"r{i}", state) for i, state in enumerate(states)]

    found = news(record(*reports(now)), [record(*reports(before), day=WEEK)] if before else [])
    assert found.events == events
    assert found.subject == f"Weekly review: {words}"
    assert len(found.marks) == len([state for state in now if state != "cancelled"])


def test_a_page_that_answers_nothing_has_too_little_data_and_is_opened():
    why = unanswered("a", "How many?", "No week is complete").headline
    found = news(record(entry("a", headline=why)))
    assert found.events == ("success", "failure")
    assert (found.items[0].word, found.items[0].headline) == ("Too little data", why)
    assert found.items[0].page == "2026-11-22/a.html"
    bare = news(record(entry("a", "too little data", why="No week is complete."))).items[0]
    assert (bare.word, bare.why, bare.page) == ("Too little data", "No week is complete.", "")


def test_the_last_time_is_the_run_for_the_day_before_whenever_it_was_made():
    failed = record(entry("a", "failed"), day="2026-11-15")
    backfilled = record(entry("a"), day="2026-11-08", began="2026-11-17T09:00:00+00:00")
    later = record(entry("a"), day="2026-11-29")
    found = news(record(entry("a")), [failed, backfilled, later])
    assert found.items[0].standing == "back"
    again = record(entry("a"), day="2026-11-15", began="2026-11-16T09:00:00+00:00")
    assert news(record(entry("a")), [failed, again]).items[0].standing == "arrived"


def test_a_failure_points_at_the_last_good_page_and_says_why():
    good = record(entry("a"), day="2026-11-08", files={"leadership/2026-11-08/a.html": "x", "index.html": "y"})
    bad = record(entry("a", "failed"), day=WEEK)
    (item,) = news(record(entry("a", "failed", why="")), [good, bad]).items
    assert item.page == "leadership/2026-11-08/a.html"
    assert item.headline == "The last good page is of 8 Nov 2026."
    assert item.why == "It gave no reason."
    (item,) = news(record(entry("a", "failed")), [bad]).items
    assert (item.page, item.headline) == ("", "There is no earlier page.")


def test_a_run_that_did_not_come_is_told_with_its_slot():
    found = missing("Weekly\nreview", "2026-11-23T05:00:00+00:00", "The run of Mon 23 Nov 2026 has not come.")
    assert found.events == ("missing",)
    assert found.subject == "Weekly review: The run of Mon 23 Nov 2026 has not come."
    assert found.marks == {"run": "2026-11-23T05:00:00+00:00"}
    assert found.as_of is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Cannot write to /srv/team/a.html: no room", "Cannot write to a.html: no room"),
        ("C:\\Users\\Ada\\x.csv has no column a", "x.csv has no column a"),
        ("and/or 3/4 or 1/2/2026 stays", "and/or 3/4 or 1/2/2026 stays"),
        ("call +49 30 5550 0147", "call [phone]"),
        ("two\nlines\x00", "two lines"),
    ],
)
def test_a_reason_names_no_folder_and_no_person(text, words):
    assert reason(text) == words


def test_texts_keep_what_people_write():
    for text in ("Größe: 5 < 7 & 8 > 2", "👩‍👩‍👧 नमस्ते", "a@b is not touched before c"):
        assert line(text) == text
        assert inert(text).replace(JOINER, "") == text
    assert len(line("x" * 999)) == 300


SHAPE = chart(
    [Series("Users", ("2026-11-08", "2026-11-15", "2026-11-22"), (10.0, 12.0, 15.0))],
    unit=Unit.COUNT,
    description="Users rise from 10 to 15 <img src=x>",
)


def with_chart(**more):
    facts = {"a": {"cards": [], "findings": [{"chart": None}, {"chart": SHAPE.as_json()}]}}
    setting = Mail(to=["ada@example.org"], sender="r@example.org", server="env:X", **more)
    found = news(record(entry("a"), entry("b")), facts=facts)
    return message(setting, found, drawn)


@pytest.mark.browser
def test_a_mail_that_asks_for_images_carries_the_chart_as_a_picture(browser):
    made = with_chart(images=True)
    (shot,) = [part for part in made.walk() if part.get_content_type() == "image/png"]
    assert shot.get_content().startswith(PNG)
    html = made.get_body(("html",)).get_content()
    assert html.count("<img ") == 1
    assert f'src="cid:{shot["Content-ID"][1:-1]}"' in html
    assert 'alt="Users rise from 10 to 15 &lt;img src=x&gt;"' in html
    page = browser.new_page()
    # The picture shows something: many colours, not one white sheet.
    page.set_content("<canvas></canvas>")
    colours = page.evaluate(
        """async (bytes) => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: "image/png"}));
            const canvas = document.querySelector("canvas");
            canvas.width = image.width; canvas.height = image.height;
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const data = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
            return [image.width, new Set(data).size];
        }""",
        list(shot.get_content()),
    )
    page.close()
    assert colours[0] == 1280
    assert colours[1] > 20


def test_a_mail_that_does_not_ask_carries_none():
    made = with_chart()
    assert "image/png" not in [part.get_content_type() for part in made.walk()]
    assert "charts are not in this mail" not in made.get_body(("plain",)).get_content()


def test_without_chromium_a_mail_goes_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    made = with_chart(images=True)
    for kind in ("plain", "html"):
        assert "The charts are not in this mail" in made.get_body((kind,)).get_content()
    assert "<img" not in made.get_body(("html",)).get_content()


def test_pictures_that_cannot_be_taken_are_none_and_the_reason_is_noted(monkeypatch, tmp_path, caplog):
    broken = tmp_path / "chromium"
    broken.write_text("#!/nowhere/at/all\n")
    broken.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pictures(["<svg/>"]) == []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert pictures(["<svg/>"]) == []
    assert caplog.messages == ["No picture of a chart could be taken: No such file or directory"] * 2
    assert "The charts are not in this mail" in with_chart(images=True).get_body(("plain",)).get_content()


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_what_was_made_and_not_published_is_no_page_to_point_at(state):
    good = record(entry("a"), day="2026-11-08")
    stopped = record(entry("a"), day=WEEK, state=state, files={})
    (item,) = news(record(entry("a", "failed")), [good, stopped]).items
    assert item.headline == "The last good page is of 8 Nov 2026."
    assert item.page == "2026-11-08/a.html"
    killed = record(entry("a", "killed"), day=WEEK, state="killed")
    assert news(record(entry("a")), [good, killed]).items[0].standing == "back"


def test_a_browser_that_hangs_is_ended_with_all_it_started(tmp_path):
    slow = tmp_path / "chromium"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/one\nsleep 60 & echo $! > {tmp_path}/two\nwait\n")
    slow.chmod(0o700)
    assert picture(str(slow), "<svg/>", 1.0) == b""
    numbers = [int((tmp_path / name).read_text()) for name in ("one", "two")]
    if not Path("/proc").is_dir():
        absent("there is no /proc to look for processes in")
    # A process that was killed is gone a moment later: the kernel ends it when it next runs.
    end = time.monotonic() + 20
    while (states := [state(number) for number in numbers]) and time.monotonic() < end:
        if all(one in {"", "Z"} for one in states):
            break
        time.sleep(0.02)
    assert all(one in {"", "Z"} for one in states), states
    assert pictures([]) == []


def state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_a_date_is_kept():
    assert news(record(entry("a"))).as_of == date(2026, 11, 22)

"""Owners' notes: which page they stand on, what is a decision, what happened since; and files that are no notes."""

from datetime import date
from pathlib import Path

import pytest

from pmlib.core import Estimate, Finding, Kpi, Unit
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.notes import decided, notes
from tests.reports.pages.papers import page_of

SUNDAY = date(2026, 11, 22)
JOB = Job("survey", "Survey", Path("s.ipynb"), {}, (), 9)


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def kept(as_of: str, users: int, definition: str = "People.") -> dict:
    now = Estimate("active users", users, None, None, Unit.COUNT, users, "m", reason="r")
    return facts(
        page_of(Finding("active", "How many?", f"{users} came.", (now,), definition, kpi=Kpi(now))), JOB, as_of
    )


NOW = kept("2026-11-22", 45_120)


def test_a_note_stands_on_the_page_of_its_week(tmp_path):
    for day in ("2026-11-15", "2026-11-16", "2026-11-22", "2026-11-23"):
        put(tmp_path, f"survey/{day}.md", f"on **{day}**")
    put(tmp_path, "2026-11-16.md", "for everybody")
    put(tmp_path, "trends/2026-11-17.md", "of another report")
    html = notes(tmp_path, "survey", SUNDAY, [], NOW).html
    assert html == (
        "<p><small>16 Nov 2026</small></p>\n<p>on <strong>2026-11-16</strong></p>\n"
        "<p><small>16 Nov 2026, for all reports</small></p>\n<p>for everybody</p>\n"
        "<p><small>22 Nov 2026</small></p>\n<p>on <strong>2026-11-22</strong></p>\n"
    )
    assert "2026-11-15" in notes(tmp_path, "survey", date(2026, 11, 15), [], NOW).html


@pytest.mark.parametrize(
    ("line", "text", "owner"),
    [
        ("Decision: ship it (owner: Mara)", "ship it", "Mara"),
        ("Decision (Mara): ship it", "ship it", "Mara"),
        ("- **Decision:** ship it (Owner: Mara Lindqvist).", "ship it.", "Mara Lindqvist"),
        ("* decision (owner: Mara): ship (all of) it", "ship (all of) it", "Mara"),
        ("Decision: nobody owns this", "nobody owns this", ""),
        ("  Decision :  trimmed  ", "trimmed", ""),
    ],
)
def test_a_line_is_a_decision(line, text, owner):
    found = decided(line, SUNDAY)
    assert (found.text, found.owner, found.day) == (text, owner, SUNDAY)


@pytest.mark.parametrize(
    "line", ["The decision: none", "Decision:", "Decision (Mara):", "Decisions: two", "Decision", ""]
)
def test_a_line_is_no_decision(line):
    assert decided(line, SUNDAY) is None


def test_decisions_leave_the_text_and_are_followed(tmp_path):
    put(tmp_path, "survey/2026-11-18.md", "Why.\n\nDecision: ship (owner: Noor)\n")
    put(tmp_path, "survey/2026-11-05.md", "Decision: wait (owner: Mara)")
    put(tmp_path, "2026-11-03.md", "Decision: ask again")
    put(tmp_path, "survey/2026-10-05.md", "Decision: of long ago")
    memory = [kept("2026-11-15", 47_000), kept("2026-11-08", 46_300), kept("2026-11-01", 1)]
    found = notes(tmp_path, "survey", SUNDAY, memory, NOW)
    assert "Decision" not in found.html
    assert "<p>Why.</p>" in found.html
    assert [(one.text, one.owner) for one in found.decided] == [("ship", "Noor")]
    assert [(one.text, one.owner, one.day) for one in found.before] == [
        ("ask again", "", date(2026, 11, 3)), ("wait", "Mara", date(2026, 11, 5)),
    ]  # fmt: skip
    assert found.before[1].since == ("Active users: 46,300 then, 45,120 now (−2.5%).",)


@pytest.mark.parametrize(
    ("memory", "since"),
    [
        ([], "There is no page of that week to compare with."),
        ([kept("2026-11-08", 45_120)], "Active users: 45,120 then and now."),
        ([kept("2026-11-08", 40_000, "Devices.")], "Active users: not compared, its definition changed."),
        ([kept("2026-11-01", 40_000)], "Active users: 40,000 then, 45,120 now (+12.8%)."),
        ([kept("2026-11-08", 40_000) | {"findings": []}], "None of the numbers of that week can be compared."),
        ([kept("2026-11-08", 40_000) | {"report": "trends"}], "There is no page of that week to compare with."),
    ],
)
def test_what_happened_since(tmp_path, memory, since):
    put(tmp_path, "survey/2026-11-05.md", "Decision: wait (owner: Mara)")
    (one,) = notes(tmp_path, "survey", SUNDAY, memory, NOW).before
    assert one.since == (since,)


def test_what_is_written_is_only_ever_text(tmp_path):
    hostile = (
        "<script>window.__x=1</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> ![i](https://evil.example)"
    )
    put(tmp_path, "survey/2026-11-20.md", f"{hostile}\n\nDecision: {hostile} (owner: {hostile})")
    put(tmp_path, "survey/<img src=x onerror=y>.md", "x")
    found = notes(tmp_path, "survey", SUNDAY, [], NOW)
    assert not [tag for tag in ("<script", "<img", "href=") if tag in found.html]
    assert "!i (https://evil.example)" in found.html
    assert "'&lt;img src=x onerror=y&gt;.md' is not shown: name it by its day" in found.html
    assert found.decided[0].text.startswith("<script>"), "kept as text, which the page escapes"


def test_files_that_are_no_notes_never_lose_the_page(tmp_path):
    put(tmp_path, "survey/2026-13-40.md", "x")
    put(tmp_path, "survey/22-11-2026.md", "x")
    put(tmp_path, "README.md", "how to write notes")
    put(tmp_path, "survey/2026-11-21.txt", "x")
    (tmp_path / "survey" / "2026-11-19.md").write_bytes(b"\xff\xfe\x00x")
    (tmp_path / "survey" / "2026-11-20.md").mkdir()
    put(tmp_path, "elsewhere.txt", "secret")
    (tmp_path / "survey" / "2026-11-18.md").symlink_to(tmp_path / "elsewhere.txt")
    put(tmp_path, "survey/2026-11-17.md", "é" * 30_000)
    put(tmp_path, "survey/2026-11-16.md", "")
    html = notes(tmp_path, "survey", SUNDAY, [], NOW).html
    assert "'2026-13-40.md' is not shown: name it by its day" in html
    assert "'22-11-2026.md' is not shown: name it by its day" in html
    assert "'2026-11-19.md' is not shown: it is no text in UTF-8" in html
    assert "'2026-11-18.md' is not shown: it is a link" in html
    assert "'2026-11-17.md' is cut after 20,000 signs" in html
    assert "secret" not in html
    assert "README" not in html
    assert html.count("é") == 20_000


def test_no_folder_is_no_note(tmp_path):
    assert notes(tmp_path / "none", "survey", SUNDAY, [], NOW).html == ""
    put(tmp_path, "file", "x")
    assert notes(tmp_path / "file", "survey", SUNDAY, [], NOW).decided == ()


def test_notes_are_masked(tmp_path):
    put(tmp_path, "survey/2026-11-20.md", "Ask Aylin.\n\nDecision: call Aylin (owner: Aylin)")
    found = notes(tmp_path, "survey", SUNDAY, [], NOW, clean=lambda text: text.replace("Aylin", "P1"))
    assert "Ask P1." in found.html
    assert (found.decided[0].text, found.decided[0].owner) == ("call P1", "P1")

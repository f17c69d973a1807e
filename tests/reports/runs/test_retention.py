"""Old pages go, the last good one of each report never, nothing that pmlib did not make."""

import json
import re
from pathlib import Path

import pytest

from pmlib.reports.run import run
from pmlib.reports.runs.records import folder_of
from pmlib.reports.runs.resume import machinery, stamp
from pmlib.reports.runs.retention import is_there, owner, prints, remove, retired
from tests.reports.runs.ledgers import executed, kept, plan, quiet
from tests.reports.toys import write

DAYS = ["2026-10-04", "2026-10-11", "2026-10-18", "2026-10-25", "2026-11-01"]


def made(out: Path, number: int, day: str, states: dict[str, str], audiences: tuple[str, ...] = ("",)) -> dict:
    """Publish pages by hand and record them."""
    files = {out / who / day / f"{one}.html": f"{one} {day} {number}".encode() for who in audiences for one in states}
    files |= {out / day / "run.json": f"{day} {number}".encode()}
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    facts = {one: {"report": one, "as_of": day, "sentence": "", "cards": [], "findings": []} for one in states}
    record = kept(out, number, day, states, facts, files=prints(files, out))
    for one in states:
        for name in ("executed.ipynb", "log.txt"):
            (out.parent / ".pmlib/runs" / record["run"] / one / name).write_text("x")
    return record


def pages(out: Path) -> list[str]:
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def test_pages_older_than_asked_go_with_their_notebooks_and_facts_stay(tmp_path):
    out = tmp_path / "reports"
    records = [made(out, number, day, {"a": "success"}) for number, day in enumerate(DAYS)]
    gone = retired(records, 2)
    # Two weeks before 1 November is 18 October.
    assert sorted(gone) == [("2026-10-04", "a"), ("2026-10-11", "a")]
    remove(out, records, gone)
    assert sorted({name.split("/")[0] for name in pages(out)}) == ["2026-10-18", "2026-10-25", "2026-11-01"]
    assert not (out / "2026-10-04").exists()
    runs = sorted((tmp_path / ".pmlib/runs").iterdir())
    assert [(run / "a/executed.ipynb").exists() for run in runs] == [False, False, True, True, True]
    assert all((run / "a/facts.json").exists() and (run / "run.json").exists() for run in runs)
    assert remove(out, records, gone) == []


def test_the_last_good_page_of_a_report_stays_however_old(tmp_path):
    out = tmp_path / "reports"
    records = [
        made(out, 1, DAYS[0], {"a": "success", "gone": "success"}),
        made(out, 2, DAYS[1], {"a": "success", "fails": "success"}),
        made(out, 3, DAYS[4], {"a": "success", "fails": "failed"}),
    ]
    remove(out, records, retired(records, 1))
    assert pages(out) == [
        "2026-10-04/gone.html",
        "2026-10-04/run.json",
        "2026-10-11/fails.html",
        "2026-10-11/run.json",
        "2026-11-01/a.html",
        "2026-11-01/fails.html",
        "2026-11-01/run.json",
    ]
    assert not is_there("2026-10-04/a.html", retired(records, 1))
    assert is_there("2026-10-04/gone.html", retired(records, 1))


def test_what_a_stopped_run_made_does_not_push_out_the_last_good_page(tmp_path):
    out = tmp_path / "reports"
    records = [
        made(out, 1, "2026-01-04", {"a": "success"}),
        kept(out, 2, "2026-11-22", {"a": "success", "b": "cancelled"}, state="cancelled", files={}),
        made(out, 3, "2026-11-29", {"a": "failed", "b": "success"}),
    ]
    assert ("2026-01-04", "a") not in retired(records, 4)
    remove(out, records, retired(records, 4))
    assert (out / "2026-01-04/a.html").is_file()


def test_an_audience_called_like_a_report_owns_none_of_its_files():
    ids = ["product", "nps"]
    assert owner("product/2026-11-22/nps.html", ids) == "nps"
    assert owner("product/2026-11-22/run.json", ids) == ""
    assert owner("nps/2026-11-22/product-weekly.csv", ids) == "product"
    assert owner("product.html", ids) == ""


def test_the_folders_of_audiences_are_kept_alike(tmp_path):
    out = tmp_path / "reports"
    records = [made(out, n, day, {"a": "success"}, ("", "leadership")) for n, day in enumerate([DAYS[0], DAYS[4]])]
    remove(out, records, retired(records, 1))
    assert pages(out) == ["2026-11-01/a.html", "2026-11-01/run.json", "leadership/2026-11-01/a.html"]


def test_what_pmlib_did_not_write_stays(tmp_path):
    out = tmp_path / "reports"
    records = [made(out, 1, DAYS[0], {"a": "success"}), made(out, 2, DAYS[4], {"a": "success"})]
    outside = tmp_path / "2026-10-04" / "a.html"
    outside.parent.mkdir()
    outside.write_text("outside")
    mine = {
        "2026-10-04/notes.md": "a note",
        "2026-01-01/a.html": "a folder of somebody else",
        "notes/a.md": "a note",
        "plan.html": "not dated",
    }
    for name, text in mine.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(text)
    # A page somebody has changed, and a record that names what lies elsewhere.
    (out / "2026-10-04/a.html").write_text("changed by hand")
    for name in ("../2026-10-04/a.html", "plan.html", "notes/a.md"):
        records[0]["files"][name] = prints({out / "x": (out / name).read_bytes()}, out)["x"]
    gone = retired(records, 1)
    removed = remove(out, records, gone)
    assert sorted(path.relative_to(out).as_posix() for path in removed if path.is_relative_to(out)) == [
        "2026-10-04/run.json"
    ]
    assert outside.read_text() == "outside"
    assert {name: (out / name).read_text() for name in mine} == mine
    assert (out / "2026-10-04/a.html").read_text() == "changed by hand"


@pytest.mark.parametrize("keep_weeks", [None, 52])
def test_nothing_goes_where_nothing_is_asked_or_old(tmp_path, keep_weeks):
    out = tmp_path / "reports"
    records = [made(out, number, day, {"a": "success"}) for number, day in enumerate(DAYS)]
    assert retired(records, keep_weeks) == frozenset()
    assert retired([], 1) == frozenset()
    assert retired([kept(out, 9, "2026-11-08", {"a": "failed"})], 1) == frozenset()


def test_a_run_takes_away_what_is_old_and_its_index_links_to_none_of_it(tmp_path):
    out = tmp_path / "reports"
    for number, day in enumerate(DAYS):
        made(out, number, day, {"a": "success", "b": "success"})
    wanted = plan(out, "2026-11-08", "a", keep_weeks=2)
    write(tmp_path, "good").rename(wanted.jobs[0].notebook)
    # A run that was killed before it published anything, so that nothing has to be executed.
    killed = kept(out, 9, "2026-11-08", {"a": "killed"}, state="killed", ended=None)
    killed["reports"][0]["stamp"] = stamp(wanted.jobs[0], machinery())
    (folder_of(out, killed) / "run.json").write_text(json.dumps(killed))
    executed(folder_of(out, killed) / "a")
    result = run(wanted, at_once=1, watch=quiet)
    assert not result.outcomes[0].why
    assert (result.code, result.problem) == (0, "")
    there = [name for name in pages(out) if name.endswith(".html")]
    assert there == [
        "2026-10-25/a.html",
        "2026-10-25/b.html",
        "2026-11-01/a.html",
        "2026-11-01/b.html",
        "2026-11-08/a.html",
        "index.html",
    ]
    linked = set(re.findall(r'href="([^"#]+\.html)"', (out / "index.html").read_text()))
    assert linked == set(there) - {"index.html"}

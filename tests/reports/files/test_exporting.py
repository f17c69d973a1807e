"""The commands that carry numbers out of a pack's runs."""

import json

import pytest
from click.testing import CliRunner
from pptx import Presentation

from pmlib.cli.exporting import pdf, refresh, slides, verify
from tests.reports.files.reports import LAST, NOW
from tests.reports.toys import write


def pmlib(command, *words: object):
    return CliRunner().invoke(command, [str(word) for word in words])


@pytest.fixture
def pack(tmp_path):
    """A pack whose one report has run in two weeks."""
    write(tmp_path, "good")
    path, out = tmp_path / "pack.toml", (tmp_path / "reports").resolve()
    path.write_text('title = "Toys"\n[[report]]\nnotebook = "good.ipynb"\nid = "engagement"\n', encoding="utf-8")
    for one in (LAST, NOW):
        run = f"{one['as_of'].replace('-', '')}T000000000000-1"
        folder = tmp_path / ".pmlib" / "runs" / run / "engagement"
        folder.mkdir(parents=True)
        (folder / "facts.json").write_text(json.dumps(one), encoding="utf-8")
        report = {"id": "engagement", "title": "Engagement", "state": "success", "why": "", "headline": "x"}
        record = {"run": run, "title": "Toys", "as_of": one["as_of"], "out": out.name, "state": "success", "process": 1}
        stamp = f"{one['as_of']}T01:00:00+00:00"
        record |= {
            "files": {f"{one['as_of']}/engagement.html": "0"},
            "began": stamp,
            "ended": stamp,
            "reports": [report | {"seconds": 1.0, "through": one["as_of"]}],
        }
        (folder.parent / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return path


def test_slides_and_refresh_take_the_latest_run(pack, tmp_path):
    deck = tmp_path / "review.pptx"
    made = pmlib(slides, pack, "--out", deck)
    assert made.exit_code == 0, made.output
    assert "as of 2026-11-22" in made.output
    again = pmlib(refresh, deck, "--pack", pack)
    assert again.exit_code == 0, again.output
    assert "all was up to date" in again.output
    assert (tmp_path / "review-refreshed.pptx").read_bytes() == deck.read_bytes()
    assert Presentation(str(deck)).core_properties.title == "Toys"


def test_verify_prints_each_number_and_ends_with_1_where_one_must_be_mended(pack, tmp_path):
    memo = tmp_path / "memo.md"
    memo.write_text("Weekly active users were 6,058.\n", encoding="utf-8")
    good = pmlib(verify, memo, "--pack", pack)
    assert (good.exit_code, "1 numbers: 1 matches" in good.output) == (0, True), good.output
    memo.write_text("Weekly active users were 6,089.\n\nWe have 17 servers.\n", encoding="utf-8")
    bad = pmlib(verify, memo, "--pack", pack)
    assert bad.exit_code == 1
    assert "now 6,058" in bad.output
    assert [line.split()[:3] for line in bad.output.splitlines()[1:3]] == [["6,089", "line", "1"], ["17", "line", "3"]]


@pytest.mark.parametrize("words", [(slides,), (refresh, "DECK"), (verify, "MEMO"), (pdf,)], ids=lambda w: w[0].name)
def test_without_a_run_it_says_so(tmp_path, words):
    write(tmp_path, "good")
    pack = tmp_path / "pack.toml"
    pack.write_text('[[report]]\nnotebook = "good.ipynb"\n', encoding="utf-8")
    (tmp_path / "memo.md").write_text("35%", encoding="utf-8")
    (tmp_path / "deck.pptx").write_bytes(b"")
    files = {"MEMO": [tmp_path / "memo.md", "--pack", pack], "DECK": [tmp_path / "deck.pptx", "--pack", pack]}
    given = files[words[1]] if len(words) > 1 else [pack]
    result = pmlib(words[0], *given)
    assert result.exit_code == 2
    assert "pmlib run" in result.output


def test_a_report_or_file_that_is_not_there_is_said_so(pack, tmp_path):
    assert "no report 'x'" in pmlib(slides, pack, "--only", "x").output
    assert "cannot be read" in pmlib(verify, tmp_path / "none.md", "--pack", pack).output
    assert ".pptx" in pmlib(slides, pack, "--out", tmp_path / "review.pdf").output

"""Transcripts: who said what, when, and where it stands in the file."""

import hashlib
from pathlib import Path

import pytest

from pmlib.core import InputError
from pmlib.sources.files.text import read
from pmlib.sources.interviews.load import load_interviews
from pmlib.sources.interviews.transcripts import speaks

ZOOM = """WEBVTT

1
00:00:03.500 --> 00:00:05.000
Ada Byron: Well: it broke.

2
00:00:05.000 --> 00:00:06.000
at 10:30, twice

3
00:00:06.500 --> 00:00:09.000
Ben (Support): See https://example.org
for more
"""

TEAMS = """WEBVTT

NOTE made by nobody
in two lines

STYLE
::cue { color: red }

REGION
id:one

3f2a/14-0
03:12.120 --> 03:16.480 align:start
<v Ada Byron>Hello &amp; welcome</v>

3f2a/15-0
00:03:17.000 --> 01:03:19.000
<v.loud Ben>Thanks</v> <v Ada Byron>So, <i>tell</i> me</v>
"""

TALK = """# Talk with Travis

**Adam Stone:** For the final show
I talk with Travis.

**Travis Kim**: \\[03:32\\] Yeah, sure.

It was at 10:30: late.

**Break:** \\[05:00\\]

Adam Stone: Note this: it works.
Travis Kim: It does.
"""


def wrote(folder: Path, text: str, name: str = "a.vtt", encoding: str = "utf-8", newline: str = "\n") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return path


def said(path: Path | str) -> list[tuple]:
    ask = "SELECT speaker, t0, t1, text FROM utterances ORDER BY interview, utterance"
    return [tuple(row) for row in load_interviews(path).query(ask)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_zoom(tmp_path: Path, encoding: str, newline: str) -> None:
    assert said(wrote(tmp_path, ZOOM, encoding=encoding, newline=newline)) == [
        ("Ada Byron", 3.5, 5.0, "Well: it broke."),
        (None, 5.0, 6.0, "at 10:30, twice"),
        ("Ben (Support)", 6.5, 9.0, "See https://example.org for more"),
    ]


def test_teams(tmp_path: Path) -> None:
    assert said(wrote(tmp_path, TEAMS)) == [
        ("Ada Byron", 192.12, 196.48, "Hello & welcome"),
        ("Ben", 197.0, 3799.0, "Thanks"),
        ("Ada Byron", 197.0, 3799.0, "So, tell me"),
    ]


def test_speaker_lines(tmp_path: Path) -> None:
    found = load_interviews(wrote(tmp_path, TALK, "talk.md"))
    assert said(tmp_path / "talk.md") == [
        ("Adam Stone", None, None, "For the final show I talk with Travis."),
        ("Travis Kim", 212.0, None, "Yeah, sure."),
        ("Travis Kim", None, None, "It was at 10:30: late."),
        ("Adam Stone", None, None, "Note this: it works."),
        ("Travis Kim", None, None, "It does."),
    ]
    assert found.origin.ledger.dropped == {"before the first speaker": 1, "empty": 1}


@pytest.mark.parametrize(("text", "name"), [(ZOOM, "z.vtt"), (TEAMS, "t.vtt"), (TALK, "talk.md")])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_offsets_cut_what_was_said_from_the_file(tmp_path: Path, text: str, name: str, newline: str) -> None:
    path = wrote(tmp_path, text, name, "utf-8-sig", newline)
    source = read(path)
    cells = load_interviews(path).query("SELECT * FROM utterances ORDER BY utterance")
    cut = [" ".join(source[row.c0 : row.c1].split()) for row in cells]
    shown = [one.replace("&amp;", "&").replace("<i>", "").replace("</i>", "") for one in cut]
    assert shown == cells.column("text")
    assert {row.source_sha256 for row in cells} == {hashlib.sha256(path.read_bytes()).hexdigest()}
    assert cells.column("utterance") == list(range(1, len(cells) + 1))


def test_broken_cues_are_counted(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAda: one\n\n00:00:07.000 --> 00:00:1d.890\nAda: two\n\n"
        "00:00:09.000 --> 00:00:08.000\nAda: three\n\nwords without a time\n\n00:00:10.000 --> 00:00:11.000\n\n"
        "00:00:12.000 --> 00:00:13.000\nAda: four\n00:00:13.000 --> 00:00:14.000\nAda: five\n"
    )
    found = load_interviews(wrote(tmp_path, text))
    assert [row.text for row in found.query("SELECT text FROM utterances ORDER BY utterance")] == [
        "one",
        "four",
        "five",
    ]
    assert found.origin.ledger.dropped == {"empty": 1, "unparseable": 3}
    assert [check.ok for check in found.checks] == [True, False, True]


def test_interviews_are_called_as_their_files(tmp_path: Path) -> None:
    wrote(tmp_path, ZOOM, "one.vtt")
    wrote(tmp_path, TALK, "one.md")
    wrote(tmp_path, TALK, "two.txt")
    found = load_interviews(tmp_path / "*.*")
    names = found.query("SELECT DISTINCT interview FROM utterances ORDER BY interview").column("interview")
    assert names == [f"{tmp_path.name}/one.md", f"{tmp_path.name}/one.vtt", "two"]
    assert found.origin.ledger.kept == 3 + 5 + 5


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nAda: hi\n", "a.srt", "is SubRip .*Export the transcript as WebVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nAda: hi\n", "a.vtt", "SubRip under the name of WebVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nAda: hi\n", "a.txt", "is SubRip"),
        ("00:01.000 --> 00:02.000\nAda: hi\n", "a.vtt", "does not begin with the line WEBVTT"),
        ("WEBVTT\n", "a.vtt", "holds no utterance"),
        ("We met at 10:30 and talked.\n", "a.txt", "no line such as 'Ada: I could not find it'"),
    ],
)
def test_what_is_not_read_says_what_is(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_interviews(wrote(tmp_path, text, name))


def test_what_stands_before_a_colon(tmp_path: Path) -> None:
    names = ["Ada", "Łukasz Rozmej", "Marius van der Wijden", "Lumi | Labs", "dionysuz.eth", "David M. (Olas)", "P3"]
    assert all(speaks(name, 1) for name in names)
    others = ["10", "https", "well", "So here is the thing", "What I mean, really", "Is it so? No", "note"]
    assert not any(speaks(name, 1) for name in others)

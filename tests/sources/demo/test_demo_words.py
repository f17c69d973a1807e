"""Themes come back from transcripts and open answers, from the participants' words alone."""

import re
import tomllib
from html import unescape

import pytest

from pmlib.sources.demo import TRUTH, world
from pmlib.sources.demo.interviews import interviews
from pmlib.sources.demo.survey import IMPROVE
from pmlib.sources.demo.texts import source, words
from pmlib.stats import share

THEMES = {name: theme["terms"] for name, theme in tomllib.loads(source("themes.toml")).items()}
MARA = "Mara Lindqvist"
TIMES = re.compile(r"^(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3})$")
CUE = re.compile(r"<v (?P<teams>[^>]+)>(?P<said>.*)</v>|(?P<zoom>[^:]+): (?P<words>.*)")


def spoken(text: str) -> list[tuple[str, str]]:
    """Return who says what, cue by cue."""
    found = []
    for block in text.split("\n\n")[1:]:
        match = CUE.fullmatch(block.strip().split("\n")[2])
        assert match, block
        if match["teams"]:
            found.append((match["teams"], unescape(match["said"])))
        else:
            found.append((match["zoom"], match["words"]))
    return found


def themes_in(text: str) -> set[str]:
    return {name for name, terms in THEMES.items() if any(term in text.casefold() for term in terms)}


def whole_words(text: str) -> set[str]:
    return {
        name
        for name, terms in THEMES.items()
        if re.search(r"\b(" + "|".join(map(re.escape, terms)) + r")\b", text, re.IGNORECASE)
    }


@pytest.mark.parametrize("seed", [1, 2, 20260])
@pytest.mark.parametrize("find", [themes_in, whole_words])
def test_participants_mention_each_theme_as_often_as_planted(seed: int, find) -> None:
    counts = dict.fromkeys(THEMES, 0)
    trapped = dict.fromkeys(THEMES, 0)
    for text in interviews(seed).values():
        cues = spoken(text)
        for theme in find(" ".join(said for who, said in cues if who != MARA)):
            counts[theme] += 1
        for theme in find(" ".join(said for _, said in cues)):
            trapped[theme] += 1
    assert counts == dict(TRUTH.mentions)
    assert sum(trapped.values()) > sum(counts.values())


def test_transcripts_have_the_two_forms_and_three_to_six_minutes() -> None:
    made = interviews(20260)
    assert list(made) == [f"interview_{number:02d}.vtt" for number in range(1, 13)]
    people = set()
    for number, text in enumerate(made.values(), start=1):
        assert text.startswith("WEBVTT\n\n")
        assert ("<v " in text) == (number % 2 == 0)
        voices = {who for who, _ in spoken(text)}
        assert MARA in voices
        assert len(voices) == 2
        people |= voices - {MARA}
        times = [TIMES.match(line) for line in text.split("\n") if "-->" in line]
        marks = [int(m[1]) * 3600 + int(m[2]) * 60 + int(m[3]) + int(m[4]) / 1000 for m in times if m]
        ends = [int(m[5]) * 3600 + int(m[6]) * 60 + int(m[7]) + int(m[8]) / 1000 for m in times if m]
        assert len(marks) == len(times)
        assert marks == sorted(marks)
        assert all(begin < end for begin, end in zip(marks, ends, strict=True))
        assert 180 <= ends[-1] <= 360
    assert len(people) == 12


def test_each_core_of_an_open_answer_names_its_own_theme_only() -> None:
    text = words("words.toml")
    for theme, cores in text["cores"].items():
        assert [core for core in cores if themes_in(core) != {theme}] == []
    assert [other for other in text["heads"] + text["tails"] if themes_in(other)] == []


def test_open_answers_look_like_answers() -> None:
    answers = [answer for answer in world(3, 6_000).survey()[IMPROVE].to_pylist() if answer]
    contacts = [answer for answer in answers if re.search(r"\S+@\S+|\d{4} ?\d{3}", answer)]
    assert len(contacts) == TRUTH.open_with_contact == len(words("words.toml")["contact"])
    assert len(set(answers)) > len(answers) / 2
    assert any("<b>" in answer for answer in answers)
    assert any('"' in answer for answer in answers)
    assert any("Ö" in answer for answer in answers)
    assert any("🙏" in answer for answer in answers)
    assert abs(len(answers) / (3 * TRUTH.respondents) - TRUTH.open_answered) < 0.04


def test_themes_of_open_answers_are_as_frequent_as_planted() -> None:
    text = words("words.toml")
    fixed = {*text["contact"], *text["odd"]}
    survey = world(3, 6_000).survey()
    found = [themes_in(answer) for answer in survey[IMPROVE].to_pylist() if answer and answer not in fixed]
    assert {len(themes) for themes in found} == {1}
    for theme, chance in TRUTH.open_themes.items():
        assert not share(sum(theme in themes for themes in found), len(found), level=0.999).excludes(chance)

import pytest

from pmlib.core import InputError, SettingError, TooFewError
from pmlib.research import mentions
from pmlib.research.themes import Theme, load_themes
from pmlib.stats import share
from tests.research.made import interviews_of

THEMES = {
    "costs": {"name": "Splitting costs", "terms": ["who owes", "split*"]},
    "map": {"name": "Slow map", "terms": ["slow map"]},
    "price": {"name": "Price", "terms": ["price"]},
}
TALKS = {
    "talk_1": [
        ("Mara Lind", "Is the price too high? Or the slow map?"),
        ("Ada Byron", "No. We never know who"),
        ("Ada Byron", "owes what. Splitting, always splitting."),
    ],
    "talk_2": [("Mara Lind", "And you?"), ("Ben Ode", "Mara, I SPLIT bills with Ada. Call 030 5550147.")],
    "talk_3": [("Mara Lind", "And you?"), ("Cleo", "The slow map. The prices are fine.")],
}


def test_participants_are_counted_not_mentions_and_never_the_interviewer():
    finding = mentions(interviews_of(TALKS), themes=THEMES)
    assert [row[:3] for row in finding.table.rows] == [
        ("Splitting costs", 2, 3),
        ("Slow map", 1, 3),
        ("Price", 0, 3),
    ]
    assert finding.table.size == "participants"
    assert finding.headline == "Splitting costs comes up most, with 2 of 3 participants; Slow map follows with 1 of 3."
    assert "words of Mara Lind left out (in most interviews)" in finding.definition
    first = finding.estimates[0]
    assert (first.value, first.low) == (2, pytest.approx(3 * share(2, 3).low))
    assert "%" not in finding.headline
    spoken = [column.title for column in finding.table.columns if column.unit.kind == "quote"]
    assert spoken == ["in their words", "who and where"], "who said it goes where the words go"


def test_quotes_are_word_for_word_and_without_names():
    finding = mentions(interviews_of(TALKS), themes=THEMES)
    quotes = {row[0]: row[-2:] for row in finding.table.rows}
    assert quotes["Splitting costs"] in [
        ("No. We never know who owes what. Splitting, always splitting.", "P1, talk_1, 0:10"),
        ("[interviewer], I SPLIT bills with P1. Call [phone].", "P2, talk_2, 0:10"),
    ]
    assert quotes["Slow map"] == ("The slow map. The prices are fine.", "P3, talk_3, 0:10")
    assert quotes["Price"] == ("", "")


def test_quotes_come_from_as_many_people_as_can_be():
    talks = {f"t{n}": [("Ann", "So?"), (f"Person {n}", "The slow map and its price.")] for n in range(2)}
    finding = mentions(interviews_of(talks), themes=THEMES)
    assert {row[-1].split(",")[0] for row in finding.table.rows if row[-1]} == {"P1", "P2"}
    assert finding.headline == "Slow map and Price come up most, each with 2 of 2 participants."


def test_without_times_the_utterance_is_named():
    finding = mentions(interviews_of(TALKS, timed=False), themes=THEMES)
    assert finding.table.rows[1][-1] == "P3, talk_3, utterance 1"


def test_the_interviewer_can_be_named():
    talks = {"one": [("Ann", "The price?"), ("Bea", "The price.")]}
    finding = mentions(interviews_of(talks), themes=THEMES, interviewer="Ann")
    assert {row[0]: row[1:3] for row in finding.table.rows}["Price"] == (1, 1)
    both = mentions(interviews_of(talks), themes=THEMES)
    assert {row[0]: row[1:3] for row in both.table.rows}["Price"] == (2, 2)
    assert any("nobody is taken for the interviewer" in caution for caution in both.cautions)
    with pytest.raises(SettingError, match=r"No speaker is called 'Anne' .* Did you mean 'Ann'"):
        mentions(interviews_of(talks), themes=THEMES, interviewer="Anne")


def test_speakers_who_tie_are_all_taken_for_those_who_ask():
    talks = {n: [("Ann", "price"), ("Bob", "price"), (f"P {n}", "no")] for n in ("a", "b")}
    finding = mentions(interviews_of(talks), themes=THEMES)
    assert finding.estimates[0].n == 2
    assert any("2 speakers are in equally many interviews" in caution for caution in finding.cautions)


def generic(asker, asked, count=3):
    return {
        f"t{n}": [(asker(n), "How is it?"), (asked, "The price."), (asker(n), "And now?"), (asked, "Fine")]
        for n in range(count)
    }


def price(finding):
    return {row[0]: f"{row[1]} of {row[2]}" for row in finding.table.rows}["Price"]


@pytest.mark.parametrize("asked", ["Participant", "Guest 1", "USER"])
@pytest.mark.parametrize("asker", ["Interviewer", "Moderator 2", "User researcher", "Mara (host)"])
def test_labels_tell_who_asks_and_each_interview_has_its_own_participant(asker, asked):
    finding = mentions(interviews_of(generic(lambda n: asker, asked)), themes=THEMES)
    assert price(finding) == "3 of 3"
    assert f"words of {asker} left out (by their label)" in finding.definition
    assert len(finding.cautions) == 2
    assert {row[-1].split(",")[0] for row in finding.table.rows if row[-1]} <= {"P1", "P2", "P3"}


def test_somebody_labelled_as_asked_is_never_the_interviewer():
    finding = mentions(interviews_of(generic(lambda n: ("Mara", "Tom", "Ulf")[n], "Participant")), themes=THEMES)
    assert price(finding) == "3 of 3"
    assert "words of Mara, Tom, Ulf left out (beside those labelled as asked)" in finding.definition


def test_a_label_is_no_name_to_hide():
    talks = {n: [("Interviewer", "So?"), ("User", "User pages show the price. Interviewer?")] for n in ("a", "b")}
    finding = mentions(interviews_of(talks), themes=THEMES)
    assert finding.table.rows[0][-2] == "User pages show the price. Interviewer?"


def test_the_share_of_questions_breaks_a_tie():
    finding = mentions(interviews_of(generic(lambda n: "Speaker 2", "Speaker 1")), themes=THEMES)
    assert price(finding) == "3 of 3"
    assert "words of Speaker 2 left out (in most interviews)" in finding.definition


def test_an_interviewer_who_asks_less_than_another_is_doubted():
    talks = {n: [("Ann", "The price."), (f"P {n}", "Why?"), (f"P {n}", "“How?”")] for n in ("a", "b")}
    doubt = "Another speaker asks more questions than Ann, taken for the interviewer."
    assert any(doubt in caution for caution in mentions(interviews_of(talks), themes=THEMES).cautions)
    named = mentions(interviews_of(talks), themes=THEMES, interviewer="Ann")
    assert not any(doubt in caution for caution in named.cautions)


def test_an_interview_without_an_interviewer_is_doubted():
    talks = generic(lambda n: "Interviewer", "Participant") | {"x": [("Ada", "Price?"), ("Ben", "Price.")]}
    finding = mentions(interviews_of(talks), themes=THEMES)
    assert price(finding) == "5 of 5"
    assert "In 1 interview nobody is taken for the interviewer, so all words count there." in finding.cautions


def test_words_without_a_speaker_are_counted_apart():
    talks = {
        "one": [("Ann", "Hm?"), ("Bea", "Price."), (None, "slow map")],
        "two": [("Ann", "Hm?"), ("Cem", "No.")],
        "three": [(None, "The price is fine.")],
    }
    finding = mentions(interviews_of(talks), themes=THEMES)
    assert {row[0]: row[1:3] for row in finding.table.rows} == {
        "Price": (2, 3),
        "Splitting costs": (0, 3),
        "Slow map": (0, 3),
    }
    assert "1 utterance without a speaker is left out." in finding.cautions


def test_percentages_come_with_twenty_participants():
    talks = {f"t{n:02d}": [("Ann", "So?"), (f"Person {n}", "price" if n < 5 else "no")] for n in range(20)}
    finding = mentions(interviews_of(talks), themes=THEMES)
    assert finding.table.text()[0][1:5] == ["5", "20", "2 to 9", "25.0%"]


def test_nothing_is_mentioned():
    finding = mentions(interviews_of({"a": [("Ann", "x")], "b": [("Ann", "y"), ("Bea", "z")]}), themes=THEMES)
    assert finding.headline == "The one participant mentions none of the 3 themes."
    with pytest.raises(TooFewError, match="Only those who ask speak in 2 interviews"):
        mentions(interviews_of({"a": [("Ann", "x")], "b": [("Ann", "y")]}), themes=THEMES)


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("price", "The PRICE!", True),
        ("price", "prices", False),
        ("price*", "prices", True),
        ("über", "Überall", False),
        ("über", "Ganz Über.", True),
        ("map takes", "the map\u00a0takes ages", True),
        ("can't", "I can’t", True),
        ("c++", "in C++ code", True),
        ("a.b", "axb", False),
    ],
)
def test_terms_are_whole_words(term, text, found):
    talks = {"a": [("Ann", "x"), ("Bea", text)], "b": [("Ann", "x")]}
    finding = mentions(interviews_of(talks), themes={"t": {"terms": [term]}})
    assert (finding.estimates[0].value == 1) == found
    assert (Theme("t", "t", (term,)).find(text) is not None) == found


def test_long_turns_are_cut_to_the_sentences_around():
    said = "First of all. " * 40 + "Then the slow map came. " + "And so on. " * 40
    talks = {"a": [("Ann", "x"), ("Bea", said)], "b": [("Ann", "x")]}
    quote = mentions(interviews_of(talks), themes=THEMES).table.rows[0][-2]
    assert quote.startswith("… Then the slow map came. And so on.")
    assert quote.endswith(" …")
    assert len(quote) < 300
    assert quote.strip("… ") in said


def test_a_turn_without_stops_is_cut_too():
    talks = {"a": [("Ann", "x"), ("Bea", "and " * 300 + "slow map " + "so " * 300)], "b": [("Ann", "x")]}
    quote = mentions(interviews_of(talks), themes=THEMES).table.rows[0][-2]
    assert "slow map" in quote
    assert len(quote) < 300


def test_themes_are_read_from_a_file(tmp_path):
    file = tmp_path / "themes.toml"
    file.write_text('[costs]\nname = "Costs"\nterms = ["owes"]\n', encoding="utf-8")
    assert load_themes(file) == (Theme("costs", "Costs", ("owes",)),)
    with pytest.raises(InputError, match=r"There is no file .*theme.toml with themes. Did you mean 'themes.toml'"):
        load_themes(tmp_path / "theme.toml")
    file.write_text("[costs\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"themes.toml is not readable TOML"):
        load_themes(file)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "There is no theme"),
        ({"costs": "owes"}, "outside of a table"),
        ({"costs": {"name": "Costs"}}, "has no list of terms"),
        ({"costs": {"terms": ["*"]}}, "has no list of terms"),
        ({"costs": {"term": ["owes"]}}, r"has 'term'; a theme has name and terms. Did you mean 'terms'"),
    ],
)
def test_wrong_themes_are_said(given, message):
    with pytest.raises(SettingError, match=message):
        load_themes(given)

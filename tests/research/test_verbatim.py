import pytest

from pmlib.core import SettingError
from pmlib.research import quotes
from pmlib.stats import share
from tests.research.made import survey_of

ASK = "What should we improve?"


def survey():
    answers = [f"answer {place}" for place in range(40)] + [None, "  ", *[None] * 18]
    return survey_of({ASK: answers}, segments={"plan": ["free", "pro"] * 30})


def test_how_many_wrote_and_how_they_were_chosen():
    finding = quotes(survey(), question=ASK, count=5)
    assert finding.headline == (
        "40 of 60 people wrote an answer, 66.7% (95% interval 54.1% to 77.3%); 5 of them drawn at random below."
    )
    assert finding.estimates[0].low == share(40, 60).low
    assert len(finding.table.rows) == 5
    assert len(set(finding.table.rows)) == 5


def test_the_same_seed_draws_the_same_and_another_others():
    drawn = [quotes(survey(), question=ASK, count=5, seed=seed).table.rows for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_every_answer_can_be_drawn():
    seen = {row[0] for seed in range(60) for row in quotes(survey(), question=ASK, count=5, seed=seed).table.rows}
    assert len(seen) == 40


def test_a_group_stands_beside_its_quote():
    finding = quotes(survey(), question=ASK, count=50, by="plan")
    assert "all of them below" in finding.headline
    assert all(part == ("free" if int(text.split()[1]) % 2 == 0 else "pro") for text, part in finding.table.rows)
    sizes = [(one.label, round(one.value * one.n), one.n) for one in finding.estimates[1:]]
    assert sizes == [("wrote an answer, free", 20, 30), ("wrote an answer, pro", 20, 30)]


def test_text_stays_text_and_contact_data_goes():
    given = "<b>Ring</b> me: +49 30 5550 0147 & a.b@example.org"
    finding = quotes(survey_of({ASK: [given] * 3}), question=ASK)
    assert finding.table.rows[0] == ("<b>Ring</b> me: [phone] & [e-mail]",)
    assert "&lt;b&gt;Ring" in finding.table.html()
    assert "Addresses or numbers of people are masked in 3 of the 3 quotes." in finding.cautions


def test_quotes_come_from_the_newest_wave():
    made = survey_of({ASK: ["old"] * 20 + ["new"] * 20}, segments={"wave": ["1"] * 20 + ["2"] * 20})
    assert {row[0] for row in quotes(made, question=ASK, count=20).table.rows} == {"new"}


def test_the_number_of_quotes_has_limits():
    with pytest.raises(SettingError, match="ask for 1 to 50"):
        quotes(survey(), question=ASK, count=0)

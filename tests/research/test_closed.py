import pytest

from pmlib.core import SettingError
from pmlib.research import choices
from pmlib.stats import share, share_difference
from tests.research.made import NOT_ASKED, survey_of

ASK = "How would you feel without it?"


def plans():
    answers = ["very"] * 32 + ["not"] * 68 + ["very"] * 58 + ["not"] * 42
    return survey_of({ASK: answers}, segments={"plan": ["free"] * 100 + ["pro"] * 100})


def test_shares_by_hand():
    finding = choices(survey_of({ASK: ["very"] * 30 + ["not"] * 10 + [None] * 5 + [NOT_ASKED] * 5}), question=ASK)
    assert finding.headline.startswith("Most chosen is 'very', by 75.0% (95% interval ")
    assert finding.headline.endswith("of 40 who answered.")
    assert finding.table.rows[0][2:4] == (30, 0.75)
    assert finding.estimates[0].low == share(30, 40).low
    assert "40 of 45 asked answered, 5 more were not asked" in finding.definition


def test_a_clear_gap_between_groups_is_named():
    finding = choices(plans(), question=ASK, by="plan")
    gap = share_difference(68, 100, 42, 100)
    assert "; 68.0% of free against 42.0% of pro (+26.0 points, 95% interval " in finding.headline
    assert finding.estimates[1].low == gap.low
    assert [one.name for one in finding.figure.series] == ["free", "pro"]
    assert finding.figure.series[1].y == (0.42, 0.58)
    assert finding.table.rows[0][:4] == ("not", "all", 110, 0.55)


def test_an_answer_can_be_followed():
    finding = choices(plans(), question=ASK, option="very", by="plan")
    assert finding.headline.startswith("'very' is chosen by 45.0% (95% interval ")
    assert "; 58.0% of pro against 32.0% of free (+26.0 points, " in finding.headline
    assert finding.kpi.estimate.value == 0.45
    with pytest.raises(SettingError, match=r"Nobody chose 'verry' .* the answers are not, very. Did you mean 'very'"):
        choices(plans(), question=ASK, option="verry")


def test_gaps_that_may_be_chance_are_not_named():
    # 58 against 44 of 100 is clear by itself (p = 0.048) but not among the six pairs looked at.
    answers = ["a"] * 58 + ["b"] * 42 + ["a"] * 44 + ["b"] * 56 + ["a"] * 50 + ["b"] * 50
    survey = survey_of({ASK: answers}, segments={"plan": ["x"] * 100 + ["y"] * 100 + ["z"] * 100})
    assert share_difference(58, 100, 44, 100).p < 0.05
    finding = choices(survey, question=ASK, by="plan")
    assert finding.headline.endswith("no difference by plan is clear of chance.")
    assert "6 comparisons allowed for" in finding.definition


def test_those_of_an_unknown_group_are_shown_and_not_compared():
    survey = survey_of({ASK: ["a"] * 50 + ["b"] * 50}, segments={"plan": ["x"] * 25 + [None] * 75})
    finding = choices(survey, question=ASK, by="plan")
    assert [row[1] for row in finding.table.rows] == ["all", "not given", "x"] * 2
    assert finding.headline.endswith("no difference by plan is clear of chance.")
    assert "comparisons" not in finding.definition


def test_waves_are_told_apart_and_compared():
    answers = ["a"] * 30 + ["b"] * 70 + ["a"] * 55 + ["b"] * 45
    finding = choices(survey_of({ASK: answers}, segments={"wave": ["1"] * 100 + ["2"] * 100}), question=ASK)
    assert finding.headline.startswith("Most chosen in 2 is 'a', by 55.0%")
    change = share_difference(55, 100, 30, 100)
    assert (finding.kpi.change.low, finding.kpi.change.high) == (change.low, change.high)
    assert finding.kpi.history == (0.30, 0.55)
    assert finding.table.text()[1][5] == "+25.0 points"


def test_several_options_an_answer_count_people():
    answers = [["app", "web"], ["app"], ["app", "app"], ["web"], None]
    finding = choices(survey_of({ASK: answers}), question=ASK)
    rows = {row[0]: row[2:4] for row in finding.table.rows}
    assert rows == {"app": (3, 0.75), "web": (2, 0.5)}


def test_numbers_stand_in_their_order():
    finding = choices(survey_of({ASK: [10, 10, 10, 2, 2, 5]}), question=ASK)
    assert [row[0] for row in finding.table.rows] == ["2", "5", "10"]


def test_one_answer_by_all():
    finding = choices(survey_of({ASK: ["a"] * 40}, segments={"plan": ["x", "y"] * 20}), question=ASK, by="plan")
    assert finding.estimates[0].value == 1
    assert finding.headline.endswith("no difference by plan is clear of chance.")


def test_an_open_question_is_refused():
    with pytest.raises(SettingError, match="30 different answers, so it is an open question"):
        choices(survey_of({ASK: [f"words {place}" for place in range(30)]}), question=ASK)

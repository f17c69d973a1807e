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
    assert finding.table.rows[0][2:5] == (40, 30, 0.75)
    assert finding.estimates[0].low == share(30, 40).low
    assert "40 of 45 asked answered, 5 more were not asked" in finding.definition


def test_a_clear_gap_between_groups_is_named():
    finding = choices(plans(), question=ASK, by="plan")
    gap = share_difference(68, 100, 42, 100, level=1 - 0.05 / 2)
    assert "; 68.0% of free against 42.0% of pro (+26.0 points, 95% interval " in finding.headline
    assert (finding.estimates[1].low, finding.estimates[1].high) == (gap.low, gap.high)
    assert finding.estimates[1].p == pytest.approx(2 * gap.p)
    assert "intervals of differences hold for all 2 together" in finding.definition
    assert [one.name for one in finding.figure.series] == ["free", "pro"]
    assert finding.figure.series[1].y == (0.42, 0.58)
    assert finding.table.rows[0][:5] == ("not", "all", 200, 110, 0.55)
    # Each share stands beside the people it is a share of.
    assert finding.table.size == "answered"
    assert {row[1]: row[2] for row in finding.table.rows} == {"all": 200, "free": 100, "pro": 100}


def test_an_answer_can_be_followed():
    finding = choices(plans(), question=ASK, option="very", by="plan")
    assert finding.headline.startswith("'very' is chosen by 45.0% (95% interval ")
    assert "; 58.0% of pro against 32.0% of free (+26.0 points, " in finding.headline
    assert finding.kpi.estimate.value == 0.45
    assert choices(plans(), question=ASK, option=" VERY").headline.startswith("'very' is chosen by 45.0%")


def test_an_answer_nobody_chose_is_none_of_all():
    finding = choices(plans(), question=ASK, option="verry", by="plan")
    # Wilson: 1.96**2 / (200 + 1.96**2) = 1.9%
    assert finding.headline.startswith(
        "'verry' is chosen by 0.0% (95% interval 0.0% to 1.9%) of 200 who answered; 'not'"
    )
    assert finding.table.rows[-1][:5] == ("verry", "pro", 100, 0, 0.0)
    assert finding.kpi.estimate.value == 0
    assert any(
        f"Nobody chose 'verry' in '{ASK}'; the answers are not, very." in caution and "Did you mean 'very'?" in caution
        for caution in finding.cautions
    )


def test_answers_that_tie_are_both_chosen_most():
    survey = survey_of({ASK: ["a"] * 20 + ["b"] * 20}, segments={"plan": ["x", "y"] * 20})
    assert choices(survey, question=ASK).headline == (
        "'a' and 'b' are chosen most, by 50.0% each (95% interval 35.2% to 64.8%) of 40 who answered."
    )
    four = choices(survey_of({ASK: ["a", "b", "c", "d"] * 10}), question=ASK)
    assert four.headline.startswith("4 answers are chosen most, by 25.0% each (")


def test_no_gap_is_shown_with_an_interval_that_holds_0():
    # 3 answers in 3 groups: 9 differences, and the intervals of those shown leave out 0 for all of them.
    answers = ["a"] * 60 + ["b"] * 20 + ["c"] * 20 + ["a"] * 40 + ["b"] * 35 + ["c"] * 25
    answers += ["a"] * 30 + ["b"] * 30 + ["c"] * 40
    survey = survey_of({ASK: answers}, segments={"plan": ["x"] * 100 + ["y"] * 100 + ["z"] * 100})
    finding = choices(survey, question=ASK, by="plan")
    gaps = [one for one in finding.estimates if " less " in one.label]
    assert gaps
    assert all(gap.excludes(0) and gap.p < 0.05 for gap in gaps)
    assert gaps[0].low == share_difference(60, 100, 30, 100, level=1 - 0.05 / 9).low
    assert "intervals of differences hold for all 9 together" in finding.definition


def test_doubts_name_the_question():
    survey = survey_of({ASK: ["a"] * 70 + ["b"] * 10}, segments={"plan": ["x"] * 54 + ["y"] * 26})
    assert choices(survey, question=ASK, by="plan").cautions == (f"Fewer than 30 answers to '{ASK}' by plan: y (26).",)
    one = choices(survey_of({ASK: ["a"]}), question=ASK)
    assert one.cautions == (f"Only 1 person answered '{ASK}'; read the interval, not the number.",)


def test_a_newest_wave_nobody_answered_is_said():
    survey = survey_of({ASK: ["a"] * 40 + [None] * 5}, segments={"wave": ["1"] * 40 + ["2"] * 5})
    finding = choices(survey, question=ASK)
    assert finding.headline.endswith("of 40 who answered; no usable answer in 2.")
    assert f"Nobody gave a usable answer to '{ASK}' in 2; 1 is shown." in finding.cautions


def test_gaps_that_may_be_chance_are_not_named():
    # 58 against 44 of 100 is clear by itself (p = 0.048) but not among the six pairs looked at.
    answers = ["a"] * 58 + ["b"] * 42 + ["a"] * 44 + ["b"] * 56 + ["a"] * 50 + ["b"] * 50
    survey = survey_of({ASK: answers}, segments={"plan": ["x"] * 100 + ["y"] * 100 + ["z"] * 100})
    assert share_difference(58, 100, 44, 100).p < 0.05
    finding = choices(survey, question=ASK, by="plan")
    assert finding.headline.endswith("no difference by plan is clear of chance.")
    assert "intervals of differences hold for all 6 together" in finding.definition


def test_those_of_an_unknown_group_are_shown_and_not_compared():
    survey = survey_of({ASK: ["a"] * 50 + ["b"] * 50}, segments={"plan": ["x"] * 25 + [None] * 75})
    finding = choices(survey, question=ASK, by="plan")
    assert [row[1] for row in finding.table.rows] == ["all", "not given", "x"] * 2
    assert "difference" not in finding.headline
    assert "differences" not in finding.definition


def test_waves_are_told_apart_and_compared():
    answers = ["a"] * 30 + ["b"] * 70 + ["a"] * 55 + ["b"] * 45
    finding = choices(survey_of({ASK: answers}, segments={"wave": ["1"] * 100 + ["2"] * 100}), question=ASK)
    assert finding.headline.startswith("Most chosen in 2 is 'a', by 55.0%")
    change = share_difference(55, 100, 30, 100)
    assert (finding.kpi.change.low, finding.kpi.change.high) == (change.low, change.high)
    assert finding.kpi.history == (0.30, 0.55)
    assert finding.table.text()[1][6] == "+25.0 points"


def test_several_options_an_answer_count_people():
    answers = [["app", "web"], ["app"], ["app", "app"], ["web"], None]
    finding = choices(survey_of({ASK: answers}), question=ASK)
    rows = {row[0]: row[2:5] for row in finding.table.rows}
    assert rows == {"app": (4, 3, 0.75), "web": (4, 2, 0.5)}


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

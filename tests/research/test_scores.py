import math

import pytest

from pmlib.core import SettingError, TooFewError
from pmlib.research import nps
from tests.research.made import NOT_ASKED, survey_of

ASK = "Would you recommend us?"


def scores(promoters, passives, detractors):
    return [10] * promoters + [8] * passives + [3] * detractors


def two_waves():
    answers = scores(40, 30, 30) + scores(50, 30, 20)
    return survey_of({ASK: answers}, segments={"wave": ["2026-05"] * 100 + ["2026-11"] * 100})


def test_the_score_by_hand():
    finding = nps(survey_of({ASK: scores(50, 30, 20)}), question=ASK)
    # 50% less 20%; adjusted 50.75/103 - 20.75/103 = 0.29126, its variance (0.69417 - 0.08483) / 103 = 0.0059160
    half = 1.959964 * math.sqrt(0.0059160)
    assert finding.estimates[0].value == 30
    assert finding.estimates[0].low == pytest.approx(100 * (0.29126 - half), abs=0.01)
    assert finding.estimates[0].high == pytest.approx(100 * (0.29126 + half), abs=0.01)
    assert finding.headline == "NPS is 30.0 (95% interval 14.1 to 44.2), from 100 answers."
    assert finding.kpi.change is None


def test_scores_fall_where_they_belong():
    answers = [0, 6, 7, 8, 9, 10]
    finding = nps(survey_of({ASK: answers}), question=ASK)
    assert finding.table.rows[0][-3:] == (2 / 6, 2 / 6, 2 / 6)
    assert any("Only 6 people answered" in caution for caution in finding.cautions)


def test_the_change_between_waves():
    finding = nps(two_waves(), question=ASK)
    assert finding.headline.startswith("NPS is 30.0 (95% interval 14.1 to 44.2) in 2026-11, up 20.0 on 2026-05 (")
    # Adjusted scores 30 / 103 and 10 / 103, variances (71.5/103 - 0.29126**2) / 103 and (71.5/103 - 0.09709**2) / 103.
    error = math.sqrt((71.5 / 103 - (30 / 103) ** 2 + 71.5 / 103 - (10 / 103) ** 2) / 103)
    change = finding.kpi.change
    assert (change.low, change.high) == pytest.approx(
        (100 * (20 / 103 - 1.959964 * error), 100 * (20 / 103 + 1.959964 * error))
    )
    assert finding.headline.endswith(", which may be chance.") == (change.low < 0)
    assert finding.kpi.history == (10, 30)
    assert [row[0] for row in finding.table.rows] == ["2026-05", "2026-11"]
    assert finding.figure.series[0].x == ("2026-05", "2026-11")


def test_waves_follow_their_days_where_there_are_days():
    survey = survey_of(
        {ASK: scores(30, 0, 0) + scores(0, 30, 0)},
        segments={"wave": ["Spring"] * 30 + ["Autumn"] * 30},
        days=["2026-04-01"] * 30 + ["2026-10-01"] * 30,
    )
    # 1.96 * sqrt(1.5 / 33 / 33) = 0.073
    assert nps(survey, question=ASK).headline.startswith("NPS is 0.0 (95% interval −7.3 to 7.3) in Autumn, down 100.0")


def test_groups_of_the_newest_wave():
    survey = survey_of(
        {ASK: scores(40, 0, 0) + scores(40, 0, 0) + scores(0, 0, 20)},
        segments={"wave": ["1"] * 40 + ["2"] * 60, "plan": ["pro"] * 80 + ["free"] * 19 + [None]},
    )
    finding = nps(survey, question=ASK, by="plan")
    rows = {row[0]: row[1:3] for row in finding.table.rows}
    assert rows == {
        "1": (40, 100.0),
        "2": (60, pytest.approx(100 / 3)),
        "plan: pro": (40, 100.0),
        "plan: free": (19, -100.0),
        "plan: not given": (1, -100.0),
    }
    assert finding.figure.series[0].x == ("1", "2")
    assert finding.figure.series[1].x == ("plan: pro", "plan: free", "plan: not given")
    assert f"Fewer than 30 answers to '{ASK}' by plan in 2: free (19), not given (1)." in finding.cautions


def test_not_asked_is_not_no_answer():
    answers = [*scores(30, 10, 10), None, None, NOT_ASKED, NOT_ASKED, NOT_ASKED]
    finding = nps(survey_of({ASK: answers}), question=ASK)
    assert "50 of 52 asked answered, 3 more were not asked" in finding.definition


def test_many_silent_are_a_caution():
    finding = nps(survey_of({ASK: [*scores(30, 10, 10), *[None] * 50]}), question=ASK)
    assert finding.cautions == (f"50 of 100 people asked '{ASK}' gave no answer; they may differ.",)


def test_all_promoters():
    finding = nps(survey_of({ASK: [10] * 40}), question=ASK)
    assert finding.estimates[0].value == 100
    assert finding.estimates[0].high == 100
    assert finding.estimates[0].low < 100


def test_answers_off_the_scale_are_counted():
    finding = nps(survey_of({ASK: [*scores(30, 10, 10), 11, 7.5, "don't know"]}), question=ASK)
    assert finding.estimates[0].n == 50
    assert any(caution.startswith("3 answers to") for caution in finding.cautions)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            ["very", "not at all"] * 20,
            "is not answered from 0 to 10: 40 of 40 answers are something else, such as 'not",
        ),
        ([1, 2, 3, 4, 5] * 8, "No answer to 'Would you recommend us.' is above 5 in 40"),
    ],
)
def test_another_scale_is_refused(answers, message):
    with pytest.raises(SettingError, match=message):
        nps(survey_of({ASK: answers}), question=ASK)


def test_wrong_names_say_the_nearest():
    survey = survey_of({ASK: scores(1, 1, 1)}, segments={"plan": ["a", "b", "c"]})
    with pytest.raises(SettingError, match=r"Did you mean 'Would you recommend us\?'"):
        nps(survey, question="Would you recomend us?")
    with pytest.raises(SettingError, match=r"no segment 'plam'; there is plan. Did you mean 'plan'"):
        nps(survey, question=ASK, by="plam")
    with pytest.raises(SettingError, match="no segment 'round'"):
        nps(survey, question=ASK, wave="round")


def test_nobody_answered():
    with pytest.raises(TooFewError, match="None of 3 respondents answered"):
        nps(survey_of({ASK: [None, None, NOT_ASKED]}), question=ASK)


def test_a_wave_nobody_answered_is_not_the_newest():
    survey = survey_of({ASK: scores(30, 10, 10) + [None] * 5}, segments={"wave": ["1"] * 50 + ["2"] * 5})
    finding = nps(survey, question=ASK)
    assert finding.headline == "NPS is 40.0 (95% interval 16.2 to 59.3) in 1, from 50 answers; no usable answer in 2."
    assert f"Nobody gave a usable answer to '{ASK}' in 2; 1 is shown." in finding.cautions
    early = survey_of({ASK: [None] * 5 + scores(30, 10, 10)}, segments={"wave": ["1"] * 5 + ["2"] * 50})
    finding = nps(early, question=ASK)
    assert finding.headline == "NPS is 40.0 (95% interval 16.2 to 59.3), from 50 answers."
    assert f"Nobody gave a usable answer to '{ASK}' in 1." in finding.cautions


def test_a_newest_wave_without_scores_is_said():
    answers = [*scores(20, 10, 10), *scores(30, 10, 10), *["no idea"] * 5]
    segments = {"wave": ["1"] * 40 + ["2"] * 50 + ["3"] * 5, "plan": ["pro"] * 95}
    finding = nps(survey_of({ASK: answers}, segments=segments), question=ASK, by="plan")
    assert finding.headline.startswith("NPS is 40.0 (95% interval 16.2 to 59.3) in 2, up 15.0 on 1 (")
    assert finding.headline.endswith("; no usable answer in 3.")
    assert [row[:2] for row in finding.table.rows] == [("1", 40), ("2", 50), ("plan: pro", 50)]
    assert f"Nobody gave a usable answer to '{ASK}' in 3; 2 is shown." in finding.cautions


def test_one_answer_is_one_answer():
    finding = nps(survey_of({ASK: [10]}), question=ASK)
    assert finding.headline.endswith(", from 1 answer.")
    assert any("Only 1 person answered" in caution for caution in finding.cautions)


def test_a_segment_may_be_called_anything():
    survey = survey_of({ASK: scores(30, 10, 10)}, segments={'plan "new" name': ["a"] * 25 + ["b"] * 25})
    assert len(nps(survey, question=ASK, by='plan "new" name').table.rows) == 3

import pytest

from pmlib.core import SettingError, TooFewError
from pmlib.experiments import split
from tests.experiments.made import asked, converted, units_of


def test_a_split_as_planned_names_the_arms():
    finding = asked(split, converted(control=(0, 2011), treatment=(0, 1989)), control="control")
    assert finding.headline == "The split is as planned: 2,011 in control and 1,989 in treatment."
    # chi-square = 2 * 11**2 / 2000 = 0.121
    assert finding.estimates[0].p == pytest.approx(0.72795, abs=1e-5)
    assert finding.estimates[0].value == 2011 / 4000
    assert not finding.cautions
    assert not finding.action


def test_an_alarm_says_not_to_read_the_result():
    finding = asked(split, converted(control=(0, 5060), treatment=(0, 4740)), control="control")
    # chi-square = 2 * 160**2 / 4900 = 10.449: p = 0.0012, no alarm; one of 5,100 to 4,700 is 16.33: p = 5.3e-5.
    assert finding.headline.startswith("The split is as planned")
    finding = asked(split, converted(control=(0, 5100), treatment=(0, 4700)), control="control")
    assert finding.headline == (
        "The arms are not as planned (5,100 and 4,700 units in control and treatment, where 4,900 and 4,900 were "
        "planned): do not read the result."
    )
    assert finding.estimates[-1].p == pytest.approx(5.3e-5, rel=0.01)
    assert finding.action


def test_a_planned_one_to_two_is_no_alarm():
    # Karlan and List (2007): 16,687 letters without and 33,396 with a match, planned one to two.
    units = converted(none=(0, 1669), match=(0, 3340))
    assert "as planned:" in asked(split, units, control="none", weights="1:2").headline
    assert "as planned:" in asked(split, units, control="none", weights={"match": 2, "none": 1}).headline
    assert "not as planned" in asked(split, units, control="none").headline


def test_control_stands_first_and_the_chart_shows_the_plan():
    finding = asked(split, converted(b=(0, 100), a=(0, 100), c=(0, 100)), control="b")
    assert [row[0] for row in finding.table.rows] == ["b", "a", "c"]
    seen, plan = finding.figure.series
    assert seen.x == ("b", "a", "c")
    assert plan.y == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_a_planned_arm_that_got_nobody_is_an_alarm():
    units = converted(control=(0, 100), treatment=(0, 100))
    finding = asked(split, units, control="control", weights={"control": 1, "treatment": 1, "other": 1})
    assert "100, 100 and 0 units in control, treatment and other" in finding.headline


def test_too_few_units_to_check_is_said():
    finding = asked(split, converted(control=(0, 4), treatment=(0, 5)), control="control")
    assert finding.headline == "There are too few units to check the split: 4 in control and 5 in treatment."


def test_units_without_an_arm_are_counted():
    finding = asked(split, units_of(arm=["a", "b", None] * 20), control="a")
    assert finding.cautions == ("20 of 60 units have no arm; they are left out.",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"control": "contrl"},
            r"No arm is called 'contrl'; the arms are control and treatment. Did you mean 'control'",
        ),
        ({"control": "control", "weights": "1:1:1"}, "has 3 weights; there are 2 arms: control, treatment"),
        ({"control": "control", "weights": "1:x"}, "'1:x' holds 'x'; weights are numbers from 0 up"),
        ({"control": "control", "weights": "1:0"}, "another arm need weights above 0"),
        ({"control": "control", "weights": {"control": 1, "treatmnt": 1}}, "Did you mean 'treatmnt'"),
    ],
)
def test_wrong_settings_say_what_there_is(arguments, message):
    with pytest.raises(SettingError, match=message):
        asked(split, converted(control=(1, 10), treatment=(1, 10)), **arguments)


def test_one_arm_is_no_experiment():
    with pytest.raises(TooFewError, match="All 10 units are in 'control'"):
        asked(split, converted(control=(1, 10)), control="control")


def test_a_column_that_names_no_arm_is_refused():
    with pytest.raises(SettingError, match="30 different arms"):
        asked(split, units_of(arm=[str(place) for place in range(30)]), control="1")


def test_units_in_an_arm_that_was_to_have_none_are_an_alarm():
    units = converted(control=(50, 500), treatment=(60, 500), old=(1, 2))
    plan = {"control": 1, "treatment": 1, "old": 0}
    finding = asked(split, units, control="control", weights=plan)
    assert finding.headline.startswith("The arms are not as planned (2 units in old, where none was planned)")
    # The two that were planned are split as planned, and nobody is compared with the third.
    assert finding.estimates[0].p == pytest.approx(1.0)
    assert [row[0] for row in finding.table.rows] == ["control", "treatment"]

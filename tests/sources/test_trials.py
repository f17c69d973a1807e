"""A team's list of experiments: what stands in it, and what is wrong with it."""

from datetime import date

import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.demo.texts import source
from pmlib.sources.trials import Listing, load_trials

PLAN = """
name = "New menu"
hypothesis = "People find more."
owner = "Growth"
[arms]
control = 1
blue = 1
green = 1
[metrics.found]
"""
WHOLE = '[[experiment]]\ndata = "menu.csv"\nregistration = "menu.toml"\n'


def listed(folder, text: str) -> Listing:
    (folder / "menu.toml").write_text(PLAN)
    path = folder / "experiments.toml"
    path.write_text(text)
    return load_trials(path)


def fault(folder, text: str) -> str:
    (one,) = listed(folder, text).experiments
    return one.fault


def test_an_experiment_takes_name_and_owner_from_its_plan(tmp_path):
    (one,) = listed(tmp_path, WHOLE).experiments
    assert (one.name, one.owner, one.fault) == ("New menu", "Growth", "")
    assert one.owned == "New menu (Growth)"
    assert one.data == str(tmp_path / "menu.csv")
    assert one.registration.name == "New menu"
    (other,) = listed(tmp_path, f'{WHOLE}name = "Menu"\nowner = "Search"').experiments
    assert other.owned == "Menu (Search)"


def test_settings_take_the_place_of_a_plan(tmp_path):
    text = '[[experiment]]\ndata = "out/menu.csv"\nmetric = "found"\nweights = "1:2"\nstart = 2026-03-02\ndays = 28\n'
    (one,) = listed(tmp_path, text).experiments
    assert (one.name, one.registration, one.fault) == ("menu", None, "")
    assert (one.settings.metric, one.settings.control, one.settings.weights) == ("found", "control", "1:2")
    assert (one.settings.start, one.settings.days) == (date(2026, 3, 2), 28)


def test_a_decision_before_the_start_is_refused(tmp_path):
    text = '[[experiment]]\ndata = "menu.csv"\nmetric = "ordered"\nstart = 2026-05-04\n'
    text += 'decision = "shipped"\ndecided = 2020-06-05'
    (one,) = listed(tmp_path, text).experiments
    assert one.fault.startswith("decided is 2020-06-05, before its start on 2026-05-04")


def test_the_same_data_with_the_same_arms_are_one_experiment(tmp_path):
    found = listed(tmp_path, f'{WHOLE}\n{WHOLE}name = "Again"')
    assert [check.text for check in found.checks if not check.ok] == [
        "Again has the data and arms of New menu: it is counted once."
    ]
    assert found.again == ("Again",)
    other = listed(tmp_path, f'{WHOLE}\n{WHOLE}name = "Again"\narm = "colour"')
    assert (other.again, [check.ok for check in other.checks]) == ((), [True])


def test_what_people_decided_is_known_from_its_day_on(tmp_path):
    (one,) = listed(tmp_path, f'{WHOLE}decision = "shipped"\ndecided = 2026-06-05\nchosen = "green"').experiments
    assert one.fault == ""
    assert one.decided(date(2026, 6, 4)) is None
    assert one.decided(date(2026, 6, 5)) == date(2026, 6, 5)


def test_all_faults_of_an_experiment_are_told(tmp_path):
    text = f'{WHOLE}decison = "shipped"\nstate = "runing"\ndays = 0\nname = "a\\nb"\nmetric = "found"'
    said = fault(tmp_path, text)
    assert "There is no setting 'decison'; there is name, data," in said
    assert "Did you mean 'decision'?" in said
    assert "state is 'runing'; give one of running, ended. Did you mean 'running'?" in said
    assert "days is 0; give the horizon as a whole number of days, such as 28." in said
    assert "name: write it on one line of at most 80 signs." in said
    assert "metric stands in the registration; leave it out here." in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[experiment]]\nregistration = "menu.toml"', "data is missing; give the file of its units"),
        ('[[experiment]]\ndata = "menu.csv"', "registration is missing; give the file of its plan, or a metric."),
        (f'{WHOLE}aggregates = "sums.csv"', "aggregates take the place of data and events"),
        ('[[experiment]]\nevents = "e.csv"\nmetric = "found"', "events need a registration"),
        (f'{WHOLE}decision = "shipped"', "decided is missing; give the day, such as 2026-06-05."),
        (f"{WHOLE}decided = 2026-06-05", "decision is missing; give one of shipped, rolled back."),
        (f'{WHOLE}decision = "shiped"\ndecided = 2026-06-05', "Did you mean 'shipped'?"),
        (f'{WHOLE}decision = "shipped"\ndecided = 2026-06-05T10:00:00', "give a day without a time"),
        (f'{WHOLE}decision = "shipped"\ndecided = "2026-06-05"', "decided is '2026-06-05'; give the day"),
        (f'{WHOLE}decision = "shipped"\ndecided = 2026-06-05\nchosen = "gren"', "Did you mean 'green'?"),
        (f'{WHOLE}chosen = "green"', "chosen is the arm that was shipped, and nothing was"),
        (f'{WHOLE}state = "running"\ndecision = "shipped"\ndecided = 2026-06-05', "it is shipped and still running"),
        ('[[experiment]]\ndata = "menu.csv"\nregistration = "menue.toml"', "Did you mean 'menu.toml'?"),
    ],
)
def test_a_fault_says_what_is_expected(tmp_path, text, said):
    found = fault(tmp_path, text)
    assert said in found
    assert str(tmp_path) not in found


def test_one_with_a_fault_hides_none_of_the_others(tmp_path):
    found = listed(tmp_path, f'{WHOLE}\n[[experiment]]\nname = "Bad"\n\n{WHOLE}')
    assert [one.name for one in found.experiments] == ["New menu", "Bad", "New menu (2)"]
    assert [bool(one.fault) for one in found.experiments] == [False, True, False]
    assert (found.origin.ledger.read, found.origin.ledger.kept) == (3, 2)
    assert [check.ok for check in found.checks if "counted once" not in check.text] == [False]
    assert found.checks[0].text.startswith("Bad in experiments.toml cannot be read: data is missing;")
    assert listed(tmp_path, WHOLE).checks[0].ok


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# nothing", "lists no experiment"),
        ("[experiment]\ndata = 'menu.csv'", "write [[experiment]] in double brackets"),
        ("[[experiments]]\ndata = 'menu.csv'", "Did you mean 'experiment'?"),
        ("[[experiment]\n", "is not readable TOML"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, text, said):
    with pytest.raises((SettingError, InputError)) as error:
        listed(tmp_path, text)
    assert said in str(error.value)


def test_text_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "experiments.toml").write_bytes(b'[[experiment]]\nname = "M\xfcnchen"\n')
    with pytest.raises(InputError, match="not UTF-8"):
        load_trials(tmp_path / "experiments.toml")
    with pytest.raises(InputError, match="There is no file"):
        load_trials(tmp_path / "nothing.toml")


def test_the_demo_list_is_whole(tmp_path):
    for name in ("registration_onboarding.toml", "registration_paywall.toml", "experiments.toml"):
        (tmp_path / name).write_text(source(name), encoding="utf-8")
    found = load_trials(tmp_path / "experiments.toml")
    assert [one.owned for one in found.experiments] == ["New onboarding (Activation)", "New paywall (Monetisation)"]
    assert [one.settings.decision for one in found.experiments] == ["shipped", None]

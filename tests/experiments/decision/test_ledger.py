"""What ended experiments brought: by hand from shares, standard errors and a normal belief."""

import math
import shutil
from datetime import date

import pytest

from pmlib.core import Finding, SettingError
from pmlib.experiments.decision.gains import prior
from pmlib.experiments.decision.ledger import ledger
from pmlib.experiments.decision.portfolio import Portfolio, portfolio
from pmlib.sources.demo.texts import source
from tests.experiments.decision.team import CHANCE, CLEAR, TORN, WORSE, decided, listing, planned, written

AS_OF = date(2026, 6, 30)
Z = 1.959964


def of(folder, *entries: str, as_of: date = AS_OF) -> Portfolio:
    return portfolio(listing(folder, *entries), as_of=as_of)


def shipped(folder, name: str, hits=CLEAR, day: date = date(2026, 4, 1), **settings) -> str:
    return written(folder, name, hits, above=planned(28), more=decided("shipped", day), **settings)


def estimate(found: Finding, label: str):
    return next(one for one in found.estimates if one.label == label)


def test_a_gain_is_the_shrunk_lift_times_control_times_units_a_week(tmp_path):
    team = of(tmp_path, shipped(tmp_path, "Menu"))
    found = ledger(team, usual=0.05)
    (goal,) = team.stands[0].goals
    # On the scale of logarithms, on which the interval is even.
    error = math.log((1 + goal.alone.high) / (1 + goal.alone.low)) / (2 * Z)
    kept = 0.05**2 / (0.05**2 + error**2)
    left = math.expm1(kept * math.log1p(goal.alone.value))
    # 4,000 units in 28 days are 1,000 a week, of which 28.1 % convert in control.
    week = left * 0.281 * 1000
    sd = (1 + left) * math.sqrt(kept) * error * 281
    total = estimate(found, "converted a week from 1 shipped experiment")
    assert goal.alone.value == pytest.approx(660 / 562 - 1)
    assert total.value == pytest.approx(week, rel=1e-5)
    assert (total.low, total.high) == pytest.approx((week - Z * sd, week + Z * sd), rel=1e-4)
    assert found.headline.startswith("1 of 1 ended experiment won (100.0%; 95% interval 20.7% to 100.0%); 1 shipped")
    assert f"brings +{week:,.0f} units with converted a week" in found.headline
    assert found.action == ""


def test_means_and_variances_of_what_was_shipped_add_up(tmp_path):
    first = shipped(tmp_path, "Menu", day=date(2026, 5, 2))
    second = shipped(tmp_path, "Search", CHANCE, day=date(2026, 4, 1))
    back = written(tmp_path, "Back", WORSE, above=planned(28), more=decided("rolled back", date(2026, 4, 1)))
    undecided = written(tmp_path, "Open", above=planned(28))
    found = ledger(of(tmp_path, first, second, back, undecided), usual=0.05)
    each = {row[0]: row for row in found.table.text()}
    assert [row[0] for row in found.table.text()] == [
        *("Back (Growth)", "Search (Growth)", "Menu (Growth)", "Open (Growth)", "All 2 shipped")
    ]
    sums = estimate(found, "converted a week from 2 shipped experiments")
    alone = [ledger(of(tmp_path, one), usual=0.05).estimates[1] for one in (first, second)]
    assert sums.value == pytest.approx(sum(one.value for one in alone), rel=1e-9)
    half = math.sqrt(sum(((one.high - one.low) / 2) ** 2 for one in alone))
    assert (sums.high - sums.low) / 2 == pytest.approx(half, rel=1e-6)
    assert sums.n == 8000
    assert each["All 2 shipped"][2] == "8,000"
    assert each["Back (Growth)"][4] == "rolled back on 1 Apr 2026"
    assert each["Open (Growth)"][4] == "none yet"
    # The chart steps up on each day of a decision, from 0 at the first start.
    (course,) = found.figure.series
    days = ["2026-03-02", "2026-04-01", "2026-04-01", "2026-05-02", "2026-05-02", "2026-06-30"]
    assert list(course.x) == days
    assert course.y[:2] == (0.0, 0.0)
    assert course.y[2] == pytest.approx(alone[1].value)
    assert course.y[-1] == pytest.approx(sums.value)
    assert [note.text for note in found.figure.notes] == ["Search shipped", "Menu shipped"]


def test_each_metric_has_a_sum_of_its_own(tmp_path):
    entries = [
        shipped(tmp_path, "Menu"),
        shipped(tmp_path, "Search"),
        shipped(tmp_path, "Prices", title="subscribed"),
    ]
    found = ledger(of(tmp_path, *entries), usual=0.05)
    labels = [one.label for one in found.estimates[1:3]]
    assert labels == ["converted a week from 2 shipped experiments", "subscribed a week from 1 shipped experiment"]
    card, first = found.kpi.estimate, found.estimates[1]
    assert (card.value, card.low, card.high) == (first.value, first.low, first.high)
    # 28.1 % of 2,000 units in four weeks, 17.4 % more, twice.
    assert card.label == "converted a week from 2 shipped experiments, 98 as measured, shrunk"
    assert "; others bring +" in found.headline
    assert found.headline.count(" units with ") == 2


def test_decisions_against_the_rule_are_told(tmp_path):
    gamble = shipped(tmp_path, "Gamble", CHANCE)
    missed = written(tmp_path, "Missed", above=planned(28), more=decided("rolled back", date(2026, 4, 1)))
    careful = written(tmp_path, "Careful", CHANCE, above=planned(28), more=decided("rolled back", date(2026, 4, 1)))
    found = ledger(of(tmp_path, gamble, missed, careful))
    assert "Gamble was shipped although the rule says: cannot tell." in found.cautions
    assert "Missed was rolled back although the rule says: ship." in found.cautions
    assert not any("Careful" in caution for caution in found.cautions)
    assert found.action == "Write down why Gamble was shipped although the rule says: cannot tell."


def test_the_arm_that_was_shipped_counts(tmp_path):
    hits = {"control": (562, 2000), "blue": (660, 2000), "green": (640, 2000)}
    best = of(tmp_path, shipped(tmp_path, "Menu", hits))
    other = of(tmp_path, shipped(tmp_path, "Menu", hits) + 'chosen = "green"\n')
    lifts = [ledger(team, usual=0.05).table.text()[0][5] for team in (best, other)]
    assert lifts == ["+17.4%", "+13.9%"]


def test_arms_not_as_planned_won_nothing(tmp_path):
    found = ledger(of(tmp_path, shipped(tmp_path, "Menu", TORN)))
    assert found.headline.startswith("0 of 1 ended experiment won")
    assert any(caution.startswith("Menu has an alarm (the split") for caution in found.cautions)
    assert "Menu was shipped although the rule says: cannot tell." in found.cautions


def test_what_was_decided_later_is_not_known_yet(tmp_path):
    team = of(tmp_path, shipped(tmp_path, "Menu"), as_of=date(2026, 3, 30))
    found = ledger(team, usual=0.05)
    assert found.headline.endswith("nothing was shipped.")
    assert {one.name for one in found.figure.series} == {"measured", "to expect"}
    assert ledger(of(tmp_path, shipped(tmp_path, "Menu"), as_of=date(2026, 3, 20))).headline == (
        "This cannot be answered: no experiment of experiments.toml has ended."
    )


def test_the_belief_is_printed(tmp_path):
    team = of(tmp_path, shipped(tmp_path, "Menu"))
    assert "as in 78 experiments of an online shop (ASOS)" in ledger(team).definition
    assert any("from 20 ended experiments on, your own tell" in caution for caution in ledger(team).cautions)
    assert "normal about 0 with a standard deviation of 5.0%" in ledger(team, usual=0.05).definition
    with pytest.raises(SettingError, match="a fraction up to 1"):
        ledger(team, usual=5)


def test_twenty_experiments_of_their_own_take_the_place_of_a_shop(tmp_path):
    (one,) = of(tmp_path, shipped(tmp_path, "Menu")).stands
    (other,) = of(tmp_path, shipped(tmp_path, "Search", CHANCE)).stands
    few = prior([one, other] * 9 + [other], None)
    assert (few.own, "ASOS" in few.words) == (False, True)
    many = prior([one, other] * 10, None)
    assert many.own
    assert many.words.endswith("as in 20 own experiments")
    # Lifts of 17.4 % and 1.4 % with errors of 5 % each: their spread about 0, less that of the errors.
    lifts, errors = [], []
    for stand in (one, other):
        (goal,) = stand.goals
        lifts.append(goal.alone.value)
        errors.append((goal.alone.high - goal.alone.low) / (2 * Z))
    spread = sum(lift**2 - error**2 for lift, error in zip(lifts, errors, strict=True)) / 2
    assert many.belief.sd == pytest.approx(math.sqrt(spread), rel=0.1)


def test_the_demo_ledger(demo, tmp_path):
    for name in ("onboarding", "paywall"):
        shutil.copy(demo / f"experiment_{name}.csv", tmp_path)
        (tmp_path / f"registration_{name}.toml").write_text(source(f"registration_{name}.toml"))
    team = portfolio(listing(tmp_path, source("experiments.toml")), as_of="2026-11-22")
    found = ledger(team, usual=0.05)
    assert found.headline.startswith("1 of 2 ended experiments won (50.0%; 95% interval 9.5% to 90.5%); 1 shipped")
    assert "units with friend invited a week" in found.headline
    # By the lifts of a shop next to nothing would be left of a planted 18 %, so that nothing is said.
    shop = ledger(team)
    assert shop.headline.endswith(" shipped brings a week cannot be said before usual lifts are known.")
    assert any("lifts of an online shop tell nothing of one this large" in caution for caution in shop.cautions)
    assert {one.name for one in shop.figure.series} <= {"measured", "to expect"}
    # A share of 9.5 % that wins is one of 8.9 % that truly win; 0.025 x 0.911 of those seen to win are none.
    assert found.cautions[0] == (
        "2 experiments tell little of how often ideas win: anything from 0.0% to 24.1% of clear winners may be none."
    )
    assert found.table.text()[0][4] == "shipped on 6 Jul 2026"

"""Experiments without a change: which metrics may be trusted."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from pmlib.core import InputError, SettingError
from pmlib.experiments import trial
from pmlib.experiments.rehearsal import aa, urn
from pmlib.experiments.rehearsal.calls import drawn
from pmlib.experiments.rehearsal.draws import draws
from pmlib.experiments.rehearsal.urn import filled, pooled
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats import mean_difference
from pmlib.stats.trials.plans import Design
from tests.experiments.made import units_of
from tests.experiments.rehearsal.drawn import ARMS, drawn_units, payers

BAND = (0.03, 0.072)
"""Of 1,000 runs at 5%: three standard errors to either side, said before looking."""


def test_what_behaves_well_may_be_trusted():
    random = np.random.default_rng(1)
    n = 2000
    hits = (random.random(n) < 0.1).astype(int).tolist()
    found = aa(drawn_units(n, hit=hits, seen=random.poisson(3, n).tolist(), same=[7] * n))
    assert found.headline.startswith("All 2 metrics may be trusted: ")
    assert [check.ok for check in found.checks] == [True, True]
    assert found.cautions[0] == "same left out: no unit differs from another."
    rates = {one.label: one for one in found.estimates}
    for name in ("hit", "seen"):
        rate = rates[f"false alarms, {name}"]
        assert BAND[0] <= rate.value <= BAND[1]
        assert rate.low < 0.05 < rate.high
        assert rates[f"called higher, {name}"].value + rates[f"called lower, {name}"].value == pytest.approx(rate.value)
        assert rates[f"intervals that hold +5.0%, {name}"].value >= 0.928
    assert rates["unevenness of p, seen"].p > 0.001
    assert found.kpi.target == 0.05
    assert found.figure.series[1].y == (0.05, 0.05)
    assert found.action == ""


def test_a_lift_is_seen_as_often_as_the_plan_says():
    random = np.random.default_rng(6)
    n = 1200
    level = (50 + 20 * random.normal(size=n)).tolist()
    found = aa(drawn_units(n, level=level), smallest=0.07, runs=2000)
    seen = next(one for one in found.estimates if one.label == "lift of +7.0% seen, level")
    mean, variance = float(np.mean(level)), float(np.var(level, ddof=1))
    chance = Design(mean, variance).chance(0.07, n / 2)
    assert 0.5 < chance < 0.95
    # The finite units vary a little less than the plan's: three standard errors of 2,000 runs and a point.
    assert abs(seen.value - chance) < 3 * (chance * (1 - chance) / 2000) ** 0.5 + 0.01


def test_less_may_be_better_and_a_mean_below_zero():
    random = np.random.default_rng(6)
    loss = (-50 + 5 * random.normal(size=400)).tolist()
    found = aa(drawn_units(400, loss=loss, cost=[-value for value in loss]), metric="loss,-cost", smallest=0.05)
    seen = {one.label: one.value for one in found.estimates if "seen" in one.label}
    assert seen["lift of +5.0% seen, loss"] > 0.99
    assert seen["lift of −5.0% seen, cost"] > 0.99
    held = [one.value for one in found.estimates if "hold" in one.label]
    assert min(held) > 0.92


def clusters(n: int = 1000, size: int = 10) -> dict[str, list]:
    """Units of accounts that are alike, each account in one arm."""
    random = np.random.default_rng(9)
    of = np.arange(n) // size
    effect = random.normal(size=n // size)
    return {
        "account": [f"a{account}" for account in of],
        "arm": ["control" if account % 2 else "treatment" for account in of],
        "spend": (20 + 3 * effect[of] + random.normal(size=n)).tolist(),
        "hit": (random.random(n) < 1 / (1 + np.exp(1 - 1.5 * effect[of]))).astype(int).tolist(),
    }


def test_units_that_share_an_arm_are_caught_when_read_one_by_one():
    found = aa(units_of(**clusters()))
    assert found.headline.startswith("2 of 2 metrics cannot be trusted: spend calls too often (")
    assert "put into arms together. With cluster='account' metrics are read by it." in found.cautions[0]
    assert not any(check.ok for check in found.checks)
    assert "because units of one account are alike and share an arm" in found.checks[0].text
    assert found.action == 'Read it by account: write cluster = "account" into the registration.'
    assert found.estimates[0].value > 0.4


def test_read_by_cluster_they_pass():
    found = aa(units_of(**clusters()), cluster="account", metric="spend,hit")
    assert found.headline.startswith("All 2 metrics may be trusted: ")
    assert all(check.ok for check in found.checks)
    assert BAND[0] <= found.estimates[0].value <= BAND[1]
    assert any(caution.startswith("Read unit by unit, spend calls too often: ") for caution in found.cautions)
    assert [row[0] for row in found.table.rows] == ["spend, by account", "spend", "hit, by account", "hit"]


def test_units_are_put_into_arms_one_by_one_where_nothing_holds_them_together():
    columns = clusters()
    columns["arm"] = ["control", "treatment"] * 500
    assert aa(units_of(**columns), metric="spend").checks[0].ok


def test_few_payers_in_a_small_arm_are_caught_with_what_mends_it():
    random = np.random.default_rng(1)
    pays = np.where(random.random(1000) < 0.1, random.lognormal(0, 1.2, 1000), 0).tolist()
    found = aa(drawn_units(1000, pays=pays), split="9:1", seed=2)
    check = found.checks[0]
    assert not check.ok
    assert "because few units carry it (the largest carries" in check.text
    assert "100 units in the smaller arm" in check.text
    assert "may be trusted (" in found.action


def test_more_payers_are_straightened_where_welch_would_be_caught():
    pays = payers(5000)
    found = aa(drawn_units(5000, pays=pays), split="9:1")
    assert found.checks[0].ok
    higher, lower = (one.value for one in found.estimates[1:3])
    # What surely is more than 2.5% of 1,000 begins at 4.2%; Welch calls the smaller arm lower in 7.8% by its own page.
    assert max(higher, lower) < 0.042
    made = filled(pooled(drawn_units(5000, pays=pays)), [Measure("pays")])
    welch = []
    for draw in draws(made, [0.9, 0.1], runs=1000):
        base, group = drawn(made.lots[0], draw, 0, list(ARMS)).groups
        welch.append(mean_difference(group.moments, base.moments))
    assert sum(one.excludes(0) and one.value < 0 for one in welch) > 42


def test_an_arm_in_which_nobody_pays_is_read():
    pays = [0.0] * 290 + [0.1, 0.7, 3.3, 9.9, 1.3] * 2
    found = aa(drawn_units(300, pays=pays))
    assert found.estimates[0].n == 1000
    assert found.checks[0].ok


def test_a_few_payers_in_a_small_arm_cannot_be_read():
    # 30 units against 270, 5 of all of them pay: no interval of moments holds there.
    pays = [0.0] * 295 + [0.1, 0.7, 3.3, 9.9, 1.3]
    (check,) = aa(drawn_units(300, pays=pays), split="9:1").checks[:1]
    assert not check.ok
    assert "no draw gives its arms enough units" in check.text


def test_rare_shares_are_judged_exactly():
    found = aa(drawn_units(1000, hit=[1] * 8 + [0] * 992))
    assert found.checks[0].ok
    # Of the same 8 hits 7 or 8 fall into one arm in 7% of draws, which would be called; of as many as come it is less.
    assert found.estimates[0].value < 0.05
    assert found.table.rows[0][7] == "in steps"
    assert found.cautions[0].startswith("Few units tell hit apart, so how many do it is drawn anew")


def test_peeking_is_as_bad_as_published():
    # Armitage, McPherson and Rowe (1969), JRSS A 132:235-244, table 2: 5 looks at 5% call in 14.2%.
    random = np.random.default_rng(2)
    found = aa(drawn_units(1000, level=random.normal(10, 2, 1000).tolist()), looks=5, runs=2000)
    rates = {one.label: one.value for one in found.estimates}
    peeked = rates["false alarms over 5 looks read alone, level"]
    # Three standard errors of 2,000 runs.
    assert abs(peeked - 0.142) < 3 * (0.142 * 0.858 / 2000) ** 0.5
    assert 0.035 <= rates["false alarms over 5 looks as planned, level"] <= 0.065
    assert (
        f"level calls a difference in {peeked:.1%} of experiments without a change; by a plan of 5 looks"
        in (found.cautions[0])
    )


def test_several_arms_are_judged_together():
    random = np.random.default_rng(2)
    found = aa(drawn_units(1500, level=random.normal(10, 2, 1500).tolist()), split="1:1:1")
    rate, higher, lower = (one.value for one in found.estimates[:3])
    assert BAND[0] <= rate <= BAND[1]
    assert BAND[0] <= higher + lower <= BAND[1]
    assert higher + lower != rate
    assert "tails, p and lifts of arm 1" in found.definition


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_rows():
    random = np.random.default_rng(2)
    hits = (random.random(200) < 0.4).astype(int).tolist()
    columns = {"unit": [f"u{place}" for place in range(200)], "arm": ["a", "b"] * 100, "hit": hits, "pays": payers(200)}
    turned = {name: values[::-1] for name, values in columns.items()}
    one, again, other = (aa(units_of(**given), seed=5) for given in (columns, columns, turned))
    assert json.dumps(one.facts()) == json.dumps(again.facts()) == json.dumps(other.facts())
    assert one.table.rows == other.table.rows
    assert one.figure.as_json() == other.figure.as_json()
    assert aa(units_of(**columns), seed=6).table.rows != one.table.rows


def test_a_registration_says_metrics_split_and_level():
    random = np.random.default_rng(2)
    measures = (Measure("level", smallest=0.02, title="the level"), Measure("hit", role="guardrail", better="down"))
    plan = Registration("n", "h", "old", {"old": 2.0, "new": 1.0, "none": 0.0}, measures, alpha=0.1, seed=7)
    hits = (random.random(300) < 0.3).astype(int).tolist()
    given = drawn_units(300, level=random.normal(10, 2, 300).tolist(), hit=hits)
    found = aa(given, registration=plan)
    assert "old 66.7%, new 33.3%; seed 7" in found.definition
    assert 0.07 <= found.estimates[0].value <= 0.13
    assert "where 10.0% are promised" in found.headline
    assert [row[0] for row in found.table.rows] == ["the level", "hit"]
    assert [row[9] for row in found.table.rows] == ["+2.0%", "−5.0%"]
    with pytest.raises(SettingError, match="Did you mean 'level'"):
        aa(given, registration=plan, metric="levl")


@pytest.mark.parametrize("reading", ["group-sequential", "always-valid"])
def test_the_looks_of_a_registration_are_set_beside_peeking(reading):
    random = np.random.default_rng(2)
    start = date(2026, 1, 5)
    looks = tuple(start + timedelta(days=days) for days in (6, 13, 27)) if reading == "group-sequential" else ()
    measures = (Measure("level"), Measure("other"))
    plan = Registration("n", "h", "control", ARMS, measures, start=start, days=28, looks=looks, reading=reading)
    given = drawn_units(600, level=random.normal(10, 2, 600).tolist(), other=[1.0] * 600)
    found = aa(given, registration=plan, metric="level")
    times = 3 if looks else 10
    told = {
        "group-sequential": "by a plan of 3 looks (O'Brien and Fleming)",
        "always-valid": "by always-valid intervals",
    }
    caution = found.cautions[0]
    assert f"Looked at {times} times" in caution
    assert told[reading] in caution
    rates = {one.label: one.value for one in found.estimates}
    peeked, planned = (rates[f"false alarms over {times} looks {how}, level"] for how in ("read alone", "as planned"))
    assert planned < 0.073 < peeked
    assert [row[0] for row in found.table.rows] == ["level"]


def test_only_the_units_of_an_arm_are_taken_where_one_is_named():
    given = units_of(arm=["old"] * 300 + ["new"] * 100, x=[float(place % 9) for place in range(400)])
    assert "300 units of trial.csv" in aa(given, control="old").definition
    with pytest.raises(SettingError, match="the arms are new, old"):
        aa(given, control="odl")


def test_of_very_many_units_a_sample_is_taken_and_told(monkeypatch):
    monkeypatch.setattr(urn, "MOST", 1000)
    found = aa(drawn_units(4000, x=[float(place % 9) for place in range(4000)]))
    assert "units of trial.csv (a sample of 4,000)" in found.definition
    size = int(found.definition.split(" ")[0].replace(",", ""))
    # Binomial with a quarter of 4,000: 1,000 and four standard errors.
    assert abs(size - 1000) < 4 * (4000 * 0.25 * 0.75) ** 0.5


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"runs": 100}, "runs is 100; give 1,000 to 100,000"),
        ({"looks": 1}, "looks is 1; give 2 to 30"),
        ({"split": "1"}, "give one above 0 for each arm, control first"),
        ({"split": "1:x"}, "holds 'x'"),
        ({"smallest": 0}, "smallest lift that matters is 0"),
        ({"metric": "hti"}, "Did you mean 'hit'"),
        ({"cluster": "acount"}, "no metric 'acount'"),
    ],
)
def test_a_wrong_wish_is_refused(wish, says):
    with pytest.raises(SettingError, match=says):
        aa(drawn_units(100, hit=[0, 1] * 50), **wish)


def test_units_of_a_trial_are_named_where_the_trial_was_given():
    given = trial(drawn_units(100, hit=[0, 1] * 50), metric="hit")
    with pytest.raises(InputError, match=r"Trial were given; .* aa\(trial\.units\)"):
        aa(given)


def test_what_cannot_be_put_into_arms_is_refused_with_what_to_do():
    with pytest.raises(InputError, match=r"an A/A test takes units\. Load them with load_units"):
        aa("units.csv")


def test_too_few_units_or_none_that_differ_are_no_answer():
    assert "so nothing can be called" in aa(drawn_units(100, hit=[1] * 100)).headline
    assert "each needs 2 or more" in aa(drawn_units(6, hit=[0, 1] * 3), split="9:1").headline


def test_a_plan_may_name_metrics_of_the_teams_catalogue(tmp_path):
    own = tmp_path / "metrics.toml"
    own.write_text(
        '[trips]\ntitle = "trips"\nmeaning = "Trips."\nkind = "flow"\nunit = "count"\nsql = "count(*)"\n',
        encoding="utf-8",
    )
    units = drawn_units(400, trips=np.random.default_rng(3).poisson(3, 400).tolist())
    plan = Registration("n", "h", "control", {"control": 1, "treatment": 1}, (Measure("trips", metric="trips"),))
    with pytest.raises(SettingError, match="no metric 'trips'"):
        aa(units, registration=plan)
    assert "trips" in aa(units, registration=plan, metrics=own).headline.casefold()

"""Shuffling and drawing anew, asked for by name: the statistics themselves on the values of the units."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from pmlib.core import SettingError
from pmlib.experiments import redrawn, trial
from pmlib.experiments.effects.redrawn import FEWER, enough
from pmlib.sources.aggregates import load_aggregates
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.redraws import bootstrap_quantile
from pmlib.stats.trials.resampling import RUNS, bootstrap, permutation
from tests.experiments.made import converted, units_of

# Manly (1997), Randomization, Bootstrap and Monte Carlo Methods in Biology, page 4: jaws of golden jackals in mm.
MALES = [120, 107, 110, 116, 114, 111, 113, 117, 114, 112]
FEMALES = [110, 111, 107, 108, 110, 105, 107, 106, 111, 111]
JAWS = {"arm": ["male"] * 10 + ["female"] * 10, "jaw": [*MALES, *FEMALES]}


def plan(*measures, arms="ab", **options):
    return Registration("trial", "", arms[0], dict.fromkeys(arms, 1.0), measures, digest="x", **options)


def spent(n=400, seed=3, gain=0.2, arms="ab"):
    draw = np.random.default_rng(seed)
    arm = np.array(list(arms))[draw.integers(0, len(arms), n)]
    before = draw.normal(0, 1, n)
    spend = 5 + before + draw.exponential(1, n) + gain * (arm == "b")
    return {"arm": arm, "spend": spend, "before": before, "visits": draw.integers(1, 5, n)}


def made(columns, order=slice(None)):
    return units_of(**{name: values[order].tolist() for name, values in columns.items()})


def ends(one):
    return one.value, one.low, one.high, one.p


def test_jackals_are_judged_by_every_arrangement_drawn():
    found = redrawn(trial(units_of(**JAWS), metric="jaw", control="female"))
    gap, lift = found.estimates[3], found.estimates[2]
    # Manly's two-sided test over random arrangements: about 0.003 (page 8); here studentised and of 9,999.
    assert gap.value == pytest.approx(4.8)
    assert 0.0005 < gap.p < 0.006
    assert lift.p == gap.p
    assert gap.excludes(0)
    assert lift.excludes(0)
    assert "by shuffling the units (permutation), clearly better; so it is as read, +" in found.headline
    assert [row[0] for row in found.table.rows] == ["as it is read", "by shuffling the units (permutation)"]
    assert "shuffled between the arms 9,999 times (seed 0)" in found.definition


@pytest.mark.parametrize(("how", "compare"), [("permutation", permutation), ("bootstrap", bootstrap)])
def test_what_is_asked_for_is_the_statistic_of_the_values_and_its_seed_the_plans(how, compare):
    columns = spent()
    rows = {arm: columns["spend"][columns["arm"] == arm] for arm in "ab"}
    found = redrawn(trial(made(columns), registration=plan(Measure("spend"), seed=7)), how=how)
    want = compare(rows["b"], rows["a"], seed=7)
    assert ends(found.estimates[3]) == pytest.approx(ends(want[0]))
    assert ends(found.estimates[2]) == pytest.approx(ends(want[1]))
    # The order of rows changes nothing.
    order = np.random.default_rng(1).permutation(len(columns["arm"]))
    again = redrawn(trial(made(columns, order), registration=plan(Measure("spend"), seed=7)), how=how)
    for one, other in zip(again.estimates[2:], found.estimates[2:], strict=True):
        assert ends(one) == pytest.approx(ends(other))


def test_values_are_adjusted_by_the_time_before_as_the_usual_reading_is():
    columns = spent()
    usual, by = (
        redrawn(trial(made(columns), registration=plan(Measure("spend", before=one)))) for one in ("", "before")
    )
    # Half of the variance is the time before's: the interval is narrower by the root of it, and stays about the value.
    plain, adjusted = usual.estimates[3], by.estimates[3]
    assert (adjusted.high - adjusted.low) / (plain.high - plain.low) == pytest.approx(0.5**0.5, abs=0.08)
    assert adjusted.value == pytest.approx(by.estimates[1].value, rel=1e-9)
    assert by.estimates[2].value == pytest.approx(by.estimates[0].value, rel=1e-9)
    assert "adjusted by the time before as they are" in by.definition
    # A unit whose time before nobody knows is kept.
    columns["before"][:20] = np.nan
    some = redrawn(trial(made(columns), registration=plan(Measure("spend", before="before"))))
    assert some.estimates[3].n == 400
    assert some.estimates[3].value == pytest.approx(some.estimates[1].value, rel=1e-9)


def test_a_ratio_is_drawn_by_units_and_a_cap_kept():
    columns = spent()
    of = {arm: columns["arm"] == arm for arm in "ab"}
    found = redrawn(trial(made(columns), registration=plan(Measure("spend", over="visits"))))
    over = tuple(columns["visits"][of[arm]] for arm in "ba")
    want = permutation(columns["spend"][of["b"]], columns["spend"][of["a"]], over=over)
    assert ends(found.estimates[3]) == pytest.approx(ends(want[0]))
    capped = redrawn(trial(made(columns), registration=plan(Measure("spend", cap=0.9))))
    top = np.sort(columns["spend"])[359]
    want = permutation(*(np.minimum(columns["spend"][of[arm]], top) for arm in "ba"))
    assert ends(capped.estimates[3]) == pytest.approx(ends(want[0]))


def test_clusters_are_moved_as_a_whole():
    draw = np.random.default_rng(5)
    team = np.repeat(np.arange(60), 10)
    hits = (draw.random(600) < 0.3 + 0.4 * draw.random(60)[team]).astype(int)
    units = units_of(arm=["ab"[one % 2] for one in team], team=team.tolist(), hits=hits.tolist())
    found = redrawn(trial(units, registration=plan(Measure("hits"), cluster="team")))
    sums = hits.reshape(60, 10).sum(axis=1)
    want = permutation(sums[1::2], sums[::2], over=([10] * 30, [10] * 30))
    assert ends(found.estimates[3]) == pytest.approx(ends(want[0]))
    assert "Clusters are moved as a whole, with all their units." in found.cautions


def test_a_quantile_is_drawn_anew_and_not_shuffled():
    columns = spent()
    asked = trial(made(columns), registration=plan(Measure("spend", kind="quantile", quantile=0.9)))
    found = redrawn(asked, how="bootstrap")
    rows = {arm: np.sort(columns["spend"][columns["arm"] == arm]) for arm in "ab"}
    want = bootstrap_quantile(rows["b"], rows["a"], quantile=0.9)
    assert ends(found.estimates[3]) == pytest.approx(ends(want[0]))
    assert found.estimates[3].value == pytest.approx(found.estimates[1].value)
    with pytest.raises(SettingError, match='how="bootstrap"'):
        redrawn(asked)
    with pytest.raises(SettingError, match="how"):
        redrawn(asked, how="jackknife")


def test_several_arms_are_allowed_for_and_the_one_that_differs_is_named():
    columns = spent(n=900, gain=0.5, arms="abc")
    found = redrawn(trial(made(columns), registration=plan(Measure("spend"), arms="abc")))
    of = {arm: columns["spend"][columns["arm"] == arm] for arm in "abc"}
    alone = permutation(of["b"], of["a"])[0].p
    assert found.estimates[3].p == pytest.approx(2 * alone)
    assert [row[0] for row in found.table.rows] == [
        "b, as registered",
        "b, by shuffling the units (permutation)",
        "c, as registered",
        "c, by shuffling the units (permutation)",
    ]
    assert found.headline.startswith("Spend in b: +")
    assert "allowed for by Bonferroni" in found.definition


def test_a_way_that_differs_says_so():
    # Three of twelve against none of four hundred and eighty: Welch's interval of the mean reaches below 0, and every
    # twentieth arrangement does not.
    arms = ["a"] * 480 + ["b"] * 12
    spend = [0.0] * 480 + [90.0, 60.0, 30.0] + [0.0] * 9
    welch = stats.ttest_ind(spend[480:], spend[:480], equal_var=False).pvalue
    assert welch > 0.05
    asked = trial(units_of(arm=arms, spend=spend), metric="spend", control="a", weights="40:1")
    found = redrawn(asked)
    assert asked.comparisons["spend"][0].p is None or asked.comparisons["spend"][0].p > 0.05
    assert found.estimates[3].p < 0.01
    assert ", clearly better, but not clear as read, " in found.headline
    assert any("The result as it is read decides" in one for one in found.cautions)


def test_a_share_of_thousands_is_quick_and_agrees():
    found = redrawn(trial(converted(a=(1000, 20_000), b=(1200, 20_000)), metric="converted", control="a"))
    assert found.estimates[3].p == pytest.approx(0.001)
    assert "1,999 times" in found.definition
    assert found.estimates[3].low == pytest.approx(found.estimates[1].low, abs=0.0006)


def test_of_aggregates_and_a_split_that_is_off_it_says_why_not(tmp_path):
    file = tmp_path / "sums.csv"
    file.write_text("arm,metric,n,mean,variance\na,spend,500,10,4\nb,spend,500,10.5,4\n")
    found = redrawn(trial(load_aggregates(file), metric="spend", control="a"))
    assert "counts and means tell nothing of one unit" in found.headline + " ".join(found.cautions)
    off = redrawn(trial(converted(a=(30, 300), b=(20, 600)), metric="converted", control="a"))
    assert off.headline.startswith("Converted cannot be read: ")


def test_skewed_values_of_few_units_are_better_shuffled_than_drawn():
    draw = np.random.default_rng(9)
    pay = np.where(draw.random(300) < 0.1, draw.lognormal(0, 1.2, 300), 0.0)
    asked = trial(units_of(arm=["a", "b"] * 150, pay=pay.tolist()), metric="pay", control="a")
    assert any("too skewed for so few units" in one for one in redrawn(asked, how="bootstrap").cautions)
    assert not any("too skewed for so few units" in one for one in redrawn(asked).cautions)
    plain = trial(made(spent()), metric="spend", control="a")
    assert not any("too skewed for so few units" in one for one in redrawn(plain, how="bootstrap").cautions)


def test_so_early_that_no_number_of_draws_could_call_it_is_refused():
    # At 300 of 5,000 units a call takes p below 0.00001; of 9,999 shufflings the smallest is 0.0002.
    day = [date(2026, 3, 2) + timedelta(days=at // 20) for at in range(300)]
    hits = [int(at // 2 % 10 < (7 if at % 2 else 1)) for at in range(300)]
    early = trial(units_of(arm=["a", "b"] * 150, hits=hits, exposed_on=day), metric="hits", control="a")
    assert early.comparisons["hits"][0].clear
    for how in ("permutation", "bootstrap"):
        assert "a smaller p than 9,999 draws can tell, which is 0.0002" in redrawn(early, how=how).headline
    assert enough(300, 0.05) == enough(20_000, 0.0018) == RUNS
    assert enough(20_000, 0.05) == FEWER

"""Experiments nobody here ran: what their authors published, reached through the rooms and their pages."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pmlib import experiments
from pmlib.cli import main
from pmlib.experiments import Trial, trial
from pmlib.experiments.reading.comparisons import Comparison
from pmlib.sources import Aggregates, Measure, Registration, load_aggregates, load_units
from pmlib.stats.trials.families import benjamini_hochberg, holm

HERE = Path(__file__).parent

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def hillstrom(real_data):
    return load_units(real_data / "ab_hillstrom/hillstrom.csv", arm="segment")


@pytest.fixture(scope="module")
def letters(real_data):
    return load_units(real_data / "ab_charitable_giving/charitable.csv.gz", unit="", arm="treatment")


@pytest.fixture(scope="module")
def shop(real_data) -> Path:
    return real_data / "ab_asos/asos_digital_experiments_dataset.parquet"


@pytest.fixture(scope="module")
def asos(shop) -> Aggregates:
    return load_aggregates(shop, running=True, start=date(2020, 1, 1))


# Radcliffe (2008), "Hillstrom's MineThatData Email Analytics Challenge: An Approach Using Uplift Modelling", overview.
EMAILS = {
    "visit": (0.1828, 0.1514, 0.1062, 4),
    "conversion": (0.01253, 0.00884, 0.00573, 5),
    "spend": (1.4226, 1.0772, 0.6528, 4),
}


@pytest.mark.parametrize("metric", EMAILS)
def test_both_emails_win_on_every_metric(hillstrom, metric):
    mens, womens, none, digits = EMAILS[metric]
    made = trial(hillstrom, metric=metric, control="No E-Mail", weights="1:1:1")
    found = {one.group.arm: one for one in made.comparisons[metric]}
    assert {arm: round(one.value, digits) for arm, one in found.items()} == {
        "Mens E-Mail": mens,
        "Womens E-Mail": womens,
    }
    assert round(found["Mens E-Mail"].base, digits) == none
    assert not made.split.alarm
    for one in found.values():
        assert one.good
        # Two arms are judged together: p is above that of the arm alone and below twice that.
        alone = one.alone.p or 0.0
        assert alone <= (one.p or 0.0) <= 2 * alone
    headline = experiments.verdict(made).headline
    assert headline.startswith(f"Ship: {metric} ")
    assert "in Mens E-Mail against " in headline


def test_either_email_would_ship_by_itself(hillstrom):
    for arm in ("Mens E-Mail", "Womens E-Mail"):
        some = replace(hillstrom, engine=hillstrom.engine.viewed("units", lambda base, arm=arm: only(base, arm)))
        finding = experiments.verdict(trial(some, metric="visit", control="No E-Mail", guardrails="spend"))
        assert finding.headline.startswith("Ship: visit ")
        assert f"in {arm} against " in finding.headline


def only(base, arm):
    from sqlglot import exp

    return exp.select("*").from_(base).where(exp.column("arm").isin(arm, "No E-Mail"))


def gave(letters, metric: str, weights: str = "1:2") -> tuple[Trial, Comparison]:
    made = trial(letters, metric=metric, control="0", weights=weights)
    return made, made.comparisons[metric][0]


def test_letters_that_match_a_gift(letters):
    # Karlan and List (2007), AER 97:1774-1793, table 2A: 0.018 (0.001) and 0.022 (0.001) of 16,687 and 33,396 letters;
    # the difference 0.004 (0.001), significant at 1%.
    made, one = gave(letters, "out_gavedum")
    assert made.arms.counts == (16_687, 33_396)
    assert (round(one.base, 5), round(one.value, 5)) == (0.01786, 0.02204)
    assert round(one.difference.value or 0, 5) == 0.00418
    assert [round(group.moments.error**0.5, 3) for group in one.metric.groups] == [0.001, 0.001]
    # By least squares t = 3.10; the N-1 chi-square test is that regression's.
    pooled = 2 * stats.t.sf(3.101361, 50_081)
    assert one.p == pytest.approx(pooled, rel=1e-3)
    assert one.good


def test_what_letters_bring_in(letters):
    # The same table: $0.813 (0.063) and $0.967 (0.049); two of this file's gifts are blank, hence 0.965.
    made, one = gave(letters, "out_amountgive")
    assert (round(one.base, 3), round(one.value, 3)) == (0.813, 0.965)
    assert [round(group.moments.error**0.5, 3) for group in one.metric.groups] == [0.063, 0.049]
    assert not one.clear
    assert experiments.verdict(made).headline.startswith("Cannot tell: ")


def test_a_split_planned_one_to_two_is_no_alarm(letters):
    planned, _ = gave(letters, "out_gavedum")
    assert experiments.split(planned).headline == "The split is as planned: 16,687 in 0 and 33,396 in 1."
    assert experiments.verdict(planned).headline.startswith("Ship: ")
    equal, _ = gave(letters, "out_gavedum", "1:1")
    assert experiments.verdict(equal).headline.startswith("Cannot tell: the arms are not as planned (16,687 and 33,396")


def last(shop: Path) -> pd.DataFrame:
    """Return the last row of each test, metric and variant that has a variance, by pandas."""
    rows = pd.read_parquet(shop).dropna(subset=["variance_c", "variance_t"])
    return rows.sort_values("time_since_start").groupby(["experiment_id", "variant_id", "metric_id"]).tail(1)


def test_the_tests_of_asos_are_all_read(asos, shop):
    # Liu, Cardoso, Couturier and McCoy (2021), NeurIPS datasets and benchmarks, and the datasheet: 24,153 rows, 78
    # experiments, 99 variants, 4 metrics, the first of them 0 or 1 for each unit.
    assert (asos.origin.ledger.read, len(asos.experiments), len(asos.metrics)) == (24_153, 78, 4)
    text = "SELECT count(DISTINCT (experiment, arm)) FILTER (arm <> 'control') AS n FROM aggregates"
    assert asos.query(text).one().n == 99
    kinds = asos.query("SELECT metric, bool_and(yes_or_no) AS share FROM aggregates GROUP BY metric ORDER BY metric")
    assert kinds.column("share") == [True, False, False, False]
    blank = int(pd.read_parquet(shop)[["variance_c", "variance_t"]].isna().any(axis=1).sum())
    assert asos.origin.ledger.dropped == {"no variance": blank}


@pytest.fixture(scope="module")
def ends(asos) -> dict[tuple[str, str, str], Comparison]:
    """Every metric of every variant, read once at its end."""
    found = {}
    for name in asos.experiments:
        one = asos.of(name)
        made = trial(one, metric=", ".join(one.metrics))
        for metric, comparisons in made.comparisons.items():
            found |= {(name, metric, each.group.arm): each for each in comparisons}
    return found


def chance(row) -> float:
    """Return the p-value of two arms by scipy: the N-1 chi-square test of shares, else Welch's."""
    if row.metric_id == 1:
        hits, n = np.array([row.mean_c * row.count_c, row.mean_t * row.count_t]).round(), [row.count_c, row.count_t]
        table = np.array([hits, n - hits])
        return stats.chi2.sf(stats.chi2_contingency(table, correction=False).statistic * (1 - 1 / sum(n)), 1)
    sides = (row.mean_t, row.variance_t**0.5, row.count_t, row.mean_c, row.variance_c**0.5, row.count_c)
    return stats.ttest_ind_from_stats(*sides, equal_var=False).pvalue


def test_each_reads_as_scipy_does(ends, shop):
    rows = list(last(shop).itertuples())
    assert len(rows) == len(ends) == 381
    for row in rows:
        one = ends[row.experiment_id, f"metric {row.metric_id}", f"variant {row.variant_id}"]
        assert one.alone.p == pytest.approx(chance(row), rel=1e-6, abs=1e-300)
        assert one.value - one.base == pytest.approx(row.mean_t - row.mean_c, rel=1e-9, abs=1e-12)


def test_of_all_tests_together_fewer_are_called(ends, shop):
    # Nobody published how many are: the referees are scipy's tests and statsmodels' corrections.
    theirs = np.array([chance(row) for row in last(shop).itertuples()])
    ours = [one.alone.p or 0.0 for one in ends.values()]
    called = {how: int((multipletests(theirs, method=how)[1] < 0.05).sum()) for how in ("holm", "fdr_bh")}
    assert sum(p < 0.05 for p in holm(ours)) == called["holm"]
    assert sum(p < 0.05 for p in benjamini_hochberg(ours)) == called["fdr_bh"]
    assert sum(p < 0.05 for p in ours) == (theirs < 0.05).sum()
    assert called["holm"] < called["fdr_bh"] < (theirs < 0.05).sum()
    # 5% of 381 would be 19 by chance.
    assert (theirs < 0.05).sum() > 2 * 0.05 * len(theirs)


def looked(asos: Aggregates, name: str, reading: str) -> list[Comparison]:
    """Read the first metric of a test with one variant at the end of each of four parts of its time."""
    one = asos.of(name)
    period = one.period
    assert period is not None
    days = (period.end - date(2020, 1, 1)).days + 1
    looks = tuple(date(2020, 1, 1) + timedelta(days=round(days * part / 4) - 1) for part in range(1, 5))
    looks = tuple(day for day in looks if day >= period.start)
    total = trial(one, metric="metric 1").arms.total
    plan = Registration(
        name,
        "",
        "control",
        {"control": 1, "variant 1": 1},
        (Measure("metric 1"),),
        start=date(2020, 1, 1),
        days=days,
        units=total,
        reading="group-sequential" if reading == "group-sequential" else "always-valid",
        looks=looks,
    )
    return [trial(one.until(day), registration=plan).comparisons["metric 1"][0] for day in looks]


def test_looks_at_running_tests_are_paid_for(asos):
    # Five tests of one variant, the first by name with thirty looks or more.
    text = """
        SELECT experiment FROM aggregates GROUP BY experiment
        HAVING count(DISTINCT arm) = 2 AND count(DISTINCT instant) >= 30 AND bool_or(arm = 'variant 1')
        ORDER BY experiment LIMIT 5
    """
    peeked = called = always = 0
    for name in asos.query(text).column("experiment"):
        group, valid = (looked(asos, name, reading) for reading in ("group-sequential", "always-valid"))
        for one in (*group, *valid):
            # The interval and the p-value belong together, and what is called over all looks is called at this one.
            assert one.clear == one.difference.excludes(0)
            assert not one.clear or (one.alone.p or 0.0) < 0.05
        early = group[0].difference, group[0].alone
        assert (early[0].p or 0) >= (early[1].p or 0)
        peeked += any((one.alone.p or 0.0) < 0.05 for one in group)
        called += any(one.clear for one in group)
        always += any(one.clear for one in valid)
    assert always <= called <= peeked
    assert peeked > 0


def test_the_pages_say_it(real_data, tmp_path):
    text = (HERE / "experiments.toml").read_text(encoding="utf-8").replace("$PMLIB_REAL_DATA", str(real_data))
    (tmp_path / "experiments.toml").write_text(text, encoding="utf-8")
    for notebook in HERE.glob("*.ipynb"):
        shutil.copy(notebook, tmp_path)
    out = tmp_path / "reports"
    result = CliRunner().invoke(main, ["run", str(tmp_path / "experiments.toml"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    record = json.loads(next(out.glob("*/run.json")).read_text())
    assert {one["state"] for one in record["reports"]} == {"success"}
    pages = {path.stem: re.sub(r"<[^>]+>|\s+", " ", path.read_text()) for path in out.glob("*/*.html")}
    assert "The split is as planned: 16,687 in 0 and 33,396 in 1." in pages["giving"]
    assert "+23.4% (95% interval +8.0% to +41.0%)" in pages["giving"]
    assert "experiment 08bcc2" in pages["shop"]
    assert "The split is as planned: 1,384,352 in control and 1,385,163 in variant 1." in pages["shop"]

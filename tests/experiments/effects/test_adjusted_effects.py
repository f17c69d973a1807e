"""What a lift page says of the adjustment by the time before: both ways, what it is worth, and its health."""

import numpy as np
from scipy import stats

from pmlib.experiments import guardrails, lift, trial
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of


def asked(before: np.ndarray, spend: np.ndarray, arm: np.ndarray, role="goal", cap=None, more=()):
    units = units_of(arm=arm.tolist(), spend=spend.tolist(), before=before.tolist(), plain=spend[::-1].tolist())
    measures = (Measure("spend", role=role, before="before", cap=cap), *more)
    return trial(units, registration=Registration("trial", "", "a", {"a": 1.0, "b": 1.0}, measures, digest="x"))


def drawn(n=4000, seed=2, gain=0.1, unlike=0.0):
    draw = np.random.default_rng(seed)
    arm = np.where(np.arange(n) % 2, "b", "a")
    before = draw.normal(0, 1, n) + unlike * (arm == "b")
    return before, 5 + before + draw.normal(0, 1, n) + gain * (arm == "b"), arm


def test_the_effect_stands_beside_the_one_not_adjusted():
    before, spend, arm = drawn()
    found = lift(asked(before, spend, arm))
    rows = {row[0]: row for row in found.table.rows}
    assert list(rows) == ["a", "b", "b, not adjusted by the time before"]
    welch = stats.ttest_ind(spend[arm == "b"], spend[arm == "a"], equal_var=False).confidence_interval()
    raw = rows["b, not adjusted by the time before"]
    assert raw[6] == f"+{spend[arm == 'b'].mean() - spend[arm == 'a'].mean():.2f}"
    assert raw[7] == f"{welch.low:+.2f} to {welch.high:+.2f}".replace("-", "\N{MINUS SIGN}")
    # The time before explains half of the variance: as if there were twice the units.
    rho = np.corrcoef(np.r_[[x - x.mean() for x in (before[arm == "a"], before[arm == "b"])]].ravel(),
                      np.r_[[y - y.mean() for y in (spend[arm == "a"], spend[arm == "b"])]].ravel())[0, 1]  # fmt: skip
    assert (
        f"; adjusted by the time before (CUPED), equal to {1 / (1 - rho**2) - 1:.1%} more traffic; " in found.definition
    )
    assert 0.9 < 1 / (1 - rho**2) - 1 < 1.1
    assert not any("adjustment" in one for one in found.cautions)


def test_groups_that_differed_before_are_told_by_what_the_adjustment_did():
    # Up by half a deviation as they read, down once the time before is allowed for.
    found = lift(asked(*drawn(gain=-0.3, unlike=0.5)))
    (said,) = [one for one in found.cautions if "adjustment" in one]
    assert said.startswith(
        "Spend in b: The adjustment turned the sign of the effect; the arms differed before they were"
    )
    assert " Without it the difference is +0." in said
    far = lift(asked(*drawn(gain=0.5, unlike=0.5)))
    (said,) = [one for one in far.cautions if "adjustment" in one]
    before, spend, arm = drawn(gain=0.5, unlike=0.5)
    at, of = arm == "b", arm == "a"
    error = (spend[at].var(ddof=1) / at.sum() + spend[of].var(ddof=1) / of.sum()) ** 0.5
    slope = sum(np.cov(spend[x], before[x])[0, 1] for x in (at, of)) / sum(before[x].var(ddof=1) for x in (at, of))
    off = abs(slope * (before[at].mean() - before[of].mean())) / error
    assert f"moved the effect by {off:.1f} standard errors" in said


def test_guardrails_say_it_too_and_what_is_not_adjusted_says_nothing():
    found = guardrails(asked(*drawn(gain=-0.3, unlike=0.5), role="guardrail", more=(Measure("plain"),)))
    assert "equal to" in found.definition
    assert any("turned the sign" in one for one in found.cautions)
    other = lift(asked(*drawn(), role="guardrail", more=(Measure("plain"),)), metric="plain")
    assert "traffic" not in other.definition
    assert [row[0] for row in other.table.rows] == ["a", "b"]


def test_of_several_metrics_each_gain_is_named():
    before, spend, arm = drawn()
    columns = {"arm": arm.tolist(), "before": before.tolist(), "spend": spend.tolist(), "half": (spend / 2).tolist()}
    measures = (Measure("spend", role="guardrail", before="before"), Measure("half", role="guardrail", before="before"))
    goal = Measure("spare")
    columns[goal.name] = [0, 1] * (len(arm) // 2)
    plan = Registration("trial", "", "a", {"a": 1.0, "b": 1.0}, (goal, *measures), digest="x")
    line = guardrails(trial(units_of(**columns), registration=plan)).definition
    assert "more traffic for spend and " in line
    assert "more traffic for half;" in line

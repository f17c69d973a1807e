"""Segments against numpy row by row, and a segment named only where the effects differ."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import Finding
from pmlib.experiments import trial
from pmlib.experiments.effects.interactions import branches
from pmlib.experiments.effects.parts import Parts
from pmlib.experiments.effects.segments import segments
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.sources.registrations import Measure
from pmlib.stats.trials.joint import Joint
from tests.experiments.effects.lands import LANDS, drawn, found, made, registered
from tests.experiments.made import converted, units_of

AB = trial(converted(a=(5, 10), b=(5, 10)), metric="converted", control="a")
"""Two arms, read once: all that judging segments asks of an experiment beside its cells."""


def of(finding: Finding, segment: str) -> list[str]:
    return next(row for row in finding.table.text() if row[0] == segment)


def test_each_segment_is_welchs_of_its_rows():
    columns = drawn()
    finding = segments(trial(made(columns), metric="spend", control="a"), by="land")
    gaps = [one for one in finding.estimates if one.label == "spend, b less a" and "Welch" in one.method]
    for land, gap in zip(("DE", "FR", "CH", "AT"), gaps, strict=True):
        rows = columns["land"] == land
        here, there = (columns["spend"][rows & (columns["arm"] == arm)] for arm in "ba")
        want = stats.ttest_ind(here, there, equal_var=False)
        assert gap.value == pytest.approx(here.mean() - there.mean(), rel=1e-9)
        assert gap.p == pytest.approx(want.pvalue, rel=1e-7)
        ends = want.confidence_interval()
        assert (gap.low, gap.high) == pytest.approx((ends.low, ends.high), rel=1e-7)


def test_a_segment_against_all_others_is_that_of_their_rows():
    columns = drawn()
    finding = segments(trial(made(columns), metric="spend", control="a"), by="land")
    ps: list[float] = []
    for land in LANDS:
        parts, signs = [], (1, -1, -1, 1)
        for inside in (True, False):
            parts += [columns["spend"][((columns["land"] == land) == inside) & (columns["arm"] == arm)] for arm in "ba"]
        value = sum(sign * part.mean() for sign, part in zip(signs, parts, strict=True))
        errors = [part.var(ddof=1) / part.size for part in parts]
        df = sum(errors) ** 2 / sum(error**2 / (part.size - 1) for error, part in zip(errors, parts, strict=True))
        ps.append(2 * stats.t.sf(abs(value) / math.sqrt(sum(errors)), df))
        one = found(finding, f"in {land} beyond the rest")[f"spend, b less a, in {land} beyond the rest"]
        half = stats.t.ppf(0.975, df) * math.sqrt(sum(errors))
        assert (one.value, one.low, one.high) == pytest.approx((value, value - half, value + half), rel=1e-8)
    beyond = [found(finding, f"in {land} beyond")[f"spend, b less a, in {land} beyond the rest"].p for land in LANDS]
    order = np.argsort(ps)
    holm = np.minimum(1, np.maximum.accumulate(np.array(ps)[order] * np.arange(4, 0, -1)))
    assert np.array(beyond)[order] == pytest.approx(holm, rel=1e-7)


def test_the_scatter_is_cochrans_q():
    columns = drawn(gains={"AT": 2.0})
    finding = segments(trial(made(columns), metric="spend", control="a"), by="land")
    d, v = [], []
    for land in LANDS:
        here, there = (columns["spend"][(columns["land"] == land) & (columns["arm"] == arm)] for arm in "ba")
        d.append(here.mean() - there.mean())
        v.append(here.var(ddof=1) / here.size + there.var(ddof=1) / there.size)
    weights = 1 / np.array(v)
    q = float(weights @ (np.array(d) - weights @ np.array(d) / weights.sum()) ** 2)
    test = finding.estimates[0]
    assert test.value == pytest.approx(1 - 3 / q, rel=1e-7)
    # Chi-square knows nothing of the errors' own doubt; with hundreds in each arm that is little.
    assert test.p == pytest.approx(stats.chi2.sf(q, 3), rel=0.05)
    assert test.n == 3000


def test_one_effect_everywhere_names_nobody():
    # 5.0 of 20 more for everybody.
    columns = drawn(gains=dict.fromkeys(LANDS, 1.0))
    finding = segments(trial(made(columns), metric="spend", control="a"), by="land")
    assert finding.headline.startswith("The effect on spend does not differ clearly by land (4 segments, p = 0.")
    assert "; over all units it is +" in finding.headline
    assert not any(land in finding.headline for land in LANDS)
    assert finding.figure.series[0].name == "as seen"
    assert finding.figure.series[1].name == "drawn"


def test_where_it_differs_the_surest_segment_is_named():
    columns = drawn(gains={"DE": 3.0})
    finding = segments(trial(made(columns), metric="spend", control="a"), by="land")
    assert finding.headline.startswith("The effect on spend differs by land: in DE it lies ")
    assert "above that of all others (95% interval +" in finding.headline
    # The others fall below all others only for DE's sake.
    assert not any(land in finding.headline for land in ("AT", "CH", "FR"))


def test_a_segment_that_stands_out_by_itself_is_not_named_without_the_test_of_all():
    # Ten segments without any effect but chance: over 40 draws several have one that stands out alone.
    alone = 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        parts, reading = cells(draw.normal(0, 1, (10, 2, 200)))
        (one,) = branches(AB, reading, parts)
        alone += min(part.beyond.p for part in one.slices) < 0.05 and not one.differs
        assert one.differs or not one.standing_out
    assert alone > 0


def cells(values: np.ndarray) -> tuple[Parts, Reading]:
    """A metric of shape (segments, arms, units)."""
    names = ("a", "b")
    held = {f"s{k}": {arm: group(arm, values[k, at]) for at, arm in enumerate(names)} for k in range(values.shape[0])}
    whole = tuple(group(arm, values[:, at].ravel()) for at, arm in enumerate(names))
    return Parts("part", held, values.shape[0]), Reading(Measure("x"), "mean", whole, "")


def group(arm: str, values: np.ndarray) -> Group:
    return Group(arm, values.size, Joint.of(values), float(values.min()), float(values.max()))


def test_segments_are_said_to_differ_by_chance_in_5_of_100():
    # 600 runs of 6 segments and one effect for all: 5 % plus or minus three standard errors is 2.3 % to 7.7 %.
    draw = np.random.default_rng(11)
    values = draw.exponential(1, (600, 6, 2, 60)) * draw.choice([0.5, 2.0], (600, 6, 1, 1))
    called = [branches(AB, reading, parts)[0].differs for parts, reading in map(cells, values)]
    assert 0.023 <= np.mean(called) <= 0.077


def test_two_segments_are_one_test():
    columns = drawn(gains={"DE": 1.0})
    finding = segments(trial(made(columns), metric="spend", control="a"), by="platform")
    first, second = found(finding, "beyond the rest").values()
    assert first.value == pytest.approx(-second.value, rel=1e-9)
    assert first.p == pytest.approx(second.p, rel=1e-9)
    # With two segments the square of one difference is all the scatter there is.
    assert finding.estimates[0].p == pytest.approx(first.p, rel=0.01)


def test_a_ratio_in_a_segment_is_that_of_sums():
    columns = drawn(n=2000)
    plan = registered(Measure("spend", kind="ratio", over="orders"))
    finding = segments(trial(made(columns), registration=plan), by="land")
    for land in LANDS:
        values, errors = [], []
        for inside in (True, False):
            for arm in "ba":
                rows = ((columns["land"] == land) == inside) & (columns["arm"] == arm)
                top, bottom = columns["spend"][rows], columns["orders"][rows]
                ratio = top.sum() / bottom.sum()
                values.append(ratio)
                errors.append(np.var(top - ratio * bottom, ddof=1) / bottom.mean() ** 2 / rows.sum())
        one = found(finding, f"in {land} beyond")[f"spend, b less a, in {land} beyond the rest"]
        assert one.value == pytest.approx(values[0] - values[1] - values[2] + values[3], rel=1e-8)
        assert one.high - one.low == pytest.approx(2 * 1.96 * math.sqrt(sum(errors)), rel=0.01)


def test_a_covariate_takes_the_same_part_off_in_each_segment():
    columns = drawn(gains={"DE": 1.0})
    plan = registered(Measure("spend", before="before"))
    asked = trial(made(columns), registration=plan)
    finding = segments(asked, by="land")
    (theta,) = asked.readings["spend"].cuped.theta
    gaps = [one for one in finding.estimates if one.label == "spend, b less a" and "Welch" in one.method]
    for land, gap in zip(("DE", "FR", "CH", "AT"), gaps, strict=True):
        left = {
            arm: (columns["spend"] - theta * columns["before"])[(columns["land"] == land) & (columns["arm"] == arm)]
            for arm in "ab"
        }
        want = stats.ttest_ind(left["b"], left["a"], equal_var=False)
        assert gap.value == pytest.approx(left["b"].mean() - left["a"].mean(), rel=1e-8)
        assert gap.p == pytest.approx(want.pvalue, rel=1e-6)


def test_shares_in_a_segment_are_judged_as_they_are_over_all():
    columns = drawn()
    finding = segments(trial(made(columns), metric="paid", control="a"), by="land")
    whole = trial(
        made({name: values[columns["land"] == "AT"] for name, values in columns.items()}), metric="paid", control="a"
    )
    assert of(finding, "AT")[2] == whole.comparisons["paid"][0].difference.unit.change(
        whole.comparisons["paid"][0].difference.value
    )
    gap = [one for one in finding.estimates if one.label == "paid, b less a" and "bayes" not in one.method.lower()][-1]
    assert (gap.low, gap.high) == (
        whole.comparisons["paid"][0].difference.low,
        whole.comparisons["paid"][0].difference.high,
    )


def test_drawn_effects_lie_between_what_was_seen_and_what_all_have_in_common():
    columns = drawn(gains={"AT": 1.5})
    finding = segments(trial(made(columns), metric="spend", control="a"), by="land")
    seen, drawn_to = finding.figure.series
    assert min(seen.y) < min(drawn_to.y) <= max(drawn_to.y) < max(seen.y)


def test_several_arms_are_branches_of_one_family():
    columns = drawn(gains={"DE": 3.0})
    columns["arm"] = np.where((columns["arm"] == "b") & (np.arange(3000) % 2 == 0), "c", columns["arm"])
    finding = segments(trial(made(columns), metric="spend", control="a", weights="2:1:1"), by="land")
    assert [row[1] for row in finding.table.rows] == ["b"] * 4 + ["c"] * 4
    assert "differs by land in b: in DE it lies" in finding.headline
    assert finding.figure.series[0].x[0] == "DE, b"


def test_a_look_at_a_running_test_asks_for_more():
    columns = drawn(gains={"DE": 1.2})
    columns["day"] = np.array([f"2026-06-{1 + place % 10:02}" for place in range(3000)])
    once = segments(trial(made(columns), metric="spend", control="a"), by="land")
    plan = registered(Measure("spend"), units=9000, reading="always-valid")
    running = segments(trial(made(columns), registration=plan), by="land")
    assert running.estimates[0].p > once.estimates[0].p
    assert "valid whenever one looks" in running.definition


@given(scale=st.floats(0.01, 1000), shift=st.floats(-50, 50), seed=st.integers(0, 50))
@settings(max_examples=8, deadline=None)
def test_scale_and_shift_leave_the_chances_alone(scale, shift, seed):
    columns = drawn(seed, n=400)
    first = segments(trial(made(columns), metric="spend", control="a"), by="platform")
    columns["spend"] = columns["spend"] * scale + shift
    second = segments(trial(made(columns), metric="spend", control="a"), by="platform")
    ps = [[one.p for one in finding.estimates if "lift" not in one.label] for finding in (first, second)]
    known = [[p for p in each if p is not None] for each in ps]
    assert known[0] == pytest.approx(known[1], rel=1e-6)


def test_few_segments_cannot_tell_how_far_to_draw():
    finding = segments(trial(made(drawn()), metric="spend", control="a"), by="platform")
    assert [one.name for one in finding.figure.series] == ["as seen"]
    assert not any("Bayes" in one.method for one in finding.estimates)
    assert "The largest of 2 effects looks larger than it is; go by the effect over all units." in finding.cautions


def test_nothing_is_promised_of_effects_that_are_not_drawn():
    few = segments(trial(made(drawn()), metric="spend", control="a"), by="platform")
    many = segments(trial(made(drawn()), metric="spend", control="a"), by="land")
    heads = [[column.title for column in found.table.columns] for found in (few, many)]
    assert [any("drawn" in head for head in each) for each in heads] == [False, True]
    assert ["drawn" in found.definition for found in (few, many)] == [False, True]
    # The interval beyond all others is of one segment, and only the p-value is of all.
    assert heads[0][-3:] == ["beyond all others", "its 95% interval, of it alone", "p, adjusted"]
    assert all(
        len(row) == len(each) for found, each in zip((few, many), heads, strict=True) for row in found.table.rows
    )


def test_where_segments_differ_nobody_is_sent_to_the_effect_over_all():
    columns = drawn()
    columns["spend"] = columns["spend"] + 5.0 * (
        (columns["platform"] == columns["platform"][0]) & (columns["arm"] == "b")
    )
    found = segments(trial(made(columns), metric="spend", control="a"), by="platform")
    assert "differs by platform" in found.headline
    assert "The largest of 2 effects looks larger than it is." in found.cautions


def test_a_lift_of_a_segment_is_a_part_of_its_own_level():
    # Light users spend about 5 and heavy ones about 20, as they did before; both gain a tenth.
    draw = np.random.default_rng(21)
    n = 4000
    heavy, b = draw.random(n) < 0.5, np.arange(n) % 2 == 1
    before = draw.normal(np.where(heavy, 20.0, 5.0), 1.0)
    columns = {
        "arm": np.where(b, "b", "a"),
        "land": np.where(heavy, "heavy", "light"),
        "spend": before * np.where(b, 1.1, 1.0) + draw.normal(0, 0.3, n),
        "before": before,
    }
    plan = registered(Measure("spend", before="before"))
    finding = segments(trial(made(columns), registration=plan), by="land")
    lifts = [one for one in finding.estimates if one.label == "lift of spend, b"]
    assert len(lifts) == 2
    for one in lifts:
        assert one.value == pytest.approx(0.1, abs=0.02)


def in_lands(*means: tuple[float, float]) -> Finding:
    """Ask of lands with 1,000 units an arm, each land with its means of control and of the other arm."""
    rows: dict[str, list] = {"arm": [], "land": [], "spend": []}
    for land, both in zip(("AT", "DE"), means, strict=True):
        for arm, mean in zip("ab", both, strict=True):
            rows["arm"] += [arm] * 1000
            rows["land"] += [land] * 1000
            rows["spend"] += [mean * (1 + 0.5 * (-1) ** at) for at in range(1000)]
    return segments(trial(units_of(**rows), control="a", metric="spend"), by="land")


def test_one_lift_on_unlike_levels_differs_in_amount_and_not_in_per_cent():
    found = in_lands((10, 12), (100, 120))
    # Differences 2 and 20; lifts both +20 %.
    assert found.headline.startswith("The effect on spend differs by land: in ")
    assert found.headline.endswith("; in per cent it does not differ clearly (p = 1.000).")
    assert any("the lift may be one" in one for one in found.cautions)
    relative = found.estimates[1]
    assert "logarithms of ratios" in relative.method
    assert relative.p == pytest.approx(1.0)


def test_one_gain_on_unlike_levels_differs_in_per_cent():
    found = in_lands((10, 15), (100, 105))
    assert found.headline.startswith("The effect on spend does not differ clearly by land")
    assert any(
        one.startswith("By land the lifts in per cent differ (p < 0.001) though the differences do not clearly")
        for one in found.cautions
    )


def test_what_differs_in_both_is_said_once():
    found = in_lands((10, 12), (100, 180))
    assert "per cent" not in found.headline
    assert not any("per cent" in one for one in found.cautions)

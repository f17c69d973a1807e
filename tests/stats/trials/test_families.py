"""Families of tests against published figures, and against what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from pmlib.core import SettingError
from pmlib.stats import Moments, mean_difference
from pmlib.stats.trials.families import (
    benjamini_hochberg,
    bonferroni_level,
    false_rollback,
    fcr_level,
    holm,
)

# Benjamini and Hochberg (1995), JRSS B 57:289-300: 15 comparisons of two treatments of heart attacks, 4 rejected.
ATTACKS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]

ps = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_the_published_example_rejects_four_by_bh_and_three_by_familywise_error():
    assert sum(p < 0.05 for p in benjamini_hochberg(ATTACKS)) == 4
    assert sum(p < 0.05 for p in holm(ATTACKS)) == 3
    assert sum(p < 1 - bonferroni_level(0.95, len(ATTACKS)) for p in ATTACKS) == 3


@settings(max_examples=40, deadline=None)
@given(ps)
def test_adjusted_p_values_are_those_of_statsmodels(values):
    for ours, theirs in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        assert ours(values) == pytest.approx(multipletests(values, method=theirs)[1].tolist(), abs=1e-14)


@given(ps, st.randoms(use_true_random=False))
def test_order_does_not_matter(values, shuffle):
    order = list(range(len(values)))
    shuffle.shuffle(order)
    for adjust in (holm, benjamini_hochberg):
        assert [adjust(values)[i] for i in order] == pytest.approx(adjust([values[i] for i in order]))


@given(st.lists(st.integers(-60, 60).map(lambda x: x / 10), min_size=1, max_size=12))
def test_an_fcr_interval_excludes_0_exactly_when_bh_chose_the_test(effects):
    base = Moments(400, 0.0, 200.0)
    groups = [Moments(400, effect, 200.0) for effect in effects]
    values = [mean_difference(group, base).p for group in groups]
    chosen = [p < 0.05 for p in benjamini_hochberg(values)]
    level = fcr_level(0.95, max(1, sum(chosen)), len(groups))
    for group, called, p in zip(groups, chosen, values, strict=True):
        if abs(p - (1 - level)) > 1e-12:
            assert mean_difference(group, base, level=level).excludes(0) == called


@pytest.mark.parametrize(("watched", "independent", "most"), [(0, 0, 0), (1, 0.025, 0.025), (5, 0.118904, 0.125)])
def test_the_chance_of_a_false_rollback_is_that_counted_by_hand(watched, independent, most):
    found = false_rollback(watched)
    assert found.independent == pytest.approx(independent, abs=5e-7)
    assert found.most == pytest.approx(most)


def test_the_chance_of_a_false_rollback_in_simulated_guardrails():
    # 20,000 runs of 8 unharmed guardrails: 18.3% if independent, less if they move together; 4 standard errors.
    draw = np.random.default_rng(5)
    own, shared = draw.normal(size=(20_000, 8)), draw.normal(size=(20_000, 1))
    found = false_rollback(8)
    assert abs((own < -1.959964).any(axis=1).mean() - found.independent) < 0.011
    alike = math.sqrt(0.5) * (own + shared)
    assert (alike < -1.959964).any(axis=1).mean() < found.most
    assert str(false_rollback(1)) == "With 1 guardrail the chance of a false roll-back is 2.5%."


def test_what_is_no_chance_is_refused():
    for values in ([0.5, 1.1], [-0.1], [math.nan]):
        with pytest.raises(SettingError):
            holm(values)
    assert holm([]) == []
    with pytest.raises(SettingError, match="at least 1"):
        fcr_level(0.95, 0, 3)
    with pytest.raises(SettingError, match="between 0 and 1"):
        bonferroni_level(1.0, 3)
    with pytest.raises(SettingError, match="false harm"):
        false_rollback(3, alpha=0)

"""False calls of tests that are looked at every day, and of what is promised beside two arms and one metric."""

import pytest

from benchmarks.calibration.gates import QUICKLY, watch_faults
from benchmarks.calibration.looking import SEES, SRM, WATCHES, splits, watched
from benchmarks.calibration.promises import promised

OURS = [one for one in WATCHES if one.ours]


@pytest.mark.parametrize("shape", SEES)
def test_looking_every_day_costs_no_false_calls(shape):
    quiet, effect = watched(shape, False, 0, QUICKLY), watched(shape, True, 0, QUICKLY)
    assert {one.name: watch_faults(one, quiet[one.name], effect[one.name]) for one in OURS} == {
        one.name: [] for one in OURS
    }
    # What the plan is there for: a fixed test read daily calls four times as often as it says.
    assert quiet["daily"].called > 0.15
    # Scheduled looks cost little power, intervals that hold at any time cost more.
    assert effect["once"].called - 0.06 < effect["obf"].called < effect["once"].called + 0.01
    assert effect["always"].called < effect["kd"].called < effect["obf"].called


def test_a_split_looked_at_daily_raises_no_more_alarms_than_it_says():
    found = splits(0, QUICKLY)
    # Three standard errors above 1 in 1,000.
    assert found["e-value"].called <= SRM + 3 * (SRM / QUICKLY) ** 0.5
    assert found["chi-square"].called > found["e-value"].called


def test_families_margins_segments_and_plans_keep_their_promises():
    assert [(one.title, one.rate) for one in promised(QUICKLY) if not one.kept] == []

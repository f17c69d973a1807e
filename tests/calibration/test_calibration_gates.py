"""The gate must be able to fail: wrong formulas are caught, and runs are what they say."""

import pytest

from benchmarks.calibration.cells import CELLS, ENOUGH, LISTED, Cell, bands, only_published
from benchmarks.calibration.gates import QUICKLY, faults, gated, watch_faults
from benchmarks.calibration.looking import WATCHES, watched
from benchmarks.calibration.measuring import BY_NAME, LIFTS, Counts, measured
from benchmarks.calibration.methods import METHODS
from benchmarks.calibration.shapes import SHAPES, runs
from pmlib.stats import share_difference

# What each formula gets wrong, in words that the gate must find.
WRONG = [
    ("naive", Cell("payers", "50/50", 1000), "the lift at +50% covered"),
    ("naive", Cell("normal", "50/50", 300), "the lift at +50% covered"),
    ("delta", Cell("payers", "50/50", 1000), "called downward"),
    ("log-ratio", Cell("payers", "50/50", 300), "called without an effect"),
    ("one-size", Cell("normal", "90/10", 300), "called without an effect"),
    ("capped-apart", Cell("payers", "50/50", 300), "called without an effect"),
    ("events", Cell("clustered", "50/50", 300), "called without an effect"),
    ("pooled", Cell("conversion", "90/10", 300), "contradict"),
    ("welch", Cell("payers", "90/10", 300), "called downward"),
]


@pytest.mark.parametrize(("name", "cell", "said"), WRONG, ids=[f"{name}, {cell.title}" for name, cell, _ in WRONG])
def test_a_wrong_formula_is_caught(name, cell, said):
    found = {lift: measured(cell, lift, [BY_NAME[name]], 0, QUICKLY)[name] for lift in LIFTS}
    assert any(said in one for one in faults(BY_NAME[name], found))


@pytest.mark.parametrize("name", ["daily", "bayes"])
def test_a_test_of_one_look_read_daily_is_caught(name):
    quiet, effect = (watched("normal", effect, 0, QUICKLY)[name] for effect in (False, True))
    watch = next(one for one in WATCHES if one.name == name)
    assert len(watch_faults(watch, quiet, effect)) == 3


def test_the_bands_are_those_that_were_agreed_on():
    quick, full = bands(QUICKLY), bands(ENOUGH)
    assert (quick.called, quick.tail, quick.covered) == ((0.035, 0.065), (0.014, 0.036), (0.935, 0.965))
    assert (full.called, full.covered) == ((0.045, 0.055), (0.945, 0.955))


def test_every_method_is_gated_somewhere_and_every_small_or_skewed_cell_has_a_reason():
    assert {one.name for _, fit in gated(METHODS, LISTED) for one in fit} == {one.name for one in METHODS}
    welch = BY_NAME["welch"]
    assert "heavy tails" in only_published(welch, Cell("payers", "50/50", 300))
    assert "unequal arms" in only_published(welch, Cell("payers", "90/10", 5000))
    assert only_published(welch, Cell("payers", "50/50", 5000)) == ""
    assert len({*LISTED} - {*CELLS}) == 0


def test_few_runs_are_the_first_of_many():
    cell, welch = Cell("counts", "90/10", 300), BY_NAME["welch"]
    whole = measured(cell, 0.0, [welch], 0, 400)["welch"]
    parts = Counts()
    for first in (0, 100, 300):
        last = {0: 100, 100: 300, 300: 400}[first]
        parts.add(measured(cell, 0.0, [welch], first, last)["welch"])
    assert whole == parts


@pytest.mark.parametrize("name", SHAPES)
def test_the_truth_is_what_the_units_show(name):
    shape = SHAPES[name]
    difference, lift = shape.truth(0.5)
    assert shape.truth(0.0) == (0.0, 0.0)
    assert lift == pytest.approx(0.5, abs=0.01)
    assert difference == pytest.approx(lift * shape.target(shape.world(0.0)))


def test_arms_of_a_run_are_drawn_apart():
    # Hits of 3 % of 300 and of 2,700: a pair of arms, not one sample twice.
    treated, control = next(runs(SHAPES["conversion"], (300, 2700), 0.0, 0, 100))
    assert (treated.n, control.n) == (300, 2700)
    assert share_difference(treated.hits, 300, control.hits, 2700).p is not None

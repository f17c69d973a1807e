"""False calls of permutation, which is exact without an effect however few and skewed the units are."""

import pytest

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.gates import QUICKLY, faults
from benchmarks.calibration.measuring import BY_NAME, measured

CELLS = [Cell("payers", "50/50", 300), Cell("payers", "90/10", 300)]


@pytest.mark.parametrize("cell", CELLS, ids=[cell.title for cell in CELLS])
def test_permutation_is_no_more_wrong_than_promised(cell):
    one = BY_NAME["permutation"]
    assert faults(one, {0.0: measured(cell, 0.0, [one], 0, QUICKLY)["permutation"]}) == []

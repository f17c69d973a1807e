"""False calls and coverage of quantiles."""

import pytest

from benchmarks.calibration.cells import LISTED
from benchmarks.calibration.gates import QUICKLY, broken, gated
from benchmarks.calibration.methods import METHODS

CELLS = gated(METHODS, [cell for cell in LISTED if cell.shape in {"median", "p90"}])


@pytest.mark.parametrize(("cell", "methods"), CELLS, ids=[cell.title for cell, _ in CELLS])
def test_no_more_wrong_than_promised(cell, methods):
    assert broken(cell, methods, QUICKLY) == {}

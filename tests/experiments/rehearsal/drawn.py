"""Units whose arms alternate, and payers among them."""

import numpy as np

from pmlib.sources.contract import Units
from tests.experiments.made import units_of

ARMS = {"control": 1.0, "treatment": 1.0}


def drawn_units(n: int, seed: int = 3, **columns: object) -> Units:
    """Make units whose arms alternate; unit names do not rise with the rows."""
    random = np.random.default_rng(seed)
    names = [f"u{place:06d}" for place in random.permutation(n)]
    return units_of(unit=names, arm=["control", "treatment"] * (n // 2), **columns)


def payers(n: int, seed: int = 4) -> list[float]:
    """One in ten pays a lognormal amount."""
    random = np.random.default_rng(seed)
    return np.where(random.random(n) < 0.1, random.lognormal(0, 1.2, n), 0.0).tolist()

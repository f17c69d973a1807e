"""Cents to euros, without a float's doubt."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pmlib.sources.demo.clock import Ints

EURO = pa.decimal128(10, 2)


def euros(cents: Ints, absent: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return cents as a column of euros with two decimals; ``absent`` marks what is null.

    Examples
    --------
    >>> euros(np.array([499])).to_pylist()
    [Decimal('4.99')]
    """
    wide = np.zeros((cents.size, 2), dtype="<i8")
    wide[:, 0] = cents
    wide[:, 1] = np.where(cents < 0, -1, 0)
    keep = None
    if absent is not None:
        keep = pa.py_buffer(np.packbits(~absent, bitorder="little").tobytes())
    return pa.Array.from_buffers(EURO, cents.size, [keep, pa.py_buffer(wide.tobytes())])

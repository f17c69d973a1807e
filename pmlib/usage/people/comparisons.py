"""Several comparisons at once: each chance corrected for how many there are."""

from collections.abc import Sequence
from dataclasses import replace

from pmlib.core import Estimate
from pmlib.stats import holm


def adjusted(gaps: Sequence[Estimate]) -> list[Estimate]:
    """Return differences with ``p`` corrected for how many are looked at (Holm).

    A difference that could not be tested counts as one of them, with ``p`` 1.

    Examples
    --------
    >>> from pmlib.core import Unit
    >>> gaps = [Estimate("a", 0.1, 0.0, 0.2, Unit.POINTS, 50, "difference", p=p) for p in (0.01, 0.04)]
    >>> [(one.p, one.method) for one in adjusted(gaps)][0]
    (0.02, 'difference; p by Holm for 2 comparisons')
    """
    many = f"{len(gaps)} comparison{'' if len(gaps) == 1 else 's'}"
    ps = holm([1.0 if one.p is None else one.p for one in gaps])
    return [replace(one, p=p, method=f"{one.method}; p by Holm for {many}") for one, p in zip(gaps, ps, strict=True)]

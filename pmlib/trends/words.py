"""How this room compares two numbers and says so."""

from collections.abc import Sequence
from datetime import date

from pmlib.core import Estimate, Unit
from pmlib.core.periods import day_text
from pmlib.show import Note
from pmlib.sources.launches import Launch

FULL_COUNT = "a full count has no sampling interval; the range expected from its history judges it"
MARKS = 20


def difference(now: float | None, then: float | None, unit: Unit, label: str, *, n: int, refuse: str = "") -> Estimate:
    """Compare two full counts: shares in points, everything else in per cent.

    Parameters
    ----------
    refuse
        Why no per cent may be given, or ``""``. A base of 0 or less is always refused.

    Examples
    --------
    >>> difference(110, 100, Unit.COUNT, "change", n=110).value
    0.10000000000000009
    >>> difference(5, 0, Unit.COUNT, "change", n=5).reason
    'the earlier value is 0, and a per cent of it has no meaning'
    """
    kind = Unit.POINTS if unit.kind == "share" else Unit.LIFT
    method = f"{'difference' if kind is Unit.POINTS else 'ratio'} of two full counts"
    if now is None or then is None:
        reason = "there is no earlier value" if then is None else "there is no value now"
        return Estimate(label, None, None, None, kind, n, method, reason=reason)
    if kind is Unit.POINTS:
        return Estimate(label, now - then, None, None, kind, n, method, reason=FULL_COUNT)
    if then <= 0:
        refuse = f"the earlier value is {unit.text(then)}, and a per cent of it has no meaning"
    if refuse:
        return Estimate(label, None, None, None, kind, n, method, reason=refuse)
    return Estimate(label, now / then - 1, None, None, kind, n, method, reason=FULL_COUNT)


def marks(launches: Sequence[Launch], first: date, last: date) -> tuple[Note, ...]:
    """Return the launches from ``first`` to ``last`` as notes of a chart, the latest where there are many."""
    inside = [one for one in sorted(launches) if first <= one.date <= last][-MARKS:]
    return tuple(Note(one.date.isoformat(), f"{named(one)}, {day_text(one.date, year=True)}") for one in inside)


def named(launch: Launch) -> str:
    """Write a launch with its kind."""
    return f"{launch.name} ({launch.kind})" if launch.kind else launch.name

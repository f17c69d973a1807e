"""Words that the questions of this room share."""

from pmlib.core import Estimate, Unit
from pmlib.sources.contract import Who


def fresh(who: Who, number: int) -> str:
    """Write so many new ones.

    Examples
    --------
    >>> fresh(Who(), 1), fresh(Who(), 1200)
    ('1 new person', '1,200 new people')
    """
    return f"{number:,} new {who.one if number == 1 else who.many}"


def uncalled(change: Estimate | None, now: str, before: str) -> list[str]:
    """Say why a change whose interval leaves out 0 is called nothing where it is looked at week by week.

    Parameters
    ----------
    now, before
        What is compared: ``"The last 4 cohorts"`` with ``"those before"``.
    """
    if change is None or change.value is None or not change.excludes(0):
        return []
    way = "above" if change.value > 0 else "below"
    return [
        f"{now} lie {Unit.POINTS.text(abs(change.value))} {way} {before} ({change.signed_range}): not called a change, "
        "for of quiet weeks one in twenty looks so."
    ]

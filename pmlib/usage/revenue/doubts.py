"""What to doubt of every figure of revenue: few customers, one that pays most, who is never seen."""

from pmlib.core import Buckets, Unit
from pmlib.metrics.mrr import PARTS, Movements
from pmlib.stats import Moments

FEW = 50
TOP = 0.2
"""Share of all MRR from which one customer moves every figure."""
FULL_COUNT = "a full sum has no sampling interval"


def ended(buckets: Buckets, number: int) -> str:
    """Write the end of a period: ``at the end of Oct 2026``."""
    said = buckets.said(number)
    return said if buckets.every == "day" else f"at the end of {said.removeprefix('in ')}"


def customers(found: Movements, count: int) -> str:
    """Write so many customers."""
    return found.subscriptions.who.count(count)


def moments(n: int, amount: int, squares: int) -> Moments:
    """Return mean and variance of whole sums, without rounding on the way."""
    over = n * (n - 1) * PARTS * PARTS
    return Moments(n, amount / n / PARTS, (n * squares - amount * amount) / over)


def few(found: Movements, n: int, where: str) -> list[str]:
    """Doubt what rests on few customers."""
    if n >= FEW:
        return []
    return [f"Only {customers(found, n)} paid {where}: one more or less moves every figure."]


def concentrated(found: Movements, most: int, amount: int, where: str) -> list[str]:
    """Doubt what hangs on one customer."""
    if not amount or most < TOP * amount:
        return []
    part = Unit.SHARE.text(most / amount)
    return [f"One {found.subscriptions.who.one} paid {part} of all MRR {where}: every figure hangs on that one."]


def unseen(found: Movements) -> list[str]:
    """Say who paid and shows in no MRR."""
    if not found.unseen:
        return []
    every = found.buckets.every
    return [
        f"{customers(found, found.unseen)} paid only between two ends of {every}s; no MRR shows them, neither as new "
        "nor as lost."
    ]


def unread(found: Movements) -> list[str]:
    """Say for how many subscriptions the day of cancelling is not known."""
    if not found.unread:
        return []
    many = f"{found.unread:,} subscription{'' if found.unread == 1 else 's'}"
    return [f"The day of cancelling of {many} cannot be read: counted as paid until the paid time ends."]

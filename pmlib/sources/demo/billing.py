"""What billing knows and no event tells: who changed the plan, and who came back."""

import numpy as np
from numpy.typing import NDArray

from pmlib.sources.demo.subscriptions import CHURN, Subscriptions, months_later
from pmlib.sources.demo.truth import DAYS, TRUTH, Truth

AWAY = 6
"""The most months between a cancellation and a return."""


def billed(seed: int, paid: Subscriptions, settled: NDArray[np.bool_], truth: Truth = TRUTH) -> Subscriptions:
    """Return the subscriptions as they are paid for, one entry a stretch of time on one plan.

    Each paid month on the first plan may be followed by a first one on the other; each that ended may be followed by
    another on its last plan, once.

    Parameters
    ----------
    settled
        The users who do neither: those whose plan another file knows.
    """
    rng = np.random.default_rng([seed, 20])
    n, free = paid.user.size, ~settled[paid.user]
    chance = np.where(paid.plan == 0, truth.plan_up, truth.plan_down)
    month = np.minimum(rng.geometric(chance), paid.months)
    day = months_later(paid.started, month)
    changed = free & (month < paid.months) & (day < DAYS)
    plan = np.where(changed, 1 - paid.plan, paid.plan)
    again = months_later(paid.ended, rng.integers(1, AWAY + 1, n))
    back = free & (rng.random(n) < truth.came_back) & (again < DAYS)
    more = rng.geometric(CHURN, n)

    first = Subscriptions(
        paid.user, paid.plan, paid.ts, paid.started, np.where(changed, month, paid.months),
        np.where(changed, day, paid.ended),
    )  # fmt: skip
    second = Subscriptions(paid.user, plan, paid.ts, day, paid.months - month, paid.ended)
    third = Subscriptions(paid.user, plan, paid.ts, again, more, months_later(again, more))
    return joined((first, np.ones(n, dtype=np.bool_)), (second, changed), (third, back))


def joined(*parts: tuple[Subscriptions, NDArray[np.bool_]]) -> Subscriptions:
    """Put the chosen stretches together: by the users' first payment, those of a user by their start."""
    user, plan, ts, started, months, ended = (
        np.concatenate([getattr(part, name)[chosen] for part, chosen in parts])
        for name in ("user", "plan", "ts", "started", "months", "ended")
    )
    order = np.lexsort((started, user, ts))
    return Subscriptions(user[order], plan[order], ts[order], started[order], months[order], ended[order])

"""The two experiments, one row a unit, counted from the log: one with a true lift, one without."""

import numpy as np
import pyarrow as pa

from pmlib.sources.demo import clock
from pmlib.sources.demo.clock import DAY
from pmlib.sources.demo.money import euros
from pmlib.sources.demo.people import ONBOARDING, PAYWALL, PLATFORMS, Users
from pmlib.sources.demo.usage import BOOKING, FREE, INVITE, STARTED, Log

GOALS = {ONBOARDING: (INVITE, 7), PAYWALL: (STARTED, 14)}
"""What counts as converted, and within how many days of exposure."""
COUNTED_DAYS = 28
"""How long bookings and revenue are counted after exposure."""


def experiment(number: int, users: Users, log: Log) -> pa.Table:
    """Return one experiment's units: arm, exposure at sign-up, and what the log says they did.

    Parameters
    ----------
    number
        ``people.ONBOARDING`` or ``people.PAYWALL``.
    log
        All events, subscriptions too.
    """
    unit = np.flatnonzero(users.experiment == number)
    age = log.ts - users.signed_up[log.user]
    goal, days = GOALS[number]
    reached = log.user[(log.kind == goal) & (age <= days * DAY)]
    counted = age <= COUNTED_DAYS * DAY
    booked = log.user[counted & (log.kind == BOOKING)]
    paid = counted & (log.cents != FREE)
    cents = np.bincount(log.user[paid], log.cents[paid], minlength=users.n).astype(np.int64)
    return pa.table(
        {
            "user_id": users.names()[unit],
            "arm": np.where(users.treated[unit], "treatment", "control"),
            "exposed_at": clock.local_text(users.signed_up[unit]),
            "platform": np.array(list(PLATFORMS))[users.platform[unit]],
            "converted": np.isin(unit, reached).astype(np.int8),
            "bookings": np.bincount(booked, minlength=users.n)[unit],
            "revenue_eur": euros(cents[unit]),
        }
    )

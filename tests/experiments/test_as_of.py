"""A trial read at the end of an earlier day knows nothing of what came after."""

from datetime import date, timedelta

import numpy as np
import pytest

from pmlib.core import TooFewError
from pmlib.experiments import trial, verdict
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

FIRST = date(2026, 3, 2)
LOOKS = tuple(FIRST + timedelta(days=7 * week - 1) for week in (1, 2, 3, 4))
PLAN = Registration(
    "trial", "", "a", {"a": 1, "b": 1}, (Measure("hit"),),
    start=FIRST, days=28, units=2800, reading="group-sequential", looks=LOOKS,
)  # fmt: skip


def columns(days: int = 28) -> dict[str, list]:
    """Return 100 units a day; from the third week on all in b have a hit, before nobody does more often."""
    draw = np.random.default_rng(3)
    day = np.repeat(np.arange(days), 100)
    arm = np.tile(["a", "b"], 50 * days)
    hit = np.where((day >= 14) & (arm == "b"), 1, draw.integers(0, 2, day.size))
    return {
        "arm": arm.tolist(),
        "hit": hit.tolist(),
        "exposed_on": [(FIRST + timedelta(days=int(one))).isoformat() for one in day],
    }


def test_units_that_came_later_are_left_out():
    known = columns()
    early = trial(units_of(**known), registration=PLAN, as_of=LOOKS[1])
    short = {name: values[:1400] for name, values in known.items()}
    alone = trial(units_of(**short), registration=PLAN, as_of=LOOKS[1])
    assert early.arms.total == 1400
    assert early.standing.units == (700, 1400)
    assert verdict(early).headline == verdict(alone).headline
    assert verdict(early).headline.startswith("Keep running")
    assert verdict(trial(units_of(**known), registration=PLAN)).headline.startswith("Ship")


def test_a_reader_is_told_what_cannot_be_turned_back():
    early = trial(units_of(**columns()), registration=PLAN, as_of=LOOKS[1])
    said = [check.text for check in early.units.checks if not check.ok]
    assert said == [
        "It is read up to 15 Mar 2026: who came later, up to 29 Mar 2026, is left out; what the others did is what the "
        "table says now, not what it said then."
    ]


def test_a_day_before_the_first_unit_is_refused():
    with pytest.raises(TooFewError, match=r"taken in on 2 Mar 2026, after 1 Mar 2026\..* are plans swapped\?"):
        trial(units_of(**columns()), registration=PLAN, as_of="2026-03-01")

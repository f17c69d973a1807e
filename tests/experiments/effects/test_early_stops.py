"""A lift that an early look called is printed with what is left of it."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import norm

from pmlib.experiments import lift, trial
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.sequential import looks
from pmlib.stats.trials.stopping import stagewise
from tests.experiments.made import units_of

START = date(2026, 3, 2)
LOOKS = tuple(START + timedelta(days=each) for each in (6, 13, 20))


def running(days: int, *, better: float = 0.5, a_day: int = 200, reading: str = "group-sequential", arms: str = "ab"):
    """So many days with 200 units each, of which 30 % of control and more of the last arm do it; planned for 21."""
    n = days * a_day
    at = np.arange(n)
    arm = np.array(list(arms))[at % len(arms)]
    hits = at // len(arms) % 100 < np.where(arm == arms[-1], 100 * better, 30)
    units = units_of(
        arm=arm.tolist(),
        hit=hits.astype(int).tolist(),
        exposed_on=[START + timedelta(days=int(x)) for x in at // a_day],
    )
    plan = Registration(
        *("trial", "", "a", dict.fromkeys(arms, 1.0), (Measure("hit"),)),
        **{"reading": reading, "units": 21 * a_day, "start": START, "days": 21, "digest": "x"},
        looks=LOOKS if reading == "group-sequential" else (),
    )
    return trial(units, registration=plan, as_of=START + timedelta(days=days - 1))


def test_a_second_look_that_calls_is_corrected():
    made = running(14, better=0.345)
    (one,) = made.comparisons["hit"]
    assert one.clear
    found = lift(made)
    corrected = found.estimates[-1]
    # Looks at a third and two thirds of the plan; Z of the second from its own p-value. By the stage-wise ordering the
    # estimate is as far from 0 as `end.value` of what `Z` was, and its p is that of crossing so early or earlier.
    z = norm.isf(one.alone.p / 2)
    end = stagewise(looks([1400, 2800], 4200), z)
    assert corrected.value == pytest.approx(one.alone.value * end.value / z)
    assert 0 < corrected.low < corrected.value < one.lift.value
    assert corrected.p == pytest.approx(end.p)
    assert any(
        caution.startswith(
            "Look 2 of 3 already calls b, most likely on one of its high days: allowing for that stop its "
        )
        for caution in found.cautions
    )
    row = found.table.rows[-1]
    assert row[0] == "b, allowing for the early stop"
    assert row[1] == 1400


def test_a_first_look_that_calls_is_doubted_without_a_number():
    made = running(7, better=0.5)
    assert made.comparisons["hit"][0].clear
    found = lift(made)
    assert any(
        caution == "Look 1 of 3 already calls b, most likely on one of its high days: expect less of its lift later."
        for caution in found.cautions
    )
    assert len(found.table.rows) == 2


@pytest.mark.parametrize(
    "made",
    [
        running(14, better=0.30),  # nothing is called
        running(21, better=0.40),  # the last look
        running(21, better=0.40, reading="once"),
        running(14, better=0.40, reading="always-valid"),
    ],
    ids=["not called", "last look", "once", "always valid"],
)
def test_without_an_early_stop_there_is_nothing_to_correct(made):
    found = lift(made)
    assert not any("look" in caution for caution in found.cautions)
    assert len(found.table.rows) == 2
    assert len(found.estimates) == 4


def test_of_several_arms_nobody_can_tell_how_much_too_high_the_lift_is():
    # The bounds of the looks are those of one arm; several judged together (Dunnett) stop on another course.
    found = lift(running(14, better=0.40, arms="abc"))
    assert [row[0] for row in found.table.rows] == ["a", "b", "c"]
    (said,) = [caution for caution in found.cautions if "Look" in caution]
    assert said == (
        "Look 2 of 3 already calls c, most likely on one of its high days, and the best of 2 arms is the luckiest too: "
        "its lift is too high, by how much cannot be told."
    )

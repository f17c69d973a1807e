"""A look tells what the units tell whose window is over; alpha is spent by the days or units taken in that are gone."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from pmlib.experiments import Trial, trial, verdict
from pmlib.experiments.reading.standing import standing
from pmlib.sources import load_aggregates
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of
from tests.rows import events_of

START = date(2026, 6, 1)
DAYS, WINDOW, A_DAY = 28, 14, 100
BACK = Measure("back", event="open", window=WINDOW)


def on(*days: int) -> tuple[date, ...]:
    """Return the days of looks, 1 for the first day of the plan."""
    return tuple(START + timedelta(days=day - 1) for day in days)


def plan(*measures: Measure, looks: tuple[date, ...] = on(7, 14, 21, 28), **more) -> Registration:
    settled = {"start": START, "days": DAYS, "reading": "group-sequential", "looks": looks} | more
    return Registration("trial", "", "a", {"a": 1.0, "b": 1.0}, measures or (BACK,), **settled)


def over(day: date) -> int:
    """Return on how many days units were taken in whose window is over by the end of a day."""
    return max((day - START).days + 1 - WINDOW, 0)


def bounds(registration: Registration) -> dict[date, float]:
    """Return the bound of each look that finds anybody's window over, as it was when it was the last."""
    found: dict[date, float] = {}
    for at, day in enumerate(registration.looks):
        before = registration.looks[:at]
        taken = [(one, 2 * A_DAY * ((one - START).days + 1)) for one in before]
        known = [2 * A_DAY * over(one) for one in (*before, day)]
        if known[-1]:
            total = 2 * A_DAY * ((day - START).days + 1)
            found[day] = standing(registration, total, day, taken, known=known).look.bound
    return found


EVERY = [on(*range(7, 29, 7)), on(*range(2, 29, 2)), on(*range(1, 29))]


@pytest.mark.parametrize("spending", ["obrien-fleming", "kim-demets"])
@pytest.mark.parametrize("units", [None, 2 * A_DAY * DAYS])
@pytest.mark.parametrize("looks", EVERY, ids=["weekly", "every other day", "daily"])
def test_all_looks_together_err_as_planned(looks, units, spending):
    # 200,000 walks without a drift, standard error 0.05 points; said before looking: 4.8 to 5.2 %. Looks that correlate
    # by the units taken in err in 5.5, 6.8 and 7.5 % (O'Brien-Fleming).
    found = bounds(plan(looks=looks, units=units, spending=spending))
    counts = np.array([over(day) for day in found])
    draw = np.random.default_rng(5)
    steps = np.sqrt(np.diff([0, *counts])) * draw.normal(size=(200_000, len(counts)))
    z = steps.cumsum(axis=1) / np.sqrt(counts)
    assert 0.048 <= (np.abs(z) > np.array([*found.values()])).any(axis=1).mean() <= 0.052


def test_experiments_without_a_change_call_as_often_as_planned():
    # 2,000 experiments of shares, 100 a day and arm; said before looking: 3.5 to 6.5 %.
    found = bounds(plan(looks=on(*range(1, 29))))
    hits = np.random.default_rng(7).binomial(A_DAY, 0.3, size=(2000, 2, DAYS)).cumsum(axis=2)
    called = np.zeros(2000, dtype=bool)
    for day, bound in found.items():
        n, (a, b) = A_DAY * over(day), hits[:, :, over(day) - 1].T
        pooled = (a + b) / (2 * n)
        called |= np.abs(b - a) / n > bound * np.sqrt(pooled * (1 - pooled) * 2 / n)
    assert 0.035 <= called.mean() <= 0.065


def shown(arms: str = "ab", last: int = 28) -> Events:
    """Return a log: 20 units a day and arm are shown it through 28 days, and of five one or two open it later."""
    rows = []
    for place in range(20 * len(arms) * DAYS):
        arm = arms[place % len(arms)]
        at = datetime(2026, 6, 1, place % 24) + timedelta(days=place // (20 * len(arms)))
        user = f"u{place}"
        rows.append((user, "shown", at.isoformat(), arm))
        if place // len(arms) % 5 <= (arm == "b"):
            rows.append((user, "open", (at + timedelta(days=1 + place % 3)).isoformat(), arm))
    rows = [row for row in rows if date.fromisoformat(row[2][:10]) <= on(last)[0]]
    return events_of(rows, as_of=on(last)[0], properties=("variant",))


def read(*measures: Measure, arms: str = "ab", day: int = 28, **more) -> Trial:
    made = plan(*measures, **({"exposure": "shown", "variant": "variant"} | more))
    return trial(events=shown(arms), registration=made, as_of=on(day)[0])


def test_a_look_counts_the_units_whose_window_was_over_by_then():
    made = read()
    # 40 a day; 21 days are three quarters of the plan, and a quarter of its units has a value.
    here = made.standing_of("back")
    assert here.units == (40 * 7, 40 * 14)
    assert here.days == on(21, 28)
    assert here.times == pytest.approx((0.75, 1.0))
    # As it was read then: the log to the end of that day has so many units with a value.
    then = read(day=21)
    assert sum(group.n for group in then.readings["back"].groups) == 40 * 7
    assert then.standing_of("back").units == (40 * 7,)
    assert made.comparisons["back"][0].lift.level == then.comparisons["back"][0].lift.level == 0.95
    assert not made.standing.doubts


def test_each_metric_has_its_own_clock():
    made = read(BACK, Measure("soon", role="guardrail", event="open", window=7), Measure("ever", event="open"))
    assert made.standing_of("back").units == (280, 560)
    assert made.standing_of("soon").units == (40 * 7, 40 * 14, 40 * 21)
    assert made.standing_of("ever").units == (280, 560, 840, 1120)
    # Alpha is spent by the same clock all the same: each has spent all of it at the end.
    spent = [made.standing_of(one).look.spent for one in ("back", "soon", "ever")]
    assert spent == pytest.approx([0.05] * 3, abs=1e-6)


def test_units_of_an_arm_that_was_to_have_nobody_are_at_no_look():
    arms = {"a": 1.0, "b": 1.0, "c": 0.0}
    made = plan(Measure("back", event="open"), exposure="shown", variant="variant")
    made = Registration(**{field: getattr(made, field) for field in made.__dataclass_fields__} | {"arms": arms})
    assert trial(events=shown("abc"), registration=made).standing.units == (280, 560, 840, 1120)


def test_a_window_from_another_event_is_said_to_be_unknown():
    made = read(Measure("again", event="open", since="shown", window=7))
    assert made.standing_of("again") == made.standing
    assert made.standing.units == (280, 560, 840, 1120)
    assert any(
        caution.startswith("How many units had a value of again at earlier looks is not known")
        for caution in verdict(made).cautions
    )
    assert not any("earlier looks" in caution for caution in verdict(read()).cautions)


def test_an_always_valid_interval_counts_units_with_a_value():
    made = read(looks=(), reading="always-valid", units=1120)
    assert made.standing_of("back").units == (560,)
    assert made.standing_of("back").level > made.standing.level


def test_running_totals_tell_what_was_known_at_each_look():
    rows = [
        (arm, day, 140 * week, max(140 * (week - 2), 0), 0.3 if week > 2 else None)
        for week, day in enumerate(on(7, 14, 21, 28), 1)
        for arm in "ab"
    ]
    frame = pd.DataFrame(rows, columns=["arm", "day", "units", "n", "mean"]).assign(metric="back", kind="share")
    frame = frame[frame["n"] > 0].drop(columns="kind").assign(hits=lambda table: (table["n"] * 0.3).round())
    given = load_aggregates(frame.drop(columns="mean"), running=True)
    made = trial(given, registration=plan(Measure("back", window=WINDOW)), as_of=on(28)[0])
    assert made.standing_of("back").units == (280, 560)


def test_a_day_of_each_unit_tells_when_its_window_was_over():
    day = np.repeat(np.arange(DAYS), 40)
    filled = [int(place % 3 == 0) if one < DAYS - WINDOW else None for place, one in enumerate(day)]
    units = units_of(
        arm=["a", "b"] * (day.size // 2), back=filled, exposed_on=[START + timedelta(days=int(one)) for one in day]
    )
    made = trial(units, registration=plan(Measure("back", window=WINDOW)))
    assert made.standing_of("back").units == (280, 560)
    # Where the plan tells of no window, nobody knows when these values came: all that were taken in count.
    assert trial(units, registration=plan(Measure("back"))).standing_of("back").units == (280, 560, 840, 1120)

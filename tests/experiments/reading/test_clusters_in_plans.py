"""What is said of clusters against a plan: units with units, the split by clusters, caps by units."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from pmlib.experiments import checks, course, lift, sensitivity, split, trial
from pmlib.experiments.decision.needs import to_see
from pmlib.experiments.effects.courses import looks_of
from pmlib.experiments.effects.intakes import intake
from pmlib.sources.registrations import Measure
from pmlib.stats.trials.always import always
from pmlib.stats.trials.sequential import level_of
from tests.experiments.made import units_of
from tests.experiments.reading.test_clusters import plan, shops


def test_units_are_held_against_planned_units_and_clusters_against_the_split():
    # 40 shops of 10 customers come within a week and their customers over two: planned are 400 customers, not shops.
    start = date(2026, 6, 1)
    rows = {
        "arm": ["b" if shop % 2 else "a" for shop in range(40) for _ in range(10)],
        "shop": [f"s{shop}" for shop in range(40) for _ in range(10)],
        "spend": [float(shop % 7 + at) for shop in range(40) for at in range(10)],
        "exposed_on": [start + timedelta(days=shop % 5 + at) for shop in range(40) for at in range(10)],
    }
    made = plan(Measure("spend"), units=400, start=start, days=14)
    found = trial(units_of(**rows), registration=made)
    assert found.split.counts == (20, 20)
    assert found.split.members == (200, 200)
    assert found.arms.total == 400
    assert found.counted == "400 units from 1 to 14 Jun 2026"
    assert (found.standing.units, found.standing.planned, found.standing.over) == ((400,), 400, True)
    # By the end of the first week a shop that came on day d has 7 - d of its customers.
    looks = replace(made, reading="group-sequential", looks=(date(2026, 6, 7), date(2026, 6, 14)))
    standing = trial(units_of(**rows), registration=looks, as_of=date(2026, 6, 14)).standing
    assert standing.units == (8 * (7 + 6 + 5 + 4 + 3), 400)


def test_a_split_of_clusters_is_judged_on_clusters_and_says_units():
    # 30 and 3 shops are no accident; of 330 and 300 customers the same would be none.
    shop = [*range(30), *range(100, 103)]
    size = [11] * 30 + [100] * 3
    rows = {"arm": [], "shop": [], "spend": []}
    for one, many in zip(shop, size, strict=True):
        rows["arm"] += ["a" if one < 100 else "b"] * many
        rows["shop"] += [f"s{one}"] * many
        rows["spend"] += [float(at) for at in range(many)]
    made = trial(units_of(**rows), registration=plan(Measure("spend")))
    assert made.split.alarm
    found = split(made)
    assert "(30 and 3 clusters in a and b, where 16 and 16 were planned)" in found.headline
    assert found.question == "Did clusters fall into the arms as planned?"
    assert [row[1] for row in found.table.rows] == [30, 3]
    assert found.definition.startswith("630 units of trial.csv in 33 clusters, one arm each")


def test_few_clusters_are_said():
    few, many = (lift(trial(units_of(**shops(clusters=n)), registration=plan(Measure("spend")))) for n in (12, 60))
    (said,) = [one for one in few.cautions if "clusters" in one]
    assert said.endswith(
        "in 12 clusters: intervals are as wide as so few clusters ask for (Student's t), yet below 40 they hold less "
        "surely."
    )
    assert not any("clusters" in one for one in many.cautions)


def test_caps_of_clusters_are_said_where_they_cut_and_no_other_cap_is_tried():
    rows = shops()
    made = trial(units_of(**rows), registration=plan(Measure("spend", cap=0.9)))
    (gate,) = [row for row in checks(made).table.rows if row[0] == "Extreme values"]
    ceiling = np.quantile(rows["spend"], 0.9, method="inverted_cdf")
    assert gate[2] == (
        f"The largest values are cut off for each unit, before clusters are added up: spend at {ceiling:g}."
    )
    plain = trial(units_of(**rows), registration=plan(Measure("spend")))
    (gate,) = [row for row in checks(plain).table.rows if row[0] == "Extreme values"]
    assert gate[2] == "No cap is registered, and no cluster carries 5.0% of a sum."
    words = [row[0] for row in sensitivity(plain).table.rows]
    assert not any("cut off" in one for one in words)
    assert "without the heaviest cluster" in words


def test_an_always_valid_plan_counts_units_and_not_their_clusters():
    # Planned are 400 customers; 40 shops would be a tenth of that, for which there is no such interval.
    found = trial(
        units_of(**shops(clusters=40)), registration=plan(Measure("spend"), units=400, reading="always-valid")
    )
    assert found.standing_of("spend") == found.standing
    (one,) = found.comparisons["spend"]
    assert found.standing.level == level_of(always(found.arms.total, 400))
    assert one.lift.n == 40
    # The units named are clusters, as are those there.
    need = to_see(one, 0.05, trial(units_of(**shops(clusters=40)), registration=plan(Measure("spend"))))
    assert need.words.endswith(" clusters in each arm")
    assert need.times == need.control / 20


def test_a_course_of_clusters_ends_where_the_reading_does():
    start = date(2026, 6, 1)
    rows = shops(clusters=120)
    rows["exposed_on"] = [start + timedelta(days=int(shop[1:]) // 8) for shop in rows["shop"]]
    made = plan(Measure("spend"), reading="always-valid", units=1800, start=start, days=15)
    found = trial(units_of(**rows), registration=made)
    (one,) = found.comparisons["spend"]
    told = course(found).estimates[0]
    assert (told.low, told.high, told.p) == pytest.approx((one.lift.low, one.lift.high, one.lift.p))
    # At its looks alpha was spent by units too: as in what is read now, of which they are the beginning.
    looks = replace(made, reading="group-sequential", looks=(date(2026, 6, 10), date(2026, 6, 15)))
    again = trial(units_of(**rows), registration=looks)
    first, last = (where for _, where in looks_of(again, "spend", intake(again, again.readings["spend"].measure)[0]))
    assert (first.units, first.times) == (last.units[:1], last.times[:1])

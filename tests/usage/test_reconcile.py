"""Why another product shows another number: the differences add up, the rule that makes most is named."""

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from pmlib import usage
from pmlib.core import Estimate, SettingError, Unit
from pmlib.usage.rules.reconcile import Gap, headline, reason, reconcile
from pmlib.usage.rules.variants import Case, Options
from pmlib.usage.rules.vendors import in_use, read, rules, vendor
from tests.rows import events_of
from tests.usage.june import DAY, TAIL, log


def random_log(seed, *, days=40):
    """A random log of few people."""
    draw = np.random.default_rng(seed)
    rows = []
    for user in range(int(draw.integers(3, 25))):
        first = int(draw.integers(1, days))
        rows.append((f"u{user}", "joined", first, int(draw.integers(0, 1440))))
        for _ in range(int(draw.integers(0, 12))):
            event = str(draw.choice(["joined", "used", "paid"], p=[0.1, 0.7, 0.2]))
            rows.append((f"u{user}", event, int(draw.integers(first, days + 1)), int(draw.integers(0, 1440))))
    return [(u, e, f"{DAY + timedelta(days=d - 1)}T{m // 60:02}:{m % 60:02}") for u, e, d, m in rows]


ASKED = {
    "retention": {"start": "joined", "back": "used", "every": "week", "age": 1},
    "funnel": {"steps": "joined, used, paid", "exclude": "", "window_days": 5, "weeks": 4},
    "active": {"event": "used"},
    "lifecycle": {"event": "used"},
    "stickiness": {},
}
PAIRS = [(name, metric) for name, table in read()["vendors"].items() for metric in table if metric != "name"]


@pytest.mark.parametrize(("name", "metric"), PAIRS)
def test_differences_add_up_to_the_whole(name, metric):
    answered = 0
    for seed in range(4):
        rows = random_log(seed)
        found = reconcile(events_of(rows, as_of=DAY + timedelta(days=39)), metric, vendor=name, **ASKED[metric])
        if not found.estimates:
            continue
        answered += 1
        ours, theirs = found.estimates[0].value, found.estimates[1].value
        *each, last = [one for one in found.table.rows if one[0] != "None changed"]
        assert last[7] == pytest.approx(theirs - ours)
        assert sum(one[8] for one in each if one[8] is not None) == pytest.approx(theirs - ours)
        assert sum(one[7] for one in each) == pytest.approx(theirs - ours)
        for one in each[:-1]:
            # Each rule's number has its own interval and how many it is of, unless it is a full count or has none.
            assert one[6] is not None
            assert one[4] is None or one[4] <= one[3] <= one[5]
            assert one[7] == pytest.approx(one[3] - ours)
        if answered > 1:
            continue
        again = reconcile(events_of(rows[::-1], as_of=DAY + timedelta(days=39)), metric, vendor=name, **ASKED[metric])
        assert again.facts() == found.facts() | {"query": again.query}
        assert again.table == found.table
    assert answered >= 2


def test_our_number_is_that_of_the_question_itself():
    for seed in range(4):
        events = events_of(random_log(seed), as_of=DAY + timedelta(days=41))
        case = {metric: Case(events, metric, Options(**options)) for metric, options in ASKED.items()}
        kept = usage.retention(events, start="joined", back="used", age=1)
        assert case["retention"].alone({}).value == kept.estimates[0].value
        assert case["retention"].under({})[0].low == kept.estimates[0].low
        way = usage.funnel(events, steps="joined, used, paid", window_days=5, weeks=4)
        assert case["funnel"].alone({}).value == way.kpi.estimate.value
        late = usage.funnel(events, steps="joined, used, paid", window_days=5, weeks=4, entrants="all")
        assert case["funnel"].alone({"entrants": "inside"}).value == late.kpi.estimate.value
        flow = usage.lifecycle(events, event="used")
        assert case["lifecycle"].alone({}).value == next(one.value for one in flow.estimates if one.label == "New")
        assert case["stickiness"].alone({}).value == usage.stickiness(events).kpi.estimate.value
        assert Case(events, "active", Options()).alone({}).value == usage.active(events).kpi.estimate.value


def test_what_makes_no_difference_is_said():
    # Everybody's first event is the one that makes active: birth is the same.
    events = log("a used 1\nb used 9\na used 16\nb used 16\nc used 17", 21)
    found = reconcile(events, "lifecycle", vendor="posthog", event="used")
    assert found.headline == "New people, week of 15 Jun: 1 here and under PostHog's rules: no rule makes a difference"
    # PostHog's stickiness has no rule of its own.
    events = log("a used 1\nb used 9\na used 28", 28)
    found = reconcile(events, "stickiness", vendor="posthog")
    assert found.headline.endswith("here and under PostHog's rules, which are the same for it")
    assert [one[0] for one in found.table.rows] == ["None changed", "All changed"]


@pytest.mark.parametrize(
    ("values", "whole", "said"),
    [
        # What each of two rules makes alone, what both make, from 40%.
        ((0.1, 0.0), 0.1, "all of it is that Amplitude counts ages in"),
        ((0.1, 0.03), 0.16, "most of it (10.0 of 16.0 points) is that Amplitude counts ages in"),
        ((0.05, 0.06), 0.16, "no one rule makes most of it, the largest (6.0 of 16.0 points) is that Amplitude cuts"),
        ((0.1, -0.04), 0.06, "the largest rule alone, +10.0 points, is that Amplitude counts ages in"),
        ((-0.1, 0.02), 0.03, "the largest rule alone, −10.0 points, is that Amplitude counts ages in"),
        ((0.1, -0.1), 0.0, "rules that pull both ways cancel out, the largest alone, +10.0 points, is that"),
        ((0.0, 0.0), 0.05, "no rule makes the difference alone, only together"),
        ((None, 0.04), 0.05, "most of it (4.0 of 5.0 points) is that Amplitude cuts"),
    ],
)
def test_the_rule_that_makes_most_is_named(values, whole, said):
    ours, theirs = (Estimate("x", one, 0.0, 1.0, Unit.SHARE, 100, "m") for one in (0.4, 0.4 + whole))
    alone = tuple(None if one is None else replace(ours, value=0.4 + one) for one in values)
    two = tuple(rule for rule in rules("retention") if rule.name in ("windows", "stamps"))
    ways = {"windows": "24h", "stamps": "cut"}
    gap = Gap(Case(log(TAIL, 3), "retention", Options()), "Amplitude", two, ways, (), ours, theirs, alone,
              (alone[0] and alone[0].value, 0.4 + whole), ("", ""))  # fmt: skip
    assert reason(gap).startswith(said)
    parts = [one for one in gap.singly if one is not None]
    assert gap.together == (None if None in values else pytest.approx(whole - sum(parts)))
    same = (
        "here and, rounded, under Amplitude's rules" if not whole else f"here and {40 + 100 * whole:.1f}% (95% interval"
    )
    assert same in headline(gap)


@pytest.mark.parametrize(
    ("metric", "options", "message"),
    [
        ("retention", {"vendor": "mixpannel"}, "Did you mean 'mixpanel'"),
        ("retentoin", {}, "Did you mean 'retention'"),
        ("lifecycle", {"vendor": "mixpanel"}, "Mixpanel has no rules of its own for lifecycle"),
        ("retention", {"steps": "joined, used"}, "steps goes with funnel, not with retention, which takes start"),
        ("funnel", {"steps": "joined, used", "every": "week"}, "every goes with retention, active and lifecycle"),
        ("funnel", {}, "A funnel has 2 to 12 steps; 0 are given"),
        ("funnel", {"steps": "joined, usedd"}, "Did you mean 'used'"),
        ("active", {"age": 3}, "age goes with retention"),
        ("active", {"event": "usd"}, "Did you mean 'used'"),
        ("retention", {"start": "joind"}, "Did you mean 'joined'"),
        ("retention", {"every": "wek"}, "Did you mean 'week'"),
        ("retention", {"age": -1}, "age is -1"),
        ("retention", {"weeks": 0}, "weeks is 0"),
        ("funnel", {"steps": "joined, used", "window_days": 0}, "window_days is 0"),
    ],
)
def test_a_wrong_question_is_refused(metric, options, message):
    with pytest.raises(SettingError, match=re.escape(message)):
        reconcile(log(TAIL, 3), metric, **options)


def test_too_little_data_is_an_answer():
    assert "cannot be answered" in reconcile(log("a joined 1\na used 2", 2), "retention").headline
    # Who was active in a first week, with none before it, cannot be told apart.
    assert "begin before the data" in reconcile(log("a used 1\nb used 7", 7), "lifecycle").headline
    # 28 days are not there for our stickiness.
    assert "begin before the data" in reconcile(log(TAIL, 3), "stickiness").headline
    # Ours can be counted in calendar weeks; a whole cohort of 24 hours cannot yet.
    events = log("a joined 1\na used 9", 14)
    found = reconcile(events, "retention", vendor="amplitude", start="joined", age=1)
    assert found.headline.startswith("This cannot be answered: under Amplitude's rules there is too little to count.")


def test_each_way_of_a_product_is_one_there_is_and_not_ours():
    for metric in read()["rules"]:
        known = {rule.name: rule for rule in rules(metric)}
        for name, table in read()["vendors"].items():
            if metric in table:
                found = vendor(name, metric)
                for rule, way in found.rules[metric].items():
                    assert way in known[rule].ways
                    assert way != known[rule].ours
                assert all(doubt.endswith(".") for doubt in found.doubts[metric])
        titles = [one.title for one in in_use(metric)]
        assert len(titles) == len(set(titles))
        for one in in_use(metric):
            assert all(way in known[rule].ways and way != known[rule].ours for rule, way in one.rules.items())


def test_rules_cannot_be_changed_by_who_reads_them():
    with pytest.raises(TypeError):
        vendor("posthog", "retention").rules["retention"]["cells"] = "over"
    with pytest.raises(TypeError):
        rules("retention")[0].ways["first"] = "counts nobody"

"""Each choice of a funnel that products make differently, counted by hand; parts; times to convert."""

import math
from datetime import date, timedelta

import pytest

from pmlib.core import SettingError
from pmlib.usage.funnels.conversions import time_to_convert
from pmlib.usage.funnels.funnel import funnel
from tests.rows import events_of

AS_OF = date(2026, 6, 28)
PAD = [("pad", name, "2026-06-01T00:00") for name in ("b", "c", "x")]


def user(name, text, day="2026-06-02"):
    """Events such as ``a10:00 b10:30`` of one user on one day."""
    return [(name, word[0], f"{day}T{word[1:]}") for word in text.split()]


def people(rows, steps="a, b, c", **options):
    """How many people took each step."""
    found = funnel(events_of([*rows, *PAD], as_of=AS_OF), steps=steps, **options)
    return [row[1] for row in found.table.rows] if found.table else found.headline


def test_which_first_step_begins():
    # b is 5 hours after the second a, 8 after the first; the window is 6.
    rows = user("u", "a10:00 a13:00 b18:00")
    assert people(rows, "a, b", window_days="6 hours") == [1, 1]
    # The first a's window runs to 16:00, the a of 13:00 is not looked at.
    assert people(rows, "a, b", window_days="6 hours", entry="first") == [1, 0]
    # Once it has run out, the next first step begins again; at 16:00 sharp it has not.
    assert people(user("u", "a10:00 a16:01 b18:00"), "a, b", window_days="6 hours", entry="first") == [1, 1]
    assert people(user("u", "a10:00 a16:00 b18:00"), "a, b", window_days="6 hours", entry="first") == [1, 0]


def test_one_event_for_three_steps_of_its_name():
    assert people(user("u", "a10:00"), "a, a, a") == [1, 0, 0]
    assert people(user("u", "a10:00"), "a, a, a", reuse=True) == [1, 1, 1]


def test_ties():
    same, swapped = user("u", "b10:00:05 a10:00:05"), user("u", "b10:00:03 a10:00:05")
    assert people(same, "a, b") == [1, 1]
    assert people(same, "a, b", ties=None) == [1, 0]
    assert people(swapped, "a, b") == [1, 0]
    # Two seconds of grace.
    assert people(swapped, "a, b", ties=2) == [1, 1]
    assert people(swapped, "a, b", ties=1.9) == [1, 0]
    # It is measured from all steps before: c may not creep back in two bounds.
    assert people(user("u", "a10:00:05 b10:00:03 c10:00:01"), ties=2) == [1, 1, 0]
    # Whole seconds: .9 and .1 of one second are one instant, and two of a name one event.
    assert people(user("u", "b10:00:05.100 a10:00:05.900"), "a, b", stamps="seconds") == [1, 1]
    assert people(user("u", "b10:00:04.900 a10:00:05.100"), "a, b", stamps="seconds") == [1, 0]
    assert people(user("u", "a10:00:05.100 a10:00:05.900"), "a, a") == [1, 1]
    assert people(user("u", "a10:00:05.100 a10:00:05.900"), "a, a", stamps="seconds") == [1, 0]


def test_strict():
    rows = [
        *user("plain", "a10:00 b11:00 c12:00"),
        *user("between", "a10:00 x10:30 b11:00 c12:00"),
        *user("repeats", "a10:00 a10:10 b11:00 b11:10 c12:00"),
        *user("again", "a10:00 x10:30 a10:40 b11:00 c12:00"),
        *user("swapped", "a10:00 c10:30 b11:00 c12:00"),
        *user("at once", "a10:00 x11:00 b11:00 c12:00"),
    ]
    # plain, repeats, again, at once: x shares b's stamp and lies not between. The others stop at a.
    assert people(rows, order="strict") == [6, 4, 4]
    assert people(rows) == [6, 6, 6]


def test_any_order():
    rows = [
        *user("all", "c10:00 a11:00 b12:00"),
        *user("two", "b10:00 b11:00 a12:00"),
        *user("far", "a01:00 b22:00 c23:00"),
        *user("one", "c10:00"),
    ]
    # Within 12 hours: all three, two, b and c, one; pad begins with b, c at once.
    assert people(rows, order="any", window_days=0.5) == [5, 4, 1]
    found = funnel(events_of([*rows, *PAD], as_of=AS_OF), steps="a, b, c", order="any", window_days=0.5)
    assert found.headline.startswith("20.0% of 5 people who did any of 'a', 'b' and 'c' did all")
    assert "did all of them within 12 hours" in found.headline
    assert "in any order within 12 hours of whichever came first" in found.definition


def test_exclusions():
    rows = [
        *user("clean", "a10:00 b11:00 c12:00"),
        *user("out", "a10:00 b11:00 x11:30 c12:00"),
        *user("later", "a10:00 x10:30 a10:40 b11:00 c12:00"),
        *user("after", "a10:00 b11:00 c12:00 x13:00"),
        *user("gave up", "a10:00 x13:00"),
        *user("before", "x09:00 a10:00 b11:00"),
        *user("with", "a10:00 x11:00 b11:00"),
        ("late", "a", "2026-06-02T10:00"),
        ("late", "x", "2026-06-09T10:01"),
    ]
    # x cuts out's c, stands after c, before a, with b, past the window; later has a clean second chain.
    assert people(rows, exclude="x") == [8, 6, 3]
    # out and gave up are gone whole; with met x after b, before any c. later: its longest chain is clean.
    found = funnel(events_of([*rows, *PAD], as_of=AS_OF), steps="a, b, c", exclude="x", exclusion="drop")
    assert [row[1] for row in found.table.rows] == [5, 4, 3]
    assert any("3 people of 8 who entered did x on the way" in caution for caution in found.cautions)
    assert "x in between takes whoever it is of out" in found.definition
    gone = funnel(
        events_of([*user("u", "a10:00 x11:00"), *PAD], as_of=AS_OF), steps="a, b", exclude="x", exclusion="drop"
    )
    assert "all 1 who entered" in gone.headline


def test_optional_steps():
    rows = [
        *user("both", "a10:00 b11:00 c12:00"),
        *user("skips", "a10:00 c12:00"),
        *user("after", "a10:00 c11:00 b12:00"),
        *user("stops", "a10:00 b11:00"),
    ]
    found = funnel(events_of([*rows, *PAD], as_of=AS_OF), steps="a, b, c", optional="b")
    # b by both and stops; c by the other three and both. Shares of the step before are of a for both.
    assert [(row[1], row[5]) for row in found.table.rows] == [(4, None), (2, 0.5), (3, 0.75)]
    assert "b may be skipped" in found.definition


def test_step_windows():
    rows = [
        # b of 11:00 is too far from c; the b of 14:00 is near enough to both.
        *user("second", "a10:00 b11:00 b14:00 c15:00"),
        *user("slow", "a10:00 b11:00 c15:00"),
        *user("edge", "a10:00 b11:00 c13:00"),
    ]
    assert people(rows, step_windows=", 2 hours") == [3, 3, 2]
    assert people(rows, step_windows=["1 hour", "2 hours"]) == [3, 3, 1]
    # Without the optional step its times add up: c within 3 hours of a.
    rows = [*user("in", "a10:00 c13:00"), *user("out", "a10:00 c13:01")]
    assert people(rows, step_windows=["1 hour", "2 hours"], optional="b") == [2, 0, 1]


def test_entrants_whose_window_runs():
    # Entry on the last day of the last whole week; the conversion lies past it. As of 28 June, 7 days.
    rows = [("u", "a", "2026-06-28T10:00"), ("v", "a", "2026-06-20T10:00"), ("v", "b", "2026-06-22T10:00"), *PAD]
    assert people(rows, "a, b") == [1, 1]
    assert people(rows, "a, b", entrants="all") == [2, 1]
    rows = [("v", "a", "2026-06-20T10:00"), ("v", "b", "2026-06-22T10:00"), *PAD]
    # Counted as products do that want entry and end inside the range: as of 21 June, b is not there yet.
    found = funnel(events_of(rows, as_of=date(2026, 6, 21)), steps="a, b", entrants="all")
    assert [row[1] for row in found.table.rows] == [1, 0]


def test_kaplan_meier_of_all_who_entered():
    # Windows of 4 days, as of the end of 28 June. u: b after 1 day. v: seen 4 days, none. w: entered 27 June 00:00,
    # seen 2 days. z: b after 3 days. S = (1 - 1/4)(1 - 1/2): 4 at risk at day 1, v and z at day 3; 1 - 3/8 = 62.5 %.
    rows = [
        ("u", "a", "2026-06-10T10:00"), ("u", "b", "2026-06-11T10:00"),
        ("v", "a", "2026-06-11T10:00"),
        ("w", "a", "2026-06-27T00:00"),
        ("z", "a", "2026-06-12T10:00"), ("z", "b", "2026-06-15T10:00"),
    ]  # fmt: skip
    found = funnel(events_of([*rows, *PAD], as_of=AS_OF), steps="a, b", window_days=4)
    one = next(one for one in found.estimates if "all entrants" in one.label)
    assert one.value == pytest.approx(0.625)
    assert one.n == 4
    # w's window still runs, so the headline rests on the other three.
    assert [row[1] for row in found.table.rows] == [3, 2]


def parted(rows, **options):
    events = events_of([*rows, *((*one, None) for one in PAD)], as_of=AS_OF, properties=("plan",))
    return funnel(events, steps="a, b", by="plan", **options)


def test_parts_by_attribution():
    rows = [
        ("u", "a", "2026-06-02T10:00", "free"), ("u", "b", "2026-06-02T11:00", "pro"),
        ("v", "a", "2026-06-02T10:00", None), ("v", "b", "2026-06-02T11:00", "pro"),
        ("w", "a", "2026-06-02T10:00", "free"),
        ("z", "a", "2026-06-02T10:00", " "),
    ]  # fmt: skip
    table = lambda **options: [row[:3] for row in parted(rows, **options).table.rows]  # noqa: E731
    # v's first value stands on b; z has none.
    assert table() == [("free", 2, 1), ("pro", 1, 1), ("unknown", 1, 0)]
    assert table(attribution="last") == [("pro", 2, 2), ("free", 1, 0), ("unknown", 1, 0)]
    assert table(attribution="step 1") == [("free", 2, 1), ("unknown", 2, 1)]
    # Only those who took b.
    assert table(attribution="step 2") == [("pro", 2, 2)]
    with pytest.raises(SettingError, match="'step 1' to 'step 2'"):
        parted(rows, attribution="step 3")
    with pytest.raises(SettingError, match="Did you mean 'plan'"):
        funnel(events_of([(*one, None) for one in PAD], as_of=AS_OF, properties=("plan",)), steps="b, c", by="plann")


def test_parts_are_compared_and_the_chance_is_adjusted():
    rows = []
    for n in range(300):
        plan = ("free", "pro", "team")[n % 3]
        there = n % 10 < (7 if plan == "pro" else 4)
        rows += [(f"u{n}", "a", "2026-06-02T10:00", plan), (f"u{n}", "b", "2026-06-02T11:00", plan)][: 1 + there]
    found = parted(rows)
    # 10 of each ten stand for one n % 10; of each plan 100, so 40, 70 and 40 got to b.
    assert [row[:3] for row in found.table.rows] == [("free", 100, 40), ("pro", 100, 70), ("team", 100, 40)]
    assert found.headline == (
        "50.0% of 300 people who did 'a' reached 'b' within 7 days (95% interval 44.4% to 55.6%; entries of 1 to 21 "
        "Jun 2026); of pro 70.0%, 30.0 points more than of the others"
    )
    gap = next(one for one in found.estimates if one.label == "Reached b, pro less all others")
    # 70 of 100 against 80 of 200: chi-square 0.3² / (0.25 · (1/100 + 1/200)) · 299/300 = 23.92, and three comparisons.
    assert gap.p == pytest.approx(3 * math.erfc(math.sqrt(23.92 / 2)))
    assert "p by Holm for 3 comparisons" in gap.method
    assert "each part against all others, p adjusted by Holm's rule" in found.definition


def segmented(by):
    rows = [(f"u{n}", "a", "2026-06-02T10:00", ("ios", "android", "web")[n % 3]) for n in range(90)]
    events = events_of([*rows, *((*one, None) for one in PAD)], as_of=AS_OF, properties=("platform",))
    return funnel(events, steps="a, b", by=by)


def test_segments_are_called_by_their_names():
    found = segmented("phones: platform IN ('ios', 'android'); web: platform = 'web'")
    assert found.headline.endswith("; none of the segments (phones, web) differs clearly from the others")
    assert found.table.columns[0].title == "Segment"
    assert [row[:2] for row in found.table.rows] == [("phones", 60), ("web", 30)]
    assert "by segment: phones" in found.figure.description
    assert not any("overlap" in one for one in found.cautions)


def test_segments_that_overlap_are_doubted():
    found = segmented("all: platform IS NOT NULL; web: platform = 'web'")
    # All 90 meet the first, so that nobody is left for web; 30 meet both.
    assert [row[:2] for row in found.table.rows] == [("all", 90)]
    assert any(one.startswith("The segments overlap: 30 people did steps that meet several") for one in found.cautions)
    none = segmented("web: platform = 'web'")
    assert "66.7% of those who entered are in none of the segments." in none.cautions


def test_very_many_parts():
    rows = [(f"u{n}", "a", "2026-06-02T10:00", f"v{max(n, 10):05}") for n in range(3000)]
    found = parted(rows)
    # v00010 eleven times, then one each: the four first by name, the rest together.
    assert [row[:3] for row in found.table.rows][:2] == [("v00010", 11, 0), ("v00011", 1, 0)]
    assert found.table.rows[-1][:3] == ("2,985 other values", 2985, 0)
    assert len(found.table.rows) == 6


def test_a_segment_has_a_funnel_of_its_own():
    rows = [("u", "a", "2026-06-02T10:00", "free"), ("u", "b", "2026-06-02T11:00", "pro")]
    events = events_of([*rows, *((*one, "pro") for one in PAD)], as_of=AS_OF, properties=("plan",))
    found = funnel(events.where("plan = 'pro'"), steps="b, c", by="plan")
    assert [row[:3] for row in found.table.rows] == [("pro", 2, 1)]


def test_options_that_do_not_go_together():
    rows = [*user("u", "a10:00"), *PAD]
    events = events_of(rows, as_of=AS_OF)
    for options, words in (
        ({"window_days": 0}, "number of days above 0"),
        ({"window_days": "7 dayz"}, "such as '36 hours'"),
        ({"window_days": -1}, "above 0"),
        ({"order": "orderd"}, "Did you mean 'ordered'"),
        ({"exclude": "a"}, "cannot be excluded"),
        ({"exclude": "y"}, "No event is called 'y'"),
        ({"optional": "a"}, "cannot be optional"),
        ({"optional": "y"}, "'y' is no step"),
        ({"step_windows": "1 day"}, "1 times for the 2 ways"),
        ({"order": "any", "optional": "b"}, "leave out step_windows and optional"),
        ({"order": "strict", "ties": 2}, "Leave one of them out"),
        ({"ties": -1}, "from 0 to 3600"),
        ({"entrants": "some"}, "matured, all"),
        ({"steps": ["a", "b"] * 6 + ["c"]}, "13 are given"),
    ):
        with pytest.raises(SettingError, match=words):
            funnel(events, **{"steps": "a, b, c", **options})


def test_everybody_at_the_same_second():
    rows = [(f"u{n}", name, "2026-06-02T10:00:00") for n in range(50) for name in "cba"]
    assert people(rows) == [50, 50, 50]
    assert people(rows, order="strict") == [50, 50, 50]
    assert people(rows, ties=None) == [50, 0, 0]


def test_time_to_convert():
    rows = []
    for n in range(1, 21):
        # b after 1 hour, c after n hours more.
        rows += [(f"u{n}", "a", "2026-06-02T00:00"), (f"u{n}", "b", "2026-06-02T01:00")]
        rows += [(f"u{n}", "c", str(date(2026, 6, 2) + timedelta(days=(n + 1) // 24)) + f"T{(n + 1) % 24:02}:00")]
    rows += user("never", "a10:00 b11:00")
    found = time_to_convert(events_of([*rows, *PAD], as_of=AS_OF), steps="a, b, c")
    # 2 to 21 hours: the 5th, 10th, 15th and 18th of 20 are 6, 11, 16 and 19. P(at most 5 of 20) = .0207, of 6 .0577:
    # the interval of the median runs from the 6th to the 15th.
    assert [one.value for one in found.estimates[:4]] == [6, 11, 16, 19]
    assert (found.estimates[1].low, found.estimates[1].high) == (7, 16)
    assert found.headline == (
        "Half of 20 people who went from 'a' to 'c' took at most 11.0 hours (95% interval 7.0 hours to 16.0 hours); "
        "nine in ten took at most 19.0 hours"
    )
    # never took b too: 21 people, all after one hour.
    assert found.table.rows[0][:4] == ("a to b", 21, 1, 1)
    assert found.table.rows[1][:4] == ("b to c", 20, 5, 10)
    assert found.estimates[-1].value == pytest.approx(20 / 21)
    # The curve at 6 and 12 hours, its first two points after 0: 5 and 11 of 21 had come to c.
    assert found.figure.series[0].y[:3] == pytest.approx((0, 5 / 21, 11 / 21))
    assert (
        "reached 'c' within 7 days"
        in time_to_convert(events_of([*user("u", "a10:00"), *PAD], as_of=AS_OF), steps="a, b, c").headline
    )


def test_time_is_of_the_chain_over_first_and_begun_last():
    rows = user("u", "a10:00 a11:00 b11:30 b12:00 a13:00 b13:01")
    found = time_to_convert(events_of([*rows, *PAD], as_of=AS_OF), steps="a, b")
    # The chain of 11:00 is over at 11:30, before the shorter one of 13:00; a of 10:00 leads to the same b.
    assert found.estimates[1].value == 30
    assert found.estimates[1].unit.suffix == " minutes"

"""Survival by hand, and against a plain walk over people."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError
from pmlib.stats import kaplan_meier, log_rank
from pmlib.usage.cohorts.survival import curves, survival
from tests.rows import events_of

AS_OF = date(2026, 6, 30)
DAY = date(2026, 6, 1)


def on(user, *days, event="read", platform="web"):
    """Events of a user on days of June 2026, the first of them a join."""
    return [(user, event if n else "join", f"2026-06-{day:02}T10:00", platform) for n, day in enumerate(days)]


ROWS = [
    # Idle for 10 days is stopped. Ann was last there on the 3rd: stopped on the 13th, 12 days after her start.
    *on("ann", 1, 3),
    # Bob joined and never came back: stopped 10 days after.
    *on("bob", 5),
    # Cat's pause of 14 days ended in a return: she goes on, followed from the 1st to the 30th.
    *on("cat", 1, 15, 29),
    # Dan was last there on the 20th, 10 days before the end: stopped on that very day, 15 days after the 15th.
    *on("dan", 15, 20),
    # Eve was last there on the 21st, 9 days before the end: goes on, followed for 10 days.
    *on("eve", 20, 21),
]


def asked(rows=ROWS, **options):
    return survival(
        events_of(rows, as_of=AS_OF, properties=("platform",)), **({"start": "join", "idle_days": 10} | options)
    )


def test_by_hand():
    found = asked()
    # Days: bob 10 and eve 10 (goes on), ann 12, dan 15, cat 29 (goes on). 4/5, then 2/3 of it, then 1/2 of that.
    (curve,), _ = curves(events_of(ROWS, as_of=AS_OF), "join", "", 10, DAY, None)
    assert (curve.times, curve.ended, curve.censored) == ((10, 12, 15, 29), (1, 1, 1, 0), (1, 0, 0, 1))
    assert curve.survival == pytest.approx((0.8, 0.8 * 2 / 3, 0.8 / 3, 0.8 / 3))
    half = found.estimates[0]
    assert (half.value, half.n) == (15, 5)
    assert found.table.rows == (("All", 5, 3, 15, half.low, half.high, pytest.approx(0.8 / 3)),)
    assert found.headline == "Half of 5 people who started (join) go on for 15 days (95% interval from 10 days up)"
    assert "Nobody was followed for 90 days; 29 days stand instead." in found.cautions
    assert "stopped: 10 days without any event, on the day they are over" in found.definition


def test_not_reached():
    # Without ann only bob has stopped, after 15 days: of him, dan and cat two go on.
    found = asked(ROWS[2:], idle_days=15)
    assert found.estimates[0].value is None
    assert found.estimates[0].reason.startswith("not reached")
    assert "fewer than half stop within the 29 days followed" in found.headline


def test_what_counts_as_active():
    # Without a read after the join, a visit does not count: fay stopped 10 days after joining.
    rows = [*ROWS, ("fay", "join", "2026-06-01T10:00", "web"), ("fay", "look", "2026-06-29T10:00", "web")]
    whole, reads = (curves(events_of(rows, as_of=AS_OF), "join", back, 10, DAY, None)[0][0] for back in ("", "read"))
    assert (sum(whole.ended), sum(reads.ended)) == (3, 4)


def test_started_before_the_weeks_is_left_out():
    assert asked(weeks=2, idle_days=5).table.rows[0][1] == 1, "eve alone started from 17 June on"


def test_the_rule_is_tried_on_the_past():
    # On 31 May (3 times 10 days before) ann and bob had stopped; ann has come back since.
    rows = [
        ("ann", "join", "2026-05-01T10:00", "web"), ("ann", "read", "2026-06-10T10:00", "web"),
        ("bob", "join", "2026-05-21T10:00", "web"), ("cat", "join", "2026-05-22T10:00", "web"),
        ("cat", "read", "2026-06-02T10:00", "web"),
    ]  # fmt: skip
    found = asked(rows)
    again = next(
        one for one in found.estimates if one.label == "Came back later, of those idle for 10 days on 31 May 2026"
    )
    assert (again.value, again.n) == (0.5, 2)
    # Half came back, so the 21 days are the least it can be; the sentence says so before anything sounds like a loss.
    assert found.headline == (
        "Half of 3 people who started (join) go on for at least 21 days (95% interval from 10 days up); longer in "
        "truth, for 50.0% of 2 people idle for 10 days came back later (95% interval 9.5% to 90.5%)"
    )
    assert any("Of 2 people idle for 10 days on 31 May 2026, 50.0% have come back since" in c for c in found.cautions)
    assert any("cannot be tried" in caution for caution in asked().cautions)


def test_parts_and_their_test():
    rows = []
    for n in range(40):
        rows += on(f"web{n}", 1, 1 + n % 5, platform="web")
        rows += on(f"ios{n}", 1, 1 + n % 15, platform="ios")
    # By day 13 have stopped 4 of 5 on the web, 32, and 3 for each of 4 days on ios, 12: more than half of 80.
    found = asked(rows, by="platform")
    web, ios = (kaplan_meier([10 + n % most for n in range(40)], [True] * 40) for most in (5, 15))
    test = log_rank([ios, web])
    told = next(one for one in found.estimates if one.label.startswith("Chi-square"))
    assert (told.value, told.p) == pytest.approx((test.chi2, test.p))
    assert "degrees of freedom 1" in told.method
    assert [(row[0], row[1], row[3]) for row in found.table.rows] == [
        ("ios", 40, ios.median().value), ("web", 40, web.median().value), ("All", 80, 13),
    ]  # fmt: skip
    assert found.headline.endswith("; 12 days for web, 16 days for ios: the parts clearly differ")
    assert [one.name for one in found.figure.series] == ["ios", "web"]
    both = asked(rows, by="some: platform = 'web'; all: platform <> 'x'")
    assert any("not tested against each other: they overlap" in caution for caution in both.cautions)


def test_refusals():
    assert "one single day" in asked([(f"u{n}", "join", "2026-06-01T10:00", "x") for n in range(9)]).headline
    assert "Who has stopped shows after 60 days" in asked(idle_days=60).headline.replace("who has", "Who has")
    for options in ({"idle_days": 0}, {"age": 0}, {"weeks": 0}):
        with pytest.raises(SettingError, match="each is 1 or more"):
            asked(**options)
    with pytest.raises(SettingError, match="Did you mean 'join'"):
        asked(start="jion")
    with pytest.raises(SettingError, match="Did you mean 'platform'"):
        asked(by="platfrom")


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 8), st.sampled_from(["join", "read"]), st.integers(0, 50)), min_size=1, max_size=40
    ),
    st.integers(1, 20),
    st.sampled_from(["", "join"]),
    st.sampled_from(["", "read"]),
    st.randoms(use_true_random=False),
)
def test_equal_to_a_plain_walk(log, idle, start, back, chance):
    rows = [(f"u{user}", event, f"{AS_OF - timedelta(days=50 - day)}T10:00") for user, event, day in log]
    lives = []
    for user in sorted({row[0] for row in rows}):
        starts = [row[2][:10] for row in rows if row[0] == user and start in ("", row[1])]
        active = [row[2][:10] for row in rows if row[0] == user and back in ("", row[1])]
        if starts:
            first = date.fromisoformat(min(starts))
            last = max(first, *(date.fromisoformat(day) for day in active)) if active else first
            over = (AS_OF - last).days >= idle
            lives.append(((last - first).days + idle if over else (AS_OF - first).days, over))
    shuffled = [*rows, *rows[:5]]
    chance.shuffle(shuffled)
    found = curves(events_of(shuffled, as_of=AS_OF), start, back, idle, AS_OF - timedelta(days=60), None)[0][0]
    assert found == (kaplan_meier(*zip(*lives, strict=True)) if lives else None)

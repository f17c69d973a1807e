"""Activation: chosen on one half, judged on the other; by hand, against plain Python, and where nothing is planted."""

import hashlib
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.stats import holm, share_difference
from pmlib.stats.strata import stratified_difference
from pmlib.usage.growth.activation import PROOF, activation
from tests.rows import events_of

MAY = datetime(2026, 5, 4, 10)
"""A Monday."""
AS_OF = date(2026, 6, 28)
# Weeks of starts all of whose 35 days are over: those up to 24 May.


def judging(user, seed=1):
    """Whether a person is in the half that judges, told from the id alone."""
    return hashlib.md5(f"{seed}:{user}".encode()).digest()[8] & 1 == 1


def asked(rows, **options):
    return activation(events_of(rows, as_of=AS_OF), **({"start": "join"} | options))


def after(days, hours=0):
    return (MAY + timedelta(days=days, hours=hours)).isoformat()


def estimate(found, label):
    return next(one for one in found.estimates if one.label == label)


def cell(found, row, column):
    return found.table.rows[row][[one.title for one in found.table.columns].index(column)]


def planted(n=400, *, seed=5, lift=0.5, browsing=False):
    """People who save 0 to 3 times; those who do 2 or more stay more often by ``lift``; early days as they happen."""
    draw = np.random.default_rng(seed)
    people = {}
    for number in range(n):
        days = sorted(int(day) for day in draw.choice(np.arange(1, 7), int(draw.integers(0, 5)), replace=False))
        saves = int(draw.integers(0, 4))
        chance = 0.2 + (lift if saves >= 2 else 0) if not browsing else 0.1 + 0.18 * len(days)
        people[f"u{number}"] = (days, saves, bool(draw.random() < chance))
    return people


def rows_of(people, *, noise=0):
    draw = np.random.default_rng(noise)
    rows = []
    for user, (days, saves, stays) in people.items():
        rows.append((user, "join", after(0)))
        rows += [(user, "browse", after(day)) for day in days]
        rows += [(user, "save", after(0, 1 + save)) for save in range(saves)]
        rows += [(user, "noise", after(0, 8))] * int(draw.random() < 0.5)
        rows += [(user, "return", after(30))] * int(stays)
    return rows


def test_what_is_planted_is_found_at_its_number():
    people = planted()
    found = asked(rows_of(people))
    assert found.headline.startswith(f"{cell(found, 0, 'Stayed'):.1%} of people with 'save, 2 times or more' in the")
    assert "no proof that it leads to it" in found.headline
    assert cell(found, 0, "Behaviour") == "save, 2 times or more"
    assert cell(found, 0, "Verdict") == "goes with staying"
    assert PROOF in found.cautions
    assert found.action.startswith("Try in an experiment whether")


def test_all_numbers_are_of_the_judging_half():
    people = planted()
    found = asked(rows_of(people))
    mine = {user: one for user, one in people.items() if judging(user)}
    assert 150 < len(mine) < 250
    stayed = {user for user, one in mine.items() if one[2]}
    did = {user for user, one in mine.items() if one[1] >= 2}
    base = found.estimates[0]
    assert (base.value, base.n) == (pytest.approx(len(stayed) / len(mine)), len(mine))
    words = "save, 2 times or more"
    assert estimate(found, f"{words}: did it").value == pytest.approx(len(did) / len(mine))
    assert estimate(found, f"{words}: stayed").value == pytest.approx(len(did & stayed) / len(did))
    rest = len(mine) - len(did), len(stayed - did)
    assert estimate(found, f"{words}: others stayed").value == pytest.approx(rest[1] / rest[0])
    assert estimate(found, f"{words}: did it, of those who stayed").value == pytest.approx(
        len(did & stayed) / len(stayed)
    )
    lift = (len(did & stayed) / len(did)) / (rest[1] / rest[0]) - 1
    assert estimate(found, f"{words}: lift").value == pytest.approx(lift)
    plain = share_difference(len(did & stayed), len(did), rest[1], rest[0])
    gap = estimate(found, f"{words}: difference")
    assert (gap.value, gap.low, gap.high) == pytest.approx((plain.value, plain.low, plain.high))
    # Early active days: the day of the start, and the days with a visit.
    strata = []
    for many in range(1, 7):
        alike = {user for user, one in mine.items() if len(one[0]) + 1 == many}
        strata.append((len(alike & did & stayed), len(alike & did), len((alike & stayed) - did), len(alike - did)))
    expected = stratified_difference(strata)
    alike = estimate(found, f"{words}: difference at as many active days")
    assert (alike.value, alike.low, alike.high) == pytest.approx((expected.value, expected.low, expected.high))
    # As many p as rows, corrected together.
    raw = [expected.p] + [1.0] * (len(found.table.rows) - 1)
    assert alike.p == pytest.approx(holm(raw)[0])


def test_who_comes_on_more_days_does_more_of_everything():
    # Staying depends on early days alone; browsing is done on four of five of them, so it goes with staying too.
    draw = np.random.default_rng(1)
    rows = rows_of(planted(900, browsing=True))
    found = asked([(user, event if draw.random() < 0.8 else "idle", ts) for user, event, ts in rows if event != "join"]
                  + [row for row in rows if row[1] == "join"])  # fmt: skip
    row = [one[0].split(",")[0] for one in found.table.rows].index("browse")
    assert cell(found, row, "Difference") > 0.1
    assert abs(cell(found, row, "At as many active days")) < 0.1
    assert cell(found, row, "Verdict") == "not told apart from active days"
    assert any("being there more often may be all it shows" in one for one in found.cautions)
    assert found.headline.startswith("It cannot be told which early behaviour goes with staying")
    assert not found.action


def test_what_is_the_same_as_coming_cannot_be_told_from_it():
    # Browsing happens on every early day and on no other: nobody who did is like somebody who did not.
    found = asked(rows_of(planted(900, browsing=True)))
    row = [one[0].split(",")[0] for one in found.table.rows].index("browse")
    assert cell(found, row, "Difference") > 0.1
    assert cell(found, row, "At as many active days") is None
    assert cell(found, row, "Verdict") == "not told apart from active days"


def test_where_nothing_is_planted_nothing_leads():
    # Five per cent of such worlds may lead by chance; more than 4 of 20 have a chance of 0.3%.
    led = 0
    for seed in range(20):
        found = asked(rows_of(planted(200, seed=seed, lift=0), noise=seed))
        led += not found.headline.startswith("It cannot be told")
        assert PROOF in found.cautions
    assert led <= 4


def test_windows_do_not_touch_by_hand():
    # Of every 8 people: 3 return within days 28 to 34, the others a minute before, at day 35, or never.
    moments = [after(28), after(31), after(34, 23), after(27, 23), after(35), after(50), None, None]
    rows = []
    for number in range(160):
        user = f"u{number}"
        rows.append((user, "join", after(0)))
        # Seven days to the minute is no longer early.
        rows.append((user, "try", after(7) if number % 2 else after(6, 23)))
        if moment := moments[number % 8]:
            rows.append((user, "back", moment))
    found = asked(rows, back="back")
    mine = [number for number in range(160) if judging(f"u{number}")]
    assert found.estimates[0].value == pytest.approx(sum(number % 8 < 3 for number in mine) / len(mine))
    assert cell(found, 0, "Behaviour") == "try"
    assert cell(found, 0, "Did it") == sum(number % 2 == 0 for number in mine)


def test_an_event_that_everybody_does_is_not_judged():
    rows = rows_of(planted(200))
    rows += [(f"u{number}", "hello", after(0, 2)) for number in range(200)]
    found = asked(rows)
    assert {row[0].split(",")[0] for row in found.table.rows} == {"browse", "save", "noise"}


def test_only_matured_people_count():
    rows = rows_of(planted(200))
    base = asked(rows).estimates[0]
    # Started at ten on 25 May: day 34 lasts until ten on 29 June.
    rows += [(f"new{number}", "join", "2026-05-25T10:00") for number in range(50)]
    assert asked(rows).estimates[0] == base


def test_a_renewal_is_doubted():
    rows = rows_of(planted(400, lift=0))
    rows += [(f"u{number}", "paid", after(0, 3)) for number in range(0, 400, 4)]
    rows += [(f"u{number}", "renewed", after(30)) for number in range(0, 400, 4)]
    found = asked(rows)
    assert cell(found, 0, "Behaviour") == "paid"
    assert any("'renewed'" in one and "no sign of use" in one for one in found.cautions)
    assert not any("no sign of use" in one for one in asked(rows, back="return").cautions)
    assert asked(rows, back="return").headline.startswith("It cannot be told")


def test_the_draw_depends_on_the_seed_and_not_on_the_order():
    rows = rows_of(planted())
    found = asked(rows)
    assert asked(rows[::-1]).facts() == found.facts()
    other = asked(rows, seed=2)
    assert other.table.rows != found.table.rows
    assert other.estimates[0].n == sum(judging(f"u{number}", 2) for number in range(400))


def test_few_people_are_said():
    found = asked(rows_of(planted(40)))
    assert found.headline.startswith("No early behaviour of enough people could be judged")
    assert found.figure is None
    assert PROOF in found.cautions


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"return_from": 6}, "begin when the early one is over"),
        ({"return_days": 0}, "1 day or more"),
        ({"within_days": 61}, "1 to 60 days"),
        ({"top": 0}, "1 to 30"),
        ({"start": "joined"}, "Did you mean 'join'"),
        ({"back": "retrun"}, "Did you mean 'return'"),
    ],
)
def test_faults_name_the_fix(options, words):
    with pytest.raises(SettingError, match=words):
        asked(rows_of(planted(40)), **options)


def test_what_cannot_be_told():
    people = planted(60)
    assert "nobody can be followed for 100 days in any complete week" in asked(rows_of(people), return_from=93).headline
    never = {user: (days, saves, False) for user, (days, saves, _) in people.items()}
    assert "of 60 people whose windows are over 0 stayed" in asked(rows_of(never)).headline

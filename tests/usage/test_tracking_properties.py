"""What properties hold, against the weeks before; on weeks small enough to count by hand."""

import json
from datetime import timedelta

import pytest

from pmlib.core import Check
from pmlib.show import doubts
from pmlib.sources import load_events
from pmlib.usage.tracks.tracking import tracking
from tests.usage.test_tracking import CALM, rows, told
from tests.usage.tracks import FIRST, track

PLATFORMS = ("ios", "android", "web")


def last(event, week, name=""):
    """Whether it is the last week, of one event or of any."""
    return week == 8 and event == (name or event)


def test_a_property_is_filled_less_often():
    # Of 40 bookings of the last week the four with i % 13 == 0 have it: 10%.
    events = track(CALM, {"platform": lambda e, w, i: None if last(e, w, "book") and i % 13 else "ios"})
    found = tracking(events)
    assert found.headline == "platform is on 10.0% of book in the week of 27 Jul, where 100.0% were usual"
    assert rows(found) == [
        ["book", "platform", "filled less often", "filled 100.0%", "filled 10.0%", "1 Jun 2026", "2 Aug 2026"]
    ]


@pytest.mark.parametrize("nothing", ["", " ", "undefined", "NULL", "None", "NaN"])
def test_words_for_nothing_fill_nothing(nothing):
    found = tracking(track(CALM, {"plan": lambda e, w, i: nothing if last(e, w) else "pro"}))
    assert found.headline.startswith("plan is on 0.0% of visit")
    assert found.cautions[0].endswith("likewise pay and book.")


def test_a_property_came_to_an_event():
    found = tracking(track(CALM, {"plan": lambda e, w, i: "pro" if last(e, w, "pay") else None}))
    assert rows(found)[0][:5] == ["pay", "plan", "filled more often", "filled 0.0%", "filled 100.0%"]
    assert found.action == ""


@pytest.mark.parametrize(("every", "said"), [(16, False), (4, True)])
def test_a_share_must_change_by_ten_points(every, said):
    # Of 201 visits every 16th is without: 93.5%; every 4th: 74.6%.
    found = tracking(track(CALM, {"plan": lambda e, w, i: None if last(e, w) and i % every == 0 else "pro"}))
    assert any(row[0] == "visit" for row in rows(found)) is said


@pytest.mark.parametrize(
    ("before", "now", "what"),
    [
        (lambda i: str(10 + i), lambda i: f"EUR {i}", "numbers became text"),
        (lambda i: f"{i}.5", lambda i: f"{i},5", "numbers became text"),
        (lambda i: "true", lambda i: "1", "true or false became numbers"),
        (lambda i: f"2026-06-{1 + i % 28:02}", lambda i: f"{1 + i % 28}.6.2026", "dates became text"),
        (lambda i: f"abc{i}", lambda i: str(i), "text became numbers"),
    ],
)
def test_a_type_changed(before, now, what):
    found = tracking(track(CALM, {"x": lambda e, w, i: now(i) if last(e, w, "book") else before(i)}))
    assert [row[:3] for row in rows(found)] == [["book", "x", what]]


def test_numbers_and_truths_of_their_own_type_are_never_another():
    found = tracking(track(CALM, {"amount": lambda e, w, i: i + 0.5, "paid": lambda e, w, i: i % 2 == 0}))
    assert rows(found) == []


def test_a_number_in_an_object_became_text(tmp_path):
    # The loader reads amount as a number, as 20,000 rows show it; in the last week it holds words.
    lines = [
        json.dumps(
            {
                "user_id": f"u{i % 50}",
                "event": "pay",
                "ts": f"{FIRST + timedelta(days=day)}T10:{i % 60:02}:{i // 60:02}Z",
                "properties": {"amount": i if day < 56 else f"EUR {i}", "n": f"{day}-{i}"},
            }
        )
        for day in range(63)
        for i in range(400)
    ]
    assert len(lines) == 25_200
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    found = tracking(load_events(str(file)))
    assert [row[:3] for row in rows(found)] == [["pay", "amount", "numbers became text"]]


def test_numbers_of_another_size():
    # 10 to 50 before, 1,000 to 5,000 now.
    found = tracking(track(CALM, {"amount": lambda e, w, i: (10.0 + i) * (100 if last(e, w, "pay") else 1)}))
    assert [row[:3] for row in rows(found)] == [["pay", "amount", "another size of numbers"]]
    assert "perhaps in another unit" in found.headline
    dearer = track(CALM, {"amount": lambda e, w, i: (10.0 + i) * (3 if last(e, w, "pay") else 1)})
    assert rows(tracking(dearer)) == []


def test_a_value_no_longer_comes():
    # 40 bookings a week, every third of them on ios: 13 or 14, 110 in 8 weeks.
    def platform(event, week, i):
        return "web" if last(event, week, "book") and i % 3 == 0 else PLATFORMS[i % 3]

    found = tracking(track({name: [5 * n for n in counts] for name, counts in CALM.items()}, {"platform": platform}))
    assert found.headline == "platform 'ios' no longer comes with book: 67 a week were usual"
    assert rows(found)[0][2:5] == ["value 'ios' gone", "67 a week", "0"]


def test_a_value_is_written_otherwise():
    def platform(event, week, i):
        return "iOS" if last(event, week) and i % 3 == 0 else PLATFORMS[i % 3]

    found = tracking(track(CALM, {"platform": platform}))
    assert found.headline == "platform 'ios' no longer comes with visit: 67 a week were usual; 'iOS' is new"


def test_values_that_come_and_go_are_not_followed():
    assert rows(tracking(track(CALM, {"version": lambda e, w, i: f"1.{w // 3}"}))) == []


def test_a_value_on_its_way_out_is_not_missed():
    shares = [60, 40, 25, 15, 8, 4, 2, 1, 0]
    found = tracking(track(CALM, {"app": lambda e, w, i: "old" if i < shares[w] else "new"}))
    assert rows(found) == []


def test_the_id_of_the_user_is_no_longer_sent():
    found = tracking(track(CALM, people=lambda e, w, i: None if last(e, w, "book") else f"u{i}"))
    assert found.headline == "user_id is on 0.0% of book in the week of 27 Jul, where 100.0% were usual"


def test_all_events_come_from_one_user():
    many = {name: [5 * n for n in counts] for name, counts in CALM.items()}
    found = tracking(track(many, people=lambda e, w, i: "guest" if last(e, w, "book") else f"u{i}"))
    assert found.headline.startswith("book came from 1 person in the week of 27 Jul, where about 2")
    assert rows(found)[0][2] == "fewer people"


def test_personal_data_are_named_and_never_shown():
    # Every other value of the last week is an address: 101 of 201, 20 of 40 and 21 of 41.
    def note(event, week, i):
        return f"ada{i}@example.org" if last(event, week) and i % 2 == 0 else f"n{i}"

    found = tracking(track(CALM, {"note": note}))
    assert found.headline == (
        "note holds what looks like e-mail addresses in about 50.4% of its values in the week of 27 Jul, "
        "where 0.0% did before: personal data"
    )
    assert pytest.approx(0.504, abs=0.0005) == 142 / 282
    assert found.action == "Ask who sends note to leave e-mail addresses out, and have those that came deleted."
    assert "ada" not in told(found)


def test_telephone_numbers():
    found = tracking(track(CALM, {"note": lambda e, w, i: f"+49 30 5550 {i:04}" if last(e, w) else f"n{i}"}))
    assert found.headline.startswith("note holds what looks like phone numbers in about 100.0%")
    assert "5550" not in told(found)


def test_a_value_that_is_personal_is_not_shown_when_it_is_gone():
    found = tracking(track(CALM, {"to": lambda e, w, i: "x" if last(e, w) or i % 3 else "ada@example.org"}))
    assert "(a value not shown)" in found.headline
    assert "ada@" not in told(found)


def test_what_was_always_personal_is_told_and_no_change():
    found = tracking(track(CALM, {"mail": lambda e, w, i: f"ada{i}@example.org"}))
    assert found.headline == "Nothing changed in 3 events and 1 property"
    assert found.cautions == (
        "mail holds what looks like e-mail addresses in about 100.0% of its values in the week of 27 Jul: personal "
        "data, as in the weeks before.",
    )


def test_of_many_properties_the_first_are_looked_at():
    many = {f"p{n:02}": lambda e, w, i: None if last(e, w) else "x" for n in range(33)}
    found = tracking(track(CALM, many))
    assert found.cautions[-1] == "3 properties beyond the first 30 were not looked at."
    assert len(rows(found)) == 50


def test_it_stands_under_what_to_doubt():
    gone = tracking(track({**CALM, "book": [*CALM["book"][:8], 0]}))
    assert doubts(gone).text == f"! {gone.cautions[0]}"
    assert gone.checks == ()
    calm = tracking(track(CALM))
    assert calm.checks == (Check(True, "The tracking was looked at: nothing changed in 3 events."),)
    assert doubts(calm).text.startswith("✓ The tracking was looked at: nothing changed in 3 events.")

"""The tracking check, on weeks small enough to count by hand: 40 and 200 events a week, eight weeks before the last."""

import json
from datetime import date

import pytest

from pmlib.core import SettingError
from pmlib.usage.tracks.tracking import CAUTIONS, tracking
from tests.rows import events_of
from tests.usage.tracks import FIRST, track

BOOK = [40, 42, 38, 41, 40, 39, 42, 40]  # 322, so 40.25 a week; the middle is 40
PAY = BOOK[::-1]
VISIT = [200, 210, 190, 205, 200, 195, 207, 203]
CALM = {"visit": [*VISIT, 201], "book": [*BOOK, 40], "pay": [*PAY, 41]}


def rows(finding):
    """The rows of what changed, as printed."""
    return [row for row in finding.table.text() if row[2] != "as before"]


def told(finding):
    """Everything a reader of the finding may see."""
    return json.dumps([finding.facts(), finding.table.as_json()], ensure_ascii=False)


def test_nothing_changed():
    found = tracking(track(CALM, {"platform": lambda event, week, i: "ios"}))
    assert found.headline == "Nothing changed in 3 events and 1 property"
    assert (found.cautions, found.action, found.figure) == ((), "", None)
    assert found.table.text()[0] == ["visit", "", "as before", "202 a week", "201 a week", "1 Jun 2026", "2 Aug 2026"]
    assert found.definition.startswith("Events and properties of the week of 27 Jul against the 8 weeks before")


# Events ------------------------------------------------------------------------------------------------------------


def test_an_event_stopped():
    # The eighth week ends on 26 July, in which book came 40 times; 322 in 8 weeks are 40 a week.
    found = tracking(track({**CALM, "book": [*BOOK, 0]}))
    assert found.headline == "book stopped on 26 Jul: 40 a week were usual"
    assert rows(found) == [["book", "", "stopped", "40 a week", "0", "1 Jun 2026", "26 Jul 2026"]]
    assert found.cautions == ("book stopped on 26 Jul: 40 a week were usual.",)
    assert found.action.startswith("Find out what happened to book around 26 Jul")
    assert found.figure.series[0].y == (*BOOK, 0)


@pytest.mark.parametrize(("before", "weeks", "said"), [(6, 9, True), (12, 20, True), (11, 20, False)])
def test_a_stop_is_told_as_long_as_weeks_are_compared(before, weeks, said):
    # Of 20 weeks the last is compared with the 12th to 19th: what came last in the 11th is the usual by now.
    calm = {name: (counts * 3)[:weeks] for name, counts in CALM.items()}
    found = tracking(track({**calm, "book": (BOOK * 3)[:before] + [0] * (weeks - before)}))
    assert found.headline.startswith("book stopped on" if said else "Nothing changed")


@pytest.mark.parametrize(("days", "said"), [(2, False), (3, True)])
def test_a_stop_in_the_running_week(days, said):
    # 402 bookings a week, and none since Sunday 2 August, while visits and payments go on.
    many = {**CALM, "book": [10 * n for n in CALM["book"]]}
    extra = [(f"u{n % 9}", name, f"2026-08-0{3 + n % days}T10:00") for name in ("visit", "pay") for n in range(90)]
    found = tracking(track(many, more=days, extra=extra))
    assert found.headline == ("book stopped on 2 Aug: 402 a week were usual" if said else "Nothing changed in 3 events")
    assert "the running week from 3 Aug left out" in found.definition


def test_what_comes_once_a_week_is_not_missed_on_sunday():
    assert rows(tracking(track({**CALM, "batch": [40] * 9}, days=1))) == []


def test_a_rare_event_that_does_not_come_is_no_news():
    assert rows(tracking(track({**CALM, "rare": [3, 2, 4, 3, 2, 3, 4, 3, 0]}))) == []


def test_an_event_was_renamed():
    # 38 in the last week, of 40.25 that were usual: 94%.
    found = tracking(track({**CALM, "booking_made": [*BOOK, 0], "BookingMade": [0] * 8 + [38]}))
    assert found.headline == (
        "booking_made stopped on 26 Jul: probably renamed to BookingMade, which has 94% of the usual number"
    )
    assert rows(found) == [
        ["booking_made", "", "probably renamed to BookingMade", "40 a week", "38 a week as BookingMade", "1 Jun 2026",
         "26 Jul 2026"],
    ]  # fmt: skip
    assert found.action.startswith("Ask whether booking_made is now BookingMade")
    assert [one.name for one in found.figure.series] == ["booking_made", "BookingMade"]


def sequence(name, *, place=1, times=1):
    """Each user goes from open over the event to close, in every week; ``place`` 3 is after close."""
    order = ["open", "close"]
    made = []
    for week in range(9):
        for user in range(40):
            day = date.fromordinal(FIRST.toordinal() + 7 * week + user % 7)
            middle = [name if week == 8 else "reserved"] * (times if week == 8 else 1)
            names = [*order[:1], *middle, *order[1:]] if place == 1 or week < 8 else [*order, *middle]
            made += [(f"u{user}", one, f"{day}T10:{at:02}:00") for at, one in enumerate(names)]
    return events_of(made, as_of=date(2026, 8, 2))


def test_an_event_was_renamed_to_quite_another_name():
    # 40 a week before and after, always between open and close.
    assert tracking(sequence("xq7")).headline.endswith("probably renamed to xq7, which has 100% of the usual number")


@pytest.mark.parametrize("options", [{"place": 3}, {"times": 2}])
def test_a_new_event_elsewhere_or_of_another_number_is_no_new_name(options):
    found = tracking(sequence("xq7", **options))
    assert [row[2] for row in rows(found)] == ["stopped", "new"]


@pytest.mark.parametrize(("count", "said"), [(19, False), (20, True)])
def test_an_event_is_new_from_20_on(count, said):
    found = tracking(track({**CALM, "invite": [0] * 8 + [count]}))
    assert (found.headline == "invite is new: 20 events from 27 Jul on") is said
    assert found.action == ""


def test_an_event_halved():
    # 90 of 90 + 40 + 41 is 52.6%; before between 200, 203 and 205 of about 284 a week.
    found = tracking(track({**CALM, "visit": [*VISIT, 90]}))
    assert found.headline.startswith("visit came 90 times in the week of 27 Jul, where 203 were usual: 52.6% of all")
    assert rows(found)[0][2] == "halved or less"


def test_an_event_doubled():
    found = tracking(track({**CALM, "book": [*BOOK, 95]}))
    assert rows(found)[0][:5] == ["book", "", "doubled or more", "40 a week, 14.3% of all", "95, 28.2% of all"]


@pytest.mark.parametrize("last", [{"visit": 110}, {"book": 70}, {"visit": 67, "book": 13, "pay": 14}])
def test_neither_less_than_half_nor_a_quiet_week_for_all_is_an_alarm(last):
    assert (
        rows(tracking(track({name: [*counts[:8], last.get(name, counts[8])] for name, counts in CALM.items()}))) == []
    )


def test_one_event_alone_has_nothing_to_be_compared_with():
    assert rows(tracking(track({"visit": [*VISIT, 60]}))) == []


def test_from_26_weeks_on_a_signal_is_needed_too():
    # The same fall to 60: after steady weeks it is one, after weeks between 60 and 240 it is not.
    steady = {"visit": (VISIT * 4)[:30], "book": (BOOK * 30)[:31]}
    assert rows(tracking(track({**steady, "visit": [*steady["visit"], 60]})))[0][2] == "halved or less"
    swings = [60, 240, 120, 200, 230, 70] * 5
    assert rows(tracking(track({**steady, "visit": [*swings, 60]}))) == []


# What is refused ----------------------------------------------------------------------------------------------------


def test_too_few_weeks_cannot_be_compared():
    found = tracking(track({"visit": [200] * 4}))
    assert found.headline.startswith("This cannot be answered: the week of 22 Jun needs 4 complete weeks before it")
    assert tracking(track({"visit": [200] * 5})).headline == "Nothing changed in 1 event"


@pytest.mark.parametrize("weeks", [3, 53])
def test_weeks_out_of_range(weeks):
    with pytest.raises(SettingError, match=f"weeks is {weeks}"):
        tracking(track(CALM), weeks=weeks)


def test_no_event_and_no_complete_week():
    assert tracking(events_of([], as_of=FIRST)).headline.startswith("This cannot be answered")
    assert tracking(events_of([("a", "b", "2026-06-01T10:00")], as_of=FIRST)).headline.startswith("This cannot")


# How it is told -----------------------------------------------------------------------------------------------------


def test_the_most_important_comes_first_and_the_rest_is_counted():
    names = {f"event_{n}": [*BOOK, 40] for n in range(12)}
    gone = {f"gone_{n:02}": [*BOOK, 0] for n in range(10)}
    found = tracking(track({**CALM, **names, **gone, "fresh": [0] * 8 + [400]}))
    assert len(found.cautions) == CAUTIONS + 1
    assert found.cautions[-1] == "3 more changes stand in the table of the tracking."
    assert all(one.startswith("gone_") for one in found.cautions[:CAUTIONS])
    assert found.headline.endswith("; 10 more changes")
    assert rows(found)[-1][0] == "fresh"


def test_names_are_only_text_and_long_ones_are_cut():
    wild = "<b>\"x'; DROP TABLE events --</b>" + "y" * 3000
    found = tracking(track({**CALM, wild: [*BOOK, 0]}))
    assert found.headline.startswith("<b>\"x'; DROP TABLE")
    assert len(found.headline) < 150
    assert max(len(row[0]) for row in found.table.text()) == 60


def test_of_many_names_the_most_frequent_are_looked_at():
    made = [("u1", f"page_{n}", f"{date.fromordinal(FIRST.toordinal() + n % 63)}T10:00") for n in range(3000)]
    found = tracking(track(CALM, extra=made))
    # 3 events and 197 of 3,000 pages; these came once each.
    assert found.headline == "Nothing changed in 200 events"
    total = 200 + 1610 + 1 + 322 + 40 + 322 + 41
    assert total == 2536
    share = (sum(map(sum, CALM.values())) + 197) / (sum(map(sum, CALM.values())) + 3000)
    assert found.cautions == (
        f"Of 3,003 names of events the 200 most frequent were looked at, {share:.1%} of all events: names that hold "
        "ids cannot be followed.",
    )


def test_a_segment_is_part_of_the_key():
    events = track(CALM, {"platform": lambda event, week, i: "ios" if i % 2 else "web"}).where("platform = 'ios'")
    assert tracking(events).id == "tracking-platform-ios"

"""Adoption: by hand, against a plain count in Python, and where it cannot be told."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError
from pmlib.stats import kaplan_meier
from pmlib.usage.growth.adoption import adoption
from tests.rows import events_of

MAY = date(2026, 5, 4)
"""A Monday."""
AS_OF = date(2026, 5, 17)

# Weeks of starts that have had their 7 days: 4 to 10 May. Weeks of use: 11 to 17 May.
ROWS = [
    ("ann", "join", "2026-05-04T10:00", "web"),
    ("ann", "search", "2026-05-05T12:00", "web"),
    ("ann", "search", "2026-05-12T10:00", "web"),
    ("ann", "search", "2026-05-13T10:00", "web"),
    ("ann", "search", "2026-05-13T11:00", "web"),
    ("ann", "share", "2026-05-12T10:00", "web"),
    ("bob", "join", "2026-05-05T10:00", "ios"),
    ("bob", "search", "2026-05-12T09:59", "ios"),
    ("cat", "join", "2026-05-05T10:00", "ios"),
    # Seven times 24 hours to the minute: not within 7 days.
    ("cat", "search", "2026-05-12T10:00", "ios"),
    ("dan", "join", "2026-05-06T10:00", "web"),
    ("dan", "open", "2026-05-14T10:00", "web"),
    ("eve", "join", "2026-05-12T10:00", "web"),
    ("eve", "search", "2026-05-12T12:00", "web"),
    # Fay never joined: active, and never new.
    ("fay", "search", "2026-05-15T10:00", "web"),
]


def asked(rows=ROWS, **options):
    events = events_of(rows, as_of=AS_OF, properties=("platform",))
    return adoption(events, **({"start": "join", "weeks": 1, "within_days": 7} | options))


def estimate(found, label):
    return next(one for one in found.estimates if one.label == label)


def test_adoption_by_hand():
    found = asked(features="search, share")
    # Ann, bob, cat and dan are new and their days are over; ann and bob searched in time, nobody shared.
    search, share = estimate(found, "search: adopted"), estimate(found, "share: adopted")
    assert (search.value, search.n) == (2 / 4, 4)
    assert (share.value, share.n) == (0, 4)
    # Active are all six; ann, bob, cat, eve and fay searched, ann on two days.
    used, again = estimate(found, "search: used by the active"), estimate(found, "search: used on two days or more")
    assert (used.value, used.n) == (5 / 6, 6)
    assert (again.value, again.n) == (1 / 5, 5)
    # Ann 3 searches on 2 active days, the four others 1 on 1.
    depth = estimate(found, "search: events an active day")
    assert (depth.value, depth.n) == (pytest.approx(7 / 6), 5)
    assert depth.low < depth.value < depth.high
    # One person shared, so the depth of sharing has no spread and is left out.
    assert "share: events an active day" not in [one.label for one in found.estimates]


def test_breadth_by_hand():
    found = asked(features="search, share")
    # Ann used both, dan none, the others one: 6 of 6 people.
    assert (found.estimates[0].value, found.estimates[0].n) == (1.0, 6)
    assert [estimate(found, f"Used {many} of 2 features").value for many in range(3)] == pytest.approx(
        [1 / 6, 4 / 6, 1 / 6]
    )
    assert found.kpi.estimate is found.estimates[0]


def test_time_to_adopt_by_hand():
    # Days: eve 1, ann 2, bob 7, cat 8; dan was followed for 11 days without. Left: 4/5, 3/5, 2/5 on day 7.
    found = asked(features="search, share")
    wait = estimate(found, "search: half have used it after")
    assert (wait.value, wait.n) == (7, 5)
    # Ann shared on day 9 of the 13 she was followed: one of the three still followed, so 2/3 never fall to half.
    never = estimate(found, "share: half have used it after")
    assert never.value is None
    assert never.reason.startswith("not reached: ")
    assert "had not used it" in never.reason


def test_the_headline_names_the_widest_the_least_and_the_breadth():
    found = asked(features="search, share")
    assert found.headline == (
        "50.0% of 4 new people took up 'search' within 7 days (95% interval 15.0% to 85.0%), the most, and 0.0% "
        "'share', the least; active people used 1.00 of 2 features on average in the last week"
    )
    assert found.figure.series[0].x == ("search", "share")
    assert asked(features="search").headline.endswith(
        "took up 'search' within 7 days (95% interval 15.0% to 85.0%); 83.3% of active people used it in the last week"
    )


def test_features_are_all_events_but_the_start():
    found = asked()
    assert [row[0] for row in found.table.rows] == ["search", "open", "share"]
    # Without a start named, the event that most begin with is left out: join is the first of 5 of 6.
    assert [row[0] for row in asked(start="").table.rows] == ["search", "open", "share"]
    assert any("data begin" in one for one in asked(start="").cautions)


def test_parts_are_compared_with_all_others():
    found = asked(features="search", by="platform")
    assert estimate(found, "search: adopted, web").value == 1 / 2
    assert estimate(found, "search: adopted, ios").value == 1 / 2
    gap = estimate(found, "search: ios less all others")
    assert (gap.value, gap.n) == (0, 4)
    assert "Holm" in gap.method
    assert [one.name for one in found.figure.series] == ["web", "ios"]


def test_what_everybody_has_is_a_feature_only_by_name():
    rows = [*ROWS, *((user, "hello", moment, place) for user, event, moment, place in ROWS if event == "join")]
    # Headline, chart and breadth speak of the same features.
    found = asked(rows)
    assert found.headline.startswith("50.0% of 4 new people took up 'search'")
    assert found.figure.series[0].x == ("search", "open", "share")
    assert "of 3 features" in found.headline
    assert any("the start and 'hello', which all new people have" in one for one in found.cautions)
    named = asked(rows, features="hello, search, share")
    assert named.headline.startswith("100.0% of 4 new people took up 'hello'")
    assert named.figure.series[0].x == ("hello", "search", "share")
    assert any("All new people have 'hello'" in one for one in named.cautions)
    # Where all have all there is, nothing else can be shown.
    assert asked([row for row in rows if row[1] in ("join", "hello")]).figure.series[0].x == ("hello",)


def test_an_event_gone_is_a_caution():
    rows = [*ROWS, ("ann", "old", "2026-05-04T11:00", "web")]
    found = asked(rows, features="old, search")
    assert any("Nobody active used 'old'" in one for one in found.cautions)
    assert estimate(found, "old: used by the active").value == 0


def test_names_are_only_text():
    evil = "'); DROP TABLE events; --"
    rows = [(user, evil if event == "search" else event, moment, place) for user, event, moment, place in ROWS]
    assert estimate(asked(rows, features=evil), f"{evil}: adopted").value == 2 / 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"features": "serch"}, "Did you mean 'search'"),
        ({"start": "joined"}, "Did you mean 'join'"),
        ({"by": "platfrom"}, "Did you mean 'platform'"),
        ({"within_days": 0}, "1 to 365"),
        ({"weeks": 0}, "1 week or more"),
        ({"features": ",".join(f"e{n}" for n in range(31))}, "30 at most"),
    ],
)
def test_faults_name_the_fix(options, words):
    with pytest.raises(SettingError, match=words):
        asked(**options)


def test_what_cannot_be_told():
    assert "nobody can be followed for 28 days in any complete week" in asked(within_days=28).headline
    only = [("ann", "join", "2026-05-04T10:00", "web"), ("bob", "join", "2026-05-13T10:00", "web")]
    assert "nothing can be adopted" in asked(only).headline
    late = [("ann", "x", "2026-05-04T10:00", "web"), ("bob", "join", "2026-05-13T10:00", "web")]
    assert "nobody started" in asked(late, features="x").headline
    # Nobody at all in the weeks of use.
    early = [("ann", "join", "2026-05-04T10:00", "web"), ("ann", "x", "2026-05-05T10:00", "web")]
    assert "nobody was active" in asked(early, features="x").headline


def test_the_hour_that_spring_takes():
    # In Berlin 29 March 2026 has 23 hours: bob was followed for 7 x 24 hours less half of one.
    rows = [("ann", "join", "2026-03-22T10:00"), ("bob", "join", "2026-03-22T23:30"), ("ann", "x", "2026-03-29T23:00")]
    events = events_of(rows, as_of=date(2026, 3, 29), timezone="Europe/Berlin")
    found = adoption(events, start="join", weeks=1, within_days=7)
    assert (estimate(found, "x: adopted").value, estimate(found, "x: adopted").n) == (0, 1)


HOURS = st.integers(0, 14 * 24 - 1)
LOGS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.none() | HOURS, st.lists(st.tuples(st.sampled_from("xy"), HOURS), max_size=6)),
    min_size=1,
)


def at(hour):
    return datetime(2026, 5, 4) + timedelta(hours=hour)


@given(LOGS)
@settings(max_examples=25)
def test_all_agrees_with_a_plain_count(log):
    rows = [(user, "join", at(start).isoformat(), "web") for user, (start, _) in log.items() if start is not None]
    rows += [(user, event, at(hour).isoformat(), "web") for user, (_, done) in log.items() for event, hour in done]
    # Always two who join, one early enough, and both events in the last week.
    rows += [("z", "join", at(0).isoformat(), "web"), ("w", "join", at(300).isoformat(), "web")]
    rows += [("z", event, at(320).isoformat(), "web") for event in "xy"]
    people = {user: [(event, datetime.fromisoformat(ts)) for u, event, ts, _ in rows if u == user] for user, *_ in rows}
    end, first = datetime(2026, 5, 18), {}
    for user, done in people.items():
        if moments := [ts for event, ts in done if event == "join"]:
            first[user] = min(moments)
    new = {u for u, ts in first.items() if ts.date() <= date(2026, 5, 10) and end - ts >= timedelta(days=7)}
    week = {u: [(e, ts) for e, ts in done if ts.date() >= date(2026, 5, 11)] for u, done in people.items()}
    active = {user for user, done in week.items() if done}
    found = asked(rows, features="x, y")
    for name in "xy":
        taken = {
            u for u in new if any(e == name and timedelta() <= ts - first[u] < timedelta(7) for e, ts in people[u])
        }
        assert estimate(found, f"{name}: adopted").value == pytest.approx(len(taken) / len(new))
        using = {u: [ts for e, ts in done if e == name] for u, done in week.items()}
        users = {u for u, moments in using.items() if moments}
        assert estimate(found, f"{name}: used by the active").value == pytest.approx(len(users) / len(active))
        twice = sum(len({ts.date() for ts in using[u]}) > 1 for u in users)
        assert estimate(found, f"{name}: used on two days or more").value == pytest.approx(twice / len(users))
        if len(users) > 1:
            days = sum(len({ts.date() for _, ts in week[u]}) for u in users)
            depth = estimate(found, f"{name}: events an active day").value
            assert depth == pytest.approx(sum(len(using[u]) for u in users) / days)
        lasted, over = [], []
        for u, begun in first.items():
            followed = (end - begun) // timedelta(days=1)
            waits = [(ts - begun) // timedelta(days=1) for e, ts in people[u] if e == name and ts >= begun]
            ended = bool(waits) and min(waits) < followed
            lasted.append(min(waits) + 1 if ended else followed)
            over.append(ended)
        assert estimate(found, f"{name}: half have used it after").value == kaplan_meier(lasted, over).median().value
    breadth = [len({e for e, _ in week[u]} & {"x", "y"}) for u in active]
    assert found.estimates[0].value == pytest.approx(sum(breadth) / len(breadth))
    # The order of rows does not matter.
    again = asked(rows[::-1], features="x, y")
    assert again.facts() == found.facts()

"""What was not done as registered is said; what was, is not."""

from dataclasses import replace
from datetime import date

import pytest

from pmlib.sources import Measure
from pmlib.sources.registrations import Conduct, deviations
from pmlib.sources.registrations.load import read
from tests.sources.registrations.registered_plans import WHOLE

LOOKS = read(WHOLE, "checkout.toml")
ONCE = replace(LOOKS, reading="once", looks=())
AS_PLANNED = Conduct(
    arms={"old": 200, "new": 100},
    measures=LOOKS.measures,
    read_on=date(2026, 3, 29),
    first=date(2026, 3, 2),
    control="old",
    cluster="company",
    alpha=0.01,
    segments=("country",),
    digest=LOOKS.digest[:12],
)


def test_nothing_is_said_where_all_is_as_planned() -> None:
    assert deviations(ONCE, AS_PLANNED) == ()
    assert deviations(LOOKS, replace(AS_PLANNED, earlier=LOOKS.looks[:3])) == ()
    assert deviations(ONCE, Conduct({"old": 1, "new": 1}, LOOKS.measures)) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"arms": {"old": 9, "new": 9, "B": 3}},
            "B has 3 units and is no arm of the plan, which has old, new and paused.",
        ),
        ({"arms": {"old": 9, "new": 9, "paused": 1}}, "paused has 1 unit, where the plan takes nobody in."),
        ({"arms": {"old": 9}}, "new is planned and has no units."),
        ({"control": "new"}, "The arms were compared with new; registered is old."),
        ({"alpha": 0.1}, "Alpha is 10%; registered is 1%."),
        ({"cluster": ""}, "Units are clustered by nothing; registered is company."),
        (
            {"segments": ("country", "age")},
            "The result was split by age, which was not registered: take it as a hint for another experiment.",
        ),
        (
            {"digest": "0123456789abcdef"},
            f"The plan was changed: an earlier report quoted 0123456789ab, now it is {LOOKS.digest[:12]}.",
        ),
        ({"first": date(2026, 3, 5)}, "The first unit came on 5 Mar 2026; registered is a start on 2 Mar 2026."),
        (
            {"measures": (*LOOKS.measures, Measure("clicks_made"))},
            "clicks made was read and not registered: take it as a hint for another experiment.",
        ),
        ({"measures": LOOKS.measures[:3]}, "load ms is registered and was not read."),
        (
            {"measures": (replace(LOOKS.measures[0], window=7), *LOOKS.measures[1:])},
            "The window of trips booked is 7 days; registered is 14 days.",
        ),
        (
            {"measures": (replace(LOOKS.measures[0], window=None), *LOOKS.measures[1:])},
            "The window of trips booked is none; registered is 14 days.",
        ),
        (
            {"measures": (*LOOKS.measures[:2], replace(LOOKS.measures[2], role="secondary"), LOOKS.measures[3])},
            "The role of refunds is secondary; registered is guardrail.",
        ),
        (
            {"measures": (*LOOKS.measures[:2], replace(LOOKS.measures[2], margin=0.1), LOOKS.measures[3])},
            "The margin of refunds is 10%; registered is 2%.",
        ),
        (
            {"read_on": date(2026, 3, 20)},
            "The result is read on 20 Mar 2026, 9 days before the planned end on 29 Mar 2026: this is peeking, and the "
            "plan made no room for it.",
        ),
        ({"read_on": date(2026, 4, 2)}, "The result is read on 2 Apr 2026, after the planned end on 29 Mar 2026."),
        (
            {"earlier": (date(2026, 3, 9),)},
            "The result was read 2 times (9 Mar 2026 and 29 Mar 2026), where one reading was planned: false alarms are "
            "likelier than alpha says.",
        ),
    ],
)
def test_each_deviation_is_one_sentence(changes: dict, words: str) -> None:
    assert deviations(ONCE, replace(AS_PLANNED, **changes)) == (words,)


def test_looks_of_a_plan_may_be_read_and_others_not() -> None:
    early = replace(AS_PLANNED, read_on=date(2026, 3, 22), earlier=LOOKS.looks[:2])
    assert deviations(LOOKS, early) == ()
    assert deviations(LOOKS, replace(early, earlier=(LOOKS.looks[0], date(2026, 3, 10)))) == (
        "The result was read on 10 Mar 2026, which is no look of the plan: the bounds hold for planned looks only.",
        "15 Mar 2026 was planned for a look and not read.",
    )
    late = replace(AS_PLANNED, read_on=date(2026, 4, 5), earlier=LOOKS.looks)
    assert deviations(LOOKS, late) == ("The data reach to 5 Apr 2026, past the planned end on 29 Mar 2026.",)
    anytime = replace(LOOKS, reading="always-valid", looks=())
    assert deviations(anytime, replace(AS_PLANNED, earlier=(date(2026, 3, 10),))) == ()


def test_a_secondary_metric_may_be_left_out() -> None:
    without = tuple(one for one in LOOKS.measures if one.role != "secondary")
    assert deviations(ONCE, replace(AS_PLANNED, measures=without)) == ()

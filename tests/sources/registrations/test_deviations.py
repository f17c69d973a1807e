"""What was not done as registered is said; what was, is not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pmlib.core import SettingError
from pmlib.sources.registrations import Registration, cautions, deviations, edited
from pmlib.sources.registrations.load import read
from tests.sources.registrations.registered_plans import WHOLE

LOOKS = read(WHOLE, "checkout.toml")
ONCE = replace(LOOKS, reading="once", looks=())


def told(plan: Registration, **changes: Any) -> tuple[str, ...]:
    """Say what deviates where all else is as planned."""
    run: dict[str, Any] = {"arms": {"old": 200, "new": 100}, "first": date(2026, 3, 2), "read_on": date(2026, 3, 29)}
    run.update(changes)
    return deviations(plan, **run)


def test_nothing_is_said_where_all_is_as_planned() -> None:
    assert told(ONCE) == ()
    assert told(LOOKS) == ()
    assert deviations(ONCE, {"old": 1, "new": 1}) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"arms": {"old": 9, "new": 9, "B": 3}},
            "B has 3 units and is no arm of the plan, which has old, new and paused.",
        ),
        ({"arms": {"old": 9, "new": 9, "paused": 1}}, "paused has 1 unit, where the plan takes nobody in."),
        ({"arms": {"old": 9}}, "new is planned and has no units."),
        ({"first": date(2026, 3, 5)}, "The first unit came on 5 Mar 2026; registered is a start on 2 Mar 2026."),
        (
            {"read_on": date(2026, 3, 20)},
            "The result is read on 20 Mar 2026, 9 days before the planned end on 29 Mar 2026: this is peeking, and the "
            "plan made no room for it.",
        ),
        ({"read_on": date(2026, 4, 2)}, "The result is read on 2 Apr 2026, after the planned end on 29 Mar 2026."),
    ],
)
def test_each_deviation_is_one_sentence(changes: dict, words: str) -> None:
    assert told(ONCE, **changes) == (words,)


def test_looks_of_a_plan_may_be_read_and_others_not() -> None:
    assert told(LOOKS, read_on=LOOKS.looks[2]) == ()
    assert told(LOOKS, read_on=date(2026, 3, 10)) == (
        "The result was read on 10 Mar 2026, which is no look of the plan: the bounds hold for planned looks only.",
    )
    assert told(LOOKS, read_on=date(2026, 4, 5)) == (
        "The data reach to 5 Apr 2026, past the planned end on 29 Mar 2026.",
    )
    anytime = replace(LOOKS, reading="always-valid", looks=())
    assert told(anytime, read_on=date(2026, 3, 10)) == ()


def agreed(digest: str, text: str = WHOLE):
    return read(f'digest = "{digest}"\n{text}', "checkout.toml")


def test_a_plan_that_names_its_digest_tells_when_it_was_edited() -> None:
    # The line with the digest is no part of what it is taken of.
    kept = agreed(LOOKS.short)
    assert kept.digest == LOOKS.digest
    assert edited(kept) == edited(agreed(LOOKS.digest)) == edited(LOOKS) == ""
    after = agreed(LOOKS.short, WHOLE.replace("alpha = 0.01", "alpha = 0.02"))
    assert after.digest != LOOKS.digest
    words = f"The plan was edited after it was registered: it was {LOOKS.short}, now it is {after.short}."
    assert edited(after) == words
    assert cautions(after)[0] == words


@pytest.mark.parametrize("digest", ["2ea3", "2EA3B35B7678", "not a digest", "a" * 65])
def test_a_digest_that_is_none_is_refused(digest: str) -> None:
    with pytest.raises(SettingError, match=r"digest is .*; give what pmlib register prints of the plan"):
        agreed(digest)

"""Gates, each by hand: what holds, what fails, and what the page then says."""

from datetime import date
from pathlib import Path

import pytest

from pmlib.core import SettingError
from pmlib.reports.packs.plan import Job
from pmlib.reports.packs.settings import Asks
from pmlib.reports.pages.content import Block, Content, Section
from pmlib.reports.pages.gates import WITHHELD, gated, gates, grouped, held, misleading, misled, stale
from pmlib.reports.pages.leaf import Gate
from pmlib.reports.pages.page import checks

SUNDAY = date(2026, 11, 22)


def job(
    through: date | None = SUNDAY,
    rows: dict[str, int] | None = None,
    ends: dict[str, date] | None = None,
    **asks: object,
) -> Job:
    known = {"e.csv": 1200} if rows is None else rows
    return Job("r", "R", Path("r.ipynb"), {}, (), 9, Asks.model_validate(asks), through, known, ends=ends or {})


def one(found):
    (gate,) = found
    return gate


def test_nothing_asked_is_nothing_said():
    assert gates(job(), SUNDAY) == ()


@pytest.mark.parametrize(
    ("through", "most", "ok", "text"),
    [
        (SUNDAY, 3, True, "Fresh: data end on 22 Nov 2026, as new as the run; the pack allows 3 days."),
        (date(2026, 11, 21), 1, True,
         "Fresh: data end on 21 Nov 2026, 1 day before 22 Nov 2026; the pack allows 1 day."),
        (date(2026, 11, 20), 1, False,
         "Stale since 22 Nov 2026: data end on 20 Nov 2026, 2 days before 22 Nov 2026; the pack allows 1 day."),
        (date(2026, 11, 20), 0, False,
         "Stale since 21 Nov 2026: data end on 20 Nov 2026, 2 days before 22 Nov 2026; the pack allows 0 days."),
        (date(2026, 11, 25), 0, True, "Fresh: data end on 25 Nov 2026, as new as the run; the pack allows 0 days."),
        (None, 3, None, "The age of the data is not judged: no source of this report has dates."),
    ],
)  # fmt: skip
def test_age(through, most, ok, text):
    gate = one(gates(job(through, max_age_days=most), SUNDAY))
    assert (gate.ok, gate.misleads, gate.text) == (ok, ok is False, text)
    assert stale([gate]) == (text if ok is False else "")


def test_the_oldest_source_is_judged_and_named():
    ends = {"e.csv": SUNDAY, "survey.csv": date(2026, 10, 1), "units.csv": date(2026, 11, 20)}
    gate = one(gates(job(ends=ends, max_age_days=3), SUNDAY))
    assert gate.ok is False
    assert gate.text.startswith("Stale since 5 Oct 2026: data of survey.csv end on 1 Oct 2026, 52 days before")
    gate = one(gates(job(ends={"e.csv": SUNDAY, "s.csv": date(2026, 11, 20)}, max_age_days=3), SUNDAY))
    assert gate.ok
    assert gate.text.startswith("Fresh: data of s.csv end on 20 Nov 2026, 2 days before")


@pytest.mark.parametrize(
    ("rows", "ok", "text"),
    [
        ({"e.csv": 1000}, True, "The source has 1,000 rows or more."),
        ({"e.csv": 1000, "s.csv": 2000}, True, "Every source has 1,000 rows or more."),
        ({"e.csv": 999}, False, "e.csv has only 999 rows; the pack asks for 1,000 rows or more."),
        ({"e.csv": 0}, False, "e.csv holds no rows; the pack asks for 1,000 rows or more."),
        ({"e.csv": 0, "s.csv": 1, "u.csv": 1000}, False,
         "e.csv holds no rows, s.csv has only 1 row; the pack asks for 1,000 rows or more."),
        ({}, None, "The report has no source whose rows could be counted."),
    ],
)  # fmt: skip
def test_rows(rows, ok, text):
    gate = one(gates(job(rows=rows, min_rows=1000), SUNDAY))
    assert (gate.ok, gate.text) == (ok, text)


@pytest.mark.parametrize(
    ("through", "start", "ok", "text"),
    [
        (SUNDAY, "monday", True, "The week of 16 to 22 Nov 2026 is whole."),
        (SUNDAY, "sunday", False, "The week of 22 to 28 Nov 2026 is not whole: data end on Sunday, 22 Nov 2026."),
        (date(2026, 11, 21), "sunday", True, "The week of 15 to 21 Nov 2026 is whole."),
        (date(2026, 11, 19), "monday", False,
         "The week of 16 to 22 Nov 2026 is not whole: data end on Thursday, 19 Nov 2026."),
        (None, "monday", None, "Whether the week is whole is not judged: no source of this report has dates."),
    ],
)  # fmt: skip
def test_whole_weeks(through, start, ok, text):
    gate = one(gates(job(through, whole_week=True), SUNDAY, start))
    assert (gate.ok, gate.misleads, gate.text) == (ok, ok is False, text)
    assert gates(job(through, whole_week=False), SUNDAY, start) == ()


def test_a_week_starts_on_a_weekday():
    with pytest.raises(SettingError, match="Did you mean 'tuesday'"):
        gates(job(whole_week=True), SUNDAY, "tusday")


def test_no_rows_and_stale_are_two_messages():
    empty = gates(job(rows={"e.csv": 0}, min_rows=1), SUNDAY)
    old = gates(job(date(2026, 1, 1), max_age_days=1), SUNDAY)
    said = [misleading(found) for found in (empty, old)]
    assert said[0].startswith("e.csv holds no rows")
    assert said[1].startswith("Stale since 3 Jan 2026: data end on 1 Jan 2026")
    unknown = gates(job(None, {}, max_age_days=1, min_rows=1, whole_week=True), SUNDAY)
    assert [gate.ok for gate in unknown] == [None] * 3
    assert misleading(unknown) == stale(unknown) == ""


@pytest.mark.parametrize(
    ("states", "ok", "text"),
    [
        ((True, True), True, "All checks on the data passed"),
        ((True, None, None), None, "2 of 3 checks on the data could not be judged"),
        ((True, False, None), False, "1 of 3 checks on the data failed, 1 could not be judged"),
        ((True, False), False, "1 of 2 checks on the data failed"),
    ],
)
def test_the_strip_counts_what_was_not_judged(states, ok, text):
    assert checks([Gate("g", state, "x") for state in states]) == {"ok": ok, "text": text}


def test_a_gate_notes_how_many_groups_are_not_shown():
    assert gates(job(min_group=5), SUNDAY) == (), "nobody has looked at the page yet"
    assert grouped(0, 0, 5) == Gate("groups", True, "Every group shown has 5 people or more.")
    noted = grouped(2, 0, 5)
    assert noted.ok
    assert noted.text == "2 groups are not shown, so that no group of fewer than 5 people can be made out."
    assert grouped(0, 1, 5) == Gate(
        "groups",
        None,
        "1 table or chart could not be judged: it does not say how many people each group has; elsewhere every group "
        "shown has 5 people or more.",
    )


def test_a_misleading_headline_gives_way_and_the_rest_stays():
    cards = [{"name": "Users", "value": "6,058", "change": "▲ +2%, a signal", "tone": "good"}]
    head = {"sentence": "6,058 people came.", "cards": cards}
    page = Content(headline=head, sections=[Section("h", "Headline", blocks=[Block("headline", facts=head)])])
    bad = gates(job(date(2026, 11, 19), max_age_days=9, whole_week=True), SUNDAY)
    facts = gated(head | {"findings": [1]}, bad)
    assert facts["sentence"] == "The week of 16 to 22 Nov 2026 is not whole: data end on Thursday, 19 Nov 2026."
    assert facts["cards"] == [{"name": "Users", "value": "6,058", "change": WITHHELD, "tone": "flat"}]
    assert facts["findings"] == [1]
    shown = held(page, bad)
    assert shown.headline == shown.sections[0].blocks[0].facts == gated(head, bad)
    assert page.headline["cards"][0]["tone"] == "good", "what was given is left as it is"
    good = gates(job(max_age_days=9, whole_week=True), SUNDAY)
    assert gated(head, good) is head
    assert held(page, good) is page
    kept = {"gates": [{"name": "whole week", "ok": False, "text": "x", "misleads": True}]}
    assert misled(kept)
    assert not misled({})
    assert not misled({"gates": [kept["gates"][0] | {"ok": None}]})

"""Gates, each by hand: what holds, what fails, and what the page then says."""

from datetime import date
from pathlib import Path

import pytest

from pmlib.core import SettingError
from pmlib.reports.packs.plan import Job
from pmlib.reports.packs.settings import Asks
from pmlib.reports.pages.content import Block, Content, Section
from pmlib.reports.pages.gates import aside, gated, gates, held, misleading, stale

SUNDAY = date(2026, 11, 22)


def job(through: date | None = SUNDAY, rows: dict[str, int] | None = None, refused: str = "", **asks: object) -> Job:
    known = {"e.csv": 1200} if rows is None else rows
    return Job("r", "R", Path("r.ipynb"), {}, (), 9, Asks.model_validate(asks), through, known, refused=refused)


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
        (None, 3, True, "The age of the data is not judged: no source of this report has dates."),
    ],
)  # fmt: skip
def test_age(through, most, ok, text):
    gate = one(gates(job(through, max_age_days=most), SUNDAY))
    assert (gate.ok, gate.misleads, gate.text) == (ok, not ok, text)
    assert stale([gate]) == ("" if ok else text)


@pytest.mark.parametrize(
    ("rows", "ok", "text"),
    [
        ({"e.csv": 1000}, True, "The source has 1,000 rows or more."),
        ({"e.csv": 1000, "s.csv": 2000}, True, "Every source has 1,000 rows or more."),
        ({"e.csv": 999}, False, "e.csv has only 999 rows; the pack asks for 1,000 rows or more."),
        ({"e.csv": 0}, False, "e.csv holds no rows; the pack asks for 1,000 rows or more."),
        ({"e.csv": 0, "s.csv": 1, "u.csv": 1000}, False,
         "e.csv holds no rows, s.csv has only 1 row; the pack asks for 1,000 rows or more."),
        ({}, True, "The report has no source whose rows could be counted."),
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
        (None, "monday", True, "Whether the week is whole is not judged: no source of this report has dates."),
    ],
)  # fmt: skip
def test_whole_weeks(through, start, ok, text):
    gate = one(gates(job(through, whole_week=True), SUNDAY, start))
    assert (gate.ok, gate.misleads, gate.text) == (ok, not ok, text)
    assert gates(job(through, whole_week=False), SUNDAY, start) == ()


def test_a_week_starts_on_a_weekday():
    with pytest.raises(SettingError, match="Did you mean 'tuesday'"):
        gates(job(whole_week=True), SUNDAY, "tusday")


def test_no_rows_cannot_be_read_and_stale_are_three_messages():
    unread = gates(job(None, {}, "r: There is no file e.csv.", max_age_days=1, min_rows=1), SUNDAY)
    empty = gates(job(rows={"e.csv": 0}, min_rows=1), SUNDAY)
    old = gates(job(date(2026, 1, 1), max_age_days=1), SUNDAY)
    said = [misleading(found) for found in (unread, empty, old)]
    assert said[0] == "The data cannot be read: r: There is no file e.csv."
    assert said[1].startswith("e.csv holds no rows")
    assert said[2].startswith("Stale since 3 Jan 2026: data end on 1 Jan 2026")
    assert len([gate for gate in unread if not gate.ok]) == 1, "a source that was not read is not empty as well"


def test_a_gate_notes_how_many_groups_are_not_shown():
    found = gates(job(min_group=5), SUNDAY)
    assert one(found).text == "Every group shown has 5 people or more."
    assert aside(found, 0, 5) == found
    noted = one(aside(found, 2, 5))
    assert noted.ok
    assert noted.text == "2 groups are not shown, so that no group of fewer than 5 people can be made out."


def test_a_misleading_headline_gives_way_and_the_rest_stays():
    cards = [{"name": "Users", "value": "6,058", "change": "▲ +2%, a signal", "tone": "good"}]
    head = {"sentence": "6,058 people came.", "cards": cards}
    page = Content(headline=head, sections=[Section("h", "Headline", blocks=[Block("headline", facts=head)])])
    bad = gates(job(date(2026, 11, 19), max_age_days=9, whole_week=True), SUNDAY)
    facts = gated(head | {"findings": [1]}, bad)
    assert facts["sentence"] == "The week of 16 to 22 Nov 2026 is not whole: data end on Thursday, 19 Nov 2026."
    assert facts["cards"] == [{"name": "Users", "value": "6,058", "change": "", "tone": "flat"}]
    assert facts["findings"] == [1]
    shown = held(page, bad)
    assert shown.headline == shown.sections[0].blocks[0].facts == gated(head, bad)
    assert page.headline["cards"][0]["tone"] == "good", "what was given is left as it is"
    good = gates(job(max_age_days=9, whole_week=True), SUNDAY)
    assert gated(head, good) is head
    assert held(page, good) is page

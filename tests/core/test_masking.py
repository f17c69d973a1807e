from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib.core import Estimate, Period, Unit
from pmlib.core.masking import masked, renamed, renamed_title, renamer
from pmlib.core.periods import day_text

MASKED = [
    ("jana.kowalik@example.org", "[e-mail]"),
    ("Write to t.okafor+x@mail.example.co.uk.", "Write to [e-mail]."),
    ("jana (at) example.org", "[e-mail]"),
    ("jana(at)example.de bitte", "[e-mail] bitte"),
    ("jana [at] example [dot] org", "[e-mail]"),
    ("jana{at}example{punkt}de", "[e-mail]"),
    ("jana <at> example.org", "[e-mail]"),
    ("jana at example dot org, please", "[e-mail], please"),
    ("Jana_K @ Example.ORG", "[e-mail]"),
    ("mailto:jürgen@müller.de", "mailto:[e-mail]"),
    ("<jana@example.org>", "<[e-mail]>"),
    ("a@b.co and c@d.co", "[e-mail] and [e-mail]"),
    ("+49 30 5550 0147", "[phone]"),
    ("+49 (0)30 5550-0147", "[phone]"),
    ("(+49) 30 55500147", "[phone]"),
    ("0049305550147", "[phone]"),
    ("0171 5550123, evenings", "[phone], evenings"),
    ("since 2024 0171 5550123", "since 2024 [phone]"),
    ("030/5550147", "[phone]"),
    ("030 / 5550147", "[phone]"),
    ("030 - 555 01 47", "[phone]"),
    ("(030) 5550 147", "[phone]"),
    ("(555) 555-0123", "[phone]"),
    ("555-555-0123", "[phone]"),
    ("1-800-555-0199", "[phone]"),
    ("+1 (555) 555-0123", "[phone]"),
    ("+1.555.555.0123", "[phone]"),
    ("+44 20 7946 0958", "[phone]"),
    ("+33 1 23 45 67 89", "[phone]"),
    ("06 12 34 56 78", "[phone]"),
    ("07700 900123", "[phone]"),
    ("+91 98765 43210", "[phone]"),
    ("+86 138 0013 8000", "[phone]"),
    ("+358-40-5550147", "[phone]"),
    ("tel:+493055501470", "tel:[phone]"),
    ("044 668 18 00", "[phone]"),
    ("card 4111 1111 1111 1111", "card [card]"),
    ("4111-1111-1111-1111", "[card]"),
    ("5555.5555.5555.4444", "[card]"),
    ("378282246310005", "[card]"),
    ("3782 822463 10005", "[card]"),
    ("6011000990139424!", "[card]!"),
    ("DE89 3704 0044 0532 0130 00", "[account]"),
    ("DE89 3704 0044 0532 0130 00 is mine", "[account] is mine"),
    ("de89370400440532013000", "[account]"),
    ("GB82WEST12345698765432", "[account]"),
    ("FR14 2004 1010 0505 0001 3M02 606", "[account]"),
    ("NL91-ABNA-0417-1643-00", "[account]"),
    ("order 1234567890", "order [number]"),
]

KEPT = [
    "since 2026-11-22 at 10:30",
    "on 01.02.2026 and 1/2/2026",
    "it costs 1,200.50 or 12.000,00",
    "version 2.14.3",
    "0.125 of 100000 users",
    "from 500-1000 people",
    "2019-2026",
    "room 0815",
    "192.168.10.12",
    "4111 1111 1111 1112",
    "2023 2024 2025 2026",
    "2019 2022 2023 2024",
    "@friend said 10/10",
    "Prüft bitte 🙏",
    "",
    "2026-05-22 100 people",
    "2026-05-22 2026-06-01",
    "2026-11-16/2026-11-22",
    "2026-11-22T10:30:00",
    "2026-11-22 00:00:00",
    "2026-W05 to 2026-W47",
    "53.4 43.9 38.7 35.3 30.9",
    "95% interval 25.5% to 36.6%",
    "−12.6 points (95% interval −15.1 points to −10.1 points)",
    "+17.2% (95% interval +6.9% to +28.7%)",
    "5,910 to 6,462, n = 2,089",
    "1,286,509 rows",
    "12,345,678.90 EUR",
    "1.20M and 46.3k",
    "16 to 22 Nov 2026",
    "30 Nov 2026 to 6 Dec 2026",
    "from 25 May 2026 to 16 Nov 2026: 4,439 at first",
    "plotly@5.1.0 and pmlib 0.3.0",
    "look at the example dot by dot",
    "meet me at the station",
    "works at home, not at work.",
    "AB12 some words here and there",
    "DE88 3704 is no account",
    "p < 0.001",
    "100 200 300 400",
    "3 of 12, 5 of 12, 8 of 12",
    "10:00-12:30",
    "v1.2.3-rc.4+build.20",
    "4 x 4 x 4",
    "#12436D rgba(18,67,109,0.16)",
    "iOS 17.4.1, Android 14",
    "52.5200, 13.4050",
]


@pytest.mark.parametrize(("given", "shown"), MASKED)
def test_contact_data_is_masked(given, shown):
    assert masked(given) == shown


@pytest.mark.parametrize("given", KEPT)
def test_other_numbers_stay(given):
    assert masked(given) == given


def test_the_corpus_is_large_enough():
    assert len(MASKED) >= 40 <= len(KEPT)


UNITS = [Unit.SHARE, Unit.COUNT, Unit.POINTS, Unit.LIFT, Unit.SCORE, Unit.RATIO, Unit.DAYS, Unit.currency("EUR")]
VALUES = st.floats(-1e9, 1e9)
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(VALUES, VALUES, VALUES, st.sampled_from(UNITS), st.integers(0, 10**9))
def test_no_written_number_is_taken_for_contact_data(value, one, other, unit, n):
    low, high = sorted([one, other])
    estimate = Estimate("users", value, low, high, unit, n, "counted")
    for text in (unit.text(value), unit.change(value), unit.short(value), str(estimate), estimate.signed_range):
        assert masked(text) == text
    row = " ".join(unit.text(each) for each in (value, low, high))
    assert masked(f"{row} of {n:,}, {unit.change(value)} on {unit.text(low)}") == (
        f"{row} of {n:,}, {unit.change(value)} on {unit.text(low)}"
    )


@given(DAYS, st.integers(0, 800), st.integers(0, 100_000))
def test_no_date_is_taken_for_contact_data(day, more, count):
    last = day + timedelta(more)
    year, week, _ = day.isocalendar()
    for text in (
        f"{day} {last}",
        f"{day} to {last} ({count:,})",
        f"{day} {count:,} people",
        f"{day_text(day, year=True)} {count:,}",
        str(Period(day, last)),
        f"{day:%d.%m.%Y} {day:%m/%d/%Y}",
        f"{year}-W{week:02d}, {day:%Y-%m}",
        f"{day}T10:30:00 {last} 23:59:59",
    ):
        assert masked(text) == text


def test_a_long_word_is_read_once():
    word = "a" * 200_000
    assert masked(f"{word}@") == f"{word}@"
    assert masked(f"{'1 2 ' * 50_000}a@b.de").endswith(" [e-mail]")


def test_names_go_by_their_parts():
    names = {"Noor van Dijk": "P2", "Mara Lindqvist": "[interviewer]"}
    assert renamed("Mara, Noor van Dijk here; van life, Dijk", names) == "[interviewer], P2 here; van life, P2"
    assert renamed("Dijkstra and Amara stay", names) == "Dijkstra and Amara stay"
    assert renamed("nothing to do", {}) == "nothing to do"
    assert [renamer(names)(text) for text in ("Mara", "Noor")] == ["[interviewer]", "P2"]


def test_names_leave_titles_in_any_case():
    assert renamed_title("NOOR_van-dijk 3", {"Noor van Dijk": "P2"}) == "P2 3"
    assert renamed_title("interview_03", {"Noor van Dijk": "P2"}) == "interview_03"

import pytest

from pmlib.core.masking import masked, renamed, renamed_title

MASKED = [
    ("jana.kowalik@example.org", "[e-mail]"),
    ("Write to t.okafor+x@mail.example.co.uk.", "Write to [e-mail]."),
    ("jana (at) example.org", "[e-mail]"),
    ("+49 30 5550 0147", "[phone]"),
    ("+49 (0)30 5550-0147", "[phone]"),
    ("(+49) 30 55500147", "[phone]"),
    ("0049305550147", "[phone]"),
    ("0171 5550123, evenings", "[phone], evenings"),
    ("030/5550147", "[phone]"),
    ("(030) 5550 147", "[phone]"),
    ("(555) 555-0123", "[phone]"),
    ("555-555-0123", "[phone]"),
    ("+1.555.555.0123", "[phone]"),
    ("card 4111 1111 1111 1111", "card [card]"),
    ("4111-1111-1111-1111", "[card]"),
    ("378282246310005", "[card]"),
    ("DE89 3704 0044 0532 0130 00", "[account]"),
    ("GB82WEST12345698765432", "[account]"),
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
    "@friend said 10/10",
    "Prüft bitte 🙏",
    "",
]


@pytest.mark.parametrize(("given", "shown"), MASKED)
def test_contact_data_is_masked(given, shown):
    assert masked(given) == shown


@pytest.mark.parametrize("given", KEPT)
def test_other_numbers_stay(given):
    assert masked(given) == given


def test_names_go_by_their_parts():
    names = {"Noor van Dijk": "P2", "Mara Lindqvist": "[interviewer]"}
    assert renamed("Mara, Noor van Dijk here; van life, Dijk", names) == "[interviewer], P2 here; van life, P2"
    assert renamed("Dijkstra and Amara stay", names) == "Dijkstra and Amara stay"
    assert renamed("nothing to do", {}) == "nothing to do"


def test_names_leave_titles_in_any_case():
    assert renamed_title("NOOR_van-dijk 3", {"Noor van Dijk": "P2"}) == "P2 3"
    assert renamed_title("interview_03", {"Noor van Dijk": "P2"}) == "interview_03"

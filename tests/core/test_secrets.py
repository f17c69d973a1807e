"""Secrets leave a text in every spelling; words that only look like them stay."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib.core.secrets import Secrets

WORD = "p@ss/wörd&1"
ENVIRONMENT = {
    "WAREHOUSE": f"postgresql://ada:{quote(WORD, safe='')}@db.example:5432/sales?sslmode=require",
    "HOOK": "https://hooks.example/services/T024BE7LD/B0KEY77/aB3dE5fG7hI9jK1l",
    "DSN": "host=db user=ada password='quiet horse' connect_timeout=10",
    "GITHUB_TOKEN": "tok-0123456789",
    "SHORT_TOKEN": "on",
    "MAIL_SERVER": "smtp://bot:letmein22@mail.example:587",
    "PATH": "/usr/bin:/bin",
    "HOME_PAGE": "https://example.org/dashboards/weekly",
}
SECRETS = Secrets.of(ENVIRONMENT, ["WAREHOUSE", "HOOK", "DSN"])


@pytest.mark.parametrize(
    "text",
    [
        WORD,
        quote(WORD),
        quote(WORD, safe="").lower(),
        quote_plus(WORD),
        repr(WORD),
        "p@ss/w\\u00f6rd&1",
        "p@ss/wörd&amp;1",
        ENVIRONMENT["WAREHOUSE"],
        f"ada:{WORD}",
        "T024BE7LD",
        "aB3dE5fG7hI9jK1l",
        "quiet horse",
        "tok-0123456789",
        "letmein22",
    ],
)
def test_a_secret_leaves_in_every_spelling(text):
    assert text not in SECRETS.hide(f"could not connect with {text}!")
    assert SECRETS.hide(f"a{text}b").count("…") >= 1
    assert text not in str(SECRETS.hidden({"rows": [{text: [text, (1, text)]}]}))


def test_what_is_no_secret_stays():
    text = "ada looked at sales, services and dashboards on db.example with require; tok and on stay"
    assert SECRETS.hide(text) == text
    assert SECRETS.hidden({"n": 5432, "ok": True, "none": None, "share": 0.5}) == {
        "n": 5432,
        "ok": True,
        "none": None,
        "share": 0.5,
    }


def test_a_short_password_leaves_only_where_it_stands_alone():
    short = Secrets.of({"DB": "postgresql://u:art@h/d"}, ["DB"])
    assert short.hide("the art of partial charts: art.") == "the … of partial charts: …."


def test_a_number_that_is_a_secret_leaves_plain_data():
    assert Secrets.of({"PIN_TOKEN": "73819204"}).hidden([73819204, 7381]) == ["…", 7381]


def test_a_key_of_several_lines_leaves_line_by_line():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAAo\n-----END KEY-----"
    hidden = Secrets.of({"PRIVATE_KEY": key}).hide(f"line 2: MIIEvQIBADANBgkqhkiG9w0, all: {key!r}")
    assert "MIIEv" not in hidden
    assert "BAQEF" not in hidden


def test_secrets_do_not_show_themselves():
    assert "tok-0123456789" not in repr(SECRETS)


@given(st.text(st.sampled_from("secrt-3 "), max_size=60), st.lists(st.integers(1, 9), max_size=20))
def test_cut_into_pieces_a_text_shows_no_more_than_whole(text, sizes):
    secrets = Secrets(("secret-3", "tres-3"))
    shown, held = "", ""
    for size in [*sizes, len(text)]:
        piece, text = text[:size], text[size:]
        held = secrets.hide(held + piece)
        end = len(held) - secrets.open_end(held)
        shown, held = shown + held[:end], held[end:]
        assert "secret-3" not in shown
        assert "tres-3" not in shown


def test_a_text_cut_short_does_not_end_in_half_a_secret():
    assert Secrets(("hunter22",)).cut("pass hunter22 and hunter22", 22) == "pass … and …"
    assert Secrets(("hunter22",)).cut("0123456789 hunt", 15) == "0123456789 "

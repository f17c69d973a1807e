"""Mails handed in to real servers on loopback: what arrives, what is said when none does."""

import re
import time
from html.parser import HTMLParser

import pytest

from pmlib.reports.delivery import mail
from pmlib.reports.delivery.mail import LARGEST, message, send
from pmlib.reports.delivery.news import news
from pmlib.reports.delivery.tries import DeliveryError
from pmlib.reports.packs.settings import Mail
from tests.reports.delivery.posts import PASSWORD, SECRET, Kept, certificate, dripping, entry, free, record, smtp, told

CARD = {"name": "Users", "value": "46.3k", "change": "▲ +2.6% on 15 Nov", "tone": "good"}
HOSTILE = (
    "Trends\r\nBcc: eve@evil.example\r\n\r\n<script>window.__x=1</script>",
    "<img src=https://evil.example/x.png onerror=window.__x=1>",
    "</table></body><a href='javascript:window.__x=1'>x</a>{{ 7*7 }}",
    "\u202egnp.exe\u2066 \x00\x1b[31m \ud800 https://evil.example @channel www.evil.example",
)


@pytest.fixture
def setting(monkeypatch):
    def made(port: int, *, address: str = "smtp://127.0.0.1:{}", **more) -> Mail:
        monkeypatch.setenv("SMTP_URL", address.format(port))
        to = {"to": ["ada@example.org", "bob@example.org"], "sender": "reports@example.org", "server": "env:SMTP_URL"}
        return Mail(**to | more)

    return made


class Tags(HTMLParser):
    """The tags of a page and the places they point at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.to, self.attributes = [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.to += [value for name, value in attrs if name in {"src", "href", "action", "background"}]
        self.attributes |= {name for name, _ in attrs}


def parts(sent) -> tuple[str, str]:
    return sent.get_body(("plain",)).get_content(), sent.get_body(("html",)).get_content()


def test_a_mail_says_the_state_in_its_subject_and_the_same_in_text_and_html(setting):
    kept = Kept()
    before = record(entry("survey", "failed"), entry("trends"), day="2026-11-15")
    found = news(
        record(entry("trends", "failed"), entry("survey"), entry("usage")),
        [before],
        facts={"survey": {"cards": [CARD], "findings": []}},
        changes={"survey": ["Users rose from 45.1k to 46.3k."]},
    )
    with smtp(kept) as port:
        assert send(setting(port, link="https://reports.example.org/weekly"), found) == (1, "")
    (sent,) = kept.mails
    assert sent["Subject"] == "Weekly review: 3 reports, 1 failed, Survey is back"
    assert kept.envelopes == [("reports@example.org", ["ada@example.org", "bob@example.org"])]
    assert sent.get_content_type() == "multipart/alternative"
    text, html = parts(sent)
    words = ["Trends", "no column a", "The last good page is of 15 Nov 2026", "Survey rose to 46,300.", "46.3k"]
    for one in [*words, "Users rose from 45.1k to 46.3k.", "https://reports.example.org/weekly/2026-11-22/survey.html"]:
        assert one in text
        assert one in html
    assert "https://reports.example.org/weekly/2026-11-15/trends.html" in text
    assert text.index("FAILED: Trends") < text.index("BACK AGAIN: Survey") < text.index("ARRIVED: Usage")
    assert all(place.startswith("https://reports.example.org/weekly/") for place in Tags(html).to)


def test_without_an_address_of_the_pages_a_mail_names_files_and_no_folder_of_the_machine(setting):
    why = "Cannot write to /srv/team/reports/2026-11-22/trends.html: no room. Ask ada@example.com."
    made = message(setting(25), told(entry("usage"), entry("trends", "failed", why=why)))
    text, html = parts(made)
    assert "2026-11-22/usage.html" in text
    assert "2026-11-22/usage.html" in html
    assert "/srv/" not in text + html
    assert "trends.html: no room. Ask [e-mail]." in text
    assert not Tags(html).to


def test_hostile_texts_stay_text_in_every_field(setting):
    reports = [
        entry(f"r{i}", state, title=text, headline=text, why=text)
        for i, text in enumerate(HOSTILE)
        for state in ("success", "failed", "stale")
    ]
    facts = {one["id"]: {"cards": [dict.fromkeys(CARD, one["title"])] * 4, "findings": []} for one in reports}
    changes = {one["id"]: [one["title"]] for one in reports}
    for title in HOSTILE:
        kept = Kept()
        found = news(record(*reports, title=title), facts=facts, changes=changes, late=title)
        with smtp(kept) as port:
            send(setting(port, link="https://reports.example.org/"), found)
        (sent,) = kept.mails
        assert not set(sent) & {"Bcc", "Cc", "Reply-To"}
        assert kept.envelopes[0][1] == ["ada@example.org", "bob@example.org"]
        assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]", sent["Subject"])
        text, html = parts(sent)
        seen = Tags(html)
        assert not {"script", "img", "iframe", "form", "link", "object", "svg"} & set(seen.tags)
        assert not {name for name in seen.attributes if name.startswith("on")}
        assert all(place.startswith("https://reports.example.org/") for place in seen.to)
        assert "&lt;img src=" in html
        assert "{{ 7*7 }}" in html
        for body in (text, html):
            # No mail program finds an address here that it could make live.
            assert "://evil" not in body
            assert "www.evil" not in body
            assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", body.replace("\r", ""))


@pytest.mark.browser
def test_hostile_texts_run_nothing_and_fetch_nothing_in_a_browser(setting, browser):
    reports = [entry(f"r{i}", title=text, headline=text) for i, text in enumerate(HOSTILE)]
    html = parts(message(setting(25), told(*reports)))[1]
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(html)
    assert page.evaluate("window.__x === undefined && document.links.length === 0")
    assert page.evaluate("document.body.innerText").count("<img src=") == 2
    assert not [url for url in asked if not url.startswith(("about:", "data:"))]
    page.close()


def test_however_many_reports_the_html_stays_below_what_mail_programs_cut(setting):
    wide = "🙂" * 400
    reports = [entry(f"r{i}", title=wide, headline=wide) for i in range(300)]
    text, html = parts(message(setting(25), told(entry("bad", "failed"), *reports)))
    assert len(html.encode()) < 100_000 <= LARGEST
    shown = html.count("<h2")
    assert 20 < shown < 301
    assert "Failed" in html
    for body in (text, html):
        assert f"{301 - shown} more reports did not fit into this mail; the index names them." in body


@pytest.mark.parametrize(("scheme", "user"), [("smtp+starttls", f"ada:{SECRET}@"), ("smtps", "")])
def test_a_mail_goes_only_to_a_server_whose_certificate_holds(setting, tmp_path, monkeypatch, scheme, user):
    tls, kept = certificate(tmp_path), Kept()
    with smtp(kept, tls=tls, login=bool(user), at_once=not user) as port:
        here = setting(port, address=f"{scheme}://{user}localhost:{{}}")
        with pytest.raises(DeliveryError, match="signed by nobody this machine trusts") as refused:
            send(here, told(), pause=never)
        silent(refused.value)
        assert not kept.mails
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert send(here, told()) == (1, "")
        other = setting(port, address=f"{scheme}://{user}127.0.0.1:{{}}")
        with pytest.raises(DeliveryError, match="is for another address"):
            send(other, told(), pause=never)
    assert len(kept.mails) == 1


def test_a_wrong_password_is_refused_once_and_never_repeated(setting, tmp_path, monkeypatch):
    tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    kept = Kept()
    with smtp(kept, tls=tls, login=True) as port:
        address = "smtp+starttls://ada:wr0ng-w0rd@localhost:{}"
        with pytest.raises(DeliveryError, match=r"did not take the user and password \(535\)") as refused:
            send(setting(port, address=address), told(), pause=never)
    silent(refused.value, "wr0ng")


def test_a_server_without_starttls_gets_no_password(setting):
    kept = Kept()
    with smtp(kept) as port, pytest.raises(DeliveryError, match="lacks what is asked of it: STARTTLS"):
        send(setting(port, address=f"smtp+starttls://ada:{SECRET}@localhost:{{}}"), told(), pause=never)
    assert mail.server(f"smtp://ada:{SECRET}@mail.example.org").scheme == "smtp+starttls"
    assert mail.server(f"smtp://ada:{SECRET}@localhost").scheme == "smtp"
    assert mail.server(f"smtps://ada:{SECRET}@mail.example.org").password == PASSWORD


def test_a_busy_server_is_asked_again_and_one_that_refuses_is_not(setting):
    waits: list[float] = []
    kept = Kept(["451 busy", "421 busy", "250 OK"])
    with smtp(kept) as port:
        assert send(setting(port), told(), pause=waits.append) == (3, "")
    assert len(kept.mails) == 1
    assert waits == sorted(waits)
    assert len(waits) == 2
    kept = Kept(["554 no thanks, ada@example.org"])
    with smtp(kept) as port, pytest.raises(DeliveryError, match=r"refused the mail \(554\)\.$"):
        send(setting(port), told(), pause=never)
    assert kept.tries == 1
    kept = Kept(["451 busy"])
    with smtp(kept) as port, pytest.raises(DeliveryError, match=r"\(451\)\. \(tried 3 times\)"):
        send(setting(port), told(), pause=waits.append)
    assert kept.tries == 3


def test_one_address_that_is_refused_does_not_stop_the_others(setting):
    kept = Kept(recipients=["550 unknown", "250 OK"])
    with smtp(kept) as port:
        assert send(setting(port), told()) == (1, "1 of 2 addresses were refused")
    assert kept.envelopes[0][1] == ["bob@example.org"]
    with smtp(Kept(recipients=["550 unknown"])) as port, pytest.raises(DeliveryError, match=r"every address \(550\)"):
        send(setting(port), told(), pause=never)


def test_a_dead_server_is_said_without_its_address(setting):
    waits: list[float] = []
    port = free()
    with pytest.raises(DeliveryError, match=r"cannot be reached: Connection refused\. \(tried 3 times\)") as dead:
        send(setting(port, address=f"smtp://ada:{SECRET}@localhost:{{}}"), told(), pause=waits.append)
    silent(dead.value, str(port))
    # Three tries of fifteen seconds and the pauses between them.
    assert sum(waits) + 3 * mail.SECONDS <= 60


@pytest.mark.parametrize("byte", [b"2", b"250-x\r\n"])
def test_a_server_that_drips_is_left_after_its_time(setting, byte):
    waits: list[float] = []
    with (
        dripping(byte) as port,
        pytest.raises(DeliveryError, match=r"hung up or did not answer|no answer that can be read"),
    ):
        send(setting(port), told(), pause=waits.append, seconds=0.4)
    assert len(waits) == 2


@pytest.mark.parametrize(
    "address",
    ["mail.example.org", f"http://ada:{SECRET}@h", f"smtp://ada:{SECRET}@", f"smtp://ada:{SECRET}@h:x", "smtp://[h"],
)
def test_what_is_no_address_of_a_mail_server_is_said_without_it(setting, address):
    with pytest.raises(DeliveryError, match="must be smtp") as wrong:
        send(setting(0, address=address), told(), pause=never)
    silent(wrong.value)


def silent(error: BaseException, *more: str) -> None:
    """Nothing in the words of an error, or of what led to it, is secret."""
    while error is not None:
        for secret in (SECRET, PASSWORD, "ada", "localhost", "127.0.0.1", *more):
            assert secret not in str(error)
        error = error.__cause__ if error.__cause__ or error.__suppress_context__ else error.__context__


def never(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s at {time.ctime()} where nothing is to be tried again")

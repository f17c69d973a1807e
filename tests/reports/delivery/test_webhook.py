"""Webhooks posted to real servers on loopback."""

import json
import re

import pytest

from pmlib.core import SettingError
from pmlib.reports.delivery.news import news
from pmlib.reports.delivery.tries import DeliveryError
from pmlib.reports.delivery.webhook import BLOCKS, LONG, payload, place, send
from pmlib.reports.packs.settings import Webhook
from tests.reports.delivery.posts import certificate, dripping, entry, free, heard, record, told
from tests.reports.delivery.test_mail import HOSTILE, never, silent

TOKEN = "T0k3n/B0x"
LINK = "https://reports.example.org/weekly"
MENTIONS = "<!channel> <!here|x> <@U123> <#C1|y> <https://evil.example|bank> [b](https://evil.example) @here & *x*"


@pytest.fixture
def setting(monkeypatch):
    def made(port: int, *, address: str = f"http://127.0.0.1:{{}}/services/{TOKEN}", **more) -> Webhook:
        monkeypatch.setenv("HOOK", address.format(port))
        return Webhook(url="env:HOOK", **more)

    return made


def test_a_post_carries_the_state_of_each_report_as_text_and_blocks(setting):
    found = news(record(entry("usage"), entry("trends", "failed")), [record(entry("trends"), day="2026-11-15")])
    with heard() as server:
        assert send(setting(server.server_port, link=LINK), found) == (1, "")
    (post,) = server.posts
    assert server.paths == [f"/services/{TOKEN}"]
    assert set(post) == {"text", "blocks"}
    assert post["text"].startswith("Weekly review: 2 reports, 1 failed\n✗ <")
    head, trends, usage, last = [block["text"]["text"] for block in post["blocks"]]
    assert head == "Weekly review: 2 reports, 1 failed"
    assert trends.startswith(f"✗ <{LINK}/2026-11-15/trends.html|Trends>: Failed\nx.csv has no column a. Rename b.")
    assert usage == f"✓ <{LINK}/2026-11-22/usage.html|Usage>: Arrived\nUsage rose to 46,300."
    assert last == f"<{LINK}/index.html|All reports>"
    assert all(block["text"].get("verbatim", True) for block in post["blocks"])


@pytest.mark.parametrize("text", [MENTIONS, *HOSTILE])
def test_hostile_texts_mention_nobody_and_link_nowhere(setting, text):
    reports = [entry(f"r{i}", state, title=text, headline=text, why=text) for i, state in enumerate(["success", "x"])]
    facts = {"r0": {"cards": [{"name": text, "value": text, "change": text, "tone": text}], "findings": []}}
    found = news(record(*reports, title=text), facts=facts, changes={"r0": [text]}, late=text)
    with heard() as server:
        send(setting(server.server_port, link=LINK), found)
    (post,) = server.posts
    shown = [post["text"], *(block["text"]["text"] for block in post["blocks"])]
    for words in shown:
        assert not re.search(r"@\w|://evil|www\.evil|\]\(|[\x00-\x09\x0b-\x1f]", words)
        # All markup there is are our own links; the header is plain text, where no markup is read.
        links = re.findall(r"<([^|>]*)", words) if words is not shown[1] else []
        assert all(link.startswith(f"{LINK}/") for link in links)
    assert "&lt;" in shown[0] or "<" not in text


def test_a_message_keeps_within_what_is_taken():
    long = "ä" * 5000
    reports = [entry(f"r{i}", title=long, headline=long) for i in range(80)]
    made = payload(told(*reports), LINK)
    assert len(made["blocks"]) <= 50
    assert all(0 < len(block["text"]["text"]) <= 3000 for block in made["blocks"])
    assert len(made["blocks"][0]["text"]["text"]) <= 150
    assert len(made["text"]) <= 4000
    assert f"… and {80 - BLOCKS} more reports." in [block["text"]["text"] for block in made["blocks"]]
    assert LONG < 3000
    assert json.loads(json.dumps(made)) == made


def test_a_server_in_trouble_is_asked_again_and_a_refusal_is_final(setting):
    waits: list[float] = []
    with heard(500, 200) as server:
        assert send(setting(server.server_port), told(), pause=waits.append) == (2, "")
    assert len(server.posts) == 2
    assert server.posts[0] == server.posts[1]
    assert len(waits) == 1
    with heard(503) as server, pytest.raises(DeliveryError, match=r"answered 503\. \(tried 3 times\)"):
        send(setting(server.server_port), told(), pause=waits.append)
    assert len(server.posts) == 3
    with heard(404) as server, pytest.raises(DeliveryError, match=r"answered 404\.$") as refused:
        send(setting(server.server_port), told(), pause=never)
    assert len(server.posts) == 1
    silent(refused.value, TOKEN, str(server.server_port))


def test_a_redirection_is_not_followed(setting):
    with (
        heard() as other,
        heard(307, to=f"http://127.0.0.1:{other.server_port}/stolen") as server,
        pytest.raises(DeliveryError, match="answered 307, which is not followed"),
    ):
        send(setting(server.server_port), told(), pause=never)
    assert len(server.posts) == 1
    assert not other.posts


def test_only_https_whose_certificate_holds(setting, tmp_path, monkeypatch):
    tls = certificate(tmp_path)
    address = f"https://localhost:{{}}/{TOKEN}"
    with heard(tls=tls) as server:
        with pytest.raises(DeliveryError, match="signed by nobody this machine trusts") as refused:
            send(setting(server.server_port, address=address), told(), pause=never)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert send(setting(server.server_port, address=address), told()) == (1, "")
    assert len(server.posts) == 1
    silent(refused.value, TOKEN)


@pytest.mark.parametrize(
    "address",
    [
        f"http://hooks.example.org/{TOKEN}",
        f"http://127.0.0.1.evil.example/{TOKEN}",
        f"file:///etc/{TOKEN}",
        f"https:///{TOKEN}",
        f"https://h:x/{TOKEN}",
        f"https://h/ {TOKEN}",
        TOKEN,
    ],
)
def test_other_addresses_are_refused_unsaid(setting, address):
    with pytest.raises(DeliveryError, match="must begin with https://") as refused:
        send(setting(0, address=address), told(), pause=never)
    silent(refused.value, TOKEN)


def test_a_variable_that_is_not_set_is_named(setting, monkeypatch):
    made = setting(1)
    monkeypatch.delenv("HOOK")
    with pytest.raises(SettingError, match="The variable HOOK is not set"):
        send(made, told(), pause=never)
    assert place("https://hooks.example.org/x").hostname == "hooks.example.org"


def test_a_dead_and_a_dripping_server_are_left_after_their_time(setting):
    waits: list[float] = []
    port = free()
    with pytest.raises(DeliveryError, match=r"cannot be reached: Connection refused\. \(tried 3 times\)") as dead:
        send(setting(port), told(), pause=waits.append)
    silent(dead.value, TOKEN, str(port))
    for byte in (b"H", b"HTTP/1.1 100 Continue\r\n\r\n"):
        with dripping(byte) as port, pytest.raises(DeliveryError, match="tried 3 times") as slow:
            send(setting(port), told(), pause=waits.append, seconds=0.4)
        silent(slow.value, TOKEN)

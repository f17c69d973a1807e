"""News as Slack-compatible JSON, posted to an address that only a variable names."""

import http.client
import ipaddress
import json
import ssl
import time
from base64 import b64encode
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import pmlib
from pmlib.reports.delivery.news import Item, News
from pmlib.reports.delivery.tries import SECONDS, DeliveryError, Pause, ended, plainly, resolved, tried
from pmlib.reports.delivery.wording import inert
from pmlib.reports.packs.settings import Webhook

WHO = "webhook's server"
BLOCKS, LONG, HEAD, BRIEF = 45, 2900, 150, 3500
"""What is taken: fifty blocks, three thousand signs in a block, 150 in its header, four thousand in all without."""
SIGNS = {"failed": "✗", "missing": "✗", "old": "!", "thin": "!", "back": "✓", "arrived": "✓"}
LATER = {408, 429}
"""The two refusals that ask for another try."""


def send(setting: Webhook, told: News, *, pause: Pause = time.sleep, seconds: float = SECONDS) -> tuple[int, str]:
    """Post news, in a few tries.

    Returns
    -------
    tuple
        How many tries it took, and nothing to note.

    Raises
    ------
    DeliveryError, SettingError
        If it was not taken, without the address.
    """
    address = place(resolved(setting.url, "webhook"))
    body = json.dumps(payload(told, setting.link), ensure_ascii=False).encode("utf-8", "replace")
    return tried(lambda left: post(address, body, left), pause=pause, seconds=seconds)


def payload(told: News, link: str) -> dict[str, Any]:
    """Return the message: ``text`` for a notification and for servers that know no blocks, and ``blocks``."""
    shown = told.items[:BLOCKS]
    parts = [part(one, link) for one in shown]
    if len(shown) < len(told.items):
        parts.append(f"… and {len(told.items) - len(shown)} more reports.")
    if told.note:
        parts.insert(0, safe(told.note))
    if link:
        parts.append(f"<{safe_link(link, 'index.html')}|All reports>")
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": inert(told.subject)[:HEAD], "emoji": False}}]
    for one in parts:
        # Verbatim: what looks like a mention or an address stays text.
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": one, "verbatim": True}})
    return {"text": "\n".join([safe(told.subject), *fitting(parts, BRIEF)]), "blocks": blocks}


def part(one: Item, link: str) -> str:
    """Write what is said of one report in Slack's markup."""
    title = f"<{safe_link(link, one.page)}|{safe(one.title)}>" if link and one.page else f"*{safe(one.title)}*"
    lines = [f"{SIGNS[one.standing]} {title}: {one.word}"]
    lines += [safe(words) for words in (one.why, one.headline) if words]
    cards = [f"{safe(card.name)} *{safe(card.value)}* {safe(card.change)}".strip() for card in one.cards]
    lines += [" · ".join(cards)] if cards else []
    lines += [f"• {safe(words)}" for words in one.changes]
    if one.page and not link:
        lines.append(f"Page: {safe(one.page)}")
    return "\n".join(fitting(lines, LONG))


def fitting(lines: list[str], most: int) -> list[str]:
    """Return the first lines that fit into so many signs; markup is never cut in two.

    Examples
    --------
    >>> fitting(["one", "two", "three"], 8)
    ['one', 'two', '…']
    """
    kept, room = [], most
    for words in lines:
        room -= len(words) + 1
        if room < 0:
            return [*kept, "…"]
        kept.append(words)
    return kept


def safe(text: str) -> str:
    """Make users' text text: no markup, no mention, no link.

    Examples
    --------
    >>> safe("<!channel> & <https:x|y>")
    '&lt;!channel&gt; &amp; &lt;https:x|y&gt;'
    """
    return inert(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe_link(link: str, page: str) -> str:
    """Return the address of a page for Slack's markup."""
    return page_address(link, page).replace("&", "&amp;")


def page_address(link: str, page: str) -> str:
    """Return the address of a page below the one the pages are served under.

    Examples
    --------
    >>> page_address("https://reports.example.org/weekly/index.html", "2026-11-22/a b.html")
    'https://reports.example.org/weekly/2026-11-22/a%20b.html'
    """
    folder = link.rsplit("/", 1)[0] if link.endswith(".html") else link.rstrip("/")
    return f"{folder}/{quote(page)}"


def place(address: str) -> SplitResult:
    """Read an address a message may be posted to: ``https``, or ``http`` to this machine.

    Raises
    ------
    SettingError
        Without the address.
    """
    try:
        parts = urlsplit(address)
        known = bool(parts.hostname) and (parts.port or 1) and address.isascii() and address.isprintable()
        plain = parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname or ""))
    except ValueError:
        parts, known, plain = urlsplit(""), False, False
    if not known or not plain or " " in address:
        raise DeliveryError(
            "The webhook's address must begin with https:// (http:// only on this machine).", again=False
        )
    return parts


def is_here(host: str) -> bool:
    """Whether a host is this machine by name.

    Examples
    --------
    >>> is_here("127.0.0.1"), is_here("::1"), is_here("localhost"), is_here("127.0.0.1.evil.example")
    (True, True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(address: SplitResult, body: bytes, seconds: float) -> str:
    """Post once; a redirection is not followed.

    Raises
    ------
    DeliveryError
        If the server does not say that it took the message.
    """
    connection = connected(address, seconds)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"pmlib/{pmlib.__version__}"}
    try:
        with ended(lambda: connection.sock, seconds):
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
    except OSError as error:
        raise plainly(error, WHO) from None
    except http.client.HTTPException:
        raise DeliveryError(f"The {WHO} gave no answer that can be read.") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        moved = ", which is not followed" if 300 <= status < 400 else ""
        raise DeliveryError(f"The {WHO} answered {status}{moved}.", again=status >= 500 or status in LATER)
    return ""


def connected(address: SplitResult, seconds: float) -> http.client.HTTPConnection:
    """Return a connection, through the machine's proxy where it names one for https."""
    host = address.hostname or ""
    if address.scheme == "http":
        return http.client.HTTPConnection(host, address.port, timeout=seconds)
    context = ssl.create_default_context()
    proxy = getproxies().get("https", "")
    if not proxy or proxy_bypass(host) or is_here(host):
        return http.client.HTTPSConnection(host, address.port, timeout=seconds, context=context)
    way = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    connection = http.client.HTTPSConnection(way.hostname or "", way.port or 3128, timeout=seconds, context=context)
    login = f"{unquote(way.username or '')}:{unquote(way.password or '')}".encode()
    headers = {"Proxy-Authorization": f"Basic {b64encode(login).decode()}"} if way.username else {}
    connection.set_tunnel(host, address.port or 443, headers)
    return connection

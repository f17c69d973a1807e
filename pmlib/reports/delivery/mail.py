"""News as a mail: plain text and HTML side by side, everything in it text."""

import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from pmlib.core.periods import day_text
from pmlib.reports.delivery.news import Item, News
from pmlib.reports.delivery.tries import SECONDS, DeliveryError, Pause, ended, plainly, resolved, tried
from pmlib.reports.delivery.webhook import is_here, page_address
from pmlib.reports.delivery.wording import inert, line
from pmlib.reports.packs.settings import Mail
from pmlib.show import theme

WHO = "mail server"
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LARGEST = 100_000
"""Bytes of HTML from which mail programs cut a message."""
PICTURES = 6
COLOURS = {
    "failed": "#b3261e",
    "missing": "#b3261e",
    "old": "#8a5a00",
    "thin": "#8a5a00",
    "back": "#1a6b3c",
    "arrived": theme.MAIN,
}
TONES = {"good": "#1a6b3c", "bad": "#b3261e", "flat": theme.MUTE}
NO_PICTURES = "The charts are not in this mail: there is no Chromium to take pictures of them, or it took too long."

Draw = Callable[[Sequence[dict[str, Any]]], list[bytes]]
"""Takes charts as :meth:`pmlib.show.Chart.as_json` writes them and returns pictures, or none."""


@dataclass(frozen=True)
class Server:
    """Where a mail is handed in."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def send(
    setting: Mail, told: News, draw: Draw | None = None, *, pause: Pause = time.sleep, seconds: float = SECONDS
) -> tuple[int, str]:
    """Send news by mail, in a few tries; all tries carry the same message id.

    Parameters
    ----------
    draw
        Makes pictures of charts, for a mail that asks for them.

    Returns
    -------
    tuple
        How many tries it took, and what to note: how many addresses were refused.

    Raises
    ------
    DeliveryError, SettingError
        If the server did not take it, without its address, user or password.
    """
    where = server(resolved(setting.server, "mail server"))
    made = message(setting, told, draw)
    return tried(lambda left: hand_in(where, made, left), pause=pause, seconds=seconds)


def message(setting: Mail, told: News, draw: Draw | None = None) -> EmailMessage:
    """Write the mail.

    Parameters
    ----------
    draw
        Makes pictures of charts; only asked where the pack wants images.
    """
    with_charts = [one for one in told.items if one.chart][:PICTURES] if setting.images else []
    shots = draw([one.chart for one in with_charts if one.chart]) if draw and with_charts else []
    domain = setting.sender.rsplit("@", 1)[1]
    ids = {one.id: make_msgid(domain=domain) for one in with_charts[: len(shots)]}
    lacking = NO_PICTURES if len(shots) < len(with_charts) else ""
    html, shown = fitting(told, setting.link, ids, lacking)
    mail = EmailMessage()
    mail["Subject"] = line(told.subject, 150)
    mail["From"] = setting.sender
    mail["To"] = ", ".join(setting.to)
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(plain(told, setting.link, shown, lacking))
    mail.add_alternative(html, subtype="html")
    page = mail.get_body(("html",))
    for one, shot in zip(with_charts, shots, strict=False):
        if isinstance(page, EmailMessage) and f"cid:{ids[one.id][1:-1]}" in html:
            page.add_related(shot, "image", "png", cid=ids[one.id], filename=f"{one.id}.png", disposition="inline")
    return mail


def fitting(told: News, link: str, ids: dict[str, str], lacking: str) -> tuple[str, int]:
    """Return the HTML with as many reports as fit, and how many those are."""
    shown = len(told.items)
    html = render(told, link, shown, ids, lacking)
    while len(html.encode()) > LARGEST and shown:
        shown = min(shown - 1, shown * LARGEST // len(html.encode()))
        html = render(told, link, shown, ids, lacking)
    return html, shown


def render(told: News, link: str, shown: int, ids: dict[str, str], lacking: str) -> str:
    """Lay the HTML part out with the first ``shown`` reports."""
    return (
        environment()
        .get_template("mail.html.j2")
        .render(
            told=told,
            items=told.items[:shown],
            more=more(told, shown),
            link=link,
            day=day_text(told.as_of, year=True) if told.as_of else "",
            ids={name: one[1:-1] for name, one in ids.items()},
            lacking=lacking,
            colours=COLOURS,
            tones=TONES,
            theme=theme,
        )
    )


def plain(told: News, link: str, shown: int, lacking: str) -> str:
    """Write the plain-text part: the same words in the same order."""
    lines = [inert(told.subject), f"As of {day_text(told.as_of, year=True)}" if told.as_of else "", inert(told.note)]
    for one in told.items[:shown]:
        lines += ["", f"{one.word.upper()}: {inert(one.title)}"]
        lines += [inert(words) for words in (one.why, one.headline) if words]
        lines += [f"  {inert(' '.join(f'{c.name}: {c.value} {c.change}'.split()))}" for c in one.cards]
        lines += [f"  - {inert(words)}" for words in one.changes]
        lines += [where(one, link)] if one.page else []
    lines += ["", more(told, shown), lacking, f"All reports: {page_address(link, 'index.html')}" if link else ""]
    text = "\n".join(lines).strip()
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return f"{text}\n"


def where(one: Item, link: str) -> str:
    """Say where a page lies: its address, or its file's name where no address is given."""
    return f"Page: {page_address(link, one.page)}" if link else f"Page: {one.page} in the reports' folder"


def more(told: News, shown: int) -> str:
    """Say how many reports a mail has no room for."""
    left = len(told.items) - shown
    return f"{left} more report{'s' * (left != 1)} did not fit into this mail; the index names them." if left else ""


@cache
def environment() -> Environment:
    """Return the templates, with every value escaped."""
    loader = PackageLoader("pmlib.reports.delivery", "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["inert"] = inert
    made.filters["line"] = line
    made.filters["page"] = lambda page, link: page_address(link, page)
    return made


def server(address: str) -> Server:
    """Read a mail server's address; a password travels encrypted, or not beyond this machine.

    Raises
    ------
    DeliveryError
        Without the address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname:
        words = "The mail server's address must be smtp+starttls://, smtps:// or smtp://, with user:password@host:port."
        raise DeliveryError(words, again=False)
    scheme = parts.scheme
    if scheme == "smtp" and parts.username and not is_here(parts.hostname):
        scheme = "smtp+starttls"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(scheme, parts.hostname, port or PORTS[parts.scheme], user, password)


def hand_in(where: Server, mail: EmailMessage, seconds: float) -> str:
    """Hand a mail in once.

    Raises
    ------
    DeliveryError
        If the server does not take it for anybody.
    """
    # Named after the sender's domain: the machine's own name is nobody's business and may take long to find.
    name = mail["From"].addresses[0].domain
    context = ssl.create_default_context()
    kind = smtplib.SMTP_SSL if where.scheme == "smtps" else smtplib.SMTP
    more: dict[str, Any] = {"context": context} if where.scheme == "smtps" else {}
    # Made before it connects, for connecting is part of what may not take long.
    client = kind.__new__(kind)
    try:
        with ended(lambda: client.sock, seconds):
            client.__init__(where.host, where.port, local_hostname=name, timeout=seconds, **more)
            if where.scheme == "smtp+starttls":
                client.starttls(context=context)
            if where.user:
                client.login(where.user, where.password)
            refused = client.send_message(mail)
            bye(client)
    except smtplib.SMTPException as error:
        raise answered(error) from None
    except OSError as error:
        raise plainly(error, WHO) from None
    except UnicodeError:
        words = "The mail server's user, password or an address has letters that it cannot take."
        raise DeliveryError(words, again=False) from None
    finally:
        client.close()
    return f"{len(refused)} of {len(mail['To'].addresses)} addresses were refused" if refused else ""


def bye(client: smtplib.SMTP) -> None:
    """Say goodbye; what goes wrong now changes nothing, for the mail is taken."""
    try:
        client.quit()
    except (smtplib.SMTPException, OSError):
        return


def answered(error: smtplib.SMTPException) -> DeliveryError:
    """Say what a mail server refused, by its number: its own words may name users and addresses."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryError("The mail server lacks what is asked of it: STARTTLS, a login or UTF-8.", again=False)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        words = f"The mail server did not take the user and password ({error.smtp_code})."
        return DeliveryError(words, again=400 <= error.smtp_code < 500)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        words = f"The mail server refused every address ({', '.join(map(str, codes))})."
        return DeliveryError(words, again=any(code < 500 for code in codes))
    if isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 600:
        words = f"The mail server refused the mail ({error.smtp_code})."
        return DeliveryError(words, again=error.smtp_code < 500)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return DeliveryError("The mail server hung up or did not answer in time.")
    return DeliveryError("The mail server gave no answer that can be read.")

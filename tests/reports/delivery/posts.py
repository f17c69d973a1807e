"""Real servers on loopback that take mail and webhooks, and news to give them."""

import http.server
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from pmlib.reports.delivery.news import Json, News, news
from pmlib.reports.runs.records import GOOD
from tests.conftest import absent

SECRET = "s3cr3t-p%4055"
PASSWORD = "s3cr3t-p@55"


def entry(name: str, state: str = "success", **more: object) -> Json:
    """One report of a run's record."""
    return {
        "id": name,
        "title": name.title(),
        "state": state,
        "why": "" if state == "success" else "x.csv has no column a. Rename b.",
        "headline": f"{name.title()} rose to 46,300.",
        "through": "2026-11-22",
        "card": None,
        "quiet": False,
    } | more


def record(*reports: Json, day: str = "2026-11-22", run: str = "", began: str = "", **more: object) -> Json:
    """The record of a run; by itself it begins on the morning after its day."""
    began = began or f"{day}T23:00:00+00:00"
    bad = any(one["state"] not in GOOD for one in reports)
    return {
        "run": run or f"run-{day}-{began}",
        "title": "Weekly review",
        "as_of": day,
        "out": "reports",
        "state": "failed" if bad else "success",
        "process": 1,
        "began": began,
        "ended": began,
        "reports": list(reports),
        "files": {f"{more.get('as_of', day)}/{one['id']}.html": "x" for one in reports if one["state"] in GOOD},
    } | more


def told(*reports: Json) -> News:
    return news(record(*reports or (entry("trends"),)))


class Kept:
    """What a mail server took; it answers each message with the next of its answers, the last of them for ever."""

    def __init__(self, answers: Sequence[str] = ("250 OK",), recipients: Sequence[str] = ("250 OK",)) -> None:
        self.answers, self.recipients = list(answers), list(recipients)
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.tries = 0

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.recipients.pop(0) if len(self.recipients) > 1 else self.recipients[0]
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.tries += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return answer


@contextmanager
def smtp(kept: Kept, *, tls: Path | None = None, login: bool = False, at_once: bool = False) -> Iterator[int]:
    """Run a mail server; with ``tls`` it asks for STARTTLS, or speaks TLS at once."""
    options: dict[str, object] = {}
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
    if context and not at_once:
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {"authenticator": checked, "auth_required": True, "auth_require_tls": bool(context and not at_once)}
    server = Controller(kept, hostname="127.0.0.1", port=free(), ssl_context=context if at_once else None, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def checked(server, session, envelope, mechanism, data) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", PASSWORD.encode())
    return AuthResult(success=good, handled=good)


class Heard(http.server.ThreadingHTTPServer):
    """A webhook's server; it answers each post with the next of its answers, the last of them for ever."""

    daemon_threads = True

    def __init__(self, answers: Sequence[int] = (200,), to: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.answers, self.to = list(answers), to
        self.posts: list[Json] = []
        self.paths: list[str] = []

    def handle_error(self, request, client_address) -> None:
        """Say nothing of a client that hung up."""


class Post(http.server.BaseHTTPRequestHandler):
    server: Heard

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answers = self.server.answers
        code = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(code)
        if self.server.to:
            self.send_header("Location", self.server.to)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words: object) -> None:
        """Keep quiet."""


@contextmanager
def heard(*answers: int, to: str = "", tls: Path | None = None) -> Iterator[Heard]:
    """Run a webhook's server."""
    server = Heard(answers or (200,), to)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def dripping(byte: bytes = b"2", *, every: float = 0.05) -> Iterator[int]:
    """Run a server that never finishes what it says: a byte now and then, for ever."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)

    def serve() -> None:
        while not over.is_set():
            try:
                line, _ = server.accept()
            except TimeoutError:
                continue
            with line:
                while not over.wait(every):
                    try:
                        line.sendall(byte)
                    except OSError:
                        break

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        thread.join()
        server.close()


def free() -> int:
    """Return a port nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def certificate(folder: Path) -> Path:
    """Make a certificate for localhost that signs itself, with its key in one file."""
    openssl = shutil.which("openssl")
    if not openssl:
        absent("no openssl is installed to make a certificate with; on Debian: apt install openssl")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    subprocess.run([openssl, "req", "-x509", *kind, *names], check=True, capture_output=True)
    both.write_text(key.read_text() + cert.read_text())
    return both

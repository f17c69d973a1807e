"""Snapshots: from a real PostgreSQL and a real web server, both on loopback and started here."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pmlib.cli import main
from pmlib.core import InputError, PmlibError, SettingError
from pmlib.sources.warehouse import sheet
from pmlib.sources.warehouse.database import snapshot
from tests.conftest import absent

PASSWORD = "s3cr@t/w:rd%41?"
NAME = "PMLIB_TEST_URL"
REFERENCE = f"env:{NAME}"


def programs() -> Path | None:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which("initdb")
    places += [Path(found).parent] if found else []
    return next((place for place in places if (place / "initdb").exists()), None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of our own; it refuses to run as root, so root hands it to another user."""
    place = programs()
    if place is None:
        absent("no PostgreSQL server is installed; on Debian: apt install postgresql")
    other: dict = {}
    if os.geteuid() == 0:
        import pwd

        names = {entry.pw_name for entry in pwd.getpwall()}
        other = {"user": "postgres" if "postgres" in names else "nobody", "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="pmlib-pg-"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if other:
        shutil.chown(folder, other["user"])
        shutil.chown(secret, other["user"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"
    made = [place / "initdb", "-D", data, "-U", "reader", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8"]
    subprocess.run([*made, "--no-sync"], check=True, capture_output=True, cwd=folder, **other)
    run = [place / "postgres", "-D", data, "-p", str(port), "-F", "-c", "listen_addresses=127.0.0.1"]
    with log.open("w") as out:
        process = subprocess.Popen([*run, "-c", f"unix_socket_directories={folder}"], stderr=out, cwd=folder, **other)
    try:
        address = f"postgresql://reader:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        waited(address, log)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder)


def waited(address: str, log: Path) -> None:
    for _ in range(100):
        try:
            postgresql.connect(address).close()
        except postgresql.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def told(error: PmlibError) -> str:
    """All that a traceback could show of the library: messages, chained errors, local variables."""
    assert error.__context__ is None
    assert error.__cause__ is None
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    inside = [str(frame.locals) for frame in frames if "test_database" not in frame.filename]
    return "\n".join([str(error), *inside])


def hidden(error: PmlibError, *more: str) -> None:
    text = told(error)
    for secret in (PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), *more):
        assert secret not in text


TYPES = """
SELECT 7::int AS small, 9007199254740993::numeric AS id, 1.50::numeric(8, 2) AS amount, NULL::text AS nothing,
    'he said "hi", it''s ''ok''; ünï' AS words, timestamptz '2026-03-29 03:30:00+02' AS moment,
    timestamp '2026-03-29 03:30:00' AS naive, date '2026-03-29' AS day, true AS yes,
    '11111111-2222-3333-4444-555555555555'::uuid AS key, '{"a": 1}'::jsonb AS properties
UNION ALL
SELECT NULL, 12, 'NaN', NULL, '', NULL, NULL, NULL, NULL, NULL, NULL
"""


@pytest.mark.server
def test_types_come_through(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, server)
    path = snapshot("events", REFERENCE, TYPES, tmp_path)
    first, second = pq.read_table(path).to_pylist()
    assert first["small"] == 7
    assert first["id"] == 9007199254740993
    assert first["amount"] == 1.5
    assert first["nothing"] is None
    assert first["words"] == "he said \"hi\", it's 'ok'; ünï"
    assert first["moment"] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert first["naive"] == datetime(2026, 3, 29, 3, 30)
    assert first["day"] == date(2026, 3, 29)
    assert first["yes"] is True
    assert str(first["key"]) == "11111111-2222-3333-4444-555555555555"
    assert first["properties"] == '{"a": 1}'
    assert second["words"] == ""
    assert second["amount"] is None
    assert second["moment"] is None


PACK = f"""
[source.events]
url = "{REFERENCE}"
sql = '''
SELECT 'u' || (n % 50) AS user_id, CASE WHEN n < 50 THEN 'joined' ELSE 'came' END AS event,
    timestamptz '2026-06-01 00:00+00' + n * interval '6 hours' AS ts
FROM generate_series(0, 399) AS n
'''

[[report]]
notebook = "engagement.ipynb"
[report.parameters]
events = "#events"
timezone = "UTC"
start = "joined"
back = ""
"""


@pytest.mark.server
def test_a_pack_reports_on_a_database_and_its_address_is_nowhere(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, server)
    (tmp_path / "pmlib.toml").write_text(PACK)
    result = CliRunner().invoke(main, ["run", str(tmp_path / "pmlib.toml")])
    assert result.exit_code == 0, result.output
    assert "28 people were active in the week of 31 Aug" in result.output
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 5
    for secret in (PASSWORD, quote(PASSWORD, safe=""), server.rpartition("@")[2].partition("/")[0]):
        assert secret not in result.output
        assert not any(secret.encode() in content for content in written)


@pytest.mark.server
def test_streams_and_reads_once_a_day(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, server)
    query = "SELECT g AS n, clock_timestamp() AS at FROM generate_series(1, 300000) AS g"
    path = snapshot("events", REFERENCE, query, tmp_path)
    assert path.parent == tmp_path / ".pmlib" / "snapshots"
    assert path.name.startswith(f"events-{date.today().isoformat()}")
    assert pq.read_metadata(path).num_rows == 300_000
    before = path.read_bytes()
    monkeypatch.delenv(NAME)
    assert snapshot("events", REFERENCE, query, tmp_path).read_bytes() == before
    monkeypatch.setenv(NAME, server)
    assert snapshot("events", REFERENCE, query, tmp_path, refresh=True).read_bytes() != before
    assert snapshot("events", REFERENCE, query.replace("300000", "3"), tmp_path) != path
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".events")] == []


@pytest.mark.server
def test_only_reads(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, server)
    with pytest.raises(InputError, match="read-only"):
        snapshot("events", REFERENCE, "CREATE TABLE x AS SELECT 1 AS a", tmp_path)


@pytest.mark.server
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nothere", 'relation "nothere" does not exist'),
        ("SELECT 1 / (g - 90000) FROM generate_series(1, 100000) AS g", "division by zero"),
        ("SELECT 1 AS a, 2 AS a", "the column 'a' twice"),
        ("SELECT interval '1 day' AS gone", "'gone' as an interval"),
        (f"SELECT '{PASSWORD}'::int", "invalid input syntax"),
    ],
)
def test_bad_query(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, says: str) -> None:
    monkeypatch.setenv(NAME, server)
    with pytest.raises(InputError, match=says) as caught:
        snapshot("events", REFERENCE, query, tmp_path)
    assert PASSWORD not in str(caught.value)
    assert server not in told(caught.value)
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.server
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("reader:", "reader:wrong", "user name or password was refused"),
        ("/postgres", "/nodatabase", "no such database"),
        ("127.0.0.1", "nowhere.invalid", "host cannot be found"),
    ],
)
def test_no_way_in(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, says: str) -> None:
    monkeypatch.setenv(NAME, server[::-1].replace(old[::-1], new[::-1], 1)[::-1])
    with pytest.raises(InputError, match=says) as caught:
        snapshot("events", REFERENCE, "SELECT 1 AS a", tmp_path)
    hidden(caught.value, "reader:", "nowhere.invalid", "127.0.0.1")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgresql://reader:s3cr@t/w:rd%41?@127.0.0.1:1/x", "address"),
        ("postgresql://reader:pa:ss@[::/x", "cannot be read"),
        ("postgresql://127.0.0.1:1/x", "nothing answers"),
        ("postgresql://reader:pw@127.0.0.1:port9/x", "cannot be read"),
    ],
)
def test_bad_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, says: str) -> None:
    monkeypatch.setenv(NAME, address)
    with pytest.raises(InputError, match=says) as caught:
        snapshot("events", REFERENCE, "SELECT 1 AS a", tmp_path)
    hidden(caught.value, "reader", "s3cr", "port9", "127.0.0.1")


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    with pytest.raises(SettingError, match=f"Set {NAME}"):
        snapshot("events", REFERENCE, "SELECT 1", tmp_path)
    monkeypatch.setenv(NAME, "mysql://me:secret@host/x")
    with pytest.raises(SettingError, match="no known kind") as caught:
        snapshot("events", REFERENCE, "SELECT 1", tmp_path)
    hidden(caught.value, "secret", "mysql")
    monkeypatch.setenv(NAME, "postgresql://me:secret@host/x")
    with pytest.raises(SettingError, match="needs a query"):
        snapshot("events", REFERENCE, None, tmp_path)
    monkeypatch.setenv(NAME, "http://127.0.0.1/x.csv")
    with pytest.raises(SettingError, match="Leave sql out"):
        snapshot("events", REFERENCE, "SELECT 1", tmp_path)
    assert list(tmp_path.iterdir()) == [] or not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("word", ["snowflake", "bigquery"])
def test_a_missing_driver_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    import importlib.util

    if importlib.util.find_spec(f"adbc_driver_{word}"):
        pytest.skip(f"the driver for {word} is installed here")
    monkeypatch.setenv(NAME, f"{word}://me:secret@there/db")
    with pytest.raises(SettingError, match=rf'pip install "pmlib\[{word}\]"') as caught:
        snapshot("events", REFERENCE, "SELECT 1", tmp_path)
    hidden(caught.value, "secret")


class Sheet(BaseHTTPRequestHandler):
    """A published sheet, and the ways in which one is not."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].rpartition("/")[2]
        status = {"gone": 404, "private": 403, "broken": 500, "moved": 302, "file": 302}.get(path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "file:///etc/hostname" if path == "file" else "/key12345678/good")
        self.end_headers()
        body = {"good": b"date,name,value\n2026-01-05,A,1\n", "login": b"\n<!DOCTYPE html><html>", "empty": b""}
        self.wfile.write(body.get(path, b"x" * 2000 if path == "large" else b""))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Sheet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/key12345678"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("page", ["good", "moved"])
def test_a_published_sheet(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv(NAME, f"{web}/{page}?token=tok55")
    path = snapshot("series", REFERENCE, None, tmp_path)
    assert path.suffix == ".csv"
    assert path.read_text() == "date,name,value\n2026-01-05,A,1\n"


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("gone", "nothing at that address"),
        ("private", "may not be read"),
        ("broken", "status 500"),
        ("login", "a web page, not a CSV"),
        ("empty", "is empty"),
        ("file", "not http or https"),
    ],
)
def test_a_sheet_that_is_not_there(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, says: str
) -> None:
    monkeypatch.setenv(NAME, f"{web}/{page}?token=tok55")
    with pytest.raises(InputError, match=says) as caught:
        snapshot("series", REFERENCE, None, tmp_path)
    hidden(caught.value, "tok55", "key12345678", "127.0.0.1")
    assert not list(tmp_path.rglob("*.csv"))


def test_a_sheet_too_large(web: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than"):
        sheet.fetch(f"{web}/large", NAME, tmp_path / "x.csv", limit=1000)


def test_no_answer(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x.csv"
        with pytest.raises(InputError, match="no answer came"):
            sheet.fetch(address, NAME, tmp_path / "x.csv", quiet=0.2)
    with pytest.raises(InputError, match=r"nothing answers|no connection"):
        sheet.fetch(address, NAME, tmp_path / "x.csv")

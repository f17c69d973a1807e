"""Read a table from a database or a published sheet into a dated snapshot."""

import hashlib
import importlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from adbc_driver_manager import Error

from pmlib.core import InputError, PmlibError, SettingError
from pmlib.sources.warehouse import sheet
from pmlib.sources.warehouse.address import address_of, checked, scheme_of, scrubbed

WEB = ("http", "https")
POSTGRES = ("postgresql", "postgres")
EXTRAS = ("snowflake", "bigquery")
WAIT = 15

REFUSED = {
    "authentication failed": "the user name or password was refused. Check both; signs such as @ : / % in the "
    "password are written percent-encoded (@ is %40)",
    "no password supplied": "the database wants a password and the address has none",
    "incorrect username or password": "the user name or password was refused",
    "could not translate host name": "the host cannot be found. Check its name and the network",
    "no such host": "the host cannot be found. Check its name and the network",
    "connection refused": "nothing answers at that host and port; see that the database is running",
    "timeout": "no answer came in time. Check the host, the port and the network",
    "no pg_hba.conf entry": "the database does not let this user in from here. Ask who runs it",
    "does not exist": "the server has no such database or user. Check the name after the last /",
    "ssl": "the database and the address do not agree on encryption. Check sslmode",
    "credentials": "no valid login was found. Log in to the warehouse on this machine first",
    "uri": "the address cannot be read. Signs such as @ : / % in the password are written percent-encoded (@ is %40)",
}


def snapshot(name: str, url: str, sql: str | None, folder: Path, *, refresh: bool = False) -> Path:
    """Read a source into today's snapshot, or find the one that is there.

    Parameters
    ----------
    name
        The source's name.
    url
        ``env:NAME`` of the variable that holds the address: ``postgresql://``, ``snowflake://``, ``bigquery://``, or
        the http(s) address of a published sheet's CSV. The address appears in no message and no file.
    sql
        The query, for a database; ``None`` for a sheet.
    folder
        The snapshot goes to ``.pmlib/snapshots`` in it.
    refresh
        Read again although today's snapshot is there.

    Returns
    -------
    Path
        A Parquet file, or a CSV file for a sheet.

    Raises
    ------
    SettingError
        If the variable is not set, the kind of address is unknown, its driver is missing, or ``sql`` is missing or
        too much.
    InputError
        If the database or sheet cannot be read.
    """
    stem = f"{re.sub(r'[^A-Za-z0-9_-]+', '-', name)}-{date.today().isoformat()}"
    stem += "-" + hashlib.sha256(f"{name}\n{url}\n{sql}".encode()).hexdigest()[:8]
    place = folder / ".pmlib" / "snapshots"
    if not refresh:
        for there in (place / f"{stem}.parquet", place / f"{stem}.csv"):
            if there.is_file():
                return there
    web = scheme_of(address_of(url, name)) in WEB
    if web and sql:
        raise SettingError(f"[source.{name}] has sql, but its address is a web page's. Leave sql out.")
    if not web and not sql:
        raise SettingError(f"[source.{name}] reads a database and needs a query. Add sql with a SELECT.")
    target = place / f"{stem}{'.csv' if web else '.parquet'}"
    fault: tuple[type[PmlibError], str] | None = None
    with written(target) as part:
        try:
            read(name, url, sql or "", part)
        except PmlibError as error:
            fault = type(error), str(error)
        # Raised out here, so that no chain and no frame of the traceback holds the address.
        if fault:
            raise fault[0](fault[1])
    return target


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """Give a file to write that takes the target's place when all went well."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        ignore = target.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        handle, part = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise InputError(
            f"No snapshot can be written to {target.parent}: {error.strerror}. Make the folder writable, or keep the "
            "pack in another one."
        ) from error
    os.close(handle)
    try:
        yield Path(part)
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)


def read(name: str, url: str, sql: str, file: Path) -> None:
    """Read the source at an address into a file."""
    address, variable = address_of(url, name), url.partition(":")[2]
    scheme = scheme_of(address)
    if scheme in WEB:
        sheet.fetch(checked(address, variable), variable, file)
    elif scheme in (*POSTGRES, *EXTRAS):
        connect = connector(checked(address, variable), scheme)
        stage = "connect"
        text = ""
        try:
            with connect() as connection, connection.cursor() as cursor:
                stage = "read"
                if scheme in POSTGRES:
                    cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute(sql)
                store(cursor.fetch_record_batch(), file, name)
        except (Error, OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno:
                raise InputError(f"The snapshot of '{name}' cannot be written: {error.strerror}.") from None
            text = str(error)
        if text and stage == "connect":
            raise InputError(f"The database in {variable} cannot be reached: {refusal(text)}.")
        if text:
            raise InputError(f"The query of [source.{name}] failed: {scrubbed(server_words(text), address)}. Mend sql.")
    else:
        known = ", ".join(f"{word}://" for word in ("postgresql", *EXTRAS, *WEB))
        raise SettingError(f"The address in {variable} is of no known kind; it begins with one of {known}.")


def connector(address: str, scheme: str) -> Callable[[], Any]:
    """Return what opens the connection, once its driver is there."""
    package = f"adbc_driver_{'postgresql' if scheme in POSTGRES else scheme}"
    try:
        driver = importlib.import_module(f"{package}.dbapi")
    except ImportError:
        raise SettingError(f'Reading {scheme}:// needs its driver: pip install "pmlib[{scheme}]".') from None
    if scheme in POSTGRES:
        joint = "&" if "?" in address else "?"
        patient = address if "connect_timeout=" in address else f"{address}{joint}connect_timeout={WAIT}"
        return lambda: driver.connect(patient)
    if scheme == "snowflake":
        return lambda: driver.connect(address.partition("://")[2])
    parts = urlsplit(address)
    options = {"adbc.bigquery.sql.project_id": parts.netloc, "adbc.bigquery.sql.dataset_id": parts.path.strip("/")}
    return lambda: driver.connect({key: value for key, value in options.items() if value})


def store(reader: pa.RecordBatchReader, file: Path, name: str) -> None:
    """Write batches as they come; exact decimals become whole numbers or floats once all are seen."""
    fields = [readable(field, name) for field in reader.schema]
    twice = sorted({field.name for field in fields if [f.name for f in fields].count(field.name) > 1})
    if twice:
        raise InputError(f"The query of [source.{name}] gives the column '{twice[0]}' twice. Rename one with AS.")
    exact = {field.name: True for field, given in zip(fields, reader.schema, strict=True) if numeric(given.type)}
    schema = pa.schema(fields)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in reader:
            columns = [plain(column, field.type) for column, field in zip(batch.columns, fields, strict=True)]
            table = pa.record_batch(columns, schema=schema)
            for column in exact:
                exact[column] = exact[column] and whole(table.column(column))
            writer.write_batch(table)
    if exact:
        narrowed(file, schema, exact)


def readable(field: pa.Field, name: str) -> pa.Field:
    """Return the field as the snapshot holds it."""
    kind = field.type
    if isinstance(kind, pa.OpaqueType):
        kind = kind.storage_type
    if pa.types.is_decimal(kind):
        kind = pa.string()
    if pa.types.is_interval(kind):
        raise InputError(
            f"The query of [source.{name}] gives '{field.name}' as an interval. Turn it into seconds or days in sql."
        )
    return pa.field(field.name, kind)


def numeric(kind: pa.DataType) -> bool:
    """Whether a column holds exact decimals."""
    return pa.types.is_decimal(kind) or (isinstance(kind, pa.OpaqueType) and kind.type_name == "numeric")


def plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column in the type the snapshot holds."""
    if isinstance(column.type, pa.OpaqueType):
        column = column.storage
    return column if column.type == kind else column.cast(kind)


def whole(column: pa.Array) -> bool:
    """Whether all values known are whole numbers that 64 bits hold."""
    return pc.all(pc.match_substring_regex(column, r"^-?\d{1,18}$")).as_py() is not False


def narrowed(file: Path, schema: pa.Schema, exact: dict[str, bool]) -> None:
    """Rewrite a snapshot with its exact decimals as numbers: ids stay whole, amounts become floats."""
    kinds = {name: pa.int64() if is_whole else pa.float64() for name, is_whole in exact.items()}
    target = pa.schema([pa.field(field.name, kinds.get(field.name, field.type)) for field in schema])
    part = file.with_name(f"{file.name}.numbers")
    try:
        with pq.ParquetFile(file) as given, pq.ParquetWriter(part, target, compression="zstd") as writer:
            for batch in given.iter_batches():
                columns = [
                    number(batch.column(f.name), f.type) if f.name in kinds else batch.column(f.name) for f in target
                ]
                writer.write_batch(pa.record_batch(columns, schema=target))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def number(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Read decimals written as text; what is no finite number becomes null."""
    values = column.cast(kind)
    return pc.if_else(pc.is_finite(values), values, None) if pa.types.is_floating(kind) else values


def refusal(text: str) -> str:
    """Say why a connection failed, in words of our own: a driver's may hold parts of the address."""
    low = text.lower()
    return next((words for sign, words in REFUSED.items() if sign in low), "the connection failed. Check the address")


def server_words(text: str) -> str:
    """Return the sentence of the server's own error, without driver's preamble and without the query."""
    words = re.sub(r"\s*(LINE \d+:|Query was:|SQLSTATE:).*", "", text.partition("ERROR:")[2] or text, flags=re.DOTALL)
    return " ".join(words.split()).rstrip(" .")

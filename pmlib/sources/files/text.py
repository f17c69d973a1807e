"""Read text as it was meant: encodings, separators and decimal commas, found out or refused, never guessed wrong."""

import atexit
import codecs
import gzip
import io
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pmlib.core import InputError, SettingError, nearest
from pmlib.sources.files.letters import ENCODINGS, chosen, foreign_words
from pmlib.sources.files.numbers import decimal_comma, number

__all__ = ["decimal_comma", "encoding_of", "number", "read", "separator", "utf8"]

CHUNK = 1 << 20
HEAD = 1 << 18
WORDS = 20_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GZIP = b"\x1f\x8b"
NOT_TEXT = {b"PK\x03\x04": "a ZIP archive or workbook", b"PAR1": "a Parquet file", b"$FL2": "an SPSS file"}
SEPARATORS = (",", ";", "\t", "|")
EXCEL = re.compile(r'\ufeff?("?sep=.?"?)\r?\n', re.I)


def utf8(path: Path, encoding: str | None = None, *, marked: bool = True) -> Path:
    """Return a file with the same text in UTF-8, whose lines all end alike.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    encoding
        Its encoding where known; else it is found out.
    marked
        Whether a byte order mark may stay.

    Returns
    -------
    Path
        ``path`` itself where it is UTF-8 (with or without byte order mark; gzipped only if it is called ``.gz``) and
        lines end in one way, else a temporary copy that goes when the program ends, in which they end in a line feed.

    Raises
    ------
    InputError
        If the encoding cannot be told, or the bytes do not fit it.
    SettingError
        If there is no such encoding.
    """
    found = known(encoding) if encoding else encoding_of(path)
    zipped = is_gzip(path)
    if (found == "utf-8" or (found == "utf-8-sig" and marked)) and (not zipped or path.suffix == ".gz"):
        if encoding:
            for _ in decoded(path, found):
                pass
        if not ends_differ(path):
            return path
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    name = path.with_suffix("").name if path.suffix == ".gz" else path.name
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", prefix="pmlib-", suffix=f"-{name}", delete=False
    ) as file:
        copy = Path(file.name)
        atexit.register(copy.unlink, missing_ok=True)
        for piece in decoded(path, found):
            file.write(ends.decode(piece))
        file.write(ends.decode("", final=True))
    return copy


def read(path: Path, encoding: str | None = None) -> str:
    """Return the whole text, without a byte order mark, line ends as they are."""
    return "".join(decoded(path, known(encoding) if encoding else encoding_of(path)))


def encoding_of(path: Path) -> str:
    """Find out a file's encoding.

    A byte order mark decides, then the pattern of zero bytes that UTF-16 has, then whether the whole file is UTF-8; at
    last Windows (cp1252) and Mac Roman are compared by how much their characters look like writing.

    Raises
    ------
    InputError
        If the file is no text, is damaged UTF-8, or neither reading is clearly the better one.
    """
    head = next(chunks(path, HEAD), b"")
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    for magic, what in NOT_TEXT.items():
        if head.startswith(magic):
            raise InputError(f"{path.name} is {what}, not text. Give it the ending of its kind, such as .xlsx.")
    if b"\0" in head:
        return wide(path, head)
    if is_utf8(path):
        return "utf-8"
    return eight_bit(path)


def separator(path: Path, encoding: str | None = None) -> str:
    """Find out what separates the columns: comma, semicolon, tab or bar.

    Parameters
    ----------
    path
        A text file with a header row.

    Returns
    -------
    str
        The sign that splits most of the first records into as many fields as the header; a comma if there is one
        column only.

    Raises
    ------
    InputError
        If two signs split the records equally well, or the first line is Excel's own (``sep=;``).
    """
    text = beginning(path, encoding)
    if told := EXCEL.match(text):
        raise InputError(
            f"{path.name} begins with the line '{told[1]}', which only Excel reads; a line with the column names was "
            "expected first. Delete that line, or export the file without it."
        )
    records = counted(text)
    if len(text) >= HEAD and len(records) > 1:
        records = records[:-1]
    fits: dict[str, tuple[float, int]] = {}
    for sign in SEPARATORS:
        width = records[0][sign] if records else 0
        if width:
            fits[sign] = (sum(record[sign] == width for record in records) / len(records), width)
    if not fits:
        return ","
    best, *others = sorted(fits, key=lambda sign: fits[sign], reverse=True)
    if others and fits[others[0]] == fits[best]:
        raise InputError(
            f"{path.name} can be split by {shown(best)} or by {shown(others[0])}, equally well. Set separator to the "
            "right one in the TOML file that names the source."
        )
    return best


def beginning(path: Path, encoding: str | None = None) -> str:
    """Return the first part of a text."""
    pieces = decoded(path, known(encoding) if encoding else encoding_of(path), size=HEAD)
    return next(pieces, "")


def known(encoding: str) -> str:
    """Return the encoding if there is one of this name."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise SettingError(
            f"There is no encoding '{encoding}'; use {', '.join(ENCODINGS)} or another that Python knows."
            f"{nearest(encoding, ENCODINGS)}"
        ) from error
    return "utf-8-sig" if name == "utf-8" else name


def is_gzip(path: Path) -> bool:
    """Whether the bytes are gzipped, whatever the name says."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def opened(path: Path) -> BinaryIO | gzip.GzipFile:
    """Open a file's bytes, unpacked."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")


def chunks(path: Path, size: int = CHUNK) -> Iterator[bytes]:
    """Yield a file's bytes piece by piece."""
    try:
        with opened(path) as file:
            while chunk := file.read(size):
                yield chunk
    except (EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{path.name} is a damaged gzip file ({error}). Export or copy it again.") from error


def decoded(path: Path, encoding: str, size: int = CHUNK) -> Iterator[str]:
    """Yield a file's text piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for chunk in chunks(path, size):
            text = decoder.decode(chunk)
            line += text.count("\n")
            yield text
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        bad = bytes(error.object[error.start : error.start + 1]).hex()
        line += bytes(error.object[: error.start]).count(b"\n")
        raise InputError(
            f"{path.name} is not {encoding.removesuffix('-sig')}: byte 0x{bad} near line {line} does not fit. Set "
            f"encoding to the right one ({', '.join(ENCODINGS[:4])}), or export the file as UTF-8."
        ) from error


def wide(path: Path, head: bytes) -> str:
    """Tell UTF-16 without a byte order mark by where its zero bytes are."""
    half = max(len(head) // 2, 1)
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.3 and even < 0.02:
        return "utf-16-le"
    if even > 0.3 and odd < 0.02:
        return "utf-16-be"
    raise InputError(
        f"{path.name} holds zero bytes and is no text in UTF-8 or UTF-16. Export it as CSV in UTF-8, or set encoding."
    )


def is_utf8(path: Path) -> bool:
    """Whether all bytes are valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks(path):
            if not chunk.isascii() or decoder.getstate()[0]:
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def ends_differ(path: Path) -> bool:
    """Whether lines end in more than one way: of such a file the engine loses lines, or refuses it."""
    seen: set[str] = set()
    left = b""
    for chunk in chunks(path):
        whole = left + chunk
        left = whole[-1:] if whole.endswith(b"\r") else b""
        seen |= ends_of(whole.removesuffix(left))
        if len(seen) > 1:
            return True
    return len(seen | ends_of(left)) > 1


def ends_of(chunk: bytes) -> set[str]:
    r"""Return the ways in which lines end.

    Examples
    --------
    >>> sorted(ends_of(b"a\r\nb\nc\r\nd\re"))
    ['\n', '\r', '\r\n']
    """
    if b"\r" not in chunk:
        return {"\n"} if b"\n" in chunk else set()
    # Counted by hand, as looking for a sign that comes every few bytes takes bytes.count() ten times as long.
    signs = np.frombuffer(chunk, np.uint8)
    returns, feeds = signs == ord("\r"), signs == ord("\n")
    both = np.count_nonzero(returns[:-1] & feeds[1:])
    counts = {"\r\n": both, "\n": np.count_nonzero(feeds) - both, "\r": np.count_nonzero(returns) - both}
    return {end for end, count in counts.items() if count}


def eight_bit(path: Path) -> str:
    """Choose between Windows (cp1252) and Mac Roman."""
    words: Counter[bytes] = Counter()
    left = b""
    for chunk in chunks(path):
        words.update(foreign_words(left + chunk))
        left = chunk[-40:]
        if len(words) > WORDS:
            break
    return chosen(path.name, list(words))


def counted(text: str) -> list[Counter[str]]:
    """Count the possible separators of each of the first records, outside quotes."""
    records: list[Counter[str]] = [Counter()]
    quoted = False
    before = "\n"
    for place, sign in enumerate(text):
        if sign == '"':
            after = text[place + 1 : place + 2]
            if not quoted:
                quoted = before in SEPARATORS or before in "\r\n"
            elif (after != '"' and before != '"') or after in ("", "\r", "\n", *SEPARATORS):
                quoted = False
        elif not quoted and sign == "\n":
            if before not in "\r\n" or records[-1]:
                records.append(Counter())
        elif not quoted and sign in SEPARATORS:
            records[-1][sign] += 1
        before = sign
    return records if records[-1] or len(records) == 1 else records[:-1]


def shown(sign: str) -> str:
    """Name a separator."""
    return {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[sign]

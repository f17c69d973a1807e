"""Zipped documents as the same bytes each time: entries in a fixed order, no time of making."""

import io
import re
import zipfile
from collections.abc import Mapping

from pmlib.core import InputError

STAMP = (1980, 1, 1, 0, 0, 0)
FIRST = ("[Content_Types].xml", "_rels/.rels")
NESTED = (".xlsx", ".docx", ".pptx")
UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def parts(data: bytes, name: str = "the file") -> dict[str, bytes]:
    """Return the entries of a zipped document by name, in their order.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return {one.filename: file.read(one) for one in file.infolist() if not one.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"{name} is no readable Office file ({error}). Save it again as .pptx or .docx.") from error


def packed(entries: Mapping[str, bytes], *, keep_order: bool = False) -> bytes:
    """Zip entries: the list of types first, the rest by name, all with one fixed stamp.

    Parameters
    ----------
    keep_order
        Whether the entries stay in the order they come in.
    """
    names = list(entries) if keep_order else sorted(entries, key=lambda name: (name not in FIRST, name))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            file.writestr(info, entries[name], compresslevel=6)
    return out.getvalue()


def restamped(data: bytes) -> bytes:
    """Zip a document anew without its times, documents inside it too.

    Examples
    --------
    >>> restamped(packed({"b": b"1", "a": b"2"})) == packed({"a": b"2", "b": b"1"})
    True
    """
    found = parts(data)
    return packed({name: restamped(one) if name.endswith(NESTED) else one for name, one in found.items()})


def sound(text: str) -> str:
    r"""Return text without the characters that no XML file can hold; tabs and line breaks stay.

    Examples
    --------
    >>> sound("a\x00b\x1b\tc")
    'ab\tc'
    """
    return UNSOUND.sub("", text)

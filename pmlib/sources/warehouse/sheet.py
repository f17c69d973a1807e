"""Fetch the CSV of a published sheet."""

import time
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib import request
from urllib.error import HTTPError, URLError

from pmlib.core import InputError

LIMIT = 500_000_000
QUIET = 30.0
LONGEST = 600.0
CHUNK = 1 << 20

ANSWERS = {
    401: "it asks for a login (401). Publish the sheet so that whoever has the address can read it",
    403: "it may not be read (403). Publish the sheet so that whoever has the address can read it",
    404: "there is nothing at that address (404). Copy the address of the published sheet again",
}


def fetch(address: str, reference: str, file: Path, *, limit: int = LIMIT, quiet: float = QUIET) -> None:
    """Write what a web address gives to ``file``.

    Parameters
    ----------
    address
        Begins with http or https; so must every address it points on to.
    reference
        What a message calls the address.
    limit, quiet
        The most bytes taken, and the longest wait for an answer in seconds.

    Raises
    ------
    InputError
        If nothing usable comes back; the address is not part of the message.
    """
    fault = ""
    try:
        with opener().open(address, timeout=quiet) as answer, file.open("wb") as out:
            fault = copied(answer, out, limit)
    except HTTPError as error:
        away = "it points on to an address that is not http or https. Use the sheet's own address"
        other = away if error.code < 400 else f"the server answered with status {error.code}. Try again later"
        fault = ANSWERS.get(error.code, other)
        error.close()
    except TimeoutError:
        fault = f"no answer came within {quiet:.0f} seconds. Try again later"
    except URLError as error:
        fault = unreached(error.reason, quiet)
    except (HTTPException, ConnectionError, ValueError):
        fault = "the answer broke off or the address cannot be read. Copy it again from the published sheet"
    if fault:
        raise InputError(f"The sheet at {reference} could not be fetched: {fault}.")


def opener() -> request.OpenerDirector:
    """Return an opener that knows the web and nothing else: no files, no FTP."""
    director = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.UnknownHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPRedirectHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
    ):
        director.add_handler(handler)
    return director


def copied(answer: BinaryIO, out: BinaryIO, limit: int) -> str:
    """Copy an answer in pieces; return what is wrong with it, or ``""``."""
    end, size = time.monotonic() + LONGEST, 0
    while piece := answer.read(CHUNK):
        if not size and piece.lstrip(b"\xef\xbb\xbf \r\n\t")[:14].lower().startswith((b"<!doctype", b"<html")):
            return "it gives a web page, not a CSV. Publish the sheet as comma-separated values and use that address"
        size += len(piece)
        if size > limit:
            return f"it is larger than {limit / 1e6:,.0f} MB. Export a file instead and give its path"
        if time.monotonic() > end:
            return f"it took longer than {LONGEST:.0f} seconds. Export a file instead and give its path"
        out.write(piece)
    return "" if size else "it is empty. Check that the published sheet has rows"


def unreached(reason: object, quiet: float) -> str:
    """Say why no answer came, without naming where it was asked for."""
    if isinstance(reason, TimeoutError):
        return f"no answer came within {quiet:.0f} seconds. Try again later"
    if isinstance(reason, ConnectionRefusedError):
        return "nothing answers at that host and port. Check the address"
    if isinstance(reason, OSError) and type(reason).__name__ == "gaierror":
        return "its host cannot be found. Check the address and the network"
    return "no connection could be made. Check the address and the network"

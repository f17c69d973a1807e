"""Addresses of databases and sheets: read from the environment, never written down."""

import os
import re
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from pmlib.core import InputError, SettingError

EXAMPLE = "postgresql://user:password@host/database"
HIDDEN = "…"


def address_of(reference: str, source: str) -> str:
    """Return the address that ``env:NAME`` refers to.

    Raises
    ------
    SettingError
        If the reference names no variable, or the variable is not set.
    """
    kind, _, name = reference.partition(":")
    if kind != "env" or not name.strip():
        raise SettingError(
            f'[source.{source}] must name the variable that holds its address, such as url = "env:WAREHOUSE_URL".'
        )
    address = os.environ.get(name.strip(), "").strip()
    if not address:
        raise SettingError(
            f"[source.{source}] reads its address from the environment variable {name.strip()}, which is not set. "
            f"Set {name.strip()}, for example to {EXAMPLE}."
        )
    return address


def scheme_of(address: str) -> str:
    """Return what stands before the colon, in lower case."""
    return address.partition(":")[0].lower() if ":" in address else ""


def scrubbed(text: str, address: str) -> str:
    """Take the address out of a text: whole, its user, password, host and keys, plain and percent-encoded.

    Examples
    --------
    >>> scrubbed("no p%40ss for me@db", "postgresql://me:p%40ss@db/x")
    'no … for …@…'
    """
    for secret in sorted(secrets(address), key=len, reverse=True):
        # A short user or host as part of another word is no secret; a password is, wherever it stands.
        edge = r"\b" if secret.isalnum() and secret not in passwords(address) else ""
        text = re.sub(f"{edge}{re.escape(secret)}{edge}", HIDDEN, text)
    return text


def secrets(address: str) -> set[str]:
    """Return every part of an address that may not be shown, in every spelling it may take."""
    rest = address.partition("://")[2] or address.partition(":")[2]
    head, _, query = rest.partition("?")
    place = head.rpartition("@")
    user = place[0].partition(":")[0]
    host = place[2].partition("/")[0]
    parts = {address, rest, head, place[0], user, host, host.rpartition(":")[0], query}
    parts |= {value for _, value in parse_qsl(query)} | passwords(address)
    if scheme_of(address) in {"http", "https"}:
        # A published sheet's key stands in its path.
        parts |= {part for part in head.split("/") if len(part) > 7}
    return spellings(parts)


def passwords(address: str) -> set[str]:
    """Return the password in every spelling it may take."""
    head = address.partition("://")[2].partition("?")[0].rpartition("@")[0]
    return spellings({head.partition(":")[2]})


def spellings(parts: set[str]) -> set[str]:
    """Return parts as they stand, decoded and encoded; none is empty."""
    forms = (str, unquote, quote, every_sign, quote_plus)
    return {form(part) for part in parts for form in forms if part}


def every_sign(text: str) -> str:
    """Percent-encode every sign that can be."""
    return quote(unquote(text), safe="")


def checked(address: str, reference: str) -> str:
    """Return the address if its parts can be told apart."""
    fault = ""
    try:
        parts = urlsplit(address)
        if not parts.netloc or (parts.port is None and parts.hostname is None):
            fault = "names no host"
    except ValueError:
        fault = "cannot be read"
    # Raised out here: an exception inside the handler would carry the address along.
    if fault:
        raise InputError(
            f"The address in {reference} {fault}. Write it as {EXAMPLE}, with signs such as @ : / % in the password "
            "percent-encoded (@ is %40)."
        )
    return address

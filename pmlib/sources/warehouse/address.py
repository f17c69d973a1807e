"""Addresses of databases and sheets: read from the environment, never written down."""

import os
from urllib.parse import urlsplit

from pmlib.core import InputError, SettingError
from pmlib.core.secrets import scheme_of as scheme_of
from pmlib.core.secrets import scrubbed as scrubbed

EXAMPLE = "postgresql://user:password@host/database"


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

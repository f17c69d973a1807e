"""What lets a page be opened anywhere: scripts packed inside or lying beside it, a policy that asks for nothing."""

import base64
import gzip
import hashlib
import json
from functools import cache
from importlib import resources
from importlib.metadata import version

from pmlib.reports.packs.pack import plotly_bundle
from pmlib.show import theme

ASSETS = "assets"
"""The folder of what pages share, in the output folder."""


def policy(hashes: list[str], *, own: bool = False) -> str:
    """Return a Content-Security-Policy under which only the scripts of these hashes run and nothing is fetched.

    Parameters
    ----------
    own
        Whether a script that lies beside the page may run too.
    """
    scripts = " ".join(["'self'"] * own + [f"'sha256-{one}'" for one in hashes]) or "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def shared_assets() -> dict[str, bytes]:
    """Return the files that pages with shared assets need in the folder ``ASSETS``, by name."""
    return {asset_name(): plotly_bundle().read_bytes()}


def asset_name() -> str:
    """Return the name of plotly's script; another version has another, so that old pages keep theirs."""
    return f"plotly-{version('plotly')}.min.js"


@cache
def packed() -> tuple[str, str]:
    """Return plotly's script packed for a page, and its hash for the policy."""
    script = plotly_bundle().read_bytes()
    return base64.b64encode(gzip.compress(script, 9, mtime=0)).decode(), sha256(script)


@cache
def boot() -> str:
    """Return the script of a page."""
    return text("page.js").replace("__DARK__", json.dumps(theme.DARK))


def text(name: str) -> str:
    """Read a file that lies beside the templates."""
    return resources.files("pmlib.reports.pages").joinpath("templates", name).read_text(encoding="utf-8").strip()


def sha256(content: bytes) -> str:
    """Return the hash as a Content-Security-Policy writes it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def inert(data: object) -> str:
    """Write JSON so that it cannot end the script element it stands in."""
    words = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        words = words.replace(sign, f"\\u{ord(sign):04x}")
    return words

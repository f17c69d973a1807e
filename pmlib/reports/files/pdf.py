"""A page as PDF, printed by a Chromium that is there; without one, a message that says what to do."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from pmlib.core import InputError
from pmlib.reports.writing import put

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 120
"""How long a page may take to print."""
READY = 20_000
"""Milliseconds of the page's own time in which its charts are drawn."""
STAMP = b"19800101000000"
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw",
    # Whatever a page asks for outside itself is not found.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)


class PrintError(InputError):
    """A page could not be printed."""


def browser() -> str:
    """Return the path of a Chromium.

    Raises
    ------
    PrintError
        If none is installed.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise PrintError(
            "A PDF is printed by Chromium, and none is installed. Install one, or print the page from a browser."
        )
    return found


def pdf(page: Path, out: Path, *, seconds: float = SECONDS) -> None:
    """Print a page to a PDF file, with the network off and a browser profile of its own.

    Parameters
    ----------
    page
        The HTML file.
    out
        The PDF to write; it is there whole or not at all, without the time of printing.
    seconds
        How long it may take.

    Raises
    ------
    PrintError
        If there is no Chromium, no such page, or printing fails or takes too long.
    PublishError
        If the file cannot be written.
    """
    if not page.is_file():
        raise PrintError(f"There is no page {page}. Make it with: pmlib run")
    chromium = browser()
    with tempfile.TemporaryDirectory(prefix="pmlib-pdf-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "page.pdf"
        words = [chromium, *FLAGS, f"--user-data-dir={folder}/profile", f"--virtual-time-budget={READY}"]
        # Chromium refuses its sandbox to the root of a container.
        words += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        words += [f"--print-to-pdf={printed}", page.resolve().as_uri()]
        said = run(words, page, seconds)
        content = printed.read_bytes() if printed.is_file() else b""
    if not content.startswith(b"%PDF"):
        raise PrintError(f"Chromium printed no PDF of {page.name}: {said or 'it said nothing'}.")
    put(out, timeless(content))


def run(words: list[str], page: Path, seconds: float) -> str:
    """Run the browser, ended with all its processes when its time is over; return the last line it said."""
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired as error:
        ended(process)
        raise PrintError(
            f"Printing {page.name} took longer than {seconds:g} seconds. Print it from a browser."
        ) from error
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""


def ended(process: "subprocess.Popen[bytes]") -> None:
    """End a browser and the processes it has started."""
    import psutil

    try:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        family = []
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    process.communicate()


def timeless(content: bytes) -> bytes:
    """Put a fixed day in the place of the time of printing, at the same length, so that no offset moves."""
    return re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>" + STAMP, content)

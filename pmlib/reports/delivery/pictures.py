"""Charts as pictures for a mail, taken by Chromium where it is present."""

import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH, HEIGHT = 640, 320
SECONDS = 20.0
"""How long all pictures of a mail may take."""
NOTES = logging.getLogger(__name__)
PNG = b"\x89PNG\r\n\x1a\n"
FRAME = (
    "<!doctype html><meta charset=utf-8>"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none';img-src data:;style-src 'unsafe-inline'\">"
    "<style>html,body{{margin:0;background:#fff;overflow:hidden}}img{{display:block;width:{width}px}}</style>"
    '<img src="data:image/svg+xml;base64,{data}">'
)


def pictures(svgs: Sequence[str], *, seconds: float = SECONDS) -> list[bytes]:
    """Return a PNG for each static SVG, or as many as there was time for; none where no Chromium starts.

    An SVG shown as an image runs no script and fetches nothing.

    Parameters
    ----------
    seconds
        How long all of them may take.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), "")
    made: list[bytes] = []
    end = time.monotonic() + seconds
    for svg in svgs if browser else ():
        try:
            found = picture(browser, svg, end - time.monotonic())
        except OSError as error:
            NOTES.warning("No picture of a chart could be taken: %s", error.strerror or type(error).__name__)
            break
        if not found:
            break
        made.append(found)
    return made


def picture(browser: str, svg: str, seconds: float) -> bytes:
    """Take one picture, or return nothing when it takes too long or fails.

    Raises
    ------
    OSError
        If there is no folder for it, or the browser cannot be started.
    """
    width, height = size(svg)
    with tempfile.TemporaryDirectory(prefix="pmlib-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data = b64encode(svg.encode("utf-8", "replace")).decode()
        (folder / "chart.html").write_text(FRAME.format(width=width, data=data), encoding="utf-8")
        words = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--hide-scrollbars",
            "--force-device-scale-factor=2",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},{height}",
            f"--screenshot={folder / 'chart.png'}",
            # Chromium refuses its sandbox to the system's own user.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            (folder / "chart.html").as_uri(),
        ]
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            return b""
        finally:
            stop(process)
        shot = folder / "chart.png"
        found = shot.read_bytes() if shot.is_file() else b""
        return found if found.startswith(PNG) else b""


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a browser with all it started; it leads a group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def size(svg: str) -> tuple[int, int]:
    """Return how large a picture of an SVG is, by its ``viewBox``, scaled to the width of a mail.

    Examples
    --------
    >>> size('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 100"/>')
    (640, 200)
    """
    try:
        # Only our own drawings come here, and without a document type nothing in them can expand.
        box = ElementTree.fromstring(svg).get("viewBox", "") if "<!" not in svg else ""  # noqa: S314
        width, height = (float(part) for part in box.split()[2:4])
        return WIDTH, min(2000, max(40, round(height * WIDTH / width)))
    except (ElementTree.ParseError, ValueError, ZeroDivisionError):
        return WIDTH, HEIGHT

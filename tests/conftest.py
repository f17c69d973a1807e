"""What tests need from the machine, and what happens where it is absent."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, and no deadline: machines are noisy.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

ROOT = Path(__file__).parents[1]


def absent(what: str) -> None:
    """Skip loudly, or fail where nothing may skip."""
    if os.environ.get("PMLIB_NOTHING_SKIPS"):
        pytest.fail(f"{what}, and nothing may skip here")
    pytest.skip(what)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real data."""
    folder = Path(os.environ.get("PMLIB_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        absent(f"the real data are not at {folder}; set PMLIB_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def demo() -> Path:
    """Return the folder of the demo data, made where they are not there yet."""
    from pmlib.sources.demo import write

    folder = ROOT / "data" / "demo"
    # Workers that run beside each other make it once.
    held = os.open(folder.parent, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.is_dir():
            write(folder)
    finally:
        os.close(held)
    return folder


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium that Playwright drives."""
    from playwright.sync_api import expect, sync_playwright

    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )
    if not path:
        absent("no Chromium is installed; on Debian: apt install chromium")
    # Tests wait by `expect`, as long as a slow machine needs: `wait_for_function` evaluates a text inside the page,
    # which a page's own policy forbids.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()

"""Open a page as its reader would, with the network off, and note what it does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAFE_LINKS = ("#", "../index.html", "data:text/csv;", "data:application/vnd.openxmlformats-officedocument.")
"""How the links of a page may begin that nobody wrote."""


@dataclass
class Visit:
    """What a page did when opened."""

    charts: int
    asked: list[str]
    errors: list[str]
    links: list[str]
    ran: bool
    wide: bool


@contextmanager
def opened(
    browser, page: Path, *, width: int = 1280, dark: bool = False, scripts: bool = True, media: str | None = None
) -> Iterator[tuple[Any, list[str], list[str]]]:
    """Open a page from its file, wait until it says it is ready; the tab, what it asked for, what it complained of."""
    context = browser.new_context(
        offline=True,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        accept_downloads=True,
    )
    tab = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    if media:
        tab.emulate_media(media=media)
    tab.goto(page.as_uri())
    if scripts and tab.locator("script").count():
        tab.wait_for_selector("body[data-ready]", timeout=60_000)
    try:
        yield tab, asked, errors
    finally:
        context.close()


def visit(browser, page: Path, *, width: int = 1280, policy: bool = True, dark: bool = False) -> Visit:
    """Open a page and return what it did."""
    if not policy:
        bare = page.with_name(f"bare-{page.name}")
        bare.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text()))
        page = bare
    with opened(browser, page, width=width, dark=dark) as (tab, asked, errors):
        return Visit(
            charts=tab.evaluate(
                "[...document.querySelectorAll('.chart')].filter(c => c.querySelector('.main-svg')).length"
            ),
            asked=[url for url in asked if url != page.as_uri() and not url.startswith(("blob:", "data:"))],
            errors=errors,
            links=tab.evaluate(
                "[...document.querySelectorAll('a')].map(a => a.getAttribute('href') || a.href.baseVal)"
            ),
            ran=tab.evaluate("window.__x !== undefined"),
            wide=tab.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"),
        )

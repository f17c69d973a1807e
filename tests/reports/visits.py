"""Open a page as its reader would, with the network off, and note what it does."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Visit:
    """What a page did when opened."""

    charts: int
    asked: list[str]
    errors: list[str]
    links: list[str]
    ran: bool
    wide: bool


def visit(browser, page: Path, *, width: int = 1280, policy: bool = True, dark: bool = False) -> Visit:
    """Open a page from its file and wait until it says it is ready."""
    if not policy:
        bare = page.with_name(f"bare-{page.name}")
        bare.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text()))
        page = bare
    context = browser.new_context(
        offline=True, viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    tab = context.new_page()
    asked, errors = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(page.as_uri())
    if tab.locator("script").count():
        tab.wait_for_selector("body[data-ready]", timeout=60_000)
    found = Visit(
        charts=tab.evaluate(
            "[...document.querySelectorAll('.chart')].filter(c => c.querySelector('.main-svg')).length"
        ),
        asked=[url for url in asked if url != page.as_uri() and not url.startswith(("blob:", "data:"))],
        errors=errors,
        links=tab.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href') || a.href.baseVal)"),
        ran=tab.evaluate("window.__x !== undefined"),
        wide=tab.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"),
    )
    context.close()
    return found

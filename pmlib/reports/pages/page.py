"""Lay a page out: one self-contained HTML file that asks for nothing outside."""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.reports.packs.pack import plotly_bundle
from pmlib.reports.pages.content import Content, content
from pmlib.reports.runs.outcome import Outcome
from pmlib.show import theme

MANY_LOST = 0.05
"""Share of a source's rows set aside from which the head of the page warns."""
LOADER = PackageLoader("pmlib.reports.pages", "templates")


@dataclass(frozen=True)
class Frame:
    """What stands around a page: the pack's title, the day, the way back to the index."""

    title: str
    as_of: date
    index: str = "../index.html"


def page(outcome: Outcome, frame: Frame) -> bytes:
    """Render the page of a report."""
    found = content(outcome.notebook)
    figures = {one.id: one.plotly for one in found.figures}
    script, packed, bundle_hash = bundle() if figures else (b"", "", "")
    boot = text("page.js").replace("__DARK__", json.dumps(theme.DARK))
    hashes = [sha256(boot.encode()), *([bundle_hash] if script else [])]
    html = (
        environment()
        .get_template("page.html.j2")
        .render(
            page=found,
            frame=frame,
            title=outcome.job.title,
            lede=found.headline.get("sentence", ""),
            status=status(found, outcome),
            day=day_text(frame.as_of, year=True),
            style=Markup(text("page.css")),  # noqa: S704 - our own file
            boot=Markup(boot),  # noqa: S704 - our own file
            policy=policy(hashes),
            packed=Markup(packed),  # noqa: S704 - base64
            figures=Markup(inert(figures)),  # noqa: S704 - escaped by inert
            parameters=shown_parameters(outcome),
            notebook=outcome.job.notebook.name,
        )
    )
    return html.encode()


def status(found: Content, outcome: Outcome) -> list[dict[str, Any]]:
    """Return the status strip: how far the data reach, the time zone, the rows."""
    sources = found.made.get("sources", [])
    strip: list[dict[str, Any]] = []
    leading = [source for source in sources if source["kind"] == "events"] or sources
    through = [source["through"] for source in leading if source["through"]]
    if outcome.state == "stale":
        strip.append({"ok": False, "text": outcome.why})
    elif through:
        day = date.fromisoformat(min(through))
        strip.append({"ok": True, "text": f"Complete to {day:%a} {day_text(day, year=True)}"})
    zones = sorted({source["timezone"] for source in leading if source["timezone"] and source["kind"] == "events"})
    strip += [{"ok": None, "text": zone} for zone in zones]
    for source in (one for one in sources if one["read"]):
        aside = source["read"] - source["kept"]
        rows = f"{source['name']}: {Unit.COUNT.text(source['kept'])} rows"
        lost = aside > MANY_LOST * source["read"]
        strip.append(
            {"ok": False if lost else None, "text": rows + (f", {Unit.COUNT.text(aside)} set aside" * bool(aside))}
        )
    return strip


def shown_parameters(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the parameters a reader may see: files by name only, never their folders."""
    job = outcome.job
    return [
        (name, str(value).replace("\\", "/").rsplit("/", 1)[-1] if name in job.files else str(value))
        for name, value in job.parameters.items()
        if value != ""
    ]


def policy(hashes: list[str]) -> str:
    """Return a Content-Security-Policy under which only the scripts of these hashes run and nothing is fetched."""
    scripts = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def bundle() -> tuple[bytes, str, str]:
    """Return plotly's script, the same packed for a page, and its hash for the policy."""
    script = plotly_bundle().read_bytes()
    packed = base64.b64encode(gzip.compress(script, 9, mtime=0)).decode()
    return script, packed, sha256(script)


@cache
def environment() -> Environment:
    """Return the templates, with every value escaped."""
    made = Environment(loader=LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["day"] = lambda iso: day_text(date.fromisoformat(iso), year=True)
    # Only for what pmlib.reports.pages.prose has cleaned.
    made.filters["trusted"] = Markup
    return made


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

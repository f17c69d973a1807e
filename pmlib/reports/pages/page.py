"""Lay a page out: one HTML file that asks for nothing outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.reports.pages.layout import ASKS, layout
from pmlib.reports.pages.leaf import Gate, Leaf
from pmlib.reports.pages.offline import ASSETS, asset_name, boot, inert, packed, policy, sha256, shared_assets, text
from pmlib.show.still import still_css

__all__ = ["ASSETS", "Frame", "environment", "page", "policy", "sha256", "shared_assets", "text"]

MANY_LOST = 0.05
"""Share of a source's rows set aside from which the head of the page warns."""
LOADER = PackageLoader("pmlib.reports.pages", "templates")


@dataclass(frozen=True)
class Frame:
    """What stands around a page.

    Parameters
    ----------
    title
        The pack's title.
    index
        The way back to the index.
    audience
        Who the page is for, or ``""`` for everybody.
    assets
        ``"inside"``: all of plotly lies in the page; ``"shared"``: it lies in the folder ``asset``.
    """

    title: str
    index: str = "../index.html"
    audience: str = ""
    assets: Literal["inside", "shared"] = "inside"
    asset: str = f"../{ASSETS}/"


def page(leaf: Leaf, frame: Frame) -> bytes:
    """Render the page of a report.

    Returns
    -------
    bytes
        HTML; the same leaf and frame give the same bytes.
    """
    figures = {one.id: one.plotly for one in leaf.content.figures}
    inside = bool(figures) and frame.assets == "inside"
    beside = bool(figures) and frame.assets == "shared"
    script, script_hash = packed() if inside else ("", "")
    hashes = [sha256(boot().encode()), *([script_hash] if inside else [])]
    found = layout(leaf)
    html = (
        environment()
        .get_template("page.html.j2")
        .render(
            page=found,
            leaf=leaf,
            frame=frame,
            strip=strip(leaf, frame),
            day=day_text(leaf.as_of, year=True),
            style=Markup(text("page.css") + still_css()),  # noqa: S704 - our own
            boot=Markup(boot()),  # noqa: S704 - our own file
            policy=policy(hashes, own=beside),
            packed=Markup(script),  # noqa: S704 - base64
            beside=f"{frame.asset}{asset_name()}" if beside else "",
            figures=Markup(inert(figures)),  # noqa: S704 - escaped by inert
            parameters=shown_parameters(leaf),
            asks=ASKS,
        )
    )
    return html.encode()


def strip(leaf: Leaf, frame: Frame) -> list[dict[str, Any]]:
    """Return the status strip: how far the data reach, the time zone, the rows, the gates, the audience."""
    sources = leaf.content.made.get("sources", [])
    found: list[dict[str, Any]] = []
    leading = [source for source in sources if source["kind"] == "events"] or sources
    through = [source["through"] for source in leading if source["through"]]
    if through:
        day = date.fromisoformat(min(through))
        fresh = not leaf.why
        found.append({"ok": fresh, "text": f"Complete to {day:%a} {day_text(day, year=True)}"})
    zones = sorted({source["timezone"] for source in leading if source["timezone"] and source["kind"] == "events"})
    found += [{"ok": None, "text": zone} for zone in zones]
    for source in (one for one in sources if one["read"]):
        aside = source["read"] - source["kept"]
        rows = f"{source['name']}: {Unit.COUNT.text(source['kept'])} rows"
        lost = aside > MANY_LOST * source["read"]
        found.append(
            {"ok": False if lost else None, "text": rows + (f", {Unit.COUNT.text(aside)} set aside" * bool(aside))}
        )
    if leaf.gates:
        found.append(checks(leaf.gates))
    if frame.audience:
        found.append({"ok": None, "text": f"For {frame.audience}"})
    return found


def checks(gates: Sequence[Gate]) -> dict[str, Any]:
    """Return what the status strip says of the gates; one that could not be judged has not passed."""
    failed, unjudged = (sum(gate.ok is state for gate in gates) for state in (False, None))
    unknown = f"{unjudged} of {len(gates)} checks on the data could not be judged"
    if failed:
        text = f"{failed} of {len(gates)} checks on the data failed"
        return {"ok": False, "text": f"{text}, {unjudged} could not be judged" if unjudged else text}
    return {"ok": None, "text": unknown} if unjudged else {"ok": True, "text": "All checks on the data passed"}


def shown_parameters(leaf: Leaf) -> list[tuple[str, str]]:
    """Return the parameters a reader may see: files by name only, never their folders."""
    job = leaf.job
    return [
        (name, str(value).replace("\\", "/").rsplit("/", 1)[-1] if name in job.files else str(value))
        for name, value in job.parameters.items()
        if value != ""
    ]


@cache
def environment() -> Environment:
    """Return the templates, with every value escaped."""
    made = Environment(loader=LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["day"] = lambda iso: day_text(date.fromisoformat(iso), year=True)
    made.filters["daytext"] = lambda day: day_text(day, year=True)
    # Only for what pmlib.reports.pages.prose has cleaned or pmlib.show.still has drawn.
    made.filters["trusted"] = Markup
    return made

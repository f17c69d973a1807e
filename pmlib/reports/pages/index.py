"""The index: each report's newest page, its headline and state, and the weeks before."""

from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from pmlib.core.periods import day_text
from pmlib.reports.pages.page import environment, policy, text

GOOD = {"success", "stale"}
OLD = 10
"""Days from which the age of data is said."""


def index(records: list[dict[str, Any]]) -> bytes:
    """Render the index from the records of all runs into a folder, the oldest first."""
    newest = max(records, key=lambda one: (one["as_of"], one["ended"]))
    as_of = newest["as_of"]
    last: dict[str, dict[str, Any]] = {}
    good: dict[str, dict[str, Any]] = {}
    pages: dict[str, dict[str, str]] = {}
    for run in sorted(records, key=lambda one: (one["as_of"], one["ended"])):
        for report in run["reports"]:
            entry = report | {"as_of": run["as_of"], "ended": run["ended"]}
            last[report["id"]] = entry
            if report["state"] in GOOD:
                good[report["id"]] = entry
                pages.setdefault(run["as_of"], {})[report["id"]] = report["title"]
    # What failed on an earlier day and never had a page is gone from the pack.
    shown = {name: entry for name, entry in last.items() if entry["as_of"] == as_of or name in good}
    reports = [line(entry, good.get(name), as_of) for name, entry in shown.items()]
    earlier = [
        {"day": day_text(date.fromisoformat(day), year=True), "pages": links(day, names)}
        for day, names in sorted(pages.items(), reverse=True)
        if day != as_of
    ]
    html = (
        environment()
        .get_template("index.html.j2")
        .render(
            title=max(records, key=lambda one: one["ended"])["title"],
            summary=summary(reports),
            day=day_text(date.fromisoformat(as_of), year=True),
            ended=f"{datetime.fromisoformat(newest['ended']):%-d %b %Y, %H:%M}",
            reports=reports,
            earlier=earlier,
            style=Markup(text("page.css")),  # noqa: S704 - our own file
            policy=policy([]),
        )
    )
    return html.encode()


def line(entry: dict[str, Any], good: dict[str, Any] | None, as_of: str) -> dict[str, Any]:
    """Return a report's entry: its page is the last good one, its headline says what happened last."""
    page = f"{good['as_of']}/{good['id']}.html" if good else ""
    meta = ""
    if entry["state"] not in GOOD:
        meta = (
            f"The last good page is of {day_text(date.fromisoformat(good['as_of']), year=True)}."
            if good
            else "There is no earlier page."
        )
    elif entry["state"] == "stale":
        meta = entry["why"]
    elif entry["as_of"] != as_of:
        meta = f"As of {day_text(date.fromisoformat(entry['as_of']), year=True)}; not part of the newest run."
    elif entry["through"]:
        through = date.fromisoformat(entry["through"])
        age = (datetime.fromisoformat(entry["ended"]).date() - through).days
        late = f", {age} days before the run" if age > OLD else ""
        meta = f"Data complete to {day_text(through, year=True)}{late}."
    headline = entry["headline"] if entry["state"] in GOOD else f"Failed: {entry['why']}"
    return {"title": entry["title"], "state": entry["state"], "page": page, "headline": headline, "meta": meta}


def links(day: str, names: dict[str, str]) -> list[dict[str, str]]:
    """Return the links of an earlier day."""
    return [{"href": f"{day}/{name}.html", "title": title} for name, title in names.items()]


def summary(reports: list[dict[str, Any]]) -> str:
    """Say in a sentence how the run went."""
    bad = [report["title"] for report in reports if report["state"] not in GOOD]
    stale = [report["title"] for report in reports if report["state"] == "stale"]
    if bad:
        return f"{len(reports) - len(bad)} of {len(reports)} reports arrived; {', '.join(bad)} failed."
    if stale:
        return f"All {len(reports)} reports arrived; the data of {', '.join(stale)} are older than allowed."
    return f"All {len(reports)} reports arrived." if len(reports) > 1 else "The report arrived."

"""The index: each report's newest page with its state and history, and every page before, searchable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from pmlib.core.periods import day_text
from pmlib.reports.pages.page import environment, policy, sha256, text
from pmlib.reports.runs.outcome import THIN, thin
from pmlib.reports.runs.records import GOOD, published, state_of
from pmlib.show.spark import polylines

Json = dict[str, Any]
OLD = 10
"""Days from which the age of data is said."""
SHOWN = 26
"""Values of a sparkline."""


@dataclass
class Story:
    """What is known of one report over all runs: what happened last, and each day's last good page."""

    last: Json
    good: dict[str, Json] = field(default_factory=dict)

    @property
    def newest(self) -> Json | None:
        """The newest good page."""
        return self.good[max(self.good)] if self.good else None


def index(records: Sequence[Json], *, there: Callable[[str], bool] = lambda _: True, audience: str = "") -> bytes:
    """Render the index from the records of all runs into a folder, the oldest first.

    Parameters
    ----------
    there
        Whether a page lies under a path relative to the index; old ones may have been removed.
    audience
        Whose index it is.
    """
    newest = max(records, key=lambda one: (one["as_of"], one["ended"]))
    stories = told(records)
    # What failed on an earlier day and never had a page is gone from the pack.
    shown = {name: one for name, one in stories.items() if one.last["as_of"] == newest["as_of"] or one.good}
    reports = [entry(name, one, newest["as_of"], there) for name, one in shown.items()]
    boot = text("index.js")
    html = (
        environment()
        .get_template("index.html.j2")
        .render(
            title=max(records, key=lambda one: one["ended"])["title"],
            audience=audience,
            summary=summary([one for one in reports if one["current"]]),
            day=day_text(date.fromisoformat(newest["as_of"]), year=True),
            ended=f"{datetime.fromisoformat(newest['ended']):%-d %b %Y, %H:%M}",
            reports=[one for one in reports if not one["quiet"] and one["state"] != THIN],
            thin=[one for one in reports if one["state"] == THIN],
            quiet=[one for one in reports if one["quiet"]],
            weeks=archive(shown, newest["as_of"], there),
            names=sorted({(name, one.last["title"]) for name, one in shown.items()}, key=lambda pair: pair[1]),
            style=Markup(text("page.css") + text("index.css")),  # noqa: S704 - our own files
            boot=Markup(boot),  # noqa: S704 - our own file
            policy=policy([sha256(boot.encode())]),
        )
    )
    return html.encode()


def told(records: Sequence[Json]) -> dict[str, Story]:
    """Gather what the runs say of each report; the run that ended last speaks for its day."""
    stories: dict[str, Story] = {}
    for run in sorted(records, key=lambda one: (one["as_of"], one["ended"])):
        for report in run["reports"]:
            one = report | {"state": state_of(run, report), "as_of": run["as_of"], "ended": run["ended"]}
            story = stories.setdefault(report["id"], Story(one))
            story.last = one
            if published(run, report):
                story.good[run["as_of"]] = one
    return stories


def entry(name: str, story: Story, as_of: str, there: Callable[[str], bool]) -> Json:
    """Return a report's entry: its page is the last good one, its sentence says what happened last."""
    last, good = story.last, story.newest
    path = f"{good['as_of']}/{name}.html" if good else ""
    fine, state = last["state"] in GOOD, shown_state(last)
    card = last.get("card") or {}
    numbers = [(one.get("card") or {}).get("number") for _, one in sorted(story.good.items())][-SHOWN:]
    return {
        "id": name,
        "title": last["title"],
        "state": state,
        "current": last["as_of"] == as_of,
        "page": path if path and there(path) else "",
        "headline": said(last, state),
        "meta": meta(last, good, as_of),
        "card": card if fine else {},
        "spark": polylines(numbers) if fine else [],
        "quiet": state == "success" and bool(last.get("quiet")) and last["as_of"] == as_of,
    }


def shown_state(one: Json) -> str:
    """Return the state of a report as the index shows it: a page without an answer is no good news."""
    return THIN if thin(one["state"], one["headline"]) else one["state"]


def said(last: Json, state: str) -> str:
    """Return what the index says of a report: its sentence, or why there is none."""
    if last["state"] in GOOD:
        return last["headline"]
    return last["why"] if state == THIN else f"{state.capitalize()}: {last['why']}"


def meta(last: Json, good: Json | None, as_of: str) -> str:
    """Say how fresh a report is, or where its last good page stands."""
    if last["state"] not in GOOD:
        if not good:
            return "There is no earlier page."
        return f"The last good page is of {day_text(date.fromisoformat(good['as_of']), year=True)}."
    if last["state"] == "stale" and last["why"] != last["headline"]:
        return last["why"]
    if last["as_of"] != as_of:
        return f"As of {day_text(date.fromisoformat(last['as_of']), year=True)}; not part of the newest run."
    if not last["through"]:
        return ""
    through = date.fromisoformat(last["through"])
    age = (datetime.fromisoformat(last["ended"]).date() - through).days
    late = f", {age} days before the run" if age > OLD else ""
    return f"Data complete to {day_text(through, year=True)}{late}."


def archive(stories: dict[str, Story], as_of: str, there: Callable[[str], bool]) -> list[Json]:
    """Return the pages of the days before, the newest day first."""
    days: dict[str, list[Json]] = {}
    for name, story in stories.items():
        for day, one in story.good.items():
            path = f"{day}/{name}.html"
            if day != as_of and there(path):
                line = {"id": name, "title": one["title"], "state": shown_state(one), "headline": one["headline"]}
                days.setdefault(day, []).append(line | {"page": path})
    return [
        {"day": day_text(date.fromisoformat(day), year=True), "pages": sorted(pages, key=lambda one: one["title"])}
        for day, pages in sorted(days.items(), reverse=True)
    ]


def summary(reports: Sequence[Json]) -> str:
    """Say in a sentence how the newest run went."""
    few = [report["title"] for report in reports if report["state"] == THIN]
    bad = [report["title"] for report in reports if report["state"] not in (*GOOD, THIN)]
    stale = [report["title"] for report in reports if report["state"] == "stale"]
    if bad or few:
        parts = [f"{len(reports) - len(bad) - len(few)} of {len(reports)} reports arrived"]
        parts += [f"{', '.join(bad)} did not"] if bad else []
        parts += [f"too little data for {', '.join(few)}"] if few else []
        return f"{'; '.join(parts)}."
    if stale:
        return f"All {len(reports)} reports arrived; the data of {', '.join(stale)} are older than allowed."
    calm = sum(report["quiet"] for report in reports)
    arrived = f"All {len(reports)} reports arrived" if len(reports) > 1 else "The report arrived"
    return f"{arrived}; {calm} of them {'is' if calm == 1 else 'are'} quiet." if calm else f"{arrived}."


def hub(title: str, audiences: Sequence[tuple[str, str]]) -> bytes:
    """Render the page above the audiences' folders: a link to each, and nothing else."""
    html = (
        environment()
        .get_template("hub.html.j2")
        .render(
            title=title,
            audiences=audiences,
            style=Markup(text("page.css") + text("index.css")),  # noqa: S704 - our own files
            policy=policy([]),
        )
    )
    return html.encode()

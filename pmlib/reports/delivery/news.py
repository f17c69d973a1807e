"""What there is to say of a run: which reports arrived, failed or came back, or that none ran."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pmlib.core.periods import day_text
from pmlib.reports.delivery.wording import line, reason
from pmlib.reports.packs.settings import Event
from pmlib.reports.runs import records
from pmlib.reports.runs.outcome import THIN, UNANSWERED

Json = dict[str, Any]
Standing = Literal["failed", "missing", "old", "thin", "back", "arrived"]
"""How a report stands for who waits for it; the order is the order of a message."""

ORDER: tuple[Standing, ...] = ("failed", "missing", "old", "thin", "back", "arrived")
WORDS: Mapping[Standing, str] = {
    "failed": "Failed",
    "missing": "Did not come",
    "old": "Old data",
    "thin": "Too little data",
    "back": "Back again",
    "arrived": "Arrived",
}
STOPPED = {"cancelled", "running"}
"""States that are nobody's news: somebody at the keyboard knows, or the run goes on."""
CARDS, CHANGES = 4, 3


@dataclass(frozen=True)
class Card:
    """A number of a report as it is printed."""

    name: str
    value: str
    change: str = ""
    tone: str = "flat"


@dataclass(frozen=True)
class Item:
    """What is said of one report.

    Parameters
    ----------
    page
        Its page, or its last good one, below the published folder: ``"2026-11-22/trends.html"``; ``""`` for none.
    chart
        Its first chart as :meth:`pmlib.show.Chart.as_json` writes it, for a mail with pictures.
    """

    id: str
    title: str
    standing: Standing
    headline: str = ""
    why: str = ""
    cards: tuple[Card, ...] = ()
    changes: tuple[str, ...] = ()
    page: str = ""
    chart: Json | None = field(default=None, compare=False)

    @property
    def word(self) -> str:
        """The standing in words."""
        return WORDS[self.standing]


@dataclass(frozen=True)
class News:
    """What is said of a run.

    Parameters
    ----------
    subject
        One line that says how the run went.
    events
        What happened, as ``on`` of ``[mail]`` and ``[webhook]`` name it; empty where there is nothing to tell.
    marks
        What makes this news this news: a mark a report, by slot, day and state. What has been told is not told again.
    """

    title: str
    subject: str
    events: tuple[Event, ...]
    items: tuple[Item, ...]
    as_of: date | None = None
    note: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


def news(
    record: Json,
    earlier: Sequence[Json] = (),
    *,
    facts: Mapping[str, Json] | None = None,
    changes: Mapping[str, Sequence[str]] | None = None,
    slot: str = "",
    late: str = "",
) -> News:
    """Decide what there is to say of a run.

    Parameters
    ----------
    record
        The record of the run.
    earlier
        The records of other runs into the same folder; runs as of a later day are left out of account.
    facts
        The facts of each report, by its id: cards and charts.
    changes
        Sentences on what changed since the last good run, by report.
    slot
        The slot this run was for; without one its day counts, so that what a day's run said is said once.
    late
        Where the run came after it had been given up: a sentence that says so.
    """
    before = sorted(
        (one for one in earlier if one["run"] != record["run"] and one["as_of"] <= record["as_of"]),
        key=lambda one: (one["as_of"], one["began"]),
    )
    reports = [one for one in record["reports"] if one["state"] not in STOPPED]
    items = [item(one, record, before, facts or {}, changes or {}) for one in reports]
    standings = {one.standing for one in items}
    title = line(record["title"], 80)
    slot = slot or str(record["began"])[:10]
    return News(
        title,
        line(f"{title}: {summary(items)}", 150),
        events(standings, late=bool(late)),
        tuple(sorted(items, key=lambda one: ORDER.index(one.standing))),
        date.fromisoformat(record["as_of"]),
        line(late),
        {one["id"]: f"{slot} {record['as_of']} {one['state']}" for one in reports},
    )


def missing(title: str, slot: str, absent: str, old: Sequence[Item] = ()) -> News:
    """Say that a run should have come and did not, or that reports are older than allowed.

    Parameters
    ----------
    slot
        The slot that passed, as a mark.
    absent
        A sentence that says which run did not come, or ``""`` where it came.
    old
        The reports whose data are older than allowed.
    """
    title = line(title, 80)
    count = f"{len(old)} report{'s' * (len(old) != 1)} older than allowed"
    marks = ({"run": slot} if absent else {}) | {one.id: slot for one in old}
    return News(title, line(f"{title}: {absent or count}", 150), ("missing",), tuple(old), None, line(absent), marks)


def item(
    report: Json,
    record: Json,
    before: Sequence[Json],
    facts: Mapping[str, Json],
    changes: Mapping[str, Sequence[str]],
) -> Item:
    """Decide what is said of one report."""
    name = report["id"]
    past = [(run, one) for run in before for one in run["reports"] if one["id"] == name]
    past = [(run, one) for run, one in past if records.state_of(run, one) not in STOPPED]
    standing: Standing = "old" if report["state"] == "stale" else "arrived"
    thin = report["state"] == THIN or report["headline"].startswith(UNANSWERED)
    there = records.published(record, report)
    if not there or thin:
        standing = "thin" if thin else "failed"
    elif standing == "arrived" and past and records.state_of(*past[-1]) != "success":
        standing = "back"
    title = line(report["title"], 120)
    if not there:
        good = [run for run, one in past if records.published(run, one)]
        why = reason(report["why"]) or "It gave no reason."
        if not good:
            return Item(name, title, standing, "There is no earlier page.", why)
        day = day_text(date.fromisoformat(good[-1]["as_of"]), year=True)
        return Item(name, title, standing, f"The last good page is of {day}.", why, page=page_of(good[-1], name))
    known = facts.get(name, {})
    cards = known.get("cards") or [report["card"]] * bool(report.get("card"))
    charts = [one["chart"] for one in known.get("findings", ()) if one.get("chart")]
    return Item(
        name,
        title,
        standing,
        line(report["headline"]),
        reason(report["why"]),
        tuple(card(one) for one in cards[:CARDS]),
        tuple(line(one) for one in changes.get(name, ())[:CHANGES]),
        page_of(record, name),
        charts[0] if charts else None,
    )


def page_of(record: Json, name: str) -> str:
    """Return the page of a report below the published folder, the first audience's where each has its own.

    Examples
    --------
    >>> page_of({"as_of": "2026-11-22", "files": {"leadership/2026-11-22/a.html": "…"}}, "a")
    'leadership/2026-11-22/a.html'
    """
    return min(records.pages(record, name), key=lambda path: (path.count("/"), path), default="")


def card(facts: Json) -> Card:
    """Read a card from a report's facts."""
    tone = facts["tone"] if facts["tone"] in {"good", "bad"} else "flat"
    return Card(line(facts["name"], 60), line(facts["value"], 30), line(facts["change"], 90), tone)


def events(standings: Set[str], *, late: bool) -> tuple[Event, ...]:
    """Name what happened: old or too few data are a page that arrived and a failure to bring what was asked for."""
    found: list[Event] = []
    if standings and not standings & {"failed"}:
        found.append("success")
    if standings & {"failed", "old", "thin"}:
        found.append("failure")
    if "back" in standings or (late and "success" in found):
        found.append("recovery")
    return tuple(found)


def summary(items: Sequence[Item]) -> str:
    """Say in a few words how a run went.

    Examples
    --------
    >>> summary([Item("a", "A", "arrived"), Item("b", "B", "failed")])
    '2 reports, 1 failed'
    >>> summary([Item("a", "A", "arrived"), Item("b", "Trends", "back")])
    'all 2 reports arrived, Trends is back'
    """
    kinds = [one.standing for one in items]
    whole = f"{len(items)} report{'s' * (len(items) != 1)}"
    parts = [f"{kinds.count('failed')} failed"] * ("failed" in kinds)
    parts += [f"{kinds.count('old')} with old data"] * ("old" in kinds)
    parts += [f"{kinds.count('thin')} with too little data"] * ("thin" in kinds)
    back = [one.title for one in items if one.standing == "back"]
    parts += [f"{back[0]} is back" if len(back) == 1 else f"{len(back)} are back"] * bool(back)
    if set(kinds) & {"failed", "old", "thin"} or not items:
        return ", ".join([whole, *parts])
    return ", ".join([f"all {whole} arrived" if len(items) > 1 else "the report arrived", *parts])

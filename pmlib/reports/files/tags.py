"""Tags: what a shape of a deck says of itself, so that it can be filled again from the latest facts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pmlib.core import InputError, Unit, nearest
from pmlib.core.finding import made_id
from pmlib.core.periods import day_text
from pmlib.core.words import capital
from pmlib.reports.files.packed import sound

Facts = dict[str, Any]
Json = dict[str, Any]

ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"
TAG = re.compile(rf"pmlib:\s*({ID})(?:/({ID}))?(?:/({ID}))?(?:\s+({ID}))?\s*$")
INLINE = re.compile(rf"«\s*({ID})/({ID})(?:/({ID}))?(?:\s+({ID}))?\s*»")
"""A number inside a sentence of a deck."""
REPORT = ("sentence", "title", "day", "actions")
"""What can be said of a report."""
TEXTS = ("value", "short", "interval", "n", "name", "card", "change", "range", "headline", "question", "definition")
TEXTS += ("numbers", "caption", "notes")
"""What can be said of a finding."""
SHAPES = ("chart", "table")
SIGNED = ("lift", "points")
"""Units of differences, which carry a sign."""
LISTED = 6
"""Estimates a list of numbers shows."""


@dataclass(frozen=True)
class Tag:
    """A place in the facts: a report, a finding in it, one of its estimates by its label, and what of it."""

    report: str
    finding: str = ""
    label: str = ""
    kind: str = ""

    def __str__(self) -> str:
        path = "/".join(part for part in (self.report, self.finding, self.label) if part)
        return f"{path} {self.kind}" if self.kind else path


def tag_of(text: str) -> Tag | None:
    """Read the tag in a shape's name or alt text; ``None`` where there is none.

    Raises
    ------
    InputError
        If it begins like one and is none.

    Examples
    --------
    >>> tag_of("pmlib: engagement/active-week chart")
    Tag(report='engagement', finding='active-week', label='', kind='chart')
    >>> tag_of("Picture 3") is None
    True
    """
    if not text.lstrip().startswith("pmlib:"):
        return None
    found = TAG.match(text.strip())
    if found is None:
        raise InputError(
            f"'{text.strip()}' is no tag. Write 'pmlib: report/finding', or 'pmlib: report/finding chart'."
        )
    return Tag(*(part or "" for part in found.groups()))


def looked_up(tag: Tag, reports: Sequence[Facts]) -> tuple[Facts, Json | None]:
    """Return the report and the finding a tag names.

    Raises
    ------
    InputError
        With the nearest name, if the facts hold no such thing.
    """
    known = {one["report"]: one for one in reports}
    if tag.report not in known:
        raise InputError(
            f"'{tag}': there is no report '{tag.report}'; there is {', '.join(known)}.{nearest(tag.report, known)}"
        )
    report = known[tag.report]
    kinds = (*TEXTS, *SHAPES) if tag.finding else REPORT
    if tag.kind and tag.kind not in kinds:
        raise InputError(
            f"'{tag}': '{tag.kind}' is not known here; it is {', '.join(kinds)}.{nearest(tag.kind, kinds)}"
        )
    if not tag.finding:
        return report, None
    findings = {one["id"]: one for one in report["findings"]}
    if tag.finding not in findings:
        raise InputError(
            f"'{tag}': {tag.report} has no finding '{tag.finding}'; it has {', '.join(findings)}."
            f"{nearest(tag.finding, findings)}"
        )
    return report, findings[tag.finding]


def estimate_of(tag: Tag, finding: Json) -> Json | None:
    """Return the estimate a tag means: the one of its label, else the card's, else the first; ``None`` if none.

    Raises
    ------
    InputError
        If none has the label.
    """
    if tag.label:
        labels = {made_id(one["label"]): one for one in reversed(finding["estimates"])}
        if tag.label not in labels:
            there = ", ".join(reversed(labels)) or "none"
            raise InputError(
                f"'{tag}': {tag.finding} has no number '{tag.label}'; it has {there}.{nearest(tag.label, labels)}"
            )
        return labels[tag.label]
    if finding["kpi"]:
        return finding["kpi"]["estimate"]
    return finding["estimates"][0] if finding["estimates"] else None


def told(tag: Tag, reports: Sequence[Facts]) -> str:
    """Return the words a tag stands for, as text without what no XML file can hold.

    Raises
    ------
    InputError
        If the facts hold no such thing.
    """
    report, finding = looked_up(tag, reports)
    return sound(of_report(tag, report) if finding is None else of_finding(tag, report, finding))


def of_report(tag: Tag, report: Facts) -> str:
    """Return what a report says, its sentence where nothing else is asked."""
    if tag.kind == "actions":
        return "\n".join(report["actions"])
    if tag.kind == "day":
        return day_text(date.fromisoformat(report["as_of"]), year=True)
    return report[tag.kind or "sentence"]


def of_finding(tag: Tag, report: Facts, finding: Json) -> str:
    """Return what a finding says, its number where nothing else is asked."""
    if tag.kind in {"headline", "question", "definition"}:
        return finding[tag.kind]
    if tag.kind == "caption":
        return caption(finding)
    if tag.kind == "notes":
        return notes(finding)
    if tag.kind == "numbers":
        return "\n".join(f"{one['label']}: {written(one)}" for one in listed(finding))
    if tag.kind in {"card", "change", "range"}:
        card = next((one for one in report["cards"] if one["id"] == finding["id"]), None)
        if card is None:
            raise InputError(f"'{tag}': {tag.finding} has no card, so no {tag.kind}; use 'value' or 'interval'.")
        return card["value" if tag.kind == "card" else tag.kind]
    one = estimate_of(tag, finding)
    if one is None:
        return "not known"
    unit = Unit.from_json(one["unit"])
    if tag.kind == "name":
        return capital(one["label"])
    if tag.kind == "n":
        return f"n = {one['n']:,}" if sampled(one, finding) else ""
    if tag.kind == "interval":
        return interval(one, expected=expects(finding) and not tag.label)
    return unit.short(one["value"]) if tag.kind == "short" and unit.kind not in SIGNED else signed(unit, one["value"])


def listed(finding: Json) -> list[Json]:
    """Return the estimates beside a chart: those after the big number, as many as there is room for."""
    first = estimate_of(Tag("", finding["id"]), finding)
    rest = [one for one in finding["estimates"] if first is None or one["label"] != first["label"]]
    return rest[:LISTED]


def written(one: Json) -> str:
    """Write an estimate out with its interval."""
    unit = Unit.from_json(one["unit"])
    value = signed(unit, one["value"])
    if one["low"] is None or one["high"] is None:
        return value
    return f"{value} ({signed(unit, one['low'])} to {signed(unit, one['high'])})"


def signed(unit: Unit, value: float | None) -> str:
    """Write a number, a difference with its sign."""
    return unit.change(value) if unit.kind in SIGNED else unit.text(value)


def expects(finding: Json) -> bool:
    """Whether the range of a finding's card is the one its own history leads one to expect."""
    return bool(finding["kpi"]) and finding["kpi"]["expected"]


def sampled(one: Json, finding: Json) -> bool:
    """Whether an estimate has a sample's interval, so that its n says something."""
    return not (one["low"] is None and one["high"] is None) and not expects(finding)


def interval(one: Json, *, expected: bool = False) -> str:
    """Write an interval in words, an open end too; the reason where there is none.

    Parameters
    ----------
    expected
        Whether it is the range expected from history, not a sample's interval.
    """
    unit = Unit.from_json(one["unit"])
    head = "expected from its own history" if expected else f"{one['level']:.0%} interval"
    if one["low"] is None and one["high"] is None:
        return one["reason"]
    if one["low"] is None:
        return f"{head} up to {signed(unit, one['high'])}"
    if one["high"] is None:
        return f"{head} from {signed(unit, one['low'])} up"
    return f"{head} {signed(unit, one['low'])} to {signed(unit, one['high'])}"


def caption(finding: Json) -> str:
    """Return what stands under a chart: its caption and the launches in it."""
    chart = finding["chart"]
    if not chart:
        return ""
    launches = [note["text"] for note in chart["notes"]]
    return " ".join([chart["caption"], *([f"Marked: {'; '.join(launches)}."] if launches else [])]).strip()


def notes(finding: Json) -> str:
    """Return the speaker's notes of a finding: the whole sentence, what to doubt, where the number can be traced."""
    doubts = [f"To doubt: {one}" for one in finding["cautions"]] or ["Nothing to doubt was found."]
    traced = "The query that ran stands on the report's page." if finding["query"] else "No query ran for this."
    counted = f"Counted: {finding['definition']}"
    asked = [f"To do: {finding['action']}"] if finding["action"] else []
    return "\n".join([finding["headline"], *doubts, *asked, counted, traced])

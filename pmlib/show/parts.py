"""The parts of a report beside its findings: headline, doubts, what to do, how it was made."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from typing import Any, Protocol

from pmlib.core import Check, Finding, Kpi, Origin, SettingError
from pmlib.show.spark import polylines, svg

HEADLINE_MIME = "application/vnd.pmlib.headline+json"
DOUBTS_MIME = "application/vnd.pmlib.doubts+json"
ACTIONS_MIME = "application/vnd.pmlib.actions+json"
MADE_MIME = "application/vnd.pmlib.made+json"

CARDS = 4


class Source(Protocol):
    """Anything a report was loaded from."""

    @property
    def origin(self) -> Origin:
        """Where the rows came from."""
        ...

    @property
    def checks(self) -> Sequence[Check]:
        """What was looked at, and whether it is as it should be."""
        ...


@dataclass(frozen=True)
class Part:
    """A piece of a page: facts under a MIME type of its own, and HTML for JupyterLab."""

    mime: str
    facts: dict[str, object]
    html: str
    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {self.mime: self.facts, "text/html": self.html, "text/plain": self.text}


def headline(first: Finding, *rest: Finding) -> Part:
    """Make the head of a page: the sentence of the first finding that answers, and their cards, four at most."""
    findings = (first, *rest)
    first = next((finding for finding in findings if finding.estimates), first)
    cards = [card(finding.id, finding.kpi) for finding in findings if finding.kpi][:CARDS]
    shown = "".join(
        f"<td><small>{escape(c['name'])}</small><br><strong>{escape(c['value'])}</strong><br>{svg(c['spark'])}"
        f"<br><small>{escape(c['change'])}<br>{escape(c['range'])}</small></td>"
        for c in cards
    )
    facts = {"sentence": first.sentence, "cards": cards, "findings": [finding.id for finding in findings]}
    html = f"<p><strong>{escape(first.sentence)}</strong></p><table><tr>{shown}</tr></table>"
    return Part(HEADLINE_MIME, facts, html, first.sentence)


def card(id: str, kpi: Kpi) -> dict[str, Any]:
    """Write a card out: name, value, change with its judgement, range and sparkline."""
    now = kpi.estimate
    tone, words = judged(kpi)
    where = "" if now.low is None and now.high is None else f"{now.unit.short(now.low)} to {now.unit.short(now.high)}"
    if kpi.expected:
        where = f"expected {where} from its own history" if where else now.reason
    elif where:
        where = f"{now.level:.0%} interval {where}, n = {now.n:,}"
    else:
        where = now.reason
    if kpi.target is not None and now.value is not None:
        met = now.value >= kpi.target if kpi.better == "up" else now.value <= kpi.target
        where += f" · target {now.unit.short(kpi.target)}, {'met' if met else 'missed'}"
    return {
        "id": id,
        "name": now.label[:1].upper() + now.label[1:],
        "value": now.unit.short(now.value),
        "change": words,
        "tone": tone,
        "range": where,
        "spark": polylines(kpi.history),
    }


def judged(kpi: Kpi) -> tuple[str, str]:
    """Return the tone and the words of a card's change; only what an interval bears is called a signal."""
    now, change = kpi.estimate, kpi.change
    if change is None or change.value is None:
        return "flat", ""
    size = change.unit.change(change.value)
    flat = not any(digit in size for digit in "123456789")
    arrow = "▬" if flat else "▲" if change.value > 0 else "▼"
    signal, up = False, change.value > 0
    judgement = ""
    if kpi.expected and now.value is not None and now.low is not None and now.high is not None:
        signal, up = not now.low <= now.value <= now.high, now.value > now.high
        judgement = ", outside its range: a signal" if signal else ", within its range"
    elif not kpi.expected and not (change.low is None and change.high is None):
        signal = change.excludes(0)
        judgement = ", a signal" if signal else ", within noise"
    tone = "flat" if not (signal and kpi.better) else "good" if up == (kpi.better == "up") else "bad"
    return tone, f"{arrow} {size} on {kpi.before}{judgement}"


def doubts(*parts: Finding | Source) -> Part:
    """List what to doubt: each source's checks, passed or not, then the findings' cautions."""
    checks: list[Check] = []
    findings = [part for part in parts if isinstance(part, Finding)]
    for part in parts:
        if not isinstance(part, Finding):
            checks += part.checks
    cautions = list(dict.fromkeys(caution for finding in findings for caution in finding.cautions))
    checks += [Check(False, caution) for caution in cautions]
    if findings and not cautions:
        checks.append(Check(True, f"None of the {len(findings)} findings carries a caution."))
    shown = "".join(f"<li>{'✓' if check.ok else '!'} {escape(check.text)}</li>" for check in checks)
    text = "\n".join(f"{'✓' if check.ok else '!'} {check.text}" for check in checks)
    facts: dict[str, object] = {"checks": [{"ok": check.ok, "text": check.text} for check in checks]}
    return Part(DOUBTS_MIME, facts, f"<ul>{shown}</ul>", text)


def actions(*findings: Finding) -> Part:
    """List what the findings ask for; says so when they ask for nothing."""
    asks = list(dict.fromkeys(finding.action for finding in findings if finding.action))
    asks = asks or ["Nothing here asks for action; look again next week."]
    shown = "".join(f"<li>{escape(ask)}</li>" for ask in asks)
    return Part(ACTIONS_MIME, {"actions": asks}, f"<ul>{shown}</ul>", "\n".join(asks))


def made(*sources: Source) -> Part:
    """Say how the report was made: sources, rows, days, versions. As last call it marks the report complete."""
    if not sources:
        raise SettingError("show.made() needs the sources the report was loaded from, such as show.made(events).")
    origins = [source.origin for source in sources]
    facts: dict[str, object] = {
        "sources": [origin.as_json() for origin in origins],
        "versions": {"pmlib": version("pmlib"), "Python": platform.python_version(), "DuckDB": version("duckdb")},
    }
    lines = [f"{origin.name} ({origin.form}): {origin.ledger}" for origin in origins]
    return Part(MADE_MIME, facts, "<br>".join(escape(line) for line in lines), "\n".join(lines))

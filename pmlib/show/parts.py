"""The parts of a report beside its findings: headline, doubts, what to do, how it was made."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from typing import Any, Protocol

from pmlib.core import Check, Finding, Kpi, Origin, SettingError, Signal
from pmlib.core.estimate import digits
from pmlib.core.words import capital, percent
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
        where = f"{percent(now.level)} interval {where}, n = {now.n:,}"
    else:
        where = now.reason
    if kpi.target is not None and now.value is not None:
        met = now.value >= kpi.target if kpi.better == "up" else now.value <= kpi.target
        where += f" · target {now.unit.short(kpi.target)}, {'met' if met else 'missed'}"
    told = kpi.signal
    return {
        "id": id,
        "name": capital(now.label),
        "value": now.unit.short(now.value),
        "number": digits(now.value),
        "change": words,
        "tone": tone,
        "signal": told.state if told and now.value is not None else "",
        "false_rate": told.rate if told and told.judged else None,
        "range": where,
        "spark": polylines(kpi.history),
    }


def judged(kpi: Kpi) -> tuple[str, str]:
    """Return the tone of a card, and its change with what may be said of it.

    Where the one rule for signals judges the value, nothing else does. The interval of a change calls something only
    where a design stands behind it, such as the arms of an experiment or the waves of a survey.
    """
    change, told = kpi.change, kpi.signal
    words = ""
    up = moved = False
    if change is not None and change.value is not None:
        size = change.unit.change(change.value)
        flat = not any(digit in size for digit in "123456789")
        arrow, what = "▬" if flat else "▲" if change.value > 0 else "▼", f" in {kpi.of}" if kpi.of else ""
        words = f"{arrow} {size}{what} on {kpi.before}"
        up = change.value > 0
    if told is not None:
        judgement = told.words if kpi.estimate.value is not None else ""
        moved, up = told.called, told.state == "above"
    elif words and change is not None and not (change.low is None and change.high is None):
        beyond = change.excludes(0)
        moved = beyond and not kpi.routine
        judgement = "within chance" if not beyond else "beyond chance" if moved else "too early to call"
    else:
        judgement = ""
    tone = "flat" if not (moved and kpi.better) else "good" if up == (kpi.better == "up") else "bad"
    return tone, ", ".join(part for part in (words, judgement) if part)


def doubts(*parts: Finding | Source) -> Part:
    """List what to doubt: each source's checks, passed or not, then the findings' cautions."""
    checks: list[Check] = []
    findings = [part for part in parts if isinstance(part, Finding)]
    for part in parts:
        checks += part.checks
    cautions = list(dict.fromkeys(caution for finding in findings for caution in finding.cautions))
    checks += [Check(False, caution) for caution in cautions]
    told = [finding.kpi.signal for finding in findings if finding.kpi and finding.kpi.signal]
    checks += [Check(True, text) for text in false_signals([one for one in told if one.judged])]
    if findings and not cautions:
        checks.append(Check(True, f"None of the {len(findings)} findings carries a caution."))
    shown = "".join(f"<li>{'✓' if check.ok else '!'} {escape(check.text)}</li>" for check in checks)
    text = "\n".join(f"{'✓' if check.ok else '!'} {check.text}" for check in checks)
    facts: dict[str, object] = {"checks": [{"ok": check.ok, "text": check.text} for check in checks]}
    return Part(DOUBTS_MIME, facts, f"<ul>{shown}</ul>", text)


def false_signals(told: Sequence[Signal]) -> list[str]:
    """Say how often one of the figures judged will be called though nothing happened; one line for each grain.

    Examples
    --------
    >>> from pmlib.core import Estimate, Unit
    >>> limits = Estimate("users", 100, 90, 110, Unit.COUNT, 52, "m")
    >>> false_signals([Signal("none", limits, 52, 26, "week", 0.01)] * 4)
    ['Of 4 figures judged by their history one will look like a signal about every 25 weeks by chance alone.']
    """
    lines = []
    for every in sorted({one.every for one in told}, reverse=True):
        rates = [one.rate for one in told if one.every == every]
        which = "The figure judged by its history"
        which = which if len(rates) == 1 else f"Of {len(rates)} figures judged by their history one"
        often = max(1, round(1 / sum(rates)))
        span = f"{often} {every}s" if often > 1 else every
        lines.append(f"{which} will look like a signal about every {span} by chance alone.")
    return lines


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

"""The facts of a report: what its page says as plain data, kept with the run and read again next week."""

from collections.abc import Sequence
from typing import Any

from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.content import Content
from pmlib.reports.pages.leaf import Gate

Json = dict[str, Any]


def facts(found: Content, job: Job, as_of: str, *, gates: Sequence[Gate] = (), privacy: str = "") -> Json:
    """Return the facts of a page: its sentence and cards, its findings with their tables and charts.

    Parameters
    ----------
    gates
        What the pack asks of the data, and whether it holds.
    privacy
        What was hidden on it: :func:`pmlib.reports.pages.privacy.fingerprint`.

    Returns
    -------
    dict
        ``report``, ``title``, ``as_of``, ``through``, ``sentence``, ``cards`` (as :func:`pmlib.show.headline` made
        them), ``findings`` (each :meth:`pmlib.core.Finding.facts` with ``table`` and ``chart``, or ``None``),
        ``checks``, ``actions``, ``sources``, ``parameters`` (but for files and the day), ``gates`` (each ``name``,
        ``ok``, ``text``, ``misleads``), ``privacy``.
    """
    blocks = [block for section in found.sections for block in section.blocks]
    findings = [
        {**one.facts, "table": one.table, "chart": one.figure.shape if one.figure else None}
        for one in blocks
        if one.kind == "finding"
    ]

    def listed(kind: str, name: str) -> list[Any]:
        return [item for one in blocks if one.kind == kind for item in one.facts[name]]

    return {
        "report": job.id,
        "title": job.title,
        "as_of": as_of,
        "through": job.through.isoformat() if job.through else None,
        "sentence": found.headline.get("sentence", ""),
        "cards": found.headline.get("cards", []),
        "findings": findings,
        "checks": listed("doubts", "checks"),
        "actions": listed("actions", "actions"),
        "sources": found.made.get("sources", []),
        "parameters": {n: v for n, v in job.parameters.items() if n not in job.files and n != "as_of"},
        "gates": [{"name": gate.name, "ok": gate.ok, "text": gate.text, "misleads": gate.misleads} for gate in gates],
        "privacy": privacy,
    }

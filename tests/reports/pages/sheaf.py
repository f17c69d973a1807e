"""Leaves made by hand, so that a page can be looked at without running a notebook."""

from datetime import date
from pathlib import Path

from pmlib import show
from pmlib.core import Estimate, Finding, Kpi, Unit
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.content import Block, Content, Section, drawn
from pmlib.reports.pages.leaf import Change, Changes, Decision, Gate, Leaf, Notes
from pmlib.stats import share

DAY = date(2026, 11, 22)
WEEKS = ("2026-11-02", "2026-11-09", "2026-11-16")
COLUMNS = [show.Column("Week", Unit.DATE), "Plan", show.Column("People", Unit.COUNT), show.Column("Kept", Unit.SHARE)]
ROWS = [
    (date(2026, 11, 2), "plan 10", 1200, 0.351),
    (date(2026, 11, 9), "plan 9", 90, None),
    (date(2026, 11, 16), "Plan 1", 1100, 0.0405),
]


def finding(number: int, words: str = "", action: str = "") -> Finding:
    """A finding with a card, a chart with a launch, and a table."""
    rate = share(81, 263, label=words or f"share {number}")
    history = (0.29, 0.34, None, 0.308)
    change = Estimate("change", -0.026, -0.05, -0.002, Unit.POINTS, 263, "difference")
    chart = show.line(
        [show.Series(words or "this year", WEEKS, [0.29, 0.34, 0.308], [0.25, 0.3, 0.27], [0.33, 0.38, 0.35])],
        unit=Unit.SHARE,
        description=words or f"Share {number} by week.",
        notes=[show.Note("2026-11-09", words or "new onboarding")],
    )
    return Finding(
        f"finding-{number}",
        words or f"Question {number}?",
        words or f"Answer {number} is 30.8%",
        (rate,),
        words or "Counted by week.",
        show.table(COLUMNS, ROWS) if not words else show.table([words, *COLUMNS[2:]], [(words, 3, 0.5)]),
        chart,
        (words or f"Doubt {number}.",),
        words or "SELECT 1",
        action,
        Kpi(rate, change, "the week before", history=history),
    )


def leaf(count: int = 3, words: str = "", asks: int = 2, **more) -> Leaf:
    """A leaf of some findings with all that can surround them; ``words`` stand in every text."""
    findings = [finding(i + 1, words, words or f"Do thing {i + 1}." if i < asks else "") for i in range(count)]
    head = show.headline(*findings)
    page = Content(title="Toy", headline=head.facts)
    page.sections.append(Section("headline", "Headline", blocks=[Block("headline", facts=head.facts)]))
    for one in findings:
        block = Block("finding", facts=one.facts(), table=one.table.as_json())
        block.figure = drawn(one.figure.bundle(), f"c{len(page.figures) + 1}")
        page.figures.append(block.figure)
        page.sections.append(Section(one.id.replace("finding", "part"), words or f"Part {one.id}", blocks=[block]))
    spoken = show.table([show.Column("their words", Unit.QUOTE), "plan"], [(words or "It is slow.", words or "free")])
    said = Finding("quotes", words or "What do they say?", words or "One was drawn", (), "Drawn.", spoken)
    page.sections.append(
        Section(
            "words", words or "In their words", blocks=[Block("finding", facts=said.facts(), table=spoken.as_json())]
        )
    )
    for part in (show.doubts(*findings), show.actions(*findings)):
        kind = "doubts" if "checks" in part.facts else "actions"
        page.sections.append(Section(kind, f"What to {kind}", blocks=[Block(kind, facts=part.facts)]))
    origin = {
        "name": words or "e.csv",
        "kind": "events",
        "form": "plain",
        "read": 100,
        "kept": 90,
        "dropped": {"late": 10},
    }
    origin |= {"first": "2026-01-01", "through": "2026-11-22", "timezone": "Europe/Berlin", "notes": [words or "Fine."]}
    page.made = {"sources": [origin], "versions": {"pmlib": "0"}}
    page.sections.append(Section("made", "How this was made", blocks=[Block("made", facts=page.made)]))
    job = Job(
        "toy", words or "Toy", Path("/home/ada/toy.ipynb"), {"events": "/home/ada/e.csv", "weeks": 8}, ("events",), 60
    )
    given = {"gates": GATES, "changes": CHANGES, "notes": NOTES} | more
    return Leaf(job, page, words or "Toy", DAY, {}, **given)


GATES = (Gate("rows", True, "Rows enough."), Gate("whole week", False, "The week is not over."))
CHANGES = Changes(
    date(2026, 11, 15),
    tuple(Change(f"m{i}", "share", "1", "2", f"Number {i} went from 1 to 2.") for i in range(4)),
    (Change("r", "share", "1", "2", "Week of 2 Nov revised from 1 to 2."),),
)
NOTES = Notes(
    "<p>The release is frozen.</p>",
    (Decision("Wait with the release.", "Ada", DAY),),
    (Decision("Show it to half of them.", "Grace", date(2026, 11, 15), ("Share 1: 29.0% then, 30.8% now.",)),),
)

"""Two weeks of a small report, its numbers typed by hand."""

from pmlib import show
from pmlib.core import Estimate, Finding, Kpi, Signal, Unit

HOSTILE = "<img src=x onerror=1>=cmd|' /C calc'!A0\x07"


def estimate(label, value, low, high, unit, n):
    return Estimate(label, value, low, high, unit, n, "by hand", reason="" if low is not None else "a full count")


def findings(active, before, retention):
    """Weekly active users and week-4 retention, two findings with a chart and a table each."""
    count = estimate("Weekly active users", active, 5910, 6462, Unit.COUNT, active)
    change = estimate("change on the week before", active / before - 1, None, None, Unit.LIFT, active)
    usual = Signal("none", estimate("expected", 6186, 5910, 6462, Unit.COUNT, 30), 30, 26, "week", 0.01)
    weeks = ("2026-11-09", "2026-11-16")
    yield Finding(
        "active-week",
        "How many people are active?",
        f"{active:,} people were active in the week of 16 Nov.",
        (count, change),
        "Distinct users with any event; Europe/Berlin.",
        show.table(
            [show.Column("Week", Unit.DATE), show.Column("People", Unit.COUNT)],
            [["9 Nov 2026", before], ["16 Nov 2026", active]],
        ),
        show.line([show.Series("this year", weeks, (before, active))], unit=Unit.COUNT, description="People a week."),
        (f"{HOSTILE} may be missing.",),
        kpi=Kpi(count, change, "the week before", signal=usual, history=(before, active)),
    )
    rate = estimate("Week-4 retention", retention, retention - 0.012, retention + 0.012, Unit.SHARE, 6158)
    moved = estimate("week-4 retention, last 4 cohorts less the 4 before", -0.026, -0.05, 0.001, Unit.POINTS, 6158)
    yield Finding(
        "retention",
        "Do the people who start come back?",
        f"{Unit.SHARE.text(retention)} of people who start come back four weeks later.",
        (rate,),
        "Cohorts by the first start.",
        show.table(
            [show.Column("Plan"), show.Column("Share", Unit.SHARE)], [["free", 0.284], ["pro " + HOSTILE, 0.614]]
        ),
        show.intervals(
            [show.Series("share", ("free", "=pro"), (0.284, 0.614), (0.25, 0.55), (0.31, 0.68))],
            unit=Unit.SHARE,
            description=f"Retention by plan {HOSTILE}",
        ),
        kpi=Kpi(rate, moved, "the 4 cohorts before"),
        query="SELECT 1",
        action="Ask those who left.",
    )
    yield Finding(
        "cohorts",
        "Which cohorts come back?",
        f"Cohorts {HOSTILE * 12} differ.",
        (),
        "Weeks " * 120,
        None,
        show.grid(
            [f"{day} Nov (20)" for day in range(1, 31)],
            ["1", "2"],
            [[0.5, None]] * 30,
            unit=Unit.SHARE,
            description="A grid of cohorts.",
        ),
    )
    yield Finding(
        "funnel",
        "How far do people get?",
        "8 of 12 people who start reach the end.",
        (estimate("Reached the end", 8 / 12, 0.39, 0.86, Unit.SHARE, 12),),
        "Within 7 days.",
        None,
        show.funnel(
            show.Series("share", ("start", "end"), (1.0, 8 / 12), (1.0, 0.39), (1.0, 0.86)), description="Steps."
        ),
    )


def facts(as_of="2026-11-22", *, active=6058, before=6089, retention=0.35336, report="engagement"):
    """The facts of the report as a run keeps them."""
    found = list(findings(active, before, retention))
    return {
        "report": report,
        "title": report.capitalize(),
        "as_of": as_of,
        "through": as_of,
        "sentence": found[0].sentence,
        "cards": show.headline(*found).facts["cards"],
        "findings": [
            {
                **one.facts(),
                "table": one.table.as_json() if one.table else None,
                "chart": one.figure.as_json() if one.figure else None,
            }
            for one in found
        ],
        "checks": [{"ok": True, "text": "Every day has events."}],
        "actions": ["Ask those who left."],
        "sources": [{"name": "events.parquet", "read": 200_113, "kept": 200_000}],
    }


NOW, LAST = facts(), facts("2026-11-15", active=6089, before=5950, retention=0.36117)

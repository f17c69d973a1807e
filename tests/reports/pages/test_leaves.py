"""What surrounds a page: what it is compared with, what is told of it, what the ledger keeps."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from pmlib import show
from pmlib.core import Estimate, Finding, Kpi, Ledger, Origin, Unit
from pmlib.reports.leaves import Readers, leaf_of, pages
from pmlib.reports.packs.pack import Pack
from pmlib.reports.packs.plan import Job, Plan, job
from pmlib.reports.packs.settings import Asks
from pmlib.reports.pages.audiences import EVERYBODY
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.gates import gates
from pmlib.reports.pages.leaf import Gate
from pmlib.reports.pages.page import Frame, page
from pmlib.reports.runs.outcome import Outcome
from pmlib.reports.runs.records import home
from tests.reports.pages.papers import notebook_of, page_of
from tests.reports.pages.test_small import BARE

DAYS = (date(2026, 11, 8), date(2026, 11, 15), date(2026, 11, 22))
THURSDAY = date(2026, 11, 19)
SHORT = Gate("whole week", False, "The week is not whole.", misleads=True)


def users(count: int, headline: str = "", more: str = "") -> Finding:
    now = Estimate("weekly active users", count, None, None, Unit.COUNT, count, "counted", reason="all")
    change = Estimate("change", 0.1, None, None, Unit.LIFT, count, "counted", reason="all")
    said = headline or f"{count:,} people came."
    return Finding("active", "How many?", said, (now,), f"People.{more}", kpi=Kpi(now, change, "the week before"))


def plan_of(tmp_path: Path, through: date = DAYS[2], **given) -> Plan:
    """The plan of one report of the week to 22 Nov."""
    asks = Asks.model_validate(given.pop("asks", {}))
    report = {"id": "toy", "notebook": "toy.ipynb"}
    pack = Pack.model_validate({"title": "Toys", "report": [report], "mask_contacts": False} | given)
    job = Job("toy", "How Ada Byron works", Path("toy.ipynb"), {}, (), 60, asks, through)
    return Plan(pack, tmp_path, (job,), DAYS[2], tmp_path / "reports", DAYS[2])


def ran(plan: Plan, *runs: dict) -> list[dict]:
    """Earlier runs with these facts, as the ledger has them."""
    records = []
    for number, kept in enumerate(runs):
        name, day = f"run{number}", kept["as_of"]
        folder = home(plan.out) / "runs" / name / "toy"
        folder.mkdir(parents=True)
        (folder / "facts.json").write_text(json.dumps(kept))
        entry = {"id": "toy", "title": "Toy", "state": "success", "why": "", "headline": "", "through": day}
        record = {"run": name, "title": "Toys", "as_of": day, "out": plan.out.name, "state": "success", "process": 1}
        times = {"began": f"{day}T08:00:00+00:00", "ended": f"{day}T08:01:00+00:00"}
        records.append(record | times | {"reports": [entry], "files": {f"{day}/toy.html": ""}})
    return records


def kept(plan: Plan, day: date, finding: Finding, **more) -> dict:
    return facts(page_of(finding), plan.jobs[0], day.isoformat(), **more)


def made(plan: Plan, finding: Finding, *runs: dict, roster: dict[str, str] | None = None, more=()):
    notebook = notebook_of(finding, more=more)
    outcome = Outcome(plan.jobs[0], "success", notebook=notebook)
    history = ran(plan, *runs)
    leaf = leaf_of(outcome, plan, roster or {}, history)
    return leaf, pages([outcome], plan, Readers((EVERYBODY,), roster or {}), history)


def test_a_misled_run_is_no_baseline(tmp_path):
    plan = plan_of(tmp_path)
    runs = [
        kept(plan, DAYS[0], users(100)),
        kept(plan, DAYS[1], users(40), gates=(SHORT,)),
    ]
    leaf, told = made(plan, users(110), *runs)
    assert leaf.changes.since == DAYS[0]
    assert told.changes["toy"] == ["Weekly active users: 110, from 100 (+10.0%)."]


def quoted(plan: str, headline: str = "Judged by 1 goal.") -> Finding:
    rows = [["Hypothesis", "It helps."], ["Registered as", f"{plan} (form.toml)"]]
    return Finding(
        "experiment-registered", "What was planned?", headline, (), "A plan.", table=show.table(["part", "says"], rows)
    )


def test_an_edited_plan_fails_a_gate_of_the_page_and_leads_what_changed(tmp_path):
    plan = plan_of(tmp_path)
    words = "The plan was edited since the page of 15 Nov 2026"
    leaf, told = made(plan, quoted("cafe56789abc"), *(kept(plan, day, quoted("beef56789abc")) for day in DAYS[:2]))
    assert leaf.gates[-1].ok is False
    assert leaf.gates[-1].text == f"{words} (it was beef56789abc, now it is cafe56789abc): which of its settings " + (
        "cannot be told."
    )
    assert leaf.facts["gates"][-1]["text"] == leaf.gates[-1].text
    assert told.changes["toy"] == [f"{words}: which of its settings cannot be told."]
    assert leaf.gates[-1].text in page(leaf, Frame("Toys", "../index.html")).decode()
    calm, _ = made(plan_of(tmp_path / "other"), quoted("beef56789abc"), kept(plan, DAYS[1], quoted("beef56789abc")))
    assert calm.gates == ()


def test_what_the_page_holds_back_nobody_is_told(tmp_path):
    plan = plan_of(tmp_path, THURSDAY, asks={"whole_week": True})
    leaf, told = made(plan, users(60), kept(plan, DAYS[1], users(100)))
    assert leaf.changes.held
    assert told.changes["toy"] == []
    assert told.extras["toy"]["card"] is None, "no line of values runs through it"
    assert leaf.facts["gates"][0]["ok"] is False
    (text,) = (content.decode() for content in told.files.values())
    assert "Not compared: see above." in text
    assert "from 100" not in text
    assert "No number above differs" not in text
    # Nor is an audience that may not see the gate told what it holds back.
    blind = page(replace(leaf, gates=()), Frame("Toys")).decode()
    assert "from 100" not in blind
    assert "No number above differs" not in blind
    _, good = made(plan_of(tmp_path / "good"), users(60))
    assert good.extras["toy"]["card"]["value"] == "60"


def test_a_name_put_on_the_roster_leaves_the_title_and_last_weeks_words(tmp_path):
    plan = plan_of(tmp_path)
    before = kept(plan, DAYS[1], users(100, "Ada Byron says that 100 came.", " As Ada Byron counts."))
    now = users(100, "All say that 100 came.", " As Ada Byron counts.")
    leaf, told = made(plan, now, before, roster={"Ada Byron": "P1"})
    assert told.extras["toy"]["title"] == leaf.title == "How P1 works"
    (change,) = leaf.changes.moved
    assert (change.text, change.before) == ("All say that 100 came.", ""), "the definition is the same one"
    assert "Ada" not in json.dumps(told.facts)
    # With the same roster both weeks, what was said is said again.
    same = kept(plan, DAYS[1], users(100, "P1 says that 100 came.", " As P1 counts."), privacy=leaf.facts["privacy"])
    leaf, _ = made(plan_of(tmp_path / "b"), now, same, roster={"Ada Byron": "P1"})
    assert leaf.changes.moved[0].text == "All say that 100 came; before: P1 says that 100 came."


def test_last_weeks_small_number_is_not_told_once_small_groups_are_hidden(tmp_path):
    plan = plan_of(tmp_path, asks={"min_group": 5})
    leaf, told = made(plan, users(90), kept(plan, DAYS[1], users(3)))
    assert "from 3" not in " ".join(told.changes["toy"])
    assert leaf.changes.since == DAYS[1]


def test_the_gate_of_groups_claims_nothing_of_what_it_never_looked_at(tmp_path):
    asked = {"asks": {"min_group": 5}}
    leaf, _ = made(plan_of(tmp_path, **asked), users(90), more=({"text/html": "<hr>"}, BARE.bundle()))
    (gate,) = leaf.gates
    assert gate.ok is None
    assert gate.text.startswith("1 table or chart could not be judged")
    assert leaf.facts["gates"] == [{"name": "groups", "ok": None, "text": gate.text, "misleads": False}]
    leaf, _ = made(plan_of(tmp_path / "b", **asked), users(90))
    assert leaf.gates == (Gate("groups", True, "Every group shown has 5 people or more."),)


def test_the_title_of_a_report_that_failed_is_masked_too(tmp_path):
    plan = plan_of(tmp_path)
    failed = Outcome(plan.jobs[0], "failed", "why")
    assert pages([failed], plan, Readers((EVERYBODY,), {"Ada Byron": "P1"}), []).extras == {
        "toy": {"title": "How P1 works"}
    }


def test_a_survey_that_nobody_sends_any_more_is_stale_beside_fresh_events():
    kinds = {"e.csv": ("events", DAYS[2]), "s.csv": ("survey", DAYS[0]), "t.vtt": ("interviews", None)}
    origins = [Origin(name, kind, "plain", Ledger(9, 9), through=day, first=day) for name, (kind, day) in kinds.items()]
    pack = Pack.model_validate({"title": "T", "report": [{"id": "r", "title": "R", "notebook": "r.ipynb"}]})
    made = job(pack.report[0], {}, origins, {}, pack.model_copy(update={"max_age_days": 7}), DAYS[2], DAYS[2], None)
    assert made.through == DAYS[2]
    assert made.ends == {"e.csv": DAYS[2], "s.csv": DAYS[0]}
    (gate,) = gates(made, DAYS[2])
    assert not gate.ok
    assert "data of s.csv end on 8 Nov 2026, 14 days before" in gate.text


def test_a_page_that_cannot_be_rendered_costs_no_other_and_tells_no_foreign_words(tmp_path):
    plan = plan_of(tmp_path)
    broken = notebook_of(users(90), more=({"application/vnd.plotly.v1+json": ["ada@example.org"]},))
    good = Outcome(replace(plan.jobs[0], id="good"), "success", notebook=notebook_of(users(90)))
    told = pages([Outcome(plan.jobs[0], "success", notebook=broken), good], plan, Readers((EVERYBODY,), {}), [])
    assert [one.state for one in told.outcomes] == ["failed", "success"]
    assert [path.name for path in told.files] == ["good.html"]
    assert told.outcomes[0].why.startswith("Its page cannot be rendered (")
    assert "list" not in told.outcomes[0].why
    assert told.outcomes[0].detail != told.outcomes[0].why

"""A plan that was edited between two pages is said on each page that follows; one that was kept is not."""

from copy import deepcopy
from pathlib import Path

import pytest

from pmlib.experiments import registered, trial
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.changes import changes
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.plans import kept
from tests.experiments.made import converted
from tests.reports.pages.papers import page_of

PLAN = """
name = "Shorter form"
hypothesis = "A shorter form makes more of them sign up."
control = "control"
start = 2026-11-02
weeks = 2
[arms]
control = 1
treatment = 1
[metrics.converted]
smallest = 0.05
"""
LONGER = PLAN.replace("weeks = 2", "weeks = 4")
NEXT = LONGER.replace("A shorter form", "A form in two steps").replace("2026-11-02", "2026-11-16")
UNITS = converted(control=(562, 2000), treatment=(660, 2000))


@pytest.fixture
def page(tmp_path: Path):
    """Make the facts of a page of a day that is read by a plan, or by none."""

    def of(day: int, text: str = "", file: str = "form.toml") -> dict:
        if text:
            (tmp_path / file).write_text(text)
            asked = trial(UNITS, registration=tmp_path / file)
        else:
            asked = trial(UNITS, metric="converted")
        job = Job("r", "R", Path("r.ipynb"), {}, (), 9)
        return facts(page_of(registered(asked)), job, f"2026-11-{day:02}")

    return of


def seal(page: dict) -> str:
    return page["findings"][0]["table"]["values"][-1][1].split()[0]


def test_an_edited_plan_fails_its_gate_on_every_page_that_follows(page) -> None:
    before, now, later = page(9, PLAN), page(16, LONGER), page(23, LONGER)
    words = (
        f"The plan was edited since the page of 9 Nov 2026 (it was {seal(before)}, now it is {seal(now)}): Horizon is "
        "not as it was."
    )
    for memory, last in (([before], now), ([before, now], later)):
        gate = kept(memory, last)
        assert gate is not None
        assert (gate.name, gate.ok, gate.misleads, gate.text) == ("plan", False, False, words)
    again = kept([before, now], page(23, LONGER.replace("smallest = 0.05", "smallest = 0.01")))
    assert again is not None
    assert "since the page of 16 Nov 2026" in again.text
    assert "Goal is not as it was" in again.text


def test_a_plan_that_was_kept_or_put_back_passes(page) -> None:
    before, now = page(9, PLAN), page(16, LONGER)
    assert kept([], before) is None
    assert kept([before], page(16, f"# A remark.\n{PLAN}")) is None
    assert kept([before, now], page(23, PLAN)) is None
    assert kept([page(9)], page(16, PLAN)) is None
    assert kept([before], {"findings": []}) is None


def test_a_file_may_be_used_again_for_the_next_experiment(page) -> None:
    before, now = page(9, PLAN), page(16, NEXT)
    assert kept([before], now) is None
    (change,) = changes(before, now).moved
    read = f"{seal(now)} (form.toml), then {seal(before)} (form.toml)"
    assert change.text == f"Another plan is read than on the page of 9 Nov 2026: {read}."
    assert change.tone == "flat"


def test_another_name_of_the_file_hides_no_edit(page) -> None:
    gate = kept([page(9, PLAN)], page(16, LONGER, file="form_2.toml"))
    assert gate is not None
    assert gate.text.endswith("Horizon is not as it was.")


def test_a_plan_that_is_left_out_is_missed(page) -> None:
    before = page(9, PLAN)
    gate = kept([before], page(16))
    assert gate is not None
    assert gate.text == f"The page of 9 Nov 2026 was read by a plan ({seal(before)} (form.toml)), this one by none."


def test_what_was_edited_leads_what_changed(page) -> None:
    before, now = page(9, PLAN), page(16, LONGER)
    words = (
        "The plan was edited since the page of 9 Nov 2026: Horizon is now '4 weeks, 2 to 29 Nov 2026', and was "
        "'2 weeks, 2 to 15 Nov 2026'."
    )
    (change,) = changes(before, now).moved
    assert (change.id, change.tone, change.text) == ("experiment-registered", "bad", words)
    assert changes(before, page(16, PLAN)).moved == ()
    # Other parameters keep numbers apart, and hide no edit.
    apart = deepcopy(now)
    before["parameters"], apart["parameters"] = {"metric": "a"}, {"metric": "b"}
    assert [one.id for one in changes(before, apart).moved] == ["experiment-registered", ""]


def test_words_of_before_are_not_repeated_where_other_names_are_hidden(page) -> None:
    before, now = page(9, PLAN), page(16, LONGER)
    now["privacy"] = "other"
    (change,) = changes(before, now).moved
    assert change.text.endswith(": Horizon is now '4 weeks, 2 to 29 Nov 2026'.")


def test_what_no_page_quotes_cannot_be_told(page) -> None:
    before, now = page(9, PLAN), page(16, PLAN.replace('control = "control"', 'control = "control"\nseed = 7'))
    gate, (change,) = kept([before], now), changes(before, now).moved
    assert gate is not None
    assert gate.text.endswith("which of its settings cannot be told.")
    assert change.text.endswith("which of its settings cannot be told.")

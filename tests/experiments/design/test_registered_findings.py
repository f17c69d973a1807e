"""What was written down stands in the report, or that nothing was."""

from pathlib import Path

from pmlib.experiments import registered, trial
from tests.experiments.made import converted

PLAN = """
name = "Shorter form"
hypothesis = "A <b>shorter</b> form makes more of them sign up."
control = "control"
[arms]
control = 1
treatment = 1
[metrics.converted]
smallest = 0.05
"""


def test_the_hypothesis_is_quoted_as_text_with_its_digest(tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text(PLAN)
    units = converted(control=(562, 2000), treatment=(660, 2000))
    found = registered(trial(units, registration=tmp_path / "form.toml"))
    assert found.headline == "Judged by 1 goal, as planned for: “A <b>shorter</b> form makes more of them sign up”."
    assert "form.toml, digest " in found.definition
    parts = [row[0] for row in found.table.rows]
    assert parts[:2] == ["Hypothesis", "Arms"]
    assert "Goal" in parts


def test_without_a_registration_that_is_said() -> None:
    found = registered(trial(converted(control=(1, 10), treatment=(2, 10)), metric="converted"))
    assert found.headline.startswith("Nothing was written down before the start")
    assert found.cautions

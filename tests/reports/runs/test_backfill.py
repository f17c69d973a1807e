"""Past weeks are made in order, once, as of their last day."""

import re
from datetime import date

import pytest
from click.testing import CliRunner

from pmlib.cli import main
from pmlib.core import InputError, SettingError
from pmlib.reports.backfill import past
from pmlib.reports.packs.plan import Wishes, plan
from pmlib.reports.runs import records
from tests.reports.runs.ledgers import kept
from tests.reports.runs.weeks import weekly, weekly_pack

TODAY = date(2026, 11, 25)


def pmlib(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def days(found) -> list[str]:
    return [f"{day:%m-%d}" for day in found.plans]


@pytest.fixture
def path(tmp_path):
    """Return a pack of a report that knows past weeks and one that does not."""
    weekly(tmp_path, "counts")
    weekly(tmp_path, "whole", as_of=False)
    return weekly_pack(tmp_path, "counts", "whole")


def test_the_weeks_are_those_that_the_data_cover_whole(path):
    found = past(path, Wishes(), "2026-10-01", "", TODAY)
    # The week of 28 October is not whole, and so is that of 23 November.
    assert days(found) == ["11-08", "11-15", "11-22"]
    assert found.plans[date(2026, 11, 8)].jobs[0].parameters["as_of"] == "2026-11-08"
    assert [one.jobs[0].through for one in found.plans.values()] == list(found.plans)
    assert all([job.id for job in one.jobs] == ["counts"] for one in found.plans.values())
    assert found.notes[0].startswith("whole is left out: its notebook has no parameter as_of")
    assert found.notes[1] == "The data begin on 28 Oct 2026; the first whole week ends on 8 Nov 2026."


@pytest.mark.parametrize(
    ("since", "until", "made"),
    [
        ("2026-11-08", "", ["11-08", "11-15", "11-22"]),
        ("2026-11-09", "2026-11-21", ["11-15"]),
        ("2026-11-15", "2026-11-15", ["11-15"]),
        ("2026-11-16", "2026-11-25", ["11-22"]),
    ],
)
def test_both_dates_count(path, since, until, made):
    assert days(past(path, Wishes(), since, until, TODAY)) == made


def test_weeks_begin_where_the_pack_says(path):
    weekly(path.parent, "sundays")
    text = path.read_text().replace("[parameters]", '[parameters]\nweek_start = "sunday"')
    path.write_text(text.replace('"whole.ipynb"', '"sundays.ipynb"'))
    notebook = path.parent / "sundays.ipynb"
    line = r"as_of: str = 'data'  # last day counted [date]"
    notebook.write_text(
        notebook.read_text().replace(line, line + r"\nweek_start: str = 'monday'  # first day [monday | sunday]")
    )
    assert days(past(path, Wishes(), "2026-11-01", "", TODAY)) == ["11-07", "11-14", "11-21"]


@pytest.mark.parametrize(
    ("since", "until", "error", "words"),
    [
        ("2026-11-26", "", SettingError, "--from is 2026-11-26, which is to come"),
        ("2026-11-01", "2027-01-01", SettingError, "--to is 2027-01-01, which is to come"),
        ("2026-11-08", "2026-11-01", SettingError, "Swap the two dates"),
        ("first", "", SettingError, "such as 2026-11-22"),
        ("2025-01-01", "2025-03-01", InputError, "which run from 28 Oct 2026 to 23 Nov 2026"),
        ("2026-11-23", "", InputError, "No whole week"),
    ],
)
def test_dates_that_cannot_be_made_are_refused(path, since, until, error, words):
    with pytest.raises(error, match=words):
        past(path, Wishes(), since, until, TODAY)


def test_a_pack_that_knows_no_past_is_refused(path):
    path.write_text(path.read_text().replace("counts.ipynb", "whole.ipynb").replace("[[report]]", "", 1))
    text = 'title = "x"\n[parameters]\nevents = "e.csv"\n[[report]]\nnotebook = "whole.ipynb"\n'
    fixed = '[[report]]\nnotebook = "counts.ipynb"\n[report.parameters]\nas_of = "2026-11-15"'
    path.write_text(text + fixed)
    with pytest.raises(InputError, match=r"nothing to make.*whole is left out.*counts is left out: the pack sets"):
        past(path, Wishes(), "2026-11-01", "", TODAY)
    with pytest.raises(SettingError, match="as_of is set by the weeks"):
        past(path, Wishes(parameters={"as_of": "today"}), "2026-11-01", "", TODAY)


UNITS = ["unit,arm,day,converted"] + [
    f"u{at},{'ab'[at % 2]},{date(2026, 11, 2 + at // 30)},{int(at % (3 + at % 2) == 0)}" for at in range(360)
]
"""30 units a day from 2 to 13 November."""


def experiment(path, lines: list[str]) -> None:
    """Add the shipped report of an experiment to a pack."""
    (path.parent / "units.csv").write_text("\n".join(lines) + "\n")
    settings = "experiment = 'units.csv'\nunit = 'unit'\nmetric = 'converted'\nguardrails = ''\ncontrol = 'a'"
    report = f"[[report]]\nnotebook = 'experiment.ipynb'\n[report.parameters]\n{settings}\n"
    path.write_text(path.read_text() + report)


def test_an_experiment_is_read_as_of_each_past_week_from_its_first(path):
    experiment(path, UNITS)
    found = past(path, Wishes(), "2026-10-01", "", TODAY)
    made = {f"{day:%m-%d}": [job.id for job in one.jobs] for day, one in found.plans.items()}
    assert made == {one: ["counts", "experiment"] for one in ("11-08", "11-15", "11-22")}
    job = found.plans[date(2026, 11, 8)].jobs[1]
    assert (job.parameters["as_of"], job.first) == ("2026-11-08", date(2026, 11, 2))
    run = pmlib("backfill", path, "--from", "2026-11-08", "--to", "2026-11-15")
    assert run.exit_code == 0, run.output
    pages = [(path.parent / f"reports/2026-11-{day}/experiment.html").read_text() for day in ("08", "15")]
    # On 8 November seven days of units were there.
    assert ["; 210 units in all" in page for page in pages] == [True, False]
    assert ["; 360 units in all" in page for page in pages] == [False, True]


def test_an_experiment_without_days_knows_no_past_weeks(path):
    experiment(path, [",".join(part for at, part in enumerate(line.split(",")) if at != 2) for line in UNITS])
    found = past(path, Wishes(), "2026-10-01", "", TODAY)
    assert "experiment is left out: nothing in its data tells days, so it knows no past weeks." in found.notes
    assert all([job.id for job in one.jobs] == ["counts"] for one in found.plans.values())


def test_units_alone_make_past_weeks(tmp_path):
    path = tmp_path / "pack.toml"
    path.write_text('title = "Toys"\n')
    experiment(path, UNITS)
    assert days(past(path, Wishes(), "2026-10-01", "", TODAY)) == ["11-08", "11-15", "11-22"]
    # Today no source says which day it is: the report reads to the last day of its units.
    assert plan(path, Wishes(), TODAY).jobs[0].parameters["as_of"] == "data"


def test_what_is_there_is_not_made_again(path, tmp_path):
    out = tmp_path / "reports"
    (out / "2026-11-15").mkdir(parents=True)
    (out / "2026-11-15/counts.html").write_text("x")
    kept(out, 1, "2026-11-08", {"counts": "success"}, {"counts": {}}, files={"2026-11-08/counts.html": "x"})
    kept(out, 2, "2026-11-15", {"counts": "success"}, {"counts": {}}, files={"2026-11-15/counts.html": "x"})
    # Made, and stopped before it was published: its page is of another run.
    (out / "2026-11-22").mkdir()
    (out / "2026-11-22/counts.html").write_text("x")
    kept(out, 3, "2026-11-22", {"counts": "success"}, {"counts": {}}, state="cancelled", files={})
    assert days(past(path, Wishes(), "2026-11-01", "", TODAY)) == ["11-08", "11-22"]
    # What a pack no longer keeps counts as made.
    path.write_text(path.read_text().replace('"Toys"', '"Toys"\nkeep_weeks = 1'))
    assert days(past(path, Wishes(), "2026-11-01", "", TODAY)) == ["11-22"]


def test_past_weeks_are_made_and_a_failing_one_stops_no_other(path, tmp_path):
    weekly(tmp_path, "counts", more="1 / (as_of != '2026-11-15')")
    result = pmlib("backfill", path, "--from", "2026-11-09", "--jobs", 1)
    assert result.exit_code == 1, result.output
    lines = [line for line in result.output.splitlines() if line[:1] in "✓✗"]
    assert re.match(r"✗ 15 Nov 2026: counts: ZeroDivisionError in cell .*\(1 of 2\)", lines[0])
    assert lines[1] == "✓ 22 Nov 2026: counts (2 of 2)"

    weekly(tmp_path, "counts")
    again = pmlib("backfill", path, "--from", "2026-11-09")
    assert again.exit_code == 0, again.output
    assert "1 of 2 weeks are already there." in again.output
    assert "✓ 15 Nov 2026: counts (1 of 1)" in again.output

    out = tmp_path / "reports"
    # Two events a day since 28 October.
    assert [(one["as_of"], one["sentence"]) for one in records.remembered(out, "counts")] == [
        ("2026-11-15", "38 events were counted."),
        ("2026-11-22", "52 events were counted."),
    ]
    index = (out / "index.html").read_text()
    # The week made last is not the newest.
    assert 0 < index.index("2026-11-22/counts.html") < index.index("2026-11-15/counts.html")
    assert pmlib("backfill", path, "--from", "2026-11-09").output.count("✓") == 0

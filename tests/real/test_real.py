"""Data nobody here wrote: the figures its README gives, reached through the loaders and rooms."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmlib import experiments, research, sources, usage
from pmlib.cli import main
from tests.experiments.made import asked

HERE = Path(__file__).parent
PACK = HERE / "real.toml"

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def folder(real_data, monkeypatch):
    monkeypatch.setenv("PMLIB_REAL_DATA", str(real_data))
    return real_data


@pytest.fixture(scope="module")
def commits(real_data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PMLIB_REAL_DATA", str(real_data))
        yield sources.load_events(f"{PACK}#commits")


def test_commits_and_authors_a_year_are_those_counted_from_git(commits, folder):
    text = """
        SELECT project, year(ts) AS year, count(DISTINCT session_id) AS commits, count(DISTINCT user_id) AS authors
        FROM events GROUP BY ALL
    """
    found = {(row.project, row.year): row for row in commits.query(text)}
    missing = {"rails": [0, 0], "ansible": [0, 0]}
    with (folder / "usage_oss_commits/TRUTH_per_year.csv").open() as file:
        for row in csv.DictReader(file):
            ours = found[row["project"], int(row["author_year_utc"])]
            gaps = missing[row["project"]]
            gaps[0] += int(row["commits_no_merges"]) - ours.commits
            gaps[1] += int(row["active_author_emails"]) - ours.authors
    # Commits that touch no file have no row.
    assert missing == {"rails": [33, 0], "ansible": [44, 10]}


def test_every_commit_row_is_accounted_for(commits):
    ledger = commits.origin.ledger
    assert ledger.read == 404_876
    assert ledger.dropped["no time"] == 1
    assert ledger.kept + ledger.aside == ledger.read
    authors = "SELECT project, count(DISTINCT user_id) AS n FROM events GROUP BY ALL"
    assert {row.project: row.n for row in commits.query(authors)} == {"rails": 6_817, "ansible": 6_727}


def test_purchases_of_cdnow(folder):
    events = sources.load_events(f"{PACK}#purchases")
    assert events.origin.ledger.read == events.origin.ledger.kept == 69_659
    row = events.query("SELECT count(DISTINCT user_id) AS n, min(user_id) AS first, min(day) AS day FROM events").one()
    assert row.n == 23_570
    assert row.first == "00001", "leading zeros stay"
    assert str(row.day) == "1997-01-01"


def test_one_single_day_refuses_retention(folder):
    path = folder / "usage_wikiticker/wikiticker-2015-09-12-sampled.json.gz"
    columns = {"user_id": "user", "event": "='edit'", "ts": "time"}
    events = sources.load_events(path, columns=columns)
    assert events.origin.ledger.read == 39_244
    # The file is called one day; forty rows of other days are strewn around its 39,199.
    assert "events are of one single day, 12 Sep 2015" in usage.retention(events).headline


def test_columns_of_another_world(folder):
    path = folder / "usage_process_logs/receipt.csv"
    columns = {"user_id": "case:concept:name", "event": "concept:name", "ts": "time:timestamp"}
    events = sources.load_events(path, columns=columns, timezone="Europe/Amsterdam")
    assert events.origin.ledger.read == 8_577
    assert events.query("SELECT count(DISTINCT user_id) AS n FROM events").one().n == 1_434


@pytest.mark.parametrize(
    ("metric", "mens", "womens", "none", "scale", "digits"),
    [
        ("visit", 18.28, 15.14, 10.62, 100, 2),
        ("conversion", 1.253, 0.884, 0.573, 100, 3),
        ("spend", 1.4226, 1.0772, 0.6528, 1, 4),
    ],
)
def test_arms_of_hillstrom(folder, metric, mens, womens, none, scale, digits):
    units = sources.load_units(folder / "ab_hillstrom/hillstrom.csv", arm="segment")
    assert units.origin.ledger.kept == 64_000
    finding = asked(experiments.lift, units, metric=metric, control="No E-Mail")
    values = {one.label: round(one.value * scale, digits) for one in finding.estimates if one.value is not None}
    found = {name: next(v for label, v in values.items() if name in label) for name in ("Mens", "Womens", "No E-Mail")}
    assert found == {"Mens": mens, "Womens": womens, "No E-Mail": none}


def test_the_planned_split_of_the_giving_test_is_no_alarm(folder):
    path = folder / "ab_charitable_giving/charitable.csv.gz"
    units = sources.load_units(path, unit="", arm="treatment")
    arms = {row.arm: row.n for row in units.query("SELECT arm, count(*) AS n FROM units GROUP BY arm")}
    assert sum(arms.values()) == 50_083
    control = min(arms, key=arms.__getitem__)
    assert asked(experiments.split, units, control=control, weights="1:2").estimates[0].p > 0.001
    assert asked(experiments.split, units, control=control).headline.startswith("The arms are not as planned")


def test_star_wars(folder):
    survey = sources.load_survey(f"{PACK}#starwars")
    assert survey.origin.ledger.kept == 1_186

    def shares(question):
        text = "SELECT value, count(*) AS n FROM answers WHERE question = $q AND value IS NOT NULL GROUP BY value"
        return {row.value: row.n for row in survey.query(text, q=survey.question(question))}

    assert shares("Have you seen any of the 6 films in the Star Wars franchise?")["Yes"] == 936
    shot = shares("Which character shot first?")
    total = sum(shot.values())
    assert [round(100 * shot[name] / total) for name in ("Han", "Greedo")] == [39, 24]
    assert sorted(shot.values()) == [197, 306, 325]
    films = "SELECT question FROM questions WHERE text LIKE 'Which of the following Star Wars films%'"
    seen = "SELECT option, count(*) AS n FROM answers WHERE question = $q AND option IS NOT NULL GROUP BY option"
    question = survey.query(films).one().question
    assert sorted(row.n for row in survey.query(seen, q=question)) == sorted([673, 571, 550, 607, 758, 738])
    any_film = "SELECT count(DISTINCT respondent) AS n FROM answers WHERE question = $q AND option IS NOT NULL"
    assert survey.query(any_film, q=question).one().n == 835
    finding = research.choices(survey, question="Which character shot first?", option="Han")
    assert round(finding.estimates[0].value, 2) == 0.39


def test_the_text_and_number_twins_of_a_qualtrics_survey_give_the_same_answers(folder):
    def answers(name):
        survey = sources.load_survey(folder / "survey_qualtrics" / name)
        text = "SELECT respondent, question, value FROM answers WHERE question NOT LIKE '%status%' ORDER BY ALL"
        return survey, [tuple(row) for row in survey.query(text)]

    (text, one), (number, other) = answers("qualtrics_text.csv"), answers("qualtrics_numeric.csv")
    assert one == other
    assert text.origin.ledger.dropped == number.origin.ledger.dropped
    sample = sources.load_survey(folder / "survey_qualtrics/qualtrics_sample.csv")
    legacy = sources.load_survey(folder / "survey_qualtrics/qualtrics_sample_legacy.csv")
    for survey in (sample, legacy):
        assert survey.query("SELECT value FROM answers WHERE value = 'Hello World!'").one().value == "Hello World!"
        assert survey.query("SELECT respondent FROM respondents").one().respondent == "R_2YPOQ602ER1jkf1"


def test_zoom_meetings(folder):
    talks = sources.load_interviews(folder / "interviews_zoom_vtt/*/transcript.vtt")
    assert talks.query("SELECT count(DISTINCT interview) AS n FROM utterances").one().n == 5
    one = sources.load_interviews(folder / "interviews_zoom_vtt/p2pnetworking_2026-07-29_005/transcript.vtt")
    cues = (folder / "interviews_zoom_vtt/p2pnetworking_2026-07-29_005/transcript.vtt").read_text().count(" --> ")
    assert one.origin.ledger.read == cues
    first = one.query("SELECT speaker, text, t0 FROM utterances ORDER BY utterance LIMIT 1").one()
    assert (first.speaker, first.text, first.t0) == ("Csaba", "Hi, Kamil.", 43.57)


def test_founders_talks_are_read_by_speaker(folder):
    talks = sources.load_interviews(folder / "interviews_changelog/founderstalk/*.md")
    text = "SELECT interview, count(DISTINCT speaker) AS n FROM utterances GROUP BY interview"
    counts = {row.interview: row.n for row in talks.query(text)}
    assert len(counts) == 4
    assert min(counts.values()) >= 2


def test_browser_shares_sum_as_published(folder):
    series = sources.load_series(f"{PACK}#browsers")
    totals = series.query("SELECT date, sum(value) AS total FROM series GROUP BY date").column("total")
    assert (round(min(totals), 1), round(max(totals), 1)) == (92.3, 99.8)
    assert len(totals) == 16


def test_the_pack_makes_its_pages(folder, tmp_path):
    result = CliRunner().invoke(main, ["run", str(PACK), "--out", str(tmp_path / "reports")])
    assert result.exit_code == 0, result.output
    record = json.loads(next(tmp_path.glob("reports/*/run.json")).read_text())
    assert {one["state"] for one in record["reports"]} == {"success"}
    assert len(list(tmp_path.glob("reports/*/*.html"))) == 5

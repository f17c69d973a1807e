"""From a team's own files to a page: three commands, no Python."""

import gzip
import json
import random
import re
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from pmlib.cli import main
from pmlib.reports.packs.starting import start_pack
from tests.conftest import ROOT


def pmlib(*words: object, answers: str | None = None):
    return CliRunner().invoke(main, [str(word) for word in words], input=answers)


def happenings(seed: int, start: str, visit: str, key: str) -> list[tuple[datetime, str, str]]:
    """300 users over 20 weeks to Sunday 22 Nov 2026, each starting once and coming back now and then."""
    draw = random.Random(seed)
    first = datetime(2026, 7, 6, 8, tzinfo=UTC)
    rows = [(datetime(2026, 11, 22, 21, 30, tzinfo=UTC), "u0001", visit)]
    for user in range(300):
        when = first + timedelta(days=draw.uniform(0, 130))
        rows.append((when, f"u{user:04d}", start))
        for _ in range(draw.randrange(10)):
            when += timedelta(days=draw.expovariate(1 / 5))
            if when < datetime(2026, 11, 22, 20, tzinfo=UTC):
                rows.append((when, f"u{user:04d}", draw.choice([visit, visit, key])))
    return sorted(rows)


def german(folder, rows):
    lines = ["Zeitpunkt;Kundennummer;Vorgang;Ort"]
    lines += [f"{when:%d.%m.%Y %H:%M:%S};{user};{event};Köln" for when, user, event in rows]
    (folder / "ereignisse.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    return "ereignisse.csv", ("Registrierung", "Besuch", "Bestellung")


def segment(folder, rows):
    with gzip.open(folder / "track.jsonl.gz", "wt") as file:
        for place, (when, user, event) in enumerate(rows):
            stamp = when.isoformat().replace("+00:00", "Z")
            line = {"messageId": f"m{place}", "userId": user, "anonymousId": f"a{user}", "event": event}
            line |= {"timestamp": stamp, "receivedAt": stamp, "type": "track", "properties": {"plan": "free"}}
            file.write(json.dumps(line) + "\n")
    return "track.jsonl.gz", ("Signed Up", "Page Viewed", "Report Shared")


def epoch(folder, rows):
    lines = ["uid\taction\tt_ms\tcountry"]
    lines += [f"{user}\t{event}\t{int(when.timestamp() * 1000)}\tDE" for when, user, event in rows]
    (folder / "log.tsv").write_text("\n".join(lines))
    return "log.tsv", ("create_account", "open_app", "export_file")


@pytest.mark.parametrize("write", [german, segment, epoch], ids=lambda write: write.__name__)
def test_an_unseen_file_becomes_a_page_in_two_commands(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    names = write(tmp_path, [])[1]
    rows = happenings(5, *names)
    file, _ = write(tmp_path, rows)
    made = pmlib("init", file, "--yes")
    assert made.exit_code == 0, made.output
    pack = tomllib.loads((tmp_path / "pmlib.toml").read_text())
    assert pack["parameters"]["start"] == names[0]
    assert pack["parameters"]["action"] == names[2]
    ran = pmlib("run")
    assert ran.exit_code == 0, ran.output
    last = {user for when, user, _ in rows if when >= datetime(2026, 11, 16, tzinfo=UTC)}
    assert f"engagement: {len(last)} people were active in the week of 16 Nov" in ran.output
    page = (tmp_path / "reports/2026-11-22/engagement.html").read_text()
    assert f"{len(rows):,} rows" in page
    assert "Ã" not in page


def test_at_most_five_questions_with_the_guess_as_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, names = german(tmp_path, [])
    german(tmp_path, happenings(5, *names))
    asked = []

    def ask(question, guess):
        asked.append(question)
        return guess

    start_pack([file], tmp_path / "pmlib.toml", ask)
    assert 1 <= len(asked) <= 5
    (tmp_path / "pmlib.toml").unlink()
    answers = "Europe/Berlin\n\n\nBesuch\nShop review\n"
    made = pmlib("init", file, answers=answers)
    assert made.exit_code == 0, made.output
    pack = tomllib.loads((tmp_path / "pmlib.toml").read_text())
    assert pack["title"] == "Shop review"
    assert pack["parameters"] | {"timezone": "Europe/Berlin", "action": "Besuch"} == pack["parameters"]


def test_several_kinds_find_their_reports_and_inspect_tells_them_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    demo = tmp_path / "d"
    assert pmlib("demo", "--out", demo).exit_code == 0
    files = [demo / name for name in ("events.parquet", "survey.csv", "market.csv", "experiment_onboarding.csv")]
    kinds = ("usage events", "a survey", "a series over time", "the units of an experiment")
    for file, kind in zip(files, kinds, strict=True):
        seen = pmlib("inspect", file)
        assert seen.exit_code == 0, seen.output
        assert f"{file}: {kind}" in seen.output
        assert re.search(r"rows read, [\d,]+ kept", seen.output)
    made = pmlib("init", *files, *sorted((demo / "interviews").glob("*.vtt")), "--yes")
    assert made.exit_code == 0, made.output
    pack = tomllib.loads((tmp_path / "pmlib.toml").read_text())
    notebooks = {report["notebook"] for report in pack["report"]}
    assert notebooks == {"engagement.ipynb", "funnel.ipynb", "survey.ipynb", "experiment.ipynb", "trends.ipynb"}
    assert pmlib("check").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, "There is no file"),
        ("empty.csv", b"", "empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "picture.png"),
        ("prose.csv", b"a,b\n1,2\n3,4\n", "in no known form|No column"),
    ],
)
def test_a_file_that_is_nothing_of_the_kind_is_refused_in_one_line(tmp_path, monkeypatch, name, content, words):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for command in (("init", name, "--yes"), ("inspect", name)):
        result = pmlib(*command)
        assert result.exit_code == 2, result.output
        assert len(result.output.strip().splitlines()) == 1
        assert re.search(words, result.output)
    assert not (tmp_path / "pmlib.toml").exists()


def test_a_pack_that_is_there_is_never_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pmlib.toml").write_text("title = 'mine'")
    result = pmlib("init", "x.csv", "--yes")
    assert result.exit_code == 2
    assert "is there already" in result.output
    assert (tmp_path / "pmlib.toml").read_text() == "title = 'mine'"


def test_a_pack_is_never_written_into_pmlibs_own_folder(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = pmlib("init", "data/demo/survey.csv", "--yes")
    assert result.exit_code == 2
    assert "Go to a folder of your own" in result.output
    assert not (ROOT / "pmlib.toml").exists()


def test_data_older_than_the_pack_allows_end_with_4_and_say_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = segment(tmp_path, [])[1]
    segment(tmp_path, happenings(5, *names))
    assert pmlib("init", "track.jsonl.gz", "--yes").exit_code == 0
    pack = tmp_path / "pmlib.toml"
    lines = [line for line in pack.read_text().splitlines() if not line.startswith("max_age_days")]
    pack.write_text("max_age_days = 0\n" + "\n".join(lines))
    result = pmlib("run", "--only", "engagement")
    assert result.exit_code == 4, result.output
    said = r"Stale since .*: data end on 22 Nov 2026, \d+ days? before .* 20..; the pack allows 0 days\."
    assert re.search(said, result.output)
    index = (tmp_path / "reports/index.html").read_text()
    assert "older than allowed" in index
    page = next(tmp_path.glob("reports/*/engagement.html")).read_text()
    assert "the pack allows 0" in page
    assert "Put the data in order first" in page
    assert "! engagement: Stale since" in result.output


def test_what_names_no_event_and_no_user_is_not_taken_for_events(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["date,name,kind"] + [f"2026-0{month}-01,Thing {month},launch" for month in range(1, 9)]
    (tmp_path / "launches.csv").write_text("\n".join(lines))
    result = pmlib("init", "launches.csv", "--yes")
    assert result.exit_code == 2, result.output
    assert not (tmp_path / "pmlib.toml").exists()


def test_no_answer_is_refused_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, names = epoch(tmp_path, [])
    epoch(tmp_path, happenings(5, *names))
    result = pmlib("init", file, answers="")
    assert result.exit_code == 2
    assert "--yes" in result.output
    assert not (tmp_path / "pmlib.toml").exists()


PAID = "customer,amount,interval,start,end\nc1,49,month,2026-01-03,\nc2,490,year,2026-02-03,2026-09-01\n"


def test_a_folder_finds_its_reports_and_says_what_it_left_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "export"
    folder.mkdir()
    file, names = epoch(folder, [])
    epoch(folder, happenings(5, *names))
    (folder / "paid.csv").write_text(PAID)
    (folder / "launches.csv").write_text("date,name\n2026-03-01,Chat\n2026-04-01,Search\n")
    (folder / "README.md").write_text("Anna: these are notes, no interview.")
    # Another table of events: smaller, with other columns.
    (folder / "old.csv").write_text("user_id,event,ts\nu1,opened,2026-01-01T10:00:00Z\nu1,left,2026-01-02T10:00:00Z\n")
    made = pmlib("init", "export", "--yes")
    assert made.exit_code == 0, made.output
    pack = tomllib.loads((tmp_path / "pmlib.toml").read_text())
    assert {one["path"] for one in pack["source"].values()} == {f"export/{file}", "export/paid.csv"}
    assert pack["parameters"]["subscriptions"] == "#subscriptions"
    notebooks = [report["notebook"] for report in pack["report"]]
    assert notebooks == ["engagement.ipynb", "funnel.ipynb", "revenue.ipynb", "trends.ipynb"]
    assert "paid.csv: subscriptions (one row a subscription, csv)" in made.output
    assert re.search(r"Left out launches\.csv: .*time|Left out launches\.csv: .*user", made.output)
    assert "Left out old.csv: another table of usage events than log.tsv (only log.tsv has" in made.output
    assert "Left out README.md: no data, by its name." in made.output
    assert pmlib("check").exit_code == 0


def test_notes_that_a_shell_names_beside_data_are_left_out_and_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paid.csv").write_text(PAID)
    (tmp_path / "README.md").write_text("Anna: these are notes, no interview.")
    (tmp_path / "todo.md").write_text("Anna: these are notes too.")
    (tmp_path / "themes.toml").write_text("[theme]\n")
    made = pmlib("init", "README.md", "paid.csv", "themes.toml", "todo.md", "--yes")
    assert made.exit_code == 0, made.output
    assert "Left out README.md: no data" in made.output
    assert "Left out todo.md: Interviews can only be reported beside a survey" in made.output
    assert "Left out themes.toml: themes.toml has no [source.events]" in made.output
    assert list(tomllib.loads((tmp_path / "pmlib.toml").read_text())["source"]) == ["subscriptions"]
    # Data that were named are never left out, nor is a file that is named alone.
    refused = pmlib("init", "paid.csv", "none.csv", "--yes", "--out", "two.toml")
    assert "There is no file none.csv" in refused.output
    assert "beside a survey" in pmlib("init", "README.md", "--yes", "--out", "two.toml").output


def test_subscriptions_alone_make_a_pack_and_can_be_inspected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paid.csv").write_text(PAID)
    seen = pmlib("inspect", "paid.csv")
    assert seen.exit_code == 0, seen.output
    assert "paid.csv: subscriptions" in seen.output
    assert "2 rows read, 2 kept" in seen.output
    assert pmlib("inspect", "paid.csv", "--kind", "accounts").exit_code == 2
    assert pmlib("init", "paid.csv", "--yes").exit_code == 0
    pack = tomllib.loads((tmp_path / "pmlib.toml").read_text())
    assert [report["notebook"] for report in pack["report"]] == ["revenue.ipynb"]
    assert pmlib("check").exit_code == 0


def test_files_with_other_columns_are_never_joined(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "u1,opened,2026-01-01T10:00:00Z\nu1,left,2026-01-02T10:00:00Z\n"
    for name, header in (("a", "user_id,event,ts"), ("b", "user_id,event,ts"), ("c", "uid,event,ts")):
        (tmp_path / f"events_{name}.csv").write_text(f"{header}\n{rows}")
    refused = pmlib("init", *(f"events_{name}.csv" for name in "abc"), "--yes")
    assert refused.exit_code == 2
    assert "events_a.csv, events_b.csv and events_c.csv are both usage events and not one table" in refused.output
    assert "only events_a.csv has user_id; only events_c.csv has uid" in refused.output
    (tmp_path / "events_c.csv").unlink()
    (tmp_path / "paid.csv").write_text(PAID)
    made = pmlib("init", ".", "--yes")
    assert made.exit_code == 0, made.output
    sources = tomllib.loads((tmp_path / "pmlib.toml").read_text())["source"]
    # A pattern that names just these, not the subscriptions beside them.
    assert sources["events"]["path"] == "events_*.csv"
    assert sources["subscriptions"]["path"] == "paid.csv"


def test_two_experiments_are_never_read_as_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, many in (("one", 4), ("two", 6)):
        lines = [f"u{n},{'ab'[n % 2]},{n % 2}" for n in range(many)]
        (tmp_path / f"{name}.csv").write_text("user_id,arm,converted\n" + "\n".join(lines))
    assert pmlib("init", "one.csv", "two.csv", "--yes").exit_code == 2
    made = pmlib("init", ".", "--yes")
    assert made.exit_code == 0, made.output
    assert "Left out one.csv: another table of the units of an experiment than two.csv" in made.output


def test_start_and_key_action_are_never_one_event(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"u{n},opened,2026-0{1 + n % 9}-01T10:00:00Z" for n in range(40)]
    (tmp_path / "one.csv").write_text("user_id,event,ts\n" + "\n".join(lines))
    made = pmlib("init", "one.csv", "--yes")
    assert made.exit_code == 0, made.output
    assert "key action: opened too, the only event there is, so no funnel" in made.output
    assert "funnel" not in (tmp_path / "pmlib.toml").read_text()
    # Without a start event the funnel begins with another event than the key action, however often that occurs.
    file, names = epoch(tmp_path, [])
    epoch(tmp_path, happenings(5, *names))
    most = names[1]

    def ask(question, guess):
        return "" if "starts a user" in question else most if "key action" in question else guess

    start_pack([file], tmp_path / "two.toml", ask)
    reports = {one["notebook"]: one for one in tomllib.loads((tmp_path / "two.toml").read_text())["report"]}
    first, last = reports["funnel.ipynb"]["parameters"]["steps"].split(", ")
    assert last == most
    assert first in {names[0], names[2]}


def test_a_folder_without_a_table_is_refused_with_what_it_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "holds nothing to report on. It has no tables." in pmlib("init", "empty", "--yes").output
    (tmp_path / "empty" / "market.csv").write_text("date,visits\n2026-01-01,1\n2026-01-02,2\n2026-01-03,3\n")
    result = pmlib("init", "empty", "--yes")
    assert result.exit_code == 2
    assert "market.csv: A series over time can only be reported beside usage events" in result.output

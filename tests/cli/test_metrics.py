"""``pmlib metrics``: what it lists, what it checks, and a changed definition beside the one in use."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result

from pmlib.cli import main

# Weeks of 5, 12, 19 January 2026; the last is not over. Active: 2, 3. Without those who only opened: 2, 1.
EVENTS = """user_id,event,timestamp
a,booked,2026-01-05T00:10:00Z
b,booked,2026-01-06T09:00:00Z
a,booked,2026-01-12T09:00:00Z
b,opened,2026-01-13T09:00:00Z
c,opened,2026-01-18T09:00:00Z
c,opened,2026-01-19T09:00:00Z
c,opened,2026-01-20T09:00:00Z
"""
OWN = """
[active_users]
owner = "Mara [red]"
target = {value = 2, by = 2099-12-31}

[bookings]
title = "bookings"
meaning = "Bookings made."
owner = "Jo"
kind = "flow"
unit = "count"
sql = "count(*) FILTER (WHERE event = 'booked')"
"""
PACK = """title = "Shop"

[source.events]
path = "events.csv"

[parameters]
events = "#events"
action = "booked"

[[report]]
notebook = "mine.ipynb"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    (tmp_path / "metrics.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "pmlib.toml").write_text(PACK, encoding="utf-8")
    make = nbformat.v4
    lines = [
        'events: str = "none.csv"  # usage events [events]',
        'timezone: str = "UTC"  # zone [timezone]',
        'week_start: str = "monday"  # first day of the week',
        'start: str = ""  # start event',
        'action: str = ""  # key action',
    ]
    parameters = make.new_code_cell("\n".join(lines), metadata={"tags": ["parameters"]})
    nbformat.write(make.new_notebook(cells=[make.new_markdown_cell("# Mine"), parameters]), tmp_path / "mine.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(*words: str) -> Result:
    return CliRunner().invoke(main, ["metrics", *words], catch_exceptions=False)


def row(said: Result, name: str) -> list[str]:
    """Return the cells of a listed metric; two blanks part them."""
    line = next(line for line in said.output.splitlines() if line.split()[:1] == [name])
    return re.split(r"\s{2,}", line.strip())


def test_the_pack_here_is_listed_and_run(shop: Path) -> None:
    said = asked()
    assert said.exit_code == 0, said.output
    expected = ["active_users", "active users", "count", "distinct", "events", "up", "Mara [red]", "2 by 31 Dec 2099"]
    assert row(said, "active_users") == [*expected, "3"]
    assert row(said, "bookings")[-2:] == ["Jo", "1"]
    assert row(said, "key_actions")[-1] == "1"
    # Nobody says which event starts, so new_users is run but has no value.
    assert row(said, "new_users")[-1] == "up"
    assert "with any name: new_users. Name it with --start." in said.output
    assert "Run on events.csv, with action = booked." in said.output
    assert "Only read: mrr, subscribers (no subscriptions to run it on)." in said.output
    assert "Only read: revenue (The metric 'revenue' reads 'amount_eur'" in said.output
    assert "!" not in said.output
    assert "✗" not in said.output


@pytest.mark.parametrize("name", ["metrics.toml", "pmlib.toml", "mine.toml"])
def test_a_file_or_a_pack(shop: Path, name: str) -> None:
    if name == "mine.toml":
        (shop / "metrics.toml").rename(shop / name)
    said = asked(str(shop / name))
    assert said.exit_code == 0
    assert row(said, "bookings")[-1] == "1"


def test_without_any_file_the_library_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = asked()
    assert said.exit_code == 0
    assert row(said, "doing_share")[-3:] == ["share", "events", "up"]
    assert "last week" not in said.output


def test_faults_and_remarks(shop: Path) -> None:
    wrong = '[bookings]\ntitle = "b"\nkind = "flow"\nunit = "count"\nsql = "sum(user)"\n[x]\ntitel = "x"\n'
    (shop / "metrics.toml").write_text(wrong, encoding="utf-8")
    said = asked()
    assert said.exit_code == 1
    assert "✗ The metric 'bookings' reads 'user'; the events have user_id" in said.output
    assert "there is no setting 'titel'" in said.output
    assert "! No owner is given for bookings." in said.output
    assert "! No meaning is given for bookings." in said.output
    assert asked("--start", "bookd").exit_code == 1
    assert asked("none.toml").exit_code == 2


def test_which_file_is_read_and_what_to_do_next(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = asked()
    assert "metrics.toml adds or changes active_users, bookings; the others come with pmlib." in said.output
    (shop / "metrics.toml").write_text("# none yet", encoding="utf-8")
    assert "These come with pmlib; metrics.toml adds and changes none." in asked().output
    (shop / "empty").mkdir()
    monkeypatch.chdir(shop / "empty")
    said = asked()
    assert "For your own, write a metrics.toml beside your pack: a line such as [my_metric]" in said.output
    assert "None was computed: name a pack with data (pmlib metrics pmlib.toml), or events with --data" in said.output
    assert said.exit_code == 0


def test_two_files_of_metrics(shop: Path) -> None:
    (shop / "data").mkdir()
    (shop / "events.csv").rename(shop / "data" / "events.csv")
    text = (shop / "pmlib.toml").read_text(encoding="utf-8")
    named = text.replace('events = "#events"', 'events = "data/events.csv"')
    (shop / "pmlib.toml").write_text(named.replace('path = "events.csv"', 'path = "data/events.csv"'), encoding="utf-8")
    other = shop / "data" / "metrics.toml"
    other.write_text(OWN, encoding="utf-8")
    said = asked()
    assert said.exit_code == 0, said.output
    assert f"! metrics.toml is read here, not {other}; a report that names its data by their path reads" in said.output
    other.write_text(OWN.replace("'booked'", "'opened'") + '\n[labels]\nbooked = "b"\n', encoding="utf-8")
    said = asked()
    assert said.exit_code == 1
    # Labels differ in one file only, and active_users is the same in both.
    assert "✗ Defined otherwise in two files: bookings. metrics.toml is read here" in said.output
    # Where only the data have one, it is read.
    (shop / "metrics.toml").unlink()
    assert row(asked(), "bookings")[-1] == "2"


def test_all_that_is_wrong_with_a_metric_in_plain_words(shop: Path) -> None:
    text = '[bookings]\nkind = "flwo"\nunit = "counts"\nsql = "count("\ntarget = "5"\nownr = "Jo"\n[late]\ntitle = 5\n'
    (shop / "metrics.toml").write_text(text, encoding="utf-8")
    faults = [line for line in asked().output.splitlines() if line.startswith("✗")]
    assert [line.split(": ")[0] for line in faults] == ["✗ [bookings] of metrics.toml", "✗ [late] of metrics.toml"]
    for said in (
        'title is missing; give its name within a sentence, such as "active users".',
        "kind is 'flwo'; give one of flow, distinct, stock, ratio, share. Did you mean 'flow'?",
        "there is no unit 'counts'; there is count,",
        "sql: 'count(' cannot be read as SQL. Write one aggregate, such as count(*).",
        "target: give a number such as 5000",
        "there is no setting 'ownr'; there is title",
    ):
        assert said in faults[0]
    for said in ("title is 5; give its name", "kind is missing; give one of", "unit is missing", "sql is missing"):
        assert said in faults[1]
    assert "Field required" not in " ".join(faults)
    # A preview needs one good metric, and still tells of both faults.
    preview = asked("--preview", "active_users", "--sql", "count(*)").output
    assert "[bookings] of metrics.toml" in preview
    assert "[late] of metrics.toml" in preview


def test_a_narrow_terminal_leaves_columns_out() -> None:
    from pmlib.cli.listing import fitting

    wide = {"name": ["actions_per_active_user"], "title": ["x" * 60], "unit": ["currency EUR"], "kind": ["distinct"]}
    wide |= {"source": ["revenue"], "better": ["up"], "last week": ["1,234.50 EUR"]}
    assert list(fitting(wide, 160)) == list(wide)
    # 23 + 24 (a title may take several lines) + 12 + 12, and three between: 83. Without the unit 68.
    assert list(fitting(wide, 83)) == ["name", "title", "unit", "last week"]
    assert list(fitting(wide, 80)) == ["name", "title", "last week"]


def test_a_preview_of_sql(shop: Path) -> None:
    said = asked("--preview", "active_users", "--sql", "count(DISTINCT user_id) FILTER (WHERE event <> 'opened')")
    assert said.exit_code == 0, said.output
    # 2 and 2, then 3 and 1: two thirds lower.
    assert said.output.startswith(
        "The new definition of active users gives other numbers in 1 of 2 weeks shown, first in the week of 12 Jan "
        "2026; on average 66.7% lower in those weeks."
    )
    cells = [re.split(r"\s{2,}", line.strip()) for line in said.output.splitlines()]
    assert ["5 Jan 2026", "2", "2", "0", "1.00"] in cells
    assert ["12 Jan 2026", "3", "1", "−2", "0.33"] in cells
    assert "  -COUNT(DISTINCT user_id)" in said.output
    assert "  +  event <> 'opened')" in said.output
    assert "! The target of 2 by 31 Dec 2099 is met in the last week as it is, and missed" in said.output
    last = asked("--preview", "active_users", "--sql", "count(*)", "--weeks", "1")
    assert "gives the same numbers in the 1 week shown." in last.output


def test_a_preview_against_another_file(shop: Path) -> None:
    other = shop / "new.toml"
    other.write_text(OWN.replace("'booked')", "'opened')"), encoding="utf-8")
    said = asked("metrics.toml", "--preview", "bookings", "--against", "new.toml", "--data", "events.csv")
    assert said.exit_code == 0, said.output
    # Booked 2, 1; opened 0, 2: by 3 and 2 in all.
    assert "in 2 of 2 weeks shown" in said.output
    assert "on average 33.3% lower" in said.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--sql", "count(*)"], "needs --preview"),
        (["--preview", "active_users"], "either as --sql, or --against"),
        (["--preview", "active_users", "--sql", "count(*)", "--against", "metrics.toml"], "either as --sql, or"),
        (["--preview", "active_usrs", "--sql", "count(*)"], "Did you mean 'active_users'?"),
        (["--preview", "active_users", "--sql", "count("], "--sql: 'count(' cannot be read as SQL"),
        (["--preview", "active_users", "--sql", "count(*)", "--over", "count(*)"], "Leave --over out"),
        (["--preview", "active_users", "--against", "none.toml"], "There is no file none.toml"),
        (["--preview", "new_users", "--sql", "count(*) FILTER (WHERE event = $start)"], "needs start"),
        (["--preview", "mrr", "--sql", "sum(amount)"], "'mrr' is counted from subscriptions; none are given"),
        (["none.toml"], "There is no file none.toml"),
        (["--data", "none.csv"], "There is no file none.csv"),
    ],
)
def test_a_wrong_wish_is_one_line_and_code_2(shop: Path, words: list[str], says: str) -> None:
    said = asked(*words)
    assert said.exit_code == 2
    assert says in said.output
    assert said.output.startswith("Error: ")
    assert len(said.output.splitlines()) == 1


def test_revenue_and_spend_of_a_pack(shop: Path) -> None:
    (shop / "paid.csv").write_text("customer,amount,started,ended\na,10,2026-01-05,\nb,5,2026-01-14,2026-01-19\n")
    (shop / "spend.csv").write_text("date,name,value\n2026-01-05,ads,7\n2026-01-12,ads,3\n")
    notebook = nbformat.read(shop / "mine.ipynb", as_version=4)
    notebook.cells[1].source += '\nsubscriptions: str = ""  # who pays [subscriptions]\nspend: str = ""  # ads [series]'
    nbformat.write(notebook, shop / "mine.ipynb")
    text = (shop / "pmlib.toml").read_text()
    more = 'subscriptions = "paid.csv"\nspend = "spend.csv"\n'
    (shop / "pmlib.toml").write_text(text.replace('action = "booked"\n', f'action = "booked"\n{more}'))
    said = asked()
    assert said.exit_code == 0, said.output
    # The week of Monday the 12th is the last one; its date covers it whole.
    assert row(said, "spend")[-1] == "3.00 EUR"
    # On Sunday the 18th a and b pay; the day after, b's last, is as far as the data reach.
    assert row(said, "mrr")[-1] == "15.00 EUR"
    assert row(said, "subscribers")[-1] == "2"
    gone = asked("--preview", "subscribers", "--sql", "count(DISTINCT customer) FILTER (WHERE amount > 5)")
    # 5 January: a alone under both; 12 January: 2 in use, 1 new.
    assert "in 1 of 2 weeks shown, first in the week of 12 Jan 2026; on average 50.0% lower" in gone.output


def test_in_a_process_of_its_own(shop: Path) -> None:
    words = [sys.executable, "-W", "error", "-m", "pmlib", "metrics", "metrics.toml", "--data", "events.csv"]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "bookings" in said.stdout
    assert said.stderr == ""
    failed = subprocess.run([*words, "--start", "bookd"], capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "Did you mean 'booked'?" in failed.stdout

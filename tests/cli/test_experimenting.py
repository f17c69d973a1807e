"""``pmlib aa``, ``pmlib plan`` and ``pmlib register``: what they print, and how they end."""

import math
import random
import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pmlib.cli import main
from pmlib.cli.experimenting import narrowed
from pmlib.reports.packs.trials import sort_of
from pmlib.sources import load_registration


def asked(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """Write what 400 users did, nobody of them in an arm; their teams are alike."""
    draw = random.Random(3)
    lines = ["user_id,team,booked,visits"]
    for user in range(400):
        team = user // 10
        visits = 20 + 3 * math.sin(team * 7) + draw.gauss(0, 1)
        lines.append(f"u{user},t{team},{int(draw.random() < 0.3)},{visits:.4f}")
    file = tmp_path / "users.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def row(said: Result, name: str) -> list[str]:
    """Return the cells of a row; two blanks part them."""
    line = next(line for line in said.output.splitlines() if line.split()[:1] == [name])
    return re.split(r"\s{2,}", line.strip())


def test_metrics_that_may_be_trusted_end_with_0_without_any_arm(users: Path) -> None:
    said = asked("aa", users, "--metric", "booked", "--metric", "visits")
    assert said.exit_code == 0, said.output
    assert said.output.startswith("All 2 metrics may be trusted: ")
    assert row(said, "visits")[:3] == ["visits", "mean", "400"]
    assert row(said, "booked")[-1] == "may be trusted"
    assert "✓ Booked may be trusted: " in said.output
    assert (
        "400 units of users.csv, put into arms at random 1,000 times (control 50%, treatment 50%; seed 0)"
        in said.output
    )
    assert asked("aa", users, "--metric", "booked,visits").output == said.output


def test_a_metric_that_may_not_be_trusted_ends_with_1_and_says_what_to_do(users: Path) -> None:
    rows = users.read_text(encoding="utf-8").splitlines()
    armed = [f"{rows[0]},arm"] + [f"{line},{'ab'[int(line.split(',')[1][1:]) % 2]}" for line in rows[1:]]
    users.write_text("\n".join(armed) + "\n", encoding="utf-8")
    said = asked("aa", users, "--metric", "visits")
    assert said.exit_code == 1, said.output
    assert "✗ Visits calls too often: " in said.output
    assert "because units of one team are alike and share an arm" in said.output
    assert 'Next: Read it by team: write cluster = "team" into the registration.' in said.output
    by = asked("aa", users, "--metric", "visits", "--cluster", "team")
    assert by.exit_code == 0, by.output
    assert "✓ Visits, read by team, may be trusted: " in by.output


def test_too_little_to_say_ends_with_4(tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    file.write_text("user_id,booked\n" + "".join(f"u{user},1\n" for user in range(20)), encoding="utf-8")
    said = asked("aa", file, "--metric", "booked")
    assert said.exit_code == 4
    assert said.output.startswith("This cannot be answered: no unit differs from another in booked")


EVENTS = "user_id,event,timestamp\na,opened,2026-01-05T09:00:00Z\nb,opened,2026-01-06T09:00:00Z\n"
SUMS = "metric,arm,n,mean,variance\nspend,control,10,2,3\nspend,treatment,10,2,3\n"
TWICE = "user_id,spend\n" + "a,1\nb,2\n" * 10


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        (EVENTS, [], "data.csv holds events; an A/A test takes one row a unit. Make units of them"),
        (SUMS, [], "data.csv holds aggregates; they cannot be put into arms anew"),
        (TWICE, [], "data.csv has 20 rows of 2 units; an A/A test takes one row a unit"),
        ("user_id,spend\na,1\nb,2\n", ["--metric", "spent"], "Did you mean 'spend'?"),
        ("user_id,spend\na,1\nb,2\n", ["--runs", "10"], "runs is 10; give 1,000 to 100,000"),
        ("user_id,spend\na,1\nb,2\n", ["--registration", "none.toml"], "There is no file none.toml"),
    ],
)
def test_a_wrong_wish_is_one_line_and_code_2(tmp_path: Path, text: str, words: list[str], says: str) -> None:
    file = tmp_path / "data.csv"
    file.write_text(text, encoding="utf-8")
    said = asked("aa", file, *words)
    assert said.exit_code == 2
    assert said.output.startswith("Error: ")
    assert says in said.output
    assert len(said.output.splitlines()) == 1


def test_a_plan_is_printed_filled_in_and_checked(tmp_path: Path) -> None:
    printed = asked(
        "register", "--name", "New menu", "--goal", "booked", "--guardrail", "refunds", "--start", "2026-03-02"
    )
    assert printed.exit_code == 0
    file = tmp_path / "menu.toml"
    written = asked("register", "--name", "New menu", "--goal", "booked", "--out", file)
    assert written.output.strip() == f"Wrote {file}. Fill it in, then: pmlib register {file}"
    empty = asked("register", file)
    assert empty.exit_code == 2
    assert "hypothesis is empty" in empty.output
    file.write_text(
        printed.output.replace('hypothesis = ""', 'hypothesis = "A shorter menu sells more."'), encoding="utf-8"
    )
    said = asked("register", file)
    assert said.exit_code == 0, said.output
    plan = load_registration(file)
    assert said.output.startswith("✓ New menu\n  Hypothesis: “A shorter menu sells more.”\n")
    assert f"  Registered as: {plan.short} (menu.toml)" in said.output
    assert "  Goal: booked (more is better; a lift of 5% matters)" in said.output
    assert "  Guardrail: refunds" in said.output
    again = asked("register", "--out", file)
    assert again.exit_code == 2
    assert "is there already" in again.output


def test_a_plan_is_told_from_a_pack(tmp_path: Path) -> None:
    file = tmp_path / "menu.toml"
    file.write_text(asked("register").output, encoding="utf-8")
    assert sort_of(file) == "plan"
    for text in ('[[report]]\nnotebook = "a.ipynb"\n', "[arms]\na = 1\n[[report]]\n", "no TOML"):
        file.write_text(text, encoding="utf-8")
        assert not sort_of(file)
    assert not sort_of(tmp_path / "none.toml")
    file.write_text('[[experiment]]\ndata = "a.csv"\n', encoding="utf-8")
    assert sort_of(file) == "list"


def test_every_arm_is_named_control_first(tmp_path: Path) -> None:
    said = asked("register", "--hypothesis", "h", "--arm", "old", "--arm", "red", "--arm", "blue", "--weeks", "2")
    file = tmp_path / "plan.toml"
    file.write_text(said.output, encoding="utf-8")
    plan = load_registration(file)
    assert (plan.control, plan.treatments, plan.days) == ("old", ("red", "blue"), 14)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Write 12 weeks in which 40 users arrive a day, and each books with a chance of a half."""
    draw = random.Random(5)
    lines = ["user_id,event,timestamp"]
    for day in range(84):
        month, rest = divmod(day + 4, 28)
        at = f"2026-{month + 1:02d}-{rest + 1:02d}T10"
        for user in range(40):
            lines.append(f"u{day}-{user},arrived,{at}:00:{user:02d}Z")
            if draw.random() < 0.5:
                lines.append(f"u{day}-{user},booked,{at}:30:{user:02d}Z")
    file = tmp_path / "log.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_plan_from_events_is_printed_with_its_table(log: Path, tmp_path: Path) -> None:
    said = asked("plan", log, "--goal", "booked", "--smallest", "0.2", "--weeks", "4")
    assert said.exit_code == 0, said.output
    assert re.match(
        r"\d weeks \(\d to \d over history\) show a lift of 20% in booked, with about [\d,]+ units\.", said.output
    )
    assert row(said, "3")[1:3] == ["booked", "goal"]
    assert "Next: Write weeks = " in said.output
    file = tmp_path / "plan.toml"
    text = asked("register", "--hypothesis", "h", "--goal", "booked", "--weeks", "3").output
    file.write_text(text.replace('# event = "booking_made"', 'event = "booked"'), encoding="utf-8")
    by_plan = asked("plan", log, "--registration", file, "--weeks", "4")
    assert by_plan.exit_code == 0, by_plan.output
    assert "a lift of 5% in booked" in by_plan.output


def test_a_plan_from_units_by_the_day_they_arrived(users: Path) -> None:
    rows = users.read_text(encoding="utf-8").splitlines()
    days = [f"2026-{1 + user // 140:02d}-{1 + user % 140 // 5:02d}" for user in range(400)]
    dated = [f"{rows[0]},exposed_at,arm"] + [f"{line},{day},all" for line, day in zip(rows[1:], days, strict=True)]
    users.write_text("\n".join(dated) + "\n", encoding="utf-8")
    said = asked("plan", users, "--goal", "booked", "--smallest", "0.5", "--weeks", "4", "--kind", "units")
    assert said.exit_code == 0, said.output
    assert "in booked" in said.output
    assert "units by the week they arrived" in said.output


def test_columns_of_ones_own_are_planned_for_by_a_pack(log: Path, tmp_path: Path) -> None:
    rows = log.read_text(encoding="utf-8").splitlines()
    own = tmp_path / "own.csv"
    own.write_text("\n".join(["who,what,wann", *rows[1:]]), encoding="utf-8")
    said = asked("plan", own, "--goal", "booked", "--kind", "events")
    assert said.exit_code == 2
    assert "columns={" not in said.output
    assert f"pmlib init {own} writes one, then: pmlib plan pmlib.toml --goal booked" in said.output
    pack = tmp_path / "pmlib.toml"
    columns = '{ user_id = "who", event = "what", ts = "wann" }'
    pack.write_text(f'[source.events]\npath = "own.csv"\ncolumns = {columns}\n', encoding="utf-8")
    assert asked("plan", pack, "--goal", "booked", "--smallest", "0.2", "--weeks", "4").exit_code == 0


def test_a_column_of_days_is_named_as_it_is_typed(users: Path) -> None:
    said = asked("plan", users, "--goal", "booked", "--kind", "units")
    assert said.exit_code == 2
    rows = users.read_text(encoding="utf-8").splitlines()
    users.write_text("\n".join([f"{rows[0]},arm", *(f"{line},all" for line in rows[1:])]), encoding="utf-8")
    said = asked("plan", users, "--goal", "booked", "--kind", "units")
    assert said.exit_code == 2
    assert "Name it: --at COLUMN" in said.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--goal", "a", "--goal", "a"], "The metric 'a' is named twice. Name it once."),
        (["--goal", "a", "--guardrail", "a"], "named twice. Name it once, as a goal or as a guardrail."),
        (["--guardrail", ""], "The name of a metric is empty."),
        (["--arm", "a", "--arm", ""], "The name of an arm is empty."),
        (["--arm", "a", "--arm", "a"], "The arm 'a' is named twice."),
        (["--arm", "only"], "--arm names one arm; a plan needs two, control first: --arm only --arm treatment."),
    ],
)
def test_no_plan_is_printed_that_could_not_be_read(words: list[str], says: str) -> None:
    said = asked("register", *words)
    assert said.exit_code == 2
    assert says in said.output


def test_a_plan_begins_on_a_monday_to_come() -> None:
    found = re.search(r"^start = (\S+)", asked("register").output, re.MULTILINE)
    assert found
    day = date.fromisoformat(found.group(1))
    assert day.weekday() == 0
    assert 0 < (day - date.today()).days <= 7


def test_few_units_tell_nothing_of_trust(tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    for many, code in ((29, 4), (60, 0)):
        rows = [f"u{user},{user % 3 == 0:d}" for user in range(many)]
        file.write_text("\n".join(["user_id,booked", *rows]), encoding="utf-8")
        said = asked("aa", file, "--metric", "booked")
        assert said.exit_code == code, said.output
    file.write_text(
        "\n".join(["user_id,booked,spent", *(f"u{n},{n % 3 == 0:d},{n if n < 20 else ''}" for n in range(60))])
    )
    said = asked("aa", file)
    assert said.exit_code == 4
    assert "✗ Spent has too few units to say: 20 with a value. Give 60 units or more, 30 in the" in said.output


@pytest.mark.parametrize(
    ("settings", "says", "next_step"),
    [
        ("", r"units\.$", "Write units = "),
        ("units = 10", r"; the plan has 10: too few for a lift of 50% in booked\.$", "units in the place of 10,"),
        ("units = 100000", r"units\.$", "Keep the plan: its 8 weeks and 100,000 units are enough."),
    ],
)
def test_the_answer_is_held_against_the_plan(
    log: Path, tmp_path: Path, settings: str, says: str, next_step: str
) -> None:
    text = asked("register", "--hypothesis", "h", "--goal", "booked", "--weeks", "8").output
    text = text.replace('# event = "booking_made"', 'event = "booked"').replace("smallest = 0.05 ", "smallest = 0.5 ")
    file = tmp_path / "plan.toml"
    file.write_text(re.sub(r"^# units = .*$", settings, text, flags=re.MULTILINE), encoding="utf-8")
    said = asked("plan", log, "--registration", file)
    assert said.exit_code == 0, said.output
    assert re.search(says, said.output.splitlines()[0]), said.output
    assert next_step in next(line for line in said.output.splitlines() if line.startswith("Next: "))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Give a plan with --registration FILE, or an event or column with --goal"),
        (["--goal", "boked"], "Did you mean 'booked'?"),
        (["--goal", "booked", "--traffic", "0"], "traffic is 0"),
    ],
)
def test_a_wrong_wish_for_a_plan_is_told(log: Path, words: list[str], says: str) -> None:
    said = asked("plan", log, *words)
    assert said.exit_code == 2
    assert says in said.output


def test_a_narrow_terminal_leaves_columns_out() -> None:
    from pmlib.show import table

    made = table(["metric", "read as", "units", "verdict"], [["booked", "share", "400", "may be trusted"]])
    # 6 + 7 + 5 + 14, and three beside each.
    assert narrowed(made, 44)[0] == ["metric", "read as", "units", "verdict"]
    assert narrowed(made, 43) == (
        ["metric", "units", "verdict"],
        [["booked", "400", "may be trusted"]],
        [False, False, False],
        ["read as"],
    )

"""How running experiments stand: what is said of them, and what is not said before its time."""

import shutil
from datetime import date, timedelta

import pytest

from pmlib.core import Finding, SettingError
from pmlib.experiments.decision.portfolio import Portfolio, portfolio
from pmlib.experiments.decision.review import progress, review
from pmlib.sources.demo.texts import source
from tests.experiments.decision.team import CHANCE, START, TORN, WORSE, decided, listing, planned, written

END = START + timedelta(days=27)
"""The last day of 28."""
EVERY_OTHER = 'looks = [2026-03-15, 2026-03-29]\nreading = "group-sequential"'


def of(folder, *entries: str, as_of: date = END) -> Portfolio:
    return portfolio(listing(folder, *entries), as_of=as_of)


def rows(found: Finding) -> dict[str, list[str]]:
    """Return the table's rows by experiment."""
    return {row[0]: row[1:] for row in found.table.text()}


def test_of_one_that_is_to_be_read_once_nothing_is_said_before_its_end(tmp_path):
    team = of(tmp_path, written(tmp_path, "Menu", above=planned(42, units=6000)))
    found = review(team)
    assert found.headline == "1 of 1 experiment is running."
    assert rows(found) == {
        "Menu (Growth)": ["not before 12 Apr 2026", "running, read once", "–", "14", "4,000", "66.7%"]
    }
    assert [one.label for one in found.estimates] == ["experiments running"]
    assert "%" not in found.headline
    assert found.action == ""
    assert team.stands[0].call is None
    assert team.stands[0].goals == ()
    # At its end it is read: 33.0 % against 28.1 %.
    over = review(of(tmp_path, written(tmp_path, "Menu", above=planned(28))))
    assert over.headline == "0 of 1 experiment are running; 1 is to be read now: Menu."
    assert rows(over)["Menu (Growth)"][1] == "to be read now"
    assert rows(over)["Menu (Growth)"][0].startswith("Ship: converted +17.4% (+")
    assert over.action.startswith("Menu (Growth): read its report now. The rule says: Ship.")


def test_units_alone_do_not_end_what_has_a_last_day(tmp_path):
    found = review(of(tmp_path, written(tmp_path, "Menu", above=planned(42, units=3000))))
    assert rows(found)["Menu (Growth)"][1] == "running, read once"
    assert rows(found)["Menu (Growth)"][0] == "not before 12 Apr 2026"
    by_units = written(tmp_path, "Menu", above="units = 3000")
    assert rows(review(of(tmp_path, by_units)))["Menu (Growth)"][1] == "to be read now"


def test_only_on_the_day_of_a_planned_look_something_is_said_of_the_effect(tmp_path):
    entry = written(tmp_path, "Menu", days=14, above=planned(28, units=8000, more=EVERY_OTHER))
    look = review(of(tmp_path, entry, as_of=date(2026, 3, 15)))
    assert look.headline == "1 of 1 experiment is running; 1 is to be read now: Menu."
    assert rows(look)["Menu (Growth)"][1] == "running, look 1 of 2 today"
    assert ": converted +17.4% (" in rows(look)["Menu (Growth)"][0]
    between = review(of(tmp_path, entry, as_of=date(2026, 3, 18)))
    assert between.headline == "1 of 1 experiment is running."
    assert rows(between)["Menu (Growth)"][1] == "running, look 1 of 2"
    assert rows(between)["Menu (Growth)"][0] == "not before 29 Mar 2026"
    early = written(tmp_path, "Menu", days=10, above=planned(28, units=8000, more=EVERY_OTHER))
    before = review(of(tmp_path, early, as_of=date(2026, 3, 12)))
    assert rows(before)["Menu (Growth)"][1] == "running, 2 looks to come"


def test_an_always_valid_reading_is_told_at_any_time(tmp_path):
    entry = written(tmp_path, "Menu", above=planned(42, units=6000, more='reading = "always-valid"'))
    found = rows(review(of(tmp_path, entry)))["Menu (Growth)"]
    assert found[1] == "running, read at any time"
    assert ": converted +17.4% (" in found[0]


def test_clear_harm_is_an_alarm_before_its_time(tmp_path):
    found = review(of(tmp_path, written(tmp_path, "Menu", WORSE, above=planned(42, units=6000))))
    assert found.headline == "1 of 1 experiment is running; 1 has an alarm: Menu (a clear harm)."
    assert rows(found)["Menu (Growth)"][0].startswith("Roll back: converted −19.7% (")
    assert found.action.startswith("Menu (Growth): Keep control")
    # 660 against 562 the other way round is p = 0.0008; 640 is p = 0.008, no harm that stops a test.
    mild = {"control": (640, 2000), "treatment": (562, 2000)}
    calm = review(of(tmp_path, written(tmp_path, "Menu", mild, above=planned(42, units=6000))))
    assert calm.headline == "1 of 1 experiment is running."


def test_an_alarm_comes_first_and_bars_the_reading(tmp_path):
    over = written(tmp_path, "Menu", TORN, above=planned(28))
    late = written(tmp_path, "Search", CHANCE, above=planned(14), days=14)
    found = review(of(tmp_path, late, over))
    # 2,000 against 1,700 units where half were planned: chi-square 24.3.
    assert found.headline.startswith("0 of 2 experiments are running; 1 has an alarm: Menu (the split")
    assert found.headline.endswith("1 is to be read now: Menu; 1 waits for a decision: Search (over for 14 days).")
    assert [*rows(found)] == ["Menu (Growth)", "Search (Growth)"]
    assert rows(found)["Menu (Growth)"][0].startswith("Cannot tell: ")
    assert found.action.startswith("Menu (Growth): Find out why")
    assert any(not check.ok and check.text.startswith("Menu, the split: ") for check in found.checks)


def test_a_plan_that_was_edited_after_it_was_registered_is_an_alarm(tmp_path):
    plan = planned(28)
    entry = written(tmp_path, "Menu", CHANCE, above=plan)
    digest = of(tmp_path, entry).stands[0].plan.short
    kept = review(of(tmp_path, written(tmp_path, "Menu", CHANCE, above=f'{plan}digest = "{digest}"\n')))
    assert "alarm" not in kept.headline
    found = review(of(tmp_path, written(tmp_path, "Menu", CHANCE, above=f'{plan}digest = "{digest}"\nalpha = 0.1\n')))
    assert "1 has an alarm: Menu (the plan)" in found.headline
    assert found.action.startswith("Menu (Growth): Find out what was edited in the plan")


def test_a_plan_whose_days_are_over_when_its_units_come_may_be_swapped(tmp_path):
    entry = written(tmp_path, "Menu", above=planned(28, start=START - timedelta(days=60)))
    assert "are plans swapped?" in of(tmp_path, entry).stands[0].reason


def test_units_that_stop_to_come_are_an_alarm_while_they_are_to_come(tmp_path):
    entry = written(tmp_path, "Menu", days=10, above=planned(42, units=9000))
    quiet = review(of(tmp_path, entry, as_of=START + timedelta(days=18)))
    assert quiet.headline.endswith("1 has an alarm: Menu (its intake).")
    assert quiet.action == "Menu (Growth): Find out whether the assignment, its logging or the export has stopped."
    week = review(of(tmp_path, entry, as_of=START + timedelta(days=16)))
    assert week.headline == "1 of 1 experiment is running."


def test_one_that_cannot_be_read_hides_none_of_the_others(tmp_path):
    good = written(tmp_path, "Menu", above=planned(42, units=6000))
    lost = '[[experiment]]\nname = "Lost"\ndata = "lost.csv"\nmetric = "converted"\n'
    typo = '[[experiment]]\nname = "Typo"\ndata = "menu.csv"\nregistration = "menu.toml"\ndecison = "shipped"\n'
    wrong = '[[experiment]]\nname = "Wrong"\ndata = "menu.csv"\nmetric = "convertd"\n'
    found = review(of(tmp_path, lost, typo, wrong, good))
    assert found.headline == "1 of 4 experiments is running; 3 cannot be read: Lost, Typo and Wrong."
    told = rows(found)
    assert told["Lost"][2].startswith("There is no file lost.csv.")
    assert "Did you mean 'decision'?" in told["Typo (Growth)"][2]
    assert "convertd" in told["Wrong"][2]
    assert told["Menu (Growth)"][1] == "running, read once"
    assert str(tmp_path) not in str(found.facts()) + str(told)


def test_planned_decided_and_endless(tmp_path):
    to_come = written(tmp_path, "Next", above=planned(28, start=date(2026, 5, 1)))
    (tmp_path / "next.csv").unlink()
    done = written(tmp_path, "Done", above=planned(14), days=14, more=decided("rolled back", date(2026, 3, 20)))
    written(tmp_path, "Menu")
    endless = '[[experiment]]\nname = "Endless"\ndata = "menu.csv"\nmetric = "converted"\n'
    found = review(of(tmp_path, to_come, done, endless))
    assert found.headline == "1 of 3 experiments is running."
    assert rows(found)["Next (Growth)"][1] == "starts on 1 May 2026"
    assert "Done (Growth)" not in rows(found)
    assert "1 experiment on which people decided is left out" in found.definition
    # Without an end it may be looked at on any day, and its interval allows for that.
    assert rows(found)["Endless"][1] == "running, read at any time"
    assert rows(found)["Endless"][0] == "Ship: converted +17.4% (+1.6% to +35.9%)"
    assert any(caution.startswith("Endless: Nobody registered a plan") for caution in found.cautions)
    # A week earlier nobody had decided.
    before = review(of(tmp_path, to_come, done, endless, as_of=date(2026, 3, 17)))
    assert before.headline.endswith("1 is to be read now: Done.")


def test_a_day_before_the_last_unit_tells_nothing_of_the_effect(tmp_path):
    plan = planned(42, units=6000, more='reading = "always-valid"')
    found = review(of(tmp_path, written(tmp_path, "Menu", above=plan), as_of=date(2026, 3, 15)))
    assert found.cautions == ("Menu: Its units reach to 29 Mar 2026, past the last day that counts here.",)
    assert rows(found)["Menu (Growth)"][0] == "not before 12 Apr 2026"


def test_settings_take_the_place_of_a_plan(tmp_path):
    written(tmp_path, "Menu")
    entry = (
        '[[experiment]]\nname = "Menu"\ndata = "menu.csv"\nmetric = "converted"\nweights = "1:1"\n'
        f"start = {START}\ndays = 28\n"
    )
    found = review(of(tmp_path, entry))
    assert rows(found)["Menu"][1] == "to be read now"
    assert rows(found)["Menu"][0].startswith("Ship: converted +17.4%")
    assert found.cautions == ("Menu: Nobody registered a plan.",)
    ended = review(of(tmp_path, entry.replace("days = 28", 'days = 90\nstate = "ended"')))
    # Stopped before its time, so the rule cannot call it.
    assert rows(ended)["Menu"][0].startswith("Cannot tell: ")


def test_aggregates_stand_for_units(tmp_path):
    written(tmp_path, "Menu", above=planned(28))
    text = "metric,arm,n,hits\nconverted,control,2000,562\nconverted,treatment,2000,660\n"
    (tmp_path / "sums.csv").write_text(text)
    entry = '[[experiment]]\naggregates = "sums.csv"\nregistration = "menu.toml"\n'
    found = rows(review(of(tmp_path, entry)))["Menu (Growth)"]
    assert found[1] == "to be read now"
    assert found[0].startswith("Ship: converted +17.4% (")


def test_units_are_made_of_events(tmp_path):
    written(tmp_path, "Menu", above=planned(28))
    plan = tmp_path / "menu.toml"
    plan.write_text(plan.read_text().replace("smallest = 0.05", 'smallest = 0.05\nevent = "booked"'))
    booked = [f"{arm}-{place}" for arm, hits in (("control", 562), ("treatment", 660)) for place in range(hits)]
    lines = [f"{who},booked,2026-03-29T23:30:00Z" for who in booked] + ["nobody,opened,2026-04-02T23:00:00Z"]
    (tmp_path / "who.csv").write_text(
        (tmp_path / "menu.csv").read_text().replace(",converted", ",was").replace(",day", ",exposed_on")
    )
    (tmp_path / "log.csv").write_text("\n".join(["user_id,event,ts", *lines]))
    entry = '[[experiment]]\nevents = "log.csv"\ndata = "who.csv"\nregistration = "menu.toml"\ntimezone = "UTC"\n'
    found = rows(review(of(tmp_path, entry, as_of=date(2026, 4, 2))))["Menu (Growth)"]
    assert found[1] == "to be read now"
    assert found[0].startswith("Ship: converted +17.4% (")


def test_events_that_stop_in_one_arm_raise_an_alarm(tmp_path):
    written(tmp_path, "Menu", above=planned(28))
    plan, units = tmp_path / "menu.toml", tmp_path / "menu.csv"
    plan.write_text(plan.read_text().replace("smallest = 0.05", 'smallest = 0.05\nevent = "booked"'))
    head, *rest = units.read_text().replace(",converted", ",was").replace(",day", ",exposed_on").splitlines()
    (tmp_path / "who.csv").write_text("\n".join([head, *rest]))
    columns = head.split(",")
    met = [dict(zip(columns, line.split(","), strict=True)) for line in rest]
    who = columns[0]
    lines = ["nobody,opened,2026-04-02T23:00:00Z"]
    for row in met[::3]:
        if row["arm"] == "control" or row["exposed_on"] < "2026-03-16":
            lines.append(f"{row[who]},booked,{row['exposed_on'][:10]}T12:00:00Z")
    (tmp_path / "log.csv").write_text("\n".join(["user_id,event,ts", *lines]))
    entry = '[[experiment]]\nevents = "log.csv"\ndata = "who.csv"\nregistration = "menu.toml"\ntimezone = "UTC"\n'
    found = review(of(tmp_path, entry, as_of=date(2026, 4, 2)))
    assert "events on each day" in rows(found)["Menu (Growth)"][2]
    assert any("none of converted in treatment on 16 Mar 2026" in check.text for check in found.checks)


def test_how_far_they_are(tmp_path):
    slow = written(tmp_path, "Slow", above=planned(42, units=20_000))
    menu = written(tmp_path, "Menu", above=planned(42, units=6000))
    found = progress(of(tmp_path, menu, slow))
    # 4,000 of 20,000 units after 28 of 42 days: 20 % against 66.7 %.
    assert found.headline == "1 of 2 running experiments has fewer units than planned for the days gone: Slow."
    assert found.table.text()[1] == ["Slow (Growth)", "66.7%", "20.0%", "4,000", "20,000", "12 Apr 2026"]
    assert found.figure.series[1].y == pytest.approx((2 / 3, 0.2))
    assert progress(of(tmp_path, written(tmp_path, "Menu"))).headline.startswith("This cannot be answered")


def test_days_are_those_of_the_data_yesterday_or_as_told(tmp_path):
    path = listing(tmp_path, written(tmp_path, "Menu", above=planned(42, units=6000)))
    assert portfolio(path).as_of == END
    assert portfolio(path, as_of="today").as_of == date.today() - timedelta(days=1)
    assert portfolio(path, as_of="2026-03-20").as_of == date(2026, 3, 20)
    with pytest.raises(SettingError, match="no day"):
        portfolio(path, as_of="todai")


def test_the_demo_list(demo, tmp_path):
    for name in ("onboarding", "paywall"):
        shutil.copy(demo / f"experiment_{name}.csv", tmp_path)
        (tmp_path / f"registration_{name}.toml").write_text(source(f"registration_{name}.toml"))
    path = listing(tmp_path, source("experiments.toml"))
    found = review(portfolio(path, as_of="2026-11-22"))
    assert found.headline == ("0 of 2 experiments are running; 1 waits for a decision: New paywall (over for 28 days).")
    assert rows(found)["New paywall (Monetisation)"][0].startswith("Roll back: subscribed +1.9% (")
    assert "; a gain of" in rows(found)["New paywall (Monetisation)"][0]
    assert rows(found)["New paywall (Monetisation)"][0].endswith("is ruled out")
    last = review(portfolio(path))
    assert last.headline == "1 of 2 experiments is running."
    assert rows(last)["New paywall (Monetisation)"][0] == "not before 25 Oct 2026"


def test_a_plan_may_name_metrics_of_the_teams_catalogue(tmp_path):
    own = '[trips]\ntitle = "trips"\nmeaning = "Trips."\nkind = "flow"\nunit = "count"\nsql = "count(*)"\n'
    entry = written(tmp_path, "Menu", above=planned(28))
    plan = tmp_path / "menu.toml"
    plan.write_text(plan.read_text(encoding="utf-8") + 'metric = "trips"\n', encoding="utf-8")
    (stand,) = of(tmp_path, entry).stands
    assert (stand.state, "no metric 'trips'" in stand.reason) == ("unread", True)
    # Named in the list, else the one beside the plan.
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    assert of(tmp_path, f'{entry}metrics = "own.toml"\n').stands[0].state == "due"
    shutil.move(tmp_path / "own.toml", tmp_path / "metrics.toml")
    assert of(tmp_path, entry).stands[0].state == "due"

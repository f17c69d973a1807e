"""The rule, case by case, on shares small enough to check by the score test's own figures."""

from datetime import date, timedelta

import pytest

from pmlib.experiments import trial, verdict
from pmlib.experiments.decision.verdicts import none_of
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

START = date(2026, 3, 2)


def shared(n: int = 2000, days: int = 28, **hits: tuple[int, int]) -> Units:
    """Make units of two equal arms, evenly over days: for each metric the hits in control and in treatment."""
    arms = ["control"] * n + ["treatment"] * n
    day = [START + timedelta(days=place % days) for _ in range(2) for place in range(n)]
    columns = {name: [int(place < count) for count in both for place in range(n)] for name, both in hits.items()}
    return units_of(arm=arms, day=day, **columns)


def registered(*measures: Measure, **settings: object) -> Registration:
    plan = {"name": "trial", "hypothesis": "More will convert.", "control": "control", "digest": "0" * 64}
    return Registration(**plan, arms={"control": 1, "treatment": 1}, measures=measures, **settings)


GOAL = Measure("converted", smallest=0.05)


def test_all_goals_must_win_and_that_needs_no_correction():
    plan = registered(GOAL, Measure("booked", smallest=0.05))
    both = verdict(trial(shared(converted=(562, 660), booked=(300, 400)), registration=plan))
    assert both.headline.startswith("Ship: both goals are clearly better, least surely converted +17.4% (95% interval")
    assert "all goals must win, which needs no correction" in both.definition
    one = verdict(trial(shared(converted=(562, 660), booked=(300, 310)), registration=plan))
    assert one.headline.startswith("Cannot tell: booked +3.3% (95% interval")
    assert "may be chance, though converted clearly won; seeing a lift of 5.0% takes about" in one.headline
    against = verdict(trial(shared(converted=(562, 660), booked=(400, 300)), registration=plan))
    assert against.headline.startswith("Cannot tell: the goals disagree: converted +17.4% (95% interval")
    assert against.action == "Decide which of converted and booked matters more; no number of units can."


def test_a_guardrail_with_a_margin_must_be_shown_unharmed():
    plan = registered(GOAL, Measure("kept", role="guardrail", margin=0.05))
    # 1,600 against 1,590 of 2,000: the lift's interval is −3.6% to +2.5%, inside 5%; of 2%, it is not.
    units = shared(converted=(562, 660), kept=(1600, 1590))
    safe = verdict(trial(units, registration=plan))
    assert safe.headline.startswith("Ship: converted")
    assert "every guardrail is within its margin" in safe.headline
    assert any(caution.startswith("What is nearest to stopping it is kept: it may be −3.") for caution in safe.cautions)
    tight = registered(GOAL, Measure("kept", role="guardrail", margin=0.02))
    unsure = verdict(trial(units, registration=tight))
    assert unsure.headline.startswith("Cannot tell: the goal is clearly better, but kept −0.6% (95% interval −3.")
    assert "leaves a loss of 2.0% open" in unsure.headline
    # 80 %: (1.960 + 0.842)² × 0.16 × (0.98² + 1) / 0.016² = 9,614 units in each arm; all are new.
    assert unsure.action == (
        "Register a new experiment with new units, as these have been read: ruling the loss of kept out takes about "
        "9,700 units in each arm, 20 weeks at this pace."
    )


def test_a_loss_within_the_margin_is_accepted_however_clear():
    plan = registered(GOAL, Measure("kept", role="guardrail", margin=0.1))
    found = verdict(trial(shared(converted=(562, 660), kept=(1600, 1500)), registration=plan))
    assert found.headline.startswith("Ship: converted")
    assert found.table.text()[1][-1] == "non-inferior, yet worse"
    assert any("kept in treatment" in caution.lower() or "nearest" in caution for caution in found.cautions)
    harmed = verdict(trial(shared(converted=(562, 660), kept=(1600, 1300)), registration=plan))
    assert harmed.headline.startswith("Roll back: kept −18.8%")
    assert "is clearly worse, beyond its margin of 10.0%, though converted is better" in harmed.headline


def test_how_much_of_the_units_is_there_is_told_by_the_rule_of_cannot_tell():
    units = shared(converted=(562, 575))
    early = verdict(trial(units, registration=registered(GOAL, start=START, days=42)))
    over = verdict(trial(units, registration=registered(GOAL, start=START, days=28)))
    # Normal sizes of a share of 28.1% and a lift of 5%, at 95% and with a power of 80%: 16,306 in each arm.
    p, q = 0.281, 0.281 * 1.05
    mid = (p + q) / 2
    need = ((1.959964 * (2 * mid * (1 - mid)) ** 0.5 + 0.841621 * (p * (1 - p) + q * (1 - q)) ** 0.5) / (q - p)) ** 2
    said = next(one for one in early.cautions if one.startswith("Seeing a lift of 5.0% in converted takes about"))
    assert "about 17,000 units in each arm" in said
    assert said.endswith(f"; {2000 / need:.1%} of them are there.")
    assert "seeing a lift of 5.0% takes about 17,000 units in each arm" in over.headline
    # Interim looks of a group-sequential plan count by its end too.
    looks = (date(2026, 3, 29), date(2026, 4, 26))
    plan = registered(GOAL, start=START, days=56, looks=looks, reading="group-sequential", units=8000)
    assert said in verdict(trial(units, registration=plan)).cautions


def test_what_is_to_be_read_once_is_not_called_before_its_end():
    plan = registered(GOAL, start=START, days=42)
    early = verdict(trial(shared(converted=(562, 660)), registration=plan))
    assert early.headline.startswith("Keep running: 14 days are left until its end, and it is to be read once, then")
    assert any(caution.startswith("This is read before its end on 12 Apr 2026") for caution in early.cautions)
    # Harm of p < 0.001 stops it all the same; of p = 0.008 it does not.
    assert verdict(trial(shared(converted=(700, 562)), registration=plan)).headline.startswith("Roll back: converted")
    assert verdict(trial(shared(converted=(640, 562)), registration=plan)).headline.startswith("Keep running: 14 days")
    over = verdict(trial(shared(converted=(562, 660)), registration=registered(GOAL, start=START, days=28)))
    assert over.headline.startswith("Ship: converted")


def test_a_look_of_a_group_sequential_plan_calls_by_its_own_bound():
    looks = (date(2026, 3, 15), date(2026, 3, 29))
    plan = registered(GOAL, start=START, days=28, looks=looks, reading="group-sequential", units=4000)
    units = shared(converted=(562, 660))
    last = trial(units, registration=plan)
    # Two looks at half and all of the plan: O'Brien and Fleming's bounds are 2.963 and 1.969.
    assert last.standing.look.bound == pytest.approx(1.969, abs=2e-3)
    assert last.standing.units == (2012, 4000)
    assert verdict(last).headline.startswith("Ship: converted")
    assert "repeated over looks (look 2 of 2 at 100% of the plan" in verdict(last).definition
    half = trial(shared(n=1000, days=14, converted=(281, 330)), registration=plan)
    assert half.standing.look.bound == pytest.approx(2.963, abs=1e-3)
    (one,) = half.comparisons["converted"]
    # z = 2.37: clear if read once, not at this look.
    assert one.alone.p < 0.05 < one.p
    assert not one.lift.excludes(0)
    found = verdict(half)
    assert found.headline.startswith("Keep running: 14 days are left until its end; so far converted +17.4% (95%")
    assert found.action == "Let it run and read it on 2026-03-29."


def test_an_always_valid_reading_needs_more():
    plan = registered(GOAL, reading="always-valid", units=4000)
    (one,) = trial(shared(converted=(562, 660)), registration=plan).comparisons["converted"]
    # The bound at the planned size is 3.035; z is 3.35.
    assert one.alone.p < one.p < 0.05
    assert one.lift.excludes(0)
    assert one.lift.low < one.alone.low or one.lift.level == 0.95


def test_the_risk_that_a_winner_is_none_is_that_of_its_own_p():
    # Kohavi, Deng and Vermeer (2022), table 2: 22 % where one idea in ten wins, at p = alpha.
    assert none_of(0.05, alpha=0.05, power=0.8) == pytest.approx(0.22, abs=5e-4)
    # p = 0.0377: what lies 2.802 errors from 0 exceeds 2.078 with chance 0.765; 0.0170 is 18.1 % of 0.0170 + 0.0765.
    found = verdict(trial(shared(converted=(562, 622)), registration=registered(GOAL)))
    assert any(
        "Where 10.0% of ideas truly win, 18.1% of winners as clear as this (p 0.038) are none" in caution
        for caution in found.cautions
    )
    sure = verdict(trial(shared(converted=(562, 860)), registration=registered(GOAL)))
    assert sure.headline.startswith("Ship")
    assert not any("of ideas truly win" in caution for caution in sure.cautions)


def test_what_would_turn_a_gain_that_is_ruled_out_is_the_end_of_its_interval():
    plan = registered(Measure("converted", smallest=0.3))
    found = verdict(trial(shared(converted=(562, 590)), registration=plan))
    assert found.headline.startswith("Roll back: a gain of 30.0% or more is ruled out: converted")
    (one,) = trial(shared(converted=(562, 590)), registration=plan).comparisons["converted"]
    end = f"{one.lift.high:.1%}"
    turn = f"It would be another call if a gain of {end} or less mattered: up to there it is not ruled out."
    assert turn in found.cautions
    # Just below the end it is another call indeed, just above it is not.
    for smallest, word in ((one.lift.high - 0.001, "Cannot tell"), (one.lift.high + 0.001, "Roll back")):
        near = registered(Measure("converted", smallest=smallest))
        assert verdict(trial(shared(converted=(562, 590)), registration=near)).headline.startswith(word)
    less = registered(Measure("converted", better="down", smallest=0.3))
    fewer = trial(shared(converted=(590, 562)), registration=less)
    end = f"{-fewer.comparisons['converted'][0].lift.low:.1%}"
    assert any(f"if a fall of {end} or less mattered" in caution for caution in verdict(fewer).cautions)


def test_without_a_registered_smallest_lift_no_gain_is_too_small():
    plan = registered(Measure("converted"))
    units = shared(converted=(1800, 1802))
    found = verdict(trial(units, registration=plan))
    assert found.headline.startswith("Cannot tell: converted")
    assert found.action.startswith("Say which lift of converted matters, and register it: there were units enough")
    assert "No smallest lift that matters was registered" in found.definition
    assert verdict(trial(units, registration=registered(GOAL))).headline.startswith("Roll back: a gain of 5.0%")
    # Where nobody registers, the setting has its default.
    assert verdict(trial(units, metric="converted")).headline.startswith("Roll back: a gain of 5.0%")


def test_less_than_a_week_of_what_nobody_registered_runs_on():
    for days, says in ((1, "Keep running: 1 day is not a whole week yet; so far converted +17.4%"), (7, "Ship: ")):
        found = verdict(trial(shared(days=days, converted=(562, 660)), metric="converted"))
        assert found.headline.startswith(says)
    assert verdict(trial(shared(days=3, converted=(660, 562)), metric="converted")).headline.startswith("Roll back")


def test_before_the_end_a_margin_is_broken_only_at_the_strict_level():
    guard = Measure("kept", role="guardrail", margin=0.02)
    plan = registered(GOAL, guard, start=START, days=42)
    calls = {}
    for kept in (1510, 1400):
        made = trial(shared(converted=(562, 570), kept=(1600, kept)), registration=plan)
        (one,) = made.comparisons["kept"]
        assert one.lift.level == pytest.approx(0.999)
        calls[kept] = (verdict(made).headline.split(":")[0], one.alone.high < -0.02)
    # At 95 % a loss of 5.6 % is clearly more than 2 %: 5.6 % ± 3.2 %. At 99.9 % it is not, and 12.5 % is.
    over = registered(GOAL, guard, start=START, days=28)
    assert verdict(trial(shared(converted=(562, 570), kept=(1600, 1510)), registration=over)).headline.startswith(
        "Roll"
    )
    assert calls == {1510: ("Keep running", False), 1400: ("Roll back", True)}


def test_shares_of_none_and_of_all():
    none = verdict(trial(shared(converted=(0, 0)), registration=registered(GOAL)))
    assert none.headline.startswith("Cannot tell: converted 0.0% in treatment and in control, the same")
    assert none.action == "Choose a goal that differs between units: converted does not."
    every = verdict(trial(shared(converted=(2000, 2000)), registration=registered(GOAL)))
    assert every.headline.startswith("Roll back: a gain of 5.0% or more is ruled out")

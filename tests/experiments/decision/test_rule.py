"""The rule over all of its cases, against a table written by hand, and the numbers a call names derived anew."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from pmlib.experiments import trial, verdict
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.decision.calls import decided
from pmlib.experiments.decision.needs import about, seen_on, to_clear, to_part, to_see
from pmlib.experiments.effects.guards import guarded
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.shares import share_lift
from tests.experiments.made import units_of

START = date(2026, 3, 2)
N = 2000
HITS = {
    # Goals: of 2,000 in control and in treatment.
    "good": (562, 660),
    "bad": (660, 562),
    "open": (200, 208),
    "enough": (1000, 1040),
    "flat": (1000, 1000),
    # Guardrails.
    "worse": (1600, 1300),
    "safe": (1600, 1590),
    "unsure": (1600, 1580),
    "seen": (1600, 1545),
}
GOALS = {name: Measure(name, smallest=0.1) for name in ("good", "bad", "open", "enough", "flat")}
MARGINS = {"worse": 0.1, "safe": 0.06, "unsure": 0.02, "seen": 0.05}
GUARDS = {name: Measure(name, role="guardrail", margin=margin) for name, margin in MARGINS.items()}
WORDS = {"S": "Ship", "R": "Roll back", "K": "Keep running", "C": "Cannot tell"}
# Rows: the goal is clearly better, clearly worse, not clear with too few units, not clear with units enough, or a gain
# that matters is ruled out. Columns: no guardrail, one that is clearly worse than its margin, one within it, one that
# is open with too few units, one that is open with units enough.
TABLE = {
    "over": """
        none worse safe unsure seen
good    S    R     S    C      C
bad     R    R     R    R      R
open    C    R     C    C      C
enough  C    R     C    C      C
flat    R    R     R    R      R
""",
    # A planned look before the end, its bound passed by what is clear.
    "look": """
        none worse safe unsure seen
good    S    R     S    K      K
bad     R    R     R    R      R
open    K    R     K    K      K
enough  K    R     K    K      K
flat    R    R     R    R      R
""",
    # Before the end of what is to be read once only harm of p < 0.001 counts.
    "early": """
        none worse safe unsure seen
good    K    R     K    K      K
bad     R    R     R    R      R
open    K    R     K    K      K
enough  K    R     K    K      K
flat    K    R     K    K      K
""",
}
TIMES = {
    "over": {"days": 28},
    "early": {"days": 42},
    "look": {
        "days": 42,
        "units": 6000,
        "reading": "group-sequential",
        "looks": (START + timedelta(days=27), START + timedelta(days=41)),
    },
}
REASONS = {
    ("over", "good", "none"): "Ship: good 33.0% in treatment against 28.1% in control, +17.4% (95% interval",
    ("over", "good", "safe"): "; every guardrail is within its margin; 4,000 units in all.",
    ("over", "good", "worse"): "is clearly worse, beyond its margin of 10.0%, though good is better; 4,000",
    ("over", "good", "unsure"): "the goal is clearly better, but unsure −1.2% (95% interval −4.3% to +1.9%) leaves a",
    ("over", "good", "seen"): "but seen −3.4% (95% interval −6.5% to −0.3%) leaves a loss of 5.0% open; 4,000",
    ("over", "bad", "none"): "Roll back: bad 28.1% in treatment against 33.0% in control, −14.8% (95% interval",
    ("over", "bad", "worse"): "clearly worse, beyond its margin of 10.0%; so is bad; 4,000 units in all.",
    ("over", "open", "none"): "may be chance; seeing a lift of 10.0% takes about 15,000 units in each arm; 4,000",
    (
        "over",
        "enough",
        "none",
    ): "may be chance; telling 0 from 10.0% whatever it is takes about 3,300 units in each arm",
    ("over", "flat", "safe"): "Roll back: a gain of 10.0% or more is ruled out: 0.0% (95% interval −6.0% to +6.4%) in",
    ("early", "good", "none"): "Keep running: 14 days are left until its end, and it is to be read once, then; 4,000",
    ("look", "open", "safe"): "Keep running: 14 days are left until its end; so far open +4.0% (95% interval",
}


@pytest.fixture(scope="module")
def units():
    """All columns in one table, a seventh of each arm on each weekday of four weeks."""
    days = [(START + timedelta(days=place % 28)).isoformat() for _ in range(2) for place in range(N)]
    columns = {name: [int(place < count) for count in both for place in range(N)] for name, both in HITS.items()}
    return units_of(arm=["control"] * N + ["treatment"] * N, day=days, **columns)


def planned(*measures: Measure, **settings: object) -> Registration:
    made = {"name": "trial", "hypothesis": "More.", "control": "control", "digest": "ab" * 32, "start": START}
    return Registration(**(made | settings), arms={"control": 1, "treatment": 1}, measures=measures)


def cases():
    for time, grid in TABLE.items():
        head, *rows = [line.split() for line in grid.strip().splitlines()]
        for goal, *calls in rows:
            for guard, call in zip(head, calls, strict=True):
                yield pytest.param(time, goal, guard, WORDS[call], id=f"{time}-{goal}-{guard}")


@pytest.mark.parametrize(("time", "goal", "guard", "word"), [*cases()])
def test_each_case_of_the_rule(units, time, goal, guard, word):
    guards = [GUARDS[guard]] if guard != "none" else []
    made = trial(units, registration=planned(GOALS[goal], *guards, **TIMES[time]))
    call = decided(made, [Gate("the split", "passed", "As planned.")])
    assert call.word == word
    assert call.action.endswith(".")
    # Whatever the numbers say, an alarm of what has to hold before bars them.
    barred = decided(made, [Gate("the arms before", "alarm", "Unlike before: x. More.", "Find out why.")])
    assert (barred.word, barred.barred) == ("Cannot tell", True)
    assert barred.why == "unlike before: x, so no result can be read"
    assert barred.action.startswith("Find out why. A new start takes about ")
    if (time, goal, guard) in REASONS:
        found = verdict(made)
        assert REASONS[time, goal, guard] in found.headline
        assert len(found.headline.split()) <= 30
    if word == "Cannot tell":
        assert "units in each arm" in call.why + call.action


def test_nothing_but_harm_is_called_in_less_than_a_week(units):
    few = units_of(
        arm=["control"] * N + ["treatment"] * N,
        day=[(START + timedelta(days=place % 5)).isoformat() for place in range(2 * N)],
        **{name: [int(at < hits) for hits in HITS[name] for at in range(N)] for name in ("good", "bad", "flat")},
    )
    for goal, word in (("good", "Keep running"), ("flat", "Keep running"), ("bad", "Roll back")):
        plan = planned(GOALS[goal], days=28, units=4500, reading="always-valid")
        assert decided(trial(few, registration=plan), []).word == word
    assert decided(trial(few, registration=planned(GOALS["good"], days=5)), []).word == "Ship"


def test_goals_that_disagree_or_gain_nothing_are_for_people_to_weigh(units):
    both = trial(units, registration=planned(GOALS["good"], GOALS["bad"], days=28))
    assert decided(both, []).action == "Decide which of good and bad matters more; no number of units can."
    # Harm of a guardrail comes before goals that disagree.
    harm = trial(units, registration=planned(GOALS["good"], GOALS["bad"], GUARDS["worse"], days=28))
    assert decided(harm, []).word == "Roll back"
    part = decided(trial(units, registration=planned(GOALS["good"], GOALS["flat"], days=28)), [])
    assert part.word == "Cannot tell"
    assert part.why.endswith("is clearly better, but a gain of 10.0% or more of flat is ruled out")
    assert part.action == "Decide whether good alone is worth it; no number of units can."
    early = trial(units, registration=planned(GOALS["good"], GOALS["bad"], days=42))
    assert decided(early, []).word == "Keep running"


def test_of_several_open_goals_the_one_that_takes_most_units_is_named(units):
    made = trial(units, registration=planned(GOALS["enough"], GOALS["open"], GOALS["good"], days=28))
    call = decided(made, [])
    assert call.why.startswith("open +4.0% (95% interval ")
    assert call.why.endswith("though good clearly won; seeing a lift of 10.0% takes about 15,000 units in each arm")


def test_the_units_named_see_what_they_promise(units):
    made = trial(units, registration=planned(GOALS["open"], GUARDS["unsure"], days=28))
    rng, runs = np.random.default_rng(5), 20_000
    need = to_see(made.comparisons["open"][0], 0.1, made)
    # Of 20,000 experiments with a true lift of 10 % four in five are clear; one deviation is 0.3 %.
    x, y = rng.binomial(need.control, 0.10, runs), rng.binomial(need.arm, 0.11, runs)
    n, pooled = need.control, (x + y) / (need.control + need.arm)
    z = (y - x) / n / np.sqrt(pooled * (1 - pooled) * 2 / n) * math.sqrt((2 * n - 1) / (2 * n))
    assert np.mean(z > stats.norm.ppf(0.975)) == pytest.approx(0.8, abs=0.012)
    assert decided(made, []).why.endswith(f"about {about(need.control):,} units in each arm")
    # 2,000 in each arm came in 28 days: 500 a week.
    assert need.weeks == math.ceil((need.control - N) / 500)
    assert need.anew == math.ceil(need.control / 500)
    assert f", {need.anew} weeks at this pace." in decided(made, []).action
    clear = to_clear(guarded(made.comparisons["unsure"])[0], made)
    x, y = (rng.binomial(clear.control, 0.8, runs) / clear.control for _ in range(2))
    spread = np.sqrt((y * (1 - y) + 0.98**2 * x * (1 - x)) / clear.control)
    assert np.mean((y - 0.98 * x) / spread > stats.norm.ppf(0.975)) == pytest.approx(0.8, abs=0.012)
    assert clear.weeks == math.ceil((clear.control - N) / 500)


def test_the_units_named_settle_what_is_open(units):
    made = trial(units, registration=planned(GOALS["enough"], GUARDS["seen"], days=28))
    goal, guard = made.comparisons["enough"][0], guarded(made.comparisons["seen"])[0]
    part = to_part(goal, 0.1, made)
    times = part.times
    grown = share_lift(round(1040 * times), round(N * times), round(1000 * times), round(N * times))
    assert grown.high - grown.low == pytest.approx(0.1, rel=0.03)
    assert times > 1
    stays = seen_on(guard, made)
    grown = share_lift(*(round(count * stays.times) for count in (1545, N, 1600, N)))
    assert grown.low == pytest.approx(-0.05, abs=0.001)
    action = decided(trial(units, registration=planned(GOALS["good"], GUARDS["seen"], days=28)), []).action
    assert action.startswith("Decide by what seen is worth: there were units enough to rule the loss out if nothing is")
    assert f"if it stays as seen, telling takes about {about(stays.control):,} units in each arm in a new" in action

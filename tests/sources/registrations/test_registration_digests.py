"""The digest stands for the plan, not for the file; looks, words, cautions and the template."""

import random
import tomllib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError
from pmlib.sources.demo.texts import source
from pmlib.sources.demo.truth import TRUTH
from pmlib.sources.registrations import cautions, registered, summary, template
from pmlib.sources.registrations.digest import canonical, digest
from pmlib.sources.registrations.load import read
from pmlib.sources.registrations.looks import recurring, spread
from tests.sources.registrations.registered_plans import SMALL, WHOLE, small


def test_words_quote_the_plan() -> None:
    told = dict(registered(read(WHOLE, "checkout.toml")))
    assert told["Hypothesis"] == "“Fewer steps, more bookings.”"
    assert told["Arms"] == "old 66.7%, new 33.3% and paused 0% of each account, clustered by company"
    assert told["Goal"] == (
        "trips booked (from day 1 within 14 days of exposure; adjusted for the 28 days before exposure; "
        "more is better; a lift of 5% matters)"
    )
    assert told["Guardrails"] == (
        "refunds (less is better; may rise by less than 2%); load ms (its 90% quantile; less is better; may rise by "
        "less than 10%)"
    )
    assert told["Also read"].startswith("spend per trip (divided by count(*); capped at the 99% quantile")
    assert told["Horizon"] == "4 weeks, 2 to 29 Mar 2026, 20,000 units in all"
    assert told["Read"] == "at 4 looks (8 Mar, 15 Mar, 22 Mar and 29 Mar), alpha spent as by Kim and DeMets"
    assert told["Error rates"] == "false alarms 1%, power 90%"
    plan = read(WHOLE, "checkout.toml")
    assert told["Registered as"] == f"{plan.digest[:12]} (checkout.toml)"
    assert plan.digest[:12] in summary(plan)


def test_looks_are_spread_over_whole_weeks() -> None:
    start = date(2026, 3, 2)
    assert [(day - start).days + 1 for day in spread(start, 28, 4)] == [7, 14, 21, 28]
    assert [(day - start).days + 1 for day in spread(start, 28, 3)] == [7, 21, 28]
    assert [(day - start).days + 1 for day in spread(start, 10, 4)] == [2, 5, 8, 10]
    assert [(day - start).days + 1 for day in recurring(start, 10, "week")] == [7, 10]
    assert recurring(date(2026, 1, 31), 60, "month") == (date(2026, 2, 27), date(2026, 3, 30), date(2026, 3, 31))


@given(st.integers(1, 400), st.integers(1, 100))
def test_looks_are_in_order_and_end_at_the_horizon(days: int, count: int) -> None:
    start = date(2026, 3, 2)
    if count <= days:
        looks = spread(start, days, count)
        assert len(looks) == len(set(looks)) == count
        assert [*looks] == sorted(looks)
        assert looks[-1] == start + timedelta(days=days - 1)
        assert looks[0] >= start
    for every in ("day", "week", "month"):
        days_of = recurring(start, days, every)
        assert [*days_of] == sorted(set(days_of))
        assert days_of[-1] == start + timedelta(days=days - 1)


def written(tables: dict, rng: random.Random) -> str:
    """Write the same plan in another order, with remarks and spaces."""

    def value(given: object) -> str:
        if isinstance(given, bool):
            return str(given).lower()
        if isinstance(given, dict):
            return "{ " + ", ".join(f"{key}={value(one)}" for key, one in given.items()) + " }"
        if isinstance(given, list):
            return "[ " + ",  ".join(value(one) for one in given) + " ]"
        return f'"{given}"' if isinstance(given, str) else str(given)

    def lines(table: dict) -> list[str]:
        made = [f"{key}{' ' * rng.randrange(4)}= {value(one)}  # {rng.random()}" for key, one in table.items()]
        rng.shuffle(made)
        return made

    top = {key: one for key, one in tables.items() if key not in ("arms", "metrics")}
    parts = [["[arms]", *lines(tables["arms"])]]
    parts += [[f"[metrics.{name}]", *lines(one)] for name, one in tables["metrics"].items()]
    rng.shuffle(parts)
    return "\n\n".join("\n".join(part) for part in [lines(top), *parts])


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_digest_does_not_depend_on_how_the_file_is_written(seed: int) -> None:
    again = read(written(tomllib.loads(WHOLE), random.Random(seed)), f"{seed}.toml")
    assert again.digest == read(WHOLE, "checkout.toml").digest


def test_the_digest_does_not_depend_on_defaults_written_out_or_on_parts() -> None:
    plain = small("weeks = 4").digest
    assert (
        small('days = 28\nalpha = 0.05\nunit = "user"\nreading = "once"', 'role = "goal"\ncount = false').digest
        == plain
    )
    shares = SMALL.format(top="weeks = 4", metric="").replace('["control", "new"]', "{control = 0.5, new = 0.5}")
    assert read(shares, "x.toml").digest == plain
    dates = "start = 2026-03-02\nweeks = 2\nlooks = "
    assert small(dates + "[2026-03-08, 2026-03-15]").digest == small(dates + '{every = "week"}').digest


CHANGES = [
    *("name", "hypothesis", "unit", "owner", "cluster", "exposure", "variant", "activation"),
]


def test_the_digest_depends_on_everything_that_is_planned() -> None:
    plan = read(WHOLE, "checkout.toml")
    one = plan.measures[0]
    others = [replace(plan, **{field: "another"}) for field in CHANGES]
    others += [
        replace(plan, control="new"),
        replace(plan, arms={"old": 1, "new": 1, "paused": 0}),
        replace(plan, arms={"old": 2, "new": 1}),
        replace(plan, start=date(2026, 3, 3)),
        replace(plan, days=29),
        replace(plan, units=None),
        replace(plan, reading="always-valid"),
        replace(plan, looks=plan.looks[1:]),
        replace(plan, spending="obrien-fleming"),
        replace(plan, alpha=0.02),
        replace(plan, power=0.8),
        replace(plan, seed=8),
        replace(plan, segments=("platform",)),
        replace(plan, measures=plan.measures[1:]),
    ]
    numbers = {
        "quantile": 0.4,
        "cap": 0.9,
        "margin": 0.1,
        "smallest": 0.1,
        "window": 7.0,
        "delay": 2.0,
        "lookback": 7.0,
    }
    texts = ("name", "over", "before", "title", "metric", "sql", "over_sql", "event", "since")
    told = [numbers, dict.fromkeys(texts, "another"), {"role": "secondary", "kind": "mean", "better": "down"}]
    for field, value in [*(pair for part in told for pair in part.items()), ("count", True)]:
        others.append(replace(plan, measures=(replace(one, **{field: value}), *plan.measures[1:])))
    digests = [digest(other) for other in others]
    assert plan.digest not in digests
    assert len(set(digests)) == len(digests)
    assert digest(replace(plan, file="elsewhere.toml", digest="")) == plan.digest


def test_what_the_digest_is_taken_of_stays_the_same_from_version_to_version() -> None:
    plan = small("start = 2026-03-02\nweeks = 4", "smallest = 0.05")
    assert canonical(plan) == (
        '{"arms":{"control":0.5,"new":0.5},"control":"control","days":28.0,"form":1,"hypothesis":"y",'
        '"measures":{"paid":{"smallest":0.05}},"name":"x","segments":[],"start":"2026-03-02"}'
    )
    # sha256sum of that line.
    assert plan.short == "0d3693dfe82f"


def test_a_template_loads_once_it_has_a_hypothesis() -> None:
    with pytest.raises(SettingError, match=r"^t.toml: hypothesis is empty; give in a sentence"):
        read(template(), "t.toml")
    odd = 'A "quoted" \\ name \N{SNOWMAN}'
    text = template(
        name=odd, hypothesis="More.", arms=("old", "new one"), weeks=6, goals=("a b", "c"), guardrails=("d",)
    )
    plan = read(text, "t.toml")
    assert (plan.name, plan.days, plan.control, [*plan.arms]) == (odd, 42, "old", ["old", "new one"])
    assert [(one.name, one.role) for one in plan.measures] == [("a b", "goal"), ("c", "goal"), ("d", "guardrail")]
    with pytest.raises(SettingError, match="needs two arms and a goal"):
        template(arms=("only",))


def test_every_setting_that_a_template_shows_is_known() -> None:
    text = template(hypothesis="More.", guardrails=("refunds",))
    shown = [line.removeprefix("# ") for line in text.splitlines() if " = " in line and line.startswith("# ")]
    keys = {line.partition(" =")[0] for line in shown if line.partition(" =")[0].isidentifier()}
    assert {"owner", "units", "looks", "spending", "cluster", "segments", "window", "lookback", "cap", "sql"} <= keys
    assert keys <= {*vars(small()), *vars(small().measures[0]), "weeks"}


def test_cautions_say_what_is_allowed_and_doubtful() -> None:
    quiet = read(source("registration_paywall.toml"), "paywall.toml")
    assert cautions(quiet) == ()
    told = " ".join(cautions(small("days = 10", "window = 6")))
    assert "The horizon is 10 days, no whole weeks" in told
    assert "plan two weeks or more" in told
    assert "The windows of paid take up more than half of the horizon" in told
    assert "Nothing says which lift of paid would matter" in told
    assert "No guardrail is planned" in told
    assert "No horizon is planned" in " ".join(cautions(small()))
    odd = read(SMALL.format(top="", metric="").replace('["control", "new"]', "{control = 50, new = 45}"), "x.toml")
    assert "The weights sum to 95 and are read as parts" in " ".join(cautions(odd))


@pytest.mark.parametrize(("name", "window"), [("onboarding", TRUTH.onboarding), ("paywall", TRUTH.paywall)])
def test_the_plans_of_the_demo_experiments_fit_their_truth(name: str, window: object) -> None:
    plan = read(source(f"registration_{name}.toml"), f"registration_{name}.toml")
    assert plan.start == TRUTH.onboarding.start if name == "onboarding" else TRUTH.paywall.start
    assert plan.days is not None
    longest = max(one.window or 0 for one in plan.measures)
    last = TRUTH.onboarding.end if name == "onboarding" else TRUTH.paywall.end
    assert plan.horizon == last + timedelta(days=longest)
    assert plan.goals[0].name == "converted"
    assert plan.goals[0].window == (7 if name == "onboarding" else 14)

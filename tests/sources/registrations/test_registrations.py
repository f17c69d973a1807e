"""A registration is read whole, refused with all its faults, and its digest stands for the plan, not for the file."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pmlib.core import InputError, SettingError
from pmlib.core.masking import masked
from pmlib.sources import Measure, Registration, load_registration
from pmlib.sources.registrations.load import read
from tests.sources.registrations.registered_plans import WHOLE, small


def fault(top: str = "", metric: str = "") -> str:
    with pytest.raises(SettingError) as raised:
        small(top, metric)
    return str(raised.value)


def test_the_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "checkout.toml"
    path.write_text("\ufeff" + WHOLE, encoding="utf-8")
    plan = load_registration(path)
    assert plan == Registration(
        name="New checkout",
        hypothesis="Fewer steps, more bookings.",
        control="old",
        arms={"old": 2.0, "new": 1.0, "paused": 0.0},
        measures=(
            Measure(
                "booked", event="booking_made", window=14, delay=1, lookback=28, smallest=0.05, title="trips booked"
            ),
            Measure("spend_per_trip", "secondary", "ratio", sql="sum(amount_eur)", over_sql="count(*)", cap=0.99),
            Measure("refunds", "guardrail", better="down", event="refunded", count=True, margin=0.02),
            Measure("load_ms", "guardrail", "quantile", better="down", quantile=0.9, margin=0.1),
        ),
        unit="account",
        owner="Checkout",
        start=date(2026, 3, 2),
        days=28,
        units=20_000,
        reading="group-sequential",
        looks=(date(2026, 3, 8), date(2026, 3, 15), date(2026, 3, 22), date(2026, 3, 29)),
        spending="kim-demets",
        alpha=0.01,
        power=0.9,
        seed=7,
        cluster="company",
        segments=("platform", "country"),
        exposure="checkout_opened",
        variant="checkout_variant",
        activation="cart_filled",
        digest=plan.digest,
        file="checkout.toml",
    )
    assert plan.horizon == date(2026, 3, 29)
    assert plan.treatments == ("new", "paused")
    assert plan.shares == {"old": 2 / 3, "new": 1 / 3, "paused": 0.0}
    assert [one.name for one in plan.goals + plan.guardrails + plan.secondary] == [
        "booked",
        "refunds",
        "load_ms",
        "spend_per_trip",
    ]
    assert plan.measure("refunds").margin == 0.02
    with pytest.raises(SettingError, match=r"No metric 'refund' is registered; .* Did you mean 'refunds'"):
        plan.measure("refund")


@pytest.mark.parametrize(
    ("top", "metric", "words"),
    [
        ("alpa = 0.1", "", r"there is no setting 'alpa'; there is name, .*Did you mean 'alpha'\?"),
        ("alpha = 0.5", "", "alpha is 0.5; give the chance of a false alarm, 0.0001 to 0.2"),
        ("alpha = nan", "", "alpha is nan; give"),
        ("alpha = true", "", "alpha is true; give"),
        ("power = 80", "", "power is 80; give the chance to see .*, 0.5 to 0.999"),
        ("weeks = 4.5", "", "weeks is 4.5; give the horizon as a whole number of weeks"),
        ("days = 20\nweeks = 4", "", "days and weeks are both given; keep one"),
        ("start = 2026-03-02T10:00:00", "", "start: give a day without a time"),
        ("start = 9999-12-31\nweeks = 4", "", "start: give a day of the years 1990 to 2200"),
        ('start = "2026-03-02"', "", "start is '2026-03-02'; give the first day"),
        ("units = 1", "", "units is 1; give how many units"),
        ('control = "contrl"', "", "no arm is called 'contrl'; the arms are control and new. Did you mean 'control'?"),
        ('reading = "sequential"', "", "reading is 'sequential'; give one of once, group-sequential, always-valid"),
        ('reading = "group-sequential"', "", "needs looks"),
        ("looks = 4", "", "looks need a start and a horizon"),
        ("start = 2026-03-02\ndays = 3\nlooks = 4", "", "looks asks for 4 in 3 days"),
        ("start = 2026-03-02\nweeks = 4\nlooks = 0", "", "looks is 0; give days such as"),
        ('start = 2026-03-02\nweeks = 4\nlooks = {every = "weeks"}', "", "looks is .*; give days such as"),
        ("start = 2026-03-02\nweeks = 4\nlooks = [2026-03-15]", "", "the last look is on 15 Mar 2026, the last day"),
        ("start = 2026-03-02\nlooks = [2026-03-15, 2026-03-08]", "", "looks are not in order"),
        ("start = 2026-03-02\nlooks = [2026-03-01, 2026-03-08]", "", "a look on 1 Mar 2026 lies before the start"),
        (
            'reading = "once"\nstart = 2026-03-02\nweeks = 4\nlooks = 4',
            "",
            "looks are planned, but with reading = .once",
        ),
        ('reading = "always-valid"\nstart = 2026-03-02\nweeks = 4\nlooks = 4', "", "read at any time. Leave looks out"),
        ('spending = "kim-demets"', "", "spending is how looks share alpha; plan looks, or leave it out"),
        ('segments = ["a", "a"]', "", "segments names 'a' twice"),
        ('segments = ["arm"]', "", "'arm' cannot be a segment"),
        ("", "alpha = 0.1", "alpha belongs to the experiment: write it above the first line in brackets"),
        ("window = 7", "", r"window belongs to a metric: write it below a line such as \[metrics.converted\]"),
        ("", 'role = "gaol"', r"\[metrics.paid\] role is 'gaol'; give one of .* Did you mean 'goal'\?"),
        ("", 'role = "secondary"', "no metric is a goal"),
        ("", "margin = 0.1", "has a margin but is a goal"),
        ("", "smallest = -0.1", "smallest is -0.1; give the smallest relative lift that matters, above 0"),
        ("", "cap = 1", "cap is 1; give a quantile from 0.5 to below 1"),
        ("", 'cap = 0.99\nkind = "share"', "has a cap, but a share has no large values"),
        ("", 'cap = 0.99\nkind = "quantile"', "has a cap, but a quantile does not feel them"),
        ("", "quantile = 0.9", 'has a quantile; write kind = "quantile" too'),
        ("", 'kind = "ratio"', "is a ratio and needs over"),
        ("", 'over = "paid"', "is divided by itself"),
        ("", 'over = "trips"\nkind = "mean"', "is divided, so it is no mean"),
        ("", 'over = "trips"\nevent = "e"', "has over, a column of units, but is made from events"),
        ("", 'over_sql = "count(*)"', "has over_sql without sql"),
        ("", 'event = "e"\nsql = "count(*)"', "has sql and event; it can be made in one way"),
        ("", 'metric = "m"\nsql = "count(*)"', "has metric and sql; it can be made in one way"),
        ("", 'metric = "m"\nsql = "count(*)"\nevent = "e"', "has metric, sql and event; it can be made in one way"),
        ("", "count = true", "has count without event"),
        ("", 'since = "opened"', "has since but is a column of units"),
        ("", 'event = "e"\nmetric = "m"\ncount = true', "its metric says how it is counted"),
        ("", 'event = "e"\ncount = true\nkind = "share"', "counts, so it is no share"),
        ("", 'event = "e"\nkind = "quantile"', "says whether a unit did the event, so it is no quantile"),
        ("", "window = 3\ndelay = 3", "has a window of 3 days that ends before its delay of 3 is over"),
        ("weeks = 2", "window = 14", "has a window of 14 days, and the horizon is 14 days"),
        ("", 'before = "paid"', "has itself as before"),
        ("", "lookback = 28", "has lookback but is a column of units"),
        ("", 'event = "e"\nbefore = "p"', "has before, a column of units, but is made from events"),
        ("", 'title = "a\\nb"', "title: write it on one line"),
        ("", 'title = "a\\u202eb"', "title: write it on one line"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(top: str, metric: str, words: str) -> None:
    message = fault(top, metric)
    assert message.startswith("plan.toml: ")
    with pytest.raises(SettingError, match=words):
        raise SettingError(message)


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        (
            "control = 0.5\nnew = 0.4",
            "the weights of the arms sum to 0.9: as shares they must sum to 1.*such as 5 and 4",
        ),
        ('control = "50%"\nnew = "40%"', "sum to 90%, not to 100%"),
        ('control = "50%"\nnew = 1', "control has a weight in %, the other arms have none"),
        ("control = 0\nnew = 0", "every arm has the weight 0, so nobody would be taken in"),
        ("control = 0\na = 1\nb = 1", "'control' has the weight 0, so there is nothing to compare with"),
        ("control = 1\nnew = 0", "fewer than two arms have a weight above 0"),
        ("control = 1\nnew = -1", "the weight of 'new' is '-1'; give a number from 0"),
        ("control = 1\nnew = inf", "the weight of 'new' is 'inf'; give a number from 0"),
        ("control = 1\nnew = true", "the weight of 'new' is 'True'; give a number from 0"),
        ('control = 1\n"" = 1', "an arm is called ''; give it a name"),
        ("", "arms are missing; give"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(arms: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        read(f'name = "x"\nhypothesis = "y"\n[arms]\n{arms}\n[metrics.paid]\n', "plan.toml")


@pytest.mark.parametrize(
    ("arms", "first"),
    [
        ("control = 1\nnew = 1", 0.5),
        ("control = 9\nnew = 1", 0.9),
        ("control = 0.333\na = 0.333\nb = 0.333", 1 / 3),
        ('control = "50%"\nnew = "50 %"', 0.5),
        ("control = 1\nnew = 1\nold = 0", 0.5),
        ("control = 50\nnew = 50", 0.5),
    ],
)
def test_parts_shares_and_per_cent_are_weights(arms: str, first: float) -> None:
    plan = read(f'name = "x"\nhypothesis = "y"\n[arms]\n{arms}\n[metrics.paid]\n', "plan.toml")
    assert plan.shares["control"] == pytest.approx(first)


def test_all_faults_are_told_at_once_and_none_that_follows_from_another() -> None:
    text = 'nam = "x"\nalpha = 2\nweeks = "four"\nlooks = 3\n'
    text += "arms = {control = 0.5, new = 0.4}\n[metrics.paid]\nmargin = 0.1\n"
    with pytest.raises(SettingError) as raised:
        read(text, "plan.toml")
    message = str(raised.value)
    assert message.startswith("plan.toml has 7 faults: (1) ")
    for part in ("'nam'", "name is missing", "hypothesis is missing", "alpha is 2", "weeks is 'four'", "sum to 0.9"):
        assert part in message
    assert "[metrics.paid] has a margin" in message
    assert "looks" not in message.split("there is name", 1)[0]


def test_what_is_no_file_or_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        load_registration(tmp_path / "plan.toml")
    for text, words in (("a = ", "is not readable TOML"), ("[metrics]\n", "metrics are missing")):
        (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
        with pytest.raises(SettingError, match=words):
            load_registration(tmp_path / "plan.toml")
    (tmp_path / "plan.toml").write_bytes("name = 'Zürich'".encode("cp1252"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        load_registration(str(tmp_path / "plan.toml"))
    (tmp_path / "units.csv").write_text("unit,arm\n1,a\n", encoding="utf-8")
    with pytest.raises(SettingError, match=r"A plan is a \.toml file; 'pmlib register' prints the form"):
        load_registration(tmp_path / "units.csv")
    with pytest.raises(SettingError, match=r"list\.toml is a list of experiments; give the plan of one"):
        read('[[experiment]]\nname = "x"\n', "list.toml")
    with pytest.raises(SettingError, match="metrics has 'paid', which is no table"):
        read('name = "x"\nhypothesis = "y"\narms = ["control", "b"]\n[metrics]\npaid = 1\n', "plan.toml")


def test_a_metric_of_the_catalogue_may_leave_its_event_to_the_plan() -> None:
    # The library's key_actions counts $event: which one, says who asks.
    (one,) = small(metric='metric = "key_actions"\nevent = "booked"').measures
    assert (one.metric, one.event, one.count) == ("key_actions", "booked", False)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("revenue_eur", "revenue (EUR)"),
        ("revenue_eur_net", "revenue eur net"),
        ("friend_invited", "friend invited"),
        ("eur", "eur"),
        ("_eur", " eur"),
        ("visits", "visits"),
    ],
)
def test_a_column_is_written_as_words(name: str, words: str) -> None:
    assert Measure(name).label == words
    assert Measure(name, title="net revenue").label == "net revenue"


def test_a_digest_that_begins_with_digits_alone_is_not_masked_as_a_number() -> None:
    digest = "914146692931f" + "0" * 51
    plan = replace(small(), digest=digest)
    assert plan.short == "914146692931f"
    assert masked(f"registered ({plan.short})") == f"registered ({plan.short})"
    assert masked("registered (914146692931)") == "registered ([number])"

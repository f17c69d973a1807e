"""A tracking plan against what came."""

import pytest

from pmlib.core import InputError, PmlibError, SettingError
from pmlib.sources.expected import Planned, load_plan
from pmlib.usage.tracks.tracking import tracking
from tests.usage.test_tracking import BOOK, CALM, rows
from tests.usage.tracks import track

PLAN = """
[events.visit]

[events.book]
properties = {platform = "text", amount = "number"}
required = ["platform"]
owner = "Payments"

[events.pay]
properties = {platform = "text", amount = "number"}
"""


@pytest.fixture
def planned(tmp_path):
    def write(text, name="tracking.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def log(weeks=None, **changed):
    """Three events with a platform and an amount, as the plan has them, but for what is given."""
    given = {
        "platform": lambda event, week, i: None if event == "visit" else "ios",
        "amount": lambda event, week, i: None if event == "visit" else str(i),
    }
    return track(weeks or CALM, given | changed)


def test_all_is_as_planned(planned):
    found = tracking(log(), plan=planned(PLAN))
    assert found.headline == "Nothing changed in 3 events and 2 properties, and all is as planned"
    assert found.cautions == ()
    assert "planned in tracking.toml" in found.definition


def test_an_event_is_missing(planned):
    found = tracking(log(), plan=planned(PLAN + "[events.boook]\nowner = 'Growth'"))
    assert found.cautions == ("boook is planned and never came (owner: Growth).",)
    assert found.action == "Ask Growth what happened to boook, before anybody reads figures that rest on it."
    other = tracking(log(), plan=planned(PLAN.replace("events.book", "events.boook")))
    assert other.cautions[:2] == (
        "boook is planned and never came (owner: Payments); the nearest name is book.",
        "book is not in tracking.toml, and came 362 times from 1 Jun on; the nearest name is boook.",
    )


def test_an_event_that_stopped_is_told_once(planned):
    found = tracking(log({**CALM, "book": [*BOOK, 0]}), plan=planned(PLAN))
    assert [row[:3] for row in rows(found)] == [["book", "", "stopped"]]


def test_an_event_that_stopped_long_ago_is_missing(planned):
    weeks = {name: (counts * 3)[:20] for name, counts in CALM.items()}
    found = tracking(log({**weeks, "book": [40] * 5 + [0] * 15}), plan=planned(PLAN))
    assert found.headline == "book is planned and last came on 5 Jul 2026 (owner: Payments)"


def test_what_is_required_is_empty(planned):
    # Of 40 bookings of the last week the 10 with i % 4 == 0 are without.
    events = log(platform=lambda e, w, i: None if e == "visit" or (e == "book" and i % 4 == 0) else "ios")
    found = tracking(events, plan=planned(PLAN))
    assert found.headline == "platform is required and on only 75.0% of book in the week of 27 Jul (owner: Payments)"


def test_a_planned_property_is_missing(planned):
    events = track(CALM, {"platfrom": lambda e, w, i: "ios", "amount": lambda e, w, i: str(i)})
    found = tracking(events, plan=planned(PLAN))
    assert found.headline.startswith(
        "platform is planned for book and is on none of its events in the week of 27 Jul (owner: Payments); "
        "the nearest name is platfrom"
    )
    kinds = {(row[0], row[1], row[2]) for row in rows(found)}
    assert ("book", "platform", "required, missing") in kinds
    assert ("pay", "platform", "planned, missing") in kinds
    assert ("book", "platfrom", "not planned") in kinds
    assert not [row for row in kinds if row[0] == "visit"]  # of visit nothing is planned


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", "12.5", ""),
        ("number", "12,5", "holds numbers in 0.0%"),
        ("boolean", "true", ""),
        ("boolean", "yes", "holds true or false in 0.0%"),
        ("date", "2026-06-01", ""),
        ("date", "1 June", "holds dates in 0.0%"),
        ("text", "12", ""),
        ("any", "12", ""),
    ],
)
def test_types(planned, kind, value, said):
    plan = planned(f'[events.visit]\n[events.pay]\n[events.book]\nproperties = {{x = "{kind}"}}')
    found = tracking(track(CALM, {"x": lambda e, w, i: value if e == "book" else None}), plan=plan)
    assert (said in found.headline) if said else found.headline.startswith("Nothing changed")


def test_a_plan_needs_no_history(planned):
    found = tracking(track({"visit": [30, 30]}), plan=planned("[events.visit]\n[events.book]"))
    assert found.headline == "book is planned and never came"
    assert "against the" not in found.definition


def test_a_planned_property_is_looked_at_before_others(planned):
    many = {f"p{n:02}": (lambda e, w, i: "x") for n in range(35)}
    found = tracking(
        track(CALM, many), plan=planned('[events.visit]\nproperties = {p34 = "number"}\n[events.pay]\n[events.book]')
    )
    assert ["visit", "p34", "another type than planned"] in [row[:3] for row in rows(found)]


def test_a_csv_is_the_same_plan(planned):
    csv = "event;property;type;required;owner\nvisit;;;;\nbook;platform;string;yes;Payments\nbook;amount;float;;\n"
    csv += "pay;platform;text;no;\npay;amount;integer;;\n"
    assert load_plan(planned(csv, "plan.csv")).events == load_plan(planned(PLAN)).events
    assert load_plan(planned("Event\nvisit\n\n", "plan.csv")).events == {"visit": Planned()}


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("", "p.toml", "empty"),
        ("# nothing", "p.toml", "plans no event"),
        ("events = 3", "p.toml", "a plan has one table"),
        ("[event.a]", "p.toml", "p.toml has event; a plan has one table"),
        ("[events.a", "p.toml", "not readable TOML"),
        ("[events]\na = 1", "p.toml", r"\[events.a\] of p.toml is no table"),
        ("[events.a]\nproprties = {}", "p.toml", "Did you mean 'properties'"),
        ("[events.a]\nproperties = 'x'", "p.toml", "properties is a table"),
        ("[events.a]\nproperties = {x = 'numbr'}", "p.toml", "'numbr' is no type; .* Did you mean 'number'"),
        ("[events.a]\nproperties = {x = 'text'}\nrequired = ['y']", "p.toml", "requires 'y'"),
        ("[events.a]\nrequired = 'y'", "p.toml", "required is a list"),
        ("[events.a]\nowner = 3", "p.toml", "owner is a text"),
        ("evnt,property\na,b", "p.csv", "no column 'event'; it has evnt, property. Did you mean 'evnt'"),
        ("event,property\n,b", "p.csv", "line 2, names no event"),
        ("event,property,type\na,b,colour", "p.csv", "line 2: 'colour' is no type"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(planned, text, name, said):
    with pytest.raises(PmlibError, match=said):
        load_plan(planned(text, name))


def test_a_plan_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        tracking(track(CALM), plan=tmp_path / "tracking.toml")
    (tmp_path / "latin.toml").write_bytes(b"[events.\xe9]")
    with pytest.raises(InputError, match="UTF-8"):
        load_plan(tmp_path / "latin.toml")


def test_names_of_a_list_are_of_any_type(planned):
    plan = load_plan(planned('[events.a]\nproperties = ["x", "y"]'))
    assert plan.events["a"] == Planned({"x": "any", "y": "any"})
    with pytest.raises(SettingError):
        load_plan(planned("[events.a]\nproperties = [1]"))

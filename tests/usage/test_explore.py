"""The panel a question is chosen on: what it offers, what it asks, the call it shows."""

import ast
import inspect
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib import usage
from pmlib.core import Finding, Labels, SettingError
from pmlib.sources.contract import Events
from pmlib.usage.panel import labels, menu, panel
from pmlib.usage.panel.explore import explore
from pmlib.usage.panel.menu import Call, literal, questions
from tests.reports.hostile import TEXTS
from tests.rows import events_of
from tests.usage.explored import AS_OF, choose, closed, made, run

__all__ = ["closed"]


@pytest.fixture(scope="module")
def events() -> Events:
    return made()


ROOM = [one.name for one in questions()]


def test_every_question_of_the_room_that_is_asked_of_events_is_offered(events):
    asked = {
        name
        for name in usage.__all__
        if "events" in (found := inspect.signature(getattr(usage, name))).parameters
        and found.return_annotation is Finding
    }
    assert {"active", "retention", "funnel"} <= asked
    # What another tool counts has more to choose than a panel shows.
    assert {value for _, value in explore(events).question.options} == asked - {"reconcile", "definitions"}
    titles = [title for title, _ in explore(events).question.options]
    assert len(set(titles)) == len(titles)
    assert menu.question("explore", explore) is None


@pytest.mark.parametrize("name", ROOM)
def test_only_what_a_question_knows_is_offered_and_all_of_it(events, name):
    shown = choose(explore(events), name)
    asked = list(inspect.signature(getattr(usage, name)).parameters)[1:]
    assert list(shown.fields) == asked
    offered = {box for one in shown.fields.values() for box in one.boxes}
    assert {*shown.first.children, *shown.rest.children} == offered


@pytest.mark.parametrize("name", ROOM)
def test_the_call_gives_the_answer_shown_and_each_control_has_a_label_of_its_own(events, name):
    shown = explore(events)
    labels = [box.description for box in (shown.question, shown.segment, shown.more, shown.call)]
    choose(shown, name, steps=["signed_up", "booked"]) if name in ("funnel", "time_to_convert") else choose(shown, name)
    shown.ask()
    labels += [box.description for one in shown.fields.values() for box in one.boxes]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    if shown.error:
        assert not shown.call.value
        assert name == "purchases", "no event of these has an amount"
    else:
        assert shown.finding
        assert run(shown).facts() == shown.finding.facts()
        assert [one["data"] for one in shown.answer.outputs] == shown.finding.bundles()
        assert json.dumps(shown.answer.outputs, allow_nan=False)


CHOICES = [
    ("active", {"every": "month"}, 'usage.active(data, every="month")'),
    ("retention", {"start": "signed_up", "by": "platform"}, 'usage.retention(data, start="signed_up", by="platform")'),
    ("retention", {"age": 2, "kind": "recurring"}, 'usage.retention(data, age=2, kind="recurring")'),
    ("lifecycle", {"event": "booked", "weeks": 5}, 'usage.lifecycle(data, event="booked", weeks=5)'),
    ("stickiness", {"settled": True}, "usage.stickiness(data, settled=True)"),
    ("funnel", {"steps": ["signed_up", "booked"]}, 'usage.funnel(data, steps=["signed_up", "booked"])'),
    ("funnel", {"steps": ["booked", "booked"], "ties": 2}, 'usage.funnel(data, steps=["booked", "booked"], ties=2)'),
    ("paths", {"steps": 3, "end": "booked"}, 'usage.paths(data, end="booked", steps=3)'),
]


@pytest.mark.parametrize(("name", "values", "call"), CHOICES)
def test_the_call_holds_only_what_differs_from_the_defaults(events, name, values, call):
    shown = choose(explore(events), name, **values)
    assert shown.call.value == call
    assert shown.finding
    assert run(shown).facts() == shown.finding.facts()


def test_a_segment_stands_in_the_call(events):
    shown = explore(events)
    shown.segment.value = " platform = 'platform 1' "
    assert shown.call.value == "usage.active(data.where(\"platform = 'platform 1'\"))"
    assert shown.finding
    # Every third of 12 people is of platform 1; in the last week, the 12th from 0, those of odd beginnings came: 1, 7.
    assert shown.finding.headline.startswith("2 people were active")
    assert run(shown).facts() == shown.finding.facts()


def test_narrowed_and_grouped_events_can_be_asked_too():
    narrowed = explore(made().where("platform = 'platform 1'"))
    narrowed.ask()
    assert narrowed.finding
    assert narrowed.finding.headline.startswith("2 people were active")
    grouped = choose(explore(made().grouped("account")), "stickiness", event="booked")
    assert grouped.finding
    assert "accounts" in grouped.finding.headline
    assert run(grouped).facts() == grouped.finding.facts()


def test_what_was_chosen_stays_for_the_next_question_where_it_fits(events):
    shown = choose(explore(events), "retention", start="signed_up", every="month", age=2)
    shown.question.value = "lifecycle"
    assert shown.call.value == 'usage.lifecycle(data, every="month")'
    shown.fields["every"].take("week")
    shown.question.value = "retention"
    assert shown.call.value == 'usage.retention(data, start="signed_up", age=2)'
    # Steps of a path are a number, those of a funnel are events.
    choose(shown, "paths", steps=3)
    shown.question.value = "funnel"
    assert shown.fields["steps"].value == []


def test_a_funnel_waits_for_its_steps_and_shows_one_more_each_time(events):
    shown = choose(explore(events), "funnel")
    assert shown.finding is None
    assert shown.status.value == '<div role="status">Choose the steps.</div>'
    boxes = shown.fields["steps"].boxes
    assert [box.layout.display for box in boxes] == [None, None, "none", "none", "none", "none"]
    boxes[0].value = "signed_up"
    assert 'role="alert"' in shown.status.value
    boxes[1].value = "booked"
    assert [box.layout.display for box in boxes] == [None, None, None, "none", "none", "none"]
    assert shown.finding
    assert shown.status.value == ""


def test_too_few_people_are_an_answer():
    empty = explore(events_of([], as_of=AS_OF))
    empty.ask()
    assert empty.finding
    assert empty.finding.headline.startswith("This cannot be answered")
    assert empty.segment not in empty.box.children, "there is no property to compare"


def test_properties_are_named_as_a_condition_has_them():
    shown = explore(made(properties=("plan b", "account", "<b>")))
    (told,) = [one.value for one in shown.box.children if "Properties" in str(getattr(one, "value", ""))]
    assert (
        told
        == '<div class="pmlib-small">Properties to compare: &quot;&lt;b&gt;&quot;, account, &quot;plan b&quot;.</div>'
    )
    shown.segment.value = "\"plan b\" = 'plan b 1' AND \"<b>\" = '<b> 1'"
    assert shown.finding, shown.error


def test_a_scan_is_shared_and_an_answer_given_once():
    events = made()
    shown = choose(explore(events), "lifecycle")
    count = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'activity'"
    scans = events.engine.connection.execute(count).fetchall()
    assert scans == [(1,)]
    before = shown.finding
    shown.fields["weeks"].take(4)
    assert shown.finding is not before
    assert events.engine.connection.execute(count).fetchall() == scans
    shown.fields["weeks"].take(26)
    assert shown.finding is before


def test_controls_of_the_question_before_are_closed(events):
    shown = choose(explore(events), "retention")
    before = [box for one in shown.fields.values() for box in one.boxes]
    assert all(box.comm for box in before)
    shown.question.value = "lifecycle"
    assert not any(box.comm for box in before)


def test_two_panels_know_nothing_of_each_other(events):
    one, other = explore(events), explore(events)
    choose(one, "retention", start="booked")
    other.ask()
    assert other.call.value == "usage.active(data)"
    assert one.call.value == 'usage.retention(data, start="booked")'


def test_what_is_typed_over_the_call_is_put_back(events):
    shown = explore(events)
    shown.ask()
    shown.call.value = "import os"
    assert shown.call.value == "usage.active(data)"


def test_rare_options_wait_until_asked_for(events):
    shown = choose(explore(events), "retention")
    assert shown.rest.layout.display == "none"
    shown.more.value = True
    assert shown.rest.layout.display is None
    shown.question.value = "active"
    assert not shown.rest.children
    assert shown.more.layout.display == "none"


def test_events_are_offered_by_their_words_and_asked_by_their_names(events):
    shown = choose(explore(events.labelled(Labels({"booked": "made a booking"}))), "lifecycle")
    options = shown.fields["event"].boxes[0].options
    assert options == (("any event", ""), ("made a booking", "booked"), ("signed up", "signed_up"))


def test_where_there_are_too_many_names_it_says_so(monkeypatch):
    monkeypatch.setattr(panel, "MOST", 3)
    shown = explore(made(names=["a", "b", "c", "d"]))
    assert len(shown.names) == 3
    texts = [box.value for box in shown.box.children if hasattr(box, "value") and isinstance(box.value, str)]
    assert '<div class="pmlib-small">The 3 most frequent of 4 events are offered; a call may name any.</div>' in texts


def test_the_name_of_the_events_is_the_readers_own(events):
    shown = explore(events, called="mine")
    shown.ask()
    assert shown.call.value == "usage.active(mine)"
    assert shown.call.description == "The call, to copy"
    assert explore(events).call.description.endswith("; data stands for the events that this panel was given")
    for word in ("a b", "class"):
        with pytest.raises(SettingError, match=f"called is '{word}'"):
            explore(events, called=word)


def test_in_a_notebook_the_call_names_the_variable(events, monkeypatch):
    shell = SimpleNamespace(user_ns={"_": events, "other": made(), "accounts": events})
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    shown = explore(events)
    shown.ask()
    assert shown.call.value == "usage.active(accounts)"
    assert shown.call.description == "The call, to copy"


def test_nothing_can_be_chosen_where_a_question_has_a_name_by_default(events):
    shown = choose(explore(events), "acquisition", start="signed_up")
    assert shown.call.value == 'usage.acquisition(data, start="signed_up")'
    shown.fields["channel"].take("")
    assert shown.call.value == 'usage.acquisition(data, channel="", start="signed_up")'
    assert run(shown).facts() == shown.finding.facts()
    # No event of these has an amount: what the question looks for then is its own affair.
    assert "amount" not in choose(explore(events), "purchases").chosen().chosen


def test_choices_are_called_in_words(events):
    shown = choose(explore(events), "retention", kind="recurring")
    assert ("anew in each period with a start", "recurring") in shown.fields["kind"].boxes[0].options
    assert shown.call.value == 'usage.retention(data, kind="recurring")'
    known = {(one.name, value) for q in questions() for one in q.options for value, _ in one.choices}
    assert {(name, value) for name, words in labels.CHOICES.items() for value in words} <= known
    named = {one.name for q in questions() for one in q.options} | {
        f"{q.name}.{o.name}" for q in questions() for o in q.options
    }
    tables = labels.EVENTS | labels.FIRST | labels.MORE | labels.LABELS | labels.HINTS | labels.PROPERTIES
    assert {name for name in tables if name not in named} == set()


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_name_is_only_ever_text(text):
    events = made(names=["start", text], properties=["p"], people=4)
    shown = choose(explore(events), "retention", start="start", back=text)
    assert shown.finding, shown.error
    tree = ast.parse(shown.call.value, mode="eval").body
    assert isinstance(tree, ast.Call)
    assert [ast.literal_eval(one.value) for one in tree.keywords] == ["start", text]
    assert run(shown).facts() == shown.finding.facts()
    assert "<" not in shown.status.value.replace("<div", "").replace("</div>", "")
    assert all("<" not in widget.description for widget in shown.first.children)


@given(st.text() | st.lists(st.text()) | st.integers() | st.booleans())
def test_a_value_is_written_so_that_it_reads_back(value):
    assert ast.literal_eval(literal(value)) == value


@given(st.dictionaries(st.sampled_from(["start", "back", "by"]), st.text()), st.text())
def test_a_call_is_one_call_whatever_it_holds(chosen, segment):
    question = next(one for one in questions() if one.name == "retention")
    tree = ast.parse(Call(question, chosen, segment).text(), mode="eval").body
    assert isinstance(tree, ast.Call)
    assert ast.unparse(tree.func) == "usage.retention"
    assert {one.arg: ast.literal_eval(one.value) for one in tree.keywords} == chosen
    (data,) = tree.args
    assert ast.unparse(data) == (f"data.where({segment!r})" if segment else "data")


def test_a_long_call_goes_over_several_lines():
    question = next(one for one in questions() if one.name == "funnel")
    text = Call(question, {"steps": ["a" * 40, "b" * 40], "weeks": 4}).text()
    assert text == f'usage.funnel(\n    data,\n    steps=["{"a" * 40}", "{"b" * 40}"],\n    weeks=4,\n)'


def test_a_question_without_a_title_comes_last_by_its_own_words(monkeypatch):
    monkeypatch.delitem(menu.TITLES, "active_users")
    assert questions()[-1].title == "Active users"


def test_widgets_are_imported_only_by_the_panel():
    code = "import sys, pmlib.usage, pmlib.usage.panel.explore; print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

"""What the panel shows while it counts, when choices follow fast, and where something is wrong."""

import asyncio
import threading
from dataclasses import replace

import pytest

from pmlib import usage
from pmlib.sources.contract import Events
from pmlib.usage.panel import panel
from pmlib.usage.panel.explore import explore
from tests.usage.explored import choose, closed, made

__all__ = ["closed"]


@pytest.fixture(scope="module")
def events() -> Events:
    return made()


WRONG = [
    ("platfrom = 'x'", "Did you mean 'platform'?"),
    ("1 = 1; DROP TABLE events", "only comparisons"),
    ("platform > 3", "compares what cannot be compared"),
    ("<img src=x onerror=alert(1)>", "condition"),
]


@pytest.mark.parametrize(("segment", "told"), WRONG)
def test_what_is_wrong_is_one_line_and_the_next_answer_comes(events, segment, told):
    shown = explore(events)
    shown.segment.value = segment
    assert shown.finding is None
    assert told in shown.error
    assert "\n" not in shown.error
    assert "<img" not in shown.status.value
    assert shown.call.layout.display == "none"
    shown.segment.value = ""
    assert shown.finding
    assert not shown.error
    assert shown.call.layout.display is None


def test_it_says_that_it_counts_while_it_counts(events):
    shown = explore(events)
    said = []
    shown.status.observe(lambda event: said.append(event.new), "value")
    shown.question.value = "lifecycle"
    assert said == ['<div role="status">Counting: Gained and lost (lifecycle) …</div>', ""]
    shown.fields["event"].take("booked")
    shown.segment.value = "platform = '<b>'"
    assert said[2::2] == [
        '<div role="status">Counting: Gained and lost (lifecycle); Event: booked …</div>',
        '<div role="status">Counting: Gained and lost (lifecycle); Event: booked; '
        "only where platform = &#x27;&lt;b&gt;&#x27; …</div>",
    ]


def waiting(shown) -> bool:
    """Whether the answer before is dimmed and no call stands."""
    old = panel.OLD in shown.answer._dom_classes
    assert old == (shown.call.layout.display == "none" and not shown.call.value and shown.finding is None)
    return old


def in_a_notebook(work):
    """Do something where a loop runs, as in a cell, and wait until the panel has an answer or an error."""

    async def cell():
        made = work()
        while waiting(made):
            await asyncio.sleep(0.01)
        return made

    return asyncio.run(asyncio.wait_for(cell(), 60))


def test_of_choices_in_quick_succession_only_the_last_is_counted():
    def work():
        shown = choose(explore(made()), "retention", start="signed_up", every="month")
        assert waiting(shown)
        assert "Start event: signed up; Period: month" in shown.status.value
        shown.fields["start"].take("booked")
        assert not shown.answers
        return shown

    shown = in_a_notebook(work)
    assert list(shown.answers) == ['usage.retention(data, start="booked", every="month")'] == [shown.call.value]
    assert shown.status.value == ""


def asking(shown, name: str, ask) -> None:
    """Let a question of the panel do something else."""
    shown.menu[name] = replace(shown.menu[name], ask=ask)


def test_what_is_chosen_while_it_counts_is_answered_and_the_answer_that_comes_late_never_shown():
    # The kernel hears of choices in a thread of its own.
    calls = []

    def work():
        shown = explore(made())
        shown.call.observe(lambda event: calls.append(event.new), "value")

        def slow(events, **chosen):
            thread = threading.Thread(target=lambda: setattr(shown.question, "value", "lifecycle"))
            thread.start()
            thread.join()
            assert "Gained and lost" in shown.status.value
            return usage.stickiness(events, **chosen)

        asking(shown, "stickiness", slow)
        shown.question.value = "stickiness"
        return shown

    shown = in_a_notebook(work)
    assert list(shown.answers) == ["usage.stickiness(data)", "usage.lifecycle(data)"]
    assert calls == ["usage.lifecycle(data)"]
    assert shown.finding is shown.answers["usage.lifecycle(data)"]
    assert shown.answer.outputs[0]["data"] == shown.finding.bundles()[0]


def failing(fault):
    def ask(events):
        raise fault

    return ask


UNMET = [
    (
        "platform = 'platform l'",
        "platform is never 'platform l'; it is platform 0, platform 1, platform 2. Did you mean",
    ),
    (
        "channel IN ('channel 0', 'x') AND platform = 'y'",
        "channel is never 'x'; it is channel 0, channel 1, channel 2.",
    ),
    ("platform LIKE 'z%'", "No event meets platform LIKE 'z%'."),
]


@pytest.mark.parametrize(("segment", "told"), UNMET)
def test_a_value_that_never_occurs_is_told_with_the_nearest(events, segment, told):
    shown = explore(events)
    shown.segment.value = segment
    assert shown.finding is None
    assert told in shown.error


def test_a_fault_is_told_on_the_panel_and_goes_to_the_log_too(events):
    shown = explore(events)
    shown.ask()
    asking(shown, "stickiness", failing(ZeroDivisionError("<b>")))
    with pytest.raises(ZeroDivisionError):
        shown.question.value = "stickiness"
    assert shown.error.startswith("There is no answer, because of a fault in pmlib itself (ZeroDivisionError).")
    assert shown.error.endswith(": usage.stickiness(data)")
    assert 'role="alert"' in shown.status.value
    assert not shown.answer.outputs
    shown.question.value = "lifecycle"
    assert shown.finding
    asking(shown, "retention", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        shown.question.value = "retention"
    assert shown.error.startswith("Counting was stopped")


def test_a_condition_is_checked_before_anything_is_counted(events):
    def work():
        shown = explore(events)
        shown.ask()
        shown.segment.value = "platfrom = 'platform 1'"
        # No loop has run in between.
        assert "Did you mean 'platform'?" in shown.error
        assert waiting(shown)
        shown.segment.value = "platform = 'platform 1"
        assert "cannot be read" in shown.error
        assert not shown.answers
        assert list(shown.narrowed) == [""]
        shown.segment.value = "platform = 'platform 1'"
        assert not shown.error
        return shown

    shown = in_a_notebook(work)
    assert list(shown.answers) == [shown.call.value]
    assert list(shown.narrowed) == ["", "platform = 'platform 1'"]

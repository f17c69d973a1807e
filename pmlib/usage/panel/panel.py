"""The panel of :func:`pmlib.usage.explore`: controls, the answer, the call."""

from collections.abc import Callable
from html import escape

import duckdb
import ipywidgets as widgets
from IPython.display import clear_output, display

from pmlib.core import Finding, PmlibError
from pmlib.sources.contract import Events
from pmlib.usage.panel.fields import Field, field_of, laid
from pmlib.usage.panel.menu import Call, Option, Question, questions

MOST = 500
"""Names of events offered; the most frequent."""
COUNTING = "Counting…"
COMPARED = "Compare each property with values of its own kind; text goes in single quotes."
LOOK = """<style>
.pmlib-explore .widget-label, .pmlib-explore .widget-label-basic { text-align: left; }
.pmlib-explore .widget-dropdown > select, .pmlib-explore .widget-text > input {
  flex: none; width: 100%; max-width: 100%; height: var(--jp-widgets-inline-height);
}
.pmlib-explore .pmlib-call textarea { font-family: var(--jp-code-font-family, monospace); field-sizing: content; }
.pmlib-explore [role=alert] { color: #a3301c; overflow-wrap: anywhere; white-space: normal; line-height: 1.4; }
.pmlib-explore .jp-RenderedHTMLCommon { overflow-x: auto; }
.pmlib-explore .jp-RenderedHTMLCommon p, .pmlib-explore .jp-RenderedHTMLCommon li { overflow-wrap: anywhere; }
</style>"""


class Panel:
    """A panel that answers anew on each change; shows itself in a notebook.

    Parameters
    ----------
    events
        What is asked.
    called
        The name of the events in the calls shown.

    Attributes
    ----------
    finding
        The answer shown; ``None`` where there is none.
    error
        Why there is none, one line.
    """

    def __init__(self, events: Events, called: str) -> None:
        self.events, self.called = events, called
        self.finding: Finding | None = None
        self.error = ""
        self.kept: dict[str, object] = {}
        self.narrowed: dict[str, Events] = {"": events}
        self.answers: dict[str, Finding] = {}
        names = [name for name in events.names() if name]
        self.names = events.labels.all(names[:MOST])
        self.properties = events.labels.all(list(events.properties))
        self.menu = {one.name: one for one in questions()}
        self.question = widgets.Dropdown(
            description="Question", options=[(one.title, name) for name, one in self.menu.items()], **laid(wide=True)
        )
        self.segment = widgets.Text(
            description="Only where",
            placeholder="property = 'value', joined by AND and OR",
            continuous_update=False,
            **laid(wide=True),
        )
        self.more = widgets.Checkbox(description="More options", indent=False, **laid())
        self.status = widgets.HTML()
        self.answer = widgets.Output()
        self.call = widgets.Textarea(description="The call, to copy", **laid(wide=True))
        self.call.add_class("pmlib-call")
        self.fields: dict[str, Field] = {}
        self.first, self.rest = wrapped(), wrapped()
        above = [widgets.HTML(LOOK), self.question, self.first, self.segment, self.more, self.rest]
        if len(names) > MOST:
            told = f"The {MOST} most frequent of {len(names):,} events are offered; a call may name any."
            above.insert(2, widgets.HTML(f"<small>{escape(told)}</small>"))
        self.box = widgets.VBox([*above, self.status, self.answer, self.call])
        self.box.add_class("pmlib-explore")
        self.shown_call = ""
        self.segment.layout.display = None if self.properties else "none"
        self.unfold()
        self.lay_out()
        self.question.observe(self.turned, "value")
        self.segment.observe(self.asked, "value")
        self.more.observe(self.unfold, "value")
        self.call.observe(self.restored, "value")

    def _ipython_display_(self) -> None:
        display(self.box)
        self.ask()

    def chosen(self) -> Call:
        """Return the call that the controls stand for."""
        question = self.menu[self.question.value]
        values = {name: field.value for name, field in self.fields.items() if field.changed}
        return Call(question, values, self.segment.value.strip())

    def ask(self) -> None:
        """Answer what is chosen, and show it."""
        call = self.chosen()
        with self.answer:
            clear_output(wait=True)
            self.finding, self.error = None, ""
            try:
                self.say(COUNTING)
                self.finding = None if call.missing else self.answered(call)
            except PmlibError as error:
                self.error = " ".join(str(error).split())
            except duckdb.Error as error:
                self.error = f"The events could not be counted: {said(error)}. {COMPARED}"
            finally:
                self.say(self.error or (f"Choose the {', the '.join(call.missing).lower()}." if call.missing else ""))
                self.write(call.text(self.called) if self.finding else "")
            if self.finding:
                display(self.finding)
            else:
                clear_output()

    def answered(self, call: Call) -> Finding:
        """Return the answer to a call; one given before is there already."""
        text = call.text()
        if text not in self.answers:
            if call.segment not in self.narrowed:
                self.narrowed[call.segment] = self.events.where(call.segment)
            self.answers[text] = call.answer(self.narrowed[call.segment])
        return self.answers[text]

    def say(self, text: str) -> None:
        """Show a line between controls and answer."""
        role = "alert" if self.error else "status"
        self.status.value = f'<div role="{role}">{escape(text)}</div>' if text else ""

    def write(self, text: str) -> None:
        """Show the call."""
        self.shown_call = text
        self.call.value = text
        self.call.rows = text.count("\n") + 1
        self.call.layout.display = None if text else "none"

    def lay_out(self) -> None:
        """Show the controls of the question; what was chosen for another stays where it fits."""
        question: Question = self.menu[self.question.value]
        before = [box for one in self.fields.values() for box in one.boxes]
        self.fields = {one.name: self.field(one) for one in question.options}
        rows: tuple[list[object], list[object]] = ([], [])
        for one in sorted(question.options, key=rank):
            rows[not one.first].extend(self.fields[one.name].boxes)
        self.first.children, self.rest.children = rows
        self.more.layout.display = None if rows[1] else "none"
        for box in before:
            box.close()

    def field(self, option: Option) -> Field:
        """Make the control of an option, at what was chosen before."""
        made = field_of(option, self.names, self.properties)
        if option.name in self.kept:
            made.take(self.kept[option.name])
        made.observe(self.altered(option.name, made))
        return made

    def altered(self, name: str, field: Field) -> Callable[[object], None]:
        """Return what happens when a control changes."""

        def change(_: object) -> None:
            self.kept.pop(name, None)
            if field.changed:
                self.kept[name] = field.value
            self.ask()

        return change

    def turned(self, _: object) -> None:
        """Go to another question."""
        self.lay_out()
        self.ask()

    def asked(self, _: object) -> None:
        """Answer for another segment."""
        self.ask()

    def unfold(self, _: object = None) -> None:
        """Show or hide what is rarely chosen."""
        self.rest.layout.display = None if self.more.value else "none"

    def restored(self, _: object) -> None:
        """Put the call back that somebody typed over: it can be copied, and does nothing."""
        self.call.value = self.shown_call


def rank(option: Option) -> int:
    """Events come first, then the breakdown, then periods and numbers, as they are called."""
    return ["event", "steps", "property", "choice", "number", "truth", "text"].index(option.kind)


def wrapped() -> widgets.Box:
    """Make a row of controls that goes on in the next line where the window is narrow."""
    return widgets.Box(
        layout=widgets.Layout(flex_flow="row wrap", align_items="flex-end", flex="none", overflow="visible")
    )


def said(error: duckdb.Error) -> str:
    r"""Return the first line of what the database says, without its kind.

    Examples
    --------
    >>> said(duckdb.Error("Conversion Error: Could not convert string 'abc' to INT64\n\nLINE 1: …"))
    "Could not convert string 'abc' to INT64"
    """
    first = str(error).splitlines()[0]
    return (first.partition("Error: ")[2] or first).rstrip(".")

"""The panel of :func:`pmlib.usage.explore`: controls, the answer, the call."""

import re
from collections.abc import Callable, Iterable
from html import escape

import duckdb
import ipywidgets as widgets
from IPython.display import display

from pmlib.core import Finding, PmlibError, SettingError
from pmlib.engine import condition, quoted
from pmlib.sources.contract import Events
from pmlib.usage.panel.fields import Field, field_of, laid
from pmlib.usage.panel.menu import Call, Option, Question, questions
from pmlib.usage.panel.turns import Turns
from pmlib.usage.panel.values import unmet

MOST = 500
"""Names of events offered; the most frequent."""
CHOSEN, TYPED = 0.1, 0.6
"""Seconds to wait for another choice, and for the next letter, before anything is counted."""
COMPARED = "Compare each property with values of its own kind; text goes in single quotes."
UNNAMED = "data"
COPIED = "The call, to copy"
NAMELESS = f"The call, to copy; {UNNAMED} stands for the events that this panel was given"
STOPPED = "Counting was stopped before it had an answer. Choose something else, or run the cell again."
FAULT = (
    "There is no answer, because of a fault in pmlib itself ({kind}). Choose something else, and give this call to "
    "whoever looks after pmlib: {call}"
)
OLD = "pmlib-old"
"""The class of an answer to something that is chosen no more."""
LOOK = """<style>
.pmlib-explore .widget-label, .pmlib-explore .widget-label-basic { text-align: left; }
.pmlib-explore .widget-label { height: auto; line-height: 1.3; margin: 4px 0 3px; white-space: normal; }
.pmlib-explore .widget-dropdown > select, .pmlib-explore .widget-text > input {
  flex: none; width: 100%; max-width: 100%; height: var(--jp-widgets-inline-height);
}
.pmlib-explore .pmlib-call textarea { font-family: var(--jp-code-font-family, monospace); field-sizing: content; }
.pmlib-explore [role=alert], .pmlib-explore [role=status] {
  overflow-wrap: anywhere; white-space: normal; line-height: 1.4; margin: 4px 2px;
}
.pmlib-explore [role=alert] { color: #a3301c; }
.pmlib-explore .pmlib-small { font-size: 12px; line-height: 1.4; overflow-wrap: anywhere; margin: 0 2px 6px; }
.pmlib-explore .pmlib-old { opacity: 0.25; pointer-events: none; }
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
        The name of the events in the calls shown; ``""`` where they have none yet.

    Attributes
    ----------
    finding
        The answer shown; ``None`` where there is none, or none yet.
    error
        Why there is none, one line.
    """

    def __init__(self, events: Events, called: str) -> None:
        self.events, self.called = events, called or UNNAMED
        self.finding: Finding | None = None
        self.error = ""
        self.turns = Turns()
        self.kept: dict[str, object] = {}
        self.narrowed: dict[str, Events] = {"": events}
        self.answers: dict[str, Finding] = {}
        names = [name for name in events.names() if name]
        self.names = events.labels.all(names[:MOST])
        self.properties = events.labels.all(sorted(events.properties, key=str.casefold))
        self.menu = {one.name: one for one in questions()}
        self.question = widgets.Dropdown(
            description="Question", options=[(one.title, name) for name, one in self.menu.items()], **laid(wide=True)
        )
        self.segment = widgets.Text(
            description="Only where", placeholder="property = 'value', joined by AND and OR", **laid(wide=True)
        )
        self.more = widgets.Checkbox(description="More options", indent=False, **laid())
        self.status = widgets.HTML()
        self.answer = widgets.Output()
        self.call = widgets.Textarea(description=COPIED if called else NAMELESS, **laid(wide=True))
        self.call.add_class("pmlib-call")
        self.fields: dict[str, Field] = {}
        self.first, self.rest = wrapped(), wrapped()
        told = f"The {MOST} most frequent of {len(names):,} events are offered; a call may name any."
        above = [self.question, *([small(told)] if len(names) > MOST else []), self.first, self.more, self.rest]
        if self.properties:
            above += [self.segment, small(f"Properties to compare: {', '.join(written(self.properties))}.")]
        self.box = widgets.VBox([widgets.HTML(LOOK), *above, self.status, self.answer, self.call])
        self.box.add_class("pmlib-explore")
        self.shown_call = ""
        self.unfold()
        self.lay_out()
        self.question.observe(self.turned, "value")
        self.segment.observe(self.typed, "value")
        self.more.observe(self.unfold, "value")
        self.call.observe(self.restored, "value")

    def _ipython_display_(self) -> None:
        display(self.box)
        # The cell is done when its answer is there.
        turn, call = self.turns.take(), self.chosen()
        self.wait(turn, call)
        self.count(turn, call)

    def chosen(self) -> Call:
        """Return the call that the controls stand for."""
        question = self.menu[self.question.value]
        values = {name: field.value for name, field in self.fields.items() if field.changed}
        return Call(question, values, self.segment.value.strip())

    def ask(self, pause: float = CHOSEN) -> None:
        """Answer what is chosen: at once where the answer is known, else when nothing else was chosen for a while."""
        turn, call = self.turns.take(), self.chosen()
        if fault := self.misread(call.segment):
            self.wait(turn, call, fault)
        elif call.missing:
            self.show(turn, call, None)
        elif call.text() in self.answers:
            self.show(turn, call, self.answers[call.text()])
        else:
            self.wait(turn, call)
            self.turns.do(turn, lambda: self.count(turn, call), pause)

    def misread(self, segment: str) -> str:
        """Return what is wrong with the words of a condition, before anything is counted; ``""`` if nothing."""
        try:
            if segment:
                condition(segment, self.events.properties, what="condition")
        except PmlibError as error:
            return line(error)
        return ""

    def count(self, turn: int, call: Call) -> None:
        """Answer a call and show it, unless another is chosen meanwhile."""
        finding, error = None, STOPPED
        try:
            finding, error = self.answered(call), ""
        except PmlibError as fault:
            error = line(fault)
        except duckdb.Error as fault:
            error = f"The events could not be counted: {said(fault)}. {COMPARED}"
        except Exception as fault:
            error = FAULT.format(kind=type(fault).__name__, call=call.text(self.called))
            raise
        finally:
            self.show(turn, call, finding, error)

    def answered(self, call: Call) -> Finding:
        """Return the answer to a call; one given before is there already."""
        text = call.text()
        if text not in self.answers:
            if call.segment not in self.narrowed:
                part = self.events.where(call.segment)
                if not part.names():
                    raise SettingError(unmet(self.events, call.segment))
                self.narrowed[call.segment] = part
            self.answers[text] = call.answer(self.narrowed[call.segment])
        return self.answers[text]

    def wait(self, turn: int, call: Call, fault: str = "") -> None:
        """Say what is counted, or why nothing is; the answer before is dimmed, and its call gone."""
        with self.turns.lock:
            if self.turns.holds(turn):
                self.finding, self.error = None, fault
                self.answer.add_class(OLD)
                self.write("")
                self.say(fault or f"Counting: {call.said(self.names | self.properties)} …")

    def show(self, turn: int, call: Call, finding: Finding | None, error: str = "") -> None:
        """Show an answer with its call, or why there is none; nothing where something else was chosen meanwhile."""
        with self.turns.lock:
            if not self.turns.holds(turn):
                return
            self.finding, self.error = finding, error
            self.answer.outputs = tuple(
                {"output_type": "display_data", "data": bundle, "metadata": {}}
                for bundle in (finding.bundles() if finding else ())
            )
            self.answer.remove_class(OLD)
            self.write(call.text(self.called) if finding else "")
            self.say(error or (f"Choose the {', the '.join(call.missing).lower()}." if call.missing else ""))

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

    def typed(self, _: object) -> None:
        """Answer for another segment, when its letters are typed."""
        self.ask(TYPED)

    def unfold(self, _: object = None) -> None:
        """Show or hide what is rarely chosen."""
        self.rest.layout.display = None if self.more.value else "none"

    def restored(self, _: object) -> None:
        """Put the call back that somebody typed over: it can be copied, and does nothing."""
        self.call.value = self.shown_call


def rank(option: Option) -> int:
    """Events come first, then the breakdown, then periods and numbers, as they are called."""
    return ["event", "steps", "property", "choice", "number", "truth", "text"].index(option.kind)


def wrapped() -> widgets.GridBox:
    """Make rows of controls in columns of one width, as many as the window holds."""
    columns = "repeat(auto-fill, minmax(min(100%, 200px), 1fr))"
    return widgets.GridBox(
        layout=widgets.Layout(
            grid_template_columns=columns, grid_gap="4px 8px", align_items="flex-end", flex="none", overflow="visible"
        )
    )


def small(text: str) -> widgets.HTML:
    """Make a line of small print."""
    return widgets.HTML(f'<div class="pmlib-small">{escape(text)}</div>')


def written(properties: Iterable[str]) -> list[str]:
    """Write the names of properties as a condition has them: in double quotes where they are more than a word.

    Examples
    --------
    >>> written(["platform", "app version"])
    ['platform', '"app version"']
    """
    return [name if re.fullmatch(r"[A-Za-z_]\w*", name) else quoted(name) for name in properties]


def line(error: PmlibError) -> str:
    """Write an error as one line."""
    return " ".join(str(error).split())


def said(error: duckdb.Error) -> str:
    r"""Return the first line of what the database says, without its kind.

    Examples
    --------
    >>> said(duckdb.Error("Conversion Error: Could not convert string 'abc' to INT64\n\nLINE 1: …"))
    "Could not convert string 'abc' to INT64"
    """
    first = str(error).splitlines()[0]
    return (first.partition("Error: ")[2] or first).rstrip(".")

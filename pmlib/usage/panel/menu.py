"""The questions one can choose by hand: their options in words, and the call that asks one."""

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args, get_origin

from pmlib.core import Finding
from pmlib.sources.contract import Events
from pmlib.usage.panel.labels import CHOICES, EVENTS, FIRST, HINTS, LABELS, MORE, PROPERTIES, STEPS, TITLES

Kind = Literal["event", "steps", "property", "choice", "number", "truth", "text"]


@dataclass(frozen=True)
class Option:
    """What a question lets one choose.

    Parameters
    ----------
    name
        The parameter.
    label
        What it is called where it is chosen.
    kind
        An event, several in order, a property, one of ``choices``, a whole number, yes or no, or free text.
    choices
        Each value to choose, with what it is called.
    hint
        How a free text is written.
    default
        What holds unless something is chosen; ``None`` where something must be.
    first
        Whether it is shown at once.
    """

    name: str
    label: str
    kind: Kind
    default: object
    choices: tuple[tuple[str, str], ...] = ()
    first: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """A question to choose: the name it is called by, its title, the function, its options."""

    name: str
    title: str
    ask: Callable[..., Finding]
    options: tuple[Option, ...]

    def option(self, name: str) -> Option | None:
        """Return the option of this name, if the question has it."""
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True)
class Call:
    """A question with what was chosen: only what differs from the defaults.

    Parameters
    ----------
    chosen
        The value of each such option.
    segment
        The condition the events are narrowed to; ``""`` for all.
    """

    question: Question
    chosen: Mapping[str, object] = field(default_factory=dict)
    segment: str = ""

    @property
    def missing(self) -> list[str]:
        """The labels of what must be chosen and is not."""
        return [one.label for one in self.question.options if one.default is None and not self.chosen.get(one.name)]

    def text(self, called: str = "data") -> str:
        """Write the call as code, on several lines where one would be long; names are quoted, whatever they hold.

        Parameters
        ----------
        called
            The name of the events.
        """
        narrowed = f"{called}.where({literal(self.segment)})" if self.segment else called
        words = [narrowed, *(f"{name}={literal(value)}" for name, value in self.chosen.items())]
        line = f"usage.{self.question.name}({', '.join(words)})"
        if len(line) <= 88:
            return line
        return f"usage.{self.question.name}(\n" + "".join(f"    {word},\n" for word in words) + ")"

    def said(self, words: Mapping[str, str]) -> str:
        """Write in words what is asked: the question, and what was chosen by the labels of its controls.

        Parameters
        ----------
        words
            What events and properties are called.
        """
        chosen = [
            f"{one.label}: {worded(self.chosen[one.name], {**words, **dict(one.choices)})}"
            for one in self.question.options
            if one.name in self.chosen
        ]
        only = [f"only where {self.segment}"] if self.segment else []
        return "; ".join([self.question.title, *chosen, *only])

    def answer(self, events: Events) -> Finding:
        """Ask the question of events that are narrowed already."""
        return self.question.ask(events, **self.chosen)


def literal(value: object) -> str:
    r"""Write a value as Python code; plain text in double quotes.

    Examples
    --------
    >>> print(literal("signed_up"), literal(['say "hi"', "a\nb"]), literal(26))
    "signed_up" ['say "hi"', 'a\nb'] 26
    """
    if isinstance(value, str):
        return f'"{value}"' if value.isprintable() and '"' not in value and "\\" not in value else repr(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(one) for one in value)}]"
    return repr(value)


def worded(value: object, words: Mapping[str, str]) -> str:
    """Write a value as a person would.

    Examples
    --------
    >>> worded(["signed_up", "booked"], {"signed_up": "signed up"}), worded(True, {}), worded(26, {})
    ('signed up, booked', 'yes', '26')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return words.get(value, value)
    return ", ".join(worded(one, words) for one in value) if isinstance(value, Sequence) else str(value)


def questions() -> tuple[Question, ...]:
    """Return the questions of the room that are asked of events, in the order they are offered."""
    room = importlib.import_module("pmlib.usage")
    made = {name: question(name, getattr(room, name)) for name in room.__all__}
    # Which rules another tool has is asked in a notebook, with more to choose than a panel shows.
    known = {name: one for name, one in made.items() if one and "metric" not in [option.name for option in one.options]}
    order = [*(name for name in TITLES if name in known), *(name for name in known if name not in TITLES)]
    return tuple(known[name] for name in order)


def question(name: str, ask: Callable[..., Finding]) -> Question | None:
    """Read a question off its signature; ``None`` for what is not asked of events alone."""
    signature = inspect.signature(ask)
    given, *others = signature.parameters.values()
    if given.annotation is not Events or signature.return_annotation is not Finding:
        return None
    options = tuple(option(name, one) for one in others)
    return Question(name, TITLES.get(name, spaced(name)), ask, options)


def option(asked: str, given: inspect.Parameter) -> Option:
    """Read an option of a question off a parameter."""
    name, required = given.name, given.default is given.empty
    kind = kind_of(given)
    default = None if required else "" if given.default == () else given.default
    known = (
        STEPS if kind == "steps" else EVENTS if kind == "event" else PROPERTIES if kind == "property" else FIRST | MORE
    )
    label = LABELS.get(f"{asked}.{name}") or known.get(name, spaced(name))
    values = [str(one) for one in get_args(given.annotation)] if kind == "choice" else []
    choices = tuple((one, CHOICES.get(name, {}).get(one, one)) for one in values)
    first = kind == "steps" or name in FIRST or name in EVENTS or name == "by"
    return Option(name, label, kind, default, choices, first, HINTS.get(name, ""))


def kind_of(given: inspect.Parameter) -> Kind:
    """Tell the kind of an option by its parameter's name, annotation and default."""
    if given.name in EVENTS:
        return "event"
    if given.name in PROPERTIES:
        return "property"
    if get_origin(given.annotation) is Literal:
        return "choice"
    if isinstance(given.default, bool):
        return "truth"
    if isinstance(given.default, int):
        return "number"
    return "steps" if given.default is given.empty and given.name in STEPS else "text"


def spaced(name: str) -> str:
    """Write a name as words.

    Examples
    --------
    >>> spaced("gap_minutes")
    'Gap minutes'
    """
    return name.replace("_", " ").capitalize()

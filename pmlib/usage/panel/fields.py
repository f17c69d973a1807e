"""The controls of :func:`pmlib.usage.explore`: one for each kind of option."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import ipywidgets as widgets

from pmlib.usage.panel.labels import NOTHING
from pmlib.usage.panel.menu import Option

LARGEST = 10_000
STEPS = 6


class Field(Protocol):
    """A control that holds the value of an option."""

    @property
    def boxes(self) -> list[Any]:
        """The widgets to lay out."""
        ...

    @property
    def value(self) -> object:
        """What is chosen."""
        ...

    @property
    def changed(self) -> bool:
        """Whether that differs from the default."""
        ...

    def take(self, value: object) -> None:
        """Choose a value, if it can be chosen here."""
        ...

    def observe(self, change: Callable[[object], None]) -> None:
        """Call ``change`` when something else is chosen."""
        ...


class Single:
    """A control of one widget."""

    def __init__(self, option: Option, widget: Any) -> None:
        self.option, self.widget = option, widget

    @property
    def boxes(self) -> list[Any]:
        """The widget."""
        return [self.widget]

    @property
    def value(self) -> object:
        """What is chosen."""
        value = self.widget.value
        return value.strip() if self.option.kind == "text" else value

    @property
    def changed(self) -> bool:
        """Whether that differs from the default."""
        value, default = self.value, self.option.default
        if self.option.kind in ("event", "property") and default not in [name for _, name in self.widget.options]:
            # A default that these events do not have is left to the question.
            return value != ""
        return value != ("" if default is None else default)

    def take(self, value: object) -> None:
        """Choose a value, if it can be chosen here."""
        offered = getattr(self.widget, "options", None)
        fits = value in [one for _, one in offered] if offered is not None else isinstance(value, type(self.value))
        if fits:
            self.widget.value = value

    def observe(self, change: Callable[[object], None]) -> None:
        """Call ``change`` when something else is chosen."""
        self.widget.observe(change, "value")


class Steps:
    """Events in order, a dropdown each; the next one shows once the one before is chosen."""

    def __init__(self, option: Option, names: Mapping[str, str]) -> None:
        self.option, self.names = option, names
        self.changes: list[Callable[[object], None]] = []
        self.boxes: list[Any] = [self.dropdown(n) for n in range(1, STEPS + 1)]
        self.reveal()

    def dropdown(self, number: int) -> Any:
        """Make the dropdown of a step."""
        made = offered(f"{self.option.label.removesuffix('s')} {number}", NOTHING["steps"], self.names)
        made.observe(self.turned, "value")
        return made

    @property
    def value(self) -> list[str]:
        """What is chosen."""
        return [box.value for box in self.boxes if box.value]

    @property
    def changed(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.value)

    def take(self, value: object) -> None:
        """Choose steps, if all of them can be."""
        if isinstance(value, list) and all(name in self.names for name in value):
            for box, name in zip(self.boxes, value, strict=False):
                box.value = name

    def observe(self, change: Callable[[object], None]) -> None:
        """Call ``change`` when another step is chosen."""
        self.changes.append(change)

    def turned(self, event: object) -> None:
        """Show the next dropdown, and tell the others."""
        self.reveal()
        for change in self.changes:
            change(event)

    def reveal(self) -> None:
        """Show the steps chosen and one more."""
        last = max((n for n, box in enumerate(self.boxes) if box.value), default=-1)
        for n, box in enumerate(self.boxes):
            box.layout.display = None if n <= max(last, 0) + 1 else "none"


def field_of(option: Option, names: Mapping[str, str], properties: Mapping[str, str]) -> Field:
    """Make the control of an option.

    Parameters
    ----------
    names, properties
        The events and properties offered, with what they are called.
    """
    label, default = option.label, option.default
    if option.kind == "steps":
        return Steps(option, names)
    if option.kind in ("event", "property"):
        made = offered(label, NOTHING.get(option.name, "none"), names if option.kind == "event" else properties)
        if default in [value for _, value in made.options]:
            made.value = default
    elif option.kind == "choice":
        made = widgets.Dropdown(
            description=label, options=[(words, one) for one, words in option.choices], value=default, **laid()
        )
    elif option.kind == "number":
        low = min(1, int(str(default)))
        made = widgets.BoundedIntText(description=label, value=default, min=low, max=LARGEST, **laid())
    elif option.kind == "truth":
        made = widgets.Checkbox(description=label, value=default, indent=False, **laid())
    else:
        made = widgets.Text(
            description=label, value=default or "", placeholder=option.hint, continuous_update=False, **laid()
        )
    return Single(option, made)


def offered(label: str, nothing: str, names: Mapping[str, str]) -> Any:
    """Make a dropdown of names, with nothing chosen."""
    options = [(nothing, ""), *((words, name) for name, words in names.items())]
    return widgets.Dropdown(description=label, options=options, value="", **laid())


def laid(*, wide: bool = False) -> dict[str, Any]:
    """Lay a control out with its whole label above it."""
    place = widgets.Layout(
        flex_flow="column",
        align_items="stretch",
        height="auto",
        margin="4px 2px",
        width="auto",
        max_width="650px" if wide else "",
    )
    return {"layout": place, "style": {"description_width": "initial"}}

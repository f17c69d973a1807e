"""Choose a question by hand, see its answer and the call that gives it."""

from collections.abc import Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING

from pmlib.core import SettingError
from pmlib.sources.contract import Events

if TYPE_CHECKING:
    from pmlib.usage.panel.panel import Panel


def explore(events: Events, *, called: str = "") -> "Panel":
    """Show a panel in a notebook on which questions are chosen and answered without code.

    Under each answer stands the call that gives it, to be copied into a cell or a report.

    Parameters
    ----------
    events
        Any events, also narrowed or grouped.
    called
        The name the events have in the calls shown; by default their variable in the notebook, or ``data``.

    Raises
    ------
    SettingError
        If ``called`` is no name.
    """
    if called and (not called.isidentifier() or iskeyword(called)):
        raise SettingError(f"called is {called!r}; it must be the events' name in the notebook, such as 'data'.")
    # Widgets and what they bring take long to import, and only a notebook needs them.
    from IPython.core.getipython import get_ipython

    from pmlib.usage.panel.panel import Panel

    shell = get_ipython()
    return Panel(events, called or variable(events, shell.user_ns if shell else {}))


def variable(value: object, names: Mapping[str, object]) -> str:
    """Return the variable that holds a value, ``""`` if none does; names with ``_`` first are the notebook's own.

    Examples
    --------
    >>> events = object()
    >>> variable(events, {"_": events, "more": object(), "events": events})
    'events'
    """
    return next((name for name, one in names.items() if one is value and not name.startswith("_")), "")

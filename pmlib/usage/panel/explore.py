"""Choose a question by hand, see its answer and the call that gives it."""

from typing import TYPE_CHECKING

from pmlib.core import SettingError
from pmlib.sources.contract import Events

if TYPE_CHECKING:
    from pmlib.usage.panel.panel import Panel


def explore(events: Events, *, called: str = "data") -> "Panel":
    """Show a panel in a notebook on which questions are chosen and answered without code.

    Under each answer stands the call that gives it, to be copied into a cell or a report.

    Parameters
    ----------
    events
        Any events, also narrowed or grouped.
    called
        The name the events have in the notebook, for the calls shown.

    Raises
    ------
    SettingError
        If ``called`` is no name.
    """
    if not called.isidentifier():
        raise SettingError(f"called is {called!r}; it must be the events' name in the notebook, such as 'data'.")
    # Widgets take long to import, and only a notebook needs them.
    from pmlib.usage.panel.panel import Panel

    return Panel(events, called)

"""What a notebook in JupyterLab can ask: ``%load_ext pmlib.lab``, then ``%pm report``."""

import shlex
from typing import Any

from pmlib.core import SettingError, nearest
from pmlib.reports.preview import Preview, report


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook ``%pm``."""
    shell.register_magic_function(pm, "line", "pm")


def pm(line: str) -> Preview:
    """Answer ``%pm report [NOTEBOOK] [NAME=VALUE …]``.

    Raises
    ------
    SettingError
        If it is anything else.
    """
    command, *words = shlex.split(line) or [""]
    if command != "report":
        raise SettingError(f"%pm knows 'report', not '{command}'.{nearest(command, ['report'])} Write: %pm report")
    given = dict(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word]
    return report(names[0] if names else "", given)

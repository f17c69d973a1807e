"""Research and metrics notebooks for product managers who decide by evidence."""

from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook ``%pm report``: ``%load_ext pmlib``."""
    # Imported here, so that importing pmlib does not import the roof.
    from pmlib.reports.preview import pm

    shell.register_magic_function(pm, "line", "pm")

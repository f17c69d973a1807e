"""How a command ends: an error of ours is one line and an exit code."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from pmlib.core import PmlibError

USAGE, LOCKED, STOPPED = 2, 3, 130
PACK = "pmlib.toml"


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an error of ours into one line and an exit code; a fault of pmlib itself stays a traceback."""

    @wraps(command)
    def inner(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except PmlibError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(LOCKED if type(error).__name__ == "LockedError" else USAGE)
        except (KeyboardInterrupt, RuntimeError) as error:
            # DuckDB tells an interruption so.
            if isinstance(error, RuntimeError) and "interrupted" not in str(error):
                raise
            click.echo("Stopped. What was published before stays as it was.", err=True)
            sys.exit(STOPPED)

    return inner

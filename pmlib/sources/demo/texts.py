"""The words of the demo world, read from the files beside this one."""

import tomllib
from importlib.resources import files
from typing import Any


def source(name: str) -> str:
    """Return a text file of this package as it stands."""
    return files("pmlib.sources.demo").joinpath(name).read_text(encoding="utf-8")


def words(name: str) -> dict[str, Any]:
    """Return a TOML file of this package."""
    return tomllib.loads(source(name))

"""A notebook's parameters: read from its source, checked before a kernel starts."""

import ast
import io
import json
import re
import tokenize
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pmlib.core import InputError, SettingError, nearest

Value = int | float | str | bool

TYPES: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}
WORDS = {"int": "a whole number", "float": "a number", "str": "text", "bool": "true or false"}
FILES = ("events", "survey", "interviews", "series", "units", "aggregates", "subscriptions", "accounts", "file")
DAYS = ("data", "today")
FORMAT = 4
"""The format of notebooks that is read."""


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: ``weeks: int = 26  # weeks shown [4..104]``."""

    name: str
    type: str
    default: Value
    help: str = ""
    limit: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the value names a file, a pattern or a source."""
        return self.limit in FILES

    def read(self, given: object, base: Path) -> Value:
        """Check a value and return it in the parameter's type.

        Parameters
        ----------
        given
            Text from the command line or a value from a TOML file.
        base
            The folder a relative path counts from.

        Raises
        ------
        SettingError
            If the value has the wrong type or lies outside the limit.
        """
        value = self.typed(given.isoformat() if isinstance(given, date) else given)
        if ".." in self.limit:
            low, high = (float(end) for end in self.limit.split(".."))
            if not low <= float(value) <= high:
                raise SettingError(f"'{self.name}' is {value}; it must lie between {low:g} and {high:g}.")
        elif "|" in self.limit:
            choices = [choice.strip() for choice in self.limit.split("|")]
            if value not in choices:
                known = ", ".join(choices)
                raise SettingError(f"'{self.name}' is '{value}'; it is one of {known}.{nearest(str(value), choices)}")
        elif self.limit == "date" and value not in DAYS:
            calendar_day(str(value), self.name)
        elif self.limit == "timezone" and value not in available_timezones():
            near = nearest(str(value), available_timezones())
            raise SettingError(f"'{self.name}' is '{value}', which is no time zone such as Europe/Berlin.{near}")
        elif self.is_file and value:
            return str((base / Path(str(value)).expanduser()).resolve())
        return value

    def typed(self, given: object) -> Value:
        """Return ``given`` in the parameter's type; text is read, other values must already have it."""
        wrong = SettingError(f"'{self.name}' is {given!r}; it must be {WORDS[self.type]}, such as {self.default!r}.")
        if self.type == "str":
            if not isinstance(given, str):
                raise wrong
            return given
        if self.type == "bool":
            known = {"true": True, "false": False, "yes": True, "no": False}
            if isinstance(given, bool):
                return given
            if isinstance(given, str) and given.casefold() in known:
                return known[given.casefold()]
            raise wrong
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise wrong
        pattern = r"[+-]?\d+" if self.type == "int" else r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
        if isinstance(given, str) and not re.fullmatch(pattern, given.strip()):
            raise wrong
        if self.type == "int" and isinstance(given, float):
            raise wrong
        return TYPES[self.type](given)


def calendar_day(text: str, name: str) -> date:
    """Read an ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError(f"'{name}' is '{text}'; it must be data, today or a date such as 2026-11-22.") from error


class Node(dict[str, Any]):
    """A part of a notebook, whose fields are also attributes."""

    def __getattr__(self, name: str) -> Any:
        """Return a field."""
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def notebook_at(path: Path) -> Any:
    """Read a notebook file.

    Raises
    ------
    InputError
        If it is none, or of a format older than 4.
    """
    # A notebook is JSON; nbformat takes a second to import, for checks that a notebook which runs has passed.
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"), object_hook=Node)
        if notebook["nbformat"] != FORMAT:
            raise InputError(f"{path.name} is of an old format. Open it in JupyterLab and save it again.")
        for cell in notebook.cells:
            cell.setdefault("metadata", Node())
            cell["source"] = joined(cell["source"])
            for output in cell.get("outputs", ()):
                rejoin(output)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Let whoever runs this read it.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path.name} is not a notebook: {type(error).__name__}. Open it in JupyterLab and save it again."
        ) from error
    return notebook


def rejoin(output: Node) -> None:
    """Join the texts of an output that stand in its file line by line."""
    if "text" in output:
        output["text"] = joined(output["text"])
    for mime, value in output.get("data", {}).items():
        if not mime.endswith("json"):
            output.data[mime] = joined(value)


def joined(text: str | list[str]) -> str:
    """Join what a file holds line by line."""
    return text if isinstance(text, str) else "".join(text)


def title_of(notebook: Any, path: Path) -> str:
    """Return a notebook's first heading, or its file name."""
    for cell in notebook.cells:
        found = re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return found.group(1).strip()
    return path.stem


def parameters_of(path: Path) -> dict[str, Parameter]:
    """Read the parameters of a notebook, in their order.

    Raises
    ------
    InputError
        If it is no notebook, or a line of the parameters cell is not ``name: type = value  # help [limit]``.
    """
    for cell in notebook_at(path).cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            return {one.name: one for one in read_cell(cell.source, path.name)}
    return {}


def read_cell(source: str, file: str) -> list[Parameter]:
    """Read the lines of a parameters cell."""
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = []
    for line in ast.parse(source).body:
        text = ast.unparse(line)
        if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None):
            raise InputError(f"{file} has the parameter line '{text}'; write it as name: int = 26  # help [4..104].")
        kind = ast.unparse(line.annotation)
        if kind not in TYPES:
            known = ", ".join(TYPES)
            raise InputError(f"{file} gives '{line.target.id}' the type {kind}; use {known}.{nearest(kind, TYPES)}")
        try:
            default = ast.literal_eval(line.value)
        except ValueError as error:
            raise InputError(f"{file} computes the default of '{line.target.id}'; write the value itself.") from error
        words = comments.get(line.end_lineno or line.lineno, "")
        limit = re.search(r"\[([^\]]*)\]\s*$", words)
        help_text = words[: limit.start()].strip() if limit else words
        one = Parameter(line.target.id, kind, default, help_text, limit.group(1).strip() if limit else "")
        one.typed(default)
        found.append(one)
    return found

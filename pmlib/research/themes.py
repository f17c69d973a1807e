"""Themes to look for: a name, and the words that give a theme away."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pmlib.core import InputError, SettingError, nearest

EXAMPLE = '[costs], name = "Splitting costs", terms = ["split the", "who owes", "bill*"]'


@dataclass(frozen=True)
class Theme:
    """A theme by its key, its name and its terms; a term is whole words, ``*`` at its end any ending."""

    key: str
    name: str
    terms: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The terms for the engine, whose regular expressions know no word boundary beyond ASCII."""
        terms = "|".join(written(term, r"[\pL\pN_]*", r"[\s\pZ]+") for term in self.terms)
        return rf"(?i)(?:^|[^\pL\pN_])(?:{terms})(?:$|[^\pL\pN_])"

    def find(self, text: str) -> re.Match[str] | None:
        """Find the first term in a text."""
        terms = "|".join(written(term, r"\w*", r"\s+") for term in self.terms)
        return re.search(rf"(?<!\w)(?:{terms})(?!\w)", text, re.IGNORECASE)


def written(term: str, ending: str, space: str) -> str:
    """Write a term as a regular expression: any space between words, any apostrophe, ``*`` as ending."""
    stem = term[:-1] if term.endswith("*") else term
    words = [re.sub("['’]", "['’]", re.escape(word)) for word in stem.split()]
    return space.join(words) + (ending if term.endswith("*") else "")


def load_themes(given: str | Path | Mapping[str, object]) -> tuple[Theme, ...]:
    """Read themes from a TOML file: a table each, with ``name`` and ``terms``.

    Parameters
    ----------
    given
        The file's path, or what such a file holds.

    Raises
    ------
    InputError
        If there is no such file, or it is not readable TOML.
    SettingError
        If a theme has no terms.

    Examples
    --------
    >>> load_themes({"costs": {"name": "Splitting costs", "terms": ["who owes"]}})
    (Theme(key='costs', name='Splitting costs', terms=('who owes',)),)
    """
    tables = given if isinstance(given, Mapping) else read(Path(given))
    if not tables:
        raise SettingError(f"There is no theme; write a table for each, such as {EXAMPLE}.")
    return tuple(theme(key, one) for key, one in tables.items())


def read(file: Path) -> Mapping[str, object]:
    """Read the TOML file."""
    if not file.is_file():
        near = nearest(file.name, [one.name for one in file.parent.iterdir()]) if file.parent.is_dir() else ""
        raise InputError(f"There is no file {file} with themes.{near} Write a table a theme, such as {EXAMPLE}.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} is not readable TOML: {error}. A theme looks like {EXAMPLE}.") from error


def theme(key: str, one: object) -> Theme:
    """Check one theme."""
    if not isinstance(one, Mapping):
        raise SettingError(f"The themes hold '{key}' outside of a table; a theme looks like {EXAMPLE}.")
    for word in one:
        if word not in ("name", "terms"):
            raise SettingError(
                f"Theme '{key}' has '{word}'; a theme has name and terms.{nearest(str(word), ['name', 'terms'])}"
            )
    terms = one.get("terms")
    if not isinstance(terms, list) or not terms or not all(isinstance(t, str) and t.strip(" *") for t in terms):
        raise SettingError(f"Theme '{key}' has no list of terms; a theme looks like {EXAMPLE}.")
    return Theme(key, str(one.get("name", key)), tuple(term.strip() for term in terms))

"""What a survey export asks: its questions, the columns that hold the answers, and what kind of answers they are."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pmlib.core import made_id
from pmlib.sources.files.text import number

Kind = Literal["scale", "choice", "multi", "open", "number"]

SCALE = re.compile(r"(?P<n>\d{1,2})(?:\.0+)?(?:\s*[-–—:=(.]\s*[^\d\s].*)?", re.DOTALL)
ENDS = re.compile(r"\b(?P<low>[01])\s*(?:-|–|to|through|bis|à|a)\s*(?P<high>\d{1,2})\b", re.IGNORECASE)
RATED = re.compile(
    r"likel|recommend|scale|rate\b|rating|satisf|empfehl|recomend|zufrieden|\bnps\b|agree", re.IGNORECASE
)
RECOMMENDS = re.compile(r"recommend|empfehl|recomend|\bnps\b", re.IGNORECASE)
HOW_MANY = re.compile(r"how (many|old|much)|number of|wie ?viele|what (year|age)|\bage\b", re.IGNORECASE)
CHOSEN = frozenset({"1", "yes", "true", "checked", "selected", "x", "y", "ja", "oui"})
UNCHOSEN = frozenset({"0", "no", "false", "unchecked", "not selected", "nein", "non"})
MOST_OPTIONS = 30
ID_LENGTH = 80
MANY = 50


@dataclass(frozen=True)
class Asked:
    """A question and the columns of its answers.

    Parameters
    ----------
    cells
        Places of the columns and the option each stands for; one column without an option for a single answer.
    name
        What the export calls the question, such as ``Q1``; the text where it has no name.
    kind
        What the export says of the kind, or ``None`` where the answers must tell.
    split
        What joins several answers in one cell.
    """

    text: str
    cells: tuple[tuple[int, str], ...]
    name: str = ""
    kind: Kind | None = None
    split: str = ""

    @property
    def place(self) -> int:
        """The first column."""
        return self.cells[0][0]


@dataclass(frozen=True)
class Questionnaire:
    """An export taken apart: its data rows, its questions, and which columns say who answered and when.

    Parameters
    ----------
    header
        The columns' names, in the export's first row.
    keys
        Columns that join respondents with other tables, such as a user's id.
    aside
        For each row why it is set aside, or ``""``.
    zone
        The time zone the export names, or ``""``.
    us_dates
        Whether 1/2/2026 is 2 January in this form.
    unanswered
        Values that stand for "seen, not answered".
    finished
        For each row whether it was finished; empty where the export does not tell.
    """

    form: str
    header: list[str]
    rows: list[list[str]]
    asked: list[Asked]
    respondent: int | None = None
    answered_at: int | None = None
    segments: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    aside: Sequence[str] = ()
    zone: str = ""
    us_dates: bool = False
    unanswered: frozenset[str] = frozenset()
    finished: Sequence[bool] = ()
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> list[str]:
        """Return the cells of one column."""
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class Question:
    """A question with its id and kind settled."""

    id: str
    text: str
    kind: Kind
    asked: Asked
    low: int | None = None
    high: int | None = None
    comma: bool = False


def words(text: str) -> str:
    r"""Return a text in one line with single spaces.

    Examples
    --------
    >>> words(" Episode I  The Phantom\nMenace ")
    'Episode I The Phantom Menace'
    """
    return " ".join(text.split())


def slug(text: str, taken: Mapping[str, object], place: int) -> str:
    """Return a short id that is not taken yet.

    Examples
    --------
    >>> slug("Wie gefällt Ihnen die Größe?", {}, 1), slug("Q1", {"q1": 0}, 2), slug("好きですか", {}, 3)
    ('wie-gefallt-ihnen-die-grosse', 'q1-2', 'question-3')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    base = made_id(plain) or f"question-{place}"
    if len(base) > ID_LENGTH:
        base = base[:ID_LENGTH].rpartition("-")[0] or base[:ID_LENGTH]
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    return name


def scale_of(values: Sequence[str], text: str) -> tuple[int, int] | None:
    """Return the ends of the scale that values lie on, or ``None`` where they are no scale.

    Examples
    --------
    >>> scale_of(["9", "10 - Extremely likely", "3"], "How likely are you to recommend us?")
    (0, 10)
    >>> scale_of(["1", "3", "5"], "How satisfied are you?"), scale_of(["18-29", "30-44"], "Age")
    ((1, 5), None)
    """
    hits = [SCALE.fullmatch(value) for value in values]
    marks = {int(hit["n"]) for hit in hits if hit}
    if not marks or None in hits or max(marks) > 10:
        return None
    if not RATED.search(text) and (len(marks) < 3 or HOW_MANY.search(text)):
        return None
    low, high = min(marks), max(marks)
    if (said := ENDS.search(text)) and int(said["low"]) <= low and high <= int(said["high"]) <= 10:
        return int(said["low"]), int(said["high"])
    if RECOMMENDS.search(text) and (high > 7 or len(values) < 20):
        return 0, 10
    if high in (4, 6) and len(values) >= MANY and len(marks) == high - low + 1:
        return min(low, 1), high
    return min(low, 1), (5 if high <= 5 else 7 if high <= 7 else 10)


def kind_of(values: Sequence[str], text: str) -> Kind:
    """Tell the kind of a question by its answers, each a single one."""
    if not values:
        return "open"
    if scale_of(values, text):
        return "scale"
    distinct = set(values)
    numbers = all(number(value) is not None or number(value, comma=True) is not None for value in distinct)
    if numbers and (len(distinct) > 2 or HOW_MANY.search(text)):
        return "number"
    typical = sorted(len(value) for value in values)[len(values) // 2]
    few = max(2, min(MOST_OPTIONS, len(values) // 2))
    return "choice" if len(distinct) <= few and typical <= 80 else "open"


def several(values: Sequence[str], sign: str = ";") -> bool:
    """Whether cells hold several options each, joined by a sign: the same few parts come back in other company."""
    joined = [value for value in values if sign in value.strip(sign + " ")]
    if len(joined) < 2:
        return False
    parts = Counter(part for value in values for part in pieces(value, sign))
    return len(parts) <= MOST_OPTIONS and parts.total() >= 2 * len(parts)


def pieces(value: str, sign: str) -> list[str]:
    """Return the options in one cell, each once."""
    return list(dict.fromkeys(part for part in (words(part) for part in value.split(sign)) if part))


def boxes(columns: Sequence[Sequence[str]], options: Sequence[str]) -> bool:
    """Whether columns are the boxes of one multiple choice: each says its own option, a number of its own, or ticked.

    A column of other words, such as "Other (please specify)", may be among them.
    """
    fits = [box(set(cells), option, place) for place, (cells, option) in enumerate(zip(columns, options, strict=True))]
    own = sum(fit is True for fit in fits)
    odd = [place for place, fit in enumerate(fits) if fit is False]
    return own > 0 and (not odd or (odd == [len(fits) - 1] and own > 1))


def box(cells: set[str], option: str, place: int) -> bool | None:
    """Whether the words of one column are a box ticked; ``None`` where it is empty."""
    said = {words(cell).casefold() for cell in cells}
    if not said:
        return None
    ticked = said - UNCHOSEN
    return ticked <= CHOSEN or ticked in ({words(option).casefold()}, {str(place + 1)})

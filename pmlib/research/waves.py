"""The waves of a survey, the parts of its respondents, and who answered a question."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.engine import name, place, sql
from pmlib.sources.contract import Survey

Piece = exp.Column | exp.Literal
"""What a query reads a wave or part from: a column, or a constant."""
WAVE = "wave"
UNKNOWN = "not given"
"""The part of those whose segment is empty, as the queries name it."""
FEW = 30
"""Below this many answers a number is called uncertain in words."""


@dataclass(frozen=True)
class Count:
    """How many people, and what they did with a question."""

    people: int
    not_asked: int
    silent: int
    answered: int

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.people + other.people,
            self.not_asked + other.not_asked,
            self.silent + other.silent,
            self.answered + other.answered,
        )

    @property
    def asked(self) -> int:
        """How many were asked."""
        return self.people - self.not_asked

    def __str__(self) -> str:
        apart = f", {self.not_asked:,} more were not asked" if self.not_asked else ""
        return f"{self.answered:,} of {self.asked:,} asked answered{apart}"


@dataclass(frozen=True)
class Base:
    """A question's answers by wave (oldest first) and part; ``waves`` is ``("",)`` where there are none."""

    question: str
    text: str
    by: str
    columns: dict[str, Piece]
    waves: tuple[str, ...]
    counts: dict[tuple[str, str], Count]
    unplaced: int
    query: str

    @property
    def last(self) -> str:
        """The newest wave with an answer."""
        return self.waves[-1]

    @property
    def before(self) -> str | None:
        """The wave before it, or ``None``."""
        return self.waves[-2] if len(self.waves) > 1 else None

    def of(self, wave: str, part: str | None = None) -> Count:
        """Count a wave, or a part of it."""
        return total(count for (at, of), count in self.counts.items() if at == wave and part in (None, of))

    def parts(self, wave: str) -> list[str]:
        """Return the parts of a wave with an answer, the largest first."""
        found = [(part, count.answered) for (at, part), count in self.counts.items() if at == wave and count.answered]
        return [part for part, _ in sorted(found, key=lambda one: (-one[1], one[0]))]

    def placed(self, file: str) -> str:
        """Read a query and put this base's columns in it."""
        return place(sql(__package__ or "", file), **self.columns)

    @property
    def when(self) -> str:
        """`` in 2026-11``, or nothing where there are no waves."""
        return f" in {self.last}" if self.last else ""

    @property
    def cautions(self) -> list[str]:
        """Say who is left out, and what is small."""
        said: list[str] = []
        now = self.of(self.last)
        if self.unplaced:
            said.append(f"{self.unplaced:,} respondents belong to no wave; they are left out.")
        if now.asked and now.silent / now.asked > 0.2:
            said.append(f"{now.silent:,} of {now.asked:,} people asked '{self.text}' gave no answer; they may differ.")
        if now.answered < FEW:
            said.append(
                f"Only {now.answered:,} people answered '{self.text}'{self.when}; read the interval, not the number."
            )
        return said

    @property
    def small(self) -> list[str]:
        """Say which parts of the last wave have few answers."""
        sizes = {part: self.of(self.last, part).answered for part in self.parts(self.last)} if self.by else {}
        few = [f"{part} ({size:,})" for part, size in sizes.items() if size < FEW]
        if not few or self.of(self.last).answered < FEW:
            return []
        return [f"Fewer than {FEW} answers by {self.by}{self.when}: {', '.join(few)}."]


def total(counts: Iterable[Count]) -> Count:
    """Add counts up."""
    return sum(counts, Count(0, 0, 0, 0))


def base(survey: Survey, question: str, by: str, wave: str) -> Base:
    """Count who was asked and who answered, by wave and part.

    Parameters
    ----------
    question
        The question's id or text.
    by
        A segment of the respondents, or ``""``.
    wave
        The segment that names the wave; ``"wave"`` may be missing, then all answers are one wave.

    Raises
    ------
    SettingError
        If there is no such question or segment.
    TooFewError
        If nobody answered.
    """
    known = survey.question(question)
    text = survey.query("SELECT text FROM questions WHERE question = $question", question=known).one().text or known
    columns = {
        "wave_given": segment(survey, wave) if wave and (wave in survey.segments or wave != WAVE) else one(""),
        "part_given": segment(survey, by) if by else one("all"),
    }
    cells = survey.query(place(sql(__package__ or "", "base.sql"), **columns), question=known)
    counts = {(r.wave, r.part): Count(r.people, r.not_asked, r.silent, r.answered) for r in cells if r.wave is not None}
    first: dict[str, tuple[bool, str, str]] = {}
    for row in cells:
        if row.wave is not None and row.answered:
            key = (row.first is None, str(row.first), row.wave)
            first[row.wave] = min(key, first.get(row.wave, key))
    if not first:
        people = sum(row.people for row in cells)
        raise TooFewError(f"None of {people:,} respondents answered '{text}'; choose another question.")
    unplaced = sum(row.people for row in cells if row.wave is None)
    waves = tuple(sorted(first, key=lambda wave: first[wave]))
    return Base(known, text, by, columns, waves, counts, unplaced, cells.sql)


def segment(survey: Survey, column: str) -> Piece:
    """Return the column of respondents that a segment is."""
    if column not in survey.segments:
        known = ", ".join(survey.segments) or "none"
        raise SettingError(f"The survey has no segment '{column}'; there is {known}.{nearest(column, survey.segments)}")
    return exp.column(name(column))


def one(value: str) -> Piece:
    """Put everybody in one wave or part."""
    return exp.Literal.string(value)

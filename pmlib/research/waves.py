"""The waves of a survey, the parts of its respondents, and who answered a question."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import many
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
    """A question's answers by wave (oldest first) and part; ``waves`` is ``("",)`` where there are none.

    ``silent`` are the waves nobody answered, ``newer`` those of them after the newest wave with an answer.
    """

    question: str
    text: str
    by: str
    columns: dict[str, Piece]
    waves: tuple[str, ...]
    silent: tuple[str, ...]
    newer: tuple[str, ...]
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
    def unheard(self) -> str:
        """Name the waves after the newest with an answer: ``; no usable answer in 2026-11``, or nothing."""
        return f"; no usable answer in {', '.join(self.newer)}" if self.newer else ""

    def without(self, waves: Collection[str]) -> "Base":
        """Take waves whose answers cannot be used for waves nobody answered."""
        if not waves:
            return self
        kept = [place for place, wave in enumerate(self.waves) if wave not in waves]
        newer = self.waves[kept[-1] + 1 :]
        left = tuple(wave for wave in self.waves if wave not in waves)
        return replace(self, waves=left, silent=(*waves, *self.silent), newer=(*newer, *self.newer))

    @property
    def cautions(self) -> list[str]:
        """Say who is left out, and what is small."""
        said: list[str] = []
        now = self.of(self.last)
        if self.unplaced:
            belong = "respondent belongs" if self.unplaced == 1 else "respondents belong"
            said.append(f"{self.unplaced:,} {belong} to no wave and {was(self.unplaced)} left out.")
        if self.silent:
            shown = f"; {self.last} is shown" if self.newer else ""
            said.append(f"Nobody gave a usable answer to '{self.text}' in {', '.join(self.silent)}{shown}.")
        if now.asked and now.silent / now.asked > 0.2:
            said.append(f"{now.silent:,} of {now.asked:,} people asked '{self.text}' gave no answer; they may differ.")
        if now.answered < FEW:
            people = many(now.answered, "person", "people")
            said.append(f"Only {people} answered '{self.text}'{self.when}; read the interval, not the number.")
        return said

    @property
    def small(self) -> list[str]:
        """Say which parts of the last wave have few answers."""
        sizes = {part: self.of(self.last, part).answered for part in self.parts(self.last)} if self.by else {}
        few = [f"{part} ({size:,})" for part, size in sizes.items() if size < FEW]
        if not few or self.of(self.last).answered < FEW:
            return []
        return [f"Fewer than {FEW} answers to '{self.text}' by {self.by}{self.when}: {', '.join(few)}."]


def was(n: int) -> str:
    """Return the verb that goes with a number: ``is`` or ``are``."""
    return "is" if n == 1 else "are"


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
        if row.wave is not None:
            key = (row.first is None, str(row.first), row.wave)
            first[row.wave] = min(key, first.get(row.wave, key))
    every = sorted(first, key=lambda wave: first[wave])
    waves = [row.wave for row in cells if row.wave is not None and row.answered]
    if not waves:
        people = sum(row.people for row in cells)
        raise TooFewError(f"None of {people:,} respondents answered '{text}'; choose another question.")
    unplaced = sum(row.people for row in cells if row.wave is None)
    last = max(every.index(wave) for wave in waves)
    heard = tuple(wave for wave in every if wave in waves)
    silent = tuple(wave for wave in every if wave not in waves)
    return Base(known, text, by, columns, heard, silent, tuple(every[last + 1 :]), counts, unplaced, cells.sql)


def segment(survey: Survey, column: str) -> Piece:
    """Return the column of respondents that a segment is."""
    if column not in survey.segments:
        known = ", ".join(survey.segments) or "none"
        raise SettingError(f"The survey has no segment '{column}'; there is {known}.{nearest(column, survey.segments)}")
    return exp.column(name(column))


def one(value: str) -> Piece:
    """Put everybody in one wave or part."""
    return exp.Literal.string(value)

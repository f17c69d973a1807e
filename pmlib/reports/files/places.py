"""A number where it stands in a memo: the words around it, and whether it is a fact by its digits and its sign."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pmlib.reports.files.known import Known, ending, words_of
from pmlib.reports.files.memo import Passage
from pmlib.reports.files.numerals import Number, Reading

TINY = 1e-9
NEAR, ABOVE, BESIDE = 1.0, 0.5, 0.25
"""What a common word weighs in the same sentence, in the heading, elsewhere beside it."""
UP = re.compile(
    r"\b(?:up|rose|rise[sn]?|grew|grow[sn]?|growth|more|higher|increased?|gain(?:ed)?|plus|above|höher|mehr)\b"
)
DOWN = re.compile(
    r"\b(?:down|fell|falls?|fallen|fewer|less|lower|dropped|drops?|declined?|decreased?|lost|minus|below|weniger|unter)\b"
)
ABOUT = re.compile(
    r"(?:about|around|roughly|some|nearly|almost|over|more than|under|approximately|circa|ca\.|rund|etwa|[~≈])\s*$"
)
PAST = re.compile(r"(?:\bfrom|\bthan|compared (?:with|to)|against|versus|\bvs\.?|after)\s+(?:the\s+)?$")
THEN = re.compile(
    r"^\W{0,2}(?:in\s+)?(?:the\s+)?(?:last (?:week|month)|(?:previous|prior) (?:week|month)|(?:week|month|year) before|"
    r"a (?:week|month|year) (?:ago|before)|before\b|earlier)"
)


@dataclass(frozen=True)
class Place:
    """A number where it stands, with the words around it."""

    passage: Passage
    number: Number
    listed: Sequence[Number]
    index: int

    @cached_property
    def where(self) -> str:
        """Where it stands."""
        return self.passage.where(self.number.start)

    @cached_property
    def words(self) -> tuple[tuple[frozenset[str], float], ...]:
        """The words of its sentence, those above it, those elsewhere beside it, with their weights."""
        text = self.passage.text
        for one in self.listed:
            text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
        # A full stop ends a sentence where a new one begins; a number itself was taken out above.
        ends = [0, *(match.end() for match in re.finditer(r"[.!?;](?=\s+\S)", text)), len(text)]
        start = max(end for end in ends if end <= self.number.start)
        end = min(end for end in ends if end >= self.number.end)
        near, above = words_of(text[start:end]), words_of(self.passage.above)
        beside = words_of(f"{text} {self.passage.beside}")
        return (near, NEAR), (above - near, ABOVE), (beside - near - above, BESIDE)

    @cached_property
    def before(self) -> str:
        """The words before it, as far as the number before."""
        start = self.listed[self.index - 1].end if self.index else 0
        return self.passage.text[max(start, self.number.start - 40) : self.number.start].casefold()

    @cached_property
    def after(self) -> str:
        """The words after it, as far as the next number."""
        end = self.listed[self.index + 1].start if self.index + 1 < len(self.listed) else len(self.passage.text)
        return self.passage.text[self.number.end : min(end, self.number.end + 40)].casefold()

    @cached_property
    def direction(self) -> int:
        """Which way the words beside it point: -1 down, 1 up, 0 where they do not say."""
        ways = [
            (len(self.before) - one.end(), sign)
            for words, sign in ((UP, 1), (DOWN, -1))
            for one in words.finditer(self.before)
        ]
        ways += [(one.start(), sign) for words, sign in ((UP, 1), (DOWN, -1)) for one in words.finditer(self.after)]
        return min(ways, default=(0, 0))[1]

    @cached_property
    def dated(self) -> bool:
        """Whether the words before it make it a year."""
        return bool(
            re.search(r"\b(?:in|since|by|of|from|until|till|year|during|before|after|seit|bis|ab)\s*$", self.before)
        )

    @cached_property
    def counts(self) -> bool:
        """Whether it is given as a number of cases."""
        return bool(re.search(r"\bn\s*[=:]?\s*$", self.before))

    @cached_property
    def spans(self) -> bool:
        """Whether it is given as an end of an interval."""
        return ending(self.before, self.passage.text[self.number.end :])

    @cached_property
    def past(self) -> bool:
        """Whether the words beside it say that it was so before."""
        return bool(PAST.search(self.before) or THEN.search(self.after))

    @cached_property
    def readings(self) -> list[Reading]:
        """How it may be read; where it ends in noughts or is called rough, also as rounded to them."""
        found, digits = list(self.number.readings), re.sub(r"\D", "", self.number.text)
        noughts = len(digits) - len(digits.rstrip("0"))
        if noughts and found[0].step == 1 and self.number.of is None and (self.about or self.number.digits > 1):
            found.append(Reading(found[0].value, 10.0**noughts))
        return found

    @cached_property
    def tested(self) -> bool:
        """Whether it is given as a p-value."""
        return bool(re.search(r"\bp\s*[=<≤]?\s*$", self.before))

    @cached_property
    def about(self) -> bool:
        """Whether it is called a rough number."""
        return bool(ABOUT.search(self.before))

    def parts(self) -> list["Place"]:
        """Return the two numbers of a pair, each by itself."""
        return [Place(self.passage, one, self.listed, self.index) for one in self.number.parts]


def dated(row: frozenset[str]) -> bool:
    """Whether the words of a table's row are a date, all of which must agree."""
    return any(re.fullmatch(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", word) for word in row)


def comparable(place: Place, fact: Known) -> bool:
    """Whether a number and a fact are of one kind: no points with per cent, no part of a whole with a number alone."""
    number = place.number
    if (fact.role == "p" and not place.tested) or (fact.role == "before" and not place.past):
        return False
    if number.of is not None:
        return fact.of == number.of
    if fact.of is not None:
        return False
    if number.kind == fact.kind:
        return True
    # A difference of scores is told in points, a share may be told as a fraction.
    plain = fact.kind == "plain"
    return (number.kind == "points" and plain) or (number.kind == "plain" and fact.kind == "percent")


def fits(place: Place, fact: Known) -> bool:
    """Whether a number is a fact, by its printed rounding and its sign."""
    steps = fact.step * (1 - TINY)
    return any(close(place, one, fact) <= 0.5 for one in place.readings if one.step >= steps) and agrees(place, fact)


def misrounded(place: Place, fact: Known) -> bool:
    """Whether a number misses a fact by no more than the last digit it shows."""
    if fact.step or fact.role in {"words", "p"}:
        return False
    return 0.5 < close(place, place.number.readings[0], fact) < 1 - TINY and agrees(place, fact)


def close(place: Place, reading: Reading, fact: Known) -> float:
    """Return how many steps of its last digit a number lies from a fact."""
    value, step, wanted = reading.value, reading.step, fact.value
    if place.number.kind == "plain" and fact.kind == "percent":
        value, step = value * 100, step * 100
        if step > 10:
            return float("inf")
    if fact.signed and not place.number.sign:
        value, wanted = abs(value), abs(wanted)
    distance = abs(value - wanted) / step
    # What is known only as it is printed may have been rounded already: half a step proves nothing.
    return distance + TINY if 0 < fact.step < step else distance - TINY


def agrees(place: Place, fact: Known) -> bool:
    """Whether the direction told beside a difference is that of the fact."""
    if not fact.signed or not fact.value or place.number.sign:
        return True
    return place.direction * fact.value >= 0


def same(reading: Reading, fact: Known) -> bool:
    """Whether the digits agree, whatever the unit and the sign."""
    return abs(abs(reading.value) - abs(fact.value)) <= reading.step / 2 + TINY

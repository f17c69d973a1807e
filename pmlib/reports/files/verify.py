"""Every number of a memo or deck held against what the reports know: matching, stale, wrongly rounded, not ours."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pmlib.reports.files.known import Facts, Known, known, told_on, weights
from pmlib.reports.files.memo import Passage, passages
from pmlib.reports.files.numerals import commas, numbers
from pmlib.reports.files.places import TINY, Place, comparable, dated, fits, misrounded, same

State = Literal["matches", "stale", "wrongly rounded", "not ours"]

SURE = 4
"""Digits from which a number is told by itself, without a word beside it."""
WIDE = 0.4
"""What a word of a finding weighs, against one of the number itself."""
PRIOR = {"value": 0.3, "change": 0.25, "low end": 0.1, "high end": 0.1, "words": -0.2}
"""What a meaning weighs by itself: a memo tells values before it tells ends of intervals."""
PART, CLEAR = 0.3, 0.5
"""Share of a fact's own words that must stand near a number for the two to go together, and to be sure of it."""
CLOSE = 0.25
"""How far, in parts of itself, a number may lie from a fact that is named as the nearest."""


@dataclass(frozen=True)
class Verdict:
    """What a number of a memo is.

    Parameters
    ----------
    fact
        The fact it is held against, or ``None``.
    note
        What to know beside: what the number is now, what else it could be.
    """

    text: str
    where: str
    state: State
    fact: Known | None = None
    note: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the memo should be mended here."""
        return self.state in {"stale", "wrongly rounded"}


@dataclass(frozen=True)
class Found:
    """A fact that a number may be: how well their words agree, and what share of its own words stands near."""

    fact: Known
    score: float
    told: bool
    share: float
    note: str = ""


def verify(content: bytes, name: str, history: Sequence[Sequence[Facts]]) -> list[Verdict]:
    """Hold every number of a memo or deck against the facts of the runs.

    Parameters
    ----------
    content, name
        The file and its name, which ends in ``.md``, ``.docx`` or ``.pptx``.
    history
        For each report its facts, the oldest first; the last are those of now.

    Returns
    -------
    list of Verdict
        One a number, in the order of the text. Dates, years, times, versions, list numbers, references such as
        ``page 4`` and the level of an interval are no numbers to check; numbers in words are not read.

    Raises
    ------
    InputError
        If the file is of another kind or cannot be read.
    """
    found = passages(content, name)
    return Verifier(history).all(found)


class Verifier:
    """The facts of now and before, ready to be compared with."""

    def __init__(self, history: Sequence[Sequence[Facts]]) -> None:
        self.now = [one for runs in history if runs for one in known(runs[-1])]
        self.keys: dict[tuple[str, ...], list[Known]] = {}
        for one in self.now:
            self.keys.setdefault(one.key, []).append(one)
        self.before = [
            (told_on(facts), one)
            for runs in history
            for facts in reversed(runs[:-1])
            for one in known(facts)
            if lasting(one)
        ]
        self.sizes = ordered(self.now)
        self.old_sizes = ordered([one for _, one in self.before])
        self.weights = weights([*self.now, *(one for _, one in self.before)])

    def all(self, found: Sequence[Passage]) -> list[Verdict]:
        """Judge the numbers of passages."""
        comma = commas("\n".join(one.text for one in found))
        verdicts: list[Verdict] = []
        for passage in found:
            listed = numbers(passage.text, comma=comma)
            for place, one in enumerate(listed):
                verdicts += self.judged(Place(passage, one, listed, place))
        return verdicts

    def judged(self, place: Place) -> list[Verdict]:
        """Judge one number; a pair that is not known as one is judged by its parts."""
        number = place.number
        near = [self.now[i] for i in within(place, self.sizes) if comparable(place, self.now[i])]
        exact = [self.weighed(place, one) for one in near if fits(place, one)]
        if number.year:
            exact = [one for one in exact if one.told and one.fact.role != "words"] if not place.dated else []
            return [verdict(place, "matches", best(exact), exact)] if exact else []
        stale = list(self.outdated(place))
        rough = [self.weighed(place, one) for one in near if misrounded(place, one)]
        rough = [one for one in rough if one.told and one.share >= CLEAR]
        chosen = self.chosen(place, exact, stale, rough)
        if chosen is not None:
            return [chosen]
        if number.of is not None:
            return [one for part in place.parts() for one in self.judged(part)]
        return [Verdict(number.text, place.where, "not ours", None, self.hint(place))]

    def chosen(self, place: Place, exact: list[Found], stale: list[Found], rough: list[Found]) -> Verdict | None:
        """Choose what a number is: what matches now before what matched once, before what is nearly so."""
        told = [one for one in exact if one.told]
        old = [one for one in stale if one.told]
        top = {
            name: max((one.score for one in found), default=0.0)
            for name, found in (("exact", told), ("stale", old), ("rough", rough))
        }
        if told and top["exact"] >= 0.8 * max(top["stale"], top["rough"]):
            return verdict(place, "matches", best(told), told)
        if old and top["stale"] >= 0.8 * top["rough"]:
            one = best(old)
            return verdict(place, "matches" if place.past else "stale", one, old)
        if rough:
            one = best(rough)
            return Verdict(place.number.text, place.where, "wrongly rounded", one.fact, f"it is {exactly(one.fact)}")
        alone = place.number.digits >= SURE
        if exact and alone:
            return verdict(place, "matches", best(exact), exact, "by the number alone")
        if stale and alone:
            return verdict(place, "matches" if place.past else "stale", best(stale), stale, "by the number alone")
        return None

    def weighed(self, place: Place, fact: Known, note: str = "") -> Found:
        """Weigh the words around a number against those of a fact."""
        own = fact.own | fact.row
        around = fact.wide - own
        score = sum(self.worth(own & words) * weight for words, weight in place.words)
        score += WIDE * sum(self.worth(around & words) * weight for words, weight in place.words)
        near = place.words[0][0] | place.words[1][0]
        share = self.worth(own & near) / (self.worth(own) or 1.0)
        told = share >= PART or len(around & near) > 1
        if fact.role == "words":
            told = len(own & near) > (1 if place.number.digits < SURE else 0)
            score /= 2  # Its many words do not make it likelier.
        elif fact.row:
            told = fact.row <= near if dated(fact.row) else bool(fact.row & near)
        if fact.role == "n":
            score += 1.0 if place.counts else -0.5
        if fact.end:
            told = told and place.spans
            score += 0.5
        return Found(fact, score + PRIOR.get(fact.role, 0.0), told, share, note)

    def worth(self, words: frozenset[str]) -> float:
        """Return how much words tell."""
        return sum(self.weights.get(word, 0.0) for word in words)

    def outdated(self, place: Place) -> Iterable[Found]:
        """Return the facts of earlier runs that a number matches and whose number is another now, the latest first."""
        seen: set[tuple[str, ...]] = set()
        for day, fact in (self.before[i] for i in within(place, self.old_sizes)):
            if fact.key in seen or not comparable(place, fact) or not fits(place, fact):
                continue
            now = self.keys.get(fact.key, [])
            if any(fits(place, one) for one in now):
                continue
            seen.add(fact.key)
            note = f"it was so on {day}; now {now[0].text}" if now else f"it was so on {day}; the latest run has none"
            yield self.weighed(place, fact, note)

    def hint(self, place: Place) -> str:
        """Name the fact whose words agree best, where they agree well; what differs may be its unit or sign."""
        near = [self.weighed(place, one) for one in self.now if one.role in {"value", "change"}]
        near = [one for one in near if one.told and one.share >= CLEAR]
        values = [one.value for one in place.number.readings]
        twins = [one for one in near if any(same(reading, one.fact) for reading in place.number.readings)]
        close = [one for one in near if any(abs(value - one.fact.value) <= CLOSE * abs(value) for value in values)]
        if not (twins or close):
            return ""
        one = best(twins or close)
        return f"nearest by its words: {one.fact}, {one.fact.text}"


def lasting(fact: Known) -> bool:
    """Whether a number of an earlier run has one of the same meaning now: not one in a sentence, nor a past week's."""
    return fact.role not in {"words", "rows", "before"} and not (fact.role == "cell" and dated(fact.row))


def ordered(facts: Sequence[Known]) -> list[tuple[float, int]]:
    """Return the sizes of facts, in order, with their places."""
    return sorted((abs(one.value), place) for place, one in enumerate(facts))


def within(place: Place, sizes: Sequence[tuple[float, int]]) -> list[int]:
    """Return the places of the facts that a number may be by its size, in their order."""
    found: set[int] = set()
    for reading in place.readings:
        for scale in (1.0, 100.0) if place.number.kind == "plain" else (1.0,):
            value, step = abs(reading.value) * scale, reading.step * scale * (1 + TINY)
            low = bisect_left(sizes, (value - step, -1))
            found.update(one for _, one in sizes[low : bisect_right(sizes, (value + step, len(sizes)))])
    return sorted(found)


def best(found: Sequence[Found]) -> Found:
    """Return the fact whose words agree best; the first where several do."""
    return max(found, key=lambda one: one.score)


def verdict(place: Place, state: State, one: Found, among: Sequence[Found], how: str = "") -> Verdict:
    """Say what a number is, and what else it may be."""
    others: Mapping[str, Found] = {
        f"{other.fact}": other
        for other in among
        if other.fact.key != one.fact.key
        and other.score >= 0.9 * one.score
        and other.fact.role not in {"words", "cell"}
    }
    also = [name for name in others if name != str(one.fact)][:2]
    notes = [how, one.note, f"also {' and '.join(also)}" if also and state == "matches" else ""]
    return Verdict(place.number.text, place.where, state, one.fact, "; ".join(note for note in notes if note))


def exactly(fact: Known) -> str:
    """Write a fact out as finely as it takes to see how it rounds."""
    unit = {"percent": "%", "points": " points"}.get(fact.kind, "")
    return f"{fact.value:,.6g}{unit}".replace("-", "\N{MINUS SIGN}")

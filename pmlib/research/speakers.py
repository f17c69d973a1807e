"""Who speaks in the interviews: participants, numbered, and who asks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import many
from pmlib.engine import Cells, sql
from pmlib.research.roles import answers, asks, is_label
from pmlib.research.waves import was
from pmlib.sources.contract import Interviews

Person = tuple[str, str]
"""Interview and speaker; the speaker is empty where the transcript names none."""
Rows = Sequence[Any]
"""Rows of how much each speaker says and asks in each interview."""


@dataclass(frozen=True)
class Speakers:
    """Participants by number, those who ask and how that was told, and what could not be told."""

    participants: tuple[Person, ...]
    interviewers: tuple[str, ...]
    how: str
    doubts: tuple[str, ...]
    unnamed: int
    query: str

    def alias(self, person: Person) -> str:
        """Return what a participant is called: ``P3``."""
        return f"P{self.participants.index(person) + 1}"

    def aliases(self, interview: str) -> dict[str, str]:
        """Return what stands for each name in an interview: its own people first; a label such as User is no name."""
        people = sorted(self.participants, key=lambda person: person[0] != interview)
        names = {person[1]: self.alias(person) for person in reversed(people) if not is_label(person[1])}
        asking = dict.fromkeys((name for name in self.interviewers if not is_label(name)), "[interviewer]")
        return asking | dict(reversed(names.items()))

    @property
    def cautions(self) -> list[str]:
        """Say what could not be told of who speaks."""
        said = list(self.doubts)
        if self.unnamed:
            said.append(f"{many(self.unnamed, 'utterance')} without a speaker {was(self.unnamed)} left out.")
        nameless = sum(not speaker for _, speaker in self.participants)
        if nameless:
            name = "names" if nameless == 1 else "name"
            said.append(f"{many(nameless, 'interview')} {name} no speaker: one participant each, questions included.")
        names = Counter(name for _, name in self.participants if not is_label(name))
        twice = sum(count > 1 for count in names.values())
        if twice:
            stand = "stands" if twice == 1 else "stand"
            said.append(f"{many(twice, 'name')} {stand} in several interviews; each interview counts as a participant.")
        return said


def speakers(interviews: Interviews, interviewer: str) -> Speakers:
    """Tell participants from those who ask.

    Parameters
    ----------
    interviewer
        Names parted by commas. ``""`` for those whose label says that they ask (such as Interviewer or Moderator),
        those who ask somebody labelled as the one asked, and else the speaker who is in most interviews, two at least.

    Raises
    ------
    SettingError
        If a named interviewer does not speak.
    TooFewError
        If no participant speaks.
    """
    cells = interviews.query(sql(__package__ or "", "speakers.sql"))
    if not cells:
        raise TooFewError("The interviews hold no word; check that the transcripts are not empty.")
    asking, how = (named(cells, interviewer), "") if interviewer.strip() else guessed(cells.rows)
    talks = dict.fromkeys(row.interview for row in cells)
    people: list[Person] = []
    unnamed = 0
    for talk in talks:
        rows = [row for row in cells if row.interview == talk]
        if all(row.speaker is None for row in rows):
            people.append((talk, ""))
            continue
        people += [(talk, row.speaker) for row in rows if row.speaker is not None and row.speaker not in asking]
        unnamed += sum(row.utterances for row in rows if row.speaker is None)
    if not people:
        raise TooFewError(f"Only those who ask speak in {many(len(talks), 'interview')}; name another interviewer.")
    doubts = [] if interviewer.strip() else uncertain(cells.rows, asking, how)
    return Speakers(tuple(people), tuple(asking), how, tuple(doubts), unnamed, cells.sql)


def named(cells: Cells, interviewer: str) -> Sequence[str]:
    """Return the interviewers that were named."""
    known = {row.speaker for row in cells if row.speaker is not None}
    names = [name.strip() for name in interviewer.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise SettingError(
                f"No speaker is called '{name}' in the interviews, which have {many(len(known), 'speaker')}."
                f"{nearest(name, known)} Leave it empty to have the interviewer found."
            )
    return names


def guessed(rows: Rows) -> tuple[list[str], str]:
    """Return those who ask, and how that was told: by their label, by the others' labels, by being in most."""
    spoken = [row for row in rows if row.speaker is not None]
    asking, how = sorted({row.speaker for row in spoken if asks(row.speaker)}), []
    if asking:
        how.append("by their label")
    left = without(spoken, asking)
    beside = sorted(facing(left))
    if beside:
        how.append("beside those labelled as asked")
    left = without(left, beside)
    often = most([row for row in left if not answers(row.speaker)])
    if often:
        how.append("in most interviews")
    return list(dict.fromkeys([*asking, *beside, *often])), ", ".join(how)


def without(rows: Rows, asking: Sequence[str]) -> Rows:
    """Keep the interviews in which nobody of those who ask speaks."""
    done = {row.interview for row in rows if row.speaker in asking}
    return [row for row in rows if row.interview not in done]


def facing(rows: Rows) -> set[str]:
    """Return who is alone with people labelled as those asked, and asks more of what they say than those do."""
    found: set[str] = set()
    for talk in {row.interview for row in rows}:
        asked = [row for row in rows if row.interview == talk and answers(row.speaker)]
        others = [row for row in rows if row.interview == talk and not answers(row.speaker)]
        if asked and len(others) == 1 and share(others) > share(asked):
            found.add(others[0].speaker)
    return found


def most(rows: Rows) -> list[str]:
    """Return the speaker who is in most interviews, none if nobody is in two.

    Of several the one with the largest share of utterances that are questions, all if they tie there too.
    """
    count = Counter(row.speaker for row in rows)
    highest = max(count.values(), default=0)
    if highest < 2:
        return []
    shares = {name: share([row for row in rows if row.speaker == name]) for name, n in count.items() if n == highest}
    return sorted(name for name, part in shares.items() if part == max(shares.values()))


def share(rows: Rows) -> float:
    """Return the share of utterances that are questions."""
    return sum(row.questions for row in rows) / sum(row.utterances for row in rows)


def uncertain(rows: Rows, asking: Sequence[str], how: str) -> list[str]:
    """Say what to doubt of a guess."""
    if not asking:
        return [
            "No speaker is in more than one interview or labelled as the interviewer, so nobody is taken for the "
            "interviewer and all words count. Name the interviewer."
        ]
    said: list[str] = []
    if how == "in most interviews" and len(asking) > 1:
        said.append(
            f"{len(asking)} speakers are in equally many interviews, and all are taken for those who ask. Name the "
            "interviewer if that is wrong."
        )
    spoken = [row for row in rows if row.speaker is not None]
    alone = Counter(row.interview for row in without(spoken, asking))
    several = sum(count > 1 for count in alone.values())
    if several:
        said.append(f"In {many(several, 'interview')} nobody is taken for the interviewer, so all words count there.")
    if asked_less(spoken, asking):
        said.append(
            f"Another speaker asks more questions than {', '.join(asking)}, taken for the interviewer. Name the "
            "interviewer if that is wrong."
        )
    return said


def asked_less(rows: Rows, asking: Sequence[str]) -> bool:
    """Whether somebody asks more questions than those who are taken to ask do in the same interviews."""
    for name in {row.speaker for row in rows} - set(asking):
        talks = {row.interview for row in rows if row.speaker == name}
        theirs = [row for row in rows if row.interview in talks and row.speaker in asking]
        own = sum(row.questions for row in rows if row.speaker == name)
        if theirs and own > sum(row.questions for row in theirs):
            return True
    return False

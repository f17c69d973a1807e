"""Who speaks in the interviews: participants, numbered, and who asks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.engine import Cells, sql
from pmlib.sources.contract import Interviews

Person = tuple[str, str]
"""Interview and speaker; the speaker is empty where the transcript names none."""


@dataclass(frozen=True)
class Speakers:
    """Participants by number, those who ask, and what could not be told."""

    participants: tuple[Person, ...]
    interviewers: tuple[str, ...]
    guessed: bool
    unnamed: int
    query: str

    def alias(self, person: Person) -> str:
        """Return what a participant is called: ``P3``."""
        return f"P{self.participants.index(person) + 1}"

    def aliases(self, interview: str) -> dict[str, str]:
        """Return what stands for each name in an interview: its own people first."""
        people = sorted(self.participants, key=lambda person: person[0] != interview)
        names = {person[1]: self.alias(person) for person in reversed(people) if person[1]}
        return dict.fromkeys(self.interviewers, "[interviewer]") | dict(reversed(names.items()))

    @property
    def cautions(self) -> list[str]:
        """Say what could not be told of who speaks."""
        said: list[str] = []
        if not self.interviewers:
            said.append(
                "No speaker is in more than one interview, so nobody is taken for the interviewer and all words "
                "count. Name the interviewer."
            )
        if self.guessed and len(self.interviewers) > 1:
            said.append(
                f"{len(self.interviewers)} speakers are in equally many interviews, and all are taken for those who "
                "ask. Name the interviewer if that is wrong."
            )
        if self.unnamed:
            said.append(f"{self.unnamed:,} utterances have no speaker; they are left out.")
        nameless = sum(not speaker for _, speaker in self.participants)
        if nameless:
            said.append(f"{nameless:,} interviews name no speaker; each counts as one participant, questions included.")
        twice = sum(count > 1 for name, count in Counter(name for _, name in self.participants).items() if name)
        if twice:
            said.append(f"{twice:,} names stand in several interviews; each interview counts as a participant.")
        return said


def speakers(interviews: Interviews, interviewer: str) -> Speakers:
    """Tell participants from those who ask.

    Parameters
    ----------
    interviewer
        Names parted by commas; ``""`` for the speaker who is in most interviews, two at least.

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
    asking = named(cells, interviewer) if interviewer.strip() else most(cells)
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
        raise TooFewError(f"Only those who ask speak in {len(talks):,} interviews; name another interviewer.")
    return Speakers(tuple(people), tuple(asking), not interviewer.strip(), unnamed, cells.sql)


def named(cells: Cells, interviewer: str) -> Sequence[str]:
    """Return the interviewers that were named."""
    known = {row.speaker for row in cells if row.speaker is not None}
    names = [name.strip() for name in interviewer.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise SettingError(
                f"No speaker is called '{name}' in the interviews, which have {len(known)} speakers."
                f"{nearest(name, known)} Leave it empty to take the speaker who is in most interviews."
            )
    return names


def most(cells: Cells) -> Sequence[str]:
    """Return the speaker who is in most interviews, several if they tie, none if nobody is in two."""
    count = Counter(row.speaker for row in cells if row.speaker is not None)
    highest = max(count.values(), default=0)
    return sorted(name for name, number in count.items() if number == highest) if highest > 1 else []

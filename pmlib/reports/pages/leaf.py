"""Everything one page says, before it is laid out for an audience."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.content import Content

Json = dict[str, Any]
Tone = Literal["good", "bad", "flat"]


@dataclass(frozen=True)
class Gate:
    """Something a pack asks of the data, and whether it holds.

    ``ok`` is ``None`` where it could not be judged. ``misleads`` says that the page's numbers must not be read as
    usual where the gate fails: the headline then gives way to ``text``, and the cards carry no change.
    """

    name: str
    ok: bool | None
    text: str
    misleads: bool = False


@dataclass(frozen=True)
class Change:
    """A number that is not what it was at the last good run: ``text`` is a whole sentence."""

    id: str
    label: str
    before: str
    now: str
    text: str
    tone: Tone = "flat"


@dataclass(frozen=True)
class Changes:
    """What changed since the last good run with an earlier day, the weightiest first, and what was revised.

    ``held`` says that the numbers were not compared, because a gate says that those of this run mislead.
    """

    since: date | None = None
    moved: tuple[Change, ...] = ()
    revised: tuple[Change, ...] = ()
    held: bool = False

    @property
    def sentences(self) -> list[str]:
        """All of them in the order of their weight, a sentence each."""
        return [one.text for one in (*self.moved, *self.revised)]


@dataclass(frozen=True)
class Decision:
    """A decision from an owner's note: what, who, when, and what happened since, a sentence each."""

    text: str
    owner: str
    day: date
    since: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notes:
    """What owners wrote for this page, as safe HTML, and what was decided before."""

    html: str = ""
    decided: tuple[Decision, ...] = ()
    before: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Leaf:
    """A page's content with what surrounds it; masked and without small groups before it comes here."""

    job: Job
    content: Content
    title: str
    as_of: date
    facts: Json
    why: str = ""
    gates: tuple[Gate, ...] = ()
    changes: Changes = field(default_factory=Changes)
    notes: Notes = field(default_factory=Notes)

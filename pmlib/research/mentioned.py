"""What participants of interviews bring up, counted by participant."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pmlib.core import Estimate, Finding, Kpi, Unit, unanswered
from pmlib.core.masking import masked, renamed, renamed_title
from pmlib.core.words import many
from pmlib.engine import sql
from pmlib.research.speakers import Person, Speakers, speakers
from pmlib.research.themes import Theme, load_themes
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Interviews
from pmlib.stats import share

PER_CENT_FROM = 20
"""Below this many participants no percentage is printed."""
LONGEST = 280


@dataclass(frozen=True)
class Mention:
    """A theme, the participants who mention it, and one of their sentences."""

    theme: Theme
    count: Estimate
    quote: str
    source: str

    @property
    def hits(self) -> int:
        """How many participants mention it."""
        return round(self.count.value or 0)

    @property
    def words(self) -> str:
        """``8 of 12``."""
        return f"{self.hits} of {self.count.n}"


def mentions(
    interviews: Interviews, *, themes: str | Path | Mapping[str, object], interviewer: str = "", seed: int = 1
) -> Finding:
    """Tell how many participants bring up each theme, with a quote for each.

    Parameters
    ----------
    interviews
        The transcripts.
    themes
        A TOML file with a table a theme: ``name`` and ``terms``, whole words whatever their case.
    interviewer
        Who asks, names parted by commas; their words do not count. By default who is labelled
        as the one who asks, else the speaker who is in most interviews.
    seed
        Another seed draws other quotes.

    Returns
    -------
    Finding
        Participants, not mentions: someone who says it five times counts once. Quotes are word for word from the
        transcript, people's names and contact data masked.

    Raises
    ------
    InputError, SettingError
        If the themes cannot be read, or a named interviewer does not speak.
    TooFewError
        If no participant speaks.
    """
    question = "What do people bring up in interviews?"
    if not themes:
        return unanswered("interviews-themes", question, "No themes were given")
    if not interviews.query("SELECT 1 FROM utterances LIMIT 1").rows:
        return unanswered("interviews-themes", question, "No interviews were given")
    wanted = load_themes(themes)
    people = speakers(interviews, interviewer)
    talks = len({person[0] for person in people.participants})
    cells = interviews.query(
        sql(__package__ or "", "mentions.sql"),
        themes=[theme.key for theme in wanted],
        patterns=[theme.pattern for theme in wanted],
        any_theme="|".join(theme.pattern for theme in wanted),
        interviewers=list(people.interviewers),
        seed=seed,
    )
    found = counted(wanted, [row for row in cells if (row.interview, row.speaker) in people.participants], people)
    n = len(people.participants)
    headline = sentence(found, n)
    cautions = list(people.cautions)
    if n < PER_CENT_FROM:
        show = "participant shows" if n == 1 else "participants show"
        cautions.append(f"{n} {show} what there is, not how common it is: near counts may swap places.")
    cautions.append("A theme is found by its words alone; what is said in other words is missed.")
    asks = ", ".join(people.interviewers)
    left = f"words of {asks} left out" if asks else "nobody's words left out"
    how = f" ({people.how})" if people.how else ""
    return Finding(
        id="interview-themes",
        question="What do people bring up in interviews?",
        headline=headline,
        estimates=tuple(one.count for one in found),
        table=rows(found, n),
        figure=chart(found, n, headline),
        cautions=tuple(cautions),
        definition=(
            f"{many(n, 'participant')} of {many(talks, 'interview')}, each counted once a theme; {left}{how}; "
            f"quotes drawn by chance with seed {seed}, word for word but for masked names and contact data."
        ),
        query=f"{people.query}\n\n{cells.sql}",
        action=follow_up(found[0], n),
        kpi=Kpi(replace(found[0].count, label=f"Mention {found[0].theme.name}, of {found[0].count.n}"), better=""),
    )


def counted(themes: Sequence[Theme], rows: Sequence[Any], people: Speakers) -> list[Mention]:
    """Count participants a theme, most first, and choose a quote each from as many people as can be."""
    n, used = len(people.participants), Counter[Person]()
    by_theme = {theme.key: [row for row in rows if row.theme == theme.key] for theme in themes}
    found = []
    for theme in sorted(themes, key=lambda theme: -len(by_theme[theme.key])):
        hits = by_theme[theme.key]
        part = share(len(hits), n)
        count = Estimate(
            theme.name,
            len(hits),
            None if part.low is None else part.low * n,
            None if part.high is None else part.high * n,
            Unit.COUNT,
            n,
            "Wilson score interval for a share, times the participants",
        )
        if not hits:
            found.append(Mention(theme, count, "", ""))
            continue
        row = min(hits, key=lambda row: used[row.interview, row.speaker])
        used[row.interview, row.speaker] += 1
        names = people.aliases(row.interview)
        quote = masked(renamed(excerpt(row.text, theme), names))
        source = (
            f"{people.alias((row.interview, row.speaker))}, {renamed_title(row.interview, names)}, {where(row, theme)}"
        )
        found.append(Mention(theme, count, quote, source))
    return found


def where(row: Any, theme: Theme) -> str:
    """Say where in an interview a theme's word falls: its time, or the number of the utterance."""
    match = theme.find(row.text)
    place = 0 if match is None else len(row.texts) - 1
    reached = 0
    for number, text in enumerate(row.texts):
        reached += len(text) + 1
        if match is not None and match.start() < reached:
            place = number
            break
    start = row.starts[place]
    return clock(start) if start is not None else f"utterance {row.utterances[place]}"


def excerpt(text: str, theme: Theme) -> str:
    """Return a text, or where it is long the sentences around the theme's word; what is cut is marked."""
    match = theme.find(text)
    if len(text) <= LONGEST or match is None:
        return text
    ends = [0, *(found.end() for found in re.finditer(r"[.!?…]\s+", text)), len(text)]
    start = max(end for end in ends if end <= match.start())
    stop = min(end for end in ends if end >= match.end())
    for end in ends:
        if stop < end <= start + LONGEST:
            stop = end
    if stop - start > LONGEST:
        reach = (LONGEST - (match.end() - match.start())) // 2
        start, stop = max(start, match.start() - reach), min(stop, match.end() + reach)
        start = text.find(" ", start, match.start()) + 1 or start
        stop = text.rfind(" ", match.end(), stop) if stop < len(text) and " " in text[match.end() : stop] else stop
    cut = text[start:stop].strip()
    return f"{'… ' if start else ''}{cut}{' …' if stop < len(text) else ''}"


def clock(seconds: float) -> str:
    """Write a time in a recording.

    Examples
    --------
    >>> clock(761.4), clock(3725)
    ('12:41', '1:02:05')
    """
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def sentence(found: Sequence[Mention], n: int) -> str:
    """Say what most participants mention."""
    first, *rest = found
    people = "participant" if n == 1 else "participants"
    if not first.hits:
        who = f"None of {n} participants mentions any" if n > 1 else "The one participant mentions none"
        return f"{who} of the {many(len(found), 'theme')}."
    equal = [one.theme.name for one in found if one.hits == first.hits]
    if len(equal) > 1:
        names = " and ".join([", ".join(equal[:-1]), equal[-1]])
        return f"{names} come up most, each with {first.words} {people}."
    head = f"{first.theme.name} comes up most, with {first.words} {people}"
    return f"{head}; {rest[0].theme.name} follows with {rest[0].words}." if rest and rest[0].hits else f"{head}."


def follow_up(first: Mention, n: int) -> str:
    """Say what a theme of half the participants or more asks for."""
    if n >= PER_CENT_FROM or 2 * first.hits < n:
        return ""
    return (
        f"Ask in the next survey how many have met '{first.theme.name}'; {n} interviews cannot tell how common it is."
    )


def rows(found: Sequence[Mention], n: int) -> Table:
    """List the themes: participants, a quote, where it was said."""
    columns = ["theme", Column("participants", Unit.COUNT), Column("of", Unit.COUNT), "95% interval"]
    columns += [Column("share", Unit.SHARE)] if n >= PER_CENT_FROM else []
    lines = []
    for one in found:
        cell = one.count.range.removeprefix("95% interval ")
        part = [one.hits / n] if n >= PER_CENT_FROM else []
        lines.append([one.theme.name, one.hits, n, cell, *part, one.quote, one.source])
    # Who said it goes wherever the words go: an audience without quotes sees neither.
    spoken = [Column("in their words", Unit.QUOTE), Column("who and where", Unit.QUOTE)]
    return table([*columns, *spoken], lines, size="participants")


def chart(found: Sequence[Mention], n: int, headline: str) -> Chart:
    """Draw participants a theme with the range that chance leaves."""
    counts = [one.count for one in found]
    caption = f"Participants who mention a theme, of {n}, with the 95% interval for {n} people like them."
    marks = Series(
        "participants",
        tuple(one.theme.name for one in found),
        tuple(one.value for one in counts),
        tuple(one.low for one in counts),
        tuple(one.high for one in counts),
        text=tuple(one.words for one in found),
    )
    return intervals([marks], unit=Unit.COUNT, description=f"{caption} {headline}", caption=caption, from_zero=True)

"""Read who said what from a transcript's text: WebVTT, and lines of ``Speaker: text``."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from pmlib.core import InputError

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
TIME = r"(?:(?P<{0}h>\d{{1,3}}):)?(?P<{0}m>[0-5]?\d):(?P<{0}s>[0-5]\d\.\d{{1,3}})"
ARROW = re.compile(rf"\s*{TIME.format('a')}\s*-->\s*{TIME.format('b')}(?:\s.*)?", re.DOTALL)
SRT_ARROW = re.compile(r"\d+:\d+:\d+,\d+\s*-->")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:[ \t]+(?P<name>[^>]*))?>|(?P<end></v>)")
TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>")
CLOCK = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:\.\d+)?"
STAMP = re.compile(rf"\s*(?P<open>\\?[\[(])?(?P<time>{CLOCK})(?(open)\\?[\])]|(?=\s))\s*[-–]?\s*")
NAMED = re.compile(r"\s*(?P<name>[^\s:][^:\r\n]{0,59}?)\s*:(?=\s|\Z)\s*")
BOLD = re.compile(r"\s*(?:[-*] )?(?P<mark>\*\*|__)(?P<name>[^*_:\r\n]{1,60}?)\s*(?::(?P=mark)|(?P=mark)\s*:)\s*")
PARTICLES = frozenset({"and", "da", "de", "del", "der", "di", "dos", "du", "el", "la", "of", "the", "van", "von", "zu"})
NO_NAME = re.compile(
    "also|and|answer|because|but|example|first|hence|hm|https?|idea|it|like|mean|mhm|namely|note?s?|now|ok|okay|one|or|"
    "p[.]?s|problem|question|right|say|second|so|still|summary|then|third|thus|today|update|well|yeah|yes|i",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """A stretch of speech: ``source[c0:c1]`` is what stands in the file, ``text`` how it reads."""

    speaker: str | None
    t0: float | None
    t1: float | None
    text: str
    c0: int
    c1: int


@dataclass
class Transcript:
    """What a text holds, and what could not be taken from it, by reason."""

    said: list[Said] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Line:
    """A line without its end, and where it begins."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the line ends."""
        return self.start + len(self.text)


def webvtt(source: str, name: str) -> Transcript:
    """Read WebVTT as Zoom (``Ada Byron: text``) and Teams (``<v Ada Byron>text</v>``) write it.

    Parameters
    ----------
    source
        The whole text; offsets count its characters.
    name
        The file's name, for messages.

    Raises
    ------
    InputError
        If the text does not begin as WebVTT does.
    """
    if not re.match(r"WEBVTT(?=\s|\Z)", source):
        raise InputError(
            f"{name} does not begin with the line WEBVTT, as a WebVTT transcript does. Export it again as VTT, or add "
            "that line if only it was lost."
        )
    found = Transcript()
    cues: list[tuple[float, float, int, int]] = []
    for block in blocks(source):
        head = block[0].text
        if "-->" not in head and re.match(r"WEBVTT|(NOTE|STYLE|REGION)(?=\s|\Z)", head):
            continue
        arrow = next((place for place, line in enumerate(block[:2]) if "-->" in line.text), None)
        times = ARROW.fullmatch(block[arrow].text) if arrow is not None else None
        if arrow is None and all(line.text.strip().isdigit() for line in block):
            continue
        if arrow is None or times is None or seconds(times, "b") < seconds(times, "a"):
            found.dropped["unparseable"] += 1
        elif arrow + 1 == len(block):
            found.dropped["empty"] += 1
        else:
            cues.append((seconds(times, "a"), seconds(times, "b"), block[arrow + 1].start, block[-1].end))
    names = speakers(source[start:end] for _, _, start, end in cues)
    for t0, t1, start, end in cues:
        for speaker, c0, c1 in voices(source, start, end, names):
            keep(found, source, speaker, t0, t1, c0, c1)
    return found


def dialogue(source: str, name: str) -> Transcript:
    """Read lines of ``Speaker: text`` or ``**Speaker:** text``; a paragraph without a name goes on with the speaker.

    A time such as ``[03:32]`` at the start of a paragraph becomes its time.

    Raises
    ------
    InputError
        If no line names a speaker.
    """
    paragraphs: list[tuple[int, int]] = []
    bare = speakers(STAMP.sub("", line.text, count=1) for line in lines(source))
    for block in blocks(source):
        start = block[0].start
        for line in block[1:]:
            if named(line.text, bare) is not None:
                paragraphs.append((start, line.start))
                start = line.start
        paragraphs.append((start, block[-1].end))
    found = Transcript()
    speaker: str | None = None
    for start, end in paragraphs:
        piece = source[start:end]
        hit = named(piece, bare)
        if hit is not None:
            speaker, offset, t0 = hit
        else:
            t0, offset = stamp(piece)
        if speaker is None or re.match(r"\s*(#{1,6}\s|-{3,}\s*\Z)", piece):
            found.dropped["heading" if speaker else "before the first speaker"] += 1
            continue
        if t0 is None:
            t0, more = stamp(piece[offset:])
            offset += more
        keep(found, source, speaker, t0, None, start + offset, end)
    if not found.said:
        raise InputError(
            f"{name} has no line such as 'Ada: I could not find it'. Write each turn as 'Speaker: text', or export the "
            "transcript as WebVTT (.vtt)."
        )
    return found


def keep(
    found: Transcript, source: str, speaker: str | None, t0: float | None, t1: float | None, c0: int, c1: int
) -> None:
    """Add a stretch of speech without the blanks around it, or count it as empty."""
    raw = source[c0:c1]
    c0, c1 = c0 + len(raw) - len(raw.lstrip()), c1 - len(raw) + len(raw.rstrip())
    text = clean(source[c0:c1]) if c0 < c1 else ""
    if text:
        found.said.append(Said(speaker, t0, t1, text, c0, c1))
    else:
        found.dropped["empty"] += 1


def clean(raw: str) -> str:
    """Return speech as it reads: no tags, entities resolved, one line."""
    return " ".join(unescape(TAG.sub("", raw)).split())


def lines(source: str) -> Iterator[Line]:
    """Yield the lines of a text, whatever ends them."""
    for hit in LINE.finditer(source):
        if hit.group():
            yield Line(hit.group().rstrip("\r\n"), hit.start())


def blocks(source: str) -> Iterator[list[Line]]:
    """Yield runs of lines that no blank line parts; a second time line begins a block of its own."""
    block: list[Line] = []
    for line in lines(source):
        if not line.text.strip():
            if block:
                yield block
            block = []
            continue
        if "-->" in line.text and any("-->" in earlier.text for earlier in block):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def voices(source: str, start: int, end: int, names: frozenset[str]) -> Iterator[tuple[str | None, int, int]]:
    """Yield each voice of a cue: its name and where its words lie."""
    marks = list(VOICE.finditer(source, start, end))
    if not marks:
        hit = NAMED.match(source, start, end)
        name = clean(hit["name"]) if hit else ""
        yield (name, hit.end(), end) if hit and name in names else (None, start, end)
        return
    if clean(source[start : marks[0].start()]):
        yield None, start, marks[0].start()
    for place, mark in enumerate(marks):
        stop = marks[place + 1].start() if place + 1 < len(marks) else end
        if not mark["end"]:
            yield clean(mark["name"] or "") or None, mark.end(), stop
        elif clean(source[mark.end() : stop]):
            yield None, mark.end(), stop


def named(piece: str, bare: frozenset[str]) -> tuple[str, int, float | None] | None:
    """Return the speaker a paragraph begins with, where the words start, and the time before the name."""
    t0, offset = stamp(piece)
    if hit := BOLD.match(piece, offset):
        return clean(hit["name"]), hit.end(), t0
    if (hit := NAMED.match(piece, offset)) and clean(hit["name"]) in bare:
        return clean(hit["name"]), hit.end(), t0
    return None


def speakers(texts: Iterator[str]) -> frozenset[str]:
    """Return what stands before a colon and is a name: it reads like one, or opens several turns."""
    counts = Counter(clean(hit["name"]) for text in texts if (hit := NAMED.match(text)))
    return frozenset(name for name, count in counts.items() if speaks(name, count))


def speaks(name: str, count: int) -> bool:
    """Whether words before a colon name a speaker.

    Examples
    --------
    >>> [speaks(words, 1) for words in ("Ada Byron", "nixo", "Jo (Besu)", "10", "So here is the thing", "https")]
    [True, True, True, False, False, False]
    """
    words = re.sub(r"[(\[|].*", "", name).split() or name.split()
    if not any(sign.isalpha() for sign in name) or len(words) > 6 or NO_NAME.fullmatch(name):
        return False
    if re.search(r"[?!;\"“”]|[a-z]{4,}[.,] |^[#>*-]|//", name):
        return False
    like = len(words) == 1 or all(not word[0].islower() or word in PARTICLES for word in words)
    return like or count > 2


def stamp(piece: str) -> tuple[float | None, int]:
    """Return the time a paragraph begins with, in seconds, and where it ends."""
    hit = STAMP.match(piece)
    if not hit:
        return None, 0
    total = 0.0
    for part in hit["time"].split(":"):
        total = total * 60 + float(part)
    return total, hit.end()


def seconds(times: re.Match[str], side: str) -> float:
    """Return one time of a cue in seconds."""
    whole = int(times[f"{side}h"] or 0) * 3600 + int(times[f"{side}m"]) * 60
    return round(whole + float(times[f"{side}s"]), 3)

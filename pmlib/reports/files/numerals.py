"""Numbers in running text: each as it is written, how it may be read, and what is no number to check."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["plain", "percent", "points"]

MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|mai|okt|dez|januar[y]?|februar[y]?|märz|march|april|june|"
    r"juni|july|juli|august|september|o[ck]tober|november|de[cz]ember)\.?"
)
DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
REFERRED = (
    r"(?:pages?|pp?\.|figures?|fig\.|tables?|slides?|sections?|chapters?|steps?|appendix|items?|lines?|notes?|no\.|"
    r"version|python|week|day|month|quarter|sprint|phase|part|level|tier|round|wave|option|question|seed|seite|kw)"
)
SPARED = [
    r"\b\w+://\S+|\bwww\.\S+|\S+@\S+\.\w+",
    r"\b\d{4}-\d{2}(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b|\b\d{1,2}([./])\d{1,2}\1(?:\d{4}|\d{2})\b",
    rf"\b{DAY}(?:\s*(?:to|and|bis|[-–])\s*{DAY})?\s+(?:of\s+)?{MONTH}(?:\s+\d{{4}})?\b",
    rf"\b{MONTH}\s+{DAY}(?:\s*[-–]\s*{DAY})?(?:,?\s+(?:19|20)\d\d)?\b(?!\s*%|[.,]\d)|\b{MONTH}\s+(?:19|20)\d\d\b",
    r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d+(?:st|nd|rd|th)\b|\[\^?\d+\]|\b24/7\b",
    r"\b(?!\d{1,3}(?:\.\d{3})+(?:,\d+)?(?![\d.]))\d+(?:\.\d+){2,}\b",
    rf"(?:\b{REFERRED}|#|№)\s*\d+(?:\.\d+)*(?![\d.,]*\s*%)\b",
    r"(?<!\w)(?!(?:EUR|USD|GBP|CHF)\d)[A-Za-z_][\w]*[-‑'’]?\d[\w.]*",
    r"\b\d+(?:\.\d+)?\s?%[-\s]*(?:confidence|interval|ci\b|credible|prediction|konfidenz|ki\b)",
    r"\b(?:confidence|ci|konfidenzintervall)\s*(?:of|von|at)?\s*9[059](?:\.\d)?\s?%",
]
"""Dates, times, addresses, versions, ordinals, references, names with digits, and the level of an interval."""
NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)%])[-−–+])?(?P<before>(?:EUR|USD|GBP|CHF|[€$£¥])\s?)?"
    r"(?P<digits>\d{1,3}(?:[.,'’\u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    r"(?![\d])(?P<scale>\s?(?:thousand|tausend|tsd\.?|million(?:s|en)?|mio\.?|billion(?:s)?|mrd\.?|bn|mn|(?-i:[kKMB])|(?-i:(?<=\d)m))(?![\w]))?"
    r"(?P<unit>\s?(?:(?:%|percentage|percent|per\scent|prozent)?[-\s]?(?:points?|pts?|pp|ppt|punkten?)(?!\w)"
    r"|(?:bps|basis\spoints)(?!\w)|%|(?:percent|per\scent|pct|prozent)(?!\w)))?",
    re.IGNORECASE,
)
SCALES = {"k": 1e3, "th": 1e3, "ta": 1e3, "ts": 1e3, "m": 1e6, "mi": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "bi": 1e9}
SCALES |= {"mr": 1e9}
PAIR = re.compile(r"\s*(?:/|(?:out\s)?of|von)\s*(?:the\s)?", re.IGNORECASE)
SPAN = re.compile(r"\s*(?:-|–|to|bis)\s*", re.IGNORECASE)
BOTH, BETWEEN = re.compile(r"\s+(?:and|und)\s+", re.I), re.compile(r"\b(?:between|zwischen)\s+$", re.I)
YEARLY = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Reading:
    """A way to read a number: its value, and what one step of its last digit is worth."""

    value: float
    step: float


@dataclass(frozen=True)
class Number:
    """A number as it is written.

    Parameters
    ----------
    readings
        How it may be read, the likeliest first: ``1.204`` is 1.204, or 1,204 where a comma marks decimals.
    sign
        -1 or 1 where it is written, else 0.
    of
        The whole where it is a part, as in ``8 of 12``.
    year
        Whether it may be no more than a year.
    parts
        The part and the whole, each by itself.
    """

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    kind: Kind = "plain"
    sign: int = 0
    of: float | None = None
    year: bool = False
    parts: tuple["Number", ...] = ()

    @property
    def digits(self) -> int:
        """How many digits tell it from others: zeros at its ends do not."""
        shown = re.sub(r"\D", "", self.text.split(" of ")[0])
        return len(shown.strip("0")) or 1


def numbers(text: str, *, comma: bool = False) -> list[Number]:
    """Find the numbers of a text that can be checked.

    Parameters
    ----------
    comma
        Whether the text writes decimals with a comma.

    Examples
    --------
    >>> [(one.text, one.kind) for one in numbers("In Q3, 8 of 12 said so; 35.1 % (95% interval 34.2–36.5%).")]
    [('8 of 12', 'plain'), ('35.1 %', 'percent'), ('34.2', 'percent'), ('36.5%', 'percent')]
    >>> [one.readings[0].value for one in numbers("46.3k, 1.2 million, −2.6 points")]
    [46300.0, 1200000.0, -2.6]
    """
    spared = blanked(text)
    found = [number_of(match, comma) for match in NUMBER.finditer(spared)]
    found = [one for one in found if not joined(spared, one)]
    return list(paired(spared, [shared(spared, one, found[i + 1 : i + 2]) for i, one in enumerate(found)]))


def blanked(text: str) -> str:
    """Put spaces in the place of what is no number to check."""
    for pattern in SPARED:
        text = re.sub(pattern, lambda match: " " * len(match.group()), text, flags=re.IGNORECASE)
    return text


def commas(text: str) -> bool:
    """Tell whether a text writes decimals with a comma, by its numbers that can be read in one way only."""
    found = [match["digits"] for match in NUMBER.finditer(blanked(text))]
    comma = sum(bool(re.search(r",(?:\d{1,2}|\d{4,})$", one)) or one.count(".") > 1 for one in found)
    point = sum(bool(re.search(r"\.(?:\d{1,2}|\d{4,})$", one)) or one.count(",") > 1 for one in found)
    return comma > point


def joined(text: str, one: Number) -> bool:
    """Whether digits are part of a word, such as ``3D``, and so no number."""
    after = text[one.end : one.end + 1]
    return (
        (after.isalpha() and after not in "x×")
        or after == "_"
        or text[max(one.start - 1, 0) : one.start] in {"_", "\\"}
    )


def number_of(match: re.Match[str], comma: bool) -> Number:
    """Read a match."""
    scale = SCALES[head(match["scale"])] if match["scale"] else 1.0
    unit = (match["unit"] or "").strip().casefold()
    kind: Kind = "plain" if not unit else "points" if re.search(r"p(oin)?ts?|pp|punkt|bps", unit) else "percent"
    if "bps" in unit or "basis" in unit:
        scale /= 100
    sign = {"": 0, "+": 1}.get(match["sign"] or "", -1)
    readings = tuple(
        Reading((-1 if sign < 0 else 1) * value * scale, step * scale) for value, step in read(match["digits"], comma)
    )
    bare = not (match["scale"] or unit or match["before"] or sign)
    year = bool(bare and YEARLY.fullmatch(match["digits"]))
    return Number(match.group().strip(), match.start(), match.end(), readings, kind, sign, year=year)


def head(word: str) -> str:
    """Return the letters that tell how large a word makes a number."""
    word = word.strip().casefold()
    return word if word in {"k", "m", "b", "bn", "mn"} else word[:2]


def read(digits: str, comma: bool) -> list[tuple[float, float]]:
    """Return the values of digits with their steps; two where a sign may part thousands or decimals."""
    plain = re.sub(r"['’\u00a0\u202f\u2009]", "", digits)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return [(float(plain), 1.0)]
    last = marks[-1]
    whole, _, rest = plain.rpartition(last)
    parted = float(re.sub(r"[.,]", "", plain)), 1.0
    decimal = float(f"{re.sub(r'[.,]', '', whole)}.{rest}"), 10.0 ** -len(rest)
    if len(set(marks)) > 1:
        return [decimal]
    if len(marks) > 1:
        return [parted]
    if len(rest) != 3 or whole == "0" or len(whole) > 3:
        return [decimal]
    return [decimal, parted] if (last == ",") == comma else [parted, decimal]


def shared(text: str, one: Number, after: list[Number]) -> Number:
    """Give the first number of a span the unit that stands at the second, as in ``34.2–36.5%``."""
    if one.kind != "plain" or not after or after[0].kind == "plain" or one.year:
        return one
    gap = text[one.end : after[0].start]
    both = BOTH.fullmatch(gap) and BETWEEN.search(text[: one.start])
    return replace(one, kind=after[0].kind) if both or SPAN.fullmatch(gap) else one


def paired(text: str, found: list[Number]) -> Iterator[Number]:
    """Join a part with its whole, as in ``8 of 12``."""
    i = 0
    while i < len(found):
        one, after = found[i], found[i + 1] if i + 1 < len(found) else None
        between = text[one.end : after.start] if after else ""
        whole = after.readings[0].value if after else 0.0
        if after and one.kind == after.kind == "plain" and PAIR.fullmatch(between) and one.readings[0].value <= whole:
            words = f"{one.text} of {after.text}"
            yield replace(one, text=words, end=after.end, of=whole, year=False, parts=(one, after))
            i += 2
            continue
        yield one
        i += 1

"""Paper: marks and words become the text of an SVG, every word measured, kept inside and escaped.

An SVG is text, so that no library draws it: matplotlib would cost a second of import and tens of megabytes, and would
turn the words into outlines.
"""

import math
import re
import unicodedata
from html import escape

from pmlib.show import theme
from pmlib.show.shapes import NOTHING

PAD = 4.0
SMALL = 480
"""Widths below this are drawn for a phone."""
STEPS = 9
"""Grounds of a heat map's cells; few enough for a class each, so that they turn dark with the page."""

# Upper bounds of the letters of the widest face in theme.FONT that is met in practice (Inter), in parts of the size.
LETTERS = {
    **dict.fromkeys(" !,.:;'ijlI·", 0.29),
    **dict.fromkeys('"()[]{}/\\|frt', 0.4),
    **dict.fromkeys("*-1^_`acksvxyz?L–", 0.57),
    **dict.fromkeys("%CDGHNOQUVw", 0.83),
    **dict.fromkeys("MWm@—…", 0.96),
    **dict.fromkeys("‰①★", 1.4),
}
OTHER = 0.67
BOLD = 1.06
DOTS = {"solid": "", "dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "12 4", "longdashdot": "12 3 2 3"}

CLASSES = {
    theme.INK: "ink",
    theme.MUTE: "mute",
    theme.FAINT: "faint",
    theme.GROUND: "ground",
    theme.BEFORE: "before",
    **{colour: f"s{place}" for place, colour in enumerate(theme.SERIES)},
    theme.CELL: "cell",
    **{theme.ramp(step / (STEPS - 1)): f"r{step}" for step in range(STEPS)},
}
"""What each colour is called in the page's style, where it turns dark."""


class Paper:
    """A sheet ``width`` wide that collects marks; ``svg()`` closes it at the height it needed."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.small = width < SMALL
        self.size = 12.0 if self.small else 13.0
        self.marks: list[str] = []

    def measure(self, words: str, *, bold: bool = False) -> float:
        """Return how wide words are at most, in units of the drawing."""
        return measure(words) * self.size * (BOLD if bold else 1.0)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: str = "start",
        colour: str = theme.MUTE,
        bold: bool = False,
        limit: float = math.inf,
        full: str = "",
    ) -> None:
        """Write one line with its middle at ``y``; what is too long is shortened and stands whole in a tooltip.

        ``full`` is the tooltip where it says more than the words.
        """
        full = spoken(full or words)
        room = {"start": self.width - PAD - x, "end": x - PAD}.get(anchor, self.width - 2 * PAD)
        line = shortened(spoken(words), min(limit, room) / self.size / (BOLD if bold else 1.0))
        if not line:
            return
        if anchor == "middle":
            half = self.measure(line, bold=bold) / 2
            x = min(max(x, PAD + half), self.width - PAD - half)
        look = "" if anchor == "start" else f' text-anchor="{anchor}"'
        look += "" if colour == theme.MUTE else f" {painted('f', colour)}"
        look += ' font-weight="600"' if bold else ""
        whole = f"<title>{xml(full)}</title>" if full != line else ""
        self.marks.append(f'<text x="{number(x)}" y="{number(y + self.size * 0.36)}"{look}>{whole}{xml(line)}</text>')

    def path(self, d: str, colour: str, *, width: float = 1.0, dash: str = "solid", about: str = "") -> None:
        """Draw a line along ``d``; ``about`` is its tooltip."""
        if d:
            dots = f' stroke-dasharray="{DOTS[dash]}"' if DOTS[dash] else ""
            look = f'{painted("k", colour)} fill="none" stroke-width="{number(width)}"{dots} stroke-linejoin="round"'
            self.marks.append(f'<path d="{d}" {look}{closed("path", about)}')

    def area(self, d: str, colour: str, *, opacity: float = 1.0, about: str = "") -> None:
        """Fill the area within ``d``."""
        if d:
            faint = "" if opacity == 1.0 else f' fill-opacity="{number(opacity)}"'
            self.marks.append(f'<path d="{d}" {painted("f", colour)}{faint}{closed("path", about)}')

    def dot(self, x: float, y: float, colour: str, *, form: int = 0, size: float = 5.0, about: str = "") -> None:
        """Draw a mark, a circle, diamond or square by ``form``, with a rim of the ground so that it stands off."""
        if form % 3 == 0:
            shape = f'circle cx="{number(x)}" cy="{number(y)}" r="{number(size)}"'
        else:
            corners = [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)] if form % 3 == 1 else BOX
            shape = f'path d="{drawn([(x + dx * size, y + dy * size) for dx, dy in corners])}Z"'
        rim = f'stroke="{theme.GROUND}" stroke-width="1.5"'
        look = f'class="f-{CLASSES[colour]} k-ground" fill="{colour}" {rim}'
        self.marks.append(f"<{shape} {look}{closed(shape.split()[0], about)}")

    def group(self, marks: list[str], look: str) -> None:
        """Add marks already written that share their looks."""
        self.marks.append(f"<g {look}>{''.join(marks)}</g>")

    def empty(self, description: str) -> str:
        """Return a drawing that says that there is nothing to draw."""
        self.text(self.width / 2, 40, NOTHING, anchor="middle")
        return self.svg(80, description)

    def svg(self, height: float, description: str) -> str:
        """Return the whole drawing."""
        box = f"{self.width} {number(math.ceil(height))}"
        size = f'width="{self.width}" height="{number(math.ceil(height))}"'
        face = theme.FONT.replace('"', "'")
        narrow = " small" if self.small else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="still{narrow}" viewBox="0 0 {box}" {size} role="img" '
            f'aria-label="{xml(spoken(description))}" direction="ltr" font-family="{face}" '
            f'font-size="{number(self.size)}" fill="{theme.MUTE}">'
            f'<path d="M0 0H{self.width}V{number(math.ceil(height))}H0Z" {painted("f", theme.GROUND)}/>'
            f"{''.join(self.marks)}</svg>"
        )


BOX = [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]


def painted(kind: str, colour: str) -> str:
    """Return a colour twice: as an attribute, for whoever shows the drawing alone, and as a class, for the page."""
    return f'class="{kind}-{CLASSES[colour]}" {"fill" if kind == "f" else "stroke"}="{colour}"'


def closed(name: str, about: str) -> str:
    """Return the end of an element, with its tooltip where it has one."""
    return f"><title>{xml(spoken(about))}</title></{name}>" if about else "/>"


def drawn(points: list[tuple[float, float]]) -> str:
    """Return the path through points."""
    return "".join(f"{'L' if place else 'M'}{number(x)} {number(y)}" for place, (x, y) in enumerate(points))


def number(value: float) -> str:
    """Write a coordinate, to a tenth of a unit.

    Examples
    --------
    >>> number(12.04), number(-0.01), number(7.25)
    ('12', '0', '7.2')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def xml(words: str) -> str:
    """Escape words for an element or an attribute."""
    return escape(words, quote=True)


def spoken(words: str) -> str:
    r"""Return words as one line without what XML forbids or what would turn the reading direction.

    Examples
    --------
    >>> spoken("a\x00b\n\u202ec")
    'ab c'
    """
    kept = (
        " " if sign.isspace() else sign
        for sign in words
        if sign.isspace() or (unicodedata.category(sign) not in {"Cc", "Cs", "Cn", "Co"} and sign not in TURNING)
    )
    return " ".join("".join(kept).split())


TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def measure(words: str) -> float:
    """Return how wide words are at most, in parts of the type's size.

    Examples
    --------
    >>> round(measure("Wil"), 2), measure("é") == measure("e"), round(measure("漢"), 2)
    (1.54, True, 1.1)
    """
    return sum(LETTERS.get(sign) or wide(sign) for sign in words)


def wide(sign: str) -> float:
    """Return the width of a sign that has none of its own in the table."""
    code = ord(sign)
    if code < 0x80:
        return OTHER
    if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0.0
    base = unicodedata.normalize("NFD", sign)[0]
    if ord(base) < 0x80:
        return LETTERS.get(base, OTHER)
    if 0xFDF0 <= code <= 0xFDFF or code in (0x2E3A, 0x2E3B):  # whole sentences and dashes drawn as one sign
        return 12.0
    if code < 0x590:
        return 1.1 if sign.isupper() or sign in "æœшщжюмфыњљ" else 0.7
    return 3.0 if 0x12000 <= code <= 0x12FFF else 1.1


def shortened(words: str, limit: float) -> str:
    """Cut words to a width in parts of the type's size, with an ellipsis; nothing where not even that fits.

    Examples
    --------
    >>> shortened("Splitting costs", 5), shortened("short", 9), shortened("x", 0.1)
    ('Splittin…', 'short', '')
    """
    if measure(words) <= limit + 1e-9:
        return words
    limit -= LETTERS["…"]
    if limit < 0:
        return ""
    kept = 0
    for sign in words:
        limit -= measure(sign)
        if limit < 0:
            break
        kept += 1
    return words[:kept].rstrip() + "…"


def wrapped(words: str, limit: float, lines: int = 2) -> list[str]:
    """Break words into at most ``lines`` lines of a width in parts of the type's size; the last is shortened.

    Examples
    --------
    >>> wrapped("Somewhat disappointed people", 8), wrapped("abc", 9)
    (['Somewhat', 'disappointed…'], ['abc'])
    """
    words = spoken(words)
    if measure(words) <= limit + 1e-9 or lines == 1:
        return [shortened(words, limit)]
    head, *rest = words.split(" ")
    while rest and measure(f"{head} {rest[0]}") <= limit:
        head += f" {rest.pop(0)}"
    if measure(head) > limit:  # one word longer than the line
        cut = next((place for place in range(len(head), -1, -1) if measure(head[:place]) <= limit), 0)
        if not cut:
            return []
        head, rest = head[:cut], [head[cut:], *rest]
    return [head, *(wrapped(" ".join(rest), limit, lines - 1) if rest else [])]


def broken(words: str, limit: float, lines: int) -> list[str]:
    """Break words into lines between words and after ``_``, ``/`` and ``-``; a part that is too long is shortened.

    Examples
    --------
    >>> broken("paid_search by mail", 6, 3), broken("newsletters", 4, 3)
    (['paid_', 'search by', 'mail'], ['newsl…'])
    """
    rows = [""]
    for part in re.findall(r"[^\s_/-]+[_/-]*\s*|[_/-]+\s*", spoken(words)):
        if rows[-1] and len(rows) < lines and measure((rows[-1] + part).rstrip()) > limit:
            rows.append(part)
        else:
            rows[-1] += part
    return [shortened(row.strip(), limit) for row in rows if row.strip()]

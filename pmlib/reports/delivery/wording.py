"""Users' text on its way into a message: one line, no hidden signs, no live link, no folder of this machine."""

import re
from unicodedata import category

from pmlib.core.masking import shareable

JOINER = "\N{WORD JOINER}"
HIDDEN = {"Cc", "Cs", "Co", "Cn"}
TURNS = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
"""Signs that turn the direction of writing and can make a text read as another."""
LIVE = re.compile(r"@(?=\w)|:(?=//)|\bwww(?=\.)|\](?=\()|(?<=\w)\.(?=[a-z]{2,}/)", re.IGNORECASE)


def line(text: str, most: int = 300) -> str:
    r"""Return a text as one clean line of at most ``most`` signs: fit for a header, a title, a sentence.

    Examples
    --------
    >>> line("Trends\r\nBcc: eve@example.org"), line("a" * 9, 5)
    ('Trends Bcc: eve@example.org', 'aaaa…')
    """
    spaced = (" " if sign.isspace() else sign for sign in text)
    kept = "".join(sign for sign in spaced if category(sign) not in HIDDEN and sign not in TURNS)
    whole = " ".join(kept.split())
    return whole if len(whole) <= most else f"{whole[: most - 1].rstrip()}…"


def inert(text: str) -> str:
    """Break what a mail or chat program would turn into a link or a mention, without changing how it reads.

    Examples
    --------
    >>> inert("@channel see https://evil.example").replace(JOINER, "|")
    '@|channel see https:|//evil.example'
    """
    return LIVE.sub(lambda found: found[0] + JOINER, text)


def reason(text: str) -> str:
    """Return why a report failed as others may read it: no folders of this machine, no contact data.

    Examples
    --------
    >>> reason("Cannot write to /srv/team/reports/a.html: row of ada@example.org")
    'Cannot write to a.html: row of [e-mail]'
    """
    return line(shareable(text), 500)

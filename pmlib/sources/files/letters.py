"""Which reading of bytes looks like writing: letters inside words and marks in their places, not odd signs."""

import re
from collections.abc import Iterator

from pmlib.core import InputError

ENCODINGS = ("utf-8", "utf-16", "cp1252", "mac-roman", "latin-1", "cp1250", "cp1251", "shift-jis", "gb18030")
EIGHT_BIT = ("cp1252", "mac-roman")
FOREIGN_WORD = re.compile(rb"[^\s,;|\"\t]*[\x80-\xff][^\s,;|\"\t]*")
MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
ALPHABETS = (
    "äöüß",
    "àâæçéèêëîïôœùûüÿ",
    "áéíóúüñ",
    "ãáâàçéêíóôõúü",
    "àèéìíòóùúïüç",
    "åæøéäöüšž",
    "áðéíóúýþæö",
    "éëïöüèêáó",
    "äõöüšž",
)
ALONE = frozenset("àéèóòùöåæøÀÉÖÅÆ")
OPENING = frozenset("“„«‹‚‘")
CLOSING = frozenset("”“»›’‘")
AFTER_WORD = frozenset("…™®³²ºª")
NEAR_NUMBER = frozenset("£¥¢½¼¾±×")
FREE = frozenset("\u00a0·•©§†€")
CONTRACTIONS = frozenset({"t", "s", "re", "ve", "ll", "m", "d"})


def chosen(name: str, words: list[bytes]) -> str:
    """Choose how the words of a file that is not UTF-8 are to be read.

    Parameters
    ----------
    name
        The file's name, for the message.
    words
        Its different words with bytes past ASCII, each with the sign before and after it.

    Raises
    ------
    InputError
        If the words are UTF-8 with damaged places, or neither reading is clearly the better one.
    """
    text = b"\n".join(words)
    valid = MULTIBYTE.findall(text)
    broken = re.sub(rb"[\x00-\x7f]", b"", MULTIBYTE.sub(b"", text))
    if len(valid) > len(broken):
        damaged = next(word for word in words if re.search(rb"[\x80-\xff]", MULTIBYTE.sub(b"", word)))
        raise InputError(
            f"{name} is UTF-8 with damaged places, such as '{damaged.decode('utf-8', 'backslashreplace').strip()}'. "
            "Export it again as UTF-8; if it is no UTF-8, set encoding."
        )
    if text.decode("cp1252", "replace") == text.decode("mac-roman"):
        return "cp1252"
    scores = {encoding: readable(text, encoding) for encoding in EIGHT_BIT}
    best, other = sorted(scores, key=lambda encoding: scores[encoding], reverse=True)
    if scores[best] < 0.3 or scores[best] - scores[other] < 0.5:
        sample = FOREIGN_WORD.findall(words[0])[0][:40]
        readings = " or ".join(f"'{sample.decode(code, 'backslashreplace')}' ({code})" for code in EIGHT_BIT)
        raise InputError(
            f"{name} is not UTF-8, and its encoding cannot be told: one word reads {readings}. Set encoding in the "
            f"TOML file that names the source ({', '.join(ENCODINGS)}), or export the file as UTF-8."
        )
    return best


def foreign_words(chunk: bytes) -> Iterator[bytes]:
    """Yield the words with bytes past ASCII, each with the sign before and after it."""
    for match in FOREIGN_WORD.finditer(chunk):
        yield chunk[max(match.start() - 1, 0) : match.end() + 1]


def readable(text: bytes, encoding: str) -> float:
    """Score a reading of the bytes; far below 0 where a byte has no meaning."""
    try:
        return plausibility(text.decode(encoding))
    except UnicodeDecodeError:
        return -9.0


def plausibility(text: str) -> float:
    """Score how much the characters past ASCII look like writing in a Western language.

    Returns
    -------
    float
        The mean over these characters: about 1 where every one is in its place, below 0 where most are odd.

    Examples
    --------
    >>> plausibility("a café in München") > 0.9, plausibility("a cafŽ in MŸnchen") < 0
    (True, True)
    """
    scores = [fit(text, place) for place, sign in enumerate(text) if ord(sign) > 127]
    return sum(scores) / len(scores) if scores else 1.0


def fit(text: str, place: int) -> float:
    """Score one character by its neighbours."""
    sign = text[place]
    before = text[place - 1] if place else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    if sign.isalpha() and sign not in "ﬁﬂƒπΩªºµ":
        return letter(text, place, before, after)
    if sign == "’" and before.isalpha() and after.isalpha():
        return 2.0 if run(text, place + 1) in CONTRACTIONS else 0.7
    if sign in "–—":
        return dash(text, place, before, after)
    near = any(other.isdigit() for other in text[max(place - 2, 0) : place + 3])
    fits = (
        (sign in OPENING and not before.isalnum() and after.isalnum())
        or (sign in "¿¡" and not before.isalnum() and len(run(text, place + 1)) > 1)
        or (sign in CLOSING and (before.isalnum() or before in ".,!?…)") and not after.isalnum())
        or (sign in AFTER_WORD and not before.isspace() and not after.isalnum())
        or (sign in NEAR_NUMBER and near and not after.isalpha())
        or (sign in "°µ" and not before.isalpha() and len(run(text, place + 1)) < 3)
        or (sign in FREE and (sign == "\u00a0" or not (before.isalpha() or after.isalpha())))
    )
    return 1.0 if fits else -1.0


def letter(text: str, place: int, before: str, after: str) -> float:
    """Score a letter: it stands in a word of one language, and its case goes with the word."""
    sign = text[place]
    if not before.isalpha() and not after.isalpha():
        return 0.5 if sign in ALONE else -1.0
    start = place
    while start > 0 and text[start - 1].isalpha():
        start -= 1
    word = run(text, start)
    own = {one for one in word.lower() if ord(one) > 127}
    odd = (
        not any(one.isascii() for one in word)
        or not any(own <= set(alphabet) for alphabet in ALPHABETS)
        or (sign.isupper() and (before.islower() or (before.isalpha() and after.islower())))
        or (sign.islower() and after.isupper())
        or (sign.islower() and before.isupper() and text[max(place - 2, 0)].isupper() and place - start > 1)
        or (sign == "ì" and after.isalpha())
        or (sign in "îñ" and not after.isalpha())
    )
    return -1.0 if odd else 1.0


def dash(text: str, place: int, before: str, after: str) -> float:
    """Score a dash: between spaces, between numbers, or between two words."""
    if before.isspace() or after.isspace() or (before.isdigit() and after.isdigit()):
        return 1.0
    if before.isalpha() and after.isalpha():
        words = len(run(text, place + 1)) > 1 and place > 1 and text[place - 2].isalpha()
        return 0.6 if words and text[place] == "—" else -0.5
    return 0.5


def run(text: str, start: int) -> str:
    """Return the letters from ``start`` on."""
    end = start
    while end < len(text) and text[end].isalpha():
        end += 1
    return text[start:end]

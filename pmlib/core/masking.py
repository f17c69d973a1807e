"""Contact data and names leave a text before it is shown."""

import re
from collections.abc import Callable, Iterable, Mapping

GAP = r"[ \u00a0\u202f.\-\u2010-\u2013/]"
AT = r"(?:\s?@\s?|\s?[(\[{<]\s?(?:at|ät|@)\s?[)\]}>]\s?)"
DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|punkt|point|\.)\s?[)\]}>]\s?)"
# What stands before a sign is looked at once a run of signs, so that a long run takes no longer than it is long.
MAIL = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]+{AT}[\w-]+(?:{DOT}[\w-]+)*{DOT}[^\W\d_]{{2,}}(?![\w-])"
    r"|(?<![\w.+%-])[\w.+%-]+ at [\w-]+(?: dot [\w-]+)* dot [^\W\d_]{2,}(?!\w)",
    re.IGNORECASE,
)
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]{1,4}){3,8}\b", re.IGNORECASE)
JOIN = r"[ \u00a0.\u2010\u2011-]"
# Only as cards are numbered and printed, so that no row of years, dates or shares passes for one.
CARD = re.compile(
    rf"(?<![\d.,])(?=[34568]|2[2-7])(?:\d{{13,19}}"
    rf"|\d{{4}}(?P<s>{JOIN})\d{{4}}(?P=s)\d{{4}}(?P=s)\d{{1,4}}(?:(?P=s)\d{{1,3}})?"
    rf"|\d{{4}}(?P<a>{JOIN})\d{{6}}(?P=a)\d{{4,5}})(?!\d|[.,]\d)"
)
DAY = re.compile(r"(?:\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}|\d{4}[./\-]\d{1,2}[./\-]\d{1,2})\.?")
# Not after a digit and a sign that joins it to the next: there a date or a range goes on.
PHONE = re.compile(
    r"(?<![\w+.,])(?<!\d[.:/\-\u2010-\u2013])(?!\d{1,2}([./\-])\d{1,2}\1(?:19|20)\d\d(?!\d))(?:"
    rf"\(?(?:\+|00)\d{{1,3}}\)?(?:{GAP}?(?:\(\d{{1,5}}\)|\d)){{5,14}}"
    rf"|(?:\(0\d*\)|0\d|\(\d{{3}}\)|(?:1{GAP})?\(?\d{{3}}\)?{GAP}(?=\d{{3}}{GAP}\d{{4}}\b(?![./\-]W?\d)))"
    rf"(?:{GAP}?(?:\(0\)|\d)){{5,14}}"
    rf"|\(?0\d{{1,5}}\)?\s[-\u2013/]\s\d(?:{GAP}?\d){{4,9}}"
    r")(?!\w|:\d)"
)
RUN = re.compile(r"(?<![\w.,])\d{10,}(?!\w|[.,]\d)")
HINT = re.compile(r"@|\bat\b|ät|\d(?:\D{0,3}\d){5}", re.IGNORECASE)
"""What every text has in which something may be masked."""
WORD = re.compile(r"[^\W\d_]+")
LEAST_NAME = 3
SHORTEST_ACCOUNT = 15


def masked(text: str) -> str:
    """Replace e-mail addresses, phone, card and account numbers.

    Parameters
    ----------
    text
        What someone wrote or said.

    Returns
    -------
    str
        The text with ``[e-mail]``, ``[phone]``, ``[card]``, ``[account]`` or, for another run of ten digits or more,
        ``[number]``. Cards are told by Luhn's check digit. Names stay: see :func:`renamed`.

    Examples
    --------
    >>> masked("Call +49 30 5550 0147 or write to a.b@example.org, since 2026-11-22")
    'Call [phone] or write to [e-mail], since 2026-11-22'
    >>> masked("Card 4111 1111 1111 1111, not 4111 1111 1111 1112")
    'Card [card], not 4111 1111 1111 1112'
    """
    if not HINT.search(text):
        return text
    text = MAIL.sub("[e-mail]", text)
    text = ACCOUNT.sub(lambda found: without_account(found[0]), text)
    text = CARD.sub(lambda found: "[card]" if is_card(found[0]) else found[0], text)
    text = PHONE.sub(lambda found: found[0] if DAY.fullmatch(found[0]) else "[phone]", text)
    return RUN.sub("[number]", text)


FOLDER = re.compile(r"(?<![\w:/.\\])(?:/(?:[\w.@+-]+/)+|[A-Za-z]:\\(?:[^\\\s'\":]+\\)+)(?=[\w.])")


def shareable(text: str) -> str:
    """Return what went wrong as others may read it: no folders of this machine, no contact data.

    Examples
    --------
    >>> shareable("Cannot write to /srv/team/reports/a.html: row of ada@example.org")
    'Cannot write to a.html: row of [e-mail]'
    """
    return masked(FOLDER.sub("", text))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Replace people's names, whole and by their parts, with what stands for them.

    Parameters
    ----------
    names
        What to write for each full name, the names that go first standing first. A name of several words goes in any
        case; a part counts from three letters on and only as it is written, so that ``Will`` goes and ``will`` stays.

    Examples
    --------
    >>> renamed("Thanks, Aylin! Will Aylin Demirci come?", {"Aylin Demirci": "P1"})
    'Thanks, P1! Will P1 come?'
    """
    return renamer(names)(text)


def renamer(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return :func:`renamed` for these names, made once for many texts."""
    words: dict[str, str] = {}
    whole = {name.casefold(): alias for name, alias in reversed(list(names.items())) if len(name.split()) > 1}
    for name, alias in names.items():
        words.setdefault(name, alias)
    for name, alias in names.items():
        for part in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", name):
            if len(part) >= LEAST_NAME and part[0].isupper():
                words.setdefault(part, alias)
    if not words:
        return str

    def either(names: Iterable[str]) -> str:
        return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    first = f"(?i:{either(whole)})|" if whole else ""
    pattern = re.compile(rf"(?<!\w)(?:{first}{either(words)})(?!\w)")
    return lambda text: pattern.sub(lambda found: words.get(found[0]) or whole[found[0].casefold()], text)


def renamed_title(title: str, names: Mapping[str, str]) -> str:
    """Replace people's names in the title of a recording, whatever their case and what joins them.

    Examples
    --------
    >>> renamed_title("2026-03-04_aylin-demirci", {"Aylin Demirci": "P1"})
    '2026-03-04_P1'
    """
    words: dict[str, str] = {}
    for name, alias in names.items():
        for part in WORD.findall(name):
            if len(part) >= LEAST_NAME:
                words.setdefault(part.casefold(), alias)
    text = WORD.sub(lambda found: words.get(found[0].casefold(), found[0]), title)
    return re.sub(r"((?<![^\W_])P\d+|\[interviewer\])(?:[ _.-]+\1)+", r"\1", text) if text != title else title


def is_card(text: str) -> bool:
    """Whether the digits in ``text`` pass Luhn's check.

    Examples
    --------
    >>> is_card("4111-1111-1111-1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(sign) for sign in reversed(text) if sign.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[1::2])
    return any(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_account(text: str) -> bool:
    """Whether ``text`` is an international bank account number by its check digits.

    Examples
    --------
    >>> is_account("DE89 3704 0044 0532 0130 00"), is_account("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    signs = re.sub(r"\s", "", text)
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def without_account(text: str) -> str:
    """Mask the account number with which ``text`` begins; words behind it stay.

    Examples
    --------
    >>> without_account("DE89 3704 0044 0532 0130 00 by"), without_account("AB12 some words here")
    ('[account] by', 'AB12 some words here')
    """
    ends = [len(text), *(found.start() for found in reversed(list(re.finditer(r"[ \u00a0-]", text))))]
    for end in ends:
        signs = re.sub(r"[\s-]", "", text[:end])
        if len(signs) >= SHORTEST_ACCOUNT and is_account(signs):
            return f"[account]{text[end:]}"
    return text

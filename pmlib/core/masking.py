"""Contact data and names leave a text before it is shown."""

import re
from collections.abc import Mapping

GAP = r"[ \u00a0\u202f.\-\u2010-\u2013/]"
MAIL = re.compile(r"[\w.+%-]+\s?(?:@|[(\[]at[)\]])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{2,4}){3,8}\b")
CARD = re.compile(rf"(?<!\d)\d(?:{GAP}?\d){{12,18}}(?!\d)")
DAY = re.compile(r"(?:\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}|\d{4}[./\-]\d{1,2}[./\-]\d{1,2})\.?")
PHONE = re.compile(
    rf"(?<![\w+.,])(?:\(?(?:\+|00)\d{{1,3}}\)?|\(0\d*\)|0\d|\(\d{{3}}\)|\d{{3}}{GAP}(?=\d{{3}}{GAP}\d{{4}}\b))"
    rf"(?:{GAP}?(?:\(0\)|\d)){{5,14}}(?!\w)"
)
RUN = re.compile(r"(?<![\w.,])\d{10,}(?!\w|[.,]\d)")
WORD = re.compile(r"[^\W\d_]+")
LEAST_NAME = 3


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
    text = MAIL.sub("[e-mail]", text)
    text = ACCOUNT.sub(lambda found: "[account]" if is_account(found[0]) else found[0], text)
    text = CARD.sub(lambda found: "[card]" if is_card(found[0]) else found[0], text)
    text = PHONE.sub(lambda found: found[0] if DAY.fullmatch(found[0]) else "[phone]", text)
    return RUN.sub("[number]", text)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Replace people's names, whole and by their parts, with what stands for them.

    Parameters
    ----------
    names
        What to write for each full name, the names that go first standing first. A part counts from three letters on
        and only as it is written, so that ``Will`` goes and ``will`` stays.

    Examples
    --------
    >>> renamed("Thanks, Aylin! Will Aylin Demirci come?", {"Aylin Demirci": "P1"})
    'Thanks, P1! Will P1 come?'
    """
    words: dict[str, str] = {}
    for name, alias in names.items():
        words.setdefault(name, alias)
    for name, alias in names.items():
        for part in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", name):
            if len(part) >= LEAST_NAME and part[0].isupper():
                words.setdefault(part, alias)
    if not words:
        return text
    longest = sorted(words, key=len, reverse=True)
    pattern = rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in longest)})(?!\w)"
    return re.sub(pattern, lambda found: words[found[0]], text)


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

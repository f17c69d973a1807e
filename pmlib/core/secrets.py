"""What nobody may read: passwords and keys leave a text before it is written."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote

HIDDEN = "…"
LEAST, LEAST_NAMED, LEAST_ANYWHERE = 3, 8, 6
"""Signs of a secret that is hidden at all; of a variable that only its name gives away; inside of other words."""

SAYS = re.compile(
    r"PASS(?:WORD|WD|PHRASE)|(?:^|_)PASS(?:_|$)|_PWD$|SECRET|TOKEN|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)_?KEY",
    re.IGNORECASE,
)
"""Names of variables, and of parts of an address, that hold a secret."""
SHORT = {"key", "pwd", "pass", "sig", "signature", "auth", "credential", "code"}
PAIR = re.compile(r"([\w.-]+)\s*=\s*('[^']*'|[^\s;&'\"]+)")
DRAWN = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])\S{8,}|\S{20,}")


@dataclass(frozen=True)
class Secrets:
    """The texts that may be shown to nobody, in every spelling they may take.

    Examples
    --------
    >>> secrets = Secrets.of({"DB": "postgresql://me:p%40ss-word@db/x", "API_TOKEN": "tok-12345"}, ["DB"])
    >>> secrets.hide("p@ss-word and tok-12345 for me")
    '… and … for me'
    """

    words: tuple[str, ...] = field(default=(), repr=False)
    """The longest first, so that no part of one is left over."""

    @classmethod
    def of(cls, environment: Mapping[str, str], names: Iterable[str] = ()) -> "Secrets":
        """Gather the secrets of an environment.

        Parameters
        ----------
        names
            Variables that are secret as a whole, such as addresses of databases; what lets somebody in among their
            parts is secret too. Variables whose names say so, and passwords in any address, are found without.
        """
        found: set[str] = set()
        for name in names:
            found |= {environment.get(name, "").strip()} | keys(environment.get(name, ""))
        for name, value in environment.items():
            if SAYS.search(name) and len(value.strip()) >= LEAST_NAMED:
                found |= {value.strip()} | keys(value)
            elif "://" in value:
                found |= passwords(value.strip())
        for value in tuple(found):
            # A key of several lines is shown line by line in an error.
            found |= {line.strip() for line in value.splitlines() if len(line.strip()) >= 2 * LEAST_NAMED}
        words = {word for word in written(found) if len(word) >= LEAST and word != HIDDEN}
        return cls(tuple(sorted(words, key=lambda word: (-len(word), word))))

    def hide(self, text: str) -> str:
        """Return a text without its secrets; a short one is taken out only where it stands alone."""
        for word in self.words:
            if word in text:
                if len(word) >= LEAST_ANYWHERE:
                    text = text.replace(word, HIDDEN)
                else:
                    text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN, text)
        return text

    def hidden(self, data: Any) -> Any:
        """Return plain data (as JSON knows it) without secrets, in keys, texts and numbers."""
        if not self.words:
            return data
        if isinstance(data, str):
            return self.hide(data)
        if isinstance(data, Mapping):
            return {self.hidden(key): self.hidden(value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.hidden(value) for value in data]
        if isinstance(data, int | float) and not isinstance(data, bool) and str(data) in self.words:
            return HIDDEN
        return data

    def open_end(self, text: str) -> int:
        """Return how many signs at the end of a text may be the beginning of a secret.

        Examples
        --------
        >>> Secrets(("hunter22",)).open_end("my hunt")
        4
        """
        longest = len(self.words[0]) - 1 if self.words else 0
        begun = {word[0] for word in self.words}
        for size in range(min(longest, len(text)), 0, -1):
            if text[-size] in begun and any(word.startswith(text[-size:]) for word in self.words):
                return size
        return 0

    def cut(self, text: str, size: int) -> str:
        """Return the beginning of a text, without secrets and without the beginning of one at its end."""
        kept = self.hide(text)[: max(0, size)]
        return kept[: len(kept) - self.open_end(kept)]


def keys(value: str) -> set[str]:
    """Return what lets somebody in among the parts of an address or of ``key=value`` pairs.

    Examples
    --------
    >>> sorted(keys("https://hooks.example/services/T024BE7LD/x?token=abc&sslmode=require"))
    ['T024BE7LD', 'abc']
    """
    value = value.strip()
    found = passwords(value)
    head, _, query = value.partition("://")[2].partition("?")
    if scheme_of(value) in {"http", "https"}:
        # The key of a published sheet or of a webhook stands in its path.
        found |= {part for part in head.split("/")[1:] if DRAWN.fullmatch(part)}
    address = "://" in value
    for name, text in parse_qsl(query) if address else PAIR.findall(value):
        if SAYS.search(name) or name.casefold() in SHORT or (address and DRAWN.fullmatch(text)):
            found.add(text.strip("'"))
    return {part for part in found if part}


def scheme_of(address: str) -> str:
    """Return what stands before the colon, in lower case."""
    return address.partition(":")[0].lower() if ":" in address else ""


def scrubbed(text: str, address: str) -> str:
    """Take the address out of a text: whole, its user, password, host and keys, plain and percent-encoded.

    Examples
    --------
    >>> scrubbed("no p%40ss for me@db", "postgresql://me:p%40ss@db/x")
    'no … for …@…'
    """
    for secret in sorted(parts_of(address), key=len, reverse=True):
        # A short user or host as part of another word is no secret; a password is, wherever it stands.
        edge = r"\b" if secret.isalnum() and secret not in passwords(address) else ""
        text = re.sub(f"{edge}{re.escape(secret)}{edge}", HIDDEN, text)
    return text


def parts_of(address: str) -> set[str]:
    """Return every part of an address that a message about it may not show, in every spelling it may take."""
    rest = address.partition("://")[2] or address.partition(":")[2]
    head, _, query = rest.partition("?")
    place = head.rpartition("@")
    user = place[0].partition(":")[0]
    host = place[2].partition("/")[0]
    parts = {address, rest, head, place[0], user, host, host.rpartition(":")[0], query}
    parts |= {value for _, value in parse_qsl(query)} | passwords(address)
    if scheme_of(address) in {"http", "https"}:
        # A published sheet's key stands in its path.
        parts |= {part for part in head.split("/") if len(part) > 7}
    return spellings(parts)


def passwords(address: str) -> set[str]:
    """Return the password of an address, and user and password together, in every spelling they may take."""
    head = address.partition("://")[2].partition("?")[0].rpartition("@")[0]
    word = head.partition(":")[2]
    return spellings({word, head} if word else set())


def written(parts: Iterable[str]) -> set[str]:
    """Return parts in the spellings of addresses, of JSON, of Python and of HTML."""
    plain = spellings({part for part in parts if part})
    low = {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text) for text in plain}
    quoted = {json.dumps(text, ensure_ascii=pure)[1:-1] for text in plain for pure in (True, False)}
    return (
        plain
        | low
        | quoted
        | {repr(text)[1:-1] for text in plain}
        | {html.escape(text, quote=mark) for text in plain for mark in (True, False)}
    )


def spellings(parts: set[str]) -> set[str]:
    """Return parts as they stand, decoded and encoded; none is empty."""
    forms = (str, unquote, quote, every_sign, quote_plus)
    return {form(part) for part in parts for form in forms if part}


def every_sign(text: str) -> str:
    """Percent-encode every sign that can be."""
    return quote(unquote(text), safe="")

"""Numbers with their nouns and lists, as sentences have them."""

from collections.abc import Sequence
from dataclasses import dataclass


def many(number: int, one: str, more: str = "") -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> many(1, "day"), many(1200, "day"), many(2, "person", "people")
    ('1 day', '1,200 days', '2 people')
    """
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def listed(words: Sequence[str], most: int = 5) -> str:
    """Join words as ``a, b and c``; what exceeds ``most`` is counted.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=1)
    ('a, b and c', 'a and 2 more')
    """
    shown = [*words] if len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def percent(part: float) -> str:
    """Write a level, with as few digits as it has.

    Examples
    --------
    >>> percent(0.95), percent(1 - 0.001)
    ('95%', '99.9%')
    """
    return f"{100 * part:.4g}%"


def capital(text: str) -> str:
    """Begin a sentence with ``text``."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Who:
    """What is counted, in words.

    Examples
    --------
    >>> Who().count(1), Who("account", "accounts").count(1200)
    ('1 person', '1,200 accounts')
    """

    one: str = "person"
    many: str = "people"

    def count(self, number: int) -> str:
        """Write so many of them."""
        return many(number, self.one, self.many)

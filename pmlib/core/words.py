"""Numbers with their nouns and lists, as sentences have them."""

from collections.abc import Sequence


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


def capital(text: str) -> str:
    """Begin a sentence with ``text``."""
    return text[:1].upper() + text[1:]

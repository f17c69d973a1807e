"""How lists are written in the sentences of this room."""


def listed(words: list[str], most: int = 5) -> str:
    """Join words as ``a, b and c``; what exceeds ``most`` is counted.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=1)
    ('a, b and c', 'a and 2 more')
    """
    shown = words if len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)

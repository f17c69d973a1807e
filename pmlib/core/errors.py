"""What can go wrong, said so that the reader knows the next step."""

from collections.abc import Iterable
from difflib import get_close_matches


class PmlibError(Exception):
    """A fault a user can mend: what was found, what was expected, what to do next."""


class InputError(PmlibError):
    """A file or table does not hold what it should."""


class SettingError(PmlibError):
    """A pack, a parameter or an argument is wrong."""


class TooFewError(PmlibError):
    """The data cannot answer: it is too little, or of a kind that has no such answer."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the known name nearest to ``word``, else ``""``.

    Examples
    --------
    >>> nearest("respondant", ["respondent", "question"])
    " Did you mean 'respondent'?"
    >>> nearest("zzz", ["respondent"])
    ''
    """
    names = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f" Did you mean '{names[close[0]]}'?" if close else ""

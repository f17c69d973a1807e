"""Plain English for the raw names of events and columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pmlib.core.errors import SettingError

LONGEST = 60


@dataclass(frozen=True)
class Labels:
    """What events and columns are called in sentences.

    Parameters
    ----------
    names
        The words for each raw name.

    Raises
    ------
    SettingError
        If words are empty, too long for a sentence, or stand for two names.

    Examples
    --------
    >>> labels = Labels({"ev_17": "invited a friend"})
    >>> labels.of("ev_17"), labels.of("booking_made"), labels.of("$pageview")
    ('invited a friend', 'booking made', '$pageview')
    """

    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for name, words in self.names.items():
            if not words.strip() or len(words) > LONGEST or not words.isprintable():
                raise SettingError(f"'{name}' is called {words!r}; give it 1 to {LONGEST} signs on one line.")
            other = seen.setdefault(words.strip().casefold(), name)
            if other != name:
                raise SettingError(f"'{other}' and '{name}' are both called '{words}'; nobody could tell them apart.")

    def of(self, name: str) -> str:
        """Return the words for a name; without any, the name with blanks for its underscores."""
        return self.names[name].strip() if name in self.names else spaced(name)

    def all(self, names: list[str]) -> dict[str, str]:
        """Return the words for names shown together; those that would read alike keep their raw names.

        Examples
        --------
        >>> Labels().all(["signed_up", "signed up", "booked"])
        {'signed_up': 'signed_up', 'signed up': 'signed up', 'booked': 'booked'}
        """
        words = {name: self.of(name) for name in names}
        alike = [text.casefold() for text in words.values()]
        return {name: text if alike.count(text.casefold()) == 1 else name for name, text in words.items()}


def spaced(name: str) -> str:
    """Put blanks for the underscores within a name; what is nothing else stays."""
    text = " ".join(part for part in name.split("_") if part)
    return text if text.strip() else name

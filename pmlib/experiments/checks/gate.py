"""One thing looked at before a result is read, and what was found."""

from dataclasses import dataclass
from typing import Literal

from pmlib.core import Estimate
from pmlib.experiments.reading.comparisons import chance

State = Literal["passed", "doubt", "alarm", "not checked"]
ORDER: tuple[State, ...] = ("alarm", "doubt", "passed", "not checked")
"""What a reader has to know first."""

ROWLESS = "Aggregates do not tell; it takes the table of units."


@dataclass(frozen=True)
class Gate:
    """A check of an experiment.

    Parameters
    ----------
    name
        What was looked at, in words that may stand in a list: ``"the split"``.
    words
        What was found, a sentence or two.
    action
        What to do about it, a sentence; ``""`` where nothing is to be done.
    estimates
        The numbers behind it.
    query
        The SQL that ran for it.
    """

    name: str
    state: State
    words: str
    action: str = ""
    estimates: tuple[Estimate, ...] = ()
    query: str = ""


def by_chance(p: float) -> str:
    """Write how likely something is by chance, for a line in brackets.

    Examples
    --------
    >>> by_chance(0.00002), by_chance(0.43)
    ('p < 0.001', 'p = 0.430')
    """
    text = chance(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"

"""One thing looked at before a result is read, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Literal, ParamSpec

from pmlib.core import Estimate
from pmlib.experiments.reading.comparisons import chance
from pmlib.experiments.trial import Trial

P = ParamSpec("P")
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


Check = Callable[Concatenate[Trial, P], Gate]


def of_rows(name: str) -> Callable[[Check[P]], Check[P]]:
    """Make a check that takes rows of units say so where there are none."""

    def around(check: Check[P]) -> Check[P]:
        @wraps(check)
        def inner(trial: Trial, *args: P.args, **options: P.kwargs) -> Gate:
            return check(trial, *args, **options) if trial.source.has_rows else Gate(name, "not checked", ROWLESS)

        return inner

    return around


def by_chance(p: float) -> str:
    """Write how likely something is by chance, for a line in brackets.

    Examples
    --------
    >>> by_chance(0.00002), by_chance(0.43)
    ('p < 0.001', 'p = 0.430')
    """
    text = chance(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"

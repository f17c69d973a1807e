"""A question answered: one sentence, its estimates, a chart, a table, what to doubt."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from html import escape
from typing import ParamSpec, Protocol

from pmlib.core.errors import SettingError, TooFewError
from pmlib.core.estimate import Estimate, Kpi
from pmlib.core.ledger import Check

P = ParamSpec("P")

FINDING_MIME = "application/vnd.pmlib.finding+json"


class Drawn(Protocol):
    """A chart or table that knows how to show itself in a notebook."""

    def bundle(self) -> dict[str, object]:
        """Return the displays by MIME type."""
        ...


@dataclass(frozen=True, eq=False)
class Finding:
    """The answer to one question; data whose parts draw themselves.

    Parameters
    ----------
    id
        A stable key, lower-case words joined by hyphens: what next week compares with.
    headline
        One sentence with its most important number, made by a rule from the estimates.
    figure, table
        Shapes that draw themselves (:mod:`pmlib.show`), or ``None``.
    cautions
        What to doubt, a sentence each; shown at the finding and under "What to doubt".
    definition
        The line under the chart: what was counted, over which days, in which time zone.
    query
        The SQL that ran.
    action
        What to do next, one sentence, or ``""`` where the numbers force nothing.
    kpi
        The card this finding puts on the head of a page, or ``None``.
    checks
        What was looked at, listed under "What to doubt" also where all is well.
    """

    id: str
    question: str
    headline: str
    estimates: tuple[Estimate, ...]
    definition: str
    table: Drawn | None = None
    figure: Drawn | None = None
    cautions: tuple[str, ...] = ()
    query: str = ""
    action: str = ""
    kpi: Kpi | None = None
    checks: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise SettingError(f"A finding's id is lower-case words joined by hyphens, not '{self.id}'.")
        object.__setattr__(self, "estimates", tuple(self.estimates))
        object.__setattr__(self, "cautions", tuple(self.cautions))

    @property
    def sentence(self) -> str:
        """The headline with its full stop."""
        return self.headline if self.headline.endswith((".", "!", "?")) else f"{self.headline}."

    def facts(self) -> dict[str, object]:
        """Return everything but chart and table as plain data, for the page, the index and next week."""
        return {
            "id": self.id,
            "question": self.question,
            "headline": self.sentence,
            "estimates": [estimate.as_json() for estimate in self.estimates],
            "cautions": list(self.cautions),
            "definition": self.definition,
            "query": self.query,
            "action": self.action,
            "kpi": self.kpi.as_json() if self.kpi else None,
        }

    def __str__(self) -> str:
        lines = [self.sentence, f"  {self.definition}", *(f"  ! {caution}" for caution in self.cautions)]
        return "\n".join(lines)

    def bundles(self) -> list[dict[str, object]]:
        """Return what a notebook shows, by MIME type: the words, then chart and table."""
        head = f"<p><small>{escape(self.question)}</small><br><strong>{escape(self.sentence)}</strong></p>"
        foot = "".join(f"<li>{escape(caution)}</li>" for caution in self.cautions)
        head += f"<p><small>{escape(self.definition)}</small></p>" + (f"<ul>{foot}</ul>" if foot else "")
        words: dict[str, object] = {FINDING_MIME: self.facts(), "text/html": head, "text/plain": str(self)}
        return [words, *(part.bundle() for part in (self.figure, self.table) if part is not None)]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for bundle in self.bundles():
            display(bundle, raw=True)


def unanswered(id: str, question: str, why: str) -> Finding:
    """Return the finding that the data cannot answer: its headline is the reason, it carries no number.

    Examples
    --------
    >>> print(unanswered("nps", "Would people recommend us?", "No survey was given"))
    This cannot be answered: no survey was given.
      Nothing was counted.
    """
    reason = why[:1].lower() + why[1:].rstrip(".")
    return Finding(id, question, f"This cannot be answered: {reason}.", (), "Nothing was counted.")


def answering(id: str, question: str) -> Callable[[Callable[P, Finding]], Callable[P, Finding]]:
    """Make a question answer that it cannot be answered where there is too little data, so that a page goes on."""

    def around(ask: Callable[P, Finding]) -> Callable[P, Finding]:
        @wraps(ask)
        def inner(*args: P.args, **options: P.kwargs) -> Finding:
            try:
                return ask(*args, **options)
            except TooFewError as error:
                return unanswered(id, question, str(error))

        return inner

    return around


def made_id(*words: str) -> str:
    """Join words into a finding's id.

    Examples
    --------
    >>> made_id("retention", "Week 4")
    'retention-week-4'
    """
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).casefold()).strip("-")

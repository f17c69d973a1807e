"""The tables of what people said: surveys and interviews."""

from dataclasses import dataclass

from pmlib.core import Check, Origin, SettingError, nearest
from pmlib.engine import Cells, Engine


@dataclass(frozen=True, eq=False)
class Survey:
    """A survey in long form.

    The engine holds ``respondents`` (respondent, answered_at TIMESTAMP or null, further columns are segments such as
    ``wave`` or ``plan``), ``questions`` (question, text, kind: scale, choice, multi, open, number; scale_low,
    scale_high, position) and ``answers`` (respondent, question, option, value VARCHAR, number DOUBLE or null, asked
    BOOLEAN). One answer a row; a multiple choice has one row an option chosen; not asked is ``asked = false``.
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()
    segments: tuple[str, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``respondents``, ``questions`` and ``answers``."""
        return self.engine.query(text, **values)

    def question(self, text: str) -> str:
        """Return the id of the question with this id or text.

        Raises
        ------
        SettingError
            With the nearest question, if there is none.
        """
        rows = self.query("SELECT question, text FROM questions ORDER BY position").rows
        for row in rows:
            if text in (row.question, row.text):
                return row.question
        known = [row.text or row.question for row in rows]
        raise SettingError(f"The survey does not ask '{text}'; it asks: {' | '.join(known)}.{nearest(text, known)}")


@dataclass(frozen=True, eq=False)
class Interviews:
    """Interview transcripts.

    The engine holds ``utterances`` (interview, utterance INTEGER, speaker VARCHAR or null, t0, t1 DOUBLE seconds or
    null, text, source_sha256, c0, c1 INTEGER offsets of the text in the source decoded as Unicode).
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``utterances``."""
        return self.engine.query(text, **values)

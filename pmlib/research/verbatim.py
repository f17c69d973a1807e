"""What people write in their own words, drawn at random and masked."""

from dataclasses import replace

from pmlib.core import Finding, SettingError, Unit, made_id, unanswered
from pmlib.core.masking import masked
from pmlib.core.words import many
from pmlib.research.waves import WAVE, base
from pmlib.show import Column, table
from pmlib.sources.contract import Survey
from pmlib.stats import share

MOST_QUOTES = 50


def quotes(survey: Survey, *, question: str, count: int = 6, by: str = "", wave: str = WAVE, seed: int = 1) -> Finding:
    """Show what people write in their own words, drawn at random so that nobody picks.

    Parameters
    ----------
    survey
        The survey.
    question
        The id or text of the open question.
    count
        How many answers to show, 1 to 50.
    by
        A segment to name beside each quote, such as ``"plan"``.
    wave
        The segment that names the wave; a survey without one is one wave. Quotes come from the newest.
    seed
        Another seed draws other answers; the same seed the same ones.

    Returns
    -------
    Finding
        How many of those asked wrote something, and the quotes word for word, but for e-mail addresses, phone, card
        and account numbers.

    Raises
    ------
    SettingError
        If there is no such question or segment, or ``count`` is out of range.
    TooFewError
        If nobody answered.
    """
    if not 1 <= count <= MOST_QUOTES:
        raise SettingError(f"{count} quotes cannot be shown; ask for 1 to {MOST_QUOTES}.")
    if not question:
        return unanswered("survey-quotes", "What do people write?", "No open question was named")
    asked = base(survey, question, by, wave)
    now = asked.of(asked.last)
    cells = survey.query(asked.placed("quotes.sql"), question=asked.question, wave=asked.last, seed=seed, count=count)
    written = replace(share(now.answered, now.asked, label="wrote an answer"), period=asked.last)
    sizes = [(part, asked.of(asked.last, part)) for part in asked.parts(asked.last)] if by else []
    by_part = [share(n.answered, n.asked, label=f"wrote an answer, {part}") for part, n in sizes]
    lines = [(masked(row.text), row.part, masked(row.text) != row.text) for row in cells]
    drawn = "all of them" if len(lines) == now.answered else f"{len(lines)} of them drawn at random"
    head = f"{now.answered:,} of {many(now.asked, 'person', 'people')} wrote an answer{asked.when}, {written}"
    headline = f"{head}; {drawn} below{asked.unheard}."
    cautions = ["Names of people inside a quote are not masked: read the quotes before you send them on."]
    hidden = sum(was for _, _, was in lines)
    if hidden:
        cautions.append(f"Addresses or numbers of people are masked in {hidden} of the {len(lines)} quotes.")
    words = Column("in their words", Unit.QUOTE)
    columns = [words, by] if by else [words]
    return Finding(
        id=made_id("survey-quotes", asked.question),
        question=asked.text,
        headline=headline,
        estimates=(written, *by_part),
        table=table(columns, [[text, part][: len(columns)] for text, part, _ in lines]),
        cautions=(*asked.cautions, *cautions),
        definition=(
            f"'{asked.text}': {asked.of(asked.last)}{asked.when}; quotes drawn by chance with seed {seed}, word for "
            "word but for masked contact data."
        ),
        query=f"{asked.query}\n\n{cells.sql}",
    )

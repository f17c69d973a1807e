"""Surveys and interviews small enough to count by hand, as the loaders would hand them over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from pmlib.core import Ledger, Origin
from pmlib.engine import Engine
from pmlib.sources.contract import Interviews, Survey

NOT_ASKED = object()


def survey_of(
    questions: Mapping[str, Sequence[object]],
    *,
    segments: Mapping[str, Sequence[str | None]] | None = None,
    days: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Survey:
    """Make a survey from the answers to each question, in the order of the respondents.

    ``None`` is asked and not answered, ``NOT_ASKED`` not asked, a list several options of one answer.
    """
    n = len(next(iter(questions.values())))
    people = {"respondent": [f"r{place}" for place in range(n)]}
    days = days or [None] * n
    when = pa.array([None if day is None else datetime.fromisoformat(day) for day in days], pa.timestamp("us"))
    respondents = pa.table(people | {"answered_at": when} | {k: pa.array(v) for k, v in (segments or {}).items()})
    asked, rows = [], []
    for place, (text, answers) in enumerate(questions.items()):
        asked.append((f"q{place + 1}", text, (kinds or {}).get(text, "choice"), place))
        for who, answer in enumerate(answers):
            for one in answer if isinstance(answer, list) else [answer]:
                value = None if one is None or one is NOT_ASKED else str(one)
                number = float(one) if isinstance(one, int | float) else None
                option = value if isinstance(answer, list) else None
                rows.append((f"r{who}", f"q{place + 1}", option, value, number, one is not NOT_ASKED))
    engine = Engine()
    shapes = {
        "respondents": respondents,
        "questions": frame(asked, question=pa.string(), text=pa.string(), kind=pa.string(), position=pa.int32()),
        "answers": frame(
            rows,
            respondent=pa.string(),
            question=pa.string(),
            option=pa.string(),
            value=pa.string(),
            number=pa.float64(),
            asked=pa.bool_(),
        ),
    }
    for name, table in shapes.items():
        engine.register(f"{name}_given", table)
    engine.run("CREATE TABLE respondents AS SELECT * FROM respondents_given")
    engine.run("CREATE TABLE questions AS SELECT * FROM questions_given")
    engine.run("CREATE TABLE answers AS SELECT * FROM answers_given")
    return Survey(engine, Origin("survey.csv", "survey", "rows", Ledger(n, n)), (), tuple(segments or ()))


def interviews_of(talks: Mapping[str, Sequence[tuple[str | None, str]]], *, timed: bool = True) -> Interviews:
    """Make interviews from (speaker, words) pairs, ten seconds each."""
    rows = [
        (talk, place, speaker, 10.0 * place if timed else None, text)
        for talk, said in talks.items()
        for place, (speaker, text) in enumerate(said)
    ]
    engine = Engine()
    columns = {"interview": pa.string(), "utterance": pa.int32(), "speaker": pa.string(), "t0": pa.float64()}
    engine.register("given", frame(rows, **columns, text=pa.string()))
    engine.run("CREATE TABLE utterances AS SELECT * FROM given")
    return Interviews(engine, Origin("*.vtt", "interviews", "rows", Ledger(len(rows), len(rows))))


def frame(rows: Sequence[tuple], **columns: pa.DataType) -> pa.Table:
    """Make an Arrow table from rows."""
    return pa.table(
        {name: pa.array([row[place] for row in rows], kind) for place, (name, kind) in enumerate(columns.items())}
    )

"""Turn a questionnaire's cells into the long form: respondents, questions, answers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from pmlib.core import Check, InputError, Ledger
from pmlib.sources.files.text import decimal_comma, number
from pmlib.sources.surveys.questionnaire import (
    SCALE,
    UNCHOSEN,
    Asked,
    Kind,
    Question,
    Questionnaire,
    kind_of,
    pieces,
    scale_of,
    several,
    slug,
    words,
)

CERTAIN = 8
"""Answers one would expect of a group, had it been asked, so that none at all is no accident."""
LONG = 8
"""Answers from which on two responses are not the same by accident."""
MOST_BRANCHES = 12
MOST_SEGMENT_VALUES = 12
ANSWER = pa.schema(
    [
        ("respondent", pa.string()),
        ("question", pa.string()),
        ("option", pa.string()),
        ("value", pa.string()),
        ("number", pa.float64()),
        ("asked", pa.bool_()),
    ]
)
QUESTION = pa.schema(
    [
        ("question", pa.string()),
        ("text", pa.string()),
        ("kind", pa.string()),
        ("scale_low", pa.int32()),
        ("scale_high", pa.int32()),
        ("position", pa.int32()),
    ]
)
Given = tuple[str | None, str, float | None]


@dataclass(frozen=True)
class People:
    """The rows that count, who they are, and where the others went."""

    sheet: Questionnaire
    ids: list[str]
    ledger: Ledger


def people(sheet: Questionnaire) -> People:
    """Set aside rows that are empty, marked by the export, or of a respondent who is there already.

    In another wave the same respondent counts again, under an id with the wave's name.
    """
    dropped: Counter[str] = Counter()
    kept: dict[int, str] = {}
    seen: set[tuple[str, str]] = set()
    names: set[str] = set()
    wave_at = next((place for name, place in sheet.segments.items() if name.casefold() == "wave"), None)
    for place, row in enumerate(sheet.rows):
        who = row[sheet.respondent].strip() if sheet.respondent is not None else ""
        wave = row[wave_at].strip() if wave_at is not None else ""
        if not any(cell.strip() for cell in row):
            dropped["empty"] += 1
        elif sheet.aside and sheet.aside[place]:
            dropped[sheet.aside[place]] += 1
        elif who and (who, wave) in seen:
            dropped["duplicate respondent"] += 1
        else:
            name = who or f"row {place + 1}"
            kept[place] = f"{name} ({wave})" if name in names else name
            seen.add((who, wave))
            names.add(name)
    ledger = Ledger(len(sheet.rows), len(kept), dict(sorted(dropped.items())))
    if not kept:
        raise InputError(f"No respondent is left: {ledger}. Export the survey again with its responses.")
    rest = replace(
        sheet,
        rows=[sheet.rows[place] for place in kept],
        finished=[sheet.finished[place] for place in kept] if sheet.finished else (),
        aside=(),
    )
    return People(rest, list(kept.values()), ledger)


def settled(sheet: Questionnaire, decimal: str | None) -> list[Question]:
    """Give every question its id and kind."""
    taken: dict[str, Question] = {}
    for place, asked in enumerate(sheet.asked, start=1):
        name = slug(asked.name or asked.text, taken, place)
        values = [value for row in sheet.rows if (value := said(asked, row, sheet.unanswered))]
        split = asked.split
        if asked.kind is None and not split and len(asked.cells) == 1 and several(values):
            split = ";"
        kind: Kind = asked.kind or ("multi" if split else kind_of(values, asked.text))
        comma = decimal == ","
        if kind == "number" and decimal is None:
            try:
                comma = decimal_comma(values)
            except InputError:
                kind = "open"
        ends = scale_of(values, asked.text) if kind == "scale" else None
        low, high = ends or (None, None)
        taken[name] = Question(name, asked.text or asked.name, kind, replace(asked, split=split), low, high, comma)
    return list(taken.values())


def said(asked: Asked, row: Sequence[str], unanswered: frozenset[str]) -> str:
    """Return a single answer's text, or ``""``; where only the field of an option is filled, the option."""
    for place, option in asked.cells:
        cell = row[place].strip()
        if cell and cell not in unanswered:
            return option or whole(cell)
    return ""


def whole(text: str) -> str:
    """Return a whole number without the decimals that some programs add."""
    return text.partition(".")[0] if re.fullmatch(r"-?\d+\.0+", text) else text


def given(question: Question, row: Sequence[str], unanswered: frozenset[str]) -> list[Given]:
    """Return what a respondent answered: option, value and number; one for each option chosen."""
    asked = question.asked
    if question.kind == "multi" and not asked.split:
        return [
            (option, option, None)
            for place, option in asked.cells
            if (cell := row[place].strip()) and cell not in unanswered and cell.casefold() not in UNCHOSEN
        ]
    value = said(asked, row, unanswered)
    if not value:
        return []
    if question.kind == "multi":
        return [(part, part, None) for part in pieces(value, asked.split)]
    if question.kind == "open":
        return [(None, value, None)]
    hit = SCALE.fullmatch(value) if question.kind == "scale" else None
    return [(None, words(value), float(hit["n"]) if hit else number(value, comma=question.comma))]


@dataclass(frozen=True)
class Long:
    """The three tables, and what was noticed while making them."""

    respondents: pa.Table
    questions: pa.Table
    answers: pa.Table
    segments: tuple[str, ...]
    checks: tuple[Check, ...]
    not_asked: int


def long_form(who: People, questions: Sequence[Question], times: Sequence[datetime | None]) -> Long:
    """Write the long form.

    Every respondent has a row for every question. An empty one counts as not asked (``asked`` false) where nobody who
    gave the same answer to an earlier closed question ever answered it, though eight or more would have been expected
    to, or where an unfinished response ended before it; else as asked and not answered (``asked`` true, no value).
    """
    sheet = who.sheet
    cells = [[given(question, row, sheet.unanswered) for row in sheet.rows] for question in questions]
    skipped = not_asked(questions, cells, sheet.finished)
    rows = [
        (person, question.id, *one, True)
        if one[1]
        else (person, question.id, None, None, None, not skipped[spot] >> place & 1)
        for spot, question in enumerate(questions)
        for place, person in enumerate(who.ids)
        for one in cells[spot][place] or [(None, "", None)]
    ]
    asked = [
        (question.id, question.text, question.kind, question.low, question.high, spot)
        for spot, question in enumerate(questions, start=1)
    ]
    parts = dict(sheet.segments) | demographics(questions, sheet)
    table: dict[str, pa.Array] = {
        "respondent": pa.array(who.ids, pa.string()),
        "answered_at": pa.array(times, pa.timestamp("us")),
    }
    for name, place in (parts | dict(sheet.keys)).items():
        table[name] = pa.array([whole(words(cell)) or None for cell in sheet.column(place)], pa.string())
    return Long(
        pa.table(table),
        filled(asked, QUESTION),
        filled(rows, ANSWER),
        tuple(parts),
        checks(cells, sheet.finished),
        sum(mask.bit_count() for mask in skipped),
    )


def filled(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Make a table from rows."""
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)],
        schema=schema,
    )


def demographics(questions: Sequence[Question], sheet: Questionnaire) -> dict[str, int]:
    """Return closed questions that are a word or two, such as Gender or Age group: they part the respondents too."""
    taken = {name.casefold() for name in (*sheet.segments, *sheet.keys, "respondent", "answered_at")}
    found: dict[str, int] = {}
    for question in questions:
        text = question.text
        if question.kind != "choice" or "?" in text or len(text.split()) > 4 or text.casefold() in taken:
            continue
        if 1 < len({cell.strip() for cell in sheet.column(question.asked.place)} - {""}) <= MOST_SEGMENT_VALUES:
            found[text] = question.asked.place
            taken.add(text.casefold())
    return found


def not_asked(
    questions: Sequence[Question], cells: Sequence[Sequence[list[Given]]], finished: Sequence[bool]
) -> list[int]:
    """Return for each question who was not asked it, a bit for each respondent."""
    answered = [sum(1 << place for place, one in enumerate(column) if one) for column in cells]
    branches: list[tuple[int, list[int]]] = []
    skipped = []
    for spot, question in enumerate(questions):
        mask = 0
        for base, groups in branches:
            for group in groups:
                others = base & ~group
                if group & answered[spot] or not others:
                    continue
                rate = (others & answered[spot]).bit_count() / others.bit_count()
                if rate * group.bit_count() >= CERTAIN:
                    mask |= group
        skipped.append(mask)
        if question.kind in {"choice", "scale"}:
            by_value: Counter[str] = Counter()
            for place, one in enumerate(cells[spot]):
                if one:
                    by_value[one[0][1]] += 1 << place
            if len(by_value) <= MOST_BRANCHES:
                branches.append((answered[spot], list(by_value.values())))
    for place, done in enumerate(finished):
        if not done:
            last = max((spot for spot, mask in enumerate(answered) if mask >> place & 1), default=-1)
            for spot in range(last + 1, len(questions)):
                skipped[spot] |= 1 << place
    return skipped


def checks(cells: Sequence[Sequence[list[Given]]], finished: Sequence[bool]) -> tuple[Check, ...]:
    """Look at what a reader may doubt: empty responses, responses that are the same, how many reached the end."""
    whole_rows = list(zip(*cells, strict=True))
    n = len(whole_rows)
    empty = sum(not any(row) for row in whole_rows)
    long = Counter(repr(row) for row in whole_rows if sum(bool(one) for one in row) >= LONG)
    same = sum(count - 1 for count in long.values())
    if finished:
        done, how = sum(finished), "are marked as finished"
    else:
        done, how = sum(any(row[-3:]) for row in whole_rows), "answered one of the last three questions"
    return (
        Check(empty <= 0.05 * n, f"{empty:,} of {n:,} respondents answered no question."),
        Check(same <= 0.02 * n, f"{same:,} of {n:,} responses of {LONG} answers or more repeat another one."),
        Check(done >= 0.8 * n, f"{done:,} of {n:,} responses {how}."),
    )

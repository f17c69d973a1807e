"""Load surveys: one row a respondent, or as SurveyMonkey and Qualtrics export them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pmlib.core import InputError, Origin, nearest
from pmlib.engine import Engine
from pmlib.sources.contract import Survey
from pmlib.sources.files.dates import dated, moments, utc, zone
from pmlib.sources.files.tables import Grid, Table, grids, headed, mapped
from pmlib.sources.surveys.qualtrics import header_rows, qualtrics
from pmlib.sources.surveys.questionnaire import Asked, Questionnaire, scale_of, words
from pmlib.sources.surveys.responses import Long, long_form, people, settled
from pmlib.sources.surveys.surveymonkey import is_surveymonkey, surveymonkey
from pmlib.sources.where import find

WHO = ("respondent", "respondentid", "responseid", "submissionid", "entryid", "id", "uuid", "#", "participantid")
USERS = ("userid", "customerid", "accountid", "user", "customer", "account", "userkey")
WHEN = (
    *("answeredat", "submittedat", "completedat", "recordeddate", "enddate", "submitdate", "submitdateutc"),
    *("datesubmitted", "datecompleted", "timestamp", "zeitstempel", "createdat", "date", "datum", "startdate"),
)
PRIVATE = re.compile(
    r"ip|ipaddress|e?mail(address)?|username|(first|last|full|sur)?name|phone(number)?|telephone|customdata\d*|"
    r"collector(id)?|networkid|useragent|referr?er|latitude|longitude|location(latitude|longitude)|address|"
    r"sessionid|seed|startdate(utc)?|timestarted|startedat|duration.*|interviewtime|stagedateutc"
)
PARTS = (
    "wave",
    "plan",
    "platform",
    "country",
    "segment",
    "status",
    "language",
    "channel",
    "cohort",
    "region",
    "device",
)
MOST_VALUES = 20


def load_survey(where: object, *, timezone: str = "UTC") -> Survey:
    """Load a survey into respondents, questions and answers.

    Parameters
    ----------
    where
        A CSV, TSV, Excel or Parquet file, a pattern (files of one form are stacked), a TOML file that describes one, or
        a frame. A TOML file may name ``columns = {respondent = "id", answered_at = "when", segments = "plan, wave"}``.
    timezone
        The zone of times that name none.

    Returns
    -------
    Survey
        Addresses and names of people are not loaded; ``responses.long_form`` says what counts as
        not asked.

    Raises
    ------
    InputError
        If no column reads as a question, or no respondent is left.
    """
    found = find(where, "survey")
    sheet = with_columns(taken_apart(grids(found)), found.spec.columns, found.name)
    who = people(sheet)
    sheet = who.sheet
    questions = settled(sheet, found.spec.decimal)
    local = zone(sheet.zone or found.spec.times or timezone)
    times = [None] * len(sheet.rows)
    if sheet.answered_at is not None:
        read = moments(sheet.column(sheet.answered_at), column="the time of the answer", us=sheet.us_dates)
        times = [utc(moment, local) for moment in read]
    long = long_form(who, questions, times)
    engine = Engine()
    engine.register("given_respondents", long.respondents)
    engine.register("given_questions", long.questions)
    engine.register("given_answers", long.answers)
    engine.run("CREATE TABLE respondents AS SELECT * FROM given_respondents")
    engine.run("CREATE TABLE questions AS SELECT * FROM given_questions")
    engine.run("CREATE TABLE answers AS SELECT * FROM given_answers")
    shown = zone(timezone)
    days = [time.replace(tzinfo=zone("UTC")).astimezone(shown).date() for time in times if time]
    first, last = (min(days), max(days)) if days else (None, None)
    origin = Origin(found.name, "survey", sheet.form, who.ledger, first, last, timezone, notes(sheet, long))
    return Survey(engine, origin, long.checks, long.segments)


def taken_apart(parts: Sequence[Grid]) -> Questionnaire:
    """Tell the export's form and take it apart; further files are stacked under the first."""
    first = parts[0]
    count = header_rows(first)
    depth = 2 if not count and is_surveymonkey(first) else count or 1
    rows = list(first.rows)
    for other in parts[1:]:
        if other.rows[:depth] != first.rows[:depth]:
            raise InputError(
                f"{other.name} has other headers than {first.name}. Load the files of one survey together, and other "
                "surveys by themselves."
            )
        rows += other.rows[depth:]
    grid = replace(first, rows=rows)
    if len(rows) == depth:
        raise InputError(f"{first.name} has headers and no responses under them. Export it again with its responses.")
    sheet = qualtrics(grid) if count else surveymonkey(grid) if depth == 2 else plain(headed(grid))
    if not sheet.asked:
        raise InputError(
            f"{first.name} has no column that reads as a question (a header that ends in '?' or has more than four "
            f"words, or answers from 0 to 10); it has {', '.join(words(cell) for cell in first.rows[0])}. Use the "
            "questions' words as headers."
        )
    return replace(sheet, notes=(*first.notes, *sheet.notes))


def plain(table: Table) -> Questionnaire:
    """Take apart a table with one row a respondent, by what the columns are called and hold."""
    keys = {place: re.sub(r"[^a-z0-9#]", "", name.casefold()) for place, name in enumerate(table.header)}
    who, user, when = (first_of(keys, names) for names in (WHO, USERS, WHEN))
    if when is None:
        when = next((place for place in reversed(keys) if times(table, place)), None)
    asked: list[Asked] = []
    segments: dict[str, int] = {}
    private: list[str] = []
    left: list[str] = []
    for place, name in enumerate(table.header):
        if place in (who, user, when):
            continue
        role = role_of(name, keys[place], table.column(place))
        if role == "question":
            asked.append(Asked(words(name), ((place, ""),), words(name)))
        elif role == "segment":
            segments[name] = place
        else:
            (private if role == "private" else left).append(name)
    notes = [f"Left out, as they may say who a person is: {', '.join(private)}."] if private else []
    notes += [f"Left out, as neither questions nor segments: {', '.join(left)}."] if left else []
    return Questionnaire(
        form="one row a respondent",
        header=table.header,
        rows=table.rows,
        asked=asked,
        respondent=user if who is None else who,
        answered_at=when,
        segments=segments,
        keys={table.header[user]: user} if user is not None else {},
        notes=tuple(notes),
    )


def role_of(name: str, key: str, cells: Sequence[str]) -> str:
    """Tell a column of a plain table: question, segment, private or left."""
    values = [cell.strip() for cell in cells if cell.strip()]
    distinct = set(values)
    if name.strip().endswith(("?", "？")) or len(name.split()) > 4:
        return "question"
    if PRIVATE.fullmatch(key):
        return "private"
    if key in PARTS and len(distinct) <= max(2, min(MOST_VALUES, len(values) // 2)):
        return "segment"
    if dated(cells) or not values:
        return "left"
    if scale_of(values, name):
        return "question"
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) and not re.fullmatch(r"q\d+\w*", name):
        if len(distinct) <= max(2, min(MOST_VALUES, len(values) // 2)):
            return "segment"
        if len(distinct) == len(values) >= 10 and not any(" " in value for value in values):
            return "left"
    return "question"


def first_of(keys: Mapping[int, str], names: Sequence[str]) -> int | None:
    """Return the column with the first of these names."""
    by_key = {key: place for place, key in reversed(list(keys.items()))}
    return next((by_key[name] for name in names if name in by_key), None)


def times(table: Table, place: int) -> bool:
    """Whether a column holds times of answers: dates under a short name that is no segment's."""
    return len(table.header[place].split()) < 4 and table.header[place] not in PARTS and dated(table.column(place))


def with_columns(sheet: Questionnaire, columns: Mapping[str, str], source: str) -> Questionnaire:
    """Take the columns that a description names; a segment named stays a question where it was one."""
    mapped(columns, ("respondent", "answered_at", "segments"))
    places = {name: place for place, name in reversed(list(enumerate(sheet.header)))}
    found: dict[str, list[str]] = {}
    for key, given in columns.items():
        found[key] = [given] if given in places else [name.strip() for name in given.split(",")]
        for name in found[key] if key == "segments" else [given]:
            if name not in places:
                raise InputError(
                    f"{source} has no column '{name}' for {key}; it has {', '.join(filter(None, sheet.header))}."
                    f"{nearest(name, places)}"
                )
    who, when = (places[columns[key]] if key in columns else None for key in ("respondent", "answered_at"))
    return replace(
        sheet,
        asked=[one for one in sheet.asked if one.place not in (who, when)],
        respondent=sheet.respondent if who is None else who,
        answered_at=sheet.answered_at if when is None else when,
        segments={name: places[name] for name in found["segments"]} if "segments" in found else sheet.segments,
    )


def notes(sheet: Questionnaire, long: Long) -> tuple[str, ...]:
    """Say what a reader should know of the load."""
    said = list(sheet.notes)
    if long.not_asked:
        said.append(
            f"{long.not_asked:,} empty answers count as not asked: nobody with the same answer to an earlier question "
            "was asked, or the response ended before."
        )
    unread = long.respondents.column("answered_at").null_count
    if sheet.answered_at is None:
        said.append("No column says when it was answered.")
    elif unread:
        said.append(f"{unread:,} respondents have no readable time of the answer.")
    return tuple(said)

"""Take a SurveyMonkey export apart: two header rows, questions above options."""

import re

from pmlib.sources.files.dates import dated
from pmlib.sources.files.tables import Grid
from pmlib.sources.surveys.questionnaire import Asked, Questionnaire, boxes, words

OPEN = re.compile(r"open-ended response", re.IGNORECASE)
SINGLE = re.compile(r"(open-ended )?response", re.IGNORECASE)
OTHER = re.compile(r"other\b|sonstige|autre|otro", re.IGNORECASE)


def is_surveymonkey(grid: Grid) -> bool:
    """Whether the second row holds options: it is empty under the columns on who answered, filled under the rest."""
    if len(grid.rows) < 3:
        return False
    first, second = ([cell.strip() for cell in row] for row in grid.rows[:2])
    if second[0] or not first[0] or not any(second):
        return False
    if any(not upper and not lower for upper, lower in zip(first, second, strict=True)):
        return False
    filled = [cell for cell in second if cell]
    below = {row[place].strip() for row in grid.rows[2:] for place, cell in enumerate(second) if cell}
    alike = len(filled) > 1 and len(set(filled)) == 1 and filled[0] not in below
    return "" in first or any(SINGLE.fullmatch(cell) for cell in filled) or alike


def surveymonkey(grid: Grid) -> Questionnaire:
    """Take the export apart.

    Columns before the first question say who answered: the first is the respondent, the last that holds dates the time
    of the answer; the others (addresses, names, custom data) are left out.
    """
    first, second = ([words(cell) for cell in row] for row in grid.rows[:2])
    rows = grid.rows[2:]
    start = next(place for place, cell in enumerate(second) if cell)
    dates = [place for place in range(start) if dated([row[place] for row in rows])]
    groups: list[tuple[str, list[int]]] = []
    for place in range(start, len(first)):
        if first[place] and not second[place]:
            continue
        if first[place] or not groups:
            groups.append((first[place], []))
        groups[-1][1].append(place)
    asked = [one for text, places in groups for one in questions(text, places, second, rows)]
    return Questionnaire(
        form="SurveyMonkey, two header rows",
        header=first,
        rows=rows,
        asked=asked,
        respondent=0,
        answered_at=dates[-1] if dates else None,
        us_dates=True,
    )


def questions(text: str, places: list[int], options: list[str], rows: list[list[str]]) -> list[Asked]:
    """Take one question apart: a single answer, a multiple choice, or a grid with a question a row."""
    if len(places) == 1:
        return [Asked(text, ((places[0], ""),), kind="open" if OPEN.fullmatch(options[places[0]]) else None)]
    named = [options[place] for place in places]
    if SINGLE.fullmatch(named[0]):
        rest = [Asked(f"{text} - {options[place]}", ((place, ""),), kind="open") for place in places[1:]]
        return [Asked(text, tuple(zip(places, ["", *named[1:]], strict=True))), *rest]
    columns = [[row[place].strip() for row in rows if row[place].strip()] for place in places]
    if boxes(columns, named):
        many = Asked(text, tuple(zip(places, named, strict=True)), kind="multi")
        written = [place for place in places if OTHER.match(options[place])]
        return [many, *(Asked(f"{text} - {options[place]}", ((place, ""),), kind="open") for place in written)]
    head = " ".join(text.split()[:6])
    return [Asked(f"{text} - {options[place]}", ((place, ""),), f"{head} {options[place]}") for place in places]

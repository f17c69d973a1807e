"""Take a Qualtrics export apart: three header rows, the older two, or names only."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from pmlib.sources.files.tables import Grid
from pmlib.sources.surveys.questionnaire import Asked, Questionnaire, words

KNOWN = frozenset(
    {
        *("startdate", "enddate", "status", "ipaddress", "progress", "duration", "durationinseconds", "finished"),
        *("recordeddate", "recordid", "responseid", "recipientlastname", "recipientfirstname", "recipientemail"),
        *("externaldatareference", "externalreference", "externaldata", "locationlatitude", "locationlongitude"),
        *("locationaccuracy", "distributionchannel", "userlanguage", "responseset", "name", "emailaddress"),
    }
)
WHO = ("recordid", "responseid")
WHEN = ("recordeddate", "enddate")
QID = re.compile(r"(?P<base>QID\d+(?:#\d+)?)(?P<rest>.*)")
DERIVED = re.compile(
    r"_NPS_GROUP$|Topics$|ParentTopics|Sentiment|_DO(_|$)|^SC\d|FIRST_CLICK|LAST_CLICK|PAGE_SUBMIT|CLICK_COUNT"
)
ASIDE = {"1": "preview", "2": "test", "8": "spam", "9": "preview", "12": "preview", "17": "preview", "32": "preview"}
LABELS = (("preview", "preview"), ("test", "test"), ("spam", "spam"))
UNANSWERED = frozenset({"-99"})
MOST_VALUES = 12


def import_ids(row: Sequence[str]) -> list[dict[str, str]] | None:
    """Return the ids in a row of ``{"ImportId": …}``, or ``None`` where it is another row."""
    ids = []
    for cell in row:
        if not cell.strip():
            ids.append({})
            continue
        if not cell.lstrip().startswith("{"):
            return None
        try:
            found = json.loads(cell)
        except json.JSONDecodeError:
            return None
        if not isinstance(found, dict) or "ImportId" not in found:
            return None
        ids.append({str(key): str(value) for key, value in found.items()})
    return ids


def header_rows(grid: Grid) -> int:
    """Return how many header rows a Qualtrics export has: 3, 2 (older), 1 (names only), or 0 for no such export."""
    if len(grid.rows) > 2 and import_ids(grid.rows[2]):
        return 3
    first = [cell.strip() for cell in grid.rows[0]]
    if len(grid.rows) > 1 and re.fullmatch(r"V\d+", first[0]) and plain(grid.rows[1][0]) in WHO:
        return 2
    names = {plain(cell) for cell in first}
    return 1 if "responseid" in names and len(names & KNOWN) >= 4 else 0


def qualtrics(grid: Grid) -> Questionnaire:
    """Take the export apart; previews, tests and spam are set aside, addresses and names left out."""
    count = header_rows(grid)
    names = [words(cell) for cell in grid.rows[0]]
    texts = [words(cell) for cell in grid.rows[1]] if count > 1 else names
    ids = (import_ids(grid.rows[2]) or []) if count == 3 else []
    rows = grid.rows[count:]
    keys = [plain(one.get("ImportId", "")) for one in ids] or [plain(cell) for cell in (texts if count == 2 else names)]
    places = {key: place for place, key in reversed(list(enumerate(keys))) if key in KNOWN}
    rest = [place for place, key in enumerate(keys) if key not in KNOWN and names[place]]
    if ids:
        asked_at = [place for place in rest if QID.match(ids[place].get("ImportId", ""))]
        asked_at = [place for place in asked_at if not derived(names[place], ids[place]["ImportId"])]
        asked = grouped(asked_at, names, texts, ids)
        embedded = [place for place in rest if not QID.match(ids[place].get("ImportId", ""))]
    else:
        asked = [Asked(texts[place], ((place, ""),), names[place]) for place in rest if not derived(names[place], "")]
        embedded = []
    if "userlanguage" in places:
        embedded.append(places["userlanguage"])
    asked = [unsplit(one, rows) for one in asked]
    when = next((places[key] for key in WHEN if key in places), None)
    return Questionnaire(
        form={3: "Qualtrics, three header rows", 2: "Qualtrics, two header rows", 1: "Qualtrics, names only"}[count],
        header=names,
        rows=rows,
        asked=asked,
        respondent=next((places[key] for key in WHO if key in places), None),
        answered_at=when,
        segments={names[place]: place for place in embedded if groups(rows, place) and not derived(names[place], "")},
        aside=[aside(row[places["status"]]) for row in rows] if "status" in places else (),
        zone=ids[when].get("timeZone", "") if ids and when is not None else "",
        unanswered=UNANSWERED,
        finished=finished(rows, places),
    )


def grouped(
    places: Sequence[int],
    names: Sequence[str],
    texts: Sequence[str],
    ids: Sequence[Mapping[str, str]],
) -> list[Asked]:
    """Put the columns of a multiple choice together; every other column is a question."""
    sets: dict[str, list[int]] = defaultdict(list)
    for place in places:
        if "choiceId" in ids[place]:
            sets[ids[place]["ImportId"]].append(place)
    asked = []
    for place in places:
        members = sets.get(ids[place]["ImportId"], [])
        if "choiceId" not in ids[place] or not members:
            written = ids[place]["ImportId"].endswith("_TEXT")
            asked.append(Asked(texts[place], ((place, ""),), names[place], "open" if written else None))
        elif place == members[0]:
            stem, options = parted([texts[member] for member in members])
            name = names[place].rpartition("_")[0] or names[place]
            asked.append(Asked(stem, tuple(zip(members, options, strict=True)), name, "multi"))
    return asked


def parted(texts: Sequence[str]) -> tuple[str, list[str]]:
    """Part ``Question - Selected Choice - Option`` into the question and its options."""
    heads = [text.split(" - ") for text in texts]
    shared = 0
    while all(len(parts) > shared + 1 for parts in heads) and len({parts[shared] for parts in heads}) == 1:
        shared += 1
    if not shared:
        return texts[0], list(texts)
    stem = " - ".join(heads[0][: shared - 1] if shared > 1 and len(heads[0]) > 2 else heads[0][:shared])
    return stem, [" - ".join(parts[shared:]) for parts in heads]


def unsplit(asked: Asked, rows: Sequence[Sequence[str]]) -> Asked:
    """Tell a multiple choice that stands in one cell, as ``1,3``."""
    if asked.kind or len(asked.cells) > 1:
        return asked
    cells = [row[asked.place].strip() for row in rows if row[asked.place].strip()]
    codes = bool(cells) and all(re.fullmatch(r"\d+(,\d+)*", cell) for cell in cells)
    joined = codes and any("," in cell for cell in cells)
    return Asked(asked.text, asked.cells, asked.name, "multi", ",") if joined else asked


def derived(name: str, import_id: str) -> bool:
    """Whether a column is worked out from others: groups, topics, display order, timing, scores."""
    return bool(DERIVED.search(name) or DERIVED.search(import_id))


def plain(name: str) -> str:
    """Return a name without case, spaces and signs."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def groups(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a column parts the respondents into a few groups."""
    values = {row[place].strip() for row in rows} - {""}
    return 1 < len(values) <= MOST_VALUES


def aside(status: str) -> str:
    """Return why a response of this status is set aside, or ``""``."""
    text = status.strip().casefold()
    code = text.removesuffix(".0")
    return ASIDE.get(code) or next((reason for word, reason in LABELS if word in text), "")


def finished(rows: Sequence[Sequence[str]], places: Mapping[str, int]) -> list[bool]:
    """Tell for each row whether the survey was finished, as far as the export says."""
    if "finished" not in places:
        return []
    return [row[places["finished"]].strip().casefold() not in {"0", "0.0", "false", "falsch", "no"} for row in rows]

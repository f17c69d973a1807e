"""What the facts of a report know: every number of it, with its words, so that a number of a memo can be traced."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.reports.files.numerals import Kind, numbers

Facts = dict[str, Any]
Json = dict[str, Any]
Role = Literal["value", "low end", "high end", "n", "change", "before", "target", "p", "cell", "words", "rows"]

DULL = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on at to for from by with and or not no is are was were be been than as it its that this "
        "these those their our we who which what how do does did has have had more most less least fewer few per cent "
        "percent points point about around up down over under only all each every one week weeks between interval "
        "range against die der das den dem des ein eine und oder von mit im am zu auf für ist sind",
    )
)
"""Words that stand everywhere and tell nothing."""


@dataclass(frozen=True)
class Known:
    """A number of a report.

    Parameters
    ----------
    value, kind
        As it is printed: 35.1 and ``percent`` for a share of 0.351.
    step
        How coarse it is known: 0 where the value itself is, else what the last printed digit is worth.
    own, row, wide
        Words that mean this number, its row in a table, and its finding and report.
    of
        The whole it is a part of, where the report says it so.
    signed
        Whether it is a difference, of which a sentence may tell the direction in a word.
    end
        Whether it is an end of an interval.
    """

    report: str
    finding: str
    title: str
    label: str
    role: Role
    value: float
    kind: Kind
    text: str
    own: frozenset[str]
    wide: frozenset[str]
    row: frozenset[str] = frozenset()
    step: float = 0.0
    of: float | None = None
    signed: bool = False
    end: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What next week's number of the same meaning is called."""
        return (self.report, self.finding, self.label, self.role)

    def __str__(self) -> str:
        role = f", {self.role}" if self.role not in {"value", "cell", "rows", "words"} else ""
        return f"{self.title}: {self.label}{role}"


def known(facts: Facts) -> list[Known]:
    """Return the numbers of a report: estimates and what belongs to them, cells of tables, numbers in its sentences."""
    found: list[Known] = []
    for finding in facts["findings"]:
        found += of_finding(facts, finding)
    for source in facts["sources"]:
        for part in ("read", "kept"):
            if source.get(part):
                label = f"{source['name']} rows {part}"
                found.append(made(facts, {}, label, "rows", float(source[part]), Unit.COUNT))
    for card in facts["cards"]:
        found += spoken(facts, {"id": card["id"]}, f"the card of {card['name']}", f"{card['name']}: {card['change']}")
    for check in facts["checks"]:
        found += spoken(facts, {}, "a check", check["text"])
    for action in facts["actions"]:
        found += spoken(facts, {}, "what to do", action)
    return found


def of_finding(facts: Facts, finding: Json) -> Iterator[Known]:
    """Return the numbers of a finding."""
    kpi = finding["kpi"]
    estimates = list(finding["estimates"])
    if kpi and kpi["estimate"]["label"] not in {one["label"] for one in estimates}:
        estimates.append(kpi["estimate"])
    for one in estimates:
        yield from of_estimate(facts, finding, one)
    if kpi:
        yield from of_card(facts, finding, kpi)
    if finding["table"]:
        yield from of_table(facts, finding, finding["table"])
    elif finding["chart"]:
        yield from of_chart(facts, finding, finding["chart"])
    for part in ("headline", "definition", "action", "question"):
        yield from spoken(facts, finding, f"the {part}", finding[part])
    for part in ("caption", "description") if finding["chart"] else ():
        yield from spoken(facts, finding, f"the chart's {part}", finding["chart"][part])
    for caution in finding["cautions"]:
        yield from spoken(facts, finding, "a caution", caution)


def of_estimate(facts: Facts, finding: Json, one: Json) -> Iterator[Known]:
    """Return an estimate's value, the ends of its interval, its n and p."""
    unit = Unit.from_json(one["unit"])
    roles: tuple[tuple[Role, str], ...] = (("value", "value"), ("low end", "low"), ("high end", "high"))
    for role, name in roles:
        if one[name] is not None:
            yield made(facts, finding, one["label"], role, one[name], unit)
    if one["n"] and one["n"] != one["value"]:
        yield made(facts, finding, one["label"], "n", float(one["n"]), Unit.COUNT)
    if one["p"] is not None:
        yield made(facts, finding, one["label"], "p", one["p"], Unit("number", 3))


def of_card(facts: Facts, finding: Json, kpi: Json) -> Iterator[Known]:
    """Return a card's change, what it was before, and its target."""
    now, change = kpi["estimate"], kpi["change"]
    unit = Unit.from_json(now["unit"])
    if kpi["target"] is not None:
        yield made(facts, finding, now["label"], "target", kpi["target"], unit)
    if not change or change["value"] is None:
        return
    by = Unit.from_json(change["unit"])
    yield made(facts, finding, now["label"], "change", change["value"], by)
    if now["value"] is None or (by.kind == "lift" and change["value"] <= -1):
        return
    relative = by.kind == "lift" and unit.kind != "lift"
    before = now["value"] / (1 + change["value"]) if relative else now["value"] - change["value"]
    if unit.kind == "count":
        before = float(round(before))
    yield made(facts, finding, now["label"], "before", before, unit)


def of_table(facts: Facts, finding: Json, table: Json) -> Iterator[Known]:
    """Return the numbers of a table's cells, those inside its texts too; quotes are no numbers of ours."""
    columns = table["columns"]
    for plain, printed in zip(table["values"], table["rows"], strict=True):
        names = [str(printed[j]) for j, column in enumerate(columns) if column["kind"] in {"text", "date"}]
        name = names[0] if names else ""
        # A memo seldom names the year of a week.
        row = frozenset(word for word in words_of(" ".join(names[:2])) if not re.fullmatch(r"(19|20)\d\d", word))
        for j, column in enumerate(columns):
            value, label = plain[j], f"{column['title']}, {name}" if name else column["title"]
            if isinstance(value, (int, float)) and column["number"]:
                one = made(facts, finding, label, "cell", float(value), Unit.from_json(column["unit"]), row)
                yield one
            elif isinstance(value, str) and column["kind"] not in {"quote", "date"} and j:
                yield from spoken(facts, finding, label, value, "cell", row)


def of_chart(facts: Facts, finding: Json, chart: Json) -> Iterator[Known]:
    """Return the numbers of a chart that has no table."""
    unit = Unit.from_json(chart["unit"])
    for one in chart["series"]:
        row = words_of(one["name"])
        yield from spoken(facts, finding, "the chart", one["name"], "cell", row)
        for x, value in zip(one["x"], one["y"], strict=True):
            if value is not None:
                yield made(facts, finding, f"{one['name']}, {x}", "cell", value, unit, row)


def spoken(
    facts: Facts, finding: Json, label: str, text: str, role: Role = "words", row: frozenset[str] = frozenset()
) -> Iterator[Known]:
    """Return the numbers inside a sentence, known as finely as they are printed."""
    listed = numbers(text)
    for place, one in enumerate(listed):
        reading, last = one.readings[0], listed[place - 1].end if place else 0
        own = words_of(f"{label if role == 'cell' else ''} {text}") - words_of(one.text)
        yield Known(
            report=facts["report"],
            finding=finding.get("id", ""),
            title=facts["title"],
            label=label,
            role=role,
            value=reading.value,
            kind=one.kind,
            text=one.text,
            own=own,
            wide=wide(facts, finding),
            row=row,
            step=reading.step,
            of=one.of,
            signed=one.sign != 0,
            end=ending(text[max(last, one.start - 30) : one.start], text[one.end :]),
        )


def ending(before: str, after: str) -> bool:
    """Whether the words around a number make it an end of an interval.

    Examples
    --------
    >>> ending("(95% interval ", " to 36.6%"), ending("fell from ", " to 3")
    (True, False)
    """
    before = before.casefold()
    named = re.search(r"(?:interval|between|expected|range|\bci|zwischen)\W*$|^\W*(?:to|and|bis|und|–|-)\W*$", before)
    first = re.match(r"\s?(?:–|-|to\b|bis\b)\s?[^\w\s]?\d", after) and not re.search(r"\b(?:from|von)\s*$", before)
    return bool(named or first)


def made(
    facts: Facts, finding: Json, label: str, role: Role, value: float, unit: Unit, row: frozenset[str] = frozenset()
) -> Known:
    """Make a number of a report, in the size in which it is printed."""
    scale = 100.0 if unit.is_fraction else 1.0
    kind: Kind = "points" if unit.kind == "points" else "percent" if unit.is_fraction else "plain"
    signed = unit.kind in {"lift", "points"} or role == "change"
    return Known(
        report=facts["report"],
        finding=finding.get("id", ""),
        title=facts["title"],
        label=label,
        role=role,
        value=value * scale,
        kind=kind,
        text=unit.change(value) if signed else unit.text(value),
        own=words_of(label),
        wide=wide(facts, finding),
        row=row,
        signed=signed,
        end=role in {"low end", "high end"},
    )


def wide(facts: Facts, finding: Json) -> frozenset[str]:
    """Return the words of a finding and its report."""
    return words_of(f"{facts['title']} {finding.get('id', '')} {finding.get('question', '')}")


def words_of(text: str) -> frozenset[str]:
    """Return the words that tell something: small letters, no plural, no filler; months by three letters.

    Examples
    --------
    >>> sorted(words_of("Weekly active users, 16 November"))
    ['16', 'active', 'nov', 'user', 'weekly']
    """
    return frozenset(stem(word) for word in re.findall(r"[^\W_]+", text.casefold()) if word not in DULL)


def stem(word: str) -> str:
    """Take the plural and the year's spelling of a month off a word."""
    if re.fullmatch(r"(?:january|february|march|april|june|july|august|september|october|november|december)", word):
        return word[:3]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def told_on(facts: Facts) -> str:
    """Return the day of a report's facts in words."""
    return day_text(date.fromisoformat(facts["as_of"]), year=True)


def weights(found: Sequence[Known]) -> dict[str, float]:
    """Return how much a word tells: the more, the fewer numbers it belongs to."""
    from math import log

    meanings = {(one.report, one.finding, one.label): one.own | one.wide | one.row for one in found}
    counts: dict[str, int] = {}
    for words in meanings.values():
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return {word: log(1 + len(meanings) / count) for word, count in counts.items()}

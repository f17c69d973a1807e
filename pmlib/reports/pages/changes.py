"""What changed since the last good run with an earlier day, and which numbers of the past were revised."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.core.words import capital
from pmlib.reports.pages.leaf import Change, Changes, Tone
from pmlib.reports.pages.plans import replanned

Json = dict[str, Any]

MOST = 10
"""Revisions listed one by one; what goes beyond is counted."""
SHORT = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
MONTH = rf"{SHORT}[a-z]*"
DAYS = re.compile(
    rf"\b(?:\d{{1,2}} (?:{MONTH} (?:\d{{4}} )?)?to )?\d{{1,2}} {MONTH}(?: \d{{4}})?\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b"
)
COUNTS = re.compile(r"\d[\d,]*(?:\.\d+)?%?(?! ?(?:-|\N{EN DASH})?(?:days?|weeks?|months?|hours?|minutes?)\b)(?=\D|$)")
"""Numbers of a definition that are counts of the data; a span of time is part of what is meant."""
ASIDE = re.compile(
    r"; the running \w+ from [^;.]* left out|, [\d,]+ more were not asked"
    r"|; intervals of differences hold for all [\d,]+ together(?:, those of changes on [^;]* each by itself)?"
)
"""What a definition says only where the data give cause to."""


@dataclass(frozen=True)
class Number:
    """What a finding counts first, as it is printed."""

    label: str
    estimate: Json
    kpi: Json | None

    @property
    def unit(self) -> Unit:
        """Its unit."""
        return Unit.from_json(self.estimate["unit"])

    @property
    def text(self) -> str:
        """Its value as it is printed."""
        return self.unit.text(self.estimate["value"])


def changes(before: Json | None, now: Json) -> Changes:
    """Compare the facts of a page with those of the last good run with an earlier day.

    A number is compared with one of the same finding, label, unit and definition. Numbers are compared as they are
    printed. What is called a signal is so by the rule the card carries; no two runs are tested against each other,
    for their data overlap.

    Parameters
    ----------
    before, now
        What :func:`pmlib.reports.pages.facts.facts` returned; ``None`` where there is no earlier run.

    Returns
    -------
    Changes
        The weightiest changes first: an edited plan, signals, then by their size in half intervals.
    """
    if not before:
        return Changes()
    since = date.fromisoformat(before["as_of"])
    asked = parameters(before, now)
    # What was said before other names or groups were hidden is not said again.
    spoken = before.get("privacy", "") == now.get("privacy", "")
    plan = replanned(before, now, spoken=spoken)
    if asked:
        names = " and ".join([", ".join(asked[:-1]), asked[-1]] if len(asked) > 1 else asked)
        verb = "was" if len(asked) == 1 else "were"
        text = f"Numbers are not compared with those of {day_text(since, year=True)}: {names} {verb} set anew."
        return Changes(since, (*plan, Change("", names, "", "", text)))
    weighed: list[tuple[tuple[int, float], Change]] = []
    past: list[Change] = []
    for old, new in pairs(before, now):
        revised = [*restated(old, new, since), *rewritten(old, new, since)] if same_meaning(old, new) else []
        weighed += [(rank, since_revised(one, revised)) for rank, one in moved(old, new, spoken=spoken)]
        past += revised
    questions = {finding["id"]: finding["question"] for finding in now["findings"]}
    ordered = told_once([change for _, change in sorted(weighed, key=lambda one: one[0])], questions)
    past = told_once(past, questions)
    if len(past) > MOST:
        more = len(past) - MOST + 1
        past = [*past[: MOST - 1], Change("", "", "", "", f"{more} more numbers of the past were revised.")]
    return Changes(since, (*plan, *ordered), tuple(past))


def told_once(found: Sequence[Change], questions: Mapping[str, str]) -> list[Change]:
    """Name a number once that several findings share; where another one is called the same, say what it answers."""
    kept: list[Change] = []
    seen: dict[str, set[tuple[str, str]]] = {}
    for one in found:
        named = one.text.startswith(f"{one.label}:")
        values = seen.setdefault(one.label, set()) if named else set[tuple[str, str]]()
        if (one.before, one.now) in values:
            continue
        if values:
            head = f"{one.label} ('{questions.get(one.id, one.id)}')"
            one = replace(one, label=head, text=head + one.text.removeprefix(one.label))
        values.add((one.before, one.now))
        kept.append(one)
    return kept


def since_revised(change: Change, revised: Sequence[Change]) -> Change:
    """Say of a change that the earlier number was revised since, so that two figures of one page do not clash."""
    for one in revised:
        if one.before == change.before:
            text = f"{change.text.rstrip('.')}; the earlier number was since revised to {one.now}."
            return replace(change, text=text)
    return change


def parameters(before: Json, now: Json) -> list[str]:
    """Return the parameters with another value, where both runs say theirs."""
    old, new = before.get("parameters"), now.get("parameters")
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    return sorted(name for name in {*old, *new} - {"as_of"} if old.get(name) != new.get(name))


def pairs(before: Json, now: Json) -> Iterator[tuple[Json, Json]]:
    """Yield the findings of both runs that answer the same: by id, or by question where one has no answer."""
    old = {finding["id"]: finding for finding in before["findings"]}
    known = {finding["id"] for finding in now["findings"]}
    for new in now["findings"]:
        if new["id"] in old:
            yield old[new["id"]], new
            continue
        like = [
            one
            for one in old.values()
            if one["question"] == new["question"]
            and one["id"] not in known
            and bool(one["estimates"]) != bool(new["estimates"])
        ]
        if len(like) == 1:
            yield like[0], new


def moved(old: Json, new: Json, *, spoken: bool = True) -> list[tuple[tuple[int, float], Change]]:
    """Return what changed in a finding, each with its weight: the lower the weightier.

    Parameters
    ----------
    spoken
        Whether words of the earlier page may stand on this one.
    """
    question, name = new["question"].rstrip("?"), new["id"]
    if bool(old["estimates"]) != bool(new["estimates"]):
        # The headline of what cannot be answered is the reason.
        text = f"'{question}?' can be answered now." if new["estimates"] else f"'{question}?': {new['headline']}"
        was, now = ("cannot be answered", "answered") if new["estimates"] else ("answered", "cannot be answered")
        return [((1, 0.0), Change(name, new["question"], was, now, text))]
    found: list[tuple[tuple[int, float], Change]] = []
    verdicts = [finding["headline"].partition(":")[0] for finding in (old, new)]
    if name == "experiment-verdict" and verdicts[0] != verdicts[1]:
        was = verdicts[0] if spoken else ""
        text = f"The verdict is now '{verdicts[1]}'" + (f", from '{was}'." if was else ".")
        found.append(((0, 0.0), Change(name, "Verdict", was, verdicts[1], text)))
    first, last = number(old), number(new)
    if first is None or last is None or first.label != last.label or first.unit != last.unit:
        return found
    label = capital(first.label)
    if not same_meaning(old, new):
        text = f"{label}: not compared with {first.text}, its definition changed."
        return [*found, ((1, 0.0), Change(name, label, first.text, last.text, text))]
    period = last.estimate["period"]
    if period and period == first.estimate["period"]:
        return found
    if first.text == last.text:
        # Words that changed while no number did.
        if not found and skeleton(old["headline"]) != skeleton(new["headline"]):
            was = old["headline"] if spoken else ""
            text = f"{new['headline'].rstrip('.')}; before: {was}" if was else new["headline"]
            rank = 2 if name.startswith("experiment") else 4
            found.append(((rank, 0.0), Change(name, label, was, new["headline"], text)))
        return found
    called, tone, words = judged(last, first)
    text = f"{label}: {last.text}, from {first.text}{difference(first, last)}{words}."
    change = Change(name, label, first.text, last.text, text, tone)
    return [*found, ((0 if called else 3, -weight(first, last)), change)]


def number(finding: Json) -> Number | None:
    """Return the number a finding is about, if it is known: that of its card, else its first estimate."""
    kpi = finding["kpi"]
    estimate = kpi["estimate"] if kpi else next(iter(finding["estimates"]), None)
    return Number(estimate["label"], estimate, kpi) if estimate and estimate["value"] is not None else None


def same_meaning(old: Json, new: Json) -> bool:
    """Whether two definitions differ only in what the data of a week make of them."""
    return meaning(old) == meaning(new)


def meaning(finding: Json) -> str:
    """Return a definition without the days and counts of its data.

    Examples
    --------
    >>> meaning({"definition": "Within 7 days; 681 of 700 asked answered in Spring; to 22 Nov.",
    ...          "estimates": [{"period": "Spring"}]})
    'Within 7 days; # of # asked answered in @; to @.'
    """
    text = ASIDE.sub("", finding["definition"])
    for period in sorted({one["period"] for one in finding["estimates"] if one["period"]}, key=len, reverse=True):
        text = text.replace(period, "@")
    return COUNTS.sub("#", DAYS.sub("@", text))


def skeleton(text: str) -> str:
    """Return the words of a sentence without its days and numbers."""
    return re.sub(r"[+\N{MINUS SIGN}]?\d[\d,.]*%?", "#", DAYS.sub("@", text))


def difference(first: Number, last: Number) -> str:
    """Write how much a number changed: shares and lifts in points, amounts in per cent, scores in their unit."""
    unit, then, value = last.unit, first.estimate["value"], last.estimate["value"]
    if unit.kind in {"count", "number", "currency"}:
        if then <= 0:
            return ""
        text, nothing = Unit.LIFT.change(value / then - 1), Unit.LIFT.text(0)
    else:
        kind = Unit.POINTS if unit.is_fraction else unit
        text, nothing = kind.change(value - then), kind.text(0)
    return "" if text.strip("+\N{MINUS SIGN}") == nothing else f" ({text})"


def judged(last: Number, first: Number) -> tuple[bool, Tone, str]:
    """Return whether a value is a signal by the rule its card carries, with its tone, and the words for it."""
    kpi, value = last.kpi, last.estimate["value"]
    low, high = last.estimate["low"], last.estimate["high"]
    if kpi and kpi.get("expected"):
        state = (kpi.get("signal") or {}).get("state", "")
        if not kpi.get("signal") and low is not None and high is not None:
            state = "below" if value < low else "above" if value > high else "none"
        if state in {"above", "below"}:
            good = (state == "above") == (kpi["better"] == "up")
            tone: Tone = "flat" if not kpi["better"] else "good" if good else "bad"
            return True, tone, f", {state} its range: a signal"
        return False, "flat", {"none": ", within its range", "early": ", too early to call"}.get(state, "")
    if low is None or high is None:
        return False, "flat", ""
    where = "within" if low <= first.estimate["value"] <= high else "outside"
    return False, "flat", f"; the earlier value lies {where} its interval"


def weight(first: Number, last: Number) -> float:
    """Return the size of a change in half intervals; of a number without one, against its earlier value."""
    step = abs(last.estimate["value"] - first.estimate["value"])
    low, high = last.estimate["low"], last.estimate["high"]
    half = (high - low) / 2 if low is not None and high is not None else abs(first.estimate["value"])
    return step / half if half else step


def restated(old: Json, new: Json, since: date) -> Iterator[Change]:
    """Yield the estimates of a past period that have another value now; an outlook is made anew each week."""
    was = {(one["label"], one["period"]): one for one in old["estimates"] if one["period"]}
    for one in {(one["label"], one["period"]): one for one in new["estimates"] if one["period"]}.values():
        earlier = was.get((one["label"], one["period"]))
        if over(one["period"], since) is False:
            continue
        if earlier is None or None in (one["value"], earlier["value"]) or one["unit"] != earlier["unit"]:
            continue
        before, now = (Unit.from_json(each["unit"]).text(each["value"]) for each in (earlier, one))
        if before != now:
            label = f"{capital(one['label'])}, {one['period']}"
            yield Change(new["id"], label, before, now, f"{label}: revised from {before} to {now}.")


def over(period: str, since: date) -> bool | None:
    """Whether a period had ended on a day; ``None`` where its words hold no date.

    Examples
    --------
    >>> over("16 to 22 Nov 2026", date(2026, 11, 22)), over("23 Nov 2026", date(2026, 11, 22)), over("Spring", date.max)
    (True, False, None)
    """
    days = [datetime.strptime(text, "%d %b %Y").date() for text in re.findall(rf"\d{{1,2}} {SHORT} \d{{4}}", period)]
    return max(days) <= since if days else None


def rewritten(old: Json, new: Json, since: date) -> Iterator[Change]:
    """Yield the rows of a table by date, seen in both runs, that hold other numbers now."""
    tables = [finding["table"] for finding in (old, new)]
    if not all(tables) or not tables[1]["columns"] or tables[1]["columns"][0]["kind"] != "date":
        return
    if tables[0]["columns"] != tables[1]["columns"]:
        return
    titles = [column["title"] for column in tables[1]["columns"]]
    rows = {values[0]: (values, cells) for values, cells in zip(tables[0]["values"], tables[0]["rows"], strict=True)}
    for values, cells in zip(tables[1]["values"], tables[1]["rows"], strict=True):
        # What lay ahead then was an outlook, and what was not known then is no revision.
        if values[0] not in rows or not past(values[0], since):
            continue
        was, printed = rows[values[0]]
        both = [at for at in range(1, len(titles)) if None not in (was[at], values[at])]
        other = [at for at in both if printed[at] != cells[at]]
        if other:
            label = f"{titles[0]} of {cells[0]}" if titles[0] in {"Week", "Month"} else f"{titles[0]} {cells[0]}"
            said = [f"{lower(titles[at])} revised from {printed[at]} to {cells[at]}" for at in other]
            yield Change(new["id"], label, printed[other[0]], cells[other[0]], f"{label}: {', '.join(said)}.")


def past(value: object, since: date) -> bool:
    """Whether a row's date is a day of the time before an earlier run."""
    try:
        return date.fromisoformat(str(value)) <= since
    except ValueError:
        return False


def lower(title: str) -> str:
    """Write a column's title inside a sentence; a name in capitals stays."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]

"""The files a first pack begins from: what each is taken for, and which of them are one table."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from pmlib import sources
from pmlib.core import InputError, PmlibError
from pmlib.reports.packs.trials import sort_of
from pmlib.sources.events.guess import columns_of

NAMES = {
    "events": "usage events",
    "survey": "a survey",
    "interviews": "interviews",
    "series": "a series over time",
    "units": "the units of an experiment",
    "aggregates": "aggregates of an experiment",
    "subscriptions": "subscriptions",
    "accounts": "the accounts of users",
}
BESIDE = {"interviews": ("survey", "a survey"), "series": ("events", "usage events")}
"""Kinds that are reported beside another."""
ENDINGS = {
    *(".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".parquet", ".pq", ".json", ".jsonl", ".ndjson", ".duckdb"),
    *(".ddb", ".db", ".vtt"),
}
"""What is looked at in a folder; notes and settings lie in folders too."""
NOTES = re.compile(r"(readme|changelog|licen[sc]e|contributing)(\.(md|markdown|txt|rst))?", re.IGNORECASE)
NO_DATA = "no data, by its name."
SURE = 0.9
"""Confidence of a column that its name and its content bear out."""
MANY = 4
"""Names written out in a sentence."""

Shape = tuple[str, tuple[str, ...]]
"""A kind, and what tells one table of this kind from another."""


@dataclass
class Gathered:
    """The files of each kind that are one table, plans and lists of experiments, and why others were left out."""

    files: dict[str, list[str]] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    plans: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)


def gathered(given: Sequence[str]) -> Gathered:
    """Sort files by what they are taken for; what a folder holds beside them is left out with the reason.

    Parameters
    ----------
    given
        Files, patterns and folders; of a folder its files and those of the folders in it. Beside others a file that
        is no data is left out too: a shell puts it in for ``data/*``.

    Raises
    ------
    InputError
        If data that were named cannot be used, files of one kind are not one table, or a folder holds nothing.
    """
    folders = [one for one in given if Path(one).expanduser().is_dir()]
    inside = [file for folder in folders for file in held(Path(folder).expanduser())]
    found = Gathered()
    sorts = {one: sort_of(Path(one).expanduser()) for one in (*given, *map(str, inside))}
    found.plans, found.lists = ([one for one in sorts if sorts[one] == sort] for sort in ("plan", "list"))
    given, inside = [one for one in given if not sorts[one]], [file for file in inside if not sorts[str(file)]]
    chance = [one for one in given if len(sorts) > 1 and Path(one).expanduser().is_file() and not is_data(Path(one))]
    named = [one for one in dict.fromkeys(given) if one not in {*folders, *chance}]
    notes = [one for one in chance if NOTES.fullmatch(Path(one).name)]
    found.left |= dict.fromkeys([*notes, *(str(file) for file in inside if not is_data(file))], NO_DATA)
    shapes: dict[Shape, list[str]] = {}
    for one in dict.fromkeys([*named, *chance, *map(str, inside)]):
        if one in found.left:
            continue
        try:
            shapes.setdefault(shape_of(one), []).append(one)
        except PmlibError as error:
            if one in named:
                raise
            found.left[one] = first_clause(str(error))
    for (kind, _), files in shapes.items():
        why = unlike(files[0]) if kind == "events" else bare(files[0]) if kind == "aggregates" else ""
        if why and set(files) & set(named):
            raise InputError(why)
        if why:
            found.left |= dict.fromkeys(files, first_clause(why))
        else:
            joined(found, kind, files, named)
    lonely(found, named)
    if not (found.files or found.lists):
        why = "; ".join(f"{Path(one).name}: {reason}" for one, reason in [*found.left.items()][:MANY])
        where = ", ".join(folders) or listed(given or found.plans)
        if found.plans:
            why = f"{listed(found.plans)} is the plan of an experiment; give the table of its units too, one row each."
        raise InputError(f"{where} holds nothing to report on. {why or 'It has no tables.'}")
    return found


def held(folder: Path) -> list[Path]:
    """Return the files in a folder, and in the folders in it, but for hidden ones."""
    files = [*folder.iterdir(), *(file for one in folder.iterdir() if one.is_dir() for file in one.iterdir())]
    return sorted(
        file
        for file in files
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def is_data(file: Path) -> bool:
    """Whether a file's name is one of a table or transcript."""
    return Path(file.name.removesuffix(".gz")).suffix.lower() in ENDINGS and not NOTES.fullmatch(file.name)


def shape_of(one: str) -> Shape:
    """Tell what a file is taken for and what table it is part of; each experiment is one of its own."""
    kind = sources.kind_of(one)
    return kind, ((one,) if kind == "units" else tuple(sorted(sources.header_of(one))))


def unlike(one: str) -> str:
    """Say why a file that is nothing else is not one of usage events either; ``""`` where it is."""
    try:
        columns, why = columns_of(one)
    except InputError as error:
        return str(error)
    if columns.get("event", "").startswith("=") and why["user_id"][0] < SURE:
        return (
            f"{Path(one).name} does not look like usage events: no column names an event, and '{columns['user_id']}' "
            "is only a guess for the user. If it is, write columns into a pack by hand."
        )
    return ""


def bare(one: str) -> str:
    """Say how a pack reads aggregates: which metric decides, and which arm is control, nobody can guess of them."""
    return (
        f"{Path(one).name} holds aggregates of an experiment, whose goal and control init does not guess. Write them "
        f'into a pack, below [[report]] and notebook = "experiment.ipynb": [report.parameters], experiment = "", '
        f'aggregates = "{Path(one).name}", metric, control and guardrails; or give init the table of units they were '
        "made of."
    )


def joined(found: Gathered, kind: str, files: list[str], named: Sequence[str]) -> None:
    """Take files in as the table of their kind; of two tables in a folder the larger stays.

    Raises
    ------
    InputError
        If both were named.
    """
    before = found.files.get(kind)
    if before is None:
        found.files[kind] = files
        return
    if set(before) & set(named) and set(files) & set(named):
        raise InputError(
            f"{listed(before)} and {listed(files)} are both {NAMES[kind]} and not one table{differing(before, files)}. "
            "Give one of them; for the other write a pack of its own, with --out NAME.toml. If they are one table, "
            "give them the same columns."
        )
    ours = [set(one) & set(named) for one in (before, files)]
    stay, go = (before, files) if ours[0] or (not ours[1] and size(before) >= size(files)) else (files, before)
    found.files[kind] = stay
    why = f"another table of {NAMES[kind]} than {listed(stay)}{differing(stay, go)}; give it a pack of its own."
    found.left |= dict.fromkeys(go, why)


def differing(one: Sequence[str], other: Sequence[str]) -> str:
    """Say which columns tell two tables apart."""
    first, second = ({*sources.header_of(files[0])} for files in (one, other))
    parts = [
        f"only {Path(files[0]).name} has {listed(sorted(names))}"
        for files, names in ((one, first - second), (other, second - first))
        if names
    ]
    return f" ({'; '.join(parts)})" if parts else ""


def lonely(found: Gathered, named: Sequence[str]) -> None:
    """Leave out what is reported only beside another kind that is not there.

    Raises
    ------
    InputError
        If it was named.
    """
    for kind, (other, words) in BESIDE.items():
        if kind in found.files and other not in found.files:
            why = f"{NAMES[kind].capitalize()} can only be reported beside {words}; give that file too."
            if set(found.files[kind]) & set(named):
                raise InputError(why)
            found.left |= dict.fromkeys(found.files.pop(kind), why)


def first_clause(why: str) -> str:
    """Return what was found, without what to do: a file that a folder holds by chance needs no mending."""
    return re.split(r"; |\. ", why)[0].rstrip(".") + "."


def listed(names: Sequence[str]) -> str:
    """Name the first files or columns of many.

    Examples
    --------
    >>> listed(["a/b.csv"]), listed(["a", "b", "c", "d", "e", "f"])
    ('b.csv', 'a, b, c, d and 2 more')
    """
    shown = [Path(name).name for name in names]
    return ", ".join(shown) if len(shown) <= MANY else f"{', '.join(shown[:MANY])} and {len(shown) - MANY} more"


def size(files: Sequence[str]) -> int:
    """Return how many bytes files have."""
    return sum(Path(file).stat().st_size for file in files)


def left_out(left: Mapping[str, str]) -> list[str]:
    """Write what was left out, and why, a line a reason."""
    reasons: dict[str, list[str]] = {}
    for one, why in left.items():
        reasons.setdefault(why, []).append(one)
    return [f"Left out {listed(files)}: {why}" for why, files in reasons.items()]


def pattern(files: Sequence[str], folder: Path) -> str:
    """Write one path or pattern for files, relative to the pack.

    Raises
    ------
    InputError
        If no pattern names just these.
    """
    if len(files) == 1:
        return os.path.relpath(Path(files[0]).expanduser().resolve(), folder.resolve())
    places = {Path(file).expanduser().resolve() for file in files}
    parents = {place.parent for place in places}
    endings = {"".join(place.suffixes[-2 if place.suffix == ".gz" else -1 :]) for place in places}
    if len(parents) == 1 and len(endings) == 1:
        parent, ending = parents.pop(), endings.pop()
        first, last = min(place.name for place in places), max(place.name for place in places)
        alike = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
        for begins in ("", alike):
            if {path.resolve() for path in parent.glob(f"{begins}*{ending}")} == places:
                return os.path.relpath(parent / f"{begins}*{ending}", folder.resolve())
    raise InputError(
        f"{len(files)} files are of one kind ({listed(files)}) but no pattern such as folder/*.csv names just these. "
        "Put them into a folder of their own."
    )

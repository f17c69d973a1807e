"""Which rows of a table are groups too small to be shown, and which others would give them away by subtraction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TOTALS = {"all", "total", "everyone", "all answers"}
"""Names of rows that stand for all others, and beginnings of such names before a comma."""


@dataclass(frozen=True)
class Hidden:
    """What of a table is not shown.

    Parameters
    ----------
    rows
        Rows of which nothing but the name is shown.
    cells
        Further cells, by row and column: what all groups have together, where one could be had from it.
    groups
        The names of the groups, and of the column they stand in.
    told
        Whether all of them may be called small: nobody can tell how large a group is that was hidden with others.
    sums
        Sizes of all groups together that would give one away.
    nested
        Whether the totals of columns are over unlike groups, as cohorts of unlike age: none of them is shown.
    """

    rows: frozenset[int] = frozenset()
    cells: frozenset[tuple[int, int]] = frozenset()
    groups: frozenset[tuple[str, str]] = frozenset()
    told: bool = True
    sums: frozenset[int] = frozenset()
    nested: bool = False


@dataclass(frozen=True)
class Row:
    """A group: its place in the table, the cells before its name, its name, its size."""

    at: int
    context: tuple[str, ...]
    kind: str
    name: str
    size: float


@dataclass
class Part:
    """Groups that may add up to a whole, each shown in one or several contexts, such as the answers to choose from."""

    rows: list[Row]
    totals: list[Row]
    hidden: set[str] = field(default_factory=set)
    joined: bool = False
    summed: bool = False

    def of(self, context: tuple[str, ...]) -> list[Row]:
        """Return the rows of a context."""
        return [row for row in self.rows if row.context == context]

    @property
    def contexts(self) -> list[tuple[str, ...]]:
        """The contexts there are."""
        return list(dict.fromkeys(row.context for row in self.rows))


def hidden(
    table: Json, least: int, *, elsewhere: Collection[float] = (), steps: bool = False, kept: float | None = None
) -> Hidden:
    """Choose what of a table is not shown, so that no group of fewer than ``least`` people can be made out.

    A group that is hidden alone where the size of all groups is known is had by subtraction: the next smallest is
    hidden with it, until those hidden are two or more and ``least`` people or more together, in each column.

    Parameters
    ----------
    table
        A :meth:`pmlib.show.Table.as_json`; the column before the one of sizes holds the names of the groups, those
        before that what is said of them.
    elsewhere
        Numbers that stand beside the table, so that a reader knows them as sizes of all groups together.
    steps
        Whether each row is a part of the one before, so that rows do not add up.
    kept
        The value of the one total that is shown where the totals of columns are over unlike groups.
    """
    titles = [column["title"] for column in table["columns"]]
    if not table.get("size") or table["size"] not in titles:
        return Hidden()
    size = titles.index(table["size"])
    rows, totals = named(table, size)
    if not any(small(row, least) for row in rows):
        return Hidden()
    values = table["values"]
    columns = [at for at in range(size, len(titles)) if table["columns"][at]["number"]]
    everything = [row for row in rows if row not in totals]
    kinds = dict.fromkeys(row.kind for row in everything)
    parts = [Part([row for row in everything if row.kind == kind], totals) for kind in kinds]
    for part in parts:
        part.hidden = {row.name for row in part.rows if small(row, least)}
    gone = {row.at for row in totals if small(row, least)}
    cells: set[tuple[int, int]] = set()
    sums: set[int] = set()
    nested = not steps and any(gaps(part, values, columns) for part in parts if part.hidden)
    if nested:
        cells |= {(row.at, at) for row in totals for at in range(size, len(titles))}
        shown = [] if kept is None else [values[row.at] for row in totals]
        columns = [at for at in columns if any(total[at] == kept for total in shown)]
    for part in [] if steps else parts:
        others = {row.size for row in rows if row.kind != part.rows[0].kind} | set(elsewhere)
        for context, at, open_rows in join(part, values, columns, least, others):
            # Nothing is left to hide beside them: the sum itself goes.
            if at == size:
                whole = sum(row.size for row in part.of(context))
                sums.add(round(whole))
                gone |= {row.at for row in rows if row.size == whole and row not in part.rows}
            cells |= {(row.at, at) for row in open_rows}
    gone |= {row.at for part in parts for row in part.rows if row.name in part.hidden}
    told = all(not part.joined and not (part.summed and tight(part, least)) for part in parts if part.hidden)
    title = titles[size - 1] if size else ""
    names = [(part.rows[0].kind or title, bare(name, part.rows[0].kind)) for part in parts for name in part.hidden]
    lone = [(title, row.name) for row in totals if row.at in gone]
    return Hidden(frozenset(gone), frozenset(cells), frozenset([*names, *lone]), told, frozenset(sums), nested)


def named(table: Json, size: int) -> tuple[list[Row], list[Row]]:
    """Read the groups of a table, and which rows stand for all."""
    found: list[Row] = []
    for at, (cells, values) in enumerate(zip(table["rows"], table["values"], strict=True)):
        people = values[size]
        if isinstance(people, bool) or not isinstance(people, int | float):
            continue
        name = cells[size - 1] if size else ""
        kind, sign, _ = name.partition(": ")
        found.append(Row(at, tuple(cells[: max(0, size - 1)]), kind if sign else "", name, people))
    return found, [row for row in found if row.name.partition(",")[0].casefold() in TOTALS]


def small(row: Row, least: int) -> bool:
    """Whether a group is too small; one of nobody has nobody to protect."""
    return 0 < row.size < least


def bare(name: str, kind: str) -> str:
    """Return a name without the kind of its group: ``plan: pro`` is ``pro``."""
    return name.removeprefix(f"{kind}: ") if kind else name


def gaps(part: Part, values: Sequence[Sequence[Any]], columns: Iterable[int]) -> bool:
    """Whether a total of this part is over fewer groups in one column than in another."""
    shown = [row for row in part.rows if row.size]
    counts = {sum(known(values[row.at][at]) for row in shown) for at in columns}
    return bool(part.totals) and len(counts - {0}) > 1


def known(value: Any) -> bool:
    """Whether a cell holds anything."""
    return value not in (None, "")


def join(
    part: Part, values: Sequence[Sequence[Any]], columns: Sequence[int], least: int, others: Collection[float]
) -> list[tuple[tuple[str, ...], int, list[Row]]]:
    """Hide further groups until none can be had by subtraction; return where there was none left to hide."""
    while True:
        before = len(part.hidden)
        left: list[tuple[tuple[str, ...], int, list[Row]]] = []
        for context in part.contexts:
            rows = part.of(context)
            elsewhere = sum(row.size for row in rows) in others
            for at in columns:
                sums = [row for row in part.totals if row.context == context and known(values[row.at][at])]
                there = [row for row in rows if known(values[row.at][at]) and row.size]
                hid = [row for row in there if row.name in part.hidden]
                if not hid or not (elsewhere or sums):
                    continue
                part.summed = True
                if safe(hid, least):
                    continue
                more = [row for row in there if row.name not in part.hidden]
                if more:
                    part.hidden.add(min(more, key=lambda row: (row.size, row.at)).name)
                    part.joined = True
                else:
                    left.append((context, at, sums))
        if len(part.hidden) == before:
            return left


def safe(hid: Sequence[Row], least: int) -> bool:
    """Whether what is known of the sum of these groups tells of none of them."""
    if not any(small(row, least) for row in hid):
        return True
    whole = sum(row.size for row in hid)
    # As many people as groups are one in each.
    return len(hid) > 1 and whole >= least and whole > len(hid)


def tight(part: Part, least: int) -> bool:
    """Whether "fewer than" leaves a group but one size, given the sum of all that are hidden."""
    for context in part.contexts:
        hid = [row for row in part.of(context) if row.name in part.hidden and row.size]
        whole, most = sum(row.size for row in hid), least - 1
        if hid and max(1, whole - (len(hid) - 1) * most) >= min(most, whole - len(hid) + 1):
            return True
    return False

"""Tables and sentences in a terminal, as wide as it is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pmlib.metrics.checks import Verdict
    from pmlib.metrics.entries import Metric

WIDE = 160
"""Columns of what is not written to a terminal."""
TITLE = 24
"""Columns of a terminal that a title needs; a longer one takes several lines."""
LEAST = ("better", "kind", "source", "owner", "unit", "target")
"""The columns that are left out where a terminal is too narrow, the first first."""


def listing(metrics: "Mapping[str, Metric]", verdict: "Verdict") -> "tuple[Table, str]":
    """Lay the metrics out, with the last week of those that were run; and say what did not fit."""
    columns: dict[str, list[str]] = {
        "name": [*metrics],
        "title": [one.title for one in metrics.values()],
        "unit": [" ".join(filter(None, (one.unit.kind, one.unit.symbol))) for one in metrics.values()],
        "kind": [one.kind for one in metrics.values()],
        "source": [one.source for one in metrics.values()],
        "better": [one.better or "–" for one in metrics.values()],
        "owner": [one.owner for one in metrics.values()],
        "target": [one.target.text(one.unit) if one.target else "" for one in metrics.values()],
    }
    if verdict.ran:
        ran = {name: points for name, points in verdict.ran.items() if name not in verdict.stood_in}
        last = [one.unit.text(ran[name].values[-1]) if name in ran else "" for name, one in metrics.items()]
        columns["last week"] = last
    shown = fitting({head: cells for head, cells in columns.items() if any(cells)}, screen().width)
    left = [head for head in columns if head not in shown and any(columns[head])]
    words = f"Not shown, as the terminal is too narrow: {', '.join(left)}. Make it wider." if left else ""
    rows = list(zip(*shown.values(), strict=True))
    return laid_out([*shown], rows, [head == "last week" for head in shown]), words


def fitting(columns: Mapping[str, Sequence[str]], width: int) -> dict[str, Sequence[str]]:
    """Leave out columns until the others fit.

    Examples
    --------
    >>> list(fitting({"name": ["active_users"], "kind": ["distinct"], "unit": ["count"]}, 24))
    ['name', 'unit']
    """
    kept = dict(columns)
    for head in LEAST:
        sizes = {one: max(map(len, (one, *cells))) for one, cells in kept.items()}
        sizes |= {"title": min(sizes["title"], TITLE)} if "title" in sizes else {}
        if sum(sizes.values()) + 3 * len(sizes) <= width:
            break
        kept.pop(head, None)
    return kept


def laid_out(heads: Sequence[str], lines: Sequence[Sequence[str]], numbers: Sequence[bool]) -> "Table":
    """Make a table of plain text; only a title takes several lines."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head, number in zip(heads, numbers, strict=True):
        justify = "right" if number else "left"
        made.add_column(Text(head), justify=justify, overflow="fold", no_wrap=head == "name")
    for cells in lines:
        # As Text, so that brackets in a user's words are no markup.
        made.add_row(*(Text(cell) for cell in cells))
    return made


def screen() -> "Console":
    """Return the terminal, or a wide one where there is none."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def printed(shown: "Table", words: str = "") -> None:
    """Print a table, and what is to be said below it."""
    screen().print(shown)
    if words:
        told(words)


def told(text: str) -> None:
    """Print a sentence; in a terminal no word is cut in two."""
    console = screen()
    if console.is_terminal:
        text = click.wrap_text(text, width=console.width, subsequent_indent="  ")
    click.echo(text)

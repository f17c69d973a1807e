"""Tables of a deck: a grid with its heat, or the table of a finding, cut to what a slide holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pmlib.core import InputError, Unit
from pmlib.reports.files.charts import rgb
from pmlib.reports.files.fitting import short, width
from pmlib.reports.files.packed import sound
from pmlib.show import theme
from pmlib.show.shapes import NOTHING

Json = dict[str, Any]
ROWS, COLUMNS = 16, 14
SIZE, PAD = 10, 8
"""Points of a table's letters, and of the room beside them."""
WIDEST = 260
"""Points a column may ask for."""


@dataclass(frozen=True)
class Cells:
    """A table as a slide shows it: printed cells, the first row their titles; ``grounds`` colours the others."""

    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    grounds: tuple[tuple[str, ...], ...] = ()
    left_out: str = ""


def cells(finding: Json, rows: int = ROWS, columns: int = COLUMNS) -> Cells | None:
    """Return the table of a finding; quotes are left out, and of a long history the last rows are kept.

    Parameters
    ----------
    rows, columns
        How many a slide has room for, the titles apart.
    """
    chart, table = finding["chart"], finding["table"]
    if chart and chart["kind"] == "grid":
        return heat(chart, rows, columns)
    if not table:
        return None
    kept = [j for j, column in enumerate(table["columns"]) if column["kind"] != "quote"][:columns]
    # Without its quotes a table of quotes says nothing.
    if not kept or (len(kept) == 1 and len(table["columns"]) > 1):
        return None
    # A table that begins with dates is a history, whose end matters; any other begins with what weighs most.
    late = table["columns"][kept[0]]["kind"] == "date"
    shown = table["rows"][-rows:] if late else table["rows"][:rows]
    head = tuple(sound(table["columns"][j]["title"]) for j in kept)
    body = [tuple(sound(row[j]) for j in kept) for row in shown] or [nothing(len(kept))]
    numbers = tuple(bool(table["columns"][j]["number"]) for j in kept)
    return Cells((head, *body), numbers, (), missing(len(shown), len(table["rows"]), late))


def heat(chart: Json, rows: int, columns: int) -> Cells:
    """Return a grid: its numbers as percentages or counts without decimals, and the ground of each cell."""
    unit = Unit.from_json(chart["unit"])
    plain = Unit(unit.kind, 0, unit.symbol)
    shown = chart["series"][-rows:]
    most = max((value for one in chart["series"] for value in one["y"] if value is not None), default=0.0) or 1.0
    head = (sound(chart["y_title"]), *(sound(x) for x in chart["series"][0]["x"][: columns - 1]))
    body, grounds = [], []
    for one in shown:
        values = one["y"][: columns - 1]
        body.append((sound(one["name"]), *("" if value is None else plain.text(value) for value in values)))
        grounds.append(
            (theme.GROUND, *(theme.GROUND if value is None else theme.ramp(value / most) for value in values))
        )
    numbers = (False, *(True for _ in head[1:]))
    if all(value is None for one in chart["series"] for value in one["y"]):
        return Cells((head, nothing(len(head))), numbers)
    return Cells((head, *body), numbers, tuple(grounds), missing(len(shown), len(chart["series"]), True))


def nothing(columns: int) -> tuple[str, ...]:
    """Return the one row of a table without values, which says so."""
    return (NOTHING, *[""] * (columns - 1))


def missing(shown: int, there: int, late: bool) -> str:
    """Say that a table is not shown whole, where it is not."""
    return f"Only the {'last' if late else 'first'} rows are shown; all stand on the page." if shown < there else ""


def place(slide: Any, found: Cells, box: Sequence[int]) -> Any:
    """Add a table to a slide, as high as its rows need within the box.

    Parameters
    ----------
    box
        Left, top, width and height in EMU.

    Returns
    -------
    pptx.shapes.graphfrm.GraphicFrame
    """
    from pptx.util import Pt

    left, top, wide, high = box
    row = min(high // len(found.rows), Pt(26))
    frame = slide.shapes.add_table(len(found.rows), len(found.numbers), left, top, wide, row * len(found.rows))
    wishes = [
        min(WIDEST, max(width(line[j], SIZE + 1) for line in found.rows) + 2 * PAD) for j in range(len(found.numbers))
    ]
    for j, wish in enumerate(wishes):
        frame.table.columns[j].width = int(wide * wish / sum(wishes))
    for line in frame.table.rows:
        line.height = row
    frame.table.horz_banding = not found.grounds
    fill(frame.table, found, new=True)
    return frame


def fill(table: Any, found: Cells, *, new: bool = False) -> None:
    """Write cells into a table that has as many.

    Parameters
    ----------
    new
        Whether the table is ours, so that letters and grounds are set too; else the looks of each cell stay.
    """
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Emu, Pt

    for i, line in enumerate(found.rows):
        for j, text in enumerate(line):
            cell = table.cell(i, j)
            room = (table.columns[j].width or 0) / 12700 - PAD
            paragraph = cell.text_frame.paragraphs[0]
            if not new:
                write(cell.text_frame, text)
            else:
                cell.margin_top = cell.margin_bottom = Emu(0)
                cell.margin_left = cell.margin_right = Pt(PAD / 2)
                cell.vertical_anchor = MSO_ANCHOR.MIDDLE
                paragraph.text = short(text, SIZE, room)
                paragraph.alignment = PP_ALIGN.RIGHT if found.numbers[j] else PP_ALIGN.LEFT
                paragraph.font.size = Pt(SIZE)
                paragraph.font.bold = i == 0
                paragraph.font.color.rgb = rgb(theme.GROUND if i == 0 else theme.CELL)
                if i == 0:
                    cell.fill.solid()
                    cell.fill.fore_color.rgb = rgb(theme.MAIN)
            if i and found.grounds:
                cell.fill.solid()
                cell.fill.fore_color.rgb = rgb(found.grounds[i - 1][j])


def refill(table: Any, finding: Json, name: str) -> None:
    """Write a finding's table into one of somebody's deck, which says how many rows and columns it has room for.

    Raises
    ------
    InputError
        If the finding has no table, or not as many rows and columns.
    """
    rows, columns = len(table.rows), len(table.columns)
    found = cells(finding, rows - 1, columns)
    if found is None:
        raise InputError(f"'{name}': the finding has no table that a slide may show. Take the tag off.")
    if found.rows[1:] == (nothing(len(found.numbers)),):
        # However large the table is: next week there may be values again.
        empty = [nothing(columns), *[("",) * columns] * (rows - 2)]
        found = Cells((tuple(cell.text for cell in table.rows[0].cells), *empty), (False,) * columns)
    if (len(found.rows), len(found.numbers)) != (rows, columns):
        raise InputError(
            f"The table tagged '{name}' has {rows} rows and {columns} columns; the finding fills {len(found.rows)} and "
            f"{len(found.numbers)}, titles included. Make it as large."
        )
    fill(table, found)


def write(frame: Any, text: str) -> None:
    """Put text into a text frame; each line takes the looks of the line that stood there, the last for those after."""
    from copy import deepcopy

    paragraphs = frame.paragraphs
    lines = text.split("\n")
    for paragraph in paragraphs[len(lines) :]:
        paragraph._p.getparent().remove(paragraph._p)
    for _ in lines[len(paragraphs) :]:
        last = frame.paragraphs[-1]._p
        last.addnext(deepcopy(last))
    for paragraph, line in zip(frame.paragraphs, lines, strict=True):
        for other in paragraph._p.xpath("a:br|a:fld"):
            other.getparent().remove(other)
        runs = paragraph.runs
        first = runs[0] if runs else paragraph.add_run()
        for run in runs[1:]:
            run._r.getparent().remove(run._r)
        first.text = line

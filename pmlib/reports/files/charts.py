"""Native charts of a deck: the shapes of a finding as charts whose numbers can be edited."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pmlib.core import InputError
from pmlib.reports.files.columns import Column, Sheet, letters, sheet, workbook, written
from pmlib.show import Chart, theme
from pmlib.show.looks import looks

Json = dict[str, Any]
DRAWN = ("line", "intervals", "funnel", "bars")
"""Kinds that become charts; a grid and a flow become tables."""
MONTHS = ((240, 1), (800, 3), (1600, 6), (10**6, 12))
"""A span up to so many days has a label every so many months."""
SEEN = 30
"""Points up to which each is marked."""
EDGES = ("low", "high")
LABELS = 13
"""Labels of upright bars that have room side by side."""
FEW = 75
"""Days that are labelled week by week."""


def place(slide: Any, data: Json, box: Sequence[int], made: date) -> Any:
    """Add a finding's chart to a slide.

    Parameters
    ----------
    data
        The chart as :meth:`pmlib.show.Chart.as_json` wrote it, of a kind in ``DRAWN``.
    box
        Left, top, width and height in EMU.
    made
        The day written into the workbook behind it.

    Returns
    -------
    pptx.shapes.graphfrm.GraphicFrame
    """
    from pptx.enum.chart import XL_CHART_TYPE

    found = sheet(data)
    upright = XL_CHART_TYPE.COLUMN_STACKED if data.get("stacked") else XL_CHART_TYPE.COLUMN_CLUSTERED
    kinds = {"line": XL_CHART_TYPE.LINE_MARKERS, "bars": upright}
    frame = slide.shapes.add_chart(kinds.get(data["kind"], XL_CHART_TYPE.BAR_CLUSTERED), *box, chart_data(found))
    dress(frame.chart, Chart.from_json(data), found)
    whisker(frame.chart, found)
    frame.chart.part.chart_workbook.update_from_xlsx_blob(workbook(found, made))
    return frame


def replace(chart: Any, data: Json, made: date, name: str) -> bool:
    """Put a finding's numbers into a chart of somebody's deck; its looks stay.

    Returns
    -------
    bool
        Whether that changed anything; else the sheet behind it stays as it was, too.

    Raises
    ------
    InputError
        If it is of a kind without labels, or holds series the finding does not know.
    """
    from pptx.enum.chart import XL_CHART_TYPE as KIND

    if data["kind"] not in DRAWN:
        raise InputError(f"'{name}' is a {data['kind']}, which is a table here: tag a table with '{name} table'.")
    if chart.chart_type.name.startswith(("XY_", "BUBBLE")):
        raise InputError(f"The chart tagged '{name}' is a scatter chart. Use a line, column or bar chart.")
    found = sheet(data)
    there = [series.name for series in chart.series]
    known = {one.name: one for one in found.columns}
    # A series without points has no band either: its edges are empty, not foreign.
    for one in [one for one in found.columns if not one.source.x]:
        known |= {f"{one.name}, {end}": Column(f"{one.name}, {end}", one.values, one.source, end) for end in EDGES}
    chosen = [known[one] for one in there if one in known]
    if chosen and len(chosen) < len(there):
        foreign = ", ".join(f"'{one}'" for one in there if one not in known)
        raise InputError(
            f"The chart tagged '{name}' also holds {foreign}, which the finding does not; it has {', '.join(known)}. "
            "Take that series out, or the tag off."
        )
    columns = tuple(chosen) or tuple(one for one in found.columns if one.part == "value")
    if chart.chart_type in {KIND.PIE, KIND.PIE_EXPLODED, KIND.DOUGHNUT, KIND.DOUGHNUT_EXPLODED}:
        columns = columns[:1]
    found = Sheet(found.labels, columns, found.pattern, found.dates)
    behind = chart.part.chart_workbook.xlsx_part
    before, sheet_before = xml(chart), behind.blob if behind is not None else b""
    had = bool(chart._chartSpace.xpath(".//c:errBars"))
    chart.replace_data(chart_data(found))
    for bars in chart._chartSpace.xpath(".//c:errBars"):
        bars.getparent().remove(bars)
    if had:
        whisker(chart, found)
    same = behind is not None and xml(chart) == before
    chart.part.chart_workbook.update_from_xlsx_blob(sheet_before if same else workbook(found, made))
    return not same


def xml(chart: Any) -> bytes:
    """Return a chart as one spelling of its XML, so that two can be compared."""
    from lxml import etree

    return etree.tostring(chart._chartSpace, method="c14n")


def chart_data(found: Sheet) -> Any:
    """Return the numbers as python-pptx takes them."""
    from pptx.chart.data import CategoryChartData

    data = CategoryChartData(number_format=found.pattern)
    data.categories = found.labels
    for one in found.columns:
        data.add_series(one.name, one.values)
    return data


def whisker(chart: Any, found: Sheet) -> None:
    """Give the series of a chart their whiskers, tied to columns of the sheet behind it."""
    titles = [title for title, _ in written(found)]
    for series, one in zip(chart.series, found.columns, strict=True):
        if not one.below:
            continue
        first = titles.index(f"{one.name}, below", len(found.columns))
        bars = errors(one, first + 1, len(found.labels))
        series._element.xpath("c:cat|c:val")[0].addprevious(bars)


def errors(one: Column, first: int, many: int) -> Any:
    """Write the whiskers of a series as XML; ``first`` is the place of the column of their lower lengths."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    def ends(tag: str, lengths: Sequence[float], column: int) -> str:
        points = "".join(f'<c:pt idx="{i}"><c:v>{length!r}</c:v></c:pt>' for i, length in enumerate(lengths))
        place = f"Sheet1!${letters(column)}$2:${letters(column)}${many + 1}"
        cache = f'<c:formatCode>General</c:formatCode><c:ptCount val="{many}"/>{points}'
        return f"<c:{tag}><c:numRef><c:f>{place}</c:f><c:numCache>{cache}</c:numCache></c:numRef></c:{tag}>"

    return parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
        f"{ends('plus', one.above, first + 1)}{ends('minus', one.below, first)}"
        f'<c:spPr><a:ln w="19050"><a:solidFill><a:srgbClr val="{theme.INK[1:]}"/></a:solidFill></a:ln></c:spPr>'
        "</c:errBars>"
    )


def dress(chart: Any, shape: Chart, found: Sheet) -> None:
    """Give a new chart the colours and axes of the house."""
    from pptx.enum.chart import XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    chart.font.size, chart.font.color.rgb = Pt(12), rgb(theme.INK)
    chart.has_title = False
    chart.has_legend = len(found.columns) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    across, up = chart.category_axis, chart.value_axis
    up.has_major_gridlines = True
    up.format.line.fill.background()
    up.major_gridlines.format.line.color.rgb = rgb(theme.FAINT)
    up.tick_labels.number_format, up.tick_labels.number_format_is_linked = axis_pattern(shape, found), False
    across.format.line.color.rgb = rgb(theme.MUTE)
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    look = dict(zip(shape.series, looks(shape), strict=True))
    for series, one in zip(chart.series, found.columns, strict=True):
        colour, dash = look[one.source]
        if shape.kind == "line":
            stroke(series, one, colour, dash)
        else:
            block(series, one, colour, shape)
    if shape.kind == "line":
        if all(value is None or value >= 0 for one in found.columns for value in one.values) and shape.from_zero:
            up.minimum_scale = 0
        if found.dates:
            time_axis(across, found)
        return
    if shape.kind == "bars":
        chart.plots[0].gap_width, chart.plots[0].overlap = 30, 100 if shape.stacked else 0
        spread(across, len(found.labels))
        return
    chart.plots[0].gap_width, chart.plots[0].overlap = 60, -10
    across.reverse_order = True
    up.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    if shape.kind == "funnel":
        up.minimum_scale, up.maximum_scale = 0, 1


def axis_pattern(shape: Chart, found: Sheet) -> str:
    """Write an axis without decimals where its span lets one."""
    known = [value for one in found.columns for value in one.values if value is not None]
    span = max([*known, 0]) - min([*known, 0])
    wide = span >= (0.05 if shape.unit.kind in {"share", "lift"} else 5)
    return (
        found.pattern.replace(f".{'0' * shape.unit.decimals}", "", 1) if wide and shape.unit.decimals else found.pattern
    )


def stroke(series: Any, one: Column, colour: str, dash: str) -> None:
    """Draw a line: the edges of a band thin, a target as marks alone."""
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    line = series.format.line
    series.smooth = False
    dotted = one.part == "value" and len(one.values) <= SEEN
    series.marker.style = XL_MARKER_STYLE.CIRCLE if dotted else XL_MARKER_STYLE.NONE
    if dotted:
        series.marker.size = 6
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = rgb(colour)
        series.marker.format.line.color.rgb = rgb(colour)
    if one.source.role == "target":
        line.fill.background()
        series.marker.style, series.marker.size = XL_MARKER_STYLE.DASH, 9
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = rgb(colour)
        return
    line.color.rgb = rgb(colour)
    line.width = Pt(1) if one.part != "value" else Pt(3) if one.source.role == "main" else Pt(2)
    edge = "dash" if one.part != "value" else dash
    styles = {"dash": MSO_LINE.DASH, "dot": MSO_LINE.ROUND_DOT, "dashdot": MSO_LINE.DASH_DOT}
    styles |= {"longdash": MSO_LINE.LONG_DASH, "longdashdot": MSO_LINE.LONG_DASH_DOT}
    if edge in styles:
        line.dash_style = styles[edge]


def block(series: Any, one: Column, colour: str, shape: Chart) -> None:
    """Draw bars in a light ground with a clear edge, so that whiskers stand out; the marked step in its own colour.

    Upright bars without whiskers are filled.
    """
    from pptx.util import Pt

    target = one.source.role == "target"
    solid = shape.kind == "bars" and not one.below and not target

    def paint(format: Any, tone: str) -> None:
        format.fill.solid()
        format.fill.fore_color.rgb = rgb(theme.GROUND if target else tone if solid else lighter(tone))
        format.line.color.rgb = rgb(theme.GROUND if solid else tone)
        format.line.width = Pt(0.5 if solid else 1.5)

    series.invert_if_negative = False
    paint(series.format, colour)
    for i, label in enumerate(one.source.x):
        if shape.marked and label == shape.marked:
            paint(series.points[i].format, theme.TARGET)


def spread(axis: Any, many: int) -> None:
    """Name every so many labels of an axis, so that they lie flat."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    each = -(-many // LABELS)
    after = axis._element.xpath("c:lblOffset|c:lblAlgn|c:auto|c:crosses|c:crossAx")[-1]
    for name in ("tickMarkSkip", "tickLblSkip") if each > 1 else ():
        after.addnext(parse_xml(f'<c:{name} {nsdecls("c")} val="{each}"/>'))


def time_axis(axis: Any, found: Sheet) -> None:
    """Label an axis of dates at an even step of weeks or months."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    days = [label for label in found.labels if isinstance(label, date)]
    span = (max(days) - min(days)).days
    few = span <= FEW
    step, unit = (7 * (1 + span // 50), "days") if few else (next(m for most, m in MONTHS if span <= most), "months")
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "d mmm" if few else "mmm yyyy", False
    element = axis._element
    for old in element.xpath("c:baseTimeUnit|c:majorUnit|c:majorTimeUnit"):
        element.remove(old)
    last = element.xpath("c:lblOffset|c:auto|c:crosses|c:crossAx")[-1]
    settings = (("baseTimeUnit", "days"), ("majorUnit", step), ("majorTimeUnit", unit))
    for name, value in reversed(settings):
        last.addnext(parse_xml(f'<c:{name} {nsdecls("c")} val="{value}"/>'))


def lighter(colour: str) -> str:
    """Mix a colour with three parts of white.

    Examples
    --------
    >>> lighter("#000000")
    '#bfbfbf'
    """
    return "#" + "".join(f"{(int(colour[i : i + 2], 16) + 3 * 255) // 4:02x}" for i in (1, 3, 5))


def rgb(colour: str) -> Any:
    """Return a colour of the theme as python-pptx takes it."""
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour[1:].upper())

"""Charts: shapes that draw themselves, and one function a kind."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pmlib.core import SettingError, Unit
from pmlib.show.draw import plotly
from pmlib.show.shapes import Link, Note, Series, Shape, Value

CHART_MIME = "application/vnd.pmlib.chart+json"
PLOTLY_MIME = "application/vnd.plotly.v1+json"

QUIET = ("Other", "Left", "Dropped off", "Drop-off", "Ended", "End", "Exit")
"""Names of what is no step of its own: all the others, and the end of a path."""


@dataclass(frozen=True)
class Chart(Shape):
    """A shape that draws itself as plotly; user text in it is only ever text."""

    def plotly(self) -> dict[str, Any]:
        """Return the plotly figure as plain data."""
        return plotly(self)

    def as_json(self) -> dict[str, object]:
        """Return the shape as plain data."""
        return {**asdict(self), "unit": self.unit.as_json()}

    @classmethod
    def from_json(cls, data: dict) -> "Chart":
        """Read what :meth:`as_json` wrote."""
        return cls(
            **{
                **data,
                "series": tuple(Series(**one) for one in data["series"]),
                "notes": tuple(Note(**one) for one in data["notes"]),
                "unit": Unit.from_json(data["unit"]),
            }
        )

    def bundle(self) -> dict[str, object]:
        """Return the displays by MIME type: the shape, plotly's JSON, the description.

        The static drawing is not among them: a page draws it from the shape, so a notebook need not carry it too.
        """
        return {CHART_MIME: self.as_json(), PLOTLY_MIME: self.plotly(), "text/plain": self.description}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return self.bundle()


def line(
    series: Sequence[Series],
    *,
    unit: Unit,
    description: str,
    caption: str = "",
    x_title: str = "",
    dates: bool = True,
    from_zero: bool = True,
    notes: Sequence[Note] = (),
) -> Chart:
    """Draw values over time or age; ``low`` and ``high`` of a series become its band."""
    return Chart(
        "line",
        tuple(series),
        unit,
        description,
        caption,
        x_title=x_title,
        dates=dates,
        from_zero=from_zero,
        notes=tuple(notes),
    )


def intervals(
    series: Sequence[Series], *, unit: Unit, description: str, caption: str = "", from_zero: bool = False
) -> Chart:
    """Draw estimates as dots with their intervals, one row a label, series beside each other."""
    return Chart("intervals", tuple(series), unit, description, caption, from_zero=from_zero)


def grid(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Value]],
    *,
    unit: Unit,
    description: str,
    caption: str = "",
    x_title: str = "",
    y_title: str = "",
    marks: Sequence[tuple[int, int]] = (),
) -> Chart:
    """Draw a matrix as a heat map; a cell that cannot be known yet is ``None`` and stays empty.

    ``marks`` are the row and column of cells that are not certain: they have a dark corner, and the caption must say
    why.
    """
    marked = set(marks)
    series = tuple(
        Series(
            row,
            tuple(columns),
            tuple(line),
            text=tuple("*" * ((place, at) in marked) for at in range(len(columns))) if marked else (),
        )
        for place, (row, line) in enumerate(zip(rows, cells, strict=True))
    )
    return Chart("grid", series, unit, description, caption, x_title=x_title, y_title=y_title)


def funnel(steps: Series, *, description: str, caption: str = "", marked: str = "") -> Chart:
    """Draw steps as bars with intervals, shares of those who entered; ``marked`` names the step to see first."""
    return Chart("funnel", (steps,), Unit.SHARE, description, caption, marked=marked)


def bars(
    series: Sequence[Series],
    *,
    unit: Unit,
    description: str,
    caption: str = "",
    x_title: str = "",
    dates: bool = True,
    stacked: bool = True,
    notes: Sequence[Note] = (),
) -> Chart:
    """Draw values as upright bars over dates or labels.

    Parameters
    ----------
    series
        One a colour. Stacked, values above 0 stand on each other and those below 0 hang below it; else they stand side
        by side, each with its interval where it has one. A series of the role ``"target"`` is drawn as marks.
    """
    over = line(series, unit=unit, description=description, caption=caption, x_title=x_title, dates=dates, notes=notes)
    return replace(over, kind="bars", stacked=stacked)


def flow(
    links: Sequence[Link],
    *,
    unit: Unit = Unit.COUNT,
    description: str,
    caption: str = "",
    quiet: Sequence[str] = QUIET,
) -> Chart:
    """Draw what goes where, step by step, as bands from place to place.

    Parameters
    ----------
    links
        Links of the same places at the same step are added up; those of 0 are left out.
    quiet
        Places drawn in a muted tone: what is no step of its own, such as all the others or the end of a path.

    Raises
    ------
    SettingError
        If nothing goes anywhere.
    """
    sums: dict[tuple[int, str], dict[str, float]] = {}
    for link in links:
        if link.value:
            targets = sums.setdefault((link.column, link.source), {})
            targets[link.target] = targets.get(link.target, 0.0) + link.value
    series = [
        Series(source, tuple(targets), tuple(targets.values()), column=column)
        for (column, source), targets in sorted(sums.items(), key=lambda item: item[0][0])
    ]
    if not series:
        raise SettingError("A flow needs a link of more than 0; say in words that nobody went anywhere.")
    return Chart("flow", tuple(series), unit, description, caption, quiet=tuple(quiet))

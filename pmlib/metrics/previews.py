"""A changed definition of a metric beside the one in use, over its history."""

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlglot

from pmlib.core import Estimate, Finding, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.core.words import capital
from pmlib.metrics.catalogue import find
from pmlib.metrics.entries import Metric
from pmlib.metrics.points import Points
from pmlib.metrics.series import weekly
from pmlib.metrics.tables import Given
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events

ALIKE = 1e-9
"""How far apart, relative to the larger, two values may lie and still be the same: digits lost in sums."""
QUESTION = "What would change with the new definition?"
METHOD = "mean of the full counts of the weeks that differ, new beside old"
FULL = "full counts have no sampling interval"


@dataclass(frozen=True)
class Week:
    """One week under both definitions."""

    start: date
    old: float | None
    new: float | None

    @property
    def differs(self) -> bool:
        """Whether the definitions give another value, or only one gives any."""
        if self.old is None or self.new is None:
            return self.old is not self.new
        return not math.isclose(self.old, self.new, rel_tol=ALIKE, abs_tol=ALIKE**2)

    @property
    def ratio(self) -> float | None:
        """The new value for each of the old."""
        return None if self.new is None or not self.old else self.new / self.old


@answering("preview", QUESTION)
def preview(
    events: Given,
    old: str | Metric,
    new: Metric,
    *,
    weeks: int = 26,
    start: str = "",
    action: str = "",
    question: str = "",
    like: Events | None = None,
) -> Finding:
    """Answer what a changed definition of a metric would do to its history.

    Parameters
    ----------
    events
        The table of the metrics' source, as :func:`pmlib.metrics.weekly` takes it.
    old, new
        The definition in use, and the changed one.
    weeks
        Weeks shown, the last complete ones.
    start, action, question, like
        As for :func:`pmlib.metrics.weekly`; the same for both definitions.

    Returns
    -------
    Finding
        Both values of each week with their ratio, the first week that differs and, over the weeks that differ, by how
        much on average: in per cent of the old, in points for a share.

    Raises
    ------
    SettingError
        If the definitions have different units or read different tables, or either cannot be computed.
    """
    before = find(old) if isinstance(old, str) else old
    refuse_unlike(before, new)
    first, second = (
        weekly(events, one, start=start, action=action, question=question, weeks=weeks, like=like)
        for one in (before, new)
    )
    # What runs at the end of a week is known a week before what happens in it.
    shown = [Week(day, first.at(day), second.at(day)) for day in first.dates if day in second.dates]
    if not shown:
        raise TooFewError("No week is complete under both definitions. Load at least one whole week.")
    changed = [one for one in shown if one.differs]
    share = Estimate(
        "weeks that differ", float(len(changed)), None, None, Unit.COUNT, len(shown), "counted", reason=FULL
    )
    mean = average(changed, before.unit)
    return Finding(
        id=made_id("preview", before.name),
        question=QUESTION,
        headline=headline(before, shown, changed, mean),
        estimates=(share, mean),
        definition=definition(before, new, first),
        table=numbers(shown, before.unit),
        figure=chart(before, shown),
        cautions=cautions(before, new, changed, shown),
        query=f"-- the definition in use\n{first.sql}\n\n-- the new definition\n{second.sql}",
    )


def refuse_unlike(old: Metric, new: Metric) -> None:
    """Refuse definitions whose values cannot be put beside each other."""
    for what, one, other in (
        ("unit", " ".join(filter(None, (old.unit.kind, old.unit.symbol))),
         " ".join(filter(None, (new.unit.kind, new.unit.symbol)))),
        ("source", old.source, new.source),
    ):  # fmt: skip
        if one != other:
            raise SettingError(
                f"The {what} of '{old.name}' is {one}, that of the new definition is {other}: their values cannot be "
                "compared. Make it a metric of another name."
            )


def average(changed: Sequence[Week], unit: Unit) -> Estimate:
    """Return by how much the new definition lies off the old in the weeks where both have a value and differ."""
    pairs = [(one.old, one.new) for one in changed if one.old is not None and one.new is not None]
    points = unit.kind == "share"
    kind = Unit.POINTS if points else Unit.LIFT
    label = "mean change in the weeks that differ"
    if not pairs:
        why = "no week differs" if not changed else "no week that differs has a value under both definitions"
        return Estimate(label, None, None, None, kind, 0, METHOD, reason=why)
    then, now = math.fsum(one for one, _ in pairs), math.fsum(one for _, one in pairs)
    if points:
        return Estimate(label, (now - then) / len(pairs), None, None, kind, len(pairs), METHOD, reason=FULL)
    if then <= 0:
        why = "the old values are 0 or less on average, and a per cent of them has no meaning"
        return Estimate(label, None, None, None, kind, len(pairs), METHOD, reason=why)
    return Estimate(label, now / then - 1, None, None, kind, len(pairs), METHOD, reason=FULL)


def headline(metric: Metric, shown: Sequence[Week], changed: Sequence[Week], mean: Estimate) -> str:
    """Say in how many weeks the definitions differ, since when and by how much."""
    if not changed:
        weeks = "the 1 week" if len(shown) == 1 else f"all {len(shown)} weeks"
        return f"The new definition of {metric.title} gives the same numbers in {weeks} shown."
    many = "the 1 week" if len(shown) == 1 else f"{len(changed)} of {len(shown)} weeks"
    head = (
        f"The new definition of {metric.title} gives other numbers in {many} shown, first in the week of "
        f"{day_text(changed[0].start, year=True)}"
    )
    if mean.value is None:
        return f"{head}."
    size = mean.unit.text(abs(mean.value))
    if not mean.value:
        return f"{head}; on average they are the same."
    return f"{head}; on average {size} {'higher' if mean.value > 0 else 'lower'} in those weeks."


def definition(old: Metric, new: Metric, points: Points) -> str:
    """Write both definitions beside the line of the one in use."""
    return f"In use: {flat(old)}. New: {flat(new)}. {points.definition}"


def flat(metric: Metric) -> str:
    """Write a definition on one line."""
    return " ".join(metric.written.split())


def cautions(old: Metric, new: Metric, changed: Sequence[Week], shown: Sequence[Week]) -> tuple[str, ...]:
    """Say what to think of before the definition is changed."""
    said = []
    if old.kind != new.kind:
        said.append(f"The kind changes from {old.kind} to {new.kind}: what was added up may no longer be, or now may.")
    if old.better != new.better:
        said.append("Which direction is good changes too.")
    lone = [one for one in changed if one.old is None or one.new is None]
    if lone:
        weeks = "1 week has" if len(lone) == 1 else f"{len(lone)} weeks have"
        said.append(f"{weeks} a value under one definition only; the average leaves that out.")
    target, last = old.target, shown[-1]
    if target and last.old is not None and last.new is not None:
        was, would = target.met(last.old, old.better), target.met(last.new, old.better)
        if was is not would:
            said.append(
                f"The target of {target.text(old.unit)} is {'met' if was else 'missed'} in the last week as it is, and "
                f"{'met' if would else 'missed'} under the new definition: set it anew."
            )
    return tuple(said)


def numbers(shown: Sequence[Week], unit: Unit) -> Table:
    """List both values of each week, their difference and ratio; the latest week last."""
    columns = [
        Column("week", Unit.DATE),
        Column("in use", unit),
        Column("new", unit),
        Column("difference", unit.difference),
        Column("new / in use", Unit.RATIO),
    ]
    rows = [
        (one.start, one.old, one.new, None if one.old is None or one.new is None else one.new - one.old, one.ratio)
        for one in shown
    ]
    return table(columns, rows)


def chart(metric: Metric, shown: Sequence[Week]) -> Chart:
    """Draw both definitions by week."""
    x = tuple(one.start.isoformat() for one in shown)
    words = f"{capital(metric.title)} by week from {day_text(shown[0].start, year=True)} to "
    words += f"{day_text(shown[-1].start, year=True)}: in use and under the new definition."
    return line(
        [
            Series("new", x, tuple(one.new for one in shown)),
            Series("in use", x, tuple(one.old for one in shown), role="before"),
        ],
        unit=metric.unit,
        description=words,
        caption="Dotted is the definition in use.",
    )


def difference(old: Metric, new: Metric) -> list[str]:
    """Return the lines of SQL that go (``-``) and come (``+``), with those that stay.

    Examples
    --------
    >>> from pmlib.metrics.catalogue import catalogue
    >>> known = catalogue()
    >>> difference(known["active_users"], known["new_users"])
    ['-COUNT(DISTINCT user_id)', '+COUNT(DISTINCT user_id) FILTER(WHERE', '+  event = $start)']
    """
    before, after = (written(one).splitlines() for one in (old, new))
    lines = difflib.unified_diff(before, after, lineterm="", n=len(before) + len(after))
    return [text for text in lines if not text.startswith(("---", "+++", "@@"))]


def written(metric: Metric) -> str:
    """Write a definition on several lines, as SQL is read."""
    return "\n/\n".join(
        sqlglot.parse_one(part.sql(dialect="duckdb"), dialect="duckdb").sql(dialect="duckdb", pretty=True)
        for part in metric.parts
    )

"""What aggregates cannot be: each fault is said with where it stands and what to do."""

from collections.abc import Sequence
from typing import Any

from pmlib.core import InputError
from pmlib.core.words import listed, many
from pmlib.engine import Engine, sql

WRONG = {
    "count": "the count {odd}; a count of units is a whole number from 0 up to 1e15",
    "units": "{odd} units in its arm; that is a whole number, and no smaller than the units with a value",
    "day": "a day that is neither a date nor a number of days",
    "hits": "{odd} hits of {n} units; hits are whole and at most as many as the units. Name what may exceed them 'sum'",
    "share": "the mean {odd}; a share lies between 0 and 1. Divide per cent by 100, or call its kind a mean",
    "endless": "a number that is not finite, or beyond 1e75",
    "digits": "a sum of squares so much larger than its variance that rounding decides. Give mean and variance",
    "squares": "{odd} as sum of squares, too little for its sum and count. Check which columns were taken",
    "variance": "the variance {odd}; a variance is not below 0",
    "deviation": "a standard deviation below 0",
    "no share": "the variance {odd}, which no share of its mean has. If it is no share of units, call its kind a mean",
    "covariance": "a covariance larger than the two deviations it belongs to. Check which columns were taken",
    "ends": "a mean or variance that no values between its smallest and largest have. Check which columns were taken",
    "third": "a third moment that no values of its variance have. It is the mean of cubed deviations from the mean",
    "no mean": "no mean, though it counts {n} units",
    "no variance": (
        "no variance, so nothing tells chance from change. Add variance, sd, or the sum of squares; where each unit "
        "does a thing or not, give hits, or 'share' as its kind"
    ),
}
"""What is wrong with a row, and what to do."""


def refuse_wrong(engine: Engine, source: str, *, running: bool) -> None:
    """Refuse rows that no units have, and, but for running totals, rows without a mean or variance.

    Raises
    ------
    InputError
        For the first of them, with how many more there are.
    """
    rows = engine.query(sql(__package__, "wrong.sql"), running=running).rows
    if not rows:
        return
    first = rows[0]
    said = WRONG[first.why].format(odd=written(first.odd), n=written(first.n))
    more = f" The same is wrong with {many(first.rows - 1, 'more row')}." if first.rows > 1 else ""
    raise InputError(f"{source} gives {where(first)} {said}.{more}")


def refuse_repeats(engine: Engine, source: str, left: Sequence[str]) -> None:
    """Refuse a metric that has two rows for the same arm, time and segment.

    Parameters
    ----------
    left
        Columns that were not read: one of them may tell the rows apart.
    """
    rows = engine.query(sql(__package__, "repeats.sql")).rows
    if rows:
        hint = (
            f" If one of {listed(list(left), most=8)} parts the units, name it: segments=['{left[0]}']." if left else ""
        )
        raise InputError(
            f"{source} has {rows[0].rows:,} rows of {where(rows[0])}, where one was expected.{hint} "
            f"{'Else keep' if hint else 'Keep'} one of them."
        )


def refuse_totals(engine: Engine, source: str, segments: Sequence[str]) -> None:
    """Refuse rows that sum up the others: units would count twice."""
    for place, column in enumerate(segments, start=1):
        rows = engine.query(sql(__package__, "totals.sql"), place=place).rows
        if rows:
            value = f"'{rows[0].part}'" if rows[0].part is not None else "no value"
            raise InputError(
                f"The rows of {source} with {value} as {column} are the sum of its others, so each unit would count "
                "twice. Leave them out."
            )


def refuse_gaps(engine: Engine, source: str) -> None:
    """Refuse a metric that lacks an arm which other metrics have."""
    rows = engine.query(sql(__package__, "gaps.sql")).rows
    for first in rows[:1]:
        of = f" of experiment {first.experiment}" if first.experiment is not None else ""
        more = f" So do {many(len(rows) - 1, 'more')}." if len(rows) > 1 else ""
        raise InputError(
            f"'{first.metric}'{of} in {source} has no row for the arm '{first.arm}', which other metrics have.{more} "
            "Give each metric in every arm, with 0 units where nobody has a value, or leave the metric out."
        )


def where(row: Any) -> str:
    """Name a row: ``'spend' in treatment``, with its experiment and time where there are several."""
    of = f" of experiment {row.experiment}" if row.experiment is not None else ""
    on = f" at {row.moment}" if row.moment is not None else ""
    return f"'{row.metric}'{of} in {row.arm}{on}"


def written(number: float | None) -> str:
    """Write a number as it is, without needless places."""
    if number is None:
        return "nothing"
    return f"{number:,.0f}" if abs(number) < 1e15 and number % 1 == 0 else f"{number:,.6g}"

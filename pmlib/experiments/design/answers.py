"""The answer of a replay: estimates, a table by weeks and metric, a chart."""

from collections.abc import Sequence

from pmlib.core import Estimate, Finding, Kpi, Unit
from pmlib.core.words import listed, many
from pmlib.experiments.design.sizes import Size
from pmlib.experiments.design.words import Planned, action, cautions, headline, ranged
from pmlib.show import Chart, Column, Note, Series, Table, line, table

QUESTION = "How long must the experiment run?"
WEEKS = Unit("duration", 0, "weeks")
METHOD = "normal and t approximations, means and spreads of replayed weeks"
DRAWN = 5
"""Measures that a chart has room for."""
TALLEST = 1.0
"""Lifts above this are not drawn; the table has them."""


def found(made: Planned, defined: str, doubts: Sequence[str]) -> Finding:
    """Put the answer together."""
    weeks = made.weeks or made.longest
    said = f"{headline(made)}."
    return Finding(
        id="experiment-plan",
        question=QUESTION,
        headline=said,
        estimates=estimates(made),
        definition=defined,
        table=listing(made),
        figure=chart(made, said),
        cautions=(*doubts, *cautions(made)),
        query=made.replay.query,
        action=action(made),
        kpi=Kpi(duration(made, weeks), better="down"),
    )


def duration(made: Planned, weeks: int) -> Estimate:
    """Return the weeks needed."""
    n = made.units(weeks)
    if made.weeks is None:
        reason = f"{many(made.longest, 'week')} are not enough"
        return Estimate("weeks needed", None, None, None, WEEKS, n, METHOD, reason=reason)
    reason = "history gives a range over its stretches, not an interval"
    return Estimate("weeks needed", float(weeks), None, None, WEEKS, n, METHOD, reason=reason)


def estimates(made: Planned) -> tuple[Estimate, ...]:
    """Return weeks, units and what is seen of each measure by then."""
    weeks = made.weeks or made.longest
    others = [round(one.units * made.terms.traffic) for one in made.replay.of(weeks)]
    over = f"{min(others):,} to {max(others):,} over {many(len(others), 'stretch', 'stretches')} of history"
    units = made.units(weeks)
    first = Estimate(
        f"units in {many(weeks, 'week')}", float(units), None, None, Unit.COUNT, units, "counted", reason=over
    )
    return (duration(made, weeks), first, *(seen(made, one) for one in made.at(weeks)))


def seen(made: Planned, one: Size) -> Estimate:
    """Return the smallest lift or loss that a measure shows."""
    what = "loss ruled out" if one.measure.role == "guardrail" and one.measure.margin is not None else "lift seen"
    label = f"smallest {what}, {one.measure.label}"
    if one.seen is None:
        return Estimate(label, None, None, None, Unit.LIFT, one.n, METHOD, reason=one.reason or "too few units")
    over = made.over(one)
    reason = f"{ranged(over)} over {many(len(over), 'stretch', 'stretches')} of history"
    return Estimate(label, one.seen, None, None, Unit.LIFT, one.n, METHOD, reason=reason)


def listing(made: Planned) -> Table:
    """List what each length shows of each measure."""
    rows = []
    for weeks in made.replay.lengths:
        for one in made.at(weeks):
            over = made.over(one)
            mean = (Unit.SHARE if one.share else Unit.NUMBER).text(one.mean if one.n > 1 else None)
            rows.append(
                [
                    weeks,
                    one.measure.label,
                    one.measure.role,
                    one.n,
                    mean,
                    one.seen,
                    ranged(over) if len(over) > 1 else "",
                    one.wanted,
                    "" if one.wanted is None else "yes" if one.enough else "no",
                ]
            )
    return table(
        [
            Column("weeks", Unit.COUNT),
            "metric",
            "role",
            Column("units that count", Unit.COUNT),
            "mean",
            Column("smallest lift or loss shown", Unit.LIFT),
            "over history",
            Column("wanted", Unit.LIFT),
            "enough",
        ],
        rows,
        size="units that count",
    )


def chart(made: Planned, said: str) -> Chart | None:
    """Draw what is seen after each week, and what is wanted."""
    names = [one.measure.name for one in made.replay.quantities]
    asked = [one.measure.name for one in made.at(made.longest) if one.wanted is not None]
    shown = (asked or names)[:DRAWN]
    weeks = [str(one) for one in made.replay.lengths]
    series: list[Series] = []
    for name in shown:
        sizes_of = [next(one for one in made.at(int(week)) if one.measure.name == name) for week in weeks]
        values = [drawn(one.seen) for one in sizes_of]
        if not any(value is not None for value in values):
            continue
        overs = [made.over(one) if value is not None else [] for one, value in zip(sizes_of, values, strict=True)]
        series.append(
            Series(
                titled(sizes_of[-1]),
                tuple(weeks),
                tuple(values),
                tuple(min(over) if len(over) > 1 else None for over in overs),
                tuple(min(max(over), TALLEST) if len(over) > 1 else None for over in overs),
            )
        )
    if not series:
        return None
    aims: dict[float, list[str]] = {}
    for one in made.at(made.longest):
        if one.wanted is not None and one.measure.name in shown:
            aims.setdefault(one.wanted, []).append(one.measure.label)
    series += [
        Series(f"wanted of {listed(aims[aim])}", tuple(weeks), (aim,) * len(weeks), role="target")
        for aim in sorted(aims)
    ]
    caption = (
        "Smallest lift seen, and smallest loss ruled out, after so many weeks; the band spans earlier stretches of "
        "history. What is above 100% is left out."
    )
    return line(
        series,
        unit=Unit.LIFT,
        description=f"{caption} {said}",
        caption=caption,
        x_title="weeks",
        dates=False,
        notes=[Note(str(made.weeks), f"{many(made.weeks, 'week')}: all that is wanted is seen")] if made.weeks else [],
    )


def drawn(value: float | None) -> float | None:
    """Return a lift that a chart has room for."""
    return value if value is not None and value <= TALLEST else None


def titled(one: Size) -> str:
    """Name a line: a guardrail shows a loss."""
    guard = one.measure.role == "guardrail" and one.measure.margin is not None
    return f"{one.measure.label}, loss ruled out" if guard else one.measure.label

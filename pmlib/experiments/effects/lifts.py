"""What the change did to a metric, and to what must not suffer."""

from collections.abc import Sequence

from pmlib.core import Estimate, Finding, Kpi, Unit, answering, made_id
from pmlib.core.words import capital, listed, percent
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.doubts import doubts as doubted
from pmlib.experiments.effects.doubts import worth
from pmlib.experiments.effects.guards import Guard, guarded, margin
from pmlib.experiments.effects.stops import Stop, stops
from pmlib.experiments.reading.comparisons import Comparison, best, chance, ends, signed
from pmlib.experiments.reading.days import counted
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.splits import Split
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Series, Table, intervals, table

COLUMNS = (
    Column("lift", Unit.LIFT),
    "its 95% interval",
    Column("difference", Unit.NUMBER),
    "its 95% interval",
    Column("p", Unit.NUMBER),
)
MANY = 3
"""With more arms than this beside control a headline names only the one that gains most."""


@fitting
@answering("experiment-lift", "What did the change do?")
def lift(trial: Trial, *, metric: str = "") -> Finding:
    """Tell how much the change moved a metric.

    Parameters
    ----------
    metric
        One of the experiment's metrics; the first goal if not given.

    Returns
    -------
    Finding
        The metric in each arm, and the lift of each arm over control with its interval. Where the arms are not as
        planned the headline says that the result cannot be read.

    Raises
    ------
    SettingError
        If there is no such metric.
    TooFewError
        If an arm has no value.
    """
    made, name = trial.split, trial.named(metric)
    read, comparisons = trial.readings[name], trial.comparisons[name]
    ended = stops(trial, comparisons)
    name = capital(read.label)
    headline = f"{name} cannot be read: {made.fault}." if made.alarm else f"{sentence(read, comparisons)}."
    return Finding(
        id=made_id("experiment-lift", read.measure.name),
        question=f"What did the change do to {read.label}?",
        headline=headline,
        estimates=(
            *(read.value(group) for group in read.groups),
            *(estimate for one in comparisons for estimate in (one.lift, one.difference)),
            *(stop.lift for stop in ended if stop.lift),
        ),
        table=by_arm(read, comparisons, ended),
        figure=chart(comparisons, read, headline),
        cautions=(
            *faults(made),
            *trial.arms.cautions,
            *read.cautions,
            *doubted(comparisons),
            *doubts(comparisons),
            *(stop.words for stop in ended),
        ),
        definition=defined(trial, read, comparisons),
        query=read.query,
        kpi=card(read, comparisons, made),
    )


@fitting
@answering("experiment-guardrails", "Did anything suffer that must not?")
def guardrails(trial: Trial) -> Finding:
    """Tell whether the change harmed what must not suffer.

    Returns
    -------
    Finding
        The lift of each guardrail in each arm; one is named as harmed where its interval lies on the wrong side.
    """
    made, control = trial.split, trial.control
    comparisons = trial.of(trial.registration.guardrails)
    guards = guarded(comparisons)
    harmed = [guard for guard in guards if guard.harmed]
    few = trial.two
    if not comparisons:
        headline = "No guardrail is watched, so nothing is known of harm."
    elif made.alarm:
        headline = f"The guardrails cannot be read: {made.fault}."
    elif harmed:
        headline = f"Clearly worse than in {control}: {'; '.join(named(guard, few) for guard in harmed)}."
    elif all(guard.margin is not None for guard in guards):
        within = [guard for guard in guards if not guard.unproven]
        head = "Every guardrail is within its margin" if len(within) == len(guards) else "Not all is shown unharmed"
        headline = f"{head}: {'; '.join(named(guard, few) for guard in guards)}."
    else:
        parts = "; ".join(named(guard, few) for guard in guards)
        headline = f"No guardrail is clearly worse than in {control}{unbounded(comparisons)}: {parts}."
    readings = [trial.readings[one.name] for one in trial.registration.guardrails]
    said = [caution for read in readings for caution in read.cautions]
    return Finding(
        id="experiment-guardrails",
        question="Did anything suffer that must not?",
        headline=headline,
        estimates=tuple(one.lift for one in comparisons),
        table=by_metric(comparisons) if comparisons else None,
        figure=rows_of_lifts(comparisons, [row(one, few) for one in comparisons], headline),
        cautions=(
            *faults(made),
            *trial.arms.cautions,
            *said,
            *doubted(comparisons),
            *(guard.doubt for guard in guards if guard.doubt),
        ),
        definition=f"{trial.counted} of {trial.units.origin.name}; lift over {control}{worth(comparisons)}; "
        f"{trial.standing.words}.",
        query="\n\n".join(read.query for read in readings),
    )


def named(guard: Guard, few: bool) -> str:
    """Name a guardrail with its lift, and what that means for its margin."""
    text = f"{row(guard.one, few)} {signed(guard.one.shown)}"
    return text if guard.margin is None else f"{text}, {guard.margin.words}"


def row(one: Comparison, few: bool) -> str:
    """Name a comparison: the metric, and the arm where there are several."""
    return one.metric.label if few else f"{one.metric.label}, {one.group.arm}"


def faults(made: Split) -> list[str]:
    """Say that the arms are not as planned."""
    if made.alarm:
        return [f"{capital(made.fault)}: the numbers below compare unlike groups."]
    return [] if made.checkable else ["There are too few units to check whether the split is as planned."]


def unbounded(comparisons: Sequence[Comparison]) -> str:
    """Name the metrics whose harm has no bound: ``, but the harm to spend cannot be bounded``, or nothing."""
    names = list(dict.fromkeys(one.metric.label for one in comparisons if not one.bad and one.worst is None))
    return f", but the harm to {listed(names)} cannot be bounded" if names else ""


def sentence(read: Reading, comparisons: Sequence[Comparison]) -> str:
    """Say the result of all arms, or of the one that gains most."""
    base, unit = read.groups[0], read.unit
    head = capital(read.label)
    if all(group.mean == base.mean and group.variance == 0 for group in read.groups):
        if read.amount and not base.mean:
            return f"Nobody has any {read.label} in any arm, so no difference can be seen"
        return f"{head} is {unit.text(read.typical(base))} for every unit in every arm, so no difference can be seen"
    if len(comparisons) == 1:
        one = comparisons[0]
        against = f"{unit.text(one.value)} in {one.group.arm} against {unit.text(read.typical(base))} in {base.arm}"
        return f"{head}: {against}, {one.words}"
    if len(comparisons) > MANY:
        one, there = best(comparisons), unit.text(read.typical(base))
        clear = sum(other.clear for other in comparisons)
        return (
            f"{head}: of {len(comparisons)} arms {one.group.arm} does best with {unit.text(one.value)} against "
            f"{there} in {base.arm}, {one.words}; {clear} of them differ clearly from {base.arm}"
        )
    parts = [f"{unit.text(one.value)} in {one.group.arm}, {one.words}" for one in comparisons]
    return f"{head}: {unit.text(read.typical(base))} in {base.arm}; {'; '.join(parts)}"


def doubts(comparisons: Sequence[Comparison]) -> list[str]:
    """Say what asking of several arms does to the numbers, and where a lift has no bounds."""
    said = open_ends(comparisons)
    if len(comparisons) > 1 and best(comparisons).gain > 0:
        said.append(f"The best of {len(comparisons)} arms looks better than it is; expect less of it later.")
    return said


def open_ends(comparisons: Sequence[Comparison]) -> list[str]:
    """Say which lifts have no bounds."""
    return [
        f"The lift of {one.metric.label} in {one.group.arm} has an open end: {one.lift.reason}."
        for one in comparisons
        if one.lift.low is None or one.lift.high is None
    ]


def defined(trial: Trial, read: Reading, comparisons: Sequence[Comparison]) -> str:
    """Write the definition line."""
    how = "share of units with 1" if read.yes_or_no else "mean a unit"
    total = sum(group.n for group in read.groups)
    line = f"{read.measure.name}: {how}; {counted(total, trial.period)} of {trial.units.origin.name}; "
    line += f"lift over {read.groups[0].arm}{worth(comparisons)}; {trial.standing.words}"
    if len(comparisons) > 1:
        line += f"; {len(comparisons)} comparisons judged together, their intervals too"
    return f"{line}."


def card(read: Reading, comparisons: Sequence[Comparison], made: Split) -> Kpi:
    """Put the lift on a card; of several arms the one that gains most."""
    one = best(comparisons)
    if made.alarm:
        reason, n = "the arms are not as planned", one.lift.n
        return Kpi(Estimate(one.lift.label, None, None, None, Unit.LIFT, n, one.lift.method, reason=reason))
    judged = one.clear or not one.difference.excludes(0)
    change = one.difference if judged and one.difference.value is not None else None
    return Kpi(one.lift, change=change, before=read.groups[0].arm, better=read.better)


def by_arm(read: Reading, comparisons: Sequence[Comparison], ended: Sequence[Stop] = ()) -> Table:
    """List the arms: units, value, lift, also unadjusted; below the lift that allows for an early stop."""
    head = "share" if read.yes_or_no else "mean"
    columns = [
        "arm",
        Column("units", Unit.COUNT),
        Column(head, read.unit),
        "95% interval",
        *COLUMNS,
    ]
    base = read.groups[0]
    lines = [[base.arm, base.n, read.typical(base), within(read.value(base)), "", "", "", "", ""]]
    for one in comparisons:
        group = one.group
        value = read.value(group)
        lines.append([group.arm, group.n, value.value, within(value), *cells(one)])
        if one.plain is not None:
            raw = [one.plain.unit.change(one.plain.value), ends(one.plain)]
            lines.append([f"{group.arm}, not adjusted by the time before", group.n, "", "", "", "", *raw, ""])
    for stop in ended:
        if stop.lift is not None:
            found = [stop.lift.unit.change(stop.lift.value), ends(stop.lift), "", "", chance(stop.lift.p)]
            lines.append([f"{stop.arm}, allowing for the early stop", stop.n, "", "", *found])
    return table(columns, lines, size="units")


def by_metric(comparisons: Sequence[Comparison]) -> Table:
    """List comparisons of several metrics."""
    return table(
        ["metric", "arm", Column("units", Unit.COUNT), *COLUMNS, "reads as"],
        [[one.metric.label, one.group.arm, one.group.n, *cells(one), reading(one)] for one in comparisons],
        size="units",
    )


def cells(one: Comparison) -> list[str]:
    """Return the cells of lift, difference, their intervals and p."""
    parts = [text for each in (one.lift, one.difference) for text in (each.unit.change(each.value), ends(each))]
    return [*parts, chance(one.p)]


def within(estimate: Estimate) -> str:
    """Return the cell of a value's interval."""
    return estimate.range.removeprefix(f"{percent(estimate.level)} interval ")


def reading(one: Comparison) -> str:
    """Say in a word what a comparison shows; of a guardrail with a margin, what it shows of that."""
    kept = margin(one)
    if kept is not None and kept.state != "superior":
        return f"{kept.state}, yet worse" if kept.state == "non-inferior" and kept.worse else kept.state
    return "better" if one.good else "worse" if one.bad else "not clear"


def chart(comparisons: Sequence[Comparison], read: Reading, headline: str) -> Chart:
    """Draw the lifts with a zero line, or the arms where no lift has a value."""
    drawn = rows_of_lifts(comparisons, [one.group.arm for one in comparisons], headline)
    if drawn is not None:
        return drawn
    values = [read.value(group) for group in read.groups]
    caption = f"{capital(read.label)} in each arm with its 95% interval; no lift has bounds."
    return intervals(
        [series(values, [group.arm for group in read.groups], [one.unit.text(one.value) for one in values])],
        unit=read.unit,
        description=f"{caption} {headline}",
        caption=caption,
        from_zero=True,
    )


def rows_of_lifts(comparisons: Sequence[Comparison], names: Sequence[str], headline: str) -> Chart | None:
    """Draw lifts with their intervals from a zero line; those without both ends are left out."""
    whole = [
        (one.lift, label)
        for one, label in zip(comparisons, names, strict=True)
        if None not in (one.lift.value, one.lift.low, one.lift.high)
    ]
    if not whole:
        return None
    lifts, labels = [one for one, _ in whole], [label for _, label in whole]
    caption = "Lift over control with its 95% interval; 0 is no change."
    bounds = [(label, found.bound) for one, label in zip(comparisons, names, strict=True) if (found := margin(one))]
    if bounds:
        caption += " A mark shows the margin: how much may be lost."
    return intervals(
        [series(lifts, labels, [signed(one) for one in lifts]), *margins(bounds, labels)],
        unit=Unit.LIFT,
        description=f"{caption} {headline}",
        caption=caption,
        from_zero=True,
    )


def margins(bounds: Sequence[tuple[str, float]], drawn: Sequence[str]) -> list[Series]:
    """Mark the margins of the rows that are drawn."""
    there = [(label, bound) for label, bound in bounds if label in drawn]
    if not there:
        return []
    return [Series("margin", tuple(label for label, _ in there), tuple(bound for _, bound in there), role="target")]


def series(values: Sequence[Estimate], labels: Sequence[str], texts: Sequence[str]) -> Series:
    """Make the marks of a chart from estimates."""
    low, high = tuple(one.low for one in values), tuple(one.high for one in values)
    return Series("lift", tuple(labels), tuple(one.value for one in values), low, high, text=tuple(texts))

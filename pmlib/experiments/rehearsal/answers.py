"""The answer: which metrics may be trusted, with their rates, a table and a chart."""

from collections.abc import Sequence

from pmlib.core import Check, Estimate, Finding, Kpi, Unit
from pmlib.core.words import listed, many
from pmlib.experiments.reading.comparisons import chance
from pmlib.experiments.rehearsal.counts import Count, Rule
from pmlib.experiments.rehearsal.trust import Trust, named
from pmlib.experiments.rehearsal.urn import Urn
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.registrations.words import percent
from pmlib.stats.trials.alarms import LITTLE, ONE_SIDED, alarm_rate

ID = "experiment-aa"
QUESTION = "May the metrics be trusted: how often is a difference called where there is none?"
UNEVEN = 0.001


def found(
    urn: Urn, rule: Rule, trusts: Sequence[Trust], *, runs: int, seed: int, source: str, doubts: Sequence[str]
) -> Finding:
    """Put the answer together."""
    judged = decisive(trusts)
    said = headline(judged, rule, runs)
    worst = max(judged, key=lambda one: one.count.called).count.rate
    faulty = [one for one in judged if not one.ok]
    # Where nothing is wrong but units are too few, no rate stands for an answer.
    unsaid = bool(faulty) and all(one.thin for one in faulty)
    return Finding(
        id=ID,
        question=QUESTION,
        headline=said,
        estimates=tuple(one for trust in trusts for one in estimates(trust.count, rule)),
        definition=definition(urn, rule, runs, seed, source),
        table=listing(trusts, rule),
        figure=chart(trusts, rule, said),
        cautions=(*doubts, *cautions(trusts, rule)),
        query=urn.query,
        action=" ".join(dict.fromkeys(one.use for one in faulty if one.use)),
        kpi=None if unsaid else Kpi(worst, target=rule.plan.alpha, better="down"),
        checks=tuple(Check(one.ok, one.words) for one in judged),
    )


def decisive(trusts: Sequence[Trust]) -> list[Trust]:
    """Return what decides: read by cluster where that was asked for, else unit by unit."""
    by = [one for one in trusts if one.count.lot.by]
    return by or [*trusts]


def headline(judged: Sequence[Trust], rule: Rule, runs: int) -> str:
    """Say how many metrics may be trusted, with the rates."""
    share, where = Unit.SHARE.text, f"where {Unit.SHARE.text(rule.plan.alpha)} are promised"
    faulty = [one for one in judged if not one.ok]
    if len(judged) == 1:
        return judged[0].words.partition(". ")[0].rstrip(".") if faulty else judged[0].words.rstrip(".")
    if faulty:
        verb = "cannot"
        parts = [f"{one.count.label} {one.short} ({share(one.count.rate.value)})" for one in faulty]
        return (
            f"{len(faulty)} of {len(judged)} metrics {verb} be trusted: {listed(parts)} in {runs:,} experiments "
            f"without a change, {where}"
        )
    rates = sorted(one.count.rate.value or 0.0 for one in judged)
    span = share(rates[0]) if share(rates[0]) == share(rates[-1]) else f"{share(rates[0])} to {share(rates[-1])}"
    return (
        f"All {len(judged)} metrics may be trusted: {span} of {runs:,} experiments without a change call one, {where}"
    )


def estimates(count: Count, rule: Rule) -> list[Estimate]:
    """Return the rate, both tails, how even p is, what a planted lift did, and what peeking does."""
    name, alpha = titled(count), count.alpha
    made = [
        alarm_rate(count.called, count.runs, alpha=alpha, label=f"false alarms, {name}"),
        alarm_rate(count.up, count.runs, alpha=alpha / 2, label=f"called higher, {name}"),
        alarm_rate(count.down, count.runs, alpha=alpha / 2, label=f"called lower, {name}"),
    ]
    if count.unevenness is not None:
        made.append(count.unevenness)
    if count.planted and count.lift is not None:
        lift = Unit.LIFT.change(count.lift)
        held = count.planted - count.missed
        made += [
            alarm_rate(count.seen, count.planted, alpha=rule.plan.power, label=f"lift of {lift} seen, {name}"),
            alarm_rate(held, count.planted, alpha=1 - alpha, label=f"intervals that hold {lift}, {name}"),
        ]
    if len(rule.times) > 1:
        seen = many(len(rule.times), "look")
        made += [
            alarm_rate(count.peeked, count.runs, alpha=alpha, label=f"false alarms over {seen} read alone, {name}"),
            alarm_rate(count.planned, count.runs, alpha=alpha, label=f"false alarms over {seen} as planned, {name}"),
        ]
    return made


def titled(count: Count) -> str:
    """Name a row."""
    return f"{count.label}, by {count.lot.by}" if count.lot.by else count.label


def listing(trusts: Sequence[Trust], rule: Rule) -> Table:
    """List the metrics."""
    peeks = [Column("peeking", Unit.SHARE), Column("by the plan", Unit.SHARE)] if len(rule.times) > 1 else []
    columns = [
        "metric",
        "read as",
        Column("units", Unit.COUNT),
        Column("false alarms", Unit.SHARE),
        "95% interval",
        Column("higher", Unit.SHARE),
        Column("lower", Unit.SHARE),
        "p even",
        Column("lift ±", Unit.LIFT),
        "planted",
        Column("seen", Unit.SHARE),
        Column("held", Unit.SHARE),
        *peeks,
        "verdict",
    ]
    return table(columns, [row(one, rule) for one in trusts], size="units")


def row(one: Trust, rule: Rule) -> list[str | float | int | None]:
    """Write the row of a metric."""
    count = one.count
    lot, rate, runs, planted = count.lot, count.rate, count.runs, count.planted
    read = {"mean": "mean", "share": "share", "ratio": "ratio", "quantile": "quantile"}[lot.pooled.kind]
    even = "in steps" if count.stepped else chance(count.unevenness.p if count.unevenness else None)
    peeks = [count.peeked / runs, count.planned / runs] if len(rule.times) > 1 else []
    return [
        titled(count),
        f"by {lot.by}" if lot.by else read,
        lot.whole.n,
        rate.value,
        rate.range.removeprefix("95% interval "),
        count.up / runs,
        count.down / runs,
        even,
        count.half,
        Unit.LIFT.change(count.lift),
        count.seen / planted if planted else None,
        1 - count.missed / planted if planted else None,
        *peeks,
        one.short,
    ]


def chart(trusts: Sequence[Trust], rule: Rule, said: str) -> Chart:
    """Draw the rates with their intervals, and what is promised."""
    rates = [one.count.rate for one in trusts]
    names = tuple(titled(one.count) for one in trusts)
    caption = (
        "Experiments without a change in which a difference is called, with 95% intervals; a mark shows the promise."
    )
    return intervals(
        [
            Series(
                "false alarms",
                names,
                tuple(one.value for one in rates),
                tuple(one.low for one in rates),
                tuple(one.high for one in rates),
                text=tuple(str(one) for one in rates),
            ),
            Series("promised", names, (rule.plan.alpha,) * len(names), role="target"),
        ],
        unit=Unit.SHARE,
        description=f"{caption} {said}",
        caption=caption,
        from_zero=True,
    )


def cautions(trusts: Sequence[Trust], rule: Rule) -> list[str]:
    """Say what peeking does, what reading unit by unit would do, which p are not even, and what is not seen."""
    said: list[str] = []
    deciding = decisive(trusts)
    for one in (other for other in trusts if other not in deciding and not other.ok):
        said.append(f"Read unit by unit, {one.count.label} {one.fault}, {one.why}. {one.use}")
    anew = [one.count.label for one in deciding if one.count.anew]
    if anew:
        said.append(f"Few units tell {listed(anew)} apart, so how many do it is drawn anew each time, by its share.")
    for one in deciding:
        count, uneven = one.count, one.count.unevenness
        if one.ok and uneven is not None and uneven.p is not None and uneven.p < UNEVEN:
            said.append(
                f"{named(count)} keeps its promise, but its p-values are not even: do not read them as degrees."
            )
        if len(rule.times) > 1:
            peeked, planned = (Unit.SHARE.text(times / count.runs) for times in (count.peeked, count.planned))
            said.append(
                f"Looked at {len(rule.times)} times and each time read as if it were the only one, {count.label} calls "
                f"a difference in {peeked} of experiments without a change; {planning(rule)} in {planned}."
            )
    return [*said, *blind(deciding, rule)]


def blind(deciding: Sequence[Trust], rule: Rule) -> list[str]:
    """Say which lifts an experiment of this size would rather miss than see."""
    short = [
        one.count for one in deciding if one.count.planted and one.count.seen < rule.plan.power * one.count.planted
    ]
    parts = [
        f"{Unit.LIFT.change(one.lift)} of {one.label} in {Unit.SHARE.text(one.seen / one.planted)}" for one in short
    ]
    if not parts:
        return []
    return [
        f"An experiment of this size sees a lift of {listed(parts)} of cases; plan for more units, or a larger lift."
    ]


def planning(rule: Rule) -> str:
    """Name the plan that is set beside peeking."""
    if rule.plan.reading == "always-valid":
        return "read by always-valid intervals"
    family = {"obrien-fleming": "O'Brien and Fleming", "kim-demets": "Kim and DeMets"}[rule.plan.spending]
    return f"by a plan of {many(len(rule.times), 'look')} ({family})"


def definition(urn: Urn, rule: Rule, runs: int, seed: int, source: str) -> str:
    """Write the line under the chart."""
    split = ", ".join(f"{arm} {percent(share)}" for arm, share in zip(rule.arms, rule.shares, strict=True))
    sample = f" (a sample of {urn.total:,})" if urn.units < urn.total else ""
    whole = f"whole {urn.cluster} at a time, " if urn.cluster else ""
    tested = f"; tails, p and lifts of {rule.arms[rule.tested]}" if len(rule.arms) > 2 else ""
    alpha = rule.plan.alpha
    harm, lean = percent(LITTLE * alpha), percent(ONE_SIDED * alpha / 2)
    return (
        f"{many(urn.units, 'unit')} of {source}{sample}, put into arms at random {runs:,} times ({whole}{split}; seed "
        f"{seed}), each metric read as a report reads it{tested}; not trusted is what surely (p < 0.001) calls or "
        f"misses more than the {percent(alpha)} promised, and more than {harm}, or one way more than {lean}."
    )

"""What a team's experiments brought: won or not, shipped or not, and the gain of all that was shipped."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from statistics import median

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many, percent
from pmlib.experiments.arguments import fitting
from pmlib.experiments.decision.gains import Gain, Prior, Total, gains, prior, totals
from pmlib.experiments.decision.impact import series
from pmlib.experiments.decision.portfolio import Portfolio
from pmlib.experiments.decision.stands import Stand
from pmlib.experiments.reading.comparisons import ends
from pmlib.show import Chart, Column, Note, Series, Table, intervals, line, table
from pmlib.show.tables import Cell
from pmlib.stats import share
from pmlib.stats.trials.totals import ENOUGH, risk_of_winners

NONE = "\N{EN DASH}"
QUESTION = "What did experiments bring?"


@fitting
@answering("experiments-ledger", QUESTION)
def ledger(experiments: Portfolio, *, usual: float | None = None) -> Finding:
    """Tell what all experiments that have ended brought.

    Parameters
    ----------
    usual
        How large true lifts are as a rule, relative (a standard deviation): 0.05 is five per cent. If not given, those
        of the team's own experiments where 20 or more have ended, else those of an online shop (ASOS).

    Returns
    -------
    Finding
        A row for each goal of each ended experiment, and for each metric the sum of what was shipped; what shipped
        changes bring is shrunk for the winner's curse.

    Raises
    ------
    SettingError
        If ``usual`` is no lift.
    """
    if usual is not None and not 0 < usual <= 1:
        raise SettingError(f"Usual lifts are given as a fraction up to 1, such as 0.05 for 5%; not {usual}.")
    ended = sorted((one for one in experiments.ended if one.call is not None), key=finished)
    if not ended:
        raise TooFewError(f"No experiment of {experiments.origin.name} has ended.")
    belief = prior(ended, usual)
    found = [gain for one in ended for gain in gains(one, belief.belief)]
    sums = totals(found)
    won = share(sum(wins(one) for one in ended), len(ended), label="experiments that won")
    risk = risk_of_winners(
        sum(wins(one) for one in ended),
        len(ended),
        alpha=median(one.plan.alpha for one in ended if one.plan),
        power=median(one.plan.power for one in ended if one.plan),
    )
    headline = said(ended, won, sums, unknown=any(one.shipped and one.untold for one in found))
    against = [one for one in ended if contrary(one)]
    return Finding(
        id="experiments-ledger",
        question=QUESTION,
        headline=headline,
        estimates=(won, *(one.estimate for one in sums), risk, *(e for one in found if (e := one.to_expect))),
        table=rows(ended, found, sums),
        figure=course(sums, experiments, headline) or lifts(found, headline),
        cautions=tuple(doubts(experiments, ended, found, belief, won, risk)),
        definition=definition(experiments, ended, belief),
        query="\n\n".join(dict.fromkeys(one.query for one in ended)),
        action=f"Write down why {contrary(against[0])}." if against else "",
        kpi=Kpi(told(sums[0]) if sums else won, better=direction(sums)),
    )


def told(first: Total) -> Estimate:
    """Return a sum as a card names it: beside what was measured, so that it is taken for no more or less than it is."""
    one = first.estimate
    return replace(one, label=f"{one.label}, {one.unit.text(first.measured)} as measured, shrunk")


def finished(one: Stand) -> tuple[bool, date, str]:
    """Order experiments by the day people decided; those nobody decided on come last."""
    day = one.listed.decided(one.as_of)
    return day is None, day or one.as_of, one.name


def wins(one: Stand) -> bool:
    """Whether every goal is clearly better in an arm."""
    return one.call is not None and not one.call.barred and all(goal.good for goal in one.call.goals)


def direction(sums: Sequence[Total]) -> str:
    """Return which way is good."""
    return sums[0].gains[0].goal.metric.better if sums else "up"


def said(ended: Sequence[Stand], won: Estimate, sums: Sequence[Total], *, unknown: bool) -> str:
    """Write the headline: how many won, and what the shipped ones bring, unless only usual lifts could tell."""
    wins_ = sum(wins(one) for one in ended)
    shipped = sum(one.decision == "shipped" for one in ended)
    head = f"{wins_} of {many(len(ended), 'ended experiment')} won ({won.unit.text(won.value)}; {won.range})"
    if not shipped:
        return f"{head}; nothing was shipped."
    if not sums:
        why = " before usual lifts are known" if unknown else ""
        what = "the one that was shipped brings" if shipped == 1 else f"the {shipped} that were shipped bring"
        return f"{head}; what {what} a week cannot be said{why}."
    what = many(len(sums[0].gains), "shipped experiment")
    bring = "brings" if len(sums[0].gains) == 1 else "bring together"
    more = [f"{one.estimate.unit.change(one.estimate.value)} {counted(one)}" for one in sums[1:]]
    beside = f"; others bring {listed(more)}" if more else ""
    first = sums[0].estimate
    gain = f"{first.unit.change(first.value)} {counted(sums[0])} a week ({first.signed_range}), shrunk "
    gain += f"from {first.unit.change(sums[0].measured)} as measured"
    return f"{head}; {what} {bring} {gain}{beside}."


def counted(one: Total) -> str:
    """Write what a sum counts."""
    metric = one.gains[0].goal.metric
    return f"units with {metric.label}" if metric.yes_or_no else metric.label


def contrary(one: Stand) -> str:
    """Say that people decided against the rule; ``""`` where they did not."""
    if one.decision and (one.decision == "shipped") != (one.word == "Ship"):
        return f"{one.name} was {one.decision} although the rule says: {one.word.lower()}"
    return ""


def rows(ended: Sequence[Stand], found: Sequence[Gain], sums: Sequence[Total]) -> Table:
    """List each goal of each ended experiment, then the sum of each metric."""
    levels = {f"{percent(one.goal.lift.level)}" for one in found}
    columns = [
        "experiment",
        "goal",
        Column("units", Unit.COUNT),
        "rule",
        "decision",
        Column("measured lift", Unit.LIFT),
        f"its {levels.pop()} interval" if len(levels) == 1 else "its interval",
        Column("lift to expect", Unit.LIFT),
        "its 95% interval",
        "a week",
        "its 95% interval",
    ]
    lines = [cells(one) for one in found]
    for one in sums:
        if len(one.gains) > 1:
            sum_ = one.estimate
            head: list[Cell] = [f"All {len(one.gains)} shipped", one.metric, sum_.n]
            lines.append([*head, *[""] * 6, sum_.unit.change(sum_.value), ends(sum_)])
    return table(columns, lines, size="units")


def cells(one: Gain) -> list[Cell]:
    """List a goal."""
    lift, left, week, stand = one.goal.lift, one.to_expect, one.a_week, one.stand
    day = stand.listed.decided(stand.as_of)
    decided = f"{stand.decision} on {day_text(day, year=True)}" if day else "none yet"
    row: list[Cell] = [stand.listed.owned, one.metric, lift.n, stand.word, decided]
    row += [lift.unit.change(lift.value), ends(lift)]
    row += [left.unit.change(left.value), ends(left)] if left else [NONE, NONE]
    return [*row, *([week.unit.change(week.value), ends(week)] if week else [NONE, NONE])]


def course(sums: Sequence[Total], experiments: Portfolio, headline: str) -> Chart | None:
    """Draw what all shipped experiments bring together from day to day, of the metric that most of them have."""
    if not sums:
        return None
    first = sums[0]
    starts = [one.stand.plan.start for one in first.gains if one.stand.plan and one.stand.plan.start]
    begin = min([*starts, first.steps[0][0]])
    points: list[tuple[str, Estimate | None]] = [(begin.isoformat(), None)] if begin < first.steps[0][0] else []
    before: Estimate | None = None
    for day, sum_ in first.steps:
        points += [(day.isoformat(), before), (day.isoformat(), sum_)]
        before = sum_
    if experiments.as_of > first.steps[-1][0]:
        points.append((experiments.as_of.isoformat(), before))
    caption = f"{first.metric} a week from all shipped experiments together, with the 95% interval of the sum."
    made = Series(
        f"{first.metric} a week",
        tuple(day for day, _ in points),
        tuple(one.value if one else 0.0 for _, one in points),
        tuple(one.low if one else 0.0 for _, one in points),
        tuple(one.high if one else 0.0 for _, one in points),
    )
    days = [(one.stand.listed.decided(one.stand.as_of), one.stand.name) for one in first.gains]
    return line(
        [made],
        unit=first.estimate.unit,
        description=f"{caption} {headline}",
        caption=caption[:1].upper() + caption[1:],
        notes=[Note(day.isoformat(), f"{name} shipped") for day, name in days if day],
    )


def lifts(found: Sequence[Gain], headline: str) -> Chart | None:
    """Draw what was measured beside what is to be expected."""
    shown = [one for one in found if None not in (one.goal.lift.low, one.goal.lift.high)]
    if not shown:
        return None
    names = {id(one): f"{one.stand.name}: {one.metric}" for one in shown}
    made = [series("measured", "before", list(names.values()), [one.goal.lift for one in shown])]
    pairs = [(names[id(one)], left) for one in shown if (left := one.to_expect)]
    if pairs:
        made.append(series("to expect", "main", [name for name, _ in pairs], [left for _, left in pairs]))
    each = " and as it is to be expected, each" if pairs else ", each"
    caption = f"Lift over control as measured{each} with its 95% interval; 0 is no change."
    return intervals(made, unit=Unit.LIFT, description=f"{caption} {headline}", caption=caption, from_zero=True)


def doubts(
    experiments: Portfolio,
    ended: Sequence[Stand],
    found: Sequence[Gain],
    belief: Prior,
    won: Estimate,
    risk: Estimate,
) -> list[str]:
    """Say on what the figures hang."""
    lines = [f"{contrary(one)}." for one in ended if contrary(one)]
    for one in [stand for stand in ended if stand.alarms]:
        nothing = " and won nothing" if one.call and one.call.barred else ""
        lines.append(f"{one.name} has an alarm ({listed([gate.name for gate in one.alarms])}){nothing}.")
    lines += risky(ended, won, risk)
    if any(one.shipped for one in found):
        lines.append(
            "A gain a week takes it that lifts last and that as many units come as in the experiment; a sum, that "
            "shipped changes do not touch each other."
        )
    if not belief.own and "ASOS" in belief.words:
        lines.append(
            "Usual lifts are those of an online shop, where nearly all changes do next to nothing; from "
            f"{ENOUGH} ended experiments on, your own tell. For bolder changes give usual, such as 0.05."
        )
    unread = [one.name for one in experiments.stands if one.state == "unread" and one.listed.settings.decision]
    lines += [f"{listed(unread)} cannot be read and {'is' if len(unread) == 1 else 'are'} left out."] if unread else []
    lines += [one.untold for one in found if one.untold]
    alone = [one for one in found if one.shipped and one.weekly is None and not one.untold]
    lone = [f"{one.metric} of {one.stand.name}" for one in alone]
    lines += [f"What {listed(lone)} brings a week cannot be said; it is in no sum."] if lone else []
    return [line_[:1].upper() + line_[1:] for line_ in lines]


def risky(ended: Sequence[Stand], won: Estimate, risk: Estimate) -> list[str]:
    """Say how many clear winners are none."""
    if not won.value or risk.low is None or risk.high is None:
        return [f"How many clear winners are none cannot be said: {risk.reason}."] if won.value else []
    text = risk.unit.text
    if len(ended) < ENOUGH:
        tell = f"{many(len(ended), 'experiment')} {'tells' if len(ended) == 1 else 'tell'}"
        share_ = f"anything from {text(risk.low)} to {text(risk.high)}"
        return [f"{tell} little of how often ideas win: {share_} of clear winners may be none."]
    return [
        f"Where {Unit.SHARE.text(won.value)} of experiments win, {text(risk.value)} of clear winners are none "
        f"({risk.range})."
    ]


def definition(experiments: Portfolio, ended: Sequence[Stand], belief: Prior) -> str:
    """Write the line under the chart."""
    return (
        f"{many(len(ended), 'experiment')} of {experiments.origin.name} ended by "
        f"{day_text(experiments.as_of, year=True)}; one that won is clearly better in every goal; lifts to expect are "
        f"shrunk by {belief.words}; a week is one of the experiment's intake, all arms together; only what was shipped "
        "is added up, a sum for each metric, taken for independent, so that variances add."
    )

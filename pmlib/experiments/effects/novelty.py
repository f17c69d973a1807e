"""Whether the effect wears off or grows with the time since exposure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, Unit, answering, made_id
from pmlib.core.words import listed, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.ages import since
from pmlib.experiments.effects.interactions import adjusted
from pmlib.experiments.effects.lifts import faults
from pmlib.experiments.effects.periods import Aged, aged
from pmlib.experiments.reading.clusters import by_age
from pmlib.experiments.reading.comparisons import apart, chance, ends, signed
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure
from pmlib.stats import mean_difference, share_difference, srm
from pmlib.stats.trials.joint import Joint


@dataclass(frozen=True)
class Turn:
    """How one arm's effect went with the time since exposure.

    Parameters
    ----------
    periods
        The difference from control on each day, or in each week.
    early, late
        The difference in either half.
    change
        By how much the difference of the later half exceeds that of the earlier, from each unit's own change.
    """

    arm: str
    periods: tuple[Estimate, ...]
    early: Estimate
    late: Estimate
    change: Estimate
    alpha: float

    @property
    def clear(self) -> bool:
        """Whether the effect changes by more than chance does."""
        return self.change.p is not None and self.change.p < self.alpha

    @property
    def comes(self) -> str:
        """What it does where units do it only once, in words: later days bring no more of them, or fewer."""
        before, after = self.early.value or 0.0, self.late.value or 0.0
        if not self.late.excludes(0):
            return "comes early, and later days bring no clear more" if before > 0 else "comes early"
        if before * after < 0:
            return "comes early and is partly made up for later"
        return "comes mostly early" if abs(after) < abs(before) else "comes mostly late"

    @property
    def way(self) -> str:
        """What it does, in words."""
        before, after = self.early.value or 0.0, self.late.value or 0.0
        if before * after < 0 and self.early.excludes(0) and self.late.excludes(0):
            return "turns round"
        return "wears off" if abs(after) < abs(before) else "grows"


@fitting
@answering("experiment-novelty", "Does the effect last?")
def novelty(trial: Trial, *, daily: Units | None = None, metric: str = "") -> Finding:
    """Tell whether the effect wears off (novelty) or grows (learning) with the time since exposure.

    All days are of the same units, those that were observed to the last of them; a curve by date of first exposure
    would compare other units on each day.

    Parameters
    ----------
    daily
        The units with the metric by days since exposure, as :func:`pmlib.experiments.effects.ages.since` makes them;
        by default they are counted in the trial's events, and without events taken from its units.
    metric
        One of the experiment's metrics; the first goal if not given.

    Returns
    -------
    Finding
        The difference from control on each day. The headline says that it wears off or grows only where each unit's
        change from the earlier to the later half differs between the arms (Welch).

    Raises
    ------
    SettingError
        If there is no such metric.

    References
    ----------
    Sadeghi, Gupta, Gramatovici, Lu, Ai and Zhang (2022), Technometrics 64:524-534.
    """
    measure = trial.readings[trial.named(metric)].measure
    found = aged(daily or counted_daily(trial, measure.name) or trial.units, measure, trial.arms.names)
    turns = turned(trial, found)
    headline = f"{sentence(trial, found, turns)}."
    return Finding(
        id=made_id("experiment-novelty", measure.name),
        question=f"Does the effect on {measure.label} change with the time since exposure?",
        headline=headline,
        estimates=tuple(each for one in turns for each in (one.change, one.early, one.late, *one.periods)),
        table=rows(trial, found, turns),
        figure=chart(trial, found, turns, headline),
        cautions=(*faults(trial.split), *uncapped(measure), *doubts(trial, found), *trial.arms.cautions),
        definition=defined(trial, found),
        query=found.query,
    )


def uncapped(measure: Measure) -> list[str]:
    """Say that days are not capped as the metric is: most days of most units are 0, and so would be their cap."""
    return [] if measure.cap is None else ["Days are read with their largest values, which the result cuts off."]


def counted_daily(trial: Trial, metric: str) -> Units | None:
    """Count a metric by days since exposure, where the trial has events to count it in."""
    log = trial.log
    if log is None or (not (one := log.registration.measure(metric)).event and not one.sql and not one.metric):
        return None
    made = since(
        *(log.events, log.registration),
        metric=metric, exposures=log.exposures, metrics=log.metrics, at=log.at, times=log.times,
    )  # fmt: skip
    return by_age(made, log.registration) if log.registration.cluster else made


def turned(trial: Trial, found: Aged) -> list[Turn]:
    """Judge each arm; the p-values of several are adjusted together (Holm)."""
    base, standing = trial.control, trial.standing_of(found.measure.name)
    made: list[Turn] = []
    for arm in trial.arms.names[1:]:
        label = f"{found.measure.label}, {arm} less {base}"
        days = tuple(of_period(trial, found, place, arm, label) for place in range(found.count))
        pair = found.halves[arm], found.halves[base]
        early = of_halves(found, pair, (0.0, 1.0), f"{label}, {found.early}", level(trial))
        late = of_halves(found, pair, (1.0, 0.0), f"{label}, {found.late}", level(trial))
        change = of_halves(found, pair, (1.0, -1.0), f"{late.label} less {found.early}", standing.level)
        made.append(Turn(arm, days, early, late, standing.over_looks(change), standing.alpha))
    sure = adjusted([one.change for one in made])
    return [replace(one, change=change) for one, change in zip(made, sure, strict=True) if change is not None]


def level(trial: Trial) -> float:
    """Return how sure an interval of a single day is."""
    return 1 - trial.standing.alpha


def of_halves(
    found: Aged, pair: tuple[Joint, Joint], weights: tuple[float, float], label: str, level: float
) -> Estimate:
    """Estimate the difference from control of the later half, the earlier, or of the one less the other."""
    here, there = (side.linear(weights) for side in pair)
    return mean_difference(here, there, unit=found.gap, label=label, level=level)


def of_period(trial: Trial, found: Aged, place: int, arm: str, label: str) -> Estimate:
    """Estimate the difference from control on one day, or in one week."""
    here, there = found.periods[place][arm], found.periods[place][trial.control]
    label = f"{label}, {found.every} {place + 1}"
    if found.share:
        hits, base_hits = round(here.n * here.mean), round(there.n * there.mean)
        return share_difference(hits, here.n, base_hits, there.n, label=label, level=level(trial))
    return mean_difference(here, there, unit=found.gap, label=label, level=level(trial))


def sentence(trial: Trial, found: Aged, turns: Sequence[Turn]) -> str:
    """Say what the effect does with time, and that it wears off or grows only where that is clear."""
    label = found.measure.label
    if trial.split.alarm:
        return f"The effect on {label} by time since exposure cannot be read: {trial.split.fault}"
    clear = sorted((one for one in turns if one.clear), key=lambda one: one.change.p or 0.0)
    parts: list[str] = []
    for one in clear or turns[:1]:
        where = "" if trial.two else f" in {one.arm}"
        rate = f" a {found.every}" if found.half > 1 and one.early.value else ""
        both = f"{apart(one.early)}{rate} in {found.early} and {apart(one.late)} in {found.late}"
        said = (
            (one.comes if found.once else one.way)
            if one.clear
            else "does not change clearly with the time since exposure"
        )
        parts.append(f"{said}{where}: {both}, a change of {signed(one.change)}")
    return f"The effect on {label} {'; it '.join(parts)}"


def rows(trial: Trial, found: Aged, turns: Sequence[Turn]) -> Table:
    """List the days, then both halves and the change."""
    sure = f"its {level(trial):.0%} interval"
    heads = ["since exposure", *([] if trial.two else ["arm"]), "difference", sure, "p"]
    lines: list[list[str | int]] = []
    for one in turns:
        units = found.units(one.arm) + found.units(trial.control)
        named = [(f"{found.every} {place}", each) for place, each in enumerate(one.periods, 1)]
        named += [(found.early, one.early), (found.late, one.late), ("change", one.change)]
        for words, each in named:
            p = chance(each.p) if each is one.change else ""
            lines.append([words, *([] if trial.two else [one.arm]), each.unit.change(each.value), ends(each), p, units])
    return table([*heads, Column("units", Unit.COUNT)], lines, size="units")


def chart(trial: Trial, found: Aged, turns: Sequence[Turn], headline: str) -> Chart:
    """Draw the difference by days since exposure."""
    labels = tuple(str(place) for place in range(1, found.count + 1))
    lines = [
        Series(
            one.arm,
            labels,
            tuple(each.value for each in one.periods),
            tuple(each.low for each in one.periods),
            tuple(each.high for each in one.periods),
        )
        for one in turns
    ]
    caption = (
        f"Difference from {trial.control} by {found.every} since exposure, of units observed to the last, each with "
        f"its {level(trial):.0%} interval by itself; 0 is no change."
    )
    unit, title = turns[0].periods[0].unit, f"{found.every} since exposure"
    return line(lines, unit=unit, description=f"{caption} {headline}", caption=caption, x_title=title, dates=False)


def doubts(trial: Trial, found: Aged) -> list[str]:
    """Say who is left out, and where the units left are not as planned."""
    made = trial.split
    label = found.measure.label
    said: list[str] = []
    if found.once:
        said.append(
            f"Few have {label} on a second {found.every}, so each {found.every} shows mostly new ones: that later ones "
            "bring no more does not undo what came early."
        )
    elif found.share:
        said.append(f"Each {found.every} shows who did it then, also those who had done it before.")
    counts = tuple(found.units(arm) if arm in found.halves else 0 for arm in made.names)
    total = sum(trial.arms.counts)
    out = total - sum(counts)
    if out > 0:
        have = "has" if out == 1 else "have"
        whole = many(found.count, found.every)
        said.append(
            f"{many(out, 'unit')} of {total:,} {have} not been observed for {whole} and are left out, so "
            f"that all {found.every}s are of the same units."
        )
    if not made.alarm and (srm(counts, made.plan).p or 0.0) < ALARM:
        seen = listed([f"{count:,}" for count in counts])
        said.append(f"Of those observed to the end, the arms are not as planned ({seen} units).")
    return said


def defined(trial: Trial, found: Aged) -> str:
    """Write the definition line."""
    total = sum(found.units(arm) for arm in found.halves)
    together = "" if trial.two else "; the chances of all arms adjusted together"
    return (
        f"{found.measure.name} a {found.every} since exposure, of 24 hours each day; {many(total, 'unit')} of "
        f"{trial.units.origin.name} observed for {many(found.count, found.every)}; difference from {trial.control}; "
        f"the change is that of each unit's own rate, {found.late} less {found.early}{together}; "
        f"{trial.standing.words}."
    )

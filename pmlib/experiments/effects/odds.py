"""How likely an arm is better, and what it costs to be wrong: the reading that starts from a belief."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, SettingError, Unit, answering, made_id
from pmlib.core.words import capital, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.effects.lifts import faults, series
from pmlib.experiments.reading.comparisons import ends, finer, signed
from pmlib.experiments.reading.methods import leans
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Table, intervals, table
from pmlib.stats import Moments
from pmlib.stats.trials.bayes import Odds, best
from pmlib.stats.trials.bayes import odds as moment_odds
from pmlib.stats.trials.beliefs import Belief, Prior, Scale
from pmlib.stats.trials.betas import best_share, share_odds

EXTREME = 1.5
"""From this ratio of the arms on, or its inverse, lifts are weighed as log-ratios."""
NONE = "a chance and an expectation have no interval of their own"
PEEKING = (
    "These odds allow for no earlier look: whoever looks until they are good will find them good too often. The "
    "verdict decides."
)


@dataclass(frozen=True)
class Bet:
    """What is believed of one arm.

    Parameters
    ----------
    unit
        What is lost or gained: points of a share, or a relative lift.
    best
        The chance to be the best of all arms, control among them; ``None`` where it is not counted.
    """

    group: Group
    odds: Odds
    unit: Unit
    best: float | None

    def lost(self, value: float | None) -> str:
        """Write an expected loss, a small one as what it is less than."""
        if value is None:
            return "an unknown amount"
        unit = replace(self.unit, decimals=2)
        least = 10.0**-unit.decimals / 100
        return f"less than {unit.text(least)}" if value < least else unit.text(value)


@fitting
@answering("experiment-odds", "How likely is it that the change is better?")
def odds(trial: Trial, *, metric: str = "", usual: float | None = None) -> Finding:
    """Tell how likely each arm is better than control, and what shipping or not shipping is expected to lose.

    Parameters
    ----------
    metric
        One of the experiment's metrics; the first goal if not given.
    usual
        How large the true lifts of this team's changes are as a rule, relative (a standard deviation): 0.05 is five
        per cent. If not given nothing is believed before: every lift, or every share, is as likely as any other.

    Returns
    -------
    Finding
        Of each arm: the chance to be better than control, the expected loss of shipping it and of keeping control, and
        the lift with its credible interval; of several arms also the chance to be the best.

    Raises
    ------
    SettingError
        If there is no such metric, or ``usual`` is no lift.
    """
    if usual is not None and not 0 < usual <= 1:
        raise SettingError(f"Usual lifts are given as a fraction up to 1, such as 0.05 for 5%; not {usual}.")
    name = trial.named(metric)
    read = trial.readings[name]
    bets = weighed(read, usual, 1 - trial.standing.alpha)
    headline = f"The odds cannot be read: {trial.split.fault}" if trial.split.alarm else sentence(trial, read, bets)
    leaning = [one.group.arm for one in bets if leans(read, one.group, read.groups[0])]
    said = [
        f"{capital(read.label)} is skewed and {arm} unlike {trial.control} in size, which these odds do not allow for."
        for arm in leaning
    ]
    return Finding(
        id=made_id("experiment-odds", name),
        question=f"How likely is it that the change is better in {read.label}?",
        headline=f"{headline}.",
        estimates=tuple(each for one in bets for each in estimates(trial, read, one)),
        table=rows(trial, bets),
        figure=chart(trial, bets, headline),
        cautions=(*faults(trial.split), PEEKING, *said, *trial.arms.cautions, *read.cautions),
        definition=f"{name}: {trial.counted} of {trial.units.origin.name}; {prior_words(read, bets, usual)}; "
        f"losses count 0 where the arm chosen is the better one; {trial.standing.sure} credible intervals.",
        query=read.query,
    )


def weighed(read: Reading, usual: float | None, level: float) -> list[Bet]:
    """Weigh each arm against control."""
    others = read.groups[1:]
    plain = read.yes_or_no and usual is None
    chances: Sequence[float | None] = [None] * len(read.groups)
    if len(others) > 1 and usual is None:
        if plain:
            chances = best_share([(one.ones, one.n) for one in read.groups], better=read.measure.better)
        else:
            chances = best([moments(read, one) for one in read.groups], better=read.measure.better)
    made = [shares(read, one, level) if plain else means(read, one, usual, level) for one in others]
    unit = Unit.POINTS if plain else Unit.LIFT
    return [Bet(group, one, unit, chance) for group, one, chance in zip(others, made, chances[1:], strict=True)]


def shares(read: Reading, group: Group, level: float) -> Odds:
    """Weigh a share, all shares alike likely before."""
    base, up = read.groups[0], up_label(read, group)
    return share_odds(group.ones, group.n, base.ones, base.n, better=read.measure.better, label=up, level=level)


def means(read: Reading, group: Group, usual: float | None, level: float) -> Odds:
    """Weigh a mean, or a share of which something was believed before."""
    here, there = moments(read, group), moments(read, read.groups[0])
    prior = None if usual is None else Prior(Belief.normal(0, usual))
    label = up_label(read, group)
    return moment_odds(
        here, there, prior, scale=scale(here, there), better=read.measure.better, label=label, level=level
    )


def moments(read: Reading, group: Group) -> Moments:
    """Return an arm's mean, adjusted by the time before where that was measured."""
    return read.moments(group) if read.cuped is None else read.cuped.arms[read.groups.index(group)]


def scale(here: Moments, there: Moments) -> Scale:
    """Choose lifts, or log-ratios where the lift is extreme."""
    if min(here.mean, there.mean) <= 0:
        return "lift"
    return "log-ratio" if abs(math.log(here.mean / there.mean)) > math.log(EXTREME) else "lift"


def up_label(read: Reading, group: Group) -> str:
    """Name an arm's lift."""
    return f"lift of {read.label}, {group.arm}"


def estimates(trial: Trial, read: Reading, one: Bet) -> list[Estimate]:
    """Return chances, losses and lift of an arm as estimates."""
    arm, found = one.group.arm, one.odds
    n, method = found.effect.n, found.effect.method

    def made(label: str, value: float | None, unit: Unit, reason: str = NONE) -> Estimate:
        return Estimate(label, value, None, None, unit, n, method, found.effect.level, reason=reason)

    unknown = NONE if found.loss is not None else "the base is 0, or too few units bound what may be lost"
    some = [
        made(f"chance that {arm} is better than {trial.control} in {read.label}", found.chance, Unit.SHARE),
        made(f"expected loss of {read.label} if {arm} ships", found.loss, one.unit, unknown),
        made(f"expected loss of {read.label} if {trial.control} stays", found.regret, one.unit, unknown),
        found.effect,
    ]
    if one.best is not None:
        some.append(made(f"chance that {arm} is the best of all arms in {read.label}", one.best, Unit.SHARE))
    return some


def likely(chance: float) -> str:
    """Write a chance, never as certain.

    Examples
    --------
    >>> likely(0.983), likely(0.99991), likely(1e-9)
    ('98.3%', 'over 99.9%', 'under 0.1%')
    """
    if chance > 0.9995:
        return "over 99.9%"
    return "under 0.1%" if chance < 0.0005 else Unit.SHARE.text(chance)


def sentence(trial: Trial, read: Reading, bets: Sequence[Bet]) -> str:
    """Say how likely the arm is better, or the one of several that is most likely so."""
    one = max(bets, key=lambda bet: bet.odds.chance if bet.best is None else bet.best)
    arm, chance, control = one.group.arm, likely(one.odds.chance), trial.control
    of = "" if one.unit == Unit.POINTS else f" of {read.label}"
    lost, missed = one.lost(one.odds.loss), one.lost(one.odds.regret)
    costs = f"shipping it is expected to lose {lost}{of}, keeping {control} {missed}"
    head = capital(read.label)
    if len(bets) == 1:
        return f"{head}: {arm} is better than {control} with a chance of {chance}; {costs}"
    top = f", and the best of all with {likely(one.best)}" if one.best is not None else ""
    many_arms = many(len(bets), "arm")
    return f"{head}: of {many_arms} {arm} does best, better than {control} with a chance of {chance}{top}; {costs}"


def rows(trial: Trial, bets: Sequence[Bet]) -> Table:
    """List the arms: chance, losses, lift."""
    several = any(one.best is not None for one in bets)
    heads = ["arm", Column("units", Unit.COUNT), f"better than {trial.control}", *(["best of all"] if several else [])]
    heads += ["lost if it ships", f"lost if {trial.control} stays", Column("lift", Unit.LIFT)]
    lines = []
    for one in bets:
        top = [likely(one.best)] if one.best is not None else []
        losses = [one.lost(each) for each in (one.odds.loss, one.odds.regret)]
        effect = one.odds.effect
        line = [one.group.arm, one.group.n, likely(one.odds.chance), *top, *losses]
        lines.append([*line, effect.unit.change(effect.value), ends(effect)])
    return table([*heads, f"its {trial.standing.sure} interval"], lines, size="units")


def chart(trial: Trial, bets: Sequence[Bet], headline: str) -> Chart | None:
    """Draw the lifts as they are believed; those without both ends are left out."""
    whole = [one for one in bets if None not in (one.odds.effect.value, one.odds.effect.low, one.odds.effect.high)]
    if not whole:
        return None
    lifts = [finer(one.odds.effect) for one in whole]
    caption = f"Lift over {trial.control} with its {trial.standing.sure} credible interval; 0 is no change."
    return intervals(
        [series(lifts, [one.group.arm for one in whole], [signed(one) for one in lifts])],
        unit=Unit.LIFT,
        description=f"{caption} {headline}",
        caption=caption,
        from_zero=True,
    )


def prior_words(read: Reading, bets: Sequence[Bet], usual: float | None) -> str:
    """Say what was believed before."""
    if usual is None:
        if read.yes_or_no:
            return "believed before: every share alike likely, Beta(1, 1)"
        return "believed before: nothing, every lift alike likely"
    words = f"believed before: lifts normal about 0 with a standard deviation of {Unit.LIFT.text(usual)}"
    if any("log-ratio" in one.odds.effect.method for one in bets):
        words += ", of log-ratios where the arms lie further apart than 1 to 1.5"
    return words

"""What a team should think about before its experiment begins."""

from collections.abc import Iterator

from pmlib.core.words import capital, listed, many
from pmlib.sources.registrations.deviations import edited
from pmlib.sources.registrations.registration import Registration
from pmlib.sources.registrations.words import percent

SHORTEST = 14
"""Days that show each weekday twice."""
NEARLY = (90, 110)
"""Parts that sum to something here were probably meant as per cent."""


def cautions(plan: Registration) -> tuple[str, ...]:
    """Return what in a plan is allowed and yet to be doubted, a sentence each."""
    changed = edited(plan)
    return (*([changed] if changed else []), *timing(plan), *sizing(plan), *judging(plan))


def timing(plan: Registration) -> Iterator[str]:
    """Doubt the horizon."""
    if plan.days is None:
        yield "No horizon is planned, so nothing says when the result is final. Give start and weeks."
        return
    if plan.days % 7:
        yield (
            f"The horizon is {many(plan.days, 'day')}, no whole weeks, so some weekdays count more than others. Plan "
            f"{many(max(1, round(plan.days / 7)), 'week')}."
        )
    if plan.days < SHORTEST:
        yield f"The horizon is {many(plan.days, 'day')}; what is new wears off, so plan two weeks or more."
    odd = [day for day in plan.looks if plan.start and ((day - plan.start).days + 1) % 7]
    if odd and not plan.days % 7:
        yield f"{capital(many(len(odd), 'look'))} of {len(plan.looks)} ends no whole week after the start."
    late = [one.label for one in plan.measures if one.window is not None and 2 * one.window > plan.days]
    if late:
        yield (
            f"The windows of {listed(late)} take up more than half of the horizon: units taken in later will not count."
        )


def sizing(plan: Registration) -> Iterator[str]:
    """Doubt the split and the size."""
    total = sum(plan.arms.values())
    if NEARLY[0] < total < NEARLY[1] and total != 100:
        yield f"The weights sum to {total:g} and are read as parts; if they are meant as per cent, mend them."
    if plan.reading != "once" and plan.units is None:
        then = "how much has been seen at a look is then told by time"
        if plan.reading == "always-valid":
            then = "always-valid intervals are then narrowest at a number that was not chosen for this experiment"
        yield f"No number of units is planned; {then}. Give units before the start."


def judging(plan: Registration) -> Iterator[str]:
    """Doubt what is asked of the metrics."""
    bare = [one.label for one in plan.goals if one.smallest is None]
    if bare:
        yield f"Nothing says which lift of {listed(bare)} would matter; give smallest, such as 0.05 for 5%."
    unmargined = [one.label for one in plan.guardrails if one.margin is None]
    if unmargined:
        yield (
            f"{capital(listed(unmargined))} {'has' if len(unmargined) == 1 else 'have'} no margin, so only clear harm "
            "will be seen, and no harm never shown. Give margin, the relative loss still accepted."
        )
    if not plan.guardrails:
        yield "No guardrail is planned, so nothing is known of harm."
    if plan.alpha > 0.1:
        yield f"Alpha is {percent(plan.alpha)}: of ten changes that do nothing, more than one is called a success."
    if len(plan.goals) > 1:
        yield (
            f"There are {len(plan.goals)} goals. If one of them is enough, their p-values are adjusted together; one "
            "goal keeps all power."
        )

"""What a replayed test would have shown: the smallest lift, or the smallest loss that could be ruled out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pmlib.core import SettingError, TooFewError
from pmlib.core.words import many
from pmlib.experiments.design.quantities import Quantity
from pmlib.experiments.design.replay import Replay, Window
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.inputs import number
from pmlib.stats.shares import critical
from pmlib.stats.trials.always import always
from pmlib.stats.trials.plans import Design, normal
from pmlib.stats.trials.sequential import looks
from pmlib.stats.trials.stopping import inflation

PLENTY = 1_000_000
"""So many planned units stand for any number: the width at the end of a plan does not depend on it."""
LARGEST = 1e6
STEPS = 60


@dataclass(frozen=True)
class Terms:
    """What a plan asks of its test, whatever is measured.

    Parameters
    ----------
    control, arm
        The share of all units that control has, and the smallest arm beside it.
    arms
        Arms beside control that take anybody in.
    inflation
        How many times the units of a test read once its way of reading needs.
    guardrails
        How many must be shown unharmed.
    traffic
        The share of units seen that the test takes in.
    smallest
        The lift that matters where a goal names none.
    """

    control: float
    arm: float
    arms: int
    alpha: float
    power: float
    inflation: float = 1.0
    guardrails: int = 0
    traffic: float = 1.0
    smallest: float = 0.05

    @classmethod
    def of(cls, plan: Registration, *, traffic: float = 1.0, smallest: float = 0.05) -> "Terms":
        """Read them off a plan.

        Raises
        ------
        SettingError
            If the traffic is no share, or the lift none that can be seen.
        """
        if not 0 < number(traffic, "traffic") <= 1:
            raise SettingError(f"traffic is {traffic}; give the share of units taken in, such as 1 for all of them.")
        if not 0 < number(smallest, "smallest") <= 10:
            raise SettingError(f"smallest is {smallest}; give the smallest lift that matters, such as 0.05 for 5%.")
        taking = [plan.shares[arm] for arm in plan.treatments if plan.shares[arm] > 0]
        if not taking or not plan.shares.get(plan.control):
            raise SettingError(f"The plan compares nothing with '{plan.control}'. Give two arms a weight above 0.")
        margins = sum(one.margin is not None for one in plan.guardrails)
        return cls(
            plan.shares[plan.control],
            min(taking),
            len(taking),
            plan.alpha,
            plan.power,
            cost(plan),
            margins,
            traffic,
            smallest,
        )

    def wanted(self, one: Measure) -> float | None:
        """Return the lift, or the loss, that a measure must be able to show; ``None`` for what only explains."""
        if one.role == "guardrail":
            return one.margin
        return (one.smallest or self.smallest) if one.role == "goal" else None


def cost(plan: Registration) -> float:
    """Return how many times the units of a test read once the plan's way of reading needs for the same power.

    Examples
    --------
    >>> one = Registration("n", "h", "a", {"a": 1, "b": 1}, (Measure("paid"),))
    >>> round(cost(one), 3), round(cost(replace(one, reading="always-valid")), 2)
    (1.0, 1.91)
    """
    once = critical(1 - plan.alpha) + normal(plan.power)
    if plan.reading == "always-valid":
        return ((always(PLENTY, PLENTY, alpha=plan.alpha) + normal(plan.power)) / once) ** 2
    if plan.reading == "once" or not plan.looks or plan.start is None or plan.days is None:
        return 1.0
    times = [((day - plan.start) / timedelta(days=1) + 1) / plan.days for day in plan.looks]
    planned = looks(times, 1.0, alpha=plan.alpha, spending=plan.spending)
    return max(1.0, inflation(planned, alpha=plan.alpha, power=plan.power))


@dataclass(frozen=True)
class Size:
    """What a test of so many weeks shows of one measure.

    Parameters
    ----------
    n
        Units that count for it, in all arms together.
    mean
        Of a unit.
    deviation
        Of a unit, as it came.
    kept
        The part of the variance that the covariate leaves.
    seen
        The smallest lift seen, or the smallest loss ruled out, relative and above 0; ``None`` where none is.
    wanted
        What should be seen; ``None`` where nothing was asked.
    reason
        Why nothing is seen.
    """

    measure: Measure
    share: bool
    weeks: int
    stretch: int
    n: int
    mean: float
    deviation: float
    kept: float
    seen: float | None
    wanted: float | None
    reason: str = ""

    @property
    def enough(self) -> bool:
        """Whether what is wanted is seen."""
        return self.wanted is None or (self.seen is not None and self.seen <= self.wanted)


def sizes(replay: Replay, terms: Terms) -> list[Size]:
    """Return what each replayed test shows of each measure."""
    return [sized(one, window, terms) for window in replay.windows for one in replay.quantities]


def sized(one: Quantity, window: Window, terms: Terms) -> Size:
    """Return what a replayed test shows of a measure."""
    measure, joint = one.measure, window.joints[one.measure.name]
    n, wanted = round(joint.n * terms.traffic), terms.wanted(measure)
    none = Size(measure, False, window.weeks, window.stretch, n, 0.0, 0.0, 1.0, None, wanted)
    if joint.n < 2:
        days = "" if measure.window is None else f", its window of {measure.window:g} days"
        return replace(none, reason=f"{many(joint.n, 'unit')} counted by then{days}")
    try:
        moments, kept = one.moments(joint, before=measure.name in window.looking)
        spread = one.spread(moments)
        found = replace(none, share=spread == "share", mean=moments.mean, deviation=moments.variance**0.5, kept=kept)
        variance = moments.mean * (1 - moments.mean) if spread == "share" else moments.variance
        design = Design(
            moments.mean,
            variance,
            spread,
            split=terms.arm / terms.control,
            arms=terms.arms,
            power=terms.power,
            level=1 - terms.alpha,
            kept=max(kept, 1e-9),
            inflation=terms.inflation,
            guardrails=terms.guardrails if wanted is not None else 0,
        )
        seen = shown(design, measure, n * terms.control)
    except (SettingError, TooFewError) as error:
        return replace(none, reason=str(error))
    return replace(found, seen=seen, reason="" if seen is not None else "too few units to show any")


def shown(design: Design, measure: Measure, control: float) -> float | None:
    """Return the smallest lift seen with so many units in control, of a guardrail the smallest loss ruled out."""
    if measure.role == "guardrail" and measure.margin is not None:
        return margin_shown(design, measure, control)
    lift = design.smallest(control, better=measure.better)
    return None if lift is None else abs(lift)


def margin_shown(design: Design, measure: Measure, control: float) -> float | None:
    """Return the smallest relative loss that is ruled out where nothing is lost; ``None`` where none is."""
    low, high = 0.0, 1 - 1e-9 if measure.better == "up" else LARGEST

    def enough(loss: float) -> bool:
        return design.units_for_margin(loss, better=measure.better).control <= control

    if not enough(high):
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def needed(found: Sequence[Size], stretch: int = 0) -> int | None:
    """Return the shortest whole weeks in which every goal and margin is seen; ``None`` where that takes longer."""
    here = [one for one in found if one.stretch == stretch]
    return next(
        (
            weeks
            for weeks in sorted({one.weeks for one in here})
            if all(one.enough for one in here if one.weeks == weeks)
        ),
        None,
    )

"""Whether units fell into the arms as planned."""

from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, Unit
from pmlib.core.words import capital, listed, many
from pmlib.experiments.arms import Arms, Weights, arms, planned
from pmlib.experiments.days import counted, days
from pmlib.show import Column, Series, intervals, table
from pmlib.sources.contract import Units
from pmlib.stats import share, srm

ALARM = 0.001
"""Below this p-value the arms are not as planned."""
ENOUGH = 5
"""The fewest units an arm must be planned to have for the test to hold."""


@dataclass(frozen=True)
class Split:
    """Units seen and units planned by arm, and whether they agree."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    plan: tuple[float, ...]
    test: Estimate

    @property
    def expected(self) -> tuple[float, ...]:
        """How many units each arm would have if the plan had been met to the unit."""
        return tuple(weight / sum(self.plan) * sum(self.counts) for weight in self.plan)

    @property
    def checkable(self) -> bool:
        """Whether there are enough units to check the plan."""
        return min(self.expected) >= ENOUGH

    @property
    def alarm(self) -> bool:
        """Whether the arms differ from the plan by more than chance does."""
        return self.checkable and self.test.p is not None and self.test.p < ALARM

    @property
    def fault(self) -> str:
        """What is wrong, in words."""
        seen = listed([f"{count:,}" for count in self.counts])
        plan = listed([f"{count:,.0f}" for count in self.expected])
        return f"the arms are not as planned ({seen} units in {listed(self.names)}, where {plan} were planned)"


def checked(seen: Arms, weights: Weights) -> Split:
    """Compare the units seen with the plan."""
    plan = planned(seen, weights)
    counts = dict(zip(seen.names, seen.counts, strict=True))
    numbers = tuple(counts.get(arm, 0) for arm in plan)
    return Split(tuple(plan), numbers, tuple(plan.values()), srm(numbers, tuple(plan.values()), label="planned split"))


def split(units: Units, *, control: str, weights: Weights = None) -> Finding:
    """Tell whether the arms are as large as planned (sample ratio mismatch).

    Parameters
    ----------
    units
        The experiment's units, all that were put into an arm.
    control
        The arm the others are compared with.
    weights
        The plan: weights by arm, text such as ``1:1`` (control first, then by name), equal if not given.

    Returns
    -------
    Finding
        The share of units in each arm against the plan; an alarm below p = 0.001 says that no result may be read.

    Raises
    ------
    SettingError
        If there is no such arm, or the plan does not fit the arms.
    TooFewError
        If there are not two arms.
    """
    seen = arms(units, control)
    made = checked(seen, weights)
    total = sum(made.counts)
    shares = [share(count, total, label=f"units in {arm}") for arm, count in zip(made.names, made.counts, strict=True)]
    plan = [weight / sum(made.plan) for weight in made.plan]
    parts = listed([f"{count:,} in {arm}" for arm, count in zip(made.names, made.counts, strict=True)])
    cautions, action = seen.cautions, ""
    if made.alarm:
        headline = f"{capital(made.fault)}: do not read the result."
        cautions.append(f"{capital(made.fault)}; by chance that happens less than once in a thousand experiments.")
        action = "Find out why units are missing from an arm (assignment, redirects, logging, filters) before reading."
    elif made.checkable:
        headline = f"The split is as planned: {parts}."
    else:
        headline = f"There are too few units to check the split: {parts}."
        cautions.append(f"The split cannot be checked: the plan gives an arm fewer than {ENOUGH} of {total:,} units.")
    rows = [
        [arm, count, one.value, one.range.removeprefix("95% interval "), want]
        for arm, count, one, want in zip(made.names, made.counts, shares, plan, strict=True)
    ]
    figure = intervals(
        [
            Series(
                "seen",
                made.names,
                tuple(one.value for one in shares),
                tuple(one.low for one in shares),
                tuple(one.high for one in shares),
                text=tuple(many(count, "unit") for count in made.counts),
            ),
            Series("planned", made.names, tuple(plan), role="target"),
        ],
        unit=Unit.SHARE,
        description=f"Share of units in each arm with its 95% interval, and the plan. {headline}",
        caption="Share of units in each arm with its 95% interval, and the plan.",
    )
    return Finding(
        id="experiment-split",
        question="Did units fall into the arms as planned?",
        headline=headline,
        estimates=(replace(shares[0], p=made.test.p), *shares[1:], made.test),
        table=table(
            [
                "arm",
                Column("units", Unit.COUNT),
                Column("share", Unit.SHARE),
                "95% interval",
                Column("plan", Unit.SHARE),
            ],
            rows,
            size="units",
        ),
        figure=figure,
        cautions=tuple(cautions),
        definition=f"{counted(total, days(units))} of {units.origin.name}, one arm each; an alarm needs p below "
        f"{ALARM}.",
        query=seen.query,
        action=action,
    )

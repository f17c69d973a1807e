"""Whether units fell into the arms as planned."""

from dataclasses import replace

from pmlib.core import Finding, Unit
from pmlib.core.words import capital, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.checks.gate import Gate, by_chance
from pmlib.experiments.reading.splits import ENOUGH
from pmlib.experiments.trial import Trial
from pmlib.show import Column, Series, intervals, table
from pmlib.stats import share


@fitting
def split(trial: Trial) -> Finding:
    """Tell whether the arms are as large as planned (sample ratio mismatch).

    Returns
    -------
    Finding
        The share of units in each arm against the plan; an alarm below p = 0.001 says that no result may be read.
    """
    made = trial.split
    total = sum(made.counts)
    nouns, seen = f"{made.noun}s", list(zip(made.names, made.counts, strict=True))
    shares = [share(count, total, label=f"{nouns} in {arm}") for arm, count in seen]
    plan = [weight / sum(made.plan) for weight in made.plan]
    parts = made.seen
    cautions, action = trial.arms.cautions, ""
    if made.alarm:
        headline = f"{capital(made.fault)}: do not read the result."
        cautions.append(f"{capital(made.fault)}; by chance that happens less than once in a thousand experiments.")
        action = "Find out why units are missing from an arm (assignment, redirects, logging, filters) before reading."
    elif made.doubtful:
        headline = f"{capital(made.fault)}, though that is no alarm while it is asked week by week."
        action = "Look at the split again in a week."
    elif made.checkable:
        headline = f"The split is as planned: {parts}."
    else:
        headline = f"There are too few {nouns} to check the split: {parts}."
        cautions.append(f"The split cannot be checked: the plan gives an arm fewer than {ENOUGH} of {total:,} {nouns}.")
    within = f" in {many(total, 'cluster')}" if made.members else ""
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
                text=tuple(many(count, made.noun) for count in made.counts),
            ),
            Series("planned", made.names, tuple(plan), role="target"),
        ],
        unit=Unit.SHARE,
        description=f"Share of {nouns} in each arm with its 95% interval, and the plan. {headline}",
        caption=f"Share of {nouns} in each arm with its 95% interval, and the plan.",
    )
    return Finding(
        id="experiment-split",
        question=f"Did {nouns} fall into the arms as planned?",
        headline=headline,
        estimates=(replace(shares[0], p=made.test.p), *shares[1:], made.test),
        table=table(
            [
                "arm",
                Column(nouns, Unit.COUNT),
                Column("share", Unit.SHARE),
                "95% interval",
                Column("plan", Unit.SHARE),
            ],
            rows,
            size=nouns,
        ),
        figure=figure,
        cautions=tuple(cautions),
        definition=f"{trial.counted} of {trial.units.origin.name}{within}, one arm each; an alarm needs p below "
        f"{f'{made.bar:.5f}'.rstrip('0')}.",
        query=trial.arms.query,
        action=action,
    )


def planned_split(trial: Trial) -> Gate:
    """Check the split against the plan.

    Where the plan has several readings and is not over, p below 0.001 alone is a doubt (see
    :func:`pmlib.experiments.reading.splits.weekly`);
    :func:`pmlib.experiments.checks.repeats.repeated_split` looks at every day.
    """
    made, name = trial.split, "the split"
    parts = made.seen
    p = by_chance(made.test.p or 0.0)
    about = "Find out why units are missing from an arm (assignment, redirects, logging, filters) before reading."
    if made.strays:
        return Gate(name, "alarm", f"{capital(made.fault)}.", about, (made.test,), trial.arms.query)
    if made.doubtful:
        words = f"{capital(made.fault)}; {p} would be an alarm if it were read once, but not if asked week by week."
        return Gate(name, "doubt", words, "Look at the split again in a week.", (made.test,), trial.arms.query)
    if made.alarm:
        return Gate(name, "alarm", f"{capital(made.fault)}; {p}.", about, (made.test,), trial.arms.query)
    if not made.checkable:
        words = f"There are too few {made.noun}s to check it: {parts}."
        return Gate(name, "doubt", words, "", (made.test,), trial.arms.query)
    return Gate(name, "passed", f"As planned: {parts} ({p}).", "", (made.test,), trial.arms.query)

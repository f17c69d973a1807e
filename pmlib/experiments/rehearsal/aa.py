"""May the metrics be trusted? Experiments without a change on a team's own units."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pmlib.core import Finding, InputError, SettingError, TooFewError, answering
from pmlib.core.words import many
from pmlib.experiments.arguments import Names, fitting
from pmlib.experiments.reading.arms import number
from pmlib.experiments.rehearsal.answers import ID, QUESTION, found
from pmlib.experiments.rehearsal.columns import constant, measured, sharing
from pmlib.experiments.rehearsal.counts import Rule, Watch, counted
from pmlib.experiments.rehearsal.remedies import remedied
from pmlib.experiments.rehearsal.trust import trust
from pmlib.experiments.rehearsal.urn import filled, pooled
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration, load_registration

RUNS = (1000, 100_000)
"""Fewer draws do not tell 5% from 7%."""
MOST_LOOKS = 30
ANY_TIME = 10
"""So many looks stand for reading at any time."""


@fitting
@answering(ID, QUESTION)
def aa(
    units: object,
    *,
    registration: Registration | str | Path = "",
    metric: Names = "",
    split: str = "1:1",
    cluster: str = "",
    control: str = "",
    smallest: float = 0.05,
    looks: int = 0,
    runs: int = 1000,
    seed: int | None = None,
    metrics: str | Path | None = None,
    watch: Watch | None = None,
) -> Finding:
    """Tell which metrics may be trusted: how often a report would call a difference where there is none (A/A test).

    The units are put into arms at random many times, and every metric is read as a report reads it. A lift is planted
    in the same draws, to see how often it would be called, and whether its interval holds it.

    Parameters
    ----------
    units
        Units as they are, better many weeks of them; their own arms do not matter.
    registration
        A plan, or its file: metrics, split, error rates, looks and cluster come from it.
    metric
        Columns, with commas; a leading minus says that less is better. By default every column of numbers; with a
        registration those of its metrics that are named.
    split
        The planned split, control first.
    cluster
        The column whose units share an arm, such as ``account_id``; each metric is then read by it. Without one, units
        that share an arm in ``units`` are put into arms together and read one by one.
    control
        Only the units of this arm.
    smallest
        The lift that is planted where a metric names none.
    looks
        How often to look on the way, at equal steps, to see what peeking does.
    runs
        How often arms are drawn, 1,000 to 100,000.
    seed
        The same seed gives the same numbers; by default that of the registration.
    metrics
        The team's catalogue, where the registration names metrics of it.
    watch
        Told after each draw how many are done, and of how many.

    Returns
    -------
    Finding
        For each metric the rate of false alarms, both tails, how even p is, how precisely its lift is known, how often
        the planted lift is seen and held; ``checks`` hold the verdict on each.

    Raises
    ------
    InputError
        If ``units`` are none.
    SettingError
        If there is no such column or arm, or a setting is out of range.
    """
    held = rows_of(units)
    if isinstance(registration, str | Path) and str(registration):
        registration = load_registration(registration)
    given = registration if isinstance(registration, Registration) else None
    if not RUNS[0] <= runs <= RUNS[1]:
        raise SettingError(f"runs is {runs:,}; give {RUNS[0]:,} to {RUNS[1]:,}.")
    if not 0 < smallest <= 1:
        raise SettingError(f"The smallest lift that matters is {smallest}; give 0.001 to 1, such as 0.05 for 5%.")
    whole = pooled(held, control)
    cluster = cluster or (given.cluster if given else "")
    shared = cluster or sharing(held, control)
    measures, doubts = measured(whole, given, metric, shared, metrics)
    measures, dull = constant(whole, measures)
    rule = ruled(given, split, measures, looks)
    drawn_by = seed if seed is not None else given.seed if given else 0
    urn = filled(whole, measures, cluster=shared, together=bool(cluster), seed=drawn_by)
    counts = counted(urn, rule, runs=runs, seed=drawn_by, smallest=smallest, watch=watch)
    if shared and not cluster:
        doubts.append(
            f"All units of one {shared} are in the same arm of {held.origin.name}, so they are put into arms "
            f"together. With cluster='{shared}' metrics are read by it."
        )
    if urn.total < (there := whole.query("SELECT count(*) AS units FROM units").one().units):
        doubts.append(f"{many(there - urn.total, 'unit')} of no {shared} are left out.")
    trusts = [trust(one, rule, shared) for one in counts]
    trusts = [remedied(one, whole, rule, runs=runs, seed=drawn_by, smallest=smallest) for one in trusts]
    return found(urn, rule, trusts, runs=runs, seed=drawn_by, source=held.origin.name, doubts=[*doubts, *dull])


def rows_of(units: object) -> Units:
    """Return units; refuse what has no row for each, and say how to come by one."""
    kind = type(units).__name__
    if isinstance(units, Units):
        return units
    ways = {
        "Events": "Make units of the events first: exposed(events, registration), or a table with one row a unit.",
        "Aggregates": "Sums cannot be put into arms anew: load the table of units they were made of, with load_units.",
        "Trial": "Give the trial's units: aa(trial.units).",
    }
    raise InputError(f"{kind} were given; an A/A test takes units. {ways.get(kind, 'Load them with load_units.')}")


def ruled(given: Registration | None, split: str, measures: Sequence[Measure], looks: int) -> Rule:
    """Return the plan that is rehearsed, and when it is looked at."""
    if looks and not 2 <= looks <= MOST_LOOKS:
        raise SettingError(f"looks is {looks}; give 2 to {MOST_LOOKS}, or none.")
    looks = looks or (ANY_TIME if given is not None and given.reading == "always-valid" else 0)
    times = tuple((at + 1) / looks for at in range(looks)) if looks else (1.0,)
    if given is None:
        return Rule(Registration("", "", "control", weights(split), tuple(measures)), times)
    rule = Rule(replace(given, measures=tuple(measures)), times)
    if len(rule.arms) < 2 or not given.arms.get(given.control):
        raise TooFewError(f"The plan compares nothing with '{given.control}'.")
    if not looks and given.looks and given.start is not None and given.days:
        gone = [((day - given.start) / timedelta(days=1) + 1) / given.days for day in given.looks]
        early = [part for part in gone if 0 < part < 1]
        return replace(rule, times=(*early, 1.0))
    return rule


def weights(split: str) -> dict[str, float]:
    """Read a split such as ``1:1`` or ``8:1:1``, control first."""
    parts = [number(part.strip(), split) for part in split.split(":")]
    if len(parts) < 2 or not all(parts):
        raise SettingError(
            f"The split '{split}' has {many(len(parts), 'weight')}; give one above 0 for each arm, control first, such "
            "as 1:1 or 9:1."
        )
    others = ["treatment"] if len(parts) == 2 else [f"arm {at}" for at in range(1, len(parts))]
    return dict(zip(["control", *others], parts, strict=True))

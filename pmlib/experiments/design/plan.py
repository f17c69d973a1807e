"""How long must the experiment run? The answer of a team's own history."""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from pmlib.core import Finding, SettingError, TooFewError, answering
from pmlib.core.words import many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.design.answers import QUESTION, found
from pmlib.experiments.design.columns import Made
from pmlib.experiments.design.quantities import Quantity, of_events, of_units
from pmlib.experiments.design.replay import LONGEST, WEEK, Replay, Window, longest, of_arrivals, of_history
from pmlib.experiments.design.sizes import Terms, sizes
from pmlib.experiments.design.words import Planned, definition
from pmlib.experiments.exposure.library import Metrics, catalogued
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.inputs import number
from pmlib.stats.means import Moments
from pmlib.stats.trials.joint import Joint


@fitting
@answering("experiment-plan", QUESTION)
def plan(
    events: Events,
    registration: Registration | None = None,
    *,
    goal: str = "",
    smallest: float = 0.05,
    start: str = "",
    traffic: float = 1.0,
    weeks: int = 8,
    metrics: Metrics = None,
) -> Finding:
    """Tell how many weeks and units an experiment needs, by replaying tests on the events there are.

    Tests of one week, two weeks and so on that end with the last complete week are replayed: who would have been taken
    in, with which mean and spread, for all three change with the weeks. As many tests before them show how much that
    varies.

    Parameters
    ----------
    events
        History, better a few months of it.
    registration
        The plan, as far as it is written.
    goal
        Without a plan: the event that units of the better arm shall do more often, in two equal arms.
    smallest
        The smallest relative lift that matters where a goal names none.
    start
        The event by which a unit is seen first and taken in; by default the plan's exposure where it occurs, else any.
    traffic
        The share of units taken in.
    weeks
        The longest test replayed, 1 to 26; at least the plan's own.
    metrics
        The catalogue or the path of a ``metrics.toml``.

    Returns
    -------
    Finding
        The shortest whole weeks in which every goal's smallest lift that matters is seen and every margin ruled out,
        with the smallest lift seen after each week.

    Raises
    ------
    SettingError
        If there is no goal, or an event, metric or setting is not known.
    """
    asked = wanted(registration, goal)
    terms = Terms.of(asked, traffic=traffic, smallest=smallest)
    known = catalogued(metrics) if any(one.metric for one in asked.measures) else {}
    activation = asked.activation if occurs(events, asked.activation) else ""
    quantities, doubts = of_events(asked.measures, events, known, activated=bool(activation))
    refuse_goalless(quantities, doubts)
    entering = start or (asked.exposure if occurs(events, asked.exposure) else "")
    if not start and asked.exposure and not entering:
        doubts.append(f"History has no event '{asked.exposure}', so units are taken in with any event.")
    if asked.activation and not activation:
        doubts.append(f"History has no event '{asked.activation}', so all units count, activated or not.")
    replay = of_history(events, quantities, entering=entering, activation=activation, weeks=reach(asked, weeks))
    made = Planned(asked, terms, replay, tuple(sizes(replay, terms)))
    seen = f"a unit is taken in when first seen by '{entering}'" if entering else "a unit is taken in when first seen"
    return found(made, definition(made, f"{seen} within them", f"{events.origin.name}, {events.timezone}"), doubts)


@fitting
@answering("experiment-plan", QUESTION)
def plan_from(
    units: Units,
    registration: Registration | None = None,
    *,
    goal: str = "",
    smallest: float = 0.05,
    at: str = "",
    traffic: float = 1.0,
    weeks: int = 8,
) -> Finding:
    """Tell the same from a table with one row a unit: how many arrive a week, and what they are worth in the end.

    Parameters
    ----------
    units
        Units as they arrived; arms in it do not matter.
    goal
        Without a plan: the column that shall rise.
    at
        The column of the day on which a unit arrived; by default it is found by its name.

    Raises
    ------
    InputError
        If no column tells the day.
    SettingError
        If there is no goal, or a column or setting is not known.
    """
    asked = wanted(registration, goal)
    terms = Terms.of(asked, traffic=traffic, smallest=smallest)
    quantities, doubts = of_units(asked.measures, units)
    refuse_goalless(quantities, doubts)
    replay = of_arrivals(units, quantities, at=at, weeks=reach(asked, weeks))
    made = Planned(asked, terms, replay, tuple(sizes(replay, terms)))
    doubts.append("Each unit counts with its value in the table from the week it arrived; a window is not waited for.")
    return found(made, definition(made, "units by the week they arrived", units.origin.name), doubts)


@fitting
@answering("experiment-plan", QUESTION)
def plan_with(
    groups: Mapping[str, Moments],
    registration: Registration,
    *,
    weekly: float,
    smallest: float = 0.05,
    traffic: float = 1.0,
    weeks: int = 8,
) -> Finding:
    """Tell the same from aggregates: what a unit does, and how many units come a week.

    Parameters
    ----------
    groups
        Count, mean and variance of a unit for each metric of the plan; of a ratio those of
        :func:`pmlib.stats.trials.ratios.linearised`, of a share ``p`` and ``p (1 - p)``.
    weekly
        New units a week.

    Raises
    ------
    SettingError
        If no goal of the plan has an aggregate, or a setting makes no sense.
    """
    if not number(weekly, "weekly") > 0:
        raise SettingError(f"weekly is {weekly}; give how many new units come a week, such as 1000.")
    terms = Terms.of(registration, traffic=traffic, smallest=smallest)
    there = [one for one in registration.measures if one.name in groups]
    doubts = [f"{one.label} has no aggregate and is left out." for one in registration.measures if one not in there]
    quantities = [Quantity(one, Made(at, (exp.true(),), exp.true()), False, False) for at, one in enumerate(there)]
    refuse_goalless(quantities, doubts)
    windows = tuple(
        Window(week, 0, round(weekly * week), {one.name: grown(groups[one.name], weekly * week) for one in there})
        for week in range(1, reach(registration, weeks) + 1)
    )
    replay = Replay(windows, tuple(quantities), None, len(windows), "")
    made = Planned(registration, terms, replay, tuple(sizes(replay, terms)))
    doubts.append(
        "Mean and spread of a unit are taken to be the same after every week, and each week's units to be new."
    )
    return found(made, definition(made, f"{weekly:,.0f} new units a week", "aggregates"), doubts)


def grown(group: Moments, units: float) -> Joint:
    """Return the same mean and variance of so many units."""
    if group.n < 2:
        raise TooFewError(f"An aggregate stands for {many(group.n, 'unit')}; its spread needs 2 or more.")
    return Joint(round(units), (group.mean,), ((group.variance,),))


def wanted(registration: Registration | None, goal: str) -> Registration:
    """Return the plan, or the plainest there is for a goal.

    Raises
    ------
    SettingError
        If there is neither, or both.
    """
    if registration is not None and goal:
        raise SettingError(f"The plan names its goals, so goal='{goal}' is one too many. Leave it out.")
    if registration is not None:
        return registration
    if not goal:
        raise SettingError("Nothing is to be planned for. Give a registration, or a goal such as goal='booking_made'.")
    return Registration("", "", "control", {"control": 1.0, "treatment": 1.0}, (Measure(goal, event=goal),))


def refuse_goalless(quantities: Sequence[Quantity], doubts: Sequence[str]) -> None:
    """Refuse a plan whose goals are all left out."""
    if not any(one.measure.role == "goal" for one in quantities):
        raise SettingError(f"No goal can be planned for. {' '.join(doubts)} Give one that history holds.")


def occurs(events: Events, text: str) -> bool:
    """Whether an event, its condition aside, is in history."""
    names = events.names()
    return text in names or text.partition(":")[0].strip() in names


def reach(asked: Registration, weeks: int) -> int:
    """Return the longest test to replay: as asked for, or the plan's own."""
    own = asked.days // WEEK if asked.days else 0
    return max(longest(weeks), min(own, LONGEST))

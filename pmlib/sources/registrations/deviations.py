"""Where an experiment was not run, or read, as it was registered."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.sources.registrations.registration import Registration, shown


def deviations(
    plan: Registration, arms: Mapping[str, int], *, first: date | None = None, read_on: date | None = None
) -> tuple[str, ...]:
    """Return what differs from the plan, a sentence each; nothing where all is as registered.

    Parameters
    ----------
    arms
        The units seen in each arm.
    first
        The first local day on which a unit was taken in.
    read_on
        The last local day that was counted.
    """
    return (*unlike(plan, arms), *times(plan, first, read_on))


def edited(plan: Registration) -> str:
    """Say that a plan is no longer what was registered under the digest that its file names; ``""`` where it is.

    Examples
    --------
    >>> plan = Registration("New paywall", "More pay.", "old", {"old": 1, "new": 1}, (), digest="2ea3b35b7678" * 5)
    >>> edited(plan)
    ''
    >>> from dataclasses import replace
    >>> edited(replace(plan, agreed="914146692931"))
    'The plan was edited after it was registered: it was 914146692931, now it is 2ea3b35b7678.'
    """
    if not plan.agreed or plan.digest.startswith(plan.agreed):
        return ""
    return f"The plan was edited after it was registered: it was {shown(plan.agreed)}, now it is {plan.short}."


def unlike(plan: Registration, arms: Mapping[str, int]) -> Iterator[str]:
    """Compare the arms seen with those planned."""
    for arm, count in arms.items():
        if arm not in plan.arms:
            yield f"{arm} has {many(count, 'unit')} and is no arm of the plan, which has {listed([*plan.arms], 20)}."
        elif plan.arms[arm] == 0 and count:
            yield f"{arm} has {many(count, 'unit')}, where the plan takes nobody in."
    empty = [arm for arm, weight in plan.arms.items() if weight and not arms.get(arm)]
    if empty:
        names = listed(empty, 20)
        yield f"{names} {verb(empty, 'is', 'are')} planned and {verb(empty, 'has', 'have')} no units."


def times(plan: Registration, first: date | None, read_on: date | None) -> Iterator[str]:
    """Compare when the result was read with when it was to be."""
    if first and plan.start and first != plan.start:
        yield f"The first unit came on {said(first)}; registered is a start on {said(plan.start)}."
    if read_on is None:
        return
    end = plan.horizon
    if plan.reading == "group-sequential" and read_on not in plan.looks and (not end or read_on < end):
        yield (
            f"The result was read on {said(read_on)}, which is no look of the plan: the bounds hold for planned looks "
            "only."
        )
    if end and read_on < end and plan.reading == "once":
        yield (
            f"The result is read on {said(read_on)}, {many((end - read_on).days, 'day')} before the planned end on "
            f"{said(end)}: this is peeking, and the plan made no room for it."
        )
    if end and read_on > end:
        late = f"The result is read on {said(read_on)}, after the planned end on {said(end)}."
        past = f"The data reach to {said(read_on)}, past the planned end on {said(end)}."
        yield late if plan.reading == "once" else past


def said(day: date) -> str:
    """Write a day with its year."""
    return day_text(day, year=True)


def verb(named: Sequence[object], one: str, several: str) -> str:
    """Return the verb that goes with as many as are named."""
    return one if len(named) == 1 else several

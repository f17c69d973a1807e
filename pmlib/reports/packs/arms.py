"""The experiment of a first pack: its control, its metrics, and the plan that fits."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from pmlib.core import InputError, PmlibError
from pmlib.sources import Registration, Units, load_registration

CONTROLS = (
    *("control", "kontrolle", "kontroll", "contrôle", "controle", "baseline", "original", "old", "current", "a"),
    *("off", "holdout", "placebo", "none", "no", "0"),
)
"""Names of an arm that nothing was changed for, the surest first."""
CONTROL = re.compile(r"control|kontroll|contr[oô]le|baseline|original|holdout|placebo")
BEGINS = re.compile(r"(old|current|no|without)\b")
NUMBER = re.compile(r"(BIG|HUGE|U?TINY|SMALL)?INT|DOUBLE|DECIMAL|BOOL")


def arms_of(units: Units) -> list[str]:
    """Return the arms, the largest first."""
    return units.query("SELECT arm FROM units GROUP BY arm ORDER BY count(*) DESC, arm").column("arm")


def control_of(arms: Sequence[str]) -> str:
    """Guess the arm the others are compared with, the largest where no name tells.

    Examples
    --------
    >>> control_of(["new", "no wizard", "old"]), control_of(["wizard", "no wizard"]), control_of(["x", "y"])
    ('old', 'no wizard', 'x')
    """
    plain = {arm.strip().casefold(): arm for arm in arms}
    whole = next((plain[name] for name in CONTROLS if name in plain), "")
    if whole:
        return whole
    tries = [name for name in plain if CONTROL.search(name)] + [name for name in plain if BEGINS.match(name)]
    return plain[tries[0]] if tries else arms[0]


def numbers_of(units: Units) -> list[str]:
    """Return the columns of numbers."""
    kinds = {row.column_name: row.column_type for row in units.query("DESCRIBE units")}
    return [name for name in kinds if name in units.columns and NUMBER.match(kinds[name])]


def measured(units: Units, name: str) -> dict[str, object]:
    """Choose the metrics of an experiment that has no plan.

    Raises
    ------
    InputError
        If there is nothing to measure.
    """
    numbers = numbers_of(units)
    if not numbers:
        raise InputError(
            f"{name} has no column of numbers to compare the arms by. Add one, such as converted 0/1; or count it in "
            "the events by a plan: write one with pmlib register --out plan.toml, and give init all three files."
        )
    return {"registration": "", "metric": numbers[0], "guardrails": ", ".join(numbers[1:3]), "weights": ""}


def fitting(plans: Sequence[str], named: Sequence[str], units: Units) -> str:
    """Return the plan of an experiment: the one that was named, else the only one in the folder that has its arms.

    Raises
    ------
    InputError
        If several were named.
    """
    told = [one for one in plans if one in named]
    if len(told) > 1:
        names = " and ".join(Path(one).name for one in told)
        raise InputError(
            f"{names} are both plans of an experiment. Give one of them; for the other write another pack."
        )
    if told:
        return told[0]
    arms = {*arms_of(units)}
    fit = [one for one in plans if arms <= planned_arms(one)]
    return fit[0] if len(fit) == 1 else ""


def planned_arms(plan: str) -> set[str]:
    """Return the arms of a plan; none of one that cannot be read, which nobody named."""
    try:
        return {*load_registration(plan).arms}
    except PmlibError:
        return set()


def by_plan(plan: Registration, file: str, out: Path, units: Units, *, events: bool) -> dict[str, object]:
    """Read an experiment by its plan; in events only what the units do not hold.

    Raises
    ------
    InputError
        If the units lack what is measured, and there are no events to count it in.
    """
    lacking = [one.name for one in plan.measures if one.name not in units.columns]
    if lacking and not events:
        raise InputError(
            f"{Path(file).name} measures {', '.join(lacking)}, of which the units have no column. Give init the events "
            "to count it in too, or add the column."
        )
    made: dict[str, object] = {"registration": os.path.relpath(Path(file).expanduser().resolve(), out.parent.resolve())}
    made |= {"metric": "", "guardrails": "", "weights": ""}
    return made if lacking or not events else made | {"events": ""}

"""A team's list of its experiments: where the units of each lie, what was planned, and what people decided."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError

from pmlib.core import Check, InputError, Ledger, Origin, PmlibError, SettingError, nearest
from pmlib.core.words import listed
from pmlib.sources.registrations import Registration, load_registration
from pmlib.sources.registrations.settings import Day, Line, Table, shown
from pmlib.sources.where import expanded, matches

State = Literal["running", "ended"]
Decision = Literal["shipped", "rolled back"]

ONE = "experiment"
FILES = ("data", "events", "aggregates")
PLANNED = ("metric", "control", "guardrails", "weights", "smallest", "start", "days", "units")
"""Settings that a registration takes the place of."""


class Sheet(Table):
    """``[[experiment]]``."""

    name: Line = ""
    data: Line = ""
    events: Line = ""
    aggregates: Line = ""
    registration: Line = ""
    metrics: Line = ""
    owner: Line = ""
    state: State | None = None
    decision: Decision | None = None
    decided: Day | None = None
    chosen: Line = ""
    unit: Line = ""
    arm: Line = ""
    timezone: Line = ""
    metric: Line = ""
    control: Line = "control"
    guardrails: Line = ""
    weights: Line = ""
    smallest: Annotated[float, Field(ge=0.001, le=1)] = 0.05
    start: Day | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    units: Annotated[int, Field(ge=2, le=10**12)] | None = None


CHOICES: Mapping[str, tuple[str, ...]] = {"state": get_args(State), "decision": get_args(Decision)}
EXPECTED: Mapping[str, str] = {
    "name": 'what the experiment is called, such as "New onboarding"',
    "data": "the file of its units, such as onboarding.csv",
    "events": "the file of events from which its units are made",
    "aggregates": "the file of its counts, means and variances by arm",
    "registration": "the file of its plan, such as onboarding.toml",
    "metrics": "the metrics.toml with the metrics its plan names",
    "owner": "who answers for it",
    "decided": "the day, such as 2026-06-05",
    "chosen": "the arm that was shipped",
    "unit": "the column that names the unit",
    "arm": "the column that names the arm",
    "timezone": "a time zone such as Europe/Berlin",
    "metric": "the goal, a column of numbers",
    "control": "the arm the others are compared with",
    "guardrails": "columns that must not suffer, with commas",
    "weights": "the planned split, such as 1:1",
    "smallest": "the smallest lift that matters, 0.001 to 1, such as 0.05 for 5%",
    "start": "the first day on which units are taken in, such as 2026-03-02",
    "days": "the horizon as a whole number of days, such as 28",
    "units": "how many units all arms together shall have, such as 20000",
    **{field: f"one of {', '.join(words)}" for field, words in CHOICES.items()},
}
"""What each setting should hold."""


@dataclass(frozen=True)
class Listed:
    """An experiment as a list names it.

    Parameters
    ----------
    data
        The file of its units, or of who was in which arm where ``events`` say what they did; ``""`` for none.
    aggregates
        The file of its counts, means and variances by arm, where nobody has units.
    metrics
        The file of the catalogue its plan names metrics of, else that beside its events or plan; ``""`` for none.
    registration
        What was planned, ``None`` where the settings say it.
    settings
        What the list says of it, as it was read.
    fault
        Why it cannot be used; ``""`` where it can.
    folder
        Where the list lies.
    """

    name: str
    data: str = ""
    events: str = ""
    aggregates: str = ""
    metrics: str = ""
    registration: Registration | None = None
    owner: str = ""
    settings: Sheet = field(default_factory=Sheet)
    fault: str = ""
    folder: str = ""

    def bare(self, text: str) -> str:
        """Return a message without the list's folder: it may stand on a page."""
        return text.replace(f"{self.folder}{os.sep}", "") if self.folder else text

    def holds(self, source: str) -> bool:
        """Whether its units or aggregates are those called so."""
        names = [Path(file).name for file in (self.data, self.aggregates, self.events) if file]
        return source in {*names, *(f"{file}, experiment {self.name}" for file in names)}

    @property
    def owned(self) -> str:
        """Its name, with who answers for it: ``New paywall (Monetisation)``."""
        return f"{self.name} ({self.owner})" if self.owner else self.name

    def decided(self, as_of: date) -> date | None:
        """Return the day on which people decided, ``None`` where they had not by ``as_of``."""
        day = self.settings.decided
        return day if self.settings.decision and day is not None and day <= as_of else None


@dataclass(frozen=True)
class Listing:
    """The experiments of a team, in the order of their file."""

    experiments: tuple[Listed, ...]
    origin: Origin
    checks: tuple[Check, ...] = ()

    @property
    def again(self) -> tuple[str, ...]:
        """The experiments whose data and arms an earlier one has: they are counted once."""
        return tuple(one.name for one, _ in repeats(self.experiments))

    def of(self, digest: str, source: str) -> Listed | None:
        """Return the experiment with a plan, or without one that of a source; ``None`` where it lists none.

        Parameters
        ----------
        digest
            Of the registration; ``""`` where there is none.
        source
            What the units are called that are read.
        """
        read = [one for one in self.experiments if not one.fault]
        like = [one for one in read if one.registration and one.registration.digest == digest] if digest else read
        here = [one for one in like if one.holds(source)]
        return next(iter(here or (like if digest else [])), None)


def repeats(found: Sequence[Listed]) -> list[tuple[Listed, Listed]]:
    """Return experiments whose units and arms an earlier one has, each with that one."""
    seen: dict[tuple[str, str, tuple[str, ...]], Listed] = {}
    made: list[tuple[Listed, Listed]] = []
    for one in found:
        # A log of events, and a file of aggregates, may hold many experiments.
        if not one.data or one.events or one.fault:
            continue
        arms = tuple(sorted(one.registration.arms)) if one.registration else ()
        first = seen.setdefault((one.data, one.settings.arm, arms), one)
        if first is not one:
            made.append((one, first))
    return made


def load_trials(where: str | Path) -> Listing:
    """Read the list of a team's experiments.

    Parameters
    ----------
    where
        A TOML file with a table for each experiment; paths are relative to it::

            [[experiment]]
            data = "onboarding.csv"           # its units: one row each, with the arm
            registration = "onboarding.toml"  # its plan; or metric, control, guardrails, weights, start, days, units
            metrics = "metrics.toml"          # with the metrics it names; else the one beside its events or plan
            owner = "Activation"
            state = "ended"                   # running or ended; else the horizon tells
            decision = "shipped"              # what people decided: shipped or rolled back
            decided = 2026-06-05
            chosen = "treatment"              # the arm that was shipped, where there are several

        Where ``events`` name a file of events, the units are made of them by the plan, and ``data`` says who was in
        which arm; without ``data`` the events do. ``aggregates`` take the place of both.

    Returns
    -------
    Listing
        An experiment with a fault stands in it with all its faults, so that it hides none of the others.

    Raises
    ------
    InputError
        If the file is not there or not readable.
    SettingError
        If it is no list of experiments.
    """
    file = matches(Path(where).expanduser())[0]
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name} is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{file.name} is not readable TOML: {error}.") from error
    experiments = unlike([read(table, at, file.parent) for at, table in enumerate(tables(given, file.name), start=1)])
    broken = [one for one in experiments if one.fault]
    ledger = Ledger(len(experiments), len(experiments) - len(broken), {"with a fault": len(broken)} if broken else {})
    origin = Origin(file.name, "experiments", "a list of experiments, TOML", ledger)
    checks = [Check(False, f"{one.name} in {file.name} cannot be read: {one.fault}") for one in broken]
    fine = Check(True, f"All experiments in {file.name} can be read: {len(experiments)}.")
    once = [
        Check(False, f"{one.name} has the data and arms of {first.name}: it is counted once.")
        for one, first in repeats(experiments)
    ]
    return Listing(tuple(experiments), origin, (*(checks or [fine]), *once))


def tables(given: Mapping[str, Any], file: str) -> Sequence[Mapping[str, Any]]:
    """Return the tables of a list."""
    for key in given:
        if key != ONE:
            raise SettingError(
                f"{file} has '{key}'; a list has one table [[{ONE}]] for each experiment.{nearest(key, [ONE])}"
            )
    found = given.get(ONE)
    if not isinstance(found, list) or not found or not all(isinstance(table, dict) for table in found):
        raise SettingError(f"{file} lists no experiment; write [[{ONE}]] in double brackets, and its settings below.")
    return found


def read(table: Mapping[str, Any], at: int, folder: Path) -> Listed:
    """Read the table of one experiment; whatever is wrong stands in its fault."""
    sheet, faults = filled(table)
    broken = {field for field, _ in faults}
    said = [text for _, text in faults]
    said += [text for fields, text in wrong(sheet) if not fields & broken]
    plan: Registration | None = None
    if sheet.registration:
        try:
            plan = load_registration(placed(sheet.registration, folder))
        except PmlibError as error:
            said.append(str(error))
    if plan and sheet.chosen and sheet.chosen not in plan.treatments:
        arms = listed(plan.treatments, 20)
        said.append(
            f"chosen is '{sheet.chosen}'; the arms beside control are {arms}.{nearest(sheet.chosen, plan.arms)}"
        )
    start = plan.start if plan else sheet.start
    if start and sheet.decided and sheet.decided < start:
        said.append(f"decided is {sheet.decided}, before its start on {start}; mend the day, or the start.")
    files = {one: placed(path, folder) for one in FILES if (path := getattr(sheet, one))}
    name = sheet.name or (plan.name if plan else "") or f"experiment {at}"
    if not sheet.name and plan is None:
        name = next((Path(path).stem for path in files.values()), name)
    owner = sheet.owner or (plan.owner if plan else "")
    own = placed(sheet.metrics, folder) if sheet.metrics else ""
    made = Listed(name, **files, metrics=own, registration=plan, owner=owner, settings=sheet, folder=str(folder))
    return replace(made, fault=made.bare(" ".join(said)))


def placed(path: str, folder: Path) -> str:
    """Return a path that counts from the list's folder."""
    return str(folder / Path(expanded(path)).expanduser())


def filled(given: Mapping[str, Any]) -> tuple[Sheet, list[tuple[str, str]]]:
    """Read a table; where settings are wrong, read it without them and return each with what is expected."""
    try:
        return Sheet.model_validate(dict(given)), []
    except ValidationError as error:
        found = {str(one["loc"][0]): worded(str(one["loc"][0]), one["msg"], one["input"]) for one in error.errors()}
        return Sheet.model_validate({key: value for key, value in given.items() if key not in found}), [*found.items()]


def worded(field: str, message: str, given: object) -> str:
    """Write one fault as a sentence."""
    known = [*Sheet.model_fields]
    if field not in known:
        return f"There is no setting {shown(field)}; there is {', '.join(known)}.{nearest(field, known)}"
    if message.startswith("Value error, "):
        return f"{field}: {message.removeprefix('Value error, ')}."
    near = nearest(given, CHOICES[field]) if field in CHOICES and isinstance(given, str) else ""
    return f"{field} is {shown(given)}; give {EXPECTED[field]}.{near}"


def wrong(sheet: Sheet) -> list[tuple[set[str], str]]:
    """Return what does not fit together: the settings, and a sentence."""
    said: list[tuple[set[str], str]] = []
    if not (sheet.data or sheet.events or sheet.aggregates):
        said.append(({*FILES}, f"data is missing; give {EXPECTED['data']}."))
    if sheet.aggregates and (sheet.data or sheet.events):
        said.append(({*FILES}, "aggregates take the place of data and events; keep one of them."))
    set_too = [field for field in PLANNED if field in sheet.model_fields_set]
    if sheet.registration and set_too:
        verb = "stands" if len(set_too) == 1 else "stand"
        said.append(({"registration"}, f"{listed(set_too, 8)} {verb} in the registration; leave it out here."))
    if not (sheet.registration or sheet.metric):
        said.append(({"registration", "metric"}, "registration is missing; give the file of its plan, or a metric."))
    if sheet.events and not sheet.registration:
        said.append(({"registration"}, "events need a registration, which says what is made of them."))
    if sheet.decision and not sheet.decided:
        said.append(({"decided", "decision"}, f"decided is missing; give {EXPECTED['decided']}."))
    if sheet.decided and not sheet.decision:
        said.append(({"decided", "decision"}, f"decision is missing; give {EXPECTED['decision']}."))
    if sheet.chosen and sheet.decision != "shipped":
        said.append(({"decision"}, "chosen is the arm that was shipped, and nothing was; leave it out."))
    if sheet.state == "running" and sheet.decision:
        said.append(({"decision", "state"}, f"it is {sheet.decision} and still running; leave state out."))
    return said


def unlike(found: Sequence[Listed]) -> list[Listed]:
    """Number experiments that are called alike, so that each can be named."""
    made: list[Listed] = []
    seen: dict[str, int] = {}
    for one in found:
        seen[one.name] = seen.get(one.name, 0) + 1
        made.append(one if seen[one.name] == 1 else replace(one, name=f"{one.name} ({seen[one.name]})"))
    return made

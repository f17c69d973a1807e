"""Arguments as people give them: read where it is clear what is meant, else refused with what was expected."""

import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, wraps
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from pmlib.core import InputError, SettingError, nearest
from pmlib.core.words import listed
from pmlib.sources.aggregates import Aggregates, load_aggregates
from pmlib.sources.aggregates.names import is_aggregates
from pmlib.sources.contract import Events, Units
from pmlib.sources.kinds import kind_of
from pmlib.sources.registrations import Measure, Registration
from pmlib.sources.units import load_units

P = ParamSpec("P")
R = TypeVar("R")

Names = str | Sequence[str]
"""Names with commas between them, or a list of names, which may hold commas themselves."""

EXPECTED: Mapping[str, str] = {
    "Trial": 'an experiment put together before, such as trial(units, metric="converted")',
    "Units": 'units as load_units reads them, such as load_units("units.csv")',
    "Events": 'events as load_events reads them, such as load_events("events.csv")',
    "Registration": 'a registration as load_registration reads it, such as load_registration("plan.toml")',
    "Portfolio": 'the experiments of a list, such as portfolio("experiments.toml")',
    "Listing": "a list as load_trials reads it",
    "Moments": "Moments: count, mean and variance",
    "Path": "a path",
    "str": "text",
    "date": "a day",
    "float": "a number",
    "int": "a whole number",
    "bool": "True or False",
}
"""What an argument of each type should be."""
LISTS: Mapping[object, str] = {str: "names", float: "numbers", int: "whole numbers"}
MOST = 60
"""So many letters of a wrong value are shown."""


def fitting(question: Callable[P, R]) -> Callable[P, R]:
    """Refuse arguments that a question does not have, or of another kind than it takes; ``None`` is one not given.

    Raises
    ------
    SettingError
        With the argument, what was found and what was expected.
    """

    @wraps(question)
    def asked(*given: P.args, **options: P.kwargs) -> R:
        signature, hints = known(question)
        parameters = signature.parameters
        title = getattr(question, "__name__", "it")
        for name in [name for name in options if name not in parameters]:
            raise SettingError(
                f"{title} has no argument '{name}'; it has {', '.join(parameters)}.{nearest(name, parameters)}"
            )
        for name in [name for name, value in options.items() if value is None and defaulted(parameters[name])]:
            del options[name]
        try:
            bound = signature.bind(*given, **options).arguments
        except TypeError as error:
            raise SettingError(misfit(title, parameters, len(given), {*options})) from error
        for name, value in bound.items():
            if name in hints and not fits(value, hints[name]):
                what = listed(list(dict.fromkeys(kinds(hints[name]))), 9).replace(" and ", " or ")
                raise SettingError(
                    f"'{name}' of {title} is {shown(value)}; expected {what}.{written(name, value, what)}"
                )
        return question(*given, **options)

    return asked


@cache
def known(question: Callable[..., object]) -> tuple[inspect.Signature, Mapping[str, Any]]:
    """Return a question's arguments and their types."""
    return inspect.signature(question), get_type_hints(question)


def defaulted(parameter: inspect.Parameter) -> bool:
    """Whether an argument may be left out."""
    return parameter.default is not inspect.Parameter.empty


def misfit(title: str, parameters: Mapping[str, inspect.Parameter], given: int, named: Iterable[str]) -> str:
    """Say what is missing, or what has to be named."""
    plain = [name for name, one in parameters.items() if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    others = [name for name in parameters if name not in plain]
    missing = [name for name in plain[given:] if name not in named and not defaulted(parameters[name])]
    missing += [name for name in others if name not in named and not defaulted(parameters[name])]
    if missing:
        return f"{title} needs {listed(missing)}: {title}({', '.join([*plain, *(f'{one}=…' for one in others[:2])])})."
    if given > len(plain):
        named = f"{title}({', '.join(plain)}, {others[0]}=…)" if others else f"{title}({', '.join(plain)})"
        return f"{title} takes {listed(plain)} as it stands{' and the others by name' if others else ''}: {named}."
    return f"{title} was given {listed(plain[:given])} twice; leave out one."


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of a type; a type nobody can look into takes anything."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is Literal:
        return value in inner
    if hint is float or hint is int:
        return isinstance(value, Real if hint is float else Integral) and not isinstance(value, bool)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(one, inner[-1]) for one in value.values())
    if origin is Sequence:
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str | bytes)
            and all(fits(one, inner[0]) for one in value)
        )
    if origin is Callable:
        return callable(value)
    return isinstance(value, hint) if isinstance(hint, type) else True


def kinds(hint: Any) -> list[str]:
    """Return in words what a type takes."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        some = [one for one in inner if one is not types.NoneType and not (one is str and Path in inner)]
        return [word for one in some for word in kinds(one)]
    if origin is Literal:
        return [f"'{one}'" if isinstance(one, str) else str(one) for one in inner]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return [f"names, each with {kinds(inner[-1])[0]}"]
    if origin is Sequence:
        return [f"a list of {LISTS.get(inner[0]) or kinds(inner[0])[0]}"]
    name = getattr(hint, "__name__", str(hint))
    return [EXPECTED.get(name, name)]


def shown(value: object) -> str:
    """Write a value that was given, or what it is where it would fill a page."""
    if isinstance(value, list | tuple | dict) and value and not plain(value):
        return f"a {type(value).__name__} of {shown(next(iter(value.values() if isinstance(value, dict) else value)))}"
    if value is None or isinstance(value, str | int | float | bytes | list | tuple | set | dict | date):
        text = repr(value)
        return text if len(text) <= MOST else f"{text[:MOST]}…"
    kind = type(value).__name__
    return kind if kind.endswith("s") else f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def plain(values: Iterable[object]) -> bool:
    """Whether all values are short to write."""
    every = values.values() if isinstance(values, dict) else values
    return all(one is None or isinstance(one, str | int | float | list | tuple) for one in every)


def written(name: str, value: object, what: str) -> str:
    """Say how a value is to be written, where that is plain."""
    if isinstance(value, str) and "number" in what:
        text = value.strip().removesuffix("%").strip()
        try:
            number = float(text) / (100 if value.strip().endswith("%") else 1)
        except ValueError:
            return ""
        return f" Write {name}={number:.12g}."
    if "text" in what and isinstance(value, int | float) and not isinstance(value, bool):
        return f' Write {name}="{value}".'
    if "text" in what and isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], str):
        return f' Write {name}="{value[0]}".'
    return ""


def listing(names: Names) -> list[str]:
    """Return names: those of a text are parted by commas, those of a list are taken as they are.

    Examples
    --------
    >>> listing("a, b"), listing(["spend, net", "b"])
    (['a', 'b'], ['spend, net', 'b'])
    """
    every = names.split(",") if isinstance(names, str) else names
    return list(dict.fromkeys(name.strip() for name in every if name.strip()))


def measure(units: Units, text: str, smallest: float | None) -> Measure:
    """Read a metric as it is typed: a goal where it has a smallest lift, else a guardrail."""
    name, less = text, False
    if name not in units.columns and name.startswith("-"):
        name, less = name[1:].strip(), True
    role = "guardrail" if smallest is None else "goal"
    return Measure(name, role=role, better="down" if less else "up", smallest=smallest)


def day_of(as_of: str | date) -> date | None:
    """Read the day whose end is read; ``None`` for the last there is. A moment is taken for its day."""
    if isinstance(as_of, datetime):
        return as_of.date()
    if isinstance(as_of, date) or as_of in {"", "data"}:
        return as_of if isinstance(as_of, date) else None
    if as_of == "today":
        return date.today() - timedelta(days=1)
    try:
        return datetime.fromisoformat(as_of).date()
    except ValueError as error:
        raise SettingError(
            f"'{as_of}' is no day to read at the end of; write it as 2026-11-22, or leave it out for the last there is."
        ) from error


def units_of(given: object) -> Units | Aggregates | None:
    """Return units or aggregates, ``None`` where none are given; a file or a frame is loaded.

    Raises
    ------
    InputError
        If it cannot be read, or its columns have to be named.
    SettingError
        If it is something else.
    """
    if given is None or isinstance(given, Units | Aggregates):
        return given
    if isinstance(given, str) and not given:
        return None
    if isinstance(given, Events):
        raise SettingError("Events were given as units. Give them by name, with a plan: events=…, registration=….")
    if isinstance(given, Registration):
        raise SettingError("A registration was given as units. Give it by name: trial(units, registration=…).")
    if not isinstance(given, str | Path) and not hasattr(given, "columns"):
        raise SettingError(f"The units are {shown(given)}; expected {EXPECTED['Units']}, a file, or a frame.")
    try:
        return load_aggregates(given) if summed(given) else load_units(given)
    except InputError as error:
        if "arm='" not in str(error):
            raise
        raise InputError(f"{error} That is an argument of load_units: trial(load_units(…, arm='…'), …).") from error


def summed(given: object) -> bool:
    """Whether a file or frame holds counts and means by arm."""
    if isinstance(given, str | Path):
        return not str(given).partition("#")[0].endswith(".toml") and kind_of(str(given)) == "aggregates"
    names = getattr(given, "column_names", None) or getattr(given, "columns", ())
    return is_aggregates([str(name) for name in names], [])

"""The catalogue: each metric's name, meaning and SQL, and the names of events, read from TOML and checked."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from pmlib.core import InputError, Labels, SettingError, nearest
from pmlib.metrics.entries import Metric, made

FILE = "metrics.toml"
LABELS = "labels"


@dataclass(frozen=True)
class Catalogue:
    """What a ``metrics.toml`` holds, over what comes with the library.

    Parameters
    ----------
    metrics
        The metrics that can be read, by name.
    labels
        The words for events and columns.
    own
        The names of the metrics that the team's file adds or changes.
    faults
        What is wrong, by the name of the metric, or ``labels``; what they name is left out.
    """

    metrics: Mapping[str, Metric]
    labels: Labels
    own: tuple[str, ...] = ()
    faults: Mapping[str, SettingError] = field(default_factory=dict)

    def metric(self, name: str) -> Metric:
        """Return the metric of this name.

        Raises
        ------
        SettingError
            With the nearest name, if there is none; with what is wrong, if it cannot be used.
        """
        if name in self.faults and name != LABELS:
            raise self.faults[name]
        return chosen(name, self.metrics)


def catalogue(path: str | Path | None = None) -> dict[str, Metric]:
    """Read the metrics that come with the library, and a team's own.

    Parameters
    ----------
    path
        A team's ``metrics.toml``: a table a metric. A name of ours changes only the settings it gives.

    Raises
    ------
    InputError
        If the file is not there.
    SettingError
        If it cannot be read, or metrics have unknown settings or SQL that is no aggregate: with all faults.

    Examples
    --------
    >>> print(*catalogue())
    active_users new_users key_actions actions_per_active_user doing_share revenue mrr subscribers nps spend
    """
    found = read(path)
    if found.faults:
        raise SettingError(" ".join(str(fault) for fault in found.faults.values()))
    return dict(found.metrics)


def labels(*, beside: object = None) -> Labels:
    """Read the words for events and columns.

    Parameters
    ----------
    beside
        The path of a pack or of data: the ``[labels]`` of a ``metrics.toml`` in the same folder.

    Raises
    ------
    SettingError
        If they cannot be read.

    Examples
    --------
    >>> labels().of("signed_up")
    'signed up'
    """
    file = own_file(beside)
    return labelled(opened(file).get(LABELS, {}), file.name) if file else Labels()


def find(name: str, *, beside: object = None) -> Metric:
    """Return the metric of this name.

    Parameters
    ----------
    beside
        The path of a pack or of data: a ``metrics.toml`` in the same folder is read too.

    Raises
    ------
    SettingError
        With the nearest name, if there is none; if it cannot be used. What is wrong with others is no matter here.
    """
    return read(own_file(beside)).metric(name)


def chosen(name: str, known: Mapping[str, Metric]) -> Metric:
    """Return a metric of a catalogue by its name."""
    if name not in known:
        raise SettingError(f"There is no metric '{name}'; there is {', '.join(known)}.{nearest(name, known)}")
    return known[name]


def read(path: str | Path | None = None) -> Catalogue:
    """Read a catalogue whole, with all its faults rather than the first.

    Raises
    ------
    InputError, SettingError
        If the file is not there or is no TOML.
    """
    shipped = tomllib.loads(resources.files("pmlib.metrics").joinpath(FILE).read_text(encoding="utf-8"))
    file = Path(path).expanduser() if path is not None else None
    own = opened(file) if file else {}
    place = file.name if file else FILE
    said = own.pop(LABELS, {})
    metrics, faults = {}, {}
    for name in {**shipped, **own}:
        try:
            if name in own:
                metrics[name] = made(name, {**shipped.get(name, {}), **table(name, own[name], place)}, place)
            else:
                metrics[name] = made(name, shipped[name], FILE)
        except SettingError as error:
            faults[name] = error
    words = Labels()
    try:
        words = labelled(said, place)
    except SettingError as error:
        faults[LABELS] = error
    return Catalogue(metrics, words, tuple(name for name in own if name in metrics), faults)


def own_file(*beside: object) -> Path | None:
    """Return the ``metrics.toml`` in the folder of a pack or of data, the first there is, ``None`` where none is."""
    for one in beside:
        if isinstance(one, str | Path) and str(one):
            file = Path(str(one).partition("#")[0]).expanduser().parent / FILE
            if file.is_file():
                return file
    return None


def differing(one: Path, other: Path) -> list[str]:
    """Return the names that two files define, and not alike."""
    first, second = named(opened(one)), named(opened(other))
    return sorted(name for name in first.keys() & second.keys() if first[name] != second[name])


def named(file: Mapping[str, object]) -> dict[str, object]:
    """Return what a file defines by name, each label on its own."""
    words = file.get(LABELS)
    labels = {f"{LABELS}.{name}": word for name, word in words.items()} if isinstance(words, dict) else {}
    return {name: given for name, given in file.items() if name != LABELS} | labels


def opened(file: Path) -> dict[str, object]:
    """Read a team's file."""
    if not file.is_file():
        raise InputError(f"There is no file {file}. Give the path of a {FILE} with a table a metric.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{file.name} is not readable TOML: {error}.") from error


def table(name: str, given: object, place: str) -> dict[str, object]:
    """Return a metric's settings if they are a table under a usable name."""
    if not isinstance(given, dict):
        raise SettingError(f"{place} has '{name}' outside a metric. Put it below a line such as [my_metric].")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingError(
            f"{place} calls a metric '{name}'. Use lower-case letters, digits and _, such as [my_metric]."
        )
    return given


def labelled(given: object, place: str) -> Labels:
    """Check the part ``[labels]``."""
    if not isinstance(given, dict) or not all(isinstance(words, str) for words in given.values()):
        raise SettingError(
            f'[{LABELS}] of {place} gives words to names, one a line, such as signed_up = "signed up". Write each '
            "name and its words as text."
        )
    try:
        return Labels(given)
    except SettingError as error:
        raise SettingError(f"[{LABELS}] of {place}: {error}") from error

"""From a pack to jobs: every parameter and source checked before a kernel starts."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from pmlib import sources
from pmlib.core import Origin, PmlibError, SettingError, nearest
from pmlib.core.secrets import Secrets
from pmlib.reports.packs.names import broken, unknown
from pmlib.reports.packs.pack import TRIES, Pack, ReportSpec, load_pack, shipped_notebooks
from pmlib.reports.packs.parameters import Parameter, Value, calendar_day, notebook_at, parameters_of, title_of
from pmlib.reports.packs.settings import TIMEOUT, Asks
from pmlib.reports.packs.trials import begun, untried

PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@]*:(?!\d+(?:[/?#]|$))[^\s]+@")
"""An address that holds a password: ``scheme://user:password@host``."""
EMPTY = re.compile(r"\(0 bytes\)|\bno (?:rows|responses)\b|\bis left\b|\bholds no (?:utterance|JSON objects)\b")
"""How loaders say that a source has nothing to count."""
SEGMENTS = ("segment", "parts")
"""Limits of parameters in which a pack's segments may be named."""
MATTERS = {
    **dict.fromkeys(("events", "subscriptions"), ("timezone", "week_start")),
    "units": ("unit", "arm"),
    "aggregates": ("running",),
}
"""The parameters that change how a kind of source is looked at."""
Looks = dict[tuple[str, ...], sources.Table | PmlibError | None]
"""What was found of each source, so that it is looked at once."""


@dataclass(frozen=True)
class Job:
    """One report to make."""

    id: str
    title: str
    notebook: Path
    parameters: dict[str, Value]
    files: tuple[str, ...]
    timeout: int
    asks: Asks = field(default_factory=Asks)
    through: date | None = None
    """The last day they cover, never after the day the report is made for."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows kept of each source, by its name."""
    secrets: tuple[str, ...] = ()
    """Environment variables whose values no file may hold."""
    refused: str = ""
    """Why the report cannot be run at all: its source cannot be read, or holds no rows."""
    first: date | None = None
    """The first day the sources cover."""
    ends: Mapping[str, date] = field(default_factory=dict)
    """The last day of each source that has dates, by its name; never after the day the report is made for."""

    def as_json(self) -> dict[str, object]:
        """Return what a worker needs, as plain data."""
        return {
            "id": self.id,
            "notebook": str(self.notebook),
            "parameters": self.parameters,
            "secrets": list(self.secrets),
        }


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    pack: Pack
    base: Path
    jobs: tuple[Job, ...]
    as_of: date
    out: Path
    reference: date
    led: bool = True
    """Whether its events, or whoever asked for it, say which day it is for."""
    asked: tuple[str, ...] = ()
    """What the command line asked for beside the pack as it is written, such as ``as_of``."""
    untouched: Path | None = None
    """Where the pages of the pack stay as they are, while other values are tried apart from them."""

    @property
    def title(self) -> str:
        """The title of the pack."""
        return self.pack.title

    @property
    def remarks(self) -> list[str]:
        """What is wrong with metrics that no report which can be run uses, beyond what a refused report says."""
        said = broken(job.parameters[name] for job in self.jobs if not job.refused for name in job.files)
        return [text for text in said if not any(text in job.refused for job in self.jobs)]


@dataclass(frozen=True)
class Wishes:
    """What the command line adds to a pack."""

    as_of: str = ""
    out: Path | None = None
    only: tuple[str, ...] = ()
    parameters: Mapping[str, str] | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the wishes that change what is run."""
        return tuple(name for name in ("as_of", "only", "parameters") if getattr(self, name))


def plan(path: Path, wishes: Wishes, today: date, looks: Looks | None = None) -> Plan:
    """Check a pack or notebook and return what to run; a report whose source cannot be read is planned as refused.

    Parameters
    ----------
    looks
        What was found of sources before, and is not looked at again; what is found now is added.

    Raises
    ------
    PmlibError
        On the first setting or parameter that is wrong, as one line.
    """
    pack, base = load_pack(path)
    as_of = wishes.as_of or pack.as_of
    if as_of not in {"data", "today"} and calendar_day(as_of, "as_of") > today:
        raise SettingError(f"as_of is {as_of}, which is to come. Use data, today, or a day that has passed.")
    chosen = only(pack, wishes.only)
    given = wishes.parameters or {}
    for place, settings in (("-p", given), (path.name, pack.model_dump())):
        without_passwords(settings, place)
    known = {report.id: parameters_of(Path(report.notebook)) for report in chosen}
    everywhere = {name for parameters in known.values() for name in parameters}
    # The pack's parameters are for every report that has them, also for one that was taken out of it.
    shipped = {name for file in shipped_notebooks().glob("*.ipynb") for name in parameters_of(file)}
    whole = everywhere | shipped if chosen == pack.report else {*everywhere, *pack.parameters}
    hold({name: 0 for name in pack.parameters if name not in whole}, everywhere, path.name)
    hold(given, everywhere, chosen[0].notebook if len(chosen) == 1 else path.name)
    looks = {} if looks is None else looks
    checked = []
    for report in chosen:
        values = settle(report, known[report.id], pack, path, given)
        if as_of != "data" and "as_of" in values and "as_of" not in {*given, *report.parameters}:
            values["as_of"] = as_of
        words = {name: value for name, value in values.items() if not known[report.id][name].is_file}
        without_secrets(words, Path(report.notebook).name)
        tables, refused = looked(known[report.id], values, report, looks)
        strange = unknown(report, known[report.id], values, tables, pack, given)
        if not (refused or strange):
            strange = untried(report, known[report.id], values, tables, given, looks)
        refused = refused or strange
        began = None if refused else begun(known[report.id], values, tables)
        checked.append((report, values, [table.origin for table in tables], began, refused))
    through = [o.through for _, _, origins, *_ in checked for o in origins if o.through]
    leading = [o.through for _, _, origins, *_ in checked for o in origins if o.through and o.kind == "events"]
    day = settled(as_of, max(leading or through, default=today), today)
    # Where no source has a last day, reports find their own: that of units is the last on which one came.
    last = None if as_of == "data" and not through else day
    jobs = tuple(
        replace(job(report, values, origins, known[report.id], pack, day, last, began), refused=refused)
        for report, values, origins, began, refused in checked
    )
    out, untouched = wishes.out or base / pack.out, None
    if given and not wishes.out and path.suffix != ".ipynb":
        out, untouched = out.with_name(TRIES), out.resolve()
        pack = pack.model_copy(update={"title": f"Trying {pack.title}"})
    reference = day if wishes.as_of not in {"", "data", "today"} else today
    known_day = bool(leading) or as_of != "data"
    return Plan(pack, base, jobs, day, out.resolve(), reference, known_day, wishes.asked, untouched)


def without_secrets(values: Mapping[str, Value], file: str) -> None:
    """Refuse a parameter that holds what the environment calls a secret: parameters stand on pages and in files."""
    secrets = Secrets.of(os.environ)
    for name, value in values.items():
        if isinstance(value, str) and secrets.hide(value) != value:
            raise SettingError(
                f"{file}: '{name}' holds a secret that the environment also has, and parameters are shown on pages. "
                'Name the variable in a [source] as url = "env:NAME" instead.'
            )


def settled(as_of: str, data: date, today: date) -> date:
    """Return the date a run is named after: the last day counted, so "today" is yesterday."""
    if as_of == "data":
        return data
    return today - timedelta(days=1) if as_of == "today" else calendar_day(as_of, "as_of")


def only(pack: Pack, names: tuple[str, ...]) -> list[ReportSpec]:
    """Return the reports asked for, all where none is named."""
    known = [report.id or Path(report.notebook).stem for report in pack.report]
    for report, name in zip(pack.report, known, strict=True):
        report.id = report.id or name
    for name in names:
        if name not in known:
            raise SettingError(f"The pack has no report '{name}'; it has {', '.join(known)}.{nearest(name, known)}")
    return [report for report in pack.report if not names or report.id in names]


def hold(given: Mapping[str, object], known: set[str], place: str) -> None:
    """Refuse a parameter no report has."""
    for name in given:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise SettingError(f"{Path(place).name} has no parameter '{name}'; it has {there}.{nearest(name, known)}")


def settle(
    report: ReportSpec, known: Mapping[str, Parameter], pack: Pack, path: Path, given: Mapping[str, str]
) -> dict[str, Value]:
    """Return the value of each parameter: the command line before the report, the pack, the notebook's default.

    Raises
    ------
    SettingError
        If a value does not fit, or a source is left at the demo data of a notebook from elsewhere.
    """
    file = Path(report.notebook)
    base = Path.cwd() if path.suffix == ".ipynb" else path.parent
    hold(report.parameters, set(known), file.name)
    values: dict[str, Value] = {}
    for name, one in known.items():
        try:
            if name in given:
                values[name] = one.read(given[name], Path.cwd())
            elif name in report.parameters or name in pack.parameters:
                value = report.parameters.get(name, pack.parameters.get(name))
                # "#events" is the source of that name in the pack itself.
                own = one.is_file and isinstance(value, str) and value.startswith("#")
                values[name] = one.read(f"{path.name}{value}" if own else value, base)
            elif one.is_file and one.default and base.resolve() not in file.resolve().parents:
                raise SettingError(
                    f"'{name}' is not given, and the notebook's own is the demo data ({one.default}). "
                    f"Give it with -p {name}=FILE or in the pack."
                )
            else:
                values[name] = one.read(one.default, file.parent)
        except SettingError as error:
            raise SettingError(f"{file.name}: {error}") from error
        text = values[name]
        if one.limit in SEGMENTS and isinstance(text, str) and text:
            values[name] = pack.meant(text, parts=one.limit == "parts")
    return values


def without_passwords(settings: Mapping[str, object], place: str) -> None:
    """Refuse an address with a password, which process lists, files and messages would show.

    Raises
    ------
    SettingError
        That does not repeat it.
    """
    for name, text in texts(settings, ""):
        if PASSWORD.search(text):
            shown = f" in '{name}'" if name else ""
            raise SettingError(
                f"{place} holds an address with a password{shown}, where everybody can read it. Put the address into "
                'an environment variable and name that in a source: [source.events] url = "env:WAREHOUSE_URL".'
            )


def texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Give all texts in a setting, those of lists and tables too, each with the name it stands under."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield "", str(key)
            yield from texts(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, name)


def looked(
    known: Mapping[str, Parameter], values: Mapping[str, Value], report: ReportSpec, looks: Looks
) -> tuple[list[sources.Table], str]:
    """Look at the sources of a report: what they are, or why it cannot be run."""
    tables = []
    for one in known.values():
        if not (one.is_file and values[one.name]):
            continue
        found = look(one, values, looks)
        if isinstance(found, PmlibError):
            empty = EMPTY.search(str(found)) is not None
            return [], f"{report.id}: '{one.name}' {'holds no rows' if empty else 'cannot be read'}: {found}"
        if found is not None:
            tables.append(found)
    return tables, ""


def look(one: Parameter, values: Mapping[str, Value], looks: Looks) -> sources.Table | PmlibError | None:
    """Load a source once to see that it can be read and how far it reaches; what it refuses is an answer."""
    options = {name: str(values[name]) for name in MATTERS.get(one.limit, ()) if name in values}
    key = (one.limit, str(values[one.name]), *options, *options.values())
    if key not in looks:
        try:
            looks[key] = sources.look(str(values[one.name]), one.limit, options)
        except PmlibError as error:
            looks[key] = error
    return looks[key]


def job(
    report: ReportSpec,
    values: dict[str, Value],
    origins: list[Origin],
    known: Mapping[str, Parameter],
    pack: Pack,
    day: date,
    last: date | None,
    began: date | None,
) -> Job:
    """Make the job of a report, whose sources begin on a day."""
    file = Path(report.notebook)
    if last and values.get("as_of") == "data" and "as_of" in known:
        values = values | {"as_of": last.isoformat()}
    leading = [origin for origin in origins if origin.kind == "events"] or origins
    through = min((origin.through for origin in leading if origin.through), default=None)
    latest = day if "as_of" in known else date.max
    through = min(through, latest) if through else None
    ends: dict[str, date] = {}
    for origin in origins:
        if origin.through:
            ends[origin.name] = min(origin.through, latest, ends.get(origin.name, date.max))
    files = tuple(name for name, one in known.items() if one.is_file)
    title = report.title or title_of(notebook_at(file), file)
    wanted = {name: getattr(report, name) for name in Asks.model_fields}
    asks = Asks(**{name: getattr(pack, name) if value is None else value for name, value in wanted.items()})
    return Job(
        report.id,
        title,
        file,
        values,
        files,
        asks.timeout or TIMEOUT,
        asks,
        through,
        {origin.name: origin.ledger.kept for origin in origins},
        tuple(sorted({name for one in files for name in sources.secret_names(str(values[one]))})),
        first=began,
        ends=ends,
    )

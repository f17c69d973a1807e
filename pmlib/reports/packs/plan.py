"""From a pack to jobs: every parameter and source checked before a kernel starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from pmlib import sources
from pmlib.core import Origin, PmlibError, SettingError, nearest
from pmlib.reports.packs.pack import Pack, ReportSpec, load_pack
from pmlib.reports.packs.parameters import Parameter, Value, calendar_day, notebook_at, parameters_of, title_of
from pmlib.reports.packs.settings import TIMEOUT, Asks


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
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows kept of each source, by its name."""
    secrets: tuple[str, ...] = ()
    """Environment variables whose values no file may hold."""
    refused: str = ""
    """Why the report cannot be run at all: its source cannot be read, or holds no rows."""

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

    @property
    def title(self) -> str:
        """The title of the pack."""
        return self.pack.title


@dataclass(frozen=True)
class Wishes:
    """What the command line adds to a pack."""

    as_of: str = ""
    out: Path | None = None
    only: tuple[str, ...] = ()
    parameters: Mapping[str, str] | None = None


def plan(path: Path, wishes: Wishes, today: date) -> Plan:
    """Check a pack or notebook and return what to run; a report whose source cannot be read is planned as refused.

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
    known = {report.id: parameters_of(Path(report.notebook)) for report in chosen}
    everywhere = {name for parameters in known.values() for name in parameters}
    hold(pack.parameters, everywhere if chosen == pack.report else {*everywhere, *pack.parameters}, path.name)
    hold(given, everywhere, chosen[0].notebook if len(chosen) == 1 else path.name)
    seen: dict[tuple[object, ...], Origin | PmlibError | None] = {}
    checked = []
    for report in chosen:
        values = settle(report, known[report.id], pack, path, given)
        if as_of != "data" and "as_of" in values and "as_of" not in {*given, *report.parameters}:
            values["as_of"] = as_of
        origins, refused = looked(known[report.id], values, report, seen)
        checked.append((report, values, origins, refused))
    through = [o.through for _, _, origins, _ in checked for o in origins if o.through]
    leading = [o.through for _, _, origins, _ in checked for o in origins if o.through and o.kind == "events"]
    day = settled(as_of, max(leading or through, default=today), today)
    jobs = tuple(
        replace(job(report, values, origins, known[report.id], pack, day), refused=refused)
        for report, values, origins, refused in checked
    )
    out = wishes.out or base / pack.out
    reference = day if wishes.as_of not in {"", "data", "today"} else today
    return Plan(pack, base, jobs, day, out.resolve(), reference)


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
    return values


def looked(
    known: Mapping[str, Parameter],
    values: Mapping[str, Value],
    report: ReportSpec,
    seen: dict[tuple[object, ...], Origin | PmlibError | None],
) -> tuple[list[Origin], str]:
    """Look at the sources of a report: what they are, or why it cannot be run."""
    origins = []
    for one in known.values():
        if not (one.is_file and values[one.name]):
            continue
        found = look(one, values, seen)
        if isinstance(found, PmlibError):
            return [], f"{report.id}: {found}"
        if found is not None:
            origins.append(found)
    return origins, ""


def look(
    one: Parameter, values: Mapping[str, Value], seen: dict[tuple[object, ...], Origin | PmlibError | None]
) -> Origin | PmlibError | None:
    """Load a source once to see that it can be read and how far it reaches; what it refuses is an answer."""
    key = (one.limit, *(values.get(name, "") for name in (one.name, *sources.OPTIONS)))
    if key not in seen:
        options = {name: str(values[name]) for name in sources.OPTIONS if name in values}
        try:
            seen[key] = sources.look(str(values[one.name]), one.limit, options)
        except PmlibError as error:
            seen[key] = error
    return seen[key]


def job(
    report: ReportSpec,
    values: dict[str, Value],
    origins: list[Origin],
    known: Mapping[str, Parameter],
    pack: Pack,
    day: date,
) -> Job:
    """Make the job of a report."""
    file = Path(report.notebook)
    if values.get("as_of") == "data" and "as_of" in known:
        values = values | {"as_of": day.isoformat()}
    leading = [origin for origin in origins if origin.kind == "events"] or origins
    through = min((origin.through for origin in leading if origin.through), default=None)
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
    )

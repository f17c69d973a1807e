"""A pack: the TOML file that names the reports of a week, their sources and parameters."""

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

import pmlib
from pmlib.core import InputError, SettingError, nearest
from pmlib.reports.packs.settings import Asks, Mail, Schedule, Webhook
from pmlib.sources.where import Spec, complaint

Given = dict[str, object]
TRIES = "tries"
"""Where the page of a single notebook goes."""


class ReportSpec(Asks):
    """A ``[[report]]`` of a pack; what it asks for goes before what the pack asks for."""

    notebook: str
    id: str = ""
    title: str = ""
    parameters: Given = Field(default={})

    @field_validator("id")
    @classmethod
    def safe(cls, value: str) -> str:
        """Hold that an id can be a file name and nothing else."""
        if value and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", value):
            raise ValueError(f"'{value}' is no id; use lower-case letters, digits and hyphens")
        return value


class Pack(Asks):
    """A pack as written, with the defaults filled in."""

    title: str = "Weekly review"
    as_of: str = "data"
    out: str = "reports"
    audiences: list[str] = Field(default=[], description="who gets pages of their own; none is one page for all")
    assets: Literal["inside", "shared"] = Field(default="inside", description="where plotly lies")
    notes: str = Field(default="notes", description="the folder of owners' notes, beside the pack")
    roster: str = Field(default="", description="a CSV of names that must not be shown: name, alias")
    mask_contacts: bool = Field(default=True, description="mask e-mail addresses, phone and card numbers")
    keep_weeks: int | None = Field(default=None, ge=1, description="weeks after which pages are removed")
    mail: Mail | None = None
    webhook: Webhook | None = None
    schedule: Schedule | None = None
    parameters: Given = Field(default={})
    segments: dict[str, str] = Field(default={}, description="conditions by name, for every parameter that takes one")
    source: dict[str, Spec] = Field(default={})
    report: list[ReportSpec] = Field(min_length=1)

    @field_validator("segments")
    @classmethod
    def told_apart(cls, value: dict[str, str]) -> dict[str, str]:
        """Hold that a segment's name has no sign that joins conditions, and that its condition says something."""
        for name, condition in value.items():
            if not re.fullmatch(r"[\w][\w &/.-]*", name) or not condition.strip():
                raise ValueError(f"'{name}' is no segment; write a name of letters and digits and its condition")
        return value

    def meant(self, text: str, *, parts: bool) -> str:
        """Return the condition a segment's name stands for; a text that names none stays.

        Parameters
        ----------
        parts
            Whether several names with commas stand for parts to compare: ``"phones, web"`` becomes
            ``"phones: platform IN ('ios', 'android'); web: platform = 'web'"``.

        Raises
        ------
        SettingError
            With the nearest name, if a single word, or one of a list of segments, names none.
        """
        names = [name.strip() for name in text.split(",")] if parts else [text.strip()]
        strange = [name for name in names if name not in self.segments]
        # One word may be a property, and what compares is a condition; a list in which one is known is of segments.
        listed = len(strange) < len(names) if parts else re.fullmatch(r"[\w][\w &/.-]*", text.strip())
        if strange and listed:
            known = ", ".join(self.segments) or "none; write them below [segments] in the pack, or a condition here"
            raise SettingError(
                f"There is no segment '{strange[0]}'; there is {known}.{nearest(strange[0], self.segments)}"
            )
        if strange:
            return text
        return "; ".join(f"{n}: {self.segments[n]}" for n in names) if parts else self.segments[names[0]]


def load_pack(path: Path) -> tuple[Pack, Path]:
    """Read a pack, or make one of a single notebook.

    Returns
    -------
    tuple
        The pack and the folder its paths count from.

    Raises
    ------
    InputError, SettingError
        If the file is not there, is no TOML, or holds a setting that does not exist.
    """
    if path.suffix == ".ipynb":
        found = notebook_file(str(path), Path.cwd())
        # Apart from the pages of a pack, so that trying a notebook never changes what was published.
        report = ReportSpec(notebook=str(found), id=slug(found.stem))
        return Pack(title=f"Trying {found.name}", out=TRIES, report=[report]), Path.cwd()
    if not path.is_file():
        here = [file.name for file in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        if path.is_dir():
            packs = ", ".join(sorted(str(file) for file in path.glob("*.toml"))) or "none"
            raise InputError(f"{path} is a folder, not a pack. Name the TOML file of a pack; in it there is {packs}.")
        hint = nearest(path.name, here) or " Write one for your own files with: pmlib init FILE…"
        raise InputError(f"There is no pack {path}.{hint}")
    if path.suffix != ".toml":
        raise InputError(
            f"{path.name} is no pack: a pack is a TOML file, or one notebook. Write one for this file with: "
            f"pmlib init {path}"
        )
    try:
        pack = Pack.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Let whoever runs this read it.") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path.name} is not written in UTF-8. Save it so in your editor.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path.name} is not readable TOML: {error}. Mend that line.") from error
    except ValidationError as error:
        raise SettingError(f"{path.name}: {complaint(error, fields(error))}") from error
    for report in pack.report:
        report.notebook = str(notebook_file(report.notebook, path.parent))
        report.id = report.id or slug(Path(report.notebook).stem)
    ids = [report.id for report in pack.report]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise SettingError(f"{path.name} has two reports with the id '{twice}'; give one another id.")
    return pack, path.parent


def slug(name: str) -> str:
    """Make an id of a name."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def fields(error: ValidationError) -> list[str]:
    """Return the settings there are where the first fault lies."""
    place = [str(part) for part in error.errors()[0]["loc"]]
    top = place[0] if len(place) > 1 else ""
    model = {"report": ReportSpec, "source": Spec, "mail": Mail, "webhook": Webhook, "schedule": Schedule}.get(
        top, Pack
    )
    return list(model.model_fields)


def notebook_file(name: str, folder: Path) -> Path:
    """Find a notebook beside the pack, else among those pmlib brings.

    Raises
    ------
    InputError
        With the nearest name, if neither has it.
    """
    beside = (folder / name).resolve()
    if beside.is_file():
        return beside
    shipped = shipped_notebooks()
    if Path(name).name == name and (shipped / name).is_file():
        return shipped / name
    known = sorted(
        {file.name for place in (beside.parent, shipped) if place.is_dir() for file in place.glob("*.ipynb")}
    )
    raise InputError(
        f"There is no notebook {name}, neither in {beside.parent} nor among those pmlib brings; there is "
        f"{', '.join(known)}.{nearest(Path(name).name, known)}"
    )


def shipped_notebooks() -> Path:
    """Return the folder of the notebooks pmlib brings: inside the package, or beside it in a checkout."""
    package = Path(pmlib.__file__).parent
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def plotly_bundle() -> Path:
    """Return the file of plotly's script, without importing plotly."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise InputError("plotly is not installed; run: pip install plotly")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def addresses(pack: Pack) -> list[str]:
    """Return the environment variables that hold the addresses a pack tells people by."""
    given = [pack.mail.server] if pack.mail else []
    given += [pack.webhook.url] if pack.webhook else []
    return [one.removeprefix("env:") for one in given]

"""A first pack for a team's own files: look, guess, ask little, write it down."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import available_timezones

from pmlib import sources
from pmlib.core import InputError, Origin, SettingError, nearest
from pmlib.reports.packs.arms import arms_of, by_plan, control_of, fitting, measured
from pmlib.reports.packs.gathering import NAMES, Gathered, gathered, left_out, listed, pattern
from pmlib.reports.packs.pack import notebook_file, shipped_notebooks
from pmlib.reports.packs.parameters import parameters_of
from pmlib.reports.writing import put
from pmlib.sources import Survey, Units
from pmlib.sources.events.guess import Guess

Ask = Callable[[str, str], str]
MOST = 5
"""Questions that are asked."""
RECENT = 10
"""Days within which data count as kept up, so that the pack asks them to stay so."""
OF_EVENTS = ("engagement.ipynb", "funnel.ipynb", "trends.ipynb")


@dataclass
class Draft:
    """What will stand in the pack."""

    source: dict[str, dict[str, object]] = field(default_factory=dict)
    parameters: dict[str, object] = field(default_factory=dict)
    reports: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    through: list[date] = field(default_factory=list)


def start_pack(given: Sequence[str], out: Path, ask: Ask | None, *, times: str = "") -> list[str]:
    """Look at files and write a pack that reports on them.

    Parameters
    ----------
    given
        Files or patterns of any kind pmlib reads, or folders of them.
    out
        The TOML file to write; sources are written relative to it.
    ask
        Asked a question and a guess, returns the answer; ``None`` takes every guess.
    times
        ``"day first"`` or ``"month first"`` where dates such as 03/11/2026 leave it open.

    Returns
    -------
    list of str
        What was found and what to do next.

    Raises
    ------
    PmlibError
        If a file cannot be used, or the pack exists.
    """
    if out.exists():
        raise SettingError(f"{out} is there already. Change it by hand, or write another with --out NAME.toml.")
    if not out.parent.is_dir():
        raise SettingError(f"There is no folder {out.parent} to write {out.name} into. Make it first.")
    home = shipped_notebooks().parent
    if (home / "pyproject.toml").is_file() and home in out.resolve().parents:
        raise SettingError(
            f"This is pmlib's own folder ({home.name}), which an upgrade replaces. Go to a folder of your own, such as "
            "~/review, and run init there."
        )
    draft = Draft()
    found = gathered(given)
    kinds = found.files
    for kind, files in kinds.items():
        draft.source[kind] = {"path": pattern(files, out.parent)}
    asked = Questions(ask)
    if {"events", "subscriptions"} & kinds.keys():
        zone = asked.choice("Time zone of days and weeks", local_zone(), available_timezones())
        draft.parameters["timezone"] = zone
        if "events" in kinds:
            events(draft, out, zone, times, asked)
        if "subscriptions" in kinds:
            subscriptions(draft, out, zone, times)
    if "survey" in kinds:
        survey(draft, kinds["survey"])
    if "units" in kinds:
        units(draft, found, given, out, asked)
    if "interviews" in kinds:
        note(draft, sources.load_interviews(str(out.parent / str(draft.source["interviews"]["path"]))).origin)
    own = rivals(draft, out, asked) if "series" in kinds else ""
    if "units" not in kinds:
        found.left |= dict.fromkeys(found.plans, "the plan of an experiment, which is reported beside its units.")
    found.left |= dict.fromkeys(found.lists[1:], f"another list of experiments than {listed(found.lists[:1])}.")
    for one in found.lists[:1]:
        where = os.path.relpath(Path(one).expanduser().resolve(), out.parent.resolve())
        draft.reports.append(("experiments_review.ipynb", {"trials": where}))
        draft.said.append(f"{Path(one).name}: a list of experiments; {len(sources.load_trials(one).experiments)} in it")
    add_reports(draft, own)
    title = asked.text(
        "Title of the review", f"{out.resolve().parent.name} review".replace("_", " ").strip().capitalize()
    )
    known = {name for notebook, _ in draft.reports for name in parameters_of(notebook_file(notebook, out.parent))}
    draft.parameters = {name: value for name, value in draft.parameters.items() if name in known}
    put(out.absolute(), pack_text(title, draft).encode())
    names = ", ".join(notebook.removesuffix(".ipynb") for notebook, _ in draft.reports)
    next_step = "pmlib run" if out.name == "pmlib.toml" else f"pmlib run {out}"
    wrote = f"Wrote {out} with {names}. Change there what was guessed wrong, then: {next_step}"
    return [*draft.said, *left_out(found.left), wrote]


class Questions:
    """The questions of ``init``: at most five, each with a guess."""

    def __init__(self, ask: Ask | None) -> None:
        self.ask = ask
        self.left = MOST

    def text(self, question: str, guess: str) -> str:
        """Return the answer, or the guess where nobody is asked or enough was."""
        self.left -= 1
        return self.ask(question, guess).strip() if self.ask and self.left >= 0 else guess

    def choice(self, question: str, guess: str, known: Sequence[str] | set[str]) -> str:
        """Return an answer that is known; asks again with the nearest otherwise."""
        answer = self.text(question, guess)
        while answer not in known and self.ask:
            answer = self.ask(f"'{answer}' is not known.{nearest(answer, known)} {question}", guess).strip()
        return answer


def events(draft: Draft, out: Path, zone: str, written: str, asked: Questions) -> None:
    """Guess columns, zone, start event and key action of usage events."""
    where = str(out.parent / str(draft.source["events"]["path"]))
    try:
        guess = sources.guess_columns(where, times=written)
    except InputError as error:
        if "day first" not in str(error):
            raise
        raise InputError(f"{error} With init: --times 'day first' or --times 'month first'.") from error
    columns = dict(guess.columns)
    if columns:
        roles = [role for role in ("user_id", "event", "ts") if role in columns]
        words = ", ".join(columns[role] for role in roles)
        answer = [part.strip() for part in asked.text(f"Columns of {', '.join(roles)} in the file", words).split(",")]
        if len(answer) != len(roles):
            raise SettingError(f"Name {len(roles)} columns with commas between, such as {words}.")
        columns |= dict(zip(roles, answer, strict=True))
        draft.source["events"]["columns"] = columns
    times = ", ".join(part for part in (written, zone if guess.naive else "") if part) or None
    if times:
        draft.source["events"]["times"] = times
    loaded = sources.load_events(where, timezone=zone, columns=columns or None, times=times)
    note(draft, loaded.origin)
    meaning(draft, loaded.names(), guess, zone, asked)
    draft.said.append(f"  {'; '.join(loaded.origin.notes)}")
    if times:
        draft.said.append(f"  times that name no zone were read as {times}")


def meaning(draft: Draft, names: Sequence[str], guess: Guess, zone: str, asked: Questions) -> None:
    """Choose start event, key action and the steps between; they are never one and the same event."""
    start = asked.choice(f"Event that starts a user, one of {', '.join(names[:8])}", guess.start or "", ["", *names])
    others = [name for name in names if name != start]
    said = f"  start event: {start or 'the first of any'}; key action: "
    draft.parameters["start"] = start
    draft.reports.append(("engagement.ipynb", {"back": ""}))
    if not others:
        # A pack of one event counts it; there is no way from it to another.
        draft.parameters["action"] = start
        draft.said.append(f"{said}{start} too, the only event there is, so no funnel; days in {zone}")
        return
    question = "Event that matters most, the key action" + (f", another than {start}" if start else "")
    action = asked.choice(question, guess.action if guess.action in others else others[0], others)
    draft.parameters["action"] = action
    draft.said.append(f"{said}{action}; days in {zone}")
    first = start or next((name for name in names if name != action), "")
    if first:
        steps = ", ".join(f'"{step}"' if "," in step else step for step in (first, action))
        draft.reports.append(("funnel.ipynb", {"steps": steps, "begin": start}))


def subscriptions(draft: Draft, out: Path, zone: str, written: str) -> None:
    """Read subscriptions as the report will, and add it."""
    if written:
        draft.source["subscriptions"]["times"] = written
    where = str(out.parent / str(draft.source["subscriptions"]["path"]))
    loaded = sources.load_subscriptions(where, timezone=zone, times=written or None)
    note(draft, loaded.origin)
    draft.said.append(f"  {' '.join(loaded.origin.notes)}")
    draft.reports.append(("revenue.ipynb", {}))


def survey(draft: Draft, files: Sequence[str]) -> None:
    """Choose the questions of a survey that the report asks about."""
    loaded: Survey = sources.load_survey(files[0])
    note(draft, loaded.origin)
    rows = loaded.query("SELECT question, text, kind, scale_low, scale_high FROM questions ORDER BY position").rows
    scores = [row.text for row in rows if row.kind == "scale" and (row.scale_low, row.scale_high) == (0, 10)]
    closed = [row.text for row in rows if row.kind == "choice"]
    written = [row.text for row in rows if row.kind == "open"]
    by = next((segment for segment in loaded.segments if segment != "wave"), "")
    chosen = {"score": scores[:1], "closed": closed[:1], "open_question": written[:1]}
    parameters: dict[str, object] = {name: (found or [""])[0] for name, found in chosen.items()}
    draft.reports.append(("survey.ipynb", parameters | {"option": "", "by": by}))


def units(draft: Draft, found: Gathered, given: Sequence[str], out: Path, asked: Questions) -> None:
    """Choose plan or metrics, and control, of an experiment."""
    file = found.files["units"][0]
    loaded: Units = sources.load_units(file)
    note(draft, loaded.origin)
    made: dict[str, object] = {"unit": "", "arm": ""}
    plan = fitting(found.plans, given, loaded)
    if plan:
        read = sources.load_registration(plan)
        made |= {"control": read.control}
        made |= by_plan(read, plan, out, loaded, events="events" in found.files)
        draft.said.append(f"  by its plan {Path(plan).name}; control: {read.control}")
    else:
        made |= measured(loaded, Path(file).name)
        names = arms_of(loaded)
        question = f"Arm that the others are compared with, one of {', '.join(names[:8])}"
        made["control"] = asked.choice(question, control_of(names), names)
        guess = f" (a guess; change it in {out.name})" if asked.ask is None else ""
        draft.said.append(f"  control: {made['control']}{guess}; metric: {made['metric']}")
    digest = sources.load_registration(plan).digest if plan else ""
    for one in found.lists[:1]:
        if sources.load_trials(one).of(digest, Path(file).name):
            made["trials"] = os.path.relpath(Path(one).expanduser().resolve(), out.parent.resolve())
    draft.reports.append(("experiment.ipynb", made))
    found.left |= dict.fromkeys([one for one in found.plans if one != plan], "the plan of another experiment.")


def rivals(draft: Draft, out: Path, asked: Questions) -> str:
    """Ask which name of a market series is the team's own."""
    loaded = sources.load_series(str(out.parent / str(draft.source["series"]["path"])))
    note(draft, loaded.origin)
    return asked.choice("Your product's name in the market series", loaded.names[0], loaded.names)


def add_reports(draft: Draft, own: str) -> None:
    """Point reports to the pack's sources, and add what follows from having two of them."""
    for kind in draft.source:
        draft.parameters["experiment" if kind == "units" else "market" if kind == "series" else kind] = f"#{kind}"
    for _, parameters in draft.reports:
        if "score" in parameters:
            draft.parameters.setdefault("interviews", "")
            parameters["themes"] = ""
    if "events" in draft.source:
        draft.parameters.setdefault("market", "")
        draft.reports.append(("trends.ipynb", {"metric": "active_users", "own": own, "launches": ""}))


def note(draft: Draft, origin: Origin) -> None:
    """Say what a source was taken for and where its rows went."""
    span = f", {origin.first} to {origin.through}" if origin.first and origin.through else ""
    draft.said.append(f"{origin.name}: {NAMES[origin.kind]} ({origin.form}){span}; {origin.ledger}")
    if origin.through and origin.kind == "events":
        draft.through.append(origin.through)


def local_zone() -> str:
    """Return this machine's time zone, UTC where it names none."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named in available_timezones():
        return named
    link = Path("/etc/localtime")
    zone = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    return zone if zone in available_timezones() and not zone.startswith("Etc/") else "UTC"


def pack_text(title: str, draft: Draft) -> str:
    """Write a pack as TOML."""
    lines = ["# What this pack means: pmlib check. Every report's parameters: pmlib list.", f"title = {word(title)}"]
    lines += ['as_of = "data" # the last complete day of the events; or "today", or a date', 'out = "reports"']
    lines += ["", "[parameters] # for every report that has them", *pairs(draft.parameters)]
    for name, spec in draft.source.items():
        lines += ["", f"[source.{name}]", *pairs(spec)]
    for notebook, parameters in draft.reports:
        lines += ["", "[[report]]", f"notebook = {word(notebook)}"]
        if notebook in OF_EVENTS and draft.through:
            kept_up = (date.today() - max(draft.through)).days <= RECENT
            lines.append(f"{'' if kept_up else '# '}max_age_days = {RECENT} # older data end the run with code 4")
        lines += ["[report.parameters]", *pairs(parameters)]
    return "\n".join(lines) + "\n"


def pairs(values: Mapping[str, object]) -> list[str]:
    """Write a table's lines."""
    return [f"{name} = {word(value)}" for name, value in values.items()]


def word(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{word(name)} = {word(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def columns_shown(file: str, kind: str) -> list[str]:
    """List a source's columns, a survey's questions, a series' names."""
    if kind in ("events", "aggregates"):
        return [f"{name}: {type_}" for name, type_ in sources.columns_of(file)]
    if kind == "survey":
        rows = sources.load_survey(file).query("SELECT kind, text FROM questions ORDER BY position")
        return [f"{row.kind}: {row.text}" for row in rows]
    if kind == "units":
        return list(sources.load_units(file).columns)
    return list(sources.load_series(file).names) if kind == "series" else []


def inspection(file: str, kind: str | None) -> list[str]:
    """Say what a file is taken for, its columns, and where its rows go."""
    kind = kind or sources.kind_of(file)
    lines = [f"{file}: {NAMES[kind]}"]
    lines += [f"  {line}" for line in columns_shown(file, kind)]
    try:
        table = sources.look(file, kind, {})
    except SettingError as error:
        if kind != "aggregates":
            raise
        return [*lines, f"Not loaded as it stands: {error}"]
    except InputError as error:
        if kind != "events":
            raise
        guess = sources.guess_columns(file)
        taken = ", ".join(f"{role} = {column}" for role, column in guess.columns.items()) or guess.form
        zone = "; its times name no zone, which init asks for" if guess.naive else ""
        return [*lines, f"Not loaded as it stands: {error}", f"A guess: {taken}{zone}. Next: pmlib init {file}"]
    if table is None:
        return lines
    origin = table.origin
    span = f", {origin.first} to {origin.through}" if origin.first and origin.through else ""
    return [*lines, f"Form: {origin.form}{span}", str(origin.ledger), *origin.notes]

"""Whether the metrics of a catalogue can be computed, and what a reader would miss."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from pmlib.core import Labels, SettingError, TooFewError, nearest
from pmlib.core.periods import day_text
from pmlib.metrics.catalogue import Catalogue
from pmlib.metrics.entries import ROLES, Metric
from pmlib.metrics.points import Points
from pmlib.metrics.series import weekly
from pmlib.metrics.settings import Source
from pmlib.metrics.tables import NAMED, Given
from pmlib.sources.contract import Events, Survey


@dataclass(frozen=True)
class Verdict:
    """What a check found of a catalogue.

    Parameters
    ----------
    faults
        What is wrong, a sentence each; a metric named there cannot be used.
    remarks
        What a reader would miss: no owner, no meaning, a target whose day has passed, a label nobody needs.
    ran
        The metrics that were computed, with their weeks.
    not_run
        Why other metrics were only read, by name.
    stood_in
        The metrics that ran with any event or question for one nobody named: their values mean nothing.
    """

    faults: tuple[str, ...]
    remarks: tuple[str, ...]
    ran: Mapping[str, Points]
    not_run: Mapping[str, str]
    stood_in: tuple[str, ...] = ()


def checked(
    known: Catalogue, tables: Mapping[Source, Given], roles: Mapping[str, str], *, today: date | None = None
) -> Verdict:
    """Compute each metric on the tables there are.

    Parameters
    ----------
    tables
        The tables of each source; a metric without its table is read, not computed.
    roles
        The events and the question that ``$start``, ``$action`` and ``$question`` stand for. For one not named the
        most frequent event stands in, or the first question with numbers: whether SQL runs does not depend on it.
    today
        The day after which a target's day has passed; by default the last day of the events.
    """
    faults, ran, not_run = [str(fault) for fault in known.faults.values()], {}, {}
    stood_in = []
    events = tables.get("events")
    for role, wanted in roles.items():
        faults += unknown_role(tables, role, wanted)
    for name, metric in known.metrics.items():
        given = tables.get(metric.source)
        if given is None:
            not_run[name] = f"no {NAMED[metric.source]} to run it on"
            continue
        try:
            asked = {role: roles.get(role) or standing(given) for role in metric.roles}
            ran[name] = weekly(
                given,
                metric,
                start=asked.get("start", ""),
                action=asked.get("action", ""),
                question=asked.get("question", ""),
                like=events if isinstance(events, Events) else None,
            )
        except (TooFewError, SettingError) as error:
            # What comes with the library need not fit a team's data; what the team wrote must.
            if isinstance(error, TooFewError) or name not in known.own:
                not_run[name] = str(error)
            else:
                faults.append(str(error))
        else:
            if any(role not in roles for role in metric.roles):
                stood_in.append(name)
    if today is None and isinstance(events, Events):
        today = events.as_of
    remarks = [*unsaid(known), *past(known.metrics.values(), today)]
    if isinstance(events, Events):
        names = events.names()
        remarks += [text for name in known.own for text in unknown_events(known.metrics[name], names)]
        remarks += unknown_labels(known.labels, [*names, *events.properties])
    return Verdict(tuple(faults), tuple(remarks), ran, not_run, tuple(stood_in))


def standing(given: Given) -> str:
    """Return an event or question for a role nobody named."""
    if isinstance(given, Events):
        return next(iter(given.names()), "")
    if isinstance(given, Survey):
        text = "SELECT question FROM questions ORDER BY kind <> 'scale', kind <> 'number', position LIMIT 1"
        return next(iter(given.query(text).column("question")), "")
    raise SettingError("Only metrics of events and of a survey leave a name to whoever asks.")


def unsaid(known: Catalogue) -> list[str]:
    """Say which metrics of a team's file have no owner, and which no meaning."""
    said = []
    for what, missing in (
        ("meaning", [name for name in known.own if not known.metrics[name].meaning.strip()]),
        ("owner", [name for name in known.own if not known.metrics[name].owner]),
    ):
        if missing:
            said.append(f'No {what} is given for {", ".join(missing)}. Add {what} = "…".')
    return said


def past(metrics: Iterable[Metric], today: date | None) -> list[str]:
    """Say which targets are for a day that has passed."""
    return [
        f"The target of {one.name} was for {day_text(one.target.by, year=True)}, which has passed. Set the next one."
        for one in metrics
        if today and one.target and one.target.by and one.target.by < today
    ]


def unknown_role(tables: Mapping[Source, Given], role: str, wanted: str) -> list[str]:
    """Say that an event or question that somebody named is not there."""
    given = next((tables.get(source) for source, known in ROLES.items() if role in known), None)
    try:
        if isinstance(given, Events):
            given.known(wanted)
        elif isinstance(given, Survey):
            given.question(wanted)
    except SettingError as error:
        return [f"{role}: {error}"]
    return []


def unknown_events(metric: Metric, names: Sequence[str]) -> list[str]:
    """Say which events a metric's SQL names that never occur."""
    if metric.source != "events":
        return []
    wanted = []
    for part in metric.parts:
        for node in part.find_all(exp.EQ, exp.NEQ, exp.In):
            if isinstance(node.this, exp.Column) and node.this.name == "event":
                given = node.expressions if isinstance(node, exp.In) else [node.expression]
                wanted += [one.name for one in given if isinstance(one, exp.Literal) and one.is_string]
    return [
        f"{metric.name} names the event '{event}', which never occurs.{nearest(event, names)}"
        for event in dict.fromkeys(wanted)
        if event not in names
    ]


def unknown_labels(labels: Labels, there: Sequence[str]) -> list[str]:
    """Say which labels are for names that are neither events nor properties."""
    return [
        f"The label of '{name}' is for no event or property there is.{nearest(name, there)}"
        for name in labels.names
        if name not in there
    ]

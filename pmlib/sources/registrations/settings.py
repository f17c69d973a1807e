"""The settings of a registration as its TOML writes them, and what is wrong with them in plain words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pmlib.core import nearest
from pmlib.sources.registrations.registration import Form, Reading, Role, Spending

LONGEST = 80
LENGTHY = 2000
SHOWN = 40
"""Signs of a wrong setting that a message repeats."""
EVERY = ("day", "week", "month")
MOST_LOOKS = 100
YEARS = (1990, 2200)


def line(given: str) -> str:
    """Hold that words in sentences and tables are one line."""
    if len(given) > LONGEST or not given.isprintable():
        raise ValueError(f"write it on one line of at most {LONGEST} signs")
    return given.strip()


def prose(given: str) -> str:
    """Hold that a text can be read; how it is broken into lines is no matter."""
    text = " ".join(given.split())
    if len(text) > LENGTHY or not text.isprintable():
        raise ValueError(f"write at most {LENGTHY} signs, none of them hidden")
    return text


def query(given: str) -> str:
    """Hold that SQL is not endless; whether it runs is seen where the events are."""
    if len(given) > LENGTHY:
        raise ValueError(f"write at most {LENGTHY} signs")
    return given.strip()


def day(given: object) -> object:
    """Refuse a time of day, and days beyond all calendars of work."""
    if isinstance(given, datetime):
        raise ValueError("give a day without a time, such as 2026-03-02")
    if isinstance(given, date) and not YEARS[0] <= given.year <= YEARS[1]:
        raise ValueError(f"give a day of the years {YEARS[0]} to {YEARS[1]}, such as 2026-03-02")
    return given


Line = Annotated[str, AfterValidator(line)]
Prose = Annotated[str, AfterValidator(prose)]
Query = Annotated[str, AfterValidator(query)]
Day = Annotated[date, BeforeValidator(day)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Days = Annotated[float, Field(allow_inf_nan=False, gt=0, le=3650)]


class Table(BaseModel):
    """A table of the file; a name it does not know is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Entry(Table):
    """``[metrics.NAME]``."""

    role: Role = "goal"
    kind: Form = ""
    better: Literal["up", "down"] = "up"
    over: Line = ""
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.5
    cap: Annotated[float, Field(ge=0.5, lt=1)] | None = None
    before: Line = ""
    margin: Annotated[float, Field(gt=0, lt=1)] | None = None
    smallest: Annotated[float, Field(gt=0, le=10)] | None = None
    title: Line = ""
    metric: Line = ""
    sql: Query = ""
    over_sql: Query = ""
    event: Line = ""
    count: bool = False
    window: Days | None = None
    delay: Annotated[float, Field(allow_inf_nan=False, ge=0, le=3650)] = 0.0
    lookback: Days | None = None
    since: Line = ""


class Every(Table):
    """``looks = {every = "week"}``."""

    every: Literal["day", "week", "month"]


class Sheet(Table):
    """The settings above the tables of arms and metrics."""

    name: Line
    hypothesis: Prose
    control: Line = ""
    unit: Line = "user"
    owner: Line = ""
    start: Day | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    weeks: Annotated[int, Field(ge=1, le=520)] | None = None
    units: Annotated[int, Field(ge=2, le=10**12)] | None = None
    reading: Reading | None = None
    looks: list[Day] | Annotated[int, Field(ge=1, le=MOST_LOOKS)] | Every | None = None
    spending: Spending | None = None
    alpha: Annotated[float, Field(ge=0.0001, le=0.2)] = 0.05
    power: Annotated[float, Field(ge=0.5, le=0.999)] = 0.8
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    cluster: Line = ""
    segments: list[Line] = []
    exposure: Line = ""
    variant: Line = ""
    activation: Line = ""
    digest: Annotated[str, Field(pattern="^([0-9a-f]{8,64})?$")] = ""


TABLES = ("arms", "metrics")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "role": get_args(Role),
    "kind": get_args(Form)[1:],
    "better": ("up", "down"),
    "reading": get_args(Reading),
    "spending": get_args(Spending),
}
EXPECTED: Mapping[str, str] = {
    "name": 'what the experiment is called, such as "New onboarding"',
    "hypothesis": "in a sentence, what should change for whom, and why",
    "control": 'the arm the others are compared with, such as "control"',
    "unit": 'what falls into the arms, in words, such as "user"',
    "owner": "who answers for it, on one line",
    "start": "the first day on which units are taken in, such as 2026-03-02",
    "days": "the horizon as a whole number of days, 1 to 3,650, such as 28",
    "weeks": "the horizon as a whole number of weeks, 1 to 520, such as 4",
    "units": "how many units all arms together shall have, such as 20000",
    "looks": f'days such as [2026-03-08, 2026-03-15], their number (1 to {MOST_LOOKS}), or {{every = "week"}}',
    "alpha": "the chance of a false alarm, 0.0001 to 0.2, such as 0.05",
    "power": "the chance to see the smallest lift that matters, 0.5 to 0.999, such as 0.8",
    "seed": "a whole number from 0",
    "cluster": "the property whose units belong together",
    "segments": 'a list of properties, such as ["platform", "country"]',
    "exposure": "the event that says a unit was exposed",
    "variant": "the property of that event which holds the arm",
    "activation": "the event after which a unit counts",
    "digest": "what pmlib register prints of the plan, 8 hex digits or more, such as 2ea3b35b7678",
    "over": "the column that a ratio is divided by",
    "quantile": "a number between 0 and 1, such as 0.9",
    "cap": "a quantile from 0.5 to below 1, such as 0.99",
    "before": "the column with what was measured before exposure",
    "margin": "the relative loss still accepted, between 0 and 1, such as 0.02 for 2%",
    "smallest": "the smallest relative lift that matters, above 0, such as 0.05 for 5%",
    "title": 'its name within a sentence, such as "trips booked"',
    "metric": "the name of a metric in the catalogue",
    "sql": "one aggregate over the events of a unit, such as \"count(*) FILTER (WHERE event = 'booked')\"",
    "over_sql": 'one aggregate that sql is divided by, such as "count(*)"',
    "event": "the name of an event",
    "count": "true to count how often, false for whether",
    "window": "days after exposure that count, above 0, such as 14",
    "delay": "days after exposure before anything counts, such as 1",
    "lookback": "days before exposure that are compared, above 0, such as 28",
    "since": "the event after exposure from which delay and window run",
    **{field: f"one of {', '.join(words)}" for field, words in CHOICES.items()},
}
"""What each setting should hold."""

Fault = tuple[frozenset[str], str]
"""The settings a fault is about, and the sentence."""


def said(error: ValidationError, model: type[Table], where: str) -> list[Fault]:
    """Write what is wrong with a table: one sentence a setting, with what is expected."""
    found: dict[str, Fault] = {}
    for one in error.errors():
        field = str(one["loc"][0])
        if field not in found:
            message = one["msg"].removeprefix("Value error, ")
            text = worded(field, one["type"], message, one["input"], [*model.model_fields])
            found[field] = (frozenset({field}), f"{where}{text}")
    return list(found.values())


def worded(field: str, kind: str, message: str, given: Any, known: Sequence[str]) -> str:
    """Write one fault as a sentence."""
    if field not in known:
        if field in Sheet.model_fields:
            return f"{field} belongs to the experiment: write it above the first line in brackets."
        if field in Entry.model_fields:
            return f"{field} belongs to a metric: write it below a line such as [metrics.converted]."
        return f"there is no setting {shown(field)}; there is {', '.join(known)}.{nearest(field, known)}"
    if kind == "missing":
        return f"{field} is missing; give {EXPECTED[field]}."
    if kind == "value_error":
        return f"{field}: {message}."
    near = nearest(given, CHOICES[field]) if field in CHOICES and isinstance(given, str) else ""
    return f"{field} is {shown(given)}; give {EXPECTED[field]}.{near}"


def shown(given: object) -> str:
    """Write a wrong setting for a message, not all of it where it is long.

    Examples
    --------
    >>> from datetime import date
    >>> shown("ups"), shown(date(2026, 3, 2)), shown([date(2026, 3, 2), "x"]), shown(True)
    ("'ups'", '2026-03-02', "[2026-03-02, 'x']", 'true')
    """
    if isinstance(given, bool):
        text = str(given).lower()
    elif isinstance(given, list):
        text = f"[{', '.join(shown(one) for one in given[:20])}]"
    else:
        text = str(given) if isinstance(given, date) else repr(given)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

"""A funnel's rules: its steps, its window, and each choice that products make differently, read and said in words."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args

from pmlib.core import SettingError, nearest
from pmlib.core.words import listed
from pmlib.sources.contract import Events

Order = Literal["ordered", "strict", "any"]
Entry = Literal["any", "first"]
Exclusion = Literal["truncate", "drop"]
Stamps = Literal["exact", "seconds"]
Entrants = Literal["matured", "all"]
Span = float | str

MOST_STEPS = 12
MOST_OPTIONAL = 4
LONGEST = 3660
"""Days of the longest window: ten years and their leap days."""
SECOND = 1_000_000
SPANS = {
    "second": SECOND,
    "minute": 60 * SECOND,
    "hour": 3600 * SECOND,
    "day": 86_400 * SECOND,
    "week": 604_800 * SECOND,
}
"""Microseconds of each unit a time may be written in."""


@dataclass(frozen=True)
class Rules:
    """How a funnel is counted; times are in microseconds.

    Parameters
    ----------
    names
        The event of each step.
    window
        Longest time from the first step to the last.
    gaps
        Longest time from each step to the next, ``None`` where only the window bounds it.
    words
        What each event is called in sentences.
    ties
        How much earlier than the steps before it a step may be stamped; ``None`` wants each step later.
    """

    names: tuple[str, ...]
    window: int
    order: Order = "ordered"
    gaps: tuple[int | None, ...] = ()
    exclude: tuple[str, ...] = ()
    exclusion: Exclusion = "truncate"
    optional: frozenset[int] = frozenset()
    ties: int | None = 0
    entry: Entry = "any"
    reuse: bool = False
    stamps: Stamps = "exact"
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def distinct(self) -> tuple[str, ...]:
        """The events of the steps, each once."""
        return tuple(dict.fromkeys(self.names))

    @property
    def steps(self) -> tuple[int, ...]:
        """The place of each step's event among the distinct ones."""
        return tuple(self.distinct.index(name) for name in self.names)

    @property
    def before(self) -> tuple[int, ...]:
        """For each step from the second on, the step that its share is of: the last one that may not be skipped."""
        kept = [step for step in range(len(self.names)) if step not in self.optional]
        return tuple(max(k for k in kept if k < step) for step in range(1, len(self.names)))

    @property
    def plain(self) -> bool:
        """Whether nothing but the window bounds the way from one step to the next."""
        return self.order == "ordered" and not any(gap is not None for gap in self.gaps)

    @property
    def labels(self) -> list[str]:
        """The steps' labels, a repeated event with its turn; of any order, how many."""
        if self.order == "any":
            return [f"{step} of {len(self.names)} steps" for step in range(1, len(self.names) + 1)]
        return labelled([self.words.get(name, name) for name in self.names])

    @property
    def called(self) -> tuple[str, ...]:
        """What the events of the steps are called, each once."""
        return tuple(self.words.get(name, name) for name in self.distinct)

    @property
    def said(self) -> tuple[str, ...]:
        """Every choice in words, for the definition line."""
        window = spoken(self.window)
        order = {
            "ordered": f"Steps in order within {window} of the first",
            "strict": f"Steps in order, with no other event between, within {window} of the first",
            "any": f"Steps in any order within {window} of whichever came first",
        }[self.order]
        pairs = zip(pairwise(self.labels), self.gaps, strict=False)
        gaps = [f"{there} within {spoken(gap)} of {here}" for (here, there), gap in pairs if gap is not None]
        optional = [self.labels[step] for step in sorted(self.optional)]
        ties = (
            "equal stamps do not serve two steps"
            if self.ties is None
            else f"a step stamped up to {spoken(self.ties)} too early still serves"
            if self.ties
            else "equal stamps serve in this order, ties 0 s"
        )
        # In any order, stamps decide nothing but the window.
        ties = "" if self.order == "any" else ties
        broken = {
            "truncate": "ends the way, and the steps before it count",
            "drop": "takes whoever it is of out, unless another way got as far",
        }[self.exclusion]
        return (
            f"{order}, each one once with the longest chain",
            "every first step begins a chain"
            if self.entry == "any"
            else "only the first of the first steps begins a chain, until its window is over",
            listed(gaps, most=MOST_STEPS),
            f"{listed(optional)} may be skipped" if optional else "",
            ties,
            "stamps cut to whole seconds" if self.stamps == "seconds" else "",
            "one event may serve several steps of its name" if self.reuse else "one event serves one step",
            f"{listed(list(self.exclude))} in between {broken}, exclusion={self.exclusion}" if self.exclude else "",
        )


def ruled(
    events: Events,
    *,
    steps: str | Sequence[str],
    window: Span,
    order: Order = "ordered",
    step_windows: str | Sequence[Span | None] = (),
    exclude: str | Sequence[str] = (),
    exclusion: Exclusion = "truncate",
    optional: str | Sequence[str] = (),
    ties: float | None = 0,
    entry: Entry = "any",
    reuse: bool = False,
    stamps: Stamps = "exact",
) -> Rules:
    """Check a funnel's options and put them together.

    Raises
    ------
    SettingError
        If an event is unknown, a value is none that the option takes, or two options do not go together.
    """
    for name, value, kind in (
        ("order", order, Order),
        ("exclusion", exclusion, Exclusion),
        ("entry", entry, Entry),
        ("stamps", stamps, Stamps),
    ):
        one_of(name, value, get_args(kind))
    names = tuple(events.known(step) for step in parsed(steps))
    gaps = tuple(None if gap in (None, "") else measured(gap, "step_windows") for gap in row_of(step_windows))
    if gaps and len(gaps) != len(names) - 1:
        raise SettingError(
            f"step_windows has {len(gaps)} times for the {len(names) - 1} ways between {len(names)} steps. Give one "
            "each, and an empty one where only the window counts."
        )
    out = tuple(dict.fromkeys(events.known(name) for name in row_of(exclude)))
    both = [name for name in out if name in names]
    if both:
        raise SettingError(f"'{both[0]}' is a step and cannot be excluded. Take it out of one of the two.")
    labels = labelled(names)
    skipped = frozenset(placed(label, labels) for label in row_of(optional))
    if ties is not None and not 0 <= ties <= 3600:
        raise SettingError(f"ties is {ties}; it is a number of seconds from 0 to 3600, or None.")
    rules = Rules(
        names, measured(window, "window_days"), order, gaps, out, exclusion, skipped,
        None if ties is None else round(ties * SECOND), entry, reuse, stamps,
        events.labels.all(list(dict.fromkeys(names))),
    )  # fmt: skip
    refuse_clashes(rules)
    return rules


def refuse_clashes(rules: Rules) -> None:
    """Refuse options that do not go together."""
    bounded = any(gap is not None for gap in rules.gaps)
    if rules.optional & {0, len(rules.names) - 1}:
        raise SettingError("The first and the last step cannot be optional. Choose one in between, or end earlier.")
    if len(rules.optional) > MOST_OPTIONAL:
        raise SettingError(f"{len(rules.optional)} steps are optional; at most {MOST_OPTIONAL} may be. Leave some out.")
    if rules.order == "any" and (bounded or rules.optional):
        raise SettingError("In any order there is no step before another: leave out step_windows and optional.")
    if rules.ties and (bounded or rules.order == "strict"):
        raise SettingError("ties goes with order='ordered' without step_windows. Leave one of them out.")


def one_of(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse a value that an option does not take."""
    if value not in known:
        raise SettingError(f"{name} is '{value}'; it is one of {', '.join(known)}.{nearest(str(value), known)}")


def row_of(text: str | Sequence) -> list:
    """Read a text with commas as a row; a word with a comma stands in double quotes."""
    row = next(csv.reader([text], skipinitialspace=True), []) if isinstance(text, str) else list(text)
    return [part.strip() if isinstance(part, str) else part for part in row]


def parsed(steps: str | Sequence[str]) -> list[str]:
    """Read the steps from a text with commas or a sequence; a name with a comma stands in double quotes.

    Examples
    --------
    >>> parsed('signed_up, "paid, in full"')
    ['signed_up', 'paid, in full']
    """
    names = [name for name in row_of(steps) if name]
    if not 2 <= len(names) <= MOST_STEPS:
        raise SettingError(
            f"A funnel has 2 to {MOST_STEPS} steps; {len(names)} {'is' if len(names) == 1 else 'are'} given. "
            "Write the events in order with commas, such as 'signed_up, booking_made'."
        )
    return names


def labelled(names: Sequence[str]) -> list[str]:
    """Name each step, a repeated one with its turn.

    Examples
    --------
    >>> labelled(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    turns = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return [name if turn == 1 else f"{name} ({turn})" for name, turn in zip(names, turns, strict=True)]


def placed(label: str, labels: Sequence[str]) -> int:
    """Return the place of an optional step."""
    if label not in labels:
        raise SettingError(f"'{label}' is no step, so it cannot be optional; the steps are {', '.join(labels)}."
                           f"{nearest(label, labels)}")  # fmt: skip
    return labels.index(label)


def measured(span: Span | None, option: str) -> int:
    """Return a time as microseconds: a number of days, or text such as ``36 hours``.

    Examples
    --------
    >>> measured("36 hours", "window_days") == measured(1.5, "window_days") == 129_600_000_000
    True
    """
    text = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*?)s?\s*", str(span).casefold())
    try:
        unit = SPANS[text[2] or "day"] if text else 0
        length = round(float(text[1]) * unit) if text else 0
    except (KeyError, ValueError):
        length = 0
    if not 0 < length <= LONGEST * SPANS["day"] or not math.isfinite(length):
        raise SettingError(
            f"{option} is {span!r}; write a number of days above 0, up to {LONGEST}, or a time such as '36 hours' or "
            f"'90 minutes' ({', '.join(SPANS)})."
        )
    return length


def spoken(span: int) -> str:
    """Write microseconds in the largest unit that measures them whole, up to days.

    Examples
    --------
    >>> spoken(129_600_000_000), spoken(86_400_000_000), spoken(2_500_000)
    ('36 hours', 'a day', '2.5 seconds')
    """
    units = ("day", "hour", "minute", "second")
    unit = next((unit for unit in units if span % SPANS[unit] == 0), "second")
    number = span / SPANS[unit]
    if number == 1:
        return "an hour" if unit == "hour" else f"a {unit}"
    return f"{number:,.6f}".rstrip("0").rstrip(".") + f" {unit}s"

"""Where people stop on the way through steps."""

from collections.abc import Sequence

from pmlib.core import Estimate, Finding, Kpi, Period, SettingError, TooFewError, Unit, answering, made_id
from pmlib.show import Chart, Column, Series, Table, table
from pmlib.show import funnel as bars
from pmlib.sources.contract import Events, Who
from pmlib.stats import share, share_difference
from pmlib.stats.survival import kaplan_meier
from pmlib.usage.funnels import words
from pmlib.usage.funnels.entrants import DAY, SPAN, Counted, counted, entered
from pmlib.usage.funnels.parts import Split, split
from pmlib.usage.funnels.steps import Entrants, Entry, Exclusion, Order, Rules, Span, Stamps, one_of, ruled, spoken


@answering("funnel", "How far do people get, and where do they stop?")
def funnel(
    events: Events,
    *,
    steps: str | Sequence[str],
    window_days: Span = 7,
    weeks: int = 8,
    order: Order = "ordered",
    step_windows: str | Sequence[Span | None] = (),
    exclude: str | Sequence[str] = (),
    exclusion: Exclusion = "truncate",
    optional: str | Sequence[str] = (),
    ties: float | None = 0,
    entry: Entry = "any",
    reuse: bool = False,
    stamps: Stamps = "exact",
    entrants: Entrants = "matured",
    by: str = "",
    attribution: str = "first",
) -> Finding:
    """Answer how far people get, and at which step they stop.

    Counted are people with a first step in the last ``weeks`` complete weeks whose window is over. From each of a
    person's first steps in these weeks the chain of later steps is followed, the last step no later than the window's
    end (included); the longest chain counts. Those whose window still runs enter the Kaplan-Meier estimate.

    Parameters
    ----------
    steps
        Names of events in order, a sequence or one text with commas.
    window_days
        Time from the first step in which the others count: days of 24 hours, or text such as ``"36 hours"``.
    weeks
        Weeks of entry.
    order
        ``"strict"``: no other event of the person lies between two steps (repeats of the earlier one may, and what
        shares a step's stamp); ``"any"``: how many of the steps lie in one window, whichever came first.
    step_windows
        Longest time from each step to the next, one each, empty where only the window counts. Where a step is skipped,
        the times on both its sides together.
    exclude, exclusion
        Events that may not lie after the first step and before a later one. ``"truncate"``: the steps before it count;
        ``"drop"``: the person counts nowhere, unless another chain got as far and met none in its window.
    optional
        Steps that may be skipped; shares of the step before are of the last one that may not.
    ties
        Seconds a step may be stamped earlier than those before it and still serve; ``None`` wants each step later.
    entry
        ``"any"``: the best of all chains; ``"first"``: a first step opens its window, and others are not looked at
        until the window has run out.
    reuse
        Whether one event may serve several steps of its name.
    stamps
        ``"seconds"`` cuts times to whole seconds; events of one name in one second are one.
    entrants
        ``"all"`` counts the last complete weeks whether or not the windows are over, and only what lies in them.
    by, attribution
        A property to split by, and where it is read: the ``"first"`` or ``"last"`` value along the person's chain, or
        that of ``"step 2"`` of who took it.

    Raises
    ------
    SettingError
        If an event, property or option is unknown, or options do not go together.
    TooFewError
        If nobody who took the first step has had the whole window yet.
    """
    one_of("entrants", entrants, ("matured", "all"))
    if weeks < 1:
        raise SettingError(f"weeks is {weeks}; it is 1 or more.")
    rules = ruled(
        events, steps=steps, window=window_days, order=order, step_windows=step_windows, exclude=exclude,
        exclusion=exclusion, optional=optional, ties=ties, entry=entry, reuse=reuse, stamps=stamps,
    )  # fmt: skip
    period = entered(events, rules, weeks, entrants)
    found = counted(events, rules, period, entrants)
    counts = found.people
    if counts[0] == 0:
        raise TooFewError(words.nobody(rules, period, found))
    labels = rules.labels
    shares = [share(n, counts[0], label=f"Reached {label}") for n, label in zip(counts, labels, strict=True)]
    onward = transitions(rules, counts)
    leak = leaking(rules, onward)
    clear = leak is not None and stands_out(rules, counts, leak)
    change = compared(found)
    all_in = everybody(found, rules)
    parts = split(events, rules, found, by, attribution) if by else None
    return Finding(
        id=made_id(
            "funnel", rules.names[0], rules.names[-1], *([] if order == "ordered" else [order]),
            *(["by", by] if by else []), events.segment,
        ),
        question="How far do people get, and where do they stop?",
        headline=words.headline(rules, shares, onward, leak if clear else None, parts, events.who, period),
        estimates=(*shares[1:], *onward.values(), *([change] if change else []), all_in, *estimated(parts)),
        table=parts.table(rules) if parts else numbers(events.who, rules, counts, shares),
        figure=parts.chart(rules)
        if parts
        else chart(events.who, rules, counts, shares, leak if clear else None, period),
        cautions=words.cautions(rules, found, onward, leak, parts, events.who, change, clear=clear),
        definition=events.describe(
            *rules.said,
            f"entries of {period}, " + (
                "whose window is over" if entrants == "matured" else "also those whose window still ran"
            ),
            parts.said if parts else "",
        ),
        query="\n\n".join(part for part in (found.query, parts.query if parts else "") if part),
        action=words.action(onward[leak]) if clear and leak is not None and len(onward) > 1 else "",
        kpi=Kpi(
            shares[-1],
            change,
            "those before",
            f"the last {SPAN} weeks of entry",
            history=tuple(int(week[-1]) / int(week[0]) if week[0] else None for week in found.weekly),
            routine=True,
        ),
    )  # fmt: skip


def transitions(rules: Rules, counts: Sequence[int]) -> dict[int, Estimate]:
    """For each step from the second on, the share of those at the last step before it that may not be skipped."""
    labels = rules.labels
    return {
        step: share(counts[step], counts[before], label=f"{labels[before]} to {labels[step]}")
        for step, before in enumerate(rules.before, start=1)
        if counts[before]
    }


def leaking(rules: Rules, onward: dict[int, Estimate]) -> int | None:
    """The step to which the fewest go on, of those that may not be skipped."""
    known = [step for step in onward if step not in rules.optional]
    return min(known, key=lambda step: onward[step].value or 0.0) if known else None


def stands_out(rules: Rules, counts: Sequence[int], leak: int) -> bool:
    """Whether the step to which the fewest go on is reached by clearly fewer than every other."""
    pairs = {
        step: (counts[step], counts[before])
        for step, before in enumerate(rules.before, start=1)
        if counts[before] and step not in rules.optional
    }
    gaps = [share_difference(*pairs[leak], *pair) for step, pair in pairs.items() if step != leak]
    return all(gap.high is not None and gap.high < 0 for gap in gaps)


def compared(found: Counted) -> Estimate | None:
    """The share that reaches the end in the last weeks of entry less that of as many before; ``None`` if too few."""
    (base, now) = found.spans
    if not base[0] or not now[0]:
        return None
    label = f"reached the end, last {SPAN} weeks of entry less the {SPAN} before"
    return share_difference(int(now[-1]), int(now[0]), int(base[-1]), int(base[0]), label=label)


def everybody(found: Counted, rules: Rules) -> Estimate:
    """The share of all entrants, those included whose window still runs, that reaches the end in its time."""
    days = rules.window / DAY
    label = f"Reached {rules.labels[-1]} within {spoken(rules.window)} of first entering, all entrants"
    return kaplan_meier(found.waited / DAY, found.ended).ended_by(days, label=label)


def estimated(parts: Split | None) -> tuple[Estimate, ...]:
    """The estimates of the parts, if it was split."""
    return (*parts.shares.values(), *parts.differences.values()) if parts else ()


def numbers(who: Who, rules: Rules, counts: Sequence[int], shares: Sequence[Estimate]) -> Table:
    """The steps as a table: people, share of entrants with its interval, share of the step before."""
    people = who.many.capitalize()
    columns = [
        Column("Step"),
        Column(people, Unit.COUNT),
        Column("Of those who entered", Unit.SHARE),
        Column("Low", Unit.SHARE),
        Column("High", Unit.SHARE),
        Column("Of the step before", Unit.SHARE),
    ]
    kept = [None, *(counts[step] / counts[k] if counts[k] else None for step, k in enumerate(rules.before, start=1))]
    # Everyone who entered has entered: the first share is no estimate.
    ends = [(None, None), *((one.low, one.high) for one in shares[1:])]
    rows = zip(rules.labels, counts, (one.value for one in shares), ends, kept, strict=True)
    return table(columns, [(label, n, value, *end, before) for label, n, value, end, before in rows], size=people)


def chart(
    who: Who, rules: Rules, counts: Sequence[int], shares: Sequence[Estimate], leak: int | None, period: Period
) -> Chart:
    """The steps as bars of the share of entrants."""
    labels = rules.labels
    values = tuple(one.value for one in shares)
    row = Series(
        "share of those who entered",
        tuple(labels),
        values,
        (values[0], *(one.low for one in shares[1:])),
        (values[0], *(one.high for one in shares[1:])),
        text=tuple(f"{n:,} · {one.unit.text(one.value)}" for n, one in zip(counts, shares, strict=True)),
    )
    parts = ", ".join(f"{label} {n:,}" for label, n in zip(labels, counts, strict=True))
    caption = "Whiskers are 95% intervals."
    if leak is not None and len(labels) > 2:
        caption += " Marked is the step to which clearly the fewest of those before go on."
    marked = labels[leak] if leak is not None else ""
    return bars(
        row,
        description=f"{who.many.capitalize()} at each step, entries of {period}: {parts}.",
        caption=caption,
        marked=marked,
    )

"""How long people take through the steps of a funnel."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events, Who
from pmlib.stats.survival import Survival, kaplan_meier
from pmlib.usage.funnels import words
from pmlib.usage.funnels.entrants import Counted, counted, entered
from pmlib.usage.funnels.moments import Ints
from pmlib.usage.funnels.steps import SPANS, Entry, Exclusion, Order, Rules, Span, Stamps, ruled, spoken

FEW = 30
SHARES = (0.25, 0.5, 0.75, 0.9)
NAMES = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 0.9: "nine in ten"}
POINTS = 28
"""Times at which the curve is drawn."""


@answering("time-to-convert", "How long do people take?")
def time_to_convert(
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
) -> Finding:
    """Answer how long those who reach the end of a funnel take, in all and from each step to the next.

    Times are those of the chain that counts: of a person's longest the one over first, of these the one begun last.
    Quantiles are of entrants whose window is over, so that slow and fast ones had the same time; the curve follows
    everybody from the first entry on, those whose window still runs for as long as they were seen.

    Parameters
    ----------
    steps, window_days, weeks, order, step_windows, exclude, exclusion, optional, ties, entry, reuse, stamps
        As in :func:`pmlib.usage.funnel.funnel`.

    Raises
    ------
    SettingError
        If an event or option is unknown, or options do not go together.
    TooFewError
        If nobody whose window is over reached the end.

    References
    ----------
    Intervals of quantiles: order statistics, Conover (1999), Practical Nonparametric Statistics, section 3.2.
    """
    if weeks < 1:
        raise SettingError(f"weeks is {weeks}; it is 1 or more.")
    rules = ruled(
        events, steps=steps, window=window_days, order=order, step_windows=step_windows, exclude=exclude,
        exclusion=exclusion, optional=optional, ties=ties, entry=entry, reuse=reuse, stamps=stamps,
    )  # fmt: skip
    period = entered(events, rules, weeks, "matured")
    found = counted(events, rules, period, "matured")
    if not found.people[0]:
        raise TooFewError(words.nobody(rules, period, found))
    ended = found.times[:, found.times[-1] >= 0]
    if not ended.shape[1]:
        raise TooFewError(
            f"Nobody of the {events.who.count(found.people[0])} who entered from {period} {words.ending(rules)} within "
            f"{spoken(rules.window)}. Choose a longer window, or fewer steps."
        )
    whole = ended.max(axis=0) - ended[0]
    name, size = scale(rules, found)
    unit = Unit("duration", 1, name)
    labels = rules.labels
    total = [quantile(whole / size, share, f"{NAMES[share]} took at most", unit) for share in SHARES]
    ways = between(rules, found, size, unit)
    curve = kaplan_meier(found.waited / size, found.ended)
    last = curve.ended_by(
        rules.window / size, unit, label=f"Reached {labels[-1]} within {spoken(rules.window)}, all entrants"
    )
    middle = total[1]
    return Finding(
        id=made_id(
            "time-to-convert", rules.names[0], rules.names[-1], *([] if order == "ordered" else [order]), events.segment
        ),
        question="How long do people take?",
        headline=headline(rules, middle, total[3], events.who),
        estimates=(*total, *(one for way in ways.values() for one in way[1:2]), last),
        table=numbers(events.who, total, ways, unit),
        figure=drawn(rules, curve, size, unit, events.who),
        cautions=cautions(found, whole.size, rules, events.who),
        definition=events.describe(
            *rules.said,
            f"times of the chain that counts, entries of {period}, whose window is over",
            f"the curve: everybody who entered from {period.start:%-d %b %Y} on, from the first entry",
        ),
        query=found.query,
        kpi=Kpi(middle, better="down", routine=True),
    )


def scale(rules: Rules, found: Counted) -> tuple[str, int]:
    """Return the unit in which the shortest usual way between two steps can still be told, and its microseconds."""
    usual = [float(np.median(since)) for since in lengths(rules, found).values()]
    shortest = min((one for one in usual if one > 0), default=0.0)
    name = next((name for name in ("day", "hour", "minute") if shortest >= SPANS[name]), "second")
    return f"{name}s", SPANS[name]


def lengths(rules: Rules, found: Counted) -> dict[str, Ints]:
    """For each step the times since the last one taken before it, in microseconds, of all who took it."""
    labels, ways = rules.labels, {}
    for step, before in enumerate(rules.before, start=1):
        taken = found.times[:, found.times[step] >= 0]
        if taken.shape[1]:
            ways[f"{labels[before]} to {labels[step]}"] = np.maximum(taken[step] - taken[before:step].max(axis=0), 0)
    return ways


def quantile(times: NDArray[np.float64], share: float, label: str, unit: Unit, level: float = 0.95) -> Estimate:
    """Estimate a quantile: the smallest time by which at least ``share`` were over, between two order statistics.

    Examples
    --------
    >>> print(quantile(np.arange(1.0, 21.0), 0.5, "half", Unit.DAYS))
    10.0 days (95% interval 6.0 days to 15.0 days)
    """
    ordered = np.sort(times)
    n = ordered.size
    value = float(ordered[int(np.ceil(share * n - 1e-9)) - 1])
    below = bdtr(np.arange(n + 1), n, share)  # P(at most k of n lie below the quantile)
    tail = (1 - level) / 2
    # Order statistics r and s (from 1) hold it unless fewer than r, or s and more, lie below: each at most a tail.
    r = int(np.searchsorted(below, tail, side="right"))
    s = int(np.searchsorted(below, 1 - tail, side="left")) + 1
    low = float(ordered[r - 1]) if r >= 1 else None
    high = float(ordered[s - 1]) if s <= n else None
    reason = (
        ""
        if None not in (low, high)
        else f"{n:,} times are too few to bound it on this side"
        if n > 1
        else "one time bounds it on no side"
    )
    return Estimate(label, value, low, high, unit, n, "quantile, interval between order statistics", level,
                    reason=reason)  # fmt: skip


def between(rules: Rules, found: Counted, size: int, unit: Unit) -> dict[str, list[Estimate]]:
    """For each step the quantiles of the time since the last one taken before it."""
    return {
        label: [quantile(since / size, share, f"{label}: {NAMES[share]} took at most", unit) for share in SHARES]
        for label, since in lengths(rules, found).items()
    }


def headline(rules: Rules, middle: Estimate, slow: Estimate, who: Who) -> str:
    """Say how long half took, of whom, how sure, and the slowest tenth."""
    way = "did all of the steps" if rules.order == "any" else f"went from '{rules.called[0]}' to '{rules.labels[-1]}'"
    return (
        f"Half of {who.count(middle.n)} who {way} took at most {middle.unit.text(middle.value)} ({middle.range}); "
        f"nine in ten took at most {slow.unit.text(slow.value)}"
    )


def cautions(found: Counted, ended: int, rules: Rules, who: Who) -> tuple[str, ...]:
    """What to doubt: few people, most of whom never came to the end, a window that cuts the slow ones off."""
    said: list[str] = []
    if ended < FEW:
        said.append(f"The times rest on {who.count(ended)}: a few more or fewer move every figure.")
    share = ended / found.people[0]
    if share < 0.5:
        said.append(
            f"{Unit.SHARE.text(1 - share)} of those who entered did not reach the end within {spoken(rules.window)} "
            "and have no time: a longer window would add slower ones."
        )
    whole = found.times[:, found.times[-1] >= 0]
    late = np.mean(whole.max(axis=0) - whole[0] > 0.9 * rules.window)
    if late > 0.1:
        said.append(
            f"{Unit.SHARE.text(float(late))} of those who reached the end did so in the last tenth of the window: it "
            "may be too short."
        )
    return tuple(said)


def numbers(who: Who, total: Sequence[Estimate], ways: dict[str, list[Estimate]], unit: Unit) -> Table:
    """The times as a table: each way between steps, and the whole."""
    people = who.many.capitalize()
    columns = [
        Column("From and to"),
        Column(people, Unit.COUNT),
        Column("A quarter within", unit),
        Column("Half within", unit),
        Column("Low", unit),
        Column("High", unit),
        Column("Three quarters within", unit),
        Column("Nine in ten within", unit),
    ]
    named = {**ways, "The whole way": list(total)}
    rows = [
        (name, one[1].n, one[0].value, one[1].value, one[1].low, one[1].high, one[2].value, one[3].value)
        for name, one in named.items()
    ]
    return table(columns, rows, size=people)


def drawn(rules: Rules, curve: Survival, size: int, unit: Unit, who: Who) -> Chart:
    """The share that has reached the end, by the time since the first entry."""
    times = [rules.window / size * point / POINTS for point in range(POINTS + 1)]
    shares = [curve.ended_by(time, unit) for time in times]
    # An axis has no room for tenths.
    text = [replace(unit, decimals=0).text(time) for time in times]
    row = Series(
        f"reached {rules.labels[-1]}",
        tuple(text),
        tuple(one.value for one in shares),
        tuple(one.low for one in shares),
        tuple(one.high for one in shares),
    )
    known = [(one, time) for one, time in zip(shares, text, strict=True) if one.value is not None]
    words = f"Share of {who.count(curve.n)} that reached {rules.labels[-1]} by the time since first entering: "
    words += f"{Unit.SHARE.text(known[-1][0].value)} after {known[-1][1]}."
    return line(
        [row], unit=Unit.SHARE, description=words, x_title="Time since first entering", dates=False,
        caption="Kaplan-Meier estimate with its 95% band; who could not be followed further is counted as far as seen.",
    )  # fmt: skip

"""Whether retention at one age rises or falls from cohort to cohort."""

from collections.abc import Sequence
from dataclasses import replace

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, Signal, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SEASON, YEAR_BACK, day_text
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events
from pmlib.stats import share, signal, slope
from pmlib.usage.cohorts.asked import Asked, Kind, Windows, asked
from pmlib.usage.cohorts.cohorts import Cohort, counted
from pmlib.usage.cohorts.retention import spotted
from pmlib.usage.cohorts.words import FEW, does, refuse_single_day, silence, starters

QUESTION = "Do newer cohorts stay better or worse?"
FINE = Unit("points", 2)
"""A change a period is small."""
CLEAR = 0.01
"""Chance below which a rise or fall is called; as of a signal, for a series is looked at week by week."""
COHORTS = 4
"""Cohorts needed for a line through them."""


@answering("retention-trend", QUESTION)
def retention_trend(
    events: Events,
    *,
    start: str = "",
    back: str = "",
    every: Grain = "week",
    weeks: int = 26,
    age: int = 4,
    kind: Kind = "first",
    start_where: str = "",
    windows: Windows = "calendar",
    brackets: str = "",
    least: int = 1,
) -> Finding:
    """Answer whether retention at one age rises or falls from cohort to cohort.

    Each cohort's rate at that age is one point of a series. The last one is judged by the range its own history leads
    one to expect (:func:`pmlib.stats.signals.signal`); a line through the cohorts shown says how far the rate rose or
    fell a period (:func:`pmlib.stats.trend.slope`). A cohort counts once the age is over for all of it.

    Parameters
    ----------
    weeks
        Weeks whose cohorts are shown, of those observed at that age; the range expected is taken from more where the
        data reach.
    age
        The age followed, in periods.
    start, back, every, kind, start_where, windows, brackets, least
        As in :func:`pmlib.usage.retention`; of ``brackets`` the one that holds ``age``. There is no "or later": newer
        cohorts had less time for it and would always look worse.

    Raises
    ------
    SettingError
        If an event or property is unknown, or ``age`` is below 1.
    TooFewError
        If no cohort has been observed at that age.
    """
    wanted = asked(
        events, start=start, back=back, every=every, periods=max(age, 1), kind=kind, start_where=start_where,
        windows=windows, unbounded=False, brackets=brackets, least=least, zero=False,
    )  # fmt: skip
    wanted = wanted.only(wanted.ages[spotted(wanted, age)])
    buckets = Buckets(every, events.weeks)
    oldest, newest = reached(events, wanted, buckets, weeks)
    refuse_single_day(events)
    counts = counted(events, wanted, oldest, newest)
    followed = [place for place, cohort in enumerate(counts.total.cohorts, start=1) if cohort.whole(0)]
    known = counts.total.cohorts[: max(followed, default=0)]
    if not any(cohort.size for cohort in known):
        raise TooFewError(
            f"Nobody started in the {every}s that can be followed to {wanted.ages[0].named(every).lower()}, "
            f"{buckets.period(oldest, newest)}. Choose another start event, or a lower age."
        )
    last = known[-1]
    shown = [cohort for cohort in known if cohort.number >= buckets.back(last.number, weeks)]
    if not any(cohort.size for cohort in shown):
        raise TooFewError(
            f"Nobody started in the cohorts shown, {buckets.period(shown[0].number, last.number)}. "
            "Show more weeks, or choose another start event."
        )
    told = judged(known, wanted)
    now, own = rated(last, told, wanted, buckets)
    change = compared(known, every)
    trend = sloped(shown, wanted)
    return Finding(
        id=made_id("retention-trend", every, f"{age}", start, back, events.segment, wanted.words()),
        question=QUESTION,
        headline=headline(events, wanted, buckets, last, now, own, told, trend),
        estimates=(now, own, *([change] if change else []), *([trend] if trend else [])),
        table=numbers(events, wanted, shown, buckets),
        figure=chart(events, wanted, shown, buckets, now),
        cautions=(*cautions(events, wanted, shown, told, trend), *silence(events, counts, buckets)),
        definition=events.describe(
            wanted.cohorts(buckets),
            wanted.returns(),
            f"each cohort alone at {wanted.ages[0].named(every).lower()}, once that is over for all of it",
            buckets.running(events.as_of),
        ),
        query=counts.sql,
        action=action(told, buckets, last),
        kpi=Kpi(
            now, change, f"the {every} before", signal=told, history=tuple(cohort.rate(0) for cohort in shown)
        ),
    )  # fmt: skip


def reached(events: Events, wanted: Asked, buckets: Buckets, weeks: int) -> tuple[int, int]:
    """Return the first and last period whose cohorts are counted: two years, or the weeks shown."""
    begin, newest = events.first_day(), buckets.last_complete(events.as_of)
    first = buckets.number(begin)
    # The cohort that the data begin with holds everyone who came before.
    first += not (wanted.start or wanted.start_where.strip() or wanted.recurring)
    oldest = max(first, min(newest - 2 * YEAR_BACK[buckets.every], buckets.back(newest, weeks)) - wanted.longest)
    ends = newest if wanted.rolling else newest - wanted.longest
    if ends < oldest:
        raise TooFewError(
            f"No cohort has been observed at {wanted.ages[0].named(buckets.every).lower()} yet; the events run from "
            f"{day_text(begin, year=True)} to {day_text(events.as_of, year=True)}. Choose a lower age, or load more."
        )
    return oldest, newest


def judged(known: Sequence[Cohort], wanted: Asked) -> Signal:
    """Judge the last cohort's rate by those before it."""
    *history, last = (cohort.rate(0) for cohort in known)
    every = wanted.every
    return signal(
        history, last, season=SEASON[every], unit=Unit.SHARE, every=every, base=known[-1].size or None,
        label=wanted.ages[0].label(every),
    )  # fmt: skip


def rated(last: Cohort, told: Signal, wanted: Asked, buckets: Buckets) -> tuple[Estimate, Estimate]:
    """Return the last cohort's rate with the range expected from those before it, and with its own interval."""
    label = f"{wanted.ages[0].label(wanted.every)}, latest cohort"
    period = str(buckets.period(last.number, last.number))
    if not last.size:
        reason = "nobody started in it"
        none = Estimate(label, None, None, None, Unit.SHARE, 0, "share of a cohort", reason=reason, period=period)
        return none, replace(none, label=f"{label}, by itself")
    back, of = last.cells[0] or (0, 0)
    own = replace(share(back, of, label=f"{label}, by itself"), period=period)
    method = f"share of a cohort; the range: {told.limits.method}"
    return replace(told.limits, label=label, value=own.value, n=of, method=method, period=period), own


def compared(known: Sequence[Cohort], every: Grain) -> Estimate | None:
    """Return the last cohort's rate less that of the cohort before; its history judges it, not an interval."""
    if len(known) < 2:
        return None
    now, before = known[-1].rate(0), known[-2].rate(0)
    if now is None or before is None:
        return None
    reason = "the range expected from its history judges the last cohort"
    label = f"change on the cohort of the {every} before"
    return Estimate(label, now - before, None, None, Unit.POINTS, known[-1].size, "difference", reason=reason)


def sloped(shown: Sequence[Cohort], wanted: Asked) -> Estimate | None:
    """Return how far the rate rises or falls a period over the cohorts shown; ``None`` where they are too few."""
    people = [(cohort.number, cell) for cohort in shown if (cell := cohort.cells[0]) and cell[1]]
    if len(people) < COHORTS:
        return None
    hits, sizes = zip(*(cell for _, cell in people), strict=True)
    label = f"change in {wanted.ages[0].label(wanted.every)} a {wanted.every}, over {len(people)} cohorts"
    found = slope(hits, sizes, periods=[number for number, _ in people], label=label)
    return replace(found, unit=FINE)


def headline(
    events: Events,
    wanted: Asked,
    buckets: Buckets,
    last: Cohort,
    now: Estimate,
    own: Estimate,
    told: Signal,
    trend: Estimate | None,
) -> str:
    """Say the last cohort's rate, how sure it is, whether it is usual, and whether cohorts rise or fall."""
    if now.value is None:
        return f"Nobody started {buckets.said(last.number)}, the latest that can be followed{risen(wanted, trend)}"
    who = starters(events, wanted, own.n).removesuffix(f" in a {wanted.every}")
    text = f"{Unit.SHARE.text(now.value)} of {who} {buckets.said(last.number)} {does(events, wanted, 0)} "
    text += f"({own.range}; the latest cohort alone)"
    if told.called:
        text += f", {told.state} the {Unit.SHARE.text(now.low)} to {Unit.SHARE.text(now.high)} expected: a signal"
    elif told.judged:
        text += ", within the range its history leads one to expect"
    elif told.words:
        text += f"; {told.words}"
    return text + risen(wanted, trend)


def risen(wanted: Asked, trend: Estimate | None) -> str:
    """Say whether the line through the cohorts rises or falls."""
    if trend is None or trend.value is None:
        return ""
    cohorts = trend.label.rsplit(" ", 2)[1]
    if trend.p is None or trend.p >= CLEAR:
        return f"; over {cohorts} cohorts it neither clearly rose nor fell"
    word = "rose" if trend.value > 0 else "fell"
    return f"; over {cohorts} cohorts it {word} by {FINE.text(abs(trend.value))} a {wanted.every}"


def action(told: Signal, buckets: Buckets, last: Cohort) -> str:
    """Ask for a look where the last cohort stays worse than usual."""
    if told.state != "below":
        return ""
    return (
        f"Find out why fewer of those who started {buckets.said(last.number)} came back: look first whether all events "
        "arrived, then at where these people came from and what was released."
    )


def cautions(
    events: Events, wanted: Asked, shown: Sequence[Cohort], told: Signal, trend: Estimate | None
) -> tuple[str, ...]:
    """What to doubt: small cohorts, a history too short, what a line through cohorts takes for granted."""
    found: list[str] = []
    if not (wanted.start or wanted.start_where.strip() or wanted.recurring):
        found.append("The cohort that the data begin with is left out: it holds everyone who came before.")
    small = [cohort for cohort in shown if 0 < cohort.size < FEW]
    if small:
        found.append(
            f"{len(small)} of {len(shown)} cohorts have fewer than {FEW} {events.who.many}: their points jump about."
        )
    if not told.judged:
        found.append(f"Whether the latest cohort is usual cannot be said: {told.limits.reason}.")
    if trend is not None and trend.p is not None and trend.p < CLEAR:
        found.append(
            "The line takes cohorts to vary by themselves: neighbours that are alike for a while, as around a campaign "
            "or holiday, look like a trend."
        )
    if wanted.recurring:
        found.append(f"The same {events.who.many} are in many of the cohorts, so these move together.")
    return tuple(found)


def numbers(events: Events, wanted: Asked, shown: Sequence[Cohort], buckets: Buckets) -> Table:
    """The series as a table: cohort, people, share back with its interval."""
    people = events.who.many.capitalize()
    titles = [wanted.ages[0].named(wanted.every), "Low", "High"]
    columns = [Column(f"{wanted.every.capitalize()} of start", Unit.DATE), Column(people, Unit.COUNT)]
    columns += [Column(title, Unit.SHARE) for title in titles]
    rows = []
    for cohort in shown:
        one = ranged(cohort)
        rows.append((buckets.start(cohort.number), cohort.size, *one))
    return table(columns, rows, size=people)


def ranged(cohort: Cohort) -> tuple[float | None, float | None, float | None]:
    """Return a cohort's rate and its interval."""
    cell = cohort.cells[0]
    if not cell or not cell[1]:
        return None, None, None
    found = share(*cell)
    return found.value, found.low, found.high


def chart(events: Events, wanted: Asked, shown: Sequence[Cohort], buckets: Buckets, now: Estimate) -> Chart:
    """The series as a line with the interval of each cohort as a band."""
    days = tuple(buckets.start(cohort.number).isoformat() for cohort in shown)
    values, low, high = zip(*(ranged(cohort) for cohort in shown), strict=True)
    ages = wanted.ages[0].named(wanted.every)
    words = f"{ages} retention by {wanted.every} of start, {day_text(buckets.start(shown[0].number), year=True)} to "
    words += f"{day_text(buckets.start(shown[-1].number), year=True)}; the last {Unit.SHARE.text(now.value)}."
    return line(
        [Series(ages, days, values, low, high)],
        unit=Unit.SHARE,
        description=words,
        caption=f"The band is each cohort's own 95% interval: how far chance alone moves so few {events.who.many}.",
        x_title=f"{wanted.every} of start",
    )

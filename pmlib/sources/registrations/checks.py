"""What is wrong with a registration as a whole, and what its team should think about before it begins."""

from collections.abc import Iterator

from pmlib.core import nearest
from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.sources.registrations.registration import Measure, Registration
from pmlib.sources.registrations.settings import MOST_LOOKS, Fault

MOST_ARMS = 20
MOST_METRICS = 1000
RESERVED = ("unit", "arm", "exposed_at", "exposed_on", "activated")
MADE = ("__over", "__before")
"""How the columns end that are made beside a metric's own."""


def faults(plan: Registration) -> list[Fault]:
    """Return what is wrong: the settings each fault is about, and a sentence."""
    return [*arms(plan), *times(plan), *looks(plan), *source(plan), *metrics(plan)]


def fault(text: str, *fields: str) -> Fault:
    """Make a fault of the settings it is about."""
    return frozenset(fields), text


def arms(plan: Registration) -> Iterator[Fault]:
    """Hold that there are arms to compare."""
    if len(plan.arms) > MOST_ARMS:
        yield fault(f"there are {len(plan.arms)} arms; at most {MOST_ARMS} can be compared.", "arms")
    for arm in plan.arms:
        if not arm.strip() or not arm.isprintable() or len(arm) > 80:
            yield fault(f"an arm is called {arm[:40]!r}; give it a name on one line.", "arms")
    if plan.control not in plan.arms:
        said = f"no arm is called '{plan.control}'" if plan.control else "control is missing, and no arm is called so"
        known = listed([*plan.arms], 8)
        yield fault(f"{said}; the arms are {known}.{nearest(plan.control, plan.arms)}", "arms", "control")
    elif plan.arms[plan.control] == 0:
        yield fault(f"'{plan.control}' has the weight 0, so there is nothing to compare with.", "arms", "control")
    if sum(weight > 0 for weight in plan.arms.values()) < 2:
        yield fault("fewer than two arms have a weight above 0; an experiment compares two or more.", "arms")


def times(plan: Registration) -> Iterator[Fault]:
    """Hold that windows can be over by the horizon."""
    for one in plan.measures:
        if plan.days is not None and one.window is not None and one.window >= plan.days:
            yield fault(
                f"[metrics.{one.name}] has a window of {one.window:g} days, and the horizon is "
                f"{many(plan.days, 'day')}, so that nobody's would be over. Plan more days, or a shorter window.",
                "days",
                "weeks",
                f"{one.name}.window",
            )


def looks(plan: Registration) -> Iterator[Fault]:
    """Hold that the looks belong to the way of reading, and lie between start and horizon."""
    fields = ("looks", "reading", "start", "days", "weeks")
    if plan.reading != "group-sequential":
        if plan.looks:
            how = "read once, at the horizon" if plan.reading == "once" else "read at any time"
            yield fault(
                f'looks are planned, but with reading = "{plan.reading}" the result is {how}. Leave looks out, or '
                'write reading = "group-sequential".',
                *fields,
            )
        return
    if not plan.looks:
        yield fault('reading = "group-sequential" needs looks, such as looks = {every = "week"}.', *fields)
        return
    if plan.start is None or plan.horizon is None:
        yield fault("looks need a start and a horizon: give start and weeks.", *fields)
        return
    if len(plan.looks) > MOST_LOOKS:
        yield fault(f"{len(plan.looks)} looks are planned; plan at most {MOST_LOOKS}.", *fields)
    if list(plan.looks) != sorted(set(plan.looks)):
        yield fault("looks are not in order, each day once. Write them from the first to the last.", *fields)
    early = [day for day in plan.looks if day < plan.start]
    if early:
        yield fault(
            f"a look on {day_text(early[0], year=True)} lies before the start on {day_text(plan.start, year=True)}.",
            *fields,
        )
    last, end = (day_text(day, year=True) for day in (plan.looks[-1], plan.horizon))
    if last != end:
        yield fault(
            f"the last look is on {last}, the last day of the horizon is {end}. Let the last look be that day.",
            *fields,
        )


def source(plan: Registration) -> Iterator[Fault]:
    """Hold that segments can be told apart."""
    for one in sorted({one for one in plan.segments if plan.segments.count(one) > 1}):
        yield fault(f"segments names '{one}' twice; name each once.", "segments")
    wrong = [one for one in plan.segments if not one or one.casefold() in RESERVED or one == plan.variant]
    if wrong:
        yield fault(f"'{wrong[0]}' cannot be a segment; name a property of the units.", "segments")


def metrics(plan: Registration) -> Iterator[Fault]:
    """Hold that something decides, and that each metric makes sense."""
    if not plan.goals:
        yield fault('no metric is a goal; give one role = "goal", it decides.', "metrics")
    if len(plan.measures) > MOST_METRICS:
        yield fault(f"there are {len(plan.measures):,} metrics; register at most {MOST_METRICS:,}.", "metrics")
    seen: dict[str, str] = {segment.casefold(): segment for segment in plan.segments}
    for one in plan.measures:
        folded = one.name.casefold()
        if folded in seen:
            yield fault(f"[metrics.{one.name}] is also called '{seen[folded]}' elsewhere; rename one.", "metrics")
        seen[folded] = one.name
        for fields, text in [*named(one), *origin(one), *quotient(one), *adjusted(one), *judged(one)]:
            yield frozenset(f"{one.name}.{field}" for field in fields), f"[metrics.{one.name}] {text}"


def named(one: Measure) -> Iterator[Fault]:
    """Hold that a metric's name can be a column."""
    if not one.name.strip() or not one.name.isprintable() or len(one.name) > 80:
        yield fault("has no name on one line; give it one.")
    elif one.name.casefold() in RESERVED or one.name.endswith(MADE):
        yield fault("has a name that is kept for columns made here; rename it.")


def origin(one: Measure) -> Iterator[Fault]:
    """Hold that a metric comes from one place, and that its days fit."""
    # A metric of the catalogue may leave an event to whoever asks.
    given = [field for field in ("metric", "sql", "event") if getattr(one, field)]
    if len(given) > 1 and given != ["metric", "event"]:
        yield fault(f"has {listed(given)}; it can be made in one way, so keep one of them.", *given)
    if one.count and not one.event:
        yield fault("has count without event; name the event that is counted.", "count", "event")
    if one.event and one.count and one.kind == "share":
        yield fault('counts, so it is no share; leave count out, or write kind = "mean".', "count", "kind")
    if one.since and not given:
        yield fault("has since but is a column of units; leave since out.", "since")
    if one.count and one.metric:
        yield fault("has count, and its metric says how it is counted; leave count out.", "count", "metric")
    whether = one.event and not one.count and not one.metric
    if whether and one.kind in ("ratio", "quantile") and not one.over:
        yield fault(f"says whether a unit did the event, so it is no {one.kind}; leave kind out.", "event", "kind")
    if one.window is not None and one.window <= one.delay:
        yield fault(
            f"has a window of {one.window:g} days that ends before its delay of {one.delay:g} is over; both run from "
            "the same moment.",
            "window",
            "delay",
        )


def quotient(one: Measure) -> Iterator[Fault]:
    """Hold that a ratio, and nothing else, is divided."""
    if one.over and (one.metric or one.sql or one.event):
        yield fault("has over, a column of units, but is made from events; write over_sql.", "over")
        return
    if one.over_sql and not one.sql:
        yield fault("has over_sql without sql; give both.", "over_sql", "sql")
    if (one.over or one.over_sql) and one.kind != "ratio":
        yield fault(f'is divided, so it is no {one.kind or "mean"}; write kind = "ratio".', "kind", "over", "over_sql")
    if one.kind == "ratio" and not (one.over or one.over_sql or one.metric or one.event):
        yield fault("is a ratio and needs over, the column it is divided by, or sql and over_sql.", "over", "over_sql")
    if one.over and one.over == one.name:
        yield fault("is divided by itself; name another column in over.", "over")


def adjusted(one: Measure) -> Iterator[Fault]:
    """Hold that caps and covariates are given where they mean something."""
    made = one.metric or one.sql or one.event
    yes_or_no = one.kind == "share" or (one.event and not one.count and not one.metric)
    if one.cap is not None and (yes_or_no or one.kind == "quantile"):
        why = "a share has no large values" if yes_or_no else "a quantile does not feel them"
        yield fault(f"has a cap, but {why}; leave cap out.", "cap", "kind")
    if one.before and made:
        yield fault("has before, a column of units, but is made from events; write lookback = 28.", "before")
    if one.before and one.before == one.name:
        yield fault("has itself as before; name the column with what was measured before exposure.", "before")
    if one.lookback is not None and not made:
        yield fault("has lookback but is a column of units; name the column in before.", "lookback")
    if one.kind == "quantile" and (one.before or one.lookback is not None):
        yield fault("is a quantile, which nothing from before makes sharper; leave before and lookback out.", "kind")
    if one.kind != "quantile" and one.quantile != 0.5:
        yield fault('has a quantile; write kind = "quantile" too.', "quantile", "kind")


def judged(one: Measure) -> Iterator[Fault]:
    """Hold that margins are given to guardrails, and lifts that matter to the others."""
    if one.margin is not None and one.role != "guardrail":
        yield fault(
            f"has a margin but is a {one.role}: a margin is the loss a guardrail may still have. Leave it out, or "
            'write role = "guardrail".',
            "margin",
            "role",
        )
    if one.smallest is not None and one.role == "guardrail":
        yield fault("is a guardrail, which need not gain: write margin in the place of smallest.", "smallest", "role")

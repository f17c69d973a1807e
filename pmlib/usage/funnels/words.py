"""The sentences of a funnel: what it found, what to doubt, what to look at."""

from collections.abc import Mapping, Sequence

from pmlib.core import Estimate, Period, Unit
from pmlib.core.words import listed
from pmlib.sources.contract import Who
from pmlib.usage.funnels.entrants import SPAN, Counted
from pmlib.usage.funnels.parts import Split
from pmlib.usage.funnels.steps import MOST_STEPS, Rules, spoken
from pmlib.usage.people.words import uncalled

FEW = 100


def entering(rules: Rules) -> str:
    """Say what those did who entered."""
    named = [f"'{name}'" for name in rules.called]
    return f"did any of {listed(named, most=MOST_STEPS)}" if rules.order == "any" else f"did {named[0]}"


def ending(rules: Rules) -> str:
    """Say what those did who came to the end."""
    return "did all of them" if rules.order == "any" else f"reached '{rules.labels[-1]}'"


def headline(
    rules: Rules,
    shares: Sequence[Estimate],
    onward: Mapping[int, Estimate],
    leak: int | None,
    parts: Split | None,
    who: Who,
    period: Period,
) -> str:
    """Say the share that reaches the end, of whom, how sure, and the step that keeps the fewest or the part apart."""
    last = shares[-1]
    head = "None" if last.value == 0 else last.unit.text(last.value)
    text = f"{head} of {who.count(last.n)} who {entering(rules)} {ending(rules)} within {spoken(rules.window)}"
    text += f" ({last.range}; entries of {period})"
    if parts:
        return f"{text}; {apart(parts)}"
    if len(onward) < 2 or leak is None:
        return text
    kept = onward[leak]
    return f"{text}; fewest go on from {kept.label}, {kept.unit.text(kept.value)}"


def apart(parts: Split) -> str:
    """Say which part differs most from the rest, or that none clearly does."""
    clear = parts.clear
    if not clear:
        named = f"none of the segments ({', '.join(parts.segments)})" if parts.segments else f"no part by {parts.by}"
        return f"{named} differs clearly from the others"
    name = max(clear, key=lambda one: abs(parts.differences[one].value or 0.0))
    value = parts.differences[name].value or 0.0
    way = "more" if value > 0 else "fewer"
    share, gap = Unit.SHARE.text(parts.shares[name].value), Unit.POINTS.text(abs(value))
    return f"of {name} {share}, {gap} {way} than of the others"


def action(kept: Estimate) -> str:
    """Point to the step that clearly loses most."""
    return f"Look first at the step from {kept.label}: {Unit.SHARE.text(1 - (kept.value or 0.0))} do not go on in time."


def cautions(
    rules: Rules,
    found: Counted,
    onward: Mapping[int, Estimate],
    leak: int | None,
    parts: Split | None,
    who: Who,
    change: Estimate | None,
    *,
    clear: bool,
) -> tuple[str, ...]:
    """What to doubt: few people, steps nobody took, a leak that may be another, people taken out."""
    said = uncalled(change, f"The last {SPAN} weeks of entry", "those before")
    counts = found.people
    if counts[0] < FEW:
        said.append(f"The funnel rests on {who.count(counts[0])}: the intervals are wide.")
    never = [label for label, count in zip(rules.labels, counts, strict=True) if count == 0]
    if never:
        said.append(f"Nobody in the funnel reached {listed(never)}: is the step named and recorded as it should be?")
    if not clear and leak is not None and len(onward) > 1:
        said.append(
            f"The step from {onward[leak].label} keeps the fewest, {onward[leak]}, but not clearly fewer than every "
            "other step."
        )
    if found.entered > counts[0]:
        gone = found.entered - counts[0]
        said.append(
            f"{who.count(gone)} of {found.entered:,} who entered did {listed(list(rules.exclude))} on the way and "
            f"{'is' if gone == 1 else 'are'} not counted at all: the shares are of the others."
        )
    return (*said, *(parts.cautions if parts else ()))


def nobody(rules: Rules, period: Period, found: Counted) -> str:
    """Say that nobody entered, or that everybody was taken out."""
    if found.entered:
        return (
            f"All {found.entered:,} who entered from {period} did {listed(list(rules.exclude))} on the way. "
            "Exclude less, or choose exclusion='truncate'."
        )
    return (
        f"Nobody {entering(rules)} from {period} (entries whose window of {spoken(rules.window)} is over). "
        "Show more weeks, or choose another first step."
    )

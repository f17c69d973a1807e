"""In whom the change works: the effect in segments, named only where it differs by more than chance."""

from collections.abc import Sequence
from dataclasses import replace

from pmlib.core import Estimate, Finding, TooFewError, Unit, answering, made_id
from pmlib.core.words import capital, listed, many
from pmlib.experiments.arguments import Names, fitting, listing
from pmlib.experiments.effects.interactions import Branch, Slice, branches
from pmlib.experiments.effects.lifts import faults, series
from pmlib.experiments.effects.parts import Parts, parted
from pmlib.experiments.reading.comparisons import best, chance, ends, signed
from pmlib.experiments.reading.splits import ALARM, ENOUGH
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Table, intervals, table
from pmlib.stats import srm

QUESTION = "Does the effect differ between groups of units?"
DRAWN, BEYOND = "drawn to the common effect", "beyond all others"


@fitting
@answering("experiment-segments", QUESTION)
def segments(trial: Trial, *, by: Names = "", metric: str = "") -> Finding:
    """Tell whether the effect differs between segments, and where.

    Parameters
    ----------
    by
        Columns that part the units, with commas, known before the exposure; by default those that were registered.
        Each column is a family of its own.
    metric
        One of the experiment's metrics; the first goal if not given.

    Returns
    -------
    Finding
        Each segment's effect, also drawn towards what all have in common (empirical Bayes). The headline names a
        segment only where the effects differ by more than chance and that one differs from all others.

    Raises
    ------
    SettingError
        If there is no such column or metric, or a column is measured after the exposure.
    """
    columns = listing(by) or list(trial.registration.segments)
    if not columns:
        raise TooFewError("No column was named by which to part the units, such as by='platform'.")
    name = trial.named(metric)
    reading, parts, query = parted(trial, trial.readings[name].measure, columns)
    judged = [one for part in parts for one in branches(trial, reading, part)]
    off = [alarm for part in parts for alarm in alarms(trial, part)]
    headline = f"{sentence(trial, name, judged, off)}."
    return Finding(
        id=made_id("experiment-segments", name, *columns),
        question=f"Does the effect on {reading.label} differ by {listed([part.label for part in parts])}?",
        headline=headline,
        estimates=tuple(estimate for one in judged for estimate in estimates(one)),
        table=rows(trial, judged),
        figure=chart(trial, judged, headline),
        cautions=(*faults(trial.split), *off, *doubts(trial, judged), *trial.arms.cautions, *reading.cautions),
        definition=defined(trial, name, parts, drawn=any(part.drawn for one in judged for part in one.slices)),
        query=query,
    )


def sentence(trial: Trial, name: str, judged: Sequence[Branch], off: Sequence[str]) -> str:
    """Say whether the effect differs, and name a segment only where it does."""
    if trial.split.alarm:
        return f"The segments cannot be read: {trial.split.fault}"
    if off:
        return f"The segments cannot be compared: {off[0][:1].lower()}{off[0][1:].rstrip('.')}"
    said = [differing(trial, one) for one in judged if one.differs]
    alike = [one for one in judged if one.test is not None and not one.differs]
    if alike:
        tested = [f"{named(trial, one)} ({many(len(one.tested), 'segment')}, {p_of(one.test)})" for one in alike]
        said.append(f"does not differ clearly by {listed(tested)}")
    small = [named(trial, one) for one in judged if one.test is None]
    if small:
        said.append(f"cannot be told apart by {listed(small)}, as fewer than two segments are large enough")
    over = signed(best(trial.comparisons[name]).shown)
    label = trial.readings[name].label
    tail = "" if any(one.differs for one in judged) or not trial.two else f"; over all units it is {over}"
    return f"The effect on {label} {'; it '.join(said)}{tail}"


def differing(trial: Trial, one: Branch) -> str:
    """Say that the effect differs by a column, and in which segments it differs from all others."""
    head = f"differs by {named(trial, one)}"
    found = [(part.label, part.beyond) for part in one.standing_out if part.beyond is not None]
    if not found:
        segments = many(len(one.tested), "segment")
        return (
            f"{head} by more than chance ({segments}, {p_of(one.test)}), though no single one stands out{beside(one)}"
        )
    # What differs most makes others differ from all others, so only the surest is named.
    label, beyond = found[0]
    way = "above" if (beyond.value or 0.0) > 0 else "below"
    far = beyond.unit.text(abs(beyond.value or 0.0))
    return f"{head}: in {label} it lies {far} {way} that of all others ({beyond.signed_range}){beside(one)}"


def beside(one: Branch) -> str:
    """Say that the lifts, in per cent, may be one although the differences are not."""
    return "" if one.lifts_differ is not False else f"; in per cent it does not differ clearly ({p_of(one.relative)})"


def named(trial: Trial, one: Branch) -> str:
    """Name a column, and the arm where there are several."""
    return one.parts.label if trial.two else f"{one.parts.label} in {one.arm}"


def p_of(test: Estimate | None) -> str:
    """Write a test's p-value: ``p = 0.34``."""
    p = chance(None if test is None else test.p)
    return f"p {p}" if p.startswith("<") else f"p = {p}"


def alarms(trial: Trial, parts: Parts) -> list[str]:
    """Name the segments in which the arms are not as planned, so many checks allowed for (Bonferroni)."""
    made = trial.split
    tested: list[tuple[str, tuple[int, ...], float]] = []
    for label, groups in parts.segments.items():
        counts = tuple(groups[arm].units if arm in groups else 0 for arm in made.names)
        if min(made.plan) / sum(made.plan) * sum(counts) >= ENOUGH:
            tested.append((label, counts, srm(counts, made.plan).p or 0.0))
    return [
        f"In {label} of {parts.label} the arms are not as planned ({listed([f'{n:,}' for n in counts])} units in "
        f"{listed(made.names)})."
        for label, counts, p in tested
        if p < ALARM / len(tested)
    ]


def estimates(one: Branch) -> list[Estimate]:
    """Return the estimates of one arm by one column: the test, then each segment's."""
    found = [each for each in (one.test, one.relative) if each is not None]
    for part in one.slices:
        found += [part.effect.difference, part.effect.lift] if part.effect else []
        found += [each for each in (part.drawn, part.beyond) if each is not None]
    return found


def rows(trial: Trial, judged: Sequence[Branch]) -> Table:
    """List the segments: units, effect, drawn effect, difference from all others."""
    several = len({one.parts.by for one in judged}) > 1
    drawn = any(part.drawn for one in judged for part in one.slices)
    heads = [*(["by"] if several else []), "segment", *([] if trial.two else ["arm"])]
    lines = [
        [
            *([one.parts.label] if several else []),
            part.label,
            *([] if trial.two else [one.arm]),
            *cells(part, drawn=drawn),
        ]
        for one in judged
        for part in one.slices
    ]
    sure = f"its {trial.standing.sure} interval"
    pairs = [each for head in ("difference", "lift", *([DRAWN] if drawn else [])) for each in (made(head), sure)]
    # Its p is of all segments together, and an interval for that level is not made.
    pairs += [made(BEYOND), f"{sure}, of it alone"]
    return table([*heads, Column("units", Unit.COUNT), *pairs, made("p, adjusted")], lines, size="units")


def made(head: str) -> Column:
    """Head a column of numbers."""
    return Column(head, Unit.NUMBER)


def cells(part: Slice, *, drawn: bool) -> list[str | int | None]:
    """Return the cells of one segment."""
    found: list[str | int | None] = [part.units]
    effect = (part.effect.difference, part.effect.lift) if part.effect else (None, None)
    for one in (*effect, *([part.drawn] if drawn else []), part.beyond):
        found += ["", ""] if one is None else [one.unit.change(one.value), ends(one)]
    return [*found, chance(part.beyond.p) if part.beyond else ""]


def chart(trial: Trial, judged: Sequence[Branch], headline: str) -> Chart | None:
    """Draw each segment's effect, as seen and drawn towards the common one."""
    several = len({one.parts.by for one in judged}) > 1
    seen: list[tuple[str, Estimate]] = []
    drawn: list[tuple[str, Estimate]] = []
    for one in judged:
        for part in one.slices:
            words = [one.parts.label] if several else []
            label = ", ".join([*words, part.label, *([] if trial.two else [one.arm])])
            gap = part.effect.difference if part.effect else None
            if gap is None or None in (gap.value, gap.low, gap.high):
                continue
            seen.append((label, gap))
            drawn += [(label, part.drawn)] if part.drawn else []
    if not seen:
        return None
    both = ", as seen and drawn towards the common effect as far as the scatter is noise" if drawn else ""
    sure = f"{trial.standing.sure} interval"
    caption = f"Difference from {trial.control} in each segment with its {sure}{both}; 0 is no change."
    lines = [
        series([one for _, one in some], [label for label, _ in some], [one.unit.change(one.value) for _, one in some])
        for some in (seen, drawn)
        if some
    ]
    given = [replace(line, name=words) for line, words in zip(lines, ("as seen", "drawn"), strict=False)]
    unit = seen[0][1].unit
    return intervals(given, unit=unit, description=f"{caption} {headline}", caption=caption, from_zero=True)


def doubts(trial: Trial, judged: Sequence[Branch]) -> list[str]:
    """Say what to doubt of segments: mixes, what is unknown, and how many were looked at."""
    said: list[str] = []
    for one in judged:
        # Where nothing differs, a sign turns round by chance; it is told only of mixes that differ by more.
        words = one.mix.words if one.mix and one.mix.p < one.alpha else ""
        said += [f"By {named(trial, one)}: {words[:1].lower()}{words[1:]}"] if words else []
        if one.differs and one.lifts_differ is False:
            said.append(
                f"By {named(trial, one)} the difference from {trial.control} differs, the lift may be one: a change "
                "that adds the same per cent everywhere adds more where the level is higher."
            )
        if one.lifts_differ and not one.differs:
            said.append(
                f"By {named(trial, one)} the lifts in per cent differ ({p_of(one.relative)}) though the differences do "
                "not clearly: the same gain is more per cent where the level is lower."
            )
        small = len(one.slices) - len(one.tested)
        if small and one.test is not None:
            have = "is" if small == 1 else "are"
            said.append(f"{capital(many(small, 'segment'))} of {one.parts.label} {have} too small to be tested.")
    said += [one.parts.blank for one in judged if one.parts.blank]
    most = max(len(one.tested) for one in judged)
    if most > 1:
        drawn = any(part.drawn for one in judged for part in one.slices)
        # Where segments differ, the effect over all units is nobody's.
        apart = any(one.differs for one in judged)
        better = "; go by the one drawn to the common effect" if drawn else "; go by the effect over all units"
        said.append(f"The largest of {most} effects looks larger than it is{better if drawn or not apart else ''}.")
    return list(dict.fromkeys(said))


def defined(trial: Trial, name: str, parts: Sequence[Parts], *, drawn: bool) -> str:
    """Write the definition line."""
    common = "; drawn towards what all have in common" if drawn else ""
    kinds = [f"{many(part.kinds, 'value')} of {part.by}" for part in parts]
    families = "; each column a family of its own" if len(parts) > 1 else ""
    return (
        f"{name}: difference from {trial.control} by {listed(kinds)}; tested first whether this difference, and "
        f"beside it the lift in per cent, differs at all by more than chance, then each segment against all others, "
        f"p-values adjusted together, each interval of its segment alone{families}"
        f"{common}; {trial.counted} of {trial.units.origin.name}; {trial.standing.words}."
    )

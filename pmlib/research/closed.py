"""What people choose where the answers are given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

from pmlib.core import Estimate, Finding, Kpi, SettingError, Unit, made_id, nearest, unanswered
from pmlib.engine import Cells
from pmlib.research.waves import UNKNOWN, WAVE, Base, base
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Survey
from pmlib.stats import holm, share, share_difference

MOST_OPTIONS = 20
SHOWN_OPTIONS = 10
SHOWN_PARTS = 5
LEVEL = 0.05


@dataclass(frozen=True)
class Gap:
    """An option chosen by unlike shares of two parts; ``p`` is adjusted for all pairs looked at."""

    option: str
    more: str
    less: str
    difference: Estimate
    p: float


@dataclass(frozen=True)
class Chosen:
    """How often each option was chosen, by wave and part."""

    asked: Base
    options: tuple[str, ...]
    counts: dict[tuple[str, str, str], int]

    def hits(self, option: str, wave: str, part: str | None = None) -> int:
        """Count who chose an option."""
        return sum(
            n for (at, of, what), n in self.counts.items() if at == wave and what == option and part in (None, of)
        )

    def share(self, option: str, wave: str, part: str | None = None) -> Estimate:
        """Estimate the share of those who answered that chose an option."""
        label = option if part is None else f"{option}, {part}"
        return share(self.hits(option, wave, part), self.asked.of(wave, part).answered, label=label)

    def change(self, option: str) -> Estimate | None:
        """Estimate the change since the wave before."""
        now, before = self.asked.last, self.asked.before
        if before is None:
            return None
        sizes = self.asked.of(now).answered, self.asked.of(before).answered
        return share_difference(
            self.hits(option, now), sizes[0], self.hits(option, before), sizes[1], label=f"change in {option}"
        )


def choices(survey: Survey, *, question: str, option: str = "", by: str = "", wave: str = WAVE) -> Finding:
    """Tell what people choose in a closed question, and which groups differ.

    Parameters
    ----------
    survey
        The survey.
    question
        The id or text of a question with given answers, one or several to choose.
    option
        The answer to follow on the card and in the headline; the one chosen most if not given.
    by
        A segment to show the answers by, such as ``"plan"``.
    wave
        The segment that names the wave; a survey without one is one wave. The newest wave is shown.

    Returns
    -------
    Finding
        The share of each option among those who answered; two groups are called different only where their
        difference stays clear of chance once all pairs are allowed for.

    Raises
    ------
    SettingError
        If there is no such question, option or segment, or the question is an open one.
    TooFewError
        If nobody answered.
    """
    if not question:
        return unanswered("survey-choices", "What do people choose?", "No closed question was named")
    asked = base(survey, question, by, wave)
    cells = survey.query(asked.placed("choices.sql"), question=asked.question)
    chosen = ordered(cells, asked)
    found = gaps(chosen) if by else []
    parts = asked.parts(asked.last) if by else []
    top = followed(chosen, option)
    headline = sentence(chosen, top, found, most=not option)
    shares = [chosen.share(option, asked.last) for option in chosen.options]
    by_part = [chosen.share(option, asked.last, part) for part in parts for option in chosen.options]
    cautions = [*asked.cautions, *asked.small]
    if len(parts) > SHOWN_PARTS:
        cautions.append(f"The chart shows the {SHOWN_PARTS} largest of {len(parts)} groups by {by}; the table has all.")
    tried = len(chosen.options) * comb(len(compared(asked)), 2) if by else 0
    allowed = f"; {tried} comparisons allowed for" if tried else ""
    first = replace(chosen.share(top, asked.last), period=asked.last)
    return Finding(
        id=made_id("survey-choices", asked.question),
        question=asked.text,
        headline=headline,
        estimates=(first, *(gap.difference for gap in found), *shares, *by_part),
        table=rows(chosen, parts),
        figure=chart(chosen, parts, headline),
        cautions=tuple(cautions),
        definition=(
            f"'{asked.text}': share of those who answered{asked.when}; {asked.of(asked.last)}; 95% intervals"
            f"{allowed}; not weighted."
        ),
        query=f"{asked.query}\n\n{cells.sql}",
        kpi=Kpi(
            first,
            change=chosen.change(top),
            before=asked.before or "",
            better="",
            history=tuple(chosen.share(top, at).value for at in asked.waves),
        ),
    )


def ordered(cells: Cells, asked: Base) -> Chosen:
    """Collect the options: numbers by size, words by how often they were chosen."""
    rows = [row for row in cells if row.wave in asked.waves]
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.option] = totals.get(row.option, 0) + row.chosen
    if len(totals) > MOST_OPTIONS:
        raise SettingError(
            f"'{asked.text}' has {len(totals):,} different answers, so it is an open question. "
            "Ask research.quotes() about it, or choose a question with given answers."
        )
    numbers = {row.option: row.number for row in rows}
    if any(number is None for number in numbers.values()):
        options = sorted(totals, key=lambda option: (-totals[option], option))
    else:
        options = sorted(totals, key=lambda option: (numbers[option], option))
    return Chosen(asked, tuple(options), {(row.wave, row.part, row.option): row.chosen for row in rows})


def compared(asked: Base) -> list[str]:
    """Return the parts of the newest wave to compare: not those of whom the part is not known."""
    return [part for part in asked.parts(asked.last) if part != UNKNOWN]


def gaps(chosen: Chosen) -> list[Gap]:
    """Find the options that two parts of the newest wave choose clearly unlike, the widest gap first."""
    asked, tried = chosen.asked, []
    parts = compared(asked)
    sizes = {part: asked.of(asked.last, part).answered for part in parts}
    for option in chosen.options:
        hits = {part: chosen.hits(option, asked.last, part) for part in parts}
        for pair in combinations(parts, 2):
            more, less = sorted(pair, key=lambda part: hits[part] / sizes[part], reverse=True)
            label = f"{option}, {more} less {less}"
            gap = share_difference(hits[more], sizes[more], hits[less], sizes[less], label=label)
            tried.append(Gap(option, more, less, gap, 1.0 if gap.p is None else gap.p))
    adjusted = holm([gap.p for gap in tried])
    clear = [replace(gap, p=p) for gap, p in zip(tried, adjusted, strict=True) if p < LEVEL]
    return sorted(clear, key=lambda gap: -(gap.difference.value or 0.0))


def followed(chosen: Chosen, option: str) -> str:
    """Return the option asked for, or the one chosen most."""
    if not option:
        return max(chosen.options, key=lambda one: chosen.hits(one, chosen.asked.last))
    if option not in chosen.options:
        raise SettingError(
            f"Nobody chose '{option}' in '{chosen.asked.text}'; the answers are {', '.join(chosen.options)}."
            f"{nearest(option, chosen.options)}"
        )
    return option


def sentence(chosen: Chosen, top: str, found: Sequence[Gap], *, most: bool) -> str:
    """Say how many choose the option that is followed, and its widest clear gap, or else that of another."""
    asked = chosen.asked
    value = chosen.share(top, asked.last)
    many = f"{value} of {asked.of(asked.last).answered:,} who answered"
    head = f"Most chosen{asked.when} is '{top}', by {many}" if most else f"'{top}' is chosen{asked.when} by {many}"
    if not asked.by:
        return f"{head}."
    if not found:
        return f"{head}; no difference by {asked.by} is clear of chance."
    gap = next((gap for gap in found if gap.option == top), found[0])
    more, less = (chosen.share(gap.option, asked.last, part) for part in (gap.more, gap.less))
    what = "" if gap.option == top else f" '{gap.option}' is chosen by"
    unit = gap.difference.unit
    span = f"95% interval {unit.change(gap.difference.low)} to {unit.change(gap.difference.high)}"
    return (
        f"{head};{what} {more.unit.text(more.value)} of {gap.more} against {less.unit.text(less.value)} of {gap.less} "
        f"({unit.change(gap.difference.value)}, {span})."
    )


def rows(chosen: Chosen, parts: Sequence[str]) -> Table:
    """List the options for everybody, with the change since the wave before, then by part."""
    asked = chosen.asked
    columns = ["answer", asked.by or "who", Column("people", Unit.COUNT), Column("share", Unit.SHARE), "95% interval"]
    if asked.before is not None:
        columns += [Column(f"change on {asked.before}", Unit.POINTS), "its 95% interval"]
    lines = []
    for option in chosen.options:
        for part in (None, *parts):
            value = chosen.share(option, asked.last, part)
            cell = value.range.removeprefix("95% interval ")
            line = [option, part or "all", chosen.hits(option, asked.last, part), value.value, cell]
            if asked.before is not None:
                line += changed(chosen.change(option) if part is None else None)
            lines.append(line)
    return table(columns, lines)


def changed(change: Estimate | None) -> list[str]:
    """Return the cells of a change."""
    if change is None:
        return ["", ""]
    unit = change.unit
    return [unit.change(change.value), f"{unit.change(change.low)} to {unit.change(change.high)}"]


def chart(chosen: Chosen, parts: Sequence[str], headline: str) -> Chart:
    """Draw the shares of the options most chosen, parts beside each other."""
    asked = chosen.asked
    options = chosen.options
    if len(options) > SHOWN_OPTIONS:
        most = sorted(options, key=lambda option: -chosen.hits(option, asked.last))[:SHOWN_OPTIONS]
        options = tuple(option for option in options if option in most)
    named = [(part, part) for part in parts[:SHOWN_PARTS]] if parts else [("all", None)]
    series = []
    for label, part in named:
        shares = [chosen.share(option, asked.last, part) for option in options]
        series.append(
            Series(
                label,
                options,
                tuple(one.value for one in shares),
                tuple(one.low for one in shares),
                tuple(one.high for one in shares),
                text=tuple(f"{one.unit.text(one.value)} of {one.n:,}" for one in shares),
            )
        )
    by = f" by {asked.by}" if parts else ""
    most = f", the {len(options)} answers chosen most" if len(options) < len(chosen.options) else ""
    caption = f"Share of those who answered{asked.when}{by} with its 95% interval{most}."
    return intervals(series, unit=Unit.SHARE, description=f"{caption} {headline}", caption=caption, from_zero=True)

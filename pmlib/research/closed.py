"""What people choose where the answers are given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from pmlib.core import Estimate, Finding, Kpi, SettingError, Unit, made_id, nearest, unanswered
from pmlib.engine import Cells
from pmlib.research.waves import UNKNOWN, WAVE, Base, base
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Survey
from pmlib.stats import share, share_difference

MOST_OPTIONS = 20
SHOWN_OPTIONS = 10
SHOWN_PARTS = 5
NAMED = 3
LEVEL = 0.05


@dataclass(frozen=True)
class Gap:
    """An option chosen by unlike shares of two parts; interval and p hold for all pairs looked at together."""

    option: str
    more: str
    less: str
    difference: Estimate


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
        The answer to follow on the card and in the headline, chosen or not; the one chosen most if not given.
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
        If there is no such question or segment, or the question is an open one.
    TooFewError
        If nobody answered.
    """
    if not question:
        return unanswered("survey-choices", "What do people choose?", "No closed question was named")
    asked = base(survey, question, by, wave)
    cells = survey.query(asked.placed("choices.sql"), question=asked.question)
    chosen = ordered(cells, asked)
    wanted, chosen = followed(chosen, option) if option else ("", chosen)
    found, tried = gaps(chosen) if by else ([], 0)
    parts = asked.parts(asked.last) if by else []
    tops = [wanted] if wanted else leading(chosen)
    top = tops[0]
    headline = f"{sentence(chosen, tops, found, most=not wanted)}{asked.unheard}."
    shares = [chosen.share(option, asked.last) for option in chosen.options]
    by_part = [chosen.share(option, asked.last, part) for part in parts for option in chosen.options]
    earlier = [replace(chosen.share(top, at), label=f"{top} in {at}", period=at) for at in asked.waves[:-1]]
    cautions = [*asked.cautions, *asked.small]
    if wanted and not any(chosen.hits(wanted, at) for at in asked.waves):
        others = [one for one in chosen.options if one != wanted]
        cautions.append(
            f"Nobody chose '{wanted}' in '{asked.text}'; the answers are {', '.join(others)}. Check that it is written "
            f"as in the survey.{nearest(wanted, others)}"
        )
    if len(parts) > SHOWN_PARTS:
        cautions.append(
            f"The chart of '{asked.text}' shows the {SHOWN_PARTS} largest of {len(parts)} groups by {by}; "
            "the table has all."
        )
    allowed = f"; intervals of differences hold for all {tried} together" if tried > 1 else ""
    if allowed and asked.before is not None:
        allowed += f", those of changes on {asked.before} each by itself"
    first = replace(chosen.share(top, asked.last), period=asked.last)
    return Finding(
        id=made_id("survey-choices", asked.question),
        question=asked.text,
        headline=headline,
        estimates=(first, *(gap.difference for gap in found), *shares, *by_part, *earlier),
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


def gaps(chosen: Chosen) -> tuple[list[Gap], int]:
    """Find the options that two parts of the newest wave choose clearly unlike, and how many pairs were looked at.

    The widest gap comes first. It is the widest of many, so its interval must hold for all of them together
    (Bonferroni); the same rule decides what is clear, so that no interval shown holds 0.
    """
    asked = chosen.asked
    parts = compared(asked)
    sizes = {part: asked.of(asked.last, part).answered for part in parts}
    pairs = [(option, *pair) for option in chosen.options for pair in combinations(parts, 2)]
    clear: list[Gap] = []
    for option, *pair in pairs:
        hits = {part: chosen.hits(option, asked.last, part) for part in pair}
        more, less = sorted(pair, key=lambda part: hits[part] / sizes[part], reverse=True)
        label, level = f"{option}, {more} less {less}", 1 - LEVEL / len(pairs)
        gap = share_difference(hits[more], sizes[more], hits[less], sizes[less], label=label, level=level)
        p = min(1.0, (1.0 if gap.p is None else gap.p) * len(pairs))
        if p < LEVEL:
            method = f"{gap.method}, for {len(pairs)} comparisons together (Bonferroni)" if pairs[1:] else gap.method
            clear.append(Gap(option, more, less, replace(gap, level=1 - LEVEL, p=p, method=method)))
    return sorted(clear, key=lambda gap: -(gap.difference.value or 0.0)), len(pairs)


def followed(chosen: Chosen, option: str) -> tuple[str, Chosen]:
    """Return the option asked for as the survey writes it, among the options even where nobody chose it."""
    for one in (option, *(other for other in chosen.options if other.casefold() == option.strip().casefold())):
        if one in chosen.options:
            return one, chosen
    return option, replace(chosen, options=(*chosen.options, option))


def leading(chosen: Chosen) -> list[str]:
    """Return the option chosen most in the newest wave, several if they tie."""
    hits = {option: chosen.hits(option, chosen.asked.last) for option in chosen.options}
    return [option for option in chosen.options if hits[option] == max(hits.values())]


def sentence(chosen: Chosen, tops: Sequence[str], found: Sequence[Gap], *, most: bool) -> str:
    """Say how many choose the option that is followed, and its widest clear gap, or else that of another."""
    asked = chosen.asked
    value, n = chosen.share(tops[0], asked.last), asked.of(asked.last).answered
    quoted = [f"'{option}'" for option in tops]
    if len(tops) > 1:
        names = f"{len(tops)} answers" if len(tops) > NAMED else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
        share_each = f"{value.unit.text(value.value)} each ({value.range})"
        head = f"{names} are chosen most{asked.when}, by {share_each} of {n:,} who answered"
    elif most:
        head = f"Most chosen{asked.when} is {quoted[0]}, by {value} of {n:,} who answered"
    else:
        head = f"{quoted[0]} is chosen{asked.when} by {value} of {n:,} who answered"
    if not asked.by or len(compared(asked)) < 2:
        return head
    if not found:
        return f"{head}; no difference by {asked.by} is clear of chance"
    gap = next((gap for gap in found if gap.option in tops), found[0])
    more, less = (chosen.share(gap.option, asked.last, part) for part in (gap.more, gap.less))
    what = "" if [gap.option] == list(tops) else f" '{gap.option}' is chosen by"
    unit = gap.difference.unit
    span = f"95% interval {unit.change(gap.difference.low)} to {unit.change(gap.difference.high)}"
    return (
        f"{head};{what} {more.unit.text(more.value)} of {gap.more} against {less.unit.text(less.value)} of {gap.less} "
        f"({unit.change(gap.difference.value)}, {span})"
    )


def rows(chosen: Chosen, parts: Sequence[str]) -> Table:
    """List the options for everybody, with the change since the wave before, then by part."""
    asked = chosen.asked
    columns = ["answer", asked.by or "who", Column("answered", Unit.COUNT), Column("people", Unit.COUNT)]
    columns += [Column("share", Unit.SHARE), "95% interval"]
    if asked.before is not None:
        columns += [Column(f"change on {asked.before}", Unit.POINTS), "its 95% interval"]
    lines = []
    for option in chosen.options:
        for part in (None, *parts):
            value = chosen.share(option, asked.last, part)
            cell = value.range.removeprefix("95% interval ")
            line = [option, part or "all", value.n, chosen.hits(option, asked.last, part), value.value, cell]
            if asked.before is not None:
                line += changed(chosen.change(option) if part is None else None)
            lines.append(line)
    return table(columns, lines, size="answered")


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

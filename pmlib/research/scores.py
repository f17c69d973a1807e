"""Would people recommend us."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, Kpi, SettingError, Unit, made_id, unanswered
from pmlib.core.words import many, percent
from pmlib.engine import Cells
from pmlib.research.waves import FEW, WAVE, Base, base, was
from pmlib.show import Chart, Column, Series, Table, intervals, table
from pmlib.sources.contract import Survey
from pmlib.stats import nps as score
from pmlib.stats import nps_difference

HIGHEST = 7
"""Where no answer of many is above this, the scale did not go to 10."""


@dataclass(frozen=True)
class Tally:
    """Promoters, passives and detractors of a wave or a part of one."""

    label: str
    promoters: int
    passives: int
    detractors: int

    @property
    def counts(self) -> tuple[int, int, int]:
        """What the statistics take."""
        return self.promoters, self.passives, self.detractors

    @property
    def n(self) -> int:
        """How many gave a readable score."""
        return sum(self.counts)

    @property
    def estimate(self) -> Estimate:
        """The net promoter score."""
        return score(*self.counts, label=self.label)


def nps(survey: Survey, *, question: str, by: str = "", wave: str = WAVE) -> Finding:
    """Tell whether people would recommend the product: the net promoter score, and how it changed.

    Parameters
    ----------
    survey
        The survey; several waves stand below each other, told apart by the segment ``wave``.
    question
        The id or text of the question answered 0 to 10.
    by
        A segment to show the newest wave by, such as ``"plan"``.
    wave
        The segment that names the wave; a survey without one is one wave.

    Returns
    -------
    Finding
        The score of the newest wave with its interval, its change since the wave before, all waves, and its parts.

    Raises
    ------
    SettingError
        If there is no such question or segment, or it was not answered from 0 to 10.
    TooFewError
        If nobody answered.
    """
    if not question:
        return unanswered("survey-nps", "Would people recommend us?", "No question answered from 0 to 10 was named")
    asked = base(survey, question, by, wave)
    cells = survey.query(asked.placed("scores.sql"), question=asked.question)
    odd = readable(cells, asked)
    asked = asked.without([at for at in asked.waves if not tally(cells, at).n])
    cautions = [*asked.cautions, *asked.small, *odd]
    waves = [tally(cells, at) for at in asked.waves]
    parts = [one for one in (tally(cells, asked.last, part) for part in asked.parts(asked.last)) if one.n] if by else []
    now, before = waves[-1], waves[-2] if len(waves) > 1 else None
    small = [f"{one.label} ({one.n:,})" for one in waves[:-1] if one.n < FEW]
    if small:
        cautions.append(f"Earlier waves with fewer than {FEW} answers to '{asked.text}': {', '.join(small)}.")
    change = nps_difference(now.counts, before.counts, label="change in NPS") if before else None
    estimate = replace(now.estimate, label="NPS", period=now.label)
    headline = f"{sentence(estimate, change, now, before, asked)}{asked.unheard}."
    return Finding(
        id=made_id("survey-nps", asked.question),
        question="Would people recommend us?",
        headline=headline,
        estimates=(estimate, *([change] if change else []), *(one.estimate for one in (*waves[:-1], *parts))),
        table=rows(waves, parts, by),
        figure=chart(waves, parts, asked, headline),
        cautions=tuple(cautions),
        definition=(
            f"'{asked.text}': per cent 9 and 10 less per cent 0 to 6{asked.when}; {asked.of(asked.last)}; "
            "95% intervals; waves and groups taken as separate samples, not weighted."
        ),
        query=f"{asked.query}\n\n{cells.sql}",
        action=follow_up(change, now),
        kpi=Kpi(
            estimate,
            change=change,
            before=before.label if before else "",
            history=tuple(one.estimate.value for one in waves),
        ),
    )


def tally(cells: Cells, wave: str, part: str | None = None) -> Tally:
    """Add up a wave, or a part of it."""
    rows = [row for row in cells if row.wave == wave and part in (None, row.part)]
    counts = [sum(getattr(row, name) for row in rows) for name in ("promoters", "passives", "detractors")]
    return Tally((wave or "all answers") if part is None else part, *counts)


def readable(cells: Cells, asked: Base) -> list[str]:
    """Say which answers are no score from 0 to 10; refuse where most are not, or the scale was another.

    Raises
    ------
    SettingError
        If the question is no 0 to 10 question.
    """
    good = sum(row.promoters + row.passives + row.detractors for row in cells)
    bad = sum(row.unreadable for row in cells)
    example = next((row.example for row in cells if row.example is not None), "")
    if bad >= good:
        raise SettingError(
            f"'{asked.text}' is not answered from 0 to 10: {bad:,} of {good + bad:,} answers are something else, such "
            f"as '{example}'. Choose the question that is, or ask research.choices() about this one."
        )
    highest = max(row.highest for row in cells if row.highest is not None)
    if good >= FEW and highest <= HIGHEST:
        raise SettingError(
            f"No answer to '{asked.text}' is above {highest:g} in {good:,}; a net promoter score needs answers from 0 "
            "to 10. Ask research.choices() about this question."
        )
    if not bad:
        return []
    what = "answer to '{0}' is" if bad == 1 else "answers to '{0}' are"
    return [f"{bad:,} {what.format(asked.text)} no score from 0 to 10, such as '{example}', and {was(bad)} left out."]


def sentence(estimate: Estimate, change: Estimate | None, now: Tally, before: Tally | None, asked: Base) -> str:
    """Say the score, and how it changed; the wave where there are several."""
    several = before is not None or asked.newer
    head = f"NPS is {estimate} in {now.label}" if several else f"NPS is {estimate}"
    if change is None or before is None or change.value is None:
        return f"{head}, from {many(now.n, 'answer')}"
    if change.value == 0:
        return f"{head}, the same as in {before.label}"
    way = "up" if change.value > 0 else "down"
    size, unit = Unit.SCORE.text(abs(change.value)), change.unit
    span = f"{percent(change.level)} interval {unit.change(change.low)} to {unit.change(change.high)}"
    chance = "" if change.excludes(0) else ", which may be chance"
    return f"{head}, {way} {size} on {before.label} ({span}){chance}"


def follow_up(change: Estimate | None, now: Tally) -> str:
    """Say what a clear fall asks for."""
    if change is None or change.high is None or change.high >= 0:
        return ""
    return (
        f"Read what the {now.detractors:,} detractors{f' of {now.label}' if now.label else ''} write, and ask ten why."
    )


def rows(waves: Sequence[Tally], parts: Sequence[Tally], by: str) -> Table:
    """List the waves, newest last, then the parts of the newest."""
    columns = ["wave" if len(waves) > 1 or not by else "group", Column("answers", Unit.COUNT)]
    columns += [Column("NPS", Unit.SCORE), "95% interval"]
    columns += [Column(name, Unit.SHARE) for name in ("promoters", "passives", "detractors")]
    lines = []
    for label, one in [*((one.label, one) for one in waves), *((f"{by}: {one.label}", one) for one in parts)]:
        value = one.estimate
        cell = value.range.removeprefix("95% interval ")
        lines.append([label, one.n, value.value, cell, *(count / one.n for count in one.counts)])
    return table(columns, lines, size="answers")


def chart(waves: Sequence[Tally], parts: Sequence[Tally], asked: Base, headline: str) -> Chart:
    """Draw the waves, oldest first, and below them the parts of the newest."""
    series = [marks("all", waves)]
    if parts:
        series.append(marks(f"by {asked.by}{asked.when}", parts, first=f"{asked.by}: "))
    what = " and ".join(["by wave"] * (len(waves) > 1) + [f"by {asked.by}{asked.when}"] * bool(parts))
    caption = f"NPS {what} with its 95% interval.".replace("  ", " ")
    return intervals(series, unit=Unit.SCORE, description=f"{caption} {headline}", caption=caption)


def marks(name: str, tallies: Sequence[Tally], first: str = "") -> Series:
    """Make the marks of a chart."""
    values = [one.estimate for one in tallies]
    return Series(
        name,
        tuple(f"{first}{one.label}" for one in tallies),
        tuple(one.value for one in values),
        tuple(one.low for one in values),
        tuple(one.high for one in values),
        text=tuple(f"{one.value:.1f}, n = {one.n:,}" if one.value is not None else "" for one in values),
    )

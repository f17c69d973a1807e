"""Commands that carry the latest numbers into slides, decks, memos and PDF."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pmlib.cli.plainly import PACK, plainly
from pmlib.cli.running import ONLY
from pmlib.core import InputError, SettingError

if TYPE_CHECKING:
    from pmlib.reports.files.verify import Verdict
    from pmlib.reports.packs.pack import Pack

FROM = click.option(
    "--from", "folder", type=click.Path(path_type=Path), default=None, help="The folder the pages went to."
)
OF_PACK = click.option(
    "--pack", type=click.Path(path_type=Path), default=Path(PACK), show_default=True, help="The pack that was run."
)
MENDED, TO_MEND = 0, 1
WIDEST = 72
RUNS = 53
"""Runs looked back to for numbers that were once so: a year of weeks, and this one."""


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@ONLY
@FROM
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("review.pptx"), show_default=True, help="The deck to write."
)
@plainly
def slides(pack: Path, only: tuple[str, ...], folder: Path | None, out: Path) -> None:
    """Make slides of PACK's latest numbers, with charts that can be edited."""
    from pmlib.reports.files.slides import slides as made
    from pmlib.reports.writing import put

    held(out, ".pptx")
    read, place, names = asked(pack, only, folder)
    found = [runs[-1] for runs in history(place, names, last=1)]
    put(out, made(found, title=read.title))
    click.echo(f"Open {out}: {len(found)} reports, as of {max(one['as_of'] for one in found)}")


@click.command()
@click.argument("deck", type=click.Path(path_type=Path))
@OF_PACK
@FROM
@click.option("--out", type=click.Path(path_type=Path), default=None, help="The deck to write. [default: beside DECK]")
@plainly
def refresh(deck: Path, pack: Path, folder: Path | None, out: Path | None) -> None:
    """Fill the tagged numbers and charts of your own DECK from the latest run.

    A tag is the name or alt text of a shape, such as "pmlib: engagement/active-week" for a number or "pmlib:
    engagement/active-week chart" for a chart, or stands in a sentence: «engagement/active-week».
    """
    from pmlib.reports.files.deck import refresh as filled
    from pmlib.reports.writing import put

    out = out or deck.with_name(f"{deck.stem}-refreshed{deck.suffix}")
    held(out, ".pptx")
    _, place, names = asked(pack, (), folder)
    content, changed = filled(file(deck), [runs[-1] for runs in history(place, names, last=1)], deck.name)
    put(out, content)
    for one in changed:
        click.echo(f"slide {one.slide}: {one.tag}: {cut(one.before)} → {cut(one.now)}")
    click.echo(f"Open {out}: {len(changed)} places changed" if changed else f"Open {out}: all was up to date")


@click.command()
@click.argument("memo", type=click.Path(path_type=Path))
@OF_PACK
@FROM
@plainly
def verify(memo: Path, pack: Path, folder: Path | None) -> None:
    """Hold every number of MEMO (.docx, .md, .pptx) against the runs of a pack.

    Each is said to match a fact of the latest run, to be stale, wrongly rounded, or not ours. Dates, years, list and
    page numbers, versions and numbers in words are not checked, nor is the data inside a deck's charts. Ends with 1
    where a number is stale or wrongly rounded.
    """
    from pmlib.reports.files.verify import verify as judged

    content = file(memo)
    _, place, names = asked(pack, (), folder)
    verdicts = judged(content, memo.name, history(place, names, last=RUNS))
    for line in listed(verdicts):
        click.echo(line)
    states = ("matches", "stale", "wrongly rounded", "not ours")
    counts = [f"{sum(one.state == state for one in verdicts)} {state}" for state in states]
    click.echo(f"{len(verdicts)} numbers: {', '.join(counts)}")
    sys.exit(TO_MEND if any(one.wrong for one in verdicts) else MENDED)


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@ONLY
@FROM
@plainly
def pdf(pack: Path, only: tuple[str, ...], folder: Path | None) -> None:
    """Print the latest pages of PACK as PDF, each beside its page."""
    from pmlib.reports.files.pdf import pdf as printed

    read, place, names = asked(pack, only, folder)
    for runs in history(place, names, last=1):
        for audience in ("", *read.audiences):
            page = place / audience / runs[-1]["as_of"] / f"{runs[-1]['report']}.html"
            if page.is_file():
                printed(page, page.with_suffix(".pdf"))
                click.echo(f"Open {page.with_suffix('.pdf')}")


def asked(path: Path, only: tuple[str, ...], folder: Path | None) -> "tuple[Pack, Path, list[str]]":
    """Return a pack, the folder its pages went to, and the reports asked for."""
    from pmlib.reports.packs.pack import load_pack
    from pmlib.reports.packs.plan import only as chosen

    read, base = load_pack(path)
    return read, (folder or base / read.out).resolve(), [one.id for one in chosen(read, only)]


def history(out: Path, names: list[str], *, last: int | None = None) -> list[list[dict[str, Any]]]:
    """Return the facts of each report's good runs, the oldest first; reports without one are left out."""
    from pmlib.reports.runs.records import remembered

    found = [runs for name in names if (runs := remembered(out, name, last=last))]
    if not found:
        raise InputError(f"No report of this pack has been made into {out} yet. Make them with: pmlib run")
    missing = [name for name in names if name not in {runs[-1]["report"] for runs in found}]
    if missing:
        click.echo(f"Left out, for want of a good run: {', '.join(missing)}", err=True)
    return found


def file(path: Path) -> bytes:
    """Read a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Give the file's path.") from error


def held(out: Path, suffix: str) -> None:
    """Hold that a file to write has the ending of its kind."""
    if out.suffix.casefold() != suffix:
        raise SettingError(f"{out} is no {suffix} file. Give --out one, such as {out.stem}{suffix}.")


def listed(verdicts: "list[Verdict]") -> list[str]:
    """Write verdicts as a table: number, where, state, fact."""
    rows = [("number", "where", "state", "fact")]
    for one in verdicts:
        fact = f"{one.fact} ({one.fact.text})" if one.fact and one.state != "wrongly rounded" else str(one.fact or "")
        rows.append((cut(one.text), one.where, one.state, "; ".join(part for part in (fact, one.note) if part)))
    wide = [max(len(row[j]) for row in rows) for j in range(3)]
    return [
        "  ".join([*(cell.ljust(room) for cell, room in zip(row, wide, strict=False)), row[3]]).rstrip() for row in rows
    ]


def cut(text: str) -> str:
    """Return text as one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


COMMANDS = (slides, refresh, verify, pdf)

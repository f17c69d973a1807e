"""Commands that look and change nothing."""

from pathlib import Path

import click

from pmlib.cli.plainly import PACK, plainly


@click.command(name="list")
@click.argument("pack", type=click.Path(path_type=Path), required=False)
@plainly
def list_(pack: Path | None) -> None:
    """List the reports of PACK (pmlib.toml where there is one), or those pmlib brings, with their parameters."""
    from pmlib.reports.packs.pack import load_pack, shipped_notebooks
    from pmlib.reports.packs.parameters import notebook_at, parameters_of, title_of

    if pack is None and Path(PACK).is_file():
        pack = Path(PACK)
    if pack is None:
        found = [(path.stem, path, {}) for path in sorted(shipped_notebooks().glob("*.ipynb"))]
    else:
        read = load_pack(pack)[0]
        found = [(one.id, Path(one.notebook), read.parameters | one.parameters) for one in read.report]
    for name, path, given in found:
        parameters = parameters_of(path)
        if not parameters:
            continue
        click.echo(f"{name}: {title_of(notebook_at(path), path)}")
        for one in parameters.values():
            limit = f" [{one.limit}]" if one.limit else ""
            click.echo(f"  {one.name}: {one.type} = {given.get(one.name, one.default)!r}  {one.help}{limit}")


@click.command()
@click.argument("file")
@click.option(
    "--kind",
    type=click.Choice(["events", "survey", "interviews", "series", "units", "aggregates", "subscriptions", "accounts"]),
    help="Take it for this.",
)
@plainly
def inspect(file: str, kind: str | None) -> None:
    """Say what FILE is taken for, its columns, and where its rows go."""
    from pmlib.reports.packs.starting import inspection

    for line in inspection(file, kind):
        click.echo(line)


COMMANDS = (list_, inspect)

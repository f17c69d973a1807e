"""The open notebook as the scheduled run would render it, from inside JupyterLab.

``%load_ext pmlib.lab`` and ``%pm report``, or ``from pmlib.reports.preview import report`` and ``report()``.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from pmlib.core import InputError
from pmlib.reports.packs.plan import Plan, Wishes, plan
from pmlib.reports.run import Result, Watch, run


@dataclass(frozen=True, repr=False)
class Preview:
    """How the report came out; shows its headline and a link in a notebook."""

    result: Result
    notebook: Path

    @property
    def page(self) -> Path:
        """The page that was made."""
        one = self.result.outcomes[0]
        return self.result.index.parent / self.result.as_of.isoformat() / f"{one.job.id}.html"

    @property
    def headline(self) -> str:
        """What the page says first."""
        return self.result.said.get(self.result.outcomes[0].job.id, "")

    def __repr__(self) -> str:
        one = self.result.outcomes[0]
        saved = f"{datetime.fromtimestamp(self.notebook.stat().st_mtime):%H:%M}"
        if not one.good:
            return f"{one.state.capitalize()}: {one.detail}"
        return f"{self.headline}\n{self.page} (from {self.notebook.name} as saved at {saved})"

    def _repr_html_(self) -> str:
        one = self.result.outcomes[0]
        if not one.good:
            return f"<p><strong>{escape(one.state.capitalize())}</strong>: {escape(one.detail)}</p>"
        # A link relative to the notebook is what JupyterLab can open.
        link = quote(os.path.relpath(self.page, self.notebook.parent))
        saved = f"{datetime.fromtimestamp(self.notebook.stat().st_mtime):%H:%M}"
        return (
            f'<p>{escape(self.headline)}</p><p><a href="{escape(link)}" target="_blank">Open the page</a> '
            f"<small>(from {escape(self.notebook.name)} as saved at {saved})</small></p>"
        )


def report(notebook: str | Path = "", parameters: Mapping[str, str] | None = None) -> Preview:
    """Run the saved notebook as a scheduled run would, and render its page into ``tries/`` beside it.

    Parameters
    ----------
    notebook
        The file; the open notebook where not given.
    parameters
        Values that go before those in its parameters cell, as text.

    Raises
    ------
    InputError
        If the open notebook cannot be told, or is no report.
    """
    path = Path(notebook) if str(notebook) else opened()
    wishes = Wishes(out=path.resolve().parent / "tries", parameters=parameters or {})
    return Preview(run(plan(path, wishes, date.today()), at_once=1, watch=silent), path.resolve())


def opened() -> Path:
    """Return the file of the notebook this kernel belongs to.

    Raises
    ------
    InputError
        If its server does not tell.
    """
    name = os.environ.get("JPY_SESSION_NAME", "")
    for path in (Path(name), Path.cwd() / Path(name).name):
        if path.suffix == ".ipynb" and path.is_file():
            return path
    raise InputError("Which notebook is open cannot be told here. Name it: %pm report engagement.ipynb")


@contextmanager
def silent(plan: Plan) -> Iterator[Watch]:
    """Show nothing while one report runs."""
    yield lambda report, cell, state: None

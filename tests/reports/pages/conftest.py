"""The weekly pack on the demo data, run once for all that look at its pages."""

from datetime import date
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from pmlib.cli import main
from pmlib.reports.packs.plan import Wishes, plan
from pmlib.reports.pages.content import content
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.leaf import Leaf
from tests.conftest import ROOT

REPORTS = ("engagement", "trends", "experiment", "survey")


@pytest.fixture(scope="session")
def weekly(tmp_path_factory, demo) -> Path:
    """The folder of the pages of the weekly pack."""
    out = tmp_path_factory.mktemp("weekly") / "reports"
    result = CliRunner().invoke(main, ["run", str(ROOT / "notebooks" / "weekly.toml"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="session")
def leaves(weekly) -> dict[str, Leaf]:
    """The leaves of the weekly pack, read again from the notebooks that ran."""
    planned = plan(ROOT / "notebooks" / "weekly.toml", Wishes(out=weekly), date.today())
    made = {}
    for job in planned.jobs:
        ran = next((weekly.parent / ".pmlib" / "runs").glob(f"*/{job.id}/executed.ipynb"))
        found = content(nbformat.read(ran, as_version=4))
        day = planned.as_of
        made[job.id] = Leaf(job, found, job.title, day, facts(found, job, day.isoformat()))
    return made

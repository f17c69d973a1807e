"""The whole demo world, in memory and as files."""

import csv
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from pmlib.core import SettingError
from pmlib.sources.demo import people
from pmlib.sources.demo import subscriptions as paying
from pmlib.sources.demo.backlog import backlog
from pmlib.sources.demo.billing import billed
from pmlib.sources.demo.events import events
from pmlib.sources.demo.interviews import interviews
from pmlib.sources.demo.market import launches, market
from pmlib.sources.demo.people import ONBOARDING, PAYWALL, Users
from pmlib.sources.demo.survey import survey
from pmlib.sources.demo.texts import source
from pmlib.sources.demo.trials import experiment
from pmlib.sources.demo.truth import TRUTH, Truth
from pmlib.sources.demo.usage import Log, usage

SEED = 20260
USERS = 24_000
FEWEST = 2_500
"""With fewer users than this, the first survey wave finds too few to ask."""
TABLES = (
    "subscriptions.csv",
    "experiment_onboarding.csv",
    "experiment_paywall.csv",
    "survey.csv",
    "market.csv",
    "launches.csv",
    "backlog.csv",
)
WRITTEN = ("themes.toml", "experiments.toml", "registration_onboarding.toml", "registration_paywall.toml")
"""What people wrote; the same in every world."""


@dataclass(frozen=True, eq=False)
class World:
    """What happened: the users, all their events without defects, their subscriptions as the events tell of them."""

    seed: int
    truth: Truth
    users: Users
    log: Log
    subscriptions: paying.Subscriptions

    def events(self) -> pa.Table:
        """Return the event log as it was recorded, with its planted defects."""
        return events(self.seed, self.users, self.log, self.truth)

    def experiment(self, number: int) -> pa.Table:
        """Return one experiment's units; ``people.ONBOARDING`` or ``people.PAYWALL``."""
        return experiment(number, self.users, self.log)

    def survey(self) -> pa.Table:
        """Return the three survey waves."""
        return survey(self.seed, self.users, self.subscriptions, self.truth)

    def billed(self, asked: pa.ChunkedArray) -> paying.Subscriptions:
        """Return the subscriptions with changes of plan and returns; those whom the survey ``asked`` do neither."""
        settled = np.isin(self.users.names(), asked.to_numpy(zero_copy_only=False).astype(str))
        return billed(self.seed, self.subscriptions, settled, self.truth)

    def tables(self) -> dict[str, pa.Table]:
        """Return what is written as CSV, by file name."""
        asked = self.survey()
        made = (
            self.billed(asked["user_id"]).table(self.users),
            self.experiment(ONBOARDING),
            self.experiment(PAYWALL),
            asked,
            market(self.seed, self.truth),
            launches(self.truth),
            backlog(),
        )
        return dict(zip(TABLES, made, strict=True))


def world(seed: int = SEED, n: int = USERS, truth: Truth = TRUTH) -> World:
    """Draw a world of ``n`` users in memory.

    Examples
    --------
    >>> small = world(seed=1, n=3_000)
    >>> small.experiment(ONBOARDING).column_names[:3]
    ['user_id', 'arm', 'exposed_at']
    """
    everyone = people.users(seed, n, truth)
    done = usage(seed, everyone, truth)
    paid = paying.subscriptions(seed, everyone, done)
    return World(seed, truth, everyone, Log.joined([done, paid.log(seed)]), paid)


def write(folder: Path, *, seed: int = SEED, users: int = USERS) -> dict[str, Path]:
    """Write the demo world's files into ``folder``, all at once: a reader sees the old files or the new ones.

    Parameters
    ----------
    folder
        Made if it is missing. What an earlier run wrote is replaced; a folder that holds anything else is refused.
    seed
        The same seed gives the same bytes.

    Returns
    -------
    dict
        The paths by name: ``"events"``, ``"survey"``, ``"interviews"`` (the folder) and so on.

    Raises
    ------
    SettingError
        If the folder is a file or holds other things, or if there are too few users.
    """
    if users < FEWEST:
        raise SettingError(f"The demo world needs {FEWEST:,} users or more, to have enough to ask; found {users:,}.")
    _check(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        fresh, stale = Path(temporary) / "new", Path(temporary) / "old"
        fresh.mkdir()
        _fill(fresh, world(seed, users))
        if folder.exists():
            folder.rename(stale)
        try:
            fresh.rename(folder)
        except OSError:
            if stale.exists():
                stale.rename(folder)
            raise
    return {Path(name).stem: folder / name for name in contents()}


def contents() -> tuple[str, ...]:
    """Return the names of what :func:`write` puts into its folder."""
    return ("events.parquet", *TABLES, *WRITTEN, "interviews")


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"'{folder}' is a file; the demo data need a folder. Name another one.")
    others = sorted({path.name for path in folder.iterdir()} - set(contents())) if folder.is_dir() else []
    if others:
        raise SettingError(
            f"'{folder}' holds more than demo data ({', '.join(others[:3])}); writing would delete it. "
            "Name an empty folder or one that does not exist."
        )


def _fill(folder: Path, made: World) -> None:
    pa.parquet.write_table(made.events(), folder / "events.parquet", compression="zstd")
    for name, table in made.tables().items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(table.column_names)
            lines.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    for name in WRITTEN:
        (folder / name).write_text(source(name), encoding="utf-8", newline="\n")
    (folder / "interviews").mkdir()
    for name, text in interviews(made.seed, made.truth).items():
        (folder / "interviews" / name).write_text(text, encoding="utf-8", newline="\n")

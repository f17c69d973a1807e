"""A team's list of experiments as files, with units that can be counted by hand."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

START = date(2026, 3, 2)
PLAN = """
name = "{name}"
hypothesis = "More will convert."
owner = "{owner}"
control = "control"
{above}

[arms]
{arms}

[metrics.{metric}]
title = "{title}"
smallest = 0.05
"""
Hits = Mapping[str, tuple[int, int]]
"""How many convert, of how many, by arm."""
CLEAR: Hits = {"control": (562, 2000), "treatment": (660, 2000)}
WORSE: Hits = {"control": (700, 2000), "treatment": (562, 2000)}
CHANCE: Hits = {"control": (562, 2000), "treatment": (570, 2000)}
TORN: Hits = {"control": (562, 2000), "treatment": (560, 1700)}


def written(
    folder: Path,
    name: str,
    hits: Hits = CLEAR,
    *,
    above: str = "",
    more: str = "",
    title: str = "converted",
    days: int = 28,
    start: date = START,
    owner: str = "Growth",
) -> str:
    """Write an experiment's units and plan into a folder and return its entry in the list."""
    stem = name.lower().replace(" ", "_")
    with (folder / f"{stem}.csv").open("w", encoding="utf-8") as file:
        file.write("unit,arm,day,converted\n")
        for arm, (ones, units) in hits.items():
            for place in range(units):
                day = start + timedelta(days=place % days)
                # Hits are spread evenly over the days.
                file.write(f"{arm}-{place},{arm},{day},{int(place * ones // units != (place + 1) * ones // units)}\n")
    arms = "\n".join(f"{arm} = 1" for arm in hits)
    text = PLAN.format(name=name, owner=owner, above=above, arms=arms, metric="converted", title=title)
    (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    return f'[[experiment]]\ndata = "{stem}.csv"\nregistration = "{stem}.toml"\n{more}\n'


def planned(days: int, *, start: date = START, units: int = 4000, more: str = "") -> str:
    """Write when an experiment starts, how long it is to run, and with how many units."""
    return f"start = {start}\ndays = {days}\nunits = {units}\n{more}"


def listing(folder: Path, *entries: str) -> Path:
    """Write a list."""
    path = folder / "experiments.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def decided(decision: str, day: date) -> str:
    """Write what people decided."""
    return f'decision = "{decision}"\ndecided = {day}'

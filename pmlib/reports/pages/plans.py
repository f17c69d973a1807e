"""Whether an experiment's plan is still the one that earlier pages quoted."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pmlib.core.periods import day_text
from pmlib.core.words import listed
from pmlib.reports.pages.leaf import Change, Gate

Json = dict[str, Any]

QUOTED = "experiment-registered"
"""The finding that quotes a plan: a table of its parts, and what each says."""
SEAL, WHY, DAYS = "Registered as", "Hypothesis", "Horizon"
"""The parts by which plans are told apart: the digest with the file, and what an edit rarely changes both of."""
PLAN = "plan"
"""The name of the gate."""


def kept(memory: Sequence[Json], now: Json) -> Gate | None:
    """Look whether a page is read by the plan of the earlier pages; ``None`` where nothing speaks against it.

    Parameters
    ----------
    memory
        The facts of earlier pages, the oldest first.

    Returns
    -------
    Gate
        It names the parts that were edited and quotes none: what they say is for whoever may see the finding.
    """
    plan = parts(now)
    if plan is None:
        return None
    pages = [(one, quoted) for one in memory if (quoted := parts(one)) and same(quoted, plan)]
    if not pages or seal(pages[0][1]) == seal(plan):
        return None
    page, before = [(one, quoted) for one, quoted in pages if seal(quoted) != seal(plan)][-1]
    if not plan:
        text = f"The page of {said(page)} was read by a plan ({before[SEAL]}), this one by none."
        return Gate(PLAN, False, text)
    names = unlike(before, plan)
    verb = "is not as it was" if len(names) == 1 else "are not as they were"
    what = f"{listed(names, 20)} {verb}" if names else "which of its settings cannot be told"
    text = (
        f"The plan was edited since the page of {said(page)} (it was {seal(before)}, now it is {seal(plan)}): {what}."
    )
    return Gate(PLAN, False, text)


def replanned(before: Json, now: Json, *, spoken: bool) -> list[Change]:
    """Say what of the plan is not as it was on the last page.

    Parameters
    ----------
    spoken
        Whether words of the earlier page may stand on this one.
    """
    was, plan = parts(before), parts(now)
    if not was or not plan or seal(was) == seal(plan):
        return []
    if not same(was, plan):
        text = f"Another plan is read than on the page of {said(before)}: {plan[SEAL]}, then {was[SEAL]}."
        return [Change(QUOTED, "Plan", seal(was), seal(plan), text)]
    names = unlike(was, plan)
    told = "; ".join(told_of(name, was, plan, spoken=spoken) for name in names)
    what = told or "which of its settings cannot be told"
    text = f"The plan was edited since the page of {said(before)}: {what}."
    return [Change(QUOTED, "Plan", seal(was), seal(plan), text, "bad")]


def told_of(name: str, was: Mapping[str, str], plan: Mapping[str, str], *, spoken: bool) -> str:
    """Say what a part of the plan was, and what it is."""
    now = f"'{plan[name]}'" if name in plan else "gone"
    if not spoken:
        return f"{name} is now {now}"
    return f"{name} is now {now}, and was '{was[name]}'" if name in was else f"{name} is new: {now}"


def parts(facts: Json) -> dict[str, str] | None:
    """Return what a page quotes of its plan, by part: none where nothing was registered, ``None`` where untold."""
    found = [one for one in facts["findings"] if one["id"] == QUOTED]
    if not found:
        return None
    table = found[0]["table"]
    return {str(name): str(text) for name, text in table["values"]} if table else {}


def seal(plan: Mapping[str, str]) -> str:
    """Return the digest of a plan, ``""`` where there is none."""
    return plan.get(SEAL, "").partition(" ")[0]


def same(was: Mapping[str, str], plan: Mapping[str, str]) -> bool:
    """Whether two plans are of one experiment, however they were edited; a file may be used again for the next one."""
    if not plan or was.get(WHY) == plan.get(WHY):
        return True
    files = [one.get(SEAL, "").partition(" ")[2] for one in (was, plan)]
    return files[0] == files[1] and was.get(DAYS) == plan.get(DAYS)


def unlike(was: Mapping[str, str], plan: Mapping[str, str]) -> list[str]:
    """Return the parts that are not as they were, in the order of the plan."""
    return [name for name in dict.fromkeys([*plan, *was]) if name != SEAL and was.get(name) != plan.get(name)]


def said(page: Json) -> str:
    """Write the day of a page."""
    return day_text(date.fromisoformat(page["as_of"]), year=True)

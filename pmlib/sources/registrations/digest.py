"""The digest of a registration: the same for the same plan, however its file is written."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from datetime import date

from pmlib.sources.registrations.registration import Measure, Registration

FORM = 1
"""The number of this way to write a plan down; a change of any default needs a new one."""
ASIDE = ("digest", "file", "agreed")


def sealed(plan: Registration) -> Registration:
    """Return the same plan with its digest."""
    return replace(plan, digest=digest(plan))


def digest(plan: Registration) -> str:
    """Return the SHA-256, in hex, of all that a plan says.

    Comments, spacing, the order of tables and settings, and whether a default is written out do not change it; parts,
    shares and per cent that mean the same split do not either.
    """
    return hashlib.sha256(canonical(plan).encode()).hexdigest()


def canonical(plan: Registration) -> str:
    """Write a plan as the JSON that its digest is taken of: what is at its default is left out, keys are sorted."""
    told = {
        "form": FORM,
        **{one.name: plain(getattr(plan, one.name)) for one in fields(plan) if differs(plan, one)},
        "arms": {arm: float(f"{share:.12g}") for arm, share in shares(plan).items()},
        "segments": sorted(plan.segments),
        "measures": {measure.name: settings(measure) for measure in plan.measures},
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def shares(plan: Registration) -> dict[str, float]:
    """Return the planned shares to the last digit that parts and shares have in common."""
    total = math.fsum(plan.arms.values())
    return {arm: weight / total for arm, weight in plan.arms.items()} if total else dict(plan.arms)


def settings(measure: Measure) -> dict[str, object]:
    """Return what a metric has beside its name and the defaults."""
    told = {one.name: plain(getattr(measure, one.name)) for one in fields(measure) if differs(measure, one)}
    return {name: value for name, value in told.items() if name != "name"}


def differs(given: object, one: "Field[object]") -> bool:
    """Whether a setting is told: it belongs to the plan and is not at its default."""
    return one.name not in ASIDE and (one.default is MISSING or getattr(given, one.name) != one.default)


def plain(value: object) -> object:
    """Return a setting as JSON can hold it; whole numbers and others are one kind."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        # A seed of many digits is no float any more.
        return value if isinstance(value, int) and abs(value) >= 2**53 else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, Mapping) else str(value)

"""The planned weights of the arms, as a file writes them."""

import math

from pmlib.core.words import listed

SLACK = 0.002
"""Shares may miss 1 by this much: three of 0.333 do."""
EXAMPLE = "[arms] with a weight for each, such as control = 1 and treatment = 1"


def weighed(given: object) -> tuple[dict[str, float], list[str]]:
    """Read the weights of the arms, and what is wrong with them.

    Weights are parts (1 and 1, 9 and 1, 50 and 50), shares that sum to 1, or texts such as ``"50%"`` that sum to 100%.
    A list of names stands for equal arms. Zero is an arm that takes in nobody.

    Examples
    --------
    >>> weighed(["control", "treatment"])
    ({'control': 1.0, 'treatment': 1.0}, [])
    >>> weighed({"control": 0.5, "treatment": 0.4})[1][0]
    'the weights of the arms sum to 0.9: as shares they must sum to 1. Mend them, or write parts such as 5 and 4.'
    """
    if isinstance(given, list) and all(isinstance(arm, str) for arm in given):
        twice = [arm for arm in dict.fromkeys(given) if given.count(arm) > 1]
        return dict.fromkeys(given, 1.0), [f"arms names '{arm}' twice; name each arm once." for arm in twice]
    if not isinstance(given, dict) or not given:
        return {}, [f"arms are missing; give {EXAMPLE}."]
    percent = [arm for arm, weight in given.items() if isinstance(weight, str)]
    found: dict[str, float] = {}
    faults = []
    for arm, weight in given.items():
        number = read(weight)
        if number is None:
            faults.append(
                f"the weight of '{arm}' is {str(weight)[:40]!r}; give a number from 0, such as 1, 0.5 or 50%."
            )
        else:
            found[arm] = number
    if not faults and percent and len(percent) < len(given):
        faults.append(f"{listed(percent)} has a weight in %, the other arms have none. Write all weights alike.")
    return found, faults or unsummed(found, bool(percent))


def read(weight: object) -> float | None:
    """Read a weight, a text in per cent as one out of 100; ``None`` where it is none."""
    if isinstance(weight, str):
        text = weight.strip()
        number = text.removesuffix("%").strip()
        if not text.endswith("%") or not number.replace(".", "", 1).isdigit() or not number.isascii():
            return None
        weight = float(number)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
        return None
    return float(weight) if 0 <= weight <= 1e12 else None


def unsummed(weights: dict[str, float], percent: bool) -> list[str]:
    """Say that shares do not sum to 1, or that every weight is 0."""
    total = math.fsum(weights.values())
    if total == 0:
        return ["every arm has the weight 0, so nobody would be taken in; give at least two arms a weight above 0."]
    whole = 100 if percent else 1
    shares = percent or max(weights.values()) < 1
    if not shares or abs(total - whole) <= SLACK * whole:
        return []
    if percent:
        return [f"the weights of the arms sum to {total:g}%, not to 100%. Mend them."]
    parts = listed([f"{10 * weight:g}" for weight in weights.values()])
    return [
        f"the weights of the arms sum to {total:g}: as shares they must sum to 1. Mend them, or write parts such as "
        f"{parts}."
    ]

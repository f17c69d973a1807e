"""The funnel against every chain there is, written out for people with a handful of events."""

import random
from datetime import date, datetime, timedelta

import pytest

from pmlib.usage import funnel
from pmlib.usage.funnels.steps import labelled
from tests.rows import events_of

MONDAY = datetime(2026, 1, 12)
MINUTE = timedelta(minutes=1)


def allowed(events, chain, step, index, case):
    """Whether an event may follow as a step: in the window, not too early, nothing in between that ends the way."""
    first, last = events[chain[0]][1], max(chain)
    name, time = events[index]
    before = events[chain[last]][1]
    if name != case["steps"][step] or (index in chain.values() and not case["reuse"]) or time > first + case["window"]:
        return False
    if case["ties"] is None and time <= before:
        return False
    if time < max(events[one][1] for one in chain.values()) - (case["ties"] or timedelta()):
        return False
    if any(event == "out" and first < moment < time for event, moment in events) and case["exclude"]:
        return False
    gaps = case["gaps"][last:step]
    if gaps and None not in gaps and time - before > sum(gaps, timedelta()):
        return False
    others = [event for event, moment in events if before < moment < time and event != case["steps"][last]]
    return not (case["order"] == "strict" and others)


def chains(events, start, case):
    """Every chain from one first step, each a step's number and the event that served it."""
    found, open_ = [], [{0: start}]
    while open_:
        chain = open_.pop()
        found.append(chain)
        step = max(chain) + 1
        while step < len(case["steps"]):
            fits = [index for index in range(len(events)) if allowed(events, chain, step, index, case)]
            open_ += [{**chain, step: index} for index in fits]
            if step not in case["optional"]:
                break
            step += 1
    return found


def person(rows, case):
    """How far one person got: for each step the least and the most that a longest chain says; all 0 if not counted."""
    steps = case["steps"]
    events = sorted(set(rows), key=lambda row: row[1])
    starts = [place for place, (name, _) in enumerate(events) if name == steps[0]]
    if case["entry"] == "first":
        kept, until = [], datetime.min
        for start in starts:
            if events[start][1] > until:
                kept.append(start)
                until = events[start][1] + case["window"]
        starts = kept
    ways = []
    for start in starts:
        first = events[start][1]
        met = any(name == "out" and first < time <= first + case["window"] for name, time in events)
        for chain in chains(events, start, case):
            taken = [step in chain for step in range(len(steps))]
            cut = bool(case["exclude"]) and met and not taken[-1]
            score = (max(step for step in chain if step not in case["optional"]), len(chain))
            ways.append((score, cut, taken))
    best = max((score for score, _, _ in ways), default=None)
    longest = [way for way in ways if way[0] == best]
    if case["exclude"] == "drop":
        longest = [way for way in longest if not way[1]]
    if not longest:
        return [(0, 0)] * len(steps)
    return [(min(taken), max(taken)) for taken in zip(*(taken for _, _, taken in longest), strict=True)]


def asked(rng):
    """A funnel at random."""
    length = rng.choice([2, 3, 4])
    steps = ["a", *(rng.choice("abcd") for _ in range(length - 1))] if rng.random() < 0.5 else list("abcd"[:length])
    order = rng.choice(["ordered", "ordered", "strict"])
    gaps = [rng.choice([None, MINUTE, 2 * MINUTE]) for _ in steps[1:]] if rng.random() < 0.3 else []
    free = order == "ordered" and not any(gaps)
    return {
        "steps": steps,
        "order": order,
        "window": MINUTE * rng.choice([2, 4, 6]),
        "gaps": gaps,
        "exclude": rng.choice(["", "truncate", "drop"]),
        "optional": {step for step in range(1, length - 1) if rng.random() < 0.3},
        "ties": rng.choice([timedelta(), None, 2 * MINUTE]) if free else rng.choice([timedelta(), None]),
        "entry": rng.choice(["any", "first"]),
        "reuse": rng.random() < 0.25,
    }


def counted(people, case):
    """What the funnel says of these people."""
    rows = [("known", name, "2026-01-05T10:00") for name in ("a", "b", "c", "d", "out")]
    rows += [(user, name, time.isoformat()) for user, events in people.items() for name, time in events]
    steps = case["steps"]
    labels = labelled(steps)
    found = funnel(
        events_of(rows, as_of=date(2026, 1, 25)),
        steps=steps,
        weeks=1,
        window_days=f"{case['window'].seconds} seconds",
        order=case["order"],
        step_windows=[gap and f"{gap.seconds} seconds" for gap in case["gaps"]],
        exclude=["out"] if case["exclude"] else [],
        exclusion=case["exclude"] or "truncate",
        optional=[labels[step] for step in sorted(case["optional"])],
        ties=None if case["ties"] is None else case["ties"].total_seconds(),
        entry=case["entry"],
        reuse=case["reuse"],
    )
    return [row[1] for row in found.table.rows] if found.table else [0] * len(steps)


@pytest.mark.parametrize("seed", range(24))
def test_counts_what_the_chains_say(seed):
    rng = random.Random(seed)
    case = asked(rng)
    names = [*sorted(set(case["steps"])), "out", "other"]
    weights = [4] * (len(names) - 2) + [1, 1 if case["order"] == "strict" else 0.3]
    people = {
        f"u{number}": list(
            {
                (rng.choices(names, weights)[0], MONDAY + timedelta(days=2) + rng.randrange(9) * MINUTE)
                for _ in range(rng.randint(2, 7))
            }
        )
        for number in range(40)
    }
    each = [person(rows, case) for rows in people.values()]
    least, most = ([sum(one[k][end] for one in each) for k in range(len(case["steps"]))] for end in (0, 1))
    assert most[0] > 0
    found = counted(people, case)
    assert all(low <= count <= high for low, count, high in zip(least, found, most, strict=True)), (case, least, found)

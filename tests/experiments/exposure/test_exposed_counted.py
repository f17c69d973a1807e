"""Random logs: the engine's units against a count in plain Python, whatever the order and the copies of the rows."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.experiments.exposure import exposed
from pmlib.sources import load_events
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import plan
from tests.rows import events_of

OPENS, CLOSES, END = datetime(2026, 6, 1), datetime(2026, 6, 8), datetime(2026, 6, 11)
PLAN = plan(
    Measure("bought", event="buy", window=2),
    Measure("buys", event="buy", count=True, delay=1, window=3, lookback=2),
    Measure("spent", kind="ratio", sql="sum(amount)", over_sql="count(*) FILTER (WHERE event = 'buy')"),
    Measure("back", event="open", since="open", delay=0.5, window=1.5),
    days=7,
    activation="open",
)
# Hours, so that many events lie on the edges of windows.
row = st.tuples(
    st.sampled_from("abcde"),
    st.sampled_from(("shown", "buy", "buy", "open")),
    st.integers(-48, 239),
    st.sampled_from((None, "control", "treatment", "control", "treatment", "other")),
    st.integers(0, 9),
)
logs = st.lists(row, min_size=1, max_size=60)


def rows_of(log):
    """The rows as the table has them; an arm and an amount belong to exposures and purchases."""
    for user, event, hour, arm, amount in log:
        moment = OPENS + timedelta(hours=hour)
        yield user, event, moment, arm if event == "shown" else None, float(amount) if event == "buy" else None


def by_hand(log):
    """The values of each unit that counts."""
    happened = defaultdict(list)
    for user, event, moment, arm, amount in rows_of(log):
        happened[user].append((moment, event, arm, amount))
    found = {}
    for user, events in happened.items():
        shown = [
            (moment, arm) for moment, event, arm, _ in events if event == "shown" and arm and OPENS <= moment < CLOSES
        ]
        if len({arm for _, arm in shown}) != 1 or shown[0][1] == "other":
            continue
        at, arm = min(shown)
        opened = [moment for moment, event, _, _ in events if event == "open" and at <= moment < CLOSES]
        found[user] = (arm, at, bool(opened), *values(events, at, opened))
    return found


def values(events, at, opened):
    """What a unit did, in the order of the plan; None where it does not count."""
    buys = [(moment - at, amount) for moment, event, _, amount in events if event == "buy"]
    day, none = timedelta(days=1), timedelta()

    def over(window):
        return bool(opened) and at + window < END

    bought = int(any(none <= age <= 2 * day for age, _ in buys)) if over(2 * day) else None
    count = sum(day <= age <= 3 * day for age, _ in buys) if over(3 * day) else None
    before = sum(-2 * day <= age < none for age, _ in buys) if min(one[0] for one in events) < at else None
    later = [amount for age, amount in buys if age >= none and at + age < CLOSES] if opened else None
    back = None
    if opened and min(opened) + 1.5 * day < END:
        ages = [moment - min(opened) for moment, event, _, _ in events if event == "open"]
        back = int(any(0.5 * day <= age <= 1.5 * day for age in ages))
    sums = (None, None) if later is None else (sum(later), len(later))
    return bought, count, before, *sums, back


def made(events):
    """The same from the engine."""
    text = (
        "SELECT unit, arm, exposed_at, activated, bought, buys, buys__before, spent, spent__over, back FROM units "
        "ORDER BY unit"
    )
    units = exposed(events, PLAN)
    ledger = units.origin.ledger
    assert ledger.read == ledger.kept + sum(ledger.dropped.values())
    return {row[0]: tuple(row[1:]) for row in units.query(text)}


def events_told(log):
    """Events from the rows; two later ones make sure that each name occurs and somebody counts."""
    rows = [(user, event, moment.isoformat(), arm, amount) for user, event, moment, arm, amount in rows_of(log)]
    return events_of(rows, as_of=(END - timedelta(days=1)).date(), properties=("variant", "amount"))


SEED = [("z", "shown", 0, "control", 0), ("z", "open", 1, None, 0), ("z", "buy", 2, None, 3)]


@settings(max_examples=12)
@given(logs)
def test_units_are_as_counted_by_hand(log):
    log = [*log, *SEED]
    assert made(events_told(log)) == by_hand(log)


def test_many_units_are_as_counted_by_hand():
    chance = random.Random(8)
    arms = (None, "control", "treatment", "control", "treatment", "other")
    names = [f"u{number:03}" for number in range(600)]
    log = [
        (chance.choice(names), chance.choice(("shown", "buy", "buy", "open")), chance.randint(-48, 239),
         chance.choice(arms), chance.randint(0, 9))
        for _ in range(4000)
    ]  # fmt: skip
    found = made(events_told([*log, *SEED]))
    assert found == by_hand([*log, *SEED])
    assert len(found) > 200


def test_order_and_copies_of_rows_change_nothing(tmp_path):
    chance = random.Random(5)
    users = [(user, chance.choice(("control", "treatment"))) for user in "abcdefghijkl"]
    log = [*SEED]
    for _ in range(200):
        user, arm = chance.choice(users)
        event = chance.choice(("shown", "buy", "buy", "open"))
        log.append((user, event, chance.randint(-48, 239), arm, chance.randint(0, 9)))
    lines = [
        f"{user},{event},{moment.isoformat()}Z,{arm or ''},{'' if amount is None else amount}"
        for user, event, moment, arm, amount in rows_of(log)
    ]
    results = []
    for turn in range(3):
        path = tmp_path / f"log{turn}.csv"
        path.write_text("\n".join(["user_id,event,ts,variant,amount", *lines]))
        results.append(made(load_events(path, as_of=(END - timedelta(days=1)).date(), duplicates="row")))
        lines = lines + chance.sample(lines, 20)
        chance.shuffle(lines)
    assert results[0] == results[1] == results[2] == by_hand(list(dict.fromkeys(log)))
    assert len(results[0]) > 8

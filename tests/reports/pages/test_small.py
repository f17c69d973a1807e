"""Small groups, by hand and by a search of every way the hidden numbers could be."""

import json
import re
from datetime import date
from itertools import pairwise, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pmlib import experiments, research, show, usage
from pmlib.core import Estimate, Finding, Kpi, Unit
from pmlib.reports.pages.groups import hidden
from pmlib.reports.pages.small import suppressed
from pmlib.reports.pages.unjudged import unjudged
from pmlib.stats import share
from tests.experiments.made import asked, converted
from tests.reports.pages.papers import finding_of, page_of, written
from tests.research.made import interviews_of, survey_of
from tests.rows import events_of
from tests.usage.test_funnel import user

ASK = "Would you recommend us?"
FEEL = "How would you feel?"


def groups(sizes: dict[str, int], hits: dict[str, int], *, total: bool = True) -> Finding:
    """A finding of the share of each group, with all of them together."""
    rates = {name: share(hits[name], n, label=f"paid, {name}") for name, n in sizes.items()}
    whole = share(sum(hits.values()), sum(sizes.values()), label="paid")
    lines = [[name, n, hits[name], rates[name].value] for name, n in sizes.items()]
    lines += [["All", sum(sizes.values()), sum(hits.values()), whole.value]] if total else []
    counts = [show.Column("people", Unit.COUNT), show.Column("paid", Unit.COUNT), show.Column("share", Unit.SHARE)]
    marks = show.Series(
        "share", tuple(sizes), [one.value for one in rates.values()], text=[str(one) for one in rates.values()]
    )
    most = max(sizes, key=lambda name: hits[name] / sizes[name])
    return Finding(
        "paid", "Who pays?", f"{whole.unit.text(whole.value)} pay; most in {most}.",
        (whole, *rates.values()) if total else tuple(rates.values()), "Share of people who pay.",
        show.table(["group", *counts], lines, size="people"),
        show.intervals([marks], unit=Unit.SHARE, description="Share by group."),
        tuple(f"{name} has {n:,} people." for name, n in sizes.items()), kpi=Kpi(whole) if total else None,
    )  # fmt: skip


def test_nothing_small_changes_nothing():
    page = page_of(groups({"free": 40, "pro": 30}, {"free": 4, "pro": 20}))
    assert suppressed(page, 5) == (page, 0)


def test_a_small_group_goes_and_the_next_smallest_with_it():
    found = groups({"free": 641, "plus": 57, "pro": 3}, {"free": 211, "plus": 23, "pro": 2})
    page, count = suppressed(page_of(found), 5)
    block = finding_of(page)
    assert count == 2
    assert block.table["rows"] == [
        ["free", "641", "211", "32.9%"], ["plus", "not shown", "", ""], ["pro", "not shown", "", ""],
        ["All", "701", "236", "33.7%"],
    ]  # fmt: skip
    assert block.table["values"][1:3] == [["plus", None, None, None], ["pro", None, None, None]]
    assert block.figure.shape["series"][0]["x"] == ["free"]
    assert "pro" not in json.dumps(block.figure.plotly)
    assert [one["label"] for one in block.facts["estimates"]] == ["paid", "paid, free"]
    assert block.facts["headline"] == page.headline["sentence"] == "33.7% pay."
    assert block.facts["cautions"] == [
        "free has 641 people.",
        "A caution that tells of a group of fewer than 5 people is not shown.",
        "2 groups are not shown, so that none of fewer than 5 people can be made out.",
    ]
    assert block.facts["kpi"]["estimate"]["n"] == 701
    doubts = next(one for section in page.sections for one in section.blocks if one.kind == "doubts")
    assert [check["text"] for check in doubts.facts["checks"]] == block.facts["cautions"][:2]


def test_without_a_known_sum_the_next_smallest_stays():
    page, count = suppressed(page_of(groups({"free": 641, "pro": 3}, {"free": 211, "pro": 2}, total=False)), 5)
    assert count == 1
    assert finding_of(page).table["rows"][1] == ["pro", "fewer than 5", "", ""]


def test_a_finding_of_too_few_says_nothing():
    page, _ = suppressed(page_of(groups({"free": 2, "pro": 1}, {"free": 1, "pro": 1})), 5)
    block = finding_of(page)
    assert block.figure is None
    assert page.figures == []
    assert block.facts["headline"] == "The answer is not shown: it would tell of a group of fewer than 5 people."
    assert block.facts["kpi"] is None
    assert block.facts["estimates"] == []
    assert page.headline["cards"] == [
        {"id": "paid", "name": "Not shown", "value": "–", "change": "", "tone": "flat",
         "range": "it would tell of a group of fewer than 5 people", "spark": []}
    ]  # fmt: skip
    assert {row[1] for row in block.table["rows"]} <= {"fewer than 5", "not shown"}


def test_one_person_in_each_group_is_no_safer_than_one_group():
    page, _ = suppressed(page_of(groups(dict.fromkeys("abcde", 1), dict.fromkeys("abcde", 1))), 5)
    assert all(row[1] in {"fewer than 5", "not shown"} for row in finding_of(page).table["rows"])
    assert finding_of(page).facts["estimates"] == []


def survey(pro: int):
    plans = ["free"] * 60 + ["plus"] * 20 + ["pro"] * pro
    scores = [10] * 30 + [3] * 30 + [10] * 11 + [8] * 9 + [10] * pro
    feel = ["sad"] * 20 + ["not"] * 40 + ["sad"] * 12 + ["not"] * 8 + ["sad"] * pro
    more = survey_of({ASK: scores, FEEL: feel, "Why?": ["so"] * len(plans)}, segments={"plan": plans})
    return (
        research.nps(more, question=ASK, by="plan"),
        research.choices(more, question=FEEL, by="plan"),
        research.quotes(more, question="Why?", by="plan", count=50),
    )


def test_a_survey_by_plan():
    page, count = suppressed(page_of(*survey(3)), 5)
    nps, feel, quotes = (finding_of(page, place) for place in range(3))
    assert count == 4, "plus and pro in two findings"
    assert [row[:2] for row in nps.table["rows"]] == [
        ["all answers", "83"], ["plan: free", "60"], ["plan: plus", "not shown"], ["plan: pro", "not shown"],
    ]  # fmt: skip
    assert {row[1]: row[2] for row in feel.table["rows"]} == {
        "all": "83", "free": "60", "plus": "not shown", "pro": "not shown",
    }  # fmt: skip
    assert [one["name"] for one in feel.figure.shape["series"]] == ["free"]
    assert [one["x"] for one in nps.figure.shape["series"]] == [["all answers"], ["plan: free"]]
    assert {tuple(row) for row in quotes.table["rows"]} == {("so", "")}, "nobody's plan stands beside a quote"
    assert [one["label"] for one in quotes.facts["estimates"]] == ["wrote an answer"], "the rest would give pro away"
    for block in (nps, feel, quotes):
        assert not re.search(r"\bpro\b", json.dumps([block.facts["estimates"], block.facts["headline"]]))
    assert suppressed(page_of(*survey(6)), 5)[1] == 0


def cohorts(age: int):
    # Cohorts of 6, 7, 1 and 8 people, of whom 3, 4, 1 and nobody are back a week later.
    days = ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22"]
    joined = zip(days, (6, 7, 1, 8), strict=True)
    back = zip(pairwise(days), (3, 4, 1), strict=True)
    rows = [(f"{day}{n}", "join", f"{day}T10:00") for day, size in joined for n in range(size)]
    rows += [(f"{day}{n}", "read", f"{later}T10:00") for (day, later), size in back for n in range(size)]
    return usage.retention(events_of(rows, as_of=date(2026, 6, 28)), start="join", age=age)


def test_cohorts_of_unlike_age():
    # All cohorts seen in week 1 are 14 people: the one of 1 goes with the one of 6.
    block = finding_of(suppressed(page_of(cohorts(1)), 5)[0])
    assert [row[1] for row in block.table["rows"]] == ["not shown", "7", "not shown", "8", ""]
    assert [one["name"] for one in block.figure.shape["series"]] == ["8 Jun (7)", "22 Jun (8)"]
    assert [(one["label"], one["n"]) for one in block.facts["estimates"]] == [("Week-1 retention", 14)]
    assert block.facts["kpi"]["estimate"]["value"] == pytest.approx(8 / 14)
    assert block.facts["kpi"]["history"] == []
    # In week 2 it is not seen yet, so that no number shown holds it.
    block = finding_of(suppressed(page_of(cohorts(2)), 5)[0])
    assert [row[1] for row in block.table["rows"]] == ["6", "7", "fewer than 5", "8", ""]
    assert [one["label"] for one in block.facts["estimates"]] == ["Week-2 retention"]


def test_steps_are_parts_of_each_other():
    rows = [event for n in range(9) for event in user(f"u{n}", "a10:00 b11:00" if n < 7 else "a10:00")]
    rows += [("u0", "c", "2026-06-02T12:00"), ("u1", "c", "2026-06-02T12:00")]
    found = usage.funnel(events_of(rows, as_of=date(2026, 6, 28)), steps="a, b, c")
    page, count = suppressed(page_of(found), 5)
    block = finding_of(page)
    assert count == 1
    assert [row[1] for row in block.table["rows"]] == ["9", "7", "fewer than 5"]
    assert block.figure.shape["series"][0]["x"] == ["a", "b"]
    assert block.facts["kpi"] is None
    assert [one["label"] for one in block.facts["estimates"]] == ["Reached b", "a to b"]


@pytest.mark.parametrize("room", [experiments.verdict, experiments.lift])
def test_an_arm_of_too_few(room):
    units = converted(control=(20, 60), treatment=(2, 3))
    found = asked(room, units, metric="converted", control="control", weights="20:1")
    page, _ = suppressed(page_of(found), 5)
    block = finding_of(page)
    assert block.facts["headline"].startswith("The answer is not shown")
    assert block.facts["estimates"] == []
    assert block.facts["kpi"] is None
    assert block.figure is None
    assert {row[block.table["rows"][0].index("not shown")] for row in block.table["rows"][-1:]} == {"not shown"}


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(2, 5))
def test_no_size_can_be_had_by_subtraction(sizes, least):
    names = [f"g{place}" for place in range(len(sizes))]
    found = groups(dict(zip(names, sizes, strict=True)), dict.fromkeys(names, 0)) if sum(sizes) and all(sizes) else None
    assume(found is not None)
    page, count = suppressed(page_of(found), least)
    rows = finding_of(page).table["rows"]
    if not any(0 < size < least for size in sizes):
        assert count == 0
        return
    assert all(rows[place][1] in {"not shown", f"fewer than {least}"} for place, n in enumerate(sizes) if n < least)
    total = rows[-1][1]
    whole = int(total) if total.isdigit() else None
    ways = [
        way for way in product(*(possible(row[1], least) for row in rows[:-1])) if whole is None or sum(way) == whole
    ]
    assert tuple(sizes) in ways
    for place, size in enumerate(sizes):
        if size < least:
            assert len({way[place] for way in ways}) > 1, (sizes, rows)
    # Nor are all that are hidden too few together.
    lost = [size for row, size in zip(rows, sizes, strict=False) if not row[1].isdigit()]
    assert whole is None or sum(lost) >= least


def possible(cell: str, least: int) -> list[int]:
    """What the size of a group may be."""
    if cell.isdigit():
        return [int(cell)]
    return list(range(1, least)) if cell.startswith("fewer") else list(range(1, 25))


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=2),
    st.lists(st.tuples(st.integers(5, 5000), st.integers(0, 5000)), min_size=1, max_size=5),
)
def test_no_number_of_a_hidden_group_is_anywhere(few, many):
    # Each number of a small group is told apart from every other: odd thousandths.
    sizes = {f"s{place}": n for place, (n, _) in enumerate(few)} | {f"m{place}": n for place, (n, _) in enumerate(many)}
    secret = {name: 0.100001 + place / 1000 for place, name in enumerate(sizes)}
    unit = Unit("share", 4)
    values = [
        Estimate(f"rate in {name}", secret[name], None, None, unit, n, "m", reason="r") for name, n in sizes.items()
    ]
    lines = [[name, n, secret[name]] for name, n in sizes.items()]
    table = show.table(["group", show.Column("people", Unit.COUNT), show.Column("rate", unit)], lines, size="people")
    said = [f"{unit.text(secret[name])} in {name}" for name in sizes]
    marks = show.Series("rate", tuple(sizes), tuple(secret.values()), text=tuple(said))
    top = Estimate("first", secret["s0"], None, None, unit, sum(sizes.values()), "m", reason="r")
    found = Finding(
        "rates", "What rate?", "; ".join(said), tuple(values), ", ".join(said), table,
        show.intervals([marks], unit=unit, description=". ".join(said)),
        tuple(f"See {one}" for one in said), action=f"Ask {said[0]}", kpi=Kpi(top, history=tuple(secret.values())),
    )  # fmt: skip
    page, count = suppressed(page_of(found), 5)
    assert count >= len(few)
    text = written(page)
    for name in (f"s{place}" for place in range(len(few))):
        assert unit.text(secret[name]) not in text
        assert str(secret[name]) not in text


def test_the_choice_itself():
    table = groups({"a": 3, "b": 9, "c": 20}, {"a": 1, "b": 1, "c": 1}).table.as_json()
    assert hidden(table, 5).rows == {0, 1}
    assert hidden(table, 5, steps=True).rows == {0}
    assert hidden(table | {"size": ""}, 5).rows == set()
    alone = {**table, "rows": table["rows"][:3], "values": table["values"][:3]}
    assert hidden(alone, 5).rows == {0}
    assert hidden(alone, 5, elsewhere={32}).rows == {0, 1}, "the sum stands in a sentence"


def test_what_few_people_bring_up_in_interviews():
    said = {"costs": range(9), "map": range(2, 8), "price": (3, 5)}
    talks = {
        f"talk_{n}": [("Ann", "So?"), (f"Person {n}", " ".join(word for word, who in said.items() if n in who) or "no")]
        for n in range(12)
    }
    themes = {word: {"name": word.title(), "terms": [word]} for word in said}
    page = page_of(research.mentions(interviews_of(talks), themes=themes))
    assert unjudged(page) == 0
    shown, count = suppressed(page, 5)
    block = finding_of(shown)
    assert count == 1
    assert [row[:3] for row in block.table["rows"]] == [
        ["Costs", "9", "12"], ["Map", "6", "12"], ["Price", "fewer than 5", ""],
    ]  # fmt: skip
    assert set(block.table["rows"][2][3:]) == {""}, "neither a quote nor who said it"
    assert block.figure.shape["series"][0]["x"] == ["Costs", "Map"]
    assert [one["label"] for one in block.facts["estimates"]] == ["Costs", "Map"]
    assert "2 of 12" not in written(shown)


BARE = show.table(["plan", show.Column("people", Unit.COUNT)], [["free", 40], ["pro", 2]])
WORDS = show.table(["plan", "people"], [["pro", "2 of 12"]])
WEEKS = show.table([show.Column("Week", Unit.DATE), show.Column("people", Unit.COUNT)], [[date(2026, 11, 16), 2]])
SAID = show.table([show.Column("words", Unit.QUOTE), "plan"], [["Slow.", "pro"]])
BARS = show.intervals([show.Series("s", ("pro",), (2.0,))], unit=Unit.COUNT, description="d")
LINE = show.line([show.Series("s", ("2026-11-16",), (2.0,))], unit=Unit.COUNT, description="d")


@pytest.mark.parametrize(
    ("display", "count"),
    [
        (BARE.bundle(), 1),
        (WORDS.bundle(), 1),
        (WEEKS.bundle(), 0),
        (SAID.bundle(), 0),
        (BARS.bundle(), 1),
        (LINE.bundle(), 0),
        ({"text/html": "<table><tr><td>pro</td><td>2</td></tr></table>"}, 1),
        ({"text/html": "<p>Nothing is counted here.</p>"}, 0),
        ({"text/plain": "pro  2"}, 1),
        ({"application/vnd.plotly.v1+json": {"data": [{"x": ["pro"], "y": [2]}], "layout": {}}}, 1),
    ],
)
def test_what_does_not_say_how_large_its_groups_are_is_counted(display, count):
    plain = page_of(groups({"free": 40, "pro": 30}, {"free": 4, "pro": 20}), more=({"text/html": "<hr>"},))
    assert unjudged(plain) == 0
    # A display alone, not taken for the table or the chart of the finding before.
    assert unjudged(page_of(groups({"a": 9}, {"a": 4}), more=(display,))) == count


def test_a_finding_without_sizes_is_counted_once():
    rate = share(2, 3, label="paid")
    found = Finding("paid", "Who?", "2 of 3.", (rate,), "Share.", BARE, BARS)
    assert unjudged(page_of(found)) == 1

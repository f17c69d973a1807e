"""Small groups in bars and flows: no number of few people is drawn, and none can be computed from what is."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from pmlib import show
from pmlib.core import Finding, Unit
from pmlib.reports.pages.small import suppressed
from pmlib.reports.pages.streams import joined
from pmlib.reports.pages.unjudged import unjudged
from pmlib.show.courses import links
from tests.reports.pages.papers import finding_of, page_of, written

# 60 start: 40 search, 17 look, 3 leave; of the 40 who search 30 book and 10 leave, of the 17 who look 15 book, 2 leave.
WAYS = [
    ("home", "search", 40, 0), ("home", "look", 17, 0), ("home", "Left", 3, 0),
    ("search", "booked", 30, 1), ("search", "Left", 10, 1), ("look", "booked", 15, 1), ("look", "Left", 2, 1),
]  # fmt: skip


def paths(ways=WAYS, *, size="people", table=True) -> Finding:
    found = [show.Link(*way) for way in ways]
    rows = [[link.column + 1, link.source, link.target, link.value] for link in found]
    titles = [show.Column("Step", Unit.COUNT), "From", "To", show.Column("people", Unit.COUNT)]
    return Finding(
        "paths", "Where do people go?", "Most of those who search book.", (), "Paths.",
        show.table(titles, rows, size=size) if table else None,
        show.flow(found, description="40 go home → search; 2 go look → Left."),
        ("2 go look → Left.", "All is well."),
    )  # fmt: skip


def shown(block) -> list[tuple[str, str, float]]:
    return [(s["name"], x, y) for s in block.figure.shape["series"] for x, y in zip(s["x"], s["y"], strict=True)]


def test_a_flow_of_many_people_is_drawn_whole():
    page = page_of(paths())
    assert suppressed(page, 2) == (page, 0)


def test_links_of_few_go_and_those_that_would_give_them_away():
    page, count = suppressed(page_of(paths()), 5)
    block = finding_of(page)
    # Of 60 the 20 of look and of Left are left. Were look → booked (15) shown, 16 or more would look, 4 or fewer leave.
    assert shown(block) == [("home", "search", 40), ("search", "booked", 30), ("search", "Left", 10)]
    assert [row[3] for row in block.table["rows"]] == ["40", *["not shown"] * 2, "30", "10", *["not shown"] * 2]
    assert count == 4
    assert "look → Left" not in written(page)
    assert block.facts["headline"] == "Most of those who search book.", "a place is no group"
    assert block.facts["cautions"][-1].startswith("4 groups are not shown")
    assert "40 go home → search" in block.figure.shape["description"]


def test_a_flow_of_nobody_else_is_not_drawn():
    page, _ = suppressed(page_of(paths([("a", "b", 3, 0)])), 5)
    assert finding_of(page).figure is None
    assert page.figures == []


def of_ways(*rows: tuple[str, int], ways=WAYS) -> Finding:
    """A flow with a table of whole ways."""
    figure = paths(ways).figure
    table = show.table(["path", show.Column("people", Unit.COUNT)], rows, size="people")
    told = "; ".join(f"{name} {people}" for name, people in rows)
    return Finding("p", "q", f"Most go {rows[0][0]}.", (), "d", table, figure, (told,))


def test_beside_a_flow_with_hidden_links_no_whole_way_is_shown():
    page, count = suppressed(page_of(of_ways(("home → search → booked", 30), ("home → look → booked", 15))), 5)
    block = finding_of(page)
    assert {y for _, _, y in shown(block)} == {40, 30, 10}
    # 15 ways of those who look would give away that at most 5 leave at once.
    assert block.table["rows"] == [["home → search → booked", "not shown"], ["home → look → booked", "not shown"]]
    assert block.facts["headline"] == "Most go home → search → booked."
    assert count == 5, "four links, and the way that leaves 2 of the 17 who look"
    assert "home → look" not in str(block.facts)


CROSS = [("a", "b", 53, 0), ("x", "b", 40, 0), ("b", "c", 53, 1), ("b", "d", 40, 1)]


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        # All links are of many; of the 53 who go from b to c, 50 came from a, so 3 from x.
        ([("a → b → c", 50), ("x → b → d", 37)], True),
        ([("a → b → c", 47), ("a → b → d", 6), ("x → b → c", 6), ("x → b → d", 34)], False),
        ([("a → b → c", 49), ("a → b → d", 4), ("x → b → c", 4), ("x → b → d", 36)], True),
    ],
)
def test_whole_ways_go_where_one_or_what_it_leaves_of_a_link_is_too_small(rows, gone):
    block = finding_of(suppressed(page_of(of_ways(*rows, ways=CROSS)), 5)[0])
    assert len(shown(block)) == 4
    assert [row[1] == "not shown" for row in block.table["rows"]] == [gone] * len(rows)


def test_a_link_of_many_paths_by_few_people_is_not_drawn():
    # The table of usage.paths: a way in one cell, its steps in the next, people beside paths.
    links = [("a", "b", 60, 0), ("a", "c", 50, 0), ("b", "c", 31, 1), ("b", "end", 29, 1)]
    people = {"b → c": 3}
    rows = [(f"{a} → {b}", f"{at + 1} to {at + 2}", people.get(f"{a} → {b}", n - 9), n) for a, b, n, at in links]
    titles = ["Way", "Steps", show.Column("People", Unit.COUNT), show.Column("Paths", Unit.COUNT)]
    figure = paths(links).figure
    page = page_of(Finding("p", "q", "Most go a → b.", (), "d", show.table(titles, rows, size="People"), figure))
    block = finding_of(suppressed(page, 5)[0])
    assert {(a, b) for a, b, _ in shown(block)} == {("a", "b"), ("a", "c")}
    assert [row[2] for row in block.table["rows"]] == ["51", "41", "not shown", "not shown"]


def test_a_flow_without_sizes_is_not_judged():
    assert unjudged(page_of(paths(size=""))) == 1
    assert unjudged(page_of(paths(table=False))) == 1
    assert unjudged(page_of(paths())) == 0


def states(*, size: str, dates=("2026-11-09", "2026-11-16")) -> Finding:
    """New and resurrected people of two weeks: 3 resurrected in the second."""
    counts = {"new": [40, 50], "resurrected": [9, 3]}
    rows = [[date.fromisoformat(day), name, y[at]] for at, day in enumerate(dates) for name, y in counts.items()]
    titles = [show.Column("Week", Unit.DATE), "State", show.Column("people", Unit.COUNT)]
    return Finding(
        "life", "Who is active?", "Most are new.", (), "States.", show.table(titles, rows, size=size),
        show.bars([show.Series(name, dates, y) for name, y in counts.items()], unit=Unit.COUNT, description="States."),
    )  # fmt: skip


def test_a_bar_of_few_people_goes_with_its_row():
    page, count = suppressed(page_of(states(size="people")), 5)
    block = finding_of(page)
    assert count == 1
    drawn = {
        (one["name"], x): y for one in block.figure.shape["series"] for x, y in zip(one["x"], one["y"], strict=True)
    }
    assert ("resurrected", "2026-11-16") not in drawn
    assert drawn["new", "2026-11-16"] == 50
    assert 3 not in [value for row in block.table["values"] for value in row]


def test_bars_parted_by_colour_are_groups_and_one_series_by_date_is_none():
    assert unjudged(page_of(states(size="people"))) == 0
    assert unjudged(page_of(states(size=""))) == 1
    one = show.bars([show.Series("s", ["2026-11-16"], [3])], unit=Unit.COUNT, description="d")
    assert unjudged(page_of(Finding("f", "q", "h", (), "d", None, one))) == 0


@st.composite
def streams(draw):
    """Flows in which what comes into a place leaves it, made of whole paths that begin, or end, at one step."""
    backwards = draw(st.booleans())
    paths = draw(st.lists(st.tuples(st.lists(st.sampled_from("abc"), min_size=2, max_size=4), st.integers(1, 30)),
                          min_size=1, max_size=12))  # fmt: skip
    found = []
    for path, people in paths:
        first = max(4 - len(path), 1) if backwards else 0
        steps = path if len(path) == 4 else ["Began", *path] if backwards else [*path, "Left"]
        found += [show.Link(one, two, people, first + at) for at, (one, two) in enumerate(pairwise(steps))]
    return links(show.flow(found, description="d"))


def most(found, gone) -> dict[int, tuple[float, float]]:
    """Attack: the least and the most each hidden link can be, by linear programming over all a reader knows.

    That is: how many there are in all, what each shown link carries, that all who come into a place leave it, and that
    a hidden link that is named has one or more.
    """
    hidden = sorted(gone)
    rules: dict[tuple[int, str], np.ndarray] = {}
    for at, link in enumerate(found):
        rules.setdefault((link.column, link.source), np.zeros(len(found)))[at] -= 1
        rules.setdefault((link.column + 1, link.target), np.zeros(len(found)))[at] += 1
    through = [row for row in rules.values() if row.max() > 0 > row.min()]
    come = {(link.column + 1, link.target) for link in found}
    through.append(np.array([float((link.column, link.source) not in come) for link in found]))
    table, values = np.array(through), np.array([link.value for link in found])
    known = [at for at in range(len(found)) if at not in gone]
    # What is known of the hidden ones: the totals less the shown links.
    right = table @ values - table[:, known] @ values[known]
    ends = {}
    for place, at in enumerate(hidden):
        goal = np.eye(len(hidden))[place]
        found_ends = [
            linprog(sign * goal, A_eq=table[:, hidden], b_eq=right, bounds=(1, None), method="highs")
            for sign in (1, -1)
        ]
        # Without bounds where nothing holds it.
        ends[at] = tuple(
            sign * np.inf if end.status == 3 else sign * end.fun for sign, end in zip((1, -1), found_ends, strict=True)
        )
    return ends


def test_the_attack_finds_what_two_hidden_links_of_a_known_sum_are():
    found = [show.Link("a", "b", 97, 0), show.Link("a", "c", 2, 0), show.Link("a", "d", 1, 0)]
    assert most(found, {1, 2}) == {1: (1, 2), 2: (1, 2)}
    assert joined(found, {1, 2}, 5) == {0, 1, 2}


@given(streams(), st.integers(2, 9))
def test_no_small_link_can_be_told_from_a_large_one(found, least):
    few = {at for at, link in enumerate(found) if link.value < least}
    gone = joined(found, few, least)
    assert few <= gone
    if not few:
        assert gone == set()
    if len(gone) == len(found):
        return  # nothing is drawn
    for at, (low, high) in most(found, gone).items():
        if at in few:
            assert low <= found[at].value < least <= round(high, 6), (found, gone, at)


@pytest.mark.parametrize("least", [2, 5, 50])
def test_the_order_of_links_changes_nothing(least):
    found = links(show.flow([show.Link(*way) for way in WAYS], description="d"))
    few = {at for at, link in enumerate(found) if link.value < least}
    turned = found[::-1]
    again = joined(turned, {len(found) - 1 - at for at in few}, least)
    assert {found[at] for at in joined(found, few, least)} == {turned[at] for at in again}

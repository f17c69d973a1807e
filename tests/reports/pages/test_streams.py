"""Small groups in bars and flows: no number of few people is drawn, and none can be computed from what is."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    # home to Left (3) needs a second, and look (17) is the next smallest: so 2 as 17 less 15 is gone with it.
    assert shown(block) == [
        ("home", "search", 40), ("search", "booked", 30), ("search", "Left", 10), ("look", "booked", 15),
    ]  # fmt: skip
    assert [row[3] for row in block.table["rows"]] == ["40", "not shown", "not shown", "30", "10", "15", "not shown"]
    assert count == 3
    assert "look → Left" not in written(page)
    assert block.facts["headline"] == "Most of those who search book.", "a place is no group"
    assert block.facts["cautions"][-1].startswith("3 groups are not shown")
    assert "40 go home → search" in block.figure.shape["description"]


def test_a_flow_of_nobody_else_is_not_drawn():
    page, _ = suppressed(page_of(paths([("a", "b", 3, 0)])), 5)
    assert finding_of(page).figure is None
    assert page.figures == []


def test_a_flow_is_judged_by_its_own_counts_where_its_table_is_of_whole_paths():
    found = paths()
    rows = [["home → search → booked", 30], ["home → look → booked", 15]]
    table = show.table(["path", show.Column("people", Unit.COUNT)], rows, size="people")
    page, _ = suppressed(page_of(Finding("p", "q", "h", (), "d", table, found.figure)), 5)
    block = finding_of(page)
    assert {y for _, _, y in shown(block)} == {40, 30, 10, 15}
    assert block.table["rows"] == [["home → search → booked", "30"], ["home → look → booked", "15"]]


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
    """Flows in which what comes into a place leaves it, made of whole paths."""
    paths = draw(st.lists(st.tuples(st.lists(st.sampled_from("abc"), min_size=2, max_size=4), st.integers(1, 30)),
                          min_size=1, max_size=12))  # fmt: skip
    found = []
    for path, people in paths:
        steps = [*path, "Left"] if len(path) < 4 else path
        found += [show.Link(one, two, people, at) for at, (one, two) in enumerate(pairwise(steps))]
    return links(show.flow(found, description="d"))


@given(streams())
def test_no_small_link_follows_from_what_is_shown(found):
    least = 5
    few = {at for at, link in enumerate(found) if link.value < least}
    gone = joined(found, few, least)
    assert few <= gone
    if not few:
        assert gone == set()
    if len(gone) == len(found):
        return  # nothing is drawn
    # By hand: every equation a reader has, solved for what is hidden; a column of its own pivot alone is known.
    sums: dict[tuple[str, int, str], np.ndarray] = {}
    for at, link in enumerate(found):
        for key, sign in ((("place", link.column, link.source), -1), (("place", link.column + 1, link.target), 1)):
            sums.setdefault(key, np.zeros(len(found)))[at] += sign
    rules = [row for row in sums.values() if row.max() > 0 > row.min()]
    rules.append(np.array([float(not link.column) for link in found]))
    hidden = sorted(gone)
    table = np.array(rules)[:, hidden]
    rank = np.linalg.matrix_rank(table)
    for place, at in enumerate(hidden):
        if at in few:
            unit = np.eye(len(hidden))[place]
            assert np.linalg.matrix_rank(np.vstack([table, unit])) == rank + 1, (found, hidden, at)


@pytest.mark.parametrize("least", [2, 5, 50])
def test_the_order_of_links_changes_nothing(least):
    found = links(show.flow([show.Link(*way) for way in WAYS], description="d"))
    few = {at for at, link in enumerate(found) if link.value < least}
    turned = found[::-1]
    again = joined(turned, {len(found) - 1 - at for at in few}, least)
    assert {found[at] for at in joined(found, few, least)} == {turned[at] for at in again}

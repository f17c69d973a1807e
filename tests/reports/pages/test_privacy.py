"""Contact data and names leave every place of a page; numbers, dates and queries stay to the byte."""

import json
from copy import deepcopy
from datetime import date, timedelta
from functools import cache

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib import experiments, show, usage
from pmlib.core import Estimate, Finding, InputError, Kpi, Unit
from pmlib.reports.pages.content import Block, Content, Figure, Section, content
from pmlib.reports.pages.privacy import cleaner, load_roster, private, sql
from pmlib.show import Table
from tests.experiments.made import asked, converted
from tests.rows import events_of

SECRET = "Ask Aylin Demirci, aylin@example.org, +49 30 5550 0147, 4111 1111 1111 1111, DE89370400440532013000"
SHOWN = "Ask P1, [e-mail], [phone], [card], [account]"
LEAKS = ("Aylin", "Demirci", "aylin", "5550", "4111", "DE89", "example.org")
ROSTER = {"Aylin Demirci": "P1"}


def secret_page() -> Content:
    """A page with the same secret in every text it has."""
    make = nbformat.v4
    rate = Estimate(SECRET, 0.5, 0.4, 0.6, Unit.SHARE, 20, SECRET, period=SECRET)
    series = [show.Series(SECRET, [SECRET], [0.3], [0.2], [0.4], text=[SECRET])]
    chart = show.intervals(series, unit=Unit.SHARE, description=SECRET, caption=SECRET)
    table = show.table([SECRET, show.Column(SECRET, Unit.QUOTE)], [[SECRET, SECRET]])
    finding = Finding(
        "a", SECRET, SECRET, (rate,), SECRET, table, chart, (SECRET,), f"SELECT '{SECRET}' -- {SECRET}", SECRET,
        Kpi(rate, before=SECRET, history=(0.4, 0.5)),
    )  # fmt: skip
    line = show.line(
        [show.Series(SECRET, ["2026-11-16"], [1.0])], unit=Unit.COUNT, description=SECRET,
        notes=[show.Note("2026-11-16", SECRET)],
    )  # fmt: skip

    def cell(*bundles: dict[str, object]) -> nbformat.NotebookNode:
        outputs = [make.new_output("display_data", data=data) for data in bundles]
        return make.new_code_cell("", outputs=outputs)

    cells = [
        make.new_markdown_cell(f"# {SECRET}\nby [{SECRET}](mailto:aylin@example.org)"),
        make.new_markdown_cell(f"## {SECRET}\n{SECRET} <b>"),
        cell(show.headline(finding)._repr_mimebundle_()),
        cell({"application/vnd.pmlib.finding+json": finding.facts()}, chart.bundle(), table.bundle()),
        cell(line.bundle(), {"text/plain": SECRET}, {"text/html": f"<p>{SECRET}</p>"}),
        cell({"application/vnd.plotly.v1+json": {"data": [{"name": SECRET, "x": [1]}], "layout": {"title": SECRET}}}),
        cell(show.doubts(finding)._repr_mimebundle_(), show.actions(finding)._repr_mimebundle_()),
    ]
    return content(make.new_notebook(cells=cells))


def everything(found: Content) -> str:
    """Write all of a page as one text."""
    return json.dumps(found, default=vars, ensure_ascii=False)


def test_no_place_of_a_page_keeps_contact_data_or_a_name():
    found = secret_page()
    before = deepcopy(found)
    shown = private(found, contacts=True, roster=ROSTER)
    said = everything(shown)
    assert [leak for leak in LEAKS if leak in said] == []
    assert everything(before).count("Demirci") == everything(found).count("Demirci") > 30, "the page given stays"
    blocks = shown.sections[0].blocks
    assert shown.title == shown.sections[0].title == SHOWN
    assert blocks[1].facts["query"] == f"SELECT '{SHOWN}' -- {SHOWN}"
    assert blocks[1].table is not None
    assert blocks[1].table["rows"] == [[SHOWN, SHOWN]]
    assert blocks[1].facts["estimates"][0]["value"] == 0.5
    assert blocks[1].figure in shown.figures
    assert shown.sections[0].html == f"<p>{SHOWN} &lt;b&gt;</p>\n"


def test_what_a_pack_does_not_ask_to_mask_stays():
    found = secret_page()
    assert private(found, contacts=False, roster={}) is found
    names = private(found, contacts=False, roster=ROSTER)
    assert names.title == SECRET.replace("Aylin Demirci", "P1")
    assert private(found, contacts=True, roster={}).title.startswith("Ask Aylin Demirci, [e-mail]")


def test_an_alias_is_only_ever_text():
    page = Content(
        intro='<p>Aylin &amp; <a href="aylin Aylin">x</a></p>',
        sections=[Section("aylin-s-part", "Aylin")],
        figures=[Figure("c1", {"data": [{"name": "Aylin"}], "layout": {}}, "Aylin")],
    )
    shown = private(page, contacts=True, roster={"Aylin": '"><script>'})
    assert shown.intro.count("<script>") == 0
    assert shown.intro.startswith('<p>"&gt;&lt;script&gt; &amp; <a href=')
    assert shown.figures[0].plotly["data"] == [{"name": "&quot;&gt;&lt;script&gt;"}]
    assert shown.sections[0].id == "script-s-part"


def test_months_are_no_people():
    clean = cleaner(contacts=True, roster={"May Okafor": "P1", "April": "P2"})
    assert clean("25 May 2026: May Okafor met April in April 2026, not on 3 April") == (
        "25 May 2026: P1 met P2 in April 2026, not on 3 April"
    )


def test_numbers_of_a_query_stay():
    text = "SELECT 12345678901, 0171555012345 FROM t WHERE a = 'it''s 0171 5550123' AND \"b@c.de\" > 1 /* x@y.de */"
    assert sql(text, cleaner(contacts=True, roster={})) == (
        "SELECT 12345678901, 0171555012345 FROM t WHERE a = 'it''s [phone]' AND \"[e-mail]\" > 1 /* [e-mail] */"
    )


def test_values_a_query_ran_with_stay_where_they_name_nobody():
    kept = "-- $base = 1785110399000000\n-- $masks = ['010000000000000000', '1']\nSELECT '0100000000000'"
    assert sql(kept, cleaner(contacts=True, roster={})) == kept
    told = "-- $start = '+49 171 5550123'\n-- $who = ['0171 5550123', '1']"
    assert sql(told, cleaner(contacts=True, roster={})) == "-- $start = '[phone]'\n-- $who = ['[phone]', '1']"


@cache
def pages() -> list[Finding]:
    """Findings of the rooms, with their queries."""
    days = [date(2026, 6, 1) + timedelta(number) for number in range(120)]
    rows = [(f"u{day.toordinal() % 30}", name, f"{day} 08:30:00") for day in days for name in ("signed_up", "paid")]
    events = events_of(rows, as_of=days[-1])
    units = converted(a=(40, 80), b=(60, 90))
    return [
        usage.active(events),
        usage.retention(events, start="signed_up", back="paid"),
        usage.funnel(events, steps="signed_up, paid"),
        asked(experiments.verdict, units, metric="converted", control="a"),
        asked(experiments.split, units, control="a"),
    ]


@pytest.mark.parametrize("place", range(5))
def test_what_the_rooms_say_is_no_contact_data(place):
    finding = pages()[place]
    assert isinstance(finding.table, Table)
    blocks = [Block("finding", facts=finding.facts(), table=finding.table.as_json())]
    page = Content(sections=[Section("s", "S", blocks=blocks)])
    assert private(page, contacts=True, roster={"Zoe Quist": "P1"}) == page


CELLS = st.one_of(
    st.floats(-1e12, 1e12).map(Unit.NUMBER.text),
    st.floats(-1, 1).map(Unit.POINTS.change),
    st.floats(0, 1e9).map(Unit.currency("EUR").text),
    st.integers(0, 10**12).map(Unit.COUNT.text),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(str),
    st.tuples(st.integers(0, 40), st.integers(0, 99), st.integers(0, 999)).map(lambda v: f"{v[0]}.{v[1]}.{v[2]}"),
    st.dates().map(lambda day: f"{day.isocalendar().year:04}-W{day.isocalendar().week:02}"),
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_a_table_of_numbers_stays_as_it_is(rows):
    table = {"columns": [{"title": "a"}] * 3, "rows": rows, "values": [[1.5, 10**12, None]], "size": ""}
    joined = [" ".join(row) for row in rows]
    page = Content(sections=[Section("s", "S", blocks=[Block("finding", facts={"cautions": joined}, table=table)])])
    assert private(page, contacts=True, roster={"Zoe Quist": "P1"}) == page


def test_a_roster_is_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("﻿Name,Alias\nAylin Demirci,A.\nNoor van Dijk,\n\n  \nAylin Demirci,again\n", encoding="utf-8")
    assert load_roster(path) == {"Aylin Demirci": "A.", "Noor van Dijk": "Person 2"}
    path.write_text("alias;name\nX;Mara\n;Noor\n", encoding="utf-8")
    assert load_roster(path) == {"Mara": "X", "Noor": "Person 2"}
    path.write_text("name\nMara\n", encoding="utf-8")
    assert load_roster(path) == {"Mara": "Person 1"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"nome,alias\nx,y\n", r"has no column 'name'; it has nome, alias.*Did you mean 'nome'"),
        (b"", "it has nothing"),
        ("name\nJürgen\n".encode("latin-1"), "not text in UTF-8"),
        (b"name\n" + b"x" * 200_000, "cannot be read"),
    ],
)
def test_a_roster_that_cannot_be_read_is_told_kindly(tmp_path, written, said):
    path = tmp_path / "roster.csv"
    path.write_bytes(written)
    with pytest.raises(InputError, match=said):
        load_roster(path)


def test_a_missing_roster_names_the_nearest(tmp_path):
    (tmp_path / "roster.csv").write_text("name\n")
    with pytest.raises(InputError, match=r"Did you mean 'roster.csv'"):
        load_roster(tmp_path / "rooster.csv")

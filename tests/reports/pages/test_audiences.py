"""What an audience may not see is not in its file, in no form; what it must see is there."""

import base64
import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmlib import show
from pmlib.cli import main
from pmlib.core import Estimate, Finding, SettingError, Unit
from pmlib.reports.leaves import seen
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.audiences import EVERYBODY, PARTS, Audience, audiences, has, index_entry, read
from pmlib.reports.pages.content import Block
from pmlib.reports.pages.leaf import Change, Changes, Decision, Gate, Leaf, Notes
from pmlib.reports.pages.page import Frame, page
from tests.conftest import ROOT
from tests.reports.pages.papers import page_of
from tests.reports.toys import pack

RULES = ROOT / "notebooks" / "audiences.toml"


def test_the_shipped_rules_name_three_audiences_and_no_part_both_ways():
    rules = read(RULES)
    assert list(rules) == ["leadership", "product", "engineering"]
    for one in rules.values():
        assert not set(one.must) & set(one.may_not)
    assert {"queries", "quotes"} <= set(rules["leadership"].may_not)
    assert set(rules["product"].must) == set(PARTS)
    assert {"definitions", "queries"} <= set(rules["engineering"].must)


def test_a_pack_without_audiences_hides_nothing(tmp_path):
    assert audiences(tmp_path, []) == (EVERYBODY,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a]\nmust = ["querys"]', "no part 'querys'.*Did you mean 'queries'"),
        ('[a]\nmust = ["quotes"]\nmay_not = ["quotes"]', "quotes cannot be in must and in may_not"),
        ('["../x"]\nmust = []', "cannot be the folder"),
        ("[a]\nmay = []", "no setting 'may'"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(tmp_path, text, said):
    (tmp_path / "audiences.toml").write_text(text)
    with pytest.raises(SettingError, match=said):
        audiences(tmp_path, ["a"])


def test_an_unknown_audience_names_the_nearest(tmp_path):
    with pytest.raises(SettingError, match=r"no audience 'leader'.*Did you mean 'leadership'"):
        audiences(tmp_path, ["leader"])


def everything(path: Path) -> str:
    """All that a file holds: its text, and what is packed in its links."""
    page = path.read_text()
    found = [page]
    for kind, packed in re.findall(r"data:([\w./+-]+)[^,\"]*;base64,([\w+/=]+)", page):
        content = base64.b64decode(packed)
        if "sheet" in kind:
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                found += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
        else:
            found.append(content.decode("utf-8", "replace"))
    return "\n".join(found)


def sentinel(part: str) -> str:
    """A word that stands in a page only in this part."""
    return f"only{part}here"


def of_every_part() -> Leaf:
    """A page that has all parts, each with its own word in every text of it."""
    say = {part: sentinel(part) for part in PARTS}
    day = date(2026, 11, 22)
    rate = Estimate("rate", 0.5, 0.4, 0.6, Unit.SHARE, 90, say["methods"])
    series = [show.Series(say["charts"], (say["charts"],), (0.5,), text=(say["charts"],))]
    chart = show.intervals(series, unit=Unit.SHARE, description=say["charts"], caption=say["charts"])
    columns = [say["tables"], show.Column("said", Unit.QUOTE), show.Column("people", Unit.COUNT)]
    table = show.table(columns, [[say["tables"], say["quotes"], 90]], size="people")
    finding = Finding(
        "a", say["findings"], say["findings"], (rate,), say["definitions"], table, chart, (say["cautions"],),
        say["queries"],
    )  # fmt: skip
    found = page_of(finding)
    found.intro = f"<p>{say['prose']}</p>"
    card = {"id": "a", "name": say["cards"], "value": "1", "number": 1.0, "change": say["cards"], "tone": "flat"}
    found.headline = {"sentence": say["headline"], "cards": [card | {"range": say["cards"], "spark": []}]}
    source = {"name": say["sources"], "kind": "events", "form": "plain", "read": 9, "kept": 9, "dropped": {}}
    source |= {"first": "2026-01-01", "through": "2026-11-22", "timezone": "", "notes": [say["sources"]]}
    found.made = {"sources": [source], "versions": {say["versions"]: "1"}}
    facts = {
        "headline": found.headline,
        "doubts": {"checks": [{"ok": False, "text": say["doubts"]}]},
        "actions": {"actions": [say["actions"]]},
    }
    for section in found.sections:
        section.html = f"<p>{say['prose']}</p>" if section.id == "headline" else section.html
        for block in section.blocks:
            block.facts = facts.get(block.kind, block.facts)
    extra = [Block("prose", html=f"<p>{say['prose']}</p>"), Block("text", facts={"text": say["prose"]})]
    found.sections[-1].blocks += [*extra, Block("made", facts=found.made)]
    return Leaf(
        Job("toy", "Toy", Path("toy.ipynb"), {"weeks": say["parameters"]}, (), 60),
        found,
        "Toy",
        day,
        {},
        gates=(Gate("rows", False, say["gates"]),),
        changes=Changes(date(2026, 11, 15), (Change("a", "x", "1", "2", say["changes"]),)),
        notes=Notes(f"<p>{say['notes']}</p>", (Decision(say["decisions"], "", day),), ()),
    )


@pytest.fixture(scope="module")
def full() -> Leaf:
    return of_every_part()


def file_of(tmp_path: Path, leaf: Leaf, rule: Audience) -> str:
    path = tmp_path / "page.html"
    path.write_bytes(page(seen(leaf, rule), Frame("Toys", audience=rule.name, assets="shared")))
    return everything(path)


@pytest.mark.parametrize("name", ["leadership", "product", "engineering"])
def test_what_a_shipped_rule_asks_for_is_in_the_file_and_what_it_forbids_is_not(full, name, tmp_path):
    rule = read(RULES)[name]
    assert all(has(full, part) for part in PARTS)
    text = file_of(tmp_path, full, rule)
    assert [part for part in rule.must if sentinel(part) not in text] == []
    assert [part for part in rule.may_not if sentinel(part) in text] == []


def test_a_number_is_the_same_for_all(full, tmp_path):
    rules = read(RULES)
    values = {name: re.findall(r'class="val">([^<]+)<', file_of(tmp_path, full, rule)) for name, rule in rules.items()}
    assert values == {name: ["1"] for name in rules}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_can_be_forbidden_alone(full, part, tmp_path):
    text = file_of(tmp_path, full, Audience(name="a", may_not=[part]))
    assert sentinel(part) not in text
    inside = {"definitions", "charts", "tables", "quotes", "cautions", "methods", "queries"}
    rest = set(PARTS) - {part} - (inside if part == "findings" else {"quotes"} if part == "tables" else set())
    assert [one for one in rest if sentinel(one) not in text] == []


def test_a_part_that_goes_with_what_is_forbidden_is_an_error(full):
    rule = Audience(name="a", must=["charts"], may_not=["findings"])
    with pytest.raises(SettingError, match=r"\[a\] of audiences.toml: 'charts' must be on the page 'Toy'"):
        seen(full, rule)
    bare = replace(full, changes=Changes())
    assert not has(bare, "changes")
    assert seen(bare, Audience(name="a", must=["changes"], may_not=["queries"])).title == "Toy", "it has none"


def test_quotes_alone_are_no_table(full):
    spoken = show.table([show.Column("said", Unit.QUOTE), "plan"], [["Slow.", "free"]])
    leaf = replace(full, content=page_of(Finding("a", "What?", "One.", (), "Drawn.", spoken)))
    assert not has(leaf, "tables")
    assert has(leaf, "quotes")
    assert not has(seen(leaf, Audience(name="a", must=["tables"], may_not=["quotes"])), "quotes")


def test_an_index_obeys_the_rule_of_its_audience():
    card = {"name": "Users", "value": "9"}
    entry = {"id": "a", "state": "stale", "why": "Stale since May.", "headline": "9 came.", "card": card}
    assert index_entry(entry, EVERYBODY) == entry
    assert index_entry(entry, Audience(name="a", may_not=["headline"])) == entry | {"headline": ""}
    assert index_entry(entry, Audience(name="a", may_not=["cards", "quotes"])) == entry | {"card": None}
    less = index_entry(entry, Audience(name="a", may_not=["gates"]))
    assert less == entry | {"why": "Its data are older than allowed."}


def test_each_audience_has_an_index_of_its_own(tmp_path):
    path = pack(tmp_path, "good", more='audiences = ["leadership", "engineering"]')
    result = CliRunner().invoke(main, ["run", str(path), "--as-of", "2026-11-22"])
    assert result.exit_code == 0, result.output
    for name in ("leadership", "engineering"):
        index = (tmp_path / "reports" / name / "index.html").read_text()
        for link in re.findall(r'href="([^"#]+\.html)"', index):
            assert (tmp_path / "reports" / name / link).resolve().is_file()

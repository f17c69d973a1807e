"""What of a page could not be looked at for groups of too few people: it does not say how large they are."""

import re
from typing import Any

from pmlib.reports.pages.content import Block, Content, Figure

Json = dict[str, Any]

COUNTED = re.compile(r"\d[\d,]* of \d")
"""A count written as words."""
TABLE = re.compile(r"<t[dh][\s>]", re.IGNORECASE)


def unjudged(found: Content) -> int:
    """Return how many tables and charts of a page may show groups of people without saying how many they are.

    Parameters
    ----------
    found
        The page as its notebook made it. A table is judged by its column of sizes (:attr:`pmlib.show.Table.size`);
        a row of a table by date is no group; of what another library drew nothing is known.
    """
    return sum(dark(block) for section in found.sections for block in section.blocks)


def dark(block: Block) -> bool:
    """Whether a block may hold groups of which nobody knows how large they are."""
    if block.kind == "text":
        return any(sign.isdigit() for sign in str(block.facts.get("text", "")))
    if block.table and block.table.get("size"):
        return block.figure is not None and block.figure.shape is None
    if block.table and named(block.table):
        return True
    return TABLE.search(block.html) is not None or (block.figure is not None and drawn(block.figure))


def named(table: Json) -> bool:
    """Whether the rows of a table are told apart by words and hold numbers; one by date has a row a day."""
    columns = table["columns"]
    first = [row[0] for row in table["rows"]]
    if columns[0]["kind"] == "date" and len(set(first)) == len(first):
        return False
    words = [at for at, column in enumerate(columns) if column["kind"] == "text"]
    counted = any(COUNTED.match(str(row[at])) for row in table["rows"] for at in words)
    return bool(words) and bool(table["rows"]) and (counted or any(column["number"] for column in columns))


def drawn(figure: Figure) -> bool:
    """Whether a chart draws groups by name; one by date draws none, and of a foreign one nothing is known.

    Bars over dates that are parted by colour draw a group each.
    """
    shape = figure.shape
    if shape is None:
        return True
    if shape["kind"] == "bars" and sum(one["role"] != "target" for one in shape["series"]) > 1:
        return True
    return not shape["dates"]

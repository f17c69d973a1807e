"""Text from notebooks made safe for a page."""

import re
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt

# Raw HTML stays text, addresses are links only where Markdown wrote them, nothing is loaded from outside.
MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable(["image", "html_block"])

LINK = re.compile(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)

TAGS = {
    "p",
    "br",
    "small",
    "strong",
    "em",
    "b",
    "i",
    "ul",
    "ol",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
}


def prose(markdown: str) -> str:
    """Render Markdown; HTML inside it is shown as text, and so is the address of a link: a page leads nowhere else."""
    linked = nh3.clean(MARKDOWN.render(markdown), tags=TAGS | {"a", "h3", "h4", "pre", "blockquote", "hr"})
    return LINK.sub(r"\2 (\1)", linked)


def clean(html: str) -> str:
    """Keep the plain tables and text of an HTML output, nothing that runs, loads or links."""
    return nh3.clean(html, tags=TAGS, attributes={}, clean_content_tags={"script", "style"})


def safe_figure(figure: Any) -> Any:
    """Return a plotly figure whose texts are only text, without the template each figure repeats."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items() if key not in {"template", "meta", "images"}}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return escape(node, quote=False) if isinstance(node, str) and not node.startswith("%{") else node

    return {"data": walk(figure.get("data", [])), "layout": walk(figure.get("layout", {}))}

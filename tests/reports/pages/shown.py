"""What a page shows before anything is unfolded, read from its HTML without a browser."""

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input", "wbr", "col"}


class Shown(HTMLParser):
    """Text, names for readers, and elements outside of what is folded; summaries are shown."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.seen: list[tuple[str, str]] = []
        """Each element shown, with its classes."""
        self.feed(html)
        assert not self.open, self.open

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def hidden(self) -> bool:
        names = [name for name, _ in self.open]
        folded = "details" in names and "summary" not in names[names.index("details") :]
        return folded or bool({"script", "style", "noscript", "title"} & set(names))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if not self.hidden:
            self.seen.append((tag, given.get("class") or ""))
            self.words += [given[name] for name in ("aria-label", "alt", "title") if given.get(name)]
        if tag not in VOID:
            self.open.append((tag, given.get("class") or ""))

    def handle_startendtag(self, tag, attrs):
        if not self.hidden:
            self.seen.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.words.append(data.strip())

    def count(self, tag: str, name: str = "") -> int:
        """How many elements of a tag and class are shown."""
        return sum(one == tag and (not name or name in classes.split()) for one, classes in self.seen)

"""Text that fits its box: widths estimated on the wide side, the largest size that holds it, else cut."""

from collections.abc import Sequence

LEADING = 1.22
"""Height of a line in sizes of its letters."""
EMS = {" ": 0.28} | dict.fromkeys("iljI.,:;|!'’‘·", 0.26) | dict.fromkeys('ftr()[]{}/\\-–"“”*°', 0.36)
EMS |= dict.fromkeys("mwMW%@—…&", 0.92) | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ+−±=<>~≈", 0.7)
OTHER, WIDE = 0.56, 1.02


def width(text: str, size: float) -> float:
    """Return the width of a line in points, as wide as a plain sans serif makes it."""
    return size * sum(EMS.get(sign, OTHER if sign < "\u2e80" else WIDE) for sign in text)


def lines(text: str, size: float, room: float) -> list[str]:
    """Break text into lines no wider than ``room`` points; a word that is too long breaks where it must."""
    found: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width(longer, size) <= room:
                line = longer
                continue
            found += [line] if line else []
            line = ""
            for sign in word:
                if line and width(line + sign, size) > room:
                    found.append(line)
                    line = ""
                line += sign
        found.append(line)
    return found


def tall(text: str, size: float, room: float) -> float:
    """Return the height in points that text needs."""
    return len(lines(text, size, room)) * size * LEADING


def fitted(text: str, sizes: Sequence[float], room: float, height: float) -> tuple[float, str]:
    """Return the largest size at which text fits a box of ``room`` by ``height`` points, and the text.

    Parameters
    ----------
    sizes
        Sizes to try, the largest first. Where not even the last holds the text it is cut, with an ellipsis.

    Examples
    --------
    >>> fitted("Active users", (28, 20, 12), 100, 20)
    (12, 'Active users')
    """
    for size in sizes:
        if tall(text, size, room) <= height:
            return size, text
    size = sizes[-1]
    many = max(1, int(height // (size * LEADING)))
    kept = lines(text, size, room)[:many]
    while kept[-1] and width(f"{kept[-1]}…", size) > room:
        kept[-1] = kept[-1][:-1]
    return size, "\n".join([*kept[:-1], f"{kept[-1].rstrip(' ,;:.')}…"])


def short(text: str, size: float, room: float) -> str:
    """Cut text to one line of ``room`` points."""
    line = " ".join(text.split())
    if width(line, size) <= room:
        return line
    while line and width(f"{line}…", size) > room:
        line = line[:-1]
    return f"{line.rstrip()}…"

"""Read numbers as people write them: decimal commas and points, thousands marks, refused where they could be either."""

import re
from collections.abc import Iterable

from pmlib.core import InputError


def decimal_comma(values: Iterable[str], *, column: str = "") -> bool:
    """Find out whether numbers are written with a decimal comma.

    Parameters
    ----------
    values
        The values of one column, or of all number columns of a file, as text. What is no number is passed over.
    column
        Named in the message.

    Raises
    ------
    InputError
        If some values only fit a comma and others only a point, or all could be either, such as ``1,234``.

    Examples
    --------
    >>> decimal_comma(["1.234,56", "3,5"]), decimal_comma(["1,234.56", "3.5", "7"])
    (True, False)
    """
    place = f"Column '{column}'" if column else "The file"
    comma = point = unclear = ""
    for value in values:
        text = bare(value)
        if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", text) or (
            re.fullmatch(r"\d*,\d+", text) and not grouped(text, ",")
        ):
            comma = comma or value
        elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}", text) or (
            re.fullmatch(r"\d*\.\d+", text) and not grouped(text, ".")
        ):
            point = point or value
        elif grouped(text, ","):
            unclear = unclear or value
    if comma and point:
        raise InputError(
            f"{place} mixes decimal commas ('{comma.strip()}') and decimal points ('{point.strip()}'). Make them the "
            "same, or set decimal to ',' or '.' in the TOML file that names the source."
        )
    if unclear and not comma and not point:
        raise InputError(
            f"{place} has '{unclear.strip()}', which can be thousands or decimals, and no value that tells. Set "
            "decimal to '.' (thousands) or ',' (decimals) in the TOML file that names the source."
        )
    return bool(comma)


def number(value: str, *, comma: bool = False) -> float | None:
    """Read one number, thousands marks and a per cent sign allowed; ``None`` where the text is no number.

    Examples
    --------
    >>> number("1.234,5", comma=True), number("-1,234.5"), number("12 %"), number("n/a")
    (1234.5, -1234.5, 12.0, None)
    """
    sign, point, mark = ("-", ".", ",") if not comma else ("-", ",", ".")
    text = bare(value)
    whole = rf"(\d+|\d{{1,3}}({re.escape(mark)}\d{{3}})+)?"
    if not re.fullmatch(rf"{whole}({re.escape(point)}\d*)?([eE][-+]?\d+)?", text) or not re.search(r"\d", text):
        return None
    size = float(text.replace(mark, "").replace(point, "."))
    return -size if value.strip().startswith((sign, "\N{MINUS SIGN}")) else size


def bare(value: str) -> str:
    """Return a number's text without sign, per cent sign and the spaces and apostrophes between thousands."""
    text = value.strip().removesuffix("%").strip().removeprefix("+").removeprefix("-").removeprefix("\N{MINUS SIGN}")
    return re.sub(r"(?<=\d)['’ \u00a0\u202f\u2009](?=\d{3})", "", text)


def grouped(text: str, mark: str) -> bool:
    """Whether a number could be thousands with one mark: ``1,234`` but neither ``0,123`` nor ``12,34``."""
    return bool(re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", text))

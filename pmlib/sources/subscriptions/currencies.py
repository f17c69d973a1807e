"""One currency: amounts in several are never added up."""

import re
from collections.abc import Mapping

from sqlglot import exp

from pmlib.core import InputError, SettingError
from pmlib.engine import Engine
from pmlib.sources.events.fields import parsed
from pmlib.sources.subscriptions.places import CODES, code_of

WHOLE = (
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
)
"""Currencies without cents (ISO 4217)."""
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
"""Currencies of a thousand parts (ISO 4217)."""
CODE = re.compile(r"[A-Z]{3}")
SIGNS: Mapping[str, str] = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "zł": "PLN"}
"""Signs of one currency each."""
SEVERAL: Mapping[str, tuple[str, ...]] = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL"),
    "¥": ("JPY", "CNY"),
}


def known_code(currency: str) -> str:
    """Return the code of a currency in capitals; ``""`` for none.

    Raises
    ------
    SettingError
        If it does not look like a code.

    Examples
    --------
    >>> known_code(" eur ")
    'EUR'
    """
    code = currency.strip().upper()
    if code and not CODE.fullmatch(code):
        raise SettingError(
            f"currency = '{currency}' is no code of a currency. Use three letters such as EUR or USD, or leave it "
            "empty to take the one that the file names."
        )
    return code


def parts_of(currency: exp.Expr) -> exp.Expr:
    """Write how many smallest units a unit of the currency has."""
    parts = exp.Case().when(currency.isin(*WHOLE), exp.Literal.number(1))
    return exp.paren(parts.when(currency.isin(*THOUSANDTHS), exp.Literal.number(1_000)).else_(exp.Literal.number(100)))


def sign_of(engine: Engine, written: exp.Expr, column: str, shown: str) -> str:
    """Return the currency that a column of amounts names, by its own name or by signs; ``""`` where none is certain.

    Raises
    ------
    InputError
        If the signs are of several currencies.
    """
    bare = parsed("regexp_replace(written, '[-+0-9., ]', '', 'g')", written=exp.cast(written, "VARCHAR"))
    query = exp.select(exp.alias_(bare, "word")).distinct().from_("source").order_by("word").limit(1_000)
    words = engine.query(query.sql(dialect="duckdb")).column("word")
    seen = dict.fromkeys([*filter(None, [code_of(column)]), *(code for word in words if word for code in signs(word))])
    for sign, codes in SEVERAL.items():
        if any(code in seen for code in codes):
            seen.pop(sign, None)
    if len(seen) > 1:
        raise InputError(
            f"The amounts in '{column}' of {shown} are in several currencies: {', '.join(seen)}. They cannot be added "
            "up. Put each amount's currency in a column of its own and name the one to count as currency."
        )
    return next((code for code in seen if CODE.fullmatch(code)), "")


def signs(word: str) -> list[str]:
    """Return the currencies that a word names.

    Examples
    --------
    >>> signs("€/Monat"), signs("usd"), signs("$"), signs("net")
    (['EUR'], ['USD'], ['$'], [])
    """
    named = [code for sign, code in SIGNS.items() if sign in word]
    named += [sign for sign in SEVERAL if sign in word]
    return named or [part.upper() for part in re.findall(r"[A-Za-z]+", word) if part.casefold() in CODES]


def one_currency(engine: Engine, wanted: str, named: str, column: str, shown: str) -> tuple[str, int]:
    """Keep one currency; return its code, and how many rows were in another.

    Parameters
    ----------
    wanted
        The code asked for, or ``""``.
    named
        That of rows that name none, or ``""``.

    Raises
    ------
    InputError
        If there are several and none was asked for, or the file names what is no code.
    SettingError
        If no row is in the one asked for.
    """
    rows = engine.query("SELECT currency, count(*) AS n FROM sorted GROUP BY currency ORDER BY n DESC, currency").rows
    there: dict[str, int] = {}
    for row in rows:
        code = row.currency or named
        if code and not CODE.fullmatch(code):
            raise InputError(
                f"'{column}' of {shown} has '{code[:12]}' where the code of a currency is expected, such as EUR. "
                "Change it there; or, if all amounts are in one, pass columns={'currency': \"='EUR'\"}."
            )
        there[code] = there.get(code, 0) + row.n
    if wanted and there and wanted not in there:
        if list(there) == [""]:
            return wanted, 0
        known = ", ".join(code or "none named" for code in there)
        raise SettingError(f"No amount of {shown} is in {wanted}; there is {known}. Use one of these as currency.")
    if len(there) > 1 and not wanted:
        counts = ", ".join(f"{code or 'none named'} ({count:,})" for code, count in there.items())
        most = next(code for code in there if code)
        raise InputError(
            f"{shown} has amounts in several currencies: {counts}. They cannot be added up. Name the one to count: "
            f"currency='{most}', or convert them before."
        )
    if not wanted:
        return next(iter(there), named), 0
    text = "DELETE FROM sorted WHERE coalesce(nullif(currency, ''), $named) <> $wanted"
    return wanted, engine.query(text, wanted=wanted, named=named).one()[0]

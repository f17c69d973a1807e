"""Values of subscriptions that cannot be read: counted by column, refused where they are most."""

import re
from collections.abc import Mapping

from sqlglot import exp

from pmlib.core import InputError
from pmlib.core.masking import masked
from pmlib.engine import Engine, name
from pmlib.sources.events.fields import parsed

READ: Mapping[str, tuple[str, str]] = {
    "started": ("unreadable start", "a day such as 2026-11-22"),
    "ended": ("unreadable end", "a day such as 2026-11-22; leave it empty where the subscription still runs"),
    "trial_end": ("unreadable trial end", "a day such as 2026-11-22; leave it empty where there is no trial"),
    "amount": ("unreadable amount", "a number such as 12.50; write 0 where nothing is paid"),
    "interval_count": ("unreadable interval count", "a number such as 1"),
    "quantity": ("unreadable quantity", "a number such as 1"),
}
"""By column: why its rows are set aside, and what is expected."""
HARMLESS = re.compile(r"[a-z]{1,12}|[A-Z]{1,4}|[-+0-9:./, ]{1,20}")
"""Signs of a number or day, and short words that are hardly a name."""


def unread(engine: Engine, taken: Mapping[str, str], shown: str) -> dict[str, str]:
    """Return an example of what cannot be read, by reason; ``""`` where it could be somebody's data.

    Raises
    ------
    InputError
        If most of what is filled in a column cannot be read.
    """
    picks = []
    for role in READ:
        written, value = (exp.column(f"{role}_{part}") for part in ("text", "given"))
        for title, text in (
            ("filled", "count(written)"),
            ("unread", "count(written) FILTER (WHERE value IS NULL)"),
            ("example", "min(written) FILTER (WHERE value IS NULL)"),
        ):
            picks.append(exp.alias_(parsed(text, written=written, value=value), name(f"{role}_{title}")))
    row = engine.query(exp.select(*picks).from_("mapped").sql(dialect="duckdb")).one()
    found = {}
    for role, (reason, expected) in READ.items():
        filled, bad, example = (getattr(row, f"{role}_{part}") for part in ("filled", "unread", "example"))
        if not bad:
            continue
        found[reason] = example if HARMLESS.fullmatch(example) and masked(example) == example else ""
        if 2 * bad > filled:
            such = f" (such as '{found[reason]}')" if found[reason] else ""
            raise InputError(
                f"{bad:,} of {filled:,} values in '{taken[role]}' of {shown} cannot be read{such}; expected is "
                f"{expected}. Mend them, or name another column as {role} in columns."
            )
    return found

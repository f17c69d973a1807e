"""Properties that hold what looks like personal data: values are looked at here, and never shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from pmlib.core.masking import masked
from pmlib.engine import place, sql
from pmlib.sources.events.fields import parsed
from pmlib.usage.tracks.tracking_properties import share_of, week
from pmlib.usage.tracks.tracking_rules import LEAST, Change
from pmlib.usage.tracks.tracking_seen import USER, Seen

SAMPLE = 300
"""Values of a property looked at, of a week; and as many of those with an @."""
NEVER, NOW = 0.01, 0.05
"""Personal data are new where at most the first share of values held any, and now the second or more."""
MAIL = "[e-mail]"
KINDS = {
    MAIL: "e-mail addresses",
    "[phone]": "phone numbers",
    "[card]": "card numbers",
    "[account]": "account numbers",
}
TAKEN = "arg_min(left(read, 200), hash(read, tracked_hash), wanted) FILTER (WHERE condition)"


@dataclass(frozen=True)
class Sampled:
    """The share of values with each kind of personal data, before and now, of so many looked at."""

    before: dict[str, float]
    now: dict[str, float]
    n: int


def personal(seen: Seen) -> tuple[list[Change], list[str]]:
    """Find properties of text that hold what looks like personal data.

    E-mail addresses are counted by their @ in all rows and told from a sample of these; other kinds from a sample of
    all values. What a property always held is told of e-mail addresses only: ids look like phone numbers.
    """
    places = [at for at, one in enumerate(seen.properties) if one.kind == "text"]
    if not places:
        return [], []
    taken = exp.Array(expressions=[sample(seen, at, ats) for ats in (False, True) for at in places])
    text = place(sql(__package__, "tracking_samples.sql"), the_samples=taken)
    cells = seen.engine.query(text, last=seen.last)
    rows = {bool(row.now): row.samples for row in cells}
    found: list[Change] = []
    for number, at in enumerate(places):
        held = [[rows[now][number + more] or [] for more in (0, len(places))] if now in rows else [[], []]
                for now in (False, True)]  # fmt: skip
        before, now = (shares(plain, mails, ats(seen, at, now=bool(late))) for late, (plain, mails) in enumerate(held))
        found += told(seen, at, Sampled(before, now, len(held[1][0])))
    return found, [cells.sql]


def sample(seen: Seen, at: int, ats: bool) -> exp.Expr:
    """Return the aggregate that takes some values of a property by hash, or of those with an @."""
    read = seen.properties[at].read
    condition = parsed("contains(read, '@')" if ats else "read <> ''", read=read)
    wanted = exp.Literal.number(SAMPLE)
    return parsed(TAKEN, read=read, wanted=wanted, condition=condition)


def shares(plain: Sequence[str], mails: Sequence[str], ats: float) -> dict[str, float]:
    """Return the share of values with each kind.

    Parameters
    ----------
    plain, mails
        Some values, and some of those with an @.
    ats
        The share of values with an @.

    Examples
    --------
    Half the values have an @, and half of those are addresses.

    >>> shares(["x", "+49 30 5550 0147"], ["ada@example.org", "meet @ 5"], 0.5)
    {'[e-mail]': 0.25, '[phone]': 0.5, '[card]': 0.0, '[account]': 0.0}
    """
    found = {kind: part([kind in masked(value) for value in plain]) for kind in KINDS}
    return found | {MAIL: ats * part([MAIL in masked(value) for value in mails])}


def part(hits: Sequence[bool]) -> float:
    """Return the share of hits; 0 where there is nothing."""
    return sum(hits) / len(hits) if hits else 0.0


def ats(seen: Seen, at: int, *, now: bool) -> float:
    """Return the share of a property's values that have an @, in the last week or before."""
    weeks = [seen.last] if now else list(seen.before)
    held = [one[n] for one in seen.held.values() for n in weeks if n in one]
    filled = sum(one.filled[at] for one in held)
    return sum(one.ats[at] for one in held) / filled if filled else 0.0


def told(seen: Seen, at: int, one: Sampled) -> list[Change]:
    """Say what a property holds now and did not before; of e-mail addresses also that it always did."""
    name = seen.properties[at].name
    found = []
    for kind, words in KINDS.items():
        before, now = one.before[kind], one.now[kind]
        new = before <= NEVER and now >= NOW
        mail_before = kind == MAIL and name != USER and now >= NOW
        if one.n < LEAST or not (new or mail_before):
            continue
        text = f"{name} holds what looks like {words} in about {now:.1%} of its values {week(seen)}"
        text += f", where {before:.1%} did before: personal data" if new else ": personal data, as in the weeks before"
        found.append(
            Change(
                2 if new else 10, one.n, "", name, f"what looks like {words}", f"about {before:.1%}",
                f"about {now:.1%}", text, standing=not new,
                ask=f"Ask who sends {name} to leave {words} out, and have those that came deleted.",
                estimate=share_of(f"{name} with {words}, {week(seen)}", now, one.n),
            )
        )  # fmt: skip
    return found

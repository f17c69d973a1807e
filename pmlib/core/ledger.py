"""Where rows went, and what a report says of its sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pmlib.core.errors import InputError


@dataclass(frozen=True)
class Ledger:
    """Rows read, kept and dropped by reason; the sum closes.

    Examples
    --------
    >>> print(Ledger(read=10, kept=8, dropped={"no user": 2, "duplicate": 0}))
    10 rows read, 8 kept, 2 set aside (2 no user)
    """

    read: int
    kept: int
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.read != self.kept + sum(self.dropped.values()):
            raise InputError(
                f"The row count does not close: {self.read} read, {self.kept} kept, {dict(self.dropped)} dropped."
            )

    @property
    def aside(self) -> int:
        """How many rows were set aside."""
        return self.read - self.kept

    def __str__(self) -> str:
        why = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items() if count)
        head = f"{self.read:,} row{'' if self.read == 1 else 's'} read, {self.kept:,} kept, {self.aside:,} set aside"
        return f"{head} ({why})" if why else head


@dataclass(frozen=True)
class Origin:
    """What "How this was made" says of one source.

    Parameters
    ----------
    name
        The file's name without its folder, or the source's name; never an address.
    kind
        ``"events"``, ``"survey"``, ``"interviews"``, ``"series"`` or ``"units"``.
    form
        What the file was taken for, in words.
    through
        The last complete local day the source covers, or ``None`` where it has no dates.
    notes
        What a reader should know of the load, one sentence each.
    """

    name: str
    kind: str
    form: str
    ledger: Ledger
    first: date | None = None
    through: date | None = None
    timezone: str = ""
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the origin as plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "form": self.form,
            "read": self.ledger.read,
            "kept": self.ledger.kept,
            "dropped": dict(self.ledger.dropped),
            "first": self.first.isoformat() if self.first else None,
            "through": self.through.isoformat() if self.through else None,
            "timezone": self.timezone,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Check:
    """Something looked at under "What to doubt", and whether it is as it should be."""

    ok: bool
    text: str

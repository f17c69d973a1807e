"""What a kernel prints: no more than is kept, so that an endless print fills no memory."""

import time
from typing import Any

from ipykernel.iostream import OutStream

ENOUGH = 2_000_000
"""Signs of a cell that are handed on at once: more than is kept of it."""
RATE = 100_000
"""Signs a second that are handed on after that, for a cell that clears what it showed and shows anew."""


class CappedStream(OutStream):
    """The printed output of a kernel; what a flood holds beyond its measure is dropped where it arises."""

    said = 0
    began = 0.0

    def set_parent(self, parent: Any) -> None:
        """Begin to measure anew with each cell."""
        self.said, self.began = 0, time.monotonic()
        super().set_parent(parent)

    def write(self, string: str) -> int | None:
        """Take in a text, or its beginning."""
        if not isinstance(string, str):
            return super().write(string)
        room = int(ENOUGH + RATE * (time.monotonic() - self.began)) - self.said
        kept = string[: max(0, room)]
        self.said += len(kept)
        if kept:
            super().write(kept)
        return len(string)

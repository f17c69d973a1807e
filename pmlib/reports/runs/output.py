"""What a process says into its log: masked before it is written, and never more than a log can hold."""

import codecs
import os
from contextlib import suppress
from pathlib import Path

from pmlib.core.secrets import Secrets

HEAD, TAIL = 900_000, 100_000
"""Signs kept of the beginning, written as they come, and of the end, which says why a process died."""
CHUNK = 65_536


class Log:
    """The log of a process that writes into a pipe.

    Parameters
    ----------
    path
        Where it is kept. What a disk does not take is lost; a report does not fail for its log.
    """

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self.path = path
        self.secrets = secrets
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.text = codecs.getincrementaldecoder("utf-8")("replace")
        self.open, self.rest, self.end = "", 0, ""
        self.kept = 0
        with suppress(OSError):
            path.write_bytes(b"")

    def handed_over(self) -> None:
        """Close the end the process writes to, once it holds it itself."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def read(self) -> bool:
        """Take in what has come; return whether more may come."""
        try:
            raw = os.read(self.reading, CHUNK)
        except BlockingIOError:
            return True
        self.take(self.text.decode(raw, final=not raw))
        return bool(raw)

    def take(self, text: str) -> None:
        """Keep a text, but for an end that may begin a secret."""
        text = self.secrets.hide(self.open + text)
        size = len(text) - self.secrets.open_end(text)
        ready, self.open = text[:size], text[size:]
        head = ready[: max(0, HEAD - self.kept)]
        self.kept += len(head)
        self.append(head)
        self.rest += len(ready) - len(head)
        self.end = (self.end + ready[len(head) :])[-TAIL:]

    def append(self, text: str) -> None:
        """Write a text behind what is there."""
        if text:
            with suppress(OSError), self.path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)

    def close(self) -> None:
        """Take in what is left and write the end."""
        self.handed_over()
        with suppress(BlockingIOError):
            # Bounded: a process that could not be ended may still write.
            for _ in range(64):
                raw = os.read(self.reading, CHUNK)
                if not raw:
                    break
                self.take(self.text.decode(raw))
        os.close(self.reading)
        # An open end that never became a secret may be the first half of one: it is not written.
        if self.rest:
            left = self.rest - len(self.end)
            self.append(f"\n[… {left:,} signs left out …]\n{self.end}" if left else self.end)

"""Work in turns: of what is asked for in quick succession, only the last counts."""

import asyncio
import threading
from collections.abc import Callable


class Turns:
    """The turns of one panel.

    In a notebook the work is done by the loop that runs its cells, one piece at a time: newer kernels hear of changes
    in a thread of their own, even while a cell runs, but an engine answers one question at a time. Elsewhere it is
    done at once.

    Attributes
    ----------
    lock
        Held while something is shown, so that what came too late never stands over what is newer.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.latest = 0
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            self.loop = None

    def take(self) -> int:
        """Begin a turn; those before it come too late from now on."""
        with self.lock:
            self.latest += 1
            return self.latest

    def holds(self, turn: int) -> bool:
        """Whether no other turn began since."""
        return turn == self.latest

    def do(self, turn: int, work: Callable[[], None], pause: float) -> None:
        """Do the work of a turn after a pause of some seconds, unless another turn begins before."""
        if self.loop is None:
            work()
        else:
            self.loop.call_soon_threadsafe(self.loop.call_later, pause, self.begin, turn, work)

    def begin(self, turn: int, work: Callable[[], None]) -> None:
        """Do the work if its turn still holds."""
        if self.holds(turn):
            work()

"""Usage events of any form become one table, and every row is accounted for."""

from pmlib.sources.events.guess import Guess, guess_columns
from pmlib.sources.events.load import load_events

__all__ = ["Guess", "guess_columns", "load_events"]

"""Research: what people say in surveys and interviews, counted with its uncertainty."""

from pmlib.research.closed import choices
from pmlib.research.mentioned import mentions
from pmlib.research.scores import nps
from pmlib.research.verbatim import quotes

__all__ = ["choices", "mentions", "nps", "quotes"]

"""Questions about usage: how many are active, who stays, where they stop."""

from pmlib.usage.active import active
from pmlib.usage.funnel import funnel
from pmlib.usage.retention import retention

__all__ = ["active", "funnel", "retention"]

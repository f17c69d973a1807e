"""Subscriptions: who paid how much a month, from when to when."""

from pmlib.sources.subscriptions.load import load_subscriptions

__all__ = ["load_subscriptions"]

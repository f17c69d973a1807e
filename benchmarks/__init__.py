"""Budgets and comparisons, measured side by side: ``make bench``."""

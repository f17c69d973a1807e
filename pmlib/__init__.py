"""Research and metrics notebooks for product managers who decide by evidence."""

__version__ = "0.1.0"

"""The same number under other rules."""

"""Whether those who start come back, whether that changes, and how long they stay."""

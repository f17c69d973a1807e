"""What the units of an experiment say: one scan for all metrics, arms and segments, then each arm against control."""

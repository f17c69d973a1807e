"""Whether the tracking still tells what it told."""

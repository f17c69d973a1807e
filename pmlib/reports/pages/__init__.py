"""What readers see: the page of a report, for each audience, and the index."""

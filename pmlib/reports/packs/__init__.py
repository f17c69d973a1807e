"""What shall run: packs, parameters, plans, and how a pack begins."""

"""How many are active, how often, and who is gained and lost."""

"""What to do with it: ship, roll back, keep running, or say that nobody can tell."""

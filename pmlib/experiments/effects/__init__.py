"""What the change did: to goals, to what must not suffer, in whom and when."""

"""How far people get along steps, where they stop and how long they take."""

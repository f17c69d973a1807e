"""Visits, and the ways people take through them."""

"""Fernweh, an invented trip planner: two years of a product's data in which the truth is known."""

from pmlib.sources.demo.truth import TRUTH, Truth
from pmlib.sources.demo.world import World, world, write

__all__ = ["TRUTH", "Truth", "World", "world", "write"]

"""Static drawings of chart shapes, a kind a module."""

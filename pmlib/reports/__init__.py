"""Packs, parameters, runs and pages: notebooks in, shareable HTML out."""

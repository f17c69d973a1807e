"""Experiments without a change, on a team's own units: may its metrics be trusted before one begins."""

from pmlib.experiments.rehearsal.aa import aa

__all__ = ["aa"]

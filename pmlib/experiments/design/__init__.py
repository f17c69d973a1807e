"""How large and how long an experiment must be."""

from pmlib.experiments.design.plan import plan, plan_from, plan_with

__all__ = ["plan", "plan_from", "plan_with"]

"""From events to units: who was exposed when, and what each unit did afterwards."""

from pmlib.experiments.exposure.exposed import exposed
from pmlib.experiments.exposure.gaps import gaps
from pmlib.experiments.exposure.orders import in_columns
from pmlib.experiments.exposure.overlaps import overlaps
from pmlib.experiments.exposure.spans import whole_weeks

__all__ = ["exposed", "gaps", "in_columns", "overlaps", "whole_weeks"]

"""Pre-registration files: what an experiment's team wrote down before it began."""

from pmlib.sources.registrations.cautions import cautions
from pmlib.sources.registrations.deviations import deviations, edited
from pmlib.sources.registrations.load import load_registration
from pmlib.sources.registrations.registration import Measure, Registration
from pmlib.sources.registrations.template import template
from pmlib.sources.registrations.words import registered, summary

__all__ = [
    "Measure",
    "Registration",
    "cautions",
    "deviations",
    "edited",
    "load_registration",
    "registered",
    "summary",
    "template",
]

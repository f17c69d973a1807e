"""Surveys as tools export them become respondents, questions and answers."""

from pmlib.sources.surveys.load import load_survey

__all__ = ["load_survey"]

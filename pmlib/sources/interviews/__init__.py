"""Transcripts become utterances that can be traced to their file."""

from pmlib.sources.interviews.load import load_interviews

__all__ = ["load_interviews"]

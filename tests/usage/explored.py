"""Events for the panel, and how a person chooses on it."""

import asyncio
from datetime import date, timedelta

import ipywidgets as widgets
import pytest

from pmlib import usage
from pmlib.core import Finding
from pmlib.sources.contract import Events
from tests.rows import events_of

AS_OF = date(2025, 6, 1)
"""A Sunday: the week of 26 May is complete."""


def made(names=("signed_up", "booked"), properties=("platform", "account", "channel"), people=12, weeks=12) -> Events:
    """Each person starts in one of the first weeks and comes back in every second one, on a platform of their own."""
    rows = []
    for who in range(people):
        for week in range(who % 4, weeks, 2):
            day = date(2025, 3, 10) + timedelta(days=7 * week + who % 7)
            for hour, name in enumerate(names):
                values = [f"{one} {who % 3}" for one in properties]
                rows.append((f"u{who}", name, f"{day}T{8 + hour % 12:02}:00", *values))
    return events_of(rows, as_of=AS_OF, properties=tuple(properties))


def choose(shown, question: str, **values):
    """Choose on the panel as a person would, one control after the other."""
    shown.question.value = question
    for name, value in values.items():
        shown.fields[name].take(value)
    return shown


def run(shown) -> Finding:
    """Run the call shown as a cell would."""
    return eval(shown.call.value, {"usage": usage, "data": shown.events})


@pytest.fixture(autouse=True)
def closed():
    """Widgets are kept by their library until they are closed; a browser of other tests may leave its loop running."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)
    widgets.Widget.close_all()

"""What a pack may ask for beside its reports: gates, time limits, delivery, a schedule."""

import re
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pmlib.core import nearest
from pmlib.core.periods import WEEKDAYS

TIMEOUT = 600
"""Seconds a report may take where a pack says nothing."""
Event = Literal["success", "failure", "recovery", "missing"]


class Setting(BaseModel):
    """A table of a pack; a name it does not know is an error."""

    model_config = ConfigDict(extra="forbid")


class Asks(Setting):
    """What a pack or one of its reports may ask of a run and of the data; ``None`` asks nothing."""

    timeout: int | None = Field(default=None, ge=1, description="seconds a report may take")
    cell_timeout: int | None = Field(default=None, ge=1, description="seconds a cell may take")
    max_age_days: int | None = Field(default=None, ge=0, description="days the data may lag behind the run")
    min_rows: int | None = Field(default=None, ge=1, description="rows each source must have kept")
    whole_week: bool | None = Field(default=None, description="whether the data must reach to the end of a week")
    min_group: int | None = Field(default=None, ge=2, description="people a group must have to be shown")


class Mail(Setting):
    """``[mail]``: who is told of a run."""

    to: list[str] = Field(min_length=1)
    sender: str
    server: str = Field(
        description="env:NAME of the variable that holds smtp+starttls://user:password@host:port, smtps:// or smtp://"
    )
    on: list[Event] = ["success", "failure", "recovery", "missing"]
    images: bool = Field(default=False, description="whether charts go along as pictures")
    link: str = Field(default="", description="the address under which the pages are served")

    @field_validator("server")
    @classmethod
    def reference(cls, value: str) -> str:
        """Hold that no password is written down."""
        return secret(value)

    @field_validator("to", "sender")
    @classmethod
    def addresses(cls, value: list[str] | str) -> list[str] | str:
        """Hold that an address is one and cannot add headers."""
        for one in [value] if isinstance(value, str) else value:
            if not re.fullmatch(r"[^@\s<>\"(),;:\\\x00-\x1f\x7f]+@[A-Za-z0-9.-]+", one):
                raise ValueError(f"{one!r} is no mail address such as ada@example.org")
        return value

    @field_validator("link")
    @classmethod
    def served(cls, value: str) -> str:
        """Hold that the address is one of pages."""
        return site(value)


class Webhook(Setting):
    """``[webhook]``: a Slack-compatible address that is told of a run."""

    url: str = Field(description="env:NAME of the variable that holds the address")
    on: list[Event] = ["success", "failure", "recovery", "missing"]
    link: str = Field(default="", description="the address under which the pages are served")

    @field_validator("url")
    @classmethod
    def reference(cls, value: str) -> str:
        """Hold that the address, which lets anybody write, is not written down."""
        return secret(value)

    @field_validator("link")
    @classmethod
    def served(cls, value: str) -> str:
        """Hold that the address is one of pages."""
        return site(value)


class Schedule(Setting):
    """``[schedule]``: when a run is due; a slot is a local time, so that a change of clocks moves nothing."""

    day: str = Field(default="monday", description="a weekday, or 'daily'")
    time: str = "06:00"
    timezone: str = "UTC"
    grace_minutes: int = Field(default=120, ge=1, description="minutes after which a run that did not come is missing")

    @field_validator("day")
    @classmethod
    def weekday(cls, value: str) -> str:
        """Hold that the day is one."""
        if value not in (*WEEKDAYS, "daily"):
            raise ValueError(f"'{value}' is no weekday and not 'daily'.{nearest(value, (*WEEKDAYS, 'daily'))}")
        return value

    @field_validator("time")
    @classmethod
    def clock(cls, value: str) -> str:
        """Hold that the time is one."""
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError(f"'{value}' is no time such as 06:00")
        return value

    @field_validator("timezone")
    @classmethod
    def zone(cls, value: str) -> str:
        """Hold that the time zone exists."""
        if value not in available_timezones():
            raise ValueError(f"'{value}' is no time zone such as Europe/Berlin.{nearest(value, available_timezones())}")
        return value


def secret(value: str) -> str:
    """Hold that a secret is given as a reference."""
    if not re.fullmatch(r"env:[A-Za-z_]\w*", value):
        raise ValueError("must be a reference such as env:SMTP_URL, so that no password is written down")
    return value


def site(value: str) -> str:
    """Hold that an address can be put before the pages' names; it needs no password, for all who read know it."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        plain = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        plain = False
    # No user, query or fragment, and nothing that ends a link in a mail or a chat.
    if not plain or not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~!$&()*+,;=%/-]*)?", value):
        raise ValueError("must be an address of pages such as https://reports.example.org/weekly")
    return value

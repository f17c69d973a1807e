"""What is true in the demo world: every number planted in it, in one place."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

TIMEZONE = "Europe/Berlin"
FIRST_DAY = date(2024, 9, 30)
LAST_DAY = date(2026, 11, 22)
WEEKS = 112
DAYS = 7 * WEEKS
FUTURE_YEAR = 2031


def fixed(**pairs: float) -> Mapping[str, float]:
    """Return a mapping nobody can change."""
    return MappingProxyType(pairs)


@dataclass(frozen=True)
class Scores:
    """The chances that a respondent is a detractor (0-6), passive (7-8) or promoter (9-10)."""

    detractor: float
    passive: float
    promoter: float

    @property
    def nps(self) -> float:
        """Promoters less detractors, a fraction: 0.18 is an NPS of 18."""
        return self.promoter - self.detractor


@dataclass(frozen=True)
class Trial:
    """When an experiment took in new sign-ups; both days included."""

    start: date
    end: date

    @property
    def days(self) -> tuple[int, int]:
        """First and last day, counted from the first day of the data."""
        return (self.start - FIRST_DAY).days, (self.end - FIRST_DAY).days


@dataclass(frozen=True)
class Truth:
    """The planted truths. Shares are fractions; ``data/README.md`` states each of them.

    Examples
    --------
    >>> round(TRUTH.retention(4), 3)
    0.35
    >>> round(TRUTH.nps["2026-11"].nps, 2)
    0.33
    """

    retention_long_run: float = 0.22
    retention_week_4: float = 0.35
    retention_decay: float = 3.5

    trip: float = 0.70
    invited: float = 0.28
    booked: float = 0.12
    invited_treated: float = 0.33
    booked_treated: float = 0.14
    channels: Mapping[str, float] = field(
        default_factory=lambda: fixed(organic=0.45, search_ads=0.25, referral=0.18, partner=0.12)
    )
    invited_by_channel: Mapping[str, float] = field(
        default_factory=lambda: fixed(organic=0.28, search_ads=0.22, referral=0.40, partner=0.225)
    )
    growth: float = 0.30

    onboarding: Trial = Trial(date(2026, 1, 26), date(2026, 5, 31))
    paywall: Trial = Trial(date(2026, 6, 1), date(2026, 9, 27))
    paywall_lift: float = 0.0

    launch_day: date = date(2026, 9, 7)
    launch_effect: float = 0.18

    plan_up: float = 0.02
    plan_down: float = 0.015
    came_back: float = 0.12

    nps: Mapping[str, Scores] = field(
        default_factory=lambda: MappingProxyType(
            {
                "2025-11": Scores(0.24, 0.34, 0.42),
                "2026-05": Scores(0.21, 0.34, 0.45),
                "2026-11": Scores(0.18, 0.31, 0.51),
            }
        )
    )
    very_disappointed: Mapping[str, float] = field(default_factory=lambda: fixed(free=0.32, plus=0.47, pro=0.58))
    respondents: int = 700
    open_answered: float = 0.55
    open_with_contact: int = 6
    open_themes: Mapping[str, float] = field(
        default_factory=lambda: fixed(
            costs=0.24, calendar=0.17, slow_map=0.17, offline=0.16, notifications=0.14, price=0.12
        )
    )

    mentions: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {"costs": 8, "calendar": 7, "offline": 5, "notifications": 4, "price": 3, "slow_map": 2}
        )
    )

    market_start: Mapping[str, float] = field(
        default_factory=lambda: fixed(Fernweh=0.09, Wanderlist=0.46, Tripmate=0.30, Rondo=0.15)
    )
    market_end: Mapping[str, float] = field(
        default_factory=lambda: fixed(Fernweh=0.17, Wanderlist=0.35, Tripmate=0.31, Rondo=0.17)
    )

    duplicates: int = 40
    without_user: int = 25
    in_future: int = 5

    def retention(self, week: int) -> float:
        """Return the chance that a user has a session in the calendar week ``week`` after the sign-up week."""
        extra = self.retention_week_4 - self.retention_long_run
        return self.retention_long_run + extra * math.exp((4 - week) / self.retention_decay)

    def stated(self) -> dict[str, str]:
        """Return every truth as ``data/README.md`` prints it, by the name it has there."""
        words = {f"retention.week_{k}": percent(self.retention(k)) for k in (1, 2, 4, 8, 12, 26, 52)}
        words |= {
            "retention.long_run": percent(self.retention_long_run),
            "funnel.trip_created": percent(self.trip),
            "funnel.friend_invited": percent(self.invited),
            "funnel.booking_made": percent(self.booked),
            "funnel.treated.trip_created": percent(self.trip),
            "funnel.treated.friend_invited": percent(self.invited_treated),
            "funnel.treated.booking_made": percent(self.booked_treated),
            "signups.growth_a_year": percent(self.growth),
            "experiment.onboarding.window": f"{self.onboarding.start} to {self.onboarding.end}",
            "experiment.onboarding.lift": f"+{(self.invited_treated - self.invited) * 100:.0f} points",
            "experiment.paywall.window": f"{self.paywall.start} to {self.paywall.end}",
            "experiment.paywall.lift": f"{self.paywall_lift * 100:.0f} points",
            "launch.day": str(self.launch_day),
            "launch.bookings": f"+{percent(self.launch_effect)}",
            "subscriptions.up": f"{percent(self.plan_up)} a month",
            "subscriptions.down": f"{percent(self.plan_down)} a month",
            "subscriptions.back": percent(self.came_back),
            "survey.respondents_a_wave": str(self.respondents),
            "survey.open_answered": percent(self.open_answered),
            "survey.open_with_contact": str(self.open_with_contact),
            "defects.duplicates": str(self.duplicates),
            "defects.without_user": str(self.without_user),
            "defects.in_future": str(self.in_future),
        }
        words |= {f"signups.{name}": percent(part) for name, part in self.channels.items()}
        words |= {f"funnel.friend_invited.{name}": percent(part) for name, part in self.invited_by_channel.items()}
        words |= {f"survey.nps.{wave}": f"{scores.nps * 100:.0f}" for wave, scores in self.nps.items()}
        words |= {f"survey.very_disappointed.{plan}": percent(part) for plan, part in self.very_disappointed.items()}
        words |= {f"survey.theme.{name}": percent(part) for name, part in self.open_themes.items()}
        words |= {f"interviews.{name}": f"{count} of 12" for name, count in self.mentions.items()}
        words |= {
            f"market.{name}": f"{percent(start)} to {percent(self.market_end[name])}"
            for name, start in self.market_start.items()
        }
        return words


def percent(part: float) -> str:
    """Print a fraction as per cent, with a decimal only where it has one."""
    return f"{part * 100:.1f}".removesuffix(".0") + "%"


TRUTH = Truth()

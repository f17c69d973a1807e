"""All experiments of a team's list as they stand at the end of a day."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from pmlib.core import Check, Origin, PmlibError, SettingError, nearest
from pmlib.experiments.arguments import fitting
from pmlib.experiments.decision.stands import Stand, loaded, stood
from pmlib.experiments.trial import trial
from pmlib.sources.aggregates import Aggregates
from pmlib.sources.trials import Listed, Listing, load_trials


@dataclass(frozen=True, eq=False)
class Portfolio:
    """The experiments of a team as they stand.

    Parameters
    ----------
    as_of
        The last day that counts.
    """

    stands: tuple[Stand, ...]
    as_of: date
    origin: Origin
    checks: tuple[Check, ...] = ()
    again: tuple[str, ...] = ()
    """Experiments whose data and arms an earlier one has."""

    @property
    def open(self) -> tuple[Stand, ...]:
        """Those that run, or that nobody has decided on."""
        return tuple(one for one in self.stands if one.open)

    @property
    def ended(self) -> tuple[Stand, ...]:
        """Those that have ended and could be read, each once."""
        return tuple(one for one in self.stands if one.over and one.name not in self.again)


@fitting
def portfolio(experiments: Listing | str | Path, *, as_of: str | date = "data") -> Portfolio:
    """Read all experiments of a list, one after the other.

    Parameters
    ----------
    experiments
        The list, or its file, as :func:`pmlib.sources.load_trials` reads it.
    as_of
        The last day that counts: ``"data"`` the last on which any of them took a unit in, ``"today"`` yesterday, or a
        date. What was decided later is not known then.

    Returns
    -------
    Portfolio
        One that cannot be read stands in it with the reason, so that it hides none of the others.

    Raises
    ------
    SettingError
        If ``as_of`` is no day.
    """
    listing = experiments if isinstance(experiments, Listing) else load_trials(experiments)
    day = settled(as_of, listing)
    stands = tuple(stood(one, day) for one in listing.experiments)
    unread = [one for one in stands if one.state == "unread" and not one.listed.fault]
    checks = [Check(False, f"{one.name} cannot be read: {one.reason}") for one in unread]
    notes = tuple(f"{one.name}: {one.source}, {one.ledger}." for one in stands if one.source)
    return Portfolio(
        stands,
        day,
        replace(listing.origin, through=day, notes=(*listing.origin.notes, *notes)),
        (*listing.checks, *checks),
        listing.again,
    )


def settled(as_of: str | date, listing: Listing) -> date:
    """Return the last day that counts."""
    yesterday = date.today() - timedelta(days=1)
    if isinstance(as_of, date):
        return as_of
    if as_of == "today":
        return yesterday
    if as_of == "data":
        return max((day for one in listing.experiments if (day := last_day(one)) is not None), default=yesterday)
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        near = nearest(as_of, ("data", "today"))
        raise SettingError(
            f"as_of is '{as_of}', which is no day.{near} Use data (the last day on which a unit was taken in), today "
            "(up to yesterday) or a date such as 2026-11-22."
        ) from error


def last_day(one: Listed) -> date | None:
    """Return the last day an experiment's data tell of; ``None`` where they do not, or cannot be read."""
    if one.fault:
        return None
    try:
        given, _ = loaded(one, date.max)
        if given.origin.through is not None or isinstance(given, Aggregates):
            return given.origin.through or (
                given.period.end if isinstance(given, Aggregates) and given.period else None
            )
        sheet = one.settings
        made = trial(given, registration=one.registration or "", metric=sheet.metric, control=sheet.control)
        return made.period.end if made.period else None
    except PmlibError:
        return None

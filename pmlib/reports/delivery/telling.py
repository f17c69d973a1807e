"""Who is told of a run: by mail and webhook, once, and never at the cost of the run."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pmlib.core import PmlibError
from pmlib.reports.delivery import mail, webhook
from pmlib.reports.delivery.news import Json, News, news
from pmlib.reports.delivery.overdue import came_late
from pmlib.reports.delivery.pictures import pictures
from pmlib.reports.delivery.slots import last_slot
from pmlib.reports.delivery.tries import Pause
from pmlib.reports.packs.pack import Pack
from pmlib.reports.packs.plan import Plan
from pmlib.reports.runs import records
from pmlib.reports.writing import PublishError, put
from pmlib.show import Chart
from pmlib.show.still import still

Channel = Literal["mail", "webhook"]
CHART = 640
"""Width of a chart in a mail, in pixels."""


@dataclass(frozen=True)
class Delivered:
    """What came of telling by one channel.

    Parameters
    ----------
    state
        ``told before`` where the same news had been sent: a slot tells once.
    why
        Why it failed, or what to note; never an address, user or password.
    """

    channel: Channel
    state: Literal["sent", "failed", "told before"]
    why: str = ""
    tries: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as the run's record keeps it."""
        return asdict(self)

    @property
    def words(self) -> str:
        """A line for the command line."""
        name = "Mail" if self.channel == "mail" else "The webhook's message"
        return (
            f"{name} was {'not sent' if self.state == 'failed' else self.state}{f': {self.why}' if self.why else '.'}"
        )


def tell(
    plan: Plan, record: Json, *, changes: Mapping[str, Sequence[str]] | None = None, pause: Pause = time.sleep
) -> list[Delivered]:
    """Tell of a run that has ended and is published; nothing that goes wrong here is an error of the run.

    A run for another day or with other parameters than the pack's tells nobody: somebody is trying something.

    Parameters
    ----------
    record
        The record of the run as it is kept, its facts beside it.
    changes
        Sentences on what changed since the last good run, by report.
    """
    pack = plan.pack
    if not (pack.mail or pack.webhook) or set(record.get("asked", ())) - {"only"}:
        return []
    earlier = [one for one in records.history(plan.out) if one["run"] != record["run"]]
    good = [one["id"] for one in record["reports"] if records.published(record, one)]
    folder = records.folder_of(plan.out, record)
    facts = {name: found for name in good if (found := records.read(folder / name / "facts.json"))}
    began = datetime.fromisoformat(record["began"])
    told = news(
        record,
        earlier,
        facts=facts,
        changes=changes,
        slot=last_slot(pack.schedule, began).isoformat() if pack.schedule else "",
        late=came_late(pack.schedule, began, earlier) if pack.schedule else "",
    )
    return deliver(pack, plan.out, told, pause=pause)


def deliver(pack: Pack, out: Path, told: News, *, pause: Pause = time.sleep) -> list[Delivered]:
    """Send news by each channel of a pack that asks for what happened.

    Parameters
    ----------
    out
        The published folder; what has been told is kept beside it.
    pause
        Waits between tries.

    Returns
    -------
    list of Delivered
        One a channel that was asked for.
    """
    done: list[Delivered] = []
    if pack.mail and set(pack.mail.on) & set(told.events):
        setting = pack.mail
        done.append(once("mail", out, told, lambda: mail.send(setting, told, drawn, pause=pause)))
    if pack.webhook and set(pack.webhook.on) & set(told.events):
        hook = pack.webhook
        done.append(once("webhook", out, told, lambda: webhook.send(hook, told, pause=pause)))
    return done


def once(channel: Channel, out: Path, told: News, send: Callable[[], tuple[int, str]]) -> Delivered:
    """Send by a channel what it has not told yet, and keep that it has."""
    # Apart, for the one who looks for runs that did not come may look while a run ends.
    kind = "missing" if "missing" in told.events else "run"
    path = records.home(out) / "told" / f"{out.name}-{channel}-{kind}.json"
    before = (records.read(path) or {}) if path.is_file() else {}
    if told.marks and all(before.get(name) == mark for name, mark in told.marks.items()):
        return Delivered(channel, "told before")
    try:
        tries, why = send()
    except PmlibError as error:
        return Delivered(channel, "failed", str(error))
    except OSError as error:
        return Delivered(channel, "failed", f"{error.strerror or type(error).__name__}.")
    try:
        put(path, json.dumps({**before, **told.marks}, indent=1, ensure_ascii=False).encode())
    except PublishError:
        why = "It could not be noted and may be sent again."
    return Delivered(channel, "sent", why, tries)


def drawn(charts: Sequence[Json]) -> list[bytes]:
    """Return pictures of charts, none where there is no Chromium."""
    return pictures([still(Chart.from_json(one), width=CHART) for one in charts])

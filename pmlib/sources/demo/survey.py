"""Three survey waves: scores, closed questions and what people write in their own words."""

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pmlib.core import SettingError
from pmlib.sources.demo import clock
from pmlib.sources.demo.clock import Ints
from pmlib.sources.demo.people import PLATFORMS, Users, choose, pick
from pmlib.sources.demo.subscriptions import PLANS, Subscriptions
from pmlib.sources.demo.texts import words
from pmlib.sources.demo.truth import FIRST_DAY, TRUTH, Scores, Truth

OPENED = {"2025-11": date(2025, 11, 3), "2026-05": date(2026, 5, 4), "2026-11": date(2026, 11, 2)}
OPEN_DAYS = 12
RECOMMEND = "How likely are you to recommend Fernweh to a friend?"
FEEL = "How would you feel if you could no longer use Fernweh?"
USE = "What do you mainly use Fernweh for?"
IMPROVE = "What should we improve first?"
FEELINGS = ("Very disappointed", "Somewhat disappointed", "Not disappointed")
USES = {"Planning together": 0.44, "Splitting costs": 0.23, "Collecting ideas": 0.19, "Booking": 0.14}
SKIPPED = 0.03
"""The share of respondents who leave the score empty."""
WITHIN = {"detractor": [1, 1, 1, 2, 2, 4, 5], "passive": [3, 4], "promoter": [3, 4]}
"""How the scores of a group are spread over 0-6, 7-8 and 9-10."""


def survey(seed: int, users: Users, subscriptions: Subscriptions, truth: Truth = TRUTH) -> pa.Table:
    """Return ``survey.csv``: one row a respondent, the waves one below the other.

    Raises
    ------
    SettingError
        If fewer users than respondents had signed up before a wave.
    """
    rng = np.random.default_rng([seed, 13])
    waves = [_wave(rng, wave, users, subscriptions, truth) for wave in truth.nps]
    table = pa.concat_tables(waves)
    ids = pa.array(np.char.mod("r%04d", np.arange(1, table.num_rows + 1)))
    table = table.add_column(0, "respondent", ids)
    return table.append_column(IMPROVE, pa.array(_answers(rng, table.num_rows, truth)))


def _wave(rng: np.random.Generator, wave: str, users: Users, subscriptions: Subscriptions, truth: Truth) -> pa.Table:
    first = (OPENED[wave] - FIRST_DAY).days
    known = np.flatnonzero(users.day < first)
    n = truth.respondents
    if known.size < n:
        raise SettingError(
            f"Wave {wave} wants {n} respondents, but only {known.size} of {users.n} users had signed up by then. "
            "Ask for more users."
        )
    ts = np.sort(clock.moments(rng, first + rng.integers(0, OPEN_DAYS, n)))
    user = rng.choice(known, n, replace=False)
    plan = subscriptions.plan_on(users.n, np.full(users.n, first))[user]
    return pa.table(
        {
            "user_id": users.names()[user],
            "wave": np.full(n, wave),
            "answered_at": clock.local_text(ts),
            "plan": np.array(("free", *PLANS))[plan],
            "platform": np.array(list(PLATFORMS))[users.platform[user]],
            RECOMMEND: pa.array(_scores(rng, truth.nps[wave], n), mask=rng.random(n) < SKIPPED),
            FEEL: np.array(FEELINGS)[_feelings(rng, plan, truth)],
            USE: np.array(list(USES))[choose(rng, USES, n)],
        }
    )


def _scores(rng: np.random.Generator, scores: Scores, n: int) -> Ints:
    groups = [(name, np.array(weights, dtype=float)) for name, weights in WITHIN.items()]
    return pick(rng, np.concatenate([getattr(scores, name) * part / part.sum() for name, part in groups]), n)


def _feelings(rng: np.random.Generator, plan: Ints, truth: Truth) -> Ints:
    very = np.array([truth.very_disappointed[name] for name in ("free", *PLANS)])[plan]
    draw = rng.random(plan.size)
    return np.where(draw < very, 0, np.where(draw < very + 0.6 * (1 - very), 1, 2))


def _answers(rng: np.random.Generator, n: int, truth: Truth) -> list[str | None]:
    """Compose the open answers: a head, a core of the drawn theme, a tail; some odd ones stand as written."""
    text = words("words.toml")
    cores = [np.array(text["cores"][theme]) for theme in truth.open_themes]
    theme = choose(rng, truth.open_themes, n)
    place = (rng.random(n) * np.array([part.size for part in cores])[theme]).astype(np.int64)
    core = np.concatenate(cores)[np.cumsum([0, *(part.size for part in cores[:-1])])[theme] + place]
    head, tail = rng.choice(text["heads"], n), rng.choice(text["tails"], n)
    composed = [_sentence(*parts) for parts in zip(head.tolist(), core.tolist(), tail.tolist(), strict=True)]
    answered: NDArray[np.bool_] = rng.random(n) < truth.open_answered
    answers = [line if given else None for line, given in zip(composed, answered, strict=True)]
    fixed = [*text["contact"][: truth.open_with_contact], *text["odd"]]
    for row, line in zip(rng.choice(np.flatnonzero(answered), len(fixed), replace=False), fixed, strict=True):
        answers[row] = line
    return answers


def _sentence(head: str, core: str, tail: str) -> str:
    if head.strip() == "":
        core = core[0].upper() + core[1:]
    return f"{head}{core}{tail}"

"""Twelve interviews as WebVTT, half as Zoom writes it and half as Teams does."""

import re
from collections.abc import Iterator
from html import escape
from uuid import UUID

import numpy as np

from pmlib.sources.demo.texts import words
from pmlib.sources.demo.truth import TRUTH, Truth

Turn = tuple[str, str]
"""Who speaks, and what."""
ASKED_ANYWAY = 2
"""About how many themes a participant is asked who has nothing to say on them: the interviewer's words are a trap."""
NEUTRAL = 4
WORDS_A_SECOND = 1.85
CUE_WORDS = 16
"""A cue ends with the first sentence that has brought it to this many words."""


def interviews(seed: int, truth: Truth = TRUTH) -> dict[str, str]:
    """Return the transcripts by file name, ``interview_01.vtt`` to ``interview_12.vtt``."""
    rng = np.random.default_rng([seed, 14])
    text = words("dialogue.toml")
    talks = conversations(rng, text, truth)
    return {
        f"interview_{number:02d}.vtt": (zoom if number % 2 else teams)(rng, talk)
        for number, talk in enumerate(talks, start=1)
    }


def conversations(rng: np.random.Generator, text: dict, truth: Truth) -> list[list[Turn]]:
    """Compose every interview; each theme is mentioned by exactly as many participants as planted."""
    count = len(text["people"])
    answers: list[dict[str, str]] = [{} for _ in range(count)]
    for theme, mentions in truth.mentions.items():
        for person, said in zip(rng.permutation(count)[:mentions], text["themes"][theme]["yes"], strict=True):
            answers[person][theme] = said
    pools = {question["ask"]: list(rng.permutation(question["answers"] * 3)) for question in text["neutral"]}
    return [_conversation(rng, text, person, answers[number], pools) for number, person in enumerate(text["people"])]


def _conversation(
    rng: np.random.Generator, text: dict, person: dict, said: dict[str, str], pools: dict[str, list[str]]
) -> list[Turn]:
    mara, name = text["interviewer"], person["name"]
    talk = [(mara, text["opening"]), (name, person["who"])]
    talk += [(mara, "Lovely. Tell me about the last trip you planned with others."), (name, person["trip"])]
    neutral = rng.permutation(list(pools))[:NEUTRAL].tolist()
    for ask in neutral[:2]:
        talk += [(mara, ask), (name, str(pools[ask].pop()))]
    silent = rng.permutation([theme for theme in text["themes"] if theme not in said])[:ASKED_ANYWAY]
    nothing = iter(rng.permutation(text["no"]["answers"]).tolist())
    for theme in rng.permutation([*said, *silent]).tolist():
        talk += [(mara, str(rng.choice(text["themes"][theme]["asks"])))]
        talk += [(name, said[theme] if theme in said else next(nothing))]
    for ask in neutral[2:]:
        talk += [(mara, ask), (name, str(pools[ask].pop()))]
    return [*talk, (mara, text["closing"]), (name, "Thank you, that was fun. Bye!")]


def cues(rng: np.random.Generator, talk: list[Turn]) -> Iterator[tuple[str, str, str]]:
    """Cut turns into cues: the time line, the speaker, the words."""
    clock = 2.0
    for speaker, said in talk:
        clock += float(rng.uniform(0.4, 1.5))
        for part in _parts(said):
            begin, clock = clock, clock + len(part.split()) / WORDS_A_SECOND * float(rng.uniform(0.85, 1.15))
            yield f"{_stamp(begin)} --> {_stamp(clock)}", speaker, part
            clock += 0.12


def zoom(rng: np.random.Generator, talk: list[Turn]) -> str:
    """Write a transcript as Zoom does: numbered cues, ``Name: words``."""
    blocks = [f"{number}\n{when}\n{who}: {said}\n" for number, (when, who, said) in enumerate(cues(rng, talk), 1)]
    return "\n".join(["WEBVTT\n", *blocks])


def teams(rng: np.random.Generator, talk: list[Turn]) -> str:
    """Write a transcript as Teams does: an id and a number, ``<v Name>words</v>``."""
    meeting = UUID(bytes=rng.bytes(16), version=4)
    blocks = [
        f"{meeting}/{number}-0\n{when}\n<v {who}>{escape(said, quote=False)}</v>\n"
        for number, (when, who, said) in enumerate(cues(rng, talk), 7)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _parts(said: str) -> Iterator[str]:
    part = ""
    for sentence in re.split(r"(?<=[.?!]) ", said):
        part = f"{part} {sentence}".strip()
        if len(part.split()) >= CUE_WORDS:
            yield part
            part = ""
    if part:
        yield part


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"

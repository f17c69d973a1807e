"""Load interview transcripts as utterances that point back into their files."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pmlib.core import Check, InputError, Ledger, Origin, SettingError
from pmlib.engine import Engine
from pmlib.sources.contract import Interviews
from pmlib.sources.files.text import read
from pmlib.sources.interviews.transcripts import SRT_ARROW, Transcript, dialogue, webvtt
from pmlib.sources.where import find

LATER = {
    ".srt": "SubRip (.srt)",
    ".sbv": "SubViewer (.sbv)",
    ".docx": "a Word document",
    ".pdf": "a PDF",
    ".json": "JSON",
}
SCHEMA = pa.schema(
    [
        ("interview", pa.string()),
        ("utterance", pa.int32()),
        ("speaker", pa.string()),
        ("t0", pa.float64()),
        ("t1", pa.float64()),
        ("text", pa.string()),
        ("source_sha256", pa.string()),
        ("c0", pa.int32()),
        ("c1", pa.int32()),
    ]
)


@dataclass(frozen=True)
class Interview:
    """One file's transcript under the interview's name."""

    name: str
    form: str
    sha256: str
    transcript: Transcript


def load_interviews(where: object) -> Interviews:
    """Load transcripts: WebVTT as Zoom and Teams write it, or text with ``Speaker: text``.

    Parameters
    ----------
    where
        A file, a pattern such as ``interviews/*.vtt``, or a TOML file that names them. An interview is called as its
        file without the ending; files of the same name are told apart by their folder. ``""`` is none: a report may
        do without.

    Returns
    -------
    Interviews
        A cue is an utterance, one for each voice in it; of a plain text, a paragraph. Times are seconds from the
        start. ``c0`` and ``c1`` cut what was said from the file's text, decoded and without a byte order mark.

    Raises
    ------
    InputError
        If a file is of another form, or nothing could be read.
    """
    if isinstance(where, str) and not where:
        engine = Engine()
        engine.register("given", SCHEMA.empty_table())
        engine.run("CREATE TABLE utterances AS SELECT * FROM given")
        return Interviews(engine, Origin("interviews", "interviews", "none given", Ledger(0, 0)))
    found = find(where, "interviews")
    if found.frame is not None:
        raise InputError("Interviews are read from files. Give a path such as interviews/*.vtt, not a frame.")
    if found.spec.columns:
        raise SettingError("Transcripts have no columns to map. Take 'columns' out of the source's description.")
    parts = [
        interview(file, name, found.spec.encoding) for file, name in zip(found.files, titles(found.files), strict=True)
    ]
    rows = [
        (part.name, place, said.speaker, said.t0, said.t1, said.text, part.sha256, said.c0, said.c1)
        for part in parts
        for place, said in enumerate(part.transcript.said, start=1)
    ]
    dropped = sum((part.transcript.dropped for part in parts), Counter[str]())
    ledger = Ledger(len(rows) + dropped.total(), len(rows), dict(sorted(dropped.items())))
    if not rows:
        raise InputError(
            f"{found.name} holds no utterance that can be read ({ledger}). Expected WebVTT cues with times and words, "
            "or lines of 'Speaker: text'."
        )
    engine = Engine()
    columns = zip(*rows, strict=True)
    given = pa.table([pa.array(values, kind.type) for values, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    engine.register("given", given)
    engine.run("CREATE TABLE utterances AS SELECT * FROM given ORDER BY interview, utterance")
    forms = " and ".join(sorted({part.form for part in parts}))
    notes = tuple(f"{part.name} holds no utterance." for part in parts if not part.transcript.said)
    origin = Origin(found.name, "interviews", f"transcripts as {forms}", ledger, notes=notes)
    return Interviews(engine, origin, checks(parts, ledger))


def interview(path: Path, name: str, encoding: str | None) -> Interview:
    """Read one file."""
    ending = path.suffix.lower()
    if ending in LATER:
        raise unsupported(path, LATER[ending])
    source = read(path, encoding)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if source.startswith("WEBVTT") or ending == ".vtt":
        if not source.startswith("WEBVTT") and SRT_ARROW.search(source):
            raise unsupported(path, "SubRip under the name of WebVTT")
        return Interview(name, "WebVTT", sha256, webvtt(source, path.name))
    if SRT_ARROW.search(source):
        raise unsupported(path, "SubRip")
    return Interview(name, "Speaker: text", sha256, dialogue(source, path.name))


def unsupported(path: Path, what: str) -> InputError:
    """Say what is read instead."""
    return InputError(
        f"{path.name} is {what}, which is not read. Export the transcript as WebVTT (.vtt), or as text (.txt, .md) "
        "with lines of 'Speaker: text'."
    )


def titles(files: tuple[Path, ...]) -> list[str]:
    """Name each interview by its file; where names clash, folder and file, and with the ending where those clash."""
    stems = Counter(file.stem for file in files)
    inside = Counter(f"{file.resolve().parent.name}/{file.stem}" for file in files)
    names = []
    for file in files:
        folder = file.resolve().parent.name
        if stems[file.stem] == 1:
            names.append(file.stem)
        else:
            names.append(f"{folder}/{file.stem if inside[f'{folder}/{file.stem}'] == 1 else file.name}")
    return names


def checks(parts: list[Interview], ledger: Ledger) -> tuple[Check, ...]:
    """Look at what a reader may doubt: speech without a name, cues that were lost, times that run back."""
    said = [one for part in parts for one in part.transcript.said]
    nameless = sum(one.speaker is None for one in said)
    lost = ledger.dropped.get("unparseable", 0)
    back = [
        part.name
        for part in parts
        if any(
            first.t0 is not None and then.t0 is not None and then.t0 < first.t0
            for first, then in zip(part.transcript.said, part.transcript.said[1:], strict=False)
        )
    ]
    return (
        Check(nameless <= 0.05 * len(said), f"{nameless:,} of {len(said):,} utterances name no speaker."),
        Check(not lost, f"{lost:,} passages have no readable time and were set aside."),
        Check(not back, f"Times run forward in every interview{' but ' + ', '.join(back[:5]) if back else ''}."),
    )

"""Files that are cut off, damaged, empty or called what they are not: one sentence, whoever reads them."""

import gzip
import io
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from pmlib.core import InputError
from pmlib.sources import (
    guess_columns,
    kind_of,
    load_aggregates,
    load_events,
    load_series,
    load_survey,
    load_units,
)

ROWS = 20_000
DRAW = np.random.default_rng(1)
TABLE = pa.table(
    {
        "metric": ["m"] * ROWS,
        "arm": ["a", "b"] * (ROWS // 2),
        "n": DRAW.integers(1, 99, ROWS),
        "mean": DRAW.normal(size=ROWS),
        "variance": DRAW.random(ROWS),
        "user_id": [f"u{at}" for at in range(ROWS)],
        "event": ["e"] * ROWS,
        "ts": ["2026-01-01 00:00:00"] * ROWS,
    }
)
READERS = (kind_of, guess_columns, load_aggregates, load_events, load_series, load_survey, load_units)


def parquet() -> bytes:
    """Write the table as Parquet."""
    made = io.BytesIO()
    pq.write_table(TABLE, made, row_group_size=1000)
    return made.getvalue()


def text() -> bytes:
    """Write the table as CSV."""
    made = io.BytesIO()
    csv.write_csv(TABLE, made)
    return made.getvalue()


def damaged(whole: bytes) -> bytes:
    """Turn bytes of a file over; its end stands."""
    bad = bytearray(whole)
    bad[100 : len(bad) // 2 : 37] = bytes(one ^ 255 for one in bad[100 : len(bad) // 2 : 37])
    return bytes(bad)


@pytest.mark.parametrize("read", READERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.parquet", parquet()[:-1000]),
        ("damaged.parquet", damaged(parquet())),
        ("text.parquet", text()),
        ("parquet.csv", parquet()),
        ("cut.csv.gz", gzip.compress(text())[:-1000]),
        ("noise.csv", DRAW.bytes(5000)),
        ("noise.parquet", DRAW.bytes(5000)),
        ("noise.xlsx", DRAW.bytes(5000)),
        ("zeros.csv", bytes(3000)),
        ("empty.csv", b""),
        ("lines.csv", b"\n\n\n"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path, read, name, content):
    file: Path = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(name)):
        read(str(file))


@pytest.mark.parametrize(
    "read", [guess_columns, load_aggregates, load_events, load_units], ids=lambda one: one.__name__
)
def test_text_that_is_called_gzip_is_refused(tmp_path, read):
    file: Path = tmp_path / "plain.csv.gz"
    file.write_bytes(text())
    with pytest.raises(InputError, match=r"plain\.csv\.gz"):
        read(str(file))

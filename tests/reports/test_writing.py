"""Pages are replaced whole or not at all."""

import errno
import os

import pytest

from pmlib.reports.writing import PublishError, publish, writable


def test_all_files_arrive_in_their_order(tmp_path):
    publish({tmp_path / "a" / "x.html": b"x", tmp_path / "index.html": b"i"})
    assert (tmp_path / "a" / "x.html").read_bytes() == b"x"
    assert not list(tmp_path.rglob("*.half"))


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, fault):
    good = tmp_path / "a.html"
    good.write_bytes(b"last week")
    real, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(fault, os.strerror(fault), "b.html")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PublishError, match="stay as they were"):
        publish({good: b"this week", tmp_path / "b.html": b"b", tmp_path / "index.html": b"i"})
    assert good.read_bytes() == b"last week"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html"]


def test_a_place_that_takes_no_files_is_named_before_running(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(PublishError, match="--out"):
        writable(tmp_path / "file")

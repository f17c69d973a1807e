"""Pages are replaced whole or not at all, whatever the disk does."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from pmlib.reports.writing import MARK, PublishError, publish, put, swept, writable
from tests.conftest import absent

FAULTS = {
    errno.ENOSPC: "No space left on device",
    errno.EROFS: "Read-only file system",
    errno.EDQUOT: "Disk quota exceeded",
    errno.EIO: "Input/output error",
}


class Disk:
    """Count what is asked of the disk under a folder, and let the call of one number fail."""

    def __init__(self, monkeypatch, folder: Path, fault: int) -> None:
        self.folder, self.fault, self.at, self.calls = folder, fault, 0, 0
        real_fsync = os.fsync
        real = {name: getattr(Path, name) for name in ("mkdir", "open", "replace")}

        def fsync(handle):
            self.step("fsync")
            real_fsync(handle)

        def make(name):
            def call(path, *words, **options):
                if not path.is_relative_to(folder) or (name == "open" and words != ("wb",)):
                    return real[name](path, *words, **options)
                self.step(str(path))
                made = real[name](path, *words, **options)
                return Writing(made, self) if name == "open" else made

            return call

        monkeypatch.setattr(os, "fsync", fsync)
        for name in real:
            monkeypatch.setattr(Path, name, make(name))

    def step(self, what: str) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise OSError(self.fault, os.strerror(self.fault), what)


class Writing:
    """A file whose writes count too; one that fails has written half."""

    def __init__(self, file, disk: Disk) -> None:
        self.file, self.disk = file, disk

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.file.close()

    def write(self, content: bytes) -> None:
        self.file.write(content[: len(content) // 2])
        self.disk.step("write")
        self.file.write(content[len(content) // 2 :])

    def flush(self) -> None:
        self.file.flush()

    def fileno(self) -> int:
        return self.file.fileno()


def refused(files: dict[Path, bytes]) -> str:
    """Publish files; return why that failed, or nothing."""
    try:
        publish(files)
    except PublishError as error:
        return str(error)
    return ""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_files_arrive_and_the_index_comes_last(tmp_path, monkeypatch):
    real, order = Path.replace, []
    monkeypatch.setattr(Path, "replace", lambda path, to: (order.append(to.name), real(path, to)))
    publish({tmp_path / "index.html": b"i", tmp_path / "d" / "run.json": b"r", tmp_path / "d" / "x.html": b"x"})
    assert order == ["x.html", "run.json", "index.html"]
    assert (tmp_path / "d" / "x.html").read_bytes() == b"x"
    assert not list(tmp_path.rglob("*.half"))


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.get)
def test_a_fault_at_any_call_leaves_every_page_whole(tmp_path, monkeypatch, fault):
    old = {name: f"last week {name}".encode() for name in ("w1/a.html", "w1/b.html", "index.html")}
    new = {name: f"this week {name}".encode() for name in (*old, "w2/c.html", "w2/run.json")}
    faults = 0
    with monkeypatch.context() as patched:
        disk = Disk(patched, tmp_path, fault)
        while True:
            folder = tmp_path / str(faults)
            disk.at = 0
            publish({folder / name: content for name, content in old.items()})
            disk.at, disk.calls = faults + 1, 0
            said = refused({folder / name: content for name, content in new.items()})
            if not said:
                break
            faults += 1
            assert FAULTS[fault] in said
            files = [path for path in folder.rglob("*") if path.is_file()]
            assert not [path for path in files if path.suffix == ".half"]
            for path in files:
                name = path.relative_to(folder).as_posix()
                assert path.read_bytes() in (old.get(name), new[name])
            # The index is the last: as long as anything failed it is the old one.
            assert (folder / "index.html").read_bytes() == old["index.html"]
    assert faults >= 4 * len(new)


def test_what_was_published_is_said_when_replacing_fails_in_the_middle(tmp_path, monkeypatch):
    real, calls = Path.replace, []

    def second(path, to):
        calls.append(to)
        if len(calls) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path, to)

    monkeypatch.setattr(Path, "replace", second)
    with pytest.raises(PublishError, match=r"b.html: Input/output error. 1 of 3 files were replaced, each whole"):
        publish({tmp_path / "a.html": b"a", tmp_path / "b.html": b"b", tmp_path / "index.html": b"i"})


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.get)
def test_a_single_file_stays_as_it_was_at_any_fault(tmp_path, monkeypatch, fault):
    path = tmp_path / "run.json"
    path.write_bytes(b"before")
    disk = Disk(monkeypatch, tmp_path, fault)
    for at in range(1, 6):
        disk.at, disk.calls = at, 0
        with pytest.raises(PublishError, match=f"{FAULTS[fault]}.*run again"):
            put(path, b"after")
        assert path.read_bytes() == b"before"
        assert names(tmp_path) == ["run.json"]
    disk.at, disk.calls = 6, 0
    put(path, b"after")
    assert path.read_bytes() == b"after"


def test_what_a_killed_run_had_staged_is_taken_away_and_nothing_else(tmp_path):
    (tmp_path / "d").mkdir()
    for name in ("d/.a.html.half", "d/a.html", ".gitignore", "d/b.half"):
        (tmp_path / name).write_text("x")
    swept(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"d/a.html", ".gitignore", "d/b.half"}


def test_a_place_that_takes_no_files_is_named_before_running(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(PublishError, match="--out"):
        writable(tmp_path / "file")


@pytest.fixture
def small(tmp_path):
    """Mount a file system of its own, as small as asked for."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = []

    def mount(options: str) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True)
        if done.returncode:
            absent("a file system cannot be mounted here")
        mounted.append(place)
        return place

    yield mount
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)


def test_a_disk_that_is_full(small):
    place = small("size=1m")
    publish({place / "a.html": b"last week", place / "index.html": MARK})
    with pytest.raises(PublishError, match=r"No space left on device. The pages published before stay as they were"):
        publish({place / "a.html": bytes(600_000), place / "b.html": bytes(600_000), place / "index.html": b"j"})
    assert (place / "a.html").read_bytes() == b"last week"
    assert names(place) == ["a.html", "index.html"]
    free = os.statvfs(place)
    (place / "filler").write_bytes(bytes(free.f_bavail * free.f_frsize))
    with pytest.raises(PublishError, match=r"No space left on device\. Make room"):
        writable(place)
    assert not (place / ".probe").exists()


def test_a_disk_without_inodes(small):
    place = small("size=1m,nr_inodes=6")
    publish({place / "index.html": b"i"})
    with pytest.raises(PublishError, match="No space left on device"):
        publish({place / "d" / f"{number}.html": b"x" for number in range(6)})
    assert [path.name for path in place.rglob("*") if path.is_file()] == ["index.html"]


def test_a_disk_that_turns_read_only(small):
    place = small("size=1m")
    publish({place / "index.html": MARK})
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    with pytest.raises(PublishError, match="Read-only file system"):
        publish({place / "index.html": b"j"})
    with pytest.raises(PublishError, match="Read-only file system"):
        writable(place)
    assert (place / "index.html").read_bytes() == MARK

"""Measure the budgets of the weekly pack and compare it with papermill and nbconvert, in one run.

Machines are noisy: read the ratios, not the seconds. Each figure is the median of its runs.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.reports.toys import write

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ("engagement", "funnel", "growth", "revenue", "trends", "experiment", "survey")
PMLIB = [sys.executable, "-m", "pmlib"]


def seconds(*command: object, runs: int = 1) -> float:
    """Run a command and return the median of its wall times."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([str(word) for word in command], check=True, capture_output=True, cwd=ROOT)
        took.append(time.perf_counter() - began)
    return median(took)


def peer(folder: Path) -> float:
    """Execute and convert the same notebooks with papermill and nbconvert, one after the other."""
    took = 0.0
    for name in NOTEBOOKS:
        out = folder / f"{name}.ipynb"
        run = [sys.executable, "-m", "papermill", f"{name}.ipynb", out, "--cwd", "."]
        for command in (run, [sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", out]):
            began = time.perf_counter()
            subprocess.run([str(word) for word in command], check=True, capture_output=True, cwd=ROOT / "notebooks")
            took += time.perf_counter() - began
    return took


def further(folder: Path) -> float:
    """Return what one more report costs beyond its own computing: the slope between four and twelve small ones."""
    took = {}
    for count in (4, 12):
        place = folder / f"further{count}"
        place.mkdir()
        note = write(place, "good").name
        reports = "".join(f'[[report]]\nid = "r{number}"\nnotebook = "{note}"\n' for number in range(count))
        (place / "pack.toml").write_text(reports)
        took[count] = seconds(*PMLIB, "run", place / "pack.toml", "--as-of", "2026-11-22", runs=3)
    return (took[12] - took[4]) / 8


def shared(folder: Path) -> float:
    """Return the size in MB of the largest page of a pack whose pages share plotly."""
    text = (ROOT / "notebooks/weekly.toml").read_text()
    pack = ROOT / "notebooks" / f"shared-{folder.name}.toml"
    pack.write_text('assets = "shared"\n' + text)
    try:
        seconds(*PMLIB, "run", pack, "--out", folder / "shared" / "reports")
    finally:
        pack.unlink()
    return max(page.stat().st_size for page in (folder / "shared").glob("reports/*/*.html")) / 1e6


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="pmlib-bench-"))
    lines = []
    bare = seconds(sys.executable, "-c", "pass", runs=9)
    helped = seconds(*PMLIB, "--help", runs=9)
    lines.append(("pmlib --help", helped, 0.3, f"{helped / bare:.1f} × starting Python"))
    made = seconds(*PMLIB, "demo", "--out", folder / "demo", runs=3)
    lines.append(("demo data", made, 20, ""))
    if not (ROOT / "data/demo/events.parquet").is_file():
        shutil.copytree(folder / "demo", ROOT / "data/demo", dirs_exist_ok=True)
    ours = [seconds(*PMLIB, "run", "notebooks/weekly.toml", "--out", folder / "out" / "reports") for _ in range(3)]
    theirs = peer(folder)
    ratio = f"{theirs / median(ours):.1f} × faster than papermill + nbconvert, which draw no chart"
    lines.append(("seven reports", median(ours), 0.4 * theirs, ratio))
    lines.append(("one more report", further(folder), 1.2, "beyond its own computing"))
    print(f"{'':<16}{'seconds':>9}{'budget':>9}")
    for name, took, budget, words in lines:
        print(f"{name:<16}{took:>9.2f}{budget:>9.1f}  {'ok' if took <= budget else 'OVER'}  {words}")
    pages = (folder / "out").glob("reports/*/*.html")
    for name, size, budget in (
        ("largest page", max(page.stat().st_size for page in pages) / 1e6, 2.3),
        ("sharing plotly", shared(folder), 0.3),
    ):
        print(f"{name:<16}{size:>6.2f} MB{budget:>6.1f} MB  {'ok' if size <= budget else 'OVER'}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()

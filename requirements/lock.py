"""Resolve the dependencies anew, ``make lock``: for running, and beside it for testing, benching and the lab."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = [
    "--quiet",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-header",
    "--strip-extras",
    "--allow-unsafe",
    "--upgrade",
]


def main() -> None:
    """Write the locks; the later ones keep the versions of the first."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "pip-tools"], check=True)
    for name in ("run", "test", "bench", "lab"):
        extra = [] if name == "run" else ["--extra", name, "--constraint", str(HERE / "run.lock")]
        command = [sys.executable, "-m", "piptools", "compile", *FLAGS, *extra, "-o", str(HERE / f"{name}.lock")]
        subprocess.run([*command, "pyproject.toml"], check=True, cwd=HERE.parent, env=os.environ)


if __name__ == "__main__":
    main()

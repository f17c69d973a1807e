"""The kernel of a report: this Python, whatever kernels a machine has registered."""

import os
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir


class OwnKernel(AsyncKernelManager):
    """Start ``python -m ipykernel_launcher`` of the running interpreter, over sockets in files.

    No port is taken, so that parallel runs cannot clash; the notebook's kernel name does not matter.
    """

    def __init__(self, **options: object) -> None:
        # A socket path of its own: the default name is the same for every kernel of a folder.
        place = Path(jupyter_runtime_dir()) / f"k{os.getpid()}"
        super().__init__(**{**options, "transport": "ipc", "ip": str(place)})

    @property
    def kernel_spec(self) -> KernelSpec:
        """The only kernel there is."""
        argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python", metadata={"debugger": False})

"""Loops in C, compiled for this processor when they are asked for."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

# Threaded jumps turn sums of comparisons into branches, and then a loop is no vector any more: more than twice as slow.
_FLAGS = ("-O3", "-march=native", "-fno-thread-jumps", "-std=c11", "-shared", "-fPIC")


def compiler() -> str | None:
    """Where the machine's C compiler is; None where there is none."""
    return shutil.which("cc")


def library_of(source: Path) -> ctypes.CDLL:
    """The functions of a C file. Raises RuntimeError without a compiler."""
    found = compiler()
    if found is None:
        raise RuntimeError("there is no C compiler on the path")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "fused.so"
        subprocess.run([found, *_FLAGS, str(source), "-o", str(library)], check=True)
        return ctypes.CDLL(str(library))  # stays loaded when its file is gone

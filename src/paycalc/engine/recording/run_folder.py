"""A folder that appears whole or not at all: written beside its place, then moved there at one stroke."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paycalc.engine.inputs.input_table import first_line

RUN_FILE = "run.json"  # what makes a folder a run


class OutputRefused(Exception):
    """The folder cannot be written there; the text says why, in one line."""


@contextmanager
def new_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """An empty folder to write into, which becomes `target` when the block ends well, and vanishes when it does not.

    With `replace` an earlier run at `target` gives way to it; anything else there is never touched.
    Raises OutputRefused.
    """
    check_target(target, replace=replace)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.writing-", dir=target.parent))
    except OSError as error:
        raise OutputRefused(f"cannot write in `{target.parent}`: {error.strerror}") from None
    try:
        # mkdtemp lets nobody else in; a result has the permissions of any folder made here.
        temporary.chmod(0o777 & ~_umask())
        yield temporary
        _flush(temporary)
        _move(temporary, target, replace=replace)
    except OSError as error:  # the disk is full, say
        shutil.rmtree(temporary, ignore_errors=True)
        why = os.strerror(error.errno) if error.errno else first_line(error)
        raise OutputRefused(f"cannot write `{target}`: {why}; nothing was written") from None
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def check_target(target: Path, *, replace: bool) -> None:
    """Whether a run may be written there, before hours are spent on computing it. Raises OutputRefused."""
    if not target.name or target.name == "..":
        raise OutputRefused(f"`{target}` cannot name a new folder")
    if not target.parent.is_dir():
        raise OutputRefused(f"there is no folder `{target.parent}` to write `{target.name}` in")
    if not os.path.lexists(target) or _is_empty_folder(target):
        return
    if not replace:
        raise OutputRefused(f"`{target}` is there already; --replace replaces an earlier run")
    if target.is_symlink() or not (target / RUN_FILE).is_file():
        raise OutputRefused(f"`{target}` is not an earlier run (it holds no {RUN_FILE}), so it is not replaced")
    others = sorted({path.name for path in target.iterdir()} - _files_of_run(target))
    if others:
        raise OutputRefused(f"`{target}` holds what no run wrote, so it is not replaced: {', '.join(others)}")


def _files_of_run(run: Path) -> set[str]:
    """The names of the files that a run wrote, by its own record; of a record that cannot be read, itself alone."""
    try:
        described = json.loads((run / RUN_FILE).read_text(encoding="utf-8"))
        return {RUN_FILE, *(str(output["file"]) for output in described["outputs"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {RUN_FILE}


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _move(temporary: Path, target: Path, *, replace: bool) -> None:
    check_target(target, replace=replace)  # somebody else may have written there meanwhile
    if (target / RUN_FILE).is_file():
        # The earlier run steps aside first, and comes back if the new one cannot take its place.
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.replaced-", dir=target.parent))
        os.rename(target, aside)
        try:
            os.rename(temporary, target)
        except BaseException:
            os.rename(aside, target)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    else:
        os.rename(temporary, target)
    _flush_folder(target.parent)


def _flush(folder: Path) -> None:
    """Have the disk keep what was written, before the folder gets its name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

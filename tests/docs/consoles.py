"""Runs the commands that a page shows, over the files that it shows.

`python -m tests.docs.consoles PAGE` writes into the page what the commands print now; read what it changed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT, Block, blocks

TIMEOUT_SECONDS = 60
# What differs from run to run: how long it took, and the size of the record that holds the folder's path.
VARYING = (
    (re.compile(r" in \d+\.\d s\b"), " in 0.1 s"),
    (re.compile(r"(run\.json +)[\d,]+ bytes"), r"run.json (size)"),
)


@dataclass(frozen=True)
class Command:
    """A command as shown, and what the page says it prints. block: where it stands."""

    block: Block
    text: str
    output: str


def commands(block: Block) -> Iterator[Command]:
    """The commands of a `console run` block."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        text, _, output = part.partition("\n")
        yield Command(block, text, output)


def run_page(page: Path, folder: Path) -> Iterator[tuple[Command, str]]:
    """Each command of a page with what it really prints, in the order of the page, run in `folder`."""
    for block in blocks(page):
        if block.file_name:
            target = folder / block.file_name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if block.words == ("console", "run"):
            for command in commands(block):
                yield command, printed(command, folder)


def printed(command: Command, folder: Path) -> str:
    """What a command prints. Raises ValueError where it is none of those that pages may use."""
    program, *arguments = shlex.split(command.text)
    if program == "cat":
        return "".join((folder / each).read_text(encoding="utf-8") for each in arguments)
    if program != "paycalc":
        raise ValueError(f"{command.block}: `{program}` is not run by the tests")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100", "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "paycalc", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return done.stdout if not done.stdout or done.stdout.endswith("\n") else done.stdout + "\n"


def steady(output: str) -> str:
    """The output without what differs from run to run."""
    for pattern, replacement in VARYING:
        output = pattern.sub(replacement, output)
    return output


def update(page: Path) -> None:
    """Write what the commands print into the page."""
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as folder:
        results = list(run_page(page, Path(folder)))
    for block in reversed([each for each in blocks(page) if each.words == ("console", "run")]):
        texts = []
        for command, output in results:
            if command.block.line == block.line:
                shown = command.output if steady(command.output) == steady(output) else output
                texts.append(f"$ {command.text}\n{shown}")
        first = block.line - 1
        lines[first : first + block.text.count("\n")] = ["".join(texts)]
    page.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name).resolve())

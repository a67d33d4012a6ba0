"""Pages whose files, commands and sessions are real: they are written, run and compared.

A page is worked through from the top in a folder of its own. `<!-- file: NAME -->` right above a block writes the block
to that file. In a `console` block every `$ paycalc ...` and `$ cat ...` is run, and what follows it is what it prints.
A `pycon` block is a Python session; what an earlier one names, a later one may use.

`python -m tests.docs.pages --write` puts the output that is real into the pages; read the difference before committing.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

from paycalc.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/command.md", "docs/data.md", "docs/getting-started.md", "docs/python.md")

_BLOCK = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
# What differs from machine to machine: the time taken, and the sizes of files that hold versions and paths.
_MACHINE = re.compile(
    r"in \d+\.\d s:|[\d,]+ workers a second|(?<=\.parquet) +[\d,]+ bytes|(?<=run\.json) +[\d,]+ bytes"
)


def real_page(text: str) -> str:
    """The page with the output that its commands and sessions really have."""
    names: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return _BLOCK.sub(lambda match: _real_block(match, names), text)


def _real_block(match: re.Match[str], names: dict[str, object]) -> str:
    if match["file"]:
        path = Path(match["file"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(match["body"], encoding="utf-8")
    elif match["kind"] == "console":
        return f"```console\n{_console(match['body'])}```"
    elif match["kind"] == "pycon":
        return f"```pycon\n{_session(match['body'], names)}```"
    return match[0]


def _console(body: str) -> str:
    """The commands with what they print; a command that is none of ours stays as it is written."""
    pieces = []
    for written in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
        command = written.partition("\n")[0]
        program, *arguments = shlex.split(command.removeprefix("$ ")) or [""]
        if command.startswith("$ ") and program == "paycalc":
            written = f"{command}\n{_printed(arguments)}"
        elif command.startswith("$ ") and program == "cat":
            written = f"{command}\n{''.join(Path(name).read_text(encoding='utf-8') for name in arguments)}"
        pieces.append(written)
    return "".join(pieces)


def _printed(arguments: list[str]) -> str:
    """What the command prints, both streams in one."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        main(arguments)
    return printed.getvalue().replace(os.getcwd() + os.sep, "")


def comparable(text: str) -> str:
    """The text without what differs from machine to machine."""
    return _MACHINE.sub("...", text)


def _session(body: str, names: dict[str, object]) -> str:
    """The session with what Python prints after each statement."""
    pieces = []
    for example in doctest.DocTestParser().get_examples(body):
        first, *others = example.source.splitlines()
        pieces += [f">>> {first}\n", *(f"... {line}".rstrip() + "\n" for line in others)]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(example.source, "<session>", "single"), names)
            except Exception as error:
                kind = type(error)
                name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
                print(f"Traceback (most recent call last):\n  ...\n{name}: {error}")
        pieces.append(printed.getvalue())
    return "".join(pieces)


if __name__ == "__main__":
    for page in PAGES:
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        real = real_page(text)
        if comparable(real) != comparable(text):
            print(f"{path.name}: not what is printed")
            if "--write" in sys.argv:
                path.write_text(real, encoding="utf-8")

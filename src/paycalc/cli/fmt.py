"""`paycalc fmt`: plans in their one layout."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

from paycalc.cli import exit_codes

SUMMARY = "lay plans out as the language writes them"
DESCRIPTION = """Write plans in the one layout of the language: aligned columns, one spelling for each thing.

A file is replaced only where its text changes, and at one stroke: nobody sees half a plan. With - the plan is read
from standard input and its layout written to standard output."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc fmt` takes."""
    parser.add_argument("plans", nargs="+", metavar="PLAN", help="a plan file; - reads standard input")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="change nothing; say which files would change")
    how.add_argument("--stdout", action="store_true", help="print the layout, change no file")


def execute(arguments: argparse.Namespace) -> int:
    """Format each plan; 5 where `--check` finds one that would change, 1 where one cannot be parsed."""
    from paycalc.cli.plans import STANDARD_INPUT, read_source
    from paycalc.cli.terminal import error_style
    from paycalc.core.errors import PlanError
    from paycalc.syntax.formatter import format_plan

    code = exit_codes.OK
    for path in arguments.plans:
        try:
            source = read_source(path)
            formatted = format_plan(source)
        except PlanError as error:
            print(error_style(str(error)), file=sys.stderr)
            code = exit_codes.PLAN_FAULTS
            continue
        if arguments.check:
            if formatted != source.text:
                print(f"{path}: would be laid out anew")
                code = code or exit_codes.NOT_FORMATTED
        elif arguments.stdout or path == STANDARD_INPUT:
            sys.stdout.write(formatted)
        elif formatted != source.text:
            replace_text(path, formatted)
            print(f"{path}: laid out anew")
    return code


def replace_text(path: str, text: str) -> None:
    """Replace a file's text at one stroke, keeping its permissions. Raises UsageError where that cannot be."""
    from paycalc.cli.usage import UsageError

    target = os.path.realpath(path)  # a link stays a link
    try:
        mode = os.stat(target).st_mode
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".paycalc-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, mode & 0o7777)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None

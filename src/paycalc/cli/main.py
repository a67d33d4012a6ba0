"""The entry point: reads the arguments, calls one command, turns whatever happens into text and an exit code."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

from paycalc import __version__
from paycalc.cli import exit_codes
from paycalc.cli.terminal import error_style, prepare_streams
from paycalc.cli.usage import UsageError
from paycalc.core.errors import DataError, InternalError, PlanError

# Each command and its module of this package. Only the module of the command that runs is loaded, so that `check`
# answers at once; whoever asks for help gets them all.
COMMANDS = {
    "check": "check",
    "fmt": "fmt",
    "test": "examples",
    "run": "run",
    "rerun": "rerun",
    "explain": "explain",
    "dump": "dump",
    "demo": "demo",
}
_HELP_WIDTH = 78
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # where output goes that cannot take it

_DESCRIPTION = "Check declarative pay plans, and compute flexible pay with them: exactly, and explainably."
_EPILOG = f"""exit codes:
  {exit_codes.OK}    all is well
  {exit_codes.PLAN_FAULTS}    the plan has faults
  {exit_codes.USAGE}    the command was called wrongly, or a file cannot be read or written
  {exit_codes.DATA_STOPPED}    the data stopped the run, nothing was written
  {exit_codes.EXAMPLES_FAILED}    examples of the plan fail
  {exit_codes.NOT_FORMATTED}    `fmt --check` would change a file
  {exit_codes.SOME_REJECTED}    `--strict`, and some were rejected, rows are held or belong to nobody, or there are none
  {exit_codes.INTERNAL_ERROR}   paycalc itself is wrong: please report it
  {exit_codes.HUNG_UP}  the terminal went away
  {exit_codes.INTERRUPTED}  interrupted
  {exit_codes.OUTPUT_CLOSED}  the reader of the output went away
  {exit_codes.TERMINATED}  ended by a signal

`paycalc demo` shows what it does; `paycalc COMMAND --help` says more about a command."""


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help of one width. To ask the terminal for its own, argparse would load `shutil` for every argument's check."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_HELP_WIDTH)


def build_parser(names: Iterable[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """The parser of the whole command line, or of the commands of these names."""
    parser = argparse.ArgumentParser(
        prog="paycalc", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=_HelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"paycalc {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="paycalc")
    for name in names:
        module = import_module(f"paycalc.cli.{COMMANDS[name]}")
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            formatter_class=_HelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(execute=module.execute)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; its exit code. `argv` without the program's name (None: the process's own arguments)."""
    prepare_streams()
    words = sys.argv[1:] if argv is None else argv
    parser = build_parser(words[:1]) if words and words[0] in COMMANDS else build_parser()
    try:
        arguments = parser.parse_args(words)
    except SystemExit as leaving:  # --help, --version, or arguments that do not fit
        return leaving.code if isinstance(leaving.code, int) else exit_codes.USAGE
    return _guarded(arguments)


def _guarded(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.execute(arguments)
        sys.stdout.flush()
        return code
    except PlanError as error:
        return _failed(str(error), exit_codes.PLAN_FAULTS)
    except DataError as error:
        return _failed(str(error), exit_codes.DATA_STOPPED)
    except UsageError as error:
        return _failed(f"error: {error}", exit_codes.USAGE)
    except KeyboardInterrupt:
        return _failed("interrupted", exit_codes.INTERRUPTED)
    except BrokenPipeError:
        # Python would complain once more while it closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OUTPUT_CLOSED
    except InternalError as error:
        return _failed(f"internal error: {error}", exit_codes.INTERNAL_ERROR)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return _failed(f"error: cannot write the output: {os.strerror(error.errno)}", exit_codes.USAGE)
        # Whatever is not foreseen is our mistake, and a report needs to say where.
        sys.excepthook(type(error), error, error.__traceback__)
        return _failed(f"internal error: {InternalError(repr(error))}", exit_codes.INTERNAL_ERROR)


def _failed(message: str, code: int) -> int:
    print(error_style(message), file=sys.stderr)
    return code

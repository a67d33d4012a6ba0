"""Plan files for the commands: `-` is standard input."""

from __future__ import annotations

import sys

from paycalc.check import check_plan
from paycalc.check.typed import TypedPlan
from paycalc.cli.usage import UsageError
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from paycalc.syntax.parser import decode

STANDARD_INPUT = "-"


def read_bytes(path: str) -> bytes:
    """What the file holds. Raises UsageError where it cannot be read."""
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read()
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from None


def read_source(path: str) -> Source:
    """The plan's text. Raises UsageError, or PlanError where it is not UTF-8 text."""
    name = "<stdin>" if path == STANDARD_INPUT else path
    source, diagnostics = decode(read_bytes(path), name)
    if source is None:
        raise PlanError(diagnostics, Source(name, ""))
    return source


def load_plan(path: str) -> TypedPlan:
    """The checked plan. Raises UsageError and PlanError."""
    return check_plan(read_source(path))

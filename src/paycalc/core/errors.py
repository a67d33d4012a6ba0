"""The three kinds of error: the plan is wrong, the data is wrong, we are wrong."""

from __future__ import annotations

from collections.abc import Sequence

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.rendering import render_text
from paycalc.core.span import Source


class PaycalcError(Exception):
    """What all errors of paycalc have in common."""


class PlanError(PaycalcError):
    """The plan is wrong. Holds every fault found; `str()` shows them in place, with carets."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: Source) -> None:
        self.diagnostics = tuple(diagnostics)
        self.source = source
        super().__init__(diagnostics, source)

    def __str__(self) -> str:
        return "\n\n".join(render_text(diagnostic, self.source) for diagnostic in self.diagnostics)


class DataError(PaycalcError):
    """The data is wrong. `code` is a reject code; row, column and value say where, `expected` what was wanted."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        table: str = "",
        row: str = "",
        column: str = "",
        value: str = "",
        expected: str = "",
        help: str = "",
    ) -> None:
        self.code, self.message, self.table, self.row = code, message, table, row
        self.column, self.value, self.expected, self.help = column, value, expected, help
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        # Without it an error from another process could not be unpickled: the code is not among `args`.
        return DataError.__new__, (DataError,), self.__dict__ | {"args": self.args}

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.message}"]
        for title, text in (
            ("table", self.table), ("row", self.row), ("column", self.column),
            ("value", self.value), ("expected", self.expected), ("help", self.help),
        ):  # fmt: skip
            if text:
                lines.append(f"{title + ':':<10}{text}")
        return "\n".join(lines)


class InternalError(PaycalcError):
    """paycalc itself is wrong; the message asks for a report."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}\nThis is a fault of paycalc, not of your plan or data: please report it.")

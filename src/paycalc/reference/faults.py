"""Faults: what can be wrong with data, cell by cell, in the documented order of precedence.

A fault has a place. Its consequence, the payees that cannot be paid because of it, is worked out in `spread`. Where
several faults meet, the first one is reported: the one whose code stands first below, then the smallest place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from paycalc.core.rendering import visible
from paycalc.core.span import Span

Key = str | int


class FaultCode(StrEnum):
    """What may be wrong, in order of precedence. The codes down to `missing-parameter` are found before anything is
    computed; the others arise only where a value is asked for."""

    NULL_KEY = "null-key"  # a row without a key, in a table whose rows are found by key
    DUPLICATE_KEY = "duplicate-key"  # rows that share a key: all of them
    UNKNOWN_SCALE = "unknown-scale"  # a bare number in a percent place: 2 or 2%?
    NOT_A_NUMBER = "not-a-number"
    INEXACT_FLOAT = "inexact-float"  # a float that is no decimal number of so many places
    NOT_A_FLAG = "not-a-flag"
    NOT_A_DATE = "not-a-date"
    NOT_A_MOMENT = "not-a-moment"
    ZONELESS_TIMESTAMP = "zoneless-timestamp"
    WRONG_TYPE = "wrong-type"  # a value of another type than the column's
    NULL = "null"  # no value in a column that is neither optional nor has a default
    TOO_MANY_PLACES = "too-many-places"  # finer than the column's type
    OUT_OF_RANGE = "out-of-range"
    UNKNOWN_MEMBER = "unknown-member"
    UNKNOWN_REFERENCE = "unknown-reference"  # a key that no row of the other table has
    OUTSIDE_PERIOD = "outside-period"  # a row's date lies outside the period
    TOO_MANY_ROWS = "too-many-rows"  # more rows lead to a row than `at most N per X` says
    MISSING_PARAMETER = "missing-parameter"
    TABLE_RANGE = "table-range"  # an argument outside the range of a table's or ladder's key
    CLAMP_INVERTED = "clamp-inverted"  # a clamp whose lower bound lies above its upper bound
    LINE_RANGE = "line-range"  # a line outside the range it declares
    ASSERT_FAILED = "assert-failed"
    LEFT_OUT = "left-out"  # in an example only: a value is needed that the example leaves out

    @property
    def rank(self) -> int:
        return _RANKS[self]


def arises(code: FaultCode) -> bool:
    """Whether faults of the code arise in computing, and are not found in the data alone."""
    return code.rank >= FaultCode.TABLE_RANGE.rank


_RANKS = {code: rank for rank, code in enumerate(FaultCode)}


def key_order(key: Key | None) -> tuple[int, int, bytes]:
    """Sorts keys: integers by value, then texts by their UTF-8 bytes, then rows without a key."""
    if key is None:
        return (2, 0, b"")
    if isinstance(key, int):
        return (0, key, b"")
    return (1, 0, key.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Fault:
    """Something wrong at one place.

    entity, key, row, column  the place in the data; row counts from 1 without the header, None at the plan itself.
              For a fault that arose in computing, the row being computed and the line.
    value     the value as text; of a parameter that is not set on the day of a row, that day
    expected  what was wanted, as text, e.g. `0 .. 400 hour`
    span      for a fault that arose in computing, the place in the plan
    set_in    of a parameter's value, the row that sets it in the table of parameters, from 1; None: nothing sets it
    """

    code: FaultCode
    entity: str
    key: Key | None
    row: int | None
    column: str
    value: str = ""
    expected: str = ""
    help: str = ""
    span: Span | None = None
    set_in: int | None = None

    @property
    def table(self) -> str:
        """The table to mend: of a value that the parameters set, theirs."""
        return self.entity if self.set_in is None else f"parameters.{self.entity}"

    @property
    def table_row(self) -> int | None:
        """The row to mend in it, from 1; None at the plan itself, and of parameters that came as a mapping."""
        return self.row if self.set_in is None else self.set_in or None

    @cached_property
    def order(self) -> tuple[object, ...]:
        """Sorts faults by precedence, then place. The row number comes last, so that the order of the rows does not
        matter where they have keys."""
        start = self.span.start if self.span is not None else -1
        place = (self.entity.encode(), key_order(self.key), self.column.encode(), start, self.row or 0)
        return (self.code.rank, *place, self.value)

    @property
    def subject(self) -> str:
        """The row: `worker W1`, or `row 7 of parcel` where it has no key."""
        if self.row is None:
            return "the plan"
        return f"row {self.row} of {self.entity}" if self.key is None else f"{self.entity} {visible(str(self.key))}"

    @property
    def message(self) -> str:
        """The fault in one sentence, lower case, no full stop."""
        column = f"{self.column} of {self.subject}"
        wanted = f", expected {self.expected}" if self.expected else ""
        match self.code:
            case FaultCode.NULL_KEY:
                return f"row {self.row} of {self.entity} has no key"
            case FaultCode.DUPLICATE_KEY:
                return f"{self.subject} stands in the table more than once ({self.value})"
            case FaultCode.NULL:
                return f"{column} is empty{wanted}"
            case FaultCode.UNKNOWN_REFERENCE:
                return f"{column} is {self.value}{wanted}"
            case FaultCode.TOO_MANY_ROWS:
                return f"{self.subject} has {self.value}, and the plan says {self.expected}"
            case FaultCode.MISSING_PARAMETER:
                return f"{column} is not set{f' on {self.value}' if self.value else ''}{wanted}"
            case FaultCode.OUT_OF_RANGE | FaultCode.OUTSIDE_PERIOD | FaultCode.LINE_RANGE:
                return f"{column} is {self.value}, outside {self.expected}"
            case FaultCode.TABLE_RANGE:
                return f"{self.value} lies outside the key's range {self.expected}, in {column}"
            case FaultCode.CLAMP_INVERTED:
                return f"the bounds of a clamp are the wrong way round, in {column}: {self.value}"
            case FaultCode.ASSERT_FAILED:
                return f"{self.expected} ({self.subject})"
            case FaultCode.LEFT_OUT:
                needed = f"{self.value} is needed for {column}" if self.value else f"{column} is needed"
                return f"{needed}, and the example leaves it out"
            case _:
                return f"{column} is {self.value}{wanted}"


class Faulted(Exception):
    """Raised where a value is asked for that cannot be had, so that the fault reaches whoever asked."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault)


def first_fault(faults: Iterable[Fault | None]) -> Fault | None:
    """The fault that is reported where several meet; None where there is none."""
    return min((each for each in faults if each is not None), key=lambda fault: fault.order, default=None)

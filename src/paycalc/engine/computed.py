"""What the machine hands back: the columns that were asked for, as whole numbers in memory, and the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from paycalc.check.typed import Line, Total


@dataclass(frozen=True)
class ComputedColumn:
    """The values of a line or total at its entity's rows, in a buffer of Arrow's memory pool.

    storage  `i32`, `i64` or `i128` whole numbers at the places of the line's type (of members, dates, texts, references
             as in `Input.value`; of references the row), or `flags` (a byte each). The same for the same plan, whatever
             the data: amounts are i64 where the declared range fits, else i128.
    """

    buffer: pa.Buffer
    storage: str
    count: int


@dataclass(frozen=True)
class StageTime:
    """Where time went. name: for people, e.g. `worker: commission`; seconds: summed over threads."""

    name: str
    rows: int
    seconds: float


@dataclass(frozen=True)
class Computed:
    """columns  of each line asked for; present, faulty: bytes 0 and 1, only where LineNodes has the flag
    unpaid   bytes at the payee's rows, None where nothing can fault
    totals   as PlanGraph.totals, whole numbers at the currency's places
    held     of entities that hold their bad rows: bytes at their rows, as PlanGraph.held
    divisors of `let` lines that are exact fractions: the number is that in columns over this one; both are i128
    """

    columns: Mapping[Line | Total, ComputedColumn]
    present: Mapping[Line | Total, np.ndarray]
    faulty: Mapping[Line | Total, np.ndarray]
    unpaid: np.ndarray | None
    totals: Mapping[str, int]
    stages: Sequence[StageTime] = ()
    held: Mapping[str, np.ndarray] = field(default_factory=dict)
    divisors: Mapping[Line | Total, ComputedColumn] = field(default_factory=dict)

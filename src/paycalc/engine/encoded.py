"""What the door hands to the engine: every used column as whole numbers in memory, and the faults that it met.

A column is checked once, as a whole; behind the door nothing is checked again. A cell that is faulty, or missing, holds
some value of the column's range instead, so that kernels need no branches; who reads it is rejected by the faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np
import pyarrow as pa

from paycalc.check.typed import Column, Ladder, Parameter, Table, TypedPlan
from paycalc.check.usage import Usage
from paycalc.core.calendar import Period
from paycalc.graph.nodes import Input
from paycalc.reference.dataset import FaultPlace, Settings, TableVersion
from paycalc.reference.faults import Fault, FaultCode, Key


@dataclass(frozen=True)
class EncodedColumn:
    """The column of one input, contiguous. The value of a row is stored * factor + shift.

    owner      keeps the memory alive: a numpy array or an Arrow buffer
    storage    one of storage.DTYPES; `i128` as of Arrow's decimal128; flags also as `bits`, which are Arrow's
    address    of row 0 (of `bits`: of the byte that bit 0 of `bit_offset` counts from)
    low, high  every value (not: stored number) of every row lies between them; of flags 0 and 1
    """

    owner: object
    address: int
    storage: str
    count: int
    low: int
    high: int
    factor: int = 1
    shift: int = 0
    bit_offset: int = 0


class Keys(Protocol):
    """The keys of an entity's rows."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int) -> Key | None: ...

    @property
    def array(self) -> pa.Array | pa.ChunkedArray:
        """As they came, for results: int64, uint64 or string; null for a row without one."""

    def row_of(self, key: Key) -> int | None:
        """The first row with the key."""


@dataclass(frozen=True)
class FaultBatch:
    """The faults of one code in one place. rows: rising, from 0. describe: the fault at one of them, for a message.

    place  as in the reference's dataset: a field, Members, a DatedRead (the rows are those that read), an Averaged, or
           (the entity's name) the row as a whole; a fault that stands in a reference because the row it leads to shares
           its key is one of the reference's place
    of     where several rows have one fault: for each of `rows` a number that only they share: of such a reference the
           row of its target whose fault it is, the first with the key; of a DatedRead that of the owner's row and
           stretch of time. None: each row has its own
    """

    code: FaultCode
    place: FaultPlace
    rows: np.ndarray
    describe: Callable[[int], Fault]
    of: np.ndarray | None = None


@dataclass(frozen=True)
class Finder:
    """The thresholds of a Find (nodes.Find), contiguous.

    thresholds  int64, rising within each group
    offsets     int32, one more than there are groups: those of group g are thresholds[offsets[g] : offsets[g + 1]]
    """

    thresholds: np.ndarray
    offsets: np.ndarray


class DoorSettings(Settings, Protocol):
    """Where the values of parameters come from, and where there are none."""

    def fault(self, parameter: Parameter, row: int, asked: date | datetime) -> Fault | None:
        """What is wrong with the parameter of a row of its entity on a day or at a moment; None: it has a value."""


@dataclass(frozen=True)
class EncodedData:
    """Everything that a plan reads from outside.

    counts     rows of each needed entity; of `plan` 1; and of each grain that the door prepares (graph.prepared)
    keys       of each needed entity but the plan
    inputs     of every used field, its parts; a field that nothing uses has none
    faults     that the data has, in any order
    settings   where the values of parameters come from
    defaulted  of columns with a default: the rows in which it stands for an empty cell, rising
    texts      what the numbers of texts stand for
    finders    the thresholds of every Find of the graph, by its name
    outside    of dated entities that ignore or carry such rows: the rows whose date lies outside the period, rising
    data_tables  the versions of tables and ladders from data, for the reference's lookups
    """

    plan: TypedPlan
    period: Period
    usage: Usage
    counts: Mapping[str, int]
    keys: Mapping[str, Keys]
    inputs: Mapping[Input, EncodedColumn]
    faults: Sequence[FaultBatch]
    settings: DoorSettings
    defaulted: Mapping[Column, np.ndarray] = field(default_factory=dict)
    texts: Sequence[str] = ()
    finders: Mapping[str, Finder] = field(default_factory=dict)
    outside: Mapping[str, np.ndarray] = field(default_factory=dict)
    data_tables: Mapping[Table | Ladder, Sequence[TableVersion]] = field(default_factory=dict)

"""What the door hands to the engine: every used column as whole numbers in memory, and the faults that it met.

A column is checked once, as a whole; behind the door nothing is checked again. A cell that is faulty, or missing, holds
some value of the column's range instead, so that kernels need no branches; who reads it is rejected by the faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from paycalc.check.typed import Column, Parameter, TypedPlan
from paycalc.check.usage import Usage
from paycalc.core.calendar import Period
from paycalc.graph.nodes import Input
from paycalc.reference.dataset import FaultPlace
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

    place  as in the reference's dataset: a field, Members, or (the entity's name) the row as a whole; a fault that
           stands in a reference because the row it leads to shares its key is one of the reference's place
    of     of such a fault alone: for each of `rows` the row of the reference's target whose fault it is, the first with
           the key
    """

    code: FaultCode
    place: FaultPlace
    rows: np.ndarray
    describe: Callable[[int], Fault]
    of: np.ndarray | None = None


@dataclass(frozen=True)
class EncodedData:
    """Everything that a plan reads from outside.

    counts     rows of each needed entity; of `plan` 1
    keys       of each needed entity but the plan
    inputs     of every used field, its parts; a field that nothing uses has none
    faults     that the data has, in any order
    set_in     of parameters: the row of the parameters' table that sets each row's value, from 1; -1: none does
    defaulted  of columns with a default: the rows in which it stands for an empty cell, rising
    texts      what the numbers of texts stand for
    """

    plan: TypedPlan
    period: Period
    usage: Usage
    counts: Mapping[str, int]
    keys: Mapping[str, Keys]
    inputs: Mapping[Input, EncodedColumn]
    faults: Sequence[FaultBatch]
    set_in: Mapping[Parameter, np.ndarray] = field(default_factory=dict)
    defaulted: Mapping[Column, np.ndarray] = field(default_factory=dict)
    texts: Sequence[str] = ()

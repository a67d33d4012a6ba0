"""A dataset of the reference as the door would hand it to the engine: for tests of what lies behind the door."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Reference
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType
from paycalc.engine.encoded import EncodedColumn, EncodedData, FaultBatch
from paycalc.graph.nodes import Input
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault, FaultCode

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Keys:
    def __init__(self, keys):
        self._keys = list(keys)

    def __len__(self):
        return len(self._keys)

    def __getitem__(self, row):
        return self._keys[row]

    @property
    def array(self):
        kind = pa.int64() if any(isinstance(key, int) for key in self._keys) else pa.string()
        return pa.array(self._keys, kind)

    def row_of(self, key):
        return next((row for row, each in enumerate(self._keys) if each == key and type(each) is type(key)), None)


class Settings:
    """Where the values of parameters come from, and what is wrong with them."""

    def __init__(self, dataset):
        self._dataset = dataset

    def at_end(self, parameter, row):
        return self._dataset.settings.at_end(parameter, row)

    def at(self, parameter, row, asked):
        return self._dataset.settings.at(parameter, row, asked)

    def fault(self, parameter, row, asked):
        cell = self._dataset.dated.at(parameter, row, asked)
        return cell if isinstance(cell, Fault) else None


def column(numbers, storage="i64", factor=1, shift=0) -> EncodedColumn:
    """Whole numbers, stored as they are asked for."""
    numbers = [int(number) for number in numbers]
    low, high = (min(numbers), max(numbers)) if numbers else (0, 0)
    if storage == "bits":
        held = np.packbits(np.array([0, 0, 0, *numbers], np.uint8), bitorder="little")
        return EncodedColumn(held, held.ctypes.data, "bits", len(numbers), 0, 1, bit_offset=3)
    stored = [(number - shift) // factor for number in numbers]
    if storage == "i128":
        halves = [(number & (2**64 - 1), (number >> 64) & (2**64 - 1)) for number in stored]
        held = np.array(halves, np.uint64).reshape(-1, 2)
    else:
        held = np.array(stored, "u1" if storage == "flags" else storage[0] + str(int(storage[1:]) // 8))
    return EncodedColumn(held, held.ctypes.data, storage, len(numbers), low, high, factor, shift)


def encoded(dataset: Dataset) -> EncodedData:
    plan = dataset.plan
    texts: dict[str, int] = {}
    inputs: dict[Input, EncodedColumn] = {}
    for field, cells in dataset.cells.items():
        present = [cell is not None and not isinstance(cell, Fault) for cell in cells]
        numbers = [number_of(cell, field.type, texts) if here else 0 for cell, here in zip(cells, present, strict=True)]
        inputs[Input(field, "value")] = column(numbers, "bits" if isinstance(field.type, FlagType) else "i128")
        if field.optional:
            inputs[Input(field, "present")] = column(present, "flags")
    for reference, targets in dataset.targets.items():
        rows = [target if isinstance(target, int) else -1 for target in targets]
        inputs[Input(reference, "row")] = column(rows, "i32")
        if reference.optional:
            inputs[Input(reference, "present")] = column([row >= 0 for row in rows], "flags")
    return EncodedData(
        plan,
        dataset.period,
        dataset.usage,
        {PLAN_GRAIN: 1} | {name: rows.count for name, rows in dataset.entities.items()},
        {name: Keys(rows.keys) for name, rows in dataset.entities.items() if name != PLAN_GRAIN},
        inputs,
        batches(dataset),
        Settings(dataset),
        {each: np.array(sorted(rows), np.int64) for each, rows in dataset.defaulted.items()},
        tuple(texts),
        outside={entity: np.array(sorted(rows), np.int64) for entity, rows in dataset.outside.items()},
        data_tables=dataset.versions,
    )


def number_of(value, type, texts: dict[str, int]) -> int:
    match type:
        case NumberType():
            return int(value * 10**type.places)
        case FlagType():
            return int(value)
        case DateType():
            return (value - date(1970, 1, 1)).days
        case MomentType():
            return (value - EPOCH) // timedelta(microseconds=1)
        case MemberType():
            return type.members.index(value)
    return texts.setdefault(value, len(texts))


def batches(dataset: Dataset) -> list[FaultBatch]:
    found: dict[tuple, dict[int, Fault]] = {}
    for place, row, fault in reversed(dataset.faults):
        found.setdefault((fault.code, place), {})[row] = fault
    made = []
    for (code, place), faults in found.items():
        rows = np.array(sorted(faults))
        of = None
        if code is FaultCode.DUPLICATE_KEY and isinstance(place, Reference):
            of = np.array([faults[row].row - 1 for row in rows])
        made.append(FaultBatch(code, place, rows, faults.__getitem__, of))
    return made

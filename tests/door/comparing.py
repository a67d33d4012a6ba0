"""The engine's door beside the reference's: every cell, target and fault that the one finds, the other finds."""

import ctypes
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Column, Parameter, Reference
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType
from paycalc.check.usage import usage_of
from paycalc.core.errors import DataError
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.encoding import encode
from paycalc.engine.inputs.door import DoorRules, read_tables
from paycalc.graph.nodes import Input
from paycalc.graph.prepared import counted
from paycalc.reference.admission import admit
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault
from tests.door import in_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMATS = {"i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "q"}
_BYTES = {"i8": 1, "u8": 1, "i16": 2, "u16": 2, "i32": 4, "u32": 4, "i64": 8, "i128": 16, "flags": 1}


def stored_numbers(column: EncodedColumn) -> list[int]:
    """The values of a column, read from its memory; each lies in the column's range."""
    if column.storage == "bits":
        held = ctypes.string_at(column.address, (column.bit_offset + column.count + 7) // 8)
        places = range(column.bit_offset, column.bit_offset + column.count)
        return [held[place // 8] >> place % 8 & 1 for place in places]
    width = _BYTES[column.storage]
    assert column.address % width == 0
    held = ctypes.string_at(column.address, width * column.count)
    if column.storage == "i128":
        stored = [
            int.from_bytes(held[place : place + width], "little", signed=True) for place in range(0, len(held), width)
        ]
    elif column.storage == "flags":
        stored = list(held)
    else:
        stored = list(memoryview(held).cast(_FORMATS[column.storage]))
    values = [number * column.factor + column.shift for number in stored]
    assert all(column.low <= value <= column.high for value in values)
    return values


def decoded(number: int, type, texts) -> object:
    """The value of the reference that a number stands for."""
    match type:
        case NumberType(places=places):
            return Fraction(number, 10**places)
        case FlagType():
            return bool(number)
        case MemberType(members=members):
            return members[number]
        case DateType():
            return date(1970, 1, 1) + timedelta(number)
        case MomentType():
            return _EPOCH + timedelta(microseconds=number)
        case _:
            return texts[number]


def both(plan, tables, period, rules=None) -> tuple[Dataset | DataError, EncodedData | DataError]:
    """What each door makes of the tables, or why it refuses them."""
    rules = DoorRules(plan_timezone=plan.timezone) if rules is None else rules
    expected, found = None, None
    try:
        rows, parameters, data_tables = read_tables(plan, usage_of(plan), tables, rules)
        expected = admit(plan, rows, parameters, period, data_tables=data_tables, known_at=rules.known_at)
    except DataError as error:
        expected = error
    try:
        found = encode(plan, tables, period, rules)
    except DataError as error:
        found = error
    return expected, found


def agree(plan, tables, period, rules=None) -> EncodedData | DataError:
    """What the engine's door makes of the tables, after it was found to be what the reference's makes of them."""
    expected, found = both(plan, tables, period, rules)
    if isinstance(expected, DataError) or isinstance(found, DataError):
        assert repr_of(found) == repr_of(expected)
        return found
    _same_data(plan, expected, found)
    return found


def repr_of(error: object) -> object:
    return error.__dict__ if isinstance(error, DataError) else error


def _same_data(plan, expected: Dataset, found: EncodedData) -> None:
    assert found.period is expected.period
    assert found.usage.fields == expected.usage.fields
    assert found.counts.items() >= {name: rows.count for name, rows in expected.entities.items()}.items()
    for name, rows in expected.entities.items():
        if name != PLAN_GRAIN:
            _same_keys(found.keys[name], rows)
    for known, cells in expected.cells.items():
        if isinstance(known, Column) or known in found.usage.at_end:
            _same_cells(known, cells, found)
    for reference, targets in expected.targets.items():
        wanted = [target if isinstance(target, int) else -1 for target in targets]
        assert stored_numbers(found.inputs[Input(reference, "row")]) == wanted
    for parameter in found.usage.at_end:
        for row in range(expected.entities[parameter.entity].count):
            assert found.settings.at_end(parameter, row) == expected.settings.at_end(parameter, row)
    _same_outside(plan, expected, found)
    defaults = {column: sorted(rows) for column, rows in expected.defaulted.items() if column.default is not None}
    assert {column: rows.tolist() for column, rows in found.defaulted.items()} == defaults
    _same_faults(expected, found)
    columns = in_time.Columns(found, stored_numbers, decoded)
    in_time.same_in_time(plan, expected, found, columns)
    in_time.same_tables(plan, expected, found, columns)
    fields = {each.field for each in found.inputs}
    assert {each for each in fields if isinstance(each, Column | Parameter | Reference)} == set(expected.usage.fields)


def _same_outside(plan, expected: Dataset, found: EncodedData) -> None:
    assert {name: set(rows.tolist()) for name, rows in found.outside.items()} == expected.outside
    for name in found.usage.entities:
        entity = plan.entities[name]
        counts = found.inputs.get(Input(counted(name), "made"))
        assert (counts is None) == (entity.dated is None and not entity.holds)
        if counts is not None:
            assert stored_numbers(counts) == [
                row not in expected.outside.get(name, ()) for row in range(found.counts[name])
            ]


def _same_keys(found, rows) -> None:
    assert len(found) == rows.count
    assert [found[row] for row in range(rows.count)] == list(rows.keys)
    assert [None if key is None else int(key) if isinstance(rows.keys[row], int) else key
            for row, key in enumerate(found.array.to_pylist())] == list(rows.keys)  # fmt: skip
    for key, row in rows.row_of.items():
        assert found.row_of(key) == row
    assert found.row_of("no such key") is None
    assert found.row_of(-987654321) is None


def _same_cells(known, cells, found: EncodedData) -> None:
    column = found.inputs[Input(known, "value")]
    if isinstance(known.type, FlagType):
        assert (column.storage in ("bits", "flags"), column.factor, column.shift) == (True, 1, 0)
    numbers = stored_numbers(column)
    assert column.count == len(numbers) == len(cells)
    present = stored_numbers(found.inputs[Input(known, "present")]) if known.optional else None
    for row, cell in enumerate(cells):
        if isinstance(cell, Fault):
            continue
        if present is not None:
            assert present[row] == (cell is not None), (known.name, row)
        if cell is not None:
            assert decoded(numbers[row], known.type, found.texts) == cell, (known.name, row)


def _same_faults(expected: Dataset, found: EncodedData) -> None:
    """Each at its place and row, whatever the order."""
    wanted = {}
    for place, row, fault in expected.faults:
        assert (place, row) not in wanted
        wanted[place, row] = fault
    described = {}
    shared = {}
    for batch in found.faults:
        rows = batch.rows.tolist()
        assert isinstance(batch.rows, np.ndarray)
        assert rows == sorted(set(rows))
        assert rows
        for position, row in enumerate(rows):
            assert (batch.place, row) not in described
            described[batch.place, row] = batch.describe(row)
            assert described[batch.place, row].code is batch.code
            if batch.of is not None:
                ofs = shared.setdefault(described[batch.place, row], {})
                assert ofs.setdefault(id(batch), batch.of[position]) == batch.of[position]
        if batch.of is not None:
            assert len({described[batch.place, row] for row in rows}) == len(set(batch.of.tolist()))
    assert described == wanted

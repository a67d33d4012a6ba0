"""Plain cells as Arrow columns, in every shape in which data may come: types, encodings, chunks, slices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Entity, TypedPlan
from paycalc.check.types import DateType, FlagType, MomentType, NumberType, ValueType
from paycalc.engine.inputs.cells import counts_money
from tests.differential.drafts import numeral
from tests.differential.random_data import Cell, PlainData, Raw, TableData
from tests.differential.random_statements import DataTable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = Context(prec=80)
INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
STRINGS = (*[pa.string()] * 12, *[pa.large_string()] * 5, pa.string_view())


@dataclass
class RunData:
    """What is handed to a run."""

    period: str
    tables: dict[str, pa.Table]
    parameters: dict[str, Any]
    scales: dict[str, int | str] = field(default_factory=dict)
    assume_timezone: str | None = None
    data_tables: dict[str, pa.Table] = field(default_factory=dict)
    known_at: date | None = None


class Shaper:
    """Chooses a shape for each column that can hold all its cells."""

    def __init__(self, random: Random, plan: TypedPlan) -> None:
        self.random, self.plan = random, plan
        self.scales: dict[str, int | str] = {}
        self.zone: str | None = None

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def shape(self, data: PlainData) -> RunData:
        if self.chance(0.15):
            self.zone = self.random.choice(("Asia/Shanghai", "Europe/Berlin", "UTC"))
        tables = {name: self.table(self.plan.entities[name], table) for name, table in data.tables.items()}
        parameters = {name: self._parameters(self.plan.entities[name], each) for name, each in data.parameters.items()}
        data_tables = {name: self._data_table(each) for name, each in data.data_tables.items()}
        return RunData(data.period, tables, parameters, self.scales, self.zone, data_tables, data.known_at)

    def table(self, entity: Entity, data: TableData) -> pa.Table:
        columns = {entity.name: self.keys(data.keys)}
        if data.keys and all(each is None for each in data.keys) and self.chance(0.5):
            columns = {}
        for name, cells in data.columns.items():
            if name in entity.references:
                columns[name] = self.keys(cells)  # type: ignore[arg-type]
            else:
                columns[name] = self.column(f"{entity.name}.{name}", entity.columns[name].type, cells)
        if not columns:
            columns["unread"] = pa.array([0] * data.row_count)
        names = list(columns)
        self.random.shuffle(names)
        return pa.table({name: self.spread(columns[name]) for name in names})

    # ------------------------------------------------------------ physical variety

    def spread(self, array: pa.Array) -> pa.ChunkedArray | pa.Array:
        """The same cells as a slice of something longer, or in several chunks."""
        form = self.random.randrange(4)
        if form == 0 and len(array):
            before, after = self.random.randint(0, 9), self.random.randint(0, 3)
            longer = pa.concat_arrays([*[array[-1:]] * before, array, *[array[:1]] * after])
            return longer.slice(before, len(array))
        if form == 1:
            cuts = sorted(self.random.randint(0, len(array)) for _ in range(self.random.randint(0, 3)))
            ends = [0, *cuts, len(array)]
            return pa.chunked_array([array[a:b] for a, b in pairwise(ends)], array.type)
        return array

    def keys(self, cells: Sequence[str | int | None]) -> pa.Array:
        kinds = {type(each) for each in cells if each is not None}
        if kinds == {int}:
            return self._narrow_integers(cells)  # type: ignore[arg-type]
        return self.texts([None if each is None else str(each) for each in cells])

    def texts(self, cells: Sequence[str | None]) -> pa.Array:
        array = pa.array(cells, self.random.choice(STRINGS))
        if self.chance(0.2) and not pa.types.is_string_view(array.type):
            return array.dictionary_encode()
        return array

    def _narrow_integers(self, cells: Sequence[int | None]) -> pa.Array:
        there = [each for each in cells if each is not None] or [0]
        for type_ in self.random.sample(INTEGERS, len(INTEGERS)):
            bits, signed = type_.bit_width, str(type_).startswith("int")
            low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            if low <= min(there) and max(there) <= high and (bits > 8 or self.chance(0.5)):
                return pa.array(cells, type_)
        raise OverflowError

    # ------------------------------------------------------------ columns by type

    def column(self, place: str, type: ValueType, cells: Sequence[Cell]) -> pa.Array:
        raw = any(isinstance(each, Raw) for each in cells)
        match type:
            case NumberType():
                return self.numbers(place, type, cells, raw)
            case FlagType() if not raw and self.chance(0.7):
                return pa.array(cells, pa.bool_())
            case DateType() if not raw and self.chance(0.7):
                return pa.array(cells, self.random.choice((pa.date32(), pa.date64())))
            case MomentType() if not raw and self.chance(0.8):
                return self._moments(cells)
        return self.texts([_text(each, type, self.random) for each in cells])

    def _moments(self, cells: Sequence[Cell]) -> pa.Array:
        there = [each for each in cells if isinstance(each, datetime)]
        unit = "us"
        if all(not each.microsecond for each in there) and self.chance(0.5):
            unit = self.random.choice(("s", "ms"))
        elif all(1700 < each.year < 2250 for each in there) and self.chance(0.4):
            unit = "ns"
        per = {"s": 10**6, "ms": 10**3, "us": 1, "ns": Fraction(1, 1000)}[unit]
        counts = [None if each is None else int(Fraction(_microseconds(each)) / per) for each in cells]  # type: ignore[arg-type]
        zone = self.random.choice(("UTC", "Asia/Shanghai", "+02:00"))
        if self.zone is not None and self.chance(0.5):
            return pa.array(counts, pa.int64()).cast(pa.timestamp(unit))
        return pa.array(counts, pa.int64()).cast(pa.timestamp(unit, zone))

    def numbers(self, place: str, type: NumberType, cells: Sequence[Cell], raw: bool) -> pa.Array:
        makers: list[Callable[[str, NumberType, Sequence[Cell]], pa.Array | None]]
        makers = [self._as_integers, self._as_integers, self._as_decimals, self._as_floats]
        if not raw and self.chance(0.75):
            for make in self.random.sample(makers, len(makers)):
                array = make(place, type, cells)
                if array is not None:
                    return array
        self.scales.pop(place, None)
        return self.texts([_text(each, type, self.random) for each in cells])

    def _as_integers(self, place: str, type: NumberType, cells: Sequence[Cell]) -> pa.Array | None:
        places = type.places or 0
        if not type.percent and not counts_money(type) and self.chance(0.3):
            places = 0
        counts = [None if each is None else Fraction(each) * 10**places for each in cells]  # type: ignore[arg-type]
        if any(each is not None and (each.denominator != 1 or abs(each) >= 2**63) for each in counts):
            return None
        if type.percent:
            self.scales[place] = f"ratio:{places}" if self.chance(0.5) else f"percent:{places - 2}"
        elif places or counts_money(type):
            self.scales[place] = places
        return self._narrow_integers([None if each is None else int(each) for each in counts])

    def _as_decimals(self, place: str, type: NumberType, cells: Sequence[Cell]) -> pa.Array | None:
        shift, places = 0, type.places or 0
        if type.percent:
            shift = self.random.choice((0, 2))
        numbers = [None if each is None else Fraction(each) * 10**shift for each in cells]  # type: ignore[arg-type]
        finest = max((_places(each) for each in numbers if each is not None), default=0)
        scale = max(finest, places - shift) + self.random.choice((0, 0, 1))
        digits = max((len(str(abs(int(each * 10**scale)))) for each in numbers if each is not None), default=1)
        if digits > 38:
            return None
        if type.percent:
            self.scales[place] = "percent" if shift else "ratio"
        decimals = [None if each is None else _decimal(each) for each in numbers]
        widths = [pa.decimal128(38, scale), pa.decimal128(max(digits, scale, 1), scale), pa.decimal256(60, scale)]
        if digits <= 18 and scale <= 18:
            widths += [pa.decimal64(18, scale)] * 2
        if digits <= 9 and scale <= 9:
            widths += [pa.decimal32(9, scale)]
        return pa.array(decimals, self.random.choice(widths))

    def _as_floats(self, place: str, type: NumberType, cells: Sequence[Cell]) -> pa.Array | None:
        there = [Fraction(each) for each in cells if each is not None]  # type: ignore[arg-type]
        if any(abs(each) * 10 ** (type.places or 0) >= 10**15 for each in there):
            return None
        if type.percent:
            self.scales[place] = "ratio"
        floats: list[float | None] = [None if each is None else float(each) for each in cells]  # type: ignore[arg-type]
        if any(_places(each) > (type.places or 0) for each in there) and floats and self.chance(0.5):
            floats[-1] = self.random.choice((0.1 + 0.2, float("nan"), float("inf"), 1e300))
        return pa.array(floats, pa.float64())

    # ------------------------------------------------------------ parameters

    def _parameters(self, entity: Entity, data: TableData) -> Any:
        """A table, wide or long, or plain dicts of texts."""
        of_rows = {name: cells for name, cells in data.columns.items() if name not in entity.parameters}
        if of_rows:
            return self._statements(entity, data, of_rows)
        texts = {
            name: [_text(each, entity.parameters[name].type, self.random) for each in cells]
            for name, cells in data.columns.items()
        }
        form = self.random.choice(("dict", "wide", "long"))
        if form == "dict":
            rows = [
                {name: cells[row] for name, cells in texts.items() if cells[row] is not None}
                for row in range(data.row_count)
            ]
            if entity.name == PLAN_GRAIN:
                return rows[0]
            return {key: row for key, row in zip(data.keys, rows, strict=True) if row or self.chance(0.5)}
        keyed = entity.name != PLAN_GRAIN
        if form == "wide":
            columns = {
                name: self.column(f"{entity.name}.{name}", entity.parameters[name].type, cells)
                for name, cells in data.columns.items()
            }
            return pa.table({**({entity.name: self.keys(data.keys)} if keyed else {}), **columns})
        return self._long(entity, keyed, data, {}, texts)

    def _statements(self, entity: Entity, data: TableData, of_rows: dict[str, list[Cell]]) -> pa.Table:
        """Wide or long, with columns of levels and times."""
        keyed = entity.name != PLAN_GRAIN
        levels = {each.name for each in entity.levels}
        plain = {
            name: self.keys(cells) if name in levels else self.times(cells)  # type: ignore[arg-type]
            for name, cells in of_rows.items()
        }
        stated = {name: data.columns[name] for name in entity.parameters}
        if self.chance(0.7):
            columns = {
                name: self.column(f"{entity.name}.{name}", entity.parameters[name].type, cells)
                for name, cells in stated.items()
            }
            if keyed:
                columns[entity.name] = self.keys(data.keys)
            return pa.table({name: self.spread(each) for name, each in {**columns, **plain}.items()})
        texts = {
            name: [_text(each, entity.parameters[name].type, self.random) for each in cells]
            for name, cells in stated.items()
        }
        return self._long(entity, keyed, data, plain, texts)

    def times(self, cells: Sequence[Cell]) -> pa.Array:
        """Days, moments, or both: then they are texts."""
        there = [each for each in cells if each is not None]
        if all(isinstance(each, datetime) for each in there) and self.chance(0.7):
            return self._moments(cells)
        if not any(isinstance(each, datetime) for each in there) and self.chance(0.7):
            return pa.array(cells, pa.date32())
        return self.texts([None if each is None else each.isoformat() for each in cells])  # type: ignore[union-attr]

    def _data_table(self, data: DataTable) -> pa.Table:
        columns = {}
        for name, cells in data.columns.items():
            type_ = data.types[name]
            if type_ is None:
                columns[name] = self.keys(cells)  # type: ignore[arg-type]
            elif any(each == "*" for each in cells):
                columns[name] = self.texts([each if each == "*" else _text(each, type_, self.random) for each in cells])  # type: ignore[misc]
            else:
                columns[name] = self.column(f"table.{data.name}.{name}", type_, cells)
        names = list(columns)
        self.random.shuffle(names)
        return pa.table({name: self.spread(columns[name]) for name in names})

    def _long(
        self,
        entity: Entity,
        keyed: bool,
        data: TableData,
        plain: dict[str, pa.Array],
        texts: dict[str, list[str | None]],
    ) -> pa.Table:
        """A row for each parameter that each row states."""
        rows = [row for row in range(data.row_count) for _ in texts]
        names = [name for _ in range(data.row_count) for name in texts]
        keys = {entity.name: self.keys([data.keys[row] for row in rows])} if keyed else {}
        return pa.table(
            {
                **keys,
                **{name: _taken(array, rows) for name, array in plain.items()},
                "name": pa.array(names, pa.string()),
                "value": pa.array([texts[name][row] for row, name in zip(rows, names, strict=True)], pa.string()),
            }
        )


def _taken(array: pa.Array, rows: Sequence[int]) -> pa.Array:
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array.take(pa.array(rows, pa.int64()))


def _microseconds(moment: datetime) -> int:
    passed = moment - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 10**6 + passed.microseconds


def _decimal(value: Fraction) -> Decimal:
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _places(value: Fraction) -> int:
    places = 0
    while value.denominator != 1 and places < 30:
        value, places = value * 10, places + 1
    return places


def _text(cell: Cell, type: ValueType, random: Random) -> str | None:
    """A cell as a text that the door takes for it."""
    if cell is None or isinstance(cell, Raw):
        return None if cell is None else cell.text
    if isinstance(type, NumberType):
        value = Fraction(cell)  # type: ignore[arg-type]
        if type.percent and (value != 0 or random.random() < 0.5):
            return numeral(value * 100) + "%"
        return numeral(value) + ("0" if value.denominator != 1 and random.random() < 0.1 else "")
    if isinstance(cell, bool):
        return random.choice(("yes", "Yes", "true")) if cell else random.choice(("no", "NO", "false"))
    if isinstance(cell, datetime):
        text = cell.isoformat()
        return text.replace("+00:00", "Z") if random.random() < 0.5 else text
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)

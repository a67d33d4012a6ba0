"""Random data for a plan: values at the edges of what the plan says, and now and then every fault that data can have.

Edges come first: the ends of every range, every number that the plan writes (thresholds, constants) and its nearest
neighbours; tables without rows, with one row, with all rows in one group. What is made here are plain Python values;
`shapes` makes Arrow columns of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from random import Random

from paycalc.check.typed import (
    PLAN_GRAIN,
    Band,
    BandsCell,
    Column,
    Constant,
    Entity,
    Expr,
    Parameter,
    Reference,
    TypedPlan,
)
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    Value,
    ValueType,
)
from paycalc.check.usage import operands
from tests.differential.random_statements import DataTable, StatementMaker

MOMENTS = tuple(
    datetime.fromisoformat(each)
    for each in (
        "2026-10-15T08:30:00+00:00",
        "2026-03-29T00:59:59+00:00",
        "2026-03-29T01:00:00+00:00",
        "2026-10-25T00:30:00+00:00",
        "2026-10-25T01:00:00+00:00",
        "1950-06-01T12:00:00+00:00",
        "2026-10-31T15:59:59.999999+00:00",
        "2026-10-31T16:00:00+00:00",
        "2100-02-28T23:59:59+00:00",
        "1900-01-02T00:00:00+00:00",
    )
)
DATES = tuple(
    date.fromisoformat(each)
    for each in ("2026-10-15", "2024-02-29", "2025-02-28", "2026-01-31", "2000-12-31", "2026-03-01")
)
TEXTS = ("north", "south", "Ost", "西", "a b", "e\u0301", "\u00e9", "NORTH")
BAD_NUMBERS = ("abc", "1,000", "1e5", "+5", " 5", "--1", "0x1", "١", "1.2.3", "9" * 60, "-")
BAD_DATES = ("2026-02-30", "2026-1-5", "05.01.2026", "20260105", "0000-01-01")
BAD_MOMENTS = ("2026-13-01T00:00Z", "tomorrow", "2026-10-01", "2026-10-01T08:30:00.1234567Z", "2026-10-01T25:00Z")
ZONELESS = "2026-10-01T08:30"


@dataclass(frozen=True)
class Raw:
    """A cell that only a text can hold: no value of its type."""

    text: str


Cell = Value | Raw | None


@dataclass
class TableData:
    """keys  of the rows, None where a row has none; empty for the plan. columns: by name, references as keys."""

    entity: str
    keys: list[str | int | None]
    columns: dict[str, list[Cell]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        return len(self.keys)


@dataclass
class PlainData:
    """tables and parameters by entity; data_tables by the table's or ladder's name. faulty: whether faults were put in.

    Of parameters: `keys` of the rows at the entity's own level; columns named as other levels, and those of times.
    """

    period: str
    tables: dict[str, TableData]
    parameters: dict[str, TableData]
    faulty: bool = False
    data_tables: dict[str, DataTable] = field(default_factory=dict)
    known_at: date | None = None


# ---------------------------------------------------------------- numbers that the plan writes


def marks_of(plan: TypedPlan) -> list[Value]:
    """Every number, date and moment that stands in an expression, a table or a ladder."""
    found: dict[Value, None] = {}
    waiting: list[Expr] = [each for line in plan.lines for each in (line.value, line.when) if each is not None]
    waiting += [each.condition for each in plan.assertions]
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, Constant):
            found[expr.value] = None
        waiting += operands(expr)
    for table in plan.tables.values():
        bands = [b for row in table.rows for cell in row.cells if isinstance(cell, BandsCell) for b in cell.bands]
        found.update((end, None) for band in bands for end in _ends(band))
    for ladder in plan.ladders.values():
        found.update((step.threshold, None) for group in ladder.groups.values() for step in group)
    for line in plan.lines:
        if line.checked is not None:
            found.update(((line.checked.low, None), (line.checked.high, None)))
    return list(found)


def _ends(band: Band) -> Iterator[Value]:
    yield from (each for each in (band.low, band.high) if each is not None)


# ---------------------------------------------------------------- the maker


class DataMaker:
    """Makes the data of one run.

    size    about how many payees
    faults  the share of cells that are faulty; 0 for data without a fault
    """

    def __init__(self, random: Random, plan: TypedPlan, *, size: int, faults: float) -> None:
        self.random, self.plan, self.size, self.faults = random, plan, size, faults
        marks = marks_of(plan)
        self.numbers = [each for each in marks if isinstance(each, Fraction)]
        self.days = [each for each in marks if isinstance(each, date) and not isinstance(each, datetime)]
        self.moments = [each for each in marks if isinstance(each, datetime)]
        self.texts = [each for each in marks if isinstance(each, str)]
        self.spread = random.choice((0.2, 0.5, 0.9))  # how many values are no edges
        self.counts: dict[str, int] = {}
        self.keys: dict[str, list[str | int | None]] = {}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def make(self) -> PlainData:
        period = self._period()
        self.period = self.plan.period.parse(period)
        statements = StatementMaker(self, self.period)
        for name in self.plan.entities:
            if name != PLAN_GRAIN:
                self.counts[name] = self._count(name)
                self.keys[name] = self._keys(name, self.counts[name])
        tables = {name: self._table(entity) for name, entity in self.plan.entities.items() if name != PLAN_GRAIN}
        parameters = {
            name: statements.parameters(entity) if self.chance(0.6) else self._parameters(entity)
            for name, entity in self.plan.entities.items()
            if entity.parameters
        }
        from_data = [each for each in (*self.plan.tables.values(), *self.plan.ladders.values()) if each.from_data]
        data_tables = {each.name: statements.table(each) for each in from_data}
        known_at = statements.when() if self.chance(0.15) else None
        return PlainData(period, tables, parameters, self.faults > 0, data_tables, known_at)

    def _period(self) -> str:
        day = self.random.choice((date(2026, 10, 15), date(2026, 2, 28), date(2024, 2, 29), date(2026, 1, 5)))
        return self.plan.period.containing(day).name

    def _count(self, entity: str) -> int:
        if entity == self.plan.payee:
            return self.size
        groups = any(each.target == entity for each in self.plan.entities[self.plan.payee].references.values())
        if entity == "item":
            return self.random.choice((0, 1, self.size, self.size * 3))
        if groups:
            return self.random.choice((1, 1, 2, 5, max(1, self.size // 3)))
        return self.random.choice((0, 1, self.size // 2, self.size * 2, self.size * 3))

    def _keys(self, entity: str, count: int) -> list[str | int | None]:
        form = self.random.randrange(4)
        keys: list[str | int | None]
        if form == 0:
            keys = list(range(count))
        elif form == 1:
            keys = self.random.sample(range(-(2**40), 2**62), count)
        elif form == 2:
            keys = [f"{entity[0].upper()}{row}" for row in range(count)]
        else:
            keys = [self.random.choice(("", "ü", "key ")) + f"{row * 7919 % 100_003:05d}" for row in range(count)]
        if self.chance(0.3):
            self.random.shuffle(keys)
        for row in range(count):
            if self.faults and self.chance(self.faults / 3):
                keys[row] = self.random.choice((None, self.random.choice(keys)))
        return keys

    def _table(self, entity: Entity) -> TableData:
        count = self.counts[entity.name]
        table = TableData(entity.name, self.keys[entity.name])
        for reference in entity.references.values():
            table.columns[reference.name] = self._references(reference, count)
        for column in entity.columns.values():
            if column is entity.dated:
                table.columns[column.name] = [self._date_of_row(column) for _ in range(count)]
                continue
            if (column.optional or column.default is not None) and self.chance(0.08):
                continue
            table.columns[column.name] = self._cells(column, count)
        return table

    def _date_of_row(self, column: Column) -> Cell:
        """Mostly in the period, its edges first; outside it where that is no fault, or faults may be."""
        entity = self.plan.entities[column.entity]
        first, last = self.period.start, self.period.end
        if self.faults and self.chance(self.faults / 3):
            return self.fault(column.type)
        inside = first + timedelta(days=self.random.randint(0, (last - first).days))
        day = self.random.choice((first, last, inside, inside, inside))
        if (self.faults and self.chance(self.faults)) or (entity.outside.value != "fault" and self.chance(0.2)):
            day = self.random.choice((first - timedelta(days=1), last + timedelta(days=1), first - timedelta(days=300)))
        if isinstance(column.type, DateType):
            return day
        zone = self.plan.timezone or UTC
        clock = self.random.choice((time(), time(23, 59, 59, 999_999), time(6), time(14), time(14), time(22, 30)))
        return datetime.combine(day, clock, zone).astimezone(UTC)

    def _parameters(self, entity: Entity) -> TableData:
        keys: list[str | int | None] = [None]
        if entity.name != PLAN_GRAIN:
            keys = [each for each in dict.fromkeys(self.keys[entity.name]) if each is not None]
            if self.chance(0.2):
                self.random.shuffle(keys)
        table = TableData(entity.name, keys)
        for parameter in entity.parameters.values():
            cells = self._cells(parameter, len(keys))
            if parameter.default is not None and self.chance(0.3):
                cells = [None] * len(keys)
            table.columns[parameter.name] = cells
        return table

    def _references(self, reference: Reference, count: int) -> list[Cell]:
        keys = [each for each in self.keys[reference.target] if each is not None]
        one = self.random.choice(keys) if keys and self.chance(0.15) else None  # all in one group
        bounded = self.plan.entities[reference.entity].rows_max
        crowded = self.chance(0.4 if self.faults else 0.1)
        cells: list[Cell] = []
        for row in range(count):
            if reference.optional and (not keys or self.chance(0.25)):
                cells.append(None)
            elif not keys or (self.faults and self.chance(self.faults)):
                cells.append(self._wrong_key(keys))
            elif bounded is not None and bounded < 50 and not crowded:
                cells.append(keys[row % len(keys)])
            else:
                some = keys[:2] if crowded and bounded is not None else keys
                cells.append(one if one is not None else self.random.choice(some))
        return cells

    def _wrong_key(self, keys: Sequence[str | int]) -> Cell:
        if keys and isinstance(keys[0], int):
            return self.random.choice((None, -1, 2**63 - 1, keys[0] + 1_000_003))
        return self.random.choice((None, "nobody", "", f"{keys[0] if keys else ''} "))

    # ------------------------------------------------------------ cells

    def _cells(self, field: Column | Parameter, count: int) -> list[Cell]:
        repeated = self.value(field.type) if self.chance(0.1) else None
        faulty = self.faults if field.entity != PLAN_GRAIN else self.faults / 20
        return [self._cell(field, repeated, faulty) for _ in range(count)]

    def _cell(self, field: Column | Parameter, repeated: Value | None, faulty: float) -> Cell:
        if faulty and self.chance(faulty):
            return self.fault(field.type)
        if (field.optional and self.chance(0.25)) or (field.default is not None and self.chance(0.25)):
            return None
        return repeated if repeated is not None else self.value(field.type)

    def value(self, type: ValueType) -> Value:
        """A value of the type."""
        random = self.random
        match type:
            case NumberType():
                return self._number(type)
            case FlagType():
                return random.random() < 0.5
            case DateType(low=low, high=high):
                if self.chance(self.spread):
                    return low + timedelta(days=random.randint(0, (high - low).days))
                near = [low, high, *DATES, *self.days]
                chosen = random.choice(near) + timedelta(days=random.choice((-1, 0, 0, 1)))
                return min(max(chosen, low), high)
            case MomentType():
                moment = random.choice((*MOMENTS, *self.moments))
                shift = random.choice((0, 0, 1, -1, 3_600_000_000, random.randint(-(10**13), 10**13)))
                return (moment + timedelta(microseconds=shift)).astimezone(UTC) if moment.year > 1901 else moment
            case MemberType(members=members):
                return random.choice(members)
        return random.choice((*TEXTS, *self.texts))

    def _number(self, type: NumberType) -> Fraction:
        random = self.random
        step = Fraction(1, 10 ** (type.places or 0))
        low, high = int(type.interval.low / step), int(type.interval.high / step)
        if self.chance(self.spread):
            if self.chance(0.5):  # small ones meet thresholds, wide ones meet borders
                return (
                    step * random.randint(max(low, -1_000_00), min(high, 1_000_00)) if low <= 0 <= high else low * step
                )
            return step * random.randint(low, high)
        edges = [low, high, 0, 1, -1, *(int(each / step) for each in self.numbers)]
        chosen = random.choice(edges) + random.choice((-1, 0, 0, 0, 1))
        return step * min(max(chosen, low), high)

    def fault(self, type: ValueType) -> Cell:
        """A cell that is no value of the type."""
        random = self.random
        if self.chance(0.25):
            return None
        match type:
            case NumberType():
                step = Fraction(1, 10 ** (type.places or 0))
                low, high = type.interval.low, type.interval.high
                outside = (high + step, low - step, high * 1_000 + 1, Fraction(10**37))
                if type.percent and self.chance(0.3):
                    return Raw("5")
                inside = low + step / random.choice((2, 10, 1000))
                return random.choice((*outside, inside, inside, Raw(random.choice(BAD_NUMBERS))))
            case FlagType():
                return Raw(random.choice(("maybe", "1", "", "ja")))
            case DateType(low=low, high=high):
                outside_days = (high + timedelta(days=1), low - timedelta(days=1))
                return random.choice((*outside_days, Raw(random.choice(BAD_DATES)), Raw(BAD_DATES[0])))
            case MomentType():
                beyond = (datetime(1850, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC))
                return random.choice((*beyond, Raw(random.choice(BAD_MOMENTS)), Raw(BAD_MOMENTS[0]), Raw(ZONELESS)))
            case MemberType():
                return random.choice(("Nobody", "Senior", "red "))
        return None

"""Random parameters in the course of time, and random tables and ladders from data.

Mostly they are whole: each parameter is set from before the period on, each table covers its keys in every version.
Where the data may have faults, now and then one of these is broken, which stops a run or rejects those who read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING

from paycalc.check.typed import PLAN_GRAIN, Entity, Key, Ladder, Level, Table
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, ReferenceType, ValueType
from paycalc.core.calendar import Period

if TYPE_CHECKING:
    from tests.differential.random_data import Cell, DataMaker, TableData

SINCE, UNTIL, RECORDED = "effective_from", "effective_to", "recorded_at"
WHENS = (SINCE, UNTIL, RECORDED)
LONG_AGO = date(2000, 1, 1)
STATEMENTS_MAX = 12  # of one entity, besides those that set every parameter from before the period on
GROUPS_MAX = 120  # of a ladder, with several steps each


@dataclass
class DataTable:
    """A table or ladder from data. types: of each column, None of a reference's keys."""

    name: str
    columns: dict[str, list[Cell]] = field(default_factory=dict)
    types: dict[str, ValueType | None] = field(default_factory=dict)


class StatementMaker:
    """Makes them for the plan and the keys of a DataMaker."""

    def __init__(self, maker: DataMaker, period: Period) -> None:
        self.maker, self.plan, self.random, self.period = maker, maker.plan, maker.random, period

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def keys(self, entity: str) -> list[str | int]:
        """The keys that rows of an entity have, each once."""
        return [each for each in dict.fromkeys(self.maker.keys[entity]) if each is not None]

    # ------------------------------------------------------------ parameters

    def parameters(self, entity: Entity) -> TableData:
        """Rows at several levels, each in force from a day or moment on."""
        from tests.differential.random_data import TableData

        own, *others = entity.levels
        levels = [own, *(each for each in others if self.chance(0.6))]
        whens = [SINCE, *(each for each in WHENS[1:] if self.chance(0.3))]
        moments = self.plan.timezone is not None and self.chance(0.4)
        table = TableData(entity.name, [])
        for name in (*(each.name for each in levels[1:]), *whens, *entity.parameters):
            table.columns[name] = []
        if levels[-1].name == PLAN_GRAIN and entity.name != PLAN_GRAIN and self.chance(0.6):
            self._add(table, entity, levels[-1], whens, full=True)
        else:
            for key in self.keys(entity.name) if entity.name != PLAN_GRAIN else [None]:
                self._add(table, entity, own, whens, key=key, full=True)
        stated: set[object] = set()
        for _ in range(self.random.randint(0, STATEMENTS_MAX)):
            self._add(table, entity, self.random.choice(levels), whens, moments=moments, stated=stated)
        if self.maker.faults and self.chance(0.05) and len(levels) > 1 and table.row_count:
            table.columns[levels[1].name][0] = "nobody" if levels[1].name != PLAN_GRAIN else "plans"
        if all(cell is None for cell in table.columns[SINCE]):
            del table.columns[SINCE]
        return table

    def _add(
        self,
        table: TableData,
        entity: Entity,
        level: Level,
        whens: Sequence[str],
        *,
        key: str | int | None = None,
        full: bool = False,
        moments: bool = False,
        stated: set[object] | None = None,
    ) -> None:
        """A row that states every parameter from long ago on (full), or some of them from some time on."""
        if key is None and level.entity != PLAN_GRAIN:
            known = self.keys(level.entity)
            if not known:
                return
            key = self.random.choice(known)
        at = {SINCE: LONG_AGO if full else self._when(moments)}
        if UNTIL in whens:
            at[UNTIL] = None if full or self.chance(0.6) else self._when(moments)
        if RECORDED in whens:
            at[RECORDED] = LONG_AGO if full else self._when(moments)
        said = (level.name, key, _day_of(at[SINCE]), _day_of(at.get(RECORDED)))
        if stated is not None:
            if said in stated and not (self.maker.faults and self.chance(0.2)):
                return
            stated.add(said)
        own = level.entity == entity.name
        table.keys.append(key if own and entity.name != PLAN_GRAIN else None)
        for name, cells in table.columns.items():
            if name in at:
                cells.append(at[name])
            elif name in entity.parameters:
                cells.append(self._stated(entity, name, level, full=full))
            elif name == level.name:
                cells.append(key if name != PLAN_GRAIN else self.random.choice((None, "plan")))
            else:
                cells.append(None)

    def _stated(self, entity: Entity, name: str, level: Level, *, full: bool) -> Cell:
        from tests.differential.random_data import Raw

        parameter = entity.parameters[name]
        rare = self.maker.faults if entity.name != PLAN_GRAIN else self.maker.faults / 20
        if rare and self.chance(rare):
            return self.maker.fault(parameter.type)
        is_needed = not (parameter.optional or parameter.default is not None)
        if full and is_needed:
            return self.maker.value(parameter.type)
        if self.chance(0.4):
            return None
        if not full and self.chance(0.15):
            # At the plan's level nothing is left then: of a parameter that is needed that is a fault.
            ends_all = is_needed and level.entity == PLAN_GRAIN and not self.maker.faults
            return self.maker.value(parameter.type) if ends_all else Raw("inherit")
        if parameter.optional and self.chance(0.2):
            return Raw("none")
        return self.maker.value(parameter.type)

    def when(self) -> date:
        """A day, or where there are moments, one of these."""
        return self._when(self.plan.timezone is not None and self.chance(0.5))

    def _when(self, moments: bool) -> date:
        """A day in or about the period, or a moment of one: the edges first."""
        first, last = self.period.start, self.period.end
        inside = first + timedelta(days=self.random.randint(0, (last - first).days))
        days = (first, first - timedelta(days=1), last, last + timedelta(days=1), inside, inside, inside)
        day = self.random.choice(days)
        if not moments or self.chance(0.3):
            return day
        hour = self.random.choice((0, 6, 14, 16, 23))
        return datetime(day.year, day.month, day.day, hour, self.random.choice((0, 30)), tzinfo=UTC)

    # ------------------------------------------------------------ tables

    def table(self, table: Table | Ladder) -> DataTable:
        """All versions of a table or ladder."""
        made = DataTable(table.name)
        days = [None] if self.chance(0.4) else self._versions()
        exact = {
            key.name for key in table.keys if isinstance(table, Table) and _is_banded(key) and self._is_listed(key)
        }
        for since in days:
            rows = self._ladder_rows(table) if isinstance(table, Ladder) else self._table_rows(table, exact)
            for row in rows:
                for name, (cell, type_) in row.items():
                    made.columns.setdefault(name, []).append(cell)
                    made.types[name] = type_
            if since is not None:
                made.columns.setdefault(SINCE, []).extend([since] * len(rows))
                made.types[SINCE] = DateType()
        if isinstance(table, Ladder) and "value" not in made.columns:  # of nobody's rows there is nothing to say
            types = {**dict.fromkeys([key.name for key in table.keys[:-1]]), "from": table.type, "value": table.type}
            made.columns, made.types = {name: [] for name in types}, types
        self._break(made)
        return made

    def _versions(self) -> list[date]:
        first, last = self.period.start, self.period.end
        days = [first - timedelta(days=self.random.choice((0, 0, 400)))]
        if self.maker.faults and self.chance(0.05):
            days = []
        days += [first + timedelta(days=self.random.randint(1, 1 + (last - first).days)) for _ in range(2)]
        return sorted(set(days[: self.random.randint(1, 3)] or days))

    def _break(self, made: DataTable) -> None:
        """Now and then, where faults are wanted: a row less, a row twice, a cell that is none."""
        count = len(next(iter(made.columns.values())))
        if not self.chance(2 * self.maker.faults) or not count:
            return
        row, form = self.random.randrange(count), self.random.randrange(3)
        if form == 0:
            for cells in made.columns.values():
                del cells[row]
        elif form == 1:
            for cells in made.columns.values():
                cells.insert(row, cells[row])
        else:
            name = self.random.choice(sorted(made.columns))
            type_ = made.types[name]
            made.columns[name][row] = "nobody" if type_ is None else self.maker.fault(type_)

    def _is_listed(self, key: Key) -> bool:
        """Whether a key has so few values that the rows may name each."""
        return isinstance(key.type, NumberType) and self._count(key.type) <= 6 and self.chance(0.6)

    def _count(self, type: NumberType) -> int:
        return int((type.interval.high - type.interval.low) * 10 ** (type.places or 0)) + 1

    Row = dict[str, "tuple[Cell, ValueType | None]"]

    def _table_rows(self, table: Table, exact: set[str]) -> list[Row]:
        if table.collect in ("sum", "count") and not exact:
            cases = self.random.sample(self._split(table.keys, exact), 1) * self.random.randint(0, 2)
            cases += self._split(table.keys, exact) + self._split(table.keys, exact)
        elif table.collect is not None:
            cases = self._split(table.keys, exact) + self._split(table.keys, exact)[:2]
        else:
            cases = self._split(table.keys, exact)
        rows = []
        for case in cases:
            row = dict(case)
            for name, type_ in zip(table.result_names, table.result_types, strict=True):
                row[name or "value"] = (self.maker.value(type_), type_)
            rows.append(row)
        return rows

    def _split(self, keys: Sequence[Key], exact: set[str]) -> list[Row]:
        """Cases that cover the keys; none is without effect."""
        if not keys:
            return [{}]
        first, rest = keys[0], keys[1:]
        parts = self._parts(first, first.name in exact)
        if rest and self.chance(0.25) and first.name not in exact:
            return [{**self._all(first), **row} for row in self._split(rest, exact)]
        rows = []
        for part in parts:
            deeper = self._split(rest, exact)
            if self.chance(0.4) and not any(each.name in exact for each in rest):
                deeper = [{name: cell for key in rest for name, cell in self._all(key).items()}]
            rows += [{**part, **row} for row in deeper]
        return rows

    def _all(self, key: Key) -> Row:
        if _is_banded(key):
            return self._band(key, None, None)
        return {key.name: ("*", None if isinstance(key.type, ReferenceType) else key.type)}

    def _band(self, key: Key, low: Cell, high: Cell) -> Row:
        return {f"{key.name}_from": (low, key.type), f"{key.name}_below": (high, key.type)}

    def _parts(self, key: Key, exact: bool) -> list[Row]:
        random, values = self.random, list[object]()
        match key.type:
            case FlagType():
                values = random.choice(([True, False], [False, "*"], ["*"]))  # type: ignore[assignment]
            case MemberType(members=members):
                some = random.sample(members, random.randint(1, len(members)))
                values = some if len(some) == len(members) else [*some, "*"]
            case ReferenceType(entity=entity):
                known = self.keys(entity)
                named = random.sample(known, random.randint(0, min(3, len(known))))
                values = named if named and len(named) == len(known) else [*named, "*"]
                return [{key.name: (each, None)} for each in values]  # type: ignore[dict-item, misc]
            case NumberType() if exact:
                step = Fraction(1, 10 ** (key.type.places or 0))
                values = [key.type.interval.low + each * step for each in range(self._count(key.type))]
            case NumberType() | DateType() | MomentType():
                return self._bands(key)
            case _:
                values = [*random.sample(("north", "south", "Ost", "西"), random.randint(0, 3)), "*"]
        return [{key.name: (each, key.type)} for each in values]  # type: ignore[dict-item, misc]

    def _bands(self, key: Key) -> list[Row]:
        marks = sorted({self.maker.value(key.type) for _ in range(self.random.randint(0, 3))})  # type: ignore[type-var]
        low = key.type.interval.low if isinstance(key.type, NumberType) else getattr(key.type, "low", None)
        marks = [each for each in marks if low is None or each > low]  # type: ignore[operator]
        if self.chance(0.5):
            return [self._band(key, None, each) for each in (*marks, None)]
        return [self._band(key, a, b) for a, b in pairwise((None, *marks, None))]

    # ------------------------------------------------------------ ladders

    def _ladder_rows(self, ladder: Ladder) -> list[Row]:
        groups = list(product(*(self._group_values(key) for key in ladder.keys[:-1])))
        stepped = ladder.keys[-1]
        rows = []
        for group in groups:
            count = self.random.randint(1, 4) if len(groups) <= GROUPS_MAX else 1
            marks = sorted({self.maker.value(stepped.type) for _ in range(count)})  # type: ignore[type-var]
            for mark in marks:
                row = {
                    key.name: (value, None if isinstance(key.type, ReferenceType) else key.type)
                    for key, value in zip(ladder.keys, group, strict=False)
                }
                rows.append(
                    {**row, "from": (mark, stepped.type), "value": (self.maker.value(ladder.type), ladder.type)}
                )
        if self.chance(0.2):
            rows = sorted(rows, key=lambda row: str(row["from"][1]))
        return rows

    def _group_values(self, key: Key) -> list[Cell]:
        match key.type:
            case FlagType():
                return [True, False]
            case MemberType(members=members):
                return list(members)
            case ReferenceType(entity=entity):
                return list(self.keys(entity))
            case NumberType(interval=interval):
                return [Fraction(each) for each in range(int(interval.low), int(interval.high) + 1)]
        raise AssertionError(key.type)


def _is_banded(key: Key) -> bool:
    return isinstance(key.type, NumberType | DateType | MomentType)


def _day_of(when: date | None) -> object:
    """What two statements of one time have in common, near enough."""
    return (when.date() if isinstance(when, datetime) else when) if when is not None else None

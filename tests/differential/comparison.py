"""One plan and one data set through two doors: what the engine says must be what the reference says, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pyarrow as pa

import paycalc
from paycalc.api import Result
from paycalc.check.typed import PLAN_GRAIN, Outside
from paycalc.core.errors import DataError
from paycalc.engine import tiles
from paycalc.engine.computed import Computed
from paycalc.engine.inputs.sources import data_tables_from, parameters_from, tables_from
from paycalc.engine.machine import Machine
from paycalc.engine.running import rules_from, run_tables
from paycalc.engine.tiles import TileEngine
from paycalc.graph.nodes import PlanGraph
from tests.differential.shapes import RunData

SHOWN_MAX = 3  # differing rows of a table that are told


@dataclass(frozen=True)
class Outcome:
    """tables by name with the totals as one of them, or the error that stopped the run; result: the run itself."""

    tables: Mapping[str, pa.Table]
    error: str = ""
    result: Any = None

    @property
    def cells(self) -> int:
        return sum(table.num_rows * table.num_columns for table in self.tables.values())


def run_with(
    plan: paycalc.Plan,
    data: RunData,
    *,
    tile: int | None = None,
    observed: bool | None = None,
    without: Collection[str] = (),
    **options: Any,
) -> Outcome:
    """Bind and run. options: of `BoundPlan.run`. What only tools may choose goes to the engine directly.

    tile      rows that are computed at once
    observed  whether programs are made for the ranges of the data; None: as the engine likes it
    without   rewrites of the graph that are left out
    """
    options = {"on_reject_share": "100%", **options}
    stated = {"scales": data.scales, "assume_timezone": data.assume_timezone}
    try:
        bound = plan.bind(
            period=data.period, parameters=data.parameters, tables=data.data_tables, known_at=data.known_at
        )
        if tile is None and observed is None and not without:
            result = bound.run(data.tables, **stated, **options)
        else:
            result = _run_tiles(bound, plan, data, options, tile, _chosen_engine(plan, observed, without))
        return Outcome(tables_of(plan, result), result=result)
    except DataError as error:
        return Outcome({}, error=error_text(error))


@dataclass(frozen=True)
class ChosenMachine:
    """A machine whose programs are made for declared or for observed ranges, whatever the data."""

    machine: Machine
    observed: bool | None

    @property
    def graph(self) -> PlanGraph:
        return self.machine.graph

    def compute(self, *arguments: Any, **options: Any) -> Computed:
        return self.machine.compute(*arguments, observed=self.observed, **options)


def _chosen_engine(plan: paycalc.Plan, observed: bool | None, without: Collection[str]) -> TileEngine:
    engine = TileEngine(plan.typed)
    engine.machine = ChosenMachine(Machine(plan.typed, without_rewrites=without), observed)  # type: ignore[assignment]
    return engine


def _run_tiles(
    bound: paycalc.BoundPlan,
    plan: paycalc.Plan,
    data: RunData,
    options: dict[str, Any],
    tile: int | None,
    engine: TileEngine,
) -> Result:
    """As `BoundPlan.run` does, with an engine of one's own."""
    typed = plan.typed
    parameters = parameters_from(typed, data.parameters)
    rules = rules_from(
        typed,
        scales=data.scales,
        assume_timezone=data.assume_timezone,
        on_error=options.get("on_error", "reject"),
        on_reject_share=options["on_reject_share"],
        known_at=data.known_at,
    )
    read = {**tables_from(typed, data.tables), **parameters, **data_tables_from(typed, data.data_tables)}
    period = typed.period.parse(data.period)
    # Few fail an assert here; they are found all the same as where many do.
    with patch.object(tiles, "ASKED_MAX", 0):
        outcome = run_tables(typed, read, period, rules, tile=tile, threads=options.get("threads"), ready=engine)
    return Result(outcome, bound, options)


def error_text(error: DataError) -> str:
    return f"{error}\n{[error.code, error.table, error.row, error.column, error.value, error.expected, error.help]}"


def tables_of(plan: paycalc.Plan, result: Any) -> dict[str, pa.Table]:
    """Everything that a result holds, as tables."""
    typed = plan.typed
    tables = {name: getattr(result, name) for name in ("lines", "rejects", "withheld", "held", "orphans")}
    shown = dict.fromkeys(line.entity for line in typed.lines if line.role == "show")
    for entity in shown:
        if entity != typed.payee:
            with suppress(KeyError):  # a run that reports only some columns may show nothing of it
                tables[f"shown.{entity}"] = result.shown(entity)
    for name, entity in typed.entities.items():
        if entity.outside is Outside.CARRY:
            with suppress(KeyError):  # nothing reads it
                tables[f"carried.{name}"] = result.carried(name)
        if entity.lines and name not in (PLAN_GRAIN, typed.payee):
            with suppress(KeyError):
                tables[f"detail.{name}"] = result.detail(name)
    totals = {name: [str(amount)] for name, amount in result.totals.items()}
    info = {name: [str(each)] for name, each in result.info.items() if name not in INFO_OF_ENGINE}
    return {**tables, "totals": pa.table(totals), "info": pa.table(info)}


INFO_OF_ENGINE = ("engine", "threads", "stages", "seconds", "tile")


def differences(expected: Outcome, found: Outcome) -> list[str]:
    """What differs, in words; nothing where the two are equal in every cell, type and message."""
    if expected.error or found.error:
        if expected.error == found.error:
            return []
        return [f"expected the error\n{expected.error or '(none)'}\nfound\n{found.error or '(none)'}"]
    told = []
    if list(expected.tables) != list(found.tables):
        told.append(f"tables: expected {list(expected.tables)}, found {list(found.tables)}")
    for name, table in expected.tables.items():
        other = found.tables.get(name)
        if other is not None:
            told += [f"{name}: {each}" for each in _table_differences(table, other)]
    return told


def _table_differences(expected: pa.Table, found: pa.Table) -> Iterator[str]:
    if expected.schema != found.schema:
        yield f"schema: expected {_schema(expected)}, found {_schema(found)}"
    if expected.num_rows != found.num_rows:
        yield f"expected {expected.num_rows} rows, found {found.num_rows}"
    elif expected.schema == found.schema and expected.equals(found):
        return
    told = 0
    for row, (one, other) in enumerate(zip(expected.to_pylist(), found.to_pylist(), strict=False)):
        if one != other and repr(one) != repr(other) and told < SHOWN_MAX:  # a float may be no number
            told += 1
            cells = [
                f"{name}: expected {one.get(name)!r}, found {other.get(name)!r}"
                for name in one
                if repr(one.get(name)) != repr(other.get(name))
            ]
            yield f"row {row} ({next(iter(one.values()), None)!r}): {'; '.join(cells)}"


def _schema(table: pa.Table) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in table.schema)


# ---------------------------------------------------------------- to be run again


def replay(text: str, data: RunData) -> str:
    """The plan and the data as a program that runs both."""
    tables = "\n".join(f"    {name!r}: {table_code(table)}," for name, table in data.tables.items())
    parameters = "\n".join(
        f"    {name!r}: {table_code(each) if isinstance(each, pa.Table) else repr(each)},"
        for name, each in data.parameters.items()
    )
    data_tables = "\n".join(f"    {name!r}: {table_code(table)}," for name, table in data.data_tables.items())
    return f'''import datetime
import pyarrow as pa
import paycalc
from tests.differential.comparison import differences, run_with
from tests.differential.shapes import RunData

text = """{text.replace(chr(92), chr(92) * 2)}"""
tables = {{
{tables}
}}
parameters = {{
{parameters}
}}
data_tables = {{
{data_tables}
}}
known_at = {data.known_at!r}
data = RunData({data.period!r}, tables, parameters, {data.scales!r}, {data.assume_timezone!r}, data_tables, known_at)
plan = paycalc.compile(text)
for told in differences(run_with(plan, data, engine="reference"), run_with(plan, data, engine="tiles")):
    print(told)
'''


def table_code(table: pa.Table) -> str:
    columns = []
    for name in table.column_names:
        column = table.column(name)
        chunks = column.chunks or [pa.array([], column.type)]
        codes = [_array_code(chunk) for chunk in chunks]
        columns.append(f"{name!r}: {codes[0] if len(codes) == 1 else 'pa.chunked_array([' + ', '.join(codes) + '])'}")
    return "pa.table({" + ", ".join(columns) + "})"


def _array_code(array: pa.Array) -> str:
    if pa.types.is_dictionary(array.type):
        return f"{_array_code(array.cast(array.type.value_type))}.dictionary_encode()"
    if pa.types.is_timestamp(array.type) or pa.types.is_date64(array.type):
        numbers = array.cast(pa.int64())
        return f"{_array_code(numbers)}.cast({type_code(array.type)})"
    cells = repr(array.to_pylist()).replace("Decimal(", "__import__('decimal').Decimal(")
    cells = (
        cells.replace("datetime.date(", "__import__('datetime').date(")
        .replace(" nan", " float('nan')")
        .replace("inf", "float('inf')")
    )
    return f"pa.array({cells}, {type_code(array.type)})"


def type_code(type: pa.DataType) -> str:
    if pa.types.is_timestamp(type):
        return f"pa.timestamp({type.unit!r}{f', {type.tz!r}' if type.tz else ''})"
    if pa.types.is_decimal(type):
        return f"pa.{str(type).replace(' ', '')}"
    return {"bool": "pa.bool_()", "date32[day]": "pa.date32()", "date64[ms]": "pa.date64()"}.get(
        str(type), f"pa.{type}()"
    )

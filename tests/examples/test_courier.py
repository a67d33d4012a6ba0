"""The courier plan: everything in it takes part, a parameter changes at 14:00, and a made-up month comes to known totals."""

import json
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest

import paycalc
from paycalc.check.typed import PLAN_GRAIN, Parameter
from paycalc.check.types import Value
from paycalc.cli.demo.couriers import write_company
from paycalc.cli.demo.courier_company import make_company
from tests.cli.command import DEMO_PLAN
from tests.examples.courier_month import DISTANCE_FEES, EXCEPTIONS, ORDINARY, PERIOD, STATED, WEIGHT_RATES, rows_of
from tests.examples.plan_parts import input_names, other_value, parameters_of, with_cell, written, written_cells

EXAMPLE = Path(__file__).parents[2] / "examples" / "courier"
TEXT = DEMO_PLAN.with_name("courier.pay").read_text(encoding="utf-8")
PLAN = paycalc.compile(TEXT, name="courier.pay")
CELLS = list(written_cells(PLAN.typed))
ROWS = rows_of(PLAN.typed)
DATA_CELLS = [("distance_fee", row) for row in range(len(DISTANCE_FEES))] + [
    ("weight_rate", row) for row in range(len(WEIGHT_RATES))
]


def stated(changed: dict[Parameter, Value] | None = None) -> dict[str, pa.Table]:
    """All parameters at the plan's level, some of them changed; and a few statements that take precedence."""
    base: dict[str, dict[str, str]] = {"store": {"plan": "plan"}, PLAN_GRAIN: {}}
    for parameter in parameters_of(PLAN.typed):
        base[parameter.entity][parameter.name] = cell_of(parameter)
    for parameter, value in (changed or {}).items():
        base[parameter.entity][parameter.name] = written(parameter.type, value)
    of_stores = [{"store": None, "region": None, "effective_from": "2026-01-01", **base["store"]}, *EXCEPTIONS]
    return {"store": pa.Table.from_pylist(of_stores), PLAN_GRAIN: pa.Table.from_pylist([base[PLAN_GRAIN]])}


def cell_of(parameter: Parameter) -> str:
    return STATED.get(parameter.name) or written(parameter.type, parameter.default)


def value_of(cell: str) -> Fraction:
    return Fraction(cell.rstrip("%")) / (100 if cell.endswith("%") else 1)


def tables_of(name: str = "", row: int = 0, value: str = "") -> dict[str, pa.Table]:
    """The tables from data, one cell of them changed."""
    found = {
        "distance_fee": [dict(each) for each in DISTANCE_FEES],
        "weight_rate": [dict(each) for each in WEIGHT_RATES],
    }
    if name:
        found[name][row]["value"] = value
    return {each: pa.Table.from_pylist(rows) for each, rows in found.items()}


def pay(plan=PLAN, parameters=None, tables=None, rows=ROWS) -> pa.Table:
    """The lines of all couriers; nobody is rejected, and nothing is held."""
    result = plan.bind(period=PERIOD, parameters=parameters or stated(), tables=tables or tables_of()).run(rows)
    assert (result.info["rejected"], result.info["held"]) == (0, 0)
    return result.lines


@pytest.fixture(scope="module")
def before() -> pa.Table:
    return pay()


def test_two_hundred_things_take_part():
    names = [
        *(".".join(each) for each in input_names(PLAN.typed)),
        *(f"{each.entity}.{each.name}" for each in parameters_of(PLAN.typed)),
        *(each.name for each in CELLS),
        *(f"{table} row {row}" for table, row in DATA_CELLS),
    ]
    assert len(set(names)) == len(names) >= 200
    assert len(TEXT.splitlines()) <= 400


@pytest.mark.parametrize(
    "entity", [each.name for each in PLAN.typed.entities.values() if each.columns or each.references]
)
def test_every_input_moves_somebodys_pay(before, entity):
    unmoved = []
    for owner, name in input_names(PLAN.typed):
        if owner == entity:
            table = ROWS[entity]
            place = table.column_names.index(name)
            moved = pa.chunked_array([*table[name].slice(1).chunks, *table[name].slice(0, 1).chunks])
            rows = {**ROWS, entity: table.set_column(place, table.field(place), moved)}
            if pay(rows=rows) == before:
                unmoved.append(name)
    assert unmoved == []


def test_every_parameter_moves_somebodys_pay(before):
    unmoved = []
    for parameter in parameters_of(PLAN.typed):
        value = other_value(parameter.type, value_of(cell_of(parameter)))
        if pay(parameters=stated({parameter: value})) == before:
            unmoved.append(parameter.name)
    assert unmoved == []


def test_every_written_cell_moves_somebodys_pay(before):
    text, unmoved = TEXT[: TEXT.index("\nexample ")], []
    for cell in CELLS:
        plan = paycalc.compile(with_cell(text, cell, other_value(cell.type, cell.value)))
        if pay(plan) == before:
            unmoved.append(cell.name)
    assert unmoved == []


@pytest.mark.parametrize(("table", "row"), DATA_CELLS)
def test_every_cell_from_data_moves_somebodys_pay(before, table, row):
    assert pay(tables=tables_of(table, row, "0.99")) != before


def test_a_store_changes_its_fee_at_two_in_the_afternoon():
    """One parcel a minute before, one at the hour, and what each of them pays."""
    moments = pa.array([1_794_808_740, 1_794_808_800]).cast(pa.timestamp("s", "Asia/Shanghai"))
    assert [each.isoformat() for each in moments.to_pylist()] == [
        "2026-11-16T13:59:00+08:00",
        "2026-11-16T14:00:00+08:00",
    ]
    parcels = ROWS["parcel"].slice(0, 2)
    for name, cell in {
        "delivered": moments,
        **{name: pa.array([value] * 2) for name, value in ORDINARY.items()},
    }.items():
        place = parcels.column_names.index(name)
        parcels = parcels.set_column(place, parcels.field(place).with_type(cell.type), cell)
    rows = {**ROWS, "parcel": parcels}
    parameters = stated()
    change = {"store": "A", "effective_from": "2026-11-16T14:00+08:00", "small_fee": "1.15"}
    parameters["store"] = pa.Table.from_pylist([*parameters["store"].to_pylist(), change])
    result = PLAN.bind(period=PERIOD, parameters=parameters, tables=tables_of()).run(rows)
    detail = result.detail("parcel", ["piece_fee", "uplift", "price"]).to_pylist()
    assert [(str(each["piece_fee"]), str(each["price"])) for each in detail] == [("0.90", "1.88"), ("1.15", "2.22")]


@pytest.mark.parametrize("expected", json.loads((EXAMPLE / "expected_totals.json").read_text(encoding="utf-8")))
def test_the_expected_totals(tmp_path, expected):
    write_company(make_company(expected["parcels"], expected["seed"]), tmp_path)
    read = read_plan_folder(PLAN.typed, tmp_path)
    result = run_tables(PLAN.typed, read.tables, PLAN.typed.period.parse(expected["period"]), RunRules())
    assert result.info == expected

"""The courier plan: everything takes part, a fee changes at 14:00, and a made-up month comes to known totals."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import paycalc
from paycalc.check.typed import PLAN_GRAIN, Parameter
from paycalc.check.types import Value
from paycalc.cli.demo.courier_company import company_tables, make_company
from paycalc.cli.demo.courier_parcels import parcel_pieces
from paycalc.cli.demo.couriers import main, terms_of
from tests.cli.command import DEMO_PLAN, environment
from tests.examples.courier_month import DISTANCE_FEES, EXCEPTIONS, ORDINARY, PERIOD, STATED, WEIGHT_RATES, rows_of
from tests.examples.plan_parts import (
    input_names,
    other_value,
    parameters_of,
    table_of_texts,
    with_cell,
    written,
    written_cells,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "courier"
TEXT = DEMO_PLAN.with_name("courier.pay").read_text(encoding="utf-8")
PLAN = paycalc.compile(TEXT, name="courier.pay")
CELLS = list(written_cells(PLAN.typed))
ROWS = rows_of(PLAN.typed)
DATA_CELLS = [("distance_fee", row) for row in range(len(DISTANCE_FEES))] + [
    ("weight_rate", row) for row in range(len(WEIGHT_RATES))
]


def stated(changed: dict[Parameter, Value] | None = None) -> dict[str, pa.Table]:
    """What the company states, some of it changed; and a few statements that take precedence."""
    base: dict[str, dict[str, str]] = {"store": {"plan": "plan"}, PLAN_GRAIN: {}}
    for parameter in parameters_of(PLAN.typed):
        if parameter.name in STATED:
            base[parameter.entity][parameter.name] = STATED[parameter.name]
    for parameter, value in (changed or {}).items():
        base[parameter.entity][parameter.name] = written(parameter.type, value)
    of_stores = [{"store": None, "region": None, "effective_from": "2026-01-01", **base["store"]}, *EXCEPTIONS]
    return {"store": table_of_texts(of_stores), PLAN_GRAIN: table_of_texts([base[PLAN_GRAIN]])}


def cell_of(parameter: Parameter) -> str:
    return STATED.get(parameter.name) or written(parameter.type, parameter.default)


def value_of(cell: str) -> Fraction:
    return Fraction(cell.rstrip("%")) / (100 if cell.endswith("%") else 1)


def tables_of(name: str = "", row: int = 0, value: str = "") -> dict[str, pa.Table]:
    """The tables from data, one cell of them changed."""
    found = {"distance_fee": DISTANCE_FEES, "weight_rate": WEIGHT_RATES}
    if name:
        rows = found[name]
        found[name] = [*rows[:row], {**rows[row], "value": value}, *rows[row + 1 :]]
    return {each: table_of_texts(rows) for each, rows in found.items()}


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


@pytest.mark.parametrize("entity", dict(input_names(PLAN.typed)))
def test_every_input_moves_somebodys_pay(before, entity):
    unmoved = []
    for owner, name in input_names(PLAN.typed):
        if owner == entity:
            table = ROWS[entity]
            place = table.column_names.index(name)
            moved = pa.chunked_array([*table[name].slice(1).chunks, *table[name].slice(table.num_rows - 1).chunks])
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


@pytest.mark.parametrize("table", dict.fromkeys(each.table for each in CELLS))
def test_every_written_cell_moves_somebodys_pay(before, table):
    text, unmoved = TEXT[: TEXT.index("\nexample ")], []
    for cell in CELLS:
        if cell.table == table:
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
    ordinary = {name: pa.array([value] * 2) for name, value in ORDINARY.items()}
    for name, cells in {"delivered": moments, **ordinary}.items():
        place = parcels.column_names.index(name)
        parcels = parcels.set_column(place, parcels.field(place).with_type(cells.type), cells)
    rows = {**ROWS, "parcel": parcels}
    (least_price,) = (each for each in parameters_of(PLAN.typed) if each.name == "least_price")
    parameters = stated({least_price: Fraction("0.50")})
    change = {"store": "A", "effective_from": "2026-11-16T14:00+08:00", "small_fee": "1.15"}
    parameters["store"] = table_of_texts([*parameters["store"].to_pylist(), change])
    result = PLAN.bind(period=PERIOD, parameters=parameters, tables=tables_of()).run(rows)
    detail = result.detail("parcel", ["piece_fee", "uplift", "price"]).to_pylist()
    assert [(str(each["piece_fee"]), str(each["price"])) for each in detail] == [("0.90", "1.85"), ("1.15", "2.19")]


EXPECTED = json.loads((EXAMPLE / "expected_totals.json").read_text(encoding="utf-8"))


def pay_month(parcels: int, seed: int, engine: str) -> dict:
    """What the made-up month of so many parcels comes to, as the file of expected totals has it."""
    company = make_company(parcels, seed)
    rows = {**company_tables(company), "parcel": pa.concat_tables(parcel_pieces(company))}
    terms = {name: table_of_texts(cells) for name, cells in terms_of(company).items()}
    result = PLAN.bind(
        period=PERIOD,
        parameters={name.removeprefix("parameters."): cells for name, cells in terms.items() if "parameters." in name},
        tables={name.removeprefix("table."): cells for name, cells in terms.items() if "table." in name},
    ).run(rows, engine=engine, on_reject_share="100%")
    info = result.info
    return {
        "parcels": parcels,
        "seed": seed,
        "period": PERIOD,
        **{name: info[name] for name in ("paid", "rejected_by_code", "held_by_code")},
        "balance": info["balance"]["parcel"],
        "totals": {name: str(amount) for name, amount in result.totals.items()},
    }


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda each: f"{each['parcels']} parcels")
def test_the_expected_totals(expected):
    assert pay_month(expected["parcels"], expected["seed"], "tiles") == expected


def test_the_expected_totals_of_the_reference():
    assert pay_month(EXPECTED[0]["parcels"], EXPECTED[0]["seed"], "reference") == EXPECTED[0]


def test_pieces_change_nothing():
    company = make_company(3_000)
    whole = pa.concat_tables(parcel_pieces(company)).combine_chunks()
    assert pa.concat_tables(parcel_pieces(company, piece_rows=1_234)).combine_chunks() == whole


def test_the_data_folder(tmp_path):
    command = [sys.executable, EXAMPLE / "generate.py", tmp_path / "DATA", "--parcels", "40", "--seed", "3"]
    subprocess.run(command, env=environment(), timeout=60, check=True)
    assert sorted(path.name for path in (tmp_path / "DATA").iterdir()) == [
        "assignment.parquet", "complaint.parquet", "courier.parquet", "parameters.plan.csv", "parameters.store.csv",
        "parcel.parquet", "region.parquet", "shift.parquet", "store.parquet", "table.distance_fee.csv",
        "table.weight_rate.csv", "zone.parquet",
    ]  # fmt: skip
    (made,) = parcel_pieces(make_company(40, 3))
    assert pq.read_table(tmp_path / "DATA" / "parcel.parquet")["delivered"].to_pylist() == made["delivered"].to_pylist()


def test_there_is_at_least_one_parcel(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "DATA"), "--parcels", "0"])
    assert capsys.readouterr().err.endswith("error: a company delivers at least one parcel\n")

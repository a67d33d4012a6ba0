"""The demo: what it computes is right, what it shows is run, and it leaves nothing behind but its folder."""

import csv
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from paycalc import Plan, compile
from paycalc.check import check_plan
from paycalc.cli.demo.chain import make_chain, write_chain
from paycalc.cli.demo.made_up import draw
from paycalc.core.span import Source
from paycalc.engine.running import RunRules, read_plan_folder, run_tables
from tests.cli.chain_by_hand import draw_one, pay_chain, rows, stores_by_hand, workers_by_hand
from tests.cli.command import DEMO_PLAN, environment, paycalc

EXAMPLE = Path(__file__).parents[2] / "examples" / "store_incentive"


def paycalc_of(path: Path) -> Plan:
    return compile(path.read_text(encoding="utf-8"), name=path.name)


PLAN = check_plan(Source("store_incentive.pay", DEMO_PLAN.read_text(encoding="utf-8")))


def pay(folder):
    read = read_plan_folder(PLAN, folder)
    return run_tables(PLAN, read.tables, PLAN.period.parse("2026-10"), RunRules(on_reject_share=1))


def in_cents(result) -> dict[str, dict[str, int]]:
    names = ("commission", "attendance", "leading", "top_up", "gross")
    return {row["worker"]: {name: row[name] * 100 for name in names} for row in result.lines.to_pylist()}


@pytest.mark.parametrize("format", ["parquet", "csv"])
@pytest.mark.parametrize(("stores", "workers", "seed"), [(1, 1, 1), (3, 30, 2), (7, 200, 3)])
def test_the_plan_pays_what_is_computed_by_hand(tmp_path, format, stores, workers, seed):
    chain = make_chain(stores, workers, seed)
    write_chain(chain, tmp_path, format)
    result = pay(tmp_path)
    paid, rejected = pay_chain(chain)
    assert in_cents(result) == paid
    assert {code.value: count for code, count in result.rejected.counts_by_code().items()} == rejected


SMALL, MILLION = json.loads((EXAMPLE / "expected_totals.json").read_text(encoding="utf-8"))


def test_the_expected_totals_by_hand():
    paid, rejected = pay_chain(make_chain(SMALL["stores"], SMALL["workers"], SMALL["seed"]))
    assert (len(paid), rejected) == (SMALL["paid"], SMALL["rejected"])
    totals = {name: sum(lines[name] for lines in paid.values()) for name in SMALL["totals"]}
    assert {name: f"{cents // 100}.{cents % 100:02}" for name, cents in totals.items()} == SMALL["totals"]


@pytest.mark.parametrize("expected", [SMALL, MILLION], ids=["small", "a million"])
def test_the_expected_totals_of_the_example(expected):
    chain = make_chain(expected["stores"], expected["workers"], expected["seed"])
    parameters = {name.removeprefix("parameters."): table for name, table in chain.tables.items() if "." in name}
    tables = {name: chain.tables[name] for name in ("store", "worker")}
    result = paycalc_of(DEMO_PLAN).run(tables, parameters=parameters, period=expected["period"])
    assert (result.info["paid"], result.info["rejected_by_code"]) == (expected["paid"], expected["rejected"])
    assert {name: str(result.totals[name]) for name in expected["totals"]} == expected["totals"]


@pytest.mark.parametrize("seed", [0, 1, 20261001, -1, 1 << 70])
def test_numbers_are_drawn_as_by_hand(seed):
    edges = [0, 1, 999_999, (1 << 31) - 1, 1 << 40]
    for stream, low, high in ((1, 1, 6), (10, 4_000, 16_000), (13, -5, 5), (2, 7, 7)):
        drawn = draw(seed, stream, np.array(edges), low, high)
        assert drawn.tolist() == [draw_one(seed, stream, row, low, high) for row in edges]
    assert draw_one(20261001, 10, 0, 0, 10**6) == 804_287


def differences(found: list[dict], expected: list[dict]) -> dict[tuple[int, str], object]:
    """Cells of `found` that are not as expected, by row from 0 and column."""
    assert len(found) == len(expected)
    return {
        (row, name): cell
        for row, (one, other) in enumerate(zip(found, expected, strict=True))
        for name, cell in one.items()
        if cell != other[name]
    }


def test_the_chain_is_as_by_hand_but_for_its_faulty_rows():
    chain = make_chain(7, 200, 3)
    assert rows(chain, "store") == stores_by_hand(7, 200, 3)
    assert differences(rows(chain, "worker"), workers_by_hand(7, 200, 3)) == {
        (20, "sales"): None,
        (40, "store"): "S9999",
        (60, "hours"): 744_00,
        (80, "grade"): "manager",
        (100, "sales"): None,
        (120, "hours"): 452_50,
        (140, "kpi"): 151,
        (160, "worker"): "W0000160",
    }


def test_a_large_chain_has_a_handful_of_each_fault():
    chain = make_chain(50, 1_000_000)
    workers = chain.tables["worker"]
    assert workers["sales"].null_count == 10
    assert workers.num_rows - len(workers["worker"].unique()) == 5
    for name, cell, count in (("store", "S9999", 5), ("grade", "manager", 5), ("kpi", Decimal("1.51"), 5)):
        assert workers[name].value_counts().to_pylist().count({"values": cell, "counts": count}) == 1
    assert pc.sum(pc.greater(workers["hours"], pa.scalar(Decimal(400)))).as_py() == 10
    assert workers["worker"][999_999].as_py() == "W1000000"


def test_an_unknown_store_is_unknown_in_the_largest_chain():
    chain = make_chain(10_000, 20_000)
    known = chain.tables["store"]["store"].to_pylist()
    assert {key for key in chain.tables["worker"]["store"].to_pylist() if key not in set(known)} == {"S0000"}


def test_the_chain_is_the_same_for_a_seed():
    assert make_chain(4, 40) == make_chain(4, 40)
    assert make_chain(4, 40, seed=1) != make_chain(4, 40, seed=2)


def test_parquet_and_csv_hold_the_same_chain(tmp_path):
    chain = make_chain(2, 20)
    write_chain(chain, tmp_path / "P")
    write_chain(chain, tmp_path / "C", "csv")
    assert in_cents(pay(tmp_path / "P")) == in_cents(pay(tmp_path / "C"))


def test_the_generator_of_the_example(tmp_path):
    arguments = [tmp_path / "DATA", "--stores", "2", "--workers", "11", "--format", "csv"]
    command = [sys.executable, EXAMPLE / "generate.py", *arguments]
    subprocess.run(command, env=environment(), timeout=60, check=True)
    with (tmp_path / "DATA" / "worker.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 11
    assert sorted(os.listdir(tmp_path / "DATA")) == [
        "parameters.plan.csv", "parameters.store.csv", "region.csv", "store.csv", "worker.csv"
    ]  # fmt: skip


SMALL_SIZES = ("--stores", "20", "--workers", "300", "--parcels", "60000", "--hauls", "500")


def test_the_demo(tmp_path):
    outcome = paycalc("demo", "--out", "D", *SMALL_SIZES, cwd=tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    for shown in (
        "$ paycalc check store_incentive.pay\nstore_incentive.pay: no faults, ",
        "$ paycalc test store_incentive.pay\nok    a senior over target\n",
        "$ paycalc run store_incentive.pay DATA --period 2026-10 --out RUN --reject-share 100%\nStore incentive",
        "\nnot paid:\n",
        "$ paycalc explain RUN W",
        "$ paycalc check store_incentive_faulty.pay\nerror[",
        "store_incentive_faulty.pay: 4 faults\n",
        "$ paycalc test courier.pay\nok    what parcels pay: ",
        "\nA month of 60,000 parcels is made up in ",
        "$ paycalc run courier.pay PARCELS --period 2026-11 --out PARCELS_RUN\nCourier piecework: 2026-11, CNY\n",
        '$ paycalc explain PARCELS_RUN 100001 piecework\npiecework "Parcels" of courier 100001, 2026-11: ',
        "more lines, down to every cell and parameter\n",
        "$ paycalc test freight.pay\nok    32.50 tonnes, in time; a month later; two months later\n",
        "$ paycalc run freight.pay HAULS --period 2026-11 --out HAULS_RUN --reject-share 100%\nBulk freight by weight",
        "$ paycalc explain HAULS_RUN ",
    ):
        assert shown in outcome.out
    assert outcome.out.endswith(f"\nEverything is in {tmp_path / 'D'}\n")
    assert sorted(os.listdir(tmp_path / "D")) == [
        "DATA", "HAULS", "HAULS_RUN", "PARCELS", "PARCELS_RUN", "RUN",
        "courier.pay", "freight.pay", "store_incentive.pay", "store_incentive_faulty.pay",
    ]  # fmt: skip
    assert os.listdir(tmp_path) == ["D"]
    before, after = outcome.out.split("parcel.piece_fee\n")[1:]
    assert "store.small_fee                   0.85 CNY  set for region north since 2026-01-01 (row 3 of" in before
    assert "store.small_fee" in after and "set for store S0001 since 2026-11-16T14:00" in after


# Of a single worker nobody is paid, and of a single parcel there is none around the change.
@pytest.mark.parametrize("sizes", [("1", "12", "1", "1"), ("2", "1", "40", "12")])
def test_the_demo_makes_a_temporary_folder_of_its_own(tmp_path, sizes):
    names = ("--stores", "--workers", "--parcels", "--hauls")
    arguments = [word for option in zip(names, sizes, strict=True) for word in option]
    outcome = paycalc("demo", *arguments, cwd=tmp_path, TMPDIR=str(tmp_path))
    assert outcome.code == 0
    (name,) = os.listdir(tmp_path)
    assert name.startswith("paycalc-demo-")
    assert outcome.out.endswith(f"\nEverything is in {tmp_path / name}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "."), "cannot make the folder `.`: File exists"),
        (("--out", "a/b"), "cannot make the folder `a/b`: No such file or directory"),
        (("--stores", "0"), "a chain has at least one store and one worker"),
        (("--workers", "0"), "a chain has at least one store and one worker"),
        (("--parcels", "0"), "there is at least one parcel, and one haul"),
        (("--hauls", "0"), "there is at least one parcel, and one haul"),
    ],
)
def test_a_demo_that_cannot_be(tmp_path, arguments, message):
    outcome = paycalc("demo", *arguments, cwd=tmp_path)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"error: {message}\n")

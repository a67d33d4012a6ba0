"""The freight plan: a made-up month comes to known totals, by paycalc and by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import paycalc
from paycalc.cli.demo.hauls import freight_tables, freight_terms, main
from tests.cli.command import DEMO_PLAN, environment
from tests.examples.freight_by_hand import pay_hauls
from tests.examples.plan_parts import table_of_texts

EXAMPLE = Path(__file__).parents[2] / "examples" / "freight"
PLAN = paycalc.compile(DEMO_PLAN.with_name("freight.pay").read_text(encoding="utf-8"), name="freight.pay")
EXPECTED = json.loads((EXAMPLE / "expected_totals.json").read_text(encoding="utf-8"))


def terms_of(prefix: str) -> dict[str, pa.Table]:
    """Parameters by entity, or tables by name, all cells texts."""
    found = {name.removeprefix(prefix): rows for name, rows in freight_terms().items() if name.startswith(prefix)}
    return {name: table_of_texts(rows) for name, rows in found.items()}


def pay(hauls: int, seed: int, engine: str = "tiles") -> paycalc.Result:
    bound = PLAN.bind(period="2026-11", parameters=terms_of("parameters."), tables=terms_of("table."))
    return bound.run(freight_tables(hauls, seed), engine=engine)


def as_expected(result: paycalc.Result, expected: dict) -> dict:
    """What the result says of everything that is expected."""
    events = result.info["balance"]["haul"]
    return {
        **{name: expected[name] for name in ("hauls", "seed")},
        **{name: events[name] for name in ("paid", "held", "outside")},
        "totals": {name: str(result.totals[name]) for name in expected["totals"]},
    }


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda each: f"{each['hauls']} hauls")
def test_the_expected_totals(expected):
    assert as_expected(pay(expected["hauls"], expected["seed"]), expected) == expected


def test_the_expected_totals_of_the_reference():
    expected = EXPECTED[0]
    assert as_expected(pay(expected["hauls"], expected["seed"], "reference"), expected) == expected


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda each: f"{each['hauls']} hauls")
def test_the_expected_totals_by_hand(expected):
    totals, became = pay_hauls(expected["hauls"], expected["seed"])
    assert {name: f"{number // 100}.{number % 100:02}" for name, number in totals.items()} == expected["totals"]
    assert dict(became) == {name: expected[name] for name in ("paid", "held", "outside") if expected[name]}


def test_the_generator_of_the_example(tmp_path):
    command = [sys.executable, EXAMPLE / "generate.py", tmp_path / "DATA", "--hauls", "60"]
    subprocess.run(command, env=environment(), timeout=60, check=True)
    assert sorted(path.name for path in (tmp_path / "DATA").iterdir()) == [
        "driver.parquet", "haul.parquet", "parameters.pit.csv", "parameters.plan.csv", "pit.parquet", "route.parquet",
        "table.rate.csv",
    ]  # fmt: skip


def test_there_is_at_least_one_haul(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "DATA"), "--hauls", "0"])
    assert capsys.readouterr().err.endswith("error: there is at least one haul\n")

"""What must not matter does not: threads, tiles, ranges observed or declared, rewrites, and the order of rows."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

import paycalc
from paycalc.graph.rewrites import REWRITES
from tests.differential.comparison import differences, run_with
from tests.differential.random_data import DataMaker
from tests.differential.shapes import Shaper
from tests.differential.trials import trial_of

DEMO = Path(__file__).parents[2] / "src" / "paycalc" / "cli" / "demo" / "store_incentive.pay"
SEEDS = range(600, 608)
CHOICES = [
    *({"threads": threads, "tile": 16, "observed": True} for threads in (1, 2, 3, 4)),
    *({"tile": tile, "observed": True} for tile in (1, 7, 64, 1024, 4096)),
    {"tile": 7, "observed": False},
    *({"without": [name], "observed": True} for name in REWRITES),
    {"without": list(REWRITES), "observed": False},
]


@pytest.fixture(scope="module")
def baselines():
    """Each trial, its plan, and what the engine says when nothing is chosen."""
    found = []
    for seed in SEEDS:
        trial = trial_of(seed, size=70)
        assert trial is not None
        plan = paycalc.compile(trial.plan.text)
        found.append((trial, plan, run_with(plan, trial.data)))
    return found


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_no_choice_of_the_machine_changes_a_byte(choice, baselines):
    for trial, plan, expected in baselines:
        told = differences(expected, run_with(plan, trial.data, **choice))
        assert not told, (trial.seed, told)


def test_the_order_of_rows_changes_nothing_but_their_order():
    """Of payees, of all other tables, and of parameters. Faults of the data name rows, so there are none."""
    for seed in SEEDS:
        random = Random(seed)
        trial = trial_of(seed)
        assert trial is not None
        plan = paycalc.compile(trial.plan.text)
        payee = plan.typed.payee
        data = Shaper(random, plan.typed).shape(DataMaker(random, plan.typed, size=40, faults=0).make())
        turned = {name: _turned(random, table) for name, table in data.tables.items()}
        parameters = {
            name: _turned(random, each) if isinstance(each, pa.Table) else each
            for name, each in data.parameters.items()
        }
        one = run_with(plan, data)
        other = run_with(plan, replace(data, tables=turned, parameters=parameters), tile=16, threads=2)
        assert _code(one.error) == _code(other.error)
        if one.error:
            continue
        assert _by_key(one.tables["lines"]) == _by_key(other.tables["lines"])
        wanted = [key for key in turned[payee].column(payee).to_pylist() if key in _by_key(one.tables["lines"])]
        assert other.tables["lines"].column(0).to_pylist() == wanted
        for name in set(one.tables) - {"lines"}:
            first, second = (_without_rows(each.tables[name]) for each in (one, other))
            if name.startswith(("shown.", "detail.", "carried.")):  # in the order of the rows
                first, second = (sorted(each, key=repr) for each in (first, second))
            assert first == second, (seed, name)


def _turned(random, table):
    rows = random.sample(range(table.num_rows), table.num_rows)
    return pa.concat_tables([table.slice(row, 1) for row in rows] or [table])


def _code(error):
    """Which row is told first depends on the order of rows."""
    return error.partition("]")[0]


def test_chunks_change_nothing():
    for seed in SEEDS:
        trial = trial_of(seed, faults=0.05)
        assert trial is not None
        plan, data, random = paycalc.compile(trial.plan.text), trial.data, Random(seed)
        parts = [
            {
                name: _cut(random, each) if isinstance(each, pa.Table) else each
                for name, each in getattr(data, kind).items()
            }
            for kind in ("tables", "parameters", "data_tables")
        ]
        cut = replace(data, tables=parts[0], parameters=parts[1], data_tables=parts[2])
        expected = run_with(plan, data)
        for choice in ({}, {"tile": 7, "threads": 2, "observed": True}):
            told = differences(expected, run_with(plan, cut, **choice))
            assert not told, (seed, told)


def _cut(random, table):
    """The same rows in pieces, some of them empty."""
    ends = sorted(random.randint(0, table.num_rows) for _ in range(4))
    return pa.concat_tables([table.slice(a, b - a) for a, b in pairwise([0, *ends, table.num_rows])])


def _by_key(table):
    return {row[table.column_names[0]]: row for row in table.to_pylist()}


def _without_rows(table):
    return table.drop_columns([name for name in ("row", "cause_row") if name in table.column_names]).to_pylist()


def test_a_plan_with_and_without_its_ranges_pays_the_same():
    """The demo plan on data inside its ranges, with all ranges taken out."""
    text = DEMO.read_text(encoding="utf-8").split("\nexample")[0] + "\n"
    declared = paycalc.compile(text)
    free_text = "\n".join(_without_range(line) for line in text.splitlines()) + "\n"
    assert free_text != text
    free = paycalc.compile(free_text)
    compared = 0
    for seed in range(30):
        random = Random(seed)
        data = Shaper(random, declared.typed).shape(DataMaker(random, declared.typed, size=200, faults=0).make())
        one = run_with(declared, data)
        assert not one.error
        if one.tables["rejects"].num_rows:  # a store's parameter that is ended: the message tells its range
            continue
        compared += 1
        for observed in (True, False):
            other = run_with(free, data, observed=observed, tile=64)
            for name, table in one.tables.items():  # what differs is how many digits a column of amounts has
                assert table.to_pylist() == other.tables[name].to_pylist(), name
    assert compared >= 5


def _without_range(line):
    """A column's or parameter's declaration without its range: `hours : decimal(2) hour`."""
    declares = line.startswith("  ") and " : " in line
    return re.sub(r" -?[\d_.]+%? \.\. -?[\d_.]+%?(?= |$)", "", line) if declares else line

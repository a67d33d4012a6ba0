"""Random plans with random data: the graph, however it is rewritten, says what the reference says."""

import pytest

from paycalc.graph.build import Builder, build_graph
from paycalc.graph.rewrites import REWRITES, narrow, optimise
from tests.graph.comparing import Compared, compare, compare_rounds, inputs_of
from tests.graph.random_data import random_dataset, random_typed_plan

SEEDS = 40


def compared(seed: int) -> Compared:
    """All forms of the graph of one plan over one set of data."""
    plan = random_typed_plan(seed)
    dataset = None if plan is None else random_dataset(plan, seed)
    if plan is None or dataset is None:
        return Compared()
    inputs = inputs_of(dataset, seed=seed)
    built = build_graph(plan)
    compare_rounds(built, dataset, seed=seed)
    result = compare(built, inputs)
    compare(built, inputs, observed=True)
    compare(Builder(plan, tight=True).graph(), inputs)
    optimised = optimise(built)
    compare(optimised, inputs)
    compare(narrow(optimised, inputs.range, inputs.rows).graph, inputs, observed=True)
    for name in REWRITES:
        compare(narrow(built, inputs.range, inputs.rows, without=(name,)).graph, inputs, observed=True)
    return result


@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_random_plans(first):
    results = [compared(seed) for seed in range(first, first + 10)]
    assert sum(each.values for each in results) > 200
    assert sum(each.faults for each in results) > 0

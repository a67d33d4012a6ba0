"""Numbers so wide that the graph needs the checker's ranges at every step, or two columns for one number."""

from fractions import Fraction

import pytest

from paycalc.core.number import ROUNDING_MODES
from paycalc.graph.build import Builder, build_graph
from paycalc.graph.making import DoesNotFit, Maker
from paycalc.graph.nodes import Operation, in_order
from paycalc.graph.numbers import rounded_by
from paycalc.graph.ranges import bits, ranges_of
from paycalc.graph.rewrites import optimise
from tests.graph.comparing import compare, inputs_of
from tests.graph.plain_graph import PLAIN, PlainGraph, every_root
from tests.reference.plan_runs import data_of, plan_of


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize("divisor", [10**19, 5**30, 2**70, 3 * 10**25, 10**36])
def test_rounding_by_a_divisor_wider_than_kernels_divide_by(divisor, mode):
    values = [each for at in (0, 1, -1, 7, -8) for each in (at * divisor, at * divisor + divisor // 2)]
    values = [value + shift for value in values for shift in (-1, 0, 1)]
    for value in values:
        maker = Maker()
        node = rounded_by(maker, maker.constant(value, "plan"), divisor, mode)
        order = in_order([node])
        worth: dict[object, int] = {}
        for each in order:
            worth[each] = (
                each.detail
                if each.operation is Operation.CONSTANT
                else PLAIN[each.operation](each.detail, *(worth[operand] for operand in each.operands))
            )
            if each.operation is Operation.DIVIDE:
                assert worth[each.operands[1]] < 2**63
        assert worth[node] == ROUNDING_MODES[mode](Fraction(value, divisor))


MOST = "1" + "_000" * 10
WIDE = f"entity worker\n  a : money -{MOST} .. {MOST}\n"
AMOUNTS = (10**30, 10**30, -(10**30), 1, -1, 0, 999)
WORKERS = [{"worker": row, "a": amount} for row, amount in enumerate(AMOUNTS)]


def test_a_total_that_needs_two_numbers():
    plan = plan_of(WIDE + "pay p = a\ndeduct d = 5\n")
    graph = optimise(build_graph(plan))
    assert set(graph.highs) == {"p", "gross", "net", "cost"}
    inputs = inputs_of(data_of(plan, worker=WORKERS))
    compare(graph, inputs)
    assert PlainGraph(graph, inputs).total("net") == (10**30 + 999 - 35) * 100
    ranges = ranges_of(in_order(every_root(graph)), lambda each, _: (0, 1))
    assert all(bits(each) <= 127 for each in ranges.values())


def test_a_sum_that_only_the_plans_bound_of_rows_keeps_in_its_width():
    plan = plan_of(
        f"entity worker\nentity gift in worker at most 3 per worker\n  a : money 0 .. {MOST}\n"
        "let all = sum(a of gift)\nlet middle = round(default(mean(a of gift), 0))\npay p = 0\n"
    )
    gifts = [{"gift": str(n), "worker": "A" if n < 3 else "B", "a": 10**30 - n} for n in range(9)]
    inputs = inputs_of(data_of(plan, worker=[{"worker": "A"}, {"worker": "B"}, {"worker": "C"}], gift=gifts))
    for graph in (build_graph(plan), optimise(build_graph(plan)), Builder(plan, tight=True).graph()):
        result = compare(graph, inputs)
        assert (result.values, result.unread) == (16, 2)


def test_what_fits_only_with_a_guard_at_every_step():
    """Three times the column's range needs 128 bits; three times what the condition leaves of it, 127."""
    plan = plan_of(
        f"entity worker\n  a : money 0 .. 850{'_000' * 11}\n"
        f"let x = if a <= 430{'_000' * 11} then a + a + a else 0\npay p = 0\n"
    )
    with pytest.raises(DoesNotFit):
        Builder(plan, tight=False).graph()
    rows = [{"worker": row, "a": a} for row, a in enumerate((0, 9, 430 * 10**33, 430 * 10**33 + 1, 850 * 10**33))]
    inputs = inputs_of(data_of(plan, worker=rows))
    for graph in (build_graph(plan), optimise(build_graph(plan))):
        compare(graph, inputs)

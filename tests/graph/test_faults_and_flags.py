"""When a fault counts: where the interpreter would meet it, and nowhere else; and where there is no flag at all."""

import pytest

from paycalc.graph.build import build_graph
from paycalc.graph.nodes import Operation, in_order
from paycalc.graph.rewrites import optimise
from tests.graph.comparing import compare, inputs_of
from tests.graph.plain_graph import PlainGraph
from tests.reference.plan_runs import COLUMNS, data_of, plan_of

TABLE = "table half of x decimal(2) 0 .. 10 : int\n  * : 5\n"
# A line, and for a = -1 (outside the table's range), a = 3: whether it faults.
FAULTS = {
    "half(a)": (True, False),
    "half(clamp(a, 0, 10))": (False, False),
    "if a >= 0 then half(a) else 0": (False, False),
    "if yes1 then half(a) else 0": (True, False),
    "if half(a) > 4 then 1 else 2": (True, False),
    "if no1 and half(a) > 4 then 1 else 2": (True, False),
    "if not yes1 and half(a) > 4 then 1 else 2": (False, False),
    "if yes1 or half(a) > 4 then 1 else 2": (False, False),
    "if not yes1 or half(a) > 4 then 1 else 2": (True, False),
    "default(o, half(a))": (True, False),
    "default(p, half(a))": (False, False),
    "half(a) when a >= 0": (False, False),
    "1 when half(a) > 4": (True, False),
    "clamp(n, a, 0)": (False, True),
    "clamp(n, 5, a + 100)": (False, False),
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_counts_where_the_interpreter_meets_it(line):
    body = COLUMNS + "  p : int 0 .. 5 optional\n" + TABLE + f"let x = {line}\npay y = 0 when x > 0\n"
    plan = plan_of(body)
    dataset = data_of(plan, worker=[{"worker": key, "a": a, "p": 1} for key, a in (("A", -1), ("B", 3))])
    inputs = inputs_of(dataset)
    for graph in (build_graph(plan), optimise(build_graph(plan))):
        compare(graph, inputs)
        nodes = graph.lines[plan.entities["worker"].lines["x"]]
        plain = PlainGraph(graph, inputs)
        assert tuple(plain.fault(nodes, row) for row in range(2)) == FAULTS[line]


def test_a_fault_reaches_who_reads_the_line_through_references_and_aggregates():
    plan = plan_of(
        "entity team\nentity worker\n  team : team\n  boss : worker optional\n  a : int -5 .. 5\n  counts : flag\n"
        + TABLE
        + "let x = half(a)\nlet of_boss = if given(boss) then boss.x else 0\n"
        + "let team.all = sum(x of worker)\nlet team.some = sum(x of worker where counts)\n"
        + "let team.where_first = count(worker where x > 3)\npay p = 0 when team.some > 0\n"
    )
    rows = [
        {"worker": "A", "team": "T", "a": -1, "counts": False, "boss": None},
        {"worker": "B", "team": "T", "a": 1, "counts": True, "boss": "A"},
        {"worker": "C", "team": "U", "a": 2, "counts": True, "boss": "B"},
    ]
    dataset = data_of(plan, team=[{"team": "T"}, {"team": "U"}], worker=rows)
    inputs = inputs_of(dataset)
    for graph in (build_graph(plan), optimise(build_graph(plan))):
        assert compare(graph, inputs).faults == 4  # x and of_boss of one worker, all and where_first of one team
        assert graph.unpaid is not None
        assert PlainGraph(graph, inputs).column(graph.unpaid) == [0, 0, 0]


def test_an_assert_and_a_declared_range_leave_a_payee_unpaid():
    plan = plan_of(COLUMNS + 'let x : int 0 .. 5 = n\npay p = x * 1 CNY\nassert a < 10 "no more than that"\n')
    rows = [{"worker": f"{n} {a}", "n": n, "a": a} for n, a in ((0, 0), (6, 0), (-1, 50), (5, 10), (5, 9))]
    inputs = inputs_of(data_of(plan, worker=rows))
    graph = optimise(build_graph(plan))
    compare(graph, inputs)
    plain = PlainGraph(graph, inputs)
    assert graph.unpaid is not None
    assert plain.column(graph.unpaid) == [0, 1, 1, 1, 0]
    assert {name: plain.total(name) for name in graph.totals} == {"p": 500, "gross": 500, "net": 500, "cost": 500}


def test_there_is_no_flag_where_nothing_can_go_wrong():
    plan = plan_of(
        COLUMNS + TABLE + "let x = half(max(min(a, 5), 0))\nlet y = clamp(a, 1, 2)\nlet z : int -100 .. 100 = n\n"
        'pay p = (x + z) * 1 CNY + round(y * 1 CNY)\nassert x > 0 "always"\n'
    )
    built, graph = build_graph(plan), optimise(build_graph(plan))
    assert all(nodes.fault is None and nodes.present is None for nodes in built.lines.values())
    assert graph.unpaid is None
    assert all(nodes.fault is None for nodes in graph.lines.values())


def test_who_is_paid_counts_in_the_totals_alone():
    plan = plan_of(COLUMNS + "pay p = n * 1 CNY when n > 0\n")
    dataset = data_of(plan, worker=[{"worker": "A", "n": 1}, {"worker": "B", "n": "x"}, {"worker": "C", "n": 4}])
    inputs = inputs_of(dataset)
    assert inputs.paid == [True, False, True]
    graph = optimise(build_graph(plan))
    assert PlainGraph(graph, inputs).total("gross") == 500
    lines = in_order([graph.lines[plan.totals["gross"]].value])
    assert not any(each.operation is Operation.AGGREGATE for each in lines)

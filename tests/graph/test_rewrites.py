"""Each rewrite: what it makes of a few small graphs, and that it can be left out."""

import pytest

from paycalc.graph.build import build_graph
from paycalc.graph.nodes import Node, Operation, in_order
from paycalc.graph.ranges import declared_range
from paycalc.graph.rewrites import REWRITES, SHARE, narrow, optimise
from tests.graph.comparing import compare, inputs_of
from tests.graph.events import parcel_plan
from tests.graph.plain_graph import every_root
from tests.reference.plan_runs import COLUMNS, data_of, plan_of

HEADER = "plan trial\n  currency CNY\n  period month\n  timezone Asia/Shanghai\n  payee worker\nentity store\n"
BODY = COLUMNS.replace("entity worker\n", "entity worker\n  store : store\n")
PARAMETERS = "parameters of store\n  rate : decimal(2) 0 .. 10\nparameters\n  plan_rate : decimal(2) 0 .. 10\n"


def written(node: Node) -> str:
    """A node as text: `add(a, 5)`."""
    if node.operation is Operation.INPUT:
        field, part = node.detail.field, node.detail.part
        return part if field is None else field.name if part in ("value", "made") else f"{field.name}.{part}"
    if node.operation in (Operation.CONSTANT, Operation.FLAG):
        return str(node.detail)
    operands = [written(each) for each in node.operands]
    if node.operation in (Operation.DIVIDE, Operation.GUARD):
        operands.append(str(node.detail))
    return f"{node.operation.value}({', '.join(operands)})"


def rewritten(expression: str, *, without: tuple[str, ...] = (), workers: int | None = None) -> str:
    """What becomes of `let x = EXPRESSION`. workers: how many there are, where that is known, beside one store."""
    plan = plan_of(BODY + PARAMETERS + f"let x = {expression}\npay p = 0\n", HEADER)
    graph = optimise(build_graph(plan), without=without)
    if workers is not None:
        counts = {"worker": workers}
        graph = narrow(graph, declared_range, lambda entity: counts.get(entity, 1), without=without).graph
    return written(graph.lines[plan.entities["worker"].lines["x"]].value)


# An expression, a rewrite, what there is without it and with it.
REWRITTEN = [
    ("1 + 2 * 3", "fold-constants", "add(multiply(2, 3), 1)", "7"),
    ("round(a * 10, 1)", "cancel-scales", "divide(multiply(a, 10), 10, half_up)", "a"),
    (
        "round(a / pos / 3, 2)",
        "cancel-scales",
        "divide(multiply(multiply(a, 1), 100), multiply(pos, 3), half_up)",
        "divide(multiply(a, 100), multiply(pos, 3), half_up)",
    ),
    (
        "if a * 5 > 3 then 1 else 0",
        "simplify-comparisons",
        "select(less(300, multiply(a, 5)), 1, 0)",
        "select(less(60, a), 1, 0)",
    ),
    (
        "if a - b < 0 then 1 else 0",
        "simplify-comparisons",
        "select(less(subtract(a, b), 0), 1, 0)",
        "select(less(a, b), 1, 0)",
    ),
    (
        "if n <= 2.5 then 1 else 0",
        "simplify-comparisons",
        "select(less-equal(multiply(n, 10), 25), 1, 0)",
        "select(less-equal(n, 2), 1, 0)",
    ),
    (
        "if n is 2.5 then a else b",
        "simplify-comparisons",
        "select(equal(multiply(n, 10), 25), a, b)",
        "b",
    ),
    (
        "if not (a < b) then a else b",
        "simplify-choices",
        "select(not(less(a, b)), a, b)",
        "select(less-equal(b, a), a, b)",
    ),
    ("if yes1 and yes1 then a else b", "simplify-choices", "select(and(yes1, yes1), a, b)", "select(yes1, a, b)"),
    ("min(max(a, -2_000), 5_000)", "simplify-choices", "minimum(maximum(a, -200000), 500000)", "a"),
    ("abs(pos)", "simplify-choices", "absolute(pos)", "pos"),
    (
        "round(plan_rate * plan_rate * a, 2)",
        "compute-at-source",
        "divide(multiply(multiply(broadcast(plan_rate), broadcast(plan_rate)), a), 10000, half_up)",
        "divide(multiply(broadcast(multiply(plan_rate, plan_rate)), a), 10000, half_up)",
    ),
]


@pytest.mark.parametrize(("expression", "name", "plain", "simpler"), REWRITTEN)
def test_what_is_rewritten(expression, name, plain, simpler):
    assert rewritten(expression, without=(name,)) == plain
    assert rewritten(expression) == simpler


def test_what_comes_of_one_row_is_worked_out_there_where_there_are_fewer_of_them():
    looked_up = "add(multiply(gather(store.row, rate), 2), gather(store.row, rate))"
    assert rewritten("store.rate * 2 + store.rate") == looked_up
    assert rewritten("store.rate * 2 + store.rate", workers=5) == "gather(store.row, add(multiply(rate, 2), rate))"
    assert rewritten("store.rate * 2 + store.rate", workers=0) == looked_up


def test_what_is_looked_up_in_two_steps():
    plan = plan_of(
        "entity region\n  a : int 0 .. 5\nentity store\n  region : region\n  b : int 0 .. 5\n"
        "entity worker\n  store : store\nlet x = store.region.a * store.b\npay p = 0 when x > 3\n"
    )
    line = plan.entities["worker"].lines["x"]
    dataset = data_of(
        plan,
        region=[{"region": key, "a": a} for a, key in enumerate("NS")],
        store=[{"store": key, "region": region, "b": 3} for key, region in ("AN", "BS")],
        worker=[{"worker": row, "store": store} for row, store in enumerate("AABX")],
    )
    inputs = inputs_of(dataset)
    built = build_graph(plan)
    looked_up = "multiply(gather(gather(store.row, region.row), a), gather(store.row, b))"
    assert written(optimise(built).lines[line].value) == looked_up
    for rows, expected in ((4, "gather(store.row, multiply(gather(region.row, a), b))"), (1, looked_up)):
        counts = {"worker": rows, "store": 2, "region": 2}
        graph = narrow(built, declared_range, counts.__getitem__).graph
        assert written(graph.lines[line].value) == expected
        compare(graph, inputs)


def test_a_row_number_that_is_the_same_in_two_entities():
    """With one store and one team, the numbers of their rows are the same constant."""
    plan = plan_of(
        "entity store\n  a : int 0 .. 5\nentity team\n  b : int 0 .. 5\n"
        "entity worker\n  store : store\n  team : team\n"
        "let x = store.a + team.b\npay p = 0 when x > 3\n"
    )
    dataset = data_of(
        plan,
        store=[{"store": "S", "a": 2}],
        team=[{"team": "T", "b": 3}],
        worker=[{"worker": key, "store": "S", "team": "T"} for key in "AB"],
    )
    inputs = inputs_of(dataset)
    observed = narrow(build_graph(plan), inputs.range, inputs.rows).graph
    assert compare(observed, inputs, observed=True).values == 10  # two lines and three totals of two workers
    only = narrow(build_graph(plan), lambda each, node: (-1, 0) if each.part == "row" else (0, 5), lambda _: 2).graph
    assert compare(only, inputs).values == 10


def test_equal_nodes_are_one():
    plan = plan_of(BODY + "let x = if a - b < 0 then 1 else 2\nlet y = if a < b then 3 else 4\npay p = 0\n", HEADER)
    for without, count in (((), 1), ((SHARE,), 2)):
        graph = optimise(build_graph(plan), without=without)
        assert [written(each) for each in in_order(every_root(graph))].count("less(a, b)") == count


def test_guards_fall_where_the_data_is_narrow_enough():
    plan = plan_of(BODY + "let x = if a > 0 then round(b * b * b * b / a, 2) else 0\npay p = 0\n", HEADER)
    line = plan.entities["worker"].lines["x"]
    graph = optimise(build_graph(plan))
    assert "guard" in written(graph.lines[line].value)
    narrowed = narrow(graph, lambda input, node: (-10, 10), shown=[line])
    assert "guard" not in written(narrowed.graph.lines[line].value)
    assert list(narrowed.graph.lines) == [line]
    kept = narrow(graph, lambda input, node: (-10, 10), without=("drop-guards",)).graph
    assert "guard" in written(kept.lines[line].value)


def test_constant_columns_are_constants():
    plan = plan_of(BODY + "let x = if a > n then b else a * n\npay p = 0\n", HEADER)
    line = plan.entities["worker"].lines["x"]
    values = {"a": (500, 500), "n": (3, 3), "b": (-7, 9)}
    narrowed = narrow(build_graph(plan), lambda input, node: values.get(input.field and input.field.name, (0, 1)))
    assert written(narrowed.graph.lines[line].value) == "b"
    assert narrowed.ranges[narrowed.graph.lines[line].value] == (-7, 9)


def test_a_rewrite_that_is_none():
    plan = plan_of(BODY + "pay p = 0\n", HEADER)
    with pytest.raises(ValueError, match="no rewrites: fold-everything; there are share-subexpressions, "):
        optimise(build_graph(plan), without=("fold-everything",))
    assert next(iter(REWRITES)) == SHARE


def test_what_is_found_is_looked_up_once_for_all_that_is_read_there():
    """The versions of a store's parameters are fewer than the cells that lead to them."""
    plan = parcel_plan(
        "parameters of store\n  a, b : int 0 .. 9\nparameters\n  c : int 0 .. 9\n"
        "let parcel.x = store.a * store.b + c\npay p = sum(x of parcel) * 1 CNY\n"
    )
    line = plan.entities["parcel"].lines["x"]
    counts = {"cells of versions of store by day": 40, "versions of store": 6, "parcel": 1000}
    graph = narrow(build_graph(plan), declared_range, lambda grain: counts.get(grain, 3)).graph
    of_store = "gather(find(day, store.row), versions of store by day)"
    of_plan = "gather(gather(find(day), versions of plan by day), c.dated value)"
    product = "multiply(a.dated value, b.dated value)"
    assert written(graph.lines[line].value) == f"add(gather({of_store}, {product}), {of_plan})"
    finds = [each for each in in_order(every_root(graph)) if each.operation is Operation.FIND]
    assert len(finds) == 2
    apart = narrow(build_graph(plan), declared_range, lambda grain: 3, without=("compute-at-source",)).graph
    looked_up = [f"gather({of_store}, {name}.dated value)" for name in "ab"]
    assert written(apart.lines[line].value) == f"add(multiply({', '.join(looked_up)}), {of_plan})"


def test_running_totals_stay_where_they_are():
    plan = plan_of(BODY + "let x = running_count(within store by 1)\npay p = x * 1 CNY\n", HEADER)
    graph = narrow(build_graph(plan), declared_range, lambda entity: 1).graph
    assert written(graph.lines[plan.entities["worker"].lines["x"]].value) == "running(1)"

"""Which passes a graph takes, and what they leave for each other."""

from time import process_time

from paycalc.engine.machine.normal import normalise
from paycalc.engine.machine.schedule import Stored, schedule
from paycalc.graph.nodes import Node, Operation, in_order
from paycalc.graph.ranges import declared_range, ranges_of
from tests.machine.plain_graph import node_of
from tests.machine.world import World


def world_of_three():
    world = World({"worker": 4, "store": 2})
    sales = world.number("worker", [1, 2, 3, 4], "i32", declared=(0, 1000))
    store = world.reference("worker", "store", [0, 1, 0, 1])
    return world, sales, store


def scheduled(*nodes):
    """The schedule that reports these nodes, the normal form of each, and their ranges."""
    ranges = ranges_of(in_order(nodes), declared_range)
    inputs = {node.detail: declared_range(node.detail) for node in ranges if node.operation is Operation.INPUT}
    references = {node.detail.reference for node in ranges if node.operation is Operation.AGGREGATE}
    for node in list(inputs):
        assert node.field not in references or node.part == "row"
    normal = normalise(nodes, ranges, inputs)
    shown = [Stored(normal.nodes[each], "i64") for each in nodes]
    return schedule(shown, [], normal.ranges), [normal.nodes[each] for each in nodes]


def passes(plan):
    return [(each.entity, len(each.stores), len(each.aggregates), len(each.loaded)) for each in plan.passes]


def dear(node):
    """Something that costs more to work out again than to store."""
    for _ in range(3):
        node = node_of(Operation.DIVIDE, node, Node(Operation.CONSTANT, (), node.grain, 7), detail="floor")
    return node


def test_one_pass_where_nothing_comes_from_elsewhere():
    _, sales, _ = world_of_three()
    plan, _ = scheduled(dear(sales), node_of(Operation.NEGATE, sales))
    assert passes(plan) == [("worker", 2, 0, 0)]


def test_a_sum_is_there_after_the_pass_over_its_rows():
    world, sales, store = world_of_three()
    total = world.aggregate("sum", store, sales)
    share = node_of(Operation.SUBTRACT, Node(Operation.GATHER, (store, total), "worker"), sales)
    plan, nodes = scheduled(share, total)
    assert passes(plan) == [("worker", 0, 1, 0), ("worker", 1, 0, 0)]
    # The sum is reported from where it was accumulated.
    answer = plan.reported[Stored(nodes[1], "i64")]
    assert answer.accumulated and answer.node is nodes[1]


def test_what_two_passes_need_is_stored_once_if_it_is_dear_and_worked_out_again_if_not():
    world, sales, store = world_of_three()
    for node, loaded in ((dear(sales), 1), (node_of(Operation.NEGATE, sales), 0)):
        total = world.aggregate("sum", store, node)
        plan, _ = scheduled(node_of(Operation.ADD, Node(Operation.GATHER, (store, total), "worker"), node))
        assert passes(plan) == [("worker", loaded, 1, 0), ("worker", 1, 0, loaded)]


def test_sinks_wait_for_a_pass_that_is_needed_anyway():
    world, sales, store = world_of_three()
    rate = world.number("store", [5, 6], "i32", declared=(0, 10_000))
    of_store = Node(Operation.GATHER, (store, dear(rate)), "worker")  # there after a pass over the stores
    plan, _ = scheduled(node_of(Operation.ADD, of_store, sales), node_of(Operation.NEGATE, sales))
    assert passes(plan) == [("store", 1, 0, 0), ("worker", 2, 0, 0)]


def test_a_chain_of_sums_and_gathers_takes_a_pass_for_each_step():
    world, sales, store = world_of_three()
    node = sales
    for _ in range(3):
        node = Node(Operation.GATHER, (store, dear(world.aggregate("sum", store, node))), "worker")
    plan, _ = scheduled(node_of(Operation.NEGATE, node))
    assert [each.entity for each in plan.passes] == ["worker", "store", "worker", "store", "worker", "store", "worker"]
    assert [each.level for each in plan.passes] == [0, 1, 2, 3, 4, 5, 6]


def test_a_long_chain_of_lines_is_scheduled_in_a_moment():
    world, sales, store = world_of_three()
    lines = [sales]
    for _ in range(600):
        more = node_of(Operation.ADD, node_of(Operation.MULTIPLY, lines[-1], sales), sales)
        lines.append(node_of(Operation.GUARD, more, detail=(0, 1000)))
    total = world.aggregate("sum", store, lines[-1])
    start = process_time()
    plan, _ = scheduled(*lines, node_of(Operation.ADD, Node(Operation.GATHER, (store, total), "worker"), lines[-1]))
    assert [each.entity for each in plan.passes] == ["worker", "worker"]
    assert process_time() - start < 5

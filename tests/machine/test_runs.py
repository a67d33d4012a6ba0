"""What a run hands back: columns of the caller's own, flags, totals, stages; empty tables, threads, progress."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from paycalc.check import check_plan
from paycalc.core.errors import InternalError
from paycalc.core.span import Source
from paycalc.engine.machine import Machine, execution, lowering
from paycalc.graph.nodes import Input, LineNodes, Node, Operation
from tests.machine.plain_graph import node_of
from tests.machine.world import World, column_values, encode


def constant(value, grain="worker"):
    return Node(Operation.CONSTANT, (), grain, value)


def chain(workers, stores):
    """Pay by the store's rate, the store's total of it, and each worker's share of that total in percent."""
    world = World({"worker": workers, "store": stores})
    sales = world.number("worker", [7 * each % 1000 for each in range(workers)], "i32", declared=(0, 10_000))
    store = world.reference("worker", "store", [each % stores if stores else -1 for each in range(workers)])
    rate = world.number("store", [3 + each for each in range(stores)], "i16", declared=(1, 1000))
    pay = node_of(Operation.MULTIPLY, sales, Node(Operation.GATHER, (store, rate), "worker"))
    total = world.aggregate("sum", store, pay)
    there = node_of(Operation.MAXIMUM, Node(Operation.GATHER, (store, total), "worker"), constant(1))
    share = node_of(Operation.DIVIDE, node_of(Operation.MULTIPLY, pay, constant(100)), there, detail="half_up")
    for node in (pay, total, share):
        world.show(node)
    world.totals["all"] = world.aggregate("sum", None, pay, entity="worker")
    return world


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize(("workers", "stores"), [(0, 0), (0, 3), (1, 1), (5, 1), (4, 3)])
def test_tables_of_few_rows_or_none(workers, stores, observed):
    world = chain(workers, stores)
    values, result = world.computed(observed=observed)
    assert values == world.expected()
    pays = next(iter(values.values()))
    assert result.totals == {"all": sum(pays)}


@pytest.mark.parametrize("observed", [False, True])
def test_references_into_an_empty_table_give_some_value(observed):
    world = chain(3, 0)
    values, result = world.computed(observed=observed)
    assert [len(each) for each in values.values()] == [3, 0, 3]
    # Nobody reads what stands behind a reference that leads nowhere; it lies in the range all the same.
    pay = next(iter(values.values()))
    assert all(0 <= each <= 10_000 * 1000 for each in pay)
    assert result.totals == {"all": sum(pay)}


@pytest.mark.parametrize(("low", "high"), [(-(10**24), 10**24), (10**20, 10**24), (-(10**24), -(10**20)), (3, 2**62)])
@pytest.mark.parametrize("storage", ["i8", "i64", "i128"])
def test_an_empty_table_gives_values_of_any_range(low, high, storage):
    world = World({"worker": 2, "store": 0})
    column = world.number("store", [], storage, declared=(low, high), factor=10, shift=3)
    store = world.reference("worker", "store", [-1, -1])
    above = node_of(Operation.ADD, column, constant(1, "store"))
    for node in (column, above):
        world.show(Node(Operation.GATHER, (store, node), "worker"), -(2**127), 2**127)
        world.show(node, -(2**40), 2**40)
    for observed in (False, True):
        values, _ = world.computed(observed=observed)
        gathered, empty, gathered_above, empty_above = values.values()
        assert empty == empty_above == []
        assert all(low <= each <= high for each in gathered)
        assert all(low < each <= high + 1 for each in gathered_above)


def test_one_machine_serves_many_threads_at_once(monkeypatch):
    monkeypatch.setattr(execution, "THREAD_ROWS_MIN", 50)
    monkeypatch.setattr(lowering, "TOGETHER_ROWS_RATIO", 0)
    world = chain(1_000, 7)
    machine, expected = Machine.of_graph(world.graph()), world.expected()
    shown = list(world.lines)

    def once(number):
        result = machine.compute(world.data(), shown, threads=1 + number % 3, tile=64, observed=number % 2 == 0)
        return {line: column_values(result.columns[line]) for line in shown}

    with ThreadPoolExecutor(8) as pool:
        assert all(each == expected for each in pool.map(once, range(24)))


def test_columns_belong_to_the_caller():
    world = chain(10, 2)
    first = next(iter(world.lines))
    twin = world.show(world.lines[first].value)
    machine = Machine.of_graph(world.graph())
    result = machine.compute(world.data(), [first, twin])
    kept = column_values(result.columns[twin])
    np.frombuffer(result.columns[first].buffer, np.uint8)[:] = 0
    assert column_values(result.columns[twin]) == kept
    assert any(column_values(machine.compute(world.data(), [first]).columns[first]))


def test_flags_of_lines_and_who_is_not_paid():
    world = World({"worker": 4})
    sales = world.number("worker", [1, 2, 3, 4], "i8", declared=(0, 100))
    present = world.flag("worker", [1, 0, 1, 1], "bits")
    line = world.show(sales)
    above = node_of(Operation.LESS, constant(3), sales)
    world.lines[line] = LineNodes(sales, present, above)
    world.unpaid = node_of(Operation.LESS, sales, constant(2))
    for observed in (False, True):
        _, result = world.computed(observed=observed)
        assert result.present[line].tolist() == [1, 0, 1, 1]
        assert result.faulty[line].tolist() == [0, 0, 0, 1]
        assert result.unpaid.tolist() == [1, 0, 0, 0]


def test_flags_that_the_data_settles_are_handed_back_all_the_same():
    world = World({"worker": 3})
    sales = world.number("worker", [1, 2, 3], "i8", declared=(0, 100_000))
    line = world.show(sales)
    never = node_of(Operation.LESS, constant(40_000), sales)
    world.lines[line] = LineNodes(sales, node_of(Operation.NOT, never), never)
    world.unpaid = never
    _, result = world.computed(observed=True)
    assert result.present[line].tolist() == [1, 1, 1]
    assert result.faulty[line].tolist() == [0, 0, 0]
    assert result.unpaid.tolist() == [0, 0, 0]


def test_the_storage_of_a_line_depends_on_its_type_alone():
    world = World({"worker": 2})
    small = world.number("worker", [1, 2], "i8")
    wide = world.number("worker", [2**100, -(2**100)], "i128")
    lines = [
        world.show(small, 0, 2**63 - 1),
        world.show(small, 0, 2**63),
        world.show(wide, 0, 5),
        world.show(wide, 0, 2**100),
    ]
    values, result = world.computed(observed=True)
    assert [result.columns[line].storage for line in lines] == ["i64", "i128", "i64", "i128"]
    assert values[lines[1]] == [1, 2]
    # What lies outside the type's range is read by nobody, and becomes the nearest number that fits.
    assert values[lines[2]] == [2**63 - 1, 1 - 2**63]
    assert values[lines[3]] == [2**100, -(2**100)]


def test_many_columns_of_one_reference(monkeypatch):
    monkeypatch.setattr(lowering, "TOGETHER_ROWS_RATIO", 0)
    world = World({"worker": 30, "store": 4})
    store = world.reference("worker", "store", [each * 7 % 5 - 1 for each in range(30)])
    columns = [world.number("store", [number, -number, 3, 2**30], "i32") for number in range(35)]
    columns += [world.flag("store", [1, 0, 0, 1], "bits"), world.number("store", [2**40, 1, 2, 3], "i64")]
    for column in columns:
        world.show(Node(Operation.GATHER, (store, column), "worker"))
    for tile in (1, 6, 2048):
        assert world.computed(observed=True, tile=tile)[0] == world.expected()


def test_what_the_period_says():
    plan = check_plan(Source("p.pay", "plan p\n  currency CNY\n  period month\n  payee worker\n\nentity worker\n\n"
                             "pay days = period.days * 1 CNY when period.start < period.end\n"))  # fmt: skip
    data = World({"worker": 2}).data()
    paid = {Input(None, "paid"): encode([1, 0], "flags")}
    result = Machine(plan).compute(replace(data, inputs=paid), plan.lines)
    assert column_values(result.columns[plan.lines[0]]) == [31, 31]
    assert result.totals["net"] == 31_00
    with pytest.raises(InternalError, match="the data has no column `paid`"):
        Machine(plan).compute(data, plan.lines)


def test_totals_of_two_parts():
    world = World({"worker": 2})
    low = world.aggregate("sum", None, world.number("worker", [5, 6], "i64"), entity="worker")
    high = world.aggregate("sum", None, world.number("worker", [-3, 1], "i64"), entity="worker")
    world.totals["wide"] = low
    world.show(low)
    graph = replace(world.graph(), highs={"wide": high})
    result = Machine.of_graph(graph).compute(world.data(), [])
    assert result.totals == {"wide": 11 - 2 * 2**62}


@pytest.mark.parametrize("observed", [False, True])
def test_who_is_held_and_fractions(observed):
    world = World({"worker": 3, "parcel": 4})
    weight = world.number("parcel", [1, 7, 3, 9], "i8", declared=(0, 100))
    world.held["parcel"] = node_of(Operation.LESS, constant(5, "parcel"), weight)
    world.held["worker"] = Node(Operation.FLAG, (), "worker", False)
    share = world.show(weight)
    divisor = node_of(Operation.ADD, weight, constant(1, "parcel"))
    kind = replace(share.type, places=None)
    line = replace(share, type=kind)
    world.lines[line] = LineNodes(world.lines.pop(share).value, divisor=divisor)
    values, result = world.computed(observed=observed)
    assert {entity: flags.tolist() for entity, flags in result.held.items()} == {
        "parcel": [0, 1, 0, 1],
        "worker": [0, 0, 0],
    }
    assert (values[line], column_values(result.divisors[line])) == ([1, 7, 3, 9], [2, 8, 4, 10])
    assert {result.columns[line].storage, result.divisors[line].storage} == {"i128"}


def test_progress_counts_payees(monkeypatch):
    monkeypatch.setattr(execution, "CHUNK_TILES", 1)
    told = []
    world = chain(1_000, 3)
    world.computed(tile=256, threads=1, progress=lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (1_000, 1_000) and len(told) >= 8
    assert {of for _, of in told} == {1_000}


def test_an_error_in_progress_stops_the_run_and_its_threads(monkeypatch):
    monkeypatch.setattr(execution, "THREAD_ROWS_MIN", 50)
    monkeypatch.setattr(execution, "CHUNK_TILES", 1)

    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chain(1_000, 3).computed(tile=16, threads=3, progress=stop)


def test_stages_are_called_by_entity_and_lines():
    _, result = chain(50, 3).computed()
    assert [(each.name, each.rows) for each in result.stages] == [
        ("worker: line0", 50),
        ("worker: line2", 50),
    ]
    assert all(each.seconds > 0 for each in result.stages)


def test_programs_are_kept_for_data_of_the_same_kind():
    world = chain(50, 3)
    machine, lines = Machine.of_graph(world.graph()), list(world.lines)
    for observed in (True, False, True, False):
        machine.compute(world.data(), lines, observed=observed)
    assert len(machine._prepared) == 2
    for tile in range(1, 60):
        machine.compute(world.data(), lines, tile=tile)
    assert len(machine._prepared) == 32


def test_a_listing_shows_every_step():
    world = chain(50, 3)
    listing = Machine.of_graph(world.graph()).listing(list(world.lines))
    assert listing.splitlines() == [
        "worker: line0  (level 0)",
        "  tile  r0 i32 = LOAD_I32_I32 [row worker.reference1 row]",
        "  tile  r1 i32 = GATHER_I32 r0 [gathered store.column2 value i32]",
        "  tile  r2 i32 = LOAD_I32_I32 [row worker.column0 value]",
        "  tile  r3 i32 = MUL_I32 r2 r1",
        "  tile  STORE_I32_I64 r3 [column worker multiply i64]",
        "  tile  r4 i64 = I32_I64 r3",
        "  tile  SUM_I64 r4 r0 [accumulator store aggregate i64]",
        "  tile  SUM_ALL_I64 r4 [accumulator plan aggregate i64]",
        "",
        "worker: line2  (level 2)",
        "  tile  r0 i32 = LOAD_I64_I32 [column worker multiply i64]",
        "  tile  r1 i32 = MULC_I32 r0 imm 100",
        "  tile  r2 i32 = LOAD_I32_I32 [row worker.reference1 row]",
        "  tile  r3 i64 = GATHER_I64 r2 [column store aggregate i64]",
        "  tile  r4 i64 = MAXC_I64 r3 imm 1",
        "  tile  r5 i64 = I32_I64 r1",
        "  tile  r6 i64 = DIV_I64 r5 r4",
        "  tile  STORE_I64 r6 [column worker divide i64]",
    ]

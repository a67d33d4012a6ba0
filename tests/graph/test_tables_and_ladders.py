"""Tables and ladders of every form, over all their edges."""

from datetime import date, datetime, timedelta

import pytest

from paycalc.graph.build import build_graph
from paycalc.graph.nodes import Node, Operation, PlanGraph, in_order
from paycalc.graph.rewrites import optimise
from tests.graph.comparing import compare, inputs_of
from tests.graph.plain_graph import every_root
from tests.reference.plan_runs import COLUMNS, data_of, plan_of

COLOURS = ("red", "green", "blue")


def assert_agrees(body: str, rows: list[dict[str, object]], *, values: int) -> PlanGraph:
    """The graph, built and optimised, compared with the reference over the rows; gives the optimised one."""
    plan = plan_of(COLUMNS + body + "pay p = 0\n")
    workers = [{"worker": str(number), **row} for number, row in enumerate(rows)]
    inputs = inputs_of(data_of(plan, worker=workers))
    built = build_graph(plan)
    assert compare(built, inputs).values >= values
    optimised = optimise(built)
    compare(optimised, inputs)
    return optimised


def nodes_of(graph: PlanGraph, operation: Operation) -> list[Node]:
    return [each for each in in_order(every_root(graph)) if each.operation is operation]


NUMBERS = [{"a": str(a)} for a in (-1000, -10, -0.01, 0, 0.99, 1, 1.01, 4.99, 5, 5.01, 9.99, 10, 10.01, 1000)]


@pytest.mark.parametrize("argument", ["a", "round(a, 0)", "a / 3", "a * 0.5", "a / pos", "-a / 7"])
def test_bands_of_numbers_whatever_the_argument(argument):
    body = (
        "table t of x decimal(2) -10 .. 1_000 : int\n  < 0 : 1\n  0..=1 : 2\n  4.99 : 7\n  > 5.01 : 3\n  * : 4\n"
        f"let x = t({argument})\n"
    )
    assert_agrees(body, NUMBERS, values=20)


def test_keys_of_every_type_and_several_results():
    body = (
        "kind paint = one of red, green, blue\n"
        "table t of paint, f flag, name text, day date 2026-01-01 .. 2026-12-31, at datetime"
        " -> r1 decimal(1); r2 text; r3 flag; r4 paint; r5 date\n"
        '  (red, blue), yes, *, *, * : 1.5, "one", yes, red, 2026-01-01\n'
        '  *, *, ("south", "east"), < 2026-02-01, * : 2, "two", no, green, 2026-01-02\n'
        '  green, *, *, 2026-02-01..2026-03-01, * : 2.5, "south", yes, blue, 2026-01-03\n'
        '  *, *, *, *, < 2026-10-15T08:31 : 3, "x", no, red, 2026-01-04\n'
        '  *, *, *, *, * : 4, "y", yes, green, 2026-01-05\n'
        "let r = t(colour, yes1, label, day1, at)\n"
        "let v = r.r1\nlet w = r.r2\nlet x = r.r3\nlet y = r.r4\nlet z = r.r5\nlet same = r.r2 is label\n"
    )
    rows: list[dict[str, object]] = [
        {"colour": colour, "yes1": flag, "label": label, "day1": day, "at": at}
        for colour in COLOURS
        for flag in (True, False)
        for label in ("south", "east", "elsewhere", "two")
        for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1), date(2027, 1, 1))
        for at in (
            datetime.fromisoformat("2026-10-15T08:30:59+08:00"),
            datetime.fromisoformat("2026-10-15T08:31+08:00"),
        )
    ]
    assert_agrees(body, rows, values=1_000)


@pytest.mark.parametrize("collect", ["sum", "min", "max", "count"])
def test_tables_that_collect(collect):
    body = (
        "kind paint = one of red, green, blue\n"
        f"table t of x decimal(2) -1_000 .. 1_000, paint : decimal(1) collect {collect}\n"
        "  < 5, * : -1.5\n  >= 0, * : 2\n  *, red : 0.5\n  *, (green, blue) : 10\n"
        "let x = t(a, colour)\n"
    )
    assert_agrees(body, [{**row, "colour": colour} for row in NUMBERS for colour in COLOURS], values=40)


def wide_table(rows: int, collect: str = "") -> str:
    """A table of three keys of many bands each, more positions than are looked up at once."""
    lines = [f"  {n}..{n + 1}, < {n * 3 + 5}, >= {-n} : {n}.5" for n in range(rows)]
    head = "table t of x decimal(2) 0 .. 1_000, y decimal(2) -1_000 .. 1_000, z int -100 .. 100 : decimal(1)"
    return (
        f"{head}{collect}\n"
        + "\n".join(lines)
        + f"\n  *, *, * : {0 if 'max' in collect else 99}\nlet x = t(pos, a, n)\n"
    )


COLLECT = ["", " collect sum", " collect max", " collect min", " collect count"]
WIDE_ROWS = [
    {"pos": pos, "a": a, "n": n} for pos in ("0.01", "3", "49.99", "51", "205") for a in (-5, 7, 200) for n in (-49, 9)
]


def lookups_of(graph: PlanGraph) -> list[int]:
    """The sizes of what is looked up."""
    return [len(each.detail) for each in nodes_of(graph, Operation.LOOKUP) if isinstance(each.detail, tuple)]


def test_a_table_is_looked_up_at_one_position():
    assert lookups_of(assert_agrees(wide_table(20), WIDE_ROWS, values=25)) == [21 * 21 * 21]


@pytest.mark.parametrize("collect", COLLECT)
def test_a_table_with_many_positions_is_looked_up_in_steps(collect):
    """After two keys each of 50 rows matches, or only the last one does."""
    assert lookups_of(assert_agrees(wide_table(50, collect), WIDE_ROWS, values=25)) == [51 * 51, 51 * 51]


@pytest.mark.parametrize("collect", COLLECT)
def test_a_table_with_too_many_positions_is_asked_row_by_row(collect):
    graph = assert_agrees(wide_table(300, collect), WIDE_ROWS, values=25)
    assert not lookups_of(graph)
    assert len(nodes_of(graph, Operation.SEARCH)) == 3


def test_two_uses_of_a_table_in_different_parts_of_its_range():
    body = (
        "table t of x decimal(2) -100 .. 100 : int\n  < -50 : 1\n  * : 2\nlet x = t(-60)\nlet y = t(clamp(a, 0, 5))\n"
    )
    assert_agrees(body, NUMBERS, values=20)


def test_a_fraction_that_ends_between_two_bounds():
    table = "table t of x decimal(0) 0 .. 100 : int\n  < 1 : 1\n  1..3 : 2\n  3 : 3\n  > 3 : 4\n"
    assert_agrees(
        table + "let x = t(3.5 / max(a, 1))\n",
        [{"a": a} for a in ("0.5", "1", "1.16", "1.17", "3.49", "3.5", "3.51", "7", "1000")],
        values=9,
    )


LADDER = (
    "kind paint = one of red, green, blue\nladder l of paint, k int 1 .. 2, base decimal(2) -500 .. 900 : percent(2)\n"
) + "".join(
    f"  {colour}, {k}\n" + "".join(f"    {start + k * 10 * step} : {step + k}.5%\n" for step in range(count))
    for start, (colour, count) in enumerate(zip(COLOURS, (1, 5, 2), strict=True))
    for k in (1, 2)
)


@pytest.mark.parametrize("operator", ["marginal", "slab", "reached", "interpolate"])
@pytest.mark.parametrize("base", ["a", "a / 3", "round(a, 0)", "a / pos"])
def test_ladders_of_groups(operator, base):
    rows = [
        {"a": a, "colour": colour, "n": n, "pos": "0.07"}
        for a in (-500, 0, 1, 10, 10.01, 11, 12, 20, 29.99, 30, 52, 500, 1000)
        for colour in COLOURS
        for n in (0, 1, 2)
    ]
    rows = [{**row, "a": str(row["a"])} for row in rows]
    assert_agrees(LADDER + f"let x = {operator}({base}, l(colour, n))\n", rows, values=30)


@pytest.mark.parametrize("operator", ["marginal", "slab", "reached", "interpolate"])
def test_a_ladder_that_is_reached_only_above_its_thresholds(operator):
    steps = "  0 : 1\n  5 : 2.5\n  10 : 3\n"
    body = f"ladder l of base decimal(2) -1_000 .. 1_000 : decimal(1) over\n{steps}let x = {operator}(a, l)\n"
    assert_agrees(body, NUMBERS, values=14)


def test_moments_are_cut_at_the_instant():
    body = "table t of at datetime : int\n  < 2026-10-15T08:30 : 1\n  2026-10-15T08:30 : 2\n  * : 3\nlet x = t(at)\n"
    noon = datetime.fromisoformat("2026-10-15T08:30+08:00")
    rows = [{"at": noon + timedelta(microseconds=each)} for each in (-1, 0, 1)]
    assert_agrees(body, rows, values=3)

"""Which numbers a node can hold, at every row: in the branch not taken too, and behind a reference that leads nowhere.

Plain intervals: nothing is known of how two nodes depend on each other. Flags are 0 and 1. A divisor of 0 or less
counts as 1, as it does in the kernels.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from paycalc.check.arithmetic import ROWS_MAX
from paycalc.core.calendar import DAYS_MAX, days_in_month, months_between, years_between
from paycalc.core.errors import InternalError
from paycalc.graph.calendar_days import DAY_MICROSECONDS, date_of
from paycalc.graph.nodes import Aggregation, Find, Input, Node, Operation, Prepared, RunningTotal, Steps
from paycalc.graph.prepared import cells_of
from paycalc.graph.type_ranges import FLAG, range_of_type
from paycalc.graph.type_ranges import Range as Range

OfInput = Callable[[Input, Node], Range]
RowsOf = Callable[[str], int]  # how many rows an entity has at most

ROW_MAX = 2**31 - 2  # the number of the last row that a table can have


def ranges_of(order: Sequence[Node], of_input: OfInput, rows: RowsOf | None = None) -> dict[Node, Range]:
    """The range of every node of `order`, in which operands stand before those who use them.

    of_input  the least and greatest value that stand in a column of the data; of an empty one those of its type
    rows      how many rows an entity has; None: as many as may be
    """
    rows = rows or any_rows
    found: dict[Node, Range] = {}
    for node in order:
        found[node] = range_of(node, [found[each] for each in node.operands], of_input, rows)
    return found


def range_of(node: Node, operands: Sequence[Range], of_input: OfInput, rows: RowsOf) -> Range:
    """The range of one node, given those of its operands."""
    if node.operation is Operation.INPUT:
        assert isinstance(node.detail, Input)
        return of_input(node.detail, node)
    if node.operation is Operation.AGGREGATE:
        return _aggregate(node, operands, rows)
    if node.operation is Operation.FIND:
        assert isinstance(node.detail, Find)
        return 0, max(min(node.detail.cells_max, rows(cells_of(node.detail.name)) - 1), 0)
    if node.operation is Operation.RUNNING:
        return _running(node, operands, rows)
    return _RULES[node.operation](node.detail, *operands)


def any_rows(entity: str) -> int:
    """As many rows as the language allows."""
    return ROWS_MAX


def declared_range(input: Input, node: Node | None = None) -> Range:
    """The range of an input as its type says."""
    if input.part == "row":
        return (-1, ROW_MAX)
    if input.part in ("present", "dated present", "paid"):
        return FLAG
    if isinstance(input.field, Prepared):
        return input.field.low, input.field.high
    assert input.field is not None
    low, high = range_of_type(input.field.type)
    if input.part == "days":
        return min(low, low * DAYS_MAX), max(high, high * DAYS_MAX)
    return low, high


# ---------------------------------------------------------------- whole numbers


def divided(a: int, b: int, mode: str) -> int:
    """a / b (b positive) as a whole number, by a rounding mode."""
    below, rest = divmod(a, b)
    if not rest or mode == "floor":
        return below
    if mode == "ceiling":
        return below + 1
    if mode in ("up", "down"):
        return below + ((mode == "up") == (a >= 0))
    if 2 * rest != b:
        return below + (2 * rest > b)
    if mode == "half_even":
        return below + below % 2
    return below + ((mode == "half_up") == (a >= 0))


def bits(range: Range) -> int:
    """Bits of the widest number in the range, the sign not counted."""
    return max(abs(range[0]), abs(range[1])).bit_length()


def within(inner: Range, outer: Range) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def hull(a: Range, b: Range) -> Range:
    return min(a[0], b[0]), max(a[1], b[1])


# ---------------------------------------------------------------- one rule for each operation


def _add(_: object, a: Range, b: Range) -> Range:
    return a[0] + b[0], a[1] + b[1]


def _subtract(_: object, a: Range, b: Range) -> Range:
    return a[0] - b[1], a[1] - b[0]


def _multiply(_: object, a: Range, b: Range) -> Range:
    corners = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    return min(corners), max(corners)


def _negate(_: object, a: Range) -> Range:
    return -a[1], -a[0]


def _absolute(_: object, a: Range) -> Range:
    ends = sorted((abs(a[0]), abs(a[1])))
    return (0 if a[0] <= 0 <= a[1] else ends[0]), ends[1]


def _minimum(_: object, a: Range, b: Range) -> Range:
    return min(a[0], b[0]), min(a[1], b[1])


def _maximum(_: object, a: Range, b: Range) -> Range:
    return max(a[0], b[0]), max(a[1], b[1])


def _divide(mode: object, a: Range, b: Range) -> Range:
    assert isinstance(mode, str)
    least, most = max(b[0], 1), max(b[1], 1)
    low = divided(a[0], least if a[0] < 0 else most, mode)
    return low, divided(a[1], most if a[1] < 0 else least, mode)


def _modulo(_: object, a: Range, b: Range) -> Range:
    low, high = min(b[0] + 1, 0), max(b[1] - 1, 0)
    if a[0] >= 0 and b[0] >= 0:
        high = min(high, a[1])
    if a[0] >= 0 and a[1] < b[0]:  # smaller than any divisor
        return a
    return low, high


def _guard(bounds: Range, a: Range) -> Range:
    low, high = bounds
    return min(max(a[0], low), high), min(max(a[1], low), high)


def _select(_: object, p: Range, a: Range, b: Range) -> Range:
    if p[0] == p[1]:
        return a if p[0] else b
    return hull(a, b)


def _same_numbers(_: object, p: Range) -> Range:
    return p


def _search(steps: object, a: Range, group: Range = (0, 0)) -> Range:
    assert isinstance(steps, Steps)
    find = bisect_left if steps.over else bisect_right
    groups = steps.groups[max(group[0], 0) : group[1] + 1]
    return min(find(each, a[0]) for each in groups), max(find(each, a[1]) for each in groups)


def _lookup(values: object, a: Range) -> Range:
    assert isinstance(values, tuple)
    if not 0 <= a[0] <= a[1] < len(values):
        raise InternalError(f"positions {a[0]} .. {a[1]} of a table of {len(values)}")
    if a[0] == a[1]:
        return values[a[0]], values[a[0]]
    reached = values if a[1] - a[0] + 1 == len(values) else values[a[0] : a[1] + 1]
    return min(reached), max(reached)


def _less(_: object, a: Range, b: Range) -> Range:
    return int(a[1] < b[0]), int(a[0] < b[1])


def _less_equal(_: object, a: Range, b: Range) -> Range:
    return int(a[1] <= b[0]), int(a[0] <= b[1])


def _equal(_: object, a: Range, b: Range) -> Range:
    return int(a[0] == a[1] == b[0] == b[1]), int(a[0] <= b[1] and b[0] <= a[1])


def _not(_: object, p: Range) -> Range:
    return 1 - p[1], 1 - p[0]


def _and(_: object, p: Range, q: Range) -> Range:
    return p[0] & q[0], p[1] & q[1]


def _or(_: object, p: Range, q: Range) -> Range:
    return p[0] | q[0], p[1] | q[1]


def _civil(_: object, a: Range) -> Range:
    return a[0] - DAY_MICROSECONDS, a[1] + DAY_MICROSECONDS


def _date_of(_: object, a: Range) -> Range:
    return a[0] // DAY_MICROSECONDS, a[1] // DAY_MICROSECONDS


def _of_clock(unit: int, count: int) -> Callable[[object, Range], Range]:
    def rule(_: object, a: Range) -> Range:
        if a[0] == a[1]:
            return a[0] // unit % count, a[0] // unit % count
        return 0, count - 1

    return rule


def _of_date(part: Callable[..., int], least: int, most: int) -> Callable[[object, Range], Range]:
    def rule(_: object, a: Range) -> Range:
        if a[0] == a[1]:
            return part(date_of(a[0])), part(date_of(a[0]))
        return least, most

    return rule


def _year(_: object, a: Range) -> Range:
    return date_of(a[0]).year, date_of(a[1]).year


def _between(distance: Callable[..., int]) -> Callable[[object, Range, Range], Range]:
    def rule(_: object, a: Range, b: Range) -> Range:
        return distance(date_of(a[1]), date_of(b[0])), distance(date_of(a[0]), date_of(b[1]))

    return rule


def _aggregate(node: Node, operands: Sequence[Range], rows: RowsOf) -> Range:
    detail = node.detail
    assert isinstance(detail, Aggregation)
    count = min(detail.rows_max, rows(detail.entity))
    condition = operands[-1] if len(operands) > (detail.kind != "count") else (1, 1)
    if condition == (0, 0):
        count = 0
    match detail.kind:
        case "sum":
            return min(operands[0][0] * count, 0), max(operands[0][1] * count, 0)
        case "count":
            return 0, count
        case "any":
            return 0, int(operands[0][1] and count > 0)
        case "all":
            return int(operands[0][0] or count == 0), 1
    return operands[0]


def _running(node: Node, operands: Sequence[Range], rows: RowsOf) -> Range:
    detail = node.detail
    assert isinstance(detail, RunningTotal)
    count = min(detail.rows_max, rows(detail.entity))
    if detail.kind == "count":
        return 0, count
    low, high = operands[1]
    return min(low * count, 0), max(high * count, 0)


_RULES: dict[Operation, Callable[..., Range]] = {
    Operation.CONSTANT: lambda value: (value, value),
    Operation.FLAG: lambda value: (int(value), int(value)),
    Operation.ADD: _add,
    Operation.SUBTRACT: _subtract,
    Operation.MULTIPLY: _multiply,
    Operation.NEGATE: _negate,
    Operation.ABSOLUTE: _absolute,
    Operation.MINIMUM: _minimum,
    Operation.MAXIMUM: _maximum,
    Operation.DIVIDE: _divide,
    Operation.MODULO: _modulo,
    Operation.GUARD: _guard,
    Operation.SELECT: _select,
    Operation.NUMBER_OF: _same_numbers,
    Operation.SEARCH: _search,
    Operation.LOOKUP: _lookup,
    Operation.LESS: _less,
    Operation.LESS_EQUAL: _less_equal,
    Operation.EQUAL: _equal,
    Operation.NOT: _not,
    Operation.AND: _and,
    Operation.OR: _or,
    Operation.SAME: _equal,
    Operation.CHOOSE: _select,
    Operation.CIVIL: _civil,
    Operation.DATE_OF: _date_of,
    Operation.HOUR: _of_clock(3_600_000_000, 24),
    Operation.MINUTE: _of_clock(60_000_000, 60),
    Operation.YEAR: _year,
    Operation.MONTH: _of_date(lambda day: day.month, 1, 12),
    Operation.DAY: _of_date(lambda day: day.day, 1, 31),
    Operation.WEEKDAY: _of_date(lambda day: day.isoweekday(), 1, 7),
    Operation.DAYS_IN_MONTH: _of_date(days_in_month, 28, 31),
    Operation.MONTHS_BETWEEN: _between(months_between),
    Operation.YEARS_BETWEEN: _between(years_between),
    Operation.GATHER: lambda _, row, a: a,
    Operation.BROADCAST: _same_numbers,
}

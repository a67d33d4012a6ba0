"""What the nodes of a graph mean, in plain Python: one row at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from paycalc.core import calendar
from paycalc.core.number import ROUNDING_MODES
from paycalc.graph.nodes import Input, Node, Operation, in_order

EPOCH = date(1970, 1, 1)
SECOND = 1_000_000


def values_of(roots, world):
    """The values of every node under the roots at every row of its grain."""
    inputs, counts = world.values, world.counts
    found = {}
    for node in in_order(roots):
        if node.operation is Operation.INPUT:
            found[node] = list(inputs[node.detail])
        elif node.operation is Operation.AGGREGATE:
            found[node] = _aggregate(node, found, inputs, counts)
        elif node.operation is Operation.RUNNING:
            found[node] = _running(node, found, world)
        elif node.operation is Operation.FIND:
            found[node] = _find(node, found, world.groups[node.detail.name])
        elif node.operation is Operation.GATHER:
            rows, source = (found[each] for each in node.operands)
            found[node] = [source[max(row, 0)] if source else None for row in rows]
        elif node.operation is Operation.BROADCAST:
            found[node] = found[node.operands[0]] * counts[node.grain]
        else:
            columns = [found[each] for each in node.operands]
            rows = zip(*columns, strict=True) if columns else [()] * counts[node.grain]
            found[node] = [_value(node, *row) for row in rows]
    return found


def _aggregate(node, found, inputs, counts):
    detail = node.detail
    columns = [found[each] for each in node.operands]
    if detail.kind == "count":
        columns.insert(0, [1] * counts[detail.entity])
    conditions = columns[1] if len(columns) > 1 else [True] * counts[detail.entity]
    groups = [0] * counts[detail.entity] if detail.reference is None else inputs[Input(detail.reference, "row")]
    members = [[] for _ in range(counts[node.grain])]
    for value, condition, group in zip(columns[0], conditions, groups, strict=True):
        if condition and group >= 0:
            members[group].append(value)
    take = {"sum": sum, "count": sum, "any": any, "all": all}.get(detail.kind)
    if take is None:
        take = {"min": lambda each: min(each, default=None), "max": lambda each: max(each, default=None)}[detail.kind]
    return [int(result) if (result := take(each)) is not None else None for each in members]


def _running(node, found, world):
    detail, (order, *operands) = node.detail, (found[each] for each in node.operands)
    count = world.counts[detail.entity]
    keys = world.keys.get(detail.entity, range(count))
    added = operands.pop(0) if detail.kind == "sum" else [1] * count
    conditions = operands[0] if operands else [True] * count
    totals, result = {}, [0] * count
    groups = world.values[Input(detail.reference, "row")]
    for row in sorted(range(count), key=lambda each: (order[each], keys[each])):
        group = groups[row] if groups[row] >= 0 else f"row {row}"
        totals[group] = result[row] = totals.get(group, 0) + added[row] * bool(conditions[row])
    return result


def _find(node, found, groups):
    groups = groups or [()]
    bases = [sum(len(each) + 1 for each in groups[:place]) * node.detail.absolute for place in range(len(groups))]
    values, *of = (found[each] for each in node.operands)
    search = bisect_left if node.detail.over else bisect_right
    rows = zip(values, of[0] if of else [0] * len(values), strict=True)
    return [bases[max(group, 0)] + search(groups[max(group, 0)], value) for value, group in rows]


def _value(node, *operands):
    detail = node.detail
    if node.operation in PLAIN:
        return int(PLAIN[node.operation](*operands))
    match node.operation, operands:
        case ((Operation.CONSTANT | Operation.FLAG), _):
            return int(detail)
        case Operation.DIVIDE, (a, b):
            return ROUNDING_MODES[detail](Fraction(a, max(b, 1)))
        case Operation.GUARD, (a,):
            return min(max(a, detail[0]), detail[1])
        case Operation.SEARCH, (a, *group):
            return (bisect_left if detail.over else bisect_right)(detail.groups[group[0] if group else 0], a)
        case Operation.LOOKUP, (a,):
            return detail[a]
        case Operation.CIVIL, (a,):
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=a)
            return a + int(moment.astimezone(ZoneInfo(detail)).utcoffset() / timedelta(microseconds=1))
    raise AssertionError(node.operation)


def _day(number):
    return EPOCH + timedelta(days=number)


PLAIN = {
    Operation.ADD: lambda a, b: a + b,
    Operation.SUBTRACT: lambda a, b: a - b,
    Operation.MULTIPLY: lambda a, b: a * b,
    Operation.NEGATE: lambda a: -a,
    Operation.ABSOLUTE: abs,
    Operation.MINIMUM: min,
    Operation.MAXIMUM: max,
    Operation.MODULO: lambda a, b: a % (b or 1),
    Operation.SELECT: lambda p, a, b: a if p else b,
    Operation.NUMBER_OF: int,
    Operation.LESS: lambda a, b: a < b,
    Operation.LESS_EQUAL: lambda a, b: a <= b,
    Operation.EQUAL: lambda a, b: a == b,
    Operation.NOT: lambda p: not p,
    Operation.AND: lambda p, q: p and q,
    Operation.OR: lambda p, q: p or q,
    Operation.SAME: lambda p, q: p == q,
    Operation.CHOOSE: lambda p, q, r: q if p else r,
    Operation.DATE_OF: lambda a: a // (86_400 * SECOND),
    Operation.HOUR: lambda a: a // (3_600 * SECOND) % 24,
    Operation.MINUTE: lambda a: a // (60 * SECOND) % 60,
    Operation.YEAR: lambda a: _day(a).year,
    Operation.MONTH: lambda a: _day(a).month,
    Operation.DAY: lambda a: _day(a).day,
    Operation.WEEKDAY: lambda a: _day(a).isoweekday(),
    Operation.DAYS_IN_MONTH: lambda a: calendar.days_in_month(_day(a)),
    Operation.MONTHS_BETWEEN: lambda a, b: calendar.months_between(_day(a), _day(b)),
    Operation.YEARS_BETWEEN: lambda a, b: calendar.years_between(_day(a), _day(b)),
}


def node_of(operation, *operands, detail=None, grain=None):
    """A node, at the grain of its first operand unless said."""
    return Node(operation, tuple(operands), grain or operands[0].grain, detail)

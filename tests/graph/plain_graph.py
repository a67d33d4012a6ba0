"""The graph worked out plainly: a column of Python numbers for each node, from the data as the reference admits it.

It says the meaning of each operation a second time, for comparison with what the engine computes and with what the
reference interpreter says. What the graph leaves open (the value of a missing or faulty cell, what is gathered from
nowhere, the least of no rows) is drawn at random from what is allowed, so that whoever reads it by mistake is found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from paycalc.check.typed import Parameter, PeriodValue
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, ReferenceType, TextType
from paycalc.core.calendar import days_in_month, months_between, years_between
from paycalc.core.number import ROUNDING_MODES
from paycalc.graph.nodes import (
    Aggregation,
    Find,
    Input,
    LineNodes,
    Node,
    Operation,
    PlanGraph,
    Prepared,
    RunningTotal,
    Steps,
    in_order,
)
from paycalc.graph.ranges import declared_range, ranges_of
from paycalc.graph.texts import texts_of
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault
from tests.graph.plain_prepared import PlainPrepared

EPOCH_DATE, EPOCH = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
Column = list[int]


class PlainInputs:
    """The columns of the inputs.

    paid  rows of the payee that no fault of the data rejects
    """

    def __init__(self, dataset: Dataset, paid: Sequence[bool], *, seed: int = 0) -> None:
        self.dataset, self.paid = dataset, paid
        self.random = random.Random(seed)
        self.texts = Texts(dataset)
        self.prepared = PlainPrepared(dataset, self.texts.encoded, self.random)
        self._columns: dict[Input, Column] = {}

    def rows(self, grain: str) -> int:
        known = self.prepared.counts.get(grain)
        return self.dataset.entities[grain].count if known is None else known

    def range(self, input: Input, node: Node) -> tuple[int, int]:
        """Of the values that stand there, as the machine would say it."""
        column = self.column(input, node.grain)
        return (min(column), max(column)) if column else declared_range(input)

    def column(self, input: object, grain: str) -> Column:
        assert isinstance(input, Input)
        if input not in self._columns:
            self._columns[input] = self._read(input, grain)
        return self._columns[input]

    def _read(self, input: Input, grain: str) -> Column:
        field, dataset = input.field, self.dataset
        if field is None:
            return [int(each) for each in self.paid]
        if isinstance(field, Prepared):
            return self._prepared(field, grain)
        if input.part in ("dated value", "dated present"):
            assert isinstance(field, Parameter)
            return self._encoded(input, self.prepared.dated[field])
        assert field.entity == grain
        if isinstance(field, PeriodValue):
            period = dataset.period
            value = {"start": period.start, "end": period.end, "days": Fraction(period.days)}[field.name.split(".")[1]]
            return [self.texts.encoded(value, field.type)]
        if input.part == "row":
            return [each if isinstance(each, int) else -1 for each in dataset.targets[field]]  # type: ignore[index]
        if input.part == "days":
            assert isinstance(field, Parameter)
            means = [dataset.dated.average(field, row) for row in range(self.rows(grain))]
            return self._encoded(
                input, [each if isinstance(each, Fault) else each * dataset.period.days for each in means]
            )  # type: ignore[operator]
        return self._encoded(input, [dataset.cells[field][row] for row in range(self.rows(grain))])

    def _encoded(self, input: Input, cells: Sequence[object]) -> Column:
        if input.part.endswith("present"):
            return [int(each is not None) for each in cells]
        type_ = input.field.type  # type: ignore[union-attr]
        return [
            self.random.choice(declared_range(input))
            if cell is None or isinstance(cell, Fault)
            else self.texts.encoded(cell, type_)
            for cell in cells
        ]

    def _prepared(self, field: Prepared, grain: str) -> Column:
        if field.name == f"counted {grain}":
            return [int(self.dataset.counts(grain, row)) for row in range(self.rows(grain))]
        return self.prepared.columns[field]


class PlainGraph:
    """The columns of a graph's nodes; flags are 0 and 1.

    observed  the ranges of inputs are those of their values, not those of their types
    """

    def __init__(self, graph: PlanGraph, inputs: PlainInputs, *, observed: bool = False) -> None:
        self.graph, self.inputs, self._random = graph, inputs, inputs.random
        self._columns: dict[Node, Column] = {}
        order = in_order(every_root(graph))
        self.ranges = ranges_of(order, inputs.range if observed else declared_range, inputs.rows if observed else None)
        for node in order:
            self._columns[node] = self._work_out(node)

    def column(self, node: Node) -> Column:
        return self._columns[node]

    def value(self, nodes: LineNodes, type_: object, row: int) -> object:
        """What the reference would say of a line; None where it is missing."""
        if nodes.present is not None and not self._columns[nodes.present][row]:
            return None
        if nodes.components:
            types = type_.types  # type: ignore[attr-defined]
            return tuple(self.value(each, of, row) for each, of in zip(nodes.components, types, strict=True))
        number = self._columns[nodes.value][row]
        if nodes.divisor is not None:
            return Fraction(number, self._columns[nodes.divisor][row])
        return self.inputs.texts.decoded(number, type_)

    def fault(self, nodes: LineNodes, row: int) -> bool:
        return nodes.fault is not None and bool(self._columns[nodes.fault][row])

    def total(self, name: str) -> int:
        high = self.graph.highs.get(name)
        return self._columns[self.graph.totals[name]][0] + (self._columns[high][0] << 62 if high is not None else 0)

    # ------------------------------------------------------------ columns

    def _work_out(self, node: Node) -> Column:
        operands = [self._columns[each] for each in node.operands]
        match node.operation:
            case Operation.INPUT:
                column = self.inputs.column(node.detail, node.grain)
            case Operation.GATHER:
                column = [self._gathered(operands[1], row, node) for row in operands[0]]
            case Operation.BROADCAST:
                column = operands[0] * self.inputs.rows(node.grain)
            case Operation.AGGREGATE:
                column = self._aggregated(node, operands)
            case Operation.FIND:
                column = [self._found(node.detail, *each) for each in zip(*operands, strict=True)]
            case Operation.RUNNING:
                column = self._running(node, operands)
            case Operation.CONSTANT | Operation.FLAG:
                column = [int(node.detail)] * self.inputs.rows(node.grain)  # type: ignore[call-overload]
            case _:
                assert all(each.grain == node.grain for each in node.operands), node.operation
                work_out = PLAIN[node.operation]
                column = [work_out(node.detail, *row) for row in zip(*operands, strict=True)]
        low, high = self.ranges[node]
        for number in column:
            assert low <= number <= high, f"{number} outside {low} .. {high} of {node.operation} {node.detail}"
        if node.is_flag:
            assert set(column) <= {0, 1}, node.operation
        return column

    def _gathered(self, column: Column, row: int, node: Node) -> int:
        if not column:  # a row number among them must still be one that leads somewhere, or nowhere
            low, high = self.ranges[node]
            return min(max(-1, low), high)
        return column[row] if row >= 0 else self._random.choice(column)

    def _found(self, find: object, a: int, group: int = 0) -> int:
        assert isinstance(find, Find)
        groups = self.inputs.prepared.finders[find.name] or [[]]
        group = max(group, 0)
        reached = sum(a > each or (a == each and not find.over) for each in groups[group])
        return reached + (sum(len(each) + 1 for each in groups[:group]) if find.absolute else 0)

    def _running(self, node: Node, operands: list[Column]) -> Column:
        detail, dataset = node.detail, self.inputs.dataset
        assert isinstance(detail, RunningTotal) and detail.entity == node.grain
        targets = self.inputs.column(Input(detail.reference, "row"), node.grain)
        values = operands[1] if detail.kind == "sum" else [1] * len(targets)
        counts = operands[-1] if len(operands) > 1 + (detail.kind == "sum") else [1] * len(targets)
        keys = [key_order(dataset.key(node.grain, row)) for row in range(len(targets))]
        places = [(order, key) for order, key in zip(operands[0], keys, strict=True)]
        return [
            sum(
                values[other]
                for other, of_other in enumerate(targets)
                if counts[other]
                and (other == row or (of_other == target and target >= 0 and places[other] < places[row]))
            )
            for row, target in enumerate(targets)
        ]

    def _any(self, node: Node) -> int:
        return self._random.choice(self.ranges[node])

    def _aggregated(self, node: Node, operands: list[Column]) -> Column:
        detail = node.detail
        assert isinstance(detail, Aggregation)
        count = self.inputs.rows(detail.entity)
        for operand in node.operands:
            assert operand.grain == detail.entity
        if detail.reference is None:
            targets = [0] * count
        else:
            targets = self.inputs.column(Input(detail.reference, "row"), detail.entity)
        where = operands[detail.kind != "count"] if len(operands) > (detail.kind != "count") else [1] * count
        groups: list[Column] = [[] for _ in range(self.inputs.rows(node.grain))]
        for row, target in enumerate(targets):
            if target >= 0 and where[row]:
                groups[target].append(operands[0][row] if detail.kind != "count" else 1)
        choose = {"sum": sum, "count": len, "any": any, "all": all, "min": min, "max": max}[detail.kind]
        return [int(choose(each)) if each or detail.kind not in ("min", "max") else self._any(node) for each in groups]


def key_order(key: object) -> tuple[bool, object]:
    """Whole numbers by value, then texts by their bytes."""
    return (True, key.encode()) if isinstance(key, str) else (False, key)


def every_root(graph: PlanGraph) -> list[Node]:
    return graph.roots(list(graph.lines))


class Texts:
    """Values as the numbers that stand for them; texts of the plan first, others as they come."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._texts = list(texts_of(dataset.plan))
        self._numbers = {text: number for number, text in enumerate(self._texts)}

    def encoded(self, value: object, type_: object) -> int:
        match type_:
            case NumberType(places=int(places)):
                number = Fraction(value) * 10**places  # type: ignore[arg-type]
                assert number.denominator == 1
                return int(number)
            case FlagType():
                return int(bool(value))
            case DateType():
                return (value - EPOCH_DATE).days  # type: ignore[operator]
            case MomentType():
                return (value - EPOCH) // timedelta(microseconds=1)  # type: ignore[operator, no-any-return]
            case MemberType(members=members):
                return members.index(str(value))
        assert isinstance(type_, TextType) and isinstance(value, str)
        if value not in self._numbers:
            self._numbers[value] = len(self._texts)
            self._texts.append(value)
        return self._numbers[value]

    def decoded(self, number: int, type_: object) -> object:
        match type_:
            case NumberType(places=int(places)):
                return Fraction(number, 10**places)
            case FlagType():
                return bool(number)
            case DateType():
                return EPOCH_DATE + timedelta(days=number)
            case MomentType():
                return EPOCH + timedelta(microseconds=number)
            case MemberType(members=members):
                return members[number]
            case ReferenceType(entity=entity):
                return self._dataset.key(entity, number)
        return self._texts[number]


# ---------------------------------------------------------------- the operations, one row


def _divided(mode: object, a: int, b: int) -> int:
    return ROUNDING_MODES[str(mode)](Fraction(a, b if b > 0 else 1))


def _modulo(_: object, a: int, b: int) -> int:
    return a % (b or 1)


def _searched(steps: object, a: int, group: int = 0) -> int:
    assert isinstance(steps, Steps)
    return sum(a > each or (a == each and not steps.over) for each in steps.groups[group])


def _civil(zone: object, a: int) -> int:
    local = (EPOCH + timedelta(microseconds=a)).astimezone(ZoneInfo(str(zone))).replace(tzinfo=UTC)
    return (local - EPOCH) // timedelta(microseconds=1)


def _day(days: int) -> date:
    return EPOCH_DATE + timedelta(days=days)


PLAIN: Mapping[Operation, Callable[..., int]] = {
    Operation.ADD: lambda _, a, b: a + b,
    Operation.SUBTRACT: lambda _, a, b: a - b,
    Operation.MULTIPLY: lambda _, a, b: a * b,
    Operation.NEGATE: lambda _, a: -a,
    Operation.ABSOLUTE: lambda _, a: abs(a),
    Operation.MINIMUM: lambda _, a, b: min(a, b),
    Operation.MAXIMUM: lambda _, a, b: max(a, b),
    Operation.DIVIDE: _divided,
    Operation.MODULO: _modulo,
    Operation.GUARD: lambda bounds, a: min(max(a, bounds[0]), bounds[1]),
    Operation.SELECT: lambda _, p, a, b: a if p else b,
    Operation.NUMBER_OF: lambda _, p: p,
    Operation.SEARCH: _searched,
    Operation.LOOKUP: lambda values, a: values[a] if a >= 0 else 1 // 0,
    Operation.LESS: lambda _, a, b: int(a < b),
    Operation.LESS_EQUAL: lambda _, a, b: int(a <= b),
    Operation.EQUAL: lambda _, a, b: int(a == b),
    Operation.NOT: lambda _, p: 1 - p,
    Operation.AND: lambda _, p, q: p & q,
    Operation.OR: lambda _, p, q: p | q,
    Operation.SAME: lambda _, p, q: int(p == q),
    Operation.CHOOSE: lambda _, p, q, r: q if p else r,
    Operation.CIVIL: _civil,
    Operation.DATE_OF: lambda _, a: a // DAY,
    Operation.HOUR: lambda _, a: (EPOCH + timedelta(microseconds=a)).hour,
    Operation.MINUTE: lambda _, a: (EPOCH + timedelta(microseconds=a)).minute,
    Operation.YEAR: lambda _, a: _day(a).year,
    Operation.MONTH: lambda _, a: _day(a).month,
    Operation.DAY: lambda _, a: _day(a).day,
    Operation.WEEKDAY: lambda _, a: _day(a).isoweekday(),
    Operation.DAYS_IN_MONTH: lambda _, a: days_in_month(_day(a)),
    Operation.MONTHS_BETWEEN: lambda _, a, b: months_between(_day(a), _day(b)),
    Operation.YEARS_BETWEEN: lambda _, a, b: years_between(_day(a), _day(b)),
}

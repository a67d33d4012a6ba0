"""The nodes of the graph: operations on columns of whole numbers and of flags.

A node is one column: a value for each row of its grain (an entity, or the plan with its one row). Numbers are whole:
an amount of 12.34 at two places is 1234. How many places a number has, and that a fraction is a pair of two columns, is
known to the one who builds the graph, and is gone here. So a node means the same whatever lane it is computed in.

Every node has a value at every row, also where the plan would not have worked it out: in the branch not taken, at a
faulty row, behind a missing reference. Such a value is any whole number inside the node's range, and nobody reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from paycalc.check.typed import Field, Line, Reference, Total, TypedPlan
from paycalc.core.node import Frozen, node


class Operation(StrEnum):
    """What a node does. Integer operands are a, b, c; flags are p, q; `detail` stands in brackets."""

    # leaves
    INPUT = "input"  # [Input]: a column of the data
    CONSTANT = "constant"  # [int]
    FLAG = "flag"  # [bool]: a constant flag
    # numbers
    ADD = "add"  # a + b
    SUBTRACT = "subtract"  # a - b
    MULTIPLY = "multiply"  # a * b
    NEGATE = "negate"  # -a
    ABSOLUTE = "absolute"  # |a|
    MINIMUM = "minimum"  # the lesser of a, b
    MAXIMUM = "maximum"  # the greater of a, b
    DIVIDE = "divide"  # [mode of core.number.ROUNDING_MODES]: a / b as a whole number; where b <= 0 nobody reads it: 1
    MODULO = "modulo"  # a - b * floor(a / b), of the sign of b; where b is 0 nobody reads it: 1
    GUARD = "guard"  # [(low, high)]: a, which lies between them where anybody reads it; elsewhere the nearer bound
    SELECT = "select"  # p ? a : b
    NUMBER_OF = "number-of"  # 1 where p holds, else 0
    # tables
    SEARCH = "search"  # [Steps]: how many thresholds a has reached; with a group b, those of that group
    LOOKUP = "lookup"  # [tuple of int]: the value at position a; a lies in the tuple at every row
    FIND = "find"  # [Find]: how many thresholds, which come with the data, a has reached; in the group b, if given;
    # where b is -1 nobody reads it: those of group 0
    # conditions
    LESS = "less"  # a < b
    LESS_EQUAL = "less-equal"  # a <= b
    EQUAL = "equal"  # a == b
    NOT = "not"  # not p
    AND = "and"  # p and q
    OR = "or"  # p or q
    SAME = "same"  # p == q
    CHOOSE = "choose"  # p ? q : r, of flags
    # dates (days since 1970-01-01) and moments (microseconds since then, UTC)
    CIVIL = "civil"  # [ZoneInfo key]: a moment to the microseconds since 1970-01-01T00:00 on the clocks of the zone
    DATE_OF = "date-of"  # civil microseconds to days
    HOUR = "hour"  # of civil microseconds
    MINUTE = "minute"  # of civil microseconds
    YEAR = "year"  # of days; so are the next three
    MONTH = "month"
    DAY = "day"
    WEEKDAY = "weekday"  # Monday is 1
    DAYS_IN_MONTH = "days-in-month"
    MONTHS_BETWEEN = "months-between"  # a, b days: as core.calendar.months_between
    YEARS_BETWEEN = "years-between"
    # from one grain to another
    GATHER = "gather"  # i, a: at each row, a of the row whose number i holds, of another entity; any row where i is -1
    BROADCAST = "broadcast"  # a of the plan, at each row
    AGGREGATE = "aggregate"  # [Aggregation]: over the rows of another entity; operands by Aggregation
    # from rows to rows of the same grain
    RUNNING = "running"  # [RunningTotal]: over the rows of a group, up to this one; operands by RunningTotal


HIGH_BITS = 62  # of a total that is split in two


@dataclass(frozen=True)
class Prepared:
    """A column that the door works out: whole numbers from low to high whatever the data, or flags.

    name  says what it is, and is unique among those of a plan; the functions of `graph.prepared` make them all
    """

    name: str
    low: int = field(default=0, compare=False)
    high: int = field(default=1, compare=False)
    is_flag: bool = field(default=False, compare=False)


@node
class Input(Frozen):
    """A column of the data, or (field is Prepared) of what the door prepares from it.

    part   value    of a number scaled by its type's places (1234 for 12.34); of a member its position in the type; of a
                    date days, of a moment microseconds, since 1970-01-01, UTC; of a text its number (equal texts have
                    equal numbers; those of texts.texts_of(plan) come first, from 0); of a flag a flag; of a reference
                    never; of a period value as of a date or a number, at the grain of the plan
           present  a flag: there is a value (of an optional column or parameter)
           row      of a reference: the number of the row it leads to; -1 where it leads nowhere
           paid     a flag of the payee (field is None): no fault of the data rejects it
           dated value, dated present  of a parameter: as value and present, at the grain versions_of(its entity)
           days     of a parameter: the sum over the days of the period of its value at each day's start
           made     of a Prepared
    """

    field: Field | Prepared | None
    part: str

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Input) or other.part != self.part:
            return False
        if isinstance(self.field, Prepared):
            return other.field == self.field
        return other.field is self.field

    def __hash__(self) -> int:
        if isinstance(self.field, Prepared):
            return hash((self.field.name, self.part))
        return hash((id(self.field), self.part))


def versions_of(entity: str) -> str:
    """The grain of the versions of an entity's parameters: each row is one set of values of all its dated parameters,
    which some row of the entity has during some stretch of time. Equal sets are one row."""
    return f"versions of {entity}"


@dataclass(frozen=True)
class Find:
    """Thresholds that come with the data, in groups; each group has its own, rising. Without groups there is one cell.

    name      unique in the plan; the thresholds stand in EncodedData.finders by it
    absolute  the result counts the cells of all groups in one row: a group of n thresholds has n + 1 cells, and the
              first of group g is `offsets[g] + g`; else it counts from 0 in each group
    cells_max the result is at most so much
    over      a threshold is reached only above it
    """

    name: str
    absolute: bool = False
    cells_max: int = 2**31 - 1
    over: bool = False


@dataclass(frozen=True)
class RunningTotal:
    """kind: sum count. Over the rows of `entity` that lead where a row does through `reference`, in rising order of the
    operand `order`, ties by key, the row itself included. A row that leads nowhere is alone in its group.

    operands  order, then of a sum the value, then a flag p where only some rows count (at others nothing is added)
    """

    kind: str
    entity: str
    reference: Reference
    rows_max: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunningTotal) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.kind, self.entity, id(self.reference), self.rows_max)


@dataclass(frozen=True)
class Steps:
    """Thresholds, rising, of each group (one group where the search has no operand b).

    over  a threshold is reached only above it, not at it
    """

    groups: tuple[tuple[int, ...], ...]
    over: bool = False

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where the thresholds of each group begin when all stand in one row, and where the last ends."""
        found = [0]
        for group in self.groups:
            found.append(found[-1] + len(group))
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Aggregation:
    """kind: sum count min max any all, over the rows of `entity` that lead here through `reference` (None: all rows,
    to the plan).

    operands  sum: a, then p where there is a condition; count: p, or none; min, max: a, then p; any, all: p, then q for
              the condition. Without rows a sum or count is 0, any is no, all is yes, and min and max are any number.
    """

    kind: str
    entity: str
    reference: Reference | None
    rows_max: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Aggregation) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.kind, self.entity, id(self.reference), self.rows_max)


@node
class Node(Frozen):
    """One column. grain: the entity whose rows it has, or `plan`. Equal by identity; a Maker makes equal ones once."""

    operation: Operation
    operands: tuple[Node, ...]
    grain: str
    detail: object = None

    def __init__(self, operation: Operation, operands: tuple[Node, ...], grain: str, detail: object = None) -> None:
        self.__dict__.update(operation=operation, operands=operands, grain=grain, detail=detail)  # made by thousands

    @property
    def is_flag(self) -> bool:
        """Whether the column holds flags, and not numbers."""
        if self.operation is Operation.INPUT:
            return self._input_is_flag
        if self.operation in (Operation.GATHER, Operation.BROADCAST):
            return self.operands[-1].is_flag
        if self.operation is Operation.AGGREGATE:
            assert isinstance(self.detail, Aggregation)
            return self.detail.kind in ("any", "all")
        return self.operation in FLAG_OPERATIONS

    @property
    def _input_is_flag(self) -> bool:
        from_data = self.detail
        assert isinstance(from_data, Input)
        if isinstance(from_data.field, Prepared):
            return from_data.field.is_flag
        if from_data.part in ("present", "paid", "dated present"):
            return True
        is_value = from_data.part in ("value", "dated value")
        return is_value and from_data.field is not None and str(from_data.field.type) == "a flag"


FLAG_OPERATIONS = frozenset(
    (
        Operation.FLAG,
        Operation.LESS,
        Operation.LESS_EQUAL,
        Operation.EQUAL,
        Operation.NOT,
        Operation.AND,
        Operation.OR,
        Operation.SAME,
        Operation.CHOOSE,
    )
)


@dataclass(frozen=True)
class LineNodes:
    """What the graph says of a line or total, at its grain.

    value    as of Input.value, at the type's places; of a reference the row it leads to
    present  a flag: there is a value; None: always
    fault    a flag: working it out meets a fault that no cell of the data has (a table's range, a clamp turned round, a
             declared range); None: never
    divisor  of a `let` that is an exact fraction: the value is `value` over this, which is positive where anybody reads
    components  of a `let` that is the row of a table with several results: each of them; value is that of the first
    """

    value: Node
    present: Node | None = None
    fault: Node | None = None
    divisor: Node | None = None
    components: tuple[LineNodes, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them that there are."""
        own = (self.value, self.present, self.fault, self.divisor)
        return tuple(node for node in own if node is not None) + tuple(
            n for each in self.components for n in each.nodes
        )


@dataclass(frozen=True)
class PlanGraph:
    """A plan as a graph.

    lines   of every line of the plan, `let` included, and of gross, net and cost
    unpaid  a flag at the payee's grain: working out its pay meets such a fault, or an assert does not hold; None: never
    totals  by name, at the plan's grain, at the currency's places: the sum of every pay, deduct and employer line and
            of gross, net and cost, over the payees that are paid (Input `paid` holds, `unpaid` does not)
    highs   of totals that may need more than 127 bits: the total is totals[name] + highs[name] * 2**HIGH_BITS
    held    of entities that hold their bad rows: a flag at their grain, where some aggregate or running total that
            pay reads meets such a fault in a row that counts (prepared.counted): the row must be held, and what was
            computed with it is not to be used.
    """

    plan: TypedPlan
    lines: Mapping[Line | Total, LineNodes]
    unpaid: Node | None
    totals: Mapping[str, Node]
    highs: Mapping[str, Node] = field(default_factory=dict)
    held: Mapping[str, Node] = field(default_factory=dict)

    def roots(self, shown: Sequence[Line | Total]) -> list[Node]:
        """The nodes that a run needs which reports these lines."""
        nodes: list[Node | None] = [self.unpaid, *self.totals.values(), *self.highs.values(), *self.held.values()]
        for line in shown:
            nodes += self.lines[line].nodes
        return [each for each in dict.fromkeys(nodes) if each is not None]


def in_order(roots: Sequence[Node]) -> list[Node]:
    """The roots and all that they are made of, each once, operands before those who use them."""
    ordered: dict[Node, None] = {}
    waiting: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
    while waiting:
        each, is_ready = waiting.pop()
        if each in ordered:
            continue
        if is_ready:
            ordered[each] = None
        else:
            waiting.append((each, True))
            waiting.extend((operand, False) for operand in reversed(each.operands) if operand not in ordered)
    return list(ordered)

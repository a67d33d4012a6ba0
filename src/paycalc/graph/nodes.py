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


HIGH_BITS = 62  # of a total that is split in two


@node
class Input(Frozen):
    """A column of the data.

    part   value    of a number scaled by its type's places (1234 for 12.34); of a member its position in the type; of a
                    date days, of a moment microseconds, since 1970-01-01, UTC; of a text its number (equal texts have
                    equal numbers; those of texts.texts_of(plan) come first, from 0); of a flag a flag; of a reference
                    never; of a period value as of a date or a number, at the grain of the plan
           present  a flag: there is a value (of an optional column or parameter)
           row      of a reference: the number of the row it leads to; -1 where it leads nowhere
           paid     a flag of the payee (field is None): no fault of the data rejects it
    """

    field: Field | None
    part: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Input) and other.field is self.field and other.part == self.part

    def __hash__(self) -> int:
        return hash((id(self.field), self.part))


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
        if from_data.part in ("present", "paid"):
            return True
        return from_data.part == "value" and from_data.field is not None and str(from_data.field.type) == "a flag"


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
    """

    plan: TypedPlan
    lines: Mapping[Line | Total, LineNodes]
    unpaid: Node | None
    totals: Mapping[str, Node]
    highs: Mapping[str, Node] = field(default_factory=dict)

    def roots(self, shown: Sequence[Line | Total]) -> list[Node]:
        """The nodes that a run needs which reports these lines."""
        nodes: list[Node | None] = [self.unpaid, *self.totals.values(), *self.highs.values()]
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

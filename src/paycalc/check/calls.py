"""Calls of functions, tables and ladders, and aggregates: every expression of the language."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from paycalc.check import arithmetic, typed
from paycalc.check.arithmetic import TooWide
from paycalc.check.coverage import analyse
from paycalc.check.expressions import Typed, same_type
from paycalc.check.facts import Structures
from paycalc.check.faults import names, tables, values
from paycalc.check.functions import FunctionChecker, whole
from paycalc.check.symbols import AGGREGATES, FUNCTIONS, LADDER_OPERATORS, EntityScope, Symbols, suggestion
from paycalc.check.types import (
    DateType,
    FlagType,
    MomentType,
    NumberType,
    RowType,
    ValueType,
    format_value,
)
from paycalc.syntax import tree

_LADDER_STEPS_MAX = 100_000  # looked at for the ranges of all uses together: some seconds
_LADDER_TYPES = {
    "marginal": arithmetic.marginal,
    "slab": arithmetic.slab,
    "reached": arithmetic.reached,
    "interpolate": arithmetic.interpolated,
}


class CallChecker(FunctionChecker):
    """Types every expression of the language."""

    def __init__(self, symbols: Symbols, structures: Structures, grain: str) -> None:
        super().__init__(symbols, structures, grain)
        self._by_node[tree.Call] = self._call
        self._by_node[tree.Aggregate] = self._aggregate
        self._by_node[tree.GrossBefore] = self._gross_before
        self._by_node[tree.StepArgument] = self._stray_step
        self._functions |= dict.fromkeys(LADDER_OPERATORS, self._ladder)

    def _call(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        handler = self._functions.get(name)
        if handler is not None:
            return handler(node, expected)
        if name in self.symbols.tables:
            return self._table(node)
        if name in self.symbols.ladders:
            self._report(
                tables.LADDER_NEEDED,
                node,
                f"the ladder `{name}` is used alone",
                f"write e.g. `marginal(..., {name})` or `reached(..., {name})`",
            )
            return None
        known = [*FUNCTIONS, *AGGREGATES, *self.symbols.tables, *self.symbols.ladders]
        self.symbols.fault(
            names.UNKNOWN_FUNCTION,
            node.function.span,
            f"there is no function, table or ladder `{name}`",
            help="write `if a then b else c`" if name.lower() == "if" else suggestion(name, known),
        )
        for argument in node.arguments:  # faults inside are faults of their own
            if not isinstance(argument, tree.StepArgument):
                self.infer_optional(argument)
        return None

    # ------------------------------------------------------------ tables and ladders

    def _key_argument(self, argument: tree.Expression, key: typed.Key, name: str) -> Typed:
        """An argument for a key of a table or ladder: same type and unit, not certainly outside its range."""
        expr = self.infer(argument, key.type)
        if expr is None:
            return None
        if isinstance(key.type, NumberType) and isinstance(expr.type, NumberType):
            if not expr.type.bare and expr.type.unit != key.type.unit:
                self._report(
                    values.UNIT_MISMATCH,
                    argument,
                    f"the key `{key.name}` of `{name}` is {key.type}; this is {expr.type}",
                    "convert the value, or give the key this unit",
                )
                return None
            expr = self.fitted(expr, key.type.unit)
            assert isinstance(expr.type, NumberType)
            if expr.type.interval.meet(key.type.interval) is None:
                self._outside(argument, key, name)
                return None
            return expr
        if not same_type(expr.type, key.type):
            self._report(
                values.TYPE_MISMATCH, argument, f"the key `{key.name}` of `{name}` is {key.type}; this is {expr.type}"
            )
            return None
        if isinstance(expr.type, DateType) and isinstance(key.type, DateType) and not _meet(expr.type, key.type):
            self._outside(argument, key, name)
            return None
        return expr

    def _outside(self, argument: tree.Expression, key: typed.Key, name: str) -> None:
        assert isinstance(key.type, NumberType | DateType)
        if isinstance(key.type, NumberType):
            low, high = key.type.interval.low, key.type.interval.high
            bounds = f"{format_value(low, key.type)} .. {format_value(high, key.type)}"
        else:
            bounds = f"{key.type.low} .. {key.type.high}"
        self._report(
            tables.TABLE_RANGE,
            argument,
            f"this always lies outside the key `{key.name}` of `{name}` ({bounds})",
            f"widen the range of `{key.name}`, or change the argument",
        )

    def _arguments(self, node: tree.Call, keys: tuple[typed.Key, ...]) -> list[typed.Expr] | None:
        name = node.function.text
        if len(node.arguments) != len(keys):
            form = f"{name}({', '.join(key.name for key in keys)})"
            count = len(node.arguments)
            self._report(
                values.WRONG_ARGUMENTS,
                node,
                f"`{name}` takes {len(keys)} {'key' if len(keys) == 1 else 'keys'}, not {count}",
                f"write `{form}`",
            )
            return None
        exprs = [self._key_argument(a, k, name) for a, k in zip(node.arguments, keys, strict=True)]
        whole = [each for each in exprs if each is not None]
        return whole if len(whole) == len(exprs) else None

    def _table(self, node: tree.Call) -> Typed:
        table = self.symbols.tables[node.function.text]
        if table is None:
            return None
        arguments = self._arguments(node, table.keys)
        if arguments is None:
            return None
        finer = {
            position
            for position, (key, argument) in enumerate(zip(table.keys, arguments, strict=True))
            if isinstance(key.type, NumberType) and isinstance(argument.type, NumberType)
            and (argument.type.places is None or argument.type.places > (key.type.places or 0))
        }  # fmt: skip
        if finer and not self._covers_reals(node, table, frozenset(finer)):
            return None
        try:
            return typed.TableLookup(node.span, _table_type(table), table, tuple(arguments))
        except TooWide as error:
            self.too_wide(node, error)
            return None

    def _covers_reals(self, node: tree.Call, table: typed.Table, finer: frozenset[int]) -> bool:
        """Whether the rows also cover arguments between the values that the keys' places allow."""
        if table.collect in ("sum", "count"):
            return True
        analysis = self.symbols.finer_analyses.get((table.name, finer))
        if analysis is None:
            analysis = self.symbols.finer_analyses[table.name, finer] = analyse(table, finer)
        if analysis.gaps:
            self._report(
                tables.TABLE_GAP,
                node,
                f"the argument may be finer than the key of `{table.name}`, and no row covers {analysis.gaps[0]}",
                "let each band begin where the one before it ends (`..4`, `4..`), or round the argument",
            )
        elif analysis.too_complex:
            self._report(
                tables.TABLE_TOO_COMPLEX,
                node,
                f"`{table.name}` has rows that overlap in too many ways for an argument finer than its key",
                "round the argument to the places of the key",
            )
        return not analysis.gaps and not analysis.too_complex

    def _ladder(self, node: tree.Call, expected: ValueType | None) -> Typed:
        operator = node.function.text
        if not self._takes(node, f"{operator}(x, LADDER)", 2):
            return None
        written = node.arguments[1]
        if isinstance(written, tree.Call):
            name, groups = written.function, written.arguments
        elif isinstance(written, tree.Name) and len(written.parts) == 1:
            name, groups = written.parts[0], ()
        else:
            self._report(
                tables.LADDER_NEEDED, written, f"`{operator}` wants a ladder here", f"write `{operator}(x, LADDER)`"
            )
            return None
        if name.text not in self.symbols.ladders:
            a_table = name.text in self.symbols.tables
            message = f"`{name.text}` is a table" if a_table else f"there is no ladder `{name.text}`"
            help_text = suggestion(name.text, list(self.symbols.ladders), "the ladders are")
            self._report(tables.LADDER_NEEDED, name, message, help_text or "declare it with `ladder`")
            return None
        ladder = self.symbols.ladders[name.text]
        call = tree.Call(written.span, name, groups)
        keys = self._arguments(call, ladder.keys[:-1]) if ladder is not None else None
        if ladder is None or keys is None or not self._chooses_group(call, ladder, keys):
            self.infer(node.arguments[0])
            return None
        base = self._key_argument(node.arguments[0], ladder.keys[-1], ladder.name)
        return None if base is None else self._ladder_use(node, operator, ladder, keys, base)

    def _chooses_group(self, node: tree.Call, ladder: typed.Ladder, arguments: list[typed.Expr]) -> bool:
        """Whether each argument is a value of its group key; between two whole numbers there is no group."""
        for key, argument, written in zip(ladder.keys, arguments, node.arguments, strict=False):
            if isinstance(argument.type, NumberType) and argument.type.places != 0:
                self._report(
                    tables.TABLE_GAP,
                    written,
                    f"the argument may be no whole number, and no group of `{ladder.name}` covers what lies between",
                    f"round it: `round(..., 0)` gives one of the values of `{key.name}`",
                )
                return False
        return True

    def _ladder_use(
        self, node: tree.Call, operator: str, ladder: typed.Ladder, keys: list[typed.Expr], base: typed.Expr
    ) -> Typed:
        assert isinstance(base.type, NumberType) and isinstance(ladder.type, NumberType)
        key = ladder.keys[-1].type
        assert isinstance(key, NumberType)
        inside = base.type.interval.meet(key.interval)  # outside, the row is rejected
        assert inside is not None
        held = replace(base.type, interval=inside)
        known = self.symbols.ladder_types.get((ladder.name, operator, held))
        if known is not None:
            return typed.LadderUse(node.span, known, operator, ladder, tuple(keys), base)
        self.symbols.ladder_steps += sum(len(group) for group in ladder.groups.values())
        if self.symbols.ladder_steps > _LADDER_STEPS_MAX:
            message = "the plan's ladders are so long and used so often that their ranges take too long to prove"
            self._report(tables.TABLE_TOO_COMPLEX, node, message, "use each long ladder in one `let`")
            return None
        steps = [
            [(Fraction(step.threshold), step.value) for step in group]  # type: ignore[arg-type]
            for group in ladder.groups.values()
        ]
        try:
            type_ = _LADDER_TYPES[operator](held, ladder.type, steps)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        self.symbols.ladder_types[ladder.name, operator, held] = type_
        return typed.LadderUse(node.span, type_, operator, ladder, tuple(keys), base)

    # ------------------------------------------------------------ aggregates

    def _aggregate(self, node: tree.Aggregate, expected: ValueType | None) -> Typed:
        scope = self.symbols.entity(node.entity)
        if scope is None:
            return None
        if scope.name == typed.PLAN_GRAIN:
            message = "the plan has one row, so there is nothing to aggregate"
            self._report(names.NO_REFERENCE, node.entity, message, "read its values: `plan.NAME`")
            return None
        here = self.grain
        found, reference = self._reference(node, scope, here)
        if not found:
            return None
        value: Typed = None
        with self.at_grain(scope.name):
            where = self.condition(node.where) if node.where is not None else None
            with self.assuming(where, True):
                if node.value is not None and node.operator in ("any", "all"):
                    value = self.condition(node.value)
                elif node.value is not None:
                    value = self.infer(node.value)
        if (node.where is not None and where is None) or (node.value is not None and value is None):
            return None
        rows_max = arithmetic.ROWS_MAX
        if scope.rows_max is not None and scope.rows_max_per in (here, typed.PLAN_GRAIN):
            rows_max = scope.rows_max
        try:
            type_ = self._aggregate_type(node, value, rows_max)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        if type_ is None:
            return None
        optional = node.operator in ("min", "max", "mean")
        return typed.Aggregate(node.span, type_, node.operator, scope.name, reference, value, where, optional=optional)

    def _aggregate_type(self, node: tree.Aggregate, value: Typed, rows_max: int) -> ValueType | None:
        if node.operator == "count":
            return whole(0, rows_max)
        assert value is not None and node.value is not None
        if node.operator in ("any", "all"):
            return FlagType()
        if node.operator in ("min", "max") and isinstance(value.type, DateType | MomentType):
            return value.type
        if not self.is_number(value, f"`{node.operator}`"):
            return None
        assert isinstance(value.type, NumberType)
        if value.type.places is None:
            self._report(
                values.QUOTIENT_NOT_ROUNDED,
                node.value,
                "an aggregate adds up rounded values; this is an exact fraction",
                "round it, e.g. `round(x, 2)`",
            )
            return None
        held = replace(value.type, bare=False)
        if node.operator == "sum":
            return arithmetic.summed(held, rows_max)
        return arithmetic.averaged(held, rows_max) if node.operator == "mean" else held

    def _reference(self, node: tree.Aggregate, scope: EntityScope, grain: str) -> tuple[bool, typed.Reference | None]:
        """The reference by which the rows point here; (True, None) for all rows, at the grain of the plan."""
        ways = [each for each in scope.references if each.target == grain]
        if node.via is not None:
            named = [each for each in ways if each.name == node.via.text]
            if named:
                return True, named[0]
            self._report(
                names.NO_REFERENCE,
                node.via,
                f"{scope.name} has no reference `{node.via.text}` to {grain}",
                suggestion(node.via.text, [each.name for each in ways], "its references are"),
            )
            return False, None
        if grain == typed.PLAN_GRAIN:
            return True, None
        if len(ways) == 1:
            return True, ways[0]
        if grain in scope.faulty:
            return False, None  # its reference was reported where it is declared
        if ways:
            listed = " or ".join(f"`via {each.name}`" for each in ways)
            self._report(
                names.AMBIGUOUS_REFERENCE,
                node,
                f"{scope.name} refers to {grain} in {len(ways)} ways",
                f"add {listed}",
            )
        else:
            self._report(
                names.NO_REFERENCE,
                node.entity,
                f"{scope.name} does not refer to {grain}",
                _reference_help(node, scope, grain, self.symbols),
            )
        return False, None

    def _gross_before(self, node: tree.GrossBefore, expected: ValueType | None) -> Typed:
        total = self.symbols.totals.get(f"gross before {node.line.text}")
        if total is None:
            return None  # an unknown line was reported when the lines were put in order
        if self.grain != self.symbols.payee:
            self._report(
                names.WRONG_GRAIN,
                node,
                f"`gross` belongs to {self.symbols.payee}, and this line to {self.grain}",
                f"use it in a line of {self.symbols.payee}",
            )
            return None
        return typed.Read(node.span, total.type, (), total)


def _reference_help(node: tree.Aggregate, scope: EntityScope, grain: str, symbols: Symbols) -> str:
    shared = scope.references[0].name if scope.references else ""
    if scope.name == grain and shared:
        return (
            f"rows of the same {shared} are aggregated there: "
            f"`let {shared}.NAME = {node.operator}(... of {scope.name})`, then read `{shared}.NAME` here"
        )
    for between in scope.references:
        middle = symbols.entities.get(between.target)
        if middle is not None and any(each.target == grain for each in middle.references):
            outer = "sum" if node.operator == "count" else node.operator
            return (
                f"{scope.name} refers to {middle.name}, and that to {grain}: aggregate in two steps, "
                f"`{outer}({node.operator}(... {scope.name}) of {middle.name})`"
            )
    return f"declare `entity {scope.name} in {grain}`, or a column `{grain} : {grain}`"


def _table_type(table: typed.Table) -> ValueType:
    """What a look-up gives. Raises TooWide."""
    type_ = table.result_types[0]
    if table.collect == "count":
        return whole(0, len(table.rows))
    if table.collect == "sum":
        assert isinstance(type_, NumberType)
        return arithmetic.summed(type_, max(len(table.rows), 1))
    if len(table.result_types) > 1:
        return RowType(table.name, table.result_names, table.result_types)
    return type_


def _meet(left: DateType, right: DateType) -> bool:
    return left.low <= right.high and right.low <= left.high

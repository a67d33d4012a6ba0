"""Calls of functions, tables and ladders, and aggregates: every expression of the language."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from paycalc.check import arithmetic, ladder_ranges, typed
from paycalc.check.aggregates import AggregateChecker
from paycalc.check.arithmetic import TooWide
from paycalc.check.coverage import analyse
from paycalc.check.expressions import Typed, same_type
from paycalc.check.faults import names, tables, values
from paycalc.check.functions import whole
from paycalc.check.symbols import AGGREGATES, FUNCTIONS, LADDER_OPERATORS, Symbols, suggestion
from paycalc.check.types import DateType, NumberType, RowType, ValueType, format_value
from paycalc.syntax import tree

_LADDER_STEPS_MAX = 100_000  # looked at for the ranges of all uses together: some seconds


class CallChecker(AggregateChecker):
    """Types every expression of the language."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self._by_node[tree.Call] = self._call
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
        if finer and table.from_data:
            self._report_finer(node, table, min(finer))
            return None
        if finer and not self._covers_reals(node, table, frozenset(finer)):
            return None
        try:
            return typed.TableLookup(node.span, table_type(table), table, tuple(arguments), self.asked_at(table))
        except TooWide as error:
            self.too_wide(node, error)
            return None

    def _report_finer(self, node: tree.Call, table: typed.Table, position: int) -> None:
        key = table.keys[position]
        assert isinstance(key.type, NumberType)
        places = "no places" if not key.type.places else f"{key.type.places} place{'s' * (key.type.places > 1)}"
        self._report(
            tables.FINER_THAN_KEY,
            node.arguments[position],
            f"the key `{key.name}` of `{table.name}` has {places}, and this may have more",
            f"round it: `round(..., {key.type.places})`, or give the key more places",
        )

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
        type_ = self.symbols.ladder_types.get((ladder.name, operator, held))
        if type_ is None:
            self.symbols.ladder_steps += sum(len(group) for group in ladder.groups.values())
            if self.symbols.ladder_steps > _LADDER_STEPS_MAX:
                message = "the plan's ladders are so long and used so often that their ranges take too long to prove"
                self._report(tables.TABLE_TOO_COMPLEX, node, message, "use each long ladder in one `let`")
                return None
            try:
                type_ = _ladder_type(operator, held, ladder)
            except TooWide as error:
                self.too_wide(node, error)
                return None
            self.symbols.ladder_types[ladder.name, operator, held] = type_
        return typed.LadderUse(node.span, type_, operator, ladder, tuple(keys), base, self.asked_at(ladder))

    # ------------------------------------------------------------ totals

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


def table_type(table: typed.Table) -> ValueType:
    """What a look-up gives. Raises TooWide."""
    type_ = table.result_types[0]
    rows_max = arithmetic.ROWS_MAX if table.from_data else len(table.rows)
    if table.collect == "count":
        return whole(0, rows_max)
    if table.collect == "sum":
        assert isinstance(type_, NumberType)
        return arithmetic.summed(type_, max(rows_max, 1))
    if len(table.result_types) > 1:
        return RowType(table.name, table.result_names, table.result_types)
    return type_


def _ladder_type(operator: str, base: NumberType, ladder: typed.Ladder) -> NumberType:
    """What a use of a ladder gives. Raises TooWide."""
    key = ladder.keys[-1].type
    assert isinstance(key, NumberType) and isinstance(ladder.type, NumberType)
    if ladder.from_data:
        return ladder_ranges.OF_DATA[operator](base, ladder.type, key)
    steps = [
        [(Fraction(step.threshold), step.value) for step in group]  # type: ignore[arg-type]
        for group in ladder.groups.values()
    ]
    return ladder_ranges.OF_STEPS[operator](base, ladder.type, steps)


def _meet(left: DateType, right: DateType) -> bool:
    return left.low <= right.high and right.low <= left.high

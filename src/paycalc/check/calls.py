"""Functions, tables, ladders and aggregates: the rest of the expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from paycalc.check import arithmetic, typed
from paycalc.check.arithmetic import TooWide
from paycalc.check.coverage import analyse
from paycalc.check.expressions import ExpressionChecker, Typed, same_type
from paycalc.check.facts import Structures
from paycalc.check.faults import names, tables, values
from paycalc.check.literals import number_of
from paycalc.check.symbols import AGGREGATES, FUNCTIONS, LADDER_OPERATORS, EntityScope, Symbols, suggestion
from paycalc.check.type_expressions import PLACES_MAX, require_timezone
from paycalc.check.types import (
    DateType,
    FlagType,
    MomentType,
    NumberType,
    RowType,
    ValueType,
    format_value,
)
from paycalc.core.calendar import days_between, months_between, years_between
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.diagnostic import Rule
from paycalc.core.number import ROUNDING_MODES, Interval
from paycalc.core.unit import PLAIN
from paycalc.syntax import tree

_DATE_PARTS = {"month": (1, 12), "day": (1, 31), "weekday": (1, 7), "days_in_month": (28, 31)}
_MOMENT_PARTS = {"hour": (0, 23), "minute": (0, 59)}
_BETWEEN = {"days_between": days_between, "months_between": months_between, "years_between": years_between}
_LADDER_TYPES = {
    "marginal": arithmetic.marginal,
    "slab": arithmetic.slab,
    "reached": arithmetic.reached,
    "interpolate": arithmetic.interpolated,
}


class CallChecker(ExpressionChecker):
    """Types every expression of the language."""

    def __init__(self, symbols: Symbols, structures: Structures, grain: str) -> None:
        super().__init__(symbols, structures, grain)
        self._by_node[tree.Call] = self._call
        self._by_node[tree.Aggregate] = self._aggregate
        self._by_node[tree.GrossBefore] = self._gross_before
        self._by_node[tree.StepArgument] = self._stray_step
        self._functions: dict[str, Callable[[tree.Call, ValueType | None], Typed]] = {
            "round": self._round,
            "floor": self._floor,
            "ceiling": self._floor,
            "min": self._min_max,
            "max": self._min_max,
            "clamp": self._clamp,
            "abs": self._abs,
            "mod": self._mod,
            "default": self._default,
            "given": self._given,
            "date": self._date_of,
            "year": self._year,
            **dict.fromkeys(_DATE_PARTS, self._date_part),
            **dict.fromkeys(_MOMENT_PARTS, self._moment_part),
            **dict.fromkeys(_BETWEEN, self._between),
            **dict.fromkeys(LADDER_OPERATORS, self._ladder),
        }

    # ------------------------------------------------------------ calls

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
            help=suggestion(name, known),
        )
        for argument in node.arguments:  # faults inside are faults of their own
            if not isinstance(argument, tree.StepArgument):
                self.infer_optional(argument)
        return None

    def _report(self, rule: Rule, node: tree.Node, message: str, help_text: str = "") -> None:
        self.symbols.fault(rule, node.span, message, help=help_text)

    def _stray_step(self, node: tree.StepArgument, expected: ValueType | None) -> Typed:
        self._report(values.ROUNDING, node, "`to` belongs into round(), floor() and ceiling()", "leave it out here")
        return None

    def _takes(self, node: tree.Call, form: str, least: int, most: int | None = None) -> bool:
        """Whether the number of arguments is right; reports it with the function's form."""
        count, most = len(node.arguments), least if most is None else most
        if least <= count <= most:
            return True
        self._report(
            values.WRONG_ARGUMENTS,
            node,
            f"`{node.function.text}` takes {least if least == most else f'{least} or more'} "
            f"{'argument' if least == most == 1 else 'arguments'}, not {count}",
            f"write `{form}`",
        )
        return False

    def _numbers(self, node: tree.Call, what: str) -> list[typed.Expr] | None:
        exprs = [self.number(argument, f"`{node.function.text}`") for argument in node.arguments]
        whole = [each for each in exprs if each is not None]
        if len(whole) < len(exprs):
            return None
        unit = self.common_unit(whole, what)
        return None if unit is None else [self.fitted(each, unit) for each in whole]

    # ------------------------------------------------------------ rounding

    def _round(self, node: tree.Call, expected: ValueType | None) -> Typed:
        if not self._takes(node, "round(x, 2, half_even)", 1, 3):
            return None
        arguments, mode = list(node.arguments), "half_up"
        last = arguments[-1]
        if len(arguments) > 1 and isinstance(last, tree.Name):
            if last.text not in ROUNDING_MODES:
                self._report(
                    values.ROUNDING,
                    last,
                    f"`{last.text}` is not a way of rounding",
                    suggestion(last.text, list(ROUNDING_MODES), "the ways are")
                    + ("; the places must be a written number" if last.text not in ROUNDING_MODES else ""),
                )
                return None
            mode = last.text
            arguments.pop()
        if len(arguments) > 2:
            self._report(values.ROUNDING, node, "too much is said about the rounding", "write `round(x, 2, half_even)`")
            return None
        return self._rounded(node, arguments, mode, whole_without_places=False)

    def _floor(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        if not self._takes(node, f"{name}(x)", 1, 2):
            return None
        return self._rounded(node, list(node.arguments), name, whole_without_places=True)

    def _rounded(
        self, node: tree.Call, arguments: list[tree.Expression], mode: str, *, whole_without_places: bool
    ) -> Typed:
        value = self.number(arguments[0], f"`{node.function.text}`")
        if value is None:
            return None
        assert isinstance(value.type, NumberType)
        if len(arguments) == 1:
            places = 0 if whole_without_places else self._currency_places(value.type)
            if places is None:
                self._report(
                    values.ROUNDING,
                    node,
                    f"`round` of {value.type.unit} does not say to how many places",
                    "write e.g. `round(x, 2)`, or `round(x, to 0.5)`",
                )
                return None
            step: Fraction | None = Fraction(1, 10**places)
        else:
            step = self._step(arguments[1], value)
        if step is None:
            return None
        try:
            type_ = arithmetic.rounded(value.type, step, mode)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Round(node.span, replace(type_, percent=value.type.percent), value, step, mode)

    def _currency_places(self, type_: NumberType) -> int | None:
        """The places of the one currency in the unit (money, money per hour); None where there is none."""
        if type_.bare:
            return self.symbols.currency_places
        found = [name for name, power in type_.unit.factors if power == 1 and name in CURRENCY_PLACES]
        return CURRENCY_PLACES[found[0]] if len(found) == 1 else None

    def _step(self, node: tree.Expression, value: typed.Expr) -> Fraction | None:
        if isinstance(node, tree.StepArgument):
            step = self.infer(node.step)
            if step is None:
                return None
            if (
                not isinstance(step, typed.Constant)
                or not isinstance(step.type, NumberType)
                or step.type.interval.low <= 0
            ):
                self._report(values.ROUNDING, node, "the step must be a written number above 0", "write e.g. `to 0.05`")
                return None
            if self.common_unit([value, step], "round") is None:
                return None
            assert isinstance(step.value, Fraction)
            return step.value
        found = number_of(node)
        if found is None or found[1].unit is not None or found[1].percent or found[0].denominator != 1:
            self._report(values.ROUNDING, node, "the places must be a written whole number", "write e.g. `round(x, 2)`")
            return None
        if not 0 <= found[0] <= PLACES_MAX:
            self._report(
                values.ROUNDING,
                node,
                f"the places must lie between 0 and {PLACES_MAX}",
                "write `to 10` to round to tens" if found[0] < 0 else f"write at most {PLACES_MAX}",
            )
            return None
        return Fraction(1, 10 ** int(found[0]))

    # ------------------------------------------------------------ functions of numbers

    def _min_max(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        if not self._takes(node, f"{name}(a, b)", 2, 1_000):
            return None
        exprs = [self.infer(argument) for argument in node.arguments]
        whole = [each for each in exprs if each is not None]
        if len(whole) < len(exprs):
            return None
        merged = self.merged(whole, f"take the {'least' if name == 'min' else 'greatest'} of")
        if merged is None:
            return None
        whole, type_ = merged
        if isinstance(type_, NumberType):
            types = [each.type for each in whole if isinstance(each.type, NumberType)]
            pick = arithmetic.lesser if name == "min" else arithmetic.greater
            try:
                for each in types[1:]:
                    arithmetic.comparable(types[0], each)
                type_ = replace(pick(types, type_.unit), bare=type_.bare, percent=type_.percent)
            except TooWide as error:
                self.too_wide(node, error)
                return None
        elif not isinstance(type_, DateType | MomentType):
            self._report(values.TYPE_MISMATCH, node, f"`{name}` compares numbers, dates and moments; this is {type_}")
            return None
        return typed.Apply(node.span, type_, name, tuple(whole))

    def _clamp(self, node: tree.Call, expected: ValueType | None) -> Typed:
        if not self._takes(node, "clamp(x, low, high)", 3):
            return None
        exprs = self._numbers(node, "clamp")
        if exprs is None:
            return None
        value, low, high = (each.type for each in exprs)
        assert isinstance(value, NumberType) and isinstance(low, NumberType) and isinstance(high, NumberType)
        if low.interval.low > high.interval.high:
            self._report(
                values.CLAMP_INVERTED,
                node,
                f"the lower bound ({format_value(low.interval.low, low)} or more) lies above the upper one "
                f"({format_value(high.interval.high, high)} or less)",
                "exchange the bounds",
            )
            return None
        try:
            arithmetic.comparable(value, low)
            arithmetic.comparable(value, high)
            arithmetic.comparable(low, high)
            type_ = arithmetic.clamped(value, low, high, value.unit)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Apply(node.span, type_, "clamp", tuple(exprs))

    def _abs(self, node: tree.Call, expected: ValueType | None) -> Typed:
        value = self.number(node.arguments[0], "`abs`") if self._takes(node, "abs(x)", 1) else None
        if value is None:
            return None
        assert isinstance(value.type, NumberType)
        return typed.Apply(node.span, arithmetic.absolute(value.type), "abs", (value,))

    def _mod(self, node: tree.Call, expected: ValueType | None) -> Typed:
        exprs = self._numbers(node, "take the remainder of") if self._takes(node, "mod(a, b)", 2) else None
        if exprs is None:
            return None
        left, right = exprs
        assert isinstance(left.type, NumberType) and isinstance(right.type, NumberType)
        for each, argument in zip(exprs, node.arguments, strict=True):
            if each.type.places is None:  # type: ignore[union-attr]
                self._report(values.QUOTIENT_NOT_ROUNDED, argument, "`mod` of a fraction", "round the quotient first")
                return None
        if not self.is_divisor(node.arguments[1], right):
            return None
        try:
            type_ = arithmetic.modulo(left.type, right.type)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Apply(node.span, type_, "mod", (left, right))

    # ------------------------------------------------------------ optionals

    def _given(self, node: tree.Call, expected: ValueType | None) -> Typed:
        operand = self.infer_optional(node.arguments[0]) if self._takes(node, "given(x)", 1) else None
        if operand is None or not self._is_optional(node, node.arguments[0], operand):
            return None
        return typed.Given(node.span, FlagType(), operand)

    def _default(self, node: tree.Call, expected: ValueType | None) -> Typed:
        if not self._takes(node, "default(x, 0)", 2):
            return None
        value = self.infer_optional(node.arguments[0], expected)
        fallback = self.infer(node.arguments[1], value.type if value is not None else expected)
        if value is None or fallback is None or not self._is_optional(node, node.arguments[0], value):
            return None
        merged = self.merged([value, fallback], "choose between")
        if merged is None:
            return None
        (value, fallback), type_ = merged
        return typed.Default(node.span, type_, value, fallback)

    def _is_optional(self, node: tree.Call, argument: tree.Expression, operand: typed.Expr) -> bool:
        if operand.optional:
            return True
        written = self.text_of(argument) or "this"
        self._report(
            values.NEVER_MISSING,
            argument,
            f"`{written}` is never missing here",
            f"leave `{node.function.text}` out, or declare the value `optional`",
        )
        return False

    # ------------------------------------------------------------ dates

    def _date_argument(self, argument: tree.Expression, what: str) -> Typed:
        """A date; a moment stands for its civil date."""
        expr = self.infer(argument)
        if expr is None or isinstance(expr.type, DateType):
            return expr
        if isinstance(expr.type, MomentType):
            if not require_timezone(argument, self.symbols):
                return None
            return typed.Apply(expr.span, DateType(), "date", (expr,))
        self._report(values.TYPE_MISMATCH, argument, f"`{what}` wants a date; this is {expr.type}")
        return None

    def _date_of(self, node: tree.Call, expected: ValueType | None) -> Typed:
        return self._date_argument(node.arguments[0], "date") if self._takes(node, "date(moment)", 1) else None

    def _date_part(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        value = self._date_argument(node.arguments[0], name) if self._takes(node, f"{name}(date)", 1) else None
        return None if value is None else typed.Apply(node.span, _whole(*_DATE_PARTS[name]), name, (value,))

    def _year(self, node: tree.Call, expected: ValueType | None) -> Typed:
        value = self._date_argument(node.arguments[0], "year") if self._takes(node, "year(date)", 1) else None
        if value is None:
            return None
        assert isinstance(value.type, DateType)
        return typed.Apply(node.span, _whole(value.type.low.year, value.type.high.year), "year", (value,))

    def _moment_part(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        value = self.infer(node.arguments[0]) if self._takes(node, f"{name}(moment)", 1) else None
        if value is None:
            return None
        if not isinstance(value.type, MomentType):
            message = f"`{name}` wants a moment; this is {value.type}"
            self._report(values.TYPE_MISMATCH, node.arguments[0], message, "declare the column `datetime`")
            return None
        return typed.Apply(node.span, _whole(*_MOMENT_PARTS[name]), name, (value,))

    def _between(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        if not self._takes(node, f"{name}(first, last)", 2):
            return None
        first, last = (self._date_argument(argument, name) for argument in node.arguments)
        if first is None or last is None:
            return None
        assert isinstance(first.type, DateType) and isinstance(last.type, DateType)
        distance = _BETWEEN[name]
        low, high = distance(first.type.high, last.type.low), distance(first.type.low, last.type.high)
        return typed.Apply(node.span, _whole(low, high), name, (first, last))

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
        if ladder is None or keys is None:
            self.infer(node.arguments[0])
            return None
        base = self._key_argument(node.arguments[0], ladder.keys[-1], ladder.name)
        return None if base is None else self._ladder_use(node, operator, ladder, keys, base)

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
            return _whole(0, rows_max)
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
        if grain == typed.PLAN_GRAIN and scope.name != typed.PLAN_GRAIN:
            return True, None
        if len(ways) == 1:
            return True, ways[0]
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
                _reference_help(node, scope, grain),
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


def _reference_help(node: tree.Aggregate, scope: EntityScope, grain: str) -> str:
    shared = scope.references[0].name if scope.references else ""
    if scope.name == grain and shared:
        return (
            f"rows of the same {shared} are aggregated there: "
            f"`let {shared}.NAME = {node.operator}(... of {scope.name})`, then read `{shared}.NAME` here"
        )
    return f"declare `entity {scope.name} in {grain}`, or a column `{grain} : {grain}`"


def _table_type(table: typed.Table) -> ValueType:
    """What a look-up gives. Raises TooWide."""
    type_ = table.result_types[0]
    if table.collect == "count":
        return _whole(0, len(table.rows))
    if table.collect == "sum":
        assert isinstance(type_, NumberType)
        return arithmetic.summed(type_, max(len(table.rows), 1))
    if len(table.result_types) > 1:
        return RowType(table.name, table.result_names, table.result_types)
    return type_


def _meet(left: DateType, right: DateType) -> bool:
    return left.low <= right.high and right.low <= left.high


def _whole(low: int, high: int) -> NumberType:
    return NumberType(PLAIN, 0, Interval(Fraction(low), Fraction(high)))

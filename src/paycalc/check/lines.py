"""Lines of the plan: who defines what, in which order, without circles; pay lines exact, declared ranges met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from paycalc.check import advice, arithmetic, typed
from paycalc.check.arithmetic import TooWide
from paycalc.check.calls import CallChecker
from paycalc.check.expressions import same_type
from paycalc.check.faults import names, values
from paycalc.check.literals import number_of, read_literal
from paycalc.check.resolve import resolve
from paycalc.check.symbols import LADDER_OPERATORS, TOTALS, Symbols, suggestion
from paycalc.check.type_expressions import PLACES_MAX, read_type
from paycalc.check.types import DateType, NumberType, ReferenceType, RowType, ValueType, format_value
from paycalc.core.diagnostic import Label
from paycalc.core.number import ROUNDING_MODES, Interval
from paycalc.core.unit import PLAIN, Unit
from paycalc.syntax import faults as syntax
from paycalc.syntax import tree

_GROSS_BEFORE_MAX = 200  # each is a sum of its own over the lines above it
_PATH_SHOWN = 100  # lines of a circle that are named
PAID_ROLES = ("pay", "deduct", "employer")
# What each total adds and what it subtracts.
_TOTAL_ROLES = {"gross": (("pay",), ()), "net": (("pay",), ("deduct",)), "cost": (("pay", "employer"), ())}

Node = tuple[str, str]  # entity and name of a line or total: what the order is an order of


@dataclass(frozen=True)
class _Declared:
    line: tree.Line
    entity: str


def declare_lines(plan: tree.Plan, symbols: Symbols) -> list[_Declared]:
    """Claims the names of all lines and gives those that have a place."""
    declared = []
    for line in plan.declarations:
        if not isinstance(line, tree.Line):
            continue
        scope = symbols.entities.get(symbols.payee) if line.entity is None else symbols.entity(line.entity)
        if scope is None:
            continue
        if line.role in PAID_ROLES and symbols.payee and scope.name != symbols.payee:
            symbols.fault(
                names.WRONG_GRAIN,
                line.name.span,
                f"`{line.role}` is paid to {symbols.payee}, and this line belongs to {scope.name}",
                help=f"use `let` or `show` here, and {_article(line.role)} line of {symbols.payee} that adds it up",
            )
            scope.faulty.add(line.name.text)
        elif symbols.claim(scope, line.name):
            scope.line_trees[line.name.text] = line
            declared.append(_Declared(line, scope.name))
    return declared


# ---------------------------------------------------------------- the order


class _Order:
    """Lines and totals, each after what it reads. A circle is reported with its whole path, once."""

    def __init__(self, declared: list[_Declared], symbols: Symbols) -> None:
        self.symbols = symbols
        self.declared = {(each.entity, each.line.name.text): each for each in declared}
        self.payee_lines = [each for each in declared if each.entity == symbols.payee]
        self.faulty: set[Node] = set()

    def run(self) -> list[Node]:
        finished: list[Node] = []
        state: dict[Node, int] = {}  # 1: on the path, 2: finished
        for start in self.declared:
            if start in state:
                continue
            path = [(start, self._reads(start))]
            state[start] = 1
            while path:
                node, reads = path[-1]
                following = next(reads, None)
                if following is None:
                    path.pop()
                    state[node] = 2
                    finished.append(node)
                elif state.get(following) == 1:
                    circle = [each for each, _ in path]
                    self._report(circle[circle.index(following) :])
                elif following not in state:
                    state[following] = 1
                    path.append((following, self._reads(following)))
        return finished

    def _report(self, circle: list[Node]) -> None:
        if any(node in self.faulty for node in circle):
            return
        self.faulty.update(circle)
        if len(circle) == 1 and self._report_member(circle[0]):
            return
        shown = [name if entity in (self.symbols.payee,) else f"{entity}.{name}" for entity, name in circle]
        if len(shown) > _PATH_SHOWN:
            left_out = len(shown) - _PATH_SHOWN
            shown = [*shown[: _PATH_SHOWN - 1], f"({left_out} more)", shown[-1]]
        spans = [self.declared[node].line.name.span for node in circle if node in self.declared]
        through_total = next((name for _, name in circle if name.startswith(("gross", "net", "cost"))), None)
        help_text = "define one of them without the others"
        if through_total == "gross":
            help_text = "inside a `pay` line write `gross before NAME`, the pay lines above it, or a `let`"
        elif through_total is not None:
            help_text = f"`{through_total}` adds up these lines: use the lines meant, or a `let`"
        self.symbols.fault(
            names.CYCLE,
            spans[0],
            "lines define each other in a circle: " + " -> ".join([*shown, shown[0]]),
            label="needs itself" if len(spans) == 1 else "",
            also=tuple(Label(span) for span in spans[1:_PATH_SHOWN]),
            help=help_text,
        )

    def _report_member(self, node: Node) -> bool:
        """A line with the name of a member, in which the member is meant: that is no circle."""
        enumerations = self.symbols.enumerations_with(node[1])
        if not enumerations:
            return False
        self.symbols.fault(
            names.MEMBER_HIDDEN,
            self.declared[node].line.name.span,
            f"`{node[1]}` is both {enumerations[0]} and this line",
            help=f'rename the line, or write the member in quotes: `"{node[1]}"`',
        )
        return True

    def _reads(self, node: Node) -> Iterator[Node]:
        """The lines and totals that a line or total reads."""
        declared = self.declared.get(node)
        if declared is None:
            yield from self._total_reads(node)
            return
        line = declared.line
        for expression in (line.value, line.when):
            if expression is not None:
                yield from reads_of(expression, declared.entity, self.symbols)

    def _total_reads(self, node: Node) -> Iterator[Node]:
        _, name = node
        roles = sum(_TOTAL_ROLES[name.split()[0]], ())
        for each in self.payee_lines:
            if name == f"gross before {each.line.name.text}":
                return
            if each.line.role in roles:
                yield each.entity, each.line.name.text


def reads_of(expression: tree.Expression, grain: str, symbols: Symbols) -> Iterator[Node]:
    """The lines and totals that an expression reads, in the order of the text."""
    pending: list[tuple[object, str]] = [(expression, grain)]
    while pending:
        node, here = pending.pop()
        match node:
            case tree.Name():
                found = resolve(node.parts, here, symbols)
                if found is not None and found.field is None and (found.line or found.total):
                    yield found.scope.name, found.line or found.total
            case tree.GrossBefore():
                yield symbols.payee, f"gross before {node.line.text}"
            case tree.Aggregate():
                if node.entity.text in symbols.entities:
                    pending += [(node.where, node.entity.text), (node.value, node.entity.text)]
            case tree.Call():
                arguments = node.arguments
                if node.function.text == "round" and len(arguments) > 1 and _is_mode(arguments[-1]):
                    arguments = arguments[:-1]  # a line may bear the name of a way of rounding
                if (
                    node.function.text in LADDER_OPERATORS
                    and len(arguments) > 1
                    and isinstance(arguments[1], tree.Name)
                ):
                    arguments = arguments[:1]  # or of a ladder
                pending += [(each, here) for each in reversed(arguments)]
            case tree.Node():
                pending += [(each, here) for each in reversed(tree.children(node))]


def _is_mode(node: tree.Expression) -> bool:
    return isinstance(node, tree.Name) and node.text in ROUNDING_MODES


# ---------------------------------------------------------------- the types


def check_lines(
    declared: list[_Declared], plan: tree.Plan, checker: CallChecker
) -> tuple[list[typed.Line], list[typed.Assertion]]:
    """Types every line, and the asserts; lines come back in the order of the text."""
    symbols = checker.symbols
    if not _check_gross_before(plan, declared, symbols):
        return [], []
    order = _Order(declared, symbols)
    for node in order.run():
        entity, name = node
        if node in order.declared:
            faulty = node in order.faulty
            scope = symbols.entities[entity]
            scope.lines[name] = None if faulty else _LineTyping(order.declared[node], checker).run()
        else:
            symbols.totals[name] = None if node in order.faulty else _total(name, symbols, order)
    for name in TOTALS:
        if name not in symbols.totals and symbols.payee:
            symbols.totals[name] = _total(name, symbols, order)
    assertions = []
    for each in plan.declarations:
        if isinstance(each, tree.Assert) and symbols.payee:
            with checker.at_grain(symbols.payee):
                condition = checker.condition(each.condition)
            if condition is not None:
                assertions.append(typed.Assertion(each.span, condition, each.message))
    lines = [symbols.entities[each.entity].lines.get(each.line.name.text) for each in declared]
    return [line for line in lines if line is not None], assertions


def _check_gross_before(plan: tree.Plan, declared: list[_Declared], symbols: Symbols) -> bool:
    """Each `gross before NAME` names a pay line, and there are not too many to add them all up."""
    pays = [each.line.name.text for each in declared if each.line.role == "pay"]
    known, used = set(pays), set[str]()
    pending: list[tree.Node] = [each for each in plan.declarations if isinstance(each, tree.Line | tree.Assert)]
    pending.reverse()
    while pending:
        node = pending.pop()
        if isinstance(node, tree.GrossBefore):
            used.add(node.line.text)
            if len(used) == _GROSS_BEFORE_MAX + 1:
                message = f"more than {_GROSS_BEFORE_MAX} different `gross before`"
                symbols.fault(syntax.TOO_MANY_NODES, node.span, message, help="add up the lines meant in a `let`")
        if isinstance(node, tree.GrossBefore) and node.line.text not in known:
            role = next((each.line.role for each in declared if each.line.name.text == node.line.text), None)
            message = f"there is no pay line `{node.line.text}`"
            if role is not None:
                message = f"`{node.line.text}` is {_article(role)} line, and `gross` adds up `pay` lines"
            help_text = suggestion(node.line.text, pays, "the pay lines are")
            symbols.fault(names.UNKNOWN_NAME, node.line.span, message, help=help_text)
        pending += tree.children(node)
    return len(used) <= _GROSS_BEFORE_MAX


def _total(name: str, symbols: Symbols, order: _Order) -> typed.Total | None:
    added_roles, subtracted_roles = _TOTAL_ROLES[name.split()[0]]
    added: list[typed.Line] = []
    subtracted: list[typed.Line] = []
    span = symbols.plan_scope.span
    for each in order.payee_lines:
        if name == f"gross before {each.line.name.text}":
            span = each.line.name.span
            break
        if each.line.role not in (*added_roles, *subtracted_roles):
            continue
        line = symbols.entities[symbols.payee].lines.get(each.line.name.text)
        if line is None:
            return None  # a faulty line was reported; its total says nothing more
        (added if each.line.role in added_roles else subtracted).append(line)
    unit = Unit.of(symbols.currency) if symbols.currency else PLAIN
    interval = Interval.of(0)
    for line in added:
        interval = interval + line.type.interval  # type: ignore[union-attr]
    for line in subtracted:
        interval = interval - line.type.interval  # type: ignore[union-attr]
    try:
        type_ = arithmetic.decimal(unit, symbols.currency_places, interval)
    except TooWide as error:
        symbols.fault(
            values.NUMBER_TOO_WIDE,
            span,
            f"`{name}` may become too large: {error}",
            help="declare narrower ranges of the pay lines",
        )
        return None
    return typed.Total(symbols.payee, name, type_, span, added=tuple(added), subtracted=tuple(subtracted))


class _LineTyping:
    """Types one line: its expression, its `when`, its declared type, and what its role demands."""

    def __init__(self, declared: _Declared, checker: CallChecker) -> None:
        self.line, self.entity = declared.line, declared.entity
        self.checker, self.symbols = checker, checker.symbols

    def run(self) -> typed.Line | None:
        with self.checker.at_grain(self.entity):
            return self._typed()

    def _typed(self) -> typed.Line | None:
        line = self.line
        declared = read_type(line.type, self.symbols) if line.type is not None else None
        if declared is not None and not self._role_allows_type(declared):
            declared = None
        if line.type is not None and declared is None:
            self.checker.infer(line.value)  # faults in the value are faults of their own
            return None
        when = self.checker.condition(line.when) if line.when is not None else None
        with self.checker.assuming(when, True):
            value = self.checker.infer(line.value, declared)
        if value is None or (line.when is not None and when is None):
            return None
        value = self._with_unit(value, declared)
        if value is None or not self._role_allows(value):
            return None
        if when is not None and not isinstance(value.type, NumberType):
            self._report_when(value)
            return None
        type_, checked, fine = self._declared(value, declared, conditional=when is not None)
        if not fine:
            return None
        if when is not None and isinstance(type_, NumberType):
            type_ = self._or_zero(type_)
        return typed.Line(
            self.entity,
            line.name.text,
            type_,
            line.name.span,
            role=line.role,
            label=line.label or "",
            value=value,
            when=when,
            checked=checked,
        )

    def _report_when(self, value: typed.Expr) -> None:
        assert self.line.when is not None
        self.symbols.fault(
            values.WHEN_NEEDS_NUMBER,
            self.line.when.span,
            f"where this is false the line would be 0, but it is {value.type}",
            also=(Label(value.span, str(value.type)),),
            help="write `if ... then ... else ...`, or join conditions with `and`",
        )

    def _or_zero(self, type_: NumberType) -> NumberType:
        zero = NumberType(type_.unit, 0, Interval.of(0), bare=True)
        return replace(arithmetic.chosen([type_, zero], type_.unit), percent=type_.percent, bare=False)

    def _wanted_unit(self, declared: ValueType | None) -> Unit | None:
        if isinstance(declared, NumberType):
            return declared.unit
        if self.line.role in PAID_ROLES and self.symbols.currency:
            return Unit.of(self.symbols.currency)
        return None

    def _with_unit(self, value: typed.Expr, declared: ValueType | None) -> typed.Expr | None:
        """A bare literal takes the line's unit; a number of another unit is reported."""
        wanted = self._wanted_unit(declared)
        a_percent = isinstance(declared, NumberType) and declared.percent and number_of(self.line.value) is not None
        if a_percent and read_literal(self.line.value, _free(declared), self.symbols, in_range=False) is None:
            return None
        if isinstance(value.type, NumberType):
            if wanted is not None:
                value = self.checker.fitted(value, wanted)
                assert isinstance(value.type, NumberType)
                if value.type.unit != wanted and not (value.type.bare and wanted == PLAIN):
                    self._report_unit(value, wanted)
                    return None
            type_ = value.type
            if isinstance(type_, NumberType) and type_.bare:
                value = replace(value, type=replace(type_, bare=False))
        return value

    def _report_unit(self, value: typed.Expr, wanted: Unit) -> None:
        line = self.line
        assert isinstance(value.type, NumberType)
        mine = value.type.unit
        help_text = advice.units(mine, wanted, value.type.percent)
        what = (
            f"{_article(line.role)} line is money ({wanted})"
            if line.type is None
            else f"`{line.name.text}` is {wanted}"
        )
        self.symbols.fault(
            values.UNIT_MISMATCH, line.value.span, f"{what}; this is {mine}", label=str(mine), help=help_text
        )

    def _role_allows_type(self, declared: ValueType) -> bool:
        """What is paid is money of the plan's currency, whatever type is declared."""
        line, currency = self.line, self.symbols.currency
        if line.role not in PAID_ROLES or not currency:
            return True
        if isinstance(declared, NumberType) and declared.unit == Unit.of(currency):
            return True
        assert line.type is not None
        self.symbols.fault(
            values.UNIT_MISMATCH,
            line.type.span,
            f"{_article(line.role)} line is money ({currency}); it is declared {declared}",
            help="leave the type out, or make it a `let` and pay what it is worth",
        )
        return False

    def _role_allows(self, value: typed.Expr) -> bool:
        line, type_ = self.line, value.type
        if line.role == "let":
            return True
        if isinstance(type_, RowType | ReferenceType) or (
            line.role in PAID_ROLES and not isinstance(type_, NumberType)
        ):
            wanted = "money" if line.role in PAID_ROLES else "a single value"
            self.symbols.fault(
                values.TYPE_MISMATCH, line.value.span, f"{_article(line.role)} line is {wanted}; this is {type_}"
            )
            return False
        if not isinstance(type_, NumberType):
            return True
        places = PLACES_MAX if line.role == "show" else self.symbols.currency_places
        return self._exact(value, places, f"{_article(line.role)} line")

    def _exact(self, value: typed.Expr, places: int, what: str) -> bool:
        line, type_ = self.line, value.type
        assert isinstance(type_, NumberType)
        if type_.places is None:
            self.symbols.fault(
                values.QUOTIENT_NOT_ROUNDED,
                line.value.span,
                f"{what} may not hold an exact fraction",
                help="round it: `round(...)`" if self._is_money(type_) else "round it: `round(..., 2)`",
            )
            return False
        if type_.places > places:
            shown = "`round(...)`" if self._is_money(type_) else f"`round(..., {places})`"
            if isinstance(value, typed.Round):
                shown = f"to at most {places} places, `round(..., {places})`"
            self.symbols.fault(
                values.NOT_EXACT,
                line.value.span,
                f"this has {_places(type_.places)}, {what} has {places}",
                help=f"round it: {shown}",
            )
            return False
        return True

    def _is_money(self, type_: NumberType) -> bool:
        return bool(self.symbols.currency) and type_.unit.power_of(self.symbols.currency) == 1

    def _declared(
        self, value: typed.Expr, declared: ValueType | None, *, conditional: bool
    ) -> tuple[ValueType, Interval | DateType | None, bool]:
        """The line's type, the range to check for each row if it is not proven, and whether all is well."""
        type_ = value.type
        if declared is None:
            return type_, None, True
        if isinstance(declared, DateType) and isinstance(type_, DateType):
            return self._declared_date(type_, declared)
        if not isinstance(declared, NumberType) or not isinstance(type_, NumberType):
            if not same_type(declared, type_):
                message = f"`{self.line.name.text}` is declared {declared}; this is {type_}"
                self.symbols.fault(values.TYPE_MISMATCH, self.line.value.span, message)
                return type_, None, False
            return type_, None, True
        assert declared.places is not None
        if not self._exact(value, declared.places, f"`{self.line.name.text}` as declared"):
            return type_, None, False
        if declared.interval.covers(type_.interval):
            return replace(type_, places=declared.places, percent=declared.percent), None, True
        met = type_.interval.meet(declared.interval)
        if met is None and not (conditional and 0 in declared.interval):
            self._report_never(*(format_value(each, type_) for each in (type_.interval.low, type_.interval.high)))
            return type_, None, False
        inside = replace(declared, interval=met or Interval.of(0))
        return inside, declared.interval, True

    def _declared_date(self, type_: DateType, declared: DateType) -> tuple[ValueType, DateType | None, bool]:
        low, high = max(type_.low, declared.low), min(type_.high, declared.high)
        if low > high:
            self._report_never(str(type_.low), str(type_.high))
            return type_, None, False
        proven = declared.low <= type_.low and type_.high <= declared.high
        return DateType(low, high), None if proven else declared, True

    def _report_never(self, low: str, high: str) -> None:
        message = f"this is {low}" if low == high else f"this lies between {low} and {high}"
        self.symbols.fault(
            values.RANGE_NEVER_MET,
            self.line.value.span,
            f"{message}, never in the declared range",
            help="change the range or the expression",
        )


def _free(type_: ValueType | None) -> NumberType:
    """A number type without its places: what is finer is reported as not exact, with the way to round it."""
    assert isinstance(type_, NumberType)
    return replace(type_, places=None)


def _article(role: str) -> str:
    return f"an `{role}`" if role == "employer" else f"a `{role}`"


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"

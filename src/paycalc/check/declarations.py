"""The header, kinds, entities and parameters of a plan: from tree to symbols."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from paycalc.check.events import check_clauses, check_events, find_levels
from paycalc.check.faults import names, values
from paycalc.check.literals import read_literal
from paycalc.check.symbols import FUNCTIONS, KEPT_NAMES, EntityScope, Symbols, suggestion
from paycalc.check.type_expressions import TYPE_WORDS, read_type
from paycalc.check.typed import PLAN_GRAIN, Column, Field, Parameter, PeriodValue, Reference
from paycalc.check.types import DateType, MemberType, NumberType, ReferenceType, Value, ValueType
from paycalc.core.calendar import PeriodRule
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.number import Interval
from paycalc.core.span import Span
from paycalc.core.timezone import zone_named
from paycalc.core.unit import PLAIN
from paycalc.syntax import tree

_PERIOD_KINDS = ("day", "week", "days", "half_month", "month", "quarter", "year")
_START = Span(0, 0)


def check_header(plan: tree.Plan, symbols: Symbols, *, header_unreadable: bool) -> PeriodRule | None:
    """Currency, time zone and payee go into the symbols; the rule of the periods is returned."""
    symbols.entities[PLAN_GRAIN] = EntityScope(PLAN_GRAIN, _START, "the plan")
    header = plan.header
    if header is None:  # the parser has reported it
        symbols.timezone_faulty = True
        return None
    symbols.plan_scope.span = header.name.span
    if not header_unreadable:
        _check_settings_present(header, symbols)
    _check_currency(header, symbols)
    _check_timezone(header, symbols)
    return _check_period(header, symbols)


def _check_settings_present(header: tree.Header, symbols: Symbols) -> None:
    wanted = {"currency": "currency CNY", "period": "period month", "payee": "payee worker"}
    missing = [name for name in wanted if getattr(header, name) is None]
    if missing:
        symbols.fault(
            names.SETTING_MISSING,
            header.name.span,
            "the plan does not say its " + " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1]))),
            help="add under `plan`, indented: " + ", ".join(f"`{wanted[name]}`" for name in missing),
        )


def _check_currency(header: tree.Header, symbols: Symbols) -> None:
    if header.currency is None:
        return
    code = header.currency.text
    if code in CURRENCY_PLACES:
        symbols.currency, symbols.currency_places = code, CURRENCY_PLACES[code]
        return
    known = {"RMB": "CNY", "YUAN": "CNY", "EURO": "EUR", "DOLLAR": "USD"}.get(code.upper(), code.upper())
    help_text = (
        f"did you mean `{known}`?" if known in CURRENCY_PLACES else "write its ISO 4217 code, e.g. `CNY` or `EUR`"
    )
    symbols.fault(
        names.UNKNOWN_CURRENCY, header.currency.span, f"there is no currency `{code}` in ISO 4217", help=help_text
    )


def _check_timezone(header: tree.Header, symbols: Symbols) -> None:
    if header.timezone is None:
        return
    name = header.timezone.text
    symbols.timezone = zone_named(name)
    if symbols.timezone is None:
        symbols.timezone_faulty = True
        symbols.fault(
            names.UNKNOWN_TIMEZONE,
            header.timezone.span,
            f"there is no time zone `{name}`",
            help="write a name of the IANA data base, e.g. `Asia/Shanghai`, `Europe/Berlin`, `UTC`; "
            "on a machine without that data base, install the package `tzdata`",
        )


def _check_period(header: tree.Header, symbols: Symbols) -> PeriodRule | None:
    written = header.period
    if written is None:
        return None
    if written.kind in _PERIOD_KINDS:
        try:
            return PeriodRule(written.kind, written.count, written.start)
        except ValueError as error:
            message, help_text = str(error), "write e.g. `14 days from 2026-01-05`"
    else:
        message = f"`{written.kind}` is not a kind of period"
        help_text = suggestion(written.kind, list(_PERIOD_KINDS)) or (
            "write day, week, `14 days from 2026-01-05`, half_month, month, quarter or year"
        )
    symbols.fault(names.UNKNOWN_PERIOD, written.span, message, help=help_text)
    return None


def declare_types(plan: tree.Plan, symbols: Symbols) -> None:
    """First pass: names of entities and kinds, so that columns may refer to any of them."""
    places: dict[str, Span] = {}
    for declaration in plan.declarations:
        if not isinstance(declaration, tree.Entity | tree.Kind):
            continue
        name = declaration.name
        if name.text in TYPE_WORDS or name.text in KEPT_NAMES:
            symbols.fault(
                names.RESERVED_NAME, name.span, f"`{name.text}` cannot be defined", help="choose another name"
            )
            symbols.faulty_types.add(name.text)
            continue
        if name.text in places:
            symbols.duplicate(name, places[name.text])
            continue
        places[name.text] = name.span
        if isinstance(declaration, tree.Entity):
            scope = EntityScope(name.text, name.span, declaration.label or "")
            symbols.entities[name.text] = scope
        else:
            _declare_kind(declaration, symbols)


def _declare_kind(declaration: tree.Kind, symbols: Symbols) -> None:
    name = declaration.name.text
    if declaration.type.word != "one of":
        symbols.faulty_types.add(name)
        symbols.fault(
            values.LITERAL_TYPE,
            declaration.type.span,
            "a kind names an enumeration",
            help=f"write e.g. `kind {name} = one of junior, senior`",
        )
        return
    type_ = read_type(declaration.type, symbols)
    if isinstance(type_, MemberType):
        symbols.kinds[name] = MemberType(type_.members, name)
        position = symbols.enumerations.index(type_)
        symbols.enumerations[position] = symbols.kinds[name]


def check_entities(plan: tree.Plan, symbols: Symbols, rule: PeriodRule | None) -> None:
    """Second pass: columns, references, parameters, bounds, and the payee."""
    seen: set[str] = set()
    for declaration in plan.declarations:
        if isinstance(declaration, tree.Entity) and declaration.name.text not in seen:
            seen.add(declaration.name.text)
            scope = symbols.entities.get(declaration.name.text)
            if scope is not None and scope.span == declaration.name.span:
                _check_entity(declaration, scope, symbols)
    for declaration in plan.declarations:
        if isinstance(declaration, tree.Parameters):
            _check_parameters(declaration, symbols)
    _declare_period_values(symbols, rule)
    if plan.header is not None and plan.header.payee is not None:
        scope = symbols.entity(plan.header.payee)
        if scope is not None and scope.name == PLAN_GRAIN:
            symbols.fault(
                names.UNKNOWN_ENTITY,
                plan.header.payee.span,
                "the plan itself cannot be paid",
                help="name the entity whose rows are paid",
            )
        elif scope is not None:
            symbols.payee = scope.name
    check_events(plan, symbols)
    find_levels(symbols)


def _check_entity(declaration: tree.Entity, scope: EntityScope, symbols: Symbols) -> None:
    scope.places_of_names[scope.name] = declaration.name.span  # the key column bears the entity's name
    if declaration.belongs_to is not None:
        target = symbols.entity(declaration.belongs_to)
        if target is scope:
            symbols.fault(
                names.RESERVED_NAME,
                declaration.belongs_to.span,
                f"{scope.name} cannot belong to itself",
                why="`in` declares a reference with the name of the other entity, and here that is the key's",
                help=f"declare a reference with a name of its own, e.g. `manager : {scope.name} optional`",
            )
            scope.faulty.add(scope.name)
        elif target is not None and target.name != PLAN_GRAIN and symbols.claim(scope, declaration.belongs_to):
            scope.fields[target.name] = Reference(
                scope.name,
                target.name,
                ReferenceType(target.name),
                declaration.belongs_to.span,
                target=target.name,
                belongs=True,
            )
    for column in declaration.columns:
        _check_columns(column, scope, symbols, _make_column)
    check_clauses(declaration, scope, symbols)
    if declaration.bound is not None:
        per = symbols.entity(declaration.bound.per)
        if per is not None:
            scope.rows_max, scope.rows_max_per = declaration.bound.count, per.name
            if per.name != PLAN_GRAIN and not any(each.target == per.name for each in scope.references):
                symbols.fault(
                    names.NO_REFERENCE,
                    declaration.bound.per.span,
                    f"{scope.name} does not refer to {per.name}",
                    help=f"write `in {per.name}`, or bound the rows per plan",
                )


def _check_parameters(declaration: tree.Parameters, symbols: Symbols) -> None:
    scope = symbols.plan_scope if declaration.entity is None else symbols.entity(declaration.entity)
    if scope is not None:
        for column in declaration.columns:
            _check_columns(column, scope, symbols, _make_parameter)


_Maker = Callable[[EntityScope, tree.Column, tree.Identifier, ValueType, Value | None], Field]


def _make_column(
    scope: EntityScope, written: tree.Column, name: tree.Identifier, type_: ValueType, default: Value | None
) -> Field:
    if isinstance(type_, ReferenceType):
        return Reference(
            scope.name, name.text, type_, name.span, written.optional, target=type_.entity, label=written.label or ""
        )
    return Column(scope.name, name.text, type_, name.span, written.optional, default=default, label=written.label or "")


def _make_parameter(
    scope: EntityScope, written: tree.Column, name: tree.Identifier, type_: ValueType, default: Value | None
) -> Field:
    return Parameter(
        scope.name, name.text, type_, name.span, written.optional, default=default, label=written.label or ""
    )


def _check_columns(written: tree.Column, scope: EntityScope, symbols: Symbols, make: _Maker) -> None:
    type_ = read_type(written.type, symbols)
    default = None
    if isinstance(type_, ReferenceType) and make is _make_parameter:
        symbols.fault(
            values.TYPE_MISMATCH,
            written.type.span,
            "a parameter cannot be a reference",
            why="parameters are values; which row a row refers to is a matter of the data",
            help="declare it as a column of the entity",
        )
        type_ = None
    if written.default is not None and type_ is not None:
        if written.optional:
            symbols.fault(
                values.OPTIONAL_WITH_DEFAULT,
                written.span,
                "optional, and with a default",
                help="keep either `optional` or the default",
            )
        elif isinstance(type_, ReferenceType):
            symbols.fault(
                values.REFERENCE_DEFAULT,
                written.default.span,
                "a reference has no default",
                help="make the reference `optional`",
            )
        else:
            default = read_literal(written.default, type_, symbols)
    for name in written.names:
        if symbols.claim(scope, name):
            if type_ is None:
                scope.faulty.add(name.text)
            else:
                scope.fields[name.text] = make(scope, written, name, type_, default)


def _declare_period_values(symbols: Symbols, rule: PeriodRule | None) -> None:
    lengths = {"day": (1, 1), "week": (7, 7), "half_month": (13, 16), "month": (28, 31), "quarter": (90, 92)}
    shortest, longest = (1, 36_525) if rule is None else lengths.get(rule.kind, (365, 366))
    if rule is not None and rule.count is not None:
        shortest = longest = rule.count
    days = NumberType(PLAIN, 0, Interval(Fraction(shortest), Fraction(longest)))
    symbols.period_values = {
        "start": PeriodValue(PLAN_GRAIN, "period.start", DateType(), _START),
        "end": PeriodValue(PLAN_GRAIN, "period.end", DateType(), _START),
        "days": PeriodValue(PLAN_GRAIN, "period.days", days, _START),
    }


def check_callable_names(plan: tree.Plan, symbols: Symbols) -> None:
    """Tables, ladders and functions share their names: each is used before `(`."""
    places: dict[str, Span] = {}
    for declaration in plan.declarations:
        if not isinstance(declaration, tree.Table | tree.Ladder):
            continue
        name = declaration.name
        if name.text in FUNCTIONS or name.text in ("sum", "count", "any", "all", "mean"):
            symbols.fault(
                names.RESERVED_NAME,
                name.span,
                f"`{name.text}` is a function of the language",
                help="choose another name",
            )
        elif name.text in places:
            symbols.duplicate(name, places[name.text])
        places.setdefault(name.text, name.span)

"""Written values (ranges, defaults, cells, examples) read as a declared type."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from paycalc.check.faults import values
from paycalc.check.symbols import suggestion
from paycalc.check.types import (
    DATE_MAX,
    DATE_MIN,
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    TextType,
    Value,
    ValueType,
    format_value,
)
from paycalc.core.calendar import civil_moment, moments_showing
from paycalc.core.diagnostic import Diagnostic
from paycalc.core.number import decimal_places, format_decimal
from paycalc.core.span import Span
from paycalc.core.unit import PLAIN, Unit
from paycalc.syntax import tree

if TYPE_CHECKING:
    from paycalc.check.symbols import Symbols


def read_unit(expression: tree.UnitExpression | None) -> Unit:
    """The unit of `tonne km`, `CNY per hour`; none written: a plain number."""
    unit = PLAIN
    if expression is not None:
        for term in expression.above:
            unit = unit * Unit.of(term.name, term.power)
        for term in expression.below:
            unit = unit / Unit.of(term.name, term.power)
    return unit


def describe(node: tree.Expression) -> str:
    """What a written value is, for a message."""
    match node:
        case tree.Unary(operator="-", operand=tree.Number() as number):
            return "-" + describe(number)
        case tree.Number():
            return format_decimal(node.value * 100) + "%" if node.percent else format_decimal(node.value)
        case tree.Text():
            return f'"{node.value}"'
        case tree.Date() | tree.DateTime():
            return node.value.isoformat()
        case tree.Name():
            return f"`{node.text}`"
    return "this expression"


def number_of(node: tree.Expression) -> tuple[Fraction, tree.Number] | None:
    """The value of a number with or without a minus, and the number itself."""
    if isinstance(node, tree.Unary) and node.operator == "-" and isinstance(node.operand, tree.Number):
        return -node.operand.value, node.operand
    return (node.value, node) if isinstance(node, tree.Number) else None


def read_literal(node: tree.Expression, type_: ValueType, symbols: Symbols, *, in_range: bool = True) -> Value | None:
    """The value written, exactly of the type; None after a fault was reported.

    in_range=False leaves the range to the caller (bounds of a band may lie outside it).
    """
    match type_:
        case NumberType():
            return _read_number(node, type_, symbols, in_range)
        case FlagType() if isinstance(node, tree.Name) and node.text in ("yes", "no"):
            return node.text == "yes"
        case MemberType():
            return _read_member(node, type_, symbols)
        case DateType() if isinstance(node, tree.Date):
            if in_range and not type_.low <= node.value <= type_.high:
                _report_out_of_range(node, f"{type_.low} .. {type_.high}", symbols)
                return None
            return node.value
        case MomentType() if isinstance(node, tree.DateTime):
            return _read_moment(node, symbols)
        case TextType() if isinstance(node, tree.Text):
            return node.value
        case ReferenceType():
            return read_key(node, symbols)
    _report_type(node, type_, symbols)
    return None


def read_key(node: tree.Expression, symbols: Symbols) -> str | int | None:
    """A key of a row: a name, a whole number, or a text in quotes."""
    match node:
        case tree.Name(parts=(part,)):
            return part.text
        case tree.Text():
            return node.value
        case tree.Number() if node.value.denominator == 1 and node.unit is None and not node.percent:
            return node.value.numerator
    symbols.fault(
        values.LITERAL_TYPE,
        node.span,
        f"a key is wanted, not {describe(node)}",
        help="quote keys that are not names or whole numbers",
    )
    return None


def _read_moment(node: tree.DateTime, symbols: Symbols) -> datetime | None:
    zone, written = symbols.timezone or UTC, node.value
    # Without a zone a written moment is one of the plan's zone; a plan that has none was reported where moments begin.
    if not DATE_MIN.year - 1 <= written.year <= DATE_MAX.year + 1:
        found = []
    else:
        found = moments_showing(written, zone) if written.tzinfo is None else [civil_moment(written, zone)]
        if len(found) != 1:
            clock = written.isoformat(timespec="auto" if written.second else "minutes")
            symbols.fault(
                values.AMBIGUOUS_MOMENT,
                node.span,
                f"the clocks of {zone} {'show' if found else 'never show'} {clock}{' twice' if found else ''}",
                help="write the moment with its offset, e.g. "
                + (f"`{found[0].isoformat(timespec='minutes')}`" if found else f"`{clock}+01:00`"),
            )
            return None
    if not found or not DATE_MIN <= found[0].date() <= DATE_MAX:
        _report_out_of_range(node, f"{DATE_MIN} .. {DATE_MAX}", symbols)
        return None
    return found[0]


def _read_number(node: tree.Expression, type_: NumberType, symbols: Symbols, in_range: bool) -> Value | None:
    found = number_of(node)
    if found is None or (found[1].percent and type_.unit != PLAIN):
        _report_type(node, type_, symbols)
        return None
    value, number = found
    if type_.percent and not number.percent and value != 0:
        symbols.fault(
            values.PERCENT_SIGN,
            node.span,
            f"{describe(node)} is to be a percentage",
            help=f"write `{describe(node)}%`, or `{format_decimal(value * 100)}%` if the ratio was meant",
        )
        return None
    if number.unit is not None and not _unit_fits(number, type_, symbols):
        return None
    needed = decimal_places(value)
    if type_.places is not None and needed is not None and needed > type_.places:
        shown = type_.places - 2 if type_.percent else type_.places
        symbols.fault(
            values.TOO_MANY_PLACES,
            node.span,
            f"{describe(node)} has more than {shown} decimal places",
            help=f"write it with at most {shown} places, or give the type more places",
        )
        return None
    if in_range and value not in type_.interval:
        low, high = (format_value(bound, type_) for bound in (type_.interval.low, type_.interval.high))
        _report_out_of_range(node, f"{low} .. {high}", symbols)
        return None
    return value


def _unit_fits(number: tree.Number, type_: NumberType, symbols: Symbols) -> bool:
    unit = read_unit(number.unit)
    if unit == type_.unit:
        return True
    symbols.fault(
        values.UNIT_MISMATCH,
        number.span,
        f"{unit} stands where {type_.unit} is wanted",
        help="leave the unit out or convert the number",
    )
    return False


def _read_member(node: tree.Expression, type_: MemberType, symbols: Symbols) -> str | None:
    written = None
    if isinstance(node, tree.Name) and len(node.parts) == 1:
        written = node.text
    elif isinstance(node, tree.Text):
        written = node.value
    if written is None:
        _report_type(node, type_, symbols)
        return None
    if written not in type_.members:
        symbols.report(unknown_member(written, node.span, type_))
        return None
    return written


def unknown_member(written: str, span: Span, type_: MemberType) -> Diagnostic:
    """The fault of a word that stands where a member is wanted, and is none."""
    return values.UNKNOWN_MEMBER.at(
        span,
        f"`{written}` is not {type_}" if type_.name else f"`{written}` is none of {', '.join(type_.members)}",
        help=suggestion(written, list(type_.members), "the members are"),
    )


def _report_type(node: tree.Expression, type_: ValueType, symbols: Symbols) -> None:
    help_text = _form(type_)
    if isinstance(node, tree.Name) and isinstance(type_, NumberType):
        help_text = "columns, parameters and lines have no value here: " + help_text
    symbols.fault(values.LITERAL_TYPE, node.span, f"{type_} is wanted here, not {describe(node)}", help=help_text)


def _form(type_: ValueType) -> str:
    match type_:
        case NumberType():
            return "write e.g. `2.5%`" if type_.percent else "write e.g. `1_000` or `0.50`"
        case FlagType():
            return "write `yes` or `no`"
        case DateType():
            return "write e.g. `2026-10-15`"
        case MomentType():
            return "write e.g. `2026-10-15T08:30`"
        case TextType():
            return 'write a text in quotes, e.g. `"north"`'
        case MemberType():
            return "write one of " + ", ".join(f"`{each}`" for each in type_.members[:12])
    return ""


def _report_out_of_range(node: tree.Expression, bounds: str, symbols: Symbols) -> None:
    symbols.fault(
        values.LITERAL_OUT_OF_RANGE,
        node.span,
        f"{describe(node)} lies outside {bounds}",
        help="change the value, or the range where it is declared",
    )

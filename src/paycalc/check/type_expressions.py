"""Types as written to types: words, places, units, ranges and what holds when no range is written."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache

from paycalc.check.arithmetic import VALUE_BITS_MAX
from paycalc.check.faults import names, values
from paycalc.check.literals import describe, read_literal, read_unit
from paycalc.check.symbols import Symbols, suggestion
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
)
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.diagnostic import Label
from paycalc.core.number import Interval
from paycalc.core.span import Span
from paycalc.core.unit import POINTS, Unit
from paycalc.syntax import tree

PLACES_MAX = 9
DEFAULT_INTERVALS = {
    "int": Interval.of(-(10**9), 10**9),
    "decimal": Interval.of(-(10**7), 10**7),
    "money": Interval.of(-(10**12), 10**12),
    "percent": Interval.of(-1, 10),
    "points": Interval.of(-(10**9), 10**9),
}
TYPE_WORDS = ("flag", "int", "decimal", "money", "percent", "points", "date", "datetime", "text")
# What other languages call the types.
_ELSEWHERE = {
    "integer": "int", "number": "decimal(2)", "numeric": "decimal(2)", "float": "decimal(2)", "double": "decimal(2)",
    "string": "text", "str": "text", "bool": "flag", "boolean": "flag", "amount": "money", "currency": "money",
    "time": "datetime", "timestamp": "datetime", "moment": "datetime", "enum": "one of",
}  # fmt: skip
# The places when none are written; None: they must be written (decimal) or are the currency's (money).
_DEFAULT_PLACES = {"int": 0, "decimal": None, "money": None, "percent": 0, "points": 2}


def word_span(written: tree.TypeExpression) -> Span:
    """The type's word, with its places, apart from unit and range."""
    end = min((each.span.start for each in (written.unit, written.range) if each is not None), default=written.span.end)
    return Span(written.span.start, max(end - 1, written.span.start + 1) if end < written.span.end else end)


def read_type(written: tree.TypeExpression, symbols: Symbols) -> ValueType | None:
    """The type meant, None after a fault was reported (or its name is known to be faulty)."""
    if written.word == "one of":
        return _read_enumeration(written, symbols)
    if written.word in DEFAULT_INTERVALS:
        return _read_number_type(written, symbols)
    if written.word in TYPE_WORDS:
        return _read_other_type(written, symbols)
    if written.word in symbols.kinds or written.word in symbols.entities:
        if not _is_bare(written, symbols):
            return None
        kind = symbols.kinds.get(written.word)
        return kind if kind is not None else ReferenceType(written.word)
    if written.word not in symbols.faulty_types:
        known = [*TYPE_WORDS, *symbols.kinds, *(each for each in symbols.entities if each != "plan")]
        symbols.fault(
            names.UNKNOWN_TYPE,
            word_span(written),
            f"there is no type, kind or entity `{written.word}`",
            help=f"did you mean `{_ELSEWHERE[written.word.lower()]}`?"
            if written.word.lower() in _ELSEWHERE
            else suggestion(written.word, known, "known are"),
        )
    return None


def _read_enumeration(written: tree.TypeExpression, symbols: Symbols) -> MemberType | None:
    first: dict[str, tree.Identifier] = {}
    for member in written.members:
        if member.text in first:
            symbols.fault(
                names.DUPLICATE_NAME,
                member.span,
                f"the member `{member.text}` is listed twice",
                also=(Label(first[member.text].span, "first here"),),
                help="remove one of them",
            )
        elif member.text in ("none", "inherit") and not member.quoted:
            symbols.fault(
                names.RESERVED_NAME,
                member.span,
                f"`{member.text}` cannot be a member",
                why="in parameter data `none` and `inherit` are statements of their own",
                help="choose another word, e.g. `no_grade`",
            )
        first.setdefault(member.text, member)
    type_ = MemberType(tuple(first))
    symbols.add_enumeration(type_)
    return type_


def _places(written: tree.TypeExpression, symbols: Symbols, currency: str | None) -> int | None:
    """Places of a number type, counted in the plain number (a percent has two more); None after a fault."""
    places, word = written.places, written.word
    if places is None:
        places = CURRENCY_PLACES[currency] if currency else _DEFAULT_PLACES[word]
    if places is None or not 0 <= places <= PLACES_MAX or (written.places is not None and word in ("int", "points")):
        if word in ("int", "points"):
            message, help_text = f"`{word}` has no places of its own", "write `decimal(2)` for two places"
        elif places is None:
            message, help_text = "`decimal` without its places", "write `decimal(2)` for two places"
        else:
            message, help_text = f"{places} places are too many", f"at most {PLACES_MAX} are possible"
        symbols.fault(values.TYPE_PLACES, word_span(written), message, help=help_text)
        return None
    return places + 2 if word == "percent" else places


def _read_number_type(written: tree.TypeExpression, symbols: Symbols) -> NumberType | None:
    unit, currency = read_unit(written.unit), None
    if written.word == "money":
        if not symbols.currency:
            return None  # the header's currency is faulty, and was reported there
        above = written.unit.above if written.unit is not None else ()
        foreign = bool(above) and above[0].name in CURRENCY_PLACES
        currency = above[0].name if foreign else symbols.currency
        unit = unit if foreign else unit * Unit.of(currency)
    elif written.word == "points":
        unit = unit * POINTS
    places = _places(written, symbols, currency)
    if places is None:
        return None
    percent = written.word == "percent"
    interval = DEFAULT_INTERVALS[written.word]
    plain = NumberType(unit, places, interval, percent)
    if written.range is None:
        return plain
    unlimited = NumberType(unit, places, _widest(places), percent)
    low, high = (_read_end(each, unlimited, symbols) for each in (written.range.low, written.range.high))
    if low is None or high is None:
        return plain  # reported; the default range avoids follow-up faults
    if low > high:  # type: ignore[operator]
        _report_inverted(written.range, symbols)
        return plain
    return NumberType(unit, places, Interval.of(low, high), percent)  # type: ignore[arg-type]


@cache
def _widest(places: int) -> Interval:
    """All numbers of so many places that a value can hold."""
    widest = Fraction(2**VALUE_BITS_MAX - 1, 10**places)
    return Interval(-widest, widest)


def _read_end(written: tree.Expression, unlimited: NumberType, symbols: Symbols) -> Value | None:
    value = read_literal(written, unlimited, symbols, in_range=False)
    if isinstance(value, Fraction) and value not in unlimited.interval:
        message = f"{describe(written)} is too large: its type holds {VALUE_BITS_MAX} bits"
        symbols.fault(values.LITERAL_OUT_OF_RANGE, written.span, message, help="write a smaller bound")
        return None
    return value


def _read_other_type(written: tree.TypeExpression, symbols: Symbols) -> ValueType | None:
    if written.word == "date":
        if not _is_bare(written, symbols, range_allowed=True):
            return None
        if written.range is None:
            return DateType()
        low = read_literal(written.range.low, DateType(), symbols)
        high = read_literal(written.range.high, DateType(), symbols)
        if not isinstance(low, date) or not isinstance(high, date):
            return DateType(DATE_MIN, DATE_MAX)
        if low > high:
            _report_inverted(written.range, symbols)
            return DateType()
        return DateType(low, high)
    if not _is_bare(written, symbols):
        return None
    if written.word == "datetime":
        require_timezone(written, symbols)
        return MomentType()
    return FlagType() if written.word == "flag" else TextType()


def _is_bare(written: tree.TypeExpression, symbols: Symbols, *, range_allowed: bool = False) -> bool:
    if written.places is not None:
        symbols.fault(
            values.TYPE_PLACES,
            word_span(written),
            f"`{written.word}` has no places",
            help="places belong to decimal, money and percent",
        )
        return False
    if written.unit is not None or (written.range is not None and not range_allowed):
        what = "unit" if written.unit is not None else "range"
        node = written.unit if written.unit is not None else written.range
        where = node.span if node is not None else written.span
        symbols.fault(values.TYPE_UNIT, where, f"`{written.word}` has no {what}", help=f"leave the {what} out")
        return False
    return True


def _report_inverted(written: tree.Range, symbols: Symbols) -> None:
    symbols.fault(
        values.RANGE_INVERTED,
        written.span,
        f"the range begins above its end: {describe(written.low)} .. {describe(written.high)}",
        help="write the lower bound first",
    )


def require_timezone(node: tree.Node, symbols: Symbols) -> bool:
    """Reports, once a plan, that a moment is used without a time zone."""
    if symbols.timezone is not None or symbols.timezone_faulty:
        return symbols.timezone is not None
    symbols.timezone_faulty = True
    symbols.fault(
        names.TIMEZONE_MISSING,
        node.span,
        "this is a moment, and the plan names no time zone",
        help="add e.g. `timezone Asia/Shanghai` under `plan`",
    )
    return False

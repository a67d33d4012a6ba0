"""What each operation means, said plainly on Python's integers: the twins that the loops are compared with.

ROWS holds the operations that make a value of the values of one row: by name (without its lane) a function of a, b, c,
the constant and the rounding mode. The others, which read or write a column, have their twins in the tests themselves;
the lists below say which.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction

from paycalc.core.calendar import days_in_month, months_between, years_between
from paycalc.core.number import ROUNDING_MODES

MODES = tuple(ROUNDING_MODES)
EPOCH = date(1970, 1, 1)
DAY = 86_400_000_000

Twin = Callable[[int, int, int, int, int], int]


def day(days: int) -> date:
    return EPOCH + timedelta(days=days)


def quotient(a: int, by: int, mode: int) -> int:
    return ROUNDING_MODES[MODES[mode]](Fraction(a, by))


def modulo(a: int, by: int) -> int:
    return a % by


def counted(by: int) -> int:
    """A divisor as it counts: one that is not positive is read by nobody."""
    return max(by, 1)


def signed(value: int) -> int:
    """The number that the low 64 bits stand for."""
    return (value + 2**63) % 2**64 - 2**63


def reached(thresholds: Sequence[int], value: int, mode: int) -> int:
    return bisect_left(thresholds, value) if mode else bisect_right(thresholds, value)


ROWS: dict[str, Twin] = {
    "I32_I64": lambda a, b, c, imm, mode: a,
    "I32_I128": lambda a, b, c, imm, mode: a,
    "I64_I128": lambda a, b, c, imm, mode: a,
    "I64_I32": lambda a, b, c, imm, mode: a,
    "I128_I32": lambda a, b, c, imm, mode: a,
    "I128_I64": lambda a, b, c, imm, mode: a,
    "U8_I32": lambda a, b, c, imm, mode: a,
    "ADD": lambda a, b, c, imm, mode: a + b,
    "SUB": lambda a, b, c, imm, mode: a - b,
    "MUL": lambda a, b, c, imm, mode: a * b,
    "NEG": lambda a, b, c, imm, mode: -a,
    "ABS": lambda a, b, c, imm, mode: abs(a),
    "MIN": lambda a, b, c, imm, mode: min(a, b),
    "MAX": lambda a, b, c, imm, mode: max(a, b),
    "ADDC": lambda a, b, c, imm, mode: a + imm,
    "RSUBC": lambda a, b, c, imm, mode: imm - a,
    "MULC": lambda a, b, c, imm, mode: a * imm,
    "MINC": lambda a, b, c, imm, mode: min(a, imm),
    "MAXC": lambda a, b, c, imm, mode: max(a, imm),
    "SELECT": lambda a, b, c, imm, mode: b if a else c,
    "SELECTZ": lambda a, b, c, imm, mode: b if a else 0,
    "MULADD": lambda a, b, c, imm, mode: a + b * c,
    "ADD3": lambda a, b, c, imm, mode: a + b + c,
    "ADDZ": lambda a, b, c, imm, mode: a + c if b else a,
    "OVER": lambda a, b, c, imm, mode: max(a - b, 0),
    "OVERC": lambda a, b, c, imm, mode: max(a - imm, 0),
    "CLAMP": lambda a, b, c, imm, mode: min(max(a, b), c),
    "BETWEEN_I32": lambda a, b, c, imm, mode: signed(imm) <= a <= imm >> 64,
    "BETWEEN_I64": lambda a, b, c, imm, mode: signed(imm) <= a <= imm >> 64,
    "MULW_I64": lambda a, b, c, imm, mode: a * b,
    "MULW_I128": lambda a, b, c, imm, mode: a * b,
    "LT": lambda a, b, c, imm, mode: a < b,
    "LE": lambda a, b, c, imm, mode: a <= b,
    "EQ": lambda a, b, c, imm, mode: a == b,
    "LTC": lambda a, b, c, imm, mode: a < imm,
    "LEC": lambda a, b, c, imm, mode: a <= imm,
    "GTC": lambda a, b, c, imm, mode: a > imm,
    "GEC": lambda a, b, c, imm, mode: a >= imm,
    "EQC": lambda a, b, c, imm, mode: a == imm,
    "AND": lambda a, b, c, imm, mode: a and b,
    "OR": lambda a, b, c, imm, mode: a or b,
    "NOT": lambda a, b, c, imm, mode: not a,
    "SAME": lambda a, b, c, imm, mode: a == b,
    "CHOOSE": lambda a, b, c, imm, mode: b if a else c,
    "DIVC": lambda a, b, c, imm, mode: quotient(a, imm, mode),
    "DIV": lambda a, b, c, imm, mode: quotient(a, counted(b), mode),
    "MODC": lambda a, b, c, imm, mode: modulo(a, imm),
    "MOD": lambda a, b, c, imm, mode: modulo(a, b or 1),
    "DIVC_FAST_I32": lambda a, b, c, imm, mode: quotient(a, imm, mode),
    "DIVC_FAST_I64": lambda a, b, c, imm, mode: quotient(a, imm, mode),
    "DIV_FAST_I32": lambda a, b, c, imm, mode: quotient(a, counted(b), mode),
    "DIV_FAST_I64": lambda a, b, c, imm, mode: quotient(a, counted(b), mode),
    "MULDIV_FAST_I32": lambda a, b, c, imm, mode: quotient(a * b, counted(c), mode),
    "MULDIVC_FAST_I32": lambda a, b, c, imm, mode: quotient(a * b, imm, mode),
    "MULDIVC_FAST_I64": lambda a, b, c, imm, mode: quotient(a * b, imm, mode),
    "PACK_I32": lambda a, b, c, imm, mode: signed(a * 2**imm + b),
    "PACK_I64": lambda a, b, c, imm, mode: signed(a * 2**imm + b),
    "DATE_OF": lambda a, b, c, imm, mode: a // DAY,
    "HOUR": lambda a, b, c, imm, mode: a % DAY // 3_600_000_000,
    "MINUTE": lambda a, b, c, imm, mode: a % 3_600_000_000 // 60_000_000,
    "YEAR": lambda a, b, c, imm, mode: day(a).year,
    "MONTH": lambda a, b, c, imm, mode: day(a).month,
    "DAY": lambda a, b, c, imm, mode: day(a).day,
    "WEEKDAY": lambda a, b, c, imm, mode: day(a).isoweekday(),
    "DAYS_IN_MONTH": lambda a, b, c, imm, mode: days_in_month(day(a)),
    "MONTHS_BETWEEN": lambda a, b, c, imm, mode: months_between(day(a), day(b)),
    "YEARS_BETWEEN": lambda a, b, c, imm, mode: years_between(day(a), day(b)),
}

# What some operations work out on the way, and what has to fit into their lane too.
INSIDE: dict[str, Twin] = {
    "MULADD": lambda a, b, c, imm, mode: b * c,
    "ADD3": lambda a, b, c, imm, mode: b + c,
    "OVER": lambda a, b, c, imm, mode: a - b,
    "OVERC": lambda a, b, c, imm, mode: a - imm,
}

# A group's accumulator and the row's value to the accumulator after it.
INTO_GROUPS: dict[str, Callable[[int, int], int]] = {
    "SUM_I64": lambda it, value: it + value,
    "SUM_I128": lambda it, value: it + value,
    "SUM_PACKED": lambda it, value: signed(it + value),
    "COUNT": lambda it, value: it + value,
    "MIN_INTO_I64": min,
    "MIN_INTO_I128": min,
    "MAX_INTO_I64": max,
    "MAX_INTO_I128": max,
    "ANY_INTO": lambda it, value: it | value,
    "ALL_INTO": lambda it, value: it & value,
    "SUM_ALL_I64": lambda it, value: it + value,
    "SUM_ALL_I128": lambda it, value: it + value,
    "COUNT_ALL": lambda it, value: it + value,
}

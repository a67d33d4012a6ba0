"""Random expressions: what plan text means, against the same tree worked out by Python's own fractions.

Each strategy draws a pair: the expression as the language writes it, and a function of the row that computes it here,
written apart from the interpreter: rounding by `divmod`, bands and ladders by their definition.
"""

from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from paycalc.core.errors import PlanError
from paycalc.reference.interpreter import Evaluator
from tests.reference.plan_runs import data_of, plan_of

BODY = """entity worker
  a, b, c : decimal(2) -1_000 .. 1_000
  n       : int -100 .. 100
  pos     : decimal(2) 0.01 .. 1_000
  o       : decimal(2) 0 .. 100 optional
  f, g    : flag
  colour  : one of red, green, blue
table banded of key decimal(2) -2_000 .. 2_000 : decimal(2)
  < -10    : -1.50
  -10..0   : 0.25
  0..=0.50 : 2
  0.50..=7 : 3.75
  > 7      : 100
table mixed of colour, flagged flag, low decimal(2) -2_000 .. 2_000 : int
  (red, blue), yes, * : 1
  *, no, < 5          : 2
  green, *, *         : 3
  *, *, *             : 4
table counted of key decimal(2) -2_000 .. 2_000 : int collect sum
  > -5 : 1
  > 0  : 10
  >= 5 : 100
ladder tiers of base decimal(2) -2_000 .. 2_000 : decimal(2)
  -20 : 0.50
  0   : 0.10
  12.5 : -0.25
  900 : 2
ladder above of base decimal(2) -2_000 .. 2_000 : decimal(2) over
  -20 : 0.50
  0   : 0.10
  12.5 : -0.25
  900 : 2
"""
STEPS = [(Fraction(at), Fraction(value)) for at, value in (("-20", "0.5"), ("0", "0.1"), ("12.5", "-0.25"), ("900", 2))]
LIMIT = 2_000  # arguments of tables and ladders are held in -LIMIT .. LIMIT
HALF = Fraction(1, 2)


def rounded(value, step, mode):
    """By the words of the language page, from quotient and remainder of the absolute value."""
    sign = -1 if value < 0 else 1
    whole, rest = divmod(abs(value) / step, 1)
    up = {
        "half_up": rest >= HALF,
        "half_down": rest > HALF,
        "half_even": rest > HALF or (rest == HALF and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
        "floor": rest > 0 and sign < 0,
        "ceiling": rest > 0 and sign > 0,
    }[mode]
    return sign * (whole + up) * step


def banded(value):
    if value < -10:
        return Fraction("-1.5")
    if value < 0:
        return Fraction("0.25")
    if value <= HALF:
        return Fraction(2)
    return Fraction("3.75") if value <= 7 else Fraction(100)


def mixed(colour, flagged, low):
    if colour != "green" and flagged:
        return Fraction(1)
    if not flagged and low < 5:
        return Fraction(2)
    return Fraction(3 if colour == "green" else 4)


def counted(value):
    return Fraction((value > -5) + 10 * (value > 0) + 100 * (value >= 5))


def marginal(value):
    ends = [*(at for at, _ in STEPS[1:]), Fraction(10**9)]
    return sum((rate * max(min(value, end) - at, 0) for (at, rate), end in zip(STEPS, ends, strict=True)), Fraction(0))


def reached(value, over):
    return next((rate for at, rate in reversed(STEPS) if value > at or (value == at and not over)), Fraction(0))


def interpolated(value):
    if value <= STEPS[0][0]:
        return STEPS[0][1]
    for (low, first), (high, second) in pairwise(STEPS):
        if low <= value <= high:
            share = (value - low) / (high - low)
            return first * (1 - share) + second * share
    return STEPS[-1][1]


def held(value, low=-LIMIT, high=LIMIT):
    return min(max(value, low), high)


# ---------------------------------------------------------------- strategies

NAMES = st.sampled_from(("a", "b", "c", "n", "pos"))
LITERALS = st.sampled_from(("0", "1", "2", "0.5", "12.50", "7", "3%", "0.01", "-20", "900"))
MODES = st.sampled_from(("half_up", "half_down", "half_even", "up", "down", "floor", "ceiling"))


def literal(text):
    value = Fraction(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    return text if value >= 0 else f"({text})", lambda row: value


def name(text):
    return text, lambda row: row[text]


LEAVES = NAMES.map(name) | LITERALS.map(literal)


@st.composite
def numbers(draw, depth):
    """An expression that is a number, in brackets where it needs them."""
    if depth == 0:
        return draw(LEAVES)
    kind = draw(st.sampled_from(NUMBER_KINDS))
    return kind(draw, depth)


def _binary(draw, depth):
    (left, first), (right, second) = draw(numbers(depth - 1)), draw(numbers(depth - 1))
    operator = draw(st.sampled_from("+-"))
    return f"({left} {operator} {right})", lambda row: first(row) + second(row) * (1 if operator == "+" else -1)


def _product(draw, depth):
    (left, first), (right, second) = draw(numbers(depth - 1)), draw(LEAVES)
    return f"({left} * {right})", lambda row: first(row) * second(row)


def _quotient(draw, depth):
    (left, first), (divisor, second) = draw(numbers(depth - 1)), draw(LEAVES)
    form = draw(st.sampled_from(("pos", "max", "if", "literal")))
    if form == "pos":
        return f"({left} / pos)", lambda row: first(row) / row["pos"]
    if form == "max":
        return f"({left} / max(abs({divisor}), 0.5))", lambda row: first(row) / max(abs(second(row)), HALF)
    if form == "literal":
        by = draw(st.sampled_from((2, 3, 4, 7, 100)))
        return f"({left} / {by})", lambda row: first(row) / by
    return f"(if c > 0 then {left} / c else 3)", lambda row: first(row) / row["c"] if row["c"] > 0 else Fraction(3)


def _negated(draw, depth):
    text, value = draw(numbers(depth - 1))
    return f"(-{text})", lambda row: -value(row)


def _least(draw, depth):
    parts = [draw(numbers(depth - 1)) for _ in range(draw(st.integers(2, 3)))]
    choose = draw(st.sampled_from((min, max)))
    return f"{choose.__name__}({', '.join(t for t, _ in parts)})", lambda row: choose(value(row) for _, value in parts)


def _function(draw, depth):
    text, value = draw(numbers(depth - 1))
    form = draw(st.sampled_from(("abs", "clamp", "mod", "default")))
    if form == "abs":
        return f"abs({text})", lambda row: abs(value(row))
    if form == "clamp":
        return f"clamp({text}, -3.5, 40)", lambda row: held(value(row), Fraction("-3.5"), 40)
    if form == "mod":
        cents = Fraction(1, 100)
        return f"mod(round({text}, 2), 0.75)", lambda row: rounded(value(row), cents, "half_up") % Fraction("0.75")
    return f"default(o, {text})", lambda row: value(row) if row["o"] is None else row["o"]


def _rounded(draw, depth):
    (text, value), mode = draw(numbers(depth - 1)), draw(MODES)
    form = draw(st.sampled_from(("places", "step", "floor", "ceiling", "plain")))
    if form == "places":
        places = draw(st.integers(0, 4))
        return f"round({text}, {places}, {mode})", lambda row: rounded(value(row), Fraction(1, 10**places), mode)
    if form == "step":
        return f"round({text}, to 0.25, {mode})", lambda row: rounded(value(row), Fraction(1, 4), mode)
    if form == "plain":
        return f"round({text}, 2)", lambda row: rounded(value(row), Fraction(1, 100), "half_up")
    return f"{form}({text})", lambda row: rounded(value(row), Fraction(1), form)


def _choice(draw, depth):
    (condition, holds), (then, first), (other, second) = draw(flags(depth - 1)), draw(numbers(depth - 1)), draw(LEAVES)
    return f"(if {condition} then {then} else {other})", lambda row: first(row) if holds(row) else second(row)


def _lookup(draw, depth):
    text, value = draw(numbers(depth - 1))
    argument = f"clamp({text}, -{LIMIT}, {LIMIT})"
    form = draw(st.sampled_from(("banded", "mixed", "counted", "marginal", "slab", "reached", "above", "interpolate")))
    if form in ("banded", "counted"):
        compute = banded if form == "banded" else counted
        return f"{form}({argument})", lambda row: compute(held(value(row)))
    if form == "mixed":
        return f"mixed(colour, f, {argument})", lambda row: mixed(row["colour"], row["f"], held(value(row)))
    if form == "marginal":
        return f"marginal({argument}, tiers)", lambda row: marginal(held(value(row)))
    if form == "slab":
        return f"slab({argument}, tiers)", lambda row: reached(held(value(row)), False) * held(value(row))
    if form == "interpolate":
        return f"interpolate({argument}, tiers)", lambda row: interpolated(held(value(row)))
    ladder = "above" if form == "above" else "tiers"
    return f"reached({argument}, {ladder})", lambda row: reached(held(value(row)), ladder == "above")


NUMBER_KINDS = (
    _binary, _binary, _product, _quotient, _negated, _least, _function, _rounded, _choice, _lookup, _lookup,
)  # fmt: skip

COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "is": lambda a, b: a == b,
    "is not": lambda a, b: a != b,
}


@st.composite
def flags(draw, depth):
    """An expression that is a condition, in brackets where it needs them."""
    if depth == 0:
        return draw(
            st.sampled_from((("f", lambda row: row["f"]), ("(colour is red)", lambda row: row["colour"] == "red")))
        )
    form = draw(st.sampled_from(("compare", "compare", "and", "or", "not", "in", "colours", "given")))
    if form == "compare":
        (left, first), (right, second) = draw(numbers(depth - 1)), draw(numbers(depth - 1))
        operator = draw(st.sampled_from(sorted(COMPARE)))
        return f"({left} {operator} {right})", lambda row: COMPARE[operator](first(row), second(row))
    if form in ("and", "or"):
        (left, first), (right, second) = draw(flags(depth - 1)), draw(flags(depth - 1))
        if form == "and":
            return f"({left} and {right})", lambda row: first(row) and second(row)
        return f"({left} or {right})", lambda row: first(row) or second(row)
    if form == "not":
        text, value = draw(flags(depth - 1))
        return f"(not {text})", lambda row: not value(row)
    if form == "in":
        (text, value), (other, second) = draw(numbers(depth - 1)), draw(LEAVES)
        return f"({text} in (0, {other}, 7))", lambda row: value(row) in (0, second(row), 7)
    if form == "colours":
        return "(colour in (red, green))", lambda row: row["colour"] in ("red", "green")
    return "(given(o) and o > 50)", lambda row: row["o"] is not None and row["o"] > 50


CENTS = st.integers(-100_000, 100_000).map(lambda count: Fraction(count, 100))
EDGES = st.sampled_from([Fraction(each) for each in ("0", "-20", "12.5", "900", "7", "0.5", "-10", "5", "-5", "0.01")])
ROWS = st.fixed_dictionaries(
    {
        "a": CENTS | EDGES,
        "b": CENTS | EDGES,
        "c": CENTS | EDGES,
        "n": st.integers(-100, 100).map(Fraction),
        "pos": st.integers(1, 100_000).map(lambda count: Fraction(count, 100)),
        "o": st.none() | st.integers(0, 10_000).map(lambda count: Fraction(count, 100)),
        "f": st.booleans(),
        "g": st.booleans(),
        "colour": st.sampled_from(("red", "green", "blue")),
    }
)
TRIED = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def compiled(body):
    """The plan, unless it is refused for a reason of its own: too many bits, or `given` where it is known already."""
    try:
        return plan_of(body)
    except PlanError as error:
        refused = error
    assert {each.id for each in refused.diagnostics} <= {"number-too-wide", "never-missing"}, str(refused)
    return reject()


def check(text, compute, rows):
    plan = compiled(f"{BODY}let x = {text}\npay p = 0\n")
    evaluator = Evaluator(data_of(plan, worker=[{"worker": at, **row} for at, row in enumerate(rows)]))
    line = plan.entities["worker"].lines["x"]
    for at, row in enumerate(rows):
        value = evaluator.value(line, at)
        assert value == compute(row), text
        if isinstance(value, Fraction):
            assert value in line.type.interval, text
            assert line.type.places is None or (value * 10**line.type.places).denominator == 1, text
        else:
            assert isinstance(value, bool)


@TRIED
@given(numbers(3), st.lists(ROWS, min_size=1, max_size=4))
def test_numbers_equal_those_of_python_fractions(expression, rows):
    check(*expression, rows)


@TRIED
@given(flags(3), st.lists(ROWS, min_size=1, max_size=4))
def test_conditions_equal_those_of_python(expression, rows):
    check(*expression, rows)


@TRIED
@given(
    st.lists(st.tuples(flags(2), numbers(2)), min_size=1, max_size=4),
    numbers(2),
    flags(2),
    st.lists(ROWS, min_size=1, max_size=4),
)
def test_cases_and_conditions_of_lines(branches, otherwise, when, rows):
    text = "\n  case\n" + "".join(f"    {condition} : {value}\n" for (condition, _), (value, _) in branches)
    text += f"    otherwise : {otherwise[0]}\n  when {when[0]}"

    def compute(row):
        if not when[1](row):
            return 0
        chosen = [value for (_, holds), (_, value) in branches if holds(row)]
        return (chosen[0] if chosen else otherwise[1])(row)

    check(text, compute, rows)

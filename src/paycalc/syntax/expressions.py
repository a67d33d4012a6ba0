"""Reading expressions: binding strength instead of one function a level, so that nesting costs few Python frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from paycalc.core.span import Span
from paycalc.syntax import faults, misplaced, tree
from paycalc.syntax.cursor import Cursor, Unreadable
from paycalc.syntax.lexer import RESERVED, SOFT_RESERVED, Token

DEPTH_MAX = 100  # of brackets and `if`s in each other, and of the tree
_DESCENTS_MAX = 250  # operands in each other: bounds Python's stack before there is a tree to be measured
CHAIN_MAX = 32  # operands of a sum that lean to the left; a longer chain is built balanced

OR, AND, NOT, COMPARISON, SUM, PRODUCT, MINUS = range(1, 8)
BINDING = {
    "or": OR, "and": AND,
    "is": COMPARISON, "in": COMPARISON, "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON, ">=": COMPARISON,
    "=": COMPARISON,
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT,
}  # fmt: skip
# Any grouping of these gives the same value, so a long chain may be a balanced tree.
_ASSOCIATIVE = frozenset(("+", "and", "or"))

AGGREGATES = frozenset(("sum", "count", "min", "max", "mean", "any", "all"))
_FUNCTIONS_TOO = frozenset(("min", "max"))
_EXPRESSION_WORDS = frozenset("if case when then else otherwise and or not is in".split())
_ELSE_IF = frozenset(("elif", "elsif", "elseif"))
_UNAVAILABLE_CALLS = frozenset("rank share held_back granted used balance expired value".split())


def expression(cursor: Cursor) -> tree.Expression:
    """A whole expression: what may stand in brackets, as an argument, or right of `=`."""
    return _operators(cursor, OR)


def too_deep(cursor: Cursor, span: Span, node: tree.Expression | None = None) -> NoReturn:
    """Report that `node` is too high, or that what begins at `span` is nested too deep to be read at all."""
    message = f"this expression is nested more than {DEPTH_MAX} deep"
    help = "give parts of it a name: `let NAME = ...`"
    operators = _joined_by(node)
    if len(operators) > DEPTH_MAX // 2:
        # The height comes from a chain that leans to the left, in which nothing looks nested.
        message = f"this expression joins more than {DEPTH_MAX} operations that cannot be regrouped"
        if "-" in operators:
            help += ", or put what is subtracted in one bracket: `a + b - (c + d)`"
    cursor.fail(faults.NESTED_TOO_DEEP, span, message, help=help)


def _joined_by(node: tree.Expression | None) -> list[str]:
    """The operators on the left edge of an expression, the last one first."""
    operators = []
    while isinstance(node, tree.Binary):
        operators.append(node.operator)
        node = node.left
    return operators


def _if_else(cursor: Cursor) -> tree.Expression:
    start, first = cursor.advance(), cursor.index
    condition = expression(cursor)
    height = cursor.height
    if cursor.token.kind != "then":
        cursor.unexpected("`then`", "write `if CONDITION then VALUE else VALUE`")
    cursor.advance()
    then = expression(cursor)
    height = max(height, cursor.height)
    if cursor.token.kind != "else":
        _missing_else(cursor, start, first)
    cursor.advance()
    otherwise = expression(cursor)
    cursor.height = max(height, cursor.height) + 1
    return tree.IfElse(Span(start.start, otherwise.span.end), condition, then, otherwise)


def _missing_else(cursor: Cursor, start: Token, first: int) -> NoReturn:
    """Report that `else` does not follow; `first` is the index of the token behind the `if`."""
    for token in cursor.tokens[first : cursor.index + 1]:
        if token.kind == "name" and token.text in _ELSE_IF:  # behind a number it was read as a unit
            message = f"`{token.text}` is not a word of the plan language"
            cursor.fail(faults.UNEXPECTED_TOKEN, token.span, message, help="write `else if`")
    if cursor.token.kind not in ("end", ")", ",", "when"):
        cursor.unexpected("an operator or `else`")
    cursor.fail(
        faults.MISSING_ELSE, start.span, "this `if` has no `else`",
        help="say what holds otherwise, e.g. `else 0`",
    )  # fmt: skip


def _operators(cursor: Cursor, weakest: int) -> tree.Expression:
    """Operands joined by operators that bind at least as strongly as `weakest`; with OR a whole expression."""
    start = cursor.token
    cursor.descents += 1
    cursor.brackets += weakest == OR
    if cursor.descents > _DESCENTS_MAX or cursor.brackets > DEPTH_MAX + 1:
        too_deep(cursor, start.span)
    if weakest == OR and start.kind == "if":
        left = _if_else(cursor)
    elif start.kind == "-" or start.kind == "not":
        if start.kind == "not" and weakest > NOT:
            cursor.unexpected("a value", "put the negation in brackets: `(not ...)`")
        cursor.advance()
        operand = _operators(cursor, MINUS if start.kind == "-" else NOT)
        cursor.height += 1
        left = tree.Unary(Span(start.start, operand.span.end), start.kind, operand)
    else:
        left = _primary(cursor)
    while (strength := BINDING.get(cursor.token.kind, 0)) >= weakest:
        left = _comparison(cursor, left) if strength == COMPARISON else _chain(cursor, left, strength)
        if cursor.height > DEPTH_MAX:
            break
    if cursor.height > DEPTH_MAX:
        too_deep(cursor, start.span, left)
    cursor.descents -= 1
    cursor.brackets -= weakest == OR
    return left


def _comparison(cursor: Cursor, left: tree.Expression) -> tree.Expression:
    height = cursor.height
    operator = cursor.advance()
    kind, span = operator.kind, operator.span
    node: tree.Expression
    if kind == "in":
        options = _options(cursor)
        node = tree.Membership(cursor.span_from(left), left, options)
    else:
        if kind == "=":
            cursor.report(faults.EQUALS_SIGN.at(span, "`=` does not compare", help="equality is `is`: `a is b`"))
            kind = "is"
        elif kind == "is" and cursor.token.kind == "not":
            span = Span(operator.start, cursor.advance().end)
            kind = "is not"
        right = _operators(cursor, SUM)
        node = tree.Binary(Span(left.span.start, right.span.end), kind, span, left, right)
    cursor.height = max(height, cursor.height) + 1
    following = cursor.token
    if BINDING.get(following.kind) == COMPARISON:
        cursor.fail(
            faults.COMPARISON_CHAIN, following.span, "a second comparison in a row",
            help="join two comparisons: `a < b and b < c`",
        )  # fmt: skip
    return node


def _options(cursor: Cursor) -> tuple[tree.Expression, ...]:
    cursor.expect("(", "`(` and the values to choose from", "write `x in (a, b)`")
    options = [expression(cursor)]
    height = cursor.height
    while cursor.take(","):
        options.append(expression(cursor))
        height = max(height, cursor.height)
    _close(cursor)
    cursor.height = height
    return tuple(options)


def _close(cursor: Cursor) -> None:
    cursor.expect(")", "an operator, `,` or `)`" if cursor.token.kind != "end" else "`)`")


def _chain(cursor: Cursor, left: tree.Expression, strength: int) -> tree.Expression:
    """`a + b + c`: one operator again and again; it leans to the left."""
    operator = cursor.token.kind
    operands, heights, spans = [left], [cursor.height], []
    while cursor.token.kind == operator:
        spans.append(cursor.advance().span)
        operands.append(_operators(cursor, strength + 1))
        heights.append(cursor.height)
    if len(operands) > CHAIN_MAX and operator in _ASSOCIATIVE:
        return _balanced(cursor, operator, operands, heights, spans)
    height = heights[0]
    for operand, operand_height, span in zip(operands[1:], heights[1:], spans, strict=True):
        left = tree.Binary(Span(left.span.start, operand.span.end), operator, span, left, operand)
        height = max(height, operand_height) + 1
    cursor.height = height
    return left


def _balanced(
    cursor: Cursor, operator: str, operands: list[tree.Expression], heights: list[int], spans: list[Span]
) -> tree.Expression:
    """The same chain as a tree whose height is the logarithm of its length."""
    while len(operands) > 1:
        joined: list[tree.Expression] = []
        joined_heights: list[int] = []
        joined_spans: list[Span] = []
        for index in range(0, len(operands) - 1, 2):
            left, right = operands[index], operands[index + 1]
            span = Span(left.span.start, right.span.end)
            joined.append(tree.Binary(span, operator, spans[index], left, right))
            joined_heights.append(max(heights[index], heights[index + 1]) + 1)
            joined_spans.extend(spans[index + 1 : index + 2])
        if len(operands) % 2:
            joined.append(operands[-1])
            joined_heights.append(heights[-1])
        operands, heights, spans = joined, joined_heights, joined_spans
    cursor.height = heights[0]
    return operands[0]


def _primary(cursor: Cursor) -> tree.Expression:
    token = cursor.token
    kind = token.kind
    cursor.height = 1
    if kind == "name":
        return _call(cursor) if cursor.peek().kind == "(" else _named(cursor)
    if kind == "number":
        return cursor.number()
    if kind == "(":
        cursor.advance()
        node = expression(cursor)
        if cursor.token.kind == ",":
            cursor.unexpected("`)`")
        _close(cursor)
        return replace(node, span=cursor.span_from(token))
    if kind == "text":
        cursor.advance()
        return tree.Text(token.span, token.text)
    if kind == "date" or kind == "datetime":
        return cursor.moment()
    if kind in RESERVED and kind not in _EXPRESSION_WORDS:
        cursor.fail(
            faults.RESERVED_WORD, token.span, f"`{token.text}` is a word of the language and cannot name a value",
            help="if a member is meant, put it in quotes",
        )  # fmt: skip
    cursor.unexpected("a value", "e.g. a name, a number or an expression in brackets")


def _named(cursor: Cursor) -> tree.Expression:
    """What begins with a name and is not called: a value, a path, `gross before NAME`."""
    name, following = cursor.token, cursor.peek()
    if following.kind == "name" and following.text not in SOFT_RESERVED:
        if name.text == "gross" and following.text == "before":
            cursor.advance()
            cursor.advance()
            line = cursor.identifier("the name of a pay line")
            return tree.GrossBefore(cursor.span_from(name), line)
        if name.text == "opening":
            cursor.refuse_unavailable(Span(name.start, following.end), "opening")
    node = cursor.path()
    if cursor.token.kind == "(":
        message = f"`{node.text}` is a path and cannot be called"
        help = "functions, tables and ladders have plain names"
        cursor.fail(faults.UNEXPECTED_TOKEN, node.span, message, help=help)
    return node


def _call(cursor: Cursor) -> tree.Expression:
    """A function, table or ladder with its arguments, or an aggregate."""
    name = cursor.token
    if name.text in _UNAVAILABLE_CALLS:
        return _unavailable_call(cursor)
    function = cursor.identifier("a function", soft=True)
    cursor.advance()
    if name.text in _SPECIAL_CALLS:
        return _SPECIAL_CALLS[name.text](cursor, function)
    arguments: list[tree.Expression] = []
    height = 0
    if cursor.token.kind != ")":
        while True:
            arguments.append(_step(cursor) if cursor.token.kind == "to" else expression(cursor))
            height = max(height, cursor.height)
            if len(arguments) == 1 and cursor.token.kind == "of" and _sums_up(name, arguments[0]):
                cursor.advance()
                return _aggregate(cursor, function, arguments[0], height)
            if not cursor.take(","):
                break
            if name.text == "round" and len(arguments) == 1:
                _refuse_decimal_comma(cursor)
    if name.text in AGGREGATES and name.text not in _FUNCTIONS_TOO and cursor.token.kind in (")", "end"):
        cursor.unexpected(
            "`of` and an entity", f"say what it goes over: `{name.text}(VALUE of ENTITY)`, e.g. `sum(price of parcel)`"
        )  # fmt: skip
    _close(cursor)
    cursor.height = height + 1
    return tree.Call(cursor.span_from(name), function, tuple(arguments))


def _refuse_decimal_comma(cursor: Cursor) -> None:
    """Report `round(x * 1,5%)`: no number of places has a percent sign or a fraction."""
    token = cursor.token
    help = misplaced.decimal_comma_help(cursor.tokens, cursor.index - 1)
    if help and token.text.endswith("%"):
        span = Span(cursor.tokens[cursor.index - 2].start, token.end)
        cursor.fail(faults.MALFORMED_NUMBER, span, "a comma inside a number", help=help)


def _unavailable_call(cursor: Cursor) -> tree.Expression:
    """Report `rank(...)` and step over it, so that the rest of the line is read too."""
    name = cursor.advance()
    cursor.report(faults.not_available(name.span, name.text))
    cursor.skip_brackets()
    if cursor.token.kind == "end" and cursor.previous.kind == "fault":
        raise Unreadable
    return tree.Name(name.span, (tree.Identifier(name.span, name.text),))


def _sums_up(name: Token, argument: tree.Expression) -> bool:
    return name.text in AGGREGATES and not isinstance(argument, tree.StepArgument)


def _step(cursor: Cursor) -> tree.Expression:
    """`to 0.05` in `round(x, to 0.05)`."""
    start = cursor.advance()
    step = expression(cursor)
    cursor.height += 1
    return tree.StepArgument(cursor.span_from(start), step)


def _count(cursor: Cursor, function: tree.Identifier) -> tree.Aggregate:
    return _aggregate(cursor, function, None, 0)


def _running(cursor: Cursor, function: tree.Identifier) -> tree.Running:
    """`running_sum(price within worker by delivered_at)`, `running_count(within worker by delivered_at)`."""
    form = f"{function.text}({'price ' if function.text == 'running_sum' else ''}within worker by delivered_at)"
    value, by, where = None, None, None
    within: tree.Identifier | None = None
    height = 0
    if function.text == "running_sum":
        if cursor.token.kind in ("within", "by", "where"):
            cursor.unexpected("a value", f"say what is added up: `{form}`")
        value = expression(cursor)
        height = cursor.height
    elif cursor.token.kind not in ("within", "by", "where", "end", "fault"):
        cursor.unexpected("`within`", f"`running_count` counts rows: `{form}`")
    while cursor.token.kind in ("within", "by", "where"):
        word = cursor.advance()
        if {"within": within, "by": by, "where": where}[word.kind] is not None:
            help = "join conditions with `and`" if word.kind == "where" else "keep one of them"
            cursor.fail(faults.DUPLICATE_SETTING, word.span, f"a second `{word.kind}`", help=help)
        if word.kind == "within":
            within = cursor.identifier("the name of a reference", soft=True)
            continue
        part = expression(cursor)
        height = max(height, cursor.height)
        by, where = (part, where) if word.kind == "by" else (by, part)
    if within is None:
        cursor.unexpected("`within` and a reference", f"say within which rows it runs: `{form}`")
    if by is None:
        cursor.unexpected("`by` and an order", f"say in which order it runs: `{form}`")
    cursor.expect(")", "an operator or `)`" if cursor.token.kind != "end" else "`)`")
    cursor.height = height + 1
    return tree.Running(cursor.span_from(function), function.text, value, within, by, where)


def _average(cursor: Cursor, function: tree.Identifier) -> tree.Average:
    """`average(store.base over period)`."""
    operand = expression(cursor)
    height = cursor.height
    help = "a mean over days is `average(store.base over period)`, one over rows `mean(price of parcel)`"
    if not cursor.take_word("over"):
        cursor.unexpected("`over period`", help)
    if not cursor.take_word("period"):
        cursor.unexpected("`period`", help)
    cursor.expect(")", "`)`")
    cursor.height = height + 1
    return tree.Average(cursor.span_from(function), operand)


def _aggregate(cursor: Cursor, function: tree.Identifier, value: tree.Expression | None, height: int) -> tree.Aggregate:
    entity = cursor.identifier("an entity")
    where, via = None, None
    while cursor.token.kind in ("where", "via"):
        word = cursor.advance()
        if (where if word.kind == "where" else via) is not None:
            message = f"a second `{word.kind}`"
            cursor.fail(faults.DUPLICATE_SETTING, word.span, message, help="join conditions with `and`")
        if word.kind == "where":
            where = expression(cursor)
            height = max(height, cursor.height)
        else:
            via = cursor.identifier("the name of a reference", soft=True)
    if cursor.token.kind == "of" and value is None:
        cursor.unexpected("`where`, `via` or `)`", "`count` counts rows: `count(parcel where late > 30)`")
    if cursor.token.kind != ")":
        cursor.unexpected("`where`, `via` or `)`" if where is None else "an operator or `)`")
    cursor.advance()
    cursor.height = height + 1
    return tree.Aggregate(cursor.span_from(function), function.text, value, entity, where, via)


# Calls that are read otherwise than by their arguments.
_SPECIAL_CALLS: dict[str, Callable[[Cursor, tree.Identifier], tree.Expression]] = {
    "count": _count,
    "running_sum": _running,
    "running_count": _running,
    "average": _average,
}

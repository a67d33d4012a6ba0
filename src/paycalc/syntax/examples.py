"""Reading examples: rows of data, what they give, and periods that follow each other."""

from __future__ import annotations

import re

from paycalc.core.span import Span
from paycalc.syntax import faults, misplaced, tree
from paycalc.syntax.cursor import Cursor, Unreadable
from paycalc.syntax.layout import Block
from paycalc.syntax.lexer import Token
from paycalc.syntax.tables import read_rows_or_groups

_PERIOD_NAME = re.compile(r"[0-9]{4}(?:-[0-9]{1,2}(?:-[0-9]{1,2})?|-W[0-9]{1,2}|-Q[0-9])?", re.ASCII)
_PERIOD_TOKENS = frozenset(("number", "date", "name", "-"))
_KEY_SHOWN_MAX = 60  # characters
_KEY_PARTS = frozenset(("-", "/", ".", "*", "+", "name", "number", "date"))
_VALUE_STARTS = frozenset(("number", "-", "date", "datetime", "text", "."))
_UNAVAILABLE_EXPECTATIONS = frozenset("held_back granted used balance expired".split())
_OUTCOMES = ("rejected", "held")


def read_example(block: Block) -> tree.Example | None:
    """`example "title"` and what stands under it; None where the title cannot be read."""
    cursor = block.head()
    start = cursor.advance()
    title = None
    try:
        title = cursor.expect("text", "a title in quotes", 'e.g. `example "a senior over target"`')
        cursor.finish()
    except Unreadable:
        title = None
    items: list[tree.ExampleItem] = []
    periods: list[tree.ExamplePeriod] = []
    for item in block.items():
        try:
            if item.head_tokens[0].text == "period" and item.head_tokens[0].kind == "name":
                periods.append(_read_period(item))
            else:
                items.append(_read_item(item))
        except Unreadable:
            continue
    if title is None:
        return None
    return tree.Example(Span(start.start, block.span.end), title.text, tuple(items), tuple(periods))


def _read_period(block: Block) -> tree.ExamplePeriod:
    """`period 2026-02 .. 2026-03` and its lines."""
    cursor = block.head()
    start = cursor.advance()
    names: list[str] = []
    readable = True
    try:
        names.append(_period_name(cursor))
        if cursor.take(".."):
            names.append(_period_name(cursor))
        cursor.finish("`..` and the last period, or the end of the line")
    except Unreadable:
        readable = False
    items = []
    for item in block.items():
        try:
            items.append(_read_item(item))
        except Unreadable:
            continue
    if not readable:
        raise Unreadable
    return tree.ExamplePeriod(Span(start.start, block.span.end), names[0], names[-1], tuple(items))


def _period_name(cursor: Cursor) -> str:
    """`2026-W41`, `2026-10`: the tokens up to the first blank or `..`, as written."""
    first = cursor.token
    text = ""
    while cursor.token.kind in _PERIOD_TOKENS and (not text or cursor.token.start == cursor.previous.end):
        text += cursor.advance().text
    if not text or cursor.token.kind == "fault":
        cursor.unexpected("the name of a period like 2026-10")
    if not _PERIOD_NAME.fullmatch(text):
        cursor.fail(
            faults.UNEXPECTED_TOKEN, cursor.span_from(first), f"`{text}` is not the name of a period",
            help="periods are named 2026-10-31 (a day), 2026-W41, 2026-10-05 (the first of N days), "
            "2026-10-1 (a half month), 2026-10, 2026-Q4 or 2026",
        )  # fmt: skip
    return text


def _read_item(block: Block) -> tree.ExampleItem:
    """A row, an `expect` or a table."""
    cursor = block.whole()
    start = cursor.token
    following = cursor.peek()
    if start.kind == "name" and following.kind in ("name", "number", "text"):
        if start.text == "expect":
            return _read_expect(cursor)
        if start.text == "table":
            return _read_table(block)
        if start.text == "ladder":
            help = f"tables and ladders from data are given alike: `table {misplaced.short(following.text, 'NAME')}`"
            cursor.unexpected("a row, a `table` or `expect`", help)
        if start.text == "opening":
            cursor.refuse_unavailable(start.span, start.text)
    if start.kind == "name" and start.text == "period":
        cursor.unexpected("a row or `expect`", "periods stand directly under the `example`")
    return _read_row(cursor)


def _read_row(cursor: Cursor) -> tree.ExampleRow:
    """`worker W1 : store S1 -> net 5`, `store S1 from 2026-01-15 : rate 3%`, `plan : minimum_wage 10`."""
    start = cursor.token
    entity = cursor.identifier("an entity and its key", soft=False)
    key = None if entity.text == "plan" else _read_key(cursor, entity.text)
    named = f"{entity.text} {described_key(cursor.previous)}"
    since = _read_since(cursor)
    cells: tuple[tree.ExampleCell, ...] = ()
    expected: tuple[tree.Expectation, ...] = ()
    if cursor.take(":"):
        if cursor.token.kind == "->":
            cursor.unexpected("the name of a column", f"a row without columns has no colon: `{named} -> ...`")
        cells = _read_cells(cursor)
    if cursor.take("->"):
        expected = _read_expectations(cursor)
    more = "`,`, `->` or the end of the line" if not expected else "`,` or the end of the line"
    if not cells and not expected:
        cursor.finish("`:` and the row's values, `->` or the end of the line", _quoted_key_help(cursor))
    late = cursor.token.kind == "from" and since is None
    cursor.finish(more, f"the date stands behind the key: `{named} from 2026-01-15 : ...`" if late else "")
    return tree.ExampleRow(cursor.span_from(start), entity, key, cells, expected, since)


def _read_since(cursor: Cursor) -> tree.Expression | None:
    """`from 2026-01-15`, `from 2026-01-15T14:00`; None where it does not stand."""
    if not cursor.take("from"):
        return None
    if cursor.token.kind not in ("date", "datetime"):
        cursor.unexpected("a date or a moment", "say from when on the values hold: `from 2026-01-15`")
    return cursor.moment()


def _read_table(block: Block) -> tree.ExampleTable:
    """`table own_rate from 2026-10-15` and its rows, or a ladder's steps."""
    cursor = block.head()
    start = cursor.advance()
    name, since = None, None
    try:
        name = cursor.identifier("the name of a table or ladder from data")
        since = _read_since(cursor)
        help = "its rows stand deeper below its head" if cursor.token.kind == ":" else ""
        cursor.finish("`from DATE` or the end of the line", help)
    except Unreadable:
        name = None
    rows, groups = read_rows_or_groups(block.items())
    if name is None:
        raise Unreadable
    return tree.ExampleTable(Span(start.start, block.span.end), name, since, rows, groups)


def described_key(token: Token) -> str:
    return f'"{token.text}"' if token.kind == "text" else token.text


def _quoted_key_help(cursor: Cursor) -> str:
    """The way out where what follows a key without a blank belongs to it, as in `worker W-17`."""
    index = cursor.index
    while cursor.tokens[index].kind in _KEY_PARTS and cursor.tokens[index].start == cursor.tokens[index - 1].end:
        index += 1
    if index == cursor.index:
        return ""
    key = "".join(token.text for token in cursor.tokens[cursor.index - 1 : index])
    return f'keys that are neither names nor numbers are quoted: "{key if len(key) <= _KEY_SHOWN_MAX else "W-17"}"'


def _read_key(cursor: Cursor, entity: str = "worker") -> tree.Expression:
    """A key: a name, a number or a text. `entity` is shown where there is none."""
    if cursor.token.kind == "number":
        return cursor.number(with_unit=False)
    if cursor.token.kind == "name":
        name = cursor.identifier("a key", soft=True)
        return tree.Name(name.span, (name,))
    if cursor.token.kind == "text":
        token = cursor.advance()
        return tree.Text(token.span, token.text)
    if cursor.token.kind in (":", "->", "from") and cursor.peek().kind not in (":", "->"):
        cursor.unexpected("a key", f"say whose row it is: `{entity} W1 {cursor.token.text} ...`")
    cursor.unexpected("a key", f'keys that are neither names nor numbers are quoted: `{entity} "A-7" : ...`')


def _read_cells(cursor: Cursor) -> tuple[tree.ExampleCell, ...]:
    cells = []
    while True:
        name = cursor.identifier("the name of a column", soft=True)
        _refuse_sign(cursor, name.text, f"a value for `{name.text}`")
        value = cursor.literal(f"a value for `{name.text}`")
        cells.append(tree.ExampleCell(Span(name.span.start, value.span.end), name, value))
        if not cursor.take(","):
            return tuple(cells)


def _refuse_sign(cursor: Cursor, name: str, expected: str) -> None:
    """Report `days = 3`: a value follows its name without a sign."""
    if cursor.token.kind in ("=", "is", ":"):
        shown = misplaced.short(f"{name} {described_key(cursor.peek())}", "days 22")
        cursor.unexpected(expected, f"the value follows the name: `{shown}`")


def _read_expect(cursor: Cursor) -> tree.ExampleExpect:
    """`expect deal D7 : commission 30`, `expect W1 : net 5`, `expect plan : total 3`."""
    start = cursor.advance()
    entity: tree.Identifier | None = None
    key: tree.Expression | None
    if cursor.token.kind == "name" and cursor.peek().kind in ("name", "number", "text"):
        entity = cursor.identifier("an entity")
        key = _read_key(cursor)
    elif cursor.at_word("plan"):
        entity, key = cursor.identifier("an entity"), None
    else:
        key = _read_key(cursor)
    cursor.expect(":", "`:` and what is expected", _quoted_key_help(cursor) or "e.g. `expect W1 : net 2_250`")
    expected = _read_expectations(cursor)
    cursor.finish("`,` or the end of the line")
    return tree.ExampleExpect(cursor.span_from(start), entity, key, expected)


def _read_expectations(cursor: Cursor) -> tuple[tree.Expectation, ...]:
    expected = [_read_expectation(cursor)]
    while cursor.take(","):
        expected.append(_read_expectation(cursor))
    return tuple(expected)


def _read_expectation(cursor: Cursor) -> tree.Expectation:
    """`commission 3_120.00`, `sum(paid) 13_750`, `rejected out-of-range`."""
    start, following = cursor.token, cursor.peek()
    if start.kind == "name" and following.kind == "(":
        return _read_function_expectation(cursor)
    if cursor.at_word(*_OUTCOMES) and following.kind not in _VALUE_STARTS:
        return _read_outcome(cursor)
    if cursor.at_word("closing") and following.kind == "name" and cursor.peek(2).kind not in (",", "end"):
        cursor.refuse_unavailable(Span(start.start, following.end), "closing")
    name = cursor.path("the name of a line")
    value = _read_expected_value(cursor, name.text)
    return tree.Expectation(cursor.span_from(start), "value", name, value)


def _read_function_expectation(cursor: Cursor) -> tree.Expectation:
    start = cursor.advance()
    if start.text in _UNAVAILABLE_EXPECTATIONS:
        cursor.refuse_unavailable(start.span, start.text)
    if start.text != "sum":
        message = f"`{start.text}` cannot be expected"
        help = "expect the value of a line, or with `sum(NAME)` its sum over the example's periods"
        cursor.fail(faults.UNEXPECTED_TOKEN, start.span, message, help=help)
    cursor.advance()
    name = cursor.path("the name of a line")
    cursor.expect(")", "`)`")
    value = _read_expected_value(cursor, f"sum({name.text})")
    return tree.Expectation(cursor.span_from(start), "sum", name, value)


def _read_expected_value(cursor: Cursor, name: str) -> tree.Expression:
    """A literal; a fraction is written as one number over another (`10 / 3`)."""
    _refuse_sign(cursor, name, f"the value expected of `{name}`")
    value = cursor.literal(f"the value expected of `{name}`")
    if cursor.token.kind != "/" or not isinstance(value, tree.Number | tree.Unary):
        return value
    operator = cursor.advance()
    divisor = cursor.number()
    return tree.Binary(Span(value.span.start, divisor.span.end), "/", operator.span, value, divisor)


def _read_outcome(cursor: Cursor) -> tree.Expectation:
    """`rejected` or `held`, perhaps with a code: words joined by `-`."""
    start = cursor.advance()
    code, first = "", cursor.token
    while _continues_code(cursor.token, cursor.previous, code):
        code += cursor.advance().text
    if code.endswith("-"):
        cursor.unexpected("the rest of the code", "codes are words joined by `-`, e.g. `out-of-range`")
    if code and cursor.token.kind not in (",", "end"):
        _refuse_blanks_in_code(cursor, first)
    span = cursor.span_from(first) if code else Span(cursor.previous.end, cursor.previous.end)
    return tree.Expectation(cursor.span_from(start), start.text, None, tree.Text(span, code))


def _refuse_blanks_in_code(cursor: Cursor, first: Token) -> None:
    """Report `out of range`: a code is one word."""
    index = cursor.tokens.index(first)
    words = []
    for token in cursor.tokens[index:-1]:
        if token.kind == "," or not (token.text.isidentifier() or token.kind == "-"):
            break
        words.append(token.text)
    code = re.sub("-+", "-", "-".join(words))
    if 0 < len(code) <= _KEY_SHOWN_MAX:
        cursor.unexpected("`,` or the end of the line", f"a code is one word, joined by `-`: `{code}`")


def _continues_code(token: Token, previous: Token, code: str) -> bool:
    is_word = token.text.isidentifier() and token.kind not in ("text", "fault")
    if not code:
        return is_word
    return token.start == previous.end and (is_word != (previous.kind != "-")) and (is_word or token.kind == "-")

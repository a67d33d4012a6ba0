"""Reading tables and ladders."""

from __future__ import annotations

from paycalc.core.span import Span
from paycalc.syntax import faults, misplaced, tree
from paycalc.syntax.cursor import Cursor, Unreadable
from paycalc.syntax.layout import Block

COLLECTORS = ("sum", "min", "max", "count")
_BAND_SIGNS = {"<": (False, False), "<=": (False, True), ">": (True, False), ">=": (True, True)}
_STEP_HELP = "a step is its threshold alone: `0 : 1%`; bands belong to a `table`"
_BAND_WORDS = frozenset(("..", "..=", "-"))
_LITERAL_STARTS = frozenset(("number", "-", "date", "datetime"))


def read_table(block: Block) -> tree.Table | None:
    """`table NAME of KEYS : TYPE` or `-> NAME TYPE; NAME TYPE`, and its rows."""
    cursor = block.head()
    start = cursor.advance()
    header: tuple[tree.Identifier, tuple[tree.Key, ...], tuple[tree.Result, ...]] | None = None
    collect, collect_span, from_data = None, None, False
    try:
        name = cursor.identifier("the name of the table")
        keys = _read_keys(cursor, "table")
        results = _read_results(cursor)
        if cursor.at_word("collect"):
            collect, collect_span = _read_collect(cursor)
        from_data = _read_from_data(cursor)
        help = "`collect` stands before `from data`" if from_data and cursor.at_word("collect") else ""
        cursor.finish("the end of the line" if from_data else "`collect`, `from data` or the end of the line", help)
        header = (name, keys, results)
    except Unreadable:
        pass
    if from_data and block.has_items:
        _refuse_rows(block, "rows")
        return None
    rows = []
    for item in block.items():
        try:
            rows.append(_read_row(item.whole()))
        except Unreadable:
            continue
    if header is None:
        return None
    return tree.Table(Span(start.start, block.span.end), *header, tuple(rows), collect, collect_span, from_data)


def _read_keys(cursor: Cursor, what: str) -> tuple[tree.Key, ...]:
    cursor.expect("of", "`of` and the keys", f"e.g. `{what} NAME of KEY, KEY : TYPE`")
    keys = [_read_key(cursor)]
    while cursor.take(","):
        keys.append(_read_key(cursor))
    return tuple(keys)


def _read_key(cursor: Cursor) -> tree.Key:
    """`goods`, or with a type of its own `excess int 0 .. 200`."""
    name = cursor.identifier("the name of a key", soft=True)
    type_ = cursor.type(key=True) if cursor.token.kind == "name" else None
    return tree.Key(cursor.span_from(name), name, type_)


def _read_from_data(cursor: Cursor) -> bool:
    """`from data`, where it stands."""
    if not cursor.take("from"):
        return False
    if not cursor.take_word("data"):
        cursor.unexpected("`data`", "write `from data`; the rows come with the data of a run")
    return True


def _refuse_rows(block: Block, what: str) -> None:
    """Report what stands in the plan under a table or ladder whose rows come with the data."""
    first = block.items()[0].head_tokens[0]
    if first.kind != "fault":
        message = f"its {what} come with the data, and here some stand in the plan"
        help = f"leave out `from data`, or move the {what} into the data (or into an example)"
        block.faults.append(faults.ROWS_TWICE.at(first.span, message, help=help))


def _read_results(cursor: Cursor) -> tuple[tree.Result, ...]:
    if cursor.take(":"):
        type_ = cursor.type()
        return (tree.Result(type_.span, None, type_),)
    if not cursor.take("->"):
        help = "several results are named: `-> a int; b money`"
        if cursor.token.kind == "end":
            help = "say what the table gives, e.g. `: money`"
        elif cursor.token.kind == "(":
            help = "a key's own type stands behind it without brackets: `excess int 0 .. 200`"
        cursor.unexpected("`,` and a key, or `:` and the type of the result", help)
    results = []
    while True:
        name = cursor.identifier("the name of a result")
        if cursor.token.kind != "name":
            cursor.unexpected("the type of the result", "e.g. `-> points int; fine money`")
        results.append(tree.Result(cursor.span_from(name), name, cursor.type()))
        if cursor.token.kind == ",":
            cursor.unexpected("`;` and the next result", "results are separated by `;`")
        if not cursor.take(";"):
            break
    return tuple(tree.Result(Span(r.span.start, r.type.span.end), r.name, r.type) for r in results)


def _read_collect(cursor: Cursor) -> tuple[str, Span]:
    start = cursor.advance()
    if not cursor.at_word(*COLLECTORS):
        cursor.unexpected("sum, min, max or count", "e.g. `collect sum`")
    word = cursor.advance()
    return word.text, cursor.span_from(start)


def _read_row(cursor: Cursor) -> tree.TableRow:
    """`elevator, no, ..4 : 0.80`."""
    start = cursor.token
    cells = [read_cell(cursor)]
    while cursor.take(","):
        cells.append(read_cell(cursor))
    cursor.expect(":", "`,` and another cell, or `:` and the result", _row_help(cursor))
    results = [cursor.literal("a result: a number, a date, a text or a member")]
    while cursor.take(","):
        results.append(cursor.literal("a result: a number, a date, a text or a member"))
    cursor.finish("`,` and another result, or the end of the line", _cells_are_literals(cursor))
    return tree.TableRow(cursor.span_from(start), tuple(cells), tuple(results))


def _row_help(cursor: Cursor) -> str:
    """The way out where no colon follows a row's cells."""
    before, token, following = cursor.previous, cursor.token, cursor.peek()
    if token.kind == "=":
        return "the result stands behind a colon: `CELL : RESULT`"
    if token.kind == "-" and before.kind == following.kind and before.kind in _LITERAL_STARTS:
        band = misplaced.short(f"{before.text}..{following.text}", "0..0.6")
        return f"a band is written with two points: `{band}`"
    return ""


def _cells_are_literals(cursor: Cursor) -> str:
    if cursor.token.kind in ("+", "-", "*", "/", ".", "("):
        return "a table holds plain values; compute with what it gives where it is used"
    return ""


def read_cell(cursor: Cursor) -> tree.Cell:
    """A cell of a key: `*`, a value, a band, or several of them in brackets."""
    token = cursor.token
    if token.kind in ("otherwise", "else"):
        cursor.unexpected("a cell", "the row for all other cases has `*` for each key")
    if token.kind == "*":
        cursor.advance()
        return tree.AnyCell(token.span)
    if token.kind != "(":
        return _read_choice(cursor)
    cursor.advance()
    options = [_read_choice(cursor)]
    while cursor.take(","):
        options.append(_read_choice(cursor))
    cursor.expect(")", "`,` and another value, or `)`")
    return tree.EitherCell(cursor.span_from(token), tuple(options))


def _read_choice(cursor: Cursor) -> tree.Cell:
    """A value or a band."""
    start = cursor.token
    if start.kind in _BAND_SIGNS:
        lower, included = _BAND_SIGNS[start.kind]
        cursor.advance()
        bound = cursor.bound("a number or a date")
        span = cursor.span_from(start)
        return tree.BandCell(span, bound, None, included) if lower else tree.BandCell(span, None, bound, True, included)
    if start.kind in ("..", "..="):
        cursor.advance()
        high = cursor.bound("the upper end of the band")
        return tree.BandCell(cursor.span_from(start), None, high, True, start.kind == "..=")
    value = cursor.literal("a cell: `*`, a member, a value, a band like `0..4`, or `(a, b)`")
    dots = cursor.token
    if dots.kind not in ("..", "..="):
        return tree.ValueCell(value.span, value)
    if isinstance(value, tree.Name | tree.Text):
        cursor.unexpected("`,` or `:`", "only numbers, dates and moments have bands")
    cursor.advance()
    if dots.kind == "..=" or cursor.token.kind in _LITERAL_STARTS:
        high = cursor.bound("the upper end of the band")
        return tree.BandCell(cursor.span_from(start), value, high, True, dots.kind == "..=")
    return tree.BandCell(cursor.span_from(start), value, None)


def read_ladder(block: Block) -> tree.Ladder | None:
    """`ladder NAME of KEYS : TYPE over`, and its steps, perhaps in groups under a head."""
    cursor = block.head()
    start = cursor.advance()
    header: tuple[tree.Identifier, tuple[tree.Key, ...], tree.TypeExpression, bool] | None = None
    from_data = False
    try:
        name = cursor.identifier("the name of the ladder")
        keys = _read_keys(cursor, "ladder")
        cursor.expect(":", "`,` and a key, or `:` and the type of the steps' values")
        type_ = cursor.type()
        over = cursor.take_word("over")
        from_data = _read_from_data(cursor)
        more = "" if from_data else "`from data` or " if over else "`over`, `from data` or "
        help = "`over` stands before `from data`" if from_data and cursor.at_word("over") else ""
        cursor.finish(f"{more}the end of the line", help)
        header = (name, keys, type_, over)
    except Unreadable:
        pass
    if from_data and block.has_items:
        _refuse_rows(block, "steps")
        return None
    groups = _read_groups(block.items())
    if header is None:
        return None
    return tree.Ladder(Span(start.start, block.span.end), *header, groups, from_data)


def read_rows_or_groups(items: list[Block]) -> tuple[tuple[tree.TableRow, ...], tuple[tree.LadderGroup, ...]]:
    """What stands under a `table` of an example: rows, and groups of steps under their heads."""
    rows: list[tree.TableRow] = []
    groups: list[tree.LadderGroup] = []
    for item in items:
        try:
            if any(token.kind == ":" for token in item.head_tokens):
                rows.append(_read_row(item.whole()))
            else:
                groups.append(_read_group(item, "`:` and the result"))
        except Unreadable:
            continue
    return tuple(rows), tuple(groups)


def _read_groups(items: list[Block]) -> tuple[tree.LadderGroup, ...]:
    """Steps that follow each other without a head are one group."""
    groups: list[tree.LadderGroup] = []
    loose: list[tree.LadderStep] = []
    for item in items:
        try:
            if any(token.kind == ":" for token in item.head_tokens):
                loose.append(_read_step(item.whole()))
                continue
            _close_group(groups, loose)
            groups.append(_read_group(item))
        except Unreadable:
            continue
    _close_group(groups, loose)
    return tuple(groups)


def _close_group(groups: list[tree.LadderGroup], loose: list[tree.LadderStep]) -> None:
    if loose:
        groups.append(tree.LadderGroup(loose[0].span.to(loose[-1].span), (), tuple(loose)))
        loose.clear()


def _read_group(block: Block, expected: str = "`:` and the step's value") -> tree.LadderGroup:
    cursor = block.head()
    heads = [cursor.literal("a step `THRESHOLD : VALUE` or the key of a group of steps")]
    while cursor.take(","):
        heads.append(cursor.literal("the key of a group of steps"))
    cursor.finish("`:` and the step's value, or `,` and another key of the group")
    if not block.has_items:
        help = "a step is `THRESHOLD : VALUE`; a group's steps stand deeper below its head"
        cursor.unexpected(expected, help)
    steps = []
    for item in block.items():
        try:
            steps.append(_read_step(item.whole()))
        except Unreadable:
            continue
    return tree.LadderGroup(block.span, tuple(heads), tuple(steps))


def _read_step(cursor: Cursor) -> tree.LadderStep:
    start = cursor.token
    if start.kind in _BAND_SIGNS or start.kind in ("..", "..="):
        cursor.unexpected("a threshold", _STEP_HELP)
    threshold = cursor.literal("a threshold")
    cursor.expect(":", "`:` and the step's value", _STEP_HELP if cursor.token.kind in _BAND_WORDS else "")
    value = cursor.literal("the step's value")
    cursor.finish("the end of the line", _cells_are_literals(cursor))
    return tree.LadderStep(cursor.span_from(start), threshold, value)

"""From text to tree: the entry points, the plan's header and what declares data (kinds, entities, parameters).

Faults are reported all at once: a statement that cannot be read is left out of the tree and reading goes on with the
next declaration, column, row or branch.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import TypedDict

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.span import Source, Span
from paycalc.syntax import faults, misplaced, tree
from paycalc.syntax.cursor import Cursor, Unreadable
from paycalc.syntax.examples import read_example
from paycalc.syntax.layout import Block, realign, split
from paycalc.syntax.lexer import Lexed, Token, lex
from paycalc.syntax.lines import read_assert, read_line
from paycalc.syntax.tables import read_ladder, read_table

# What cannot begin a line at the left margin, but continues one.
_CONTINUING = frozenset("= + - * / < <= > >= is in and or then else when".split())
_CONTINUING_HELP = "indent it, so that it continues the line above"
SETTINGS = ("currency", "period", "timezone", "payee")
UNAVAILABLE_DECLARATIONS = frozenset("carry close wallet grant redeem deductions replace".split())
_TIMEZONE = re.compile(r"[^\W\d]\w*(?:[/+-]\w+)*")
_TIMEZONE_SIGNS = frozenset("/+-")


def decode(data: bytes, name: str) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The text of a file; no source and a diagnostic where the bytes are not UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    try:
        return Source(name, data.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8: byte {error.start:,} is 0x{data[error.start]:02x} (line {line:,})"
        return None, (faults.NOT_UTF8.at(Span(0, 0), message, help="save it as UTF-8"),)


def parse(source: Source) -> tuple[tree.Plan, tuple[Diagnostic, ...]]:
    """The tree of a plan and all faults found, in the order of the text. What could not be read is not in the tree."""
    lexed = lex(source)
    found: list[Diagnostic] = []
    header, declarations = _read_plan(lexed, found)
    plan = tree.Plan(Span(0, len(source.text)), header, tuple(declarations), tuple(lexed.comments))
    return plan, _arranged(lexed, found)


def _arranged(lexed: Lexed, found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """All faults by place, each once, without those that only follow from an unclosed bracket."""
    starts = [span.start for span in lexed.unclosed]  # rising, and the stretches do not overlap

    def is_swallowed(diagnostic: Diagnostic) -> bool:
        index = bisect_right(starts, diagnostic.span.start) - 1
        return index >= 0 and diagnostic.span.start <= lexed.unclosed[index].end

    kept = [diagnostic for diagnostic in found if not is_swallowed(diagnostic)]
    ordered = sorted(dict.fromkeys(lexed.diagnostics + kept), key=lambda diagnostic: diagnostic.span.start)
    if len(ordered) > faults.FAULTS_MAX:
        ordered = ordered[: faults.FAULTS_MAX]
        ordered.append(faults.too_many_faults(ordered[-1].span))
    return tuple(ordered)


def _read_plan(lexed: Lexed, found: list[Diagnostic]) -> tuple[tree.Header | None, list[tree.Declaration]]:
    header: tree.Header | None = None
    declarations: list[tree.Declaration] = []
    realign(lexed, found)
    blocks = split(lexed, found, 0, len(lexed.lines), margin=0)
    if not blocks or blocks[0].head_tokens[0].text != "plan":
        _missing_plan(lexed, found)
    blocks = _joined(blocks, found)
    for number, block in enumerate(blocks):
        if len(found) > faults.FAULTS_MAX:
            break
        first = block.head_tokens[0]
        if first.kind == "name" and first.text == "plan":
            if number:
                message = "a second `plan`" if header is not None else "`plan` is not the first declaration"
                found.append(faults.MISSING_PLAN.at(first.span, message, help="begin the text with one `plan NAME`"))
                continue
            header = read_header(block)
        else:
            node = _read_declaration(block)
            if node is not None:
                declarations.append(node)
    return header, declarations


def _joined(blocks: list[Block], found: list[Diagnostic]) -> list[Block]:
    """Statements with the lines at the left margin that were to continue them: each statement is one report."""
    joined: list[Block] = []
    reported = awaits_branches = False
    for block in blocks:
        words = {token.kind for token in block.tokens}
        first = block.head_tokens[0]
        above = joined[-1] if joined else None
        is_branch = awaits_branches and _is_branch(block)
        if above is None or _first_word(above) not in _STATEMENTS or not (is_branch or first.kind in _CONTINUING):
            joined.append(block)
            reported = False
            awaits_branches = "case" in words and "otherwise" not in words
            continue
        if not reported and not block.lexed.has_tabs and not (is_branch and above.tokens[-1].kind != "case"):
            # The reader of `case` itself reports a branch that stands left of others.
            found.append(_not_indented(above, first, is_branch))
        joined[-1] = Block(block.lexed, block.faults, above.first, block.last)
        reported = True
        awaits_branches = awaits_branches and "otherwise" not in words
    return joined


def _first_word(block: Block) -> str:
    first = block.head_tokens[0]
    return first.text if first.kind == "name" else ""


def _is_branch(block: Block) -> bool:
    """Whether a line at the left margin looks like a branch of a `case`, and like nothing else."""
    first = block.head_tokens[0]
    if first.kind == "otherwise":
        return True
    return _first_word(block) not in _BEGINNINGS and any(token.kind == ":" for token in block.head_tokens)


def _not_indented(above: Block, first: Token, is_branch: bool) -> Diagnostic:
    if not is_branch:
        return faults.UNKNOWN_DECLARATION.at(first.span, "this line declares nothing", help=_CONTINUING_HELP)
    word = _first_word(above)
    return faults.BAD_INDENTATION.at(
        first.span, "the branches of a `case` are indented deeper than the line they belong to",
        help=f"indent them, all of them in the same column, deeper than `{word}`",
    )  # fmt: skip


def _missing_plan(lexed: Lexed, found: list[Diagnostic]) -> None:
    """Report that nothing named the plan, unless a `plan` stands further down and is reported there."""
    if any(
        line.indent == 0 and lexed.tokens[line.first].text == "plan" and lexed.tokens[line.first].kind == "name"
        for line in lexed.lines
    ):
        return
    if not lexed.lines and lexed.diagnostics:
        return
    span = lexed.tokens[lexed.lines[0].first].span if lexed.lines else Span(0, 0)
    found.append(
        faults.MISSING_PLAN.at(span, "the plan has no name", help="begin with a line like `plan store_incentive`")
    )


def _read_declaration(block: Block) -> tree.Declaration | None:
    first = block.head_tokens[0]
    reader = _READERS.get(first.text) if first.kind == "name" else None
    if reader is not None:
        return reader(block)
    if first.kind == "fault":
        return None
    if first.kind == "name" and first.text in UNAVAILABLE_DECLARATIONS:
        block.faults.append(faults.not_available(first.span, first.text))
        return None
    help = "begin it with let, pay, deduct, employer, show, assert, kind, entity, parameters, table, ladder or example"
    if first.kind in _CONTINUING:
        help = _CONTINUING_HELP
    elif first.kind == "name" and first.text in SETTINGS:
        help = "indent it: settings stand under `plan`"
    elif first.kind == "name" and any(token.kind == "=" for token in block.tokens):
        help = f"to define a value write `let {first.text} = ...` (or pay, deduct, employer, show)"
    block.faults.append(faults.UNKNOWN_DECLARATION.at(first.span, "this line declares nothing", help=help))
    return None


# ---------------------------------------------------------------- the header


def read_header(block: Block) -> tree.Header | None:
    """`plan NAME "Title"` with its settings; None where the name cannot be read."""
    cursor = block.head()
    plan = cursor.advance()
    name, title = None, None
    try:
        name = cursor.identifier("the name of the plan")
        title = cursor.label()
        if cursor.at_word("extends"):
            cursor.refuse_unavailable(cursor.token.span, "extends")
        cursor.finish("the plan's title in quotes or the end of the line")
    except Unreadable:
        if cursor.at_word("extends"):
            return None
    settings: dict[str, tree.Identifier | tree.PeriodExpression] = {}
    places: dict[str, Span] = {}
    for item in block.items():
        try:
            _read_setting(item.whole(), settings, places)
        except Unreadable:
            continue
    if name is None:
        return None
    period = settings.pop("period", None)
    assert period is None or isinstance(period, tree.PeriodExpression)
    named = {key: value for key, value in settings.items() if isinstance(value, tree.Identifier)}
    span = Span(plan.start, block.span.end)
    return tree.Header(span, name, title, period=period, **named)


def _read_setting(
    cursor: Cursor, settings: dict[str, tree.Identifier | tree.PeriodExpression], places: dict[str, Span]
) -> None:
    word = cursor.token
    if word.kind == "name" and word.text in UNAVAILABLE_DECLARATIONS:
        cursor.refuse_unavailable(word.span, word.text)
    if word.kind != "name" or word.text not in SETTINGS:
        if word.kind == "fault":
            raise Unreadable
        message = f"`{word.text}` is not a setting of a plan"
        help = "the settings are currency, period, timezone and payee; declarations begin at the left margin"
        cursor.fail(faults.UNKNOWN_SETTING, word.span, message, help=help)
    cursor.advance()
    if word.text in places:
        first = faults.also(places[word.text], "the first")
        cursor.report(
            faults.DUPLICATE_SETTING.at(word.span, f"a second `{word.text}`", also=first, help="keep one of them")
        )
        return
    places[word.text] = word.span
    value: tree.Identifier | tree.PeriodExpression
    if word.text == "period":
        value = _read_period(cursor)
    elif word.text == "timezone":
        value = _read_timezone(cursor)
    else:
        value = cursor.identifier("a currency like CNY" if word.text == "currency" else "the entity that is paid")
    cursor.finish()
    settings[word.text] = value


def _read_period(cursor: Cursor) -> tree.PeriodExpression:
    """`month`, `14 days from 2026-01-05`."""
    start = cursor.token
    count = cursor.whole_number("a number of days") if start.kind == "number" else None
    kind = cursor.identifier("a period: day, week, half_month, month, quarter, year, or `N days from DATE`")
    first_day = None
    if cursor.take("from"):
        if cursor.token.kind != "date":
            cursor.unexpected("a date like 2026-01-05")
        moment = cursor.moment()
        assert isinstance(moment, tree.Date)
        first_day = moment.value
    return tree.PeriodExpression(cursor.span_from(start), kind.text, count, first_day)


def _read_timezone(cursor: Cursor) -> tree.Identifier:
    """`Asia/Shanghai`, `Etc/GMT+8`: the tokens up to the first blank."""
    start = cursor.token
    if start.kind != "name":
        cursor.unexpected("a time zone like Asia/Shanghai")
    text = cursor.advance().text
    while cursor.token.start == cursor.previous.end and (
        cursor.token.kind in _TIMEZONE_SIGNS or cursor.token.kind in ("name", "number") or cursor.token.text.isalpha()
    ):
        text += cursor.advance().text
    if not _TIMEZONE.fullmatch(text) and cursor.token.kind != "fault":
        cursor.fail(
            faults.UNEXPECTED_TOKEN, cursor.span_from(start), f"`{text}` is not the name of a time zone",
            help="time zones are named like Asia/Shanghai or UTC",
        )  # fmt: skip
    return tree.Identifier(cursor.span_from(start), text)


# ---------------------------------------------------------------- kinds, entities, parameters


def read_kind(block: Block) -> tree.Kind | None:
    cursor = block.whole()
    try:
        start = cursor.advance()
        name = cursor.identifier("the name of the kind")
        cursor.expect("=", "`=` and a type", "e.g. `kind grade = one of junior, senior`")
        type_ = cursor.type()
        cursor.finish(help=_members_help(cursor, type_))
        return tree.Kind(cursor.span_from(start), name, type_)
    except Unreadable:
        return None


def _members_help(cursor: Cursor, type_: tree.TypeExpression) -> str:
    """The way out for members without `one of`: `kind size = small, large`."""
    if cursor.token.kind != "," or type_.word == "one of" or cursor.previous.span != type_.span:
        return ""
    member = cursor.peek()
    shown = misplaced.short(member.text, "...") if member.kind == "name" else "..."
    return f"members stand behind `one of`: `one of {misplaced.short(type_.word, 'A')}, {shown}`"


class _Clauses(TypedDict, total=False):
    """What is said of an entity in its first line, behind its name."""

    dated: tree.Identifier
    belongs_to: tree.Identifier
    hold: tree.BadHold
    outside: tree.OutsidePeriod
    bound: tree.RowBound


def read_entity(block: Block) -> tree.Entity | None:
    """`entity parcel "Label" dated delivered_at in worker when bad hold ...` and its columns."""
    cursor = block.head()
    start = cursor.advance()
    name, label = None, None
    clauses: _Clauses = {}
    readable = True
    try:
        name = cursor.identifier("the name of the entity")
        label = cursor.label()
        while cursor.token.kind != "end":
            _read_clause(cursor, clauses, name)
    except Unreadable:
        readable = False
    columns = read_columns(block.items())
    if not readable or name is None:
        return None
    return tree.Entity(
        Span(start.start, block.span.end), name, label, clauses.get("belongs_to"), clauses.get("bound"), columns,
        clauses.get("dated"), clauses.get("hold"), clauses.get("outside"),
    )  # fmt: skip


def _read_clause(cursor: Cursor, clauses: _Clauses, name: tree.Identifier) -> None:
    """One of the clauses, each of which stands once, in any order."""
    word = cursor.token
    before = set(clauses)
    if word.kind == "in":
        cursor.advance()
        clause, clauses["belongs_to"] = "belongs_to", cursor.identifier("the entity it belongs to")
    elif cursor.at_word("dated"):
        cursor.advance()
        clause, clauses["dated"] = "dated", cursor.identifier("the name of the column with the date", soft=True)
    elif word.kind == "when":
        clause, clauses["hold"] = "hold", _read_hold(cursor)
    elif cursor.at_word("outside"):
        clause, clauses["outside"] = "outside", _read_outside(cursor)
    elif cursor.at_word("at"):
        clause, clauses["bound"] = "bound", _read_bound(cursor)
    else:
        help = ""
        if word.kind == "of" and cursor.peek().kind == "name":
            owned = f"{misplaced.short(name.text, 'parcel')} in {misplaced.short(cursor.peek().text, 'worker')}"
            help = f"what an entity belongs to stands behind `in`: `entity {owned}`"
        elif word.kind == ",":
            help = "these clauses follow each other without commas"
        cursor.unexpected(
            "`dated COLUMN`, `in ENTITY`, `when bad hold`, `outside period`, `at most` or the end of the line", help
        )
    if clause in before:
        cursor.fail(
            faults.DUPLICATE_SETTING, cursor.span_from(word), f"a second `{word.text}`", help="keep one of them"
        )


def _read_hold(cursor: Cursor) -> tree.BadHold:
    """`when bad hold`."""
    start = cursor.advance()
    help = "write `when bad hold`; without it a bad row rejects its payee"
    if not cursor.take_word("bad"):
        cursor.unexpected("`bad`", help)
    if not cursor.take_word("hold"):
        cursor.unexpected("`hold`", help)
    return tree.BadHold(cursor.span_from(start))


def _read_outside(cursor: Cursor) -> tree.OutsidePeriod:
    """`outside period ignore`, `outside period carry`."""
    start = cursor.advance()
    if not cursor.take_word("period"):
        cursor.unexpected("`period`", "write `outside period ignore` or `outside period carry`")
    if not cursor.at_word("ignore", "carry"):
        help = "write `ignore` or `carry`; without the clause a row outside the period is a fault"
        cursor.unexpected("`ignore` or `carry`", help)
    word = cursor.advance()
    return tree.OutsidePeriod(cursor.span_from(start), word.text)


def _read_bound(cursor: Cursor) -> tree.RowBound:
    """`at most 100_000 per worker`."""
    start = cursor.advance()
    if not cursor.take_word("most"):
        cursor.unexpected("`most`", "write `at most 1_000 per worker`")
    count = cursor.whole_number("a number of rows")
    if not cursor.take_word("per"):
        cursor.unexpected("`per` and an entity", "write `at most 1_000 per worker`")
    per = cursor.identifier("an entity")
    return tree.RowBound(cursor.span_from(start), count, per)


def read_parameters(block: Block) -> tree.Parameters | None:
    cursor = block.head()
    start = cursor.advance()
    entity = None
    readable = True
    try:
        if cursor.take("of"):
            entity = cursor.identifier("an entity")
        cursor.finish("`of ENTITY` or the end of the line")
    except Unreadable:
        readable = False
    columns = read_columns(block.items())
    if not readable:
        return None
    return tree.Parameters(Span(start.start, block.span.end), entity, columns)


def read_columns(items: list[Block]) -> tuple[tree.Column, ...]:
    columns = []
    for item in items:
        try:
            columns.append(_read_column(item.whole()))
        except Unreadable:
            continue
    return tuple(columns)


def _read_column(cursor: Cursor) -> tree.Column:
    """`rate, accelerator : percent(2) 0% .. 40% = 5% "Label"`."""
    start = cursor.token
    names = [cursor.identifier("the name of a column", soft=True)]
    while cursor.take(","):
        names.append(cursor.identifier("the name of a column", soft=True))
    joined = misplaced.one_word(cursor.tokens, cursor.index - 1) if cursor.token.kind != ":" else ""
    help = f"a name is one word: `{joined} : ...`" if joined else "e.g. `sales : money 0 .. 1_000_000`"
    cursor.expect(":", "`:` and a type", help)
    type_ = cursor.type()
    optional, default = False, None
    while cursor.token.kind in ("optional", "="):
        word = cursor.advance()
        if (word.kind == "optional" and optional) or (word.kind == "=" and default is not None):
            cursor.fail(faults.DUPLICATE_SETTING, word.span, f"a second `{word.text}`", help="keep one of them")
        if word.kind == "optional":
            optional = True
        else:
            default = cursor.literal("a default: a number, a date, a text or a member")
    label = cursor.label()
    if label is not None and cursor.token.kind in ("optional", "="):
        cursor.unexpected("the end of the line", "the label in quotes comes last")
    help = _members_help(cursor, type_)
    if cursor.token.kind in ("<", "<=", ">", ">="):
        help = "a range has both of its ends: `0 .. 1_000`"
    elif optional and type_.range is None and cursor.token.kind in ("number", "-", "date", "datetime"):
        help = "the range stands before `optional`: `int 0 .. 10 optional`"
    cursor.finish("a range, `optional`, `= DEFAULT`, a label in quotes or the end of the line", help)
    return tree.Column(cursor.span_from(start), tuple(names), type_, optional, default, label)


_READERS: dict[str, Callable[[Block], tree.Declaration | None]] = {
    "kind": read_kind,
    "entity": read_entity,
    "parameters": read_parameters,
    "table": read_table,
    "ladder": read_ladder,
    "let": read_line,
    "pay": read_line,
    "deduct": read_line,
    "employer": read_line,
    "show": read_line,
    "assert": read_assert,
    "example": read_example,
}
_STATEMENTS = frozenset("let pay deduct employer show assert".split())
_BEGINNINGS = frozenset((*_READERS, *UNAVAILABLE_DECLARATIONS, "plan"))

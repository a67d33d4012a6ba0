"""Reading lines: `let pay deduct employer show NAME = ...`, their `case` and `when`, and `assert`."""

from __future__ import annotations

from typing import NoReturn

from paycalc.core.span import Span
from paycalc.syntax import faults, misplaced, tree
from paycalc.syntax.cursor import Cursor, Unreadable
from paycalc.syntax.expressions import expression
from paycalc.syntax.layout import Block
from paycalc.syntax.lexer import Token


def read_line(block: Block) -> tree.Line | None:
    """`pay NAME "label" : type = value when condition`; None where it cannot be read."""
    cursor = block.whole()
    before = len(block.faults)
    try:
        line = _read_line(cursor)
    except Unreadable:
        return None
    # A construct that was reported and stepped over has left a stand-in; such a line does not go on.
    return line if len(block.faults) == before else None


def _read_line(cursor: Cursor) -> tree.Line:
    role = cursor.advance()
    if cursor.token.kind == "text":
        example = f'`{role.text} {misplaced.name_of_label(cursor.token.text)} "Label" = ...`'
        cursor.unexpected("the name of the line", f"a line has a name of one word, then perhaps a label: {example}")
    start, entity, name = cursor.index, None, cursor.identifier("the name of the line")
    if cursor.take("."):
        entity, name = name, cursor.identifier("the name of the line")
        if cursor.token.kind == ".":
            cursor.unexpected("`=`", "a line belongs to one entity: `let store.pool = ...`")
    label = cursor.label()
    if cursor.at_word("class"):
        cursor.refuse_unavailable(cursor.token.span, f"{role.text} ... class")
    type_ = cursor.type() if cursor.take(":") else None
    expected = "`=` and a value" if type_ is not None else "a label in quotes, `: TYPE` or `=` and a value"
    if cursor.token.kind == "name" and type_ is None and cursor.token.text == "on":
        cursor.refuse_unavailable(cursor.token.span, "on")
    if cursor.token.kind != "=":
        help = f"e.g. `{role.text} {name.text} = 300`"
        if joined := misplaced.one_word(cursor.tokens, start):
            help = f"a name is one word: `{role.text} {joined} = ...`; a label in quotes may stand behind it"
        cursor.unexpected(expected, help)
    cursor.advance()
    if cursor.token.kind == "case":
        case, when = _read_case(cursor)
        end = cursor.tokens[-2].end
        return tree.Line(Span(role.start, end), role.text, entity, name, label, type_, case, when)
    value = expression(cursor)
    when = None
    if cursor.take("when"):
        when = expression(cursor)
    cursor.finish(f"an operator{'' if when else ', `when`'} or the end of the line")
    return tree.Line(cursor.span_from(role), role.text, entity, name, label, type_, value, when)


def _read_case(cursor: Cursor) -> tuple[tree.Case, tree.Expression | None]:
    """The branches after `case`, each beginning a line, and the `when` after them."""
    word = cursor.advance()
    if cursor.token.kind == "end":
        cursor.fail(
            faults.MISSING_OTHERWISE, word.span, "this `case` has no branches",
            help="write each branch on a line of its own: `CONDITION : VALUE`, the last one `otherwise : VALUE`",
        )  # fmt: skip
    if cursor.token.indent < 0:
        _not_on_a_line_of_its_own(cursor)
    branches: list[tree.CaseBranch] = []
    otherwise: tree.Expression | None = None
    otherwise_span: Span | None = None
    when: tree.Expression | None = None
    when_span: Span | None = None
    readable, ends_with_else = True, False
    for tokens in _branch_tokens(cursor):
        part = Cursor(tokens, cursor.faults)
        first = part.token
        try:
            if when_span is not None:
                part.unexpected("the end of the line", "`when` comes last")
            if first.kind == "when":
                when_span = first.span
                part.advance()
                when = expression(part)
                part.finish("an operator or the end of the line")
            elif otherwise_span is not None:
                part.unexpected("`when` or the end of the line", "`otherwise` is the last branch")
            elif first.kind == "otherwise":
                otherwise_span = first.span
                otherwise, when = _read_otherwise(part)
                when_span = first.span if when is not None else None
            else:
                ends_with_else = first.kind == "else"
                branches.append(_read_branch(part))
        except Unreadable:
            readable = False
    if otherwise_span is None and not ends_with_else:
        cursor.fail(
            faults.MISSING_OTHERWISE, word.span, "this `case` does not end with `otherwise`",
            help="say what holds in all other cases: `otherwise : 0`",
        )  # fmt: skip
    if not readable or otherwise is None or otherwise_span is None:
        raise Unreadable
    if not branches:
        cursor.fail(
            faults.MISSING_OTHERWISE, word.span, "this `case` has no branch before `otherwise`",
            help="write the value alone, without `case`",
        )  # fmt: skip
    span = Span(word.start, otherwise.span.end)
    return tree.Case(span, tuple(branches), otherwise, otherwise_span), when


def _not_on_a_line_of_its_own(cursor: Cursor) -> NoReturn:
    """Report what stands on the line of a `case`: a branch, or the value whose members the branches name."""
    token = cursor.token
    if token.kind == "fault":
        raise Unreadable
    following = next(
        (index for index in range(cursor.index, len(cursor.tokens)) if cursor.tokens[index].indent >= 0), 0
    )
    on_the_line = cursor.tokens[cursor.index : following or len(cursor.tokens)]
    if not following or any(each.kind == ":" for each in on_the_line):
        help = "begin every branch on a line of its own"
        cursor.fail(faults.CASE_MISPLACED, token.span, "a branch on the line of its `case`", help=help)
    value = misplaced.short(token.text, "VALUE") if len(on_the_line) == 1 and token.kind == "name" else "VALUE"
    first = cursor.tokens[following]
    member = misplaced.short(first.text, "MEMBER") if first.kind in ("name", "text", "number") else "MEMBER"
    shown = f'"{member}"' if first.kind == "text" else member
    cursor.fail(
        faults.CASE_MISPLACED, token.span, "`case` stands alone on its line",
        help=f"every branch has a whole condition: `{value} is {shown} : ...`",
    )  # fmt: skip


def _branch_tokens(cursor: Cursor) -> list[list[Token]]:
    """The rest of the statement cut at the lines that are not deeper than the first branch."""
    rest = cursor.tokens[cursor.index : -1]
    indent = rest[0].indent
    parts: list[list[Token]] = []
    reported = False
    for token in rest:
        if 0 <= token.indent <= indent:
            if token.indent < indent and token.kind != "when" and not reported:
                cursor.report(
                    faults.BAD_INDENTATION.at(
                        token.span,
                        "this branch begins left of the branches above it",
                        help="begin all branches of a `case` in the same column",
                    )
                )
                reported = True
            parts.append([])
        parts[-1].append(token)
    return parts


def _read_branch(cursor: Cursor) -> tree.CaseBranch:
    start = cursor.token
    if start.kind == "else":
        cursor.unexpected("a condition or `otherwise`", "the last branch of a `case` is `otherwise : VALUE`")
    if not any(token.kind == ":" for token in cursor.tokens):
        _refuse_equals_for_colon(cursor)
    condition = expression(cursor)
    cursor.expect(":", "an operator or `:` and the branch's value", "a branch is `CONDITION : VALUE`")
    value = expression(cursor)
    cursor.finish("an operator or the end of the line")
    return tree.CaseBranch(cursor.span_from(start), condition, value)


def _refuse_equals_for_colon(cursor: Cursor) -> None:
    """Report the last `=` of a branch that has no colon: it stands where the colon belongs."""
    equals = [token for token in cursor.tokens if token.kind == "="]
    if equals and not any(token.kind == "fault" for token in cursor.tokens):
        message = "expected `:` and the branch's value, found `=`"
        cursor.fail(faults.UNEXPECTED_TOKEN, equals[-1].span, message, help="a branch is `CONDITION : VALUE`")


def _read_otherwise(cursor: Cursor) -> tuple[tree.Expression, tree.Expression | None]:
    """`otherwise : VALUE`, with the `when` of the line below it if that is indented as deep as a continuation."""
    cursor.advance()
    cursor.expect(":", "`:` and a value", "write `otherwise : VALUE`")
    value = expression(cursor)
    when = None
    if cursor.token.kind == "when" and cursor.token.indent >= 0:
        cursor.advance()
        when = expression(cursor)
    cursor.finish("an operator or the end of the line")
    return value, when


def read_assert(block: Block) -> tree.Assert | None:
    """`assert CONDITION "message"`."""
    cursor = block.whole()
    before = len(block.faults)
    try:
        start = cursor.advance()
        condition = expression(cursor)
        help = 'e.g. `assert net >= 0 "net pay is negative"`'
        message = cursor.expect("text", "an operator or the message in quotes", help)
        cursor.finish("the end of the line")
    except Unreadable:
        return None
    if len(block.faults) != before:
        return None
    return tree.Assert(cursor.span_from(start), condition, message.text)

"""Tokens that stand where they cannot: what was probably meant, whatever was expected there.

Some have a fault of their own (`fault_at`), for others a way out is known (`help_at`). All look at the tokens of one
statement and the place of the one that could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.span import Span
from paycalc.syntax import faults
from paycalc.syntax.lexer import Token

_GROUP = re.compile(r"[0-9]{3}(?:\.[0-9]+)?%?")
_GROUPS_MAX = 13  # of three digits: more is no number
_DIGITS = re.compile(r"[0-9]+%?")


def fault_at(tokens: Sequence[Token], index: int) -> Diagnostic | None:
    """The fault of a token that has one of its own; None for the others. `index` is that of the token."""
    token, following = tokens[index], tokens[min(index + 1, len(tokens) - 1)]
    match token.kind:
        case "," | "number":
            return thousands_at(tokens, index if token.kind == "," else index - 1)
        case "not" if following.kind == "in":
            return faults.UNKNOWN_OPERATOR.at(
                Span(token.start, following.end), "`not in` is not an operator of the plan language",
                help="write `not (x in (...))`",
            )  # fmt: skip
        case "when":
            return faults.WHEN_MISPLACED.at(
                token.span, "`when` cannot stand here",
                help="put it at the end of the line, or write `if CONDITION then VALUE else 0`",
            )  # fmt: skip
        case "case":
            return faults.CASE_MISPLACED.at(
                token.span, "`case` cannot stand inside an expression",
                help="give it a line of its own, e.g. `let NAME =` and `case` below it, and use the name here",
            )  # fmt: skip
        case "if":
            return faults.IF_MISPLACED.at(
                token.span, "`if` cannot stand here", help="put it in brackets: `(if ... then ... else ...)`"
            )
        case "name" if token.text == "group" and following.text == "without":
            return faults.not_available(Span(token.start, following.end), "group without")
    return None


def help_at(tokens: Sequence[Token], index: int) -> str:
    """The way out where the token tells what was meant; else an empty text."""
    match tokens[index].kind:
        case "," | "number":
            return decimal_comma_help(tokens, index if tokens[index].kind == "," else index - 1)
        case ")" if sum((t.kind == "(") - (t.kind == ")") for t in tokens[:index]) == 0:
            return "there is no `(` that this bracket closes"
        case "." if index and tokens[index - 1].kind == ")":
            called, result = _called(tokens, index - 1), tokens[index + 1]
            if called and result.kind == "name":
                return f"name the row first: `let row = {called}(...)`, then `row.{result.text}`"
    return ""


def thousands_at(tokens: Sequence[Token], comma: int) -> Diagnostic | None:
    """The fault of `1,000,000`, given the place of one of its commas; None where the comma parts no thousands."""
    if not _joins_numbers(tokens, comma):
        return None
    first, last = comma - 1, comma + 1
    end = comma + 2 * _GROUPS_MAX
    while last < end and _joins_numbers(tokens, last + 1) and _GROUP.fullmatch(tokens[last + 2].text):
        last += 2
    while first > comma - 2 * _GROUPS_MAX and _joins_numbers(tokens, first - 1) and len(tokens[first].text) == 3:
        first -= 2
    begin, groups = tokens[first].text, [token.text for token in tokens[first + 2 : last + 1 : 2]]
    if not (begin.isdigit() and len(begin) <= 3 and all(_GROUP.fullmatch(group) for group in groups)):
        return None
    span = Span(tokens[first].start, tokens[last].end)
    written = "_".join([begin, *groups])
    return faults.THOUSANDS_COMMA.at(span, "a comma inside a number", help=f"write `{written}`")


def decimal_comma_help(tokens: Sequence[Token], comma: int) -> str:
    """The way out for `1,5`, given the place of the comma; an empty text where it is no such comma."""
    if not _joins_numbers(tokens, comma):
        return ""
    before, after = tokens[comma - 1].text, tokens[comma + 1].text
    if not (before.replace("_", "").isdigit() and _DIGITS.fullmatch(after)):
        return ""
    return f"a point separates the decimals: write `{before}.{after}`"


def _joins_numbers(tokens: Sequence[Token], comma: int) -> bool:
    """Whether a comma stands at this place with a number right before and one right behind it, without blanks."""
    if not 0 < comma < len(tokens) - 1 or tokens[comma].kind != ",":
        return False
    before, after = tokens[comma - 1], tokens[comma + 1]
    return before.kind == after.kind == "number" and before.end + 1 == after.start


def _called(tokens: Sequence[Token], closing: int) -> str:
    """The name before the bracket that is closed at this place; empty where no name stands there."""
    depth = 0
    for index in range(closing, 0, -1):
        depth += (tokens[index].kind == ")") - (tokens[index].kind == "(")
        if depth == 0:
            return tokens[index - 1].text if tokens[index - 1].kind == "name" else ""
    return ""

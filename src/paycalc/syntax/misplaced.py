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
from paycalc.syntax.lexer import RESERVED, Token

_GROUP = re.compile(r"[0-9]{3}(?:\.[0-9]+)?%?")
_GROUPS_MAX = 13  # of three digits: more is no number
_DIGITS = re.compile(r"[0-9]+%?")
_GROUPED_BY_POINTS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_HOUR = re.compile(r"[0-9]{1,2}")
_SHOWN_MAX = 60  # characters of what is quoted from a plan
STATEMENTS = frozenset("let pay deduct employer show assert".split())
# Words that a reader of English may expect, and what is written instead.
NO_WORDS = {
    "unless": "write `when not (...)`",
    "plus": "write `+`",
    "minus": "write `-`",
    "between": "write `x >= LEAST and x <= GREATEST`",
    "elif": "write `else if`",
    "elsif": "write `else if`",
    "elseif": "write `else if`",
}


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
            return faults.IF_MISPLACED.at(token.span, "`if` cannot stand here", help=_if_help(tokens, index))
        case "name" if token.text == "group" and following.text == "without":
            return faults.not_available(Span(token.start, following.end), "group without")
    return None


def help_at(tokens: Sequence[Token], index: int) -> str:
    """The way out where the token tells what was meant; else an empty text."""
    token = tokens[index]
    match token.kind:
        case ",":
            return decimal_comma_help(tokens, index)
        case "number":
            return decimal_comma_help(tokens, index - 1) or _apart_help(tokens, index)
        case "name":
            return _word_help(tokens, index)
        case "where" if tokens[0].text in STATEMENTS and _depth(tokens, index) == 0:
            return "a condition on the whole line is written `when`"
        case "of" if index and tokens[index - 1].text.endswith("%"):
            whole = short(tokens[index + 1].text, "x") if tokens[index + 1].kind == "name" else "x"
            return f"a share is a product: `{whole} * {short(tokens[index - 1].text, '30%')}`"
        case ")" if _depth(tokens, index) == 0:
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
    if begin.startswith("0"):  # `0,015` is a decimal comma
        return None
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
    if not _DIGITS.fullmatch(after):
        return ""
    if _GROUPED_BY_POINTS.fullmatch(before):
        written = short(f"{before.replace('.', '_')}.{after}", "1_000.50")
        return f"a point separates the decimals, `_` groups digits: write `{written}`"
    if not before.replace("_", "").isdigit():
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


def _depth(tokens: Sequence[Token], index: int) -> int:
    """How many brackets are open before this place."""
    return sum((token.kind == "(") - (token.kind == ")") for token in tokens[:index])


def short(text: str, otherwise: str) -> str:
    """A text of the plan as it can be shown in a sentence, or what stands for one that is too long."""
    return text if len(text) <= _SHOWN_MAX else otherwise


def _if_help(tokens: Sequence[Token], index: int) -> str:
    """The way out for an `if` behind a value, or behind an operator."""
    if any(token.kind == "then" for token in tokens[index:]):
        return "put it in brackets: `(if ... then ... else ...)`"
    if index and tokens[index - 1].kind in ("name", "number", ")"):
        if _depth(tokens, index) == 0 and tokens[0].text in STATEMENTS:
            return "a condition behind a value is written `when`: `VALUE when CONDITION`"
        return "write `if CONDITION then VALUE else VALUE`"
    return "put it in brackets: `(if ... then ... else ...)`"


def _apart_help(tokens: Sequence[Token], index: int) -> str:
    """The way out for a number behind a blank: `1 000`, `2026-10-05 10:00`."""
    before, token = tokens[max(index - 1, 0)], tokens[index]
    if before.kind == "date" and _HOUR.fullmatch(token.text) and tokens[index + 1].kind == ":":
        minute = tokens[min(index + 2, len(tokens) - 1)]
        if minute.kind == "number" and _HOUR.fullmatch(minute.text):
            return f"a moment has a `T` between date and time: `{before.text}T{token.text:0>2}:{minute.text:0>2}`"
    if before.kind != "number" or not before.text.isdigit() or not _GROUP.fullmatch(token.text):
        return ""
    groups = [before.text, token.text]
    for following in tokens[index + 1 : index + _GROUPS_MAX]:
        if following.kind != "number" or not _GROUP.fullmatch(following.text):
            break
        groups.append(following.text)
    written = "_".join(groups)
    return f"digits are grouped with `_`: write `{short(written, '1_000')}`" if len(before.text) <= 3 else ""


def _word_help(tokens: Sequence[Token], index: int) -> str:
    """The way out for a name behind something that it cannot follow."""
    before, token = tokens[max(index - 1, 0)], tokens[index]
    if token.text == "between" and before.kind == "name" and tokens[min(index + 2, len(tokens) - 1)].kind == "and":
        name, (low, _, high) = short(before.text, "x"), tokens[index + 1 : index + 4]
        if low.kind == high.kind == "number":
            least, greatest = short(low.text, "LEAST"), short(high.text, "GREATEST")
            return f"write `{name} >= {least} and {name} <= {greatest}`"
    if token.text in NO_WORDS:
        return NO_WORDS[token.text]
    if before.text == "half" and token.text in ("up", "even", "down"):
        return f"the name of a rounding is one word: `half_{token.text}`"
    if before.kind == "name" and _lists_members(tokens, index - 1):
        return f'a member of several words is written in quotes: "{short(before.text, "A")} {short(token.text, "B")}"'
    return ""


def _lists_members(tokens: Sequence[Token], index: int) -> bool:
    """Whether the name at this place is a member behind `one of`."""
    while index > 1 and tokens[index - 1].kind == "," and tokens[index - 2].kind in ("name", "text"):
        index -= 2
    return index > 1 and tokens[index - 1].kind == "of" and tokens[index - 2].text == "one"


def one_word(tokens: Sequence[Token], index: int) -> str:
    """`full_month` for `full month` or `full-month` from the token at this place on; empty for anything else."""
    words, end = [tokens[index].text], index + 1
    while end < len(tokens) - 1 and tokens[end].kind in ("name", "number", "-"):
        if tokens[end].kind != "-":
            words.append(tokens[end].text)
        end += 1
    joined = "_".join(words)
    ends_the_name = tokens[end].kind in ("=", ":", ",", "text")
    return joined if len(words) > 1 and joined.isidentifier() and len(joined) <= _SHOWN_MAX and ends_the_name else ""


def name_of_label(label: str) -> str:
    """A name made of the words of a label, to be shown; `NAME` where they give none."""
    name = re.sub(r"\W+", "_", label).strip("_").lower()
    return name if name.isidentifier() and len(name) <= _SHOWN_MAX and name not in RESERVED else "NAME"

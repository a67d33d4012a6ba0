"""Faults that only follow from text the parser could not read: an unreadable `let base` makes every `base` unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.span import Source, Span

_WORD = re.compile(r"\w+")
# What the checker finds missing because its declaration was not read ...
_MISSING_NAMES = frozenset(
    "unknown-name unknown-function unknown-entity unknown-type unknown-member wrong-grain not-a-path ladder-needed "
    "key-type-missing no-reference never-missing".split()
)
# ... and what it finds wanting in a declaration of which a part was not read.
_INCOMPLETE = frozenset(
    "setting-missing table-gap unreachable-row ladder-group ladder-order example example-period cell-count "
    "unknown-name".split()
)


def independent(found: Iterable[Diagnostic], syntax_faults: Iterable[Diagnostic], source: Source) -> list[Diagnostic]:
    """The checker's diagnostics without those that the syntax faults explain."""
    unread = [_declaration_around(each.span, source) for each in syntax_faults]
    if not unread:
        return list(found)
    words = {word for span in unread for word in _WORD.findall(source.slice(span))}
    kept = []
    for each in found:
        explained = each.id in _MISSING_NAMES and not words.isdisjoint(_WORD.findall(source.slice(each.span)))
        inside = each.id in _INCOMPLETE and any(span.start <= each.span.start < span.end for span in unread)
        if not explained and not inside:
            kept.append(each)
    return kept


def _declaration_around(span: Span, source: Source) -> Span:
    """The whole declaration in which a place lies: from its line at the left margin to the next such line."""
    line, _ = source.position(min(span.start, len(source.text)))
    first = line
    while first > 1 and not _begins_declaration(source.line_text(first)):
        first -= 1
    last = line + 1
    while last <= source.line_count and not _begins_declaration(source.line_text(last)):
        last += 1
    start = source.line_start(first)
    return Span(start, source.line_start(last) if last <= source.line_count else len(source.text))


def _begins_declaration(line: str) -> bool:
    return bool(line) and not line[0].isspace() and line[0] != "#"

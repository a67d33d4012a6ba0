"""Faults that only follow from text the parser could not read: an unreadable `let base` makes every `base` unknown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.span import Source, Span

_WORD = re.compile(r"\w+")
# What the checker finds missing because its declaration was not read ...
_MISSING_NAMES = frozenset(
    "unknown-name unknown-function unknown-entity unknown-type unknown-member wrong-grain not-a-path ladder-needed "
    "key-type-missing no-reference never-missing unknown-unit".split()
)
# ... and what it finds wanting in a declaration of which a part was not read.
_INCOMPLETE = frozenset(
    "setting-missing table-gap unreachable-row ladder-group ladder-order example example-period cell-count "
    "unknown-name".split()
)


def independent(found: Iterable[Diagnostic], syntax_faults: Iterable[Diagnostic], source: Source) -> list[Diagnostic]:
    """The checker's diagnostics without those that the syntax faults explain."""
    starts = [source.line_start(line) for line in _declaration_lines(source)]
    unread = list(dict.fromkeys(_declaration_around(each.span, starts, source) for each in syntax_faults))
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


def _declaration_around(span: Span, starts: list[int], source: Source) -> Span:
    """The whole declaration in which a place lies: from its line at the left margin to the next such line."""
    index = bisect_right(starts, span.start)
    return Span(starts[index - 1] if index else 0, starts[index] if index < len(starts) else len(source.text))


def _declaration_lines(source: Source) -> list[int]:
    return [line for line in range(1, source.line_count + 1) if _begins_declaration(source.line_text(line))]


def _begins_declaration(line: str) -> bool:
    return bool(line) and not line[0].isspace() and line[0] != "#"

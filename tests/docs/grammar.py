"""The grammar that docs/language.md ends with, made to work: does it derive a text?

The page's EBNF is read as it stands there. Matching gives, for each rule and place, all places where it may end, so
that the order of alternatives does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from paycalc.core.span import Source
from paycalc.syntax.lexer import SOFT_RESERVED, Lexed, lex

_NOTATION = re.compile(r'\s*(?:"([^"]+)"|([A-Za-z_]+)|([=|;(){}\[\]]))')
_WITH_ITEMS = frozenset(("plan", "entity", "parameters", "table", "ladder", "example"))
_OUTSIDE = {"NUMBER": "number", "TEXT": "text", "DATE": "date", "DATETIME": "datetime"}

Node = tuple[str, object]  # "word" text | "rule" name | "row" nodes | "either" nodes | "many" node | "maybe" node


@dataclass(frozen=True)
class Word:
    """A token of the grammar: its kind, and the text that a quoted word is compared with."""

    kind: str
    text: str


class Grammar:
    """The rules by name. Raises ValueError where the notation is not well formed or a rule is missing."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Node] = {}
        self._parts = list(_parts(text))
        self._at = 0
        while self._at < len(self._parts):
            name = self._take("rule")
            self._take("=")
            if name in self.rules:
                raise ValueError(f"{name} is defined twice")
            self.rules[name] = self._either()
            self._take(";")

    def _peek(self) -> str:
        return self._parts[self._at][0] if self._at < len(self._parts) else ""

    def _take(self, kind: str) -> str:
        if self._peek() != kind:
            raise ValueError(f"expected {kind}, found {self._parts[self._at - 1 : self._at + 1]}")
        self._at += 1
        return self._parts[self._at - 1][1]

    def _either(self) -> Node:
        options = [self._row()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._row())
        return options[0] if len(options) == 1 else ("either", options)

    def _row(self) -> Node:
        nodes = []
        while self._peek() in ("word", "rule", "(", "[", "{"):
            kind, text = self._parts[self._at]
            self._at += 1
            if kind in ("word", "rule"):
                nodes.append((kind, text))
                continue
            inner = self._either()
            self._take({"(": ")", "[": "]", "{": "}"}[kind])
            nodes.append({"(": inner, "[": ("maybe", inner), "{": ("many", inner)}[kind])
        return ("row", nodes)

    def names_used(self) -> set[str]:
        """The rules and tokens that some rule names."""
        return {text for kind, text in self._parts if kind == "rule"}

    def derives(self, text: str) -> bool:
        """Whether `plan` derives the whole text. Its tokens must be free of faults."""
        words = list(layout(lex(Source("text", text))))
        return len(words) in _Match(self.rules, words).ends(("rule", "plan"), 0)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while text[at:].strip():
        match = _NOTATION.match(text, at)
        if match is None:
            raise ValueError(f"not understood: {text[at : at + 20]!r}")
        word, rule, sign = match.groups()
        yield ("word", word) if word else ("rule", rule) if rule else (sign, sign)
        at = match.end()


class _Match:
    def __init__(self, rules: dict[str, Node], words: list[Word]) -> None:
        self.rules, self.words = rules, words
        self.known: dict[tuple[str, int], frozenset[int]] = {}

    def ends(self, node: Node, start: int) -> frozenset[int]:
        kind, what = node
        if kind == "word":
            return self._one(start, lambda word: word.text == what and word.kind not in ("text", "NEWLINE"))
        if kind == "rule":
            return self._named(what, start)
        if kind == "row":
            reached = frozenset((start,))
            for each in what:
                reached = frozenset(end for at in reached for end in self.ends(each, at))
            return reached
        if kind == "either":
            return frozenset(end for each in what for end in self.ends(each, start))
        reached, fresh = {start}, {start}
        while fresh:
            fresh = {end for at in fresh for end in self.ends(what, at)} - reached
            reached |= fresh
            if kind == "maybe":
                break
        return frozenset(reached)

    def _named(self, name: str, start: int) -> frozenset[int]:
        if name.isupper():
            return self._one(start, lambda word: _is_token(word, name))
        if (name, start) not in self.known:
            self.known[name, start] = self.ends(self.rules[name], start)
        return self.known[name, start]

    def _one(self, start: int, fits) -> frozenset[int]:
        return frozenset((start + 1,)) if start < len(self.words) and fits(self.words[start]) else frozenset()


def _is_token(word: Word, name: str) -> bool:
    if name in ("WORD", "NAME"):
        return word.kind == "name" and (name == "WORD" or word.text not in SOFT_RESERVED)
    return word.kind == _OUTSIDE.get(name, name)


def layout(lexed: Lexed) -> Iterator[Word]:
    """The tokens with NEWLINE, INDENT and DEDENT where the page says that they stand."""
    assert not lexed.diagnostics and not lexed.unclosed
    yield from _blocks(lexed, 0, len(lexed.lines), within="")


def _blocks(lexed: Lexed, first: int, last: int, within: str) -> Iterator[Word]:
    while first < last:
        end = first + 1
        while end < last and lexed.lines[end].indent > lexed.lines[first].indent:
            end += 1
        head = _words(lexed, first, first + 1)
        opens = head[0].text
        in_example = within.startswith("example")
        has_items = (
            (within == "" and opens in _WITH_ITEMS)
            or (within in ("ladder", "rows") and all(word.text != ":" for word in head))
            or (within == "example" and opens == "period")
            or (in_example and opens == "table")
        )
        if has_items and end > first + 1:
            yield from (*head, Word("NEWLINE", ""), Word("INDENT", ""))
            inner = opens if within == "" else "rows" if in_example and opens == "table" else f"{within} item"
            yield from _blocks(lexed, first + 1, end, within=inner)
            yield Word("DEDENT", "")
        else:
            yield from (*_words(lexed, first, end), Word("NEWLINE", ""))
        first = end


def _words(lexed: Lexed, first: int, last: int) -> list[Word]:
    tokens = lexed.tokens[lexed.lines[first].first : lexed.lines[last - 1].last]
    return [Word(token.kind, token.text) for token in tokens]

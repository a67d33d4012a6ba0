"""`paycalc dump`: what a stage made of a plan, as text that diffs well."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from paycalc.check.typed import Inherit, Outside, Parameter
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, ReferenceType, TextType
from paycalc.cli import exit_codes
from paycalc.core.calendar import Period
from paycalc.core.diagnostic import Diagnostic
from paycalc.core.number import Interval
from paycalc.core.unit import Unit
from paycalc.syntax.tree import Identifier

SUMMARY = "print what a stage makes of a plan (for people who change paycalc)"
DESCRIPTION = """Print a plan as one of the stages sees it: one thing a line, places as line:column.

tokens: the words of the text; tree: the plan as written; typed: the plan as checked, with all types; graph: the columns
that are computed, each from others."""

_INDENT = "  "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc dump` takes."""
    parser.add_argument("plan", metavar="PLAN", help="a plan file; - reads standard input")
    parser.add_argument("--stage", choices=("tokens", "tree", "typed", "graph"), required=True, help="which stage")


def execute(arguments: argparse.Namespace) -> int:
    """Print the stage."""
    from paycalc.check import check_plan
    from paycalc.cli.plans import read_source
    from paycalc.core.errors import PlanError
    from paycalc.graph.build import build_graph
    from paycalc.graph.listing import listing
    from paycalc.graph.rewrites import optimise
    from paycalc.syntax.lexer import lex
    from paycalc.syntax.parser import parse

    source = read_source(arguments.plan)
    if arguments.stage == "tokens":
        for token in lex(source).tokens:
            line, column = source.position(token.start)
            print(f"{line}:{column}".ljust(8), token.kind.ljust(8), repr(token.text))
        return exit_codes.OK
    if arguments.stage == "graph":
        for text in listing(optimise(build_graph(check_plan(source)))):
            print(text)
        return exit_codes.OK
    diagnostics: Sequence[Diagnostic] = ()
    stage: object
    if arguments.stage == "tree":
        stage, diagnostics = parse(source)  # a faulty text has a tree too, of what could be read
    else:
        stage = check_plan(source)
    for text in Printer(source.position).describe("", stage):
        print(text)
    if diagnostics:
        raise PlanError(diagnostics, source)
    return exit_codes.OK


# What these fields hold is spelled out elsewhere, once; here it is named.
_NAMED = {
    ("Read", "references"), ("Read", "field"), ("Read", "by"), ("Aggregate", "reference"), ("Entity", "lines"),
    ("Entity", "dated"), ("Level", "references"), ("Running", "within"), ("Total", "added"), ("Total", "subtracted"),
    ("TableLookup", "table"), ("TableLookup", "by"), ("LadderUse", "ladder"), ("LadderUse", "by"),
    ("ExampleTable", "of"),
}  # fmt: skip
_LEFT_OUT = ("span", "source")
_SMALL = (NumberType, FlagType, DateType, MomentType, MemberType, TextType, ReferenceType, Interval, Unit, Period)


class Printer:
    """Dataclasses as indented lines. `position` gives line and column of a character offset."""

    def __init__(self, position: Callable[[int], tuple[int, int]]) -> None:
        self._position = position

    def describe(self, title: str, thing: object, depth: int = 0) -> Iterator[str]:
        """The lines for `thing`, the first with its title."""
        lead = _INDENT * depth + (f"{title}: " if title else "")
        if isinstance(thing, Mapping):
            yield lead.rstrip()
            for key, value in thing.items():
                yield from self.describe(_short(key), value, depth + 1)
        elif isinstance(thing, tuple | list | frozenset):
            yield lead.rstrip()
            for value in sorted(thing, key=str) if isinstance(thing, frozenset) else thing:
                yield from self.describe("-", value, depth + 1)
        elif is_dataclass(thing) and not isinstance(thing, type) and not _is_small(thing):
            yield from self._dataclass(lead, thing, depth)
        else:
            yield lead + _short(thing)

    def _dataclass(self, lead: str, thing: Any, depth: int) -> Iterator[str]:
        kind = type(thing).__name__
        names = [field.name for field in fields(thing)]
        here = ""
        if "span" in names:
            line, column = self._position(thing.span.start)
            here = f" {line}:{column}"
        yield f"{lead}{kind}{here}"
        for name in names:
            value = getattr(thing, name)
            if (kind, name) in _NAMED and not isinstance(value, Identifier | None):
                value = _name(value)
            # What is not said is not printed: a dump shows what is there.
            empty = (
                value is None
                or value is False
                or value is Outside.FAULT
                or (isinstance(value, str | tuple | Mapping) and not value)
            )
            if name not in _LEFT_OUT and not empty:
                yield from self.describe(name, value, depth + 1)


class _Bare(str):
    """Text that is printed without quotes."""


def _name(thing: Any) -> _Bare:
    """`worker.sales`, `kpi_factor`, or several of them."""
    if isinstance(thing, Mapping):
        return _Bare(", ".join(thing))
    if isinstance(thing, tuple):
        return _Bare(", ".join(_name(one) for one in thing))
    return _Bare(f"{thing.entity}.{thing.name}" if hasattr(thing, "entity") else thing.name)


def _is_small(thing: object) -> bool:
    """Whether the thing says on one line what it is: types, units, intervals, periods."""
    return isinstance(thing, _SMALL)


def _short(thing: object) -> str:
    """`thing` on one line."""
    if isinstance(thing, NumberType):
        places = "exact fraction" if thing.places is None else f"{thing.places} places"
        marks = ", percent" * thing.percent + ", bare" * thing.bare
        return f"{thing.unit}, {places}, {thing.interval}{marks}"
    if isinstance(thing, DateType):
        return f"{thing}, {thing.low} .. {thing.high}"
    if isinstance(thing, Parameter):
        return _name(thing)
    if isinstance(thing, Inherit):
        return "inherit"
    if isinstance(thing, str) and not isinstance(thing, StrEnum | _Bare):
        return repr(thing)
    return str(thing)

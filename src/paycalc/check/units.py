"""Units of written numbers: a word that nothing else in the plan is measured in is a slip, not a unit.

Units are free names. But one that stands only once, behind a number, can never meet another and cancel: it is a
misspelt unit, or a word of an expression (`5 unless night`) that was read as a unit because it follows a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from paycalc.check.faults import values
from paycalc.check.symbols import Symbols, suggestion
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.unit import POINTS_NAME
from paycalc.syntax import tree


def check_units(plan: tree.Plan, symbols: Symbols) -> None:
    """Reports numbers with a unit that stands nowhere else, except where units that differ were reported already."""
    numbers: list[tree.Number] = []
    count: Counter[str] = Counter()
    for node in _nodes(plan):
        if isinstance(node, tree.UnitTerm):
            count[node.name] += 1
        elif isinstance(node, tree.Number) and node.unit is not None:
            numbers.append(node)
    for number in numbers:
        assert number.unit is not None
        terms = (*number.unit.above, *number.unit.below)
        strange = [each for each in terms if count[each.name] == 1 and not _is_known(each.name)]
        if strange and not _is_reported(number, symbols):
            known = [name for name in count if name not in {each.name for each in strange}]
            span = strange[0].span.to(strange[-1].span)
            written = symbols.source.slice(span)
            explanation = "a word right behind a number is its unit"
            if any(_is_value(each.name, symbols) for each in strange):
                explanation += "; a condition begins with `when`"
            message = f"nothing else in the plan is measured in `{written}`"
            help_text = suggestion(strange[0].name, known) or explanation
            symbols.fault(values.UNKNOWN_UNIT, span, message, help=help_text)


def _nodes(plan: tree.Plan) -> Iterator[tree.Node]:
    pending: list[tree.Node] = list(reversed(plan.declarations))
    while pending:
        node = pending.pop()
        if not isinstance(node, tree.Identifier | tree.Name):
            yield node
            pending += tree.children(node)


def _is_reported(number: tree.Number, symbols: Symbols) -> bool:
    spans = [label.span for each in symbols.diagnostics for label in each.labels]
    return any(each.start < number.span.end and number.span.start < each.end for each in spans)


def _is_known(name: str) -> bool:
    return name in CURRENCY_PLACES or name == POINTS_NAME


def _is_value(name: str, symbols: Symbols) -> bool:
    return any(name in each.fields or name in each.line_trees for each in symbols.entities.values())

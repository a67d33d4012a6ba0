"""Expressions, types and literals written back as text: on one line, or broken at their loosest operators.

Names are written after NFC and texts with their escapes; numbers, dates and moments keep the author's spelling, which
is why the plan's source is needed. Parentheses stand only where the tree would be another one without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paycalc.core.rendering import display_width
from paycalc.core.span import Source
from paycalc.syntax import tree
from paycalc.syntax.expressions import BINDING, CHAIN_MAX, COMPARISON, MINUS, NOT, OR, SUM
from paycalc.syntax.lexer import lex

WIDTH_MAX = 120
STEP = 4  # columns by which what continues a line is indented deeper
_NUMBER = re.compile(r"[0-9](?:[eE][+-]?[0-9]|[0-9_.%])*")  # of a text that begins with a number
_LOOSEST, _TIGHTEST = OR - 1, MINUS + 1


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def identifier_text(identifier: tree.Identifier) -> str:
    return quoted(identifier.text) if identifier.quoted else identifier.text


def unit_text(unit: tree.UnitExpression) -> str:
    def terms(of: tuple[tree.UnitTerm, ...]) -> str:
        return " ".join(f"{term.name}{term.power if term.power > 1 else ''}" for term in of)

    below = f"per {terms(unit.below)}" if unit.below else ""
    return f"{terms(unit.above)} {below}".strip()


def strength(node: tree.Expression) -> int:
    """How tightly the outermost operator of an expression binds."""
    match node:
        case tree.IfElse() | tree.Case() | tree.StepArgument():
            return _LOOSEST
        case tree.Binary():
            return BINDING[node.operator.split()[0]]
        case tree.Membership():
            return COMPARISON
        case tree.Unary():
            return MINUS if node.operator == "-" else NOT
        case _:
            return _TIGHTEST


def _in_brackets(node: tree.Expression) -> bool:
    """Whether the author put brackets round a joined expression: then it begins before its first operand."""
    return isinstance(node, tree.Binary) and node.span.start < node.left.span.start


def operands(node: tree.Binary) -> list[tuple[str, tree.Expression]]:
    """`a + b - c` as ("", a), ("+", b), ("-", c): what stands side by side on one level.

    Brackets round the first operands are dropped, except where a chain would become so long that it is built balanced.
    """
    parts = _taken_apart(node, drop_brackets=True)
    return parts if len(parts) <= CHAIN_MAX else _taken_apart(node, drop_brackets=False)


def _taken_apart(node: tree.Binary, *, drop_brackets: bool) -> list[tuple[str, tree.Expression]]:
    own = strength(node)
    parts: list[tuple[str, tree.Expression]] = []
    waiting: list[tuple[str, tree.Expression]] = [("", node)]
    while waiting:
        sign, part = waiting.pop()
        joins = isinstance(part, tree.Binary) and strength(part) == own and own != COMPARISON
        # An operand on the right that had no brackets is half of a long chain and gets none.
        joins = joins and (not _in_brackets(part) or (drop_brackets and not sign))
        if isinstance(part, tree.Binary) and (part is node or joins):
            waiting.append((part.operator, part.right))
            waiting.append((sign, part.left))
        else:
            parts.append((sign, part))
    return parts


def _running_parts(node: tree.Running) -> list[tuple[str, tree.Expression]]:
    """What stands in the brackets of a running total, each part with the word before it."""
    within = tree.Name(node.within.span, (node.within,))
    parts = [("", node.value), ("within", within), ("by", node.by), ("where", node.where)]
    return [(word, part) for word, part in parts if part is not None]


@dataclass(frozen=True)
class ExpressionText:
    """Writes the nodes of one source."""

    source: Source

    # ------------------------------------------------------------ on one line

    def literal(self, node: tree.Number | tree.Date | tree.DateTime) -> str:
        """A number, date or moment as the author wrote it, without brackets."""
        text = self.source.slice(node.span)
        if text.startswith("("):
            tokens = lex(Source("", text)).tokens
            text = next(token.text for token in tokens if token.kind in ("number", "date", "datetime"))
        elif isinstance(node, tree.Number) and (match := _NUMBER.match(text)):
            text = match.group()
        if isinstance(node, tree.Number) and node.unit is not None:
            return f"{text} {unit_text(node.unit)}"
        return text

    def flat(self, node: tree.Expression, weakest: int = _LOOSEST) -> str:
        """The expression on one line; in brackets if it binds less tightly than `weakest`."""
        text = self._flat(node)
        return f"({text})" if strength(node) < weakest else text

    def _flat(self, node: tree.Expression) -> str:
        match node:
            case tree.Number() | tree.Date() | tree.DateTime():
                return self.literal(node)
            case tree.Text():
                return quoted(node.value)
            case tree.Name():
                return node.text
            case tree.Unary():
                if node.operator == "not":
                    return "not " + self.flat(node.operand, NOT)
                return "-" + self.flat(node.operand, MINUS + 1)
            case tree.Binary():
                return self._flat_binary(node)
            case tree.Membership():
                options = ", ".join(self.flat(option) for option in node.options)
                return f"{self.flat(node.value, SUM)} in ({options})"
            case tree.IfElse():
                condition, then = self.flat(node.condition, OR), self.flat(node.then, OR)
                return f"if {condition} then {then} else {self.flat(node.otherwise)}"
            case tree.StepArgument():
                return f"to {self.flat(node.step)}"
            case tree.Call():
                return f"{node.function.text}({', '.join(self.flat(argument) for argument in node.arguments)})"
            case tree.Aggregate():
                return f"{node.operator}({' '.join(self._aggregate_parts(node))})"
            case tree.Running():
                parts = [f"{word} {self.flat(part)}".lstrip() for word, part in _running_parts(node)]
                return f"{node.operator}({' '.join(parts)})"
            case tree.Average():
                return f"average({self.flat(node.operand)} over period)"
            case tree.GrossBefore():
                return f"gross before {node.line.text}"
            case _:
                raise AssertionError(f"{type(node).__name__} is written by the formatter itself")

    def _flat_binary(self, node: tree.Binary) -> str:
        own = strength(node)
        parts = []
        for sign, operand in operands(node):
            tight = SUM if own == COMPARISON else own + 1
            text = self.flat(operand, tight)
            parts.append(f"{sign} {text}" if sign else text)
        return " ".join(parts)

    def _aggregate_parts(self, node: tree.Aggregate) -> list[str]:
        parts = [node.entity.text]
        if node.value is not None:
            parts = [self.flat(node.value), f"of {node.entity.text}"]
        if node.where is not None:
            parts.append(f"where {self.flat(node.where)}")
        if node.via is not None:
            parts.append(f"via {node.via.text}")
        return parts

    # ------------------------------------------------------------ broken

    def broken(
        self, node: tree.Expression, column: int, indent: int, weakest: int = _LOOSEST, after: int = 0
    ) -> list[str]:
        """The expression as lines: the first begins at `column`, the others bring their own indentation.

        indent  of the lines after the first, at least
        after   the columns needed behind the last line (a closing bracket, a comma)
        """
        flat = self.flat(node, weakest)
        if column + display_width(flat) + after <= WIDTH_MAX:
            return [flat]
        if strength(node) < weakest:
            inner = self.broken(node, column + 1, indent, after=after + 1)
            inner[-1] += ")"
            return ["(" + inner[0], *inner[1:]]
        match node:
            case tree.Binary():
                return self._broken_binary(node, column, indent, after)
            case tree.IfElse():
                return self._broken_if(node, column, indent, after)
            case tree.Call() if node.arguments:
                return self._broken_list(node.function.text, node.arguments, indent)
            case tree.Aggregate():
                return self._broken_aggregate(node, indent)
            case tree.Running():
                return self._broken_running(node, indent)
            case tree.Membership():
                return self._broken_list(self.flat(node.value, SUM) + " in ", node.options, indent)
            case tree.Unary():
                sign = "not " if node.operator == "not" else "-"
                inner = self.broken(node.operand, column + len(sign), indent, strength(node) + (sign == "-"), after)
                return [sign + inner[0], *inner[1:]]
            case tree.StepArgument():
                inner = self.broken(node.step, column + 3, indent, after=after)
                return ["to " + inner[0], *inner[1:]]
            case _:
                return [flat]

    def _broken_binary(self, node: tree.Binary, column: int, indent: int, after: int) -> list[str]:
        own = strength(node)
        tight = SUM if own == COMPARISON else own + 1
        parts = operands(node)
        lines: list[str] = []
        for number, (sign, operand) in enumerate(parts):
            behind = after if number == len(parts) - 1 else 0
            if not sign:
                lines.extend(self.broken(operand, column, indent + STEP, tight, behind))
                continue
            lead = " " * indent + sign + " "
            inner = self.broken(operand, len(lead), indent + STEP, tight, behind)
            lines.extend([lead + inner[0], *inner[1:]])
        return lines

    def _broken_if(self, node: tree.IfElse, column: int, indent: int, after: int) -> list[str]:
        condition = self.broken(node.condition, column + 3, indent + STEP, OR)
        lines = ["if " + condition[0], *condition[1:]]
        pad = " " * indent
        then = self.broken(node.then, indent + 5, indent + STEP, OR)
        deeper = 0 if isinstance(node.otherwise, tree.IfElse) else STEP  # `else if` goes on in the same column
        otherwise = self.broken(node.otherwise, indent + 5, indent + deeper, after=after)
        return [*lines, pad + "then " + then[0], *then[1:], pad + "else " + otherwise[0], *otherwise[1:]]

    def _broken_list(self, head: str, parts: tuple[tree.Expression, ...], indent: int) -> list[str]:
        """`head(`, each part on a line of its own, and `)`."""
        lines = [head + "("]
        for number, part in enumerate(parts):
            inner = self.broken(part, indent, indent + STEP, after=1)
            inner[-1] += "," if number < len(parts) - 1 else ""
            lines.extend([" " * indent + inner[0], *inner[1:]])
        return [*lines, " " * (indent - STEP) + ")"]

    def _broken_aggregate(self, node: tree.Aggregate, indent: int) -> list[str]:
        pad = " " * indent
        lines = [node.operator + "("]
        if node.value is not None:
            inner = self.broken(node.value, indent, indent + STEP)
            lines.extend([pad + inner[0], *inner[1:]])
        lines.append(f"{pad}of {node.entity.text}" if node.value is not None else pad + node.entity.text)
        if node.where is not None:
            inner = self.broken(node.where, indent + 6, indent + STEP)
            lines.extend([pad + "where " + inner[0], *inner[1:]])
        if node.via is not None:
            lines.append(f"{pad}via {node.via.text}")
        return [*lines, " " * (indent - STEP) + ")"]

    def _broken_running(self, node: tree.Running, indent: int) -> list[str]:
        lines = [node.operator + "("]
        for word, part in _running_parts(node):
            lead = " " * indent + (word + " " if word else "")
            inner = self.broken(part, len(lead), indent + STEP)
            lines.extend([lead + inner[0], *inner[1:]])
        return [*lines, " " * (indent - STEP) + ")"]

    # ------------------------------------------------------------ types and cells

    def type(self, node: tree.TypeExpression) -> str:
        if node.word == "one of":
            return "one of " + ", ".join(identifier_text(member) for member in node.members)
        text = node.word + (f"({node.places})" if node.places is not None else "")
        if node.unit is not None:
            text += " " + unit_text(node.unit)
        if node.range is not None:
            text += f" {self.flat(node.range.low)} .. {self.flat(node.range.high)}"
        return text

    def cell(self, node: tree.Cell) -> str:
        match node:
            case tree.ValueCell():
                return self.flat(node.value)
            case tree.EitherCell():
                return "(" + ", ".join(self.cell(option) for option in node.options) + ")"
            case tree.BandCell(low=None, high=high) if high is not None:
                return f"{'<=' if node.high_included else '<'} {self.flat(high)}"
            case tree.BandCell(low=low, high=None) if low is not None:
                return f"{'>=' if node.low_included else '>'} {self.flat(low)}"
            case tree.BandCell(low=low, high=high) if low is not None and high is not None:
                return f"{self.flat(low)}{'..=' if node.high_included else '..'}{self.flat(high)}"
            case _:
                return "*"

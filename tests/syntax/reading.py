"""What the tests of the syntax share: reading texts, and trees without their places."""

from dataclasses import fields, is_dataclass

from paycalc.core.rendering import render_text
from paycalc.core.span import Source, Span
from paycalc.syntax import tree
from paycalc.syntax.parser import parse

PRELUDE = """\
plan p
  currency CNY
  period month
  payee worker
entity store
  revenue : money 0 .. 1_000_000
entity worker
  store : store
  sales : money 0 .. 1_000_000
  hours : decimal(2) hour 0 .. 400
  days : int 0 .. 31
  grade : one of junior, senior
parameters of store
  rate : percent(2) 0% .. 40%
  cap : money 0 .. 100_000 optional
"""


def source_of(fragment: str) -> Source:
    return Source("p.pay", fragment if fragment.startswith("plan") else PRELUDE + fragment + "\n")


def declared(fragment: str):
    """The only declaration of a fragment that has no faults."""
    source = Source("p.pay", f"plan p\n{fragment}\n")
    plan, diagnostics = parse(source)
    assert not diagnostics, "\n".join(render_text(diagnostic, source) for diagnostic in diagnostics)
    (declaration,) = plan.declarations
    return declaration


def value_of(expression: str) -> tree.Expression:
    return declared(f"let x = {expression}").value


def ids(text: str) -> list[str]:
    """The ids of the faults of a text, in order."""
    return [diagnostic.id for diagnostic in parse(source_of(text))[1]]


def faults_shown(text: str) -> str:
    source = Source("p.pay", text)
    return "\n\n".join(render_text(diagnostic, source) for diagnostic in parse(source)[1])


def bare(node):
    """A tree as nested tuples, without places and comments."""
    if isinstance(node, Span):
        return None
    if is_dataclass(node):
        parts = (bare(getattr(node, field.name)) for field in fields(node) if field.name not in ("span", "comments"))
        return type(node).__name__, *parts
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    return node


def written(node) -> str:
    """An expression with all brackets, to see how it was understood."""
    match node:
        case tree.Number():
            unit = f" {bare(node.unit)[1:]}" if node.unit else ""
            return str(node.value) + unit
        case tree.Text():
            return f'"{node.value}"'
        case tree.Name():
            return node.text
        case tree.Date() | tree.DateTime():
            return node.value.isoformat()
        case tree.Unary():
            return f"({node.operator} {written(node.operand)})"
        case tree.Binary():
            return f"({written(node.left)} {node.operator} {written(node.right)})"
        case tree.Membership():
            return f"({written(node.value)} in [{', '.join(map(written, node.options))}])"
        case tree.IfElse():
            return f"(if {written(node.condition)} then {written(node.then)} else {written(node.otherwise)})"
        case tree.StepArgument():
            return f"to {written(node.step)}"
        case tree.Call():
            return f"{node.function.text}({', '.join(map(written, node.arguments))})"
        case tree.Aggregate():
            value = f"{written(node.value)} of " if node.value is not None else ""
            where = f" where {written(node.where)}" if node.where is not None else ""
            via = f" via {node.via.text}" if node.via is not None else ""
            return f"{node.operator}<{value}{node.entity.text}{where}{via}>"
        case tree.Running():
            value = f"{written(node.value)} " if node.value is not None else ""
            where = f" where {written(node.where)}" if node.where is not None else ""
            return f"{node.operator}<{value}within {node.within.text} by {written(node.by)}{where}>"
        case tree.Average():
            return f"average<{written(node.operand)}>"
        case tree.GrossBefore():
            return f"gross before {node.line.text}"
    raise AssertionError(node)

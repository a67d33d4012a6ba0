"""An explanation as plain data for JSON: accounts and leaves with ids, steps as trees. Numbers are text, exact."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from paycalc.check.typed import PLAN_GRAIN, Aggregate, Expr, Line, Parameter, Running
from paycalc.check.types import ValueType
from paycalc.core.number import decimal_places, format_decimal
from paycalc.core.span import Span
from paycalc.explain.explanation import Account, Explanation, Leaf
from paycalc.explain.tracing import CellId, DatedParameter, Group, MeanParameter, Source, Step
from paycalc.explain.wording import show, text_of
from paycalc.reference.dataset import Setting
from paycalc.reference.faults import Fault

_SNAKE_STARTS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def to_json(explanation: Explanation) -> dict[str, object]:
    """The explanation as nested dicts, lists and texts.

    asked     the id of the account or leaf that was asked for
    fault, rejected, withheld  why there is no value, why the payee is not paid, why the run does not report the value;
              rule: what the reject stops
    accounts  one for each line or total: id, name, label, role, entity, key, row, value, and how it came about
    leaves    one for each value from outside: id, name, entity, key, row, value, origin; of a parameter `set_by`: for
              how many days what has set it (level, key, row of its table, since when), and `asked`, the day or moment
    held, outside  why the row is held back, and whether it lies outside the period: it counts in nothing
    corrected  true, of a rerun: the value is the whole as it is now, and the rerun's lines are differences
    A value is {"exact": "2652.3525", "shown": "2_652.3525 CNY"}; an exact fraction is "10/3". Lines and columns of
    places count from 1.
    """
    field, _ = explanation.asked
    shown = _Shown(explanation)
    return {
        "plan": explanation.plan.name,
        "period": explanation.period.name,
        "asked": shown.id(explanation.asked),
        "value": shown.value(explanation.value, field.type),
        "fault": _fault(explanation.fault),
        "rejected": _fault(explanation.rejected),
        "rule": explanation.rule,
        "withheld": _fault(explanation.withheld),
        "held": _fault(explanation.held),
        "outside": explanation.outside,
        **({"corrected": True} if explanation.corrected else {}),
        "accounts": [shown.account(cell, each) for cell, each in explanation.accounts.items()],
        "leaves": [shown.leaf(cell, each) for cell, each in explanation.leaves.items()],
    }


def _fault(fault: Fault | None) -> dict[str, object] | None:
    if fault is None:
        return None
    return {
        "code": fault.code.value,
        "message": fault.message,
        "entity": fault.entity,
        "key": fault.key,
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "expected": fault.expected,
        "help": fault.help,
    }


def exact(value: Any) -> object:
    """A value as JSON holds it without loss: numbers as text."""
    if isinstance(value, Fraction):
        return format_decimal(value, group="") if decimal_places(value) is not None else str(value)
    if isinstance(value, tuple):
        return [exact(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _setting(setting: Setting | None, days: int) -> dict[str, object]:
    """What sets a parameter, for how many days; all is null where nothing does."""
    since = None if setting is None or setting.since is None else setting.since.isoformat()
    return {
        "days": days,
        "level": None if setting is None else setting.level,
        "key": None if setting is None else setting.key,
        "row": None if setting is None else setting.row or None,
        "since": since,
    }


class _Shown:
    """Writes the parts of one explanation."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation, self.plan = explanation, explanation.plan

    def id(self, cell: CellId) -> str:
        """`worker/W1/commission`; a row without a key is `#7`, the plan's values `plan/minimum_wage`.

        A parameter at another time than the period's end: `store/S1/rate@2026-10-15`, its mean `store/S1/rate@mean`.
        """
        field, row = cell
        name = field.name
        if isinstance(field, DatedParameter):
            name += f"@{field.asked.isoformat()}"
        elif isinstance(field, MeanParameter):
            name += "@mean"
        if field.entity == PLAN_GRAIN:
            return f"{PLAN_GRAIN}/{name}"
        key = self.explanation.dataset.key(field.entity, row)
        return f"{field.entity}/{f'#{row + 1}' if key is None else key}/{name}"

    def value(self, value: Any, type: ValueType) -> dict[str, object] | None:
        return None if value is None else {"exact": exact(value), "shown": show(self.plan, value, type)}

    def place(self, span: Span) -> dict[str, object]:
        line, column = self.plan.source.position(span.start)
        return {"file": self.plan.source.name, "line": line, "column": column}

    def account(self, cell: CellId, account: Account) -> dict[str, object]:
        field = account.field
        about = self._about(cell, field, account.row, account.value)
        if isinstance(field, Line):
            return {
                **about,
                "role": field.role,
                "place": self.place(field.span),
                "when": None if account.when is None else self.step(account.when),
                "how": None if account.value_step is None else self.step(account.value_step),
            }
        added, taken = account.parts[: len(field.added)], account.parts[len(field.added) :]
        return {
            **about,
            "role": "total",
            "added": [self.id(each) for each in added],
            "subtracted": [self.id(each) for each in taken],
        }

    def leaf(self, cell: CellId, leaf: Leaf) -> dict[str, object]:
        about = self._about(cell, leaf.field, leaf.row, leaf.value)
        about |= {"origin": leaf.origin}
        if isinstance(leaf.field, DatedParameter):
            about["asked"] = leaf.field.asked.isoformat()
        if isinstance(leaf.field, Parameter | DatedParameter | MeanParameter):
            about["set_by"] = [_setting(setting, days) for setting, days in leaf.settings]
        return about

    def _about(self, cell: CellId, field: Source, row: int | None, value: Any) -> dict[str, object]:
        return {
            "id": self.id(cell),
            "name": field.name,
            "label": getattr(field, "label", ""),
            "entity": field.entity,
            "key": self.explanation.dataset.key(field.entity, cell[1]),
            "row": row,
            "value": self.value(value, field.type),
        }

    def step(self, step: Step) -> dict[str, object]:
        """The step and those below it; nesting is bounded by that of the plan's text."""
        data: dict[str, object] = {
            "kind": kind_of(step.expr),
            "text": text_of(self.plan, step.expr.span),
            "place": self.place(step.expr.span),
            "value": self.value(step.value, step.expr.type),
        }
        if step.reads is not None:
            data["reads"] = self.id(step.reads)
        if step.group is not None:
            data["group"] = self._group(step, step.group)
        if step.steps:
            data["steps"] = [self.step(each) for each in step.steps]
        return data

    def _group(self, step: Step, group: Group) -> dict[str, object]:
        assert isinstance(step.expr, Aggregate | Running)
        entity = step.expr.entity if isinstance(step.expr, Aggregate) else step.expr.within.entity
        return {
            "entity": entity,
            "row_count": group.row_count,
            "taken_count": group.taken_count,
            "held": group.held,
            "outside": group.outside,
            "contributors": [
                {"key": self.explanation.dataset.key(entity, row), "row": row + 1, "value": exact(value)}
                for row, value in group.contributors
            ],
            "rest_count": group.rest_count,
            "rest": exact(group.rest),
        }


def kind_of(expr: Expr) -> str:
    """The kind of an expression in words with underscores: `table_lookup`."""
    name = type(expr).__name__
    return "".join(f"_{letter.lower()}" if letter in _SNAKE_STARTS else letter for letter in name).lstrip("_")

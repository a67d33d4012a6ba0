"""An explanation as text that the person paid can follow.

Each line of the plan that took part is a block: its name and value, what the plan says, the numbers put in, what was
looked up, chosen and rounded, and where the numbers came from. The lines it reads follow below it, indented. What was
explained already is only named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from paycalc.check.typed import (
    PLAN_GRAIN,
    Aggregate,
    Apply,
    Average,
    Choice,
    Component,
    LadderUse,
    Line,
    Parameter,
    PeriodValue,
    Read,
    Round,
    Running,
    TableLookup,
    Total,
)
from paycalc.check.types import ValueType
from paycalc.core.number import format_decimal
from paycalc.core.rendering import visible
from paycalc.explain.explanation import Account, Explanation, Leaf
from paycalc.explain.tracing import (
    CellId,
    DatedParameter,
    Group,
    MeanParameter,
    Source,
    Step,
    descended,
    lines_of_rows,
)
from paycalc.explain.wording import is_plain, name_of, reductions, show, table_row_text, text_of
from paycalc.reference.dataset import Setting
from paycalc.reference.faults import FaultCode, Key
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.lookups import marginal_slices, matching_rows, reached_step, surrounding_steps
from paycalc.reference.rows import civil_day
from paycalc.reference.spread import PAYING_ROLES

WIDTH = 100  # columns; the place in the plan stands at the right end of the first line of a block
INDENT = "  "
INDENTS_MAX = 12  # deeper blocks are not indented further
ROUNDING_WORDS = {
    "half_up": "half away from zero",
    "half_down": "half toward zero",
    "half_even": "half to even",
    "up": "away from zero",
    "down": "toward zero",
    "floor": "down to the floor",
    "ceiling": "up to the ceiling",
}


# How to ask for a line: from a key and `commission` or, of another entity than the payee, `store.sold`.
Asking = Callable[[Key, str], str]


def render_explanation(
    explanation: Explanation, *, asking: Asking = lambda key, line: f"paycalc explain RUN {key} {line}"
) -> str:
    """The whole explanation, without a line end at the end. asking: how the reader can ask to descend further."""
    return "\n".join(_Page(explanation, asking).lines)


class _Page:
    """The text of one explanation in the making."""

    def __init__(self, explanation: Explanation, asking: Asking) -> None:
        self.explanation = explanation
        self.asking = asking
        self.plan = explanation.plan
        self._evaluator = Evaluator(explanation.dataset)
        self.lines: list[str] = []
        self.explained: set[CellId] = set()
        self._write()

    def _write(self) -> None:
        field, row = self.explanation.asked
        rejected, withheld = self.explanation.rejected, self.explanation.withheld
        if rejected is not None and rejected != self.explanation.fault:
            self.lines.append(f"not paid: {rejected.message} [{rejected.code}]")
        if self.explanation.held is not None and self.explanation.held != self.explanation.fault:
            self.lines.append(f"held: {self.explanation.held.message} [{self.explanation.held.code}]")
            self.lines.append("      the row counts in nothing")
        if self.explanation.outside and not self._is_outside_itself():
            self.lines.append(f"outside the period {self.explanation.period}: the row counts in nothing")
        if self.explanation.fault is not None:
            self._write_fault(field, row)
            return
        if withheld is not None:
            self.lines.append(f"withheld: {withheld.message} [{withheld.code}]")
            self.lines.append("          the run does not report the value that follows")
        if self.explanation.corrected and (isinstance(field, Total) or getattr(field, "role", "") in PAYING_ROLES):
            self.lines.append("corrected: the whole as it is now; the rerun pays what was not paid before")
        if (field, row) in self.explanation.leaves:
            self.lines.append(self._leaf_line(self.explanation.leaves[field, row], _title(field)))
            return
        # Depth first, each line once; kept on a list, since chains of lines may be longer than Python's stack.
        waiting = [((field, row), 0)]
        while waiting:
            cell, depth = waiting.pop()
            if cell in self.explained:
                continue
            self.explained.add(cell)
            below = self._write_account(self.explanation.accounts[cell], depth, first=depth == 0)
            waiting += [(each, depth + 1) for each in reversed(below)]

    def _is_outside_itself(self) -> bool:
        """Whether there is no value just because the row's own date lies outside the period."""
        fault = self.explanation.fault
        return self.explanation.outside and fault is not None and fault.code == FaultCode.OUTSIDE_PERIOD

    def _write_fault(self, field: Source, row: int) -> None:
        fault, key = self.explanation.fault, self.explanation.key
        assert fault is not None
        self.lines.append(f"{_title(field)}{_of_row(field, key)}, {self.explanation.period}: no value")
        self.lines.append(f"{INDENT}{fault.message} [{fault.code}]")
        if fault == self.explanation.rejected:
            stopped = f"this stops `{self.explanation.rule}`, so " if self.explanation.rule else "so "
            self.lines.append(f"{INDENT}{stopped}{_row_name(field.entity, key, row + 1)} is not paid")
        elif fault == self.explanation.held:
            self.lines.append(f"{INDENT}so {_row_name(field.entity, key, row + 1)} is held, and counts in nothing")
        elif self._is_outside_itself():
            self.lines.append(f"{INDENT}so {_row_name(field.entity, key, row + 1)} counts in nothing")
        elif self.explanation.withheld is not None and isinstance(field, Line):
            self.lines.append(f"{INDENT}so the run does not report it")
        if fault.help:
            self.lines.append(f"{INDENT}help: {fault.help}")

    def _show(self, value: Any, type: ValueType) -> str:
        return show(self.plan, value, type)

    # ------------------------------------------------------------ a block

    def _write_account(self, account: Account, depth: int, *, first: bool) -> list[CellId]:
        """Writes a block; gives the lines to explain below it."""
        field = account.field
        head = f"{_title(field)}{_of_row(field, account.key)}"
        head += f", {self.explanation.period}: " if first else ": "
        head += self._show(account.value, field.type)
        indent = INDENT * min(depth, INDENTS_MAX)
        if isinstance(field, Line):
            line, _ = self.plan.source.position(field.span.start)
            place = f"{self.plan.source.name}:{line}"
            head = f"{head:<{WIDTH - len(indent) - len(place) - 2}}  {place}"
        self.lines.append(indent + head)
        body = self._total_body(account) if isinstance(field, Total) else self._line_body(account)
        self.lines += [f"{indent}{INDENT}{each}" for each in body]
        return self._below(account)

    def _below(self, account: Account) -> list[CellId]:
        cells = list(account.parts)
        for step in (account.when, account.value_step):
            if step is not None:
                cells += [cell for cell in _cells_read(step) if cell in self.explanation.accounts]
        return [cell for cell in dict.fromkeys(cells) if cell not in self.explained]

    def _total_body(self, account: Account) -> list[str]:
        field = account.field
        assert isinstance(field, Total)
        body = []
        for (line, row), sign in zip(account.parts, "+" * len(field.added) + "-" * len(field.subtracted), strict=True):
            value = self.explanation.accounts[line, row].value
            body.append(f"{sign} {_title(line)} {self._show(value, line.type)}")
        return body or ["no lines are added up"]

    def _line_body(self, account: Account) -> list[str]:
        line = account.field
        assert isinstance(line, Line)
        text = text_of(self.plan, line.value.span)
        body = ["= case: the first condition that holds" if text.startswith("case ") else f"= {_shortened(text)}"]
        if line.when is not None and account.when is not None:
            body[0] += f" when {text_of(self.plan, line.when.span)}"
            body += self._condition(account.when)
        if account.value_step is None:
            body.append("so it is 0")
        else:
            body += self._working(account.value_step)
        return body + self._sources(account)

    def _working(self, step: Step) -> list[str]:
        """How a value was worked out: what was chosen, the numbers put in, what was looked up and rounded."""
        before, after = self._notes(step)
        put_in = [] if is_plain(step) else [f"= {each}" for each in reductions(self.plan, step)]
        return [*_lines_once(before), *put_in, *_lines_once(after)]

    def _condition(self, step: Step) -> list[str]:
        """`days >= 22` does not hold: days is 18. What is long goes over several lines."""
        text = f"`{text_of(self.plan, step.expr.span)}` " + ("holds" if step.value else "does not hold")
        if is_plain(step) or isinstance(step.expr, Aggregate | Running):
            return [text]
        known = {name_of(self.plan, each.expr.span): self._show(each.value, each.expr.type) for each in _inputs(step)}
        said = [f"{name} is {value}" for name, value in known.items()]
        line = f"{text}: {', '.join(said)}" if said else text
        return [line] if len(line) <= WIDTH else [f"{text}:", *(f"  {each}" for each in said)]

    # ------------------------------------------------------------ what was chosen, looked up and rounded

    def _notes(self, step: Step) -> tuple[list[str], list[str]]:
        """What the numbers put in do not show, the innermost first: what to know before them, and after them.

        A note may have several lines, and the same part of a plan may be noted twice.
        """
        before: list[str] = []
        after: list[str] = []
        for below in () if isinstance(step.expr, Aggregate | Running) else step.steps:
            before_below, after_below = self._notes(below)
            before += before_below
            after += after_below
        match step.expr:
            case Choice():
                before += self._choice_notes(step)
            case Aggregate() | Running():
                before += self._group_notes(step)
            case TableLookup():
                after += self._table_notes(step)
            case LadderUse():
                after += self._ladder_notes(step)
            case Round():
                after += self._round_notes(step)
            case Apply(function="clamp"):
                after += self._clamp_notes(step)
        return before, after

    def _choice_notes(self, step: Step) -> list[str]:
        """The conditions up to the one that held, and what counts then."""
        notes = [line for each in step.steps[:-1] for line in self._condition(each)]
        return ["\n".join([*notes, f"so `{text_of(self.plan, step.steps[-1].expr.span)}` counts"])]

    def _table_notes(self, step: Step) -> list[str]:
        expr = step.expr
        assert isinstance(expr, TableLookup)
        table = self._evaluator.table_of(expr, step.row)
        rows = matching_rows(table, [each.value for each in step.steps])
        arguments = ", ".join(
            self._show(each.value, key.type) for each, key in zip(step.steps, expr.table.keys, strict=True)
        )
        head = f"{expr.table.name}({arguments})"
        if not rows:
            return [f"{head}: no row matches"]
        notes = []
        for row in rows:
            if table.from_data:
                notes.append(f"{head}: row `{table_row_text(table, row)}` of its data{self._since(expr, step)}")
            else:
                line, _ = self.plan.source.position(row.span.start)
                notes.append(f"{head}: row `{text_of(self.plan, row.span)}` (line {line})")
        return notes

    def _since(self, expr: TableLookup | LadderUse, step: Step) -> str:
        """Since when the version of a table from data holds that a step used."""
        dataset = self.explanation.dataset
        asked = dataset.period.end
        if expr.by is not None:
            moment = dataset.cells[expr.by][step.row]
            assert isinstance(moment, date)
            asked = civil_day(moment, dataset.timezone)
        used = expr.table if isinstance(expr, TableLookup) else expr.ladder
        version = dataset.version(used, asked)
        return "" if version is None or version.since is None else f" since {version.since}"

    def _ladder_notes(self, step: Step) -> list[str]:
        expr = step.expr
        assert isinstance(expr, LadderUse)
        ladder, base = self._evaluator.ladder_of(expr, step.row), step.steps[-1]
        steps = ladder.groups[tuple(each.value for each in step.steps[:-1])]
        key = ladder.keys[-1]
        since = self._since(expr, step) if ladder.from_data else ""
        head = f"{ladder.name}{since}: {key.name} {self._show(base.value, key.type)}"
        if expr.operator == "marginal":
            slices = marginal_slices(steps, base.value)
            listed = [
                f"  from {self._show(each.step.threshold, key.type)} on: {self._show(each.amount, key.type)}"
                f" at {self._show(each.step.value, ladder.type)} = {self._show(each.result, step.expr.type)}"
                for each in slices
            ]
            below = f"  lies below the first step, {self._show(steps[0].threshold, key.type)}"
            return ["\n".join([head, *(listed or [below])])]
        if expr.operator == "interpolate":
            low, high = surrounding_steps(steps, base.value)
            ends = " and ".join(
                f"{self._show(each.threshold, key.type)} ({self._show(each.value, ladder.type)})"
                for each in dict.fromkeys((low, high))
            )
            return [f"{head} lies between {ends}" if low is not high else f"{head} lies beyond {ends}"]
        reached = reached_step(ladder, steps, base.value)
        if reached is None:
            return [f"{head} lies below the first step, {self._show(steps[0].threshold, key.type)}"]
        return [f"{head} reaches {self._show(reached.threshold, key.type)}: {self._show(reached.value, ladder.type)}"]

    def _round_notes(self, step: Step) -> list[str]:
        expr, before = step.expr, step.steps[0]
        assert isinstance(expr, Round)
        if before.value == step.value:
            return []
        how = f"to {format_decimal(expr.step)}, {ROUNDING_WORDS[expr.mode]}"
        return [
            f"rounded {how}: {self._show(before.value, before.expr.type)} becomes {self._show(step.value, expr.type)}"
        ]

    def _clamp_notes(self, step: Step) -> list[str]:
        value, low, high = (each.value for each in step.steps)
        if low <= value <= high:
            return []
        bound = "lower" if value < low else "upper"
        return [
            f"{self._show(value, step.expr.type)} is held at the {bound} bound {self._show(step.value, step.expr.type)}"
        ]

    def _group_notes(self, step: Step) -> list[str]:
        """Which rows an aggregate took in, the largest contributions, and how to go on from there."""
        expr, group = step.expr, step.group
        assert isinstance(expr, Aggregate | Running) and group is not None
        entity = _entity_of(expr)
        text, value = text_of(self.plan, expr.span), self._show(step.value, expr.type)
        notes = [f"{text} = {value}, over {_rows_taken(group, entity)}"]
        for position, (row, contribution) in enumerate(group.contributors):
            assert expr.value is not None
            name = _row_name(entity, self.explanation.dataset.key(entity, row), row + 1)
            notes.append(f"  {name}: {self._show(contribution, expr.value.type)}")
            if position < len(step.steps):
                notes += [f"    {each}" for each in self._working(step.steps[position])]
        if group.rest_count and group.rest is not None:
            assert expr.value is not None
            notes.append(f"  {group.rest_count:,} more rows: {self._show(group.rest, expr.value.type)} together")
        return ["\n".join([*notes, *self._ways_on(step)])]

    def _ways_on(self, step: Step) -> list[str]:
        """How to ask for what other rows contributed, as far as it is not explained here."""
        expr, group = step.expr, step.group
        assert isinstance(expr, Aggregate | Running) and group is not None
        entity = _entity_of(expr)
        lines = [line for line in lines_of_rows(expr) if isinstance(line, Line) or line in self.plan.totals.values()]
        explained = len(descended(expr, group.contributors, self.explanation.events))
        keys = [self.explanation.dataset.key(entity, row) for row, _ in group.contributors[explained:]]
        if not lines or not keys or keys[0] is None:
            return []
        line = lines[0].name if entity == self.plan.payee else f"{entity}.{lines[0].name}"
        which = "the others" if explained else "it" if len(keys) == 1 else "each"
        return [f"  how {which} came about: {self.asking(keys[0], line)}"]

    # ------------------------------------------------------------ where the numbers came from

    def _sources(self, account: Account) -> list[str]:
        """One line for each name the line reads: its value, and who says so."""
        rows: dict[str, tuple[str, str]] = {}
        dates: dict[str, tuple[str, str]] = {}
        for step in (account.when, account.value_step):
            for below in () if step is None else _reads(step, account.field.entity):
                rows.setdefault(name_of(self.plan, below.expr.span), self._source(below))
                by = below.expr.by if isinstance(below.expr, Read) else None
                if by is not None:
                    leaf = self.explanation.leaves[by, below.row]
                    dates[by.name] = (self._show(leaf.value, by.type), leaf_source(leaf))
        rows = {**rows, **dates}
        if not rows:
            return []
        names = max(len(name) for name in rows)
        values = max(len(value) for value, _ in rows.values())
        listed = [f"{name:<{names}}  {value:>{values}}  {source}".rstrip() for name, (value, source) in rows.items()]
        return [line for each in listed for line in each.split("\n")]

    def _source(self, step: Step) -> tuple[str, str]:
        value = self._show(step.value, step.expr.type)
        if step.reads is None:
            return value, "there is none"
        if step.reads in self.explanation.accounts:
            account = self.explanation.accounts[step.reads]
            whose = _of_row(account.field, account.key) if account.field.entity != step.entity else ""
            where = "above" if step.reads in self.explained else "below"
            return value, f"see{whose} {where}"
        return value, leaf_source(self.explanation.leaves[step.reads])

    def _leaf_line(self, leaf: Leaf, title: str) -> str:
        return f"{title}{_of_row(leaf.field, leaf.key)}: {self._show(leaf.value, leaf.field.type)}  {leaf_source(leaf)}"


def leaf_source(leaf: Leaf) -> str:
    """Who says so: `worker W1, row 7`, `set for store S1 (row 3 of the parameters)`, `the plan's default`.

    Of a mean it has several lines.
    """
    field = leaf.field
    row = _row_name(field.entity, leaf.key, leaf.row)
    if isinstance(field, PeriodValue):
        return "of the period"
    if isinstance(field, Parameter | DatedParameter | MeanParameter):
        whose = "the plan" if field.entity == PLAN_GRAIN else row
        parts = [_setting(setting, whose, leaf.value is None) for setting, _ in leaf.settings]
        if isinstance(field, MeanParameter):
            days = [f"{days} day{'' if days == 1 else 's'}" for _, days in leaf.settings]
            lines = (f"  {count}: {part}" for count, part in zip(days, parts, strict=True))
            return "\n".join(["the mean over the period:", *lines])
        return parts[0]
    number = f", row {leaf.row}" if leaf.key is not None else ""
    if leaf.origin == "default":
        return f"the default in the plan; empty for {row}{number}"
    return f"{row}{number}" if leaf.origin == "cell" else f"empty for {row}{number}"


def _setting(setting: Setting | None, whose: str, missing: bool) -> str:
    """`set for region R1 since 2026-10-15 (row 3 of the parameters)`."""
    if setting is None:
        return f"not set for {whose}" if missing else f"the default in the plan, not set for {whose}"
    level = "the plan" if setting.level == PLAN_GRAIN else f"{setting.level} {visible(str(setting.key))}"
    since = f" since {format_when(setting.since)}" if setting.since is not None else ""
    return f"{'unset' if missing else 'set'} for {level}{since}" + (
        f" (row {setting.row} of the parameters)" if setting.row else ""
    )


def format_when(when: date | datetime) -> str:
    """A day, or a moment to the minute where it is a whole one."""
    if isinstance(when, datetime):
        return when.isoformat(timespec="auto" if when.second or when.microsecond else "minutes")
    return when.isoformat()


def _entity_of(expr: Aggregate | Running) -> str:
    return expr.entity if isinstance(expr, Aggregate) else expr.within.entity


def _rows_taken(group: Group, entity: str) -> str:
    """`3 of 4 rows of parcel (1 held)`."""
    taken, count = f"{group.taken_count:,}", f"{group.row_count:,}"
    rows = taken if taken == count else f"{taken} of {count}"
    left_out = ((group.held, "held"), (group.outside, "outside the period"))
    listed = ", ".join(f"{number:,} {what}" for number, what in left_out if number)
    return f"{rows} {'row' if rows == '1' else 'rows'} of {entity}" + (f" ({listed})" if listed else "")


def _title(field: Source) -> str:
    label = getattr(field, "label", "")
    return f'{field.name} "{label}"' if label else field.name


def _of_row(field: Source, key: Key | None) -> str:
    if field.entity == PLAN_GRAIN:
        return ""
    return f" of {field.entity}" + (f" {visible(str(key))}" if key is not None else "")


def _row_name(entity: str, key: Key | None, row: int | None) -> str:
    if entity == PLAN_GRAIN:
        return "the plan"
    return f"{entity} {visible(str(key))}" if key is not None else f"{entity} in row {row}"


def _lines_once(notes: Iterable[str]) -> list[str]:
    """The lines of the notes, each note once."""
    return [line for note in dict.fromkeys(notes) for line in note.split("\n")]


def _shortened(text: str) -> str:
    return text if len(text) <= 3 * WIDTH else text[: 3 * WIDTH - 3] + "..."


def _reads(step: Step, entity: str) -> list[Step]:
    """The names that a line reads at its own grain, in order; what an aggregate's rows read is theirs to explain."""
    if isinstance(step.expr, Read | Average):
        return [step]
    if isinstance(step.expr, Aggregate | Running):
        return []
    if isinstance(step.expr, Component) and isinstance(step.expr.row, Read):
        return [replace(step, reads=step.steps[0].reads)]
    return [each for below in step.steps for each in _reads(below, entity)]


def _inputs(step: Step) -> list[Step]:
    """What a condition depends on: the names and aggregates in it, in order."""
    if isinstance(step.expr, Read | Average | Component | Aggregate | Running):
        return [step]
    return [each for below in step.steps for each in _inputs(below)]


def _cells_read(step: Step) -> list[CellId]:
    """The fields that a step read, those of an aggregate's contributors included."""
    if step.reads is not None:
        return [step.reads]
    return [cell for below in step.steps for cell in _cells_read(below)]

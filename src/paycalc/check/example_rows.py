"""Rows of examples: their columns, what they state of parameters and from when, and tables from data."""

from __future__ import annotations

from datetime import date, datetime

from paycalc.check import typed
from paycalc.check.faults import names, values
from paycalc.check.faults import tables as faults
from paycalc.check.literals import read_key, read_literal
from paycalc.check.symbols import EntityScope, Symbols, suggestion
from paycalc.check.tables import read_groups, read_rows
from paycalc.check.type_expressions import require_timezone
from paycalc.check.typed import INHERIT, PLAN_GRAIN, Inherit, Parameter
from paycalc.check.types import DateType, MomentType, NumberType, Value
from paycalc.core.diagnostic import Rule
from paycalc.core.span import Span
from paycalc.syntax import tree


def read_row(item: tree.ExampleRow, symbols: Symbols) -> typed.ExampleRow | None:
    """A row with all of its values that could be read; None where it is no row at all."""
    scope = symbols.entity(item.entity)
    if scope is None:
        return None
    key, fine = read_row_key(scope, item.key, item.entity.span, symbols)
    if not fine:
        return None
    reader = _RowReader(item, scope, symbols)
    for cell in item.cells:
        reader.read(cell)
    since = read_since(item.since, symbols) if item.since is not None else None
    if item.since is not None and not reader.parameters and not reader.cells and not item.cells:
        _report(
            symbols,
            faults.EXAMPLE,
            item.since.span,
            "nothing is said that would hold from then on",
            f"state a parameter: `... from {symbols.source.slice(item.since.span)} : NAME VALUE`",
        )
    return typed.ExampleRow(item.span, scope.name, key, reader.cells, reader.parameters, since)


def read_row_key(
    scope: EntityScope, key: tree.Expression | None, span: Span, symbols: Symbols
) -> tuple[Value | None, bool]:
    """The key of a row (None of the plan), and whether all is well."""
    if scope.name == PLAN_GRAIN:
        if key is not None:
            _report(symbols, faults.EXAMPLE, key.span, "the plan has no key", "write `plan : NAME VALUE`")
        return None, key is None
    if key is None:
        message, help_text = f"a row of {scope.name} needs its key", f"write `{scope.name} A : ...`"
        _report(symbols, faults.EXAMPLE, span, message, help_text)
        return None, False
    value = read_key(key, symbols)
    return value, value is not None


def read_since(written: tree.Expression, symbols: Symbols) -> date | datetime | None:
    """The day or moment behind `from`; None after a fault was reported."""
    if isinstance(written, tree.DateTime) and not require_timezone(written, symbols):
        return None
    type_ = MomentType() if isinstance(written, tree.DateTime) else DateType()
    value = read_literal(written, type_, symbols)
    assert value is None or isinstance(value, date)
    return value


def _report(symbols: Symbols, rule: Rule, span: Span, message: str, help_text: str = "") -> None:
    symbols.fault(rule, span, message, help=help_text)


class _RowReader:
    """Reads the values of one row into columns and parameters."""

    def __init__(self, item: tree.ExampleRow, scope: EntityScope, symbols: Symbols) -> None:
        self.item, self.scope, self.symbols = item, scope, symbols
        self.seen: set[str] = set()
        self.cells: dict[str, Value | None] = {}
        self.parameters: dict[Parameter, Value | Inherit | None] = {}

    def read(self, cell: tree.ExampleCell) -> None:
        name = cell.name.text
        field = self.scope.fields.get(name)
        if field is None:
            if name in self.scope.faulty:
                return
            field = self._stated_elsewhere(cell.name)
            if field is None:
                return
        if name in self.seen:
            _report(self.symbols, faults.EXAMPLE, cell.span, f"`{name}` stands twice in the row", "keep one of them")
            return
        self.seen.add(name)
        is_parameter = isinstance(field, Parameter)
        word = cell.value.text if isinstance(cell.value, tree.Name) else ""
        if self.item.since is not None and not is_parameter:
            help_text = "give it in a row without `from`; parameters have dates"
            if isinstance(field, typed.Reference):
                help_text = f"what changes during the period is an entity: `entity assignment in {self.scope.name}`"
            message = f"`{name}` is a column of {self.scope.name}, and has one value for the whole period"
            _report(self.symbols, faults.EXAMPLE, cell.span, message, help_text)
        elif word == "none" or (word == "inherit" and is_parameter):
            self._unset(cell, field, word)
        else:
            # An example may show what happens to a value outside its range: the door's answer is what it expects.
            value = read_literal(cell.value, field.type, self.symbols, in_range=False)
            if value is not None:
                self._add(field, value)

    def _unset(self, cell: tree.ExampleCell, field: typed.Field, word: str) -> None:
        if word == "inherit":
            self._add(field, INHERIT)
        elif field.optional:
            self._add(field, None)
        else:
            _report(
                self.symbols,
                values.LITERAL_TYPE,
                cell.value.span,
                f"`{field.name}` is not optional, so it cannot be `none`",
                "give it a value, or leave it out to take its default",
            )

    def _add(self, field: typed.Field, value: Value | Inherit | None) -> None:
        if isinstance(field, Parameter):
            self.parameters[field] = value
        elif not isinstance(value, Inherit):
            self.cells[field.name] = value

    def _stated_elsewhere(self, name: tree.Identifier) -> Parameter | None:
        """The parameter of this name of an entity for which this row is a level; None after a fault."""
        scope, symbols = self.scope, self.symbols
        found = symbols.stated.get((scope.name, name.text), [])
        if len(found) == 1:
            return found[0]
        shown = "the plan" if scope.name == PLAN_GRAIN else scope.name
        if found:
            owners = " and of ".join(each.entity for each in found)
            message = f"`{name.text}` is a parameter of {owners}, and {shown} states for all of them"
            help_text = f"state it where it belongs, e.g. `{found[0].entity} A : {name.text} ...`"
            _report(symbols, faults.EXAMPLE, name.span, message, help_text)
            return None
        is_line = name.text in scope.line_trees
        help_text = suggestion(name.text, list(scope.fields), "known are")
        message = f"{shown} has no column or parameter `{name.text}`"
        if is_line:
            help_text = f"`{name.text}` is a line: expect it behind `->`"
        _report(symbols, names.UNKNOWN_NAME, name.span, message, help_text)
        return None


# ---------------------------------------------------------------- tables from data


def read_table(item: tree.ExampleTable, symbols: Symbols) -> typed.ExampleTable | None:
    """A version of a table or ladder from data; None after a fault."""
    name = item.name.text
    if name not in symbols.tables and name not in symbols.ladders:
        known = [each for each, table in (*symbols.tables.items(), *symbols.ladders.items()) if table is not None]
        help_text = suggestion(name, known, "the tables and ladders are")
        _report(symbols, names.UNKNOWN_NAME, item.name.span, f"there is no table or ladder `{name}`", help_text)
        return None
    of = symbols.tables.get(name) or symbols.ladders.get(name)
    if of is None:
        return None  # a faulty one was reported
    if not of.from_data:
        message, help_text = f"the rows of `{name}` stand in the plan", "leave them out here"
        _report(symbols, faults.EXAMPLE, item.name.span, message, help_text)
        return None
    since = None
    if item.since is not None:
        since = read_since(item.since, symbols)
        if isinstance(since, datetime):
            message, help_text = "a table changes with a day, not at a moment", "write a date: `from 2026-10-15`"
            _report(symbols, faults.EXAMPLE, item.since.span, message, help_text)
        if since is None or isinstance(since, datetime):
            return None
    if isinstance(of, typed.Ladder):
        groups = _ladder_groups(item, of, symbols)
        return typed.ExampleTable(item.span, of, since, (), groups) if groups is not None else None
    if item.groups:
        message, help_text = "this is no row", "a row is `CELL, CELL : RESULT`"
        _report(symbols, faults.CELL_COUNT, symbols.source.first_line(item.groups[0].span), message, help_text)
        return None
    rows = read_rows(item.rows, of.keys, list(of.result_types), symbols)
    return typed.ExampleTable(item.span, of, since, rows, {}) if rows is not None else None


def _ladder_groups(
    item: tree.ExampleTable, ladder: typed.Ladder, symbols: Symbols
) -> dict[tuple[Value, ...], tuple[typed.Step, ...]] | None:
    """The steps of a ladder: those without a head were read as rows with one cell and one result."""
    steps: list[tree.LadderStep] = []
    for row in item.rows:
        match row:
            case tree.TableRow(cells=(tree.ValueCell(value=threshold),), results=(value,)):
                steps.append(tree.LadderStep(row.span, threshold, value))
            case _:
                message, help_text = "this is no step of a ladder", "a step is `THRESHOLD : VALUE`"
                _report(symbols, faults.CELL_COUNT, row.span, message, help_text)
                return None
    loose = [tree.LadderGroup(steps[0].span.to(steps[-1].span), (), tuple(steps))] if steps else []
    assert isinstance(ladder.type, NumberType)
    return read_groups([*loose, *item.groups], ladder.keys, ladder.type, symbols)

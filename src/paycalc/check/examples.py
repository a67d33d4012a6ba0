"""Examples inside the plan: rows and expectations, checked against the plan's entities and lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from paycalc.check import typed
from paycalc.check.calls import CallChecker
from paycalc.check.facts import Structures
from paycalc.check.faults import names, values
from paycalc.check.faults import tables as faults
from paycalc.check.literals import describe, read_key, read_literal
from paycalc.check.symbols import EntityScope, Symbols, suggestion
from paycalc.check.typed import PLAN_GRAIN
from paycalc.check.types import NumberType, RowType, Value
from paycalc.core.calendar import Period, PeriodRule
from paycalc.core.diagnostic import Label, Rule
from paycalc.core.span import Span
from paycalc.syntax import tree

_YEAR = 2026  # an example without a period runs in the first period of this year
_PERIODS_MAX = 1_200

Rows = list[typed.ExampleRow]
Expected = list[typed.Expectation]


def check_examples(
    plan: tree.Plan, symbols: Symbols, structures: Structures, rule: PeriodRule | None
) -> list[typed.Example]:
    """All examples; faulty ones are reported and left out."""
    titles: dict[str, Span] = {}
    result = []
    for written in plan.declarations:
        if not isinstance(written, tree.Example):
            continue
        head = symbols.source.first_line(written.span)
        earlier = titles.setdefault(written.title, head)
        if earlier is not head:
            symbols.fault(
                names.DUPLICATE_NAME,
                head,
                f'there are two examples "{written.title}"',
                also=(Label(earlier, "first here"),),
                help="give each its own title",
            )
        if rule is not None:
            result.append(_Example(written, symbols, structures, rule).run())
    return [each for each in result if each is not None]


class _Example:
    def __init__(self, written: tree.Example, symbols: Symbols, structures: Structures, rule: PeriodRule) -> None:
        self.written, self.symbols, self.structures, self.rule = written, symbols, structures, rule

    def run(self) -> typed.Example | None:
        written = self.written
        faults_before = len(self.symbols.diagnostics)
        setup, expectations = self._items(written.items)
        blocks = [self._block(each) for each in written.periods]
        if written.periods and expectations:
            self._report(
                faults.EXAMPLE_PERIOD,
                expectations[0].span,
                "what stands before the first `period` only sets up; nothing can be expected of it",
                "move the expectation into a period",
            )
        elif not written.periods:
            period = self.rule.first_of_year(_YEAR)
            blocks.append(typed.ExampleBlock(written.span, period, period, tuple(setup), tuple(expectations)))
            setup = []
        whole = [each for each in blocks if each is not None]
        if not any(item.expected for item in _all_items(written)):
            self._report(
                faults.EXAMPLE,
                self.symbols.source.first_line(written.span),
                "the example expects nothing",
                "add `-> LINE VALUE` behind a row, or `expect KEY : LINE VALUE`",
            )
        self._check_order(whole)
        self._check_events(setup, whole)
        if len(self.symbols.diagnostics) > faults_before:
            return None
        return typed.Example(written.span, written.title, tuple(setup), tuple(whole))

    def _report(self, rule: Rule, span: Span, message: str, help_text: str = "") -> None:
        self.symbols.fault(rule, span, message, help=help_text)

    # ------------------------------------------------------------ periods

    def _block(self, written: tree.ExamplePeriod) -> typed.ExampleBlock | None:
        rows, expectations = self._items(written.items)
        head = self.symbols.source.first_line(written.span)
        first, last = self._period(written.first, head), None
        if first is not None:
            last = first if written.last == written.first else self._period(written.last, head)
        if first is None or last is None:
            return None
        if last.start < first.start:
            self._report(faults.EXAMPLE_PERIOD, head, "the last period lies before the first", "exchange them")
            return None
        period, count = first, 1
        while period.start < last.start and count <= _PERIODS_MAX:
            period, count = self.rule.next(period), count + 1
        if count > _PERIODS_MAX:
            self._report(faults.EXAMPLE_PERIOD, head, f"more than {_PERIODS_MAX} periods", "name a shorter stretch")
            return None
        return typed.ExampleBlock(written.span, first, last, tuple(rows), tuple(expectations))

    def _period(self, name: str, span: Span) -> Period | None:
        try:
            return self.rule.parse(name)
        except ValueError as error:
            self._report(faults.EXAMPLE_PERIOD, span, str(error))
            return None

    def _check_order(self, blocks: list[typed.ExampleBlock]) -> None:
        for position in range(1, len(blocks)):
            if blocks[position].first.start <= blocks[position - 1].last.start:
                self._report(
                    faults.EXAMPLE_PERIOD,
                    self.symbols.source.first_line(blocks[position].span),
                    "this period does not come after the one above it",
                    "list the periods in their order",
                )

    def _check_events(self, setup: Rows, blocks: list[typed.ExampleBlock]) -> None:
        """An event of a row that does not stand in the example is a slip of the pen."""
        known = {(row.entity, row.key) for rows in (setup, *(each.rows for each in blocks)) for row in rows}
        for row in (row for rows in (setup, *(each.rows for each in blocks)) for row in rows):
            for reference in self.symbols.entities[row.entity].references:
                owner = row.cells.get(reference.name)
                if reference.belongs and owner is not None and (reference.target, owner) not in known:
                    self._report(
                        faults.EXAMPLE,
                        row.span,
                        f"no row `{reference.target} {owner}` stands in the example",
                        f"add it, e.g. `{reference.target} {owner} : ...`",
                    )

    # ------------------------------------------------------------ rows

    def _items(self, items: Iterable[tree.ExampleRow | tree.ExampleExpect]) -> tuple[Rows, Expected]:
        rows: Rows = []
        expectations: Expected = []
        for item in items:
            if isinstance(item, tree.ExampleRow):
                self._row(item, rows, expectations)
            else:
                self._expect(item, expectations)
        return rows, expectations

    def _row(self, item: tree.ExampleRow, rows: Rows, expectations: Expected) -> None:
        scope = self.symbols.entity(item.entity)
        if scope is None:
            return
        key, fine = self._key(scope, item.key, item.entity.span)
        if not fine:
            return
        cells: dict[str, Value | None] = {}
        parameters: dict[str, Value | None] = {}
        for cell in item.cells:
            self._cell(cell, scope, cells, parameters)
        rows.append(typed.ExampleRow(item.span, scope.name, key, cells, parameters))
        for each in item.expected:
            self._expectation(each, scope, key, expectations)

    def _key(self, scope: EntityScope, key: tree.Expression | None, span: Span) -> tuple[Value | None, bool]:
        if scope.name == PLAN_GRAIN:
            if key is not None:
                self._report(faults.EXAMPLE, key.span, "the plan has no key", "write `plan : NAME VALUE`")
            return None, key is None
        if key is None:
            self._report(faults.EXAMPLE, span, f"a row of {scope.name} needs its key", f"write `{scope.name} A : ...`")
            return None, False
        value = read_key(key, self.symbols)
        return value, value is not None

    def _cell(
        self,
        cell: tree.ExampleCell,
        scope: EntityScope,
        cells: dict[str, Value | None],
        parameters: dict[str, Value | None],
    ) -> None:
        name = cell.name.text
        field = scope.fields.get(name)
        if field is None:
            if name in scope.faulty:
                return
            what = "is a line: expect it behind `->`" if name in scope.line_trees else ""
            self._report(
                names.UNKNOWN_NAME,
                cell.name.span,
                f"{'the plan' if scope.name == PLAN_GRAIN else scope.name} has no column or parameter `{name}`",
                f"`{name}` {what}" if what else suggestion(name, list(scope.fields), "known are"),
            )
            return
        if name in cells or name in parameters:
            self._report(faults.EXAMPLE, cell.span, f"`{name}` stands twice in the row", "keep one of them")
            return
        target = parameters if isinstance(field, typed.Parameter) else cells
        if isinstance(cell.value, tree.Name) and cell.value.text == "none":
            if not field.optional:
                self._report(
                    values.LITERAL_TYPE,
                    cell.value.span,
                    f"`{name}` is not optional, so it cannot be `none`",
                    "give it a value, or leave it out to take its default",
                )
            else:
                target[name] = None
            return
        # An example may show what happens to a value outside its range: the door's answer is what it expects.
        value = read_literal(cell.value, field.type, self.symbols, in_range=False)
        if value is not None:
            target[name] = value

    # ------------------------------------------------------------ expectations

    def _expect(self, item: tree.ExampleExpect, expectations: Expected) -> None:
        if item.entity is None:
            scope = self.symbols.entities.get(self.symbols.payee)
            span = item.key.span if item.key is not None else item.span
        else:
            scope, span = self.symbols.entity(item.entity), item.entity.span
        if scope is None:
            return
        key, fine = self._key(scope, item.key, span)
        if fine:
            for each in item.expected:
                self._expectation(each, scope, key, expectations)

    def _expectation(
        self, item: tree.Expectation, scope: EntityScope, key: Value | None, expectations: Expected
    ) -> None:
        if item.operator == "rejected":
            code = item.value.value if isinstance(item.value, tree.Text) else ""
            if scope.name != self.symbols.payee:
                self._report(
                    faults.EXAMPLE, item.span, f"only a {self.symbols.payee} can be rejected", "expect it of a payee"
                )
                return
            expectations.append(typed.Expectation(item.span, "rejected", scope.name, key, None, None, code))
            return
        assert item.name is not None
        name = item.name.parts[-1].text
        payee = self.symbols.entities.get(self.symbols.payee)
        if scope.name == PLAN_GRAIN and item.operator == "sum" and payee is not None and name in payee.line_trees:
            self._report(
                names.WRONG_GRAIN,
                item.name.span,
                f"`{name}` belongs to {payee.name}, and `sum(...)` in an example adds up its periods",
                f"expect it of a {payee.name}, or add a line `show plan.total = sum({name} of {payee.name})`",
            )
            return
        target = CallChecker(self.symbols, self.structures, scope.name).infer_optional(item.name)
        if target is None:
            return
        if isinstance(target.type, RowType):
            self._report(faults.EXAMPLE, item.name.span, "this is a whole row of a table", "expect one of its results")
            return
        type_ = target.type
        if isinstance(type_, NumberType):  # exactly the number written, however many places; the range is not the point
            type_ = replace(type_, places=None)
        elif isinstance(item.value, tree.Name) and item.value.text == "none":
            self._report(faults.EXAMPLE, item.value.span, "a line is never missing", "expect a value")
            return
        if item.operator == "sum" and not isinstance(type_, NumberType):
            self._report(faults.EXAMPLE, item.span, f"only numbers add up; this is {type_}", "expect the value itself")
            return
        value = self._expected_value(item, type_)
        if value is not None:
            expectations.append(typed.Expectation(item.span, item.operator, scope.name, key, target, value))

    def _expected_value(self, item: tree.Expectation, type_: object) -> Value | None:
        # A fraction is expected exactly: `expect pace 10/3`.
        if (
            isinstance(item.value, tree.Binary)
            and item.value.operator == "/"
            and isinstance(item.value.right, tree.Number)
            and item.value.right.value != 0
            and item.value.right.unit is None
            and not item.value.right.percent
            and isinstance(type_, NumberType)
        ):
            above = read_literal(item.value.left, type_, self.symbols, in_range=False)
            return None if above is None else above / item.value.right.value  # type: ignore[operator]
        if isinstance(item.value, tree.Binary):
            self._report(values.LITERAL_TYPE, item.value.span, f"a written value is wanted, not {describe(item.value)}")
            return None
        return read_literal(item.value, type_, self.symbols, in_range=False)  # type: ignore[arg-type]


def _all_items(written: tree.Example) -> Iterator[tree.ExampleRow | tree.ExampleExpect]:
    yield from written.items
    for period in written.periods:
        yield from period.items

"""Examples inside the plan: rows and expectations, checked against the plan's entities and lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from paycalc.check import typed
from paycalc.check.calls import CallChecker
from paycalc.check.example_rows import read_row, read_row_key, read_table
from paycalc.check.faults import names, values
from paycalc.check.faults import tables as faults
from paycalc.check.literals import describe, read_literal
from paycalc.check.symbols import EntityScope
from paycalc.check.typed import PLAN_GRAIN
from paycalc.check.types import DATE_MAX, DATE_MIN, NumberType, RowType, Value
from paycalc.core.calendar import Period, PeriodRule
from paycalc.core.diagnostic import Label, Rule
from paycalc.core.span import Span
from paycalc.syntax import tree

_YEAR = 2026  # an example without a period runs in the first period of this year
_PERIODS_MAX = 1_200


@dataclass
class _Items:
    """What stands under an example or one of its periods."""

    rows: list[typed.ExampleRow] = field(default_factory=list)
    expectations: list[typed.Expectation] = field(default_factory=list)
    tables: list[typed.ExampleTable] = field(default_factory=list)


def check_examples(plan: tree.Plan, checker: CallChecker, rule: PeriodRule | None) -> list[typed.Example]:
    """All examples; faulty ones are reported and left out."""
    symbols = checker.symbols
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
            result.append(_Example(written, checker, rule).run())
    return [each for each in result if each is not None]


class _Example:
    def __init__(self, written: tree.Example, checker: CallChecker, rule: PeriodRule) -> None:
        self.written, self.checker, self.symbols, self.rule = written, checker, checker.symbols, rule

    def run(self) -> typed.Example | None:
        written = self.written
        faults_before = len(self.symbols.diagnostics)
        setup = self._items(written.items)
        blocks = [self._block(each) for each in written.periods]
        if written.periods and setup.expectations:
            self._report(
                faults.EXAMPLE_PERIOD,
                setup.expectations[0].span,
                "what stands before the first `period` only sets up; nothing can be expected of it",
                "move the expectation into a period",
            )
        elif not written.periods:
            period = self._latest(setup)
            blocks.append(_block(written.span, period, period, setup))
            setup = _Items()
        whole = [each for each in blocks if each is not None]
        if not any(item.expected for item in _all_items(written) if not isinstance(item, tree.ExampleTable)):
            self._report(
                faults.EXAMPLE,
                self.symbols.source.first_line(written.span),
                "the example expects nothing",
                "add `-> LINE VALUE` behind a row, or `expect KEY : LINE VALUE`",
            )
        self._check_order(whole)
        self._check_events([*setup.rows, *(row for each in whole for row in each.rows)])
        if len(self.symbols.diagnostics) > faults_before:
            return None
        return typed.Example(written.span, written.title, tuple(setup.rows), tuple(whole), tuple(setup.tables))

    def _report(self, rule: Rule, span: Span, message: str, help_text: str = "") -> None:
        self.symbols.fault(rule, span, message, help=help_text)

    # ------------------------------------------------------------ periods

    def _block(self, written: tree.ExamplePeriod) -> typed.ExampleBlock | None:
        items = self._items(written.items)
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
        return _block(written.span, first, last, items)

    def _period(self, name: str, span: Span) -> Period | None:
        try:
            return self.rule.parse(name)
        except ValueError as error:
            self._report(faults.EXAMPLE_PERIOD, span, str(error))
            return None

    def _latest(self, items: _Items) -> Period:
        """The period of an example that names none: that of its latest date, else the first of a year."""
        days: list[date] = [row.since for row in items.rows if row.since is not None]
        days += [table.since for table in items.tables if table.since is not None]
        for row in items.rows:
            dated = self.symbols.entities[row.entity].dated
            day = row.cells.get(dated.name) if dated is not None else None
            if isinstance(day, date):
                days.append(day)
        civil = [each.date() if isinstance(each, datetime) else each for each in days]
        civil = [each for each in civil if DATE_MIN <= each <= DATE_MAX]
        return self.rule.containing(max(civil)) if civil else self.rule.first_of_year(_YEAR)

    def _check_order(self, blocks: list[typed.ExampleBlock]) -> None:
        for position in range(1, len(blocks)):
            if blocks[position].first.start <= blocks[position - 1].last.start:
                self._report(
                    faults.EXAMPLE_PERIOD,
                    self.symbols.source.first_line(blocks[position].span),
                    "this period does not come after the one above it",
                    "list the periods in their order",
                )

    def _check_events(self, rows: list[typed.ExampleRow]) -> None:
        """An event of a row that does not stand in the example is a slip of the pen."""
        known = {(row.entity, row.key) for row in rows}
        for row in rows:
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

    def _items(self, items: Iterable[tree.ExampleItem]) -> _Items:
        found = _Items()
        for item in items:
            if isinstance(item, tree.ExampleRow):
                row = read_row(item, self.symbols)
                if row is not None:
                    found.rows.append(row)
                    for each in item.expected:
                        self._expectation(each, self.symbols.entities[row.entity], row.key, found.expectations)
            elif isinstance(item, tree.ExampleTable):
                table = read_table(item, self.symbols)
                if table is not None:
                    self._add_table(table, found.tables)
            else:
                self._expect(item, found.expectations)
        return found

    def _add_table(self, table: typed.ExampleTable, tables: list[typed.ExampleTable]) -> None:
        earlier = next((each for each in tables if each.of is table.of and each.since == table.since), None)
        if earlier is None:
            tables.append(table)
            return
        head = self.symbols.source.first_line(table.span)
        self.symbols.fault(
            faults.EXAMPLE,
            head,
            f"`{table.of.name}` is given twice" + (f" from {table.since} on" if table.since is not None else ""),
            also=(Label(self.symbols.source.first_line(earlier.span), "first here"),),
            help="keep one of them, or give them different dates",
        )

    # ------------------------------------------------------------ expectations

    def _expect(self, item: tree.ExampleExpect, expectations: list[typed.Expectation]) -> None:
        if item.entity is None:
            scope = self.symbols.entities.get(self.symbols.payee)
            span = item.key.span if item.key is not None else item.span
        else:
            scope, span = self.symbols.entity(item.entity), item.entity.span
        if scope is None:
            return
        key, fine = read_row_key(scope, item.key, span, self.symbols)
        if fine:
            for each in item.expected:
                self._expectation(each, scope, key, expectations)

    def _expectation(
        self, item: tree.Expectation, scope: EntityScope, key: Value | None, expectations: list[typed.Expectation]
    ) -> None:
        if item.operator in ("rejected", "held"):
            if self._has_outcome(item, scope):
                assert isinstance(item.value, tree.Text)
                code = item.value.value
                expectations.append(typed.Expectation(item.span, item.operator, scope.name, key, None, None, code))
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
        with self.checker.at_grain(scope.name):
            target = self.checker.infer_optional(item.name)
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

    def _has_outcome(self, item: tree.Expectation, scope: EntityScope) -> bool:
        """Whether a row of the entity can be rejected, or held; reports it."""
        payee = self.symbols.payee
        if item.operator == "rejected" and scope.name != payee:
            self._report(faults.EXAMPLE, item.span, f"only a {payee} can be rejected", "expect it of a payee")
        elif item.operator == "held" and scope.hold is None:
            help_text = f"say so where it is declared: `entity {scope.name} when bad hold`"
            if scope.name == payee:
                help_text = "a payee is rejected: write `rejected`"
            self._report(faults.EXAMPLE, item.span, f"a row of {scope.name} is never held", help_text)
        else:
            return True
        return False

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


def _block(span: Span, first: Period, last: Period, items: _Items) -> typed.ExampleBlock:
    return typed.ExampleBlock(
        span, first, last, tuple(items.rows), tuple(items.expectations), tuple(items.tables)
    )  # fmt: skip


def _all_items(written: tree.Example) -> Iterator[tree.ExampleItem]:
    yield from written.items
    for period in written.periods:
        yield from period.items

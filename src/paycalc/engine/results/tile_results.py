"""From what the machine computed and what the faults have reached to an outcome: tables, rejects, totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Line, Reference, Total
from paycalc.check.types import FlagType, NumberType, ReferenceType, Value
from paycalc.core.errors import InternalError
from paycalc.engine.computed import Computed
from paycalc.engine.decoding.column_evaluator import ColumnEvaluator, ValueAt
from paycalc.engine.decoding.stored import decoded, integers, number_at
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.faults.causes import key_ranks
from paycalc.engine.faults.consequences import Affected, Consequences
from paycalc.engine.faults.spreading import ColumnarSpread
from paycalc.engine.results.balance import Belonging
from paycalc.engine.results.columns import ShownColumn, fractions_array
from paycalc.engine.results.outcome import Outcome, Reported, column_money, column_type, key_column, reconcile
from paycalc.engine.results.settled import Settled
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Input
from paycalc.reference.faults import Fault
from paycalc.reference.run import TOTAL_NAMES, rule_name
from paycalc.reference.spread import PAYING_ROLES

# A line or reference of one entity, rows where a fault has reached it, and the numbers of the faults.
Found = tuple[Line | Reference, Numbers, Numbers]


@dataclass(frozen=True)
class TileResults:
    """What a run of tiles came to.

    threads   how many it had at most;  money: one of value_types.MONEY
    detailed  computes other lines of the same run
    """

    settled: Settled
    reported: Reported
    threads: int
    money: str
    detailed: Callable[[EncodedData, Sequence[Line | Total]], Computed]

    @property
    def data(self) -> EncodedData:
        return self.settled.data

    @property
    def computed(self) -> Computed:
        return self.settled.computed

    @property
    def spread(self) -> ColumnarSpread:
        return self.settled.spread

    def outcome(self) -> Outcome:
        plan, rejected = self.data.plan, self.spread.rejects.rows
        withheld: dict[str, list[Found]] = {}
        columns: dict[Line | Total, ShownColumn] = {}
        for line in self.reported.all:
            columns[line] = self._column(line, withheld)
            if line.entity == plan.payee:
                columns[line] = columns[line].without(rejected)
        names = [line.name for line in plan.lines if line.role in PAYING_ROLES] + list(TOTAL_NAMES)
        scale = 10**plan.currency_places
        totals = {name: Fraction(self.computed.totals[name], scale) for name in names}
        reconcile(plan, totals)
        for line, column in columns.items():
            if line.entity == plan.payee and line.name in totals and column.sum() != totals[line.name]:
                raise InternalError(f"the amounts of {line.name} do not add up to their total")
        belonging = self._belonging()
        unpaid = np.zeros(self.data.counts[plan.payee], bool)
        unpaid[rejected] = True
        return Outcome(
            plan,
            self.data.period,
            "tiles",
            self.threads,
            self.data.counts,
            totals,
            self._rejects(),
            self._by_entity(withheld),
            self._orphans(),
            self._held(),
            {entity: belonging.balance(entity, unpaid) for entity in belonging.entities()},
            belonging,
            ColumnEvaluator(self.settled.evaluator.dataset, self.value_of),
            self.spread,
            tuple(self.reported.shown),
            lambda start, stop: self._lines(columns, start, stop),
            lambda entity: self._shown(entity, columns),
            self._detail,
            lambda entity: self._keys(entity).type,
        )

    def value_of(self, line: Line | Total) -> ValueAt:
        """The values of a line, computed for all rows, where no fault stands in the way."""
        if not isinstance(line.type, NumberType | FlagType) or getattr(line.type, "places", 0) is None:
            return lambda row: None
        computed = self.detailed(self.data, [line])
        column = computed.columns[line]
        valid = self._unfaulted(line, computed)
        stored = EncodedColumn(column.buffer, column.buffer.address, column.storage, column.count, 0, 0)

        def value_at(row: int) -> Value | None:
            return decoded(number_at(stored, row), line.type, self.data) if valid[row] else None

        return value_at

    # ------------------------------------------------------------ tables

    def _column(self, line: Line | Total, withheld: dict[str, list[Found]]) -> ShownColumn:
        """What is shown of a line; notes down the rows where a fault keeps it back."""
        assert getattr(line.type, "places", 0) is not None
        valid = self.computed.present.get(line)
        if isinstance(line, Line) and line.role == "show":
            rows, causes = self._kept_back(line)
            counted = self.spread.counted.get(line.entity)
            if counted is not None:
                valid = counted.astype(np.uint8) if valid is None else valid & counted
                rows, causes = _those(rows, causes, counted[rows])
            if len(rows):
                valid = np.ones(self.data.counts[line.entity], np.uint8) if valid is None else np.array(valid)
                valid[rows] = 0
                withheld.setdefault(line.entity, []).append((line, rows, causes))
        return ShownColumn(self.computed.columns[line], valid, getattr(line.type, "places", None) or 0)

    def _kept_back(self, line: Line) -> tuple[Numbers, Numbers]:
        """The rows in which a fault keeps a `show` back, and the numbers of the faults; of payees, those who are paid.

        A fault that has reached the line goes before one that arises in working it out.
        """
        spread = self.spread
        reached = spread.reached(line)
        rows, causes = reached.rows, spread.causes_of(reached)
        faulty = self.computed.faulty.get(line)
        if faulty is not None:
            arisen = np.setdiff1d(np.flatnonzero(faulty), rows, assume_unique=True)
            if line.entity == self.data.plan.payee:
                arisen = np.setdiff1d(arisen, spread.rejects.rows, assume_unique=True)
            rows = np.append(rows, arisen)
            causes = np.append(causes, spread.causes.extend_lazily(arisen, lambda row: self._fault(line, row)))
        return self._but_rejects(line.entity, rows, causes)

    def _fault(self, line: Line, row: int) -> Fault:
        fault = self.settled.evaluator.fault(line, row)
        if fault is None:
            raise InternalError(f"the engine found a fault in {line.name} of row {row + 1}, and there is none")
        return fault

    def _keys(self, entity: str) -> pa.Array:
        if entity == PLAN_GRAIN:
            return pa.nulls(1, pa.string())
        keys = self.data.keys[entity].array
        return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys

    def _lines(self, columns: Mapping[Line | Total, ShownColumn], start: int, stop: int) -> pa.Table:
        arrays = {line.name: self._array(line, columns[line].part(start, stop)) for line in self.reported.of_payee}
        return pa.table({key_column(self.data.plan.payee, arrays): self._paid_keys(start, stop), **arrays})

    def _paid_keys(self, start: int, stop: int) -> pa.Array:
        """The keys of the payees that are paid, from one of them to before another."""
        keys, rejected = self._keys(self.data.plan.payee), self.spread.rejects.rows
        # How many are paid before each reject: so many rejects stand before a paid one as have no more before them.
        paid_before = rejected - np.arange(len(rejected))
        first, behind = (int(at + np.searchsorted(paid_before, at, "right")) for at in (start, stop - 1))
        among = keys.slice(first, behind + 1 - first) if stop > start else keys.slice(0, 0)
        left_out = rejected[np.searchsorted(rejected, first) : np.searchsorted(rejected, behind)] - first
        if not len(left_out) or stop == start:
            # A copy, without the texts before and behind: files would hold some of them as padding.
            return pa.concat_arrays([among.slice(0, 0), among])
        paid = np.ones(len(among), bool)
        paid[left_out] = False
        return among.filter(pa.array(paid))

    def _shown(self, entity: str, columns: Mapping[Line | Total, ShownColumn]) -> pa.Table:
        arrays = {line.name: self._array(line, columns[line]) for line in self.reported.shown[entity]}
        if entity == PLAN_GRAIN:
            return pa.table(arrays)
        keys = self._keys(entity)
        order = np.lexsort((key_ranks(keys),))
        table = pa.table({key_column(entity, arrays): keys, **arrays})
        return table if (order[1:] > order[:-1]).all() else table.take(pa.array(order)).combine_chunks()

    def _detail(self, entity: str, lines: Sequence[Line]) -> pa.Table:
        computed = self.detailed(self.data, lines)
        arrays = {line.name: self._detail_column(line, computed) for line in lines}
        return pa.table({key_column(entity, arrays): self._keys(entity), **arrays})

    def _detail_column(self, line: Line, computed: Computed) -> pa.Array:
        """The values of a line at all rows, where the row counts and no fault keeps them back."""
        valid = self._unfaulted(line, computed)
        if line.entity in self.spread.counted:
            valid &= self.spread.counted[line.entity]
        places = getattr(line.type, "places", None)
        column = ShownColumn(computed.columns[line], valid, places or 0)
        if isinstance(line.type, NumberType) and places is None:
            return fractions_array(column, computed.divisors[line])
        if isinstance(line.type, ReferenceType):
            return self._keys(line.type.entity).take(column.rows())
        return self._array(line, column)

    def _unfaulted(self, line: Line | Total, computed: Computed) -> Numbers:
        """Bytes 0 and 1: where a line has a value that no fault reaches; of payees, those who are paid."""
        valid = np.ones(self.data.counts[line.entity], np.uint8)
        if line in computed.present:
            valid &= computed.present[line]
        if line in computed.faulty:
            valid &= computed.faulty[line] == 0
        valid[self.spread.reached(line).rows] = 0
        if line.entity == self.data.plan.payee:
            valid[self.spread.rejects.rows] = 0
        return valid

    def _array(self, line: Line | Total, column: ShownColumn) -> pa.Array:
        return column.array(
            column_type(self.data.plan, line), self.data.texts, column_money(self.data.plan, line, self.money)
        )

    # ------------------------------------------------------------ what faults came to

    def _affected(self, entity: str, rows: Numbers, names: Numbers, causes: Numbers) -> Affected:
        return Affected(entity, self._keys(entity).take(pa.array(rows)), rows + 1, names, causes)

    def _rejects(self) -> Consequences:
        spread = self.spread
        causes = spread.causes_of(spread.rejects)
        parts = []
        if len(causes):
            payees = self._affected(self.data.plan.payee, spread.rejects.rows, spread.rules(), causes)
            parts = [payees.in_order(spread.causes.code_ranks(causes))]
        return Consequences(parts, [rule_name(rule) for rule in spread.reading.rules], spread.causes)

    def _orphans(self) -> Consequences:
        """Rows that an aggregate should count somewhere, and nobody can say where; rejected payees stand elsewhere."""
        spread = self.spread
        found: dict[str, list[Found]] = {}
        for batch, causes in zip(self.data.faults, spread.causes_of_batches, strict=True):
            place = batch.place
            if isinstance(place, Reference) and place in spread.reading.aggregated:
                rows, causes = self._but_rejects(place.entity, batch.rows.astype(np.int64), causes)
                counted = spread.counted.get(place.entity)
                if counted is not None:
                    rows, causes = _those(rows, causes, counted[rows])
                if len(rows):
                    found.setdefault(place.entity, []).append((place, rows, causes))
        return self._by_entity(found)

    def _held(self) -> Consequences:
        parts = [
            self._affected(entity, held.rows, np.full(len(held.rows), -1), held.causes).in_order(
                self.spread.causes.code_ranks(held.causes)
            )
            for entity, held in sorted(self.spread.held.items(), key=lambda each: each[0].encode())
            if len(held.rows)
        ]
        return Consequences(parts, (), self.spread.causes)

    def _belonging(self) -> Belonging:
        data = self.data

        def targets(reference: Reference) -> Numbers:
            return np.asarray(integers(data.inputs[Input(reference, "row")]), np.int32)

        references = {each.field: column.low >= 0 for each, column in data.inputs.items() if each.part == "row"}
        return Belonging(
            data.plan,
            data.counts,
            {each: leads for each, leads in references.items() if isinstance(each, Reference)},
            targets,
            data.outside,
            {entity: held.rows for entity, held in self.spread.held.items()},
        )

    def _but_rejects(self, entity: str, rows: Numbers, causes: Numbers) -> tuple[Numbers, Numbers]:
        """Of payees, those who are paid."""
        if entity != self.data.plan.payee or not len(self.spread.rejects.rows):
            return rows, causes
        return _those(rows, causes, ~np.isin(rows, self.spread.rejects.rows))

    def _by_entity(self, found: Mapping[str, Sequence[Found]]) -> Consequences:
        names = sorted({field.name for parts in found.values() for field, *_ in parts}, key=str.encode)
        parts = [
            self._affected(
                entity,
                np.concatenate([rows for _, rows, _ in of_entity]),
                np.concatenate([np.full(len(rows), names.index(field.name)) for field, rows, _ in of_entity]),
                np.concatenate([causes for *_, causes in of_entity]),
            ).in_order()
            for entity, of_entity in sorted(found.items(), key=lambda each: each[0].encode())
        ]
        return Consequences(parts, names, self.spread.causes)


def _those(rows: Numbers, causes: Numbers, flags: Numbers) -> tuple[Numbers, Numbers]:
    return rows[flags], causes[flags]

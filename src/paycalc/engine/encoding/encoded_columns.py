"""The columns and references of a run as the door has them when it comes to parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paycalc.check.typed import Column, Field, Reference
from paycalc.engine.encoded import EncodedColumn, FaultBatch
from paycalc.engine.encoding.references import KeyIndex
from paycalc.engine.storage import view
from paycalc.graph.nodes import Input


@dataclass(frozen=True)
class EncodedColumns:
    """inputs, faults: of columns and references. indices: of the needed entities. outside: as of EncodedData."""

    inputs: Mapping[Input, EncodedColumn]
    faults: Sequence[FaultBatch]
    indices: Mapping[str, KeyIndex]
    outside: Mapping[str, np.ndarray]

    def rows(self, reference: Reference) -> np.ndarray:
        """The row that each row leads to, int32 [n]; -1 where it is faulty, or an optional one is missing."""
        return self._decoded(Input(reference, "row"), np.dtype(np.int32))

    def numbers(self, column: Column) -> np.ndarray:
        """Days or microseconds since 1970, int64 [n], of a column of dates or moments; any where it is faulty."""
        return self._decoded(Input(column, "value"), np.dtype(np.int64))

    def _decoded(self, each: Input, dtype: np.dtype) -> np.ndarray:
        column = self.inputs[each]
        stored = view(column.address, column.count, column.storage)
        if (column.factor, column.shift) == (1, 0):
            return stored.astype(dtype, copy=False)
        return (stored.astype(np.int64) * column.factor + column.shift).astype(dtype, copy=False)

    def bad(self, field: Field) -> np.ndarray | None:
        """The rows that are faulty there, bool [n]; None: none is."""
        batches = [each.rows for each in self.faults if each.place is field]
        return self._marked(field.entity, batches) if batches else None

    def counted(self, entity: str) -> np.ndarray | None:
        """The rows that do not lie outside the period, bool [n]; None: all of them."""
        outside = self.outside.get(entity)
        return None if outside is None or not len(outside) else ~self._marked(entity, [outside])

    def _marked(self, entity: str, rows: Sequence[np.ndarray]) -> np.ndarray:
        found = np.zeros(self.indices[entity].keys.count, bool)
        for each in rows:
            found[each] = True
        return found

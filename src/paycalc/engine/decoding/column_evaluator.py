"""The interpreter for explanations: lines that it is asked for at many rows come from the machine, as columns.

An amount may be the sum of thousands of events, and the interpreter takes a while for each of them. What it works out
and what the machine computes is the same; so it works out what is to be explained, and takes the rest as computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from paycalc.check.typed import Line, Total
from paycalc.check.types import Value
from paycalc.reference.dataset import Dataset
from paycalc.reference.interpreter import Evaluator

ASKED_MAX = 12  # rows at which a line is worked out, before its column is computed

# The value of a line at a row; None where there is none, or a fault may stand in its way.
ValueAt = Callable[[int], Value | None]


class ColumnEvaluator(Evaluator):
    """Values of a run that is computed.

    column_of  computes a line at all rows
    """

    def __init__(self, dataset: Dataset, column_of: Callable[[Line | Total], ValueAt]) -> None:
        super().__init__(dataset)
        self._column_of = column_of
        self._columns: dict[Line | Total, ValueAt] = {}
        self._asked: Counter[Line | Total] = Counter()

    def remembered(self, field: Line | Total, row: int, work_out: Callable[[Evaluator, Any, int], Value]) -> Value:
        known = self._known[field]
        if row not in known:
            self._asked[field] += 1
            if self._asked[field] > ASKED_MAX:
                if field not in self._columns:
                    self._columns[field] = self._column_of(field)
                value = self._columns[field](row)
                if value is not None:
                    known[row] = value
        return super().remembered(field, row, work_out)

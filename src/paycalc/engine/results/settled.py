"""What a run of tiles came to, before it is a table."""

from __future__ import annotations

from dataclasses import dataclass

from paycalc.engine.computed import Computed
from paycalc.engine.encoded import EncodedData
from paycalc.engine.faults.spreading import ColumnarSpread
from paycalc.reference.interpreter import Evaluator


@dataclass(frozen=True)
class Settled:
    """A run in which nobody is left to hold or to reject.

    data       with the flags of the rows that count
    evaluator  the values of the run, for messages and explanations
    """

    data: EncodedData
    computed: Computed
    spread: ColumnarSpread
    evaluator: Evaluator

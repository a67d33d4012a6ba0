"""One cell again, slowly: the very fault that the reference makes of it, for a message.

Which rows are faulty, and by which code, was found for columns as a whole. Here the one cell goes the reference's way.
Where that finds nothing wrong, or another fault, the two disagree and nobody can be paid on their word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Field
from paycalc.core.errors import InternalError
from paycalc.engine.encoded import FaultBatch, Keys
from paycalc.engine.encoding.states import States, faulty_rows
from paycalc.engine.inputs.cells import CellRules, Place, read_cells
from paycalc.engine.inputs.input_table import InputColumn, TextColumn
from paycalc.reference.cells import Misfit, expected_of
from paycalc.reference.dataset import FaultPlace, place_names
from paycalc.reference.faults import Fault, FaultCode
from paycalc.reference.rows import read_raw

MisfitOf = Callable[[int], object]


@dataclass(frozen=True)
class Describing:
    """Makes faults. keys: of each entity, by name."""

    keys: Mapping[str, Keys]

    def fault(self, place: FaultPlace, row: int, misfit: Misfit, set_in: int | None = None) -> Fault:
        """The fault at a place, as the reference writes it down.

        set_in  of a parameter: the row that sets it in the table of parameters, from 1; 0: they came as a mapping
        """
        entity, column = place_names(place)
        keys = self.keys.get(entity)
        key = None if keys is None else keys[row]
        number = None if entity == PLAN_GRAIN else row + 1
        return Fault(
            misfit.code, entity, key, number, column, misfit.value, misfit.expected, misfit.help, set_in=set_in
        )

    def batches(self, place: FaultPlace, states: States, misfit_of: MisfitOf) -> list[FaultBatch]:
        """The faults of a place by their codes. misfit_of: what the reference makes of the cell in a row."""
        return [self.batch(code, place, rows, misfit_of) for code, rows in faulty_rows(states)]

    def batch(self, code: FaultCode, place: FaultPlace, rows: np.ndarray, misfit_of: MisfitOf) -> FaultBatch:
        """The faults of one code at some rows of a place."""

        def describe(row: int) -> Fault:
            row = int(row)
            misfit = misfit_of(row)
            if not isinstance(misfit, Misfit) or misfit.code is not code:
                entity, column = place_names(place)
                what = misfit.code if isinstance(misfit, Misfit) else "no fault"
                raise InternalError(f"row {row + 1} of {column} of {entity}: {code} for columns, {what} for one cell")
            return self.fault(place, row, misfit)

        return FaultBatch(code, place, rows, describe)


@dataclass(frozen=True)
class CellReader:
    """Reads single cells of a column as the reference does. timezone: the plan's."""

    column: InputColumn
    field: Field
    place: Place
    rules: CellRules
    timezone: tzinfo

    def raw(self, position: int) -> object:
        """The cell as it comes through the reference's door."""
        column = self.column
        one = TextColumn([column.cells[position]]) if isinstance(column, TextColumn) else column.slice(position, 1)
        return read_cells(one, self.field.type, self.place, self.rules)[0]

    def misfit(self, position: int) -> object:
        """Why the cell is faulty; anything else where it is not. An empty one is faulty by `null`."""
        cell = self.raw(position)
        if cell is None:
            return Misfit(FaultCode.NULL, "", expected_of(self.field.type))
        return read_raw(cell, self.field, self.timezone)

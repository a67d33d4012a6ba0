"""The values of parameters in the course of time, one by one from the versions that the door has made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Parameter
from paycalc.check.types import NumberType
from paycalc.core.calendar import day_start
from paycalc.engine.decoding.stored import decoded, number_at
from paycalc.engine.encoded import EncodedData
from paycalc.graph.calendar_days import days_of, microseconds_of
from paycalc.graph.nodes import Input
from paycalc.graph.prepared import versions_find, versions_row
from paycalc.reference.dataset import Cell
from paycalc.reference.faults import Fault


class DatedValues:
    """What parameters are on days and at moments; faults where they are faulty.

    averaged  of parameters whose mean is asked for: the faults of the mean, by row
    """

    def __init__(self, data: EncodedData, averaged: Mapping[Parameter, Mapping[int, Fault]]) -> None:
        self._data, self._averaged = data, averaged

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Cell:
        """On a day of the period, or at a moment of it."""
        fault: Fault | None = self._data.settings.fault(parameter, row, asked)
        if fault is not None:
            return fault
        version = self._version(parameter.entity, row, asked)
        present = self._data.inputs.get(Input(parameter, "dated present"))
        if present is not None and not number_at(present, version):
            return None
        number = number_at(self._data.inputs[Input(parameter, "dated value")], version)
        return decoded(number, parameter.type, self._data)

    def average(self, parameter: Parameter, row: int) -> Cell:
        """The mean over the days of the period."""
        fault = self._averaged[parameter].get(row)
        if fault is not None:
            return fault
        assert isinstance(parameter.type, NumberType) and parameter.type.places is not None
        days = number_at(self._data.inputs[Input(parameter, "days")], row)
        return Fraction(days, 10**parameter.type.places * self._data.period.days)

    def _version(self, entity: str, row: int, asked: date | datetime) -> int:
        """The row of the version of an entity's row: by the moment, where moments are asked for."""
        zone = self._data.plan.timezone or UTC
        by_moment = Input(versions_row(entity, True), "made") in self._data.inputs
        if by_moment and not isinstance(asked, datetime):
            asked = day_start(asked, zone)
        elif not by_moment and isinstance(asked, datetime):
            asked = asked.astimezone(zone).date()
        number = microseconds_of(asked) if isinstance(asked, datetime) else days_of(asked)
        finder = self._data.finders[versions_find(entity, by_moment).name]
        group = 0 if entity == PLAN_GRAIN else row
        first, end = (int(each) for each in finder.offsets[group : group + 2])
        reached = int(np.searchsorted(finder.thresholds[first:end], number, "right"))
        cell = first + group + reached
        return number_at(self._data.inputs[Input(versions_row(entity, by_moment), "made")], cell)

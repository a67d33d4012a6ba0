"""Parameters on every day and around every change, and every cell of tables from data: both doors say the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product

from paycalc.check.typed import PLAN_GRAIN, Ladder, Table
from paycalc.check.types import DateType, FlagType, MemberType, NumberType, ReferenceType, TextType
from paycalc.check.usage import Averaged
from paycalc.engine.encoded import EncodedData
from paycalc.graph import prepared
from paycalc.graph.nodes import Input, versions_of
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault
from paycalc.reference.lookups import matching_rows, reached_step, table_results

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Columns:
    """The prepared columns of encoded data, as lists. stored: reads a column."""

    def __init__(self, found: EncodedData, stored, decoded):
        self.found, self.decoded = found, decoded
        self._stored, self._known = stored, {}

    def of(self, field, part="made"):
        if (field, part) not in self._known:
            self._known[field, part] = self._stored(self.found.inputs[Input(field, part)])
        return self._known[field, part]

    def cell(self, find, group, value):
        """What a Find gives."""
        finder = self.found.finders[find.name]
        offsets = finder.offsets.tolist()
        if len(offsets) == 1:
            return 0
        thresholds = finder.thresholds[offsets[group] : offsets[group + 1]].tolist()
        assert thresholds == sorted(set(thresholds))
        reached = sum(value > each if find.over else value >= each for each in thresholds)
        count = self.found.counts[prepared.cells_of(find.name)]
        if find.absolute:
            assert count == offsets[-1] + len(offsets) - 1
            return offsets[group] + group + reached
        assert count == max(b - a for a, b in pairwise(offsets)) + 1
        return reached

    def value(self, type_, number):
        return self.decoded(number, type_, self.found.texts)


def same_in_time(plan, expected: Dataset, found: EncodedData, columns: Columns) -> None:
    """The parameters that are asked for on dates, the averages, and what sets them."""
    for parameter, by in found.usage.dated.items():
        for row in range(expected.entities[parameter.entity].count):
            for moments in (False, True):
                if any(isinstance(column.type, DateType) is not moments for column in by):
                    for asked in _asked(plan, found, parameter, moments):
                        _same_value(parameter, row, asked, expected, found, columns)
    for parameter in found.usage.averaged:
        faulty = {row: fault for place, row, fault in expected.faults if place == Averaged(parameter)}
        sums = columns.of(parameter, "days")
        for row in range(expected.entities[parameter.entity].count):
            if row not in faulty:
                mean = Fraction(sums[row], found.period.days) / 10**parameter.type.places
                assert mean == expected.dated.average(parameter, row)


def _asked(plan, found, parameter, moments):
    days = [found.period.start + timedelta(each) for each in range(found.period.days)]
    if not moments:
        return days
    zone = plan.timezone or UTC
    thresholds = found.finders[prepared.versions_find(parameter.entity, True).name].thresholds.tolist()
    changes = [EPOCH + timedelta(microseconds=each + beside) for each in thresholds for beside in (-1, 0, 1)]
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=zone) for day in days]
    return [*changes, noons[0], noons[-1], *noons[::7]]


def _number(asked):
    if isinstance(asked, datetime):
        return (asked - EPOCH) // timedelta(microseconds=1)
    return asked.toordinal() - EPOCH.date().toordinal()


def _same_value(parameter, row, asked, expected, found, columns):
    moments = isinstance(asked, datetime)
    if parameter.entity == PLAN_GRAIN:
        try:
            wanted = expected.dated.at(parameter, row, asked)
        except Exception:
            return  # nobody asks then, or the run would have stopped
    else:
        wanted = expected.dated.at(parameter, row, asked)
    assert found.settings.at(parameter, row, asked) == expected.settings.at(parameter, row, asked)
    if isinstance(wanted, Fault):
        assert found.settings.fault(parameter, row, asked) == wanted
        return
    assert found.settings.fault(parameter, row, asked) is None
    cell = columns.cell(prepared.versions_find(parameter.entity, moments), row, _number(asked))
    version = columns.of(prepared.versions_row(parameter.entity, moments))[cell]
    assert version < found.counts[versions_of(parameter.entity)]
    if parameter.optional:
        assert columns.of(parameter, "dated present")[version] == (wanted is not None)
    if wanted is not None:
        assert columns.value(parameter.type, columns.of(parameter, "dated value")[version]) == wanted


# ---------------------------------------------------------------- tables and ladders from data


def same_tables(plan, expected: Dataset, found: EncodedData, columns: Columns) -> None:
    """Every table and ladder, for every case of its keys on every day on which it may be asked."""
    assert dict(found.data_tables.items()).keys() == expected.versions.keys()
    for table, versions in expected.versions.items():
        assert list(found.data_tables[table]) == list(versions)
        days = [found.period.end]
        if table in found.usage.dated_tables:
            days = [found.period.start, *(each.since for each in versions if each.since), found.period.end]
        for day in days:
            if found.period.start <= day <= found.period.end:
                same = _same_ladder if isinstance(table, Ladder) else _same_table
                same(table, expected.version(table, day), day, expected, found, columns)


def _sheets(table, owner_row, day, found, columns):
    """The sheet as it is found in each way."""
    at_end = columns.of(prepared.sheet_at_end(table))[owner_row]
    sheets = {
        columns.of(prepared.sheets_row(table, moments))[
            columns.cell(prepared.sheets_find(table, moments), owner_row, when)
        ]
        for moments, when in ((False, _number(day)), (True, _number(_noon(found, day))))
    }
    assert len(sheets) == 1
    if day == found.period.end:
        assert sheets == {at_end}
    return sheets.pop()


def _noon(found, day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=found.plan.timezone or UTC)


def _arguments(key, cells, expected, texts=()):
    """Values of a key that may be asked for: the number in columns, and the value of the reference."""
    match key.type:
        case FlagType():
            return [(0, False), (1, True)]
        case MemberType(members=members):
            return list(enumerate(members))
        case ReferenceType(entity=entity):
            rows = expected.entities[entity]
            return [(row, key) for key, row in rows.row_of.items()]
        case TextType():
            return list(enumerate(texts))
    bounds = {bound for cell in cells for band in getattr(cell, "bands", ()) for bound in (band.low, band.high)}
    if isinstance(key.type, NumberType):
        unit = Fraction(1, 10**key.type.places)
        low, high = key.type.interval.low, key.type.interval.high
        near = {each + beside for each in bounds if each is not None for beside in (-unit, 0, unit)} | {low, high}
        return [(int(each / unit), each) for each in sorted(near) if low <= each <= high]
    low, high = key.type.low, key.type.high
    near = {each + timedelta(beside) for each in bounds if each for beside in (-1, 0, 1)} | {low, high}
    return [(_number(each), each) for each in sorted(near) if low <= each <= high]


def _same_table(table: Table, version, day, expected, found, columns):
    owner = prepared.owner_of(table)
    cells = [[row.cells[at] for row in version.rows] for at in range(len(table.keys))]
    arguments = [_arguments(key, each, expected, found.texts) for key, each in zip(table.keys, cells, strict=True)]
    for case in product(*arguments):
        sheet = _sheets(table, 0 if owner is None else case[owner][0], day, found, columns)
        position = 0
        for at, (number, _) in enumerate(case):
            if at != owner:
                along, count = _along(table, at, number, sheet, columns)
                assert 0 <= along < count
                position = position * count + along
        position += columns.of(prepared.start(table))[sheet]
        assert position < found.counts[prepared.cells_of(table.name)]
        whole = replace(table, rows=tuple(version.rows))
        wanted = table_results(whole, matching_rows(whole, [value for _, value in case]))
        for index, type_ in enumerate(prepared.result_types(table)):
            assert columns.value(type_, columns.of(prepared.result(table, index))[position]) == wanted[index]


def _along(table, at, number, sheet, columns):
    key = table.keys[at]
    if isinstance(key.type, FlagType | MemberType):
        return number, 2 if isinstance(key.type, FlagType) else len(key.type.members)
    count = columns.of(prepared.axis_count(table, at))[sheet]
    if isinstance(key.type, ReferenceType):
        return columns.of(prepared.axis_row(table, at))[number], count
    return columns.cell(prepared.axis_find(table, at), sheet, number), count


def _same_ladder(ladder: Ladder, version, day, expected, found, columns):
    owner = prepared.owner_of(ladder)
    key = ladder.keys[-1]
    unit = Fraction(1, 10**key.type.places)
    heads = [_arguments(each, (), expected) for each in ladder.keys[:-1]]
    heads = [
        [(at, Fraction(at)) for at in range(int(each.type.interval.low), int(each.type.interval.high) + 1)]
        if isinstance(each.type, NumberType)
        else known
        for each, known in zip(ladder.keys[:-1], heads, strict=True)
    ]
    for case in product(*heads):
        sheet = _sheets(ladder, 0 if owner is None else case[owner][0], day, found, columns)
        group = 0
        for at, (number, _) in enumerate(case):
            if at == owner:
                continue
            of_key = ladder.keys[at].type
            if isinstance(of_key, ReferenceType):
                number = columns.of(prepared.axis_row(ladder, at))[number]
                count = columns.of(prepared.axis_count(ladder, at))[0]
            elif isinstance(of_key, NumberType):
                number, count = number - int(of_key.interval.low), int(of_key.interval.high - of_key.interval.low) + 1
            else:
                count = 2 if isinstance(of_key, FlagType) else len(of_key.members)
            group = group * count + number
        steps = version.groups[tuple(value for _, value in case)]
        near = {step.threshold + beside for step in steps for beside in (-unit, 0, unit)}
        for base in sorted(near | {key.type.interval.low, key.type.interval.high}):
            if base in key.type.interval:
                cell = columns.cell(prepared.steps_find(ladder), sheet + group, int(base / unit))
                _same_step(ladder, steps, base, cell, columns)


def _same_step(ladder, steps, base, cell, columns):
    reached = reached_step(ladder, steps, base)
    at = -1 if reached is None else list(steps).index(reached)
    here, above = steps[max(at, 0)], steps[min(at + 1, len(steps) - 1)]
    places, own = ladder.keys[-1].type.places, ladder.type.places
    paid = sum(
        ((steps[each + 1].threshold - steps[each].threshold) * steps[each].value for each in range(at)), Fraction(0)
    )
    wanted = {
        "threshold": here.threshold * 10**places,
        "value": 0 if reached is None else here.value * 10**own,
        "paid": paid * 10 ** (places + own),
        "next threshold": above.threshold * 10**places,
        "next value": above.value * 10**own,
        "kept": here.value * 10**own,
    }
    assert {part: columns.of(prepared.step_part(ladder, part))[cell] for part in prepared.STEP_PARTS} == wanted

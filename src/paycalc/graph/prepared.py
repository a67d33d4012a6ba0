"""The columns and thresholds that the door prepares for the graph: how both call them.

Versions of parameters. `store.rate` in a parcel of 2026-10-20 is the rate that the store has then. The door finds out
what values the parameters of each store have in which stretches of time; equal sets of values are one row of the grain
`versions of store`. A Find tells the cell of a store and a moment; a column over all cells tells the cell's version.

    cell     = FIND [versions_find("store", moments)] (moment or day, row of the store)
    version  = GATHER (cell, INPUT versions_row("store", moments))           at the grain cells_of(...)
    rate     = GATHER (version, INPUT Input(rate, "dated value"))            at the grain versions_of("store")

Tables from data. A *sheet* is what a table says to one row of its first reference key (the table's owner; none: to
everybody) during one stretch of time; equal sheets are one. Inside a sheet each further key has a coordinate, counted
from 0, and the cells stand in the order of the keys, the last one fastest.

    cell      = FIND [sheets_find(table, moments)] (moment or day, row of the owner where there is one)
    sheet     = GATHER (cell, INPUT sheets_row(table, moments))
                asked for at the period's end: INPUT sheet_at_end(table), at the rows of the owner or of the plan
    of a number, date or moment key:  coordinate = FIND [axis_find(table, k)] (whole number at the key's places, sheet);
                                      so of a text key, by the number of its text
    of a member or flag key:          its number, of as many as the type has
    of a further reference key:       coordinate = GATHER (row, INPUT axis_row(table, k)), at the grain of its target
    position  = ((first * count_2 + second) * count_3 + third) ... + start
                with count_k = GATHER (sheet, INPUT axis_count(table, k)) and start = GATHER (sheet, INPUT start(table))
    result    = GATHER (position, INPUT result(table, i))                    at the grain cells_of(table.name)

Ladders from data. A ladder's sheet is that of its owner, a stretch of time and its other group keys: the other keys
count in their order, the last one fastest (a further reference key by axis_row), and a sheet row is the first of such
a block: sheet = GATHER (cell, INPUT sheets_row(ladder, moments)) + number of the other keys.

    reached   = FIND [steps_find(ladder)] (whole number at the stepped key's places, sheet), absolute
    value     = GATHER (reached, INPUT step_part(ladder, "value")), and so on

Every grain that the door prepares has at least one row, and a table at least one whole sheet, also where the owner has
no rows: no look-up leads out of a column, whatever stands at a row that nobody reads.
"""

from __future__ import annotations

from paycalc.check.calls import table_type
from paycalc.check.typed import PLAN_GRAIN, Key, Ladder, Table
from paycalc.check.types import FlagType, NumberType, ReferenceType, RowType, ValueType
from paycalc.graph.nodes import Find, Prepared
from paycalc.graph.type_ranges import Range, range_of_type

CELLS_MAX = 2**31 - 2


def counted(entity: str) -> Prepared:
    """A flag at the entity's rows: the row is of the period and not held. Of entities that are dated or hold."""
    return Prepared(f"counted {entity}", is_flag=True)


def _by(moments: bool) -> str:
    return "by moment" if moments else "by day"


def cells_of(name: str) -> str:
    """The grain of the cells of a Find or a table. EncodedData.counts has the cells of each Find by it: all of them, or
    where the Find is not absolute those of its largest group."""
    return f"cells of {name}"


def versions_find(entity: str, moments: bool) -> Find:
    """moments: asked for with microseconds since 1970-01-01 UTC; else with days since then."""
    return Find(f"versions of {entity} {_by(moments)}", absolute=True)


def versions_row(entity: str, moments: bool) -> Prepared:
    return Prepared(versions_find(entity, moments).name, 0, CELLS_MAX)


def sheets_find(table: Table | Ladder, moments: bool) -> Find:
    return Find(f"sheets of {table.name} {_by(moments)}", absolute=True)


def sheets_row(table: Table | Ladder, moments: bool) -> Prepared:
    return Prepared(sheets_find(table, moments).name, 0, CELLS_MAX)


def sheet_at_end(table: Table | Ladder) -> Prepared:
    """At the rows of the owner, or at the plan: the sheet at the period's end (of a ladder the first of its block)."""
    return Prepared(f"sheet of {table.name} at the end", 0, CELLS_MAX)


def owner_of(table: Table | Ladder) -> int | None:
    """Which of the keys says whose sheet it is; None: the table is the plan's."""
    keys = table.keys if isinstance(table, Table) else table.keys[:-1]
    return next((at for at, key in enumerate(keys) if isinstance(key.type, ReferenceType)), None)


def owner_grain(table: Table | Ladder) -> str:
    """The entity whose rows have sheets of their own."""
    owner = owner_of(table)
    return PLAN_GRAIN if owner is None else target_of(table.keys[owner])


def target_of(key: Key) -> str:
    """The entity to which a key refers."""
    assert isinstance(key.type, ReferenceType)
    return key.type.entity


def sheet_grain(table: Table | Ladder) -> str:
    """The grain whose rows are the sheets: of start and axis_count."""
    return f"sheets of {table.name}"


def axis_find(table: Table, key: int) -> Find:
    """The least coordinate is that below the first threshold; the door puts thresholds so that the key's range has no
    more coordinates than cells. key: its place among the table's keys."""
    return Find(f"axis {key} of {table.name}")


def axis_row(table: Table | Ladder, key: int) -> Prepared:
    """At the rows of the key's target: its coordinate."""
    return Prepared(f"axis {key} of {table.name}", 0, CELLS_MAX)


def axis_count(table: Table | Ladder, key: int) -> Prepared:
    """How many coordinates a key has, at least 1: of a table at the sheets, of all keys but those of members and flags;
    of a ladder at the plan, of further reference keys alone."""
    return Prepared(f"count {key} of {table.name}", 1, CELLS_MAX)


def start(table: Table) -> Prepared:
    """At the sheets: the position of the first cell."""
    return Prepared(f"start of {table.name}", 0, CELLS_MAX)


def result(table: Table, index: int) -> Prepared:
    """At the cells of the table: a result as whole numbers or flags, as of Input.value; collected already."""
    type_ = result_types(table)[index]
    low, high = range_of_type(type_)
    return Prepared(f"result {index} of {table.name}", low, high, isinstance(type_, FlagType))


def result_types(table: Table) -> tuple[ValueType, ...]:
    """What the results are, collected already."""
    type_ = table_type(table)
    return type_.types if isinstance(type_, RowType) else (type_,)


def steps_find(ladder: Ladder) -> Find:
    return Find(f"steps of {ladder.name}", absolute=True, over=ladder.over)


STEP_PARTS = ("threshold", "value", "paid", "next threshold", "next value", "kept")


def step_part(ladder: Ladder, part: str) -> Prepared:
    """At the cells of the steps; the first cell of a sheet is that below its first step.

    part  threshold (at the stepped key's places; below the first step that of the first), value (at the type's places;
          below the first 0), paid (what `marginal` pays up to the threshold: at the places of key and type together),
          next threshold, next value (of the step above; of the last its own), and for `interpolate` kept (the value at
          or below the step: below the first that of the first)
    """
    return Prepared(f"{part} of {ladder.name}", *_range_of_part(ladder, part))


def _range_of_part(ladder: Ladder, part: str) -> Range:
    key = ladder.keys[-1].type
    assert isinstance(key, NumberType) and isinstance(ladder.type, NumberType)
    (first, last), (low, high) = range_of_type(key), range_of_type(ladder.type)
    match part:
        case "threshold" | "next threshold":
            return first, last
        case "value":
            return min(low, 0), max(high, 0)
        case "paid":
            return min(low, 0) * (last - first), max(high, 0) * (last - first)
    return low, high

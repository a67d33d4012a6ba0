"""Tables and ladders as written in the plan: keys, cells, steps; every case covered, every row reachable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product

from paycalc.check import typed
from paycalc.check.coverage import KEYS_MAX, analyse
from paycalc.check.faults import tables as faults
from paycalc.check.faults import values
from paycalc.check.literals import read_literal
from paycalc.check.symbols import Symbols, suggestion
from paycalc.check.type_expressions import read_type
from paycalc.check.typed import PLAN_GRAIN
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    Value,
    ValueType,
    format_value,
)
from paycalc.core.diagnostic import Label
from paycalc.core.number import Interval
from paycalc.syntax import tree

_GROUPS_MAX = 10_000


def check_tables(plan: tree.Plan, symbols: Symbols) -> None:
    """Every table and ladder of the plan into the symbols; a faulty one as None."""
    for declaration in plan.declarations:
        name = getattr(declaration, "name", None)
        if isinstance(declaration, tree.Table) and name.text not in symbols.tables:  # type: ignore[union-attr]
            symbols.tables[declaration.name.text] = _check_table(declaration, symbols)
        elif isinstance(declaration, tree.Ladder) and name.text not in symbols.ladders:  # type: ignore[union-attr]
            symbols.ladders[declaration.name.text] = _check_ladder(declaration, symbols)


# ---------------------------------------------------------------- keys


def _check_keys(written: tree.Table | tree.Ladder, symbols: Symbols) -> tuple[typed.Key, ...] | None:
    result, seen = [], dict[str, tree.Identifier]()
    for key in written.keys:
        earlier = seen.setdefault(key.name.text, key.name)
        if earlier is not key.name:
            symbols.fault(
                faults.KEY_CONFLICT,
                key.name.span,
                f"the key `{key.name.text}` stands twice",
                also=(Label(earlier.span, "first here"),),
                help="name each key once",
            )
            return None
        type_ = read_type(key.type, symbols) if key.type is not None else _named_type(key.name, symbols)
        if isinstance(type_, ReferenceType) and not written.from_data:
            symbols.fault(
                values.LITERAL_TYPE,
                key.name.span,
                f"`{key.name.text}` is a row of data, and its rows cannot be written in the plan",
                help="write `from data`, or use a column of it, e.g. an enumeration",
            )
            type_ = None
        if type_ is None:
            return None
        result.append(typed.Key(key.name.text, type_, key.name.span))
    return tuple(result)


def _named_type(name: tree.Identifier, symbols: Symbols) -> ValueType | None:
    """The type of the columns, parameters and the kind that bear the key's name; they must agree."""
    found: list[tuple[str, ValueType]] = []
    if name.text in symbols.kinds:
        found.append((f"the kind `{name.text}`", symbols.kinds[name.text]))
    faulty = False
    for scope in symbols.entities.values():
        field = scope.fields.get(name.text)
        if field is not None:
            found.append((f"`{name.text}` of {scope.name}", field.type))
        faulty = faulty or name.text in scope.faulty
    if faulty:
        return None
    if not found and name.text in symbols.entities and name.text != PLAN_GRAIN:
        return ReferenceType(name.text)
    if not found:
        known = [each for scope in symbols.entities.values() for each in scope.fields] + list(symbols.kinds)
        a_line = any(name.text in scope.line_trees for scope in symbols.entities.values())
        help_text = f"say its type: `{name.text} int 0 .. 100`"
        near = "" if a_line else suggestion(name.text, known)
        symbols.fault(
            faults.KEY_TYPE_MISSING,
            name.span,
            f"no column, parameter or kind is named `{name.text}`"
            + (" (a line is, but it has no declared type)" if a_line else ""),
            help=f"{near} or {help_text}" if near else help_text,
        )
        return None
    for where, type_ in found[1:]:
        if type_ != found[0][1]:
            symbols.fault(
                faults.KEY_CONFLICT,
                name.span,
                f"{found[0][0]} and {where} differ in type or range",
                help=f"say the key's own type, e.g. `{name.text} int 0 .. 100`, or give both the same",
            )
            return None
    return found[0][1]


# ---------------------------------------------------------------- tables


def _check_table(written: tree.Table, symbols: Symbols) -> typed.Table | None:
    keys = _check_keys(written, symbols)
    types = [read_type(each.type, symbols) for each in written.results]
    known = [each for each in types if each is not None]
    if keys is None or len(known) < len(types) or not _results_fit(written, known, symbols):
        return None
    rows = read_rows(written.rows, keys, known, symbols)
    if rows is None:
        return None
    names = tuple(each.name.text if each.name is not None else "" for each in written.results)
    name, collect = written.name.text, written.collect
    table = typed.Table(written.span, name, keys, names, tuple(known), rows, collect, written.from_data)
    if written.from_data:
        return table if _few_keys(written, symbols) else None
    if not _covered(written, table, symbols):
        return None
    return replace(table, result_types=tuple(_narrowed(each, table, i) for i, each in enumerate(known)))


def read_rows(
    written: Sequence[tree.TableRow], keys: tuple[typed.Key, ...], types: list[ValueType], symbols: Symbols
) -> tuple[typed.TableRow, ...] | None:
    """The rows of a table; None after a fault in one of them."""
    rows = [_check_row(row, keys, types, symbols) for row in written]
    whole = tuple(row for row in rows if row is not None)
    return whole if len(whole) == len(rows) else None


def _few_keys(written: tree.Table, symbols: Symbols) -> bool:
    """Whether a table from data has no more keys than one that can be checked."""
    if len(written.keys) > KEYS_MAX:
        message = f"`{written.name.text}` has more than {KEYS_MAX} keys"
        symbols.fault(faults.TABLE_TOO_COMPLEX, written.name.span, message, help="split it into several tables")
    return len(written.keys) <= KEYS_MAX


def _results_fit(written: tree.Table, types: list[ValueType], symbols: Symbols) -> bool:
    seen: set[str] = set()
    for result, type_ in zip(written.results, types, strict=True):
        if result.name is not None and result.name.text in seen:
            symbols.fault(
                faults.KEY_CONFLICT, result.span, f"the result `{result.name.text}` stands twice", help="rename one"
            )
            return False
        if result.name is not None:
            seen.add(result.name.text)
        if isinstance(type_, ReferenceType):
            symbols.fault(
                values.LITERAL_TYPE,
                result.span,
                "the result of a table cannot be a row of data",
                help="use an enumeration",
            )
            return False
        numeric = isinstance(type_, NumberType) or (
            written.collect in ("min", "max") and isinstance(type_, DateType | MomentType)
        )
        if written.collect is not None and written.collect != "count" and not numeric:
            symbols.fault(
                values.TYPE_MISMATCH,
                result.span,
                f"`collect {written.collect}` wants numbers; the result is {type_}",
                help="collect count",
            )
            return False
    if written.collect is not None and len(types) > 1:
        symbols.fault(
            faults.CELL_COUNT,
            written.collect_span or written.span,
            "a table that collects has one result",
            help="make one table for each result",
        )
        return False
    return True


def _narrowed(type_: ValueType, table: typed.Table, position: int) -> ValueType:
    """A number's range is that of the values in the rows."""
    if not isinstance(type_, NumberType) or not table.rows:
        return type_
    numbers = [Fraction(row.results[position]) for row in table.rows]  # type: ignore[arg-type]
    return replace(type_, interval=Interval.of(*numbers))


def _check_row(
    row: tree.TableRow, keys: tuple[typed.Key, ...], types: list[ValueType], symbols: Symbols
) -> typed.TableRow | None:
    for count, wanted, what in ((len(row.cells), len(keys), "key"), (len(row.results), len(types), "result")):
        if count != wanted:
            symbols.fault(
                faults.CELL_COUNT,
                row.span,
                f"the row has {count} {what + ('s' if count != 1 else '')}, the table {wanted}",
                help="write `*` where a key does not matter" if what == "key" else "give a value for each result",
            )
            return None
    cells = [read_cell(cell, key, symbols) for cell, key in zip(row.cells, keys, strict=True)]
    results = [read_literal(node, type_, symbols) for node, type_ in zip(row.results, types, strict=True)]
    whole_cells = [each for each in cells if each is not None]
    whole_results = [each for each in results if each is not None]
    if len(whole_cells) < len(cells) or len(whole_results) < len(results):
        return None
    return typed.TableRow(row.span, tuple(whole_cells), tuple(whole_results))


def read_cell(cell: tree.Cell, key: typed.Key, symbols: Symbols) -> typed.Cell | None:
    """A cell as the values or bands of its key; None after a fault was reported."""
    match cell:
        case tree.AnyCell():
            return typed.AnyCell()
        case tree.EitherCell():
            parts = [read_cell(each, key, symbols) for each in cell.options]
            return _either([each for each in parts if each is not None]) if all(parts) else None
        case tree.ValueCell():
            value = _bound(cell.value, key.type, symbols)
            if value is None:
                return None
            if isinstance(key.type, NumberType | DateType | MomentType):
                return typed.BandsCell((typed.Band(value, value, True, True),))
            return typed.ValuesCell(frozenset((value,)))
        case tree.BandCell():
            return _read_band(cell, key, symbols)
    return None


def _either(cells: list[typed.Cell]) -> typed.Cell:
    if any(isinstance(each, typed.AnyCell) for each in cells):
        return typed.AnyCell()
    members = frozenset[Value]().union(*(each.values for each in cells if isinstance(each, typed.ValuesCell)))
    if members:
        return typed.ValuesCell(members)
    return typed.BandsCell(tuple(band for each in cells if isinstance(each, typed.BandsCell) for band in each.bands))


def _bound(node: tree.Expression, type_: ValueType, symbols: Symbols) -> Value | None:
    # A bound may be finer than the key and lie outside its range: what the row takes is what counts.
    free = replace(type_, places=None) if isinstance(type_, NumberType) else type_
    return read_literal(node, free, symbols, in_range=False)


def _read_band(cell: tree.BandCell, key: typed.Key, symbols: Symbols) -> typed.Cell | None:
    if not isinstance(key.type, NumberType | DateType | MomentType):
        symbols.fault(
            values.LITERAL_TYPE,
            cell.span,
            f"`{key.name}` is {key.type}, which has no bands",
            help="list the members: `(a, b)`",
        )
        return None
    bounds = [_bound(each, key.type, symbols) if each is not None else None for each in (cell.low, cell.high)]
    if any(written is not None and bound is None for written, bound in zip((cell.low, cell.high), bounds, strict=True)):
        return None
    low, high = bounds
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        symbols.fault(faults.EMPTY_BAND, cell.span, "the band begins above its end", help="write the lower bound first")
        return None
    return typed.BandsCell((typed.Band(low, high, cell.low_included, cell.high_included),))


def _covered(written: tree.Table, table: typed.Table, symbols: Symbols) -> bool:
    """Reports empty bands, else rows that can never match and gaps. Whether the table can be used."""
    analysis = analyse(table)
    if analysis.too_complex:
        keys = f"more than {KEYS_MAX} keys" if len(table.keys) > KEYS_MAX else "rows that overlap in too many ways"
        symbols.fault(
            faults.TABLE_TOO_COMPLEX,
            written.name.span,
            f"`{table.name}` has {keys}",
            help="split it into several tables",
        )
        return False
    for row, key in analysis.empty:
        type_ = table.keys[key].type
        bounds = ""
        if isinstance(type_, NumberType):
            bounds = f" ({format_value(type_.interval.low, type_)} .. {format_value(type_.interval.high, type_)})"
        cell = written.rows[row].cells[key]
        help_text = f"change the value, or the range of `{table.keys[key].name}` where it is declared"
        if isinstance(cell, tree.BandCell) and cell.high is not None and not cell.high_included:
            help_text = "bands take their first bound and leave out their second; write `..=` to take it in"
        message = f"no value of `{table.keys[key].name}`{bounds} lies here"
        symbols.fault(faults.EMPTY_BAND, cell.span, message, help=help_text)
    if analysis.empty:
        return False
    for row in sorted(set(range(len(table.rows))) - analysis.reached):
        symbols.fault(
            faults.UNREACHABLE_ROW,
            written.rows[row].span,
            "this row can never match: the rows above it take all its cases",
            help="move it up, narrow the rows above it, or remove it",
        )
    if analysis.gaps:
        symbols.fault(
            faults.TABLE_GAP,
            written.name.span,
            f"no row of `{table.name}` covers " + "; nor ".join(analysis.gaps),
            help="add rows for these cases, or a last row of `*`",
        )
    return not analysis.gaps and (table.collect is not None or len(analysis.reached) == len(table.rows))


# ---------------------------------------------------------------- ladders


def _check_ladder(written: tree.Ladder, symbols: Symbols) -> typed.Ladder | None:
    keys = _check_keys(written, symbols)
    type_ = read_type(written.type, symbols)
    if keys is None or type_ is None:
        return None
    if not isinstance(type_, NumberType) or not isinstance(keys[-1].type, NumberType):
        what = written.type if not isinstance(type_, NumberType) else written.keys[-1]
        symbols.fault(
            values.TYPE_MISMATCH,
            what.span,
            "a ladder steps along a number and gives numbers",
            help="use a `table` for anything else",
        )
        return None
    for key in keys[:-1]:
        if _domain(key) is None and not isinstance(key.type, ReferenceType):
            symbols.fault(
                faults.LADDER_GROUP,
                key.span,
                f"the groups of `{key.name}` cannot all be listed",
                help="group keys are enumerations, flags, or small ranges of whole numbers"
                + (", or references" if written.from_data else ""),
            )
            return None
    groups = {} if written.from_data else read_groups(written.groups, keys, type_, symbols)
    if groups is None or not _groups_complete(written, keys, groups, symbols):
        return None
    return typed.Ladder(written.span, written.name.text, keys, type_, written.over, groups, written.from_data)


_Groups = dict[tuple[Value, ...], tuple[typed.Step, ...]]


def read_groups(
    written: Sequence[tree.LadderGroup], keys: tuple[typed.Key, ...], type_: NumberType, symbols: Symbols
) -> _Groups | None:
    """The steps of a ladder by the values of its group keys; None after a fault."""
    groups: _Groups = {}
    blocks: dict[tuple[Value, ...], tree.LadderGroup] = {}
    fine = True
    stepped = keys[-1].type
    assert isinstance(stepped, NumberType)
    for group in written:
        heads = _read_heads(group, keys[:-1], symbols)
        steps = _read_steps(group, stepped, type_, symbols)
        if heads is None or steps is None:
            fine = False
        elif heads in groups:
            earlier = blocks[heads]
            symbols.fault(
                faults.LADDER_GROUP,
                group.heads[0].span if group.heads else group.span,
                "this group has a block already",
                also=(Label(earlier.heads[0].span if earlier.heads else earlier.span, "the first"),),
                help="keep one of them",
            )
            fine = False
        else:
            groups[heads], blocks[heads] = steps, group
    return groups if fine else None


def _domain(key: typed.Key) -> list[Value] | None:
    """All values of a group key; None where they cannot be listed."""
    match key.type:
        case MemberType():
            return list(key.type.members)
        case FlagType():
            return [False, True]
        case NumberType(places=0, interval=interval) if interval.high - interval.low < _GROUPS_MAX:
            return [Fraction(each) for each in range(int(interval.low), int(interval.high) + 1)]
    return None


def _read_heads(group: tree.LadderGroup, keys: tuple[typed.Key, ...], symbols: Symbols) -> tuple[Value, ...] | None:
    if len(group.heads) != len(keys):
        span = group.heads[0].span.to(group.heads[-1].span) if group.heads else group.span
        message = f"the block has {_count(group.heads, 'head')}, the ladder {_count(keys, 'group key')}"
        help_text = "head each block with " + ", ".join(key.name for key in keys)
        if not keys:
            message, help_text = "this ladder has no group keys", "list its steps without a head"
        symbols.fault(faults.LADDER_GROUP, span, message, help=help_text)
        return None
    heads = [read_literal(node, key.type, symbols) for node, key in zip(group.heads, keys, strict=True)]
    whole = [each for each in heads if each is not None]
    return tuple(whole) if len(whole) == len(heads) else None


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _read_steps(
    group: tree.LadderGroup, key: NumberType, type_: NumberType, symbols: Symbols
) -> tuple[typed.Step, ...] | None:
    steps: list[typed.Step] = []
    for step in group.steps:
        threshold = read_literal(step.threshold, key, symbols)
        value = read_literal(step.value, type_, symbols)
        if threshold is None or value is None:
            return None
        if steps and threshold <= steps[-1].threshold:  # type: ignore[operator]
            symbols.fault(
                faults.LADDER_ORDER,
                step.threshold.span,
                "this step does not begin above the one before it",
                also=(Label(steps[-1].span, "the step before"),),
                help="list the steps in rising order, each once",
            )
            return None
        assert isinstance(value, Fraction)
        steps.append(typed.Step(step.span, threshold, value))
    if not steps:
        symbols.fault(
            faults.LADDER_ORDER, group.span, "there are no steps", help="write `0 : 5%`, one step on each line"
        )
    return tuple(steps) or None


def _groups_complete(
    written: tree.Ladder,
    keys: tuple[typed.Key, ...],
    groups: _Groups,
    symbols: Symbols,
) -> bool:
    domains = [_domain(key) or [] for key in keys[:-1] if not isinstance(key.type, ReferenceType)]
    size = 1
    for domain in domains:
        size *= len(domain)
    if size > _GROUPS_MAX:
        symbols.fault(
            faults.LADDER_GROUP,
            written.name.span,
            f"the ladder needs {size} groups, {_GROUPS_MAX} are possible",
            help="use fewer keys",
        )
        return False
    missing = [each for each in product(*domains) if each not in groups] if not written.from_data else []
    if not missing:
        return True
    shown = "; ".join(
        ", ".join(format_value(v, k.type) for v, k in zip(each, keys, strict=False)) for each in missing[:3]
    )
    symbols.fault(
        faults.LADDER_GROUP,
        written.name.span,
        f"`{written.name.text}` has no block for {shown}"
        + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        if shown
        else f"`{written.name.text}` has no steps",
        help="add a block of steps for each" if shown else "write its steps under it, e.g. `0 : 5%`",
    )
    return False

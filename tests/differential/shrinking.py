"""A failing plan and its data made smaller: by declarations, columns and rows, as long as the same thing happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import pyarrow as pa

from paycalc.core.errors import PlanError
from tests.differential.shapes import RunData

T = TypeVar("T")
Fails = Callable[[str, RunData], bool]  # whether the fault still shows, with this plan and this data


@dataclass(frozen=True)
class Small:
    text: str
    data: RunData


def shrunk(text: str, data: RunData, fails: Fails) -> Small:
    """The smallest plan and data that were found; `fails` holds for them as it does for what was given."""

    def still(text: str, data: RunData) -> bool:
        try:
            return fails(text, data)
        except (PlanError, KeyError, ValueError):
            return False  # what is left is no plan, or no data for it

    for _ in range(4):
        before = (text, sum(table.num_rows for table in data.tables.values()))
        text = _fewer_lines(text, lambda each, data=data: still(each, data))  # type: ignore[misc]
        text = _shorter_expressions(text, lambda each, data=data: still(each, data))  # type: ignore[misc]
        data = _fewer_rows(data, lambda each, text=text: still(text, each))  # type: ignore[misc]
        if before == (text, sum(table.num_rows for table in data.tables.values())):
            break
    data = _without_chunks(data, lambda each: still(text, each))
    return Small(text, data)


def _fewer_lines(text: str, still: Callable[[str], bool]) -> str:
    """Without whole declarations, then without single lines of them."""
    header, *rest = text.split("\n\n", 1)
    blocks: list[str] = []
    for line in (rest[0] if rest else "").splitlines():
        if line.startswith(" ") and blocks:
            blocks[-1] += "\n" + line
        else:
            blocks.append(line)

    def joined(parts: list[str]) -> str:
        return "\n".join([header, "", *parts, ""])

    blocks = _fewer(blocks, lambda parts: still(joined(parts)))
    lines = [line for block in blocks for line in block.splitlines()]
    return joined(_fewer(lines, lambda parts: still(joined(parts))))


def _shorter_expressions(text: str, still: Callable[[str], bool]) -> str:
    """With calls and brackets replaced by what stands in them, or by a literal."""
    position = text.find("\n\n")
    while position < len(text):
        end = _closing(text, position) if text[position] == "(" else None
        if end is not None:
            start = position
            while text[start - 1].isalnum() or text[start - 1] == "_":
                start -= 1
            for part in ["0", "1", "yes", *_parts(text, position + 1, end)]:
                shorter = text[:start] + part + text[end + 1 :]
                if len(part) < end + 1 - start and still(shorter):
                    text, position = shorter, start - 1
                    break
        position += 1
    return text


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for position in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return None


def _parts(text: str, start: int, end: int) -> list[str]:
    """What stands between brackets: the whole, its arguments, the branches of an `if`, the sides of an operator."""
    inner = text[start:end]
    parts, depth, last = [inner], 0, 0
    for match in _WORD.finditer(inner):
        word = match.group()
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 and word in _BETWEEN:
            parts.append(inner[last : match.start()].strip())
            last = match.end()
    parts.append(inner[last:].strip())
    parts += [f"({each})" for each in parts]
    return sorted({each for each in parts if each}, key=len)


_WORD = re.compile(r"[\w.]+|[^\w\s]")
_BETWEEN = frozenset(
    (",", "+", "-", "*", "/", "<", ">", "if", "then", "else", "and", "or", "not", "is", "in", "of", "where")
)


def _fewer(parts: list[T], still: Callable[[list[T]], bool]) -> list[T]:
    """Without as many parts as possible: first large pieces of the list, then small ones."""
    size = max(len(parts) // 2, 1)
    while size:
        position = 0
        while position < len(parts):
            fewer = parts[:position] + parts[position + size :]
            if len(fewer) < len(parts) and still(fewer):
                parts = fewer
            else:
                position += size
        size //= 2
    return parts


def _fewer_rows(data: RunData, still: Callable[[RunData], bool]) -> RunData:
    """Without as many rows, then columns, as possible."""
    for kind in ("tables", "parameters", "data_tables"):
        data = _fewer_rows_of(kind, data, still)
    for name in list(data.tables):
        for column in data.tables[name].column_names:
            fewer = replace(data, tables={**data.tables, name: data.tables[name].drop_columns([column])})
            if fewer.tables[name].num_columns and still(fewer):
                data = fewer
    return data


def _fewer_rows_of(kind: str, data: RunData, still: Callable[[RunData], bool]) -> RunData:
    for name, table in list(getattr(data, kind).items()):
        fewer = {other: each for other, each in getattr(data, kind).items() if other != name}
        without = replace(data, **{kind: fewer})
        if kind != "tables" and still(without):
            data = without
            continue
        if not isinstance(table, pa.Table):
            continue

        def with_rows(rows, name=name, table=table, fewer=fewer, data=data):
            taken = pa.concat_tables([table.slice(row, 1) for row in rows] or [table.slice(0, 0)])
            return replace(data, **{kind: {**fewer, name: taken}})

        if still(with_rows(list(range(table.num_rows)))):  # taking rows makes small chunks, and that may matter
            rows = _fewer(list(range(table.num_rows)), lambda rows, with_rows=with_rows: still(with_rows(rows)))
            data = with_rows(rows)
    return data


def _without_chunks(data: RunData, still: Callable[[RunData], bool]) -> RunData:
    for name, table in list(data.tables.items()):
        plain = replace(data, tables={**data.tables, name: table.combine_chunks()})
        if still(plain):
            data = plain
    return data

"""Sums and counts of the same groups in one number, so that a row touches one place in memory instead of several.

Each sum or count has bits of its own: as many as its range needs, which nothing it adds leaves. The sum of packed
numbers is the packed sums, modulo 2^64. Only the field at the top may be negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from paycalc.engine.machine.lanes import I64_MAX
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Aggregation, Node
from paycalc.graph.type_ranges import Range

WORD_BITS = 64


class Field(NamedTuple):
    """The bits of one aggregate."""

    node: Node
    bits: int
    is_signed: bool


class Pack(NamedTuple):
    """Aggregates with the same groups. fields: from the top of the number to its end."""

    fields: tuple[Field, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(each.node for each in self.fields)

    @property
    def grain(self) -> str:
        return self.fields[0].node.grain


def packs_of(aggregates: Sequence[Node], ranges: Mapping[Node, Range]) -> list[Pack]:
    """Which aggregates of one pass are packed, in the form of `Normal`."""
    by_group: dict[Node, list[Field]] = {}
    for node in aggregates:
        assert isinstance(node.detail, Aggregation)
        if node.detail.kind in ("sum", "count") and len(node.operands) == 2:
            low, high = ranges[node]
            if max(-low, high) <= I64_MAX:
                field = Field(node, max((-low - 1).bit_length() if low else 0, high.bit_length()) + (low < 0), low < 0)
                by_group.setdefault(node.operands[1], []).append(field)
    found: list[Pack] = []
    for fields in by_group.values():
        found += _packed(fields)
    return found


def _packed(fields: Sequence[Field]) -> list[Pack]:
    """The widest first, each with as many of the others as fit."""
    packs = []
    waiting = sorted(fields, key=lambda each: (not each.is_signed, -each.bits))
    while waiting:
        top = waiting.pop(0)
        taken = [top]
        for each in list(waiting):
            if not each.is_signed and sum(field.bits for field in taken) + each.bits <= WORD_BITS:
                taken.append(each)
                waiting.remove(each)
        if len(taken) > 1:
            packs.append(Pack(tuple(taken)))
    return packs


def unpacked(packed: Numbers, pack: Pack) -> list[Numbers]:
    """The values of each field. packed: uint64."""
    values: list[Numbers] = []
    for field in reversed(pack.fields[1:]):
        values.append((packed & np.uint64(2**field.bits - 1)).view(np.int64))
        packed = packed >> np.uint64(field.bits)
    top = pack.fields[0]
    if top.is_signed:
        unused = np.int64(sum(field.bits for field in pack.fields[1:]))
        packed = packed << np.uint64(unused) if unused else packed
        values.append(packed.view(np.int64) >> unused)
    else:
        values.append(packed.view(np.int64))
    return values[::-1]

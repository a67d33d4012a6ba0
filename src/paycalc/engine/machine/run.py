"""What the passes of one computation share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from paycalc.check.typed import Reference
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.machine.assembly import Slot
from paycalc.engine.machine.columns import Memory
from paycalc.engine.machine.finders import LaidOut, laid_out
from paycalc.engine.machine.schedule import Stored
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Find, Input, Node
from paycalc.graph.type_ranges import Range


@dataclass
class Run:
    """The memory of a computation.

    addresses  of inputs, by slot
    memories   of what passes have written so far
    ranges     of nodes
    counts     rows of each entity
    columns    of inputs
    data       what they come from
    tell       called by the calling thread with how many rows of the entity are done
    finders    thresholds, by Find and lane
    orders     in which running totals go over the rows, by reference and operand
    """

    addresses: Mapping[Slot, int]
    memories: dict[Stored, Memory]
    ranges: Mapping[Node, Range]
    counts: Mapping[str, int]
    columns: Mapping[Input, EncodedColumn]
    data: EncodedData
    threads: int
    tell: Callable[[str, int], None]
    finders: dict[tuple[Find, str], LaidOut] = field(default_factory=dict)
    orders: dict[tuple[Reference, Node], Numbers] = field(default_factory=dict)

    def laid_out(self, find: Find, lane: str) -> LaidOut:
        """The thresholds of a Find for values of a lane."""
        if (find, lane) not in self.finders:
            self.finders[(find, lane)] = laid_out(self.data.finders[find.name], lane, absolute=find.absolute)
        return self.finders[(find, lane)]

"""Graphs made at random, with data: every operation, in every lane, over three entities and the plan."""

from __future__ import annotations

from random import Random

from paycalc.core.number import ROUNDING_MODES
from paycalc.graph.making import DoesNotFit, Maker
from paycalc.graph.nodes import Node, Operation, Steps
from paycalc.graph.prepared import cells_of
from paycalc.graph.ranges import declared_range
from tests.machine.world import World

ENTITIES = ("region", "store", "worker")
STORAGES = {"i8": 7, "u8": 8, "i16": 15, "u16": 16, "i32": 31, "u32": 32, "i64": 62, "i128": 126}
BITS_MAX = 126
DAYS = (-25_567, 84_371)
PAIRS = (
    Operation.ADD, Operation.SUBTRACT, Operation.MULTIPLY, Operation.MULTIPLY, Operation.MINIMUM, Operation.MAXIMUM
)  # fmt: skip


class RandomGraph:
    """Grows a pool of nodes for each grain; every range stays within the lanes."""

    def __init__(self, seed: int, rows: int) -> None:
        self.random = random = Random(seed)
        self.world = World({"region": random.choice((1, 1, 3)), "store": random.randint(1, 6), "worker": rows})
        self.world.keys = {each: random.sample(range(9999), self.world.counts[each]) for each in ENTITIES}
        self.maker = Maker(declared_range)
        self.numbers: dict[str, list[Node]] = {}
        self.flags: dict[str, list[Node]] = {}
        for entity in (*ENTITIES, "plan"):
            self.numbers[entity] = [self._known(self._number(entity)) for _ in range(3)]
            self.numbers[entity] += [self.maker.constant(random.choice((0, 1, 7, -300, 10**12)), entity)]
            self.flags[entity] = [self._known(self._flag(entity)) for _ in range(2)] + [self.maker.flag(True, entity)]
        self.references = {
            (source, target): self._known(self._reference(source, target))
            for source, target in (("store", "region"), ("worker", "store"), ("worker", "worker"))
        }

    def grow(self, steps: int) -> World:
        """The world with some of the nodes that so many steps make shown."""
        while steps:
            try:
                self._step()
                steps -= 1
            except DoesNotFit:
                continue
        for pool in (self.numbers, self.flags):
            for entity, nodes in pool.items():
                for node in self.random.sample(nodes, min(4, len(nodes))):
                    line = self.world.show(node, *self._bounds(node))
                    assert line.entity == entity
        for number, node in enumerate(self.random.sample(self.numbers["plan"], 2)):
            self.world.totals[f"total{number}"] = node
        return self.world

    def _bounds(self, node):
        low, high = self.maker.ranges[node]
        return min(low, 0), max(high, 0)

    # ------------------------------------------------------------ inputs

    def _known(self, node: Node) -> Node:
        self.maker.ranges[node] = declared_range(node.detail)
        return node

    def _number(self, entity) -> Node:
        random, count = self.random, self.world.counts[entity]
        storage = random.choice(list(STORAGES))
        bits = min(STORAGES[storage], random.choice((4, 8, 15, 20, 31, 40, 62, 100, 126)))
        low, high = (0 if storage.startswith("u") or random.random() < 0.5 else -(2**bits) + 1), 2**bits - 1
        values = [random.choice((low, high, 0, 1, random.randint(low, high))) for _ in range(count)]
        factor, shift = 1, 0
        if bits < 60 and random.random() < 0.3:
            factor, shift = random.choice((10, 100)), random.choice((0, 5, -7))
            values = [each * factor + shift for each in values]
            low, high = low * factor + shift, high * factor + shift
        if random.random() < 0.15:
            values = [values[0]] * count
        return self.world.number(entity, values, storage, declared=(low, high), factor=factor, shift=shift)

    def _flag(self, entity) -> Node:
        values = [self.random.randint(0, 1) for _ in range(self.world.counts[entity])]
        if self.random.random() < 0.5:
            return self.world.flag(entity, values, "bits", bit_offset=self.random.randint(0, 20))
        return self.world.flag(entity, values)

    def _reference(self, source, target) -> Node:
        last = self.world.counts[target] - 1
        rows = [self.random.randint(-1 if self.random.random() < 0.2 else 0, last) for _ in range(self._rows(source))]
        return self.world.reference(source, target, rows)

    def _rows(self, entity):
        return self.world.counts[entity]

    # ------------------------------------------------------------ nodes

    def _step(self) -> None:
        random = self.random
        entity = random.choice((*ENTITIES, "worker", "worker", "plan"))
        kinds = [self._pair, self._pair, self._one, self._divide, self._compare, self._logic, self._select, self._table]
        kinds += [self._search_in, self._date, self._afar, self._afar, self._aggregate, self._find, self._running]
        node = random.choice(kinds)(entity)
        pool = self.flags if node.is_flag else self.numbers
        if node not in pool[node.grain]:
            pool[node.grain].append(node)

    def _any(self, entity, bits=BITS_MAX) -> Node:
        """A number, clamped where it is too wide."""
        node = self.random.choice(self.numbers[entity])
        if self.random.random() < 0.5:
            bits = min(bits, self.random.choice((10, 15, 30, 31, 45, 50, 62)))
        return self.maker.bounded(node, (-(2**bits) + 1, 2**bits - 1))

    def _test(self, entity) -> Node:
        return self.random.choice(self.flags[entity])

    def _pair(self, entity) -> Node:
        operation = self.random.choice(PAIRS)
        bits = (60, 60) if operation is Operation.MULTIPLY else (BITS_MAX - 1, BITS_MAX - 1)
        return self.maker.of(operation, *(self._any(entity, each) for each in bits))

    def _one(self, entity) -> Node:
        operation = self.random.choice((Operation.NEGATE, Operation.ABSOLUTE, Operation.NUMBER_OF, Operation.GUARD))
        if operation is Operation.NUMBER_OF:
            return self.maker.of(operation, self._test(entity))
        if operation is Operation.GUARD:
            low, high = sorted(self.random.choice((-5, 0, 100, 10**10, 10**25)) for _ in range(2))
            return self.maker.of(operation, self._any(entity), detail=(low, high))
        return self.maker.of(operation, self._any(entity))

    def _divide(self, entity) -> Node:
        random, maker = self.random, self.maker
        written = random.choice((1, 2, 3, 7, 100, 10_000, 10**9, 2**40 + 1, 2**61))
        divisor = maker.constant(written, entity)
        if random.random() < 0.4:
            divisor = maker.bounded(self._any(entity, 60), (1, 2**60))
        if random.random() < 0.2:
            return maker.of(Operation.MODULO, self._any(entity), divisor)
        if random.random() < 0.5:
            dividend = maker.of(Operation.MULTIPLY, self._any(entity, 40), self._any(entity, 20))
        else:
            dividend = self._any(entity)
        mode = random.choice([*ROUNDING_MODES, "half_up", "half_up"])
        return maker.of(Operation.DIVIDE, dividend, divisor, detail=mode)

    def _compare(self, entity) -> Node:
        operation = self.random.choice((Operation.LESS, Operation.LESS_EQUAL, Operation.EQUAL))
        return self.maker.of(operation, self._any(entity), self._any(entity))

    def _logic(self, entity) -> Node:
        operation = self.random.choice((Operation.NOT, Operation.AND, Operation.OR, Operation.SAME, Operation.CHOOSE))
        count = {Operation.NOT: 1, Operation.CHOOSE: 3}.get(operation, 2)
        return self.maker.of(operation, *(self._test(entity) for _ in range(count)))

    def _select(self, entity) -> Node:
        return self.maker.of(Operation.SELECT, self._test(entity), self._any(entity), self._any(entity))

    def _thresholds(self, most) -> tuple[int, ...]:
        top = self.random.choice((20, 10**6, 10**12, 10**22))
        return tuple(sorted({self.random.randint(-top, top) for _ in range(self.random.choice((1, 3, most)))}))

    def _table(self, entity) -> Node:
        """The value at the step that a number has reached."""
        steps = Steps((self._thresholds(40),), self.random.random() < 0.5)
        place = self.maker.of(Operation.SEARCH, self._any(entity), detail=steps)
        top = self.random.choice((100, 10**12, 10**30))
        values = tuple(self.random.randint(-top, top) for _ in range(len(steps.groups[0]) + 1))
        return self.maker.of(Operation.LOOKUP, place, detail=values)

    def _search_in(self, entity) -> Node:
        groups = (*(self._thresholds(9) for _ in range(self.random.randint(1, 4))), ())
        group = self.maker.bounded(self._any(entity), (0, len(groups) - 1))
        steps = Steps(groups, self.random.random() < 0.5)
        return self.maker.of(Operation.SEARCH, self._any(entity), group, detail=steps)

    def _find(self, entity) -> Node:
        """The value at the cell that a search among thresholds of the data leads to."""
        random, world = self.random, self.world
        top = random.choice((20, 10**6, 2**31, 2**63 - 1))
        sizes = [random.choice((0, 1, 1, 2, 9, 30)) for _ in range(random.choice((0, 1, 3, 4)))]
        if random.random() < 0.1:
            sizes = [700, *[1] * 200]  # too unlike to be laid out side by side
        groups = [tuple(sorted({random.randint(-top, top) for _ in range(size)})) for size in sizes]
        group = None
        if len(groups) != 1 or random.random() < 0.5:
            group = self.maker.bounded(self._any(entity), (-1, max(len(groups) - 1, 0)))
        absolute = random.random() < 0.5
        found = world.find(self._any(entity), group, groups, absolute=absolute, over=random.random() < 0.3)
        cells = cells_of(found.detail.name)
        self.maker.ranges[found] = (0, world.counts[cells] - 1)
        values = [random.randint(-top, top) for _ in range(world.counts[cells])]
        return self.maker.make(Operation.GATHER, (found, self._known(world.prepared(cells, values))), entity)

    def _running(self, entity) -> Node:
        random = self.random
        source, target = random.choice(list(self.references))
        kind = random.choice(("sum", "count"))
        value = (self._any(source, 90),) if kind == "sum" else ()
        condition = (self._test(source),) if random.random() < 0.6 else ()
        made = self.world.running(kind, self.references[source, target], self._any(source), *value, *condition)
        return self.maker.make(made.operation, made.operands, source, made.detail)

    def _date(self, entity) -> Node:
        random, maker = self.random, self.maker
        day = maker.bounded(self._any(entity), DAYS)
        one = random.choice(
            (Operation.YEAR, Operation.MONTH, Operation.DAY, Operation.WEEKDAY, Operation.DAYS_IN_MONTH)
        )
        two = random.choice((Operation.MONTHS_BETWEEN, Operation.YEARS_BETWEEN))
        moment = maker.bounded(self._any(entity), tuple(each * 86_400_000_000 for each in DAYS))
        part = random.choice((Operation.DATE_OF, Operation.HOUR, Operation.MINUTE))
        return random.choice(
            (
                lambda: maker.of(one, day),
                lambda: maker.of(two, day, maker.bounded(self._any(entity), DAYS)),
                lambda: maker.of(part, moment),
                lambda: maker.of(part, maker.of(Operation.CIVIL, moment, detail="Europe/Paris")),
            )
        )()

    def _afar(self, entity) -> Node:
        source, target = self.random.choice(list(self.references))
        pool = self.random.choice((self.numbers, self.flags))
        if self.random.random() < 0.3 and entity != "plan":
            return self.maker.make(Operation.BROADCAST, (self.random.choice(pool["plan"]),), entity)
        row, node = self.references[source, target], self.random.choice(pool[target])
        return self.maker.make(Operation.GATHER, (row, node), source)

    def _aggregate(self, entity) -> Node:
        random = self.random
        kind = random.choice(("sum", "sum", "count", "min", "max", "any", "all"))
        source, target = random.choice(list(self.references))
        reference = self.references[source, target] if random.random() < 0.7 else None
        if reference is None:
            source, target = random.choice(ENTITIES), "plan"
        condition = (self._test(source),) if random.random() < 0.6 else ()
        value = () if kind == "count" else (self._test(source),) if kind in ("any", "all") else (self._any(source, 90),)
        node = self._made(kind, reference, value + condition, source, target)
        if kind not in ("min", "max"):
            return node
        # Of no rows it is any number, which may be another one for other ranges: nobody may read it.
        count = self._made("count", reference, condition, source, target)
        some = self.maker.of(Operation.LESS, self.maker.constant(0, target), count)
        return self.maker.of(Operation.SELECT, some, node, self.maker.constant(0, target))

    def _made(self, kind, reference, operands, source, target) -> Node:
        made = self.world.aggregate(kind, reference, *operands, entity=source)
        return self.maker.make(made.operation, made.operands, target, made.detail)

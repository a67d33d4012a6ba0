"""Random tables and ladders, built so that every case is covered and every row can match.

A table is a tree of splits: the first key is cut into parts, and each part either takes the rest with `*` or cuts the
next key. The last part of a cut may be written `*`, so that rows overlap. A table that collects needs no cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    TextType,
    Value,
    ValueType,
)
from paycalc.core.number import Interval
from paycalc.core.unit import PLAIN
from tests.differential.drafts import KeyDraft, LadderDraft, TableDraft, literal, written
from tests.differential.random_schema import HOUR, MOMENT_LITERALS, TEXTS, SchemaMaker

COLLECTORS = ("sum", "min", "max", "count")
ROWS_MAX = 14


class LookupMaker:
    """Makes tables and ladders for the plan of a SchemaMaker."""

    def __init__(self, schema: SchemaMaker) -> None:
        self.schema, self.plan, self.random = schema, schema.plan, schema.random

    def make(self) -> None:
        self.plan.tables = [self.table() for _ in range(self.random.choices((0, 1, 2, 3), weights=(2, 4, 3, 1))[0])]
        self.plan.tables += [
            self.table_from_data() for _ in range(self.random.choices((0, 1, 2), weights=(6, 3, 1))[0])
        ]
        self.plan.ladders = [self.ladder() for _ in range(self.random.choices((0, 1, 2), weights=(3, 4, 2))[0])]

    # ------------------------------------------------------------ keys

    def key(self) -> KeyDraft:
        """A key with a type of its own, or named as a column or a kind, whose type it takes."""
        random, plan = self.random, self.plan
        if random.random() < 0.3:
            columns = [each for entity in plan.entities.values() for each in entity.columns if _small(each.type)]
            if columns:
                column = random.choice(columns)
                return KeyDraft(column.name, column.type, column.name, finer=random.random() < 0.7)
        form = random.choices(("number", "flag", "member", "date", "moment", "text"), weights=(10, 3, 4, 2, 1, 1))[0]
        name = self.schema.name("k")
        if form == "member":
            kind, members = random.choice(sorted(plan.kinds.items()))
            if random.random() < 0.5:
                return KeyDraft(kind, MemberType(members, kind), kind)
            return KeyDraft(name, MemberType(members, kind), f"{name} {kind}")
        if form == "flag":
            return KeyDraft(name, FlagType(), f"{name} flag")
        if form == "date":
            low, high = date(2019, 12, 31), date(2026, 12, 31)
            return KeyDraft(name, DateType(low, high), f"{name} date {low} .. {high}", finer=True)
        if form == "moment":
            return KeyDraft(name, MomentType(), f"{name} datetime")
        if form == "text":
            return KeyDraft(name, TextType(), f"{name} text")
        return self.number_key(name)

    def number_key(self, name: str) -> KeyDraft:
        random = self.random
        places = random.choice((0, 0, 1, 2))
        unit = random.choice((PLAIN, PLAIN, PLAIN, self.plan.money, self.plan.money, HOUR))
        low, high = random.choice(((0, 100), (-50, 50), (0, 5_000), (-1_000, 1_000), (0, 10**6), (-(10**9), 10**9)))
        word = "int" if not places else f"decimal({places})"
        if unit == self.plan.money:
            word, places = f"money({places})", places
        if unit == HOUR:
            word += " hour"
            self.plan.units.add(HOUR)
        type_ = NumberType(unit, places, Interval.of(low, high))
        return KeyDraft(name, type_, f"{name} {word} {low} .. {high}", finer=random.random() < 0.7)

    # ------------------------------------------------------------ cells

    def parts(self, key: KeyDraft) -> list[str]:
        """Cells that together cover the key, none twice. A text or moment ends in `*`."""
        random = self.random
        match key.type:
            case FlagType():
                return random.choice((["yes", "no"], ["no", "yes"], ["*"], ["yes", "*"]))
            case MemberType(members=members):
                return self._member_parts(members)
            case TextType():
                listed = [written(each, key.type) for each in random.sample(TEXTS, 3)]
                return random.choice(([*listed[:1], "*"], [f"({', '.join(listed[1:])})", listed[0], "*"]))
            case MomentType():
                moments = sorted(random.sample(MOMENT_LITERALS, 2), key=datetime.fromisoformat)
                return random.choice(([f"< {moments[0]}", f">= {moments[0]}"], [f"{moments[0]}..={moments[1]}", "*"]))
            case DateType(low=low, high=high) if (high - low).days < 4:
                return ["*"]
            case DateType(low=low, high=high):
                days = sorted(random.sample(range((high - low).days - 1), 2))
                a, b = (low + timedelta(days=day + 1) for day in days)
                return random.choice(
                    (
                        [f"..{a}", f"{a}..{b}", f"{b}.."],
                        [f"<= {a}", f"> {a}"],
                        [f"({a}, {b})", "*"],
                        [str(a), f"..={b}", "*"],
                    )
                )
            case NumberType():
                return self._bands(key)
        raise AssertionError(key.type)

    def _member_parts(self, members: Sequence[str]) -> list[str]:
        shuffled = self.random.sample(members, len(members))
        cut = self.random.randint(1, len(shuffled))
        groups = [shuffled[:cut], shuffled[cut:]] if cut < len(shuffled) else [shuffled]
        cells = [group[0] if len(group) == 1 else f"({', '.join(group)})" for group in groups]
        return self.random.choice((cells, [*cells[:-1], "*"]))

    def thresholds(self, type: NumberType, count: int) -> list[Fraction]:
        """Rising numbers strictly inside the range."""
        step = Fraction(1, 10 ** (type.places or 0))
        low, high = type.interval.low, type.interval.high
        room = int((high - low) / step) - 1
        if room <= 0:
            return []
        usual = [int((Fraction(each) - low) / step) for each in (0, 1, 10, 100, 1_000)]
        chosen = {self.random.choice([self.random.randint(1, room), *usual]) for _ in range(count)}
        return [low + each * step for each in sorted(chosen) if 1 <= each <= room]

    def _bands(self, key: KeyDraft) -> list[str]:
        type_ = key.type
        assert isinstance(type_, NumberType)
        marks = self.thresholds(type_, self.random.randint(1, 4))
        texts = [literal(each, type_) for each in marks]
        if not texts:
            return ["*"]
        if not key.finer:  # ends that leave room between them for a finer number
            step = Fraction(1, 10 ** (type_.places or 0))
            after = [literal(each + step, type_) for each in marks]
            middle = [f"{a}..={b}" for a, b in zip(after, texts[1:], strict=False)]
            return [f"..={texts[0]}", *middle, f"{after[-1]}.."]
        form = self.random.randrange(5)
        if form == 0:
            return [f"< {texts[0]}", *(f"{a}..{b}" for a, b in pairwise(texts)), f">= {texts[-1]}"]
        if form == 1:
            return [f"<= {texts[0]}", f"> {texts[0]}"]
        if form == 2 and len(texts) > 1:
            return [f"({texts[0]}, > {texts[-1]})", "*"]
        if form == 3 and len(texts) > 1:
            return [f"{texts[0]}..={texts[1]}", "*"]
        return [f"..{texts[0]}", *(f"..{b}" for b in texts[1:]), "*"]

    # ------------------------------------------------------------ tables

    def table(self) -> TableDraft:
        random = self.random
        keys: list[KeyDraft] = []
        for _ in range(random.choices((1, 2, 3), weights=(5, 4, 2))[0]):
            key = self.key()
            if key.name not in [each.name for each in keys]:
                keys.append(key)
        if random.random() < 0.25:
            return self._collecting(keys)
        count = random.choices((1, 2, 3), weights=(6, 2, 1))[0]
        types = [self._result_type() for _ in range(count)]
        names = ["" if count == 1 else f"r{position}" for position in range(count)]
        cells = self._split(keys)[:ROWS_MAX]
        if len(cells) == ROWS_MAX:
            cells[-1] = ["*"] * len(keys)
        values = [[self._result(type_) for _, type_ in types] for _ in cells]
        rows = [
            f"{', '.join(row)} : {', '.join(written(v, t) for v, (_, t) in zip(result, types, strict=True))}"
            for row, result in zip(cells, values, strict=True)
        ]
        found = [_narrowed(type_, [row[i] for row in values]) for i, (_, type_) in enumerate(types)]
        return TableDraft(self.schema.name("table_"), keys, names, found, rows, [word for word, _ in types])

    def _split(self, keys: Sequence[KeyDraft]) -> list[list[str]]:
        if not keys:
            return [[]]
        first, rest = keys[0], keys[1:]
        if rest and self.random.random() < 0.25:
            return [["*", *row] for row in self._split(rest)]
        rows = []
        for part in self.parts(first):
            deeper = self._split(rest) if self.random.random() < 0.6 else [["*"] * len(rest)]
            rows += [[part, *row] for row in deeper]
        return rows

    def _collecting(self, keys: list[KeyDraft]) -> TableDraft:
        random = self.random
        collect = random.choice(COLLECTORS)
        word, type_ = self.schema.number_type() if random.random() < 0.8 else self._result_type()
        while collect != "count" and not isinstance(type_, NumberType):
            word, type_ = self.schema.number_type()
        cells = [[random.choice(["*", *self.parts(key)]) for key in keys] for _ in range(random.randint(1, 6))]
        if collect in ("min", "max"):
            cells.insert(random.randrange(len(cells) + 1), ["*"] * len(keys))
        values = [self._result(type_) for _ in cells]
        rows = [f"{', '.join(row)} : {written(value, type_)}" for row, value in zip(cells, values, strict=True)]
        return TableDraft(
            self.schema.name("table_"), keys, [""], [_narrowed(type_, values)], rows, [word], collect=collect
        )

    def _result_type(self) -> tuple[str, ValueType]:
        form = self.random.choices(("number", "flag", "member", "date", "moment", "text"), weights=(12, 1, 2, 1, 1, 1))[
            0
        ]
        if form == "member":
            kind, members = self.random.choice(sorted(self.plan.kinds.items()))
            return kind, MemberType(members, kind)
        plain = {"flag": FlagType(), "date": DateType(), "moment": MomentType(), "text": TextType()}
        if form in plain:
            return {"moment": "datetime"}.get(form, form), plain[form]  # type: ignore[return-value]
        return self.schema.number_type()

    def _result(self, type: ValueType) -> Value:
        random = self.random
        match type:
            case NumberType():
                return self.schema.value_in(type)
            case FlagType():
                return random.random() < 0.5
            case MemberType(members=members):
                return random.choice(members)
            case DateType():
                return random.choice((date(2026, 10, 15), date(2024, 2, 29), date(1999, 12, 31)))
            case MomentType():
                return datetime.fromisoformat(random.choice(MOMENT_LITERALS)).astimezone(UTC)
        return random.choice(TEXTS)

    # ------------------------------------------------------------ from data

    def table_from_data(self) -> TableDraft:
        """Only its head: what the rows say is made with the data."""
        random = self.random
        keys = [self._key_of_data() for _ in range(random.choices((1, 2, 3), weights=(4, 4, 2))[0])]
        keys = list({each.name: each for each in keys}.values())
        name = self.schema.name("table_")
        if random.random() < 0.25:
            word, type_ = self.schema.number_type()
            collect = random.choice(COLLECTORS)
            return TableDraft(name, keys, [""], [type_], [], [word], collect=collect, from_data=True)
        count = random.choices((1, 2), weights=(3, 1))[0]
        types = [self._result_type() for _ in range(count)]
        names = ["" if count == 1 else f"r{position}" for position in range(count)]
        return TableDraft(
            name, keys, names, [each for _, each in types], [], [word for word, _ in types], from_data=True
        )

    def _key_of_data(self) -> KeyDraft:
        """A reference to any entity, or as of any table; what the rows say has the key's places."""
        targets = sorted({each.target for entity in self.plan.entities.values() for each in entity.references})
        if targets and self.random.random() < 0.5:
            target, name = self.random.choice(targets), self.schema.name("k")
            return KeyDraft(name, ReferenceType(target), f"{name} {target}", finer=False)
        key = self.key()
        while isinstance(key.type, NumberType) and key.type.places is not None and abs(key.type.interval.high) > 10**12:
            key = self.key()
        return replace(key, finer=False)

    def ladder_from_data(self) -> LadderDraft:
        random = self.random
        name, step_key = self.schema.name("ladder_"), replace(self.number_key(self.schema.name("k")), finer=True)
        word, type_ = self.schema.number_type()
        while type_.interval.magnitude > 10**9:
            word, type_ = self.schema.number_type()
        groups: list[KeyDraft] = []
        for _ in range(random.choices((0, 1, 2, 3), weights=(2, 4, 3, 1))[0]):
            key = self._key_of_data()
            if not isinstance(key.type, ReferenceType):
                key = self._group_key()[0]
            groups.append(replace(key, finer=False))
        groups = list({each.name: each for each in groups}.values())
        keys = (*groups, step_key)
        over = " over" if random.random() < 0.3 else ""
        text = f"ladder {name} of {', '.join(each.written for each in keys)} : {word}{over} from data"
        return LadderDraft(name, keys, type_, None, text)

    # ------------------------------------------------------------ ladders

    def ladder(self) -> LadderDraft:
        random = self.random
        if random.random() < 0.3:
            return self.ladder_from_data()
        name = self.schema.name("ladder_")
        step_key = self.number_key(self.schema.name("k"))
        word, type_ = self.schema.number_type()
        while type_.interval.magnitude > 10**9:
            word, type_ = self.schema.number_type()
        keys: list[tuple[KeyDraft, list[str]]] = []
        if random.random() < 0.4:
            keys.append(self._group_key())
        if keys and random.random() < 0.3:
            keys.append(self._group_key())
            if keys[0][0].name == keys[1][0].name:
                keys.pop()
        heads = [""]
        for _, values in keys:
            heads = [f"{head}, {value}".lstrip(", ") for head in heads for value in values]
        lines, groups = [], []
        for head in heads:
            steps = self._steps(step_key, type_)
            groups.append([(at, value) for at, value in steps])
            assert isinstance(step_key.type, NumberType)
            shown = [f"{literal(at, step_key.type)} : {literal(value, type_)}" for at, value in steps]
            lines += [f"  {head}"] * bool(head) + [f"{'    ' if head else '  '}{each}" for each in shown]
        written_keys = ", ".join(each.written for each in (*(key for key, _ in keys), step_key))
        over = " over" if random.random() < 0.3 else ""
        text = "\n".join([f"ladder {name} of {written_keys} : {word}{over}", *lines])
        return LadderDraft(name, (*(key for key, _ in keys), step_key), type_, groups, text)

    def _group_key(self) -> tuple[KeyDraft, list[str]]:
        form = self.random.choice(("member", "flag", "int"))
        name = self.schema.name("g")
        if form == "member":
            kind, members = self.random.choice(sorted(self.plan.kinds.items()))
            return KeyDraft(name, MemberType(members, kind), f"{name} {kind}"), list(members)
        if form == "flag":
            return KeyDraft(name, FlagType(), f"{name} flag"), ["yes", "no"]
        low, high = self.random.choice(((0, 2), (-1, 1), (3, 3)))
        type_ = NumberType(PLAIN, 0, Interval.of(low, high))
        return KeyDraft(name, type_, f"{name} int {low} .. {high}"), [str(each) for each in range(low, high + 1)]

    def _steps(self, key: KeyDraft, type: NumberType) -> list[tuple[Fraction, Fraction]]:
        assert isinstance(key.type, NumberType)
        marks = self.thresholds(key.type, self.random.randint(1, 5))
        if self.random.random() < 0.4 or not marks:
            marks = [key.type.interval.low, *(each for each in marks if each != key.type.interval.low)]
        return [(each, self.schema.value_in(type)) for each in marks]


def _small(type: ValueType) -> bool:
    """Whether a key may take this type from a column: its range is not so wide that thresholds mean little."""
    return not isinstance(type, NumberType) or type.interval.high - type.interval.low <= 10**7


def _narrowed(type: ValueType, values: Sequence[Value]) -> ValueType:
    if not isinstance(type, NumberType):
        return type
    return replace(type, interval=Interval.of(*values))  # type: ignore[arg-type]

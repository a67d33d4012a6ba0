"""Random expressions that are no numbers: dates, moments, members, texts, and conditions of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from paycalc.check import arithmetic
from paycalc.check.arithmetic import TooWide
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    RowType,
    TextType,
    ValueType,
)
from paycalc.core.unit import PLAIN
from tests.differential.drafts import (
    Draft,
    is_same,
    whole,
    written,
)
from tests.differential.random_reading import FUNCTIONS_OF_FLAGS, Reader, Unfit
from tests.differential.random_schema import MOMENT_LITERALS, TEXTS


class ConditionMaker(Reader):
    """Values of every type but numbers, which the class below it makes."""

    # ------------------------------------------------------------ values of any type

    def value(self, type: ValueType, depth: int) -> Draft:
        """An expression of the type; of a number, of its unit."""
        match type:
            case NumberType(unit=unit):
                return self.number(unit, depth)
            case FlagType():
                return self.flag(depth)
            case DateType():
                return self.date(depth)
            case MomentType():
                return self.moment(depth)
            case MemberType():
                return self.member(type, depth)
            case TextType():
                return self.text(depth)
        raise Unfit

    def _chosen(self, type: ValueType, make: Callable[[], Draft], depth: int) -> Draft:
        """`if` or `default` of values that are no numbers."""
        if self.chance(0.5):
            condition = self.flag(depth - 1)
            with self.knowing(condition.holds):
                first = make()
            with self.knowing(condition.fails):
                second = make()
            merged = hull_of(first.type, second.type)
            return Draft(f"(if {condition.text} then {first.text} else {second.text})", merged)
        read = self.read(lambda each: is_same(each, type), optional=True)
        fallback = make()
        return Draft(f"default({read.text}, {fallback.text})", hull_of(read.type, fallback.type))

    def _plainly(self, type: ValueType, literals: Callable[[], Draft], depth: int) -> Draft:
        """Something read, else a literal."""
        try:
            if self.chance(0.85):
                read = self.read(lambda each: is_same(each, type))
                return Draft(read.text, read.type)
        except Unfit:
            pass
        return literals()

    def date(self, depth: int) -> Draft:
        def day() -> Draft:
            value = self.random.choice((date(2026, 10, 15), date(2024, 2, 29), date(2020, 12, 31), date(2026, 3, 1)))
            return Draft(value.isoformat(), DateType(value, value))

        if depth > 0 and self.chance(0.4):
            form = self.random.randrange(4)
            try:
                if form == 0:
                    return Draft(f"date({self.moment(depth - 1).text})", DateType())
                if form == 1:
                    name, (a, b) = self.random.choice(("min", "max")), (self.date(depth - 1), self.date(depth - 1))
                    return Draft(f"{name}({a.text}, {b.text})", _extreme(name, a.type, b.type))
                if form == 2:
                    return self._extreme_of_rows(DateType(), depth)
                return self._chosen(DateType(), lambda: self.date(depth - 1), depth)
            except Unfit:
                pass
        return self._plainly(DateType(), day, depth)

    def moment(self, depth: int) -> Draft:
        def written_moment() -> Draft:
            return Draft(self.random.choice(MOMENT_LITERALS), MomentType())

        if depth > 0 and self.chance(0.3):
            form = self.random.randrange(3)
            try:
                if form == 0:
                    a, b = self.moment(depth - 1), self.moment(depth - 1)
                    return Draft(f"{self.random.choice(('min', 'max'))}({a.text}, {b.text})", MomentType())
                if form == 1:
                    return self._extreme_of_rows(MomentType(), depth)
                return self._chosen(MomentType(), lambda: self.moment(depth - 1), depth)
            except Unfit:
                pass
        return self._plainly(MomentType(), written_moment, depth)

    def member(self, type: MemberType, depth: int) -> Draft:
        if depth > 0 and self.chance(0.3):
            try:
                if self.chance(0.3):
                    return self._looked_up(type, depth)
                return self._chosen(type, lambda: self.member(type, depth - 1), depth)
            except Unfit:
                pass
        # A quoted member alone would be a text; read one, where there is one.
        read = self.read(lambda each: each == type)
        return Draft(read.text, type)

    def text(self, depth: int) -> Draft:
        if depth > 0 and self.chance(0.3):
            try:
                return self._chosen(TextType(), lambda: self.text(depth - 1), depth)
            except Unfit:
                pass
        return self._plainly(
            TextType(), lambda: Draft(written(self.random.choice(TEXTS), TextType()), TextType()), depth
        )

    # ------------------------------------------------------------ flags

    def flag(self, depth: int) -> Draft:
        if depth > 0:
            for _ in range(4):
                names = list(FUNCTIONS_OF_FLAGS)
                name = self.random.choices(names, weights=[_FLAG_WEIGHTS[n] * self.favour[n] for n in names])[0]
                try:
                    return _FLAGS[name](self, depth)
                except (Unfit, TooWide):
                    continue
        try:
            read = self.read(lambda each: isinstance(each, FlagType))
            return Draft(read.text, FlagType())
        except Unfit:
            pass
        try:
            left = self.leaf(PLAIN)
            arithmetic.comparable(left.number, whole(5, 5))
            return Draft(f"({left.text} > 5)", FlagType())
        except TooWide:
            return Draft(self.random.choice(("yes", "no")), FlagType())

    def comparison(self, depth: int) -> Draft:
        operator = self.random.choice(("<", "<=", ">", ">=", "is", "is not"))
        form = self.random.choices(("number", "date", "moment", "member", "text", "flag"), weights=(8, 2, 1, 2, 1, 1))[
            0
        ]
        if form in ("member", "text", "flag"):
            operator = self.random.choice(("is", "is not"))
        if form == "number":
            left, right = self.numbers(self.unit(), depth - 1, 2)
            arithmetic.comparable(left.number, right.number)
        elif form == "member":
            left = self.member(self._kind(), depth - 1)
            right = self._member_literal(left.type) if self.chance(0.6) else self.member(left.type, depth - 1)  # type: ignore[arg-type]
        else:
            make = {"date": self.date, "moment": self.moment, "text": self.text, "flag": self.flag}[form]
            left, right = make(depth - 1), make(depth - 1)
        return Draft(f"({left.text} {operator} {right.text})", FlagType())

    def _kind(self) -> MemberType:
        name, members = self.random.choice(sorted(self.plan.kinds.items()))
        return MemberType(members, name)

    def _member_literal(self, type: ValueType) -> Draft:
        assert isinstance(type, MemberType)
        return Draft(self.random.choice(type.members), type)

    def same(self, depth: int) -> Draft:
        """Whether two references lead to one row."""
        left = self.read(lambda each: isinstance(each, ReferenceType))
        right = self.read(lambda each: each == left.type)
        if self.chance(0.3):
            return Draft(
                f"({left.text} in ({right.text}, {self.read(lambda each: each == left.type).text}))", FlagType()
            )
        return Draft(f"({left.text} {self.random.choice(('is', 'is not'))} {right.text})", FlagType())

    def both(self, depth: int) -> Draft:
        left = self.flag(depth - 1)
        with self.knowing(left.holds):
            right = self.flag(depth - 1)
        return Draft(f"({left.text} and {right.text})", FlagType(), holds=left.holds | right.holds)

    def either(self, depth: int) -> Draft:
        left = self.flag(depth - 1)
        with self.knowing(left.fails):
            right = self.flag(depth - 1)
        return Draft(f"({left.text} or {right.text})", FlagType(), fails=left.fails | right.fails)

    def negation(self, depth: int) -> Draft:
        inner = self.flag(depth - 1)
        return Draft(f"(not {inner.text})", FlagType(), holds=inner.fails, fails=inner.holds)

    def in_list(self, depth: int) -> Draft:
        form = self.random.choice(("number", "member", "date", "text"))
        count = self.random.randint(1, 4)
        if form == "number":
            value, *options = self.numbers(self.unit(), depth - 1, count + 1)
            for each in options:
                arithmetic.comparable(value.number, each.number)
        elif form == "member":
            value = self.member(self._kind(), depth - 1)
            options = [self._member_literal(value.type) for _ in range(count)]
        else:
            make = {"date": self.date, "text": self.text}[form]
            value, *options = (make(depth - 1) for _ in range(count + 1))
        return Draft(f"({value.text} in ({', '.join(each.text for each in options)}))", FlagType())

    def is_given(self, depth: int) -> Draft:
        read = self.read(lambda each: not isinstance(each, RowType), optional=True)
        return Draft(f"given({read.text})", FlagType(), holds=frozenset(read.needs))

    def chosen_flag(self, depth: int) -> Draft:
        return self._chosen(FlagType(), lambda: self.flag(depth - 1), depth)

    def flag_default(self, depth: int) -> Draft:
        read = self.read(lambda each: isinstance(each, FlagType), optional=True)
        return Draft(f"default({read.text}, {self.flag(depth - 1).text})", FlagType())

    def flag_table(self, depth: int) -> Draft:
        return self._looked_up(FlagType(), depth)

    def group_flag(self, depth: int) -> Draft:
        operator, (entity, ending) = self.random.choice(("any", "all")), self._group()
        with self.at(entity):
            where, known = self._where(depth - 1)
            with self.knowing(known):
                value = self.flag(depth - 1)
        return Draft(f"{operator}({value.text} of {entity}{self._selection(where, ending)})", FlagType())


def hull_of(first: ValueType, second: ValueType) -> ValueType:
    if isinstance(first, DateType) and isinstance(second, DateType):
        return DateType(min(first.low, second.low), max(first.high, second.high))
    return first


def _extreme(name: str, first: ValueType, second: ValueType) -> ValueType:
    assert isinstance(first, DateType) and isinstance(second, DateType)
    choose = min if name == "min" else max
    return DateType(choose(first.low, second.low), choose(first.high, second.high))


_FLAG_WEIGHTS = dict.fromkeys(FUNCTIONS_OF_FLAGS, 1.5) | {"comparison": 5.0}
_FLAGS: dict[str, Callable[[ConditionMaker, int], Draft]] = {
    "comparison": ConditionMaker.comparison,
    "both": ConditionMaker.both,
    "either": ConditionMaker.either,
    "not": ConditionMaker.negation,
    "in_list": ConditionMaker.in_list,
    "given": ConditionMaker.is_given,
    "chosen_flag": ConditionMaker.chosen_flag,
    "group_flag": ConditionMaker.group_flag,
    "flag_table": ConditionMaker.flag_table,
    "same": ConditionMaker.same,
    "flag_default": ConditionMaker.flag_default,
}

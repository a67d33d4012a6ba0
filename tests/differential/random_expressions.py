"""Random expressions of a wanted type at the rows of an entity, each with the type that the checker will find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

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
from paycalc.core.calendar import days_between, months_between, years_between
from paycalc.core.number import Interval
from paycalc.core.unit import PLAIN, Unit
from tests.differential.drafts import (
    NONE,
    PLAN,
    Draft,
    KeyDraft,
    PlanDraft,
    Readable,
    is_same,
    literal,
    literal_type,
    numeral,
    whole,
    written,
)
from tests.differential.random_schema import HOUR, KG, MOMENT_LITERALS, TEXTS

PATHS_MAX = 4  # parts of a path, the field at its end included
MODES = ("half_up", "half_down", "half_even", "up", "down", "floor", "ceiling")
STEPS = tuple(Fraction(each) for each in ("0.05", "0.25", "0.5", "1", "5", "10", "100", "0.125", "3", "0.07"))
NUMBERS = tuple(
    Fraction(each)
    for each in ("0", "1", "2", "3", "5", "7", "10", "12", "22", "100", "300", "0.5", "0.05", "1.2", "2.55", "0.001", "-1", "-20", "1000", "50000")
)  # fmt: skip
PARTS = {"month": (1, 12), "day": (1, 31), "weekday": (1, 7), "days_in_month": (28, 31)}
CLOCK = {"hour": (0, 23), "minute": (0, 59)}
BETWEEN = {"days_between": days_between, "months_between": months_between, "years_between": years_between}
FUNCTIONS_OF_NUMBERS: tuple[str, ...] = (
    "sum", "product", "quotient", "extreme", "clamp", "abs", "mod", "rounded", "choice", "table", "ladder", "aggregate",
    "of_date", "negated", "fallback", "component",
)  # fmt: skip
FUNCTIONS_OF_FLAGS: tuple[str, ...] = (
    "comparison", "both", "either", "not", "in_list", "given", "chosen_flag", "group_flag", "flag_table", "same", "flag_default"
)  # fmt: skip


class Unfit(Exception):
    """This way of making an expression is not possible here; another one is."""


class ExpressionMaker:
    """Expressions at the rows of `grain`; what may be read changes as lines are added to the plan."""

    def __init__(self, random: Random, plan: PlanDraft) -> None:
        self.random, self.plan = random, plan
        self.grain = plan.payee
        self.given: frozenset[str] = NONE
        # Some plans are full of one thing and without another.
        self.favour = {name: random.choice((0.2, 1, 1, 3)) for name in (*FUNCTIONS_OF_NUMBERS, *FUNCTIONS_OF_FLAGS)}
        self._readables: dict[str, list[Readable]] = {}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def lines_changed(self) -> None:
        self._readables.clear()

    @contextmanager
    def at(self, grain: str) -> Iterator[None]:
        before, self.grain = self.grain, grain
        known, self.given = self.given, NONE
        try:
            yield
        finally:
            self.grain, self.given = before, known

    @contextmanager
    def knowing(self, given: frozenset[str]) -> Iterator[None]:
        known, self.given = self.given, self.given | given
        try:
            yield
        finally:
            self.given = known

    # ------------------------------------------------------------ what can be read

    def readables(self) -> list[Readable]:
        """Everything that may be read here, directly or by a path."""
        if self.grain not in self._readables:
            found = list(self._along("", self.grain, (), PATHS_MAX))
            if self.grain != PLAN:
                found += [replace(each, text=each.text) for each in self._of_plan()]
            found += [Readable("period.start", DateType()), Readable("period.end", DateType())]
            self._readables[self.grain] = [*found, Readable("period.days", self.plan.period_days)]
        return self._readables[self.grain]

    def _of_plan(self) -> Iterator[Readable]:
        for each in self.plan.parameters:
            yield Readable(each.name, each.type, (each.name,) * each.optional)
            yield Readable(f"plan.{each.name}", each.type, (each.name,) * each.optional)
        for line in self.plan.lines:
            if line.entity == PLAN:
                yield from _readables_of(f"plan.{line.name}", line.type, ())

    def _along(self, prefix: str, grain: str, needs: tuple[str, ...], depth: int) -> Iterator[Readable]:
        if grain == PLAN:
            for each in self.plan.parameters:
                yield Readable(each.name, each.type, (each.name,) * each.optional)
        else:
            entity = self.plan.entities[grain]
            for field in (*entity.columns, *entity.parameters):
                text = prefix + field.name
                yield Readable(text, field.type, (*needs, *(text,) * field.optional))
            for reference in entity.references:
                text = prefix + reference.name
                further = (*needs, *(text,) * reference.optional)
                yield Readable(text, ReferenceType(reference.target), further)
                if depth > 1:
                    yield from self._along(f"{text}.", reference.target, further, depth - 1)
        for line in self.plan.lines:
            if line.entity == grain:
                yield from _readables_of(prefix + line.name, line.type, needs)
        if grain == self.plan.payee:
            for name, type_ in self.plan.totals.items():
                yield Readable(prefix + name, type_, needs)

    def read(self, fits: Callable[[ValueType], bool], *, optional: bool = False) -> Readable:
        """Something to read whose type fits: that is always there, or (optional) that may be missing. Raises Unfit."""
        found = [
            each
            for each in self.readables()
            if fits(each.type) and optional == any(need not in self.given for need in each.needs)
        ]
        if not found:
            raise Unfit
        near = [each for each in found if "." not in each.text]
        return self.random.choice(near if near and self.chance(0.5) else found)

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
            merged = _hull(first.type, second.type)
            return Draft(f"(if {condition.text} then {first.text} else {second.text})", merged)
        read = self.read(lambda each: is_same(each, type), optional=True)
        fallback = make()
        return Draft(f"default({read.text}, {fallback.text})", _hull(read.type, fallback.type))

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

    # ------------------------------------------------------------ numbers

    def unit(self) -> Unit:
        plan = self.plan
        usual = (PLAIN, PLAIN, plan.money, plan.money)
        return self.random.choice((*usual, *sorted(plan.units, key=str)))

    def numbers(self, unit: Unit, depth: int, count: int) -> list[Draft]:
        """Numbers that meet: behind the first a bare literal may stand, which takes the unit."""
        found = [self.number(unit, depth)]
        while len(found) < count:
            if unit != PLAIN and self.chance(0.35):
                value = self.random.choice(NUMBERS)
                found.append(Draft(_bracketed(value, numeral(value)), literal_type(value, unit), value))
            else:
                found.append(self.number(unit, depth))
        return found

    def number(self, unit: Unit, depth: int) -> Draft:
        """A number of the unit; it may be a fraction."""
        if depth > 0 and self.chance(0.9):
            for _ in range(4):
                names = list(FUNCTIONS_OF_NUMBERS)
                name = self.random.choices(names, weights=[_NUMBER_WEIGHTS[n] * self.favour[n] for n in names])[0]
                try:
                    return _NUMBERS[name](self, unit, depth)
                except (Unfit, TooWide):
                    continue
        return self.leaf(unit)

    def exact(self, unit: Unit, depth: int, places: int = 9) -> Draft:
        """A number with at most so many places."""
        draft = self.number(unit, depth)
        if draft.number.places is not None and draft.number.places <= places:
            return draft
        try:
            return self.rounding(draft, self.random.randint(0, places))
        except TooWide:
            value = Fraction(self.random.randint(0, 9))
            return self._literal(unit, value)

    def leaf(self, unit: Unit) -> Draft:
        """A column, parameter or line of the unit, else a literal."""
        roll = self.random.random()
        try:
            if roll < 0.75:
                read = self.read(lambda each: isinstance(each, NumberType) and each.unit == unit)
                return Draft(read.text, read.type)
            if roll < 0.85:
                read = self.read(lambda each: isinstance(each, NumberType) and each.unit == unit, optional=True)
                other = self._literal(unit, self.random.choice(NUMBERS))
                type_ = arithmetic.chosen([read.type, other.number], unit)  # type: ignore[list-item]
                return Draft(f"default({read.text}, {other.text})", type_)
        except (Unfit, TooWide):
            pass
        return self._literal(unit, self.random.choice(NUMBERS))

    def _literal(self, unit: Unit, value: Fraction) -> Draft:
        if unit != PLAIN:
            return Draft(f"({numeral(value)} {unit})", literal_type(value, unit), value)
        if self.chance(0.2) and value.denominator != 1:
            return Draft(_bracketed(value, f"{numeral(value * 100)}%"), literal_type(value, PLAIN, percent=True), value)
        return Draft(_bracketed(value, numeral(value)), literal_type(value, PLAIN, bare=True), value)

    def sum(self, unit: Unit, depth: int) -> Draft:
        left, right = self.numbers(unit, depth - 1, 2)
        operator = self.random.choice("+-")
        type_ = arithmetic.add(left.number, right.number, unit, subtract=operator == "-")
        return Draft(
            f"({left.text} {operator} {right.text})", replace(type_, bare=left.number.bare and right.number.bare)
        )

    def product(self, unit: Unit, depth: int) -> Draft:
        pairs = [(PLAIN, unit), (unit, PLAIN)]
        for by in (HOUR, KG):
            if by in self.plan.units and unit / by in self.plan.units:
                pairs += [(by, unit / by)] * 2
        first, second = self.random.choice(pairs)
        left, right = self.number(first, depth - 1), self.number(second, depth - 1)
        return Draft(f"({left.text} * {right.text})", arithmetic.multiply(left.number, right.number))

    def quotient(self, unit: Unit, depth: int) -> Draft:
        ways = [(unit, PLAIN)] * 2
        ways += [(other, other) for other in self.plan.units if other != PLAIN and unit == PLAIN]
        ways += [(self.plan.money, by) for by in (HOUR, KG) if unit == self.plan.money / by and by in self.plan.units]
        above, below = self.random.choice(ways)
        left = self.number(above, depth - 1)
        if self.chance(0.25):
            by = Fraction(self.random.choice((2, 3, 4, 7, 10, 12, 100)))
            if below == PLAIN:
                right = Draft(numeral(by), literal_type(by, PLAIN), by)
                even = arithmetic.divide_evenly(left.number, by, unit)
                return Draft(f"({left.text} / {right.text})", even or arithmetic.divide(left.number, right.number))
        right = self.number(below, depth - 1)
        if 0 not in right.number.interval:
            return Draft(f"({left.text} / {right.text})", arithmetic.divide(left.number, right.number))
        return self._guarded_quotient(unit, left, right)

    def _guarded_quotient(self, unit: Unit, left: Draft, right: Draft) -> Draft:
        one = literal_type(Fraction(1), right.number.unit)
        if self.chance(0.4):
            type_ = arithmetic.greater([right.number, one], right.number.unit)
            return Draft(f"({left.text} / max({right.text}, 1))", arithmetic.divide(left.number, type_))
        if right.number.bare or right.constant is not None or right.number.interval.low == right.number.interval.high:
            raise Unfit
        operators = ["is not"]
        operators += [">"] if right.number.interval.high > 0 else []
        operators += ["<"] if right.number.interval.low < 0 else []
        operator = self.random.choice(operators)
        other = self.number(unit, 0)
        type_ = arithmetic.chosen([arithmetic.divide(left.number, right.number), other.number], unit)
        zero = "0"
        return Draft(f"(if {right.text} {operator} {zero} then {left.text} / {right.text} else {other.text})", type_)

    def extreme(self, unit: Unit, depth: int) -> Draft:
        name = self.random.choice(("min", "max"))
        parts = self.numbers(unit, depth - 1, self.random.choice((2, 2, 3)))
        choose = arithmetic.lesser if name == "min" else arithmetic.greater
        type_ = choose([each.number for each in parts], unit)
        for other in parts[1:]:
            arithmetic.comparable(parts[0].number, other.number)
        return Draft(f"{name}({', '.join(each.text for each in parts)})", type_)

    def clamp(self, unit: Unit, depth: int) -> Draft:
        value = self.number(unit, depth - 1)
        low, high = self.numbers(unit, depth - 1 if self.chance(0.4) else 0, 2)
        if low.number.interval.low > high.number.interval.high:
            low, high = high, low
        for a, b in ((value, low), (value, high), (low, high)):
            arithmetic.comparable(a.number, b.number)
        type_ = arithmetic.clamped(value.number, low.number, high.number, unit)
        return Draft(f"clamp({value.text}, {low.text}, {high.text})", type_)

    def absolute(self, unit: Unit, depth: int) -> Draft:
        value = self.number(unit, depth - 1)
        return Draft(f"abs({value.text})", arithmetic.absolute(value.number))

    def negated(self, unit: Unit, depth: int) -> Draft:
        value = self.number(unit, depth - 1)
        constant = -value.constant if value.constant is not None else None
        return Draft(f"(-{value.text})", arithmetic.negate(value.number), constant)

    def modulo(self, unit: Unit, depth: int) -> Draft:
        value = self.exact(unit, depth - 1)
        if self.chance(0.6):
            by = self.random.choice((Fraction(3), Fraction("0.25"), Fraction(-5), Fraction(100), Fraction("0.07")))
            right = Draft(_bracketed(by, numeral(by)), literal_type(by, unit), by)
            if unit == PLAIN or value.number.bare:
                right = self._literal(unit, by)
        else:
            right = self.exact(unit, depth - 1)
            if 0 in right.number.interval:
                one = literal_type(Fraction(1), unit)
                type_ = arithmetic.greater([right.number, one], unit)
                right = Draft(f"max({right.text}, 1)", type_)
        return Draft(f"mod({value.text}, {right.text})", arithmetic.modulo(value.number, right.number))

    def rounded(self, unit: Unit, depth: int) -> Draft:
        return self.rounding(self.number(unit, depth - 1), None)

    def rounding(self, value: Draft, places: int | None) -> Draft:
        """places: a limit on the places of what comes out; None: any."""
        random, number = self.random, value.number
        mode, money = "half_up", number.unit.power_of(self.plan.currency) == 1
        form = random.choices(("places", "step", "floor", "plain"), weights=(4, 2, 1.5, 3))[0]
        if form == "plain" and money and (places is None or places >= self.plan.currency_places):
            step, arguments, name = Fraction(1, 10**self.plan.currency_places), "", "round"
        elif form == "step":
            step = random.choice([each for each in STEPS if places is None or each.denominator <= 10**places])
            while places is not None and step * 10**places % 1:
                step = random.choice(STEPS)
            unit = f" {number.unit}" if number.unit != PLAIN and self.chance(0.3) else ""
            arguments, name = f", to {numeral(step)}{unit}", "round"
        else:
            shown = random.randint(0, 4 if places is None else places)
            step, arguments, name = Fraction(1, 10**shown), f", {shown}", "round"
            if form == "floor" and shown == 0 and self.chance(0.5):
                arguments = ""
        if form == "floor":
            name = mode = random.choice(("floor", "ceiling"))
        elif self.chance(0.5):
            mode = random.choice(MODES)
            arguments += f", {mode}"
        type_ = arithmetic.rounded(number, step, mode)
        return Draft(f"{name}({value.text}{arguments})", replace(type_, percent=number.percent))

    def choice(self, unit: Unit, depth: int) -> Draft:
        condition = self.flag(depth - 1)
        with self.knowing(condition.holds):
            first = self.number(unit, depth - 1)
        with self.knowing(condition.fails):
            second = self.number(unit, depth - 1)
        type_ = arithmetic.chosen([first.number, second.number], unit)
        return Draft(f"(if {condition.text} then {first.text} else {second.text})", type_)

    def fallback(self, unit: Unit, depth: int) -> Draft:
        """An optional value, met by `default` or by `given`."""
        read = self.read(lambda each: isinstance(each, NumberType) and each.unit == unit, optional=True)
        other = self.number(unit, depth - 1)
        if self.chance(0.5):
            type_ = arithmetic.chosen([read.type, other.number], unit)  # type: ignore[list-item]
            return Draft(f"default({read.text}, {other.text})", type_)
        with self.knowing(frozenset(read.needs)):
            inner = Draft(read.text, read.type)
            more = self.number(unit, depth - 1)
            type_ = arithmetic.add(inner.number, more.number, unit)
        type_ = arithmetic.chosen([type_, other.number], unit)
        return Draft(f"(if given({read.text}) then {read.text} + {more.text} else {other.text})", type_)

    def component(self, unit: Unit, depth: int) -> Draft:
        parts = [each for each in self.readables() if each.part and not set(each.needs) - self.given]
        parts = [each for each in parts if isinstance(each.type, NumberType) and each.type.unit == unit]
        if not parts:
            raise Unfit
        read = self.random.choice(parts)
        return Draft(read.text, read.type)

    # ------------------------------------------------------------ tables and ladders

    def argument(self, key: KeyDraft, depth: int) -> Draft:
        """For a key: of its type, not certainly outside of its range; sometimes held inside."""
        if isinstance(key.type, DateType):
            value = self.date(depth)
            if value.type.low > key.type.high or value.type.high < key.type.low:  # type: ignore[union-attr]
                raise Unfit
            if self.chance(0.7):
                middle = max(key.type.low, min(date(2026, 1, 1), key.type.high - timedelta(days=1)))
                value = Draft(
                    f"max({key.type.low}, min({value.text}, {key.type.high}))", DateType(key.type.low, middle)
                )
            return value
        if isinstance(key.type, MemberType) and self.chance(0.15):
            return self._member_literal(key.type)
        if not isinstance(key.type, NumberType):
            return self.value(key.type, depth)
        value = self.number(key.type.unit, depth)
        places = value.number.places
        if not key.finer and (places is None or places > (key.type.places or 0)):
            value = self.rounding(value, key.type.places or 0)
        if value.number.interval.meet(key.type.interval) is None or self.chance(0.75):
            low, high = key.type.interval.low, key.type.interval.high
            ends = [literal_type(each, key.type.unit) for each in (low, high)]
            text = f"clamp({value.text}, {_bracketed(low, literal(low, ends[0]))}, {literal(high, ends[1])})"
            for end in ends:
                arithmetic.comparable(value.number, end)
            value = Draft(text, arithmetic.clamped(value.number, *ends, key.type.unit))
        return value

    def _looked_up(self, type: ValueType, depth: int) -> Draft:
        """A table of one result of the type."""
        tables = [
            each
            for each in self.plan.tables
            if len(each.result_types) == 1 and (is_same(each.result_types[0], type) or each.collect == "count")
        ]
        tables = [each for each in tables if each.collect != "count" or type == whole(0, 0)]
        if not tables:
            raise Unfit
        table = self.random.choice(tables)
        arguments = [self.argument(key, depth - 1) for key in table.keys]
        result: ValueType = table.result_types[0]
        if table.collect == "count":
            result = whole(0, len(table.rows))
        elif table.collect == "sum":
            assert isinstance(result, NumberType)
            result = arithmetic.summed(result, len(table.rows))
        return Draft(f"{table.name}({', '.join(each.text for each in arguments)})", result)

    def table(self, unit: Unit, depth: int) -> Draft:
        if unit == PLAIN and self.chance(0.2):
            return self._looked_up(whole(0, 0), depth)
        return self._looked_up(NumberType(unit, 0, Interval.of(0)), depth)

    def row(self, depth: int) -> Draft:
        """The whole row of a table with several results."""
        tables = [each for each in self.plan.tables if len(each.result_types) > 1]
        if not tables:
            raise Unfit
        table = self.random.choice(tables)
        arguments = ", ".join(self.argument(key, depth - 1).text for key in table.keys)
        return Draft(f"{table.name}({arguments})", table.row_type)

    def ladder(self, unit: Unit, depth: int) -> Draft:
        uses = []
        for ladder in self.plan.ladders:
            base = ladder.keys[-1].type
            assert isinstance(base, NumberType)
            if base.unit * ladder.type.unit == unit:
                uses += [(ladder, name) for name in ("marginal", "slab", "marginal")]
            if ladder.type.unit == unit:
                uses += [(ladder, name) for name in ("reached", "interpolate")]
        if not uses:
            raise Unfit
        ladder, name = self.random.choice(uses)
        groups = [self.argument(replace(key, finer=False), depth - 1) for key in ladder.keys[:-1]]
        base_draft = self.argument(replace(ladder.keys[-1], finer=True), depth - 1)
        key = ladder.keys[-1].type
        assert isinstance(key, NumberType)
        inside = base_draft.number.interval.meet(key.interval)
        assert inside is not None
        typing = {
            "marginal": arithmetic.marginal,
            "slab": arithmetic.slab,
            "reached": arithmetic.reached,
            "interpolate": arithmetic.interpolated,
        }[name]
        held = replace(base_draft.number, interval=inside, unit=key.unit)
        type_ = typing(held, ladder.type, ladder.groups)
        chosen = f"({', '.join(each.text for each in groups)})" if groups else ""
        return Draft(f"{name}({base_draft.text}, {ladder.name}{chosen})", type_)

    # ------------------------------------------------------------ aggregates

    def _group(self) -> tuple[str, str]:
        """An entity whose rows lead here, and ` via NAME` where it must or may be said."""
        if self.grain == PLAN:
            return self.random.choice(sorted(self.plan.entities)), ""
        ways = []
        for entity in self.plan.entities.values():
            leading = [each.name for each in entity.references if each.target == self.grain]
            ways += [(entity.name, f" via {name}" if len(leading) > 1 or self.chance(0.2) else "") for name in leading]
        if not ways:
            raise Unfit
        return self.random.choice(ways)

    def _where(self, depth: int) -> tuple[str, frozenset[str]]:
        if not self.chance(0.4):
            return "", NONE
        condition = self.flag(max(depth, 0))
        return f" where {condition.text}", condition.holds

    def _selection(self, where: str, ending: str) -> str:
        return ending + where if self.chance(0.3) else where + ending

    def aggregate(self, unit: Unit, depth: int) -> Draft:
        operators = ["sum", "sum", "sum", "min", "max", "mean"] + ["count"] * 3 * (unit == PLAIN)
        operator, (entity, ending) = self.random.choice(operators), self._group()
        rows_max = self.plan.rows_max(entity, self.grain)
        with self.at(entity):
            where, known = self._where(depth - 1)
            if operator == "count":
                return Draft(f"count({entity}{self._selection(where, ending)})", whole(0, rows_max))
            with self.knowing(known):
                value = self.exact(unit, depth - 1, 6)
        text = f"{operator}({value.text} of {entity}{self._selection(where, ending)})"
        held = replace(value.number, bare=False)
        if held.unit != unit:
            held = replace(held, unit=unit)
        if operator == "sum":
            return Draft(text, arithmetic.summed(held, rows_max))
        type_ = arithmetic.averaged(held, rows_max) if operator == "mean" else held
        other = self.number(unit, 0)
        return Draft(f"default({text}, {other.text})", arithmetic.chosen([type_, other.number], unit))

    def _extreme_of_rows(self, type: ValueType, depth: int) -> Draft:
        """The first or last date or moment of the rows that lead here."""
        operator, (entity, ending) = self.random.choice(("min", "max")), self._group()
        with self.at(entity):
            where, known = self._where(depth - 1)
            with self.knowing(known):
                value = self.value(type, depth - 1)
        other = self.value(type, 0)
        text = f"{operator}({value.text} of {entity}{self._selection(where, ending)})"
        return Draft(f"default({text}, {other.text})", _hull(value.type, other.type))

    # ------------------------------------------------------------ numbers of dates

    def of_date(self, unit: Unit, depth: int) -> Draft:
        if unit != PLAIN:
            raise Unfit
        form = self.random.choice(("part", "clock", "between", "between", "year"))
        if form == "clock":
            name = self.random.choice(sorted(CLOCK))
            return Draft(f"{name}({self.moment(depth - 1).text})", whole(*CLOCK[name]))
        first = self._day(depth)
        assert isinstance(first.type, DateType)
        if form == "part":
            name = self.random.choice(sorted(PARTS))
            return Draft(f"{name}({first.text})", whole(*PARTS[name]))
        if form == "year":
            return Draft(f"year({first.text})", whole(first.type.low.year, first.type.high.year))
        name, second = self.random.choice(sorted(BETWEEN)), self._day(depth)
        assert isinstance(second.type, DateType)
        between = BETWEEN[name]
        ends = (between(first.type.high, second.type.low), between(first.type.low, second.type.high))
        return Draft(f"{name}({first.text}, {second.text})", whole(*ends))

    def _day(self, depth: int) -> Draft:
        """A date, or a moment that stands for its civil date."""
        if self.chance(0.2):
            return Draft(self.moment(depth - 1).text, DateType())
        return self.date(depth - 1)


def _readables_of(text: str, type: ValueType, needs: tuple[str, ...]) -> Iterator[Readable]:
    """A line; of the row of a table its parts."""
    if isinstance(type, RowType):
        for name, each in zip(type.names, type.types, strict=True):
            yield Readable(f"{text}.{name}", each, needs, part=True)
    else:
        yield Readable(text, type, needs)


def _bracketed(value: Fraction, text: str) -> str:
    return f"({text})" if value < 0 else text


def _hull(first: ValueType, second: ValueType) -> ValueType:
    if isinstance(first, DateType) and isinstance(second, DateType):
        return DateType(min(first.low, second.low), max(first.high, second.high))
    return first


def _extreme(name: str, first: ValueType, second: ValueType) -> ValueType:
    assert isinstance(first, DateType) and isinstance(second, DateType)
    choose = min if name == "min" else max
    return DateType(choose(first.low, second.low), choose(first.high, second.high))


_NUMBER_WEIGHTS = dict.fromkeys(FUNCTIONS_OF_NUMBERS, 2.0) | {"sum": 4, "product": 4, "quotient": 3, "rounded": 4, "aggregate": 4, "ladder": 4, "table": 4, "of_date": 3, "component": 4, "fallback": 3}  # fmt: skip
_FLAG_WEIGHTS = dict.fromkeys(FUNCTIONS_OF_FLAGS, 1.5) | {"comparison": 5.0}
_NUMBERS: dict[str, Callable[[ExpressionMaker, Unit, int], Draft]] = {
    "sum": ExpressionMaker.sum,
    "product": ExpressionMaker.product,
    "quotient": ExpressionMaker.quotient,
    "extreme": ExpressionMaker.extreme,
    "clamp": ExpressionMaker.clamp,
    "abs": ExpressionMaker.absolute,
    "mod": ExpressionMaker.modulo,
    "rounded": ExpressionMaker.rounded,
    "choice": ExpressionMaker.choice,
    "table": ExpressionMaker.table,
    "ladder": ExpressionMaker.ladder,
    "aggregate": ExpressionMaker.aggregate,
    "of_date": ExpressionMaker.of_date,
    "negated": ExpressionMaker.negated,
    "fallback": ExpressionMaker.fallback,
    "component": ExpressionMaker.component,
}
_FLAGS: dict[str, Callable[[ExpressionMaker, int], Draft]] = {
    "comparison": ExpressionMaker.comparison,
    "both": ExpressionMaker.both,
    "either": ExpressionMaker.either,
    "not": ExpressionMaker.negation,
    "in_list": ExpressionMaker.in_list,
    "given": ExpressionMaker.is_given,
    "chosen_flag": ExpressionMaker.chosen_flag,
    "group_flag": ExpressionMaker.group_flag,
    "flag_table": ExpressionMaker.flag_table,
    "same": ExpressionMaker.same,
    "flag_default": ExpressionMaker.flag_default,
}

"""Random expressions of a wanted type at the rows of an entity, each with the type that the checker will find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from paycalc.check import arithmetic
from paycalc.check.arithmetic import TooWide
from paycalc.check.ladder_ranges import OF_DATA, OF_STEPS
from paycalc.check.types import (
    DateType,
    MemberType,
    NumberType,
    ReferenceType,
    ValueType,
)
from paycalc.core.number import Interval
from paycalc.core.unit import PLAIN, Unit
from tests.differential.drafts import (
    NONE,
    PLAN,
    ROWS_MAX,
    Draft,
    KeyDraft,
    is_same,
    literal,
    literal_type,
    numeral,
    whole,
)
from tests.differential.random_conditions import ConditionMaker, hull_of
from tests.differential.random_reading import BETWEEN, CLOCK, FUNCTIONS_OF_NUMBERS, MODES, NUMBERS, PARTS, STEPS, Unfit
from tests.differential.random_schema import HOUR, KG


class ExpressionMaker(ConditionMaker):
    """Numbers of a wanted unit, and by way of its base everything else."""

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
        if isinstance(key.type, ReferenceType):
            read = self.read(lambda each: each == key.type)
            return Draft(read.text, read.type)
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
        table = self.random.choice([each for each in tables if each.from_data] * self.chance(0.5) or tables)
        arguments = [self.argument(key, depth - 1) for key in table.keys]
        result: ValueType = table.result_types[0]
        rows_max = ROWS_MAX if table.from_data else len(table.rows)
        if table.collect == "count":
            result = whole(0, rows_max)
        elif table.collect == "sum":
            assert isinstance(result, NumberType)
            result = arithmetic.summed(result, rows_max)
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
        held = replace(base_draft.number, interval=inside, unit=key.unit)
        if ladder.groups is None:
            type_ = OF_DATA[name](held, ladder.type, key)
        else:
            type_ = OF_STEPS[name](held, ladder.type, ladder.groups)
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

    # ------------------------------------------------------------ means over days, running totals

    def mean_over_days(self, unit: Unit, depth: int) -> Draft:
        found = [
            each
            for each in self.readables()
            if each.set_by_data and isinstance(each.type, NumberType) and each.type.unit == unit
        ]
        found = [each for each in found if each.text not in each.needs]
        if not found:
            raise Unfit
        read, days = self.random.choice(found), self.plan.period_days.interval
        assert isinstance(read.type, NumberType)
        type_ = arithmetic.averaged(read.type, int(days.high), int(days.low))
        mean = f"average({read.text} over period)"
        if not set(read.needs) - self.given:
            return Draft(mean, type_)
        other = self.number(unit, 0)
        return Draft(f"default({mean}, {other.text})", arithmetic.chosen([type_, other.number], unit))

    def running(self, unit: Unit, depth: int) -> Draft:
        """Over the rows that lead where this one does."""
        if self.grain == PLAN:
            raise Unfit
        ways = [each for each in self.plan.entities[self.grain].references if not each.optional]
        if not ways:
            raise Unfit
        way = self.random.choice(ways)
        rows_max = self.plan.rows_max(self.grain, way.target)
        form = self.random.choice(("number", "number", "date", "moment"))
        with self.at(self.grain):  # what is given at this row need not be so at the others
            order = self.exact(self.unit(), depth - 1).text if form == "number" else ""
            order = order or (self.date(depth - 1) if form == "date" else self.moment(depth - 1)).text
            where, known = self._where(depth - 1)
            if unit == PLAIN and self.chance(0.5):
                count = whole(0 if where else 1, rows_max)
                return Draft(f"running_count(within {way.name} by {order}{where})", count)
            with self.knowing(known):
                value = self.exact(unit, depth - 1, 6)
        held = replace(value.number, bare=False, unit=unit)
        text = f"running_sum({value.text} within {way.name} by {order}{where})"
        return Draft(text, arithmetic.summed(held, rows_max))

    def _extreme_of_rows(self, type: ValueType, depth: int) -> Draft:
        """The first or last date or moment of the rows that lead here."""
        operator, (entity, ending) = self.random.choice(("min", "max")), self._group()
        with self.at(entity):
            where, known = self._where(depth - 1)
            with self.knowing(known):
                value = self.value(type, depth - 1)
        other = self.value(type, 0)
        text = f"{operator}({value.text} of {entity}{self._selection(where, ending)})"
        return Draft(f"default({text}, {other.text})", hull_of(value.type, other.type))

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


def _bracketed(value: Fraction, text: str) -> str:
    return f"({text})" if value < 0 else text


_OFTEN = {"sum": 4, "product": 4, "quotient": 3, "rounded": 4, "aggregate": 4, "ladder": 4, "table": 4, "of_date": 3}
_OFTEN |= {"component": 4, "fallback": 3, "mean": 4, "running": 6}
_NUMBER_WEIGHTS = {name: _OFTEN.get(name, 2.0) for name in FUNCTIONS_OF_NUMBERS}
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
    "mean": ExpressionMaker.mean_over_days,
    "running": ExpressionMaker.running,
}

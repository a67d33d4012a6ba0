"""Random plans: texts that the checker nearly always accepts, made of everything that the language has.

Plans are drawn from a seeded `random.Random` and not through hypothesis. A plan takes some thousand draws, and a run of
20,000 plans must be cheap; what hypothesis would give in return, shrinking, works badly on so many dependent draws. So
a plan that fails is made smaller by `shrinking`, which takes away declarations and rows as long as it still fails, and
what is printed is plan text and data, which anybody can run without this module. The tests draw seeds in order, so
every run tries the same plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from paycalc.check import arithmetic, check_plan
from paycalc.check.arithmetic import TooWide
from paycalc.check.typed import TypedPlan
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    TextType,
    ValueType,
)
from paycalc.core.errors import PlanError
from paycalc.core.number import Interval
from paycalc.core.span import Source
from paycalc.core.unit import PLAIN
from tests.differential.drafts import PLAN, Draft, LineDraft, PlanDraft, literal, literal_type
from tests.differential.random_expressions import ExpressionMaker
from tests.differential.random_lookups import LookupMaker
from tests.differential.random_reading import Unfit
from tests.differential.random_schema import EVENTS, SchemaMaker

MENDINGS_MAX = 5  # how often what is faulty is taken out before a plan is given up
Made = tuple[str, Draft]  # the text of a value, as it stands behind `=`, and what it is


@dataclass(frozen=True)
class RandomPlan:
    """mended: how often a declaration that the checker refused had to be taken out."""

    text: str
    typed: TypedPlan
    mended: int


class PlanMaker:
    """Writes the lines of one plan, each from what was declared before it."""

    def __init__(self, random: Random, *, lines: int) -> None:
        self.random, self.lines = random, lines
        self.schema = SchemaMaker(random)
        self.plan: PlanDraft = self.schema.make()
        LookupMaker(self.schema).make()
        self.maker = ExpressionMaker(random, self.plan)
        self.order: list[str] = []

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def make(self) -> list[str]:
        """The header, then everything else, one text each."""
        count = self.random.randint(2, max(2, self.lines))
        for position in range(count):
            self._line(self.random.choice(("let", "let", "pay", "show")) if position else "pay")
        self._total("gross", ("pay",), ())
        for _ in range(self.random.randint(0, 3)):
            self._line(self.random.choice(("deduct", "deduct", "let", "show")))
        self._total("net", ("pay",), ("deduct",))
        for _ in range(self.random.randint(0, 2)):
            self._line(self.random.choice(("employer", "let", "show")))
        self._total("cost", ("pay", "employer"), ())
        for _ in range(self.random.randint(0, 3)):
            self._line(self.random.choice(("let", "show", "show")))
        for _ in range(self.random.choices((0, 1, 2), weights=(6, 3, 1))[0]):
            self._assert()
        return self._in_text_order()

    def _in_text_order(self) -> list[str]:
        """Lines may stand in any order; those that `gross before` counts keep theirs."""
        declarations = self.plan.declarations()
        if self.chance(0.4):
            pays = [each for each in declarations if each.startswith("pay ")]
            others = [each for each in declarations if not each.startswith("pay ")]
            self.random.shuffle(others)
            places = sorted(self.random.sample(range(len(declarations)), len(pays)))
            for place, text in zip(places, pays, strict=True):
                others.insert(place, text)
            declarations = others
        return [self.plan.header(), *declarations]

    def _total(self, name: str, added: tuple[str, ...], subtracted: tuple[str, ...]) -> None:
        interval = Interval.of(0)
        for line in self.plan.lines:
            if line.role in added:
                interval = interval + line.type.interval  # type: ignore[union-attr]
            elif line.role in subtracted:
                interval = interval - line.type.interval  # type: ignore[union-attr]
        self.plan.totals[name] = NumberType(self.plan.money, self.plan.currency_places, interval)
        self.maker.lines_changed()

    # ------------------------------------------------------------ lines

    def _line(self, role: str) -> None:
        plan, maker = self.plan, self.maker
        grain = plan.payee
        if role in ("let", "show") and self.chance(0.55):
            grain = self.random.choice([*plan.entities, *(each for each in EVENTS if each in plan.entities), PLAN])
        name = self.schema.name({"let": "a", "show": "s", "pay": "pay_", "deduct": "off_", "employer": "add_"}[role])
        with maker.at(grain):
            for _ in range(5):
                try:
                    line = self._attempt(role, grain, name)
                except (Unfit, TooWide):
                    continue
                plan.lines.append(line)
                maker.lines_changed()
                return

    def _attempt(self, role: str, grain: str, name: str) -> LineDraft:
        when: Draft | None = None
        if self.chance(0.3):
            when = self.maker.flag(self.random.randint(1, 2))
        depth = self.random.choices((0, 1, 2, 3, 4), weights=(1, 2, 4, 4, 1))[0]
        with self.maker.knowing(when.holds if when is not None else frozenset()):
            value, draft = self._value(role, depth, conditional=when is not None)
        declared, type_ = self._declared(draft, role) if self.chance(0.35) else ("", draft.type)
        if when is not None:
            assert isinstance(type_, NumberType)
            zero = NumberType(type_.unit, 0, Interval.of(0), bare=True)
            type_ = arithmetic.chosen([type_, zero], type_.unit)
            value += f"\n  when {when.text}" if "\n" in value else f" when {when.text}"
        owner = f"{grain}." if grain != self.plan.payee or self.chance(0.2) else ""
        label = ' "A label"' if self.chance(0.1) else ""
        text = f"{role} {owner}{name}{label}{declared} = {value}"
        return LineDraft(role, grain, name, type_, text)

    def _value(self, role: str, depth: int, *, conditional: bool) -> Made:
        if role in ("pay", "deduct", "employer"):
            return self._paid(role, depth)
        form = self.random.choices(
            ("number", "flag", "date", "moment", "member", "text", "reference", "row", "case"),
            weights=(14, 3, 1.5, 1, 1.5, 0.7, 1.5 * (role == "let"), 5 * (role == "let"), 3),
        )[0]
        if conditional and form != "case":
            form = "number"
        if form == "case":
            return self._case(role, depth, numbers=conditional)
        if form == "number":
            unit = self.maker.unit()
            draft = self.maker.number(unit, depth) if role == "let" else self.maker.exact(unit, depth, 9)
            return self._plain(draft)
        if form == "reference":
            read = self.maker.read(lambda each: isinstance(each, ReferenceType))
            return self._plain(Draft(read.text, read.type))
        if form == "row":
            return self._plain(self.maker.row(depth))
        makers = {
            "flag": self.maker.flag,
            "date": self.maker.date,
            "moment": self.maker.moment,
            "text": self.maker.text,
        }
        if form == "member":
            kind, members = self.random.choice(sorted(self.plan.kinds.items()))
            return self._plain(self.maker.value(MemberType(members, kind), depth))
        return self._plain(makers[form](depth))

    def _plain(self, draft: Draft) -> Made:
        type_ = draft.type
        if isinstance(type_, NumberType) and type_.bare:
            draft = Draft(draft.text, NumberType(PLAIN, type_.places, type_.interval))
        return _unbracketed(draft.text), draft

    def _paid(self, role: str, depth: int) -> Made:
        plan, maker = self.plan, self.maker
        pays = [each.name for each in plan.lines if each.role == "pay"]
        if pays and role == "pay" and self.chance(0.15):
            interval = Interval.of(0)
            for line in plan.lines:
                if line.role == "pay":
                    interval = interval + line.type.interval  # type: ignore[union-attr]
            before = Draft(f"gross before {self._next_name()}", NumberType(plan.money, plan.currency_places, interval))
            rate = maker.number(PLAIN, 0)
            product = Draft(f"({before.text}) * {rate.text}", arithmetic.multiply(before.number, rate.number))
            draft = maker.rounding(product, plan.currency_places)
            return _unbracketed(draft.text), draft
        if self.chance(0.2):
            return self._case(role, depth, numbers=True)
        draft = maker.exact(plan.money, depth, plan.currency_places)
        return _unbracketed(draft.text), draft

    def _next_name(self) -> str:
        return f"pay_{self.schema.made}"

    def _case(self, role: str, depth: int, *, numbers: bool) -> Made:
        """A `case` of numbers, or of anything else."""
        maker, random = self.maker, self.random
        unit = self.plan.money if role in ("pay", "deduct", "employer") else maker.unit()
        types: list[ValueType] = [FlagType(), DateType(), MomentType(), TextType()]
        other = None if numbers or self.chance(0.75) else random.choice(types)
        places = {"let": None, "show": 9}.get(role, self.plan.currency_places)
        known: frozenset[str] = frozenset()
        branches: list[tuple[str, Draft]] = []

        def one() -> Draft:
            if other is not None:
                return maker.value(other, depth - 1)
            return maker.number(unit, depth - 1) if places is None else maker.exact(unit, depth - 1, places)

        for _ in range(random.randint(1, 4)):
            with maker.knowing(known):
                condition = maker.flag(random.randint(1, 2))
                with maker.knowing(condition.holds):
                    branches.append((_unbracketed(condition.text), one()))
            known |= condition.fails
        with maker.knowing(known):
            last = one()
        rows = [f"    {condition} : {value.text}" for condition, value in branches]
        text = "\n".join(["", "  case", *rows, f"    otherwise : {last.text}"])
        drafts = [*(value for _, value in branches), last]
        if other is not None:
            return text, Draft("", other if not isinstance(other, DateType) else DateType())
        return text, Draft("", arithmetic.chosen([each.number for each in drafts], unit))

    def _declared(self, draft: Draft, role: str) -> tuple[str, ValueType]:
        """A declared type that the value meets, often with a range that must be checked for each row."""
        type_ = draft.type
        if not isinstance(type_, NumberType) or type_.places is None or type_.places > 9 or type_.percent:
            return "", type_
        if "\n" in draft.text:
            return "", type_
        unit = type_.unit
        places = self.random.randint(type_.places, min(9, type_.places + 1))
        if role in ("pay", "deduct", "employer"):
            places = type_.places
        if unit == self.plan.money:
            word = f"money({places})"
        elif unit == PLAIN:
            word = f"decimal({places})" if places else "int"
        else:
            return "", type_
        low, high = type_.interval.low, type_.interval.high
        if high - low > 10 and self.chance(0.7):
            step = Fraction(1, 10**type_.places)
            span = int((high - low) / step)
            choices = [low, low + self.random.randint(0, span // 20) * step, low + self.random.randint(0, 50) * step]
            low = self.random.choice(choices)
            high = self.random.choice([high, high - self.random.randint(0, span // 20) * step, low + 5_000_000 * step])
            if 0 in type_.interval and self.chance(0.9):
                low, high = min(low, Fraction(0)), max(high, Fraction(0))
        if max(abs(low), abs(high)) > Fraction(10) ** 35 or low > high:
            return "", type_
        inside = NumberType(unit, places, Interval(low, high)).interval.meet(type_.interval)
        if inside is None:
            raise Unfit
        arithmetic.decimal(unit, places, inside)
        free = literal_type(Fraction(0), unit)
        return f" : {word} {literal(low, free)} .. {literal(high, free)}", NumberType(unit, places, inside)

    def _assert(self) -> None:
        maker = self.maker
        try:
            if self.chance(0.25):
                condition = maker.flag(2).text
            else:
                value = maker.number(self.plan.money, self.random.randint(0, 1))
                low, high = value.number.interval.low, value.number.interval.high
                mark = low + (high - low) * Fraction(self.random.choice((0, 1, 5, 50)), 1_000)
                mark = Fraction(int(mark))
                arithmetic.comparable(value.number, literal_type(mark, self.plan.money))
                condition = f"{value.text} >= {literal(mark, literal_type(mark, PLAIN))} {self.plan.money}"
        except (Unfit, TooWide):
            return
        self.plan.asserts.append(f'assert {_unbracketed(condition)} "rule {self.schema.name("n")}"')


def _unbracketed(text: str) -> str:
    """Without brackets around the whole, where they are one pair."""
    if not text.startswith("("):
        return text
    depth, quoted = 0, False
    for position, character in enumerate(text):
        quoted ^= character == '"'
        if not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[1:-1] if position == len(text) - 1 else text
    return text


# ---------------------------------------------------------------- whole plans


def random_plan(random: Random, *, lines: int = 10) -> RandomPlan | None:
    """A plan that the checker accepts; None where too much had to be taken out."""
    return accepted(PlanMaker(random, lines=lines).make())


def accepted(declarations: Sequence[str]) -> RandomPlan | None:
    """The plan of these declarations (the header first), less those that the checker refuses."""
    kept = list(declarations)
    for mended in range(MENDINGS_MAX + 1):
        text = "\n".join(kept) + "\n"
        try:
            return RandomPlan(text, check_plan(Source("trial.pay", text)), mended)
        except PlanError as error:
            faulty = {_declaration_at(kept, text, each.span.start) for each in error.diagnostics}
        kept = [each for position, each in enumerate(kept) if position not in faulty or position == 0]
        if 0 in faulty or not any(each.startswith("pay ") for each in kept):
            return None
    return None


def _declaration_at(declarations: Sequence[str], text: str, offset: int) -> int:
    end = 0
    for position, each in enumerate(declarations):
        end += len(each) + 1
        if offset < end:
            return position
    return len(declarations) - 1

"""Random kinds, entities, columns and parameters: what a plan has before its first line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

from paycalc.check.types import DATE_MAX, DATE_MIN, DateType, FlagType, MemberType, MomentType, NumberType, TextType
from paycalc.core.number import Interval
from paycalc.core.unit import PLAIN, POINTS, Unit
from tests.differential.drafts import PLAN, EntityDraft, FieldDraft, PlanDraft, ReferenceDraft, literal, written

CURRENCIES = (("CNY", 2), ("CNY", 2), ("JPY", 0), ("KWD", 3))
PERIODS = ("month", "month", "day", "week", "14 days from 2026-01-05", "half_month", "quarter", "year")
TIMEZONES = ("Asia/Shanghai", "Asia/Shanghai", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
KINDS = (
    ("grade", ("junior", "senior", "lead")),
    ("colour", ("red", "green", "blue", "grey", "pink")),
    ("one_only", ("sole",)),
)
EVENTS = ("parcel", "shift", "item")
TEXTS = ("north", "south", "Ost", "西", "a b", "")
HOUR, KG = Unit.of("hour"), Unit.of("kg")
# Ends of ranges: small ones, and those at which the engine changes the width in which it computes.
SPANS = (
    (0, 1), (0, 20), (0, 31), (-5, 100), (1, 12), (0, 10_000), (-1_000, 1_000), (0, 5_000_000), (-7, -2), (3, 3),
    (0, 2**15 - 1), (0, 2**15), (-(2**15), 2**15 - 1), (0, 2**31 - 1), (0, 2**31), (-(2**31), 2**31 - 1), (1, 2**50),
    (0, 2**50 - 1), (0, 2**62), (-(2**62), 2**62 - 1), (0, 2**63 - 1), (0, 2**63), (0, 10**19), (-(10**24), 10**24),
)  # fmt: skip
DATE_SPANS = (
    (date(2020, 1, 1), date(2026, 12, 31)),
    (date(2026, 2, 28), date(2026, 3, 1)),
    (date(1900, 1, 1), date(2200, 12, 31)),
    (date(2024, 2, 29), date(2024, 2, 29)),
)
MOMENT_LITERALS = ("2026-10-15T08:30:00Z", "2026-03-29T00:59:59Z", "2026-10-25T01:00:00Z", "1950-06-01T12:00:00Z")
DEFAULT_ENDS = {"int": 10**9, "decimal": 10**7, "hours": 10**7, "kilos": 10**7, "points": 10**9}


class SchemaMaker:
    """Makes the declarations of one plan; every name in it is its own."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.plan = PlanDraft()
        self.made = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, stem: str) -> str:
        self.made += 1
        return f"{stem}{self.made}"

    def make(self) -> PlanDraft:
        plan = self.plan
        plan.currency, plan.currency_places = self.random.choice(CURRENCIES)
        plan.period = self.random.choice(PERIODS)
        plan.timezone = self.random.choice(TIMEZONES)
        plan.units = {PLAIN, plan.money}
        plan.kinds = dict(self.random.sample(KINDS, self.random.randint(1, len(KINDS))))
        self._entities()
        for entity in plan.entities.values():
            entity.columns = [self.column() for _ in range(self.random.randint(1, 6))]
            if entity.dated:
                entity.columns.insert(0, self._dating(entity.dated))
            elif entity.name not in EVENTS and self.chance(0.6):
                entity.parameters = [self.parameter() for _ in range(self.random.randint(1, 4))]
        if self.chance(0.7):
            plan.parameters = [self.parameter() for _ in range(self.random.randint(1, 4))]
        return plan

    def _entities(self) -> None:
        worker = EntityDraft("worker")
        entities = {"worker": worker}
        if self.chance(0.85):
            store = entities["store"] = EntityDraft("store")
            worker.references.append(ReferenceDraft("store", "store", self.chance(0.15)))
            if self.chance(0.3):
                worker.references.append(ReferenceDraft("home", "store", self.chance(0.6)))
            if self.chance(0.6):
                entities["region"] = EntityDraft("region")
                store.references.append(ReferenceDraft("region", "region", self.chance(0.2)))
            if self.chance(0.2):
                store.references.append(ReferenceDraft("boss", "worker", self.chance(0.7)))
        if self.chance(0.5):
            worker.references.append(ReferenceDraft("manager", "worker", self.chance(0.9)))
        for name in EVENTS:
            if self.chance(0.6 if name != "item" else 0.3):
                entities[name] = self._event(name, entities)
        for name in ("depot", "route"):
            if self.chance(0.15):
                self._anywhere(name, entities)
        if self.chance(0.1):
            worker.rows_max = (self.random.choice((2, 5)), "store") if "store" in entities else (1_000, PLAN)
        self.plan.entities = dict(sorted(entities.items(), key=lambda each: self.random.random()))

    def _anywhere(self, name: str, others: dict[str, EntityDraft]) -> None:
        """An entity that some others refer to, and that refers to some others."""
        made = others[name] = EntityDraft(name)
        for other in self.random.sample(sorted(others), self.random.randint(1, len(others))):
            reference = ReferenceDraft(self.name("to_"), other, self.chance(0.4))
            if self.chance(0.5):
                made.references.append(reference)
            else:
                others[other].references.append(replace(reference, target=name))

    def _event(self, name: str, others: dict[str, EntityDraft]) -> EntityDraft:
        event = EntityDraft(name)
        if self.chance(0.6):
            event.dated, event.outside = self.name("at"), self.random.choice(("", "", "ignore", "carry"))
        event.holds = self.chance(0.4)
        if name == "item" and "parcel" in others:
            event.inside = "parcel"
            event.references.append(ReferenceDraft("parcel", "parcel"))
        elif self.chance(0.8):
            event.inside = "worker"
            event.references.append(ReferenceDraft("worker", "worker"))
        else:
            event.references.append(ReferenceDraft("courier", "worker", self.chance(0.5)))
        if "store" in others and self.chance(0.5):
            event.references.append(ReferenceDraft("store", "store", self.chance(0.3)))
        if self.chance(0.6):
            group = event.inside or "worker"
            bounds = [(3, group), (10, group), (1_000, group), (60_000, PLAN)]
            event.rows_max = self.random.choice(bounds)
        return event

    # ------------------------------------------------------------ fields

    def _dating(self, name: str) -> FieldDraft:
        if self.chance(0.5):
            return FieldDraft(name, MomentType(), "datetime")
        return FieldDraft(name, DateType(DATE_MIN, DATE_MAX), "date")

    def column(self) -> FieldDraft:
        return self._field(self.name("x"))

    def parameter(self) -> FieldDraft:
        return self._field(self.name("p"))

    def _field(self, name: str) -> FieldDraft:
        kind = self.random.choices(
            ("number", "flag", "date", "moment", "member", "text"), weights=(12, 2, 2, 1.5, 2, 1)
        )[0]
        optional, default = self.chance(0.2), ""
        if kind == "number":
            declared, number = self.number_type()
            if not optional and self.chance(0.2):
                default = literal(self.value_in(number), number)
            return FieldDraft(name, number, declared, optional, default)
        defaulted = not optional and self.chance(0.2)
        if kind == "flag":
            return FieldDraft(name, FlagType(), "flag", optional, self.random.choice(("yes", "no")) * defaulted)
        if kind == "date":
            low, high = self.random.choice(DATE_SPANS)
            type_ = DateType(low, high)
            if self.chance(0.3):
                return FieldDraft(name, DateType(DATE_MIN, DATE_MAX), "date", optional, "2026-10-15" * defaulted)
            return FieldDraft(name, type_, f"date {low} .. {high}", optional, str(low) * defaulted)
        if kind == "moment":
            return FieldDraft(name, MomentType(), "datetime", optional, MOMENT_LITERALS[0] * defaulted)
        if kind == "member":
            kind_name, members = self.random.choice(sorted(self.plan.kinds.items()))
            return FieldDraft(name, MemberType(members, kind_name), kind_name, optional, members[-1] * defaulted)
        return FieldDraft(name, TextType(), "text", optional, written("north", TextType()) * defaulted)

    def number_type(self) -> tuple[str, NumberType]:
        """The type of a number as written, and as checked."""
        plan, random = self.plan, self.random
        form = random.choices(
            ("int", "decimal", "money", "fine", "percent", "hours", "wage", "kilos", "freight", "points"),
            weights=(4, 3, 6, 1, 3, 1.5, 1.5, 1, 1, 0.7),
        )[0]
        places, unit, word = 0, PLAIN, "int"
        if form == "decimal":
            places = random.choice((0, 1, 2, 3, 4, 9))
            word = f"decimal({places})"
        elif form in ("money", "fine"):
            places = plan.currency_places if form == "money" else random.choice((0, 4, 6))
            word, unit = "money" if form == "money" else f"money({places})", plan.money
        elif form == "percent":
            shown = random.choice((0, 2, 3))
            places, word = shown + 2, f"percent({shown})" if shown else "percent"
        elif form == "hours":
            places, word, unit = 2, "decimal(2) hour", HOUR
        elif form == "wage":
            places, word, unit = plan.currency_places, "money per hour", plan.money / HOUR
        elif form == "kilos":
            places, word, unit = 3, "decimal(3) kg", KG
        elif form == "freight":
            places, word, unit = plan.currency_places, "money per kg", plan.money / KG
        elif form == "points":
            places, word, unit = 2, "points", POINTS
        plan.units.add(unit)
        return self._ranged(form, word, unit, places)

    def _ranged(self, form: str, word: str, unit: Unit, places: int) -> tuple[str, NumberType]:
        if form == "percent":
            low, high = self.random.choice(((0, 40), (0, 100), (-5, 200), (1, 3)))
            interval = Interval(Fraction(low, 100), Fraction(high, 100))
            if self.chance(0.15):
                return word, NumberType(unit, places, Interval.of(-1, 10), percent=True)
            return f"{word} {low}% .. {high}%", NumberType(unit, places, interval, percent=True)
        if self.chance(0.08):
            default = {"int": 10**9, "decimal": 10**7, "hours": 10**7, "kilos": 10**7, "points": 10**9}.get(
                form, 10**12
            )
            return word, NumberType(unit, places, Interval.of(-default, default))
        usual = self.chance(0.75)
        low, high = self.random.choice(SPANS[:10] if usual else SPANS)
        step = Fraction(1, 10**places)
        ends = (Fraction(low), Fraction(high))
        if not usual and self.chance(0.5):  # the range counted in the last place, so that it ends at a lane's border
            ends = (low * step, high * step)
        elif places and self.chance(0.3):
            ends = (ends[0], ends[1] + step * self.random.randint(1, 9))
        type_ = NumberType(unit, places, Interval(*ends))
        return f"{word} {literal(ends[0], type_)} .. {literal(ends[1], type_)}", type_

    def value_in(self, type: NumberType) -> Fraction:
        """A value of the type, its ends first."""
        low, high = type.interval.low, type.interval.high
        step = Fraction(1, 10 ** (type.places or 0))
        within = low + self.random.randint(0, int((high - low) / step)) * step
        return self.random.choice((low, high, within, Fraction(0) if 0 in type.interval else within))

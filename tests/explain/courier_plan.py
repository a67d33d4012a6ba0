"""A plan with every kind of step, and a month of it, for the tests of explanations."""

from datetime import datetime, timedelta, timezone
from fractions import Fraction

from tests.reference.plan_runs import plan_of, run_of

PLAN = plan_of(
    """kind size = one of small, large
entity store
  revenue : money 0 .. 100_000
entity worker
  store : store
  boss  : worker optional
  hours : decimal(2) hour 0 .. 400
  days  : int 0 .. 31
  bonus : money 0 .. 1_000 optional
  grade : one of junior, senior = junior
entity parcel in worker at most 1_000 per worker
  weight : decimal(3) kg 0 .. 1_000
  at     : datetime
  late   : int minute 0 .. 1_000
  size   : size
parameters of store
  base_fee, per_kg : money 0 .. 100
parameters
  least : money per hour 0 .. 100 = 10
table surcharge of size, weight : money
  large, >= 20 kg : 5.00
  large, *        : 2.00
  small, *        : 0.00
ladder volumes of parcels int 0 .. 1_000 : money
  1 : 0.00
  2 : 0.10
  3 : 0.50
ladder curve of hours : decimal(2)
  20  : 1.00
  160 : 1.25
table classify of hours -> class one of part, full; allowance money
  ..100 : part, 10
  100.. : full, 20.50
let parcel.night =
  case
    hour(at) >= 22 or hour(at) < 6 : 1.50   # the night
    hour(at) >= 20                 : 1.20
    otherwise                      : 1.00
let parcel.price = round((fee + max(weight - 1 kg, 0) * per) * night) + surcharge(size, weight)
let parcel.fee = worker.store.base_fee
let parcel.per = worker.store.per_kg / 1 kg
let class = classify(hours)
pay piecework "Parcels delivered" = sum(price of parcel)
pay volume = round(marginal(count(parcel), volumes))
pay quality = 100 when count(parcel) > 0 and count(parcel where late > 30 minute) * 4 < count(parcel)
pay extra = clamp(default(bonus, 3), 5, 100)
pay curve_pay = round(interpolate(hours, curve) * 10.00 CNY)
pay step_pay = round(slab(hours, curve) * 1 CNY per hour) + round(reached(hours, curve) * 1 CNY)
pay allowance = class.allowance
pay override = round(sum(piecework of worker via boss) * 5%)
pay make_up = max(0, round(hours * least) - piecework)
deduct meals "Meals" = 5
employer levy = round(gross * 10%, to 0.05, up)
show mixture = (if grade is senior then 30 - 10 else 7) * (3 + 1) - 1 + (10 - days) * 2 when hours > 1 hour
show lightest = default(min(weight of parcel), 0)
show average = round(default(mean(weight of parcel), 0), 3)
show all_late = if all(late > 30 minute of parcel) then 1 else 0
show any_late = if any(late > 30 minute of parcel) then 1 else 0
show third = round(-hours / 3, 2)
show month = period.days
"""
)
SHANGHAI = timezone(timedelta(hours=8))
PARCELS = [
    {
        "parcel": number,
        "worker": "W1",
        "weight": Fraction(weight),
        "at": datetime(2026, 10, 5, hour, 30, tzinfo=SHANGHAI),
        "late": late,
        "size": size,
    }
    for number, (weight, hour, late, size) in enumerate(
        (
            ("20", 23, 0, "large"),
            ("3", 12, 31, "small"),
            ("0.5", 20, 0, "large"),
            ("7", 9, 0, "small"),
            ("8", 9, 0, "small"),
            ("9", 9, 0, "small"),
            ("10", 9, 0, "small"),
        ),
        start=1,
    )
]
WORKERS = [
    {"worker": "W1", "store": "S1", "hours": Fraction(50), "bonus": None, "boss": "W2", "days": 12},
    {"worker": "W2", "store": "S1", "hours": 160, "bonus": 200, "boss": None, "grade": "senior", "days": 20},
    {"worker": "W3", "store": "S1", "hours": Fraction("0.5"), "bonus": 50, "boss": "W2", "days": 3},
]
STORES = [{"store": "S1", "revenue": 5}]
RATES = {"store": {"S1": {"base_fee": 2, "per_kg": Fraction("0.35")}}}


def month():
    return run_of(PLAN, parameters=RATES, store=STORES, worker=WORKERS, parcel=PARCELS)

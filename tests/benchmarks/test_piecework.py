"""The benchmark of piecework, tiny: whoever takes part computes what is computed by hand, parcel by parcel."""

import numpy as np
import pytest

from benchmarks.piecework.contenders import contenders
from benchmarks.piecework.data import PARAMETERS, RESULTS, fingerprint, make_data

ROWS, STORES = 3_000, 40
DATA = make_data(ROWS, STORES)
TEXT_KEYS = ("paycalc", "polars, in memory", "polars, streaming", "DuckDB")


def half_up(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)


def band(number: int, fees: tuple[int, ...]) -> int:
    return sum(fee for limit, fee in zip((1_000, 3_000, 5_000, 10_000, 20_000), fees, strict=True) if number > limit)


def price(parcel: dict[str, int], store: dict[str, int]) -> int:
    length, width, height = parcel["length"], parcel["width"], parcel["height"]
    billed = max(parcel["weight"], half_up(length * width * height * 1_000, store["volume_divisor"]))
    weight = band(billed, (50, 70, 80, 180, 320)) + -(-max(billed - 20_000, 0) // 1_000) * store["per_kilogram"]
    way = band(parcel["distance"], (40, 70, 70, 140, 240)) + -(-max(parcel["distance"] - 20_000, 0) // 1_000) * 15
    building = ((0, 0), (30, 60), (50, 110), (80, 150), (20, 40))[parcel["building"]][parcel["elevator"]]
    each_floor = (0 if parcel["fits"] else store["carrying"]) if parcel["elevator"] else store["per_floor"]
    amount = store["base"] + max(parcel["floor"] - store["free_floors"], 0) * each_floor
    for fee, factor in ((weight, "weight"), (way, "distance"), (building, "building")):
        amount += half_up(fee * store[f"{factor}_factor"], 10_000)
    if length > 120 or length + width + height > 250:
        amount += store["oversize"]
    if parcel["fragile"]:
        amount += half_up(amount * store["fragile_share"], 10_000)
    speed = "fast" if parcel["lead"] <= 1 else "usual" if parcel["lead"] <= 3 else "slow"
    amount = half_up(amount * store[f"{speed}_factor"], 10_000)
    if 17 <= parcel["hour"] <= 20:
        amount = half_up(amount * store["peak_factor"], 10_000)
    if parcel["hour"] >= 22 or parcel["hour"] < 6:
        amount += store["night"]
    amount += store["cod_fee"] * parcel["cod"]
    late = max(parcel["late"] - store["grace"], 0)
    amount -= min(-(-late // 10) * store["late_penalty"], store["late_cap"])
    return min(max(amount, store["least"]), store["most"])


def expected() -> str:
    paid = np.zeros((DATA.couriers, len(RESULTS)), np.int64)
    stores = [{name: int(DATA.store[name][row]) for name in PARAMETERS} for row in range(STORES)]
    for row in range(ROWS):
        parcel = {name: int(column[row]) for name, column in DATA.parcel.items()}
        paid[parcel["courier"], :2] += 1, price(parcel, stores[parcel["store"]])
    for courier in paid:
        tiers = ((20, 5), (40, 7), (60, 8))
        courier[2] = sum(max(int(courier[0]) - start, 0) * more for start, more in tiers)
        courier[3] = courier[1] + courier[2]
    return fingerprint(dict(zip(RESULTS, paid.T, strict=True)))


EXPECTED = expected()


@pytest.mark.parametrize("contender", contenders(), ids=lambda each: each.name)
def test_everybody_computes_what_is_computed_by_hand(contender):
    assert fingerprint(contender.columns(contender.prepare(DATA, 2)())) == EXPECTED


@pytest.mark.parametrize(
    "contender", [each for each in contenders() if each.name in TEXT_KEYS], ids=lambda each: each.name
)
def test_texts_as_keys_change_nothing(contender):
    data = make_data(ROWS, STORES, text_keys=True)
    assert data.parcel_table["courier"][0].as_py() == f"C{DATA.parcel['courier'][0]:08}"
    assert fingerprint(contender.columns(contender.prepare(data, 1)())) == EXPECTED


def test_the_data_is_the_same_for_a_seed():
    assert make_data(ROWS, STORES).parcel_table == DATA.parcel_table
    assert make_data(ROWS, STORES, seed=1).parcel_table != DATA.parcel_table


def test_couriers_have_few_and_many_parcels():
    counts = np.bincount(DATA.parcel["courier"], minlength=DATA.couriers)
    assert counts.sum() == ROWS and (counts > 60).any() and (counts < 40).any()

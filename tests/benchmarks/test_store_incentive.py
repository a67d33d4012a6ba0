"""The benchmark of the store incentive, tiny: whoever takes part computes what is computed by hand, row by row."""

import numpy as np
import pytest

from benchmarks import compiled
from benchmarks.store_incentive import contenders as field
from benchmarks.store_incentive import with_c, with_paycalc
from benchmarks.store_incentive.contenders import C, contenders
from benchmarks.store_incentive.data import FACTORS, RESULTS, fingerprint, make_data

ROWS, STORES = 2_000, 50
DATA = make_data(ROWS, STORES)


def half_up(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)


def by_hand(worker: dict[str, int], store: dict[str, int]) -> tuple[int, ...]:
    sales, target = worker["sales"], store["target"]
    base = half_up(min(sales, target) * store["rate"] + max(sales - target, 0) * store["accelerator"], 10_000)
    commission = half_up(base * store[FACTORS[worker["grade"]]], 10_000)
    score = next(
        f for above, f in ((12_000, 125), (10_000, 110), (8_000, 100), (6_000, 80), (0, 50)) if worker["kpi"] >= above
    )
    incentive = min(max(half_up(commission * score, 100), store["floor_pay"]), store["cap"])
    attendance = store["presence"] if worker["days"] >= 22 else 0
    top_up = max(half_up(worker["hours"] * store["minimum_wage"], 100) - incentive - attendance, 0)
    return commission, incentive, attendance, top_up, incentive + attendance + top_up


def rows_of(columns: dict[str, np.ndarray]) -> list[dict[str, int]]:
    return [
        dict(zip(columns, cells, strict=True)) for cells in zip(*(c.tolist() for c in columns.values()), strict=True)
    ]


def expected() -> str:
    stores = rows_of(DATA.store)
    paid = [by_hand(worker, stores[worker["store"]]) for worker in rows_of(DATA.worker)]
    return fingerprint(dict(zip(RESULTS, np.array(paid, np.int64).T, strict=True)))


EXPECTED = expected()


@pytest.mark.parametrize("contender", contenders(), ids=lambda each: each.name)
def test_everybody_computes_what_is_computed_by_hand(benchmark, contender):
    result = benchmark(contender.prepare(DATA, 2))
    assert fingerprint(contender.columns(result)) == EXPECTED


def test_the_data_is_the_same_for_a_seed():
    again, other = make_data(ROWS, STORES), make_data(ROWS, STORES, seed=1)
    assert again.worker_table == DATA.worker_table and again.store_table == DATA.store_table
    assert other.worker_table != DATA.worker_table
    assert DATA.worker["store"].max() < STORES


def test_results_are_compared_in_every_row_and_column():
    columns = {name: np.arange(3) + position for position, name in enumerate(RESULTS)}
    found = {fingerprint(columns)}
    for name in RESULTS:
        changed = columns[name].copy()
        changed[1] += 1
        found.add(fingerprint({**columns, name: changed}))
    assert len(found) == 1 + len(RESULTS)
    with pytest.raises(TypeError, match="gross is float64, not int64"):
        fingerprint({**columns, "gross": np.zeros(3)})


def test_the_plan_without_ranges_declares_none():
    text = with_paycalc.plan_text_without_ranges()
    data = text.partition("table kpi_factor")[0]
    assert ".." not in data
    assert with_paycalc.plan_text().partition("table kpi_factor")[0].count("..") == 11
    assert text.partition("table kpi_factor")[2] == with_paycalc.plan_text().partition("table kpi_factor")[2]


def test_without_a_compiler_the_loop_in_c_is_left_out(monkeypatch):
    monkeypatch.setattr(compiled, "compiler", lambda: None)
    monkeypatch.setattr(field, "compiler", lambda: None)
    assert C not in [each.name for each in contenders()]
    with pytest.raises(RuntimeError, match="there is no C compiler on the path"):
        with_c.fused_loop(DATA, 1)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("contender", contenders(), ids=lambda each: each.name)
def test_threads_change_nothing(contender, threads):
    assert fingerprint(contender.columns(contender.prepare(DATA, threads)())) == EXPECTED

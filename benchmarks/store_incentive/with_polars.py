"""The rules as a polars query: one join, then columns that build on each other.

How many threads polars has is said before it is imported: by POLARS_MAX_THREADS.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from benchmarks.store_incentive.data import RESULTS, Columns, Data


def in_memory(data: Data, threads: int) -> Callable[[], pl.DataFrame]:
    """The engine for what fits into memory."""
    query = _query(data)
    return lambda: query.collect(engine="in-memory")


def streaming(data: Data, threads: int) -> Callable[[], pl.DataFrame]:
    """The engine that goes through the rows in batches."""
    query = _query(data)
    return lambda: query.collect(engine="streaming")


def columns(result: pl.DataFrame) -> Columns:
    """The results as numpy has them."""
    return {name: result[name].to_numpy() for name in RESULTS}


def _query(data: Data) -> pl.LazyFrame:
    workers, stores = pl.DataFrame(data.worker_table), pl.DataFrame(data.store_table)
    sales, target = pl.col("sales"), pl.col("target")
    over = pl.max_horizontal(sales - target, pl.lit(0, pl.Int64))
    base = _divide(pl.min_horizontal(sales, target) * pl.col("rate") + over * pl.col("accelerator"), 10_000)
    grade_factor = (
        pl.when(pl.col("grade") == 0)
        .then(pl.col("factor0"))
        .when(pl.col("grade") == 1)
        .then(pl.col("factor1"))
        .otherwise(pl.col("factor2"))
    )
    kpi = pl.col("kpi")
    score_factor = (
        pl.when(kpi < 6_000)
        .then(pl.lit(5_000, pl.Int64))
        .when(kpi < 8_000)
        .then(8_000)
        .when(kpi < 10_000)
        .then(10_000)
        .when(kpi < 12_000)
        .then(11_000)
        .otherwise(12_500)
    )
    scored = _divide(pl.col("commission") * score_factor, 10_000)
    present = pl.when(pl.col("days") >= 22).then(pl.col("presence")).otherwise(0)
    wage = _divide(pl.col("hours").cast(pl.Int64) * pl.col("minimum_wage"), 100)
    earned = pl.col("incentive") + pl.col("attendance")
    return (
        workers.lazy()
        .join(stores.lazy().with_columns(pl.col("store").cast(pl.Int32)), on="store", how="left", maintain_order="left")
        .with_columns(commission=_divide(base * grade_factor, 10_000), attendance=present)
        .with_columns(incentive=scored.clip(pl.col("floor_pay")).clip(upper_bound=pl.col("cap")))
        .with_columns(top_up=pl.max_horizontal(wage - earned, pl.lit(0, pl.Int64)))
        .with_columns(gross=earned + pl.col("top_up"))
        .select(RESULTS)
    )


def _divide(number: pl.Expr, divisor: int) -> pl.Expr:
    """Rounded half up; nothing here is negative."""
    return (number + divisor // 2) // divisor

"""The rules as a polars query: a join, columns that build on each other, and a sum a courier.

How many threads polars has is said before it is imported: by POLARS_MAX_THREADS.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from benchmarks.piecework.data import PARAMETERS, RESULTS, Columns, Data


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
    parcels, stores, couriers = (
        pl.DataFrame(each).lazy() for each in (data.parcel_table, data.store_table, data.courier_table)
    )
    wide = ["weight", "length", "width", "height", "distance", "floor", "late", *PARAMETERS]
    sides = pl.col("length") + pl.col("width") + pl.col("height")
    volume = pl.col("length") * pl.col("width") * pl.col("height") * 1_000
    over = pl.max_horizontal(pl.col("billed") - 20_000, pl.lit(0, pl.Int64))
    far = pl.max_horizontal(pl.col("distance") - 20_000, pl.lit(0, pl.Int64))
    by_weight = _band(pl.col("billed"), 50, 120, 200, 380, 700) + _started(over, 1_000) * pl.col("per_kilogram")
    by_distance = _band(pl.col("distance"), 40, 110, 180, 320, 560) + _started(far, 1_000) * 15
    building = _choice(pl.col("building"), 30, 50, 80, 20)
    lift = pl.when(pl.col("elevator")).then(_choice(pl.col("building"), 30, 60, 70, 20)).otherwise(0)
    each_floor = pl.when(~pl.col("elevator")).then(pl.col("per_floor"))
    each_floor = each_floor.when(~pl.col("fits")).then(pl.col("carrying")).otherwise(0)
    plain = (
        pl.col("base")
        + _divide(by_weight * pl.col("weight_factor"), 10_000)
        + _divide(by_distance * pl.col("distance_factor"), 10_000)
        + _divide((building + lift) * pl.col("building_factor"), 10_000)
        + pl.max_horizontal(pl.col("floor") - pl.col("free_floors"), pl.lit(0, pl.Int64)) * each_floor
        + pl.when((pl.col("length") > 120) | (sides > 250)).then(pl.col("oversize")).otherwise(0)
    )
    fragile = pl.when(pl.col("fragile")).then(_divide(pl.col("plain") * pl.col("fragile_share"), 10_000)).otherwise(0)
    lead_factor = pl.when(pl.col("lead") <= 1).then(pl.col("fast_factor"))
    lead_factor = lead_factor.when(pl.col("lead") <= 3).then(pl.col("usual_factor")).otherwise(pl.col("slow_factor"))
    peak = pl.when(pl.col("hour").is_between(17, 20)).then(_divide(pl.col("timely") * pl.col("peak_factor"), 10_000))
    night = pl.when((pl.col("hour") >= 22) | (pl.col("hour") < 6)).then(pl.col("night")).otherwise(0)
    late = pl.max_horizontal(pl.col("late") - pl.col("grace"), pl.lit(0, pl.Int64))
    penalty = pl.min_horizontal(_started(late, 10) * pl.col("late_penalty"), pl.col("late_cap"))
    price = peak.otherwise(pl.col("timely")) + night + pl.when(pl.col("cod")).then(pl.col("cod_fee")).otherwise(0)
    price = pl.min_horizontal(pl.max_horizontal(price - penalty, pl.col("least")), pl.col("most"))
    priced = (
        parcels.join(stores, on="store", how="left")
        .with_columns(pl.col(wide).cast(pl.Int64))
        .with_columns(billed=pl.max_horizontal(pl.col("weight"), _divide(volume, pl.col("volume_divisor"))))
        .with_columns(plain=plain)
        .with_columns(timely=_divide((pl.col("plain") + fragile) * lead_factor, 10_000))
        .select("courier", price=price)
    )
    sums = priced.group_by("courier").agg(parcels=pl.len().cast(pl.Int64), piecework=pl.col("price").sum())
    count = pl.col("parcels")
    volume_bonus = (count - 20).clip(0, 20) * 5 + (count - 40).clip(0, 20) * 12 + (count - 60).clip(lower_bound=0) * 20
    return (
        couriers.join(sums, on="courier", how="left", maintain_order="left")
        .with_columns(pl.col("parcels", "piecework").fill_null(0))
        .with_columns(volume=volume_bonus)
        .with_columns(gross=pl.col("piecework") + pl.col("volume"))
        .select(RESULTS)
    )


def _band(number: pl.Expr, *fees: int) -> pl.Expr:
    """Nothing up to 1,000, then the fees from above 1,000, 3,000, 5,000, 10,000 and 20,000 on."""
    chain = pl.when(number <= 1_000).then(pl.lit(0, pl.Int64))
    for limit, fee in zip((3_000, 5_000, 10_000, 20_000), fees, strict=False):
        chain = chain.when(number <= limit).then(fee)
    return chain.otherwise(fees[-1])


def _choice(number: pl.Expr, *fees: int) -> pl.Expr:
    """The fees of 1, 2, 3 and 4."""
    chain = pl.when(number == 1).then(pl.lit(fees[0], pl.Int64))
    for value, fee in enumerate(fees[1:], start=2):
        chain = chain.when(number == value).then(fee)
    return chain.otherwise(0)


def _started(number: pl.Expr, unit: int) -> pl.Expr:
    """How many units have been started; nothing here is negative."""
    return (number + (unit - 1)) // unit


def _divide(number: pl.Expr, divisor: int | pl.Expr) -> pl.Expr:
    """Rounded half up; nothing here is negative."""
    return (number + divisor // 2) // divisor

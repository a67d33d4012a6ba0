"""Who runs the plan, by name. What a contender prepares (tables of its own, a compiled query) is not timed."""

from __future__ import annotations

from benchmarks.compiled import compiler
from benchmarks.contender import Contender
from benchmarks.store_incentive import with_c, with_duckdb, with_numpy, with_pandas, with_paycalc, with_polars

PAYCALC, WITHOUT_RANGES, C = "paycalc", "paycalc, no ranges declared", "C, one fused loop"
OPTIONAL = (C,)


def contenders() -> list[Contender]:
    """All that this machine has; without a C compiler the loop in C is left out."""
    found = [
        Contender(PAYCALC, with_paycalc.with_ranges, with_paycalc.columns),
        Contender(WITHOUT_RANGES, with_paycalc.without_ranges, with_paycalc.columns),
        Contender("polars, in memory", with_polars.in_memory, with_polars.columns),
        Contender("polars, streaming", with_polars.streaming, with_polars.columns),
        Contender("DuckDB", with_duckdb.run_sql, with_duckdb.columns),
        Contender("numpy, whole columns", with_numpy.whole_columns),
        Contender("numpy, in blocks", with_numpy.blocks),
        Contender("pandas", with_pandas.run_frames, with_pandas.columns),
    ]
    return found + [Contender(C, with_c.fused_loop)] * (compiler() is not None)

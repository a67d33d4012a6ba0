"""Who runs the plan, by name. What a contender prepares (tables of its own, a compiled query) is not timed."""

from __future__ import annotations

from benchmarks.compiled import compiler
from benchmarks.contender import Contender
from benchmarks.piecework import with_c, with_duckdb, with_numba, with_pandas, with_paycalc, with_polars

PAYCALC, NUMBA, C = "paycalc", "numba", "C, one fused loop"
OPTIONAL = (NUMBA, C)


def contenders() -> list[Contender]:
    """All that this machine has; without a C compiler, or numba, these are left out."""
    found = [
        Contender(PAYCALC, with_paycalc.run_plan, with_paycalc.columns),
        Contender("polars, in memory", with_polars.in_memory, with_polars.columns),
        Contender("polars, streaming", with_polars.streaming, with_polars.columns),
        Contender("DuckDB", with_duckdb.run_sql, with_duckdb.columns),
        Contender("pandas", with_pandas.run_frames, with_pandas.columns),
    ]
    found += [Contender(NUMBA, with_numba.compiled_loop)] * (with_numba.numba is not None)
    return found + [Contender(C, with_c.fused_loop)] * (compiler() is not None)

"""Keys to rows: how long a key takes, beside pyarrow and pandas: `python -m benchmarks.keys`.

A column of keys, of each kind that the door tells apart, is looked up among the keys of an entity; the table of these
is made within the time. The others number the keys in the order in which they come, or look them up; the rows that this
leads to are the same, or nothing is reported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.timing import Times, measure
from paycalc.engine.encoding.keys import entity_keys, key_cells
from paycalc.engine.inputs.cells import Place

SEED = 808
ROWS, KEYS = 20_000_000, 500_000
PAYCALC = "paycalc"


@dataclass(frozen=True)
class Keyed:
    """own: the keys of an entity's rows, each once. column: keys among them."""

    own: pa.Array
    column: pa.Array


def _consecutive(own: np.ndarray, rows: np.ndarray) -> Keyed:
    return Keyed(pa.array(np.arange(len(own))), pa.array(rows))


def _compact(own: np.ndarray, rows: np.ndarray) -> Keyed:
    return Keyed(pa.array(own), pa.array(own[rows]))


def _sparse(own: np.ndarray, rows: np.ndarray) -> Keyed:
    return _compact(own * 7_368_787 + 1, rows)


def _clustered(own: np.ndarray, rows: np.ndarray) -> Keyed:
    return _sparse(own, np.sort(rows))


def _texts(own: np.ndarray, rows: np.ndarray) -> Keyed:
    texts = pc.binary_join_element_wise("C", pc.utf8_lpad(pa.array(own).cast(pa.string()), 9, "0"), "")
    return Keyed(texts, texts.take(pa.array(rows)))


def _views(own: np.ndarray, rows: np.ndarray) -> Keyed:
    keyed = _texts(own, rows)
    return Keyed(keyed.own.cast(pa.string_view()), keyed.column.cast(pa.string_view()))


def _clustered_texts(own: np.ndarray, rows: np.ndarray) -> Keyed:
    return _texts(own, np.sort(rows))


def _dictionary(own: np.ndarray, rows: np.ndarray) -> Keyed:
    texts = _texts(own, rows[:0]).own
    return Keyed(texts, pa.DictionaryArray.from_arrays(pa.array(rows.astype(np.int32)), texts))


KINDS: Mapping[str, Callable[[np.ndarray, np.ndarray], Keyed]] = {
    "consecutive integers": _consecutive,
    "compact integers": _compact,
    "sparse integers": _sparse,
    "sparse integers, clustered": _clustered,
    "texts": _texts,
    "texts, clustered": _clustered_texts,
    "views of texts": _views,
    "dictionary of texts": _dictionary,
}


def make_keyed(kind: str, rows: int = ROWS, keys: int = KEYS, seed: int = SEED) -> Keyed:
    """The same for the same arguments."""
    draw = np.random.default_rng(seed)
    return KINDS[kind](draw.permutation(keys), draw.integers(0, keys, rows))


@dataclass(frozen=True)
class Numbered:
    """The number of each key, and which key has which number; None: the numbers are rows."""

    numbers: np.ndarray
    keys: Sequence[Any] | None = None


def _paycalc(keyed: Keyed, threads: int) -> Numbered:
    place = Place("parcel", "parcel", "courier", "parcel.courier")
    own, cells = (key_cells(pa.chunked_array([each]), place, integer=False) for each in (keyed.own, keyed.column))
    rows, _ = entity_keys(own, keyed=True).look_up(cells, threads)
    return Numbered(rows)


def _dictionary_encode(keyed: Keyed) -> Numbered:
    found = keyed.column.dictionary_encode()
    return Numbered(found.indices.to_numpy(), found.dictionary)


def _index_in(keyed: Keyed) -> Numbered:
    return Numbered(pc.index_in(keyed.column, value_set=keyed.own).to_numpy())


def _factorize(keyed: Keyed) -> Numbered:
    numbers, keys = pd.factorize(keyed.column.to_numpy(zero_copy_only=False))
    return Numbered(numbers, keys)


def contenders(kind: str, keyed: Keyed, threads: int) -> dict[str, Callable[[], Numbered]]:
    """Who takes part: not all libraries do with all kinds what is meant here."""
    found: dict[str, Callable[[], Numbered]] = {
        PAYCALC: lambda: _paycalc(keyed, 1),
        f"{PAYCALC}, {threads} threads": lambda: _paycalc(keyed, threads),
    }
    if kind != "dictionary of texts":
        found["pyarrow dictionary_encode"] = lambda: _dictionary_encode(keyed)
        found["pandas factorize"] = lambda: _factorize(keyed)
    if kind != "views of texts":
        found["pyarrow index_in"] = lambda: _index_in(keyed)
    return found


def fingerprint(keyed: Keyed, result: Numbered) -> str:
    """SHA-256 of the rows, int32, that the keys of a column lead to."""
    rows = result.numbers
    if result.keys is not None:
        row_of = {key: row for row, key in enumerate(keyed.own.to_pylist())}
        listed = result.keys.to_pylist() if isinstance(result.keys, pa.Array) else list(result.keys)
        rows = np.array([row_of[key] for key in listed], np.int32)[rows]
    return hashlib.sha256(np.ascontiguousarray(rows, np.int32).data).hexdigest()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and show a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keys", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all, where none is named")
    parser.add_argument("--rows", type=int, default=ROWS, help="keys that are looked up (%(default)s)")
    parser.add_argument("--keys", type=int, default=KEYS, help="of the entity (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes other keys (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of paycalc's second run (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="warm runs of each, in turn (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to a file as well")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.kinds) - set(KINDS)
    if unknown:
        parser.error(f"no kinds of keys: {', '.join(sorted(unknown))}")
    print(f"{arguments.rows:,} keys among {arguments.keys:,}, seed {arguments.seed}; the rows of all are the same.")
    print("\n| keys | by | median s | ns a key |\n|---|---|---:|---:|")
    written = []
    for kind in arguments.kinds or KINDS:
        keyed = make_keyed(kind, arguments.rows, arguments.keys, arguments.seed)
        runs = contenders(kind, keyed, arguments.threads)
        times = measure(runs, lambda _, result, keyed=keyed: fingerprint(keyed, result), arguments.repeats)
        for name, each in times.items():
            print(f"| {kind} | {name} | {each.median:.4f} | {1e9 * each.median / arguments.rows:.1f} |", flush=True)
            written.append(_as_data(kind, name, each))
    if arguments.json:
        settings = {name: getattr(arguments, name) for name in ("rows", "keys", "seed", "threads")}
        arguments.json.write_text(json.dumps({"settings": settings, "seconds": written}) + "\n", encoding="utf-8")
    return 0


def _as_data(kind: str, name: str, times: Times) -> dict[str, object]:
    return {"kind": kind, "name": name, "cold": times.cold, "warm": list(times.warm)}


if __name__ == "__main__":
    raise SystemExit(main())

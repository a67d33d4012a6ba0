"""The known keys that unknown ones were most likely meant to be, among more keys than one holds in a dict for it.

With so many keys the reference looks only for the same key written differently (`reference.nearest`). So does this, by
columns: all unknown keys of a column at once, when the first one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.engine.encoding.memory import flags
from paycalc.reference.faults import Key, key_order
from paycalc.reference.nearest import NearestKey, plain_key

_BLANKS = r"[\s\x0b\x1c-\x1f]+"  # of ASCII, as Python has them


class FarKeys(NearestKey):
    """The nearest keys of some unknown ones, found beforehand."""

    def __init__(self, keys: pa.Array | pa.ChunkedArray, unknown: Iterable[Key]) -> None:
        self._found = same_but_written_differently(keys, unknown)

    def to(self, unknown: Key) -> Key | None:
        return self._found.get(plain_key(unknown))


def same_but_written_differently(keys: pa.Array | pa.ChunkedArray, unknown: Iterable[Key]) -> Mapping[str, Key]:
    """The least of the keys that each unknown one is, but for capitals, blanks and leading zeros, by `plain_key`.

    keys  of int64, uint64, decimal or texts; nulls are none
    """
    plains = pa.array(sorted({plain_key(each) for each in unknown}, key=_bytes_of), pa.large_string())
    found: dict[str, Key] = {}
    chunks = keys.chunks if isinstance(keys, pa.ChunkedArray) else [keys]
    for chunk in chunks:
        texts = chunk.cast(pa.large_string())
        folded = pc.ascii_lower(pc.replace_substring_regex(texts, _BLANKS, ""))
        known = pc.is_in(pc.ascii_ltrim(folded, "0"), value_set=plains, skip_nulls=True)
        # What is not of ASCII folds in ways that only Python knows.
        looked_at = flags(pc.fill_null(known, False)).view(bool)
        looked_at = looked_at | flags(pc.invert(pc.fill_null(pc.string_is_ascii(texts), True))).view(bool)
        for row in np.flatnonzero(looked_at).tolist():
            _note(found, chunk[row].as_py())
    return found


def _note(found: dict[str, Key], key: Key) -> None:
    key = key if isinstance(key, str) else int(key)
    plain = plain_key(key)
    if plain not in found or key_order(key) < key_order(found[plain]):
        found[plain] = key


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

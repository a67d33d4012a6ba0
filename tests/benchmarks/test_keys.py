"""The benchmark of keys, tiny: everybody finds the rows that the keys were taken from."""

import hashlib
import json

import numpy as np
import pytest

from benchmarks.keys import KINDS, contenders, fingerprint, main, make_keyed

ROWS, KEYS = 3_000, 200


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_finds_the_same_rows(kind):
    keyed = make_keyed(kind, ROWS, KEYS)
    row_of = {key: row for row, key in enumerate(keyed.own.to_pylist())}
    rows = np.array([row_of[key] for key in keyed.column.to_pylist()], np.int32)
    expected = hashlib.sha256(rows.data).hexdigest()
    for name, run in contenders(kind, keyed, 2).items():
        assert fingerprint(keyed, run()) == expected, name


def test_the_keys_are_the_same_for_a_seed():
    assert make_keyed("texts", ROWS, KEYS).column == make_keyed("texts", ROWS, KEYS).column
    assert make_keyed("texts", ROWS, KEYS, seed=1).column != make_keyed("texts", ROWS, KEYS).column


def test_the_table_and_the_file_say_how_long_a_key_takes(tmp_path, capsys):
    file = tmp_path / "keys.json"
    asked = ["compact integers", "--rows", "2000", "--keys", "100", "--repeats", "1", "--json", str(file)]
    assert main(asked) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "2,000 keys among 100, seed 808; the rows of all are the same."
    assert [line.split(" | ")[1] for line in shown[4:]] == [
        "paycalc",
        "paycalc, 2 threads",
        "pyarrow dictionary_encode",
        "pandas factorize",
        "pyarrow index_in",
    ]
    written = json.loads(file.read_text())
    assert written["settings"] == {"rows": 2000, "keys": 100, "seed": 808, "threads": 2}
    assert [each["name"] for each in written["seconds"]] == [line.split(" | ")[1] for line in shown[4:]]


def test_unknown_kinds_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["keys of nobody"])
    assert "no kinds of keys: keys of nobody" in capsys.readouterr().err

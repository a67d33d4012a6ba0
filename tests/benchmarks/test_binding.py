"""The benchmark of binding, tiny: it finds what it should, and states what it measures."""

import json

from benchmarks import binding


def test_a_tiny_run(tmp_path, capsys):
    arguments = ["--stores", "30", "--parameters", "21", "--versions", "3", "--empty", "20"]
    assert binding.main([*arguments, "--json", str(tmp_path / "binding.json")]) == 0
    assert capsys.readouterr().out.startswith("stores 30, parameters 21, versions 3, empty 20, seed 11\n")
    found = json.loads((tmp_path / "binding.json").read_text(encoding="utf-8"))
    assert found["versions"] == 33  # one store in ten changes something within the month
    assert found["checksum"] == expected_checksum(binding.Size(30, 21, 3, 20))


def expected_checksum(size):
    """The same, row by row."""
    rows = binding.parameter_table(size).to_pylist()
    stores = [rows[first : first + size.versions] for first in range(0, len(rows), size.versions)]
    total = 0
    for parameter in (f"p{each}" for each in range(size.parameters)):
        version = 0
        for store in stores:
            in_month = store[-1]["effective_from"].day > 1
            for last in (-1, None) if in_month else (None,):
                said = [row[parameter] for row in store[:last] if row[parameter] is not None]
                version += 1
                total += version * int(said[-1] * (100 if int(parameter[1:]) % 2 else 1))
    return total

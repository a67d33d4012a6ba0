"""The benchmark of compiling: every step is taken as often as is asked, and told in milliseconds."""

import json

from benchmarks import compiling


def test_a_short_run(tmp_path, capsys):
    assert compiling.main(["--repeats", "2", "--json", str(tmp_path / "times.json")]) == 0
    written = json.loads((tmp_path / "times.json").read_text(encoding="utf-8"))
    assert {name: len(times) for name, times in written.items()} == {
        "text to checked plan": 2,
        "plan to graph": 2,
        "graph to programs": 2,
        "text to ready programs": 2,
        "programs again, for narrower data": 2,
    }
    assert all(seconds > 0 for times in written.values() for seconds in times)
    assert capsys.readouterr().out.startswith("courier.pay: 397 lines\n")


def test_the_report():
    times = {"one": [0.001, 0.003, 0.002], "other": [0.5]}
    assert compiling.report("a\nb\n", times).splitlines()[2:] == [
        "| | median ms | least ms |",
        "|---|---:|---:|",
        "| one | 2.0 | 1.0 |",
        "| other | 500.0 | 500.0 |",
    ]

"""How times are taken and told: equal results first, rounds in turn, and numbers that mean what their headings say."""

import json

import pytest

from benchmarks import memory, run
from benchmarks.timing import ResultsDiffer, Times, measure, ratio


def test_nothing_is_timed_where_results_differ():
    with pytest.raises(ResultsDiffer) as raised:
        measure({"one": lambda: 1, "other": lambda: 2}, lambda name, result: f"proof {result}", 3)
    assert str(raised.value) == "proof 1  one\nproof 2  other"


def test_contenders_take_turns():
    calls = []
    times = measure(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, lambda name, result: str(result), 2
    )
    assert "".join(calls) == "ab" + "aabb" * 2
    assert [len(times[name].warm) for name in "ab"] == [2, 2]


def test_ratios_are_taken_round_by_round():
    one, other = Times(9, (1.0, 10.0, 3.0), (5.0, 2.0, 1.0)), Times(9, (2.0, 20.0, 1.0), (1.0, 1.0, 1.0))
    assert ratio(one, other) == 0.5
    assert (one.median, one.best, one.median_busy) == (3.0, 1.0, 2.0)


def test_the_report():
    settings = {"rows": 2_000, "stores": 5, "seed": 1, "threads": 2, "repeats": 3}
    times = {
        "paycalc": Times(0.5, (0.001, 0.002, 0.004), (0.003, 0.003, 0.003)),
        "other": Times(1.0, (0.004, 0.008, 0.016), (0.01, 0.02, 0.03)),
    }
    lines = run.report("store_incentive", settings, times, "paycalc").splitlines()
    assert lines[:2] == [
        "store_incentive: rows 2,000, stores 5, seed 1, threads 2, repeats 3",
        "The results of all are the same.",
    ]
    assert lines[5:7] == [
        "| paycalc | 0.0020 | 0.0010 | 0.0030 | 1.0 | 0.500 | 1.00 |",
        "| other | 0.0080 | 0.0040 | 0.0200 | 0.2 | 1.000 | 4.00 |",
    ]
    assert run.as_data("store_incentive", settings, times)["seconds"]["other"] == {
        "cold": 1.0, "warm": [0.004, 0.008, 0.016], "busy": [0.01, 0.02, 0.03]
    }  # fmt: skip


def test_a_tiny_run(tmp_path, capsys):
    arguments = ["store_incentive", "--rows", "500", "--stores", "7", "--repeats", "1", "--only", "numpy", "polars"]
    assert run.main([*arguments, "--json", str(tmp_path / "times.json")]) == 0
    assert "| numpy, in blocks | " in capsys.readouterr().out
    written = json.loads((tmp_path / "times.json").read_text(encoding="utf-8"))
    assert written["settings"] == {"rows": 500, "stores": 7, "seed": 101, "threads": 2, "repeats": 1}
    assert list(written["seconds"]) == [
        "polars, in memory", "polars, streaming", "numpy, whole columns", "numpy, in blocks"
    ]  # fmt: skip


def test_the_memory_of_a_small_chain(tmp_path):
    found = memory.measure(tmp_path, 3, 60)
    assert found.peak >= found.baseline > found.inputs > 0
    assert found.outputs > 0
    assert found.remainder == found.peak - found.baseline - found.inputs - found.outputs
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DATA", "RUN", "SMALL", "SMALL_RUN", memory.PLAN]


def test_a_million_workers_take_little_memory_beyond_inputs_and_outputs(tmp_path):
    assert memory.measure(tmp_path, 5_000, 1_000_000).remainder < 100_000_000

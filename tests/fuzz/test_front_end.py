"""A short run of the fuzzer, and proof that it sees failures."""

from itertools import islice

import pytest

from paycalc.core.span import Source
from tests.fuzz import front_end
from tests.fuzz.front_end import BrokenPromise, Summary, check, examine, fuzz, inputs, main, store


def test_a_short_run_finds_nothing(tmp_path, capsys):
    assert main(["--seconds", "2", "--seed", "5", "--store", str(tmp_path)]) == 0, capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert " inputs: " in capsys.readouterr().out


def test_the_same_seed_gives_the_same_inputs():
    assert list(islice(inputs(3), 50)) == list(islice(inputs(3), 50))
    assert list(islice(inputs(3), 50)) != list(islice(inputs(4), 50))


def test_what_becomes_of_texts():
    assert examine(b"\xff") == "not UTF-8"
    assert examine(b"plan") == "faulty"
    assert check(Source("p.pay", "plan p\nlet x = y\n")) == "parsed"


def test_a_broken_promise_is_a_failure(monkeypatch):
    monkeypatch.setattr(front_end, "format_plan", lambda source: "plan q\n")
    with pytest.raises(BrokenPromise, match="formatting keeps the tree"):
        examine(b"plan p\n")


def test_failing_inputs_are_kept(tmp_path, capsys):
    store([("hung", "no answer", b"plan p")], tmp_path / "kept")
    (path,) = (tmp_path / "kept").iterdir()
    assert path.name.startswith("hung-")
    assert path.read_bytes() == b"plan p"
    assert "hung" in capsys.readouterr().out
    assert Summary({"failed": 1}, [("failed", "", b"")], 0.5).text() == "1 inputs: 1 failed; the slowest took 0.50 s"


@pytest.mark.parametrize(("action", "outcome"), [("memory", "failed"), ("exit", "died"), ("sleep", "hung")])
def test_the_child_is_bounded_and_started_again(monkeypatch, tmp_path, action, outcome):
    """A worker whose work is replaced in the child: it takes memory, dies or never answers."""
    monkeypatch.setattr(front_end, "SECONDS_PER_INPUT", 1.0)
    monkeypatch.setattr(front_end, "work", {"memory": greedy, "exit": dying, "sleep": sleeping}[action])
    worker = front_end.Worker()
    try:
        assert worker.examine(b"x")[0] == outcome
    finally:
        worker.stop()


def answered_once(connection):
    connection.recv_bytes()
    connection.send(("parsed", ""))
    return connection.recv_bytes()


def greedy(connection):
    front_end.limit_memory()
    answered_once(connection)
    try:
        bytearray(front_end.MEMORY_MAX + (64 << 20))
    except MemoryError:
        connection.send(("failed", "MemoryError"))
    else:
        connection.send(("parsed", ""))


def dying(connection):
    answered_once(connection)
    raise SystemExit(3)


def sleeping(connection):
    answered_once(connection)
    connection.recv_bytes()


def test_the_run_ends_in_time():
    assert fuzz(0.0, 1).count == 0

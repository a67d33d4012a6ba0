"""Graphs at random: the machine says what plain Python says, in whatever lanes, tiles and threads it computes."""

import pytest

from paycalc.engine.machine import execution, lowering
from tests.machine.random_graph import RandomGraph

TILES = (1, 2, 3, 7, 64, 100, 1023, 1024, 4096)


@pytest.mark.parametrize("seed", range(40))
def test_the_machine_says_what_plain_python_says(seed, monkeypatch):
    monkeypatch.setattr(lowering, "TOGETHER_ROWS_RATIO", seed % 3)
    world = RandomGraph(seed, rows=(1, 2, 17, 100)[seed % 4]).grow(60)
    expected = world.expected()
    for observed in (False, True):
        values, _ = world.computed(tile=TILES[seed % len(TILES)], observed=observed, threads=1)
        assert values == expected


@pytest.mark.parametrize("seed", range(100, 108))
def test_threads_and_tiles_change_nothing(seed, monkeypatch):
    monkeypatch.setattr(execution, "THREAD_ROWS_MIN", 40)
    monkeypatch.setattr(execution, "CHUNK_TILES", 2)
    monkeypatch.setattr(lowering, "TOGETHER_ROWS_RATIO", 0)
    world = RandomGraph(seed, rows=500).grow(40)
    expected = world.expected()
    for threads, tile in ((1, 64), (2, 16), (3, 33), (4, 128)):
        for observed in (False, True):
            values, _ = world.computed(tile=tile, observed=observed, threads=threads)
            assert values == expected

"""A result appears whole or not at all, and nothing of anybody else's is touched."""

import os
import signal
import subprocess
import sys
import time

import pytest

from paycalc.engine.recording.run_folder import OutputRefused, new_folder


def written(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def write_run(target, text, *, replace=False):
    with new_folder(target, replace=replace) as folder:
        (folder / "run.json").write_text(text, encoding="utf-8")


def test_a_folder_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "RUN"
    with new_folder(target) as folder:
        (folder / "run.json").write_text("{}", encoding="utf-8")
        assert not target.exists()
        assert folder.parent == tmp_path
    assert written(target) == {"run.json": "{}"}
    assert os.listdir(tmp_path) == ["RUN"]


def test_it_has_the_permissions_of_any_other_folder(tmp_path):
    (tmp_path / "other").mkdir()
    write_run(tmp_path / "RUN", "{}")
    assert (tmp_path / "RUN").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_of_a_block_that_fails(tmp_path, error):
    def fail():
        with new_folder(tmp_path / "RUN") as folder:
            (folder / "lines.csv").write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(error):
        fail()
    assert os.listdir(tmp_path) == []


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "RUN").mkdir()
    write_run(tmp_path / "RUN", "1")
    assert written(tmp_path / "RUN") == {"run.json": "1"}


def test_an_earlier_run_stays_unless_it_is_to_be_replaced(tmp_path):
    target = tmp_path / "RUN"
    write_run(target, "1")
    with pytest.raises(OutputRefused, match=r"^`.*RUN` is there already; --replace replaces an earlier run$"):
        write_run(target, "2")
    assert written(target) == {"run.json": "1"}
    write_run(target, "2", replace=True)
    assert written(target) == {"run.json": "2"}
    assert os.listdir(tmp_path) == ["RUN"]


def test_an_earlier_run_stays_when_its_replacement_fails(tmp_path):
    target = tmp_path / "RUN"
    write_run(target, "1")

    def fail():
        with new_folder(target, replace=True):
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert written(target) == {"run.json": "1"}
    assert os.listdir(tmp_path) == ["RUN"]


def test_an_earlier_run_comes_back_when_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    target = tmp_path / "RUN"
    write_run(target, "1")
    rename, moved = os.rename, []

    def fails_once(source, destination):
        moved.append(destination)
        if len(moved) == 2:
            raise KeyboardInterrupt
        rename(source, destination)

    monkeypatch.setattr(os, "rename", fails_once)
    with pytest.raises(KeyboardInterrupt):
        write_run(target, "2", replace=True)
    assert written(target) == {"run.json": "1"}
    assert os.listdir(tmp_path) == ["RUN"]


def test_what_is_no_run_is_never_replaced(tmp_path):
    target = tmp_path / "photos"
    target.mkdir()
    (target / "cat.jpg").write_text("cat", encoding="utf-8")
    with pytest.raises(OutputRefused, match=r"is not an earlier run \(it holds no run\.json\), so it is not replaced$"):
        write_run(target, "1", replace=True)
    assert written(target) == {"cat.jpg": "cat"}


@pytest.mark.parametrize(("make", "why"), [("file", "is not an earlier run"), ("link", "is not an earlier run")])
def test_a_file_or_link_in_its_place_stays(tmp_path, make, why):
    target = tmp_path / "RUN"
    if make == "file":
        target.write_text("mine", encoding="utf-8")
    else:
        write_run(tmp_path / "elsewhere", "1")
        target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputRefused, match=why):
        write_run(target, "1", replace=True)
    assert target.is_symlink() or target.read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputRefused, match=r"^there is no folder `.*none` to write `RUN` in$"):
        write_run(tmp_path / "none" / "RUN", "1")
    with pytest.raises(OutputRefused, match="cannot name a new folder"):
        write_run(tmp_path / "..", "1")


WRITES_AND_WAITS = """
import sys, time
from pathlib import Path
from paycalc.engine.recording.run_folder import new_folder
with new_folder(Path(sys.argv[1])) as folder:
    (folder / "lines.csv").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("sent", "left"), [(signal.SIGINT, 0), (signal.SIGKILL, 1)])
def test_a_process_that_is_stopped_leaves_no_result(tmp_path, sent, left):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_AND_WAITS, str(tmp_path / "RUN")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(sent)
        for _ in range(100):
            if process.poll() is not None:
                break
            time.sleep(0.1)
    names = os.listdir(tmp_path)
    # Nobody can clean up after SIGKILL; what it leaves does not look like a result.
    assert len(names) == left
    assert all(name.startswith(".RUN.writing-") for name in names)

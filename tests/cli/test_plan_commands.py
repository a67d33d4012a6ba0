"""check, fmt, test, dump: what they print, where, and their exit codes."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from paycalc import __version__
from tests.cli.command import DEMO_PLAN, FAULT, FAULTY, PLAN, environment, paycalc, write_plan

# ---------------------------------------------------------------- the command itself


def test_version_and_help():
    assert paycalc("--version").out == f"paycalc {__version__}\n"
    shown = paycalc("--help")
    assert shown.code == 0
    for command in ("check", "fmt", "test", "run", "explain", "dump", "demo"):
        assert f"\n    {command} " in shown.out
        assert paycalc(command, "--help").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("pay",),
        ("check",),
        ("check", "--fast", "x"),
        ("fmt", "--check", "--stdout", "x"),
        ("dump", "x"),
        ("run", "x", "y"),
        ("explain", "x"),
    ],
)
def test_wrong_calls(arguments):
    outcome = paycalc(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("usage: paycalc")


@pytest.mark.parametrize("command", [("check",), ("fmt",), ("test",), ("dump", "--stage", "tree")])
def test_a_plan_that_is_not_there(tmp_path, command):
    outcome = paycalc(*command, "none.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "error: cannot read `none.pay`: No such file or directory\n"


def test_a_folder_is_no_plan(tmp_path):
    assert paycalc("check", tmp_path).err == f"error: cannot read `{tmp_path}`: Is a directory\n"


# ---------------------------------------------------------------- check


def test_check_of_a_plan_without_faults(tmp_path):
    write_plan(tmp_path)
    outcome = paycalc("check", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out, outcome.err) == (0, "bonus.pay: no faults, 1 line, 1 example\n", "")


def test_check_of_a_faulty_plan(tmp_path):
    write_plan(tmp_path, FAULTY)
    outcome = paycalc("check", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", FAULT + "\nbonus.pay: 1 fault\n")


def test_check_goes_on_after_a_faulty_plan(tmp_path):
    write_plan(tmp_path, FAULTY)
    (tmp_path / "good.pay").write_text(PLAN, encoding="utf-8")
    outcome = paycalc("check", "bonus.pay", "good.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (1, "good.pay: no faults, 1 line, 1 example\n")


def test_check_reads_standard_input():
    assert paycalc("check", "-", stdin=PLAN).out == "-: no faults, 1 line, 1 example\n"
    assert "--> <stdin>:12:29" in paycalc("check", "-", stdin=FAULTY).err


def test_check_of_bytes_that_are_no_text():
    outcome = paycalc("check", "-", stdin="plan \udcff")
    assert outcome.code == 1
    assert outcome.err.startswith("error[not-utf8]: the file is not UTF-8: byte 5 is 0xff (line 1)\n --> <stdin>:1:1\n")


def test_check_as_json(tmp_path):
    write_plan(tmp_path, FAULTY)
    (tmp_path / "good.pay").write_text(PLAN, encoding="utf-8")
    outcome = paycalc("check", "--json", "bonus.pay", "good.pay", cwd=tmp_path)
    assert (outcome.code, outcome.err) == (1, "")
    faulty, good = json.loads(outcome.out)["files"]
    assert good == {"file": "good.pay", "ok": True, "diagnostics": []}
    (diagnostic,) = faulty["diagnostics"]
    assert (faulty["ok"], diagnostic["id"], diagnostic["labels"][0]["line"], diagnostic["labels"][0]["column"]) == (
        False,
        "unknown-name",
        12,
        29,
    )


def test_check_prints_ranges(tmp_path):
    write_plan(tmp_path)
    outcome = paycalc("check", "--ranges", "bonus.pay", cwd=tmp_path)
    assert outcome.out == (
        "bonus.pay: no faults, 1 line, 1 example\n"
        "  line  value           range         bits  without a range\n"
        "    12  bonus           0 .. 500 CNY    16\n"
        "    12    sales * rate  0 .. 500 CNY    29\n"
    )
    (answer,) = json.loads(paycalc("check", "--ranges", "--json", "bonus.pay", cwd=tmp_path).out)["files"]
    assert answer["ranges"][0] == {
        "line": 12, "name": "bonus", "text": "round(sales * rate)", "range": "0 .. 500 CNY", "bits": "16", "hint": ""
    }  # fmt: skip


def test_a_plan_of_control_characters_cannot_steer_the_terminal():
    outcome = paycalc("check", "-", stdin=PLAN.replace("Bonus", "\x1b[31m\u202e"))
    assert outcome.code == 1
    assert "\x1b" not in outcome.err
    assert "\u202e" not in outcome.err


def test_colour_only_on_a_terminal_that_wants_it(tmp_path):
    write_plan(tmp_path, FAULTY)
    parent, child = os.openpty()
    try:
        for changed, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            os.set_blocking(parent, False)
            shown = on_terminal(child, parent, tmp_path, **changed)
            assert (b"\x1b[1;31merror[unknown-name]\x1b[0m: nothing is named" in shown) == coloured
    finally:
        os.close(parent)
        os.close(child)


def on_terminal(child, parent, folder, **changed) -> bytes:
    command = [sys.executable, "-m", "paycalc", "check", "bonus.pay"]
    variables = {name: value for name, value in environment().items() if name != "NO_COLOR"}
    subprocess.run(
        command, stderr=child, cwd=folder, env={**variables, "TERM": "xterm", **changed}, timeout=60, check=False
    )
    return os.read(parent, 100_000)


# ---------------------------------------------------------------- fmt

UNTIDY = PLAN.replace("  period   month", "  period month").replace("entity worker", "entity   worker")


def test_fmt_lays_a_file_out_anew(tmp_path):
    path = write_plan(tmp_path, UNTIDY)
    path.chmod(0o640)
    outcome = paycalc("fmt", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out, outcome.err) == (0, "bonus.pay: laid out anew\n", "")
    assert path.read_text(encoding="utf-8") == PLAN
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["bonus.pay"]
    before = path.stat().st_mtime_ns
    assert paycalc("fmt", "bonus.pay", cwd=tmp_path).out == ""
    assert path.stat().st_mtime_ns == before


def test_fmt_follows_a_link_and_leaves_it(tmp_path):
    path = write_plan(tmp_path, UNTIDY)
    (tmp_path / "link.pay").symlink_to(path)
    assert paycalc("fmt", "link.pay", cwd=tmp_path).code == 0
    assert (tmp_path / "link.pay").is_symlink()
    assert path.read_text(encoding="utf-8") == PLAN


def test_fmt_check_changes_nothing(tmp_path):
    path = write_plan(tmp_path, UNTIDY)
    outcome = paycalc("fmt", "--check", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (5, "bonus.pay: would be laid out anew\n")
    assert path.read_text(encoding="utf-8") == UNTIDY
    write_plan(tmp_path)
    outcome = paycalc("fmt", "--check", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (0, "")


def test_fmt_to_standard_output(tmp_path):
    path = write_plan(tmp_path, UNTIDY)
    assert paycalc("fmt", "--stdout", "bonus.pay", cwd=tmp_path).out == PLAN
    assert path.read_text(encoding="utf-8") == UNTIDY
    assert paycalc("fmt", "-", stdin=UNTIDY).out == PLAN


def test_fmt_leaves_what_cannot_be_parsed(tmp_path):
    path = write_plan(tmp_path, "plan = =\n")
    outcome = paycalc("fmt", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error[")
    assert path.read_text(encoding="utf-8") == "plan = =\n"


# ---------------------------------------------------------------- test


def test_examples_that_pass(tmp_path):
    write_plan(tmp_path)
    outcome = paycalc("test", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "ok    ten percent\nbonus.pay: 1 example, 1 expected value: all as expected\n"


def test_examples_that_fail(tmp_path):
    write_plan(tmp_path, PLAN.replace("bonus 10.00", "bonus 10.01, net 9"))
    outcome = paycalc("test", "bonus.pay", cwd=tmp_path)
    assert outcome.code == 4
    assert outcome.out == (
        "FAILS ten percent\n"
        "      bonus.pay:15:27: bonus 10.01\n"
        "        expected  10.01 CNY\n"
        "        got       10.00 CNY\n"
        "      bonus.pay:15:40: net 9\n"
        "        expected  9.00 CNY\n"
        "        got       10.00 CNY\n"
        "bonus.pay: 1 example, 2 expected values: 1 FAILED\n"
    )


def test_examples_as_json(tmp_path):
    write_plan(tmp_path, PLAN.replace("bonus 10.00", "bonus 10.01"))
    outcome = paycalc("test", "--json", "bonus.pay", cwd=tmp_path)
    assert outcome.code == 4
    assert json.loads(outcome.out) == {
        "files": [
            {
                "file": "bonus.pay",
                "examples": [
                    {
                        "title": "ten percent",
                        "line": 14,
                        "passed": False,
                        "expected_values": 1,
                        "failures": [
                            {
                                "line": 15,
                                "column": 27,
                                "text": "bonus 10.01",
                                "expected": "10.01 CNY",
                                "got": "10.00 CNY",
                            }
                        ],
                    }
                ],
            }
        ]
    }


def test_examples_of_a_faulty_plan(tmp_path):
    write_plan(tmp_path, FAULTY)
    outcome = paycalc("test", "bonus.pay", cwd=tmp_path)
    assert (outcome.code, outcome.err) == (1, FAULT)


def test_every_plan_of_the_examples_is_formatted_and_passes():
    plans = [DEMO_PLAN, *sorted((Path(__file__).parents[2] / "examples").rglob("*.pay"))]
    assert len(plans) > 1
    assert paycalc("fmt", "--check", *plans).code == 0
    assert paycalc("test", *plans).code == 0


# ---------------------------------------------------------------- dump


def test_dump_of_tokens(tmp_path):
    write_plan(tmp_path)
    shown = paycalc("dump", "--stage", "tokens", "bonus.pay", cwd=tmp_path).out
    assert shown.startswith("1:1      name     'plan'\n1:6      name     'bonus'\n1:12     text     'Bonus'\n")


def test_dump_of_the_tree(tmp_path):
    write_plan(tmp_path)
    shown = paycalc("dump", "--stage", "tree", "bonus.pay", cwd=tmp_path).out
    assert shown.startswith("Plan 1:1\n  header: Header 1:1\n    name: Identifier 1:6\n      text: 'bonus'\n")
    assert "    -: Line 12:1\n      role: 'pay'\n" in shown


def test_dump_of_the_tree_of_a_faulty_text(tmp_path):
    write_plan(tmp_path, PLAN.replace("round(sales * rate)", "round(sales *)"))
    outcome = paycalc("dump", "--stage", "tree", "bonus.pay", cwd=tmp_path)
    assert outcome.code == 1
    assert outcome.out.startswith("Plan 1:1\n")
    assert outcome.err.startswith("error[")


def test_dump_of_the_typed_plan(tmp_path):
    write_plan(tmp_path)
    shown = paycalc("dump", "--stage", "typed", "bonus.pay", cwd=tmp_path).out
    assert (
        "  lines:\n"
        "    -: Line 12:5\n"
        "      entity: 'worker'\n"
        "      name: 'bonus'\n"
        "      type: CNY, 2 places, 0 .. 500\n"
        "      role: 'pay'\n"
        "      label: 'Bonus'\n"
        "      value: Round 12:21\n"
        "        type: CNY, 2 places, 0 .. 500\n"
        "        value: Arithmetic 12:27\n"
        "          type: CNY, 6 places, 0 .. 500\n"
        "          operator: '*'\n"
        "          left: Read 12:27\n"
        "            type: CNY, 2 places, 0 .. 1_000\n"
        "            field: worker.sales\n"
        "          right: Read 12:35\n"
        "            type: a plain number, 4 places, 0 .. 0.5, percent\n"
        "            field: plan.rate\n"
        "        step: 1/100\n"
        "        mode: 'half_up'\n"
    ) in shown


def test_dump_of_the_graph(tmp_path):
    write_plan(tmp_path)
    shown = paycalc("dump", "--stage", "graph", "bonus.pay", cwd=tmp_path).out
    assert "pay worker.bonus = %" in shown
    assert "total gross = %" in shown


# ---------------------------------------------------------------- start-up

LOADED = "import sys; from paycalc.cli.main import main; main(sys.argv[1:]); print(*sorted(sys.modules))"


@pytest.mark.parametrize("command", [("check",), ("fmt", "--check"), ("test",)])
def test_commands_that_read_no_data_do_not_load_what_reads_data(tmp_path, command):
    write_plan(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *command, "bonus.pay"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "paycalc.check" in loaded or command[0] == "fmt"
    assert not loaded & {"numpy", "pyarrow", "rich", "importlib.metadata", "asyncio", "unittest"}


def test_a_check_without_faults_loads_nothing_that_it_does_not_need(tmp_path):
    write_plan(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "check", "bonus.pay"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "paycalc.check" in loaded
    assert not loaded & {
        "paycalc.syntax.formatter", "paycalc.cli.run", "paycalc.reference", "difflib", "json", "pathlib", "random",
        "shutil", "tempfile", "threading", "urllib", "zoneinfo",
    }  # fmt: skip


def test_importing_paycalc_loads_neither_the_checker_nor_arrow():
    script = "import sys, paycalc; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert "paycalc.api" in loaded
    assert not loaded & {"numpy", "pyarrow", "paycalc.check", "paycalc.syntax", "paycalc.engine"}

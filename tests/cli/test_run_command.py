"""run and explain: files in, files out, summaries, exit codes, and what is left when something goes wrong."""

import json
import os
import re
import signal
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.command import (
    DEMO_PLAN,
    FAULT,
    FAULTY,
    PLAN,
    called,
    environment,
    paycalc,
    start,
    write_data,
    write_plan,
)

SUMMARY = """\
Bonus: 2026-10, CNY

rows of `worker`  2
  paid            2
  rejected        0

pay    bonus  Bonus  30.01
total  gross         30.01
total  net           30.01

written to RUN in X s:
"""


@pytest.fixture
def folder(tmp_path):
    write_plan(tmp_path)
    write_data(tmp_path)
    return tmp_path


def run(folder, *arguments, out="RUN"):
    return called("run", "bonus.pay", "DATA", "--period", "2026-10", "--out", out, *arguments, cwd=folder)


def without_time(text: str) -> str:
    return re.sub(r"in \d+\.\d s:", "in X s:", text)


# ---------------------------------------------------------------- a run


def test_a_run(folder):
    outcome = paycalc("run", "bonus.pay", "DATA", "--period", "2026-10", "--out", "RUN", cwd=folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert without_time(outcome.out).startswith(SUMMARY)
    assert pq.read_table(folder / "RUN" / "lines.parquet").to_pydict()["worker"] == ["A", "B"]
    assert sorted(os.listdir(folder)) == ["DATA", "RUN", "bonus.pay"]


@pytest.mark.parametrize("options", [("--engine", "reference"), ("--engine", "tiles", "--threads", "1")])
def test_an_engine_is_chosen(folder, options):
    write_data(folder, "A,100\nB,\nC,200.05\n")
    share = ("--reject-share", "100%")
    plain, chosen = run(folder, *share), run(folder, *share, *options, out="RUN2")
    assert chosen.code == 0
    assert (
        without_time(chosen.out).replace("RUN2", "RUN").split("written")[0]
        == without_time(plain.out).split("written")[0]
    )
    record = json.loads((folder / "RUN2" / "run.json").read_bytes())
    assert record["engine"] == options[1]
    assert json.loads((folder / "RUN" / "run.json").read_bytes())["engine"] == "tiles"
    for path in (folder / "RUN").glob("*.parquet"):
        assert (folder / "RUN2" / path.name).read_bytes() == path.read_bytes()
    texts = [called("explain", name, "B", "net", cwd=folder).out for name in ("RUN", "RUN2")]
    assert texts[0] == texts[1].replace("RUN2", "RUN")


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_a_number_of_threads_that_is_none(folder, count):
    outcome = run(folder, f"--threads={count}")
    assert outcome.code == 2
    assert f"'{count}' is no number of threads; expected 1 or more" in outcome.err


def test_a_profile_says_where_the_time_went(folder):
    outcome = run(folder, "--profile")
    rows = [re.split(r" {2,}", line.strip()) for line in outcome.out.split("\nwhere the time went ")[1].splitlines()]
    assert rows.pop() == ["what stands below `computing` is summed over its threads"]
    names = [row[0] for row in rows[1:]]
    assert [name for name in names if not name.startswith(("worker:", "plan:"))] == [
        "files: read", "door", "faults: spread", "computing", "faults: arising", "results", "files: written"
    ]  # fmt: skip
    assert rows[0] == ["rows", "seconds", "share"]
    assert all(re.fullmatch(r"\d+\.\d{3}", row[-2] if row[-1].endswith("%") else row[-1]) for row in rows[1:])


def test_the_files_are_listed_with_their_sizes(folder):
    listed = run(folder, "--format", "csv").out.split("s:\n")[1]
    rows = [re.split(r" {2,}", line.strip()) for line in listed.splitlines()]
    assert rows == [[path.name, f"{path.stat().st_size:,} bytes"] for path in sorted((folder / "RUN").iterdir())]
    assert [name for name, _ in rows] == [
        "lines.csv", "orphans.csv", "plan.pay", "rejects.csv", "run.json", "totals.csv", "withheld.csv"
    ]  # fmt: skip


def test_the_plan_may_come_from_standard_input(folder):
    outcome = called("run", "-", "DATA", "--period", "2026-10", "--out", "RUN", cwd=folder, stdin=PLAN)
    assert outcome.code == 0
    assert (folder / "RUN" / "plan.pay").read_text(encoding="utf-8") == PLAN


def test_payees_that_cannot_be_paid_are_grouped_by_cause(folder):
    write_data(folder, "A,1000\nB,\nC,1001\nD,\nD,1\n")
    outcome = run(folder, "--reject-share", "100%")
    assert outcome.code == 0
    assert (
        "not paid:\n"
        "  2 duplicate-key\n"
        "      worker D stands in the table more than once (rows 4, 5) (holds up 2)\n"
        "  1 null\n"
        "      sales of worker B is empty, expected 0 .. 1_000 CNY\n"
        "  1 out-of-range\n"
        "      sales of worker C is 1_001.00 CNY, outside 0 .. 1_000 CNY\n"
    ) in outcome.out
    assert run(folder, "--reject-share", "100%", "--strict", out="RUN2").code == 6
    assert (folder / "RUN2").is_dir()


def test_many_causes_are_cut_short(folder):
    write_data(folder, "".join(f"W{number},\n" for number in range(5)))
    outcome = run(folder, "--reject-share", "100%")
    assert outcome.out.count("is empty") == 3
    assert "      and 2 more\n" in outcome.out


def test_files_that_are_not_used_are_named(folder):
    (folder / "DATA" / "accounts.csv").write_text("a\n", encoding="utf-8")
    assert run(folder).out.endswith("\nnot used: accounts.csv\n")


@pytest.mark.parametrize("name", ["parameters.csv", "Parameters.plan.csv", "parameters.plan.xlsx", "params.csv"])
def test_nobody_is_paid_by_defaults_where_a_file_may_hold_the_parameters(folder, name):
    (folder / "DATA" / name).write_text("rate\n20%\n", encoding="utf-8")
    outcome = run(folder)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith(f"error[unknown-file]: `{name}` is no table of this plan\n")
    assert "`parameters.plan.csv`" in outcome.err
    (folder / "DATA" / name).rename(folder / "DATA" / "parameters.plan.csv")
    assert "total  gross         60.01\n" in run(folder).out


def test_counts_of_causes_stand_under_one_another(folder):
    write_data(folder, "".join(f"W{number},\n" for number in range(10)) + "A,1001\n")
    assert "not paid:\n  10 null\n" in run(folder, "--reject-share", "100%").out
    assert "\n   1 out-of-range\n      sales of worker A" in run(folder, "--reject-share", "100%", "--replace").out


def test_integers_and_their_scale(folder):
    (folder / "DATA" / "worker.csv").unlink()
    pq.write_table(pa.table({"worker": ["A"], "sales": [12345]}), folder / "DATA" / "worker.parquet")
    outcome = run(folder)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("error[unknown-scale]: `sales` of `worker.parquet` holds integers")
    assert run(folder, "--scale", "worker.sales=2").code == 0
    assert "total  gross         12.35\n" in run(folder, "--scale", "worker.sales=2", "--replace").out


def test_rows_that_belong_to_nobody_count_as_faults(tmp_path):
    text = PLAN.replace("entity worker\n", "entity shift in worker\n  hours : int 0 .. 24\nentity worker\n")
    write_plan(tmp_path, text.partition("example")[0] + "show hours = sum(hours of shift)\n")
    write_data(tmp_path)
    rows = "".join(f"T{number},A,8\n" for number in range(19))
    (tmp_path / "DATA" / "shift.csv").write_text(f"shift,worker,hours\n{rows}T19,a,8\n", encoding="utf-8")
    assert run(tmp_path).code == 0
    assert run(tmp_path, "--strict", "--replace").code == 6
    (tmp_path / "DATA" / "shift.csv").write_text(f"shift,worker,hours\n{rows}T19,a,8\nT20,a,8\n", encoding="utf-8")
    outcome = run(tmp_path, "--replace")
    assert outcome.code == 3
    assert outcome.err.startswith("error[too-many-orphans]: 2 of 21 rows of `shift` belong to nobody: ")


def test_a_table_of_payees_without_rows(folder):
    write_data(folder, "")
    outcome = run(folder)
    assert outcome.code == 0
    assert "\nnobody is paid: the table `worker` has no rows\n" in outcome.out
    assert run(folder, "--strict", out="RUN2").code == 6


def test_a_folder_that_is_not_there(folder):
    (folder / "DATA").rename(folder / "OTHER")
    outcome = run(folder)
    assert (outcome.code, outcome.err) == (2, "error: there is no folder `DATA` of data\n")


def test_nothing_is_written_where_the_data_stops_the_run(folder):
    write_data(folder, "A,\nB,1\n")
    outcome = run(folder)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("error[too-many-rejects]: 1 of 2 rows of `worker` are rejected: 1 null\n")
    outcome = run(folder, "--on-error", "raise")
    assert outcome.code == 3
    assert outcome.err == (
        "error[null]: sales of worker A is empty, expected 0 .. 1_000 CNY\n"
        "table:    worker\n"
        "row:      1\n"
        "column:   sales\n"
        "expected: 0 .. 1_000 CNY\n"
    )
    assert sorted(os.listdir(folder)) == ["DATA", "bonus.pay"]


def test_a_file_that_cannot_be_read(folder):
    write_data(folder, "A,1,2\n")
    outcome = run(folder)
    assert outcome.code == 3
    assert outcome.err == (
        "error[unreadable-file]: `worker.csv` cannot be read: a row of 3 cells under a header of 2\n"
        "table:    worker\n"
        "row:      line 2\n"
        "help:     a cell that holds a comma stands in quotes\n"
    )


def test_a_faulty_plan_does_not_run(folder):
    write_plan(folder, FAULTY)
    outcome = run(folder)
    assert (outcome.code, outcome.err) == (1, FAULT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scale", "worker.sales"), "--scale worker.sales: expected COLUMN=SCALE, for example worker.sales=2"),
        (("--assume-timezone", "Mars"), "no time zone is named 'Mars'; expected a name like Asia/Shanghai"),
        (("--reject-share", "few"), "'few' is no share; expected for example 5%"),
        (("--reject-share", "1"), "'1' is no share; expected a percentage, like 1%"),
        (("--reject-share", "101%"), "the share of rejects is 101/100; expected a share from 0% to 100%"),
        (("--out", "none/RUN"), "there is no folder `none` to write `RUN` in"),
        (("--out", "DATA"), "`DATA` is there already; --replace replaces an earlier run"),
        (("--out", "DATA", "--replace"), "`DATA` is not an earlier run (it holds no run.json), so it is not replaced"),
        (("--period", "2026-13"), "no period of this plan: '2026-13'; a month is named like 2026-10"),
        (("--period", "2026-W10"), "no period of this plan: '2026-W10'; a month is named like 2026-10"),
    ],
)
def test_arguments_that_mean_nothing(folder, arguments, message):
    outcome = run(folder, *arguments)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"error: {message}\n")


def test_an_earlier_run_is_replaced_only_when_asked(folder):
    assert run(folder).code == 0
    before = (folder / "RUN" / "run.json").read_bytes()
    write_data(folder, "A,500\n")
    assert run(folder).code == 2
    assert (folder / "RUN" / "run.json").read_bytes() == before
    assert run(folder, "--replace").code == 0
    assert json.loads((folder / "RUN" / "run.json").read_bytes())["totals"]["gross"] == "50.00"
    assert sorted(os.listdir(folder)) == ["DATA", "RUN", "bonus.pay"]


def test_what_no_run_wrote_is_not_replaced(folder):
    run(folder)
    (folder / "RUN" / "notes.txt").write_text("for the auditor", encoding="utf-8")
    outcome = run(folder, "--replace")
    assert outcome.code == 2
    assert outcome.err == "error: `RUN` holds what no run wrote, so it is not replaced: notes.txt\n"
    assert (folder / "RUN" / "notes.txt").read_text(encoding="utf-8") == "for the auditor"


def test_a_disk_that_is_full_leaves_nothing(folder):
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); "
    command = limit + "from paycalc.cli.main import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.run(
        [sys.executable, "-c", command, "run", "bonus.pay", "DATA", "--period", "2026-10", "--out", "RUN"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == "error: cannot write `RUN`: File too large; nothing was written\n"
    assert sorted(os.listdir(folder)) == ["DATA", "bonus.pay"]


# ---------------------------------------------------------------- ended from outside


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_run_that_is_ended_leaves_nothing(folder, sent, code):
    # The workers come through a pipe, so the run waits for them for as long as the test likes.
    (folder / "DATA" / "worker.csv").unlink()
    os.mkfifo(folder / "DATA" / "worker.csv")
    command = ["run", "bonus.pay", "DATA", "--period", "2026-10", "--out", "RUN"]
    with (
        start(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(
                sent, signal.SIG_DFL if sent != signal.SIGINT else signal.default_int_handler
            ),
        ) as process,
        (folder / "DATA" / "worker.csv").open("wb", buffering=0),  # both ends are open: the run reads
    ):
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert "Traceback" not in err
    assert sorted(os.listdir(folder)) == ["DATA", "bonus.pay"]


def test_a_reader_that_goes_away_is_no_error(folder):
    # More than a pipe holds, so that the command is still writing when its reader goes.
    text = DEMO_PLAN.read_text(encoding="utf-8") + "".join(f"let more_{number} = sales\n" for number in range(4_000))
    (folder / "long.pay").write_text(text, encoding="utf-8")
    command = ["dump", "--stage", "tokens", folder / "long.pay"]
    with start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"1:1 ")
        process.stdout.close()
        err = process.stderr.read()
        process.wait(60)
    assert (process.returncode, err) == (141, b"")


# ---------------------------------------------------------------- explain


@pytest.mark.parametrize("name", ["lines.parquet", "rejects.parquet", "totals.parquet"])
def test_a_run_whose_files_were_altered_is_not_explained(folder, name):
    run(folder)
    with (folder / "RUN" / name).open("ab") as file:
        file.write(b"x")
    outcome = called("explain", "RUN", "A", "bonus", cwd=folder)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == (
        f"error[changed-output]: files of `RUN` are not as the run wrote them: {name}\n"
        "help:     an explanation or a rerun would be of other amounts than stand there; run the plan again\n"
    )


def test_a_line_of_a_run_is_explained(folder):
    run(folder)
    outcome = paycalc("explain", "RUN", "B", "bonus", cwd=folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith('bonus "Bonus" of worker B, 2026-10: 20.01 CNY')
    assert "= round(200.05 CNY * 10%)" in outcome.out
    as_data = json.loads(called("explain", "RUN", "B", "bonus", "--json", cwd=folder).out)
    assert isinstance(as_data, dict)


def test_somebody_who_was_rejected_is_explained(folder):
    write_data(folder, "A,\nB,1\n")
    run(folder, "--reject-share", "100%", "--format", "csv")
    outcome = called("explain", "RUN", "A", "bonus", cwd=folder)
    assert outcome.code == 0
    assert "sales of worker A is empty" in outcome.out


ARISING_PLAN = """\
plan bonus "Bonus"
  currency CNY
  period   month
  payee    worker

entity worker
  manager : worker optional
  sales   : money 0 .. 1_000
  days    : int 0 .. 31
table factor of days int 0 .. 20 : decimal(1)
  < 10 : 0.5
  *    : 1

pay commission = round(sales * factor(days))
pay override   = round(sum(commission of worker via manager) * 10%)
show spread    = factor(days - 5) * 1 CNY when days >= 5
"""


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_what_arose_in_computing_is_explained(folder, engine):
    (folder / "bonus.pay").write_text(ARISING_PLAN, encoding="utf-8")
    write = (folder / "DATA" / "worker.csv").write_text
    write("worker,manager,sales,days\nA,,100,5\nB,A,90,21\nC,,10,30\nD,,10,20\n", encoding="utf-8")
    run(folder, "--reject-share", "100%", "--engine", engine)
    first = {key: called("explain", "RUN", key, "net", cwd=folder).out.splitlines()[0] for key in "ABCD"}
    assert first == {
        "A": "net of worker A, 2026-10: no value",
        "B": "net of worker B, 2026-10: no value",
        "C": "net of worker C, 2026-10: no value",
        "D": "net of worker D, 2026-10: 10.00 CNY",
    }
    # What can be worked out is shown, and why it is not paid all the same.
    as_data = json.loads(called("explain", "RUN", "A", "commission", "--json", cwd=folder).out)
    assert (as_data["rejected"]["code"], as_data["rule"]) == ("table-range", "pay override")


WITHHELD_PLAN = """\
plan bonus "Bonus"
  currency CNY
  period   month
  payee    worker

entity shop
entity worker
  shop    : shop
  manager : worker optional
  sales   : money 0 .. 1_000

pay commission = round(sales * 10%)
pay override   = round(sum(commission of worker via manager) * 10%)
show shop.payroll = sum(net of worker)
show shop.sales = sum(sales of worker)
assert net < 50 "too much"
"""


def test_what_the_run_withheld_is_explained_with_why(folder):
    (folder / "bonus.pay").write_text(WITHHELD_PLAN, encoding="utf-8")
    (folder / "DATA" / "shop.csv").write_text("shop\nS1\nS2\n", encoding="utf-8")
    write = (folder / "DATA" / "worker.csv").write_text
    write("worker,shop,manager,sales\nA,S1,,100\n'B 1',S1,A,90\nC,S2,,900\n", encoding="utf-8")
    run(folder, "--reject-share", "100%", "--format", "csv")
    lines = called("explain", "RUN", "S2", "shop.payroll", cwd=folder).out.splitlines()
    assert lines[0] == "withheld: too much (worker C) [assert-failed]"
    assert lines[2].startswith("payroll of shop S2, 2026-10: 90.00 CNY")
    as_data = json.loads(called("explain", "RUN", "S2", "shop.payroll", "--json", cwd=folder).out)
    assert (as_data["withheld"]["code"], as_data["rejected"], as_data["rule"]) == ("assert-failed", None, "")
    as_data = json.loads(called("explain", "RUN", "C", "net", "--json", cwd=folder).out)
    assert (as_data["withheld"], as_data["rejected"]["code"]) == (None, "assert-failed")
    assert as_data["rule"] == 'assert "too much"'
    for key, line in (("S1", "shop.payroll"), ("S2", "shop.sales"), ("A", "net")):
        text = called("explain", "RUN", key, line, cwd=folder).out
        assert text.startswith(f"{line.split('.')[-1]} of ")


def test_the_way_on_is_a_command_that_works(folder):
    (folder / "bonus.pay").write_text(WITHHELD_PLAN, encoding="utf-8")
    (folder / "DATA" / "shop.csv").write_text("shop\nS1\n", encoding="utf-8")
    write = (folder / "DATA" / "worker.csv").write_text
    write("worker,shop,manager,sales\nA,S1,,100\nB 1,S1,A,90\n", encoding="utf-8")
    run(folder, out="RUN 1")
    text = called("explain", "RUN 1", "A", "override", cwd=folder).out
    assert "how it came about: paycalc explain 'RUN 1' 'B 1' commission\n" in text
    assert called("explain", "RUN 1", "B 1", "commission", cwd=folder).out.startswith("commission of worker B 1, ")


def test_keys_that_are_integers_are_found(folder):
    (folder / "DATA" / "worker.csv").unlink()
    pq.write_table(pa.table({"worker": [7, -8], "sales": ["1.00", "2.00"]}), folder / "DATA" / "worker.parquet")
    run(folder)
    assert "of worker 7, 2026-10: 0.10 CNY" in called("explain", "RUN", "7", "net", cwd=folder).out
    assert "of worker -8, 2026-10: 0.20 CNY" in called("explain", "RUN", "--", "-8", "net", cwd=folder).out


def test_data_that_changed_is_not_explained(folder):
    run(folder)
    write_data(folder, "A,100\nB,999\n")
    outcome = called("explain", "RUN", "B", "bonus", cwd=folder)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == (
        f"error[changed-input]: the data of `RUN` is not what was paid: {folder / 'DATA' / 'worker.csv'}\n"
        "help:     run the plan again, or say with --data where the data is now\n"
    )


def test_data_that_moved_is_found(folder):
    run(folder)
    (folder / "DATA").rename(folder / "ARCHIVE")
    assert called("explain", "RUN", "B", "bonus", cwd=folder).code == 3
    assert "20.01 CNY" in called("explain", "RUN", "B", "bonus", "--data", "ARCHIVE", cwd=folder).out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("RUN", "C", "bonus"), 3, "error[unknown-key]: there is no worker C in the data"),
        (("RUN", "A", "bonsu"), 3, "error[unknown-line]: the plan has no `bonsu` of worker"),
        (("RUN", "A", "shop.bonus"), 3, "error[unknown-line]: the plan has no entity `shop`"),
        (
            ("NONE", "A", "bonus"),
            2,
            "error: `NONE` is no folder of a run; for a line of a plan's example say --example",
        ),
        (("DATA", "A", "bonus"), 3, "error[unreadable-run]: `DATA` is no run that can be read: "),
        (
            ("bonus.pay", "A", "bonus"),
            2,
            "error: `bonus.pay` is no folder of a run; for a line of a plan's example say",
        ),
    ],
)
def test_what_cannot_be_explained(folder, arguments, code, message):
    run(folder)
    outcome = called("explain", *arguments, cwd=folder)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(message)


def test_a_line_of_an_example_is_explained(folder):
    outcome = called("explain", "bonus.pay", "--example", "ten percent", "A", "net", cwd=folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("net of worker A, 2026-01: 10.00 CNY\n")
    same = called("explain", "bonus.pay", "--example", "ten percent", "--period", "2026-01", "A", "net", cwd=folder)
    assert same.out == outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--example", "ten"), "`bonus.pay` has no example of this title; it has:\n  ten percent"),
        (("--example", "ten percent", "--period", "2025-01"), "the example has no period `2025-01`"),
    ],
)
def test_examples_that_are_not_there(folder, arguments, message):
    outcome = called("explain", "bonus.pay", *arguments, "A", "net", cwd=folder)
    assert (outcome.code, outcome.err) == (2, f"error: {message}\n")

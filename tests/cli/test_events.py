"""Piecework by the command: what a run of events prints and writes, reruns, details, times, explanations of events."""

import json
import re
import shutil

import pytest

from tests.cli.command import called

PLAN = """\
plan parcels "Parcels"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    courier

entity zone
entity courier
entity parcel dated at in courier when bad hold outside period carry
  zone   : zone
  at     : datetime
  weight : decimal(1) kg 0 .. 100

parameters of zone
  fee : money 0 .. 10
table surcharge of zone, weight : money from data

let parcel.price = zone.fee + surcharge(zone, weight)
pay piecework "Parcels" = sum(price of parcel)
show zone.parcels       = count(parcel)
"""
FILES = {
    "zone.csv": "zone\nnear\nfar\n",
    "courier.csv": "courier\nC1\nC2\n",
    "parcel.csv": "parcel,courier,zone,at,weight\n"
    "1,C1,near,2026-10-01T08:00+08:00,1\n"
    "2,C1,far,2026-10-20T13:59+08:00,2.5\n"
    "3,C2,far,2026-10-20T14:00+08:00,\n"
    "4,C2,near,2026-10-31T23:59+08:00,2\n"
    "5,C2,near,2026-11-01T00:00+08:00,2\n",
    "parameters.zone.csv": "zone,effective_from,recorded_at,fee\n"
    "near,2026-01-01,2026-01-01,1\n"
    "far,2026-01-01,2026-01-01,2\n"
    "far,2026-10-20T14:00+08:00,2026-10-25,3\n",
    "table.surcharge.csv": "zone,weight_from,weight_below,surcharge\n*,,2,0\nfar,2,,1.50\n*,2,,0.50\n",
}
RIGHT = "parcel,courier,zone,at,weight\n3,C2,far,2026-10-20T14:00+08:00,2\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parcels.pay").write_text(PLAN, encoding="utf-8")
    for name in ("DATA", "RIGHT"):
        (tmp_path / name).mkdir()
    for name, text in FILES.items():
        (tmp_path / "DATA" / name).write_text(text, encoding="utf-8")
    (tmp_path / "RIGHT" / "parcel.csv").write_text(RIGHT, encoding="utf-8")
    return tmp_path


def run(folder, *arguments, out="RUN"):
    options = ("--period", "2026-10", "--out", out, "--format", "csv", "--reject-share", "50%")
    return called("run", "parcels.pay", "DATA", *options, *arguments, cwd=folder)


def rerun(folder, *arguments, run="RUN", data="RIGHT", out="RUN2"):
    return called("rerun", run, data, "--out", out, "--format", "csv", *arguments, cwd=folder)


def without_sizes(text):
    """Without the time that it took, and the sizes of files."""
    return re.sub(r" +[\d,]+ bytes", "", re.sub(r"in \d+\.\d s:", "in X s:", text))


SUMMARY = """\
Parcels: 2026-10, CNY

rows of `courier`     2
  paid                2
  rejected            0
rows of `parcel`      5
  paid                3
  held                1
  outside the period  1

pay    piecework  Parcels  6.00
total  gross               6.00
total  net                 6.00

held:
  1 null
      weight of parcel 3 is empty, expected 0 .. 100 kg

written to RUN in X s:
  carried.parcel.csv
  detail.parcel.csv
  held.csv
  lines.csv
  orphans.csv
  plan.pay
  rejects.csv
  run.json
  shown.zone.csv
  totals.csv
  withheld.csv
"""
RERUN_SUMMARY = """\
Parcels: 2026-10, CNY, supplements

rows of `courier`     2
  paid before         2
    supplements       1
  paid now, in full   0
  rejected            0
rows of `parcel`      5
  paid                4
  outside the period  1

pay    piecework  Parcels  4.50
total  gross               4.50
total  net                 4.50

written to RUN2 in X s:
  carried.parcel.csv
  held.csv
  lines.csv
  orphans.csv
  plan.pay
  rejects.csv
  run.json
  shown.zone.csv
  totals.csv
  withheld.csv
"""


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_a_run_of_events(folder, engine):
    done = run(folder, "--detail", "parcel", "--engine", engine)
    assert (done.code, without_sizes(done.out), done.err) == (0, SUMMARY, "")
    written = {
        name: (folder / "RUN" / f"{name}.csv").read_text(encoding="utf-8") for name in ("detail.parcel", "lines")
    }
    assert written == {
        "detail.parcel": "parcel,price\n1,1.00\n2,3.50\n3,\n4,1.50\n5,\n",
        "lines": "courier,piecework,gross,net,cost\nC1,4.50,4.50,4.50,4.50\nC2,1.50,1.50,1.50,1.50\n",
    }
    assert (folder / "RUN" / "carried.parcel.csv").read_text(encoding="utf-8") == (
        "parcel,courier,zone,at,weight\n5,C2,near,2026-11-01T00:00+08:00,2\n"
    )
    assert (folder / "RUN" / "held.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        'parcel,3,3,null,"weight of parcel 3 is empty, expected 0 .. 100 kg",parcel,3,3,weight,,0 .. 100 kg,'
    ]
    record = json.loads((folder / "RUN" / "run.json").read_text(encoding="utf-8"))
    assert record["balance"] == {"parcel": {"rows": 5, "paid": 3, "held": 1, "rejected": 0, "outside": 1, "orphans": 0}}
    assert (record["held"], record["options"]["known_at"]) == ({"null": 1}, None)
    assert [each["file"] for each in record["inputs"]] == sorted(FILES, key=lambda name: list(FILES).index(name))


def test_a_held_event_is_doubtful(folder):
    assert run(folder, "--strict").code == 6
    shutil.rmtree(folder / "RUN")
    assert run(folder, "--reject-share", "5%").err.startswith(
        "error[too-many-held]: 1 of 5 rows of `parcel` would be held"
    )


def test_only_what_was_known_counts(folder):
    (folder / "DATA" / "parcel.csv").write_text(
        FILES["parcel.csv"].replace("+08:00,\n", "+08:00,1\n"), encoding="utf-8"
    )
    late, early = run(folder), run(folder, "--known-at", "2026-10-24", out="EARLY")
    assert "piecework  Parcels  9.00" in late.out
    assert "piecework  Parcels  8.00" in early.out
    record = json.loads((folder / "EARLY" / "run.json").read_text(encoding="utf-8"))
    assert record["options"]["known_at"] == "2026-10-24"
    explained = called("explain", "EARLY", "3", "parcel.price", cwd=folder)
    assert "2.00 CNY  set for zone far since 2026-01-01 (row 2 of the parameters)" in explained.out


def test_a_rerun(folder):
    run(folder)
    done = rerun(folder)
    assert (done.code, without_sizes(done.out), done.err) == (0, RERUN_SUMMARY, "")
    assert (folder / "RUN2" / "lines.csv").read_text(encoding="utf-8") == (
        "courier,piecework,gross,net,cost\nC2,4.50,4.50,4.50,4.50\n"
    )
    record = json.loads((folder / "RUN2" / "run.json").read_text(encoding="utf-8"))
    assert [each["data"] for each in record["corrections"]] == [str(folder / "RIGHT")]
    assert (record["totals"]["net"], record["paid_in_all"]["net"]) == ("4.50", "10.50")
    assert called("explain", "RUN2", "C2", "net", cwd=folder).out.startswith(
        "corrected: the whole as it is now; the rerun pays what was not paid before\nnet of courier C2, 2026-10: 6.00"
    )
    assert called("explain", "RUN2", "3", "parcel.price", cwd=folder).out.startswith("price of parcel 3, 2026-10: ")
    nothing = rerun(folder, run="RUN2", out="RUN3")
    assert "supplements       0" in nothing.out


def test_a_rerun_with_other_parameters(folder):
    run(folder, "--known-at", "2026-10-24")
    assert "piecework  Parcels  3.50" in rerun(folder).out
    for name in ("parameters.zone.csv", "table.surcharge.csv"):
        text = FILES[name].replace("far,2,,1.50", "far,2,,1.25")
        (folder / "RIGHT" / name).write_text(text, encoding="utf-8")
    refused = rerun(folder, out="RUN3")
    assert (refused.code, refused.err.splitlines()[0]) == (
        3, "error[paid-would-change]: courier C1 was paid 4.50, and `piecework` would be 4.25 now",
    )  # fmt: skip
    assert not (folder / "RUN3").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("NONE", "RIGHT", "--out", "R"), 2, "error: `NONE` is no folder of a run"),
        (("RUN", "NONE", "--out", "R"), 2, "error: there is no folder `NONE` of data"),
        (("RUN", "RIGHT", "--out", "RUN"), 2, "error: `RUN` is there already; --replace replaces an earlier run"),
        (("RUN", "RIGHT", "--out", "./RUN", "--replace"), 2,
         "error: `RUN` is the run that is corrected; what it paid must stay on record"),
        (("RUN", "RIGHT", "--out", "R", "--detail", "zones"), 2,
         "error: --detail zones: no line of the plan is one of zones; there are lines of parcel, courier, zone"),
        (("RUN", "RIGHT", "--out", "R", "--known-at", "soon"), 2,
         "error: 'soon' is no day or moment; expected for example 2026-10-31, or 2026-10-31T18:00+08:00"),
        (("RUN", "RIGHT", "--out", "R", "--reject-share", "5"), 2,
         "error: '5' is no share; expected a percentage, like 5%"),
        (("DATA", "RIGHT", "--out", "R"), 3,
         "error[unreadable-run]: `DATA` is no run that can be read: DATA/run.json: No such file or directory"),
    ],
)  # fmt: skip
def test_reruns_that_mean_nothing(folder, arguments, code, message):
    run(folder)
    done = called("rerun", *arguments, cwd=folder)
    assert (done.code, done.err.splitlines()[0]) == (code, message)


def test_a_rerun_of_data_that_changed(folder):
    run(folder)
    (folder / "DATA" / "courier.csv").write_text("courier\nC1\nC2\nC3\n", encoding="utf-8")
    done = rerun(folder)
    assert done.err.startswith("error[changed-input]: the data of `RUN` is not what was paid: ")
    (folder / "DATA" / "courier.csv").write_text(FILES["courier.csv"], encoding="utf-8")
    (folder / "DATA").rename(folder / "MOVED")
    assert rerun(folder, "--data", "MOVED").code == 0
    text = (folder / "RUN" / "run.json").read_text(encoding="utf-8")
    (folder / "RUN" / "run.json").write_text(text.replace('"net": "6.00"', '"net": "7.00"'), encoding="utf-8")
    done = rerun(folder, "--data", "MOVED", out="RUN3")
    assert done.err.startswith("error[unrepeatable-run]: `RUN` comes to other sums now than were paid: `net` to 6.00")


EXPLAINED = """\
piecework "Parcels" of courier C1, 2026-10: 4.50 CNY                                  parcels.pay:19
  = sum(price of parcel)
  sum(price of parcel) = 4.50 CNY, over 2 rows of parcel
    parcel 2: 3.50 CNY
    parcel 1: 1.00 CNY
    how the others came about: paycalc explain RUN 1 parcel.price
  price of parcel 2: 3.50 CNY                                                         parcels.pay:18
    = zone.fee + surcharge(zone, weight)
    = 2.00 CNY + surcharge(far, 2.5 kg)
    = 2.00 CNY + 1.50 CNY
    surcharge(far, 2.5 kg): row `far, 2.0 kg.. : 1.50 CNY` of its data
    zone.fee                2.00 CNY  set for zone far since 2026-01-01 (row 2 of the parameters)
    zone                         far  parcel 2, row 2
    weight                    2.5 kg  parcel 2, row 2
    at        2026-10-20T13:59+08:00  parcel 2, row 2
"""


def test_an_amount_is_explained_down_to_its_events(folder):
    run(folder)
    assert called("explain", "RUN", "C1", "piecework", cwd=folder).out == EXPLAINED
    held = called("explain", "RUN", "3", "parcel.price", cwd=folder).out
    assert held.splitlines() == [
        "price of parcel 3, 2026-10: no value",
        "  weight of parcel 3 is empty, expected 0 .. 100 kg [null]",
        "  so parcel 3 is held, and counts in nothing",
    ]
    outside = called("explain", "RUN", "5", "parcel.price", cwd=folder).out.splitlines()
    assert (outside[0], outside[-1]) == ("price of parcel 5, 2026-10: no value", "  so parcel 5 counts in nothing")
    outside = called("explain", "RUN", "5", "parcel.weight", cwd=folder).out
    assert outside.splitlines() == [
        "outside the period 2026-10: the row counts in nothing",
        "weight of parcel 5: 2.0 kg  parcel 5, row 5",
    ]
    wrong = called("explain", "RUN", "1", "price", cwd=folder)
    assert wrong.err.splitlines()[1:] == ["help:     did you mean `parcel.price`?"]
    wrong = called("explain", "RUN", "C1", "piecework", "--events", "-1", cwd=folder)
    assert (wrong.code, "'-1' is no number of events" in wrong.err) == (2, True)


def test_every_stage_shows_what_is_of_events(folder):
    text = PLAN + (
        "let parcel.nth = running_count(within courier by at)\n"
        'example "one parcel"\n'
        "  zone far from 2026-01-01   : fee 2\n"
        "  zone far from 2026-10-02   : fee inherit\n"
        "  table surcharge\n    far, ..2 : 0\n    *, * : 1\n"
        "  courier C1 -> piecework 2\n"
        "  parcel 1 : courier C1, zone far, at 2026-10-01T08:00, weight 1 -> price 2\n"
    )
    (folder / "parcels.pay").write_text(text, encoding="utf-8")
    shown = {}
    for stage in ("tokens", "tree", "typed", "graph"):
        done = called("dump", "--stage", stage, "parcels.pay", cwd=folder)
        assert (done.code, done.err) == (0, ""), stage
        shown[stage] = [line.strip() for line in done.out.splitlines()]
    assert {"dated: parcel.at", "outside: carry", "holds: True", "by: parcel.at", "within: parcel.courier",
            "zone.fee: inherit", "since: 2026-10-02", "of: surcharge"} <= set(shown["typed"])  # fmt: skip
    assert {"dated: Identifier 9:21", "hold: BadHold 9:35"} <= set(shown["tree"])
    assert any("running" in line for line in shown["graph"])
    assert not any("outside: fault" in line for line in shown["typed"])

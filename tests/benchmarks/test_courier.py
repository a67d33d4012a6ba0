"""The benchmark of the courier plan, tiny: it pays what the example's expected totals say, whatever the threads."""

import json

import pytest

from benchmarks import courier
from tests.examples.test_courier import EXPECTED

SMALL = EXPECTED[0]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> courier.Measured:
    return courier.measure(SMALL["parcels"], 2, 1, tmp_path_factory.mktemp("month"))


def test_what_is_paid_is_what_is_expected(found):
    assert (found.parcels, found.threads, found.net) == (SMALL["parcels"], 2, SMALL["totals"]["net"])
    assert len(found.warm) == 1


def test_one_thread_pays_the_same(found, tmp_path):
    assert courier.measure(SMALL["parcels"], 1, 1, tmp_path).digest == found.digest


def test_the_report_says_it(found, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(courier, "measure", lambda *arguments: found)
    assert courier.main(["--parcels", "300", "--json", str(tmp_path / "out.json")]) == 0
    printed = capsys.readouterr().out
    assert f"net CNY                            {SMALL['totals']['net']}\n" in printed
    assert f"bytes a parcel                     {found.row_bytes:.1f}\n" in printed
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["digest"] == found.digest

"""What the command does when paycalc itself is wrong."""

import pytest

from paycalc.cli import check
from paycalc.cli.main import main
from paycalc.core.errors import InternalError


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), InternalError("the totals do not reconcile")])
def test_a_fault_of_paycalc_asks_for_a_report(monkeypatch, capsys, error):
    def fail(arguments):
        raise error

    monkeypatch.setattr(check, "execute", fail)
    assert main(["check", "plan.pay"]) == 70
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "internal error: " in shown.err
    assert shown.err.endswith("This is a fault of paycalc, not of your plan or data: please report it.\n")


def test_an_unforeseen_error_shows_where_it_arose(monkeypatch, capsys):
    def fail(arguments):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(check, "execute", fail)
    main(["check", "plan.pay"])
    assert "Traceback (most recent call last):" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["check", "--help"], 0), ([], 2), (["nonsense"], 2)]
)
def test_main_returns_its_exit_code(capsys, arguments, code):
    assert main(arguments) == code
    assert bool(capsys.readouterr().out) == (code == 0)

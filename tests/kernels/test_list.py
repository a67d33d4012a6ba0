"""The list of operations: each has a twin, and the page about them is made from it."""

from paycalc._kernels import OPCODES
from tests.kernels import test_aggregates, test_columns, test_operations, test_search
from tests.kernels.opcode_list import ENTRIES, make_kernels
from tests.kernels.twins import INTO_GROUPS


def test_every_operation_has_a_twin():
    with_twin = {each.opcode for each in test_operations.ALL}
    with_twin |= test_columns.TESTED | test_search.TESTED | test_aggregates.TESTED
    assert with_twin == set(OPCODES)
    assert set(INTO_GROUPS) == test_aggregates.TESTED


def test_the_numbers_are_those_of_the_list():
    named = [opcode for entry in ENTRIES for opcode in entry.opcodes]
    assert {name: number for number, name in enumerate(named)} == OPCODES
    assert len(OPCODES) > 150


def test_the_page_is_what_the_list_makes_it():
    written = make_kernels.PAGE.read_text(encoding="utf-8")
    assert written == make_kernels.page(), "run python docs/make_kernels.py, and read what it changed"


def test_every_operation_stands_on_the_page():
    page = make_kernels.page()
    for entry in ENTRIES:
        assert page.count(f"| `{entry.name}`") == 1

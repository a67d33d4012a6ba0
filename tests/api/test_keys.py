"""Keys as somebody writes them on a command line."""

from types import SimpleNamespace

import pytest

from paycalc.api import key_from_text


@pytest.mark.parametrize(
    ("keys", "written", "key"),
    [
        ([None, 3], "12", 12),
        ([3], "-12", -12),
        ([3], "A12", "A12"),
        (["A"], "12", "12"),
        ([], "12", "12"),
        ([3], "1" * 5000, "1" * 5000),
    ],
    ids=["whole", "negative", "no-number", "texts", "no-rows", "long"],
)
def test_a_key_is_of_the_tables_kind(keys, written, key):
    dataset = SimpleNamespace(entities={"worker": SimpleNamespace(keys=keys)})
    assert key_from_text(dataset, "worker", written) == key

"""Zones by name."""

import pytest

from paycalc.core.timezone import zone_named


@pytest.mark.parametrize("name", ["Asia/Shanghai", "UTC", "America/Argentina/Buenos_Aires"])
def test_zones(name):
    assert zone_named(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "Asia/Beijing",
        "",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "Factory",
        "right/UTC",
        "posix/UTC",
    ],
)
def test_names_of_no_zone(name):
    assert zone_named(name) is None

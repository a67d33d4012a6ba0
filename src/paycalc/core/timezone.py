"""Time zones by their names of the IANA data base."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

# Files beside the data base, which machines have or have not, and which say there what they like.
_OF_THE_MACHINE = ("localtime", "posixrules", "Factory")
_VARIANTS = ("right/", "posix/")  # with leap seconds, and without


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of a name; None where there is none."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only a plan with a time zone waits for it

    try:
        return None if name in _OF_THE_MACHINE or name.startswith(_VARIANTS) else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

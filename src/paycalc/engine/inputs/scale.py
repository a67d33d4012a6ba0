"""What a run says of a column's numbers: how many places an integer counts, and whether a percentage is a ratio.

2            the integer 12345 is 123.45                       (any number but a percentage)
ratio        0.02 is 2%          ratio:4    the integer 200 is 0.0200, so 2%
percent      2 is 2%             percent:2  the integer 200 is 2.00%
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

PLACES_MAX = 18

_WRITTEN = re.compile(r"(?:(?P<kind>ratio|percent)(?::(?P<places>\d{1,2}))?|(?P<only>\d{1,2}))\Z", re.ASCII)
_PERCENT = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Scale:
    """kind: `number`, `ratio` or `percent`. places: what an integer counts in; None where cells say it themselves."""

    kind: str
    places: int | None

    @property
    def factor(self) -> Fraction:
        """What a cell's value is multiplied by, once its places are counted."""
        return _PERCENT if self.kind == "percent" else Fraction(1)

    @property
    def step(self) -> Fraction:
        """What the integer 1 stands for."""
        return self.factor * Fraction(1, 10 ** (self.places or 0))

    def fits(self, percent: bool) -> bool:
        """Whether it can be said of a column, by whether that is a percentage."""
        return (self.kind != "number") == percent

    def __str__(self) -> str:
        if self.kind == "number":
            return str(self.places)
        return self.kind if self.places is None else f"{self.kind}:{self.places}"


def parse_scale(written: int | str) -> Scale | None:
    """`2`, `ratio:4`, ... as a scale; None where it is none."""
    match = _WRITTEN.match(str(written))
    if match is None or isinstance(written, bool):
        return None
    digits = match["only"] or match["places"]
    places = int(digits) if digits else None
    if places is not None and places > PLACES_MAX:
        return None
    return Scale(match["kind"] or "number", places)

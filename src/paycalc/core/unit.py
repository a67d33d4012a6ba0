"""Units: free names with whole powers. Money is a unit (its currency), so are points."""

from __future__ import annotations

from dataclasses import dataclass

POINTS_NAME = "points"


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of named units, e.g. CNY per hour: (("CNY", 1), ("hour", -1)), sorted by name, no zero powers."""

    factors: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(name: str, power: int = 1) -> Unit:
        return Unit(((name, power),)) if power else Unit()

    def _combined(self, other: Unit, sign: int) -> Unit:
        powers = dict(self.factors)
        for name, power in other.factors:
            powers[name] = powers.get(name, 0) + sign * power
        return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)))

    def __mul__(self, other: Unit) -> Unit:
        return self._combined(other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return self._combined(other, -1)

    def power_of(self, name: str) -> int:
        return dict(self.factors).get(name, 0)

    @property
    def is_plain(self) -> bool:
        return not self.factors

    def __str__(self) -> str:
        """As the language writes it: `CNY per hour`, `tonne km`, `cm3`; `per hour` alone, `a plain number`."""
        if not self.factors:
            return "a plain number"

        def words(sign: int) -> str:
            return " ".join(f"{n}{abs(p) if abs(p) > 1 else ''}" for n, p in self.factors if p * sign > 0)

        above, below = words(1), words(-1)
        return f"{above} per {below}".strip() if below else above


PLAIN = Unit()
POINTS = Unit.of(POINTS_NAME)

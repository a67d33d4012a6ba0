"""Coverage of random tables: gaps, rows that never match and empty bands are those that trying every case finds.

The matching of cells is written here a second time. Keys are small, so that every case can be tried; where an argument
is finer than its key, the bounds of all bands and the middles between them stand for all numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

from hypothesis import assume, given
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.check.types import NumberType
from paycalc.core.errors import PlanError
from paycalc.core.number import format_decimal
from paycalc.core.span import Source
from tests.check.checked import HEADER

Case = Fraction | bool | str


@dataclass(frozen=True)
class RandomKey:
    """type: as written behind the key's name; cases: every value; bounds: numbers that bands begin and end with."""

    name: str
    type: str
    cases: tuple[Case, ...]
    bounds: tuple[Fraction, ...] = ()


KEYS = (
    RandomKey("n", "int 0 .. 5", tuple(Fraction(n) for n in range(6)), tuple(Fraction(n, 2) for n in range(-2, 13))),
    RandomKey(
        "d", "decimal(1) -0.2 .. 0.3", tuple(Fraction(n, 10) for n in range(-2, 4)),
        tuple(Fraction(n, 20) for n in range(-5, 8)),
    ),
    RandomKey("m", "kind", ("low", "mid", "high")),
    RandomKey("f", "flag", (False, True)),
)  # fmt: skip


@dataclass(frozen=True)
class RandomCell:
    text: str
    takes: Callable[[Case], bool]


@dataclass(frozen=True)
class RandomTable:
    keys: tuple[RandomKey, ...]
    rows: tuple[tuple[RandomCell, ...], ...]
    collect: str

    @property
    def text(self) -> str:
        """Each row's result is its number, from 1."""
        head = ", ".join(key.name if key.name in ("m", "f") else f"{key.name} {key.type}" for key in self.keys)
        lines = [f"table t of {head} : int{self.collect}"]
        for number, row in enumerate(self.rows, 1):
            lines.append(f"  {', '.join(cell.text for cell in row)} : {number}")
        return "\n".join(lines) + "\n"

    def matching(self, case: Sequence[Case]) -> list[int]:
        """The numbers of the rows that take a case, from 0."""
        return [
            number
            for number, row in enumerate(self.rows)
            if all(cell.takes(value) for cell, value in zip(row, case, strict=True))
        ]


def written(value: Case) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format_decimal(value)


def equal(value: Case) -> RandomCell:
    return RandomCell(written(value), lambda case: case == value)


@st.composite
def bands(draw: st.DrawFn, key: RandomKey) -> RandomCell:
    low, high = sorted(draw(st.lists(st.sampled_from(key.bounds), min_size=2, max_size=2)))
    return draw(
        st.sampled_from(
            (
                RandomCell(f"{written(low)}..{written(high)}", lambda case: low <= case < high),  # type: ignore[operator]
                RandomCell(f"{written(low)}..={written(high)}", lambda case: low <= case <= high),  # type: ignore[operator]
                RandomCell(f"..{written(high)}", lambda case: case < high),  # type: ignore[operator]
                RandomCell(f"..={written(high)}", lambda case: case <= high),  # type: ignore[operator]
                RandomCell(f"{written(low)}..", lambda case: case >= low),  # type: ignore[operator]
                RandomCell(f"> {written(low)}", lambda case: case > low),  # type: ignore[operator]
                RandomCell(f">= {written(low)}", lambda case: case >= low),  # type: ignore[operator]
                RandomCell(f"< {written(high)}", lambda case: case < high),  # type: ignore[operator]
                RandomCell(f"<= {written(high)}", lambda case: case <= high),  # type: ignore[operator]
            )
        )
    )


@st.composite
def cells(draw: st.DrawFn, key: RandomKey) -> RandomCell:
    kind = draw(st.sampled_from(("any", "one", "either", "band", "band")))
    if kind == "any":
        return RandomCell("*", lambda case: True)
    if kind == "one" or (kind == "band" and not key.bounds):
        return equal(draw(st.sampled_from(key.cases)))
    if kind == "band":
        return draw(bands(key))
    options = [
        draw(bands(key)) if key.bounds and draw(st.booleans()) else equal(draw(st.sampled_from(key.cases)))
        for _ in range(draw(st.integers(2, 3)))
    ]
    text = ", ".join(option.text for option in options)
    return RandomCell(f"({text})", lambda case: any(option.takes(case) for option in options))


@st.composite
def tables(draw: st.DrawFn, collects: Sequence[str] = ("",), keys: Sequence[RandomKey] = KEYS) -> RandomTable:
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique_by=lambda key: key.name))
    count = draw(st.integers(1, 6))
    rows = [tuple(draw(cells(key)) for key in chosen) for _ in range(count)]
    if draw(st.booleans()):
        rows.append(tuple(RandomCell("*", lambda case: True) for _ in chosen))
    return RandomTable(tuple(chosen), tuple(rows), draw(st.sampled_from(collects)))


PLAN = HEADER + "kind m = one of low, mid, high\nentity worker\n  f : flag\n  m : m\n  above, below : int 1 .. 100\n"


def outcome(text: str) -> list[tuple[str, int]]:
    """Id and line of each fault; lines count from that of `table`."""
    try:
        check_plan(Source("p.pay", PLAN + text))
    except PlanError as error:
        first = PLAN.count("\n") + 1
        return [(each.id, error.source.position(each.span.start)[0] - first) for each in error.diagnostics]
    return []


def expected(table: RandomTable, *, first_match: bool, covered: bool) -> list[tuple[str, int]]:
    empty = [
        ("empty-band", number + 1)
        for number, row in enumerate(table.rows)
        for cell, key in zip(row, table.keys, strict=True)
        if not any(cell.takes(case) for case in key.cases)
    ]
    if empty:
        return empty
    found: list[tuple[str, int]] = []
    matches = [table.matching(case) for case in product(*(key.cases for key in table.keys))]
    if covered and not all(matches):
        found.append(("table-gap", 0))
    if first_match:
        reached = {match[0] for match in matches if match}
        found += [("unreachable-row", number + 1) for number in range(len(table.rows)) if number not in reached]
    return found


@given(table=tables())
def test_a_table_is_covered_as_trying_every_case_says(table: RandomTable) -> None:
    assert outcome(table.text) == expected(table, first_match=True, covered=True), table.text


@given(table=tables((" collect min", " collect max")))
def test_the_least_and_the_greatest_need_a_row_in_every_case(table: RandomTable) -> None:
    assert outcome(table.text) == expected(table, first_match=False, covered=True), table.text


@given(table=tables((" collect sum", " collect count")))
def test_a_sum_and_a_count_need_no_row(table: RandomTable) -> None:
    assert outcome(table.text) == expected(table, first_match=False, covered=False), table.text


@given(table=tables(("", " collect sum", " collect count", " collect min", " collect max")))
def test_what_a_table_gives_lies_in_the_range_of_its_type(table: RandomTable) -> None:
    arguments = {"n": "mod(above, 6)", "d": "clamp(round(above / 100, 1), -0.2, 0.3)", "m": "m", "f": "f"}
    call = f"let x = t({', '.join(arguments[key.name] for key in table.keys)})\n"
    assume(not outcome(table.text))
    plan = check_plan(Source("p.pay", PLAN + table.text + call))
    type_ = plan.lines[0].type
    assert isinstance(type_, NumberType)
    combine: dict[str, Callable[[list[int]], int]] = {
        "": lambda found: found[0], " collect sum": sum, " collect count": len, " collect min": min,
        " collect max": max,
    }  # fmt: skip
    for case in product(*(key.cases for key in table.keys)):
        results = [number + 1 for number in table.matching(case)]
        assert Fraction(combine[table.collect](results)) in type_.interval


@given(table=tables(("", " collect max"), KEYS[:2]))
def test_a_fraction_needs_cover_between_the_values_of_its_key(table: RandomTable) -> None:
    assume(not outcome(table.text))
    call = f"let x = t({', '.join('above / below' for _ in table.keys)})\n"
    axes = []
    for key in table.keys:
        low, high = Fraction(key.cases[0]), Fraction(key.cases[-1])
        points = sorted({low, high, *(bound for bound in key.bounds if low <= bound <= high)})
        axes.append([*points, *((first + second) / 2 for first, second in pairwise(points))])
    gap = not all(table.matching(case) for case in product(*axes))
    found = [id_ for id_, _ in outcome(table.text + call)]
    assert found == (["table-gap"] if gap else []), table.text

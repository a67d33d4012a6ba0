"""What the checker proves of a line holds in every row: its range, its places, and that nothing divides by zero."""

from hypothesis import assume, given

from paycalc.check import check_plan
from paycalc.check.typed import TypedPlan
from paycalc.check.types import NumberType
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from tests.check.checked import HEADER, holds
from tests.check.random_lines import ENTITY, RandomLine, Rejected, random_lines, rows

# What the checker may say of a random line; every other answer is a fault of the generator or of the checker.
REFUSALS = {
    "divisor-may-be-zero", "number-too-wide", "quotient-not-rounded", "clamp-inverted", "never-missing", "not-exact",
    "range-never-met",
}  # fmt: skip


def checked(text: str) -> tuple[TypedPlan | None, set[str]]:
    """The typed plan of a text, or the ids of its faults."""
    try:
        return check_plan(Source("p.pay", text)), set()
    except PlanError as error:
        return None, {each.id for each in error.diagnostics}


@given(lines=random_lines())
def test_a_line_stays_in_its_range(lines: list[RandomLine]) -> None:
    text = HEADER + "entity worker\n" + ENTITY + "".join(line.text for line in lines)
    plan, refused = checked(text)
    assert refused <= REFUSALS, text
    assume(plan is not None)
    assert plan is not None
    types = {line.name: line.type for line in plan.lines}
    for row in rows():
        for line in lines:
            try:
                value = line.of(row)
            except Rejected:
                break
            row[line.name] = value
            type_ = types[line.name]
            assert isinstance(type_, NumberType)
            assert holds(type_, value), f"{text}\n{line.name} is {value} at {row}, proven {type_.interval}"

"""Every plan of the repository, with the data of its examples: the graph says what the reference says, cell by cell."""

from pathlib import Path

import pytest

from paycalc.check import check_plan
from paycalc.core.errors import DataError, PlanError
from paycalc.core.span import Source
from paycalc.graph.build import build_graph
from paycalc.graph.rewrites import narrow, optimise
from paycalc.reference.examples import example_period
from tests.docs.code_blocks import ROOT, all_pages, pay_blocks
from tests.graph.comparing import compare, inputs_of
from tests.published.cases import read_plans

FILES = [
    *(ROOT / "src").rglob("*.pay"),
    *(ROOT / "examples").rglob("*.pay"),
    *(ROOT / "tests" / "syntax").rglob("*.pay"),
]
PLANS = {
    **{each.path: each.text for each in read_plans()},
    **{str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(FILES)},
    **{str(each): each.text for page in all_pages() for each in pay_blocks(page) if not each.faulty},
}


def compare_examples(name: str, text: str) -> int:
    """How many values agree. Raises AssertionError where one does not."""
    try:
        plan = check_plan(Source(name, text))
    except PlanError:
        return 0  # shown, or parsed, for the faults in it
    built = build_graph(plan)
    optimised = optimise(built)
    values = 0
    for example in plan.examples:
        try:
            run = example_period(plan, example)
        except DataError:
            continue
        assert run is not None
        inputs = inputs_of(run.evaluator.dataset)
        values += compare(built, inputs).values
        compare(optimised, inputs)
        compare(narrow(optimised, inputs.range, inputs.rows).graph, inputs, observed=True)
    return values


@pytest.mark.parametrize("folder", sorted({str(Path(name).parent) for name in PLANS}))
def test_the_graph_says_what_the_reference_says(folder):
    values = sum(compare_examples(name, text) for name, text in PLANS.items() if str(Path(name).parent) == folder)
    assert values > 0 or folder.startswith("tests/syntax")


def test_plans_were_found():
    assert len(PLANS) >= 150

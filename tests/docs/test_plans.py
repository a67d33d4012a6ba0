"""Every plan in the documentation is what the page says it is: free of faults with examples that pass, or faulty."""

import re

import pytest

from paycalc.check import check_plan
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from paycalc.reference.examples import run_examples
from tests.docs.code_blocks import ROOT, all_pages, blocks_of, pay_blocks, pay_blocks_of

PAY_BLOCKS = [each for page in all_pages() for each in pay_blocks(page)]


def test_the_documentation_has_plans_of_each_kind():
    marks = {(each.block.page.name, *each.block.marks) for each in PAY_BLOCKS}
    assert {("language.md", "prelude"), ("language.md",), ("language.md", "faulty")} <= marks
    assert ("getting-started.md", "faulty", "file") in marks


@pytest.mark.parametrize("pay", [each for each in PAY_BLOCKS if not each.faulty], ids=str)
def test_a_plan_is_free_of_faults_and_its_examples_pass(pay):
    failures = faults_and_failures(pay)
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("pay", [each for each in PAY_BLOCKS if each.faulty], ids=str)
def test_a_plan_marked_as_faulty_has_exactly_these_faults(pay):
    with pytest.raises(PlanError) as caught:
        check_plan(Source(str(pay), pay.text))
    assert tuple(sorted(each.id for each in caught.value.diagnostics)) == pay.faulty, str(caught.value)
    lines = [caught.value.source.position(each.span.start)[0] for each in caught.value.diagnostics]
    assert min(lines) > pay.lines_before, "the fault lies in the prelude"


def faults_and_failures(pay) -> list[str]:
    """What is wrong with the plan or its examples, as text."""
    try:
        plan = check_plan(Source(str(pay), pay.text))
    except PlanError as error:
        return [f"{pay}\n{error}"]
    return [
        f"{pay}, line {pay.text[: failure.span.start].count(chr(10)) + 1 - pay.lines_before} of the block: "
        f"{failure.text}: expected {failure.expected}, got {failure.got}"
        for outcome in run_examples(plan)
        for failure in outcome.failures
    ]


PAGE = """\
text
<!-- prelude -->
```pay
plan p
  currency CNY
  period   month
  payee    worker
entity worker
  sales : money
```
```pay
pay bonus = 1
example "wrong on purpose"
  worker A : sales 1 -> bonus 2
```
<!-- faulty: unknown-name -->
```pay
pay bonus = purchases
```
```text
pay
```
"""


def test_blocks_are_found_and_checked():
    """The other tests would notice a plan that is wrong."""
    page = ROOT / "page.md"
    found = blocks_of(PAGE, page)
    assert [(each.kind, each.line) for each in found] == [("pay", 4), ("pay", 12), ("pay", 18), ("text", 21)]
    _, wrong, faulty = pay_blocks_of(PAGE, page)
    [failure] = faults_and_failures(wrong)
    assert failure.startswith("page.md:12, line 3 of the block: bonus 2: expected 2")
    assert faulty.faulty == ("unknown-name",)
    assert len(faults_and_failures(faulty)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "```pay\nlet x = 1\n```\n",
        "<!-- fualty: cycle -->\n```pay\nplan p\n```\n",
        "<!-- prelude -->\n```pay\nlet x = 1\n```\n",
        "<!-- faulty -->\n```pay\nplan p\n```\n",
        "```pay\nplan p\n",
    ],
)
def test_a_block_that_is_not_understood_is_refused(text):
    with pytest.raises(ValueError, match=re.escape("page.md:")):
        pay_blocks_of(text, ROOT / "page.md")

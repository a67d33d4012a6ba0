"""Every published case is a plan that gives the published numbers, or is listed with what it waits for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import pytest

from paycalc.check import check_plan
from paycalc.check.typed import TypedPlan
from paycalc.check.types import NumberType
from paycalc.core.span import Source
from paycalc.reference.examples import run_examples
from tests.published.cases import FOLDER, PlanFile, read_cases, read_plans, read_waiting
from tests.published.make_readme import page

CASES = read_cases()
PLANS = read_plans()
WAITING = read_waiting()
EACH_PLAN = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.path)

PLANNED_MIN = 70


@dataclass(frozen=True)
class Different:
    """A published number that no example expects as it stands. plan: what the example has in its place."""

    published: str
    plan: str
    reason: str


ROUNDED_BY_SOURCE = "the source rounds for its comparison and allows a margin; the plan has the exact number"
DIFFERENT = {
    "openfisca-tn-irpp-2016": [Different("3010", "3009.75", ROUNDED_BY_SOURCE)],
    "openfisca-tn-irpp-2016-family": [Different("2972", "2972.25", ROUNDED_BY_SOURCE)],
    "policyengine_uk-ni-4-2023": [
        Different("1628", "1628.28", ROUNDED_BY_SOURCE),
        Different("3452", "3452.58", ROUNDED_BY_SOURCE),
    ],
}


@cache
def checked(plan: PlanFile) -> TypedPlan:
    return check_plan(Source(plan.path, plan.text))


@EACH_PLAN
def test_every_example_passes(plan):
    outcomes = run_examples(checked(plan))
    assert outcomes
    assert sum(outcome.expectation_count for outcome in outcomes) > 0
    assert [(outcome.title, outcome.failures) for outcome in outcomes if not outcome.passed] == []


@EACH_PLAN
def test_a_plan_cites_its_cases_and_their_sources(plan):
    assert plan.cases
    assert plan.sources
    for case in plan.cases:
        begins = " ".join(CASES[case].source.split()[:3])
        assert any(begins in source for source in plan.sources), f"{case}: {begins}"
    families = {CASES[case].family for case in plan.cases}
    assert {plan.path.partition("/")[0]} == families, "a plan stands in the folder of its family"


def needed_numbers(plan: PlanFile) -> list[Fraction]:
    """What the plan's cases publish, with what stands in its place where that differs."""
    numbers: list[Fraction] = []
    for case in plan.cases:
        instead = {Fraction(each.published): Fraction(each.plan) for each in DIFFERENT.get(case, ())}
        numbers += [instead.get(number, number) for number in CASES[case].expected]
    return numbers


def example_numbers(plan: PlanFile) -> list[set[Fraction]]:
    """Each number that an example expects; a percentage is published as 0.02 or as 2."""
    found = []
    for example in checked(plan).examples:
        for block in example.blocks:
            for each in block.expectations:
                if each.target is not None and isinstance(each.value, Fraction):
                    percent = isinstance(each.target.type, NumberType) and each.target.type.percent
                    found.append({each.value, each.value * 100} if percent else {each.value})
    return found


def missing_numbers(plan: PlanFile) -> list[Fraction]:
    """Published numbers without an expectation of their own: a number published twice is expected twice."""
    given = sorted(example_numbers(plan), key=len)
    missing = []
    for number in needed_numbers(plan):
        match = next((each for each in given if number in each), None)
        if match is None:
            missing.append(number)
        else:
            given.remove(match)
    return missing


@EACH_PLAN
def test_the_examples_have_the_published_numbers(plan):
    assert missing_numbers(plan) == []


def test_a_planted_fault_is_found():
    plan = next(each for each in PLANS if "us_withholding-pub15-ex3" in each.cases)
    wrong = replace(plan, text=plan.text.replace("withheld 220", "withheld 221"))
    assert wrong.text != plan.text
    assert missing_numbers(wrong) == [Fraction(220)]
    [outcome] = run_examples(checked(wrong))
    assert [(failure.expected, failure.got) for failure in outcome.failures] == [("221.00 USD", "220.00 USD")]


def test_a_different_number_stays_within_the_margin_of_its_source():
    for case, differences in DIFFERENT.items():
        tolerance = CASES[case].tolerance
        assert tolerance is not None
        for each in differences:
            assert Fraction(each.published) in CASES[case].expected
            assert abs(Fraction(each.published) - Fraction(each.plan)) <= tolerance
            assert each.reason


def test_every_case_is_a_plan_or_waits():
    planned = [case for plan in PLANS for case in plan.cases]
    listed = planned + [each.case for each in WAITING]
    assert [case for case, count in Counter(listed).items() if count > 1] == [], "a case in two places"
    assert sorted(listed) == sorted(CASES)
    assert all(bool(each.waits_for) != bool(each.never) for each in WAITING)
    assert len(planned) >= PLANNED_MIN


def test_the_page_lists_the_files_as_they_are():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert text == page(), "write it anew: python -m tests.published.make_readme"

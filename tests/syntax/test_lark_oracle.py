"""The hand-written parser and a lark grammar agree on what is a plan."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycalc.core.span import Source
from paycalc.syntax.lexer import lex
from paycalc.syntax.parser import parse
from tests.fuzz.plan_texts import PlanTexts
from tests.syntax.plan_oracle import PlanOracle

ROOT = Path(__file__).parents[2]
# What a grammar cannot say: sizes, the calendar, characters in comments and texts.
BEYOND_GRAMMAR = {
    "bidi-character", "control-character", "invalid-date", "nested-too-deep", "number-too-long", "tab",
    "too-many-nodes",
}  # fmt: skip
FOLDERS = ("src", "tests", "examples", "docs", "benchmarks")
ORACLE = PlanOracle()
PLANS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "syntax" / "plans").glob("*.pay"))]


def plan_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.pay"))


def is_plan(text: str) -> bool:
    return not parse(Source("p.pay", text))[1]


@pytest.mark.parametrize("path", plan_files(), ids=lambda path: path.stem)
def test_files_of_the_repository(path):
    text = path.read_bytes().decode("utf-8", "replace")
    found = {diagnostic.id for diagnostic in parse(Source("p.pay", text))[1]}
    if not found or not found <= BEYOND_GRAMMAR:
        assert ORACLE.accepts(text) == (not found)


def test_there_are_plans_to_compare():
    assert all(is_plan(text) for text in PLANS)
    assert len(PLANS) >= 3


@given(st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_random_plans(random: Random):
    text = PlanTexts(random).plan(2)
    assert ORACLE.accepts(text)
    assert is_plan(text)


def mutated(random: Random, text: str) -> str:
    """The text with a word left out, doubled, replaced by another or swapped with another."""
    tokens = lex(Source("p.pay", text)).tokens
    first, second = sorted(random.sample(tokens, 2), key=lambda token: token.start)
    before, word, behind = text[: first.start], text[first.start : first.end], text[first.end :]
    match random.randrange(4):
        case 0:
            return before + behind
        case 1:
            return f"{before}{word} {word}{behind}"
        case 2:
            return before + text[second.start : second.end] + behind
        case _:
            between = text[first.end : second.start]
            return before + text[second.start : second.end] + between + word + text[second.end :]


@given(st.randoms(use_true_random=False))
@settings(max_examples=400)
def test_mutated_plans(random: Random):
    text = PlanTexts(random, untidy=False).plan(2) if random.random() < 0.9 else random.choice(PLANS)
    if len(lex(Source("p.pay", text)).tokens) >= 2:
        text = mutated(random, text)
    assert ORACLE.accepts(text) == is_plan(text)

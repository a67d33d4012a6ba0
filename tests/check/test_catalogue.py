"""The catalogue of rules: its ids, its examples, and the rules whose examples are too large to be written."""

import re

import pytest

from paycalc.check import check_plan
from paycalc.check.catalogue import PRELUDE, RULES, example_plan
from paycalc.core.diagnostic import Rule
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from paycalc.syntax.faults import FAULTS_MAX
from paycalc.syntax.lexer import TEXT_BYTES_MAX, WORDS_MAX
from paycalc.syntax.parser import decode

WITH_EXAMPLES = [rule for rule in RULES if rule.bad]
TESTED_BELOW = {"text-too-large", "not-utf8", "too-many-nodes", "too-many-faults"}


def ids_of(text: str) -> list[str]:
    """The ids of a text's faults; none where it is a plan."""
    try:
        check_plan(Source("p.pay", text))
    except PlanError as error:
        return [each.id for each in error.diagnostics]
    return []


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_is_wrong(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+[0-9]*(-[a-z0-9]+)*", rule.id)
    assert rule.title
    assert not rule.title.endswith(".")
    assert "\n" not in rule.title + rule.why


def test_only_rules_about_size_and_encoding_have_no_examples() -> None:
    assert {rule.id for rule in RULES if not rule.bad or not rule.mended} == TESTED_BELOW


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.id)
def test_the_bad_example_breaks_its_rule_and_no_other(rule: Rule) -> None:
    assert ids_of(example_plan(rule.bad)) == [rule.id]


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.id)
def test_the_mended_example_is_a_plan(rule: Rule) -> None:
    assert ids_of(example_plan(rule.mended)) == []


def test_the_prelude_is_a_plan() -> None:
    assert ids_of(PRELUDE) == []


def test_a_text_of_a_mebibyte_is_the_largest() -> None:
    assert TEXT_BYTES_MAX == 1_048_576
    largest = PRELUDE + "#" * (TEXT_BYTES_MAX - len(PRELUDE))
    assert ids_of(largest) == []
    assert ids_of(largest + "#") == ["text-too-large"]


def test_a_text_is_measured_in_bytes() -> None:
    comment = "#" + "元" * ((TEXT_BYTES_MAX - len(PRELUDE)) // 3 + 1)
    assert len(PRELUDE + comment) < TEXT_BYTES_MAX
    assert ids_of(PRELUDE + comment) == ["text-too-large"]


def test_bytes_that_are_not_utf8_are_refused() -> None:
    source, faults = decode("plan gehälter\n".encode("latin-1"), "p.pay")
    assert source is None
    assert [each.id for each in faults] == ["not-utf8"]
    source, faults = decode(b"\xef\xbb\xbf" + PRELUDE.encode(), "p.pay")
    assert source == Source("p.pay", PRELUDE)
    assert faults == ()


def test_a_plan_has_at_most_fifty_thousand_words() -> None:
    assert WORDS_MAX == 50_000
    one_too_many = PRELUDE + "let x = " + " + ".join(["1"] * WORDS_MAX) + "\n"
    assert ids_of(one_too_many) == ["too-many-nodes"]


def test_a_thousand_faults_are_shown() -> None:
    assert FAULTS_MAX == 1_000
    found = ids_of(PRELUDE + "oops\n" * 1_000)
    assert found == ["unknown-declaration"] * 1_000
    found = ids_of(PRELUDE + "oops\n" * 1_100)
    assert found == ["unknown-declaration"] * 1_000 + ["too-many-faults"]


def test_a_thousand_faults_of_the_checker_are_shown() -> None:
    found = ids_of(PRELUDE + "".join(f"let x{number} = unknown{number}\n" for number in range(1_100)))
    assert found == ["unknown-name"] * 1_000 + ["too-many-faults"]

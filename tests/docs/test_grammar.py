"""The grammar on the language page derives what the parser reads, and nothing of what it refuses."""

from pathlib import Path

import pytest

from paycalc.check.catalogue import RULES, example_plan
from paycalc.core.span import Source
from paycalc.syntax import faults
from paycalc.syntax.lexer import lex
from paycalc.syntax.parser import parse
from tests.docs.code_blocks import DOCS, ROOT, all_pages, blocks, pay_blocks
from tests.docs.grammar import Grammar

[NOTATION] = [block.text for block in blocks(DOCS / "language.md") if block.kind == "ebnf"]
GRAMMAR = Grammar(NOTATION)
TOKENS = {"WORD", "NAME", "NUMBER", "TEXT", "DATE", "DATETIME", "NEWLINE", "INDENT", "DEDENT"}
# Shapes that the parser refuses with an id of their own. Not all faults of syntax are faults of shape: a second
# `currency` is one of meaning, and of what is not in this version the grammar says nothing.
SHAPES = {
    "unexpected-token", "reserved-word", "unknown-declaration", "unknown-setting", "comparison-chain", "missing-else",
    "missing-otherwise", "case-misplaced", "if-misplaced", "when-misplaced", "missing-bound", "key-with-members",
    "not-available",
}  # fmt: skip

# That `fortnight` is no period is for the checker to say; the grammar lists the periods.
PLANS = [(str(pay), pay.text) for page in all_pages() for pay in pay_blocks(page) if "unknown-period" not in pay.faulty]
PLANS += [
    (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    for folder in ("examples", "tests/published", "tests/syntax/plans", "src/paycalc/cli/demo")
    for path in sorted((ROOT / folder).rglob("*.pay"))
]
READABLE = [(name, text) for name, text in PLANS if not parse(Source(name, text))[1]]


def test_every_rule_is_used_and_every_name_is_a_rule_or_a_token():
    assert GRAMMAR.names_used() == set(GRAMMAR.rules) | TOKENS
    assert len(GRAMMAR.rules) > 40


@pytest.mark.parametrize(("name", "text"), READABLE, ids=[name for name, _ in READABLE])
def test_what_the_parser_reads_is_derived(name, text):
    assert GRAMMAR.derives(text)


REFUSED = [rule for rule in RULES if rule.id in SHAPES and not lex(Source("bad", example_plan(rule.bad))).diagnostics]


def test_the_faults_of_shape_are_known():
    assert {rule.id for rule in REFUSED} == SHAPES <= {rule.id for rule in faults.RULES}


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule.id)
def test_what_the_parser_refuses_for_its_shape_is_not_derived(rule):
    assert not GRAMMAR.derives(example_plan(rule.bad))
    assert GRAMMAR.derives(example_plan(rule.mended))


def test_notation_that_is_not_well_formed_is_refused():
    for text in ("a = b", "a = ( b ;", "a = b ; a = c ;", "a = ? ;"):
        with pytest.raises(ValueError, match=r"expected|twice|not understood"):
            Grammar(text)


def test_there_are_plans_of_every_source():
    tops = {Path(name).parts[0] for name, _ in READABLE}
    assert {"docs", "examples", "tests", "src"} <= tops

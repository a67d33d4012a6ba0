"""The page of diagnostics is what the rules make it, and has every id."""

import importlib.util
import re

import pytest

from paycalc.check.catalogue import RULES
from paycalc.core.diagnostic import Rule
from tests.docs.code_blocks import DOCS


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_diagnostics", DOCS / "make_diagnostics.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_rules_make_it(maker):
    written = (DOCS / "diagnostics.md").read_text(encoding="utf-8")
    assert written == maker.page(), "run python docs/make_diagnostics.py, and read what it changed"


def test_every_id_has_an_entry(maker):
    ids = re.findall(r"^### (.+)$", maker.page(), re.MULTILINE)
    assert sorted(ids) == sorted(rule.id for rule in RULES)
    assert len(set(ids)) == len(ids) > 60


def test_an_id_without_an_example_has_a_sentence_in_its_place(maker):
    assert set(maker.NOT_SHOWN) == {rule.id for rule in RULES if not rule.bad}
    assert set(maker.NOT_SHOWN) == {"text-too-large", "not-utf8", "too-many-nodes", "too-many-faults"}
    for rule in RULES:
        if rule.id in maker.NOT_SHOWN:
            assert maker.entry(rule).endswith(f"\n\n{maker.NOT_SHOWN[rule.id]}\n")


def test_every_example_shows_its_own_id(maker):
    for rule in RULES:
        if rule.bad:
            assert f"error[{rule.id}]: " in maker.printed(rule.bad)


def test_what_cannot_be_shown_as_it_stands(maker):
    rule = Rule("x", "the title", "the rule", "let a = 1\x07", "let a = 1")
    assert maker.faulty(rule) == ["Here the character is written as an escape:\n", "```text\nlet a = 1\\u{7}\n```\n"]
    long = Rule("x", "the title", "the rule", "\n".join(f"let a{n} = 1" for n in range(40)), "let a = 1")
    [_, shown] = maker.faulty(long)
    assert shown == "```text\nlet a0 = 1\nlet a1 = 1\nlet a2 = 1\n... 36 more lines like these\n```\n"
    with pytest.raises(ValueError, match="no fault"):
        maker.printed("let a = 1")

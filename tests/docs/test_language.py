"""What the language page says in tables and lists is what the code does."""

import re
from datetime import date
from fractions import Fraction

import pytest

from paycalc.check import check_plan
from paycalc.check.catalogue import PRELUDE
from paycalc.check.symbols import AGGREGATES, FUNCTIONS, KEPT_NAMES
from paycalc.check.type_expressions import DEFAULT_INTERVALS, TYPE_WORDS
from paycalc.core.calendar import PERIOD_KINDS, PeriodRule
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.errors import PlanError
from paycalc.core.number import ROUNDING_MODES, Interval, parse_decimal
from paycalc.core.span import Source
from paycalc.reference.examples import run_examples
from paycalc.reference.faults import FaultCode
from paycalc.syntax.lexer import RESERVED, SOFT_RESERVED
from tests.docs.code_blocks import DOCS

PAGE = (DOCS / "language.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading, up to the next heading of the same or a higher level."""
    match = re.search(rf"^(#+) {re.escape(title)}$", PAGE, re.MULTILINE)
    assert match is not None, title
    rest = PAGE[match.end() :]
    following = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def table(text: str, head: str) -> list[list[str]]:
    """The rows of the first table whose head row begins like this, cell by cell."""
    lines = text[text.index(head) :].splitlines()
    rows = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_table_of_rounding_modes():
    text = section("Rounding")
    head = next(line for line in text.splitlines() if line.startswith("| mode |"))
    numbers = [cell.strip() for cell in head.strip("|").split("|")][2:]
    assert len(numbers) == 7
    rows = table(text, "| mode |")
    assert {codes(row[0])[0] for row in rows} == set(ROUNDING_MODES)
    lines, expected = [], []
    for mode, _, *results in rows:
        for at, (number, result) in enumerate(zip(numbers, results, strict=True)):
            lines.append(f"let {codes(mode)[0]}_{at} = round({number} + days - days, 0, {codes(mode)[0]})")
            expected.append(f"{codes(mode)[0]}_{at} {result}")
    plan = PRELUDE + "\n".join(lines) + '\nexample "modes"\n  worker A : days 1 -> ' + ", ".join(expected) + "\n"
    [outcome] = run_examples(check_plan(Source("modes", plan)))
    assert outcome.failures == ()
    assert outcome.expectation_count == 7 * 7


def test_the_types_and_their_default_ranges():
    rows = table(section("Types"), "| type | holds |")
    words = [codes(row[0])[0].split("(")[0].split()[0] for row in rows if row[0].startswith("`")]
    assert set(words) == {*TYPE_WORDS, "one"}
    for row in rows:
        word = codes(row[0])[0].split("(")[0] if row[0].startswith("`") else ""
        if word in DEFAULT_INTERVALS:
            low, high = (_number(each) for each in row[2].split(" .. "))
            assert DEFAULT_INTERVALS[word] == Interval.of(low, high), word


def _number(text: str) -> Fraction:
    parsed = parse_decimal(text.removesuffix("%"))
    assert parsed is not None, text
    return parsed[0] / (100 if text.endswith("%") else 1)


def test_the_words_that_cannot_be_names():
    reserved, soft, kept, *_ = re.findall(r"((?:`\w+`\s+(?:and\s+)?)+`\w+`)", section("Names"))
    assert set(codes(reserved)) == RESERVED
    assert set(codes(soft)) == SOFT_RESERVED
    assert set(codes(kept)) == KEPT_NAMES


def test_every_function_has_its_place():
    text = section("Functions") + section("Rounding") + section("Ladders") + section("Aggregates")
    called = set(re.findall(r"`?(\w+)\(", text)) | set(codes(text))
    assert set(FUNCTIONS) | set(AGGREGATES) <= called


def test_the_periods_and_their_names():
    rows = table(section("The header"), "| period | runs |")
    kinds = []
    for written, _, names in rows:
        kind = codes(written)[0]
        rule = PeriodRule("days", 14, date(2026, 1, 5)) if "days" in kind else PeriodRule(kind)
        kinds.append(rule.kind)
        for name in codes(names):
            assert rule.parse(name).name == name
    assert tuple(kinds) == PERIOD_KINDS


def test_the_places_of_currencies():
    named = re.findall(r"\b([A-Z]{3}) (\d)\b", section("The header"))
    assert len(named) == 3
    assert all(CURRENCY_PLACES[code] == int(places) for code, places in named)


def test_the_codes_of_faults_in_their_order():
    rows = table(section("When a row cannot be computed"), "| code |")
    assert [code for row in rows for code in codes(row[0])] == [code.value for code in FaultCode]


NOT_AVAILABLE = {
    "rank": "let a = rank(sales highest first within store)\n",
    "share": "let a = share(store.revenue by hours)\n",
    "group without": "let store.a = count(worker) group without rejected\n",
    "carry": "carry drawn : money 0 .. 1_000 = 0\n",
    "opening": "let a = opening drawn\n",
    "close": "close drawn = 5\n",
    "closing": 'pay a = 5\nexample "e"\n  worker W -> closing drawn 5\n',
    "deductions": "deductions statutory, agreed\n",
    "class of a deduction": "deduct a class statutory = 5\n",
    "held_back": "let a = held_back(tax)\n",
    "wallet": 'wallet meal "Meal points"\n',
    "grant": "grant meal = 15 points\n",
    "redeem": "redeem amount of parcel\n  from meal\n",
    "granted": "let a = granted(meal)\n",
    "used": "let a = used(meal)\n",
    "balance": "let a = balance(meal)\n",
    "expired": "let a = expired(meal)\n",
    "value": "let a = value(days)\n",
    "extends": "plan p extends q\n  currency CNY\n  period month\n  payee worker\nentity worker\n",
    "replace": "replace pay a = 5\n",
}


@pytest.mark.parametrize("what", NOT_AVAILABLE)
def test_what_is_not_in_this_version_is_recognised(what):
    text = NOT_AVAILABLE[what]
    with pytest.raises(PlanError) as caught:
        check_plan(Source(what, text if text.startswith("plan") else PRELUDE + text))
    assert [each.id for each in caught.value.diagnostics] == ["not-available"], str(caught.value)


def test_what_is_not_in_this_version_is_listed():
    text = section("Not in this version")
    assert [what for what in NOT_AVAILABLE if what.split()[0] not in text] == []

"""What is reported: ids, places, words, and nothing that only follows from something reported."""

import time
from textwrap import dedent

import pytest

from paycalc.core.span import Source
from paycalc.syntax.faults import RULES
from paycalc.syntax.parser import parse
from tests.syntax.reading import faults_shown, ids, source_of, written

WITHOUT_EXAMPLE = ["text-too-large", "not-utf8", "too-many-nodes", "too-many-faults"]


def test_every_rule_has_an_id_a_title_and_examples():
    assert len({rule.id for rule in RULES}) == len(RULES) == 35
    assert [rule.id for rule in RULES if not rule.bad and not rule.mended] == WITHOUT_EXAMPLE
    for rule in RULES:
        assert rule.title[0] == rule.title[0].upper() or rule.title.startswith("`")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.bad], ids=lambda rule: rule.id)
def test_the_examples_of_rules(rule):
    assert ids(rule.bad) == [rule.id]
    assert ids(rule.mended) == []


def shown(text: str) -> str:
    return faults_shown(dedent(text).lstrip("\n"))


def lines(text: str) -> str:
    return dedent(text).strip("\n")


# ---------------------------------------------------------------- exact wording


def test_a_chinese_input_method():
    assert shown("plan p\nlet 奖金 = max（销售额，0）\n") == lines("""
        error[unexpected-character]: `（` (fullwidth left parenthesis) is not used in a plan
         --> p.pay:2:13
          |
        2 | let 奖金 = max（销售额，0）
          |               ^^
        why:  outside of texts and comments a plan has names, numbers and a few ASCII signs; input methods
              often type others that look like them
        help: write `(`

        error[unexpected-character]: `，` (fullwidth comma) is not used in a plan
         --> p.pay:2:17
          |
        2 | let 奖金 = max（销售额，0）
          |                       ^^
        why:  outside of texts and comments a plan has names, numbers and a few ASCII signs; input methods
              often type others that look like them
        help: write `,`

        error[unexpected-character]: `）` (fullwidth right parenthesis) is not used in a plan
         --> p.pay:2:19
          |
        2 | let 奖金 = max（销售额，0）
          |                          ^^
        why:  outside of texts and comments a plan has names, numbers and a few ASCII signs; input methods
              often type others that look like them
        help: write `)`
        """)


def test_a_comparison_chain():
    assert shown("plan p\nlet x = 1 when 0 < sales < 100\n") == lines("""
        error[comparison-chain]: a second comparison in a row
         --> p.pay:2:26
          |
        2 | let x = 1 when 0 < sales < 100
          |                          ^
        why:  a comparison gives yes or no, and that cannot be compared with a number
        help: join two comparisons: `a < b and b < c`
        """)


def test_a_construct_of_later_versions():
    assert shown("plan p\ncarry drawn : money = 0\n") == lines("""
        error[not-available]: `carry` is part of the plan language, but not of this version of paycalc
         --> p.pay:2:1
          |
        2 | carry drawn : money = 0
          | ^^^^^
        why:  nothing is computed half: what is not there yet is refused
        help: leave it out, or compute it outside and hand it in as data
        """)


def test_a_setting_twice():
    assert shown("plan p\n  currency CNY\n  payee worker\n  currency USD\n") == lines("""
        error[duplicate-setting]: a second `currency`
         --> p.pay:4:3
          |
        2 |   currency CNY
          |   -------- the first
        3 |   payee worker
        4 |   currency USD
          |   ^^^^^^^^
        why:  each setting and each part of a declaration stands once
        help: keep one of them
        """)


def test_a_text_that_ends_early():
    assert shown("plan p\nlet x =") == lines("""
        error[unexpected-token]: the line ends where a value was expected
         --> p.pay:2:8
          |
        2 | let x =
          |        ^
        help: e.g. a name, a number or an expression in brackets
        """)


def test_a_line_that_continues_by_mistake():
    assert shown("plan p\nentity e\n  a : int\n    b : int\n") == lines("""
        error[unexpected-token]: expected a range, `optional`, `= DEFAULT`, a label in quotes or the end of the line, \
found `:`
         --> p.pay:4:7
          |
        4 |     b : int
          |       ^
        help: the line beginning with `b` is indented deeper than the one above: it continues it
        """)


# ---------------------------------------------------------------- ids and help


def only(text: str):
    (diagnostic,) = parse(source_of(text))[1]
    return diagnostic


@pytest.mark.parametrize(
    ("text", "id", "help"),
    [
        ("let x = a != b", "unknown-operator", "write `is not`"),
        ("let x = a <> b", "unknown-operator", "write `is not`"),
        ("let x = a || b", "unknown-operator", "write `or`"),
        ("let x = a => b", "unknown-operator", "write `>=` to compare, `->` before results"),
        ("let x = a ** 2", "unknown-operator", "there is no power: write the product, e.g. `x * x`"),
        ("let x = a ^ 2", "unknown-operator", "there is no power: write the product, e.g. `x * x`"),
        ("let x = a // 2", "unknown-operator", "write `floor(a / b)`"),
        ("let x = a not in (b)", "unknown-operator", "write `not (x in (...))`"),
        ("let x = 1 when a = 2", "equals-sign", "equality is `is`: `a is b`"),
        ("let x = 1 when a == 2", "equals-sign", "equality is `is`: `a is b`"),
        ("let x = if a then b", "missing-else", "say what holds otherwise, e.g. `else 0`"),
        ("let x = if a then b elif c then d else e", "unexpected-token", "write `else if`"),
        ("let x = if a b else c", "unexpected-token", "write `if CONDITION then VALUE else VALUE`"),
        ("let x = 2 + not a", "unexpected-token", "put the negation in brackets: `(not ...)`"),
        ("let x = a in b", "unexpected-token", "write `x in (a, b)`"),
        ("let x = sum(sales)", "unexpected-token",
         "say what it goes over: `sum(VALUE of ENTITY)`, e.g. `sum(price of parcel)`"),
        ("let x = count(sales of worker)", "unexpected-token",
         "`count` counts rows: `count(parcel where late > 30)`"),
        ("let x = sales > 1,000", "thousands-comma", "write `1_000`"),
        ("let x = sales > 1,000,000.50", "thousands-comma", "write `1_000_000.50`"),
        ("let x = max(12,000, 5)", "thousands-comma", "write `12_000`"),
        ("let x = max(12,000,000, 5)", "thousands-comma", "write `12_000_000`"),
        ("let x = max(120,500,000, 5)", "thousands-comma", "write `120_500_000`"),
        ('example "x"\n  worker W1 : sales 120,500', "thousands-comma", "write `120_500`"),
        ("let x = hours * 1,5", "unexpected-token", "a point separates the decimals: write `1.5`"),
        ("let x = if a > 1,5 then b else c", "unexpected-token", "a point separates the decimals: write `1.5`"),
        ("let x = max(1,05, 2)", "malformed-number", "a point separates the decimals: write `1.05`"),
        ('example "x"\n  worker W1 : sales 1,5', "unexpected-token", "a point separates the decimals: write `1.5`"),
        ("let x = 5, 6", "unexpected-token", ""),
        ("let x = a < 2026-2-3", "invalid-date", "dates are written with all digits: `2026-02-03`"),
        ("let x = a < 2026-10-3", "invalid-date", "dates are written with all digits: `2026-10-03`"),
        ("let x = a < 2026-2-30", "invalid-date", "write a date like `2026-10-15`"),
        ("let x = 1e39", "number-too-long",
         "no amount and no rate needs as many: look for digits or an exponent typed by mistake"),
        ("let x = t(a, (b)).fine + 1", "unexpected-token", "name the row first: `let row = t(...)`, then `row.fine`"),
        ("let x = (a + b).fine", "unexpected-token", ""),
        ("let x = round(sales * 2%))", "unexpected-token", "there is no `(` that this bracket closes"),
        ("let x = if a > 1 then 300 elif b > 2 then 100 else 0", "unexpected-token", "write `else if`"),
        ("let x = 3００", "malformed-number", "write `300`"),
        ("let x = ３００ + 1", "unexpected-character", "write `300`"),
        ("let x = ３_０．５％ + 1", "unexpected-character", "write `3_0.5%`"),
        ("let x = ١٢", "unexpected-character", "write `12`"),
        ("let x = 007", "malformed-number", 'write `7`, or "007" in quotes if it is a key'),
        ("let x = 6kg", "malformed-number", "a number and its unit stand apart: `6 kg`; names begin with a letter"),
        ("let x = .5", "malformed-number", "write `0.5`"),
        ("let x = 1.2.3", "malformed-number", "write dates as `2026-10-15`, and group digits with `_`"),
        ("let x = 5 %", "malformed-number",
         "write `5%`; for the rest of a division write `mod(a, b)`"),
        ("let x = a[1]", "unexpected-character", "brackets are round: `(` and `)`"),
        ("let x 'label' = 1", "unexpected-character", 'write texts in plain quotes: "like this"'),
        ("let x “label” = 1", "unexpected-character", 'write texts in plain quotes: "like this"'),
        ("let x = $5", "unexpected-character",
         "amounts are plain numbers in the plan's currency; another currency follows its number: `5 USD`"),
        ("let x = ５", "unexpected-character", "write `5`"),
        ("let x = a\u00a0+ b", "unexpected-character", "replace it by an ordinary blank, or remove it"),
        ("let x = a;", "unexpected-token", ""),
        ("let from = 1", "reserved-word", "choose another name, e.g. `from_date`"),
        ("let up = 1", "reserved-word", "choose another name"),
        ("kind k = one of a, to", "reserved-word", 'put it in quotes: "to"'),
        ("let x = a is optional", "reserved-word", "if a member is meant, put it in quotes"),
        ("entity e\n  a : money 0..", "missing-bound", "write both ends: `0 .. 1_000`"),
        ("entity e\n  a : money ..100", "missing-bound", "write both ends: `0 .. 1_000`"),
        ("entity e\n  a : money 100", "missing-bound", "write both ends: `0 .. 1_000`"),
        ("entity e\n  a : int 0 ..= 5", "unexpected-token", "a range includes both of its ends: write `..`"),
        ("entity e\n  a : int optional optional", "duplicate-setting", "keep one of them"),
        ("entity e\n  a int", "unexpected-token", "e.g. `sales : money 0 .. 1_000_000`"),
        ("entity e\n  a : int(2)", "unexpected-token", "only decimal, money and percent have places in brackets"),
        ('entity e\n  a : int "A" optional', "unexpected-token", "the label in quotes comes last"),
        ("entity e at least 5", "unexpected-token", "write `at most 1_000 per worker`"),
        ("commission = 5", "unknown-declaration",
         "to define a value write `let commission = ...` (or pay, deduct, employer, show)"),
        ("oops 5", "unknown-declaration",
         "begin it with let, pay, deduct, employer, show, assert, kind, entity, parameters, table, ladder or example"),
        ("else 5", "unknown-declaration", "indent it, so that it continues the line above"),
        ("currency CNY", "unknown-declaration", "indent it: settings stand under `plan`"),
        ("let a.b.c = 1", "unexpected-token", "a line belongs to one entity: `let store.pool = ...`"),
        ("pay x", "unexpected-token", "e.g. `pay x = 300`"),
        ("assert net >= 0", "unexpected-token", 'e.g. `assert net >= 0 "net pay is negative"`'),
        ("let x = store.f(1)", "unexpected-token", "functions, tables and ladders have plain names"),
        ("let x = case\n  a : 1\n  else : 2\n  otherwise : 3", "unexpected-token",
         "the last branch of a `case` is `otherwise : VALUE`"),
        ("let x =\n  case a : 1\n    otherwise : 2", "case-misplaced", "begin every branch on a line of its own"),
        ("let x =\n  case", "missing-otherwise",
         "write each branch on a line of its own: `CONDITION : VALUE`, the last one `otherwise : VALUE`"),
        ("let x =\n  case\n    otherwise : 2", "missing-otherwise", "write the value alone, without `case`"),
        ("let x =\n  case\n    a : 1\n    otherwise : 2\n    b : 3", "unexpected-token",
         "`otherwise` is the last branch"),
        ("let x =\n  case\n    a : 1\n  b : 3\n  otherwise : 2", "bad-indentation",
         "begin all branches of a `case` in the same column"),
        ("table t of a (int) : int", "unexpected-token",
         "a key's own type stands behind it without brackets: `excess int 0 .. 200`"),
        ("table t of a -> x int, y int", "unexpected-token", "results are separated by `;`"),
        ("table t of a : int\n  1 : b + 1", "unexpected-token",
         "a table holds plain values; compute with what it gives where it is used"),
        ("table t of a : int\n  b..c : 1", "unexpected-token", "only numbers, dates and moments have bands"),
        ("ladder l of a int : int\n  5", "unexpected-token",
         "a step is `THRESHOLD : VALUE`; a group's steps stand deeper below its head"),
        ("example x", "unexpected-token", 'e.g. `example "a senior over target"`'),
        ("ladder l of a int : percent\n  0..100 : 1%", "unexpected-token",
         "a step is its threshold alone: `0 : 1%`; bands belong to a `table`"),
        ("ladder l of a int : percent\n  >= 5 : 1%", "unexpected-token",
         "a step is its threshold alone: `0 : 1%`; bands belong to a `table`"),
        ('example "x"\n  worker : a 1', "unexpected-token", "say whose row it is: `worker W1 : ...`"),
        ('example "x"\n  worker -> net 1', "unexpected-token", "say whose row it is: `worker W1 -> ...`"),
        ('example "x"\n  worker W1 : -> net 1', "unexpected-token",
         "a row without columns has no colon: `worker W1 -> ...`"),
        ('example "x"\n  worker W-17 : a 1', "unexpected-token",
         'keys that are neither names nor numbers are quoted: "W-17"'),
        ('example "x"\n  worker W/1-A -> net 1', "unexpected-token",
         'keys that are neither names nor numbers are quoted: "W/1-A"'),
        ('example "x"\n  expect W-17 : net 1', "unexpected-token",
         'keys that are neither names nor numbers are quoted: "W-17"'),
        ('example "x"\n  worker from : a 1', "unexpected-token",
         'keys that are neither names nor numbers are quoted: `worker "A-7" : ...`'),
        ('example "x"\n  worker W1 -> max(a) 5', "unexpected-token",
         "expect the value of a line, or with `sum(NAME)` its sum over the example's periods"),
        ("entity e in worker, dated at", "unexpected-token", "these clauses follow each other without commas"),
        ("entity e dated at dated at", "duplicate-setting", "keep one of them"),
        ("entity e in worker in store", "duplicate-setting", "keep one of them"),
        ("entity e when bad hold when bad hold", "duplicate-setting", "keep one of them"),
        ("entity e outside period carry outside period carry", "duplicate-setting", "keep one of them"),
        ("entity e at most 5 per a at most 5 per a", "duplicate-setting", "keep one of them"),
        ("entity e when bad reject", "unexpected-token",
         "write `when bad hold`; without it a bad row rejects its payee"),
        ("entity e when late hold", "unexpected-token",
         "write `when bad hold`; without it a bad row rejects its payee"),
        ("entity e outside period fault", "unexpected-token",
         "write `ignore` or `carry`; without the clause a row outside the period is a fault"),
        ("entity e outside ignore", "unexpected-token", "write `outside period ignore` or `outside period carry`"),
        ("table t of a : money from file", "unexpected-token",
         "write `from data`; the rows come with the data of a run"),
        ("table t of a : money from data collect sum", "unexpected-token", "`collect` stands before `from data`"),
        ("ladder l of a : money from data over", "unexpected-token", "`over` stands before `from data`"),
        ("ladder l of a : money from data\n  0 : 5\n  9 : 6", "rows-twice",
         "leave out `from data`, or move the steps into the data (or into an example)"),
        ("let x = running_sum(a of parcel)", "unexpected-token",
         "say within which rows it runs: `running_sum(price within worker by delivered_at)`"),
        ("let x = running_sum(a within worker)", "unexpected-token",
         "say in which order it runs: `running_sum(price within worker by delivered_at)`"),
        ("let x = running_sum(within worker by b)", "unexpected-token",
         "say what is added up: `running_sum(price within worker by delivered_at)`"),
        ("let x = running_count(a within worker by b)", "unexpected-token",
         "`running_count` counts rows: `running_count(within worker by delivered_at)`"),
        ("let x = running_count(within a within b by c)", "duplicate-setting", "keep one of them"),
        ("let x = running_count(within a by b where c where d)", "duplicate-setting", "join conditions with `and`"),
        ("let x = average(store.base)", "unexpected-token",
         "a mean over days is `average(store.base over period)`, one over rows `mean(price of parcel)`"),
        ("let x = average(store.base over month)", "unexpected-token",
         "a mean over days is `average(store.base over period)`, one over rows `mean(price of parcel)`"),
        ('example "x"\n  store S1 from 2026-10 : rate 1%', "unexpected-token",
         "say from when on the values hold: `from 2026-01-15`"),
        ('example "x"\n  store S1 : rate 1% from 2026-01-01', "unexpected-token",
         "the date stands behind the key: `store S1 from 2026-01-15 : ...`"),
        ('example "x"\n  store from 2026-01-01 : rate 1%', "unexpected-token",
         "say whose row it is: `store W1 from ...`"),
        ('example "x"\n  table t : a', "unexpected-token", "its rows stand deeper below its head"),
        ('example "x"\n  ladder t\n    0 : 5', "unexpected-token",
         "tables and ladders from data are given alike: `table t`"),
        ('example "x"\n  table t\n    a, b', "unexpected-token",
         "a step is `THRESHOLD : VALUE`; a group's steps stand deeper below its head"),
        ('example "x"\n  parcel P -> held out of range', "unexpected-token",
         "a code is one word, joined by `-`: `out-of-range`"),
        ('example "x"\nstore S1 from 2026-01-01 : rate 1%', "bad-indentation",
         "indent it, so that it belongs to the example above"),
        ("entity desk\n  seats : int\n  entity e when bad hold\n    a : int", "bad-indentation",
         "an indented line belongs to the one above; begin `entity` at the left margin"),
        ('example "x"\n  period 26-10', "unexpected-token",
         "periods are named 2026-10-31 (a day), 2026-W41, 2026-10-05 (the first of N days), "
         "2026-10-1 (a half month), 2026-10, 2026-Q4 or 2026"),
        ('example "x"\n  period 2026\n    period 2027', "unexpected-token",
         "periods stand directly under the `example`"),
        ("plan p\n  timezone Asia//Shanghai", "unknown-operator", "write `floor(a / b)`"),
        ("plan p\n  timezone Asia/", "unexpected-token", "time zones are named like Asia/Shanghai or UTC"),
        ("plan p\n  let x = 1", "unknown-setting",
         "the settings are currency, period, timezone and payee; declarations begin at the left margin"),
    ],
)  # fmt: skip
def test_one_fault_with_its_help(text, id, help):
    diagnostic = only(text)
    assert (diagnostic.id, diagnostic.help) == (id, help)


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("carry x : money = 0", "carry"),
        ("close x = opening x", "close"),
        ('wallet w "W" expires at period end', "wallet"),
        ("grant meal = 15 points * days", "grant"),
        ("redeem amount of order\n  from meal when goods is food\n  then wages up to 5", "redeem"),
        ("deductions statutory, agreed, loss limit round(gross * 20%)", "deductions"),
        ("replace pay attendance = 400", "replace"),
        ("plan p\n  deductions statutory, loss", "deductions"),
        ("plan p extends q\n  currency CNY", "extends"),
        ("deduct x class loss = 5", "deduct ... class"),
        ("let x = rank(sales highest first within store)", "rank"),
        ("pay x = share(store.pool by hours)", "share"),
        ("let x = held_back(loss)", "held_back"),
        ("let x = value(granted(general))", "value"),
        ("let x = used(w) * 2", "used"),
        ("let x = balance(w)", "balance"),
        ("let x = expired(w)", "expired"),
        ("let x = min(opening drawn, 5)", "opening"),
        ("show x = sum(a of b) group without rejected", "group without"),
        ('example "x"\n  opening R1 : drawn 5', "opening"),
        ('example "x"\n  rep R1 -> closing drawn 0', "closing"),
        ('example "x"\n  rep R1 -> balance(w) 0', "balance"),
    ],
)
def test_what_is_not_there_yet_is_one_fault(text, construct):
    diagnostic = only(text)
    assert diagnostic.id == "not-available"
    assert diagnostic.message == f"`{construct}` is part of the plan language, but not of this version of paycalc"


def test_words_of_later_versions_are_names_elsewhere():
    assert ids("let carry = 1\nlet x = carry + rank + share.value\nlet closing = opening + grant") == []


# ---------------------------------------------------------------- recovery


def test_independent_faults_are_reported_once_each_in_order():
    text = """\
plan p
  currency CNY
  currency USD
  colour red
entity e
  a : int 0 ..
  b : int 0 .. 5
  c int
kind k one of a
table t of a : money
  1 : 2 3
  2 : 3
  4, : 5
ladder l of a int : money
  0 : 1
  2 :
let x =
  case
    a > : 1
    b is 2 : 3 +
    c = 3 : 4
    otherwise : 5
pay y = (1 + * 2) when a < b < c
let z = rank(a) + 007
example "x"
  worker W1 : sales
  worker W2 : sales 5 -> net
  period 2026-1x
    rep R1 : earned
bonus = 5
assert net >= 0 "fine"
"""
    source = Source("p.pay", text)
    plan, diagnostics = parse(source)
    assert [(d.id, source.position(d.span.start)[0]) for d in diagnostics] == [
        ("duplicate-setting", 3), ("unknown-setting", 4), ("missing-bound", 6), ("unexpected-token", 8),
        ("unexpected-token", 9), ("unexpected-token", 11), ("unexpected-token", 13), ("unexpected-token", 16),
        ("unexpected-token", 19), ("unexpected-token", 20), ("equals-sign", 21), ("unexpected-token", 23),
        ("not-available", 24), ("malformed-number", 24), ("unexpected-token", 26), ("unexpected-token", 27),
        ("malformed-number", 28), ("unexpected-token", 29), ("unknown-declaration", 30),
    ]  # fmt: skip
    assert [type(node).__name__ for node in plan.declarations] == ["Entity", "Table", "Ladder", "Example", "Assert"]
    assert [[name.text for name in column.names] for column in plan.declarations[0].columns] == [["b"]]
    assert len(plan.declarations[1].rows) == 1


def test_a_plan_without_a_header():
    assert ids("plan p\nplan q") == ["missing-plan"]
    for text, expected in [
        ("", ["missing-plan"]), ("# nothing", ["missing-plan"]), ("let x = 1", ["missing-plan"]),
        ("let x = 1\nplan p", ["missing-plan"]), ("plan", ["unexpected-token"]), ("plan from", ["reserved-word"]),
        ("  plan p", ["bad-indentation"]), ("plan p\nlet x = 1\nplan q\n", ["missing-plan"]),
    ]:  # fmt: skip
        assert [d.id for d in parse(Source("p.pay", text))[1]] == expected, text


def test_a_whole_plan_indented_is_one_fault():
    text = "  plan p\n    currency CNY\n  let x = 1\n  let y = 2\n"
    plan, diagnostics = parse(Source("p.pay", text))
    assert [d.id for d in diagnostics] == ["bad-indentation"]
    assert len(plan.declarations) == 2


def test_tabs_bring_no_follow_up_faults():
    assert ids("entity e\n\ta : int\n        b : int\n  c : int\n") == ["tab"]


def test_an_unclosed_bracket_hides_nothing_after_it():
    assert ids("let x = max(1,\n  2 3 4\nlet y = 5 +") == ["unclosed-bracket", "unexpected-token"]
    assert ids("entity e\n  a : decimal(2 hour\n  b : int\nlet y = 5 +") == ["unclosed-bracket", "unexpected-token"]
    assert ids("let x = max(1, 2))") == ["unexpected-token"]
    assert ids("let x = (1 + 2\nparameters of store\n  a : int") == ["unclosed-bracket"]


def test_a_statement_that_goes_on_at_the_left_margin_is_one_fault():
    margin = "unknown-declaration"
    assert ids("let x = a\n+ b\n- c\nlet y = 5 +") == [margin, "unexpected-token"]
    assert ids("let x = if a\nthen b\nelse c") == [margin]
    assert ids("pay x = 5\nwhen a") == [margin]
    assert ids('assert a > 1\nand b > 1 "fine"') == [margin]
    assert ids("let x = a\n+ b\nlet y = a\n+ c") == [margin, margin]
    assert ids("entity e\n+ b") == [margin]
    plan = parse(source_of("let x = a\n+ b"))[0]
    assert written(plan.declarations[-1].value) == "(a + b)"


def test_branches_at_the_left_margin_are_one_fault():
    assert shown("plan p\npay x =\n  case\na >= 10 : 500\notherwise : 0\nlet y = 1\n") == lines("""
        error[bad-indentation]: the branches of a `case` are indented deeper than the line they belong to
         --> p.pay:4:1
          |
        4 | a >= 10 : 500
          | ^
        why:  declarations begin at the left margin; what belongs to one is indented, and its lines begin in
              the same column
        help: indent them, all of them in the same column, deeper than `pay`
        """)
    assert ids("pay x =\n  case\na : 5\notherwise : 0\nwhen b\nlet y = 5 +") == ["bad-indentation", "unexpected-token"]
    assert ids("pay x =\n  case\n    a : 5\notherwise : 0\nlet y = 1") == ["bad-indentation"]
    assert ids("pay x =\n  case\nlet y = 1\notherwise : 0") == ["missing-otherwise", "unknown-declaration"]
    assert ids("pay x =\n  case\n    a : 1\n    otherwise : 0\nb : 2") == ["unknown-declaration"]
    assert ids("pay x =\n\tcase\na : 5\notherwise : 0") == ["tab"]


def test_faults_of_the_lexer_are_not_reported_again():
    assert ids('let x = "open') == ["unterminated-text"]
    assert ids("let x = @ + 1") == ["unexpected-character"]
    assert ids("let x = 2 ** 3") == ["unknown-operator"]
    assert ids("@ = 5") == ["unexpected-character"]
    assert ids("let x = 1 when a == 1 and b = 2") == ["equals-sign", "equals-sign"]


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"), ("-(", ")"), ("f(", ")"), ("not (", ")"), ("x in (", ")"), ("1 + (", ")"), ("- ", ""), ("not ", ""),
        ("if a then b else ", ""), ("sum(x of p where ", ")"), ("a or b and not c < d + e * -(", ")"),
        ("round(1, to ", ")"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("depth", [102, 1_000, 4_000])
def test_deep_nesting_is_a_fault(opening, closing, depth):
    assert ids(f"let x = {opening * depth}y{closing * depth}") == ["nested-too-deep"]


def test_the_depth_that_is_allowed():
    assert ids(f"let x = {'(' * 100}y{')' * 100}") == []
    assert ids(f"let x = {'(' * 101}y{')' * 101}") == ["nested-too-deep"]
    assert ids(f"let x = {'- ' * 99}y") == []
    assert ids(f"let x = {'- ' * 100}y") == ["nested-too-deep"]
    assert ids(f"let x = {'a - ' * 99}y") == []
    assert ids(f"let x = {'a - ' * 100}y") == ["nested-too-deep"]
    assert ids(f"let x = {'a * ' * 99}y") == []
    assert ids(f"let x = {'a + ' * 20_000}y") == []


def test_what_is_too_deep_because_it_is_a_chain():
    mixed, products, nested = (only(f"let x = {text}y") for text in ("a - b + " * 60, "a * " * 102, "- " * 102))
    regrouped = "this expression joins more than 100 operations that cannot be regrouped"
    assert mixed.message == products.message == regrouped
    assert nested.message == "this expression is nested more than 100 deep"
    assert mixed.help == "give parts of it a name: `let NAME = ...`, or put what is subtracted in one bracket: " \
        "`a + b - (c + d)`"  # fmt: skip
    assert products.help == nested.help == "give parts of it a name: `let NAME = ...`"


def test_the_number_of_words_is_bounded():
    line = "let x = a + b\n"  # four words
    assert ids("plan p\n" + line * 12_499) == []
    assert ids("plan p\n" + line * 12_500) == ["too-many-nodes"]


def test_the_size_of_the_text_is_bounded_in_bytes():
    assert ids("plan p\n#" + "x" * ((1 << 20) - 8)) == []
    assert ids("plan p\n#" + "x" * ((1 << 20) - 7)) == ["text-too-large"]
    assert ids("plan p\n#" + "计" * 350_000) == ["text-too-large"]


def test_the_length_of_numbers_is_bounded():
    assert ids("let x = " + "9" * 38) == []
    assert ids("let x = " + "9" * 39) == ["number-too-long"]
    assert ids("let x = 1e38") == []
    assert ids("let x = 1e39") == ["number-too-long"]
    assert ids("let x = 1" + "0" * 100_000) == ["number-too-long"]
    assert ids("let x = 0." + "0" * 100_000 + "1") == ["number-too-long"]


def test_the_number_of_faults_is_bounded():
    found = ids("plan p\n" + "let = 1\n" * 2_000)
    assert found == ["unexpected-token"] * 1_000 + ["too-many-faults"]


@pytest.mark.parametrize(
    "line",
    [
        "let x = a\n", "entity e\n", "  a : int\n", 'example "x"\n  period 2026\n    a 1 : b 2\n', "let x =\n  case\n",
        "    a : 1\n", "let x = (\n", "table t of a : int\n  1 : 2\n", "let x = 1,000\n", " \n", "x\n", "plan p\n",
        "let x = if a then\n", "@\n", "let x = rank(\n", "let x =\n  case\na : 1\n", "+ a\n", "- a\n", "1,000,000 ",
        "1,5 ", "３０ ", ") ", "t(a).b ", "2026-1-1 ", "if a then 1 elif b ",
    ],
)  # fmt: skip
def test_long_plans_take_linear_time(line):
    text = "plan p\n" + line * (200_000 // len(line))
    start = time.process_time()
    parse(Source("p.pay", text))
    assert time.process_time() - start < 10


def test_lines_indented_ever_deeper():
    text = "plan p\nlet x = 1\n" + "".join(" " * depth + "+ 1\n" for depth in range(1, 1_000))
    assert ids(text) == []

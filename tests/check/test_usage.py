"""What a plan reads, statically: branches not taken, references on the way, and what aggregates read of their rows."""

from dataclasses import fields, is_dataclass

from paycalc.check import check_plan, typed
from paycalc.check.usage import lines_read, operands, reads_of, usage_of
from paycalc.core.span import Source

PLAN = check_plan(
    Source(
        "trial.pay",
        """plan trial
  currency CNY
  period month
  payee worker
entity region
  bonus : money 0 .. 9
  spare : money 0 .. 9
entity store
  region : region
entity office
entity worker
  store  : store
  office : office
  sales  : money 0 .. 9
  spare  : int 0 .. 9
entity parcel in worker
  price  : money 0 .. 9
  late   : flag
  spare  : flag
parameters of store
  rate, unread : percent 0% .. 40%
parameters of office
  rent : money 0 .. 9
parameters
  cap : money 0 .. 9
let parcel.twice = price * 2
let unread_line = 1
pay a = if sales > 1_000 then store.region.bonus else min(sales, cap)
pay b = sum(twice of parcel where not late) when sales > 2
show store.c = count(worker)
assert round(sales * store.rate) < 8 "too much"
""",
    )
)


def test_only_what_some_line_or_assert_reads_is_used():
    usage = usage_of(PLAN)
    assert {(each.entity, each.name) for each in usage.fields} == {
        ("worker", "sales"),
        ("worker", "store"),
        ("store", "region"),
        ("region", "bonus"),
        ("parcel", "price"),
        ("parcel", "late"),
        ("parcel", "worker"),
        ("store", "rate"),
        ("plan", "cap"),
    }
    assert usage.entities == {"worker", "store", "region", "parcel"}
    assert usage.keyed == {"worker", "store", "region"}


def test_what_an_expectation_asks_for_is_used_too():
    text = """plan p
  currency CNY
  period month
  payee worker
entity worker
  n : int
entity tip
  x : int
pay a = 1
example "e"
  worker W : n 5 -> n 5
  tip 1 : x 5 -> x 5
"""
    plan = check_plan(Source("p.pay", text))
    assert usage_of(plan).fields == frozenset()
    usage = usage_of(plan, plan.examples[0].blocks[0].expectations)
    assert {(each.entity, each.name) for each in usage.fields} == {("worker", "n"), ("tip", "x")}
    assert (usage.entities, usage.keyed) == ({"worker", "tip"}, {"worker", "tip"})


def test_what_a_line_reads_of_its_own_row_and_of_others():
    lines = PLAN.entities["worker"].lines
    a, b = (reads_of(lines[name].value, lines[name].when) for name in ("a", "b"))
    assert [(tuple(each.name for each in path), field.name) for path, field in a.paths] == [
        ((), "sales"),
        (("store", "region"), "bonus"),
        ((), "cap"),
    ]
    assert [field.name for _, field in b.paths] == ["sales"]
    ((aggregate, inner),) = b.groups
    assert (aggregate.operator, [field.name for _, field in inner.paths]) == ("sum", ["twice", "late"])
    assert [line.name for line in lines_read(b)] == ["twice"]
    assert reads_of(None) == reads_of()


def test_operands_are_known_of_every_kind_of_expression():
    for name, kind in vars(typed).items():
        if not isinstance(kind, type) or not issubclass(kind, typed.Expr) or kind is typed.Expr:
            continue
        assert is_dataclass(kind) or hasattr(kind, "__annotations__"), name
        parts = frozenset("operand left right row value fallback base where order".split())
        made = object.__new__(kind)
        expected = []
        for each in fields(kind):
            value = typed.Read.__new__(typed.Read)
            if each.name in ("options", "arguments", "groups"):
                object.__setattr__(made, each.name, (value,))
            elif each.name == "branches":
                other = typed.Read.__new__(typed.Read)
                object.__setattr__(made, each.name, ((value, other),))
                expected.append(other)
            elif each.name in parts or each.name == "otherwise":
                object.__setattr__(made, each.name, value)
            else:
                continue
            expected.append(value)
        if kind not in (typed.Constant, typed.Read):
            assert {id(each) for each in operands(made)} == {id(each) for each in expected}, name

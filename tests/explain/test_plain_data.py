"""Explanations as plain data: complete, exact, and fit for JSON."""

import json
from datetime import date
from fractions import Fraction

from paycalc.explain.explanation import explain
from paycalc.explain.plain_data import exact, kind_of, to_json
from paycalc.reference.interpreter import Evaluator
from tests.explain.courier_plan import PLAN, month
from tests.reference.plan_runs import data_of as dataset_of
from tests.reference.plan_runs import plan_of

RESULT = month()


def data_of(name, key="W1"):
    return to_json(explain(RESULT.evaluator, "worker", key, name))


THIRD = {
    "kind": "round",
    "text": "round(-hours / 3, 2)",
    "place": {"file": "trial.pay", "line": 64, "column": 14},
    "value": {"exact": "-16.67", "shown": "-16.67 hour"},
    "steps": [
        {
            "kind": "arithmetic",
            "text": "-hours / 3",
            "place": {"file": "trial.pay", "line": 64, "column": 20},
            "value": {"exact": "-50/3", "shown": "-16.666666... hour"},
            "steps": [
                {
                    "kind": "negate",
                    "text": "-hours",
                    "place": {"file": "trial.pay", "line": 64, "column": 20},
                    "value": {"exact": "-50", "shown": "-50.00 hour"},
                    "steps": [
                        {
                            "kind": "read",
                            "text": "hours",
                            "place": {"file": "trial.pay", "line": 64, "column": 21},
                            "value": {"exact": "50", "shown": "50.00 hour"},
                            "reads": "worker/W1/hours",
                        }
                    ],
                },
                {
                    "kind": "constant",
                    "text": "3",
                    "place": {"file": "trial.pay", "line": 64, "column": 29},
                    "value": {"exact": "3", "shown": "3"},
                },
            ],
        }
    ],
}


def test_the_whole_of_a_small_explanation():
    assert data_of("third") == {
        "plan": "trial",
        "period": "2026-10",
        "asked": "worker/W1/third",
        "value": {"exact": "-16.67", "shown": "-16.67 hour"},
        "fault": None,
        "rejected": None,
        "rule": "",
        "withheld": None,
        "held": None,
        "outside": False,
        "accounts": [
            {
                "id": "worker/W1/third",
                "name": "third",
                "label": "",
                "entity": "worker",
                "key": "W1",
                "row": 1,
                "value": {"exact": "-16.67", "shown": "-16.67 hour"},
                "role": "show",
                "place": {"file": "trial.pay", "line": 64, "column": 6},
                "when": None,
                "how": THIRD,
            }
        ],
        "leaves": [
            {
                "id": "worker/W1/hours",
                "name": "hours",
                "label": "",
                "entity": "worker",
                "key": "W1",
                "row": 1,
                "value": {"exact": "50", "shown": "50.00 hour"},
                "origin": "cell",
            }
        ],
    }


def test_every_explanation_is_json():
    for name in (*PLAN.entities["worker"].lines, *PLAN.totals):
        for key in ("W1", "W2", "W3"):
            data = data_of(name, key)
            assert json.loads(json.dumps(data)) == data


def test_ids_tie_accounts_and_leaves_together():
    data = data_of("net")
    ids = {each["id"] for each in (*data["accounts"], *data["leaves"])}
    assert len(ids) == len(data["accounts"]) + len(data["leaves"])
    assert data["asked"] in ids
    net = data["accounts"][0]
    assert (net["role"], net["subtracted"]) == ("total", ["worker/W1/meals"])
    assert set(net["added"]) <= ids

    def read(step):
        yield from [step["reads"]] if "reads" in step else []
        for below in step.get("steps", ()):
            yield from read(below)

    steps = [account[name] for account in data["accounts"] for name in ("when", "how") if account.get(name)]
    assert {each for step in steps for each in read(step)} <= ids
    assert "plan/least" in ids


def test_a_group_is_counted_and_summed():
    group = data_of("piecework")["accounts"][0]["how"]["group"]
    assert {name: group[name] for name in ("entity", "row_count", "taken_count", "rest_count", "rest")} == {
        "entity": "parcel", "row_count": 7, "taken_count": 7, "rest_count": 0, "rest": "0",
    }  # fmt: skip
    assert group["contributors"][0] == {"key": 1, "row": 1, "value": "17.98"}


def test_a_fault_is_told():
    plan = plan_of("entity worker\n  sales : money 0 .. 9\npay p = sales\n")
    evaluator = Evaluator(dataset_of(plan, worker=[{"worker": 7, "sales": 10}]))
    data = to_json(explain(evaluator, "worker", 7, "p"))
    assert (data["value"], data["accounts"], data["leaves"]) == (None, [], [])
    assert data["fault"] == {
        "code": "out-of-range",
        "message": "sales of worker 7 is 10.00 CNY, outside 0 .. 9 CNY",
        "entity": "worker",
        "key": 7,
        "row": 1,
        "column": "sales",
        "value": "10.00 CNY",
        "expected": "0 .. 9 CNY",
        "help": "",
    }


def test_values_are_exact():
    assert exact(Fraction(10, 3)) == "10/3"
    assert exact(Fraction("2652.3525")) == "2652.3525"
    assert exact(Fraction(10**9)) == "1000000000"
    assert exact((Fraction(1), "part", None)) == ["1", "part", None]
    assert exact(date(2026, 10, 15)) == "2026-10-15"
    assert exact(True) is True
    assert kind_of(PLAN.entities["worker"].lines["class"].value) == "table_lookup"

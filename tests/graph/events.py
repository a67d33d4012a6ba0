"""Plans of parcels with their data, for the tests of graphs over events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paycalc.check.typed import TypedPlan
from paycalc.graph.build import Builder, build_graph
from paycalc.graph.nodes import PlanGraph
from paycalc.graph.rewrites import narrow, optimise
from paycalc.reference.admission import admit
from paycalc.reference.dataset import Dataset
from tests.graph.comparing import Compared, compare, compare_rounds, inputs_of
from tests.reference.plan_runs import Rows, plan_of, table

WORLD = """entity region
entity store
  region : region
  size : int 0 .. 9
entity worker
  store : store
  grade : one of junior, senior
entity porter
  boss : worker
  store : store
entity parcel dated {by} in worker{clauses}
  store : store
  {by} : {type}
  weight : decimal(2) kg 0 .. 100
  zone : one of near, far
  heavy : flag = no
  helper : porter optional
"""


def parcel_plan(lines: str, *, moments: bool = False, clauses: str = "") -> TypedPlan:
    by, type_ = ("at", "datetime") if moments else ("day", "date")
    return plan_of(WORLD.format(by=by, type=type_, clauses=clauses and f" {clauses}") + lines)


def parcel_data(
    plan: TypedPlan,
    parcels: Rows,
    parameters: Mapping[str, Rows] | None = None,
    tables: Mapping[str, Rows] | None = None,
    *,
    plan_parameters: Mapping[str, object] | None = None,
) -> Dataset:
    """Two regions, three stores (S1 and S2 in N), two workers, a porter, and these parcels, whose keys count from 1."""
    rows: dict[str, Sequence[Mapping[str, object]]] = {
        "region": [{"region": "N"}, {"region": "S"}],
        "store": [
            {"store": key, "region": region, "size": 3} for key, region in (("S1", "N"), ("S2", "N"), ("S3", "S"))
        ],
        "worker": [
            {"worker": "A", "store": "S1", "grade": "junior"},
            {"worker": "B", "store": "S3", "grade": "senior"},
        ],
        "porter": [{"porter": "P", "boss": "B", "store": "S2"}],
        "parcel": [{"parcel": number, **each} for number, each in enumerate(parcels, start=1)],
    }
    given = {name: table(name, each) for name, each in (parameters or {}).items()}
    return admit(
        plan,
        {name: table(name, each) for name, each in rows.items()},
        {**given, **({"plan": plan_parameters} if plan_parameters else {})},
        plan.period.parse("2026-10"),
        data_tables={name: table(name, each) for name, each in (tables or {}).items()},
    )


def assert_agrees(plan: TypedPlan, data: Dataset) -> tuple[PlanGraph, Compared, int]:
    """All forms of the graph, compared with the reference; gives the optimised one, what was compared, and how many
    rows the rounds have held."""
    built = build_graph(plan)
    optimised = optimise(built)
    found = compare_rounds(built, data)
    assert compare_rounds(optimised, data) == found
    inputs = inputs_of(data)
    compared = compare(built, inputs)
    compare(Builder(plan, tight=True).graph(), inputs)
    compare(optimised, inputs)
    compare(narrow(optimised, inputs.range, inputs.rows).graph, inputs, observed=True)
    return optimised, compared, found

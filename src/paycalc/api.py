"""What users import: compile a plan, bind its parameters and period, run it on tables, explain what came out.

Nothing here holds state: plans are immutable and may be used by any number of threads. Importing this module loads
neither the checker nor pyarrow; each is loaded when it is first needed.
"""

from __future__ import annotations

from _thread import allocate_lock  # all that is needed of `threading`, which takes a while to load
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from paycalc.core.span import Source

if TYPE_CHECKING:  # loaded when first needed
    from datetime import date
    from decimal import Decimal

    from paycalc.check.report import RangeRow
    from paycalc.check.typed import TypedPlan
    from paycalc.engine.inputs.input_table import InputTable
    from paycalc.engine.results.outcome import Outcome
    from paycalc.engine.tiles import TileEngine
    from paycalc.explain.explanation import Explanation
    from paycalc.reference.dataset import Dataset
    from paycalc.reference.examples import ExampleOutcome
    from paycalc.reference.faults import Key

ON_REJECT_SHARE = "5%"
KEY_DIGITS_MAX = 20  # of whole keys, which have 64 bits
Progress = Callable[[int, int], None]


def compile(text: str, *, name: str = "plan.pay") -> Plan:
    """The checked plan of a text; `name` is what messages call it. Raises PlanError with every fault found."""
    from paycalc.check import check_plan

    if not isinstance(text, str):
        raise TypeError(f"a plan is text, not {type(text).__name__}; decode bytes as UTF-8")
    return Plan(check_plan(Source(name, text)))


def _compile(text: str, name: str) -> Plan:
    return compile(text, name=name)


class Plan:
    """A checked plan. Made by `compile`; pickles as its text, and is checked again where it is unpickled."""

    def __init__(self, typed: TypedPlan) -> None:
        self._typed = typed
        self._lock = allocate_lock()
        self._engine: TileEngine | None = None

    def __reduce__(self) -> tuple[Callable[[str, str], Plan], tuple[str, str]]:
        return _compile, (self.text, self._typed.source.name)

    def __repr__(self) -> str:
        return f"<paycalc.Plan {self.name}>"

    @property
    def name(self) -> str:
        """The plan's name, as it stands after `plan`."""
        return self._typed.name

    @property
    def title(self) -> str:
        """The plan's title, an empty text where it has none."""
        return self._typed.title

    @property
    def text(self) -> str:
        """The text it was compiled from."""
        return self._typed.source.text

    @property
    def typed(self) -> TypedPlan:
        """The plan as the checker sees it: for tools, and not stable between versions."""
        return self._typed

    @property
    def tile_engine(self) -> TileEngine:
        """What runs the plan on many rows, made when it is first needed: for tools, and not stable between versions."""
        from paycalc.engine.tiles import TileEngine

        with self._lock:
            if self._engine is None:
                self._engine = TileEngine(self._typed)
        return self._engine

    def examples(self) -> tuple[ExampleOutcome, ...]:
        """Run the examples in the plan; what each of them came to."""
        from paycalc.reference.examples import run_examples

        return run_examples(self._typed)

    def ranges(self) -> list[RangeRow]:
        """The range and the bits of every number that the plan computes."""
        from paycalc.check import ranges_report

        return ranges_report(self._typed)

    def bind(
        self,
        *,
        period: str,
        parameters: Mapping[str, object] | None = None,
        tables: Mapping[str, object] | None = None,
        known_at: str | date | None = None,
        scales: Mapping[str, int | str] | None = None,
        assume_timezone: str | None = None,
    ) -> BoundPlan:
        """The plan for one period (`2026-10`), with its parameters.

        parameters  by entity: an Arrow table, or a dict: {"plan": {"minimum_wage": "25.00"}, "store": table}
        tables      the plan's tables and ladders `from data`, by name: {"freight": table}
        known_at    what was recorded after this day or moment does not count: "2026-10-31", a date, or a datetime with
                    its zone; None: everything counts
        scales, assume_timezone  as of `BoundPlan.run`, for all its runs: {"store.rate": "ratio:4"}
        Raises      ValueError (no such period or day), TypeError (no table), DataError (nothing the plan declares)
        """
        from paycalc.engine.inputs.sources import data_tables_from, parameters_from
        from paycalc.engine.running import known_at_from

        if not isinstance(period, str):
            raise TypeError(f"a period is named by a text like '2026-10', not by {type(period).__name__}")
        read = {**parameters_from(self._typed, parameters or {}), **data_tables_from(self._typed, tables or {})}
        name = self._typed.period.parse(period).name
        return BoundPlan(self, name, read, scales or {}, assume_timezone, known_at_from(known_at))

    def run(
        self,
        tables: Mapping[str, object],
        *,
        period: str,
        parameters: Mapping[str, object] | None = None,
        data_tables: Mapping[str, object] | None = None,
        known_at: str | date | None = None,
        on_error: str = "reject",
        on_reject_share: Fraction | str = ON_REJECT_SHARE,
        scales: Mapping[str, int | str] | None = None,
        assume_timezone: str | None = None,
        columns: Sequence[str] | None = None,
        money: str = "decimal128",
        engine: str = "tiles",
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """`bind` and `BoundPlan.run` in one. data_tables: as `tables` of `bind`."""
        return self.bind(period=period, parameters=parameters, tables=data_tables, known_at=known_at).run(
            tables,
            on_error=on_error,
            on_reject_share=on_reject_share,
            scales=scales,
            assume_timezone=assume_timezone,
            columns=columns,
            money=money,
            engine=engine,
            threads=threads,
            progress=progress,
        )


class BoundPlan:
    """A plan with its parameters and period. Immutable; runs as often as you like, and any number of threads may share
    it. The cells of the parameters are read by the first run."""

    def __init__(
        self,
        plan: Plan,
        period: str,
        parameters: Mapping[str, InputTable],
        scales: Mapping[str, int | str],
        assume_timezone: str | None,
        known_at: date | None = None,
    ) -> None:
        from paycalc.engine.encoding import ParameterCells

        self._plan = plan
        self._period = period
        self._parameters = parameters
        self._scales = dict(scales)
        self._assume_timezone = assume_timezone
        self._known_at = known_at
        self._parameter_cells = ParameterCells()

    def __reduce__(self) -> tuple[type[BoundPlan], tuple[object, ...]]:
        parts = (self._plan, self._period, self._parameters, self._scales, self._assume_timezone, self._known_at)
        return BoundPlan, parts

    def __repr__(self) -> str:
        return f"<paycalc.BoundPlan {self._plan.name} {self._period}>"

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self._plan

    @property
    def period(self) -> str:
        """The period's name."""
        return self._period

    def run(
        self,
        tables: Mapping[str, object],
        *,
        on_error: str = "reject",
        on_reject_share: Fraction | str = ON_REJECT_SHARE,
        scales: Mapping[str, int | str] | None = None,
        assume_timezone: str | None = None,
        columns: Sequence[str] | None = None,
        money: str = "decimal128",
        engine: str = "tiles",
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Pay everybody in the tables.

        tables           by entity: anything with the Arrow PyCapsule interface
        on_error         `reject`: who cannot be paid is rejected; `raise`: the first fault stops that rejects somebody,
                         holds a row, or leaves one to nobody
        on_reject_share  a larger share of rejected payees stops the run, or of another table's rows that are held or
                         belong to nobody: `5%`, or a Fraction
        scales           what the numbers of a column count: {"worker.sales": 2, "store.rate": "ratio:4"}
        assume_timezone  the zone of moments that name none
        columns          of the lines and shown lines only those named: `net`, `store.labour_ratio`; None: all
        money            how amounts are given: `decimal128`, `decimal64`, or `minor`, whole numbers of the last place
        engine           `tiles`, or `reference`: the interpreter, which gives the same results slowly
        threads          at most so many; None: as many as there are processors
        progress         called with how many payees are done, and how many there are
        Raises           DataError; ValueError and TypeError where an argument means nothing
        """
        from paycalc.engine.inputs.sources import tables_from

        options: dict[str, Any] = {
            "on_error": on_error,
            "on_reject_share": on_reject_share,
            "scales": scales,
            "assume_timezone": assume_timezone,
            "columns": columns,
            "money": money,
            "engine": engine,
            "threads": threads,
            "progress": progress,
        }
        read = tables_from(self._plan.typed, tables)
        return Result(self._outcome({**read, **self._parameters}, **options), self, options)

    def _outcome(
        self,
        read: Mapping[str, InputTable],
        *,
        on_error: str,
        on_reject_share: Fraction | str,
        scales: Mapping[str, int | str] | None,
        assume_timezone: str | None,
        engine: str,
        **options: Any,
    ) -> Outcome:
        from paycalc.engine.running import rules_from, run_tables

        typed = self._plan.typed
        rules = rules_from(
            typed,
            scales={**self._scales, **(scales or {})},
            assume_timezone=self._assume_timezone if assume_timezone is None else assume_timezone,
            on_error=on_error,
            on_reject_share=on_reject_share,
            known_at=self._known_at,
        )
        return run_tables(
            typed,
            read,
            typed.period.parse(self._period),
            rules,
            engine=engine,
            ready=self._plan.tile_engine if engine == "tiles" else None,
            parameter_cells=self._parameter_cells,
            **options,
        )

    def _rerun(
        self,
        before: Outcome,
        rows: Mapping[str, object],
        parameters: Mapping[str, object],
        tables: Mapping[str, object],
        known_at: date | None,
        options: Mapping[str, Any],
    ) -> tuple[Outcome, BoundPlan]:
        """The supplements that corrections make due, and the plan bound to the corrected parameters."""
        from paycalc.engine.inputs.sources import data_tables_from, parameters_from, tables_from
        from paycalc.engine.rerunning import rerun

        typed = self._plan.typed
        changed = {**parameters_from(typed, parameters), **data_tables_from(typed, tables)}
        kept = {**self._parameters, **changed}
        bound = BoundPlan(self._plan, self._period, kept, self._scales, self._assume_timezone, known_at)
        corrections = {**tables_from(typed, rows), **changed}
        return rerun(before, corrections, lambda read: bound._outcome(read, **options)), bound


class Result:
    """What a run came to. Tables are pyarrow tables, made when they are first asked for."""

    def __init__(self, outcome: Outcome, bound: BoundPlan, options: Mapping[str, Any]) -> None:
        self._outcome = outcome
        self._bound = bound
        self._options = options

    def __repr__(self) -> str:
        outcome = self._outcome
        paid, rejected = outcome.paid_count, len(outcome.rejected)
        return f"<paycalc.Result of {outcome.plan.name}, {outcome.period}: {paid} paid, {rejected} rejected>"

    @property
    def lines(self) -> Any:
        """One row a payee that is paid, in the order of its table: its key, all lines but `let`, gross, net, cost."""
        return self._outcome.lines

    def shown(self, entity: str) -> Any:
        """The `show` lines of an entity other than the payee (or of `plan`). Raises KeyError where it has none."""
        return self._outcome.shown(entity)

    @cached_property
    def rejects(self) -> Any:
        """One row a payee that is not paid: code, the line or assert it stopped, and the cause, in words and parts."""
        from paycalc.engine.results.tables import rejects_table

        return rejects_table(self._outcome)

    @cached_property
    def withheld(self) -> Any:
        """One row a shown value that a fault keeps back."""
        from paycalc.engine.results.tables import withheld_table

        return withheld_table(self._outcome)

    @cached_property
    def orphans(self) -> Any:
        """One row a row that belongs to nobody: an aggregate should count it, and its reference leads nowhere."""
        from paycalc.engine.results.tables import orphans_table

        return orphans_table(self._outcome)

    @cached_property
    def held(self) -> Any:
        """One row a row that is held back, by entity, key and code: of an entity that says `when bad hold`."""
        from paycalc.engine.results.tables import held_table

        return held_table(self._outcome)

    def carried(self, entity: str) -> Any:
        """The rows of an entity outside the period, as they came, for the run of their own period.

        Raises KeyError where the entity does not say `outside period carry`.
        """
        return self._outcome.carried(entity)

    def detail(self, entity: str, columns: Sequence[str] | None = None) -> Any:
        """The lines of an entity, `let` included, at each of its rows: computed when it is asked for.

        A value is null where its row is held or outside the period, where it is a rejected payee's own line, and where
        a fault keeps it back; events of a rejected payee have their values. An exact fraction is a text, `10/3`.

        columns  only these lines; None: all but those that hold a table's whole row
        Raises   KeyError (no such entity in the run), ValueError (it has no such line)
        """
        return self._outcome.detail(entity, columns)

    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """Over all payees that are paid: each pay, deduct and employer line, gross, net and cost."""
        from paycalc.engine.results.value_types import decimal_of

        places = self._outcome.plan.currency_places
        return {name: decimal_of(amount, places) for name, amount in self._outcome.totals.items()}

    @cached_property
    def info(self) -> dict[str, Any]:
        """What was run and by what, how many came in, were paid and were rejected, by code; where the time went."""
        outcome = self._outcome
        codes = {code.value: count for code, count in outcome.rejected.counts_by_code().items()}
        return {
            "plan": outcome.plan.name,
            "period": outcome.period.name,
            "currency": outcome.plan.currency,
            "engine": outcome.engine,
            "threads": outcome.threads,
            "payees": outcome.payee_count,
            "paid": outcome.paid_count,
            "rejected": len(outcome.rejected),
            "rejected_by_code": dict(sorted(codes.items())),
            "withheld": len(outcome.unshown),
            "orphans": len(outcome.stray),
            "held": len(outcome.held_rows),
            "held_by_code": {code.value: count for code, count in outcome.held_rows.counts_by_code().items()},
            "balance": {entity: asdict(balance) for entity, balance in outcome.balances.items()},
            **({} if outcome.supplements is None else {"supplements": asdict(outcome.supplements)}),
            "seconds": {stage.name: stage.seconds for stage in outcome.stages},
        }

    def rerun(
        self,
        rows: Mapping[str, object] | None = None,
        *,
        parameters: Mapping[str, object] | None = None,
        tables: Mapping[str, object] | None = None,
        known_at: Any = ...,
        **options: Any,
    ) -> Result:
        """Run again on corrected data, and give what is to be paid besides: the supplements.

        Who was rejected is paid in full, and who has events that count only now, the difference. What stays rejected or
        held is listed again. The lines and totals are those of the supplements.

        rows        by entity: rows that replace those of the same key, or are new
        parameters, tables  as of `Plan.bind`: they replace the whole table
        known_at    as of `Plan.bind`; unless said otherwise that of the run
        options     of `BoundPlan.run`; unless said otherwise those of the run
        Raises      DataError `paid-would-change` where a correction would change what somebody else was paid, and what
                    `bind` and `run` raise
        """
        from paycalc.engine.running import known_at_from

        unknown = options.keys() - self._options.keys()
        if unknown:
            raise TypeError(f"rerun() has no option {min(unknown)!r}; the options are {', '.join(self._options)}")
        asked = {**self._options, **options}
        known = self._bound._known_at if known_at is ... else known_at_from(known_at)
        outcome, bound = self._bound._rerun(self._outcome, rows or {}, parameters or {}, tables or {}, known, asked)
        return Result(outcome, bound, asked)

    def explain(self, key: Key | None, line: str, *, events: int = 1) -> Explained:
        """How a value came about: of a payee's line (`commission`), or of another entity's (`store.labour_ratio`).

        events  so many of the events behind it are explained too, those that contribute most; the others are named, or
                counted and summed
        Raises DataError `unknown-key`, `unknown-line`, `not-read`; ValueError where `events` is no number of events.
        """
        from paycalc.explain.explanation import explain

        if isinstance(events, bool) or not isinstance(events, int) or events < 0:
            raise ValueError(f"events is {events!r}; expected a whole number from 0 on")
        outcome = self._outcome
        entity, name = line_place(outcome.plan, line)
        key = None if entity == "plan" else key
        explanation = explain(outcome.evaluator, entity, key, name, spread=outcome.reach, events=events)
        return Explained(replace(explanation, corrected=outcome.supplements is not None))


class Explained:
    """A value with the steps that made it. `str()` shows them as text."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation

    @property
    def value(self) -> Any:
        """The exact value: a Fraction, text, bool or date; None where there is none."""
        return self._explanation.value

    def __str__(self) -> str:
        from paycalc.explain.rendering import render_explanation

        return render_explanation(self._explanation, asking=lambda key, line: f"explain({key!r}, {line!r})")

    def to_json(self) -> dict[str, object]:
        """The same as plain data, for JSON."""
        from paycalc.explain.plain_data import to_json

        return to_json(self._explanation)


def line_place(plan: TypedPlan, line: str) -> tuple[str, str]:
    """Entity and name of `commission` (the payee's) or `store.labour_ratio`."""
    if not isinstance(line, str):
        raise TypeError(f"a line is named by a text, not by {line!r}")
    entity, dot, name = line.rpartition(".")
    return (entity, name) if dot else (plan.payee, line)


def key_from_text(dataset: Dataset, entity: str, written: str) -> Key | None:
    """A key as the entity's table has it, text or a whole number, from how somebody wrote it; of the plan None."""
    if entity == "plan":
        return None
    rows = dataset.entities.get(entity)
    first = None if rows is None else next((key for key in rows.keys if key is not None), None)  # all are of one kind
    is_whole = isinstance(first, int) and len(written) <= KEY_DIGITS_MAX and written.removeprefix("-").isdecimal()
    return int(written) if is_whole else written

"""A run on disk: its tables, a copy of its plan, and `run.json`, which says what is needed to repeat and to check it.

The same inputs at the same place give the same bytes: nothing here depends on the clock.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from paycalc.core.errors import DataError
from paycalc.core.number import format_decimal
from paycalc.engine.inputs.cells import Place
from paycalc.engine.inputs.door import read_keys
from paycalc.engine.inputs.files import read_file
from paycalc.engine.inputs.input_table import InputFile
from paycalc.engine.recording.run_folder import RUN_FILE, new_folder
from paycalc.engine.recording.writing import PART_ROWS, parts_of, write_parts
from paycalc.engine.results.outcome import Outcome
from paycalc.engine.results.tables import tables_beside_lines
from paycalc.engine.running import RunRules
from paycalc.reference.faults import FaultCode

FORMATS = ("parquet", "csv", "arrow")
PLAN_FILE = "plan.pay"
_RECORD_VERSION = 1


@dataclass(frozen=True)
class RunRecord:
    """What `run.json` says that is needed to compute the run again. inputs: paths as below `data`."""

    plan_name: str
    plan_text: str
    period: str
    data: Path
    scales: Mapping[str, str]
    assume_timezone: str | None
    on_reject_share: str
    inputs: Sequence[InputFile]

    def moved_to(self, data: Path) -> RunRecord:
        """The same where its data lies at another place now."""
        inputs = [
            dataclasses.replace(file, path=str(data / Path(file.path).relative_to(self.data))) for file in self.inputs
        ]
        return dataclasses.replace(self, data=data, inputs=inputs)


def write_run(
    outcome: Outcome,
    folder: Path,
    *,
    data: Path,
    inputs: Sequence[InputFile],
    rules: RunRules,
    version: str,
    format: str = "parquet",
    replace: bool = False,
) -> None:
    """Write the run to `folder`, which appears whole or not at all.

    data     the folder that was read;  inputs: the files that were read from it
    version  of paycalc
    Raises   OutputRefused
    """
    with new_folder(folder, replace=replace) as place:
        write_parts(outcome.line_parts(PART_ROWS), place / f"lines.{format}")
        for name, table in tables_beside_lines(outcome).items():
            write_parts(parts_of(table), place / f"{name}.{format}")
        (place / PLAN_FILE).write_bytes(outcome.plan.source.text.encode("utf-8"))
        outputs = [_file_entry(path, place) for path in sorted(place.iterdir())]
        description = _description(outcome, data, inputs, rules, version) | {"outputs": outputs}
        text = json.dumps(description, ensure_ascii=False, indent=2) + "\n"
        (place / RUN_FILE).write_text(text, encoding="utf-8")


def _description(
    outcome: Outcome, data: Path, inputs: Sequence[InputFile], rules: RunRules, version: str
) -> dict[str, object]:
    plan = outcome.plan
    zone = rules.door.assume_timezone
    return {
        "record": _RECORD_VERSION,
        "paycalc": version,
        "engine": outcome.engine,
        "plan": {"name": plan.name, "source": plan.source.name, "sha256": _sha256(plan.source.text.encode("utf-8"))},
        "period": outcome.period.name,
        "data": str(data.absolute()),
        "inputs": [
            {"file": str(Path(file.path).relative_to(data)), "bytes": file.size, "sha256": file.sha256}
            for file in inputs
        ],
        "options": {
            "scales": {name: str(scale) for name, scale in sorted(rules.door.scales.items())},
            "assume_timezone": None if zone is None else zone.key,
            "on_error": rules.on_error,
            "on_reject_share": str(rules.on_reject_share),
        },
        "counts": {
            "payees": outcome.payee_count,
            "paid": outcome.paid_count,
            "rejected": len(outcome.rejected),
            "withheld": len(outcome.held_back),
            "orphans": len(outcome.stray),
        },
        "rejected": dict(sorted((code.value, count) for code, count in outcome.rejected.counts_by_code().items())),
        "currency": plan.currency,
        "totals": {
            name: format_decimal(amount, plan.currency_places, group="") for name, amount in outcome.totals.items()
        },
    }


def _file_entry(path: Path, folder: Path) -> dict[str, object]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": str(path.relative_to(folder)), "bytes": path.stat().st_size, "sha256": digest}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_record(run: Path) -> RunRecord:
    """What a run's folder says of how it came about. Raises DataError `unreadable-run`."""
    try:
        described = json.loads((run / RUN_FILE).read_text(encoding="utf-8"))
        text = (run / PLAN_FILE).read_bytes().decode("utf-8")
        if described["record"] != _RECORD_VERSION:
            raise ValueError(f"its record has version {described['record']}, this paycalc knows {_RECORD_VERSION}")
        if _sha256(text.encode("utf-8")) != described["plan"]["sha256"]:
            raise ValueError(f"{PLAN_FILE} is not the plan that was run")
        options = described["options"]
        data = Path(described["data"])
        inputs = [
            InputFile(str(data / each["file"]), int(each["bytes"]), str(each["sha256"])) for each in described["inputs"]
        ]
        return RunRecord(
            str(described["plan"]["source"]),
            text,
            str(described["period"]),
            data,
            dict(options["scales"]),
            options["assume_timezone"],
            str(options["on_reject_share"]),
            inputs,
        )
    except OSError as error:
        raise _unreadable_run(run, f"{error.filename}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable_run(run, str(error)) from None


def _unreadable_run(run: Path, why: str) -> DataError:
    return DataError("unreadable-run", f"`{run}` is no run that can be read: {why}")


def rejected_codes(run: Path) -> list[FaultCode]:
    """The codes of a run's rejects. Raises DataError `unreadable-run`."""
    try:
        described = json.loads((run / RUN_FILE).read_text(encoding="utf-8"))
        return [FaultCode(code) for code in described["rejected"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable_run(run, str(error)) from None


def rejected_keys(run: Path, payee: str) -> set[str]:
    """The keys of the payees that the run rejected, as text. Raises DataError."""
    paths = [run / f"rejects.{format}" for format in FORMATS]
    table = read_file(next((path for path in paths if path.is_file()), paths[0]), "rejects")
    column = next(iter(table.columns), "")  # the first one, whatever it is called: see `key_column`
    if not column.startswith(payee):
        raise _unreadable_run(run, f"its rejects have no column `{payee}`")
    place = Place("rejects", "rejects", column, column)
    return {str(key) for key in read_keys(table.columns[column], place, integer=False)}


def changed_inputs(record: RunRecord, files: Sequence[InputFile]) -> list[str]:
    """The paths of the recorded inputs that are not among `files` with the same content, and of files that came new."""
    before = {file.path: file.sha256 for file in record.inputs}
    now = {file.path: file.sha256 for file in files}
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def changed_outputs(run: Path) -> list[str]:
    """The files of a run that are no longer as it wrote them, by name. Raises DataError `unreadable-run`."""
    try:
        outputs = json.loads((run / RUN_FILE).read_text(encoding="utf-8"))["outputs"]
        return [
            each["file"]
            for each in outputs
            if not (run / each["file"]).is_file() or _file_entry(run / each["file"], run) != each
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable_run(run, str(error)) from None

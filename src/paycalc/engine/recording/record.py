"""A run on disk: its tables, a copy of its plan, and `run.json`, which says what is needed to repeat and to check it.

The same inputs at the same place give the same bytes: nothing here depends on the clock.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from paycalc.check.typed import TypedPlan
from paycalc.core.errors import DataError
from paycalc.core.number import format_decimal
from paycalc.engine.faults.consequences import Consequences
from paycalc.engine.inputs.input_table import InputFile
from paycalc.engine.recording.run_folder import RUN_FILE, new_folder
from paycalc.engine.recording.writing import PART_ROWS, parts_of, write_parts
from paycalc.engine.results.outcome import Outcome
from paycalc.engine.results.tables import tables_beside_lines
from paycalc.engine.running import RunRules

PLAN_FILE = "plan.pay"
_RECORD_VERSION = 2


@dataclass(frozen=True)
class ReadFolder:
    """A folder that was read, and the files that were read from it: paths as below `data`."""

    data: Path
    inputs: Sequence[InputFile]

    def moved_to(self, data: Path) -> ReadFolder:
        """The same where it lies at another place now."""
        inputs = [
            dataclasses.replace(file, path=str(data / Path(file.path).relative_to(self.data))) for file in self.inputs
        ]
        return ReadFolder(data, inputs)


@dataclass(frozen=True)
class RunRecord:
    """What `run.json` says that is needed to compute the run again.

    folders  the data, and behind it the corrections of reruns, one after the other
    paid     by line, what was paid in all, reruns included, as text
    """

    plan_name: str
    plan_text: str
    period: str
    folders: Sequence[ReadFolder]
    scales: Mapping[str, str]
    assume_timezone: str | None
    known_at: str | None
    on_reject_share: str
    paid: Mapping[str, str]

    def moved_to(self, data: Path) -> RunRecord:
        """The same where its data lies at another place now."""
        return dataclasses.replace(self, folders=[self.folders[0].moved_to(data), *self.folders[1:]])


def write_run(
    outcome: Outcome,
    folder: Path,
    *,
    read: Sequence[ReadFolder],
    rules: RunRules,
    version: str,
    format: str = "parquet",
    details: Sequence[str] = (),
    replace: bool = False,
) -> None:
    """Write the run to `folder`, which appears whole or not at all.

    read     the folder of data, and behind it those of the corrections
    version  of paycalc
    details  the entities whose lines are written, row by row
    Raises   OutputRefused
    """
    with new_folder(folder, replace=replace) as place:
        write_parts(outcome.line_parts(PART_ROWS), place / f"lines.{format}")
        for name, table in tables_beside_lines(outcome).items():
            write_parts(parts_of(table), place / f"{name}.{format}")
        for entity in details:
            write_parts(parts_of(outcome.detail(entity)), place / f"detail.{entity}.{format}")
        (place / PLAN_FILE).write_bytes(outcome.plan.source.text.encode("utf-8"))
        outputs = [_file_entry(path, place) for path in sorted(place.iterdir())]
        description = _description(outcome, read, rules, version) | {"outputs": outputs}
        text = json.dumps(description, ensure_ascii=False, indent=2) + "\n"
        (place / RUN_FILE).write_text(text, encoding="utf-8")


def _description(outcome: Outcome, read: Sequence[ReadFolder], rules: RunRules, version: str) -> dict[str, object]:
    plan = outcome.plan
    zone, known_at = rules.door.assume_timezone, rules.door.known_at
    data, *corrections = [_folder_entry(folder) for folder in read]
    return {
        "record": _RECORD_VERSION,
        "paycalc": version,
        "engine": outcome.engine,
        "plan": {"name": plan.name, "source": plan.source.name, "sha256": _sha256(plan.source.text.encode("utf-8"))},
        "period": outcome.period.name,
        **data,
        **({"corrections": corrections} if corrections else {}),
        "options": {
            "scales": {name: str(scale) for name, scale in sorted(rules.door.scales.items())},
            "assume_timezone": None if zone is None else zone.key,
            "known_at": None if known_at is None else known_at.isoformat(),
            "on_error": rules.on_error,
            "on_reject_share": str(rules.on_reject_share),
        },
        "counts": {
            "payees": outcome.payee_count,
            "paid": outcome.paid_count,
            "rejected": len(outcome.rejected),
            "held": len(outcome.held_rows),
            "withheld": len(outcome.unshown),
            "orphans": len(outcome.stray),
        },
        "balance": {entity: dataclasses.asdict(balance) for entity, balance in outcome.balances.items()},
        "rejected": _by_code(outcome.rejected),
        "held": _by_code(outcome.held_rows),
        "currency": plan.currency,
        "totals": _as_texts(outcome.totals, plan),
        **({} if outcome.whole is None else {"paid_in_all": _as_texts(outcome.whole.totals, plan)}),
    }


def _folder_entry(folder: ReadFolder) -> dict[str, object]:
    return {
        "data": str(folder.data.absolute()),
        "inputs": [
            {"file": str(Path(file.path).relative_to(folder.data)), "bytes": file.size, "sha256": file.sha256}
            for file in folder.inputs
        ],
    }


def _by_code(found: Consequences) -> dict[str, int]:
    return dict(sorted((code.value, count) for code, count in found.counts_by_code().items()))


def _as_texts(totals: Mapping[str, Fraction], plan: TypedPlan) -> dict[str, str]:
    return {name: format_decimal(amount, plan.currency_places, group="") for name, amount in totals.items()}


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
        return RunRecord(
            str(described["plan"]["source"]),
            text,
            str(described["period"]),
            [_read_folder(each) for each in (described, *described.get("corrections", ()))],
            dict(options["scales"]),
            options["assume_timezone"],
            options["known_at"],
            str(options["on_reject_share"]),
            dict(described.get("paid_in_all", described["totals"])),
        )
    except OSError as error:
        raise _unreadable_run(run, f"{error.filename}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable_run(run, str(error)) from None


def _read_folder(described: Mapping[str, Any]) -> ReadFolder:
    data = Path(described["data"])
    inputs = [
        InputFile(str(data / each["file"]), int(each["bytes"]), str(each["sha256"])) for each in described["inputs"]
    ]
    return ReadFolder(data, inputs)


def _unreadable_run(run: Path, why: str) -> DataError:
    return DataError("unreadable-run", f"`{run}` is no run that can be read: {why}")


def changed_inputs(recorded: Sequence[InputFile], files: Sequence[InputFile]) -> list[str]:
    """The paths of the recorded inputs that are not among `files` with the same content, and of files that came new."""
    before = {file.path: file.sha256 for file in recorded}
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

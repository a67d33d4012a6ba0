"""File names that look like a table of the plan and are none.

Parameters have defaults, so a file of parameters that is passed over for its name would pay everybody by the wrong ones
without a word. So whatever speaks of parameters, and whatever is named as an entity but for its case, its ending or a
slip, is refused. Names are compared after NFC and case folding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from paycalc.check.typed import PLAN_GRAIN
from paycalc.engine.inputs.files import SUFFIXES
from paycalc.engine.inputs.input_table import DATA_TABLE_PREFIX, PARAMETERS_PREFIX

_NEARNESS = 0.75  # of the names of tables, from 0 to 1; above it one is taken for a slip of the other
_PARAMETERS_NEARNESS = 0.8  # of a word and `parameters`: parametres and paramters are slips, perimeter is a word
_PARAMETERS_SHORT = ("param", "params")
_PARTS = re.compile(r"[\W_]+")
_PLAN_SUFFIX = ".pay"
_NO_INPUT = "If it is no input, let its name begin with `_`"


@dataclass(frozen=True)
class Lookalike:
    """What a file that is no table may be meant for.

    tables     `worker`, `parameters.plan`: more than one, or none, where it speaks of parameters and not of whose
    same_name  whether it bears the table's very name, case and ending aside
    wanted     the name that it should have; empty unless one table is meant
    help       the way out, in words
    """

    tables: tuple[str, ...]
    same_name: bool
    wanted: str
    help: str


def lookalike(file: str, tables: Sequence[str], *, folder: bool) -> Lookalike | None:
    """What table of the plan a file or folder may be meant for that is none of them; None where it is unrelated.

    tables  `worker`, `parameters.store`, `table.freight`, ...: all that the plan knows
    """
    name = _folded(file)
    if name.endswith(_PLAN_SUFFIX) and not folder:
        return None
    owners = {_folded(table.removeprefix(PARAMETERS_PREFIX)): table for table in tables if _is_of_parameters(table)}
    entities = {_folded(table): table for table in tables if is_of_rows(table)}
    stem = name.partition(".")[0]
    from_data = [table for table in tables if not is_of_rows(table) and f"{name}.".startswith(f"{_folded(table)}.")]
    if from_data and not _is_of_parameters(from_data[0]):
        return _one(max(from_data, key=len), file, folder, same_name=True)
    if stem in entities:
        return _one(entities[stem], file, folder, same_name=True)
    if any(_is_parameters_word(part) for part in _PARTS.split(name)):
        return _of_parameters(name, owners, file, folder)
    if stem == PLAN_GRAIN and PLAN_GRAIN in owners:
        return _one(owners[PLAN_GRAIN], file, folder)
    near = get_close_matches(stem, entities, 1, _NEARNESS)
    return _one(entities[near[0]], file, folder) if near else None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_of_rows(table: str) -> bool:
    """Whether a table holds the rows of an entity."""
    return not table.startswith((PARAMETERS_PREFIX, DATA_TABLE_PREFIX))


def _is_of_parameters(table: str) -> bool:
    return table.startswith(PARAMETERS_PREFIX)


def _is_parameters_word(part: str) -> bool:
    if part in _PARAMETERS_SHORT or part.startswith("parameter"):
        return True
    return SequenceMatcher(None, part, "parameters").ratio() >= _PARAMETERS_NEARNESS


def _one(table: str, file: str, folder: bool, *, same_name: bool = False) -> Lookalike:
    suffix = next((suffix for suffix in SUFFIXES if file.casefold().endswith(suffix)), "")
    wanted = f"`{table}{suffix or ('' if folder else '.csv')}`"
    help = f"did you mean {wanted}?" if suffix or folder else f"save it as {wanted}."
    return Lookalike((table,), same_name, wanted, f"{help} {_NO_INPUT}")


def _of_parameters(name: str, owners: Mapping[str, str], file: str, folder: bool) -> Lookalike:
    """A file that speaks of parameters. Whose they are is what else its name says."""
    parts = [part for part in _PARTS.split(name) if part and not _is_parameters_word(part)]
    joined = "_".join(parts)
    named = [owner for owner in owners if f"_{'_'.join(_PARTS.split(owner))}_" in f"_{joined}_"]
    if not named:
        named = [near for part in parts for near in get_close_matches(part, owners, 1, _NEARNESS)]
    if named:
        # Where several are named, the longest says most: `store_group` rather than `store`.
        owner = max(named, key=len)
        return _one(owners[owner], file, folder, same_name=f"{name}.".startswith(f"{PARAMETERS_PREFIX}{owner}."))
    places = [
        f"those of {'the plan' if owner == PLAN_GRAIN else f'each {owner}'} in `{table}.csv`"
        for owner, table in owners.items()
    ]
    where = f"parameters stand in files of their own: {', '.join(places)}." if places else "the plan has none."
    return Lookalike(tuple(owners.values()), False, "", f"{where} {_NO_INPUT}")

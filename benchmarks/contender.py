"""Somebody who takes part in a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Contender:
    """prepare: from the data and a number of threads to a function whose time counts. columns: its result as numpy."""

    name: str
    prepare: Callable[[Any, int], Callable[[], Any]]
    columns: Callable[[Any], Columns] = dict

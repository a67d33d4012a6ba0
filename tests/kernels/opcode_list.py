"""The entries of the list of operations, as the maker of the page docs/kernels.md reads them."""

import importlib.util
import sys
from pathlib import Path

MAKER = Path(__file__).parents[2] / "docs" / "make_kernels.py"

_spec = importlib.util.spec_from_file_location("make_kernels", MAKER)
make_kernels = importlib.util.module_from_spec(_spec)
sys.modules["make_kernels"] = make_kernels  # its dataclasses look their module up
_spec.loader.exec_module(make_kernels)

ENTRIES = make_kernels.read_list()[1]

"""How Sphinx builds the documentation."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "paycalc"
author = "the paycalc maintainers"
copyright = "the paycalc maintainers"
version = release = metadata.version("paycalc")

extensions = ["myst_parser", "pay_lexer"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext"]

html_theme = "furo"
html_title = "paycalc"
html_copy_source = False

"""Makes docs/diagnostics.md from the catalogue of diagnostics: python docs/make_diagnostics.py

Each id is shown with its rule, a text that has the fault, what paycalc prints for it, and the text mended. A test
compares the page with what this makes.
"""

import sys
from pathlib import Path
from textwrap import fill

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from paycalc.check import check_plan
from paycalc.check.catalogue import PRELUDE, example_plan
from paycalc.check.faults import names, tables, values
from paycalc.core.diagnostic import Rule
from paycalc.core.errors import PlanError
from paycalc.core.rendering import escape
from paycalc.core.span import Source
from paycalc.syntax import faults as syntax

PAGE = Path(__file__).parent / "diagnostics.md"
SHOWN_LINES_MAX = 30  # of a faulty text; a longer one is cut
SHOWN_WIDTH_MAX = 120
GROUPS = (
    ("How a plan is written", syntax.RULES),
    ("Names and the header", names.RULES),
    ("Values, units and ranges", values.RULES),
    ("Tables, ladders and examples", tables.RULES),
)
# Rules about size and encoding: what stands in the place of an example.
NOT_SHOWN = {
    "text-too-large": "An example would not fit here. Hand in as a column of the data what a long table would say.",
    "not-utf8": "It is found in the bytes of a file, before there is a text to show. Save the file as UTF-8.",
    "too-many-nodes": "An example would not fit here. Hand in as a column of the data what a long table would say.",
    "too-many-faults": "The first 1,000 faults are printed, and then this one. Mend those, and check again.",
}
HEAD = f"""\
# Diagnostics

<!-- Made by docs/make_diagnostics.py from the rules in src/paycalc. Do not edit. -->

Everything that can be wrong with a plan's text has an id. `paycalc check` prints all faults that it finds, each with
its id, its place, the rule behind it, and a way out. What can be wrong with data stands on the page [Data](data.md).

Below, each id is shown with a text that has this fault, what paycalc prints for it, and the text mended. Most of the
texts are fragments. They stand behind this plan, and its lines are counted:

<!-- prelude -->
```pay
{PRELUDE.rstrip()}
```
"""


def page() -> str:
    """The text of docs/diagnostics.md."""
    parts = [HEAD]
    for title, rules in GROUPS:
        parts.append(f"## {title}\n")
        parts += [entry(rule) for rule in sorted(rules, key=lambda rule: rule.id)]
    return "\n".join(parts)


def entry(rule: Rule) -> str:
    """The part of the page about one id."""
    said = sentence(rule.title) + (f" {sentence(rule.why)}" if rule.why else "")
    parts = [f"### {rule.id}\n", fill(said, SHOWN_WIDTH_MAX, break_long_words=False, break_on_hyphens=False) + "\n"]
    if rule.id in NOT_SHOWN:
        parts.append(f"{NOT_SHOWN[rule.id]}\n")
    else:
        parts += [*faulty(rule), block("text", printed(rule.bad)), "Mended:\n", block("pay", rule.mended)]
    return "\n".join(parts)


def sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def faulty(rule: Rule) -> list[str]:
    """The faulty text; what would not be seen, or would hide the rest of the page, is described or cut."""
    lines = [escape(line) for line in rule.bad.split("\n")]
    if "\n".join(lines) != rule.bad:
        return ["Here the character is written as an escape:\n", block("text", "\n".join(lines))]
    longest = max(len(line) for line in lines)
    if len(lines) > SHOWN_LINES_MAX or longest > SHOWN_WIDTH_MAX:
        shown = [line if len(line) <= SHOWN_WIDTH_MAX else line[:SHOWN_WIDTH_MAX] + " ..." for line in lines]
        if len(lines) > SHOWN_LINES_MAX:
            shown = [*shown[:3], f"... {len(lines) - 4} more lines like these"]
        return ["Cut to the width of this page:\n", block("text", "\n".join(shown))]
    return [f"<!-- faulty: {rule.id} -->", block("pay", rule.bad)]


def block(opening: str, text: str) -> str:
    return f"```{opening}\n{text.rstrip()}\n```\n"


def printed(bad: str) -> str:
    """What paycalc prints for a faulty text. Raises ValueError where it finds no fault."""
    try:
        check_plan(Source("plan.pay", example_plan(bad)))
    except PlanError as error:
        return str(error)
    raise ValueError(f"this plan has no fault:\n{bad}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")

"""Makes docs/kernels.md from the list of operations, src/paycalc/kernels/opcodes.def: python docs/make_kernels.py

A test compares the page with what this makes.
"""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent / "kernels.md"
LIST = Path(__file__).parents[1] / "src" / "paycalc" / "kernels" / "opcodes.def"
LANES = ("I32", "I64", "I128")

_ENTRY = re.compile(r'OPCODE(3?)\((\w+),\s+"([^"]*)",\s+((?:"[^"]*"\s*)+)\)\s*')
_TITLE = re.compile(r"/\* ---- (.*) \*/\s*")
_PIECE = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class Entry:
    """One line of the list. title: of its group; lanes: the endings of its operations, "" for just itself."""

    name: str
    operands: str
    text: str
    title: str
    lanes: tuple[str, ...]

    @property
    def opcodes(self) -> list[str]:
        return [f"{self.name}_{lane}" if lane else self.name for lane in self.lanes]


def read_list() -> tuple[str, list[Entry]]:
    """What the list says before its first group, and its entries. Raises ValueError where it cannot read on."""
    text = LIST.read_text(encoding="utf-8")
    head, mark, rest = text.partition("/* ---- ")
    rest = mark + rest
    entries: list[Entry] = []
    title, place = "", 0
    while place < len(rest):
        if found := _TITLE.match(rest, place):
            title = found[1]
        elif found := _ENTRY.match(rest, place):
            lanes = LANES if found[1] else ("",)
            entries.append(Entry(found[2], found[3], "".join(_PIECE.findall(found[4])), title, lanes))
        else:
            raise ValueError(f"no entry of the list: {rest[place : place + 80]}")
        place = found.end()
    return head, entries


def page() -> str:
    """The text of docs/kernels.md."""
    head, entries = read_list()
    said = [" ".join(part.split()) for part in head.strip().removeprefix("/*").removesuffix("*/").split("\n\n")]
    parts = [
        "# Operations of tile programs\n",
        "<!-- Made by docs/make_kernels.py from src/paycalc/kernels/opcodes.def. Do not edit. -->\n",
        "A tile program is a list of these operations. Each is a loop in C over the rows of a tile. In the code the",
        "list is `src/paycalc/kernels/opcodes.def`; the loops stand beside it, by subject.\n",
        *(f"{part}\n" for part in said[1:]),
        "An operation *of each lane* is three: its name ends in `_I32`, `_I64` or `_I128`, and a, b, c and d are of",
        "that lane where nothing else is said.\n",
    ]
    title = None
    for entry in entries:
        if entry.title != title:
            title = entry.title
            parts += [
                f"\n## {title[0].upper()}{title[1:]}\n",
                "| operation | operands | what it does |",
                "|---|---|---|",
            ]
        name = f"`{entry.name}`" + (" of each lane" if len(entry.lanes) > 1 else "")
        parts.append(f"| {name} | {_cell(entry.operands)} | {_cell(entry.text)} |")
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    """As a cell of a table: a bar inside it would end it."""
    return f"`{text}`".replace("|", "\\|") if "|" in text else text.replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")

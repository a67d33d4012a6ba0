"""The code blocks of the documentation, and how the plans among them are marked.

A `pay` block is a plan, or, where it does not begin with `plan`, a fragment. Comments right above a block mark it; they
do not show on the page:

    <!-- prelude -->           the fragments below stand behind this plan
    <!-- faulty: ID ID -->     exactly these diagnostics are found in it; without the mark, none
    <!-- file: NAME -->        the commands of the page find it under this name (see tests/docs/pages.py)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MARKS = ("prelude", "faulty", "file")
_FENCE = re.compile(r"^( *)(`{3,})(.*)$")
_MARK = re.compile(r"^<!-- ([a-z]+)(?:: (.*?))? -->$")


@dataclass(frozen=True)
class Block:
    """A code block: its page, the line where its text begins (from 1), what it holds, its marks and its text."""

    page: Path
    line: int
    kind: str
    marks: Mapping[str, str]
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def is_plan(self) -> bool:
        """Whether the text begins with `plan`, comments apart."""
        lines = [line for line in self.text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        return bool(lines) and lines[0].split()[0] == "plan"


@dataclass(frozen=True)
class PayBlock:
    """A `pay` block as the plan that it stands for: `text` with `lines_before` lines of its prelude in front."""

    block: Block
    text: str
    lines_before: int
    faulty: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.block)


def all_pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(each for each in DOCS.rglob("*.md") if "_build" not in each.parts)]


def blocks_of(text: str, page: Path) -> list[Block]:
    """All code blocks of a page, in order. Raises ValueError where one is not closed."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    opened: tuple[str, str, str, int] | None = None
    held: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fence, mark = _FENCE.match(line), _MARK.match(line)
        if opened is not None:
            if fence is not None and fence[2].startswith(opened[1]) and not fence[3].strip():
                found.append(Block(page, opened[3] + 1, opened[2], marks, "".join(each + "\n" for each in held)))
                opened, marks = None, {}
            else:
                held.append(line.removeprefix(opened[0]))
        elif fence is not None:
            opened, held = (fence[1], fence[2], fence[3].strip(), number), []
        elif mark is not None:
            marks[mark[1]] = mark[2] or ""
        else:
            marks = {}
    if opened is not None:
        raise ValueError(f"{page}:{opened[3]}: this block is not closed")
    return found


def pay_blocks_of(text: str, page: Path) -> list[PayBlock]:
    """The plans of a page. Raises ValueError where a fragment has no prelude or a mark is not understood."""
    prelude: str | None = None
    result = []
    for block in blocks_of(text, page):
        if block.kind != "pay":
            continue
        for mark, value in block.marks.items():
            if mark not in MARKS or bool(value) != (mark != "prelude") or (mark != "faulty" and not block.is_plan):
                raise ValueError(f"{block}: the mark `{mark}` is not understood here")
        before = "" if block.is_plan else prelude
        if before is None:
            raise ValueError(f"{block}: a fragment, and no plan above it is marked as the prelude")
        if "prelude" in block.marks:
            prelude = block.text + "\n"
        faulty = tuple(sorted(block.marks.get("faulty", "").split()))
        result.append(PayBlock(block, before + block.text, before.count("\n"), faulty))
    return result


def blocks(page: Path) -> list[Block]:
    return blocks_of(page.read_text(encoding="utf-8"), page)


def pay_blocks(page: Path) -> list[PayBlock]:
    return pay_blocks_of(page.read_text(encoding="utf-8"), page)

"""The code blocks of the documentation, and what stands on the line that opens them.

    ```pay                     a plan, or behind an earlier `pay prelude` of the page a fragment: free of faults
    ```pay prelude             the same; the fragments after it stand behind this plan
    ```pay faulty ID ID        a plan or fragment in which exactly these diagnostics are found
    ```pay file NAME           the same; the page's commands find it as a file. `faulty ID ID` may follow
    ```csv file NAME           a file that they find
    ```console run             `$ command` lines, each followed by what it prints; they are run in a folder of their own

Only the first word shows: Sphinx and GitHub leave the rest of the line out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^( *)(`{3,}|:{3,}|~{3,})(.*)$")


@dataclass(frozen=True)
class Block:
    """A code block: the page, the line of its first line of text (from 1), the words of its opening, its text."""

    page: Path
    line: int
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def kind(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def file_name(self) -> str:
        """The file that the block stands for; empty if it is none."""
        return self.words[2] if len(self.words) > 2 and self.words[1] == "file" else ""

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


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """All code blocks of a page, in order. Raises ValueError where one is not closed."""
    return blocks_of(page.read_text(encoding="utf-8"), page)


def blocks_of(text: str, page: Path) -> list[Block]:
    found: list[Block] = []
    opened: tuple[str, str, tuple[str, ...], int] | None = None
    held: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _FENCE.match(line)
        if opened is None:
            if match is not None and match[2][0] != ":":
                opened, held = (match[1], match[2], tuple(match[3].split()), number), []
        elif match is not None and match[2].startswith(opened[1]) and not match[3].strip():
            found.append(Block(page, opened[3] + 1, opened[2], "".join(each + "\n" for each in held)))
            opened = None
        else:
            held.append(line.removeprefix(opened[0]))
    if opened is not None:
        raise ValueError(f"{page}:{opened[3]}: this block is not closed")
    return found


def pay_blocks(page: Path) -> list[PayBlock]:
    """The plans of a page. Raises ValueError where a fragment has no prelude or an opening line is not understood."""
    return pay_blocks_of(blocks(page))


def pay_blocks_of(found: list[Block]) -> list[PayBlock]:
    prelude: str | None = None
    result = []
    for block in found:
        if block.kind != "pay":
            continue
        words = [word for word in block.words[1:] if word != block.file_name]
        marks = [word for word in words if word in ("prelude", "file", "faulty")]
        faulty = words[words.index("faulty") + 1 :] if "faulty" in words else []
        if (
            len(marks) + len(faulty) < len(words)
            or marks not in ([], ["prelude"], ["faulty"], ["file"], ["file", "faulty"])
            or ("faulty" in marks) != bool(faulty)
            or (marks and marks[0] != "faulty" and not block.is_plan)
        ):
            raise ValueError(f"{block}: ```{' '.join(block.words)} is not understood")
        before = "" if block.is_plan else prelude
        if before is None:
            raise ValueError(f"{block}: a fragment, and no `pay prelude` stands above it")
        if "prelude" in marks:
            prelude = block.text + "\n"
        result.append(PayBlock(block, before + block.text, before.count("\n"), tuple(sorted(faulty))))
    return result

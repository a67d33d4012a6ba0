"""Commands on the pages print what the pages say."""

import pytest

from tests.docs.consoles import commands, printed, run_page, steady
from tests.docs.pages import DOCS, ROOT, Block, blocks, pages

PAGES = [page for page in pages() if any(block.words == ("console", "run") for block in blocks(page))]


def test_some_page_shows_commands():
    assert DOCS / "getting-started.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_says(page, tmp_path):
    for command, output in run_page(page, tmp_path):
        advice = f"{command.block}: `{command.text}`; python -m tests.docs.consoles {page.relative_to(ROOT)} updates it"
        assert steady(command.output) == steady(output), advice


def test_commands_and_their_output_are_told_apart(tmp_path):
    block = Block(ROOT / "page.md", 1, ("console", "run"), "$ cat a b\none\n$ rm a\n")
    first, second = commands(block)
    assert (first.text, first.output) == ("cat a b", "one\n")
    (tmp_path / "a").write_text("1\n")
    (tmp_path / "b").write_text("2\n")
    assert printed(first, tmp_path) == "1\n2\n"
    with pytest.raises(ValueError, match="`rm` is not run"):
        printed(second, tmp_path)


def test_what_differs_from_run_to_run_is_left_out():
    text = "written to paid in 12.7 s:\n  run.json  2,033 bytes\n  lines.csv  12 bytes\n"
    assert steady(text) == "written to paid in 0.1 s:\n  run.json (size)\n  lines.csv  12 bytes\n"

"""What the pages show is what paycalc prints."""

import re

import pytest

from paycalc import __version__
from paycalc.cli.main import main
from tests.docs.pages import PAGES, ROOT, comparable, real_page


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_sessions_of_a_page_print_what_it_shows(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert comparable(real_page(text)) == comparable(text), "python -m tests.docs.pages --write updates it"


def test_the_readme_shows_what_the_demo_prints(tmp_path, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    excerpts = re.findall(r"^```text\n(\$ paycalc .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert [excerpt.split()[2] for excerpt in excerpts] == ["run", "explain"]
    assert main(["demo", "--out", str(tmp_path / "demo")]) == 0
    printed = comparable(capsys.readouterr().out)
    for excerpt in excerpts:
        assert comparable(excerpt) in printed


FILE = "<!-- file: a.pay -->\n```pay\nplan a\n```\n"
VERSION = f"```console\n$ paycalc --version\npaycalc {__version__}\n```\n"


@pytest.mark.parametrize(
    ("written", "real"),
    [
        ("```console\n$ paycalc --version\n```\n", VERSION),
        (VERSION.replace("paycalc 0", "paycalc 9"), VERSION),
        ("```pycon\n>>> 1 + 1\n3\n```\n", "```pycon\n>>> 1 + 1\n2\n```\n"),
        ("```console\n$ make demo\nyes\n```\n", "```console\n$ make demo\nyes\n```\n"),
        (f"{FILE}```console\n$ cat a.pay\n```\n", f"{FILE}```console\n$ cat a.pay\nplan a\n```\n"),
        ("```pycon\n>>> x = 2\n```\n```pycon\n>>> x\n```\n", "```pycon\n>>> x = 2\n```\n```pycon\n>>> x\n2\n```\n"),
    ],
)
def test_what_is_not_real_is_found(written, real):
    assert real_page(written) == real

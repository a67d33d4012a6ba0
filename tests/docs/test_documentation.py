"""The documentation builds without a warning, has its pages, and colours plans."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pygments.token import Comment, Keyword, Name, Number, String

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (
    "index",
    "getting-started",
    "language",
    "diagnostics",
    "command",
    "data",
    "python",
    "architecture",
    "testing",
    "decisions/index",
)
PLAN = """\
plan store_incentive "Store incentive"  # monthly
  currency CNY
entity worker
  sales : money 0 .. 5_000_000
  计件   : int
pay commission = round(sales * 2.5%) when sales >= 1e3
pay bonus = 3 when worker.pay is hired_2026 and paid on 2026-10-15
"""


def test_the_documentation_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    command += ["-b", "html", "-d", str(tmp_path / "doctrees"), str(DOCS), str(tmp_path / "html")]
    built = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    missing = [page for page in PAGES if not (tmp_path / "html" / f"{page}.html").is_file()]
    assert not missing


def test_decisions_are_numbered_without_gaps_and_have_their_four_parts():
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "What we gave up", "Status"], path.name


@pytest.fixture
def pay_lexer(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    import pay_lexer

    return pay_lexer.PayLexer(stripnl=False, ensurenl=False)


def test_a_plan_is_coloured(pay_lexer):
    tokens = [(kind, text) for kind, text in pay_lexer.get_tokens(PLAN) if text.strip()]
    assert (Comment.Single, "# monthly") in tokens
    assert (String.Double, '"Store incentive"') in tokens
    assert (Keyword.Declaration, "entity") in tokens
    assert (Keyword, "when") in tokens
    assert (Keyword.Type, "money") in tokens
    assert (Name.Builtin, "round") in tokens
    assert (Name, "计件") in tokens
    assert [text for kind, text in tokens if kind in Number] == ["0", "5_000_000", "2.5%", "1e3", "3", "2026-10-15"]
    # A declaration word opens a line; elsewhere it is a name.
    assert (Name, "pay") in tokens


@pytest.mark.parametrize("text", [PLAN, "", "\t\x00\"open\n'%§ 1..2 ..= -> 3%", "plan"])
def test_colouring_keeps_every_character(pay_lexer, text):
    assert "".join(value for _, value in pay_lexer.get_tokens(text)) == text

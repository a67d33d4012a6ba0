"""Text for people: columns that align, progress where somebody watches."""

import io
import os
import sys

from paycalc.cli.terminal import Progress, columns, counted, grouped


def test_columns_align_on_the_screen():
    rows = [["pay", "计件", "1,234.50"], ["deduct", "fee", "1.00"], ["", "", ""]]
    assert columns(rows, right=(2,)) == "  pay     计件  1,234.50\n  deduct  fee       1.00\n"
    assert columns([]) == ""


def test_what_data_holds_cannot_steer_the_terminal():
    assert columns([["\x1b[2J\u202e"]], indent="") == "\\u{1b}[2J\\u{202e}"


def test_numbers_and_nouns():
    assert (grouped(1234567), counted(1, "line"), counted(0, "line"), counted(1000, "line")) == (
        "1,234,567",
        "1 line",
        "0 lines",
        "1,000 lines",
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watch(monkeypatch, stream, term="xterm"):
    """Put the stream in the place of standard error. Not a fixture: pytest puts its own there after the set-up."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setitem(os.environ, "TERM", term)
    return stream


def test_progress_on_a_terminal(monkeypatch):
    terminal = watch(monkeypatch, Terminal())
    with Progress("paying") as progress:
        progress(0, 3000)
        progress(1500, 3000)  # too soon to be drawn again
        progress(3000, 3000)
    drawn = terminal.getvalue().split("\r")
    assert drawn == [
        "",
        f"paying [{'.' * 30}] 0 of 3,000\x1b[K",
        f"paying [{'#' * 30}] 3,000 of 3,000\x1b[K",
        "\x1b[K",
    ]


def test_progress_of_nothing(monkeypatch):
    terminal = watch(monkeypatch, Terminal())
    with Progress("paying") as progress:
        progress(0, 0)
    assert "0 of 0" in terminal.getvalue()


def test_no_progress_where_nobody_watches(monkeypatch):
    stream = watch(monkeypatch, io.StringIO())
    with Progress("paying") as progress:
        progress(1, 1)
    assert stream.getvalue() == ""


def test_no_progress_on_a_dumb_terminal(monkeypatch):
    terminal = watch(monkeypatch, Terminal(), "dumb")
    with Progress("paying") as progress:
        progress(1, 1)
    assert terminal.getvalue() == ""

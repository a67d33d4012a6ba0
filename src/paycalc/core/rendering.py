"""Diagnostics as text with carets, and as plain data for JSON.

The text form quotes the plan's lines that the labels touch:

    error[unit-mismatch]: cannot add points to money
      --> anniversary.pay:14:27
       |
    14 | pay anniversary = bonus + granted(general)
       |                   -----   ^^^^^^^^^^^^^^^^ points (wallet `general`)
       |                   money (CNY)
    why:  points enter a money formula only at what they are worth
    help: write `value(granted(general))`

Carets mark the first label, dashes the others. Columns on the screen are not characters: East Asian wide characters
take two, combining marks none, and a control character is shown escaped, so that no text can steer the terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from paycalc.core.diagnostic import Diagnostic, Label
from paycalc.core.span import Source, Span

WIDTH_MAX = 110  # screen columns of a quoted line; a longer one is cut round its label
REMARK_WIDTH_MAX = 96  # screen columns of a line of `why` and `help`, their titles not counted
_WORDS = re.compile(r"(?:`[^`]*`|[^\s`])+|\S")
_BEFORE_LABEL = 40  # screen columns kept in front of the label when a line is cut
_CHARACTERS_MAX = 4 * WIDTH_MAX  # looked at to each side, however narrow they are
_LINES_MARKED_MAX = 3  # a label over more lines is marked on its first and last line only
_CUT = "..."
_ESCAPES = {"\t": "\\t", "\r": "\\r", "\n": "\\n"}
DATA_TEXT_MAX = 60  # characters of a text from the data that a message shows


@dataclass(frozen=True)
class _Mark:
    """A label's part on one line: character columns from 0, half open; `text` only where the remark is written."""

    start: int
    end: int
    text: str
    primary: bool


def escape(text: str) -> str:
    """`text` without characters that cannot be seen (blanks aside): they are written as `\\t` or `\\u{202e}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return _ESCAPES.get(character, f"\\u{{{ord(character):x}}}")


def visible(text: str) -> str:
    """A text from the data on one line of a message: cut where it is long, and in quotes, with escapes, where one would
    not see what it is: blanks at its ends, characters that cannot be seen, nothing at all."""
    cut = text if len(text) <= DATA_TEXT_MAX else text[: DATA_TEXT_MAX - 3] + "..."
    if text and text.isprintable() and text == text.strip() and not text.startswith('"'):
        return cut
    escaped = cut.replace("\\", "\\\\").replace('"', '\\"')
    shown = (each if each.isprintable() else _ESCAPES.get(each, f"\\u{{{ord(each):x}}}") for each in escaped)
    return f'"{"".join(shown)}"'


def display_width(text: str) -> int:
    """The screen columns of `text` once escaped."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(_cell_width(character) for character in escape(text))


def _cell_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def render_text(diagnostic: Diagnostic, source: Source) -> str:
    """The diagnostic as a few lines of text, without a line end at the end."""
    marks = _marks_by_line(diagnostic.labels, source)
    line, column = source.position(_clamped(diagnostic.span, source).start)
    gutter = len(str(max(marks)))
    head = [
        f"error[{diagnostic.id}]: {escape(diagnostic.message)}",
        f"{' ' * gutter}--> {escape(source.name)}:{line}:{column}",
        f"{' ' * gutter} |",
    ]
    return "\n".join([*head, *_quoted_lines(marks, source, gutter), *_remarks(diagnostic)])


def _remarks(diagnostic: Diagnostic) -> list[str]:
    lines = []
    for title, text in (("why:  ", diagnostic.why), ("help: ", diagnostic.help)):
        wrapped = [part for line in text.split("\n") for part in _wrapped(escape(line))] if text else []
        lines += [(title if number == 0 else " " * len(title)) + line for number, line in enumerate(wrapped)]
    return lines


def _wrapped(text: str) -> list[str]:
    """A remark in lines of at most REMARK_WIDTH_MAX columns; what stands in backquotes is kept together."""
    lines = [""]
    for word in _WORDS.findall(text):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and display_width(longer) > REMARK_WIDTH_MAX:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _clamped(span: Span, source: Source) -> Span:
    start = min(max(span.start, 0), len(source.text))
    return Span(start, min(max(span.end, start), len(source.text)))


def _marks_by_line(labels: Iterable[Label], source: Source) -> dict[int, list[_Mark]]:
    marks: dict[int, list[_Mark]] = {}
    for number, label in enumerate(labels):
        for line, mark in _label_marks(label, source, primary=number == 0):
            marks.setdefault(line, []).append(mark)
    return marks


def _label_marks(label: Label, source: Source, *, primary: bool) -> list[tuple[int, _Mark]]:
    """The parts of a label, line by line; the remark is written under the last."""
    span = _clamped(label.span, source)
    first, start = source.position(span.start)
    # Line ends and blanks at the end of a stretch are not worth a line of their own.
    end_offset = span.start + len(source.slice(span).rstrip())
    last, end = source.position(max(end_offset, span.start))
    if first == last:
        return [(first, _Mark(start - 1, end - 1, label.text, primary))]
    lines: Iterable[int] = range(first, last + 1)
    if last - first >= _LINES_MARKED_MAX:
        lines = (first, last)
    parts = []
    for line in lines:
        text = source.line_text(line)
        if not text.strip():
            continue
        begin = start - 1 if line == first else len(text) - len(text.lstrip())
        stop = end - 1 if line == last else len(text.rstrip())
        parts.append((line, _Mark(begin, stop, label.text if line == last else "", primary)))
    return parts


def _quoted_lines(marks: dict[int, list[_Mark]], source: Source, gutter: int) -> list[str]:
    lines: list[str] = []
    previous = 0
    for line in sorted(marks):
        if previous and line == previous + 2:
            lines.append(_source_line(line - 1, _view(source.line_text(line - 1), 0), gutter))
        elif previous and line > previous + 2:
            lines.append(_CUT)
        text = source.line_text(line)
        anchor = next((mark.start for mark in marks[line] if mark.primary), marks[line][0].start)
        view = _view(text, anchor)
        lines.append(_source_line(line, view, gutter))
        lines.extend(f"{' ' * gutter} | {text}".rstrip() for text in _mark_lines(marks[line], view))
        previous = line
    return lines


def _source_line(line: int, view: _View, gutter: int) -> str:
    return f"{line:>{gutter}} | {view.shown}".rstrip()


@dataclass(frozen=True)
class _View:
    """The part of a line that is shown: its text, its first character, and the screen column of each."""

    shown: str
    begin: int
    columns: list[int]

    def column(self, character: int) -> int:
        """The screen column of a character; one that was cut away has the column of the cut."""
        return self.columns[min(max(character - self.begin, 0), len(self.columns) - 1)]


def _view(text: str, anchor: int) -> _View:
    """The line as shown, cut round character `anchor` if it is long."""
    begin, end = 0, len(text)
    if end > _CHARACTERS_MAX or display_width(text) > WIDTH_MAX:
        anchor = min(anchor, len(text))
        begin, room = anchor, _BEFORE_LABEL
        while begin > max(anchor - _CHARACTERS_MAX, 0) and room > 0:
            begin -= 1
            room -= display_width(text[begin])
        end, room = begin, WIDTH_MAX
        while end < min(len(text), begin + _CHARACTERS_MAX) and room > 0:
            room -= display_width(text[end])
            end += 1
    column = len(_CUT) if begin else 0
    columns = [column]
    for character in text[begin:end]:
        column += display_width(character)
        columns.append(column)
    shown = (_CUT if begin else "") + escape(text[begin:end]) + (_CUT if end < len(text) else "")
    return _View(shown, begin, columns)


def _mark_lines(marks: list[_Mark], view: _View) -> list[str]:
    """The line of carets and dashes, with the rightmost remark on it and the other remarks below, right to left."""
    placed = []
    for mark in marks:
        start = view.column(mark.start)
        end = view.column(mark.end)
        placed.append((start, max(end, start + 1), mark))
    right = max(end for _, end, _ in placed)
    strokes = [" "] * right
    for start, end, mark in sorted(placed, key=lambda item: item[2].primary):
        strokes[start:end] = ("^" if mark.primary else "-") * (end - start)
    waiting = sorted(((start, end, mark.text) for start, end, mark in placed if mark.text), key=lambda item: item[:2])
    first = "".join(strokes)
    # The rightmost remark may stand beside its marks only where no other marks reach as far.
    if waiting and waiting[-1][1] == right and all(end < right for _, end, _ in waiting[:-1]):
        first += " " + escape(waiting.pop()[2])
    lines = [first]
    while waiting:
        start, _, text = waiting.pop()
        lead = [" "] * start
        for other, _, _ in waiting:
            if other < start:
                lead[other] = "|"
        lines.append("".join(lead) + escape(text))
    return lines


def to_json(diagnostic: Diagnostic, source: Source) -> dict[str, object]:
    """The diagnostic as plain data; lines and columns count from 1, offsets (in characters) from 0, half open."""
    labels = []
    for label in diagnostic.labels:
        span = _clamped(label.span, source)
        line, column = source.position(span.start)
        end_line, end_column = source.position(span.end)
        labels.append(
            {
                "line": line,
                "column": column,
                "end_line": end_line,
                "end_column": end_column,
                "offset": span.start,
                "end_offset": span.end,
                "text": label.text,
            }
        )
    return {
        "id": diagnostic.id,
        "severity": "error",
        "message": diagnostic.message,
        "file": source.name,
        "labels": labels,
        "why": diagnostic.why,
        "help": diagnostic.help,
    }

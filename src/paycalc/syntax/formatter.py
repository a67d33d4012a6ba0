"""The canonical layout of a plan: what `paycalc fmt` writes.

A plan is cut into pieces, one for each line that is kept apart (a column, a row, a branch, a whole `let`). A piece
knows the lines of the source that it came from; by these the comments and blank lines find their places again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from paycalc.core.errors import PlanError
from paycalc.core.rendering import display_width
from paycalc.core.span import Source, Span
from paycalc.syntax import tree
from paycalc.syntax.expression_text import STEP, WIDTH_MAX, ExpressionText, quoted
from paycalc.syntax.parser import parse

ALIGNED_MAX = 60  # columns; what is wider is not aligned and pushes nothing


def format_plan(source: Source) -> str:
    """The plan in canonical layout; it means the same. Raises PlanError where it has syntax faults."""
    plan, diagnostics = parse(source)
    if diagnostics:
        raise PlanError(diagnostics, source)
    pieces = _PlanText(source, plan.comments).pieces(plan)
    return _woven(source, pieces, plan.comments)


@dataclass
class Piece:
    """A line of the result, perhaps broken; `lines` bring their indentation.

    first, last  the source's lines that it stands for;  column  where it began there, from 1
    """

    indent: int
    lines: list[str]
    first: int
    last: int
    column: int
    above: list[str] = field(default_factory=list)  # comments from inside it
    comment: str = ""  # behind its last line


def padded(texts: Sequence[str]) -> list[str]:
    """The texts made equally wide; those wider than ALIGNED_MAX stay as they are and do not count."""
    widths = [display_width(text) for text in texts]
    width = max((width for width in widths if width <= ALIGNED_MAX), default=0)
    return [text + " " * max(width - own, 0) for text, own in zip(texts, widths, strict=True)]


def fits(text: str, column: int) -> bool:
    return column + display_width(text) <= WIDTH_MAX


class _PlanText:
    """Cuts the tree of one source into pieces."""

    def __init__(self, source: Source, comments: Iterable[tree.Comment]) -> None:
        self.source = source
        self.text = ExpressionText(source)
        self.comment_lines = {source.position(comment.span.start)[0]: comment.alone for comment in comments}

    def pieces(self, plan: tree.Plan) -> list[Piece]:
        found: list[Piece] = []
        if plan.header is not None:
            found.extend(self.header(plan.header))
        declarations = list(plan.declarations)
        index = 0
        while index < len(declarations):
            node = declarations[index]
            if isinstance(node, tree.Line):
                group = self.line_group(declarations, index)
                found.extend(self.lines(group))
                index += len(group)
                continue
            found.extend(self.declaration(node))
            index += 1
        return found

    def piece(self, indent: int, lines: Sequence[str], span: Span) -> Piece:
        first, column = self.source.position(span.start)
        last = self.source.position(max(span.end - 1, span.start))[0]
        return Piece(indent, [" " * indent + lines[0], *lines[1:]], first, last, column)

    def head(self, text: str, span: Span) -> Piece:
        """The first line of a declaration, which stands on one line of the source."""
        return self.piece(0, [text], Span(span.start, span.start))

    def declaration(self, node: tree.Declaration) -> list[Piece]:
        match node:
            case tree.Kind():
                text = f"kind {node.name.text} = {self.text.type(node.type)}"
                return [self.piece(0, self.list_lines(text, STEP), node.span)]
            case tree.Entity():
                return [self.head(self.entity_head(node), node.span), *self.columns(node.columns)]
            case tree.Parameters():
                text = f"parameters of {node.entity.text}" if node.entity is not None else "parameters"
                return [self.head(text, node.span), *self.columns(node.columns)]
            case tree.Table():
                return self.table(node)
            case tree.Ladder():
                return self.ladder(node)
            case tree.Assert():
                return [self.assertion(node)]
            case tree.Example():
                return self.example(node)
            case _:
                raise AssertionError(f"a {type(node).__name__} has no layout")

    # ------------------------------------------------------------ data

    def header(self, node: tree.Header) -> list[Piece]:
        title = f" {quoted(node.title)}" if node.title is not None else ""
        settings: list[tuple[str, str, Span]] = []
        for word, value in (("currency", node.currency), ("timezone", node.timezone), ("payee", node.payee)):
            if value is not None:
                settings.append((word, value.text, value.span))
        if node.period is not None:
            period = node.period
            text = f"{period.count} " if period.count is not None else ""
            text += period.kind + (f" from {period.start}" if period.start is not None else "")
            settings.append(("period", text, period.span))
        settings.sort(key=lambda setting: setting[2].start)
        words = padded([word for word, _, _ in settings])
        rows = [self.piece(2, [f"{word} {text}"], span) for word, (_, text, span) in zip(words, settings, strict=True)]
        return [self.head(f"plan {node.name.text}{title}", node.span), *rows]

    def entity_head(self, node: tree.Entity) -> str:
        text = f"entity {node.name.text}"
        if node.label is not None:
            text += f" {quoted(node.label)}"
        if node.dated is not None:
            text += f" dated {node.dated.text}"
        if node.belongs_to is not None:
            text += f" in {node.belongs_to.text}"
        if node.hold is not None:
            text += " when bad hold"
        if node.outside is not None:
            text += f" outside period {node.outside.word}"
        if node.bound is not None:
            text += f" at most {self.grouped(node.bound)} per {node.bound.per.text}"
        return text

    def grouped(self, bound: tree.RowBound) -> str:
        """The number of rows as the author wrote it."""
        return self.source.slice(bound.span).split()[2]

    def columns(self, columns: Iterable[tree.Column]) -> list[Piece]:
        columns = list(columns)
        names = padded([", ".join(name.text for name in column.names) for column in columns])
        return [
            self.piece(2, self.list_lines(f"{name} : {self.column_rest(column)}", 2 + STEP, 2), column.span)
            for name, column in zip(names, columns, strict=True)
        ]

    def column_rest(self, column: tree.Column) -> str:
        text = self.text.type(column.type)
        if column.optional:
            text += " optional"
        if column.default is not None:
            text += f" = {self.text.flat(column.default)}"
        return text + (f" {quoted(column.label)}" if column.label is not None else "")

    def list_lines(self, text: str, indent: int, column: int = 0) -> list[str]:
        """A list too long for one line goes on in the next, after a comma outside of texts."""
        lines = [""]
        for part in _comma_parts(text):
            begin = column if len(lines) == 1 else 0
            if lines[-1].strip() and begin + display_width(lines[-1] + part.rstrip()) > WIDTH_MAX:
                lines[-1] = lines[-1].rstrip()
                lines.append(" " * indent + part)
            else:
                lines[-1] += part
        return lines

    # ------------------------------------------------------------ tables and ladders

    def keys(self, keys: Iterable[tree.Key]) -> str:
        return ", ".join(
            key.name.text + (f" {self.text.type(key.type)}" if key.type is not None else "") for key in keys
        )

    def table(self, node: tree.Table) -> list[Piece]:
        head = f"table {node.name.text} of {self.keys(node.keys)}"
        if len(node.results) == 1 and node.results[0].name is None:
            head += f" : {self.text.type(node.results[0].type)}"
        else:
            results = (f"{r.name.text} {self.text.type(r.type)}" for r in node.results if r.name is not None)
            head += f" -> {'; '.join(results)}"
        if node.collect is not None:
            head += f" collect {node.collect}"
        if node.from_data:
            head += " from data"
        return [self.head(head, node.span), *self.rows(node.rows, 2)]

    def rows(self, rows: Sequence[tree.TableRow], indent: int) -> list[Piece]:
        """The rows of a table, cells and results below each other."""
        cells = _side_by_side([[self.text.cell(cell) for cell in row.cells] for row in rows], pad_last=True)
        results = _side_by_side([[self.text.flat(value) for value in row.results] for row in rows])
        return [
            self.piece(indent, [f"{left} : {right}"], row.span)
            for left, right, row in zip(cells, results, rows, strict=True)
        ]

    def ladder(self, node: tree.Ladder) -> list[Piece]:
        over = " over" if node.over else ""
        data = " from data" if node.from_data else ""
        head = f"ladder {node.name.text} of {self.keys(node.keys)} : {self.text.type(node.type)}{over}{data}"
        return [self.head(head, node.span), *self.groups(node.groups, 2)]

    def groups(self, groups: Iterable[tree.LadderGroup], margin: int) -> list[Piece]:
        """The steps of a ladder, under their heads where they have one."""
        pieces: list[Piece] = []
        for group in groups:
            indent = margin
            if group.heads:
                heads = ", ".join(self.text.flat(value) for value in group.heads)
                pieces.append(self.piece(margin, [heads], Span(group.span.start, group.span.start)))
                indent = margin + 2
            thresholds = padded([self.text.flat(step.threshold) for step in group.steps])
            for threshold, step in zip(thresholds, group.steps, strict=True):
                pieces.append(self.piece(indent, [f"{threshold} : {self.text.flat(step.value)}"], step.span))
        return pieces

    # ------------------------------------------------------------ lines

    def line_group(self, declarations: Sequence[tree.Declaration], index: int) -> list[tree.Line]:
        """Lines of one role that follow each other directly: their `=` stand below each other."""
        group: list[tree.Line] = []
        for node in declarations[index:]:
            if not isinstance(node, tree.Line):
                break
            if group:
                above = self.source.position(group[-1].span.end - 1)[0]
                here = self.source.position(node.span.start)[0]
                if node.role != group[0].role or here != above + 1 or isinstance(group[-1].value, tree.Case):
                    break
                if self.has_comment_inside(node):
                    break
            group.append(node)
        return group

    def has_comment_inside(self, node: tree.Line) -> bool:
        """Whether a comment will move above the line, which parts it from the line before."""
        first = self.source.position(node.span.start)[0]
        last = self.source.position(node.span.end - 1)[0]
        return any(line in self.comment_lines for line in range(first, last)) or self.comment_lines.get(last, False)

    def lines(self, group: Sequence[tree.Line]) -> list[Piece]:
        heads = padded([self.line_head(line) for line in group])
        pieces: list[Piece] = []
        for head, line in zip(heads, group, strict=True):
            if isinstance(line.value, tree.Case):
                pieces.extend(self.case(f"{head} =", line, line.value))
            else:
                pieces.append(self.piece(0, self.line(f"{head} = ", line), line.span))
        return pieces

    def line_head(self, line: tree.Line) -> str:
        entity = f"{line.entity.text}." if line.entity is not None else ""
        label = f" {quoted(line.label)}" if line.label is not None else ""
        type_ = f" : {self.text.type(line.type)}" if line.type is not None else ""
        return f"{line.role} {entity}{line.name.text}{label}{type_}"

    def line(self, head: str, line: tree.Line) -> list[str]:
        when = f" when {self.text.flat(line.when)}" if line.when is not None else ""
        flat = head + self.text.flat(line.value) + when
        if display_width(flat) <= WIDTH_MAX:
            return [flat]
        value = self.text.broken(line.value, display_width(head), STEP)
        lines = [head + value[0], *value[1:]]
        return [*lines, *self.when(line.when, STEP)] if line.when is not None else lines

    def when(self, condition: tree.Expression, indent: int) -> list[str]:
        broken = self.text.broken(condition, indent + 5, indent + STEP)
        return [" " * indent + "when " + broken[0], *broken[1:]]

    def case(self, head: str, line: tree.Line, case: tree.Case) -> list[Piece]:
        """The head, `case`, a piece for each branch, and `when` where there is one."""
        head_span = Span(line.span.start, line.span.start)
        pieces = [self.piece(0, [head], head_span), self.piece(2, ["case"], Span(case.span.start, case.span.start))]
        conditions = [self.text.flat(branch.condition) for branch in case.branches]
        branches = [(branch.condition, branch.value, branch.span) for branch in case.branches]
        pads = padded([*conditions, "otherwise"])
        for pad, (condition, value, span) in zip(pads, branches, strict=False):
            pieces.append(self.piece(4, self.branch(pad, condition, value), span))
        otherwise = self.text.broken(case.otherwise, 4 + display_width(pads[-1]) + 3, 4 + STEP)
        otherwise[0] = f"{pads[-1]} : {otherwise[0]}"
        pieces.append(self.piece(4, otherwise, case.otherwise_span.to(case.otherwise.span)))
        if line.when is not None:
            when = self.when(line.when, 2)
            pieces.append(self.piece(2, [when[0].strip(), *when[1:]], line.when.span))
        return pieces

    def branch(self, pad: str, condition: tree.Expression, value: tree.Expression) -> list[str]:
        flat = self.text.flat(value)
        if 4 + display_width(pad) + 3 + display_width(flat) <= WIDTH_MAX:
            return [f"{pad} : {flat}"]
        lines = self.text.broken(condition, 4, 4 + STEP, after=2)
        if len(lines) == 1:
            lines = [pad]
        column = display_width(lines[-1]) + 3 + (4 if len(lines) == 1 else 0)
        broken = self.text.broken(value, column, 4 + STEP + (STEP if len(lines) > 1 else 0))
        lines[-1] += f" : {broken[0]}"
        return [*lines, *broken[1:]]

    def assertion(self, node: tree.Assert) -> Piece:
        message = quoted(node.message)
        lines = self.text.broken(node.condition, 7, STEP)
        lines[0] = "assert " + lines[0]
        if len(lines) == 1 and display_width(lines[0]) + 1 + display_width(message) <= WIDTH_MAX:
            lines[-1] += " " + message
        else:
            lines.append(" " * STEP + message)
        return self.piece(0, lines, node.span)

    # ------------------------------------------------------------ examples

    def example(self, node: tree.Example) -> list[Piece]:
        pieces = [self.head(f"example {quoted(node.title)}", node.span)]
        entries: list[tree.ExampleItem | tree.ExamplePeriod] = [*node.items, *node.periods]
        entries.sort(key=lambda entry: entry.span.start)
        loose: list[tree.ExampleItem] = []
        for entry in entries:
            if not isinstance(entry, tree.ExamplePeriod):
                loose.append(entry)
                continue
            pieces.extend(self.example_items(loose, 2))
            loose.clear()
            last = f" .. {entry.last}" if entry.last != entry.first else ""
            head = f"period {entry.first}{last}"
            pieces.append(self.piece(2, [head], Span(entry.span.start, entry.span.start)))
            pieces.extend(self.example_items(entry.items, 4))
        pieces.extend(self.example_items(loose, 2))
        return pieces

    def example_items(self, items: Sequence[tree.ExampleItem], indent: int) -> list[Piece]:
        """Rows that follow each other are aligned, and so are rows from a date on and `expect` lines."""
        pieces: list[Piece] = []
        run: list[tree.ExampleRow | tree.ExampleExpect] = []
        for item in items:
            if run and _kind_of_item(item) != _kind_of_item(run[0]):
                pieces.extend(self.example_run(run, indent))
                run.clear()
            if isinstance(item, tree.ExampleTable):
                pieces.extend(self.example_table(item, indent))
            else:
                run.append(item)
        return [*pieces, *self.example_run(run, indent)] if run else pieces

    def example_table(self, item: tree.ExampleTable, indent: int) -> list[Piece]:
        head = self.piece(indent, [f"table {item.name.text}{self.since(item.since)}"], item.span)
        head.last = head.first
        rows, groups = self.rows(item.rows, indent + 2), self.groups(item.groups, indent + 2)
        return [head, *sorted((*rows, *groups), key=lambda piece: piece.first)]

    def since(self, since: tree.Expression | None) -> str:
        return f" from {self.text.flat(since)}" if since is not None else ""

    def example_run(self, items: Sequence[tree.ExampleRow | tree.ExampleExpect], indent: int) -> list[Piece]:
        """Lines of one kind: their `:` stand below each other, and the `->` of the rows that fit on one line."""
        heads = [self.item_head(item) for item in items]
        bodies = [", ".join(self.item_cells(item)) for item in items]
        with_body = [index for index, body in enumerate(bodies) if body]
        for index, text in zip(with_body, padded([heads[index] for index in with_body]), strict=True):
            heads[index] = f"{text} : "
        arrows = [
            " -> " + ", ".join(map(self.expectation, item.expected))
            if isinstance(item, tree.ExampleRow) and item.expected
            else ""
            for item in items
        ]
        aligned = [n for n in with_body if arrows[n] and fits(heads[n] + bodies[n] + arrows[n], indent)]
        for index, text in zip(aligned, padded([bodies[index] for index in aligned]), strict=True):
            bodies[index] = text
        pieces = []
        for item, head, body, arrow in zip(items, heads, bodies, arrows, strict=True):
            lines = [head + body + arrow]
            if not fits(lines[0], indent):  # what is given stands apart from what is expected of it
                lines = self.list_lines((head + body).rstrip(), indent + STEP, indent)
                expected = self.list_lines(arrow.strip(), indent + STEP + 3, indent + STEP) if arrow else []
                lines += [" " * (indent + STEP) + text if n == 0 else text for n, text in enumerate(expected)]
            pieces.append(self.piece(indent, lines, item.span))
        return pieces

    def item_head(self, item: tree.ExampleRow | tree.ExampleExpect) -> str:
        words = ["expect"] if isinstance(item, tree.ExampleExpect) else []
        if item.entity is not None:
            words.append(item.entity.text)
        if item.key is not None:
            words.append(self.text.flat(item.key))
        return " ".join(words) + (self.since(item.since) if isinstance(item, tree.ExampleRow) else "")

    def item_cells(self, item: tree.ExampleRow | tree.ExampleExpect) -> list[str]:
        if isinstance(item, tree.ExampleExpect):
            return [self.expectation(expectation) for expectation in item.expected]
        return [f"{cell.name.text} {self.text.flat(cell.value)}" for cell in item.cells]

    def expectation(self, node: tree.Expectation) -> str:
        if node.name is None:
            assert isinstance(node.value, tree.Text), "what is rejected or held has a code"
            return f"{node.operator} {node.value.value}".rstrip()
        name = f"sum({node.name.text})" if node.operator == "sum" else node.name.text
        return f"{name} {self.text.flat(node.value)}"


def _kind_of_item(item: tree.ExampleItem) -> tuple[type[tree.ExampleItem], bool]:
    return type(item), isinstance(item, tree.ExampleRow) and item.since is not None


def _comma_parts(text: str) -> list[str]:
    """The text cut behind its commas (and the blank after them) and before ` -> `; not within quotes and brackets."""
    parts, start, depth, in_quotes, index = [], 0, 0, False, 0
    while index < len(text):
        character = text[index]
        if in_quotes:
            index += character == "\\"
            in_quotes = character != '"'
        elif character == '"':
            in_quotes = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif depth == 0 and text.startswith((", ", " -> "), index):
            cut = index + (2 if character == "," else 1)
            parts.append(text[start:cut])
            start = cut
        index += 1
    return [*parts, text[start:]]


def _side_by_side(rows: Sequence[Sequence[str]], *, pad_last: bool = False) -> list[str]:
    """Rows of cells, comma behind each but the last, columns below each other."""
    width = max((len(row) for row in rows), default=0)
    texts = [""] * len(rows)
    for column in range(width):
        has = [index for index, row in enumerate(rows) if column < len(row)]
        cells = [rows[index][column] + ("," if column < len(rows[index]) - 1 else "") for index in has]
        for index, plain, cell in zip(has, cells, padded(cells), strict=True):
            is_last = column == len(rows[index]) - 1
            texts[index] += cell + " " if not is_last else (cell if pad_last else plain)
    return texts


# ---------------------------------------------------------------- comments and blank lines


def _woven(source: Source, pieces: list[Piece], comments: Sequence[tree.Comment]) -> str:
    """The pieces with the comments between, inside and behind them."""
    blank = [not source.line_text(line).strip() for line in range(1, source.line_count + 1)]
    alone = _attach(source, pieces, comments)
    output: list[str] = []
    tails: list[tuple[int, str] | None] = []  # for each output line the indentation and comment that go behind it

    def add(lines: Iterable[str], first_source_line: int) -> None:
        above = first_source_line - 2
        if output and above >= 0 and blank[above] and output[-1]:
            output.append("")
            tails.append(None)
        for line in lines:
            output.append(line)
            tails.append(None)

    waiting = iter([*alone, None])
    comment = next(waiting)
    previous: Piece | None = None
    for piece in [*pieces, None]:
        limit = piece.first if piece is not None else source.line_count + 1
        while comment is not None and source.position(comment.span.start)[0] < limit:
            line, column = source.position(comment.span.start)
            add([" " * _comment_indent(column, previous, piece) + comment.text], line)
            comment = next(waiting)
        if piece is None:
            break
        add([*(" " * piece.indent + text for text in piece.above), *piece.lines], piece.first)
        if piece.comment:
            tails[-1] = (piece.indent if len(piece.lines) == 1 else -1, piece.comment)
        previous = piece
    return "\n".join(_with_tails(output, tails)) + "\n"


def _comment_indent(column: int, previous: Piece | None, following: Piece | None) -> int:
    """A comment belongs to what follows, unless it is indented deeper and stands below something deeper."""
    below = following.indent if following is not None else 0
    if previous is None or column <= (following.column if following is not None else 1):
        return below
    return max(below, previous.indent)


def _attach(source: Source, pieces: list[Piece], comments: Sequence[tree.Comment]) -> list[tree.Comment]:
    """Give comments inside a piece or behind it to the piece; return those that stand between pieces."""
    alone = []
    index = -1
    for comment in comments:
        line = source.position(comment.span.start)[0]
        while index + 1 < len(pieces) and pieces[index + 1].first <= line:
            index += 1
        piece = pieces[index] if index >= 0 else None
        if piece is None or line > piece.last:
            alone.append(comment)
        elif line == piece.last and not comment.alone:
            piece.comment = comment.text
        else:
            piece.above.append(comment.text)
    return alone


def _with_tails(output: list[str], tails: list[tuple[int, str] | None]) -> list[str]:
    """Comments behind lines; those of lines that follow each other at one indentation stand below each other."""
    start = 0
    while start < len(output):
        tail = tails[start]
        end = start + 1
        if tail is None:
            start = end
            continue
        while end < len(output) and tail[0] >= 0 and (tails[end] or (-1, ""))[0] == tail[0]:
            end += 1
        texts = padded(output[start:end])
        for number, text in enumerate(texts, start):
            output[number] = f"{text}  {(tails[number] or (0, ''))[1]}"
        start = end
    return output

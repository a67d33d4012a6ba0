"""Random texts that are plans by their grammar (names and types mean nothing), as untidy as authors leave them."""

from random import Random

NAMES = (
    "sales hours days kpi store worker parcel rate plan period per rejected held dated data 计件工资 café x1".split()
)
UNITS = "kg cm3 hour points USD tonne km per".split()
TEXTS = ['"Sales"', '"a, b -> (c"', '"say \\"no\\""', '"back\\\\slash"', '"#"', '"奖金"', '""']
NUMBERS = "0 1 22 1_000 0.05 1e7 2.50 5% 0.25% 100% 12_345.678_9 1e-3".split()
DATES = ["2026-10-15", "2024-02-29"]
MOMENTS = ["2026-10-15T08:30", "2026-10-15T08:30:05", "2026-10-15T08:30+08:00", "2026-10-15T08:30:00Z"]
PERIODS = "2026-10-31 2026-W41 2026-10-05 2026-10-1 2026-10 2026-Q4 2026".split()
COMPARISONS = ["<", "<=", ">", ">=", "is", "is not"]
ROLES = "let pay deduct employer show".split()
COMMENTS = ["# why", "#no blank", '# "quoted" -> (', "# 说明"]
SOFT = "over up at each collect".split()


class PlanTexts:
    """Writes plans by the choices of `random`; `long` makes lines that do not fit on one line."""

    def __init__(self, random: Random, *, long: bool = False, untidy: bool = True) -> None:
        self.random = random
        self.long = long
        self.untidy = untidy

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, *, soft: bool = False) -> str:
        return self.random.choice([*NAMES, *SOFT] if soft else NAMES)

    def few(self, make, most: int = 3) -> list[str]:
        return [make() for _ in range(self.random.randint(1, most))]

    # ------------------------------------------------------------ small parts

    def unit(self) -> str:
        words = [unit for unit in UNITS if unit != "per"]
        above = " ".join(self.random.choices(words, k=self.random.randint(0, 2)))
        below = " ".join(self.random.choices(words, k=self.random.randint(1, 2)))
        return above if above and self.chance(0.6) else f"{above} per {below}".strip()

    def number(self) -> str:
        return self.random.choice(NUMBERS) + (f" {self.unit()}" if self.chance(0.2) else "")

    def bound(self) -> str:
        if self.chance(0.15):
            return self.random.choice(DATES + MOMENTS)
        return ("-" if self.chance(0.2) else "") + self.number()

    def literal(self) -> str:
        if self.chance(0.2):
            return self.random.choice(TEXTS)
        return self.name(soft=True) if self.chance(0.3) else self.bound()

    def type(self, *, members: bool = True) -> str:
        if members and self.chance(0.2):
            return "one of " + ", ".join(self.few(lambda: self.random.choice([self.name(soft=True), '"Big One"'])))
        words = "flag int decimal(2) money money(4) percent(2) points date datetime text store"
        word = self.random.choice(words.split())
        word += f" {self.unit()}" if self.chance(0.3) else ""
        return word + (f" {self.bound()} .. {self.bound()}" if self.chance(0.5) else "")

    def label(self, share: float = 0.3) -> str:
        return f" {self.random.choice(TEXTS)}" if self.chance(share) else ""

    # ------------------------------------------------------------ expressions

    def expression(self, depth: int = 3) -> str:
        """Anything that may stand in brackets."""
        if depth and self.chance(0.15):
            return f"if {self.operand(0, depth)} then {self.operand(0, depth)} else {self.expression(depth - 1)}"
        return self.operand(0, depth)

    def operand(self, strength: int, depth: int) -> str:
        """An expression that may stand beside operators of this strength without brackets (0 `or` to 6 unary minus)."""
        if depth <= 0 or self.chance(0.25):
            return self.leaf()
        if self.chance(0.15):
            return f"({self.expression(depth - 1)})"
        choice = self.random.randint(strength, 7) if strength < 7 else 7
        if choice == 0:
            return " or ".join(self.chain(1, depth))
        if choice == 1:
            return " and ".join(self.chain(2, depth))
        if choice == 2:
            return f"not {self.operand(2, depth - 1)}"
        if choice == 3:
            return self.comparison(depth)
        if choice == 4:
            return self.joined(self.chain(5, depth), "+-")
        if choice == 5:
            return self.joined(self.chain(6, depth), "*/")
        if choice == 6:
            return f"-{self.operand(6, depth - 1)}"
        return self.call(depth - 1)

    def chain(self, strength: int, depth: int) -> list[str]:
        most = 60 if self.long and depth > 4 and self.chance(0.3) else 3
        return [self.operand(strength, depth - 1) for _ in range(self.random.randint(2, most))]

    def joined(self, parts: list[str], operators: str) -> str:
        text = parts[0]
        only = self.random.choice(operators) if self.chance(0.5) else ""
        for part in parts[1:]:
            text += f" {only or self.random.choice(operators)} {part}"
        return text

    def comparison(self, depth: int) -> str:
        left = self.operand(4, depth - 1)
        if self.chance(0.3):
            return f"{left} in ({', '.join(self.few(lambda: self.expression(depth - 1)))})"
        return f"{left} {self.random.choice(COMPARISONS)} {self.operand(4, depth - 1)}"

    def call(self, depth: int) -> str:
        choice = self.random.randrange(7)
        if choice == 5:
            return self.running(depth)
        if choice == 6 and self.chance(0.5):
            return f"average({self.expression(depth)} over period)"
        if choice == 0:
            function = self.random.choice("sum min max mean any all".split())
            return f"{function}({self.expression(depth)} of {self.name()}{self.conditions(depth)})"
        if choice == 1:
            return f"count({self.name()}{self.conditions(depth)})"
        if choice == 2:
            return f"round({self.expression(depth)}, to {self.random.choice(NUMBERS)}, up)"
        if choice == 3 and self.chance(0.3):
            return f"gross before {self.name()}"
        function = self.random.choice("max min clamp kpi_factor 运费".split())
        return f"{function}({', '.join(self.few(lambda: self.expression(depth), 6 if self.long else 3))})"

    def running(self, depth: int) -> str:
        parts = [f"within {self.name(soft=True)}", f"by {self.expression(depth)}"]
        parts += [f"where {self.expression(depth)}"] if self.chance(0.4) else []
        self.random.shuffle(parts)
        if self.chance(0.5):
            return f"running_count({' '.join(parts)})"
        return f"running_sum({self.expression(depth)} {' '.join(parts)})"

    def conditions(self, depth: int) -> str:
        parts = [f" where {self.expression(depth)}"] if self.chance(0.5) else []
        parts += [f" via {self.name(soft=True)}"] if self.chance(0.2) else []
        self.random.shuffle(parts)
        return "".join(parts)

    def leaf(self) -> str:
        choice = self.random.random()
        if choice < 0.4:
            return ".".join(self.few(lambda: self.name(soft=True), 2))
        if choice < 0.8:
            return self.number()
        return self.random.choice(TEXTS + DATES + MOMENTS + ["yes", "period.start"])

    # ------------------------------------------------------------ declarations

    def declaration(self) -> list[str]:
        makers = [self.kind, self.entity, self.parameters, self.table, self.ladder, self.example, self.assertion]
        return self.random.choice([*makers, *[self.line] * 6])()

    def kind(self) -> list[str]:
        return [f"kind {self.name()} = {self.type()}"]

    def column(self) -> str:
        names = ", ".join(self.few(lambda: self.name(soft=True)))
        parts = [" optional"] if self.chance(0.3) else []
        parts += [f" = {self.literal()}"] if self.chance(0.3) else []
        self.random.shuffle(parts)
        return f"  {names} : {self.type()}{''.join(parts)}{self.label()}"

    def entity(self) -> list[str]:
        clauses = [
            f" in {self.name()}", f" at most 1_000 per {self.name()}", f" dated {self.name(soft=True)}",
            " when bad hold", f" outside period {self.random.choice(['ignore', 'carry'])}",
        ]  # fmt: skip
        parts = [clause for clause in clauses if self.chance(0.3)]
        self.random.shuffle(parts)
        return [f"entity {self.name()}{self.label()}{''.join(parts)}", *self.few(self.column, 4)]

    def parameters(self) -> list[str]:
        return ["parameters" + (f" of {self.name()}" if self.chance(0.7) else ""), *self.few(self.column, 4)]

    def keys(self) -> str:
        def key() -> str:
            return self.name(soft=True) + (f" {self.type(members=False)}" if self.chance(0.3) else "")

        return ", ".join(self.few(key))

    def choice(self) -> str:
        kind = self.random.randrange(5)
        if kind == 0:
            return f"{self.random.choice(['<', '<=', '>', '>='])} {self.bound()}"
        if kind == 1:
            return f"{self.random.choice(['..', '..='])}{self.bound()}"
        if kind == 2:
            return f"{self.bound()}{self.random.choice(['..', '..=', ' .. '])}{self.bound()}"
        return f"{self.bound()}.." if kind == 3 else self.literal()

    def cell(self) -> str:
        if self.chance(0.2):
            return "*"
        return f"({', '.join(self.few(self.choice))})" if self.chance(0.2) else self.choice()

    def table(self) -> list[str]:
        result = f": {self.type()}"
        if self.chance(0.3):
            result = "-> " + "; ".join(self.few(lambda: f"{self.name()} {self.type()}"))
        result += f" collect {self.random.choice('sum min max count'.split())}" if self.chance(0.2) else ""

        head = f"table {self.name()} of {self.keys()} {result}"
        return [f"{head} from data"] if self.chance(0.2) else [head, *self.few(lambda: self.row("  "), 4)]

    def row(self, indent: str) -> str:
        return f"{indent}{', '.join(self.few(self.cell))} : {', '.join(self.few(self.literal, 2))}"

    def ladder(self) -> list[str]:
        head = f"ladder {self.name()} of {self.keys()} : {self.type()}{' over' if self.chance(0.2) else ''}"
        return [f"{head} from data"] if self.chance(0.2) else [head, *self.steps("  ")]

    def steps(self, margin: str) -> list[str]:
        """Steps, perhaps in groups: from the first head on all of them."""
        lines, indent = [], margin
        for _ in range(self.random.randint(1, 3)):
            if self.chance(0.4):
                lines.append(margin + ", ".join(self.few(self.literal)))
                indent = margin + "  "
            lines += [indent + step for step in self.few(lambda: f"{self.literal()} : {self.literal()}")]
        return lines

    def line(self) -> list[str]:
        entity = f"{self.name()}." if self.chance(0.4) else ""
        type_ = f" : {self.type()}" if self.chance(0.3) else ""
        head = f"{self.random.choice(ROLES)} {entity}{self.name()}{self.label()}{type_} ="
        if self.chance(0.25):
            return [head, *self.case()]
        when = f" when {self.expression()}" if self.chance(0.3) else ""
        return [f"{head} {self.expression(5 if self.long else 3)}{when}"]

    def case(self) -> list[str]:
        branches = self.few(lambda: f"    {self.expression()} : {self.expression()}", 4)
        when = [f"{self.random.choice(['  ', '    ', '      '])}when {self.expression()}"] if self.chance(0.3) else []
        return ["  case", *branches, f"    otherwise : {self.expression()}", *when]

    def assertion(self) -> list[str]:
        return [f"assert {self.expression()} {self.random.choice(TEXTS)}"]

    # ------------------------------------------------------------ examples

    def key(self) -> str:
        return self.random.choice([*TEXTS, "W1", "17", "S1", "over"])

    def expectations(self) -> str:
        def expectation() -> str:
            choice = self.random.randrange(4)
            if choice == 0:
                return self.random.choice(["rejected", "rejected out-of-range", "held", "held line-range", "held x"])
            if choice == 1:
                return f"sum({self.name()}) {self.literal()}"
            value = f"{self.number()} / 3" if self.chance(0.1) else self.literal()
            return f"{self.random.choice(['net', 'c.fine', '计件工资'])} {value}"

        return ", ".join(self.few(expectation))

    def example_item(self, indent: str) -> str:
        entity = self.random.choice(["worker W1", "plan", f"store {self.key()}", f"kpi {self.key()}"])
        if self.chance(0.3):
            return f"{indent}expect {self.random.choice([entity, self.key()])} : {self.expectations()}"
        cells = ", ".join(self.few(lambda: f"{self.name(soft=True)} {self.literal()}", 5))
        row = f"{indent}{entity}{self.since()}" + (f" : {cells}" if self.chance(0.8) else "")
        return row + (f" -> {self.expectations()}" if self.chance(0.4) else "")

    def since(self) -> str:
        return f" from {self.random.choice(DATES + MOMENTS)}" if self.chance(0.2) else ""

    def example_table(self, indent: str) -> list[str]:
        head = f"{indent}table {self.name()}{self.since()}"
        inner = indent + "  "
        return [head, *(self.steps(inner) if self.chance(0.5) else self.few(lambda: self.row(inner)))]

    def example_items(self, indent: str) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            lines += self.example_table(indent) if self.chance(0.15) else [self.example_item(indent)]
        return lines

    def example(self) -> list[str]:
        lines = [f"example {self.random.choice(TEXTS)}", *self.example_items("  ")]
        for _ in range(self.random.randint(0, 2)):
            last = f" .. {self.random.choice(PERIODS)}" if self.chance(0.3) else ""
            lines += [f"  period {self.random.choice(PERIODS)}{last}", *self.example_items("    ")]
        return lines

    # ------------------------------------------------------------ whole plans

    def header(self) -> list[str]:
        settings = [
            "  currency CNY",
            self.random.choice(["  period month", "  period   14 days from 2026-01-05"]),
            f"  timezone {self.random.choice(['Asia/Shanghai', 'Etc/GMT+8', 'UTC', 'America/Argentina/Buenos_Aires'])}",
            "  payee worker",
        ]
        return [f"plan {self.name()}{self.label()}", *self.random.sample(settings, self.random.randint(0, 4))]

    def plan(self, declarations: int = 4) -> str:
        lines = self.header()
        for _ in range(self.random.randint(0, declarations)):
            if self.chance(0.5):
                lines.append("")
            lines += self.declaration()
        return "\n".join(self.disturbed(lines)) + "\n"

    def disturbed(self, lines: list[str]) -> list[str]:
        """The same plan with comments, blank lines and lines broken inside of brackets or before operators."""
        if not self.untidy:
            return lines
        output: list[str] = []
        for line in lines:
            if self.chance(0.05):
                output += [""] * self.random.randint(1, 3)
            if self.chance(0.08):
                output.append(" " * self.random.randint(0, 6) + self.random.choice(COMMENTS))
            if self.chance(0.15):
                line = self.broken(line)
            if self.chance(0.1):
                line += " " * self.random.randint(0, 3) + self.random.choice(COMMENTS)
            output.append(line)
        return output

    def broken(self, line: str) -> str:
        """Break the line behind an opening bracket outside of texts; inside brackets line ends do not count."""
        in_text, places = False, []
        for index, character in enumerate(line):
            escaped = index > 0 and line[index - 1] == "\\"
            if character == '"' and not escaped:
                in_text = not in_text
            if character == "(" and not in_text:
                places.append(index + 1)
        if not places:
            return line
        place = self.random.choice(places)
        comment = f" {self.random.choice(COMMENTS)}" if self.chance(0.3) else ""
        return f"{line[:place]}{comment}\n{' ' * self.random.randint(0, 9)}{line[place:]}"
